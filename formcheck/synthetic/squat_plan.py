"""What a synthetic athlete does in a single-leg squat or step-down, repetition by repetition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formcheck.synthetic.skeleton import FloatArray
from formcheck.types import Side

START_SHARE = 0.15
"""A repetition starts and ends where knee flexion crosses this share of its way from standing to bottom."""
_CROSSING = float(np.arccos(1 - 2 * START_SHARE) / np.pi)
_DIP_DEG = 11.5
_LIFT_S = 1.1
_SETTLE_S = 0.6
_MAX_STANDING_DEG = 9.0


@dataclass(frozen=True)
class SquatParameters:
    """A single-leg squat test; angles in degrees with the contract's signs, wanted at the bottom.

    `shallow`, `touchdowns`, `long_pauses` and `dips` name repetitions from 0: those that go only to
    `shallow_depth_deg`, those in which the free foot touches the floor, and those followed by a long pause or by a dip
    too small to be a repetition. `*_drift_deg` is added linearly from the first to the last repetition, `variation`
    scales the spread between repetitions and `wobble` the sway. `step_height_m` above 0 makes it a step-down: the depth
    is then what the step asks for, and `taps` tells whether the free foot reaches the floor.
    """

    leg: Side = "left"
    n_reps: int = 20
    depth_deg: float = 62.0
    knee_fppa_deg: float = 6.0
    pelvic_drop_deg: float = 6.0
    trunk_lean_deg: float = 5.0
    hip_adduction_deg: float = 11.0
    trunk_flexion_deg: float = 20.0
    fppa_drift_deg: float = 0.0
    pelvic_drop_drift_deg: float = 0.0
    trunk_lean_drift_deg: float = 0.0
    rep_s: float = 2.0
    pause_s: float = 0.2
    long_pause_s: float = 2.5
    shallow: tuple[int, ...] = ()
    shallow_depth_deg: float = 30.0
    dips: tuple[int, ...] = ()
    long_pauses: tuple[int, ...] = ()
    touchdowns: tuple[int, ...] = ()
    stand_s: float = 1.6
    end_stand_s: float = 0.8
    standing_tilt_deg: float = 0.0
    standing_knee_deg: float = 5.0
    stance_width_m: float = 0.16
    free_knee_deg: float = 80.0
    free_thigh_deg: float = 8.0
    toe_out_deg: float = 7.0
    step_height_m: float = 0.0
    taps: bool = True
    variation: float = 1.0
    wobble: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.n_reps < 1:
            raise ValueError(f"{self.n_reps} repetitions: at least 1 is needed")
        if self.standing_knee_deg > _MAX_STANDING_DEG:
            raise ValueError(f"standing knee flexion {self.standing_knee_deg}° is above {_MAX_STANDING_DEG}°")


_SPREAD = {"depth": 2.5, "fppa": 1.4, "drop": 1.0, "lean": 1.0, "adduction": 1.0, "tempo": 0.05}


@dataclass(frozen=True)
class RepPlan:
    """All bends of the standing knee in order, (R,) each; `counts` is False for dips that are no repetition.

    `down_s` and `up_s` are the times that going down and coming up take, `touch_s` the time of a touch-down or NaN.
    """

    begin_s: FloatArray
    down_s: FloatArray
    up_s: FloatArray
    depth_deg: FloatArray
    fppa_deg: FloatArray
    drop_deg: FloatArray
    lean_deg: FloatArray
    adduction_deg: FloatArray
    counts: FloatArray
    touch_s: FloatArray
    single_s: tuple[float, float]
    duration_s: float

    def __len__(self) -> int:
        return len(self.begin_s)

    @property
    def bottom_s(self) -> FloatArray:
        """(R,) moments of the lowest point."""
        return self.begin_s + self.down_s

    @property
    def start_s(self) -> FloatArray:
        """(R,) where flexion has covered `START_SHARE` of the way down."""
        return self.begin_s + _CROSSING * self.down_s

    @property
    def end_s(self) -> FloatArray:
        """(R,) where flexion is back at `START_SHARE` of the way."""
        return self.bottom_s + (1 - _CROSSING) * self.up_s

    def depth_share(self, time_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Index of the bend at each moment and its share of the way down, 0 to 1, (N,) each."""
        index = np.clip(np.searchsorted(self.begin_s, time_s, side="right") - 1, 0, None)
        down = (time_s - self.begin_s[index]) / self.down_s[index]
        up = (self.bottom_s[index] + self.up_s[index] - time_s) / self.up_s[index]
        share = np.clip(np.minimum(down, up), 0.0, 1.0)
        return index, 0.5 * (1 - np.cos(np.pi * share))


def plan_reps(parameters: SquatParameters) -> RepPlan:
    """Draw every repetition and the timing of the whole clip."""
    p = parameters
    rng = np.random.default_rng([p.seed, 401])
    bends = [(rep, dip) for rep in range(p.n_reps) for dip in ((False, True) if rep in p.dips else (False,))]
    rep = np.array([r for r, _ in bends])
    is_dip = np.array([dip for _, dip in bends])
    noise = {name: p.variation * sd * np.clip(rng.normal(size=len(rep)), -2, 2) for name, sd in _SPREAD.items()}
    depth = np.where(np.isin(rep, p.shallow), p.shallow_depth_deg + 0.4 * noise["depth"], p.depth_deg + noise["depth"])
    depth = np.where(is_dip, _DIP_DEG, depth)
    share: FloatArray = np.clip(depth / p.depth_deg, 0.0, 1.0)
    tired: FloatArray = rep / max(p.n_reps - 1, 1)
    length_s = p.rep_s * (1 + noise["tempo"]) * np.sqrt(share)
    pause_s = p.pause_s + p.long_pause_s * (np.isin(rep, p.long_pauses) & (is_dip | ~np.isin(rep, p.dips)))
    first_s = p.stand_s + _LIFT_S + _SETTLE_S
    begin_s = first_s + np.append(0.0, np.cumsum(length_s + pause_s)[:-1])
    last_s = float(begin_s[-1] + length_s[-1] + _SETTLE_S)
    touch_s = begin_s + length_s * rng.uniform(0.45, 0.62, len(rep))
    return RepPlan(
        begin_s=begin_s,
        down_s=0.52 * length_s,
        up_s=0.48 * length_s,
        depth_deg=depth,
        fppa_deg=share * (p.knee_fppa_deg + noise["fppa"] + tired * p.fppa_drift_deg),
        drop_deg=share * (p.pelvic_drop_deg + noise["drop"] + tired * p.pelvic_drop_drift_deg),
        lean_deg=share * (p.trunk_lean_deg + noise["lean"] + tired * p.trunk_lean_drift_deg),
        adduction_deg=share * (p.hip_adduction_deg + noise["adduction"]),
        counts=(~is_dip).astype(float),
        touch_s=np.where(np.isin(rep, p.touchdowns) & ~is_dip, touch_s, np.nan),
        single_s=(p.stand_s, last_s),
        duration_s=last_s + (_LIFT_S + p.end_stand_s if p.end_stand_s > 0 else 0.0),
    )


def lift_share(plan: RepPlan, time_s: FloatArray) -> FloatArray:
    """(N,) 0 on both legs, 1 on one, linear in between."""
    up, down = plan.single_s
    share: FloatArray = np.clip(np.minimum((time_s - up) / _LIFT_S, (down + _LIFT_S - time_s) / _LIFT_S), 0.0, 1.0)
    return share
