"""A piece of a page in formcheck's own markup and style; whatever carries a moment of the clip in it can be clicked.

Streamlit's own HTML element drops SVG and knows nothing of the theme; a component has both.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from markupsafe import Markup

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

PLAYER_PLACE = "fc-player"
"""Key of the container that holds the player: a click on a moment scrolls there."""


@cache
def _renderer() -> ComponentRenderer:
    here = Path(__file__).parent
    css, js = ((here / f"sheet.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    return st.components.v2.component("formcheck_sheet", html='<div class="fc"></div>', css=css, js=js)


def sheet(markup: Markup, *, key: str) -> float | None:
    """Show markup; the moment (s) of the clip whose button was just clicked and that no player on the page took.

    Parameters
    ----------
    markup : escaped HTML of `formcheck.ui.kit`; an element with `data-seek="SECONDS"` jumps the player.
    """
    result = _renderer()(
        key=key, data={"html": str(markup), "player": f".st-key-{PLAYER_PLACE}"}, on_seek_change=lambda: None
    )
    moment = result.seek
    return None if moment is None else float(moment)
