"""The tables of an exported client: which columns, and how their rows are written for people and programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

Row = Mapping[str, Any]

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "clients": ("id", "name", "birth_year", "notes", "created_s"),
        "visits": ("id", "day", "title", "created_s"),
        "clips": ("id", "name", "ending", "sha256", "bytes", "created_s", "look", "has_video"),
        "analyses": (
            *("id", "clip_id", "visit_id", "batch", "status", "settings", "error", "protocol", "leg", "verdict"),
            *("headline", "formcheck_version", "criteria_version", "model"),
            *("created_s", "queued_s", "started_s", "finished_s"),
        ),
        "notes": ("id", "visit_id", "analysis_id", "text", "author", "time_s", "created_s", "changed_s"),
        "tags": ("analysis_id", "word"),
        "annotations": ("id", "analysis_id", "first_frame", "last_frame", "shape", "author", "created_s"),
        "corrections": ("id", "analysis_id", "kind", "before", "after", "author", "made_s", "undone_s"),
        "records": ("id", "kind", "day", "content", "created_s"),
    }
)
"""In the order in which they can be written again: what is pointed at comes first."""
JSON_COLUMNS: Final = frozenset({"look", "settings", "shape", "before", "after", "content"})
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def as_json(rows: Sequence[Row]) -> str:
    """Rows as a JSON list, with stored JSON as JSON and not as text."""
    plain = [{name: _opened(name, value) for name, value in row.items()} for row in rows]
    return json.dumps(plain, ensure_ascii=False, indent=1)


def as_csv(table: str, rows: Sequence[Row]) -> str:
    """Rows as a table for a spreadsheet; a text that it would take for a formula gets an apostrophe before it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS[table])
    writer.writerows([_cell(row[name]) for name in COLUMNS[table]] for row in rows)
    return text.getvalue()


def from_json(table: str, text: str) -> list[dict[str, Any]]:
    """Rows as they are stored, from `as_json`.

    Raises
    ------
    ValueError : it is no such list, or a row has other columns than this table.
    """
    rows = json.loads(text)
    columns = set(COLUMNS[table])
    if not isinstance(rows, list) or any(not isinstance(row, dict) or set(row) != columns for row in rows):
        raise ValueError(f"the rows of {table} are not those of an export")
    closed = [{name: _closed(name, row[name]) for name in COLUMNS[table]} for row in rows]
    if any(not isinstance(value, str | int | float | None) for row in closed for value in row.values()):
        raise ValueError(f"a value in {table} is neither text nor number")
    return closed


def _opened(name: str, value: Any) -> Any:  # noqa: ANN401 - any value of a cell
    return json.loads(value) if name in JSON_COLUMNS and value is not None else value


def _closed(name: str, value: Any) -> Any:  # noqa: ANN401 - any value of a cell
    if name not in JSON_COLUMNS or (name == "look" and value is None):
        return value
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _cell(value: Any) -> Any:  # noqa: ANN401 - any value of a cell
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return "" if value is None else value
