"""The table of measures: a line a metric, its sides beside each other, also those of two clips filmed in one go."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from formcheck.report.advice import sentence
from formcheck.report.content import Content, Row
from formcheck.types import ResultSide
from formcheck.ui import kit

_ASYMMETRY = "asymmetry_"
_COLUMNS = ("left", "right", "difference")
_HEADINGS: Mapping[str, str] = {"left": "Left", "right": "Right", "both": "Both legs", "difference": "Left − right"}


@dataclass(frozen=True)
class Line:
    """One metric with a cell for every side that has one; `sources` are the citations its rows count from 1."""

    label: str
    plain: str
    cells: Mapping[str, Row]
    sources: Sequence[str]

    @property
    def judged(self) -> Row | None:
        """A cell that has limits, the measured ones first."""
        rows = sorted(self.cells.values(), key=lambda row: row.band == "not_assessable")
        return next((row for row in rows if row.limits), None)


def lines_of(contents: Sequence[Content]) -> tuple[Line, ...]:
    """The lines of the table from one clip, or from the left and the right one of a pair."""
    cells: dict[str, dict[str, Row]] = {}
    sources: dict[str, Sequence[str]] = {}
    for content in contents:
        for row in (*content.scored, *content.reported, *content.unmeasured):
            base = row.metric_id.removeprefix(_ASYMMETRY)
            side = "difference" if base != row.metric_id else row.side
            cells.setdefault(base, {}).setdefault(side, row)
            sources.setdefault(base, content.sources)
    named = ((base, next((r for s, r in found.items() if s != "difference"), None)) for base, found in cells.items())
    return tuple(Line(row.label, row.plain, cells[base], sources[base]) for base, row in named if row is not None)


@dataclass(frozen=True)
class _Look:
    """How the cells are told: explanations, what a cycle is called, and which values were corrected by hand."""

    tips: kit.Tips
    cycles: tuple[str, str]
    corrected: Collection[tuple[str, ResultSide]]


def measures(
    contents: Sequence[Content], cycles: tuple[str, str], corrected: Collection[tuple[str, ResultSide]] = ()
) -> Markup:
    """The section with the table: what is held against a limit, and behind a click everything else.

    Parameters
    ----------
    contents : one clip, or the left and the right one of a pair.
    cycles : what one cycle and several are called (`CYCLE_WORDS`).
    corrected : metric and side of every value that a correction by hand changed.
    """
    lines = lines_of(contents)
    look = _Look(kit.Tips(), cycles, corrected)
    scored = [line for line in lines if line.judged]
    others = [line for line in lines if not line.judged]
    return kit.section(
        "What was measured",
        _legend(look),
        _table(scored, look, limits=True),
        kit.more(
            f"Everything measured: {len(others)} more, reported and not scored",
            _table(others, look, limits=False),
            name="others",
        )
        if others
        else "",
        _missing(contents),
        name="measures",
    )


def _legend(look: _Look) -> Markup:
    parts = (
        look.tips("12°", f"The median over all valid {look.cycles[1]} unless the definition says otherwise."),
        look.tips("± 3°", "How far the method itself may be off. A change smaller than this is no change."),
        look.tips("11 to 13°", f"95 % interval: how well the {look.cycles[1]} of this clip fix the median."),
    )
    return kit.paragraph(
        Markup("Each value reads {} {}, {}. Limits and their sources open on a tap.").format(*parts), "muted small"
    )


def _table(lines: Sequence[Line], look: _Look, *, limits: bool) -> Markup:
    if not lines:
        return Markup("")
    columns = [side for side in _COLUMNS if any(side in line.cells for line in lines)] or ["both"]
    heads = ["Measure", *(_HEADINGS[c] for c in columns), *(["Limits"] if limits else [])]
    head = kit.join(Markup('<th scope="col">{}</th>').format(h) for h in heads)
    body = kit.join(_line(line, columns, look, limits=limits) for line in lines)
    return Markup('<table class="wide"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>').format(head, body)


def _line(line: Line, columns: Sequence[str], look: _Look, *, limits: bool) -> Markup:
    name = Markup('<th scope="row">{}</th>').format(look.tips(line.label, sentence(line.plain)))
    return Markup("<tr>{}{}{}</tr>").format(
        name, kit.join(_cells(line, columns, look)), _limits(line, look.tips) if limits else ""
    )


def _cells(line: Line, columns: Sequence[str], look: _Look) -> Iterable[Markup]:
    """A cell a column; a value of both legs together spans them all."""
    both = line.cells.get("both")
    if both is not None and not any(column in line.cells for column in ("left", "right")):
        span = len([c for c in columns if c != "difference"]) or 1
        yield Markup('<td class="cell full" colspan="{}">{}</td>').format(span, _cell(both, look))
        if "difference" in columns:
            yield _one(line, "difference", look)
        return
    for column in columns:
        yield _one(line, column, look)


def _one(line: Line, column: str, look: _Look) -> Markup:
    row = line.cells.get(column)
    if row is None:
        return Markup('<td class="empty"></td>')
    return Markup('<td class="cell" data-label="{}">{}</td>').format(_HEADINGS[column], _cell(row, look))


def _cell(row: Row, look: _Look) -> Markup:
    by_hand = kit.by_hand() if (row.metric_id, row.side) in look.corrected else ""
    if row.band == "not_assessable":
        return kit.join((look.tips(kit.badge(row.band, row.word, row.symbol), row.reason, quiet=True), by_hand))
    error = Markup(" ± {}").format(row.error.removeprefix("±")) if row.error != "–" else ""
    value = Markup('<div class="value"><strong>{}</strong>{}</div>').format(row.value, error)
    counted = f" from {row.n} {look.cycles[0] if row.n == '1' else look.cycles[1]}" if row.n not in {"–", "0"} else ""
    interval = Markup('<div class="interval">{}{}</div>').format(row.interval, counted) if row.interval != "–" else ""
    word = look.tips(kit.badge(row.band, row.word, row.symbol), row.reason, quiet=True) if row.band else ""
    return kit.join((value, interval, *(Markup("<div>{}</div>").format(mark) for mark in (word, by_hand) if mark)))


def _limits(line: Line, tips: kit.Tips) -> Markup:
    row = line.judged
    if row is None:
        return Markup('<td class="limits empty"></td>')
    source = line.sources[row.source - 1] if row.source else ""
    told = Markup("<b>{}</b>{}").format(sentence(row.judgement), source)
    return Markup('<td class="limits">{} {}</td>').format(sentence(row.limits), tips("Source", told, left=True))


def _missing(contents: Sequence[Content]) -> Markup:
    found = dict.fromkeys((item.label, item.reason) for content in contents for item in content.missing)
    lines = [Markup("<strong>{}</strong>: {}").format(*item) for item in found]
    heading = f"What could not be measured, and why: {len(lines)}"
    return kit.more(heading, kit.bullets(lines, "small"), name="missing") if lines else Markup("")
