"""What a synthetic runner or walker does, step by step: the wanted values and their variation from cycle to cycle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formcheck.synthetic.skeleton import FloatArray
from formcheck.types import Side

_LEAD_STEPS = 4
"""Steps planned before and after the clip, so that its first and last frames are ordinary ones."""
_MIN_FLIGHT_S = 0.02
_FPPA_AT_CONTACT_DEG = (-9.0, 6.0)
"""What a nearly straight knee can show."""


@dataclass(frozen=True)
class PerSide:
    """One value for each side."""

    left: float
    right: float

    def __getitem__(self, side: Side) -> float:
        return self.left if side == "left" else self.right

    @staticmethod
    def of(value: float) -> PerSide:
        """The same value on both sides."""
        return PerSide(value, value)


@dataclass(frozen=True)
class RunParameters:
    """A treadmill runner; angles in degrees with the contract's signs.

    `knee_fppa_deg` is the peak in the first 60 % of stance and `fppa_rise_deg` how much less it is at contact and
    toe-off, `pelvic_drop_deg` the largest in stance, `trunk_lean_deg` the lean towards the stance side at that
    moment. `knee_flexion_peak_deg` is approached as far as a force that only pushes allows, `heel_off_share` comes
    earlier where the trailing leg needs it. `variation` scales the spread from cycle to cycle (0: none), `*_drift_deg`
    is added linearly up to the end of the clip.
    """

    speed_mps: float = 2.8
    cadence_spm: float = 170.0
    contact_time_s: PerSide = PerSide(0.255, 0.255)
    knee_fppa_deg: PerSide = PerSide(4.0, 4.0)
    fppa_rise_deg: float = 5.0
    pelvic_drop_deg: PerSide = PerSide(5.0, 5.0)
    trunk_lean_deg: PerSide = PerSide(2.5, 2.5)
    trunk_flexion_deg: float = 7.0
    foot_inclination_deg: PerSide = PerSide(16.0, 16.0)
    overstride_ratio: PerSide = PerSide(0.18, 0.18)
    step_width_m: float = 0.06
    knee_flexion_contact_deg: float = 17.0
    knee_flexion_peak_deg: float = 45.0
    knee_flexion_toe_off_deg: float = 19.0
    heel_recovery_deg: float = 98.0
    knee_drive_deg: float = 34.0
    toe_out_deg: PerSide = PerSide(7.0, 7.0)
    heel_off_share: float = 0.55
    pelvis_axial_deg: float = 4.0
    thorax_axial_deg: float = 9.0
    pelvis_tilt_deg: float = 9.0
    pelvis_sway_m: float = 0.006
    arm_swing_deg: float = 56.0
    elbow_flexion_deg: float = 92.0
    arm_out_deg: float = 14.0
    forearm_in_deg: float = 32.0
    fppa_drift_deg: float = 0.0
    pelvic_drop_drift_deg: float = 0.0
    variation: float = 1.0
    seed: int = 0
    walks: bool = False

    def __post_init__(self) -> None:
        if self.speed_mps <= 0 or self.cadence_spm <= 0:
            raise ValueError(f"speed {self.speed_mps} m/s and cadence {self.cadence_spm} must be positive")


_SPREAD = {
    "step_s": 0.004,
    "contact_s": 0.005,
    "fppa_deg": 1.2,
    "drop_deg": 0.8,
    "lean_deg": 0.8,
    "inclination_deg": 1.2,
    "overstride": 0.007,
    "lateral_m": 0.006,
    "knee_contact_deg": 1.5,
    "recovery_deg": 2.0,
    "drive_deg": 1.5,
}
"""Standard deviations from cycle to cycle at `variation` 1, of the size of published within-runner spreads."""


@dataclass(frozen=True)
class StepPlan:
    """All steps of a clip in order, (K,) each; sides alternate and `is_left[k]` tells which."""

    is_left: FloatArray
    contact_s: FloatArray
    toe_off_s: FloatArray
    fppa_deg: FloatArray
    fppa_low_deg: FloatArray
    drop_deg: FloatArray
    lean_deg: FloatArray
    inclination_deg: FloatArray
    overstride: FloatArray
    lateral_m: FloatArray
    knee_contact_deg: FloatArray
    recovery_deg: FloatArray
    drive_deg: FloatArray

    def __len__(self) -> int:
        return len(self.contact_s)

    def side(self, step: int) -> Side:
        """The side that lands on a step."""
        return "left" if self.is_left[step] else "right"


def plan_steps(parameters: RunParameters, duration_s: float) -> StepPlan:
    """Draw every step of a clip of this length, with a few before and after it.

    Raises
    ------
    ValueError
        When the contact time leaves no flight.
    """
    p = parameters
    step_s = 60.0 / p.cadence_spm
    longest = max(p.contact_time_s.left, p.contact_time_s.right)
    if longest > step_s - _MIN_FLIGHT_S and not p.walks:
        raise ValueError(f"contact of {longest:.3f} s leaves no flight at {p.cadence_spm:g} steps a minute")
    n = int(np.ceil(duration_s / step_s)) + 2 * _LEAD_STEPS + 1
    rng = np.random.default_rng([p.seed, 211])
    noise = {name: p.variation * sd * np.clip(rng.normal(size=n), -2.2, 2.2) for name, sd in _SPREAD.items()}
    first_s = -_LEAD_STEPS * step_s - rng.uniform(0.0, step_s)
    contact_s = first_s + step_s * np.arange(n) + noise["step_s"]
    is_left = (np.arange(n) + rng.integers(2)) % 2 == 0

    def wanted(value: PerSide) -> FloatArray:
        return np.where(is_left, value.left, value.right)

    tired = np.clip(contact_s / max(duration_s, step_s), 0.0, 1.0)
    longest_s = np.append(np.diff(contact_s), step_s) - _MIN_FLIGHT_S
    stance_s: FloatArray = wanted(p.contact_time_s) + noise["contact_s"]
    toe_off_s = contact_s + (stance_s if p.walks else np.minimum(stance_s, longest_s)).astype(float)
    fppa_deg: FloatArray = wanted(p.knee_fppa_deg) + noise["fppa_deg"] + tired * p.fppa_drift_deg
    return StepPlan(
        is_left=is_left.astype(float),
        contact_s=contact_s,
        toe_off_s=toe_off_s,
        fppa_deg=fppa_deg,
        fppa_low_deg=np.minimum(np.clip(fppa_deg - p.fppa_rise_deg, *_FPPA_AT_CONTACT_DEG), fppa_deg - 1.0),
        drop_deg=wanted(p.pelvic_drop_deg) + noise["drop_deg"] + tired * p.pelvic_drop_drift_deg,
        lean_deg=wanted(p.trunk_lean_deg) + noise["lean_deg"],
        inclination_deg=wanted(p.foot_inclination_deg) + noise["inclination_deg"],
        overstride=wanted(p.overstride_ratio) + noise["overstride"],
        lateral_m=np.where(is_left, 0.5, -0.5) * p.step_width_m + noise["lateral_m"],
        knee_contact_deg=p.knee_flexion_contact_deg + noise["knee_contact_deg"],
        recovery_deg=p.heel_recovery_deg + noise["recovery_deg"],
        drive_deg=p.knee_drive_deg + noise["drive_deg"],
    )


def walking(*, speed_mps: float = 1.2, cadence_spm: float = 112.0, seed: int = 0) -> RunParameters:
    """A treadmill walker: one foot always on the belt; made to be refused, not measured."""
    return RunParameters(
        speed_mps=speed_mps,
        cadence_spm=cadence_spm,
        contact_time_s=PerSide.of(0.60 * 120.0 / cadence_spm),
        trunk_flexion_deg=3.0,
        foot_inclination_deg=PerSide.of(18.0),
        overstride_ratio=PerSide.of(0.30),
        step_width_m=0.10,
        knee_flexion_contact_deg=15.0,
        knee_flexion_toe_off_deg=30.0,
        heel_recovery_deg=66.0,
        knee_drive_deg=29.0,
        heel_off_share=0.44,
        pelvis_sway_m=0.02,
        arm_swing_deg=35.0,
        elbow_flexion_deg=25.0,
        forearm_in_deg=15.0,
        arm_out_deg=9.0,
        walks=True,
        seed=seed,
    )
