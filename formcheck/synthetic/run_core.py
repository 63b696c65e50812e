"""A runner's pelvis and planted feet: what the fit and the whole motion share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.synthetic import rig
from formcheck.synthetic.run_pelvis import pelvis_position, pelvis_rotation
from formcheck.synthetic.run_plan import RunParameters, StepPlan
from formcheck.synthetic.skeleton import Anthropometry, FloatArray
from formcheck.types import SIDES, Side

_FLAT_SHARE = {"heel": 0.16, "toe": 0.32}
"""Share of stance until the sole lies flat, landing on heel or toe."""


@dataclass(frozen=True)
class RunState:
    """A plan of steps and the constants that were fitted to it.

    `base_m` is the height of mid-hips at toe-off, `landing_m` (K,) what to add to it at each contact, `shape` the share
    of the third harmonic in the push and `toe_off_pitch` (K,) the foot's pitch at toe-off in radians, toes down
    negative.
    """

    body: Anthropometry
    parameters: RunParameters
    plan: StepPlan
    base_m: float
    landing_m: FloatArray
    shape: float
    toe_off_pitch: FloatArray


def pelvis_pose(state: RunState, time_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mid-hips (N, 3) and the pelvis' rotation (N, 3, 3)."""
    position = pelvis_position(state.parameters, state.plan, time_s, shape=state.shape, landing_m=state.landing_m)
    position[:, 2] += state.base_m
    return position, pelvis_rotation(state.parameters, state.plan, time_s)


def hip_of(state: RunState, side: Side, time_s: FloatArray) -> FloatArray:
    """(N, 3) hip joint centre."""
    position, rotation = pelvis_pose(state, time_s)
    return rig.hip_centre(position, rotation, state.body, side)


def _stance_pitch(state: RunState, steps: NDArray[np.intp], share: FloatArray) -> FloatArray:
    """Foot pitch over stance: from landing to flat, flat, then heel off to toe-off."""
    landing = np.radians(state.plan.inclination_deg[steps])
    until = np.where(landing >= 0, _FLAT_SHARE["heel"], _FLAT_SHARE["toe"])
    down = 1.0 - np.clip(share / until, 0.0, 1.0)
    heel_off = state.parameters.heel_off_share
    rise = np.clip((share - heel_off) / (1.0 - heel_off), 0.0, None)
    pitch: FloatArray = landing * down**2 + state.toe_off_pitch[steps] * 0.5 * (3 * rise**2 - rise**3)
    return pitch


def stance_foot(
    state: RunState, side: Side, steps: NDArray[np.intp], time_s: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Ankle (N, 3) and pitch (N,) of a foot on the belt; `steps` tells which stance each moment belongs to."""
    plan, body = state.plan, state.body
    contact_s = plan.contact_s[steps]
    share = (time_s - contact_s) / (plan.toe_off_s[steps] - contact_s)
    pitch = _stance_pitch(state, steps, share)
    landed = _ankle_from_flat(state, side, np.radians(plan.inclination_deg[steps]))
    position, _ = pelvis_pose(state, contact_s)
    flat_x = position[:, 0] + plan.overstride[steps] * body.leg_length_m - landed[:, 0]
    flat_x = flat_x - state.parameters.speed_mps * (time_s - contact_s)
    flat = np.stack([flat_x, plan.lateral_m[steps], np.full(len(steps), body.ankle_height_m)], axis=-1)
    return flat + _ankle_from_flat(state, side, pitch), pitch


def _ankle_from_flat(state: RunState, side: Side, pitch: FloatArray) -> FloatArray:
    """(N, 3) ankle against its place over a flat foot: toes up it turns about the heel, toes down about the toe."""
    toe_out = np.full(len(pitch), np.radians(state.parameters.toe_out_deg[side]))
    turned = rig.foot_rotation(pitch=pitch, toe_out=toe_out, side=side)
    flat = rig.foot_rotation(pitch=np.zeros(len(pitch)), toe_out=toe_out, side=side)
    ankle = rig.ankle_in_foot(state.body)
    pivot = np.where(pitch[:, None] >= 0, 0.0, np.array([state.body.foot_m, 0.0, 0.0]))
    moved: FloatArray = np.einsum("nij,nj->ni", turned - flat, ankle - pivot)
    return moved


def flexion_at(state: RunState, share: FloatArray | float) -> FloatArray:
    """Knee flexion (radians) at shares of every stance but the first and last two; 0 where the leg is too short.

    share : a number, or (S, 1) numbers. Returns (K − 4,) or (S, K − 4).
    """
    plan = state.plan
    steps = np.arange(2, len(plan) - 2)
    time_s = plan.contact_s[steps] + np.asarray(share) * (plan.toe_off_s - plan.contact_s)[steps]
    flexion = np.empty(time_s.shape)
    for side in SIDES:
        own = (plan.is_left[steps] > 0) == (side == "left")
        moments = time_s[..., own]
        owner = np.broadcast_to(steps[own], moments.shape)
        hip = hip_of(state, side, moments.ravel())
        ankle, _ = stance_foot(state, side, owner.ravel(), moments.ravel())
        flexion[..., own] = _clipped_flexion(hip, ankle, state.body).reshape(moments.shape)
    return flexion


def _clipped_flexion(hip_m: FloatArray, ankle_m: FloatArray, body: Anthropometry) -> FloatArray:
    reach: FloatArray = np.minimum(np.linalg.norm(ankle_m - hip_m, axis=-1), body.thigh_m + body.shank_m)
    return rig.knee_flexion_at(reach, body)
