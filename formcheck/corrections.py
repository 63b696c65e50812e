"""A stored result put right by hand: assessed again at once from its raw tracking, and written in its place.

The pose model does not run, and neither the tracking nor the film is touched: `landmarks.csv` stays byte for byte, the
first `assessment.json` is kept as `uncorrected.json`, and `film.json` says which corrections the film was drawn with.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from formcheck import analysis, edits, outputs, results
from formcheck.capture.probing import time_stretch
from formcheck.drawings import Placed
from formcheck.edits import Edit
from formcheck.errors import InputError
from formcheck.landmarks import NAMES
from formcheck.overlay_film import drawing_hands
from formcheck.request import READERS
from formcheck.types import Assessment, Change, Corrected, Event, MetricResult, PoseSequence, Progress, VideoInfo

SETTINGS: Final = "settings"
"""Kind of a correction of what the clip shows: protocol, leg, capture_fps; its values are the settings themselves."""
CORRECTABLE: Final = ("protocol", "leg", "capture_fps")
STRETCH: Final = "time_stretch"
"""Kept with every edit: seconds of playback a real second took when it was made, so that its times can follow."""
_UNCORRECTED: Final = "uncorrected.json"
_FILM: Final = "film.json"
_KEPT: Final = ("overlay.mp4", results.DRAWN_FILM, "keyframes")
_TIMES: Final = frozenset({"from_s", "to_s", "contact_s", "toe_off_s", "start_s", "bottom_s", "end_s", "span_s"})
_TOLERANCE: Final = 1e-9
_TIME_DECIMALS: Final = 6
_SEEN_DEG: Final = 0.005
"""An angle that differs by less is the same: filters spread a change thinly over the whole clip."""
_REMEMBERED: Final = 4
"""So many clips stay in memory, so that the next correction of one is assessed in half the time."""
_TOLD: Final = 4
"""So many corrections are named in the note of a report; the rest is counted."""


@dataclass(frozen=True)
class Stored:
    """What a result folder holds before any correction: tracking and clip as they were, and the words about them."""

    raw: PoseSequence
    first: Assessment


def stored(folder: Path) -> Stored:
    """The raw tracking of a result and what was said of the clip before the first correction.

    Raises
    ------
    InputError : the folder holds no result, or it is damaged.
    """
    return _stored(folder, _tracked_ns(folder))


def _tracked_ns(folder: Path) -> int:
    """When the clip was tracked, which no correction changes: what is kept in memory is good until then."""
    try:
        return (folder / "landmarks.csv").stat().st_mtime_ns
    except OSError as error:
        raise InputError("the files of this result are gone from the disk; analyse the clip again") from error


@lru_cache(maxsize=_REMEMBERED)
def _stored(folder: Path, _tracked: int) -> Stored:
    current = results.read(folder)
    raw = results.read_landmarks(folder / "landmarks.csv", trusted_hips=current.pose.trusted_hips)
    raw = replace(raw, model=current.pose.model)
    path = folder / _UNCORRECTED
    if not path.is_file():
        return Stored(raw, current)
    try:
        first = results.from_dict(json.loads(path.read_text(encoding="utf-8")), raw.time_s, {})
    except (OSError, KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise InputError(f"{_UNCORRECTED} of this result is damaged; analyse the clip again") from error
    return Stored(raw, first)


def apply(folder: Path, corrections: Sequence[Corrected], settings: Mapping[str, Any]) -> Assessment:
    """The assessment of a stored result with corrections; nothing is written.

    Parameters
    ----------
    folder : a result folder, corrected before or not.
    corrections : those that hold, in the order in which they were made; none gives the uncorrected result.
    settings : what the user said of the clip at first, by the names of `analysis.analyse`.

    Raises
    ------
    FormcheckError : a correction does not fit the clip, or nothing can be assessed with it.
    """
    held = stored(folder)
    plain = _plain(folder, _tracked_ns(folder), tuple(sorted(settings.items())))
    earlier = tuple(note for note in held.first.notes if note not in plain.notes)
    began = _before_suffix(held.first.pose.history, plain.pose.history)
    if not corrections:
        return _with_words(plain, earlier, began)
    said = {**settings, **_said(corrections)}
    raw, video = _retimed(held, said.get("capture_fps")) if said != settings else (held.raw, held.first.video)
    changes = [_edit(correction, video.time_stretch) for correction in corrections if correction.kind != SETTINGS]
    made = _assessed(raw, video, said, changes)
    made = replace(
        made,
        corrections=tuple(corrections),
        changes=_changes(plain, made),
        events=_marked(plain, made),
        changed_frames=_changed_frames(plain, made),
    )
    return _with_words(made, (*earlier, note(corrections)), began)


@lru_cache(maxsize=_REMEMBERED)
def _plain(folder: Path, _tracked: int, settings: tuple[tuple[str, Any], ...]) -> Assessment:
    """What this program says of a clip without corrections, which is what they are held against."""
    held = stored(folder)
    return _assessed(held.raw, held.first.video, dict(settings), ())


def _assessed(raw: PoseSequence, video: VideoInfo, settings: Mapping[str, Any], changes: Sequence[Edit]) -> Assessment:
    said = {name: settings.get(name) for name in READERS if name != "capture_fps"}
    return analysis.assess(raw, video, edits=tuple(changes), **said)


def _said(corrections: Sequence[Corrected]) -> dict[str, Any]:
    """What corrections say of the clip, the last word of each kind."""
    said: dict[str, Any] = {}
    for correction in corrections:
        if correction.kind == SETTINGS:
            said |= {name: value for name, value in correction.after.items() if name in CORRECTABLE}
    return said


def _retimed(held: Stored, capture_fps: float | None) -> tuple[PoseSequence, VideoInfo]:
    """Tracking and clip in the real time of another filming rate; as they were where none is said."""
    raw, video = held.raw, held.first.video
    if capture_fps is None or capture_fps == video.capture_fps or len(raw) < 2:
        return raw, video
    played_fps = video.frame_step / (float(np.median(np.diff(raw.time_s))) * video.time_stretch)
    stretch, source = time_stretch(played_fps, tagged_fps=None, user_fps=capture_fps)
    longer = video.time_stretch / stretch
    timed = replace(
        video,
        duration_s=video.duration_s * longer,
        mean_fps=video.mean_fps / longer,
        capture_fps=capture_fps,
        time_stretch=stretch,
        time_stretch_source=source,
    )
    return replace(raw, time_s=raw.time_s * longer), timed


def tracked(folder: Path, current: Assessment) -> PoseSequence:
    """The tracking of a result with the landmarks that were moved by hand, unfiltered."""
    raw, video = _retimed(stored(folder), current.video.capture_fps)
    made = [_edit(correction, video.time_stretch) for correction in current.corrections if correction.kind != SETTINGS]
    return edits.edit_pose(raw, made)


def _edit(correction: Corrected, stretch: float) -> Edit:
    """The edit of a correction; its times follow where the filming rate was corrected after it."""
    made_at = float((correction.before or {}).get(STRETCH, stretch))
    values = {
        name: value * made_at / stretch if name in _TIMES and value is not None else value
        for name, value in correction.after.items()
    }
    return edits.from_dict(values)


def _changes(plain: Assessment, made: Assessment) -> tuple[Change, ...]:
    """Every metric that the corrections changed, gave or took away, in its value or in single cycles."""
    before = {(m.id, m.side): m for m in plain.metrics}
    after = {(m.id, m.side): m for m in made.metrics}
    found = (_change(before.get(name), after.get(name)) for name in (before | after))
    return tuple(change for change in found if change.cycles or not _same(change.before, change.after))


def _change(before: MetricResult | None, after: MetricResult | None) -> Change:
    a, b = (metric.per_cycle if metric else () for metric in (before, after))
    cycles = sum(not _same(x, y) for x, y in zip(a, b, strict=False)) if len(a) == len(b) else abs(len(a) - len(b))
    named = after or before
    assert named is not None, "a name comes from one of the two"
    was, now = (metric.value if metric else None for metric in (before, after))
    return Change(named.id, named.side, was, now, cycles, _numbers(before, after))


def _numbers(before: MetricResult | None, after: MetricResult | None) -> tuple[int, ...]:
    """The cycles of the corrected result, from 1, whose value did not stand at their time before."""
    if after is None:
        return ()
    known = {} if before is None else dict(zip(before.cycle_times_s, before.per_cycle, strict=False))
    times_s = after.cycle_times_s or (None,) * len(after.per_cycle)
    rows = enumerate(zip(times_s, after.per_cycle, strict=False), start=1)
    return tuple(n for n, (time_s, value) in rows if time_s not in known or not _same(known[time_s], value))


def _marked(plain: Assessment, made: Assessment) -> tuple[Event, ...]:
    """The events, marked where none of that kind stood at that time before."""
    known = {(e.kind, e.side, round(e.time_s, _TIME_DECIMALS)) for e in plain.events}
    return tuple(
        replace(e, corrected=(e.kind, e.side, round(e.time_s, _TIME_DECIMALS)) not in known) for e in made.events
    )


def _changed_frames(plain: Assessment, made: Assessment) -> tuple[tuple[int, int], ...]:
    """The stretches of frames in which an angle reads differently."""
    changed = np.zeros(len(made.pose) + 2, dtype=bool)
    for name in plain.angles.keys() | made.angles.keys():
        a, b = (one.angles.get(name, np.full(len(made.pose), np.nan)) for one in (plain, made))
        changed[1:-1] |= ~(np.isclose(a, b, rtol=0.0, atol=_SEEN_DEG) | (np.isnan(a) & np.isnan(b)))
    edges = np.flatnonzero(np.diff(changed))
    return tuple((int(first), int(after) - 1) for first, after in edges.reshape(-1, 2))


def _same(a: float | str | None, b: float | str | None) -> bool:
    if isinstance(a, str) or isinstance(b, str) or a is None or b is None:
        return a == b
    return abs(a - b) <= _TOLERANCE


def _before_suffix(whole: tuple[str, ...], suffix: tuple[str, ...]) -> tuple[str, ...]:
    """What stands before the steps that every assessment takes: the steps of the tracking itself."""
    kept = len(whole) - len(suffix)
    return whole[:kept] if kept > 0 and whole[kept:] == suffix else ()


def _with_words(made: Assessment, notes: tuple[str, ...], began: tuple[str, ...]) -> Assessment:
    pose = replace(made.pose, history=(*began, *made.pose.history))
    return replace(made, pose=pose, notes=(*notes, *made.notes))


# --- in words -------------------------------------------------------------------------------------------------------

_MARKS: Final[Mapping[str, str]] = {
    "initial_contact": "contact",
    "toe_off": "toe-off",
    "rep_start": "start of a repetition",
    "rep_bottom": "lowest point of a repetition",
    "rep_end": "end of a repetition",
}


def words(kind: str, after: Mapping[str, Any]) -> str:
    """A correction in plain words."""
    if kind == SETTINGS:
        return "; ".join(f"{name.replace('_', ' ')} set to {_setting(value)}" for name, value in after.items())
    edit = edits.from_dict(after)
    if isinstance(edit, edits.MoveLandmark):
        return f"{edit.landmark.replace('_', ' ')} moved on frame {edit.frame}"
    if isinstance(edit, edits.MoveEvent):
        return f"{edit.side} {_MARKS[edit.mark]} moved from {edit.from_s:.2f} to {edit.to_s:.2f} s"
    if isinstance(edit, edits.AddStep):
        return f"{edit.side} contact added at {edit.contact_s:.2f} s"
    if isinstance(edit, edits.DeleteStep):
        return f"{edit.side} contact at {edit.contact_s:.2f} s deleted"
    if isinstance(edit, edits.AddToeOff):
        return f"{edit.side} toe-off put at {edit.toe_off_s:.2f} s"
    if isinstance(edit, edits.DeleteToeOff):
        return f"{edit.side} toe-off at {edit.toe_off_s:.2f} s deleted"
    if isinstance(edit, edits.AddRepetition):
        return f"repetition added at {edit.bottom_s:.2f} s"
    if isinstance(edit, edits.DeleteRepetition):
        return f"repetition at {edit.bottom_s:.2f} s deleted"
    return f"{edit.start_s:.2f} to {edit.end_s:.2f} s marked as unusable"


def _setting(value: object) -> str:
    if value is None:
        return "what the clip shows"
    return f"{value:g}" if isinstance(value, float) else str(value).replace("_", " ")


def note(corrections: Sequence[Corrected]) -> str:
    """The sentence that marks a corrected result wherever its notes are shown."""
    last = max(correction.made_s for correction in corrections)
    day = datetime.fromtimestamp(last, tz=timezone.utc).date()
    told = "; ".join(correction.words for correction in corrections[:_TOLD])
    more = f"; and {len(corrections) - _TOLD} more" if len(corrections) > _TOLD else ""
    return f"Corrected by hand (last on {day.day} {day:%B %Y}): {told}{more}."


def before_of(edit: Edit, folder: Path) -> dict[str, Any]:
    """What stood there before an edit, as plain values, with the time stretch it was made under."""
    current = results.read(folder)
    before: dict[str, Any] = {STRETCH: current.video.time_stretch}
    if isinstance(edit, edits.MoveLandmark):
        raw = results.read_landmarks(folder / "landmarks.csv")
        if edit.frame >= len(raw):
            raise InputError(f"frame {edit.frame} is beyond the clip's {len(raw)} frames")
        x, y = raw.xy_px[edit.frame, NAMES.index(edit.landmark)].tolist()
        before |= {"x_px": x if x == x else None, "y_px": y if y == y else None}
    elif isinstance(edit, edits.MoveEvent):
        before |= {"time_s": edit.from_s}
    return before


# --- in the folder --------------------------------------------------------------------------------------------------


def write(folder: Path, made: Assessment) -> None:
    """Put a corrected assessment in the place of the stored one, whole or not at all; film and key frames stay.

    Raises
    ------
    InputError : the folder cannot be read or written.
    """
    raw = results.read_landmarks(folder / "landmarks.csv", trusted_hips=made.pose.trusted_hips)

    def keep(place: Path) -> None:
        _keep_first(folder, place)
        for name in _KEPT:
            if (folder / name).is_dir():
                shutil.copytree(folder / name, place / name)
            elif (folder / name).is_file():
                shutil.copy2(folder / name, place / name)
        outputs.write_report(made, _pictures(folder, made), place)

    results.write(made, raw, folder, writers=[keep])


def redraw(folder: Path, made: Assessment, video: Path, *, progress: Progress | None = None) -> None:
    """Write a corrected assessment with its film and key frames drawn anew, which takes as long as drawing does.

    Raises
    ------
    InputError : the video cannot be read, or the folder cannot be written.
    """
    raw = results.read_landmarks(folder / "landmarks.csv", trusted_hips=made.pose.trusted_hips)

    def draw(place: Path) -> None:
        _keep_first(folder, place)
        with_film = (folder / "overlay.mp4").is_file()
        covered = results.faces_covered(folder)
        with drawing_hands(len(made.pose)) if with_film else nullcontext() as hands:
            outputs.write_pictures_and_report(
                made, video, place, overlay=with_film, blur_faces=covered, hands=hands, progress=progress
            )
        (place / _FILM).write_text(json.dumps([c.id for c in made.corrections]), encoding="utf-8")

    results.write(made, raw, folder, writers=[draw])


def draw_film(folder: Path, current: Assessment, placed: Sequence[Placed], *, progress: Progress | None = None) -> None:
    """Write the film a second time, with drawings in it; the one without them stays as it is.

    Raises
    ------
    InputError : there is no film, or it cannot be written.
    """
    size_px = current.pose.image_size_px or (current.video.width_px, current.video.height_px)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.partial-", dir=folder.parent) as scratch:
        made = Path(scratch) / results.DRAWN_FILM
        outputs.write_drawn_film(folder / "overlay.mp4", made, placed, image_size_px=size_px, progress=progress)
        made.replace(folder / results.DRAWN_FILM)


def film_is_old(folder: Path, current: Assessment) -> bool:
    """Whether the film was drawn with other corrections than the numbers."""
    return _drawn_with(folder) != [correction.id for correction in current.corrections]


def _drawn_with(folder: Path) -> list[str]:
    try:
        drawn = json.loads((folder / _FILM).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return drawn if isinstance(drawn, list) else []


def _keep_first(folder: Path, place: Path) -> None:
    """Carry the raw tracking over byte for byte, and keep the first assessment before it is replaced."""
    shutil.copy2(folder / "landmarks.csv", place / "landmarks.csv")
    if not (folder / _UNCORRECTED).exists():
        shutil.copy2(folder / results.ASSESSMENT_FILE, place / _UNCORRECTED)


def _pictures(folder: Path, made: Assessment) -> list[Any]:
    """The stored key frames for the report; said to be older where they were drawn with other corrections."""
    from PIL import Image

    from formcheck.report import Picture

    older = " (drawn before the last correction)" if film_is_old(folder, made) else ""
    return [
        Picture(key.title, key.caption + older, np.asarray(Image.open(folder / "keyframes" / key.file).convert("RGB")))
        for key in results.read_key_pictures(folder)
    ]
