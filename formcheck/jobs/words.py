"""How far an analysis is, in words. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from formcheck.store import Analysis

_FIND = "Finding the athlete"
_STAGES: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        _FIND: (0.02, 0.50),
        "Looking again where the athlete was lost": (0.50, 0.52),
        "Reading some frames again in a mirror": (0.52, 0.55),
        "Reading pelvis and camera from the picture": (0.55, 0.67),
        "Following the foot as it lands": (0.55, 0.67),
        "Drawing the overlay": (0.67, 0.99),
        "Writing the report": (0.99, 1.0),
    }
)
"""From and to which share of the whole time a stage takes, as `formcheck benchmark speed` measures it on two cores."""
_COUNTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        _FIND: "frames",
        "Looking again where the athlete was lost": "places",
        "Reading some frames again in a mirror": "frames",
        "Reading pelvis and camera from the picture": "frames",
        "Following the foot as it lands": "steps",
        "Drawing the overlay": "frames",
    }
)
PREPARING = "Preparing"
_TELLING_SHARE, _TELLING_S = 0.05, 2.0
"""Before this much is done, and so many seconds have passed, nothing can be said of the rest."""
_APP_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "so say at how many frames a second with --capture-fps": "so say at how many frames a second it was filmed",
        "or say --protocol if this is one of them": "or choose the test yourself if this is one of them",
        "try another --model, or fewer --workers if memory is short": "close other programs and try again",
        "free space or name another folder": "free space and try again",
        "--capture-fps": "the filming rate",
    }
)
"""What an error says to somebody at a command line, and to somebody at a page."""


def share_done(analysis: Analysis) -> float:
    """How much of the work is done, 0 to 1, over all its stages."""
    if analysis.status != "running":
        return 1.0 if analysis.status == "done" else 0.0
    start, stop = _STAGES.get(analysis.stage, (0.0, 0.0))
    within = min(analysis.done / analysis.total, 1.0) if analysis.total else 0.0
    return start + (stop - start) * within


def time_left(analysis: Analysis, now: float) -> float | None:
    """Seconds until a running analysis is done, from what has taken how long so far; None while that cannot be told.

    Parameters
    ----------
    now : unix seconds.
    """
    share = share_done(analysis)
    if analysis.status != "running" or analysis.started_s is None or share < _TELLING_SHARE:
        return None
    passed_s = now - analysis.started_s
    return passed_s * (1.0 - share) / share if passed_s >= _TELLING_S else None


def stage_words(analysis: Analysis, now: float) -> str:
    """What happens now: `Finding the athlete: 420 of 1578 frames, about 40 s left`."""
    if analysis.status == "queued":
        return queue_words(analysis)
    if analysis.status != "running":
        return analysis.status.capitalize()
    stage = analysis.stage or PREPARING
    unit = _COUNTED.get(stage)
    text = f"{stage}: {analysis.done} of {analysis.total} {unit}" if unit and analysis.total else stage
    left_s = time_left(analysis, now)
    return text if left_s is None else f"{text}, {_left(left_s)}"


def queue_words(analysis: Analysis) -> str:
    """Where a waiting analysis stands: `Waiting: 2 before yours`."""
    return f"Waiting: {analysis.ahead} before yours" if analysis.ahead else "Waiting: yours is next"


def _left(seconds: float) -> str:
    """A time in steps that do not flicker."""
    if seconds < 8:
        return "a few seconds left"
    if seconds < 55:
        return f"about {5 * math.ceil(seconds / 5)} s left"
    return f"about {math.ceil(seconds / 60 - 0.25)} min left"


def plain_line(error: Exception, clip: Path, name: str) -> str:
    """An error's line as the page shows it: the clip by the name its owner knows, no folder, no command line words."""
    text = str(error).replace(str(clip), name).replace(clip.name, name)
    for command, page in _APP_WORDS.items():
        text = text.replace(command, page)
    return " ".join(text.split())
