"""Movements that are none of the tests, made to be refused: two-leg squats and lateral raises of the arms.

A walk is a runner's plan with one foot always on the belt (`run_plan.walking`); a sway on one leg is a squat test
without squats (`sway_parameters`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from formcheck.synthetic import rig
from formcheck.synthetic.skeleton import Anthropometry, FloatArray, SkeletonMotion
from formcheck.synthetic.squat_plan import SquatParameters
from formcheck.types import SIDES, Side

_STANCE_WIDTH_M = 0.30
_SWAY_DEG = 0.5


@dataclass(frozen=True)
class TwoLegMover:
    """Stands on both feet and either squats or lifts the arms, once every `period_s` after `stand_s` of standing."""

    body: Anthropometry
    kind: Literal["two_leg_squat", "lateral_raise"]
    period_s: float = 2.6
    stand_s: float = 1.5
    depth_deg: float = 85.0
    seed: int = 0

    def at(self, time_s: FloatArray) -> SkeletonMotion:
        """The skeleton at these moments, (N,) seconds."""
        moved = np.clip(time_s - self.stand_s, 0.0, None)
        share = 0.5 * (1 - np.cos(2 * np.pi * moved / self.period_s))
        squat = share if self.kind == "two_leg_squat" else np.zeros_like(share)
        raised = share if self.kind == "lateral_raise" else np.zeros_like(share)
        knee = np.radians(6.0 + squat * (self.depth_deg - 6.0))
        sway = np.radians(_SWAY_DEG) * np.sin(2 * np.pi * 0.4 * time_s + self.seed)
        pelvis_m, rotation = self._pelvis(knee, sway)
        legs = {side: self._leg(pelvis_m, rotation, side) for side in SIDES}
        upper = _arms_and_trunk(squat, raised, sway)
        return rig.assemble(self.body, time_s, pelvis_m=pelvis_m, pelvis=rotation, legs=legs, upper=upper)

    def _pelvis(self, knee: FloatArray, sway: FloatArray) -> tuple[FloatArray, FloatArray]:
        body = self.body
        shin = 0.45 * knee
        x = body.shank_m * np.sin(shin) - body.thigh_m * np.sin(knee - shin)
        z = body.ankle_height_m + body.shank_m * np.cos(shin) + body.thigh_m * np.cos(knee - shin)
        low = z - 0.012
        pelvis_m = np.stack([x, 0.8 * np.sin(sway), low], axis=-1)
        zero = np.zeros(len(knee))
        return pelvis_m, rig.pelvis_rotation(axial=zero, obliquity=zero, tilt=np.radians(5.0) + 0.2 * knee)

    def _leg(self, pelvis_m: FloatArray, rotation: FloatArray, side: Side) -> rig.Leg:
        n = len(pelvis_m)
        hip = rig.hip_centre(pelvis_m, rotation, self.body, side)
        foot_y = rig.lateral_sign(side) * 0.5 * _STANCE_WIDTH_M
        ankle = np.broadcast_to(np.array([0.0, foot_y, self.body.ankle_height_m]), (n, 3))
        knee = rig.knee_centre(hip, ankle, self.body, side=side, swivel=np.radians(-6.0))
        toe_out = np.full(n, np.radians(10.0))
        return rig.Leg(hip, knee, ankle, rig.foot_rotation(pitch=np.zeros(n), toe_out=toe_out, side=side))


def _arms_and_trunk(squat: FloatArray, raised: FloatArray, sway: FloatArray) -> rig.Upper:
    ones = np.ones(len(squat))
    forward = np.radians(2.0) + np.radians(30.0) * squat
    return rig.Upper(
        lean_left=0.3 * sway,
        lean_forward=forward,
        axial=np.zeros(len(squat)),
        arm_swing={s: np.radians(4.0) + np.radians(60.0) * squat for s in SIDES},
        arm_out={s: np.radians(8.0) + np.radians(80.0) * raised for s in SIDES},
        elbow={s: np.radians(12.0) * ones for s in SIDES},
        forearm_in={s: np.radians(10.0) * ones for s in SIDES},
        head_nod=0.2 * forward,
        head_turn=np.zeros(len(squat)),
    )


def sway_parameters(leg: Side, *, seed: int = 0) -> SquatParameters:
    """Standing on one leg with a lot of sway and never a bend of the knee worth the name."""
    return SquatParameters(
        leg=leg,
        n_reps=5,
        depth_deg=9.0,
        knee_fppa_deg=1.5,
        pelvic_drop_deg=2.0,
        trunk_lean_deg=3.0,
        hip_adduction_deg=7.0,
        trunk_flexion_deg=4.0,
        pause_s=1.2,
        variation=0.3,
        wobble=2.5,
        seed=seed,
    )
