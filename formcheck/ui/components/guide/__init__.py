"""The choice of a test, each with a picture, and under it how to film the chosen one."""

from __future__ import annotations

import streamlit as st

from formcheck.types import PROTOCOLS, Protocol
from formcheck.ui import capture_guide
from formcheck.ui.components.loading import component

_KEY = "formcheck_guide"
_CHOSEN = "formcheck_chosen_test"


def choose_test() -> Protocol | None:
    """Show the tests and their capture guides; the chosen one, or None where formcheck is to find out.

    The guide of a test appears at once, without a word from the server.
    """
    chosen = str(st.session_state.get(_CHOSEN, capture_guide.AUTO))
    result = component("guide")(key=_KEY, data={"tests": _tiles(), "chosen": chosen}, on_test_change=lambda: None)
    known = {protocol: protocol for protocol in PROTOCOLS}
    if result.test:
        chosen = st.session_state[_CHOSEN] = str(result.test)
    return known.get(chosen)  # type: ignore[call-overload,no-any-return]


def _tiles() -> list[dict[str, object]]:
    auto: dict[str, object] = {
        "id": capture_guide.AUTO,
        "name": capture_guide.AUTO_NAME,
        "tile": capture_guide.auto_tile(),
        "scene": "",
        "facts": [],
        "text": "The movement tells the test and the leg. Choose a test to see how to film it.",
    }
    tests: list[dict[str, object]] = [
        {"id": g.protocol, "name": g.name, "tile": g.tile, "scene": g.scene, "facts": g.facts, "text": g.text}
        for g in capture_guide.guides()
    ]
    return [auto, *tests]
