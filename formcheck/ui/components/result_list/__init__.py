"""The list of results: fifty rows as one element, since a page of a thousand widgets would be slow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from formcheck.ui.components.loading import component

Act = Literal["open", "again", "delete"]
_KEY = "formcheck_result_list"


@dataclass(frozen=True)
class Wish:
    """What somebody clicked in the list: `act` on the analysis of this id."""

    act: Act
    id: str


def result_list(rows: Sequence[Mapping[str, Any]]) -> Wish | None:
    """Show rows; what was just clicked, if anything. The list itself asks again before it says delete.

    Each row has `id`, `address`, `thumbnail`, `name`, `test`, `date`, `client`, `band`, `symbol`, `word`, `headline`,
    and `again`, the label of its second button or nothing.
    """
    result = component("result_list")(key=_KEY, data={"rows": list(rows)}, on_wish_change=lambda: None)
    wish = result.wish
    if not isinstance(wish, dict) or wish.get("act") not in ("open", "again", "delete"):
        return None
    return Wish(cast(Act, wish["act"]), str(wish.get("id", "")))
