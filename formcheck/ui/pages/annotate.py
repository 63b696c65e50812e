"""Annotate and correct: draw on the frames of a clip, note what is seen, and put right what formcheck got wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import streamlit as st

from formcheck.errors import FormcheckError
from formcheck.store import Analysis, Store
from formcheck.types import Assessment
from formcheck.ui import annotate_forms, annotate_lists, annotate_work, kit, result_states, state
from formcheck.ui.components.annotate import Mode, annotate
from formcheck.ui.components.player import player
from formcheck.ui.components.sheet import PLAYER_PLACE, sheet
from formcheck.ui.result_stored import shown

_ROOMY = "<style>.stMainBlockContainer{max-width:1080px;padding-top:5rem}</style>"
_TASKS: Final[Mapping[str, tuple[str, Mode]]] = {
    "draw": ("Draw", "draw"),
    "points": ("Move points", "points"),
    "events": ("Contacts and repetitions", "events"),
    "settings": ("What it shows", "show"),
    "notes": ("Notes and tags", "show"),
}


def page() -> None:
    """The page for the analysis named in the address."""
    analysis_id = state.analysis_id()
    try:
        with state.open_store() as store:
            analysis = store.analysis(analysis_id, state.workspace()) if analysis_id else None
            if analysis is None:
                result_states.unknown()
            elif analysis.status != "done":
                st.info("Only a finished result can be drawn on and corrected.")
                _back(analysis)
            else:
                _desk(store, analysis)
    except FormcheckError as error:
        st.error(kit.literal(str(error)))
        result_states.ways_out()


def _back(analysis: Analysis) -> None:
    here = Path(__file__).parent
    st.page_link(
        here / "result.py", label="Back to the result", icon=":material/arrow_back:", query_params={"id": analysis.id}
    )


def _desk(store: Store, analysis: Analysis) -> None:
    st.title("Annotate and correct", anchor=False)
    st.caption(kit.literal(analysis.clip_name))
    _back(analysis)
    annotate_work.refresh(store, analysis)
    current = shown(analysis.folder).assessment
    task = st.segmented_control(
        "Task",
        list(_TASKS),
        default="draw",
        format_func=lambda key: _TASKS[key][0],
        key=f"task-{analysis.id}",
        required=True,
        label_visibility="collapsed",
    )
    who = annotate_lists.author(store)
    _forms(store, analysis, current, task or "draw", who)
    _over_the_player(store, analysis, current, _TASKS[task or "draw"][1], pick=task == "notes", author=who)
    kept = annotate_work.kept_drawings(store, analysis)
    annotate_lists.film(store, analysis, current)
    below = kit.join((annotate_lists.changes(current), annotate_lists.drawn(analysis, current, kept)))
    sheet(below, key=f"drawn-{analysis.id}")
    if kept:
        annotate_lists.drawn_film(store, analysis)
    annotate_lists.audit(store, analysis, _act)


def _forms(store: Store, analysis: Analysis, current: Assessment, task: str, author: str) -> None:
    if task == "settings":
        annotate_forms.settings(store, analysis, current, author, _act)
    elif task == "notes":
        at_s = st.session_state.get(_picked(analysis))
        annotate_forms.notes(store, analysis, at_s, author, _act)
        annotate_forms.tags(store, analysis, _act)


def _act(do: Callable[[], object]) -> None:
    """Do something and run the page again; where it fails, its one line is shown."""
    try:
        do()
    except FormcheckError as error:
        st.error(kit.literal(str(error)))
        return
    st.rerun()


def _picked(analysis: Analysis) -> str:
    return f"note-time-{analysis.id}"


def _over_the_player(
    store: Store, analysis: Analysis, current: Assessment, mode: Mode, *, pick: bool, author: str
) -> None:
    """The tools, and under them the player, which is mounted anew when the numbers it plots have changed."""
    told_key = f"annotate-told-{analysis.id}"
    told: dict[str, Any] = st.session_state.setdefault(told_key, {"ack": 0, "frame": 0})

    def done(sent: Sequence[Mapping[str, Any]]) -> None:
        with state.open_store() as own:
            ack, line = annotate_work.do(own, analysis, sent, told["ack"], author)
        frame = int(sent[-1].get("frame", 0))
        st.session_state[told_key] = {"ack": ack, "answered": line, "frame": frame}

    holding = annotate_work.held(store, analysis)
    annotate(
        analysis.id,
        key=f"annotate-{analysis.id}",
        mode=mode,
        drawings=annotate_work.kept_drawings(store, analysis),
        moves=[c.after for c in holding if c.kind == "move_landmark"],
        unusable=[(c.after["start_s"], c.after["end_s"]) for c in holding if c.kind == "unusable"],
        on_change=done,
        told={"ack": told["ack"], "answered": told.get("answered", "")},
    )
    version = "-".join(c.id[:8] for c in holding[-3:])
    with st.container(key=PLAYER_PLACE):
        picked = player(
            analysis.id,
            key=f"annotate-player-{quote(analysis.id)}-{len(holding)}-{version}",
            pick=pick,
            start_frame=told["frame"],
            markers=_markers(store, analysis, current),
        )
    if pick and picked.time_s is not None and st.session_state.get(_picked(analysis)) != picked.time_s:
        st.session_state[_picked(analysis)] = picked.time_s
        st.rerun()


def _markers(store: Store, analysis: Analysis, current: Assessment) -> list[dict[str, Any]]:
    """Places to jump to: every drawing and every note with a time."""
    kept = annotate_work.kept_drawings(store, analysis)
    marks = [{"frame": one["first"], "name": f"Drawing: {one['kind']}"} for one in kept]
    for note in store.notes(analysis.workspace, analysis_id=analysis.id):
        if note.time_s is not None:
            frame = int(abs(current.pose.time_s - note.time_s).argmin())
            marks.append({"frame": frame, "name": f"Note: {note.text[:40]}"})
    return marks


st.set_page_config(page_title="Annotate and correct · formcheck", layout="wide")
st.html(_ROOMY)
page()
