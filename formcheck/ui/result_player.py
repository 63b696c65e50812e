"""The player on the result page, or a line where there is nothing to play."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from formcheck.store import Analysis
from formcheck.ui.components.sheet import sheet
from formcheck.ui.result_sections import file_address
from formcheck.ui.result_stored import Shown

OVERLAY = "overlay.mp4"


def show_player(analysis: Analysis, current: Shown, moment: float | None) -> None:
    """The overlay with its plots, moved to `moment` (s) when something on the page was clicked."""
    if OVERLAY not in current.files:
        st.caption("There is no overlay video for this result: it was made without one.")
        return
    at = f"#t={moment:.3f}" if moment is not None else ""
    video = Markup(
        '<video controls playsinline preload="metadata" style="width:100%;max-height:70vh" src="{}"></video>'
    )
    sheet(video.format(file_address(analysis.id, OVERLAY) + at), key=f"player-{analysis.id}")
