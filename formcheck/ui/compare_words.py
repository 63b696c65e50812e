"""The change table in words and markup. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from formcheck.compare import Change
from formcheck.metrics import describe
from formcheck.report.advice import sentence
from formcheck.types import SIDES, Assessment, Band, MetricResult
from formcheck.ui import kit
from formcheck.wording import decimals_for, metric_label, number, unit_text, value_with_error, with_side


@dataclass(frozen=True)
class Pair:
    """Two results that stand against each other, and what the first and the second are called."""

    one: Assessment
    other: Assessment
    names: tuple[str, str]
    of_legs: bool = False

    def results(self, change: Change) -> tuple[MetricResult | None, MetricResult | None]:
        """The two results that a change was formed from."""
        sides = SIDES if self.of_legs else (change.side, change.side)
        return self.one.metric(change.metric_id, sides[0]), self.other.metric(change.metric_id, sides[1])

    def corrected(self, change: Change) -> tuple[bool, bool]:
        """Whether a correction by hand changed the one value, and the other."""
        sides = SIDES if self.of_legs else (change.side, change.side)
        pairs = zip((self.one, self.other), sides, strict=True)
        one, other = (assessment.change(change.metric_id, side) is not None for assessment, side in pairs)
        return one, other


def verdict(change: Change, *, of_legs: bool = False) -> tuple[Band | None, str, str]:
    """Band, symbol and word of a change."""
    if change.state == "not_comparable":
        return None, "–", "Not comparable"
    if change.state == "within_error":
        return None, "≈", "Not beyond measurement error"
    if of_legs:
        return None, "≠", "Legs differ"
    if change.direction == "better":
        return "within", "✓", "Changed: better"
    if change.direction == "worse":
        return "outside", "✕", "Changed: worse"
    return None, "≠", "Changed"


def difference_text(change: Change) -> str:
    """The difference with its sign: `+3°`, `−12 ms`; a dash where there is none."""
    if change.difference is None:
        return "–"
    digits = decimals_for(change.bound, change.unit)
    text = number(change.difference, digits)
    sign = "" if text.startswith("−") or not float(text) else "+"
    return f"{sign}{text}{unit_text(change.unit)}"


def bound_text(change: Change) -> str:
    """What a difference has to exceed: `more than 7.5°`."""
    if change.bound is None:
        return "–"
    digits = max(decimals_for(change.bound, change.unit), 0 if change.bound >= 10 else 1)
    return f"more than {number(change.bound, digits)}{unit_text(change.unit)}"


def summary(found: Sequence[Change], *, of_legs: bool = False) -> str:
    """The table in one sentence, plain words first."""
    changed = [c for c in found if c.state == "changed"]
    told = sum(c.state != "not_comparable" for c in found)
    if not told:
        return "Nothing here can be compared."
    if of_legs:
        n = len(changed)
        return (
            "The legs differ in nothing beyond measurement error."
            if not n
            else f"The legs differ beyond measurement error in {n} of {told} measures."
        )
    if not changed:
        return f"None of {told} measures changed beyond measurement error."
    parts = []
    for direction, word in (("better", "better"), ("worse", "worse"), ("", "changed without a limit to judge it by")):
        count = sum(c.direction == direction for c in changed)
        parts += [f"{count} {word}"] if count else []
    return f"{len(changed)} of {told} measures changed beyond measurement error: {', '.join(parts)}."


def table(found: Sequence[Change], pair: Pair) -> Markup:
    """Scored measures, and behind a click the others."""
    scored = {f.metric_id for a in (pair.one, pair.other) for f in a.findings if f.criterion is not None}
    tips = kit.Tips()
    first = [c for c in found if c.metric_id in scored]
    others = [c for c in found if c.metric_id not in scored]
    legend = "A difference counts only where it is larger than the method's own error could make it."
    return kit.section(
        "What differs" if pair.of_legs else "What changed",
        kit.paragraph(Markup("<strong>{}</strong>").format(summary(found, of_legs=pair.of_legs))),
        kit.paragraph(legend, "muted small"),
        _rows(first, pair, tips) if first else "",
        kit.more(f"Reported and not scored: {len(others)} more", _rows(others, pair, tips), name="others")
        if others
        else "",
        name="changes",
    )


def _rows(found: Sequence[Change], pair: Pair, tips: kit.Tips) -> Markup:
    heads = ("Measure", pair.names[0].capitalize(), pair.names[1].capitalize(), "Difference", "")
    head = kit.join(Markup('<th scope="col">{}</th>').format(text) for text in heads)
    body = kit.join(_row(change, pair, tips) for change in found)
    return Markup('<table class="wide"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>').format(head, body)


def _row(change: Change, pair: Pair, tips: kit.Tips) -> Markup:
    label = with_side(metric_label(change.metric_id), "both" if pair.of_legs else change.side)
    name = tips(label, sentence(describe(change.metric_id).plain))
    by_hand = [kit.by_hand() if changed else "" for changed in pair.corrected(change)]
    values = [
        kit.join((value_with_error(result) if result else "–", mark))
        for result, mark in zip(pair.results(change), by_hand, strict=True)
    ]
    cells = kit.join(
        Markup('<td class="value" data-label="{}">{}</td>').format(heading.capitalize(), value)
        for heading, value in zip(pair.names, values, strict=True)
    )
    needed = Markup('<div class="interval">{} counts</div>').format(bound_text(change)) if change.bound else ""
    gap = Markup('<td data-label="Difference"><span class="value"><strong>{}</strong></span>{}</td>').format(
        difference_text(change), needed
    )
    badge = kit.badge(*_reordered(verdict(change, of_legs=pair.of_legs)))
    why = kit.paragraph(sentence(change.reason), "muted small") if change.reason else ""
    return Markup('<tr><th scope="row">{}</th>{}{}<td class="full">{}{}</td></tr>').format(name, cells, gap, badge, why)


def _reordered(told: tuple[Band | None, str, str]) -> tuple[Band | None, str, str]:
    """Band, word, symbol, as a badge wants them."""
    band, symbol, word = told
    return band, word, symbol
