"""The measurement errors that scoring uses, fitted on the athletes kept for development."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from formcheck import __version__
from formcheck.benchmark.accuracy_measure import ClipResult, Pair
from formcheck.benchmark.accuracy_stats import covering, grouped
from formcheck.benchmark.fingerprint import PIPELINE, fingerprint
from formcheck.errors import InputError
from formcheck.measurement_error import ALL, LIMITED, at_rate, at_side, limited_view
from formcheck.metrics import describe
from formcheck.types import PROTOCOLS

LEAST = 5
"""Clips and sides that a row needs; with fewer, the protocols together stand in."""
LEAST_APART = 8
"""Clips and sides that a row of one frame rate or side needs; with fewer, all of the protocol stand in."""
_SHARE = 0.95
_EXACT = {"count", "class"}

Tables = dict[str, dict[str, float]]


def data_file() -> Path:
    """The file that ships with formcheck."""
    return Path(str(files("formcheck"))) / "data" / "measurement_error.json"


def fitting_pairs(results: Sequence[ClipResult]) -> list[Pair]:
    """Values whose errors count: those of usable clips that are no exact counts.

    Raises
    ------
    InputError
        When a clip is of an athlete kept for reporting.
    """
    reporting = [r.name for r in results if "_report_" in r.name]
    if reporting:
        raise InputError(f"errors are never fitted on athletes kept for reporting: {', '.join(reporting[:3])}")
    return [p for r in results if r.usable for p in r.pairs if p.value is not None and not _exact(p)]


def fit(pairs: Sequence[Pair]) -> tuple[Tables, Tables]:
    """Errors by protocol and metric, and `all`; and how many values each is from.

    By frame rate and by side too where values suffice. Recordings with a fault, noticed or not, are kept apart: what
    holds for a camera as the capture guide asks would not be known otherwise.
    """
    errors: Tables = {ALL: {}}
    counts: Tables = {ALL: {}}
    for metric_id, own in sorted(grouped(pairs, lambda p: p.metric_id).items()):
        clear, limited = ([p for p in own if has_fault(p) is fault] for fault in (False, True))
        groups = {ALL: clear, **grouped(clear, lambda p: p.protocol)}
        groups |= {LIMITED: limited, **grouped(limited, lambda p: limited_view(p.protocol))}
        finer = grouped(clear, lambda p: at_rate(p.protocol, p.fps)) | grouped(clear, _side)
        groups |= {name: part for name, part in finer.items() if len(part) >= LEAST_APART}
        for name, part in groups.items():
            if len(part) >= LEAST:
                errors.setdefault(name, {})[metric_id] = rounded_up(covering([p.miss for p in part], _SHARE))
                counts.setdefault(name, {})[metric_id] = len(part)
    order = [name for p in PROTOCOLS for name in (p, *sorted(k for k in errors if k.startswith(f"{p} ")))]
    order += [ALL, LIMITED]
    return ({k: errors[k] for k in order if k in errors}, {k: counts[k] for k in order if k in counts})


def has_fault(pair: Pair) -> bool:
    """Whether the camera stands beyond the capture guide, or formcheck itself found the recording wanting."""
    return pair.limited or not pair.within_guide


def _side(pair: Pair) -> str:
    return at_side(pair.protocol, pair.side)


def too_few(pairs: Sequence[Pair], published: Mapping[str, float]) -> dict[str, float]:
    """Errors of metrics measured too seldom to fit: the published one, or the largest seen if that is more."""
    seen = grouped(pairs, lambda p: p.metric_id)
    few = {m: part for m, part in seen.items() if len(part) < LEAST}
    largest = {m: rounded_up(max(abs(p.miss) for p in part)) for m, part in few.items()}
    unseen = {m: e for m, e in published.items() if m not in seen}
    return {**unseen, **{m: max(e, published.get(m, 0.0)) for m, e in largest.items()}}


def _exact(pair: Pair) -> bool:
    return describe(pair.metric_id).unit in _EXACT


def rounded_up(value: float) -> float:
    """To two figures, upwards, so that rounding never promises too much."""
    if value <= 0:
        return 0.0
    scale = 10.0 ** (1 - math.floor(math.log10(value)))
    return round(math.ceil(value * scale - 1e-9) / scale, 10)


def content(results: Sequence[ClipResult], before: Mapping[str, Any]) -> dict[str, Any]:
    """What `measurement_error.json` holds: errors, where they come from, and the code that they hold for.

    `published` keeps the errors of manual 2D video analysis, for metrics that were measured too seldom.
    """
    pairs = fitting_pairs(results)
    tables, counts = fit(pairs)
    published: dict[str, float] = before.get("published", before["tables"].get(ALL, {}))
    tables[ALL] |= too_few([p for p in pairs if not has_fault(p)], published)
    return {
        "version": __version__,
        "pipeline": fingerprint(PIPELINE),
        "source": f"formcheck benchmark accuracy, {len(results)} rendered clips of the development list; "
        f"the error that {100 * _SHARE:.0f} % of values stay within",
        "published": published,
        "clips_and_sides": counts,
        "tables": tables,
    }


def write(results: Sequence[ClipResult], path: Path | None = None) -> Path:
    """Renew the measurement errors; what could not be measured keeps the value it had."""
    target = path or data_file()
    before = json.loads(target.read_text(encoding="utf-8"))
    text = json.dumps(content(results, before), indent=1, ensure_ascii=False)
    target.write_text(f"{text}\n", encoding="utf-8")
    return target
