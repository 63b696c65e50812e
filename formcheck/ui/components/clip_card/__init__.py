"""A clip with its picture, what is known of it, and notices in bands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from formcheck.ui.components.loading import component


def clip_card(card: Mapping[str, Any], *, key: str) -> None:
    """Show a clip: `thumbnail` (address), `name`, `facts`, `busy` (words while it is looked at), `notices`."""
    component("clip_card")(key=key, data=dict(card))
