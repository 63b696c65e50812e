"""Links that save what a page has made."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from formcheck.ui import kit, state
from formcheck.ui.components.sheet import sheet
from formcheck.ui.server.saved import Savable, offer


def links(things: Sequence[Savable], *, key: str, first: bool = False) -> None:
    """Show a link that saves each; `first` makes the first of them the one that most people want."""
    shown = [
        Markup('<a class="button{}" href="{}" download>{}</a>').format(
            " first" if first and thing is things[0] else "", offer(state.workspace(), thing), thing.words
        )
        for thing in things
    ]
    sheet(Markup('<div class="row">{}</div>').format(kit.join(shown)), key=key)
