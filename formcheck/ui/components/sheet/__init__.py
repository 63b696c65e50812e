"""A piece of a page in formcheck's own markup and style; whatever carries a moment of the clip in it can be clicked.

Streamlit's own HTML element drops SVG and knows nothing of the theme; a component has both.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from markupsafe import Markup

from formcheck.ui.components.loading import component

PLAYER_PLACE = "fc-player"
"""Key of the container that holds the player: a click on a moment scrolls there."""


def sheet(markup: Markup, *, key: str, on_seek: Callable[[float], None] | None = None) -> None:
    """Show markup.

    Parameters
    ----------
    markup : escaped HTML of `formcheck.ui.kit`; an element with `data-seek="SECONDS"` jumps the player.
    on_seek : called with the moment (s) of what was clicked, before the page runs again, if no player on the page has
        taken the click by itself (it hears `formcheck:seek` on the window and prevents its default).
    """

    def clicked() -> None:
        moment = st.session_state[key].seek
        if on_seek is not None and moment is not None:
            on_seek(float(moment))

    component("sheet")(key=key, data={"html": str(markup), "player": f".st-key-{PLAYER_PLACE}"}, on_seek_change=clicked)
