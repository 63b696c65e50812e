"""The criteria in force as text: for the terminal, for the app, and as the table of docs/criteria.md."""

from __future__ import annotations

from collections.abc import Iterator

from formcheck.criteria import CriteriaSet
from formcheck.metrics import REGISTRY, describe
from formcheck.types import Criterion
from formcheck.wording import KIND_WORDS, PROTOCOL_TITLES, limits_text

_SEX_WORDS = {"f": "women", "m": "men", None: ""}


def plain(criteria: CriteriaSet) -> str:
    """One paragraph a criterion, then the sources."""
    lines = [f"Criteria, version {criteria.version}. Only those marked DECIDES can fail a test; the others advise."]
    for row in (*criteria.criteria, *criteria.by_hand):
        lines += ["", *_paragraph(row, criteria)]
    return "\n".join(lines)


def _paragraph(row: Criterion, criteria: CriteriaSet) -> Iterator[str]:
    mark = "  DECIDES" if row.decides else ""
    yield f"{row.id}: {criterion_name(row)}{mark}"
    yield f"  {_where(row)}: {criterion_limits(row)}"
    yield f"  {KIND_WORDS[row.kind]}; {criteria.reference(row).short}"
    if row.note:
        yield f"  {row.note}"


def markdown(criteria: CriteriaSet) -> str:
    """Tables of the limits and of the sources."""
    rows = [
        f"| `{row.id}` | {criterion_name(row)} | {_where(row)} | {criterion_limits(row)} "
        f"| {'yes' if row.decides else 'no'} | {KIND_WORDS[row.kind]} | {row.source} | {row.note} |"
        for row in (*criteria.criteria, *criteria.by_hand)
    ]
    sources = [f"| {key} | {ref.short} | {ref.tag} |" for key, ref in sorted(criteria.references.items())]
    return "\n".join(
        [
            f"Version {criteria.version}.",
            "",
            "| id | measure | test | limits | decides | kind | source | note |",
            "|---|---|---|---|---|---|---|---|",
            *rows,
            "",
            "| source | citation | how it was checked |",
            "|---|---|---|",
            *sources,
        ]
    )


def _is_metric(row: Criterion) -> bool:
    return row.metric_id.removeprefix("asymmetry_") in REGISTRY


def criterion_name(row: Criterion) -> str:
    """What is measured, and of whom where the limit holds for one sex only."""
    label = describe(row.metric_id).label if _is_metric(row) else row.metric_id.replace("_", " ")
    return f"{label} ({_SEX_WORDS[row.sex]})" if row.sex else label


def criterion_limits(row: Criterion) -> str:
    """The limits in words, with their unit."""
    unit = describe(row.metric_id).unit if _is_metric(row) else ""
    cycles = f", outside also when {row.outside_cycles} or more repetitions reach it" if row.outside_cycles else ""
    return limits_text(row, unit) + cycles


def _where(row: Criterion) -> str:
    return ", ".join(PROTOCOL_TITLES[p] for p in row.protocols) or "entered by hand"
