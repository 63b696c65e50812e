"""Drawing on the player's picture, dragging landmarks and moving events; the player itself stays as it is.

The browser keeps what it has sent until the page says that it has it: nothing is lost between two runs of the page,
and nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import streamlit as st

from formcheck.ui.components.sheet import PLAYER_PLACE

SCRIPTS: Final = ("shapes.js", "pencil.js", "joints.js", "marks.js", "annotate.js")
"""In this order they make one script: later ones use what earlier ones define."""
Mode = Literal["show", "draw", "points", "events"]
_ROOT = '<div class="annotate"></div>'


@cache
def sources() -> tuple[str, str, str]:
    """The markup, the style and the script."""
    here = Path(__file__).parent
    script = "\n".join((here / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return _ROOT, (here / "annotate.css").read_text(encoding="utf-8"), script


def annotate(
    analysis_id: str,
    *,
    key: str,
    mode: Mode,
    drawings: Sequence[Mapping[str, Any]],
    moves: Sequence[Mapping[str, Any]] = (),
    unusable: Sequence[tuple[float, float]] = (),
    on_change: Callable[[Sequence[Mapping[str, Any]]], None] | None = None,
    told: Mapping[str, Any] | None = None,
) -> None:
    """Show the tools of a mode and everything drawn, over the player in the container `PLAYER_PLACE`.

    Parameters
    ----------
    mode : `show` has no tools.
    drawings : each with `key`, `first`, `last` (frames) and what `drawings.to_dict` gives.
    moves : landmarks moved by hand that hold, in their order, as `edits.to_dict` gives them.
    unusable : stretches (s) that are marked as unusable.
    on_change : called before the page runs with everything sent so far that was not acknowledged, each with a number
        `n` that grows; `op` is `draw`, `erase` or `correct`.
    told : `ack` (the last number that was done), and a line to show: `refused` or `answered`.
    """

    def changed() -> None:
        sent = st.session_state[key].ops
        if on_change is not None and sent:
            on_change(sent)

    data = {
        "player": f".st-key-{PLAYER_PLACE}",
        "landmarks": f"/fc/analyses/{analysis_id}/landmarks.json",
        "mode": mode,
        "drawings": [dict(drawing) for drawing in drawings],
        "moves": [dict(move) for move in moves],
        "unusable": [list(stretch) for stretch in unusable],
        "ack": 0,
        **(told or {}),
    }
    html, css, js = sources()
    show = st.components.v2.component("formcheck_annotate", html=html, css=css, js=js)
    show(key=key, data=data, on_ops_change=changed)
