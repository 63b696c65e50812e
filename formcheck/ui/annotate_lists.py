"""Below the player: what was drawn, what was corrected and by whom, and what the corrections changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import numpy as np
import streamlit as st
from markupsafe import Markup

from formcheck import corrections, drawings
from formcheck.errors import FormcheckError
from formcheck.store import Analysis, Store
from formcheck.types import Assessment, Change, FloatArray, Progress
from formcheck.ui import annotate_show, annotate_work, kit, state
from formcheck.wording import clock, metric_label, number, unit_text, with_side

_KIND_WORDS = {
    "line": "Line",
    "angle": "Angle",
    "horizontal": "Level line",
    "vertical": "Plumb line",
    "circle": "Circle",
    "freehand": "Freehand",
    "text": "Text",
}


def drawn(analysis: Analysis, current: Assessment, kept: list[dict[str, Any]]) -> Markup:
    """Every drawing with its frame to jump to; an angle beside formcheck's own at that joint."""
    if not kept:
        return kit.section("Drawings", kit.paragraph("Nothing is drawn on this clip yet.", "muted"))
    xy_px = corrections.tracked(analysis.folder, current).xy_px
    lines = [_drawing_line(one, current, xy_px) for one in sorted(kept, key=lambda one: one["first"])]
    return kit.section("Drawings", kit.bullets(lines))


def _drawing_line(one: Mapping[str, Any], current: Assessment, xy_px: FloatArray) -> Markup:
    drawing = drawings.from_dict(one)
    frame = min(int(one["first"]), len(xy_px) - 1)
    time_s = float(current.pose.time_s[frame])
    words = _KIND_WORDS[drawing.kind]
    if drawing.text:
        words = f"{words}: “{drawing.text}”"
    if drawing.angle_deg is not None:
        words = f"{words} {drawing.angle_deg:.1f}°{_against_own(drawing, current, xy_px, frame)}"
    lasts = "" if one["last"] == one["first"] else f" to frame {one['last']}"
    text = Markup("{} · frame {}{} {}")
    return text.format(words, frame, lasts, kit.jump(clock(time_s), time_s))


def _against_own(drawing: drawings.Drawing, current: Assessment, xy_px: FloatArray, frame: int) -> str:
    values = {name: float(series[frame]) for name, series in current.angles.items()}
    own = drawings.own_angle(drawing, xy_px[frame], values, current.protocol)
    if own is None or own.angle_deg != own.angle_deg or drawing.angle_deg is None:
        return "; no measured joint lies under it"
    apart = abs(drawing.angle_deg - own.angle_deg)
    return f"; formcheck sees {own.angle_deg:.1f}° at the {own.side} {own.joint} on this frame, {apart:.1f}° apart"


def changes(current: Assessment) -> Markup:
    """Every measure that the corrections changed, without and with them."""
    if not current.corrections:
        return Markup("")
    lines = [line for change in current.changes if (line := _change_line(change, current))]
    less = len(current.changes) - len(lines)
    body = kit.bullets(lines) if lines else kit.paragraph("No measure differs by as much as is shown here.", "muted")
    if lines and less:
        body += kit.paragraph(f"{less} more by less than is shown.", "muted small")
    return kit.section("What the corrections changed", body, name="changes")


def _change_line(change: Change, current: Assessment) -> Markup | None:
    """A measure before and after; None where both read the same."""
    metric = current.metric(change.metric_id, change.side)
    before, after = (_value(value, metric.unit if metric else "") for value in (change.before, change.after))
    name = with_side(metric_label(change.metric_id), change.side)
    singles = f"{change.cycles} single value{'s' * (change.cycles > 1)} changed" if change.cycles else ""
    if before == after:
        return Markup("<strong>{}</strong>: still {}; {}").format(name, after, singles) if singles else None
    return Markup("<strong>{}</strong>: {} → {}{}").format(name, before, after, f" ({singles})" if singles else "")


def _value(value: float | str | None, unit: str) -> str:
    if value is None:
        return "not assessable"
    if isinstance(value, str):
        return value
    digits = 0 if float(value).is_integer() else 1 if abs(value) >= 10 else 2
    return number(value, digits) + unit_text(unit)


def audit(store: Store, analysis: Analysis, act: Callable[[Callable[[], object]], None]) -> None:
    """Every correction: what, who, when, before and after; each can be undone, and holds again if so wished."""
    made = store.corrections(analysis.id, analysis.workspace)
    st.subheader("Corrections", anchor=False)
    if not made:
        st.caption("Nothing was corrected. What you correct is listed here and can be undone at any time.")
        return
    for kept in reversed(made):
        left, right = st.columns([4, 1], vertical_alignment="center")
        words = kit.literal(corrections.words(kept.kind, kept.after))
        who = f"{kit.literal(kept.author) if kept.author else 'no name given'}, "
        when = datetime.fromtimestamp(kept.made_s)
        struck = words if kept.holds else f"~~{words}~~ (undone)"
        left.markdown(f"{struck}  \n:small[{who}{when.day} {when:%B %Y, %H:%M}{_before(kept.before)}]")
        if right.button("Undo" if kept.holds else "Redo", key=f"undo-{kept.id}", width="stretch"):
            act(lambda kept=kept: annotate_work.undo(store, analysis, kept.id, undone=kept.holds))  # type: ignore[misc]


def _before(before: Any) -> str:  # noqa: ANN401 - plain values of any kind
    """What stood there before, as far as it is worth telling."""
    told = {name: value for name, value in (before or {}).items() if name != corrections.STRETCH}
    if not told:
        return ""
    parts = [f"{name.removesuffix('_px').replace('_', ' ')} {_plain(value)}" for name, value in told.items()]
    return kit.literal(f" · before: {', '.join(parts)}")


def _plain(value: object) -> str:
    if value is None:
        return "not known"
    return f"{value:g}" if isinstance(value, float) else str(value).replace("_", " ")


def film(store: Store, analysis: Analysis, current: Assessment) -> None:
    """Say that the film still shows other drawing than the numbers, with a button that draws it anew."""
    if not corrections.film_is_old(analysis.folder, current):
        return
    st.info("The numbers are new; the film and the key frames still show the drawing from before.")
    if not analysis.has_video:
        st.caption("The clip itself was not kept, so they stay as they are.")
    elif st.button("Draw the film anew", icon=":material/movie:", key=f"film-{analysis.id}"):
        _with_a_bar(lambda tell: annotate_work.redraw(store, analysis, tell))


def drawn_film(store: Store, analysis: Analysis) -> None:
    """The choice to have the drawings in a film that can be saved; the player shows them in any case."""
    if not (analysis.folder / "overlay.mp4").is_file():
        return
    made = annotate_show.save_drawn_film(analysis)
    words = "Make the film with the drawings anew" if made else "Make a film with the drawings in it"
    if st.button(words, icon=":material/movie_edit:", key=f"drawn-film-{analysis.id}"):
        _with_a_bar(lambda tell: annotate_work.draw_film(store, analysis, tell))


def _with_a_bar(work: Callable[[Progress], None]) -> None:
    """Do something that takes its time, and run the page again; where it fails, its one line is shown."""
    bar = st.progress(0.0, "Drawing the film")

    def tell(stage: str, done: int, total: int) -> None:
        bar.progress(min(1.0, done / total) if total else 0.0, stage)

    try:
        work(tell)
    except FormcheckError as error:
        st.error(kit.literal(str(error)))
        return
    st.rerun()


def author(store: Store) -> str:
    """Ask who draws and corrects: as typed in this visit, else whoever did it last here; empty where nobody said."""
    here = state.workspace()
    typed = st.text_input(
        "Your name, kept with what you draw and correct",
        value=store.last_author(here),
        key=f"author-{here}",
        max_chars=60,
        placeholder="name or initials",
    )
    return typed.strip()


def time_at(current: Assessment, frame: int) -> float:
    """Time (s) of a frame, within the clip."""
    return float(current.pose.time_s[int(np.clip(frame, 0, len(current.pose) - 1))])
