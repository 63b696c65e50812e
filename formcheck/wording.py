"""The words of every output: names, units and numbers in plain British English.

Numbers carry no more digits than their measurement error supports.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from formcheck.metrics import describe
from formcheck.types import Assessment, Band, Criterion, MetricResult, Protocol, ResultSide, Side, Status

PROTOCOL_TITLES: Final[Mapping[Protocol, str]] = MappingProxyType(
    {
        "treadmill_rear": "Treadmill run from behind",
        "treadmill_front": "Treadmill run from the front",
        "treadmill_side": "Treadmill run from the side",
        "single_leg_squat": "Single-leg squat test",
        "step_down": "Step-down test",
    }
)
CYCLE_WORDS: Final[Mapping[Protocol, tuple[str, str]]] = MappingProxyType(
    {
        "treadmill_rear": ("stride", "strides"),
        "treadmill_front": ("stride", "strides"),
        "treadmill_side": ("stride", "strides"),
        "single_leg_squat": ("repetition", "repetitions"),
        "step_down": ("repetition", "repetitions"),
    }
)
BAND_WORDS: Final[Mapping[Band, str]] = MappingProxyType(
    {
        "within": "Within limits",
        "watch": "Watch",
        "outside": "Outside",
        "uncertain": "Too close to tell",
        "not_assessable": "Not measured",
    }
)
BAND_SYMBOLS: Final[Mapping[Band, str]] = MappingProxyType(
    {"within": "✓", "watch": "!", "outside": "✕", "uncertain": "?", "not_assessable": "–"}
)
STATUS_BANDS: Final[Mapping[Status, Band]] = MappingProxyType(
    {"pass": "within", "fail": "outside", "uncertain": "uncertain", "not_assessable": "not_assessable"}
)
"""The band whose colour and symbol a verdict takes."""
STATUS_WORDS: Final[Mapping[Status, str]] = MappingProxyType(
    {"pass": "Pass", "fail": "Not passed", "uncertain": "Uncertain", "not_assessable": "Not scored"}
)
_RUNNING_STATUS_WORDS: Final[Mapping[Status, str]] = MappingProxyType(
    {"pass": "No concern", "fail": "Outside", "uncertain": "Uncertain", "not_assessable": "Not scored"}
)
EVENT_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "initial_contact": "contact",
        "toe_off": "toe-off",
        "rep_start": "start",
        "rep_bottom": "lowest point",
        "rep_end": "end",
        "touchdown": "touch-down",
    }
)
KIND_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {"published": "published limit", "convention": "convention", "judgement": "product judgement (J)"}
)
SIDE_WORDS: Final[Mapping[ResultSide, str]] = MappingProxyType({"left": "left", "right": "right", "both": "both"})

_UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "deg": "°",
        "ratio": "",
        "ms": " ms",
        "spm": " steps/min",
        "count": "",
        "s": " s",
        "m": " m",
        "cm": " cm",
        "%": " %",
    }
)
_DEFAULT_DECIMALS: Final[Mapping[str, int]] = MappingProxyType({"ratio": 2, "s": 1, "m": 2, "cm": 1})
_MAX_DECIMALS = 2
_DIRECTIONS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "knee_fppa_deg": ("in", "out"),
        "pelvic_drop_deg": ("drop", "up"),
        "trunk_lean_deg": ("over", "away"),
        "trunk_flexion_deg": ("forward", "back"),
    }
)


def unit_text(unit: str) -> str:
    """The unit as it follows a number: `°`, ` ms`; an unknown unit as it is."""
    return _UNITS.get(unit, f" {unit}" if unit not in {"", "class"} else "")


def decimals_for(error: float | None, unit: str) -> int:
    """Digits after the point: no finer than the error supports; a convention by unit where there is no error."""
    if unit == "count":
        return 0
    if error is None or not math.isfinite(error) or error <= 0:
        return _DEFAULT_DECIMALS.get(unit, 0)
    return min(max(-math.floor(math.log10(error)), 0), _MAX_DECIMALS)


def number(value: float, decimals: int) -> str:
    """A number with a true minus sign and no minus zero."""
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", "−")


def _half_width(metric: MetricResult) -> float | None:
    return None if metric.ci95 is None else 0.5 * (metric.ci95[1] - metric.ci95[0])


def metric_decimals(metric: MetricResult) -> int:
    """Digits after the point for a metric: from its measurement error, else from its interval."""
    return decimals_for(metric.measurement_error or _half_width(metric), metric.unit)


def value_text(metric: MetricResult) -> str:
    """A metric's value in words: `12°`, `rearfoot`, or `not measured`."""
    if metric.value is None:
        return "not measured"
    if isinstance(metric.value, str):
        return metric.value
    return number(metric.value, metric_decimals(metric)) + unit_text(metric.unit)


def value_with_error(metric: MetricResult) -> str:
    """A metric's value with its measurement error: `12° ± 3°`."""
    text = value_text(metric)
    if not isinstance(metric.value, float | int) or not metric.measurement_error:
        return text
    error = number(metric.measurement_error, metric_decimals(metric))
    return f"{number(metric.value, metric_decimals(metric))}{_glued(metric.unit)} ± {error}{unit_text(metric.unit)}"


def _glued(unit: str) -> str:
    """The unit only where it sticks to its number: `12° ± 3°`, but `243 ± 14 ms`."""
    return unit_text(unit) if unit == "deg" else ""


def interval_text(metric: MetricResult) -> str:
    """The 95 % interval: `11 to 13°`; a dash where there is none.

    Finer than the value only where its ends would look equal.
    """
    if metric.ci95 is None:
        return "–"
    digits = metric_decimals(metric)
    if number(metric.ci95[0], digits) == number(metric.ci95[1], digits):
        digits = min(digits + 1, _MAX_DECIMALS)
    low, high = (number(bound, digits) for bound in metric.ci95)
    return f"{low}{unit_text(metric.unit)}" if low == high else f"{low} to {high}{unit_text(metric.unit)}"


def error_text(metric: MetricResult) -> str:
    """The measurement error: `±3°`; a dash where it is not known."""
    if not metric.measurement_error:
        return "–"
    return f"±{number(metric.measurement_error, metric_decimals(metric))}{unit_text(metric.unit)}"


def directions(metric_id: str) -> tuple[str, str]:
    """The words that follow a positive and a negative angle: `("in", "out")`; empty where the sign says it."""
    return _DIRECTIONS.get(metric_id, ("", ""))


def live_text(metric_id: str, value: float) -> str:
    """A momentary angle with its direction: `12° in`, `3° out`, `45°`."""
    positive, negative = directions(metric_id)
    shown = number(abs(value) if negative else value, 0)
    word = "" if shown == "0" else (positive if value > 0 else negative)
    return f"{shown}° {word}".strip()


def limits_text(criterion: Criterion, unit: str) -> str:
    """The limits in words: `watch below 4° or above 15°, outside above 20°`."""
    words = {"below": "at or below", "above": "from"} if criterion.inclusive else {"below": "below", "above": "above"}
    parts: dict[str, list[str]] = {}
    for name, limit in sorted(criterion.limits.items(), key=lambda item: item[1]):
        band, direction = name.rsplit("_", 1)
        digits = 0 if float(limit).is_integer() else decimals_for(abs(limit) / 10, unit) or 1
        parts.setdefault(band, []).append(f"{words[direction]} {number(limit, digits)}{unit_text(unit)}")
    names = {"watch": "watch", "outside": "outside", "strong": "clearly high"}
    return ", ".join(f"{word} {' or '.join(parts[band])}" for band, word in names.items() if band in parts)


def metric_label(metric_id: str) -> str:
    """A metric's short name."""
    return describe(metric_id).label


def with_side(text: str, side: ResultSide) -> str:
    """A name with its side in brackets, unless it belongs to both."""
    return text if side == "both" else f"{text} ({side})"


def title(assessment: Assessment) -> str:
    """The test and, where one leg is tested, the leg: `Single-leg squat test, left leg`."""
    name = PROTOCOL_TITLES[assessment.protocol]
    return f"{name}, {assessment.leg} leg" if assessment.leg else name


def is_running(protocol: Protocol) -> bool:
    """Whether the protocol is a run; else it counts repetitions."""
    return protocol.startswith("treadmill")


def status_word(assessment: Assessment) -> str:
    """The verdict in one or two words."""
    words = _RUNNING_STATUS_WORDS if is_running(assessment.protocol) else STATUS_WORDS
    if is_running(assessment.protocol) and assessment.verdict.status == "pass" and _flagged(assessment):
        return "Worth a look"
    return words[assessment.verdict.status]


def verdict_band(assessment: Assessment) -> Band:
    """The band whose colour and symbol the verdict takes; a run with something to watch is amber."""
    band = STATUS_BANDS[assessment.verdict.status]
    return "watch" if band == "within" and _flagged(assessment) else band


def _flagged(assessment: Assessment) -> int:
    """How many different metrics are watched or outside."""
    return len({f.metric_id for f in assessment.findings if f.band in {"watch", "outside"}})


def headline(assessment: Assessment) -> str:
    """The verdict in one sentence of plain words."""
    status = assessment.verdict.status
    if status == "not_assessable":
        return "This clip cannot be scored"
    if is_running(assessment.protocol):
        close = any(f.band == "uncertain" for f in assessment.findings)
        return running_headline(status, _flagged(assessment), close=close)
    test = "step-down test" if assessment.protocol == "step_down" else "single-leg squat test"
    leg = f" on the {assessment.leg} leg" if assessment.leg else ""
    if status == "uncertain":
        return f"Too close to call: film the {test}{leg} again"
    if status == "fail":
        return f"The {test}{leg} is not passed yet"
    extra = ", with something to work on" if _flagged(assessment) else ""
    return f"The {test}{leg} looks good{extra}"


def running_headline(status: Status, flagged: int, *, close: bool) -> str:
    """What a run comes to: how many things are flagged, and whether any value is too close to tell."""
    if status == "uncertain":
        return "Too close to call: film this run again"
    if not flagged:
        return "Nothing in this run clearly stands out" if close else "Nothing in this run stands out"
    return f"{things(flagged)} in this run {'is' if flagged == 1 else 'are'} worth working on"


def things(count: int) -> str:
    """`One thing`, `Three things`."""
    return "One thing" if count == 1 else f"{_COUNT_WORDS.get(count, str(count))} things"


_COUNT_WORDS: Final[Mapping[int, str]] = MappingProxyType({2: "Two", 3: "Three", 4: "Four", 5: "Five", 6: "Six"})


def side_initial(side: Side) -> str:
    """`L` or `R`."""
    return side[0].upper()


def clock(time_s: float) -> str:
    """A time in a clip: `0:07.3`."""
    minutes, seconds = divmod(max(time_s, 0.0), 60)
    return f"{int(minutes)}:{math.floor(seconds * 10) / 10:04.1f}"
