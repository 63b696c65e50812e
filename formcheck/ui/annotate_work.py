"""What the page of drawings and corrections does with the store and the result: keep, undo, assess again, write."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from formcheck import corrections, drawings, edits, results
from formcheck.errors import FormcheckError, InputError
from formcheck.store import Analysis, Store, open_store
from formcheck.store.records import Correction
from formcheck.types import Assessment, Corrected, Progress
from formcheck.ui.result_stored import shown
from formcheck.wording import headline

_log = logging.getLogger("formcheck.ui")


def held(store: Store, analysis: Analysis) -> tuple[Corrected, ...]:
    """The corrections of an analysis that hold, in their order."""
    return tuple(map(_corrected, store.corrections(analysis.id, analysis.workspace, undone=False)))


def _corrected(kept: Correction) -> Corrected:
    line = corrections.words(kept.kind, kept.after)
    return Corrected(kept.id, kept.kind, line, kept.author, kept.made_s, kept.before, kept.after)


def correct(store: Store, analysis: Analysis, edit: Mapping[str, Any], author: str) -> Assessment:
    """Keep an edit (as `edits.to_dict` gives it) and assess again with it.

    Raises
    ------
    FormcheckError : it does not fit the clip; then nothing has changed.
    """
    made = edits.from_dict(edit)
    before = corrections.before_of(made, analysis.folder)
    return _keep(store, analysis, edits.kind_of(made), before, edits.to_dict(made), author)


def say(store: Store, analysis: Analysis, said: Mapping[str, Any], author: str) -> Assessment:
    """Keep what the clip really shows (protocol, leg, capture_fps) and assess again with it.

    Raises
    ------
    FormcheckError : it does not fit the clip; then nothing has changed.
    """
    current = results.read(analysis.folder)
    before = {"protocol": current.protocol, "leg": current.leg, "capture_fps": current.video.capture_fps}
    kept = {name: before[name] for name in said}
    return _keep(store, analysis, corrections.SETTINGS, kept, dict(said), author)


def _keep(
    store: Store, analysis: Analysis, kind: str, before: Mapping[str, Any], after: Mapping[str, Any], author: str
) -> Assessment:
    with store.writing_result(analysis.id):
        earlier = held(store, analysis)
        line = corrections.words(kind, after)
        wanted = Corrected("", kind, line, author, time.time(), before, after)
        made = corrections.apply(analysis.folder, (*earlier, wanted), analysis.settings)
        kept = store.correct(analysis.id, analysis.workspace, kind, before=before, after=after, author=author)
        made = replace(made, corrections=(*earlier, _corrected(kept)))
        try:
            _write(store, analysis, made)
        except FormcheckError:
            store.undo_correction(kept.id, analysis.workspace)
            raise
    return made


def undo(store: Store, analysis: Analysis, correction_id: str, *, undone: bool = True) -> None:
    """Undo a correction, or let it hold again, and assess again.

    Raises
    ------
    FormcheckError : the clip cannot be assessed without it (with it); then nothing has changed.
    """
    with store.writing_result(analysis.id):
        if not store.undo_correction(correction_id, analysis.workspace, undone=undone):
            return
        try:
            _write(store, analysis, corrections.apply(analysis.folder, held(store, analysis), analysis.settings))
        except FormcheckError:
            store.undo_correction(correction_id, analysis.workspace, undone=not undone)
            raise


def refresh(store: Store, analysis: Analysis) -> None:
    """Make good what a program that was killed left behind: the result is whole, with the corrections that hold.

    Where another window or app is writing this result at the moment, nothing is to be made good.
    """
    lock = store.writing_result(analysis.id)
    if not lock.acquire():
        return
    try:
        results.recover(analysis.folder)
        wanted, current = held(store, analysis), shown(analysis.folder).assessment
        if [c.id for c in current.corrections] != [c.id for c in wanted]:
            _write(store, analysis, corrections.apply(analysis.folder, wanted, analysis.settings))
        elif (analysis.leg, analysis.headline) != (current.leg, headline(current)) and store.corrections(
            analysis.id, analysis.workspace
        ):
            _note_outcome(store, analysis, current)
    finally:
        lock.release()


def refresh_all(home: Path) -> None:
    """`refresh` for every result in a home, once an app starts: the last one may have been killed."""
    with open_store(home) as store:
        for target in results.left_aside(home / "analyses"):
            with store.writing_result(target.name):
                results.recover(target)
        for analysis in store.corrected():
            try:
                refresh(store, analysis)
            except FormcheckError as error:  # its page says so when it is opened
                _log.warning("result %s: %s", analysis.id, error)


def redraw(store: Store, analysis: Analysis, progress: Progress) -> None:
    """Draw film and key frames anew with the corrections that hold.

    Raises
    ------
    FormcheckError : the video was not kept or cannot be read.
    """
    if not analysis.clip_path.is_file():
        raise InputError("the video of this result was not kept, so its film cannot be drawn anew")
    with store.writing_result(analysis.id):
        made = corrections.apply(analysis.folder, held(store, analysis), analysis.settings)
        corrections.redraw(analysis.folder, made, analysis.clip_path, progress=progress)


def draw_film(store: Store, analysis: Analysis, progress: Progress) -> None:
    """Write the film with the drawings in it, which can then be saved beside the one without.

    Raises
    ------
    FormcheckError : there is no film, or it cannot be read or written.
    """
    kept = kept_drawings(store, analysis)
    placed = [drawings.Placed(drawings.from_dict(one), int(one["first"]), int(one["last"])) for one in kept]
    with store.writing_result(analysis.id):
        corrections.draw_film(analysis.folder, results.read(analysis.folder), placed, progress=progress)


def _write(store: Store, analysis: Analysis, made: Assessment) -> None:
    corrections.write(analysis.folder, made)
    if not _note_outcome(store, analysis, made):  # deleted in another window meanwhile
        shutil.rmtree(analysis.folder, ignore_errors=True)
        raise InputError("this result was deleted in another window")


def _note_outcome(store: Store, analysis: Analysis, made: Assessment) -> bool:
    return store.note_outcome(
        analysis.id,
        analysis.workspace,
        protocol=made.protocol,
        leg=made.leg,
        verdict=made.verdict.status,
        headline=headline(made),
        versions={"formcheck": made.formcheck_version, "criteria": made.criteria_version},
    )


# --- drawings -------------------------------------------------------------------------------------------------------


def kept_drawings(store: Store, analysis: Analysis) -> list[dict[str, Any]]:
    """Every drawing as the browser knows it: its shape with `key`, `first` and `last` frame."""
    return [
        {**found.shape, "key": _key(found.shape, found.id), "first": found.first_frame, "last": found.last_frame}
        for found in store.annotations(analysis.id, analysis.workspace)
    ]


def _key(shape: Mapping[str, Any], drawing_id: str) -> str:
    return str(shape.get("key") or drawing_id)


def draw(store: Store, analysis: Analysis, wanted: Mapping[str, Any], author: str) -> None:
    """Keep a drawing; one of the same key is replaced.

    Raises
    ------
    InputError : it is no drawing, or its frames are off.
    """
    shape = drawings.to_dict(drawings.from_dict(wanted))
    try:
        key, first, last = str(wanted["key"])[:64], int(wanted["first"]), int(wanted["last"])
    except (KeyError, TypeError, ValueError):
        raise InputError("this drawing names no frames; draw it anew") from None
    earlier = [a.id for a in store.annotations(analysis.id, analysis.workspace) if _key(a.shape, a.id) == key]
    store.annotate(
        analysis.id,
        analysis.workspace,
        {**shape, "key": key},
        first_frame=first,
        last_frame=last,
        author=author,
        replaces=earlier,
    )


def erase(store: Store, analysis: Analysis, key: str) -> None:
    """Delete the drawing of a key, if it is there."""
    for found in store.annotations(analysis.id, analysis.workspace):
        if _key(found.shape, found.id) == key:
            store.delete_annotation(found.id, analysis.workspace)


def do(store: Store, analysis: Analysis, sent: Sequence[Mapping[str, Any]], done: int, author: str) -> tuple[int, str]:
    """Do what the browser sent and was not done yet; the number of the last, and one line to show.

    Raises
    ------
    FormcheckError : never; what cannot be done is told in the line, and the rest is done.
    """
    line = ""
    for op in sent:
        number = int(op.get("n", 0))
        if number <= done:
            continue
        done = number
        try:
            line = _do_one(store, analysis, op, author) or line
        except FormcheckError as error:
            line = str(error)
    return done, line


def _do_one(store: Store, analysis: Analysis, op: Mapping[str, Any], author: str) -> str:
    if op.get("op") == "draw":
        draw(store, analysis, op.get("drawing") or {}, author)
    elif op.get("op") == "erase":
        erase(store, analysis, str(op.get("key")))
    elif op.get("op") == "correct":
        made = correct(store, analysis, op.get("edit") or {}, author)
        return f"Done: {made.corrections[-1].words}. {_counted(len(made.changes))}"
    return ""


def _counted(n: int) -> str:
    return "No measure differs from the uncorrected result." if not n else f"{n} measure{'s' * (n > 1)} changed."
