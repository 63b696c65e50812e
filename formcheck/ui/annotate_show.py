"""On the result page: what was drawn, over its player, and the way to draw and correct."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from formcheck.store import Analysis
from formcheck.ui import annotate_work, state
from formcheck.ui.components.annotate import annotate

_PAGE = Path(__file__).parent / "pages" / "annotate.py"


def drawn_over_the_player(analysis: Analysis) -> None:
    """Show the drawings of an analysis in the player on the page, and a link to the page that makes them."""
    with state.open_store() as store:
        kept = annotate_work.kept_drawings(store, analysis)
    if kept:
        annotate(analysis.id, key=f"drawings-{analysis.id}", mode="show", drawings=kept)
    st.page_link(_PAGE, label="Annotate and correct", icon=":material/draw:", query_params={"id": analysis.id})
