"""What runs, and what has just ended: shown at the top of the page, found again at every visit."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from formcheck import jobs
from formcheck.jobs.words import share_done
from formcheck.ui import kit, state, tray
from formcheck.ui.components.scroll import scroll_here
from formcheck.ui.result_rows import sentence
from formcheck.wording import PROTOCOL_TITLES

if TYPE_CHECKING:
    from formcheck.store import Analysis

RESULT_PAGE = Path(__file__).parent / "pages" / "result.py"
_EVERY_S = 0.8
_FOLLOWED = "formcheck_followed"
_OPENS = "formcheck_opens_when_done"
_STARTED = "formcheck_started"
_RECENT = 50


def follow(analysis_id: str, *, opens_when_done: bool = False) -> None:
    """Show an analysis until it is put aside; open its result by itself when asked to."""
    _followed()[analysis_id] = None
    st.session_state[_STARTED] = analysis_id
    if opens_when_done:
        st.session_state[_OPENS] = analysis_id


def panel() -> bool:
    """Show what runs or has just ended; False, and nothing, when there is neither."""
    shown = _shown()
    if not shown:
        return False
    scroll_here(str(st.session_state.get(_STARTED, "")))
    alive = any(not analysis.is_over for analysis in shown)
    st.fragment(_cards, run_every=_EVERY_S if alive else None)(alive)
    return True


def _followed() -> dict[str, None]:
    followed: dict[str, None] = st.session_state.setdefault(_FOLLOWED, {})
    return followed


def _shown() -> list[Analysis]:
    """What this browser's work has running, from whichever visit, and what this visit follows, in order of start."""
    here = state.workspace()
    with state.open_store() as store:
        for analysis in reversed(store.analyses(here, limit=_RECENT)):
            if not analysis.is_over:
                _followed()[analysis.id] = None
        found = [store.analysis(analysis_id, here) for analysis_id in _followed()]
        if any(analysis and analysis.status == "queued" for analysis in found):
            jobs.ensure_worker(store.home)
    return [analysis for analysis in found if analysis is not None]


def _cards(was_alive: bool) -> None:
    shown = _shown()
    if not shown:  # the last one was put aside: the page looks different without any
        st.rerun()
    _open_when_done(shown)
    alive = [analysis for analysis in shown if not analysis.is_over]
    if was_alive and not alive:
        st.rerun()
    if alive:
        count = len(alive)
        st.subheader(f"{count} {'analysis is' if count == 1 else 'analyses are'} running", anchor=False)
        st.caption("You may close this page: the work goes on, and you find it here again.")
    for analysis in shown:
        with st.container(border=True, key=f"job_{analysis.id}"):
            _card(analysis)


def _open_when_done(shown: list[Analysis]) -> None:
    wanted = st.session_state.get(_OPENS)
    analysis = next((a for a in shown if a.id == wanted), None)
    if analysis is None or not analysis.is_over:
        return
    del st.session_state[_OPENS]
    if analysis.status == "done":
        _aside(analysis.id)
        st.switch_page(RESULT_PAGE, query_params={"id": analysis.id})


def _card(analysis: Analysis) -> None:
    st.markdown(f"**{kit.literal(analysis.clip_name)}**{_test(analysis)}")
    if not analysis.is_over:
        _running(analysis)
    elif analysis.status == "done":
        _done(analysis)
    elif analysis.status == "cancelled":
        st.markdown(":gray-badge[– Cancelled] Nothing was kept of it but the clip.")
        _buttons(analysis, "Start again")
    elif analysis.status == "refused":
        st.error(kit.literal(sentence(analysis.error, analysis.clip_name)), icon=":material/videocam_off:")
        st.caption("Change the settings of this clip, or film again as the test's capture guide shows.")
        _buttons(analysis, "Change settings")
    else:
        st.error(kit.literal(sentence(analysis.error, analysis.clip_name)), icon=":material/error:")
        _buttons(analysis, "Try again")


def _running(analysis: Analysis) -> None:
    words = jobs.stage_words(analysis, time.time())
    st.progress(share_done(analysis), text=words)
    st.button(
        "Cancel",
        key=f"cancel_{analysis.id}",
        icon=":material/close:",
        on_click=_change,
        args=("cancel", analysis.id),
    )


def _done(analysis: Analysis) -> None:
    st.markdown(f":green-badge[✓ Done] {kit.literal(analysis.headline)}")
    with st.container(horizontal=True):
        if st.button("Open result", key=f"open_{analysis.id}", type="primary", icon=":material/monitoring:"):
            _aside(analysis.id)
            st.switch_page(RESULT_PAGE, query_params={"id": analysis.id})
        _dismiss(analysis)


def _buttons(analysis: Analysis, again: str) -> None:
    with st.container(horizontal=True):
        act = "settings" if analysis.status == "refused" else "retry"
        st.button(
            again, key=f"again_{analysis.id}", on_click=_change, args=(act, analysis.id), icon=":material/replay:"
        )
        _dismiss(analysis)


def _dismiss(analysis: Analysis) -> None:
    st.button("Put aside", key=f"aside_{analysis.id}", type="tertiary", on_click=_aside, args=(analysis.id,))


def _change(act: str, analysis_id: str) -> None:
    here = state.workspace()
    with state.open_store() as store:
        if act == "cancel":
            store.cancel(analysis_id, here)
        elif act == "retry":
            store.retry(analysis_id, here)
            jobs.ensure_worker(store.home)
        else:
            analysis = store.analysis(analysis_id, here)
            if analysis is not None:
                tray.put_again(analysis.clip_id)
            _aside(analysis_id)


def _aside(analysis_id: str) -> None:
    _followed().pop(analysis_id, None)


def _test(analysis: Analysis) -> str:
    title = PROTOCOL_TITLES.get(analysis.protocol or analysis.settings.get("protocol"))  # type: ignore[arg-type]
    return f" · {title}" if title else ""
