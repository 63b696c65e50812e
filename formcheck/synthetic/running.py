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

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicHermiteSpline, CubicSpline

from formcheck.synthetic import rig
from formcheck.synthetic.run_core import RunState, hip_of, pelvis_pose, stance_foot
from formcheck.synthetic.run_fit import fitted_state
from formcheck.synthetic.run_pelvis import PEAK_SHARE, stance_bumps, step_phase
from formcheck.synthetic.run_plan import RunParameters, StepPlan
from formcheck.synthetic.skeleton import Anthropometry, FloatArray, SkeletonMotion
from formcheck.types import SIDES, Side

_SWING_SHARES = {False: np.array([0.47, 0.74]), True: np.array([0.40, 0.66])}
"""Shares of swing, running and walking, at which the knee is bent most and the thigh is furthest ahead."""
_LATE_KNEE_SHARE = 0.56
_LANDING_SLIP_MPS = 0.5
_LANDING_FALL_MPS = 0.55
_TOE_CLEARANCE_M = 0.025
_CLEARANCE_BLEND = 0.10
_H_S = 1e-4


@dataclass(frozen=True)
class Runner:
    """A runner ready to be asked for any moment of the clip."""

    state: RunState

    @property
    def body(self) -> Anthropometry:
        """The runner's proportions."""
        return self.state.body

    @property
    def plan(self) -> StepPlan:
        """Every step with its exact times."""
        return self.state.plan

    def at(self, time_s: FloatArray) -> SkeletonMotion:
        """The skeleton at these moments, (N,) seconds within the clip."""
        state = self.state
        pelvis_m, rotation = pelvis_pose(state, time_s)
        legs = {side: _leg(state, side, time_s) for side in SIDES}
        upper = _upper(state, time_s)
        return rig.assemble(state.body, time_s, pelvis_m=pelvis_m, pelvis=rotation, legs=legs, upper=upper)


def runner_of(body: Anthropometry, parameters: RunParameters, duration_s: float) -> Runner:
    """A runner who does what the parameters ask for this long.

    Raises
    ------
    ValueError
        When the values wanted do not fit together, such as a speed too high for the contact time and leg.
    """
    return Runner(fitted_state(body, parameters, duration_s))


# --- legs ---------------------------------------------------------------------------------------------------------


def _leg(state: RunState, side: Side, time_s: FloatArray) -> rig.Leg:
    """One leg over the clip: stances and swings put together."""
    plan = state.plan
    hip = hip_of(state, side, time_s)
    ankle, knee, pitch = np.full((len(time_s), 3), np.nan), np.full((len(time_s), 3), np.nan), np.zeros(len(time_s))
    for step in _own_steps(plan, side):
        stance = (time_s >= plan.contact_s[step]) & (time_s <= plan.toe_off_s[step])
        swing = (time_s > plan.toe_off_s[step]) & (time_s < plan.contact_s[step + 2])
        if stance.any():
            steps = np.full(stance.sum(), step)
            ankle[stance], pitch[stance] = stance_foot(state, side, steps, time_s[stance])
            knee[stance] = _stance_knee(state, side, steps, time_s[stance], hip[stance], ankle[stance])
        if swing.any():
            ankle[swing], pitch[swing] = _swing_foot(state, side, step, time_s[swing], hip[swing])
            knee[swing] = _swing_knee(state, side, step, time_s[swing], hip[swing], ankle[swing])
    toe_out = np.full(len(time_s), np.radians(state.parameters.toe_out_deg[side]))
    return rig.Leg(hip, knee, ankle, rig.foot_rotation(pitch=pitch, toe_out=toe_out, side=side))


def _own_steps(plan: StepPlan, side: Side) -> NDArray[np.intp]:
    steps = np.flatnonzero((plan.is_left > 0) == (side == "left"))
    own: NDArray[np.intp] = steps[(steps >= 1) & (steps <= len(plan) - 4)]
    return own


def _stance_knee(
    state: RunState, side: Side, steps: NDArray[np.intp], time_s: FloatArray, hip_m: FloatArray, ankle_m: FloatArray
) -> FloatArray:
    """(N, 3) knee that shows the planned FPPA: one smooth rise to its peak and back in each stance."""
    plan = state.plan
    contact, toe_off = plan.contact_s[steps], plan.toe_off_s[steps]
    peak = contact + PEAK_SHARE * (toe_off - contact)
    bump = rig.smootherstep(np.minimum((time_s - contact) / (peak - contact), (toe_off - time_s) / (toe_off - peak)))
    peak_deg, low_deg = plan.fppa_deg[steps], plan.fppa_low_deg[steps]
    fppa = np.radians(low_deg + (peak_deg - low_deg) * bump)
    swivel = rig.swivel_for_fppa(hip_m, ankle_m, state.body, side=side, fppa=fppa)
    return rig.knee_centre(hip_m, ankle_m, state.body, side=side, swivel=swivel)


def _swing_knee(
    state: RunState, side: Side, step: int, time_s: FloatArray, hip_m: FloatArray, ankle_m: FloatArray
) -> FloatArray:
    """(N, 3) knee whose sideways offset from the line hip to ankle passes from one stance to the next."""
    plan, body = state.plan, state.body
    ends = np.array([plan.toe_off_s[step], plan.contact_s[step + 2]])
    steps = np.array([step, step + 2])
    hips, (ankles, _) = hip_of(state, side, ends), stance_foot(state, side, steps, ends)
    knees = _stance_knee(state, side, steps, ends, hips, ankles)
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
    state: RunState, side: Side, step: int, time_s: FloatArray, hip_m: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Ankle (N, 3) and pitch (N,) from a toe-off to the same foot's next contact."""
    plan, body = state.plan, state.body
    start, end = plan.toe_off_s[step], plan.contact_s[step + 2]
    before = _joint_state(state, side, step, start, pre=True)
    after = _joint_state(state, side, step + 2, end, pre=False)
    mid = start + _SWING_SHARES[state.parameters.walks] * (end - start)
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
    y = _lateral_path(state, side, step, time_s)
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


def _joint_state(state: RunState, side: Side, step: int, time_s: float, *, pre: bool) -> FloatArray:
    """(2, 3) values and rates of thigh, knee and ankle angle where a swing starts (`pre`) or ends.

    At toe-off the rates are those of the stance; at contact those that bring the foot down a little slower than the
    belt and the hip would take it, as feet do land.
    """
    moments = np.array([time_s, time_s - _H_S if pre else time_s])
    hip = hip_of(state, side, moments)
    ankle, pitch = stance_foot(state, side, np.array([step, step]), moments)
    if not pre:
        falling = np.array([_LANDING_SLIP_MPS - state.parameters.speed_mps, 0.0, -_LANDING_FALL_MPS])
        hip[1] = hip_of(state, side, moments[1:] - _H_S)[0]
        ankle[1] = ankle[0] - _H_S * falling
        pitch[1] = pitch[0]
    angles = np.stack(_leg_plane_angles(hip, ankle, pitch, state.body))
    return np.stack([angles[:, 0], (angles[:, 0] - angles[:, 1]) / _H_S])


def _lateral_path(state: RunState, side: Side, step: int, time_s: FloatArray) -> FloatArray:
    """(N,) sideways position of the swinging ankle, from where it left the belt to where it lands."""
    plan = state.plan
    start, end = plan.toe_off_s[step], plan.contact_s[step + 2]
    left, _ = stance_foot(state, side, np.array([step, step]), np.array([start, start - _H_S]))
    lands, _ = stance_foot(state, side, np.array([step + 2]), np.array([end]))
    rates = [(left[0, 1] - left[1, 1]) / _H_S, 0.0]
    path: FloatArray = CubicHermiteSpline([start, end], [left[0, 1], lands[0, 1]], rates)(time_s)
    return path


# --- upper body ---------------------------------------------------------------------------------------------------


def _upper(state: RunState, time_s: FloatArray) -> rig.Upper:
    """Trunk, arms and head: arms swing against the legs, the thorax against the pelvis, the head stays still."""
    p, plan = state.parameters, state.plan
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
