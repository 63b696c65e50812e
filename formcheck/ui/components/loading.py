"""Loads the app's own components from the files beside them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

_HERE = Path(__file__).parent
_ROOT = '<div class="fc"></div>'


def component(name: str) -> ComponentRenderer:
    """The component in the folder of that name: its `NAME.js`, and its `NAME.css` after the style all share.

    Registered anew at each call, which costs next to nothing: another runtime in the same process knows nothing of it.
    """
    shared, own, js = _read("sheet", "css"), _read(name, "css"), _read(name, "js")
    return st.components.v2.component(f"formcheck_{name}", html=_ROOT, css=shared + own, js=js)


@cache
def _read(name: str, kind: str) -> str:
    return (_HERE / name / f"{name}.{kind}").read_text(encoding="utf-8")
