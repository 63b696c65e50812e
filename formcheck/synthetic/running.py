"""A treadmill runner whose feet, pelvis and trunk do exactly what was asked.

How it is solved
----------------
1. Pelvis: ballistic between toe-off and contact (9.81 m/s²); in stance a push of the form
   a sin πτ + b sin 2πτ + c sin 3πτ joins the two flights.
2. Planted foot: its part on the ground moves with the belt; it lands on heel or toe, lies flat, and rolls over the toe.
3. Leg in stance: two bones between hip and ankle; the knee's swivel is solved for the wanted FPPA.
4. Leg in swing: splines of thigh, knee and ankle angles that start as one stance ends and end as the next begins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicHermiteSpline, CubicSpline
from scipy.optimize import brentq

from formcheck.synthetic import rig
from formcheck.synthetic.run_pelvis import (
    PEAK_SHARE,
    pelvis_position,
    pelvis_rotation,
    stance_bumps,
    step_phase,
)
from formcheck.synthetic.run_plan import RunParameters, StepPlan, plan_steps
from formcheck.synthetic.skeleton import Anthropometry, FloatArray, SkeletonMotion
from formcheck.types import SIDES, Side

_FLAT_SHARE = 0.16
"""Share of stance until the sole lies flat."""
_SHAPE_LIMITS = (-0.30, 0.24)
"""Third harmonic of the push, as a share of its mean: beyond these it would pull."""
_PITCH_LIMITS = np.radians([-88.0, -25.0])
_LANDING_SLIP_MPS = 0.5
_LANDING_FALL_MPS = 0.55
_SWING_SHARES = {False: np.array([0.47, 0.74]), True: np.array([0.40, 0.66])}
"""Shares of swing, running and walking, at which the knee is bent most and the thigh is furthest ahead."""
_LATE_KNEE_SHARE = 0.56
_SHARES = np.linspace(0.0, 1.0, 31)
_EARLIEST_HEEL_OFF = 0.28
_TOE_CLEARANCE_M = 0.025
_CLEARANCE_BLEND = 0.10
_LEAST_FLEXION = np.radians(7.0)
_H_S = 1e-4


@dataclass(frozen=True)
class Runner:
    """A runner ready to be asked for any moment of the clip.

    `base_m` is the height of mid-hips at contact and toe-off, `shape` the share of the third harmonic in the push and
    `toe_off_pitch` (K,) the foot's pitch at toe-off in radians, toes down negative.
    """

    body: Anthropometry
    parameters: RunParameters
    plan: StepPlan
    base_m: float
    shape: float
    toe_off_pitch: FloatArray

    def at(self, time_s: FloatArray) -> SkeletonMotion:
        """The skeleton at these moments, (N,) seconds within the clip."""
        pelvis_m, rotation = _pelvis(self, time_s)
        legs = {side: _leg(self, side, time_s) for side in SIDES}
        return rig.assemble(
            self.body, time_s, pelvis_m=pelvis_m, pelvis=rotation, legs=legs, upper=_upper(self, time_s)
        )


def runner_of(body: Anthropometry, parameters: RunParameters, duration_s: float) -> Runner:
    """Plan the steps and fit the free constants: pelvis height, push shape and heel rise at toe-off.

    Raises
    ------
    ValueError
        When the values wanted do not fit together, such as a speed too high for the contact time and leg.
    """
    plan = plan_steps(parameters, duration_s)
    standing_m = body.leg_length_m + body.ankle_height_m
    runner = Runner(body, parameters, plan, standing_m, 0.0, np.full(len(plan), np.radians(-55.0)))
    runner = _with_base(runner)
    runner = _with_toe_off_pitch(runner) if parameters.walks else _with_shape(runner)
    return _with_heel_off(_with_base(runner))


def _with_heel_off(runner: Runner) -> Runner:
    """Heel off early enough for the trailing leg to reach the belt, with the knee bent as real ones are."""
    for heel_off in np.arange(runner.parameters.heel_off_share, _EARLIEST_HEEL_OFF, -0.03):
        parameters = replace(runner.parameters, heel_off_share=float(heel_off))
        trial = _with_toe_off_pitch(replace(runner, parameters=parameters))
        if min(float(np.min(_flexion_at(trial, share))) for share in _SHARES) > _LEAST_FLEXION:
            return trial
    raise ValueError("the trailing leg does not reach the belt: lower speed or contact time, or land further ahead")


def _with_base(runner: Runner) -> Runner:
    """Height of the pelvis: wanted knee flexion at contact; walking, the standing knee never quite straight."""
    standing_m = runner.body.leg_length_m + runner.body.ankle_height_m

    def excess(base_m: float) -> float:
        trial = replace(runner, base_m=base_m)
        if runner.parameters.walks:
            return min(float(np.min(_flexion_at(trial, share))) for share in _SHARES) - float(_LEAST_FLEXION)
        return float(np.mean(_flexion_at(trial, 0.0)) - np.radians(runner.parameters.knee_flexion_contact_deg))

    return replace(runner, base_m=_root_within(excess, (0.7 * standing_m, 1.05 * standing_m)))


def _with_shape(runner: Runner) -> Runner:
    """Shape of the push: wanted peak knee flexion."""
    loading = _SHARES[(_SHARES > 0.2) & (_SHARES < 0.65)]

    def excess(shape: float) -> float:
        shaped = replace(runner, shape=shape)
        peak = np.max([_flexion_at(shaped, share) for share in loading], axis=0)
        return float(np.mean(peak) - np.radians(runner.parameters.knee_flexion_peak_deg))

    return replace(runner, shape=_root_within(excess, _SHAPE_LIMITS))


def _with_toe_off_pitch(runner: Runner) -> Runner:
    """Pitch of the foot at toe-off: wanted knee flexion there; more heel rise bends the knee more."""
    low, high = (np.full(len(runner.plan), limit) for limit in _PITCH_LIMITS)
    wanted = np.radians(runner.parameters.knee_flexion_toe_off_deg)
    for _ in range(30):
        middle = 0.5 * (low + high)
        bent = np.full(len(middle), wanted)
        bent[2:-2] = _flexion_at(replace(runner, toe_off_pitch=middle), 1.0)
        low, high = np.where(bent > wanted, middle, low), np.where(bent > wanted, high, middle)
    return replace(runner, toe_off_pitch=0.5 * (low + high))


def _root_within(excess: Callable[[float], float], limits: tuple[float, float]) -> float:
    """Where a monotone function is 0, or the limit that comes nearest."""
    low, high = (excess(limit) for limit in limits)
    if low * high > 0:
        return limits[0] if abs(low) < abs(high) else limits[1]
    return float(brentq(excess, *limits, xtol=1e-9))


def _flexion_at(runner: Runner, share: float) -> FloatArray:
    """(K,) knee flexion (radians) at a share of every stance; 0 where the leg is too short."""
    plan = runner.plan
    steps = np.arange(2, len(plan) - 2)
    time_s = plan.contact_s[steps] + share * (plan.toe_off_s - plan.contact_s)[steps]
    flexion = np.empty(len(steps))
    for side in SIDES:
        own = (plan.is_left[steps] > 0) == (side == "left")
        hip = _hip(runner, side, time_s[own])
        ankle, _ = _stance_foot(runner, side, steps[own], time_s[own])
        flexion[own] = _clipped_flexion(hip, ankle, runner.body)
    return flexion


def _clipped_flexion(hip_m: FloatArray, ankle_m: FloatArray, body: Anthropometry) -> FloatArray:
    reach: FloatArray = np.minimum(np.linalg.norm(ankle_m - hip_m, axis=-1), body.thigh_m + body.shank_m)
    return rig.knee_flexion_at(reach, body)


# --- pelvis and planted foot --------------------------------------------------------------------------------------


def _pelvis(runner: Runner, time_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    position = pelvis_position(runner.parameters, runner.plan, time_s, shape=runner.shape)
    position[:, 2] += runner.base_m
    return position, pelvis_rotation(runner.parameters, runner.plan, time_s)


def _hip(runner: Runner, side: Side, time_s: FloatArray) -> FloatArray:
    position, rotation = _pelvis(runner, time_s)
    return rig.hip_centre(position, rotation, runner.body, side)


def _stance_pitch(runner: Runner, steps: NDArray[np.intp], share: FloatArray) -> FloatArray:
    """Foot pitch over stance: from landing to flat, flat, then heel off to toe-off."""
    landing = np.radians(runner.plan.inclination_deg[steps])
    down = 1.0 - np.clip(share / _FLAT_SHARE, 0.0, 1.0)
    heel_off = runner.parameters.heel_off_share
    rise = np.clip((share - heel_off) / (1.0 - heel_off), 0.0, None)
    pitch: FloatArray = landing * down**2 + runner.toe_off_pitch[steps] * 0.5 * (3 * rise**2 - rise**3)
    return pitch


def _stance_foot(
    runner: Runner, side: Side, steps: NDArray[np.intp], time_s: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Ankle (N, 3) and pitch (N,) of a foot on the belt; `steps` tells which stance each moment belongs to."""
    plan, body = runner.plan, runner.body
    contact_s = plan.contact_s[steps]
    share = (time_s - contact_s) / (plan.toe_off_s[steps] - contact_s)
    pitch = _stance_pitch(runner, steps, share)
    landed = _ankle_from_flat(runner, side, np.radians(plan.inclination_deg[steps]))
    position, _ = _pelvis(runner, contact_s)
    flat_x = position[:, 0] + plan.overstride[steps] * body.leg_length_m - landed[:, 0]
    flat_x = flat_x - runner.parameters.speed_mps * (time_s - contact_s)
    flat = np.stack([flat_x, plan.lateral_m[steps], np.full(len(steps), body.ankle_height_m)], axis=-1)
    return flat + _ankle_from_flat(runner, side, pitch), pitch


def _ankle_from_flat(runner: Runner, side: Side, pitch: FloatArray) -> FloatArray:
    """(N, 3) ankle against its place over a flat foot: toes up it turns about the heel, toes down about the toe."""
    toe_out = np.full(len(pitch), np.radians(runner.parameters.toe_out_deg[side]))
    turned = rig.foot_rotation(pitch=pitch, toe_out=toe_out, side=side)
    flat = rig.foot_rotation(pitch=np.zeros(len(pitch)), toe_out=toe_out, side=side)
    ankle = rig.ankle_in_foot(runner.body)
    pivot = np.where(pitch[:, None] >= 0, 0.0, np.array([runner.body.foot_m, 0.0, 0.0]))
    moved: FloatArray = np.einsum("nij,nj->ni", turned - flat, ankle - pivot)
    return moved


# --- legs ---------------------------------------------------------------------------------------------------------


def _leg(runner: Runner, side: Side, time_s: FloatArray) -> rig.Leg:
    """One leg over the clip: stances and swings put together."""
    plan = runner.plan
    hip = _hip(runner, side, time_s)
    ankle, knee, pitch = np.full((len(time_s), 3), np.nan), np.full((len(time_s), 3), np.nan), np.zeros(len(time_s))
    for step in _own_steps(plan, side):
        stance = (time_s >= plan.contact_s[step]) & (time_s <= plan.toe_off_s[step])
        swing = (time_s > plan.toe_off_s[step]) & (time_s < plan.contact_s[step + 2])
        if stance.any():
            steps = np.full(stance.sum(), step)
            ankle[stance], pitch[stance] = _stance_foot(runner, side, steps, time_s[stance])
            knee[stance] = _stance_knee(runner, side, steps, time_s[stance], hip[stance], ankle[stance])
        if swing.any():
            ankle[swing], pitch[swing] = _swing_foot(runner, side, step, time_s[swing], hip[swing])
            knee[swing] = _swing_knee(runner, side, step, time_s[swing], hip[swing], ankle[swing])
    toe_out = np.full(len(time_s), np.radians(runner.parameters.toe_out_deg[side]))
    return rig.Leg(hip, knee, ankle, rig.foot_rotation(pitch=pitch, toe_out=toe_out, side=side))


def _own_steps(plan: StepPlan, side: Side) -> NDArray[np.intp]:
    steps = np.flatnonzero((plan.is_left > 0) == (side == "left"))
    own: NDArray[np.intp] = steps[(steps >= 1) & (steps <= len(plan) - 4)]
    return own


def _stance_knee(
    runner: Runner, side: Side, steps: NDArray[np.intp], time_s: FloatArray, hip_m: FloatArray, ankle_m: FloatArray
) -> FloatArray:
    """(N, 3) knee that shows the planned FPPA: one smooth rise to its peak and back in each stance."""
    plan = runner.plan
    contact, toe_off = plan.contact_s[steps], plan.toe_off_s[steps]
    peak = contact + PEAK_SHARE * (toe_off - contact)
    bump = rig.smootherstep(np.minimum((time_s - contact) / (peak - contact), (toe_off - time_s) / (toe_off - peak)))
    peak_deg, low_deg = plan.fppa_deg[steps], plan.fppa_low_deg[steps]
    fppa = np.radians(low_deg + (peak_deg - low_deg) * bump)
    swivel = rig.swivel_for_fppa(hip_m, ankle_m, runner.body, side=side, fppa=fppa)
    return rig.knee_centre(hip_m, ankle_m, runner.body, side=side, swivel=swivel)


def _swing_knee(
    runner: Runner, side: Side, step: int, time_s: FloatArray, hip_m: FloatArray, ankle_m: FloatArray
) -> FloatArray:
    """(N, 3) knee whose sideways offset from the line hip to ankle passes from one stance to the next."""
    plan, body = runner.plan, runner.body
    ends = np.array([plan.toe_off_s[step], plan.contact_s[step + 2]])
    steps = np.array([step, step + 2])
    hips, (ankles, _) = _hip(runner, side, ends), _stance_foot(runner, side, steps, ends)
    knees = _stance_knee(runner, side, steps, ends, hips, ankles)
    chord = np.linalg.norm(knees - rig.knee_centre(hips, ankles, body, side=side), axis=-1)
    radius = rig.knee_radius(hips, ankles, body)
    offset = np.sign(rig.frontal_fppa(hips, knees, ankles, side)) * radius * np.tan(2 * np.arcsin(chord / (2 * radius)))
    share = rig.smootherstep((time_s - ends[0]) / (ends[1] - ends[0]))
    wanted = offset[0] + share * (offset[1] - offset[0])
    swivel = np.arctan2(wanted, rig.knee_radius(hip_m, ankle_m, body))
    return rig.knee_centre(hip_m, ankle_m, body, side=side, swivel=swivel)


def _leg_plane_angles(
    hip_m: FloatArray, ankle_m: FloatArray, pitch: FloatArray, body: Anthropometry
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Thigh ahead of the vertical, knee flexion and ankle dorsiflexion in the leg's own plane, radians."""
    line = ankle_m - hip_m
    distance, down = np.linalg.norm(line, axis=-1), np.hypot(line[:, 1], line[:, 2])
    flexion = rig.knee_flexion_at(distance, body)
    at_hip = np.arccos((body.thigh_m**2 + distance**2 - body.shank_m**2) / (2 * body.thigh_m * distance))
    thigh = np.arctan2(line[:, 0], down) + at_hip
    return thigh, flexion, pitch - (thigh - flexion)


def _swing_foot(
    runner: Runner, side: Side, step: int, time_s: FloatArray, hip_m: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Ankle (N, 3) and pitch (N,) from a toe-off to the same foot's next contact."""
    plan, body = runner.plan, runner.body
    start, end = plan.toe_off_s[step], plan.contact_s[step + 2]
    before = _joint_state(runner, side, step, start, pre=True)
    after = _joint_state(runner, side, step + 2, end, pre=False)
    mid = start + _SWING_SHARES[runner.parameters.walks] * (end - start)
    drive, recovery = np.radians(plan.drive_deg[step]), np.radians(plan.recovery_deg[step])
    knots = (
        [(mid[1], drive)],
        [(mid[0], recovery), (mid[1], _LATE_KNEE_SHARE * recovery)],
        [(mid[0], np.radians(-4.0)), (mid[1], np.radians(4.0))],
    )
    thigh, flexion, dorsi = (
        _clamped(start, end, inner, before[:, i], after[:, i], time_s) for i, inner in enumerate(knots)
    )
    shank = thigh - flexion
    ahead = body.thigh_m * np.sin(thigh) + body.shank_m * np.sin(shank)
    down = body.thigh_m * np.cos(thigh) + body.shank_m * np.cos(shank)
    y = _lateral_path(runner, side, step, time_s)
    tilt = np.arcsin((y - hip_m[:, 1]) / down)
    ankle = hip_m + np.stack([ahead, y - hip_m[:, 1], -down * np.cos(tilt)], axis=-1)
    return ankle, _clear_pitch(body, ankle[:, 2], shank + dorsi, (time_s - start) / (end - start))


def _clear_pitch(body: Anthropometry, ankle_z_m: FloatArray, pitch: FloatArray, share: FloatArray) -> FloatArray:
    """(N,) pitch with the toes lifted where they would catch the belt; untouched at both ends of swing."""
    ahead = body.foot_m - rig.ankle_in_foot(body)[0]
    reach = np.hypot(ahead, body.ankle_height_m)
    middle = np.sin(np.pi * share) ** 2
    sine = np.clip((_TOE_CLEARANCE_M * middle - ankle_z_m) / reach, -1.0, 1.0)
    least = np.arcsin(sine) + np.arctan2(body.ankle_height_m, ahead)
    lifted: FloatArray = 0.5 * (pitch + least + np.hypot(pitch - least, _CLEARANCE_BLEND * middle))
    return lifted


def _clamped(
    start: float,
    end: float,
    inner: list[tuple[float, float]],
    before: FloatArray,
    after: FloatArray,
    time_s: FloatArray,
) -> FloatArray:
    """Cubic spline through inner knots with value and rate given at both ends."""
    times = [start, *(t for t, _ in inner), end]
    values = [before[0], *(v for _, v in inner), after[0]]
    curve: FloatArray = CubicSpline(times, values, bc_type=((1, before[1]), (1, after[1])))(time_s)
    return curve


def _joint_state(runner: Runner, side: Side, step: int, time_s: float, *, pre: bool) -> FloatArray:
    """(2, 3) values and rates of thigh, knee and ankle angle where a swing starts (`pre`) or ends.

    At toe-off the rates are those of the stance; at contact those that bring the foot down a little slower than the
    belt and the hip would take it, as feet do land.
    """
    moments = np.array([time_s, time_s - _H_S if pre else time_s])
    hip = _hip(runner, side, moments)
    ankle, pitch = _stance_foot(runner, side, np.array([step, step]), moments)
    if not pre:
        falling = np.array([_LANDING_SLIP_MPS - runner.parameters.speed_mps, 0.0, -_LANDING_FALL_MPS])
        hip[1] = _hip(runner, side, moments[1:] - _H_S)[0]
        ankle[1] = ankle[0] - _H_S * falling
        pitch[1] = pitch[0]
    angles = np.stack(_leg_plane_angles(hip, ankle, pitch, runner.body))
    return np.stack([angles[:, 0], (angles[:, 0] - angles[:, 1]) / _H_S])


def _lateral_path(runner: Runner, side: Side, step: int, time_s: FloatArray) -> FloatArray:
    """(N,) sideways position of the swinging ankle, from where it left the belt to where it lands."""
    plan = runner.plan
    start, end = plan.toe_off_s[step], plan.contact_s[step + 2]
    left, _ = _stance_foot(runner, side, np.array([step, step]), np.array([start, start - _H_S]))
    lands, _ = _stance_foot(runner, side, np.array([step + 2]), np.array([end]))
    rates = [(left[0, 1] - left[1, 1]) / _H_S, 0.0]
    path: FloatArray = CubicHermiteSpline([start, end], [left[0, 1], lands[0, 1]], rates)(time_s)
    return path


# --- upper body ---------------------------------------------------------------------------------------------------


def _upper(runner: Runner, time_s: FloatArray) -> rig.Upper:
    """Trunk, arms and head: arms swing against the legs, the thorax against the pelvis, the head stays still."""
    p, plan = runner.parameters, runner.plan
    lean = np.radians(plan.lean_deg)
    phase = np.pi * step_phase(plan, time_s)
    forward: dict[Side, FloatArray] = {"left": -np.cos(phase), "right": np.cos(phase)}
    ones = np.ones(len(time_s))
    return rig.Upper(
        lean_left=stance_bumps(plan, time_s, left=lean, right=-lean),
        lean_forward=np.radians(p.trunk_flexion_deg) * ones,
        axial=np.radians(p.thorax_axial_deg) * np.cos(phase),
        arm_swing={s: np.radians(-14.0 + 0.5 * p.arm_swing_deg * forward[s]) for s in SIDES},
        arm_out={s: np.radians(p.arm_out_deg) * ones for s in SIDES},
        elbow={s: np.radians(p.elbow_flexion_deg + 8.0 * forward[s]) for s in SIDES},
        forearm_in={s: np.radians(p.forearm_in_deg + 8.0 * forward[s]) for s in SIDES},
        head_nod=np.radians(4.0) * ones,
        head_turn=np.zeros(len(time_s)),
    )
