"""A field for the code that another browser shows; the right one opens that browser's work here."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer


@cache
def _renderer() -> ComponentRenderer:
    here = Path(__file__).parent
    html, css, js = ((here / f"workspace_code.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component("formcheck_workspace_code", html=html, css=css, js=js)


def workspace_code() -> None:
    """Show the field. It speaks to the server itself, since only the server may set the cookie."""
    _renderer()(key="formcheck_workspace_code")
