"""What the result page shows before there is a result, and where there will be none."""

from __future__ import annotations

import time
from pathlib import Path

import streamlit as st

from formcheck import jobs
from formcheck.jobs.words import share_done
from formcheck.store import Analysis
from formcheck.ui import kit, result_again, state
from formcheck.ui.result_rows import sentence

_PAGES = Path(__file__).parent / "pages"
_REFRESH_S = 0.7


def ways_out() -> None:
    """Links to where one can go on."""
    with st.container(horizontal=True):
        st.page_link(_PAGES / "new.py", label="New analysis", icon=":material/add_circle:")
        st.page_link(_PAGES / "results.py", label="All results", icon=":material/list:")


def unknown() -> None:
    """The address names no result, or none of this browser's."""
    st.title("No result here")
    st.write(
        "This address names no result of yours: it was deleted, or it belongs to another browser. "
        "A result is seen only in the browser that made it."
    )
    ways_out()


def waiting(analysis: Analysis) -> None:
    """Queued or running: how far it is, and a way to stop it. Turns into the result by itself."""
    st.title(f"Analysing {kit.literal(analysis.clip_name)}")
    jobs.ensure_worker(state.home())
    _progress(analysis.id, analysis.workspace)
    st.caption("You may close this page: the work goes on, and the result waits under Results.")


@st.fragment(run_every=_REFRESH_S)
def _progress(analysis_id: str, workspace: str) -> None:
    with state.open_store() as store:
        analysis = store.analysis(analysis_id, workspace)
    if analysis is None or analysis.is_over:
        st.rerun()
    else:
        st.progress(share_done(analysis), text=jobs.stage_words(analysis, time.time()))
        if st.button("Stop", icon=":material/stop_circle:", key=f"stop-{analysis_id}"):
            with state.open_store() as store:
                store.cancel(analysis_id, workspace)
            st.rerun()


def ended(analysis: Analysis) -> None:
    """Refused, failed or cancelled: the engine's one line, and what to do."""
    words = {
        "refused": ("This clip cannot be used", st.warning),
        "failed": ("The analysis failed", st.error),
        "cancelled": ("The analysis was stopped", st.info),
    }
    heading, say = words[analysis.status]
    st.title(heading)
    st.caption(kit.literal(analysis.clip_name))
    line = sentence(analysis.error, analysis.clip_name)
    say(kit.literal(line) or "You stopped it before it was done. Nothing was kept of it.")
    if analysis.status != "refused":
        result_again.retry(analysis)
    result_again.again(analysis, is_open=analysis.status == "refused")
    result_again.delete(analysis)
    ways_out()
