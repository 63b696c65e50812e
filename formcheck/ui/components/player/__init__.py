"""The player: the overlay video frame by frame, with the angles against time under it.

The video, the frames and the angles go straight from the server to the browser; a new run of the page changes nothing
in a player that is open, unless it asks for another moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

SCRIPTS = ("frames.js", "screen.js", "chart.js", "lane.js", "clip.js", "plots.js", "words.js", "player.js")
"""In this order they make one script: later ones use what earlier ones define."""


@dataclass(frozen=True)
class PlayerState:
    """What the player tells the page: the frame that was just chosen with its button, and its time; else None."""

    frame: int | None = None
    time_s: float | None = None


@cache
def sources() -> tuple[str, str, str]:
    """The markup, the style and the script of the player."""
    here = Path(__file__).parent
    script = "\n".join((here / name).read_text(encoding="utf-8") for name in SCRIPTS)
    html, css = ((here / f"player.{kind}").read_text(encoding="utf-8") for kind in ("html", "css"))
    return html, css, script


def player(
    analysis_id: str,
    *,
    key: str,
    height: int | None = None,
    start_frame: int | None = None,
    seek: float | None = None,
    pick: bool = False,
    markers: Sequence[Mapping[str, Any]] = (),
) -> PlayerState:
    """Show the player of an analysis of this browser.

    Parameters
    ----------
    analysis_id : whose `overlay.mp4` and `playback.json` are shown.
    key : name of this player on the page; while it stays, the player keeps its place through every run of the page.
    height : the most that the picture takes, in pixels.
    start_frame : frame to begin with.
    seek : moment (s) to jump to in this run of the page; None in all others, or it jumps again.
    pick : offer a button that hands the shown frame to the page.
    markers : further places in the clip, each with `frame` and `name`.
    """
    data = {
        "video": f"/fc/analyses/{analysis_id}/overlay.mp4",
        "playback": f"/fc/analyses/{analysis_id}/playback.json",
        "height": height,
        "start": start_frame,
        "seek": _numbered(seek, f"{key}:{analysis_id}:seek"),
        "pick": pick,
        "markers": [dict(marker) for marker in markers],
    }
    # Registered at each run, which costs next to nothing: another runtime in the same process knows nothing of it.
    html, css, js = sources()
    show = st.components.v2.component("formcheck_player", html=html, css=css, js=js)
    picked = show(key=key, data=data, on_picked_change=lambda: None).picked
    return PlayerState(int(picked["frame"]), float(picked["time_s"])) if picked else PlayerState()


def _numbered(seek: float | None, name: str) -> dict[str, float] | None:
    """The last wish to jump with a number, by which the browser knows whether it has followed it."""
    if seek is not None:
        earlier = st.session_state.get(name, {"n": 0})
        st.session_state[name] = {"n": earlier["n"] + 1, "time_s": float(seek)}
    return st.session_state.get(name)
