"""Every repetition of a squat test, a leg beside the other, and every stride of a run on top of the others."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from formcheck.plots import MARGINS, Plot, repetition_bars
from formcheck.report.advice import sentence
from formcheck.report.svg import to_svg
from formcheck.scenes import JUDGED, bottom_s, criterion_for, cycle_bands
from formcheck.types import SIDES, Assessment, Band, Cycle, Side
from formcheck.ui import kit
from formcheck.ui.result_stored import Shown
from formcheck.wording import is_running, metric_label, number

DRIFTS = {"knee_fppa_deg": "fppa_drift_deg"}
"""The metric that tells how an angle changed from the first to the last repetitions."""


def repetitions(pair: Sequence[Shown], current: Shown) -> Markup:
    """Bars for each leg, with what does not count and why; clicks work on the clip that is open."""
    if is_running(current.assessment.protocol):
        return Markup("")
    boxes = [
        _leg(one.assessment, side, clickable=one is current)
        for one in pair
        for side in SIDES
        if any(c.side == side for c in one.assessment.cycles)
    ]
    if not boxes:
        return Markup("")
    clip = "of the open clip " if len(pair) > 1 else ""
    told = f"One bar a repetition, in the colour of its band; ✕ does not count. A click on a bar {clip}jumps the video."
    return kit.section(
        "Repetition by repetition", kit.paragraph(told, "muted small"), kit.cards(boxes), name="repetitions"
    )


def _leg(assessment: Assessment, side: Side, *, clickable: bool) -> Markup:
    cycles = [c for c in assessment.cycles if c.side == side]
    valid = sum(c.valid for c in cycles)
    plot = repetition_bars(assessment, side)
    head = Markup("<h3>{}: {} of {} repetitions count</h3>").format(f"{side.capitalize()} leg", valid, len(cycles))
    return kit.card(
        head,
        _bars(plot, assessment, side, clickable=clickable) if plot else "",
        kit.bullets(_not_counted(cycles), "small"),
        kit.paragraph(_drift(assessment, side)),
        kit.more("All repetitions", _list(assessment, side, clickable=clickable), name=f"reps-{side}"),
    )


def _not_counted(cycles: Sequence[Cycle]) -> list[str]:
    """One line a reason, with the repetitions that do not count for it."""
    reasons: dict[str, list[str]] = {}
    for i, cycle in enumerate(cycles, start=1):
        if not cycle.valid:
            reasons.setdefault(cycle.reason or "does not count", []).append(str(i))
    return [f"No. {', '.join(numbers)}: {reason}." for reason, numbers in reasons.items()]


def _bars(plot: Plot, assessment: Assessment, side: Side, *, clickable: bool) -> Markup:
    """The plot with a button over every bar."""
    if not clickable:
        return Markup('<div class="bars">{}</div>').format(to_svg(plot))
    place = ";".join(f"{edge}:{100 * share:.3f}%" for edge, share in MARGINS.items())
    button = Markup(
        '<button type="button" data-seek="{:.6f}" data-from="{:.6f}" data-to="{:.6f}" title="{}" aria-label="{}">'
        "</button>"
    )
    hits = [button.format(bottom_s(c), c.start_s, c.end_s, text, text) for c, text in _told(assessment, side)]
    box = Markup('<div class="bars">{}<div class="hits" style="{}">{}</div></div>')
    return box.format(to_svg(plot), place, kit.join(hits))


def _values(assessment: Assessment, side: Side) -> list[tuple[Cycle, str, Band | None]]:
    """Every repetition with its judged angle in words and its band."""
    judged = JUDGED[assessment.protocol][0]
    cycles = [c for c in assessment.cycles if c.side == side]
    metric = assessment.metric(judged.metric_id, side)
    values = metric.per_cycle if metric and len(metric.per_cycle) == len(cycles) else (None,) * len(cycles)
    bands = cycle_bands(metric, criterion_for(assessment, judged.metric_id, side)) or (None,) * len(cycles)
    texts = [f"{number(v, 0)}°" if isinstance(v, float | int) else "not measured" for v in values]
    return list(zip(cycles, texts, bands, strict=False))


def _told(assessment: Assessment, side: Side) -> list[tuple[Cycle, str]]:
    """Each repetition and what to say of it."""
    name = metric_label(JUDGED[assessment.protocol][0].metric_id)
    values = enumerate(_values(assessment, side), start=1)
    counted = (
        (i, cycle, text, "" if cycle.valid else f"; does not count: {cycle.reason}") for i, (cycle, text, _) in values
    )
    return [(cycle, f"Repetition {i}: {name} {text}{why}") for i, cycle, text, why in counted]


def _list(assessment: Assessment, side: Side, *, clickable: bool) -> Markup:
    items = []
    for i, (cycle, text, band) in enumerate(_values(assessment, side), start=1):
        state = kit.badge(band) if cycle.valid else kit.badge("not_assessable", "Does not count")
        why = Markup('<span class="muted small">{}</span>').format(cycle.reason) if cycle.reason else ""
        shown = kit.jump(text, bottom_s(cycle)) if clickable else Markup("<span>{}</span>").format(text)
        items.append(Markup('<li><span class="no">{}</span>{}{}{}</li>').format(i, shown, state, why))
    return Markup('<ol class="reps">{}</ol>').format(kit.join(items))


def _drift(assessment: Assessment, side: Side) -> str:
    """What tiring did to the judged angle, as the finding says it."""
    drift = DRIFTS.get(JUDGED[assessment.protocol][0].metric_id, "")
    finding = assessment.finding(drift, side)
    if finding is None:
        return ""
    return sentence(finding.reason if finding.band != "not_assessable" else f"Not judged: tiring {finding.reason}")


def curves(current: Shown) -> Markup:
    """The angles over all cycles on top of each other."""
    plots = [p for p in current.content.plots if "by repetition" not in p.title]
    if not plots:
        return Markup("")
    heading = "Every stride" if is_running(current.assessment.protocol) else "Every repetition"
    drawn = kit.join(Markup("<div>{}</div>").format(to_svg(plot)) for plot in plots)
    return kit.section(
        f"{heading} on top of the others", Markup('<div class="plots">{}</div>').format(drawn), name="curves"
    )
