"""The clips of one go: left and right squats, a run from behind and from the side. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from formcheck.store import Analysis
from formcheck.types import PROTOCOLS
from formcheck.wording import PROTOCOL_TITLES, is_running

_VIEWS: Final = {
    "treadmill_rear": "Run from behind",
    "treadmill_front": "Run from the front",
    "treadmill_side": "Run from the side",
}
_STATES: Final = {
    "queued": "waiting",
    "running": "being analysed",
    "refused": "not usable",
    "failed": "failed",
    "cancelled": "cancelled",
}


def siblings(current: Analysis, group: Sequence[Analysis]) -> tuple[Analysis, ...]:
    """One analysis for every clip of the go: the open one of its own clip, else the newest; in the order sent.

    Parameters
    ----------
    group : every analysis of the go, the newest first.
    """
    chosen = {current.clip_id: current}
    for analysis in group:
        chosen.setdefault(analysis.clip_id, analysis)
    return tuple(sorted(chosen.values(), key=lambda a: (not a.leg, a.leg or "", a.protocol or "", a.created_s)))


def partner(current: Analysis, others: Sequence[Analysis]) -> Analysis | None:
    """The same squat test on the other leg, where it was filmed in the same go and is done."""
    if current.status != "done" or not current.leg or (current.protocol or "").startswith("treadmill"):
        return None
    return next(
        (
            other
            for other in others
            if other.status == "done"
            and other.protocol == current.protocol
            and other.leg not in (current.leg, None, "")
        ),
        None,
    )


def label(analysis: Analysis, others: Sequence[Analysis], outcome: str = "") -> str:
    """A short name in the switch: leg or view, and the clip's own name where names are the same.

    Parameters
    ----------
    outcome : what came out, once it is done: `✓ Pass`.
    """
    name = _short(analysis)
    if sum(_short(other) == name for other in others) > 1:
        name = f"{name} ({analysis.clip_name})" if name != analysis.clip_name else name
    mark = outcome if analysis.status == "done" else f"({_STATES[analysis.status]})"
    return f"{name}: {mark}" if analysis.status == "done" and mark else f"{name} {mark}".strip()


def _short(analysis: Analysis) -> str:
    protocol = next((known for known in PROTOCOLS if known == analysis.protocol), None)
    if analysis.status != "done" or protocol is None:
        return analysis.clip_name
    if is_running(protocol):
        return _VIEWS[protocol]
    return f"{analysis.leg.capitalize()} leg" if analysis.leg else PROTOCOL_TITLES[protocol]
