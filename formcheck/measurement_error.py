"""The measurement error of each metric, from data that the accuracy benchmark writes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from formcheck.types import MetricResult, Protocol

ALL = "all"
"""Name of the table of all protocols together."""
LIMITED = "limited view"
"""Name of the table, after that of its protocol, for clips whose recording has a fault."""
_ASYMMETRY = "asymmetry_"
_RATES = (30, 60, 120, 240)


@dataclass(frozen=True)
class MeasurementErrors:
    """Errors by protocol (at one frame rate, on one side, or any) and metric id; `all` holds where these have no row.

    `pipeline` is the fingerprint of the code that they were measured with (`benchmark.fingerprint`).
    """

    version: str
    source: str
    tables: Mapping[str, Mapping[str, float]]
    pipeline: str = ""

    def lookup(
        self,
        metric_id: str,
        protocol: Protocol,
        *,
        fps: float | None = None,
        side: str | None = None,
        limited: bool = False,
    ) -> float | None:
        """Error of a metric in its own unit, None where none was measured.

        The larger of those of the protocol at this frame rate and on this side; where neither was measured by itself,
        that of the protocol, else of all protocols. Where the recording has a fault, not less than that of such clips.

        The error of a left–right difference is √2 times that of one side (independent errors).

        Parameters
        ----------
        limited : the recording has a fault (`quality.is_limited`).
        """
        if metric_id.startswith(_ASYMMETRY):
            one_side = self.lookup(metric_id.removeprefix(_ASYMMETRY), protocol, fps=fps, limited=limited)
            return None if one_side is None or metric_id.endswith("_ms") else round(2**0.5 * one_side, 3)
        own = ([at_rate(protocol, fps)] if fps is not None else []) + ([at_side(protocol, side)] if side else [])
        found = self._of(metric_id, own) or self._of(metric_id, [protocol]) or self._of(metric_id, [ALL])
        if limited:
            found += self._of(metric_id, [limited_view(protocol)]) or self._of(metric_id, [LIMITED])
        return max(found, default=None)

    def _of(self, metric_id: str, names: Sequence[str]) -> list[float]:
        """What the tables of these names say of a metric."""
        return [self.tables[name][metric_id] for name in names if metric_id in self.tables.get(name, {})]


def at_rate(protocol: str, fps: float) -> str:
    """Name of the table of a protocol at the usual frame rate nearest to `fps`, such as `treadmill_side 120 fps`."""
    return f"{protocol} {min(_RATES, key=lambda rate: abs(math.log(rate / fps)))} fps"


def at_side(protocol: str, side: str) -> str:
    """Name of the table of a protocol on one side."""
    return f"{protocol} {side}"


def limited_view(protocol: str) -> str:
    """Name of the table of a protocol for clips whose recording has a fault."""
    return f"{protocol} {LIMITED}"


@cache
def load() -> MeasurementErrors:
    """The errors that ship with this version."""
    text = (files("formcheck") / "data" / "measurement_error.json").read_text(encoding="utf-8")
    content = json.loads(text)
    return MeasurementErrors(content["version"], content["source"], content["tables"], content.get("pipeline", ""))


def attach(
    metrics: Sequence[MetricResult], protocol: Protocol, *, fps: float | None = None, limited: bool = False
) -> tuple[MetricResult, ...]:
    """The same results with their measurement error: at the clip's frame rate, on their side, for a view like this."""
    errors = load()
    return tuple(
        replace(m, measurement_error=errors.lookup(m.id, protocol, fps=fps, side=m.side, limited=limited))
        for m in metrics
    )


def withhold_unsure_class(metrics: Sequence[MetricResult], limits: Sequence[float]) -> tuple[MetricResult, ...]:
    """Foot strike becomes not assessable where the foot's angle lies within its error of a limit between classes."""
    angles = {m.side: m for m in metrics if m.id == "foot_inclination_deg"}

    def judged(metric: MetricResult) -> MetricResult:
        angle = angles.get(metric.side)
        if metric.id != "foot_strike" or angle is None or not isinstance(angle.value, float):
            return metric
        error = angle.measurement_error or 0.0
        if all(abs(angle.value - limit) > error for limit in limits):
            return metric
        why = f"the foot's angle ({angle.value:.0f}° ± {error:.0f}°) lies too close to the limit between two classes"
        return replace(metric, value=None, reason=why)

    return tuple(judged(m) for m in metrics)
