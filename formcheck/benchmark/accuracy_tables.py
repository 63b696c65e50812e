"""The accuracy report as Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from formcheck.benchmark.accuracy_clips import BenchClip
from formcheck.benchmark.accuracy_coverage import coverage_rows
from formcheck.benchmark.accuracy_measure import ClipResult, Pair
from formcheck.benchmark.accuracy_stats import Agreement, agreement, grouped, punctuality
from formcheck.benchmark.accuracy_targets import outcomes
from formcheck.metrics import REGISTRY, describe
from formcheck.types import PROTOCOLS

_FINE = {"ratio": 3, "ms": 0, "count": 1, "s": 2, "spm": 2}
_EVENT_NAMES = {
    "initial_contact": "contact",
    "toe_off": "toe-off",
    "rep_bottom": "lowest point",
    "touchdown": "touch-down",
}


def report(results: Sequence[ClipResult], *, head: str, clips: Sequence[BenchClip] = ()) -> str:
    """The whole report: targets, metrics, events, recognition, verdicts, frame rates, cameras beyond the guide.

    clips : what the results are of, for the ranges that they cover.
    """
    inside = [r for r in results if r.within_guide]
    parts = [
        head,
        "### Targets",
        target_table(results),
        "### Every metric, cameras within the capture guide",
        metric_table(inside),
        "### By frame rate",
        rate_table(inside),
        "### By frame rate and side",
        side_table(inside),
        "### Pelvic drop by what showed it",
        sticker_table(inside),
        "### Events",
        event_table(inside),
        "### What the clip shows",
        recognition_table(results),
        "### Findings and verdicts",
        band_table(inside),
        verdict_table(inside),
        "### Cameras beyond the capture guide",
        beyond_table(results),
        "### Clips",
        clip_table(results),
        "### What was drawn",
        coverage_table(clips),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; empty where there are no rows."""
    if not rows:
        return "Nothing measured yet."
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def figure(value: float, unit: str = "", *, signed: bool = False) -> str:
    """A number with as many digits as its unit deserves; – where there is none."""
    if math.isnan(value):
        return "–"
    text = f"{value:{'+' if signed else ''}.{_FINE.get(unit, 1)}f}"
    return text.replace("-", "−")


def target_table(results: Sequence[ClipResult]) -> str:
    """Every target beside what was measured."""
    words = {True: "**met**", False: "not met", None: "too few"}
    rows = [(o.what, o.target, o.measured, o.baseline, words[o.met]) for o in outcomes(results)]
    return table(("what", "target", "formcheck", "naive landmarks", ""), rows)


def _all_pairs(results: Sequence[ClipResult]) -> list[Pair]:
    return [pair for result in results for pair in result.pairs]


def _order(pair: Pair) -> tuple[int, int, int]:
    return list(REGISTRY).index(pair.metric_id), PROTOCOLS.index(pair.protocol), pair.fps


def metric_table(results: Sequence[ClipResult]) -> str:
    """One row for each metric and protocol."""
    header = (
        "metric", "protocol", "n", "MAE", "bias left", "bias right", "bias both", "slope", "intercept",
        "95 % limits of agreement", "refused", "naive MAE",
    )  # fmt: skip
    rows = []
    pairs = sorted(_all_pairs(results), key=_order)
    for (metric_id, protocol), part in grouped(pairs, lambda p: (p.metric_id, p.protocol)).items():
        a, unit = agreement(part), describe(metric_id).unit
        both = a.bias if part[0].side == "both" else math.nan
        rows.append(
            (
                f"`{metric_id}`",
                protocol,
                str(a.n),
                figure(a.mae, unit),
                *(figure(b, unit, signed=True) for b in (a.bias_left, a.bias_right, both)),
                figure(a.slope, "s"),
                figure(a.intercept, unit),
                _limits(a, unit),
                f"{100 * a.refused:.0f} %",
                figure(a.baseline_mae, unit),
            )
        )
    return table(header, rows)


def rate_table(results: Sequence[ClipResult]) -> str:
    """Running metrics by frame rate."""
    pairs = sorted((p for p in _all_pairs(results) if p.protocol.startswith("treadmill")), key=_order)
    rows = []
    for (metric_id, protocol), part in grouped(pairs, lambda p: (p.metric_id, p.protocol)).items():
        if not describe(metric_id).min_fps and not describe(metric_id).scored:
            continue
        by_rate = {fps: agreement(some) for fps, some in grouped(part, lambda p: p.fps).items()}
        unit = describe(metric_id).unit
        cells = []
        for fps in (30, 60, 120, 240):
            a = by_rate.get(fps)
            cells.append("–" if a is None else "refused" if not a.n else f"{figure(a.mae, unit)} (n {a.n})")
        rows.append((f"`{metric_id}`", protocol, *cells))
    return table(("metric: MAE", "protocol", "30 fps", "60 fps", "120 fps", "240 fps"), rows)


def side_table(results: Sequence[ClipResult]) -> str:
    """One row for each metric, protocol, frame rate and side."""
    header = (
        "metric", "protocol", "fps", "side", "n", "MAE", "bias", "slope", "intercept", "95 % limits of agreement",
        "refused", "naive MAE",
    )  # fmt: skip
    pairs = sorted(_all_pairs(results), key=lambda p: (_order(p), p.side))
    rows = []
    for key, part in grouped(pairs, lambda p: (p.metric_id, p.protocol, p.fps, p.side)).items():
        a, unit = agreement(part), describe(key[0]).unit
        rows.append(
            (
                f"`{key[0]}`", *map(str, key[1:]), str(a.n), figure(a.mae, unit), figure(a.bias, unit, signed=True),
                figure(a.slope, "s"), figure(a.intercept, unit), _limits(a, unit), f"{100 * a.refused:.0f} %",
                figure(a.baseline_mae, unit),
            )
        )  # fmt: skip
    return table(header, rows)


def _limits(a: Agreement, unit: str) -> str:
    return "–" if math.isnan(a.low) else f"{figure(a.low, unit)} … {figure(a.high, unit)}"


def coverage_table(clips: Sequence[BenchClip]) -> str:
    """What these clips cover."""
    return table(("what", "drawn"), coverage_rows(clips) if clips else [])


def sticker_table(results: Sequence[ClipResult]) -> str:
    """Pelvic drop with and without stickers, in each protocol."""
    pairs = [p for p in _all_pairs(results) if p.metric_id == "pelvic_drop_deg"]
    rows = []
    for (protocol, stickers), part in sorted(grouped(pairs, lambda p: (p.protocol, p.stickers)).items()):
        a = agreement(part)
        word = "stickers" if stickers else "waistband"
        rows.append(
            (
                protocol, word, str(a.n), figure(a.mae, "s"), figure(a.bias, "s", signed=True), figure(a.slope, "s"),
                f"{100 * a.refused:.0f} %", figure(a.baseline_mae), figure(a.baseline_slope, "s"),
            )
        )  # fmt: skip
    return table(("protocol", "from", "n", "MAE", "bias", "slope", "refused", "naive MAE", "naive slope"), rows)


def event_table(results: Sequence[ClipResult]) -> str:
    """Hit rate and lateness by kind, protocol and frame rate."""
    timings = sorted((t for r in results for t in r.timings), key=lambda t: (t.kind, t.protocol, t.fps))
    spurious: dict[tuple[str, str, int], int] = {}
    for r in results:
        for kind, count in r.spurious.items():
            spurious[kind, r.protocol, r.fps] = spurious.get((kind, r.protocol, r.fps), 0) + count
    rows = []
    for (kind, protocol, fps), part in grouped(timings, lambda t: (t.kind, t.protocol, t.fps)).items():
        p = punctuality(part)
        rows.append(
            (
                _EVENT_NAMES[kind],
                protocol,
                str(fps),
                str(p.n),
                f"{100 * p.hit_rate:.0f} %",
                str(spurious.get((kind, protocol, fps), 0)),
                figure(p.late_ms, "ms", signed=True),
                figure(p.off_ms, "ms"),
                f"{figure(p.low_ms, 'ms')} … {figure(p.high_ms, 'ms')}",
                figure(p.baseline_off_ms, "ms"),
            )
        )
    return table(
        ("event", "protocol", "fps", "n", "found", "false", "late by, median ms", "size of error, median ms",
         "middle 90 %, ms", "naive, median ms"),
        rows,
    )  # fmt: skip


def recognition_table(results: Sequence[ClipResult]) -> str:
    """Protocol and leg recognised, and movements refused."""
    rows = []
    for activity, part in sorted(grouped(results, lambda r: r.protocol).items()):
        n = len(part)
        if part[0].to_be_refused:
            refused = sum(r.recognised is None for r in part)
            rows.append((activity, str(n), f"refused {refused} of {n}", "–"))
            continue
        right = sum(r.recognised == activity for r in part)
        legs = [r.leg_right for r in part if r.leg_right is not None]
        rows.append((activity, str(n), f"recognised {right} of {n}", f"{sum(legs)} of {len(legs)}" if legs else "–"))
    return table(("movement", "clips", "told without help", "leg right"), rows)


def band_table(results: Sequence[ClipResult]) -> str:
    """Findings: the band that the truth would have got, down; the band given, across."""
    bands = [b for r in results for b in r.bands]
    across = ("within", "watch", "outside", "uncertain", "not_assessable")
    rows = []
    for truth in across[:3]:
        found = [b.found for b in bands if b.truth == truth]
        rows.append((f"**{truth}**", *(str(found.count(word)) for word in across)))
    wrong = [b for b in bands if b.found in across[:3] and b.found != b.truth]
    listed = "; ".join(f"{b.metric_id} of {b.clip} ({b.truth} given as {b.found})" for b in wrong[:12])
    note = f"\n\nWrong though given without doubt: {listed}." if wrong else ""
    return table(("true band \\ given", *across), rows) + note


def verdict_table(results: Sequence[ClipResult]) -> str:
    """Verdicts: true ones down, given ones across."""
    said = [(r.protocol, *r.verdicts) for r in results if r.verdicts]
    across = ("pass", "fail", "uncertain", "not_assessable")
    rows = []
    for (protocol, truth), part in sorted(grouped(said, lambda v: (v[0], v[1])).items()):
        found: list[str] = [v[2] for v in part]
        rows.append((protocol, f"**{truth}**", *(str(found.count(word)) for word in across)))
    return table(("protocol", "true verdict \\ given", *across), rows)


def beyond_table(results: Sequence[ClipResult]) -> str:
    """What happens when the camera does not keep to the guide."""
    beyond = [r for r in results if not r.within_guide]
    rows = []
    for result in beyond:
        camera = ", ".join(
            f"{name} {true:.0f}° (told {'–' if math.isnan(found) else f'{found:.0f}°'})"
            for name, (true, found) in result.angles.items()
        )
        worst = sorted(
            (p for p in result.pairs if p.value is not None and describe(p.metric_id).unit == "deg"),
            key=lambda p: -abs(p.miss),
        )
        words = "; ".join(f"{p.metric_id} {p.side} off by {figure(p.miss, signed=True)}°" for p in worst[:3])
        rows.append((result.name, camera, "usable" if result.usable else ", ".join(result.failed), words or "–"))
    return table(("clip", "camera", "quality gate", "largest errors"), rows) if rows else "None among these clips."


def clip_table(results: Sequence[ClipResult]) -> str:
    """Each clip in a line."""
    rows = []
    for r in results:
        told = [p for p in r.pairs if p.value is not None and describe(p.metric_id).unit == "deg"]
        off = f"{np.median([abs(p.miss) for p in told]):.1f}°" if told else "–"
        rows.append((r.name, str(r.fps), "yes" if r.within_guide else "no", _state(r), off))
    return table(("clip", "fps", "camera in guide", "result", "median size of error, angles"), rows)


def _state(result: ClipResult) -> str:
    """What became of a clip, in a word or two."""
    if result.to_be_refused:
        return f"refused: {_why(result)}" if result.recognised is None else f"taken for {result.recognised}"
    state = "usable" if result.usable else f"not usable: {', '.join(result.failed)}"
    return state if result.recognised == result.protocol else f"{state}; {_mistaken(result)}"


def _why(result: ClipResult) -> str:
    """The reason of a refusal, without the clip's name and the advice that follows."""
    return result.refusal.split(": ", 1)[-1].split(";")[0]


def _mistaken(result: ClipResult) -> str:
    return f"taken for {result.recognised}" if result.recognised else f"not recognised ({_why(result)})"
