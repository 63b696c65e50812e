"""A field for the code that another browser shows; the right one opens that browser's work here."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent


@cache
def _read(kind: str) -> str:
    return (_HERE / f"workspace_code.{kind}").read_text(encoding="utf-8")


def workspace_code() -> None:
    """Show the field. It speaks to the server itself, since only the server may set the cookie."""
    html, css, js = (_read(kind) for kind in ("html", "css", "js"))
    st.components.v2.component("formcheck_workspace_code", html=html, css=css, js=js)(key="formcheck_workspace_code")
