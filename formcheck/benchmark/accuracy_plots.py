"""Bland–Altman plots as small SVG files: difference from the truth against the mean of both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from formcheck.benchmark.accuracy_measure import ClipResult, Pair
from formcheck.benchmark.accuracy_stats import agreement
from formcheck.metrics import REGISTRY, describe
from formcheck.types import FloatArray

_NOT_MEASURED = {"count", "class"}
_LEAST = 3
_WIDTH, _HEIGHT = 620, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 104, 34, 72
_INK = {
    "treadmill_rear": "#1f6fb4",
    "treadmill_front": "#35a28a",
    "treadmill_side": "#c05a1e",
    "single_leg_squat": "#7a4fa3",
    "step_down": "#8a7a1a",
}


def write_plots(results: Sequence[ClipResult], folder: Path) -> tuple[Path, ...]:
    """One plot for each measured (not counted) metric that has values enough; those of an earlier run are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    pairs = [p for r in results if r.within_guide for p in r.pairs if p.value is not None]
    made = []
    for metric_id, record in REGISTRY.items():
        own = [p for p in pairs if p.metric_id == metric_id]
        if len(own) >= _LEAST and record.unit not in _NOT_MEASURED:
            made.append(folder / f"{metric_id}.svg")
            made[-1].write_text(bland_altman(own), encoding="utf-8")
    return tuple(made)


def bland_altman(pairs: Sequence[Pair]) -> str:
    """An SVG of measured − true against their mean, with bias and 95 % limits of agreement; squares: right."""
    record = describe(pairs[0].metric_id)
    middle = np.array([0.5 * (p.truth + (p.value or 0.0)) for p in pairs])
    miss = np.array([p.miss for p in pairs])
    a = agreement(pairs)
    lines = [("bias", a.bias), ("+1.96 SD", a.high), ("−1.96 SD", a.low)]
    x, y = _axis(middle), _axis(np.append(miss, [v for _, v in lines if not math.isnan(v)] + [0.0]))
    parts = [_frame(f"{record.label}: formcheck − truth ({record.unit})", f"mean of the two ({record.unit})", x, y)]
    for name, value in lines:
        if not math.isnan(value):
            parts.append(_level(name, value, y))
    parts += [_mark(p, float(m), float(d), x, y) for p, m, d in zip(pairs, middle, miss, strict=True)]
    parts.append(_legend(sorted({p.protocol for p in pairs})))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="11">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n{chr(10).join(parts)}\n</svg>\n'
    )


def _axis(values: FloatArray) -> tuple[float, float, float]:
    """Low end, high end and a round step of an axis that holds the values."""
    low, high = float(np.min(values)), float(np.max(values))
    span = max(high - low, 1e-3 * max(abs(high), abs(low), 1.0))
    raw = span / 5
    scale = 10.0 ** math.floor(math.log10(raw))
    step = next(s for s in (1, 2, 5, 10) if s * scale >= raw) * scale
    return math.floor((low - 0.05 * span) / step) * step, math.ceil((high + 0.05 * span) / step) * step, step


def _x(value: float, axis: tuple[float, float, float]) -> float:
    return _LEFT + (value - axis[0]) / (axis[1] - axis[0]) * (_WIDTH - _LEFT - _RIGHT)


def _y(value: float, axis: tuple[float, float, float]) -> float:
    return _HEIGHT - _BOTTOM - (value - axis[0]) / (axis[1] - axis[0]) * (_HEIGHT - _TOP - _BOTTOM)


def _ticks(axis: tuple[float, float, float]) -> list[tuple[float, str]]:
    low, high, step = axis
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    values = [low + k * step for k in range(round((high - low) / step) + 1)]
    return [(value, f"{value:.{digits}f}".replace("-", "−")) for value in values]


def _frame(title: str, below: str, x: tuple[float, float, float], y: tuple[float, float, float]) -> str:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    parts = [f'<text x="{_LEFT}" y="18" font-size="13" fill="#222">{escape(title)}</text>']
    for value, text in _ticks(x):
        parts.append(f'<text x="{_x(value, x):.1f}" y="{bottom + 16}" text-anchor="middle" fill="#555">{text}</text>')
    for value, text in _ticks(y):
        at = _y(value, y)
        ink = "#888" if abs(value) < 1e-12 else "#e6e6e6"
        parts.append(f'<line x1="{_LEFT}" y1="{at:.1f}" x2="{right}" y2="{at:.1f}" stroke="{ink}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{at + 4:.1f}" text-anchor="end" fill="#555">{text}</text>')
    centre = 0.5 * (_LEFT + right)
    parts.append(f'<text x="{centre}" y="{bottom + 34}" text-anchor="middle" fill="#555">{escape(below)}</text>')
    return "\n".join(parts)


def _level(name: str, value: float, y: tuple[float, float, float]) -> str:
    at, right = _y(value, y), _WIDTH - _RIGHT
    dash = "" if name == "bias" else ' stroke-dasharray="5 4"'
    said = f"{name} {value:.3g}".replace("-", "−")
    return (
        f'<line x1="{_LEFT}" y1="{at:.1f}" x2="{right}" y2="{at:.1f}" stroke="#333"{dash}/>'
        f'<text x="{right + 6}" y="{at + 4:.1f}" fill="#333">{escape(said)}</text>'
    )


def _mark(pair: Pair, middle: float, miss: float, x: tuple[float, float, float], y: tuple[float, float, float]) -> str:
    at_x, at_y, ink = _x(middle, x), _y(miss, y), _INK.get(pair.protocol, "#333")
    said = f"<title>{escape(pair.clip)}, {pair.side}: {miss:+.3g}</title>"
    if pair.side == "right":
        return (
            f'<rect x="{at_x - 3.5:.1f}" y="{at_y - 3.5:.1f}" width="7" height="7" fill="{ink}" fill-opacity=".75">'
            f"{said}</rect>"
        )
    return f'<circle cx="{at_x:.1f}" cy="{at_y:.1f}" r="4" fill="{ink}" fill-opacity=".75">{said}</circle>'


def _legend(protocols: Sequence[str]) -> str:
    at, parts = _HEIGHT - 12, []
    for k, protocol in enumerate(protocols):
        left = _LEFT + 112 * k
        parts.append(f'<circle cx="{left}" cy="{at - 4}" r="4" fill="{_INK.get(protocol, "#333")}"/>')
        parts.append(f'<text x="{left + 9}" y="{at}" fill="#333">{escape(protocol.replace("_", " "))}</text>')
    marks = "● left or both  ■ right"
    parts.append(f'<text x="{_WIDTH - 8}" y="18" text-anchor="end" fill="#777">{marks}</text>')
    return "\n".join(parts)
