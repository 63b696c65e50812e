"""Fit a runner's free constants to what was asked: pelvis heights, shape of the push, heel rise at toe-off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.optimize import brentq

from formcheck.synthetic.run_core import RunState, flexion_at
from formcheck.synthetic.run_plan import RunParameters, plan_steps
from formcheck.synthetic.skeleton import Anthropometry, FloatArray

_SHAPE_LIMITS = (0.0, 0.24)
"""Third harmonic of the push, as a share of its mean. Above, it would pull; below, the ground would take up the weight
later than a half-sine does, and real ground reaction takes it up sooner (Milner & Paquette 2015)."""
_PITCH_LIMITS = (np.radians(-88.0), np.radians(-25.0))
_LANDING_LIMITS_M = (-0.035, 0.035)
_EARLIEST_HEEL_OFF = 0.28
_LEAST_FLEXION = np.radians(5.0)
_HALVINGS = 24
_SHARES = np.linspace(0.0, 1.0, 31)[:, None]


def fitted_state(body: Anthropometry, parameters: RunParameters, duration_s: float) -> RunState:
    """Plan the steps and fit the constants.

    Raises
    ------
    ValueError
        When the values wanted do not fit together, such as a speed too high for the contact time and leg.
    """
    plan = plan_steps(parameters, duration_s)
    standing_m = body.leg_length_m + body.ankle_height_m
    n = len(plan)
    state = RunState(body, parameters, plan, standing_m, np.zeros(n), 0.0, np.full(n, np.radians(-55.0)))
    state = _with_base(state)
    if parameters.walks:
        return _with_heel_off(_with_base(_with_toe_off_pitch(state)))
    return _with_heel_off(_with_shape(_with_landings(state)))


def _with_heel_off(state: RunState) -> RunState:
    """Heel off early enough for the trailing leg to reach the belt, with the knee bent as real ones are."""
    for heel_off in np.arange(state.parameters.heel_off_share, _EARLIEST_HEEL_OFF, -0.03):
        parameters = replace(state.parameters, heel_off_share=float(heel_off))
        trial = _with_toe_off_pitch(replace(state, parameters=parameters))
        if np.min(flexion_at(trial, _SHARES)) > _LEAST_FLEXION:
            return trial
    raise ValueError("the trailing leg does not reach the belt: lower speed or contact time, or land further ahead")


def _with_base(state: RunState) -> RunState:
    """Height of the pelvis: wanted knee flexion at contact; walking, the standing knee never quite straight."""
    standing_m = state.body.leg_length_m + state.body.ankle_height_m

    def excess(base_m: float) -> float:
        trial = replace(state, base_m=base_m)
        if state.parameters.walks:
            return float(np.min(flexion_at(trial, _SHARES)) - _LEAST_FLEXION)
        return float(np.mean(flexion_at(trial, 0.0) - _contact_flexion(state)))

    return replace(state, base_m=_root_within(excess, (0.7 * standing_m, 1.05 * standing_m)))


def _with_landings(state: RunState) -> RunState:
    """Height of the pelvis at each contact: wanted knee flexion of every step."""
    wanted = _contact_flexion(state)

    def excess(landing_m: FloatArray) -> FloatArray:
        above: FloatArray = flexion_at(replace(state, landing_m=landing_m), 0.0) - wanted
        return above

    return replace(state, landing_m=_falling_root(excess, _LANDING_LIMITS_M, len(state.plan)))


def _contact_flexion(state: RunState) -> FloatArray:
    """(K − 4,) bend of the knee in space, radians, for the wanted flexion from the side and FPPA in front."""
    plan = state.plan
    bend: FloatArray = np.radians(np.hypot(plan.knee_contact_deg, plan.fppa_low_deg))
    return bend[2:-2]


def _falling_root(excess: Callable[[FloatArray], FloatArray], limits: tuple[float, float], n: int) -> FloatArray:
    """(n,) per step, where a falling function is 0, or the limit that comes nearest."""
    low, high = (np.full(n, limit) for limit in limits)
    inner = slice(2, n - 2)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        above = excess(middle) > 0
        low[inner] = np.where(above, middle[inner], low[inner])
        high[inner] = np.where(above, high[inner], middle[inner])
    root: FloatArray = 0.5 * (low + high)
    return root


def _with_shape(state: RunState) -> RunState:
    """Shape of the push: wanted peak knee flexion."""
    loading = np.linspace(0.2, 0.65, 16)[:, None]

    def excess(shape: float) -> float:
        shaped = replace(state, shape=shape)
        peak = np.max(flexion_at(shaped, loading), axis=0)
        return float(np.mean(peak) - np.radians(state.parameters.knee_flexion_peak_deg))

    return replace(state, shape=_root_within(excess, _SHAPE_LIMITS))


def _with_toe_off_pitch(state: RunState) -> RunState:
    """Pitch of the foot at toe-off: wanted knee flexion there; more heel rise bends the knee more."""
    wanted = np.radians(state.parameters.knee_flexion_toe_off_deg)

    def excess(pitch: FloatArray) -> FloatArray:
        above: FloatArray = flexion_at(replace(state, toe_off_pitch=pitch), 1.0) - wanted
        return above

    return replace(state, toe_off_pitch=_falling_root(excess, _PITCH_LIMITS, len(state.plan)))


def _root_within(excess: Callable[[float], float], limits: tuple[float, float]) -> float:
    """Where a monotone function is 0, or the limit that comes nearest."""
    low, high = (excess(limit) for limit in limits)
    if low * high > 0:
        return limits[0] if abs(low) < abs(high) else limits[1]
    return float(brentq(excess, *limits, xtol=1e-7))
