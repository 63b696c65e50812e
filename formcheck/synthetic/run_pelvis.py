"""The runner's pelvis: ballistic in flight, pushed in stance, tilted and turned as planned."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from formcheck.synthetic import rig
from formcheck.synthetic.run_plan import RunParameters, StepPlan
from formcheck.synthetic.skeleton import FloatArray

GRAVITY_MPS2 = 9.81
PEAK_SHARE = 0.42
"""Share of stance at which FPPA, pelvic drop and trunk lean peak."""
_BUMP_LEAD = 0.06
_SURGE_MPS = 0.025
"""Speed lost and won again in a stance, per m/s of running speed."""
_WALKING_RISE_M = 0.012
_WANDER_M = np.array([0.018, 0.007])
_WANDER_S = np.array([[11.0, 5.3], [9.0, 6.1]])


def step_index(plan: StepPlan, time_s: FloatArray) -> NDArray[np.intp]:
    """(N,) the step whose contact came last."""
    index = np.searchsorted(plan.contact_s, time_s, side="right") - 1
    return np.clip(index, 1, len(plan) - 3)


def step_phase(plan: StepPlan, time_s: FloatArray) -> FloatArray:
    """(N,) steps since a left contact: even at left contacts, odd at right ones, smooth between."""
    count = np.arange(len(plan)) + (0.0 if plan.is_left[0] else 1.0)
    phase: FloatArray = CubicSpline(plan.contact_s, count)(time_s)
    return phase


def stance_bumps(plan: StepPlan, time_s: FloatArray, *, left: FloatArray, right: FloatArray) -> FloatArray:
    """(N,) a smooth curve that is `left[k]` or `right[k]` at the peak moment of each step and 0 between.

    The bumps of two steps in a row meet but do not overlap, so that each peak is exact.
    """
    peak_s = plan.contact_s + PEAK_SHARE * (plan.toe_off_s - plan.contact_s)
    step_s = np.gradient(plan.contact_s)
    start_s = plan.contact_s - _BUMP_LEAD * step_s
    k = np.clip(np.searchsorted(start_s, time_s, side="right") - 1, 0, len(plan) - 2)
    rise = (time_s - start_s[k]) / (peak_s[k] - start_s[k])
    fall = (start_s[k + 1] - time_s) / (start_s[k + 1] - peak_s[k])
    height = np.where(plan.is_left[k] > 0, left[k], right[k])
    return height * rig.smootherstep(np.minimum(rise, fall))


def pelvis_position(
    parameters: RunParameters, plan: StepPlan, time_s: FloatArray, *, shape: float, landing_m: FloatArray
) -> FloatArray:
    """(N, 3) mid-hips; z is counted from its height at toe-off, which at contact `k` is `landing_m[k]`."""
    k = step_index(plan, time_s)
    x = _fore_aft(parameters, plan, time_s, k) + _wander(parameters.seed, 0, time_s)
    mid_phase = 0.5 * PEAK_SHARE
    sway = parameters.pelvis_sway_m * np.cos(np.pi * (step_phase(plan, time_s) - mid_phase))
    y = sway + _wander(parameters.seed, 1, time_s)
    z = _walking_height(plan, time_s) if parameters.walks else _vertical(plan, time_s, k, shape, landing_m)
    return np.stack([x, y, z], axis=-1)


def pelvis_rotation(parameters: RunParameters, plan: StepPlan, time_s: FloatArray) -> FloatArray:
    """(N, 3, 3) pelvis: drop from the plan, axial turn towards the swinging leg's contact, constant forward tilt."""
    drop = np.radians(plan.drop_deg)
    axial = np.radians(parameters.pelvis_axial_deg) * np.cos(np.pi * (step_phase(plan, time_s) - 1.0))
    return rig.pelvis_rotation(
        axial=axial,
        obliquity=stance_bumps(plan, time_s, left=drop, right=-drop),
        tilt=np.full(len(time_s), np.radians(parameters.pelvis_tilt_deg)),
    )


def _wander(seed: int, axis: int, time_s: FloatArray) -> FloatArray:
    phase = np.random.default_rng([seed, 307, axis]).uniform(0, 2 * np.pi, 2)
    wave: FloatArray = np.sin(2 * np.pi * time_s[:, None] / _WANDER_S[axis] + phase) @ np.array([0.7, 0.3])
    metres: FloatArray = _WANDER_M[axis] * wave
    return metres


def _fore_aft(parameters: RunParameters, plan: StepPlan, time_s: FloatArray, k: NDArray[np.intp]) -> FloatArray:
    """A sine of braking and push in stance, constant speed in flight; back at 0 at every contact."""
    fast = _SURGE_MPS * parameters.speed_mps
    t = time_s - plan.contact_s[k]
    stance, step = plan.toe_off_s[k] - plan.contact_s[k], plan.contact_s[k + 1] - plan.contact_s[k]
    brake = 2 * np.pi * fast * step / stance**2
    s = np.clip(t, 0.0, stance)
    moved = fast * s - brake * stance / (2 * np.pi) * (s - stance / (2 * np.pi) * np.sin(2 * np.pi * s / stance))
    x: FloatArray = moved + fast * (t - s)
    return x


def _walking_height(plan: StepPlan, time_s: FloatArray) -> FloatArray:
    """Over the standing leg as an inverted pendulum: highest at midstance, lowest with both feet on the belt."""
    z: FloatArray = -_WALKING_RISE_M * np.cos(2 * np.pi * (step_phase(plan, time_s) + 0.1))
    return z


def _vertical(
    plan: StepPlan, time_s: FloatArray, k: NDArray[np.intp], shape: float, landing_m: FloatArray
) -> FloatArray:
    """Height above that at toe-off: parabola in flight, integral of the push in stance."""
    contact, toe_off = plan.contact_s, plan.toe_off_s
    t, length = time_s - contact[k], toe_off[k] - contact[k]
    flight_in, flight_out = contact[k] - toe_off[k - 1], contact[k + 1] - toe_off[k]
    v_in = landing_m[k] / flight_in - 0.5 * GRAVITY_MPS2 * flight_in
    v_out = landing_m[k + 1] / flight_out + 0.5 * GRAVITY_MPS2 * flight_out
    mean = 0.5 * np.pi / length * (v_out - v_in + GRAVITY_MPS2 * length)
    third = shape * mean
    first = mean - third / 3
    rise = -landing_m[k] / length**2
    second = 2 * (np.pi * (rise + 0.5 * GRAVITY_MPS2 - v_in / length) - first - third / 3)
    push = sum(
        amplitude / n * (t - length / (n * np.pi) * np.sin(n * np.pi * t / length))
        for n, amplitude in ((1, first), (2, second), (3, third))
    )
    stance = landing_m[k] + v_in * t - 0.5 * GRAVITY_MPS2 * t**2 + length / np.pi * push
    s = time_s - toe_off[k]
    flight = v_out * s - 0.5 * GRAVITY_MPS2 * s**2
    z: FloatArray = np.where(t <= length, stance, flight)
    return z
