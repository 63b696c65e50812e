"""One measure over all visits: a line in a band of its error, and the zones of its limits, and a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

import streamlit as st
from markupsafe import Markup

from formcheck.compare import Change, Point, trend
from formcheck.errors import FormcheckError
from formcheck.plots import HEIGHT, Area, Axes, Label, Line, Plot, axes_frame, limit_zones, nice_ticks
from formcheck.report.advice import sentence
from formcheck.report.svg import to_svg
from formcheck.store import Analysis, Visit
from formcheck.types import Assessment, Criterion, ResultSide
from formcheck.ui import clients_words, compare_words, kit
from formcheck.ui import compare_choice as choice
from formcheck.ui.components.sheet import sheet
from formcheck.ui.result_stored import shown
from formcheck.wording import BAND_SYMBOLS, metric_label, unit_text, value_with_error, with_side

_MOST_DATES = 5
_ON_TICKS = ("deg", "%")
"""Units that are short enough for the axis; others stand below it."""
_FAR_LIMIT = 1.5
"""A limit further from the data than this share of their range is left out of the picture."""


def over_visits(analyses: Sequence[Analysis], visits: Mapping[str, Visit]) -> None:
    """Choose a test and a measure; only results of one test and leg stand in one line."""
    tests = choice.tests(analyses)
    places = st.columns(2)
    test = places[0].selectbox("Test", list(tests), key="trend_test")
    found, gone = _read(tests[test], visits)
    for name in gone:
        st.warning(f"The result of {kit.literal(name)} cannot be read and is left out.", icon=":material/broken_image:")
    measures = _measures(found)
    if not measures:
        st.info("Nothing was measured in these results.", icon=":material/show_chart:")
        return
    metric_id, side = places[1].selectbox(
        "Measure", measures, format_func=lambda m: with_side(metric_label(m[0]), m[1]), key="trend_measure"
    )
    if len(tests) > 1:
        others = ", ".join(f"{len(several)} × {name}" for name, several in tests.items() if name != test)
        st.caption(f"Other tests are not mixed in: {others}.")
    points = trend(found, metric_id, side)
    if len(points) < 2:
        st.info(
            "There is one result of this test so far: a line needs two. Film the same test again another day.",
            icon=":material/looks_one:",
        )
    criterion = _criterion(found, metric_id, side)
    plot = trend_plot(points, criterion)
    picture = Markup('<div style="max-width:720px">{}</div>').format(to_svg(plot)) if plot else ""
    sheet(kit.join((picture, table(points))), key=f"trend-{metric_id}-{side}")


def _read(analyses: Sequence[Analysis], visits: Mapping[str, Visit]) -> tuple[list[tuple[date, Assessment]], list[str]]:
    """Day and result of each, the oldest first, and the clips whose result cannot be read."""
    found, gone = [], []
    for analysis in reversed(analyses):
        try:
            found.append((choice.day_of(analysis, visits), shown(analysis.folder).assessment))
        except FormcheckError:
            gone.append(analysis.clip_name)
    return found, gone


def _measures(found: Sequence[tuple[date, Assessment]]) -> list[tuple[str, ResultSide]]:
    """Everything with a number anywhere, what is held against a limit first."""
    numbers = dict.fromkeys(
        (m.id, m.side) for _, a in found for m in a.metrics if isinstance(m.value, float | int) and m.unit != "class"
    )
    scored = {(f.metric_id, f.side) for _, a in found for f in a.findings if f.criterion is not None}
    return sorted(numbers, key=lambda key: key not in scored)


def _criterion(found: Sequence[tuple[date, Assessment]], metric_id: str, side: ResultSide) -> Criterion | None:
    """The limits that the latest result was held against."""
    findings = (assessment.finding(metric_id, side) for _, assessment in reversed(found))
    return next((finding.criterion for finding in findings if finding and finding.criterion), None)


def trend_plot(points: Sequence[Point], criterion: Criterion | None) -> Plot | None:
    """Values over days with error bars and zones; None where there is no number."""
    known = [(p, float(p.result.value)) for p in points if isinstance(p.result.value, float | int)]
    if not known:
        return None
    first = known[0][0].result
    unit = unit_text(first.unit) if first.unit in _ON_TICKS else ""
    ticks = nice_ticks(*_reach([(v, p.result.measurement_error or 0.0) for p, v in known], criterion))
    days = [p.day.toordinal() for p, _ in known]
    room = max(0.06 * (days[-1] - days[0]), 0.5)
    axes = Axes((days[0] - room, days[-1] + room), (float(ticks[0]), float(ticks[-1])))
    heading = with_side(metric_label(first.id), first.side)
    below = "band: measurement error" + ("" if unit or not unit_text(first.unit) else f"; in{unit_text(first.unit)}")
    shapes = axes_frame(axes, ticks, heading, below, unit) + limit_zones(axes, criterion, axes.x[1], unit)
    shapes += _band(axes, days, known)
    line = tuple(axes.at(day, value) for day, (_, value) in zip(days, known, strict=True))
    if len(line) > 1:
        shapes.append(Line(line, "mean", 1.6))
    for day, (point, value) in zip(days, known, strict=True):
        shapes += _mark(axes, day, value, point)
    shapes += _dates(axes, days)
    told = ", ".join(f"{value_with_error(p.result)} on {clients_words.day_words(p.day)}" for p, _ in known)
    return Plot(heading, f"{heading}: {told}.", tuple(shapes))


def _reach(values: Sequence[tuple[float, float]], criterion: Criterion | None) -> tuple[float, float]:
    """Ends of the value axis: values with their errors, and the limits near them."""
    low, high = min(v - e for v, e in values), max(v + e for v, e in values)
    span = max(high - low, 0.1 * max(abs(low), abs(high)), 1e-3)
    limits = [v for name, v in criterion.limits.items() if not name.startswith("strong")] if criterion else []
    near = [v for v in limits if low - _FAR_LIMIT * span < v < high + _FAR_LIMIT * span]
    return min([low, *(v - 0.15 * span for v in near)]), max([high, *(v + 0.15 * span for v in near)])


def _band(axes: Axes, days: Sequence[int], known: Sequence[tuple[Point, float]]) -> list[Line | Area | Label]:
    """The measurement error around the line; it breaks off where none is known."""
    shapes: list[Line | Area | Label] = []
    places = [(day, value, point.result.measurement_error) for day, (point, value) in zip(days, known, strict=True)]
    for (day, value, error), (next_day, next_value, next_error) in pairwise(places):
        if error and next_error:
            ends = ((day, value + error), (next_day, next_value + next_error))
            back = ((next_day, next_value - next_error), (day, value - error))
            shapes.append(Area(tuple(axes.at(*end) for end in (*ends, *back)), "mean", 0.16))
    return shapes


def _mark(axes: Axes, day: float, value: float, point: Point) -> list[Line | Area | Label]:
    """A point in its band's colour with the band's symbol, and its error bar."""
    role = point.band or "mean"
    x, y = axes.at(day, value)
    shapes: list[Line | Area | Label] = []
    top = y
    if error := point.result.measurement_error:
        (_, low), (_, top) = axes.at(day, value - error), axes.at(day, value + error)
        shapes += [Line(((x, low), (x, top)), role, 1.4)]
        shapes += [Line(((x - 4, end), (x + 4, end)), role, 1.4) for end in (low, top)]
    shapes.append(Area(((x - 4.5, y), (x, y - 4.5), (x + 4.5, y), (x, y + 4.5)), role))
    if point.band:
        shapes.append(Label(x, top - 5, BAND_SYMBOLS[point.band], role, 11, "middle", bold=True))
    return shapes


def _dates(axes: Axes, days: Sequence[int]) -> list[Line | Area | Label]:
    """Up to five days under the axis, the first and the last among them."""
    distinct = sorted(set(days))
    step = max(-(-(len(distinct) - 1) // (_MOST_DATES - 1)), 1)
    shown_days = dict.fromkeys([*distinct[:-1:step], distinct[-1]])
    labels: list[Line | Area | Label] = []
    last_x = -1e9
    for ordinal in shown_days:
        x, _ = axes.at(ordinal, axes.y[0])
        if x - last_x > 48 or not labels:
            day = date.fromordinal(ordinal)
            labels.append(Label(x, HEIGHT - 23, f"{day.day} {day:%b %y}", "muted", 10, "middle"))
            last_x = x
    return labels


def table(points: Sequence[Point]) -> Markup:
    """A row a visit: value, band, and how it stands to the visit before and to the first."""
    heads = ("Visit", "Value", "Against the limits", "Since the one before", "Since the first")
    head = kit.join(Markup('<th scope="col">{}</th>').format(text) for text in heads)
    body = kit.join(_row(point, heads) for point in reversed(points))
    return Markup('<table class="wide"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>').format(head, body)


def _row(point: Point, heads: Sequence[str]) -> Markup:
    badge: Markup | str = kit.badge(point.band) if point.band else "no limits"
    if point.result.value is None:
        badge = Markup('<span class="muted small">{}</span>').format(sentence(point.result.reason))
    cells = (
        Markup('<span class="value">{}</span>{}').format(
            value_with_error(point.result), kit.by_hand() if point.corrected else ""
        ),
        badge,
        _change(point.since_last),
        _change(point.since_first),
    )
    kinds = ("", "", "full", "full")  # long words take the width of a phone
    body = kit.join(
        Markup('<td class="{}" data-label="{}">{}</td>').format(kind, name, cell)
        for kind, name, cell in zip(kinds, heads[1:], cells, strict=True)
    )
    return Markup('<tr><th scope="row">{}</th>{}</tr>').format(clients_words.day_words(point.day), body)


def _change(change: Change | None) -> Markup | str:
    if change is None:
        return "–"
    band, symbol, word = compare_words.verdict(change)
    return kit.join((kit.badge(band, word, symbol), Markup(" {}").format(compare_words.difference_text(change))))
