"""What can be done with an analysis: say what the clip shows and analyse it again, or delete it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from formcheck import jobs
from formcheck.errors import FormcheckError
from formcheck.store import Analysis
from formcheck.types import PROTOCOLS, SIDES
from formcheck.ui import kit, state
from formcheck.wording import PROTOCOL_TITLES

RECOGNISE = "Recognise it from the movement"
_RESULTS = Path(__file__).parent / "pages" / "results.py"


def again(analysis: Analysis, *, is_open: bool = False) -> None:
    """A form with what the user may know better than the movement tells: test, leg, filming rate."""
    said = analysis.settings
    with (
        st.expander("Analyse again with other settings", expanded=is_open, icon=":material/replay:"),
        st.form(f"again-{analysis.id}", border=False),
    ):
        tests, legs = ("", *PROTOCOLS), ("", *SIDES)
        test = st.selectbox(
            "Test",
            tests,
            index=_place(said.get("protocol"), tests),
            format_func=lambda key: PROTOCOL_TITLES[key] if key else RECOGNISE,
        )
        leg = st.radio(
            "Standing leg",
            legs,
            index=_place(said.get("leg"), legs),
            format_func=lambda key: key.capitalize() if key else "Recognise it",
            horizontal=True,
            help="For squats and step-downs only.",
        )
        fps = st.number_input(
            "Filmed at (frames a second)",
            min_value=1.0,
            max_value=1000.0,
            value=said.get("capture_fps"),
            step=1.0,
            format="%g",
            placeholder="as the file says",
            help="For slow motion that plays slower than real: 120 or 240, as the phone's camera setting says.",
        )
        if st.form_submit_button("Analyse again", type="primary"):
            _queue(analysis, {"protocol": test or None, "leg": leg or None, "capture_fps": fps})


def _place(value: object, options: tuple[str, ...]) -> int:
    return next((i for i, option in enumerate(options) if option == value), 0)


def _queue(analysis: Analysis, changed: dict[str, Any]) -> None:
    settings = {key: value for key, value in {**analysis.settings, **changed}.items() if value is not None}
    _say_faults(lambda: _submit(analysis, settings))


def _submit(analysis: Analysis, settings: dict[str, Any]) -> None:
    with state.open_store() as store:
        queued = jobs.submit(
            store,
            analysis.workspace,
            analysis.clip_id,
            settings,
            client_id=analysis.client_id,
            group=analysis.group,
        )
    st.query_params["id"] = queued.id
    st.rerun()


def retry(analysis: Analysis) -> None:
    """A button that queues the same analysis once more."""
    if st.button("Try again", type="primary", icon=":material/replay:", key=f"retry-{analysis.id}"):
        _say_faults(lambda: _retry(analysis))


def _retry(analysis: Analysis) -> None:
    with state.open_store() as store:
        store.retry(analysis.id, analysis.workspace)
        jobs.ensure_worker(store.home)
    st.rerun()


def delete(analysis: Analysis) -> None:
    """A button that deletes the result after a second word."""
    with st.popover("Delete …", icon=":material/delete:"):
        st.write("This deletes the result, and the video too if no other result needs it. It cannot be brought back.")
        if st.button("Delete it now", type="primary", key=f"delete-{analysis.id}"):
            _say_faults(lambda: _delete(analysis))


def drop_video(analysis: Analysis) -> None:
    """A button that deletes the clip's video and keeps the result; a line where it was not kept."""
    if not analysis.has_video:
        st.caption("The clip itself is not kept here, only what was found in it.")
        return
    with st.popover("Delete the video, keep the result …", icon=":material/videocam_off:"):
        st.write(
            "This deletes the clip as it was filmed. The result stays, and so does its film with the overlay; neither "
            "can be made anew without the clip."
        )
        if st.button("Delete the video now", type="primary", key=f"drop-{analysis.id}"):
            _say_faults(lambda: _drop_video(analysis))


def _drop_video(analysis: Analysis) -> None:
    with state.open_store() as store:
        store.drop_video(analysis.clip_id, analysis.workspace)
    st.rerun()


def _delete(analysis: Analysis) -> None:
    with state.open_store() as store:
        store.delete(analysis.id, analysis.workspace)
    st.query_params.clear()
    st.switch_page(_RESULTS)


def _say_faults(act: Callable[[], None]) -> None:
    """Do something with the store; its one line is shown where it fails."""
    try:
        act()
    except FormcheckError as error:
        st.error(kit.literal(str(error)))
