"""Brings a part of the page into view when there is news in it."""

from __future__ import annotations

from formcheck.ui.components.loading import component


def scroll_here(occasion: str) -> None:
    """Scroll to this place, once for each occasion; nothing for an empty one."""
    component("scroll")(key="formcheck_scroll", data={"occasion": occasion}, height=1)
