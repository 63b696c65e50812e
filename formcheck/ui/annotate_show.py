"""On the result page: what was drawn, over its player, and the way to draw and correct."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from markupsafe import Markup

from formcheck.results import DRAWN_FILM
from formcheck.store import Analysis
from formcheck.ui import annotate_work, state
from formcheck.ui.components.annotate import annotate
from formcheck.ui.components.sheet import sheet
from formcheck.ui.result_sections import file_address

_PAGE = Path(__file__).parent / "pages" / "annotate.py"


def drawn_over_the_player(analysis: Analysis) -> None:
    """Show the drawings of an analysis in the player on the page, and a link to the page that makes them."""
    with state.open_store() as store:
        kept = annotate_work.kept_drawings(store, analysis)
    if kept:
        annotate(analysis.id, key=f"drawings-{analysis.id}", mode="show", drawings=kept)
        save_drawn_film(analysis)
    st.page_link(_PAGE, label="Annotate and correct", icon=":material/draw:", query_params={"id": analysis.id})


def save_drawn_film(analysis: Analysis) -> bool:
    """A link that saves the film with the drawings in it; False where none was made."""
    if not (analysis.folder / DRAWN_FILM).is_file():
        return False
    link = Markup('<a class="button" href="{}" download>Save the film with the drawings</a>')
    sheet(link.format(file_address(analysis.id, DRAWN_FILM, save=True)), key=f"save-drawn-{analysis.id}")
    return True
