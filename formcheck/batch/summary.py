"""What came of a batch, one line a video: as CSV, as Parquet and as a page to look at."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Literal

from formcheck.batch.state import read_json
from formcheck.wording import BAND_WORDS, metric_label

NAMES = ("summary.csv", "summary.parquet", "summary.html")
RowStatus = Literal["analysed", "skipped", "failed"]
_HEAD = ("video", "client", "status", "error", "protocol", "leg", "usable", "verdict", "reasons", "findings", "result")
_SHOWN = ("video", "client", "status", "protocol", "leg", "verdict", "findings", "reasons")
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem; color: #14202b; background: #fff }
table { border-collapse: collapse; width: 100% } th { position: sticky; top: 0; background: #eef2f6; text-align: left }
th, td { padding: .4rem .6rem; border-bottom: 1px solid #d5dde5; vertical-align: top } td { overflow-wrap: anywhere }
.failed { background: #fdecea } .wide { overflow-x: auto }
"""


@dataclass(frozen=True)
class Row:
    """How one video went."""

    video: Path
    out: Path
    client: str
    status: RowStatus
    error: str = ""


def write(folder: Path, rows: Sequence[Row]) -> None:
    """Write the three files, each whole or not at all.

    Columns: how it went, the verdict, findings that are not within their limits, then every metric as `id.side` and
    what was found of it as `id.side.band`.
    """
    lines = [_line(row) for row in rows]
    columns = [*_HEAD, *sorted({key for line in lines for key in line} - set(_HEAD))]
    _whole(folder / NAMES[0], lambda path: _csv(path, columns, lines))
    _whole(folder / NAMES[1], lambda path: _parquet(path, columns, lines))
    _whole(folder / NAMES[2], lambda path: path.write_text(_page(folder, lines), encoding="utf-8"))


def _whole(target: Path, make: Any) -> None:  # noqa: ANN401 - whatever it gives is not used
    part = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        make(part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _line(row: Row) -> dict[str, Any]:
    line: dict[str, Any] = {
        "video": str(row.video), "client": row.client, "status": row.status, "error": row.error,
    }  # fmt: skip
    result = read_json(row.out / "assessment.json") if row.status != "failed" else None
    if result is None:
        return line
    findings = result.get("findings", [])
    outside = [f for f in findings if f["band"] in ("watch", "outside")]
    line |= {
        "result": str(row.out),
        "protocol": result["protocol"],
        "leg": result["leg"],
        "usable": result["quality"]["usable"],
        "verdict": result["verdict"]["status"],
        "reasons": " | ".join(result["verdict"]["reasons"]),
        "findings": ", ".join(
            f"{metric_label(f['metric_id'])} ({f['side']}): {BAND_WORDS[f['band']].lower()}" for f in outside
        ),
    }
    line |= {f"{m['id']}.{m['side']}": m["value"] for m in result["metrics"]}
    return line | {f"{f['metric_id']}.{f['side']}.band": f["band"] for f in findings}


def _csv(path: Path, columns: Sequence[str], lines: Sequence[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows({key: _no_formula(value) for key, value in line.items()} for line in lines)


def _no_formula(value: object) -> object:
    """Text that a spreadsheet would take for a formula, with a mark in front that makes it text."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _parquet(path: Path, columns: Sequence[str], lines: Sequence[Mapping[str, Any]]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table({name: _alike([line.get(name) for line in lines]) for name in columns})
    parquet.write_table(table, path)  # type: ignore[no-untyped-call]


def _alike(values: Sequence[Any]) -> list[Any]:
    """Values of one kind: numbers as such where all are, else text."""
    known = [value for value in values if value is not None]
    if all(isinstance(value, bool) for value in known):
        return list(values)
    if all(isinstance(value, (int, float)) for value in known):
        return [None if value is None else float(value) for value in values]
    return [None if value is None else str(value) for value in values]


def _page(folder: Path, lines: Sequence[Mapping[str, Any]]) -> str:
    """One page that works offline: what failed first, each result a link to its report."""
    failed = sum(line["status"] == "failed" for line in lines)
    ordered = sorted(lines, key=lambda line: line["status"] != "failed")
    head = "".join(f"<th scope='col'>{escape(name.capitalize())}</th>" for name in _SHOWN)
    body = "\n".join(_table_row(folder, line) for line in ordered)
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>formcheck: {len(lines)} videos</title><style>{_STYLE}</style>"
        f"<h1>{len(lines)} videos</h1><p>{len(lines) - failed} with a result, {failed} that could not be used.</p>"
        f"<div class='wide'><table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div></html>\n"
    )


def _table_row(folder: Path, line: Mapping[str, Any]) -> str:
    shown = {
        name: escape(str(line.get(name) if line.get(name) is not None else "").replace("_", " ")) for name in _SHOWN
    }
    shown["video"] = escape(Path(line["video"]).name)
    if line["status"] == "failed":
        shown["reasons"] = escape(line["error"])
    elif "result" in line:
        report = Path(os.path.relpath(line["result"], folder)) / "report.html"
        shown["video"] = f"<a href='{escape(report.as_posix(), quote=True)}'>{shown['video']}</a>"
    cells = "".join(f"<td>{shown[name]}</td>" for name in _SHOWN)
    return f"<tr class='{line['status']}'>{cells}</tr>"
