"""Single-leg squats and step-downs whose knee, pelvis, hip and trunk do exactly what was asked.

Thigh and shank are laid out by the angles that their two orthographic projections show: knee flexion from the side,
and from the front hip adduction, pelvic drop and FPPA. The pelvis follows from the planted foot, the free leg hangs
from the pelvis or reaches for the floor.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq

from formcheck.synthetic import rig
from formcheck.synthetic.skeleton import Anthropometry, FloatArray, SkeletonMotion
from formcheck.synthetic.squat_plan import RepPlan, SquatParameters, lift_share, plan_reps
from formcheck.types import SIDES, Side, other_side

STEP_EDGE_M = 0.0
"""The front edge of the step lies this far ahead of the standing foot's toe."""
_STEP_AXIAL = np.radians(8.0)
"""Turn of the pelvis, free side forward, at the bottom of a step-down."""
_SHIN_LIMIT_DEG = 38.0
_SHIN_SHARE = 0.55
_STANDING = {"fppa": 1.0, "drop": 1.5, "lean": 1.5, "adduction": 6.5}
"""Degrees on one leg, knee straight."""
_TOUCH_S = (0.32, 0.14, 0.30)
"""Seconds that the free foot takes to the floor, stays there and takes back."""
_TAP_CLEARANCE_M = 0.025
_SWAY_HZ = np.array([0.23, 0.47, 0.9, 1.6])
_SWAY = {"body": 0.5, "lean": 0.6, "drop": 0.35, "fppa": 0.45, "free": 1.2}
"""Amplitudes of balance sway in degrees at `wobble` 1."""


@dataclass(frozen=True)
class Squatter:
    """An athlete doing squats or step-downs, ready to be asked for any moment of the clip."""

    body: Anthropometry
    parameters: SquatParameters
    plan: RepPlan

    def at(self, time_s: FloatArray) -> SkeletonMotion:
        """The skeleton at these moments, (N,) seconds."""
        pose = _pose(self, time_s)
        leg = self.parameters.leg
        pelvis_m, rotation, stance = _stance(self, pose)
        legs: dict[Side, rig.Leg] = {leg: stance, other_side(leg): _free_leg(self, pose, pelvis_m, rotation)}
        upper = _upper(self, pose)
        return rig.assemble(self.body, time_s, pelvis_m=pelvis_m, pelvis=rotation, legs=legs, upper=upper)


@dataclass(frozen=True)
class _Pose:
    """The angles of the moment, radians, (N,) each; `lift` is 0 on both legs, 1 on one; `down` the share of depth."""

    time_s: FloatArray
    lift: FloatArray
    down: FloatArray
    knee: FloatArray
    fppa: FloatArray
    drop: FloatArray
    lean: FloatArray
    adduction: FloatArray
    sway: FloatArray


def squatter_of(body: Anthropometry, parameters: SquatParameters) -> Squatter:
    """Plan the repetitions; for a step-down also find the depth at which the free foot reaches the floor."""
    squatter = Squatter(body, parameters, plan_reps(parameters))
    if parameters.step_height_m <= 0:
        return squatter
    depth = np.array([_depth_of_step(squatter, rep) for rep in range(len(squatter.plan))])
    return replace(squatter, plan=replace(squatter.plan, depth_deg=depth))


# --- angles over time ---------------------------------------------------------------------------------------------


def _sway(squatter: Squatter, name: str, time_s: FloatArray) -> FloatArray:
    p = squatter.parameters
    rng = np.random.default_rng([p.seed, 503, sorted(_SWAY).index(name)])
    phase, pace = rng.uniform(0, 2 * np.pi, 4), _SWAY_HZ * rng.uniform(0.8, 1.2, 4)
    wave: FloatArray = np.sin(2 * np.pi * time_s[:, None] * pace + phase) @ np.array([0.6, 0.5, 0.4, 0.2])
    sway: FloatArray = np.radians(p.wobble * _SWAY[name]) * wave
    return sway


def _pose(squatter: Squatter, time_s: FloatArray) -> _Pose:
    p, plan, body = squatter.parameters, squatter.plan, squatter.body
    index, down = plan.depth_share(time_s)
    lift = rig.smootherstep(lift_share(plan, time_s))
    both = _standing_on_both(p, body)

    def blend(name: str, bottom: FloatArray) -> FloatArray:
        single = _STANDING[name] + down * (bottom[index] - _STANDING[name])
        angle: FloatArray = np.radians(both[name] + lift * (single - both[name]))
        return angle

    single_knee = p.standing_knee_deg + down * (plan.depth_deg[index] - p.standing_knee_deg)
    return _Pose(
        time_s=time_s,
        lift=lift,
        down=down,
        knee=np.radians(both["knee"] + lift * (single_knee - both["knee"])),
        fppa=blend("fppa", plan.fppa_deg) + lift * _sway(squatter, "fppa", time_s),
        drop=blend("drop", plan.drop_deg) + lift * _sway(squatter, "drop", time_s),
        lean=blend("lean", plan.lean_deg) + (0.3 + 0.7 * lift) * _sway(squatter, "lean", time_s),
        adduction=blend("adduction", plan.adduction_deg) + lift * _sway(squatter, "drop", time_s),
        sway=lift * _sway(squatter, "body", time_s),
    )


def _standing_on_both(p: SquatParameters, body: Anthropometry) -> dict[str, float]:
    """Degrees in quiet standing on both legs: hips over the feet, knees soft enough for the pelvis' own tilt."""
    inwards = np.degrees(np.arctan2(0.5 * (body.hip_width_m - p.stance_width_m), body.thigh_m + body.shank_m))
    leg_m = body.thigh_m + body.shank_m
    slack_m = body.hip_width_m * np.sin(np.radians(abs(p.standing_tilt_deg))) + 0.001
    knee = 2 * np.degrees(np.arccos(1 - slack_m / leg_m))
    tilt = p.standing_tilt_deg
    return {"fppa": 0.0, "drop": tilt, "lean": 0.0, "adduction": inwards + tilt, "knee": float(knee)}


# --- standing leg and pelvis --------------------------------------------------------------------------------------


def _stance(squatter: Squatter, pose: _Pose) -> tuple[FloatArray, FloatArray, rig.Leg]:
    """Mid-hips (N, 3), the pelvis' rotation and the standing leg, built up from the planted foot."""
    p, body = squatter.parameters, squatter.body
    sign = rig.lateral_sign(p.leg)
    shin = _shin_tilt(pose.knee)
    thigh_in = pose.adduction - pose.drop + pose.sway
    shank_in = thigh_in - pose.fppa
    thigh = rig.plane_direction(pose.knee - shin, -sign * thigh_in)
    shank = rig.plane_direction(-shin, -sign * shank_in)
    ankle = np.broadcast_to(_standing_ankle(p, body, p.leg), thigh.shape)
    knee = ankle - body.shank_m * shank
    hip = knee - body.thigh_m * thigh
    n = len(pose.time_s)
    tilt = np.radians(4.0) + 0.4 * _trunk_flexion(squatter, pose)
    axial = (sign * _STEP_AXIAL if p.step_height_m > 0 else 0.0) * pose.down
    rotation = rig.pelvis_rotation(axial=axial, obliquity=sign * pose.drop, tilt=tilt)
    toe_out = np.full(n, np.radians(p.toe_out_deg))
    foot = rig.foot_rotation(pitch=np.zeros(n), toe_out=toe_out, side=p.leg)
    pelvis_m = hip - sign * 0.5 * body.hip_width_m * rotation[:, :, 1]
    return pelvis_m, rotation, rig.Leg(hip, knee, ankle, foot)


def _shin_tilt(knee: FloatArray) -> FloatArray:
    """Forward tilt of the shin: about half of the knee's flexion, less as the ankle comes to its end."""
    limit = np.radians(_SHIN_LIMIT_DEG)
    tilt: FloatArray = limit * np.tanh(_SHIN_SHARE * knee / limit)
    return tilt


def _standing_ankle(p: SquatParameters, body: Anthropometry, side: Side) -> FloatArray:
    """(3,) ankle of a foot that stands on the floor or on the step."""
    y = rig.lateral_sign(side) * 0.5 * p.stance_width_m
    return np.array([0.0, y, p.step_height_m + body.ankle_height_m])


# --- free leg -----------------------------------------------------------------------------------------------------


def _free_leg(squatter: Squatter, pose: _Pose, pelvis_m: FloatArray, rotation: FloatArray) -> rig.Leg:
    """The other leg: on the floor, lifted behind (squat) or reaching down ahead (step-down)."""
    p, body = squatter.parameters, squatter.body
    side = other_side(p.leg)
    hip = rig.hip_centre(pelvis_m, rotation, body, side)
    floor = np.broadcast_to(_standing_ankle(p, body, side), hip.shape)
    lifted, lifted_pitch = (_reaching if p.step_height_m > 0 else _hanging)(squatter, pose, hip)
    ankle = floor + pose.lift[:, None] * (lifted - floor)
    pitch = pose.lift**2 * lifted_pitch
    touch = _touch_share(squatter.plan, pose.time_s)
    toe_ankle, toe_pitch = _toe_on_floor(squatter, side, len(hip))
    ankle = ankle + touch[:, None] * (toe_ankle - ankle)
    pitch = pitch + touch * (toe_pitch - pitch)
    toe_out = np.full(len(hip), np.radians(p.toe_out_deg))
    foot = rig.foot_rotation(pitch=pitch, toe_out=toe_out, side=side)
    ankle = _off_the_floor(ankle, foot, body)
    return rig.Leg(hip, rig.knee_centre(hip, ankle, body, side=side), ankle, foot)


def _off_the_floor(ankle_m: FloatArray, foot: FloatArray, body: Anthropometry) -> FloatArray:
    """(N, 3) ankle, raised where heel or toe would be under the floor."""
    heel, toe = rig.foot_points(ankle_m, foot, body)
    raised = ankle_m.copy()
    raised[:, 2] -= np.minimum(np.minimum(heel[:, 2], toe[:, 2]), 0.0)
    return raised


def _leg_end(body: Anthropometry, side: Side, thigh: FloatArray, knee: FloatArray, out: FloatArray) -> FloatArray:
    """(N, 3) ankle from its hip, for a leg whose plane is turned outwards."""
    ahead = body.thigh_m * np.sin(thigh) + body.shank_m * np.sin(thigh - knee)
    down = body.thigh_m * np.cos(thigh) + body.shank_m * np.cos(thigh - knee)
    return np.stack([ahead, rig.lateral_sign(side) * down * np.sin(out), -down * np.cos(out)], axis=-1)


def _hanging(squatter: Squatter, pose: _Pose, hip_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Thigh near the vertical, knee bent, foot behind; the thigh gives way to a knee that falls inwards."""
    p = squatter.parameters
    free = _sway(squatter, "free", pose.time_s)
    thigh = np.radians(p.free_thigh_deg) + np.radians(4.0) * pose.down + free
    knee = np.radians(p.free_knee_deg) + np.radians(20.0) * pose.down + 2.0 * free
    out = np.radians(2.0) + 0.5 * np.maximum(pose.fppa, 0.0) + 0.25 * pose.drop
    ankle = hip_m + _leg_end(squatter.body, other_side(p.leg), thigh, knee, out)
    return ankle, thigh - knee - np.radians(12.0)


def _touch_share(plan: RepPlan, time_s: FloatArray) -> FloatArray:
    """(N,) 0 where the free foot hangs, 1 where it touches; it arrives with speed, as a stumble does."""
    approach, stay, leave = _TOUCH_S
    share = np.zeros(len(time_s))
    for touch_s in plan.touch_s[np.isfinite(plan.touch_s)]:
        arrive = np.clip((time_s - touch_s + approach) / approach, 0.0, 1.0)
        part = np.clip((touch_s + stay + leave - time_s) / leave, 0.0, 1.0)
        share += 0.5 * arrive**2 * (3 - arrive) * rig.smootherstep(part)
    return share


def _toe_on_floor(squatter: Squatter, side: Side, n: int) -> tuple[FloatArray, FloatArray]:
    """Ankle (N, 3) and pitch (N,) of a free foot that catches the balance with its toes, a little behind."""
    p, body = squatter.parameters, squatter.body
    pitch, toe_out = np.full(n, np.radians(-32.0)), np.full(n, np.radians(p.toe_out_deg))
    rotation = rig.foot_rotation(pitch=pitch, toe_out=toe_out, side=side)
    toe = np.array([-0.05, rig.lateral_sign(side) * (0.5 * p.stance_width_m + 0.03), 0.0])
    return toe - rotation @ (np.array([body.foot_m, 0.0, 0.0]) - rig.ankle_in_foot(body)), pitch


# --- step-down ----------------------------------------------------------------------------------------------------

_REACH_KNEE = np.radians(9.0)
_REACH_PITCH = np.radians(-24.0)


def _reach_target(squatter: Squatter) -> FloatArray:
    """(3,) ankle of the free foot at the bottom: past the edge of the step, its toe on or just over the floor."""
    p, body = squatter.parameters, squatter.body
    side = other_side(p.leg)
    clear_m = 0.0 if p.taps else _TAP_CLEARANCE_M
    rotation = rig.foot_rotation(
        pitch=np.array([_REACH_PITCH]), toe_out=np.radians(np.array([p.toe_out_deg])), side=side
    )[0]
    toe_ahead = rotation @ (np.array([body.foot_m, 0.0, 0.0]) - rig.ankle_in_foot(body))
    standing_toe_m = _standing_ankle(p, body, side)[0] + body.foot_m - rig.ankle_in_foot(body)[0]
    heel_room_m = STEP_EDGE_M + 0.03 + rig.ankle_in_foot(body)[0]
    y = rig.lateral_sign(side) * 0.5 * p.stance_width_m
    return np.array([standing_toe_m + heel_room_m, y, clear_m - toe_ahead[2]])


def _reaching(squatter: Squatter, pose: _Pose, hip_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Leg nearly straight, ahead of the step; down to the floor as the standing knee bends."""
    body, side = squatter.body, other_side(squatter.parameters.leg)
    angles = (np.full(len(hip_m), np.radians(angle)) for angle in (30.0, 20.0, 2.0))
    held = _leg_end(body, side, *angles)
    index, _ = squatter.plan.depth_share(pose.time_s)
    pelvis_m, rotation, _ = _stance(squatter, _pose(squatter, squatter.plan.bottom_s))
    reached = _reach_target(squatter) - rig.hip_centre(pelvis_m, rotation, body, side)
    return hip_m + held + pose.down[:, None] * (reached[index] - held), _REACH_PITCH * pose.down


def _depth_of_step(squatter: Squatter, rep: int) -> float:
    """Knee flexion (degrees) of the standing leg at which the free leg reaches its target nearly straight."""
    bottom = squatter.plan.bottom_s[rep : rep + 1]
    target, body = _reach_target(squatter), squatter.body
    reach_m = float(rig.knee_reach(np.array(_REACH_KNEE), body))

    def excess(depth_deg: float) -> float:
        plan = replace(squatter.plan, depth_deg=np.full(len(squatter.plan), depth_deg))
        pelvis_m, rotation, _ = _stance(trial := replace(squatter, plan=plan), _pose(trial, bottom))
        hip = rig.hip_centre(pelvis_m, rotation, body, other_side(squatter.parameters.leg))
        return float(np.linalg.norm(hip[0] - target)) - reach_m

    return float(brentq(excess, 25.0, 115.0))


# --- upper body ---------------------------------------------------------------------------------------------------


def _trunk_flexion(squatter: Squatter, pose: _Pose) -> FloatArray:
    bottom = np.radians(squatter.parameters.trunk_flexion_deg)
    flexion: FloatArray = np.radians(2.0) + pose.lift * pose.down * (bottom - np.radians(2.0))
    return flexion


def _upper(squatter: Squatter, pose: _Pose) -> rig.Upper:
    """Arms crossed on the chest, right over left; the head looks ahead."""
    ones = np.ones(len(pose.time_s))
    sign = rig.lateral_sign(squatter.parameters.leg)
    over = {"left": 0.0, "right": 6.0}
    return rig.Upper(
        lean_left=sign * pose.lean,
        lean_forward=_trunk_flexion(squatter, pose),
        axial=np.zeros(len(ones)),
        arm_swing={s: np.radians(24.0 + over[s]) * ones for s in SIDES},
        arm_out={s: np.radians(7.0) * ones for s in SIDES},
        elbow={s: np.radians(118.0 + over[s]) * ones for s in SIDES},
        forearm_in={s: np.radians(76.0) * ones for s in SIDES},
        head_nod=0.3 * _trunk_flexion(squatter, pose),
        head_turn=np.zeros(len(ones)),
    )
