"""Two players in step: both show the same share of the same cycle, by contact or repetition and not by the clock.

The videos and the cycles go straight from the server to the browser; a new run of the page leaves them alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st

from formcheck.types import Side

SCRIPTS = ("player/frames.js", "compare/phase.js", "compare/compare.js")
"""In this order they make one script: later ones use what earlier ones define."""
_STYLES = ("sheet/sheet.css", "compare/compare.css")


@dataclass(frozen=True)
class Seen:
    """One of the two: whose video, what it is called, and the sides whose cycles count (one for each choice)."""

    analysis_id: str
    name: str
    sides: Sequence[Side]


@cache
def sources() -> tuple[str, str]:
    """The style and the script."""
    here = Path(__file__).parents[1]
    css, js = ("\n".join((here / name).read_text(encoding="utf-8") for name in names) for names in (_STYLES, SCRIPTS))
    return css, js


def in_step(one: Seen, other: Seen, *, cycle: str, key: str) -> None:
    """Show two results in step.

    Parameters
    ----------
    cycle : what one cycle is called: `stride`, `repetition`.
    """
    data = {
        "cycle": cycle,
        "seen": [
            {
                "name": seen.name,
                "sides": list(seen.sides),
                "video": f"/fc/analyses/{seen.analysis_id}/overlay.mp4",
                "playback": f"/fc/analyses/{seen.analysis_id}/playback.json",
            }
            for seen in (one, other)
        ],
    }
    css, js = sources()
    st.components.v2.component("formcheck_compare", html='<div class="fc"></div>', css=css, js=js)(key=key, data=data)
