"""Step rate: the target from one's own, and a click track to run to.

5 to 10 % above one's own step rate at the same speed (Lenhart 2014, Bramah 2019), never above what the runner can hold.
"""

from __future__ import annotations

import io
import math
import wave
from dataclasses import dataclass
from typing import Final

import numpy as np

from formcheck.recovery.rules import Rules, load

PLAUSIBLE_SPM: Final = (120.0, 240.0)
SAMPLE_RATE_HZ: Final = 44_100
_CLICK_S: Final = 0.03
_PITCH_HZ: Final = (1_000.0, 1_500.0)
_EVERY: Final = 4
"""Every so-manieth click is higher, so that the ear keeps its place."""


@dataclass(frozen=True)
class Target:
    """Step rates in steps a minute: one's own, and from where to where to train; `capped` by what can be held.

    Where what can be held lies below one's own, so does the whole range: then one of the two is off.
    """

    own_spm: float
    low_spm: float
    high_spm: float
    capped: bool


def target(own_spm: float, *, most_spm: float | None = None, rules: Rules | None = None) -> Target:
    """The range to train at.

    Parameters
    ----------
    own_spm : from an analysis at easy pace.
    most_spm : the most that the runner can hold; None where not known.
    """
    low, high = (round(own_spm * share) for share in (rules or load()).cadence_shares)
    if most_spm is None or high <= most_spm:
        return Target(own_spm, low, high, False)
    most = math.floor(most_spm)
    return Target(own_spm, min(low, most), most, True)


def click_track(spm: float, duration_s: float = 60.0) -> bytes:
    """A WAV file (16 bit, mono) with one click a step, whole bars long, so that it loops without a gap.

    Raises
    ------
    ValueError : the step rate is not one of a run.
    """
    if not PLAUSIBLE_SPM[0] <= spm <= PLAUSIBLE_SPM[1]:
        raise ValueError(f"{spm:g} steps a minute is no step rate; from {PLAUSIBLE_SPM[0]:g} to {PLAUSIBLE_SPM[1]:g}")
    n_clicks = max(round(duration_s * spm / 60 / _EVERY), 1) * _EVERY
    sound = np.zeros(round(n_clicks * 60 / spm * SAMPLE_RATE_HZ), dtype=np.float64)
    t = np.arange(round(_CLICK_S * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    for i in range(n_clicks):
        start = round(i * 60 / spm * SAMPLE_RATE_HZ)
        pitch = _PITCH_HZ[i % _EVERY == 0]
        click = np.sin(2 * np.pi * pitch * t) * np.exp(-t / (_CLICK_S / 5))
        sound[start : start + len(t)] += click[: len(sound) - start]
    return _wav(sound)


def _wav(sound: np.ndarray[tuple[int], np.dtype[np.float64]]) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes((np.clip(sound, -1, 1) * 0.8 * 32767).astype("<i2").tobytes())
    return buffer.getvalue()
