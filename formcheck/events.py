"""Initial contact and toe-off of treadmill running, from landmarks, in any view. Pure.

Steps come from the bounce of the body, which the pose model tracks best at the shoulders and which no left/right
swap can disturb; the foot that is lower at the lowest point of the bounce is the
standing foot. Contact and toe-off are then searched around each of these moments. The ankle's lowest
point is near midstance and is never taken for contact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from formcheck import geometry, signals
from formcheck.gait_phase import body_phase, fit_cycle, waves
from formcheck.landing import landing_shifts
from formcheck.rhythm import Rhythm, leg_length_px
from formcheck.signals import frames_within
from formcheck.types import SIDES, FloatArray, PoseSequence, Side, View
from formcheck.view import CameraView

_BOUNCE_HZ = 8.0
_BOUNCE_HARMONICS = 4
_KNEE_HARMONICS = 8
_GRID = 1001
_LEAST_STEPS = 6
_EXTENSION_LEAD_S, _EXTENSION_SLOPE, _USUAL_STEP_S = 0.035, 0.25, 0.375
"""The knee is straightest so long before contact at a usual step time, less at a quick one (J, rendered athletes)."""
_USUAL_CONTACT_S = 0.225
_CYCLE_TOE_OFF_LEAD = 1.2
_CONTACT_LEAD = 0.95
_TOE_OFF_LEAD = 1.05
"""Shares of the half-sine lead: real ground reaction rises faster at contact than it falls at toe-off.

Milner & Paquette 2015 place the pelvis' fastest fall 15 ms after contact; a half-sine would place it 35 ms after."""
_STEADY = 0.7
_FOOT_HZ = 12.0
_KNEE_HZ = 10.0
_FOOT_LEAST_FPS = 58.0
_LANDED = 0.33
_LIFTED = 0.25
"""A foot point rests on the belt while it moves against it by less than this share of the belt's speed."""
_LANDING_OFFSET_S = 0.004
_TOE_OFF_OFFSET_S = 0.017
_AGREE_S = 0.07
_NEAR_S = 0.04


@dataclass(frozen=True)
class Step:
    """One foot's time on the ground; times in seconds, between frames."""

    side: Side
    contact_s: float
    midstance_s: float
    toe_off_s: float


@dataclass(frozen=True)
class Bounce:
    """The body's rise and fall: height and upward speed in px and px/s, (N,) each."""

    time_s: FloatArray
    height: FloatArray
    speed: FloatArray


def body_bounce(pose: PoseSequence, *, view: View) -> Bounce:
    """Height (up) of the body, low-passed at 8 Hz.

    From behind and in front the shoulders': MediaPipe's hip points shift there with the pelvis' drop and the swinging
    leg. From the side the hips', since the arms' swing moves the shoulder points. The other pair stands in where one
    was not tracked, and true hip centres are always the better ones.
    """
    pairs = {joint: pose.midpoint(joint)[:, 1] for joint in ("shoulder", "hip")}
    first, second = ("hip", "shoulder") if view == "side" or pose.trusted_hips else ("shoulder", "hip")
    y = pairs[first] if np.isfinite(pairs[first]).mean() > 0.5 else pairs[second]
    y = signals.fill_gaps(y[:, None], pose.time_s, longest_s=0.25)
    smooth = -signals.low_pass(y, pose.time_s, cutoff_hz=_BOUNCE_HZ)[:, 0]
    return Bounce(pose.time_s, smooth, signals.derivative(smooth, pose.time_s))


def find_steps(pose: PoseSequence, camera: CameraView, rhythm: Rhythm) -> tuple[Step, ...]:
    """Every whole stance in the clip, both feet, in order of time.

    1. Lowest points of the body's bounce, one a step, give midstance.
    2. Sides alternate; the alternation that fits the feet's heights at midstance best is taken.
    3. Contact and toe-off from the bounce, as of a spring and mass (`spring_mass_stance`).
    4. Steps of a foot are alike: the spans before and after midstance are drawn towards that foot's median.
    5. From the side the clip's mean stride gives both (`gait_phase`): its bounce as in 3, and for contact the knee's
       fullest extension at the end of swing, which comes about 35 ms before it, as a second witness. Heel and toe
       points are none: against the belt MediaPipe's come to rest 15 to 80 ms off. True points (`trusted_hips`) do tell:
       there contact and toe-off are those of the near foot on the belt, with the knee's extension for toe-off (Fellin).
    6. Where the near foot was followed in the pixels, its contacts are those of its sole (`landing`), and the far
       foot's are moved by as much as is usual: what the mean stride gets wrong it gets wrong for both.

    pose : repaired, not yet low-passed landmarks.
    """
    step_s = 0.5 * rhythm.stride_s
    bounce = body_bounce(pose, view=camera.view)
    lowest = lowest_points(bounce, step_s)
    if len(lowest) < 2:
        return ()
    rough = [
        Step(side, stance[0], mid, stance[1])
        for side, mid in zip(_sides(pose, lowest, step_s), lowest, strict=True)
        if (stance := spring_mass_stance(bounce, mid, step_s)) is not None
    ]
    rough = _steadied(rough)
    if camera.view == "side" and pose.trusted_hips:
        rough = _settle_near_foot(rough, pose, camera)
    elif camera.view == "side" and len(rough) >= _LEAST_STEPS:
        rough = _landed(_of_the_cycle(rough, pose, camera, step_s), pose, camera)
    return tuple(s for s in rough if s.contact_s < s.midstance_s < s.toe_off_s)


def lowest_points(bounce: Bounce, step_s: float) -> FloatArray:
    """Times of the lowest points of the bounce, one a step, between frames."""
    from scipy.signal import find_peaks

    frame_s = float(np.median(np.diff(bounce.time_s)))
    down = np.nan_to_num(-bounce.height, nan=float(np.nanmin(-bounce.height)))
    spread = np.nanpercentile(down, 90) - np.nanpercentile(down, 10)
    peaks, _ = find_peaks(down, distance=max(int(0.6 * step_s / frame_s), 1), prominence=0.25 * spread)
    return np.array([_vertex(bounce.time_s, down, int(k)) for k in peaks])


def steps_counted(lowest: FloatArray, step_s: float) -> NDArray[np.intp]:
    """Number of each step from the first, missed ones counted."""
    gaps = np.maximum(np.rint(np.diff(lowest) / step_s), 1)
    return np.asarray(np.concatenate([[0], np.cumsum(gaps)]), dtype=np.intp)


def _vertex(time_s: FloatArray, values: FloatArray, k: int) -> float:
    """Time of the extreme of the parabola through frame k and its neighbours."""
    if k <= 0 or k >= len(values) - 1:
        return float(time_s[k])
    a, b, c = values[k - 1 : k + 2].tolist()
    before_s, here_s, after_s = time_s[k - 1 : k + 2].tolist()
    bend = a - 2 * b + c
    shift = 0.5 * (a - c) / bend if bend != 0 and math.isfinite(bend) else 0.0
    return float(here_s + min(max(shift, -0.5), 0.5) * 0.5 * (after_s - before_s))


def _sides(pose: PoseSequence, lowest: FloatArray, step_s: float) -> list[Side]:
    """Side of each step, alternating, by which foot is lower at the lowest points of the bounce."""
    difference = pose.joint("ankle", "left")[:, 1] - pose.joint("ankle", "right")[:, 1]
    evidence = []
    for mid in lowest:
        near = difference[frames_within(pose.time_s, mid - 0.2 * step_s, mid + 0.2 * step_s)]
        near = near[np.isfinite(near)]
        evidence.append(float(np.median(near)) if near.size else 0.0)
    counts = steps_counted(lowest, step_s)
    parity = np.where(counts % 2 == 0, 1.0, -1.0)
    first_is_left = float(np.sum(parity * np.array(evidence))) >= 0
    return ["left" if (p > 0) == first_is_left else "right" for p in parity]


def spring_mass_stance(bounce: Bounce, mid_s: float, step_s: float) -> tuple[float, float] | None:
    """Contact and toe-off from the body's vertical speed, as of a spring and mass.

    The body's downward speed is greatest when the ground first carries its whole weight, its upward speed
    when it last does. With a half-sine ground reaction of duration c in steps of duration T these moments lie
    c/π·asin(2c/(πT)) inside the stance (the mean force over a step is the weight), which is solved for c.
    None where the speed's extremes cannot be found.
    """
    before = frames_within(bounce.time_s, mid_s - 0.65 * step_s, mid_s)
    after = frames_within(bounce.time_s, mid_s, mid_s + 0.65 * step_s)
    if not _whole(before, bounce, mid_s - 0.45 * step_s) or not _whole(after, bounce, mid_s + 0.45 * step_s):
        return None
    if before.stop - before.start < 3 or after.stop - after.start < 3:
        return None
    fall = _vertex(bounce.time_s, -bounce.speed, before.start + int(np.argmin(bounce.speed[before])))
    rise = _vertex(bounce.time_s, bounce.speed, after.start + int(np.argmax(bounce.speed[after])))
    inside = rise - fall
    lead = 0.5 * (_contact_duration(inside, step_s) - inside)
    return fall - _CONTACT_LEAD * lead, rise + _TOE_OFF_LEAD * lead


def _whole(part: slice, bounce: Bounce, must_reach_s: float) -> bool:
    """Whether the window has data throughout and reaches as far as it must."""
    reaches = bounce.time_s[0] <= must_reach_s <= bounce.time_s[-1]
    return bool(reaches and part.stop > part.start and np.isfinite(bounce.speed[part]).all())


def _contact_duration(inside_s: float, step_s: float) -> float:
    """Contact time c whose inner span c − 2·(c/π)·asin(2c/(πT)) is `inside_s`."""
    from scipy.optimize import brentq

    def miss(c: float) -> float:
        return c - 2.0 * c / math.pi * math.asin(min(2.0 * c / (math.pi * step_s), 1.0)) - inside_s

    low, high = 0.3 * step_s, 1.2 * step_s
    if miss(low) * miss(high) > 0:
        return float(np.clip(inside_s * 1.35, low, high))
    return float(brentq(miss, low, high))


def _steadied(rough: list[Step]) -> list[Step]:
    """Steps with the spans contact–midstance and midstance–toe-off drawn towards the foot's own median."""
    usual = {}
    for side in {step.side for step in rough}:
        own = [s for s in rough if s.side == side]
        spans = [(s.midstance_s - s.contact_s, s.toe_off_s - s.midstance_s) for s in own]
        usual[side] = tuple(float(m) for m in np.median(spans, axis=0))
    steady = []
    for step in rough:
        before, after = usual[step.side]
        contact = step.contact_s + _STEADY * (step.midstance_s - before - step.contact_s)
        toe_off = step.toe_off_s + _STEADY * (step.midstance_s + after - step.toe_off_s)
        steady.append(Step(step.side, contact, step.midstance_s, toe_off))
    return steady


def _of_the_cycle(rough: list[Step], pose: PoseSequence, camera: CameraView, step_s: float) -> list[Step]:
    """Steps timed by the clip's mean stride: its contact and toe-off at each step's own phase."""
    middle = np.array([s.midstance_s for s in rough])
    phase = body_phase(pose, middle, steps_counted(middle, step_s))
    turn_s = 2.0 * np.pi / float(np.polyfit(pose.time_s, phase, 1)[0])
    timed: list[Step] = []
    for side in SIDES:
        own = [s for s in rough if s.side == side]
        if not own:
            continue
        centre = _mean_phase(np.interp([s.midstance_s for s in own], pose.time_s, phase))
        stance = _mean_stance(pose, phase - centre, turn_s, side, camera.facing_x)
        if stance is None:
            return rough
        for step in own:
            here = float(np.interp(step.midstance_s, pose.time_s, phase))
            zero = centre + 2.0 * np.pi * np.round((here - centre) / (2.0 * np.pi))
            moments = np.interp(zero + 2.0 * np.pi / turn_s * np.array(stance), phase, pose.time_s)
            timed.append(Step(side, *(float(m) for m in moments)))
    return sorted(timed, key=lambda s: s.midstance_s)


def _landed(steps: list[Step], pose: PoseSequence, camera: CameraView) -> list[Step]:
    """Steps with contacts from the near foot's sole; as they are where it was not followed."""
    near = [s for s in steps if s.side == camera.near_side]
    times = np.array([(s.contact_s, s.toe_off_s) for s in near]).reshape(-1, 2)
    shifts = landing_shifts(pose, times[:, 0], times[:, 1], camera.facing_x)
    if not np.isfinite(shifts).all() or not near:
        return steps
    own = {(s.side, s.contact_s): float(shift) for s, shift in zip(near, shifts, strict=True)}
    usual = float(np.median(shifts))
    return [replace(s, contact_s=s.contact_s + own.get((s.side, s.contact_s), usual)) for s in steps]


def _mean_phase(phases: FloatArray) -> float:
    return float(np.angle(np.mean(np.exp(1j * phases))))


def _mean_stance(
    pose: PoseSequence, phase: FloatArray, turn_s: float, side: Side, facing_x: int
) -> tuple[float, float, float] | None:
    """Contact, midstance and toe-off of one foot in the mean stride, seconds from phase 0; None where not found."""
    grid = np.linspace(-np.pi, np.pi, _GRID)
    time = grid / (2.0 * np.pi) * turn_s
    height = sum(-fit_cycle(pose.midpoint(j)[:, 1:], phase, harmonics=_BOUNCE_HARMONICS) for j in ("hip", "shoulder"))
    rise = (waves(grid, _BOUNCE_HARMONICS) @ np.asarray(height))[:, 0]
    bounce = Bounce(time, rise, signals.derivative(rise, time))
    near_mid = np.flatnonzero(np.abs(time) < 0.15 * turn_s)
    mid = float(time[near_mid[np.argmin(rise[near_mid])]])
    before, after = (time > mid - 0.325 * turn_s) & (time < mid), (time > mid) & (time < mid + 0.325 * turn_s)
    fall = float(time[before][np.argmin(bounce.speed[before])])
    rise = float(time[after][np.argmax(bounce.speed[after])])
    lead = _usual_lead(0.5 * turn_s)
    contact = fall - _CONTACT_LEAD * lead
    extension = _swing_extension(pose, phase, time, side, facing_x, contact)
    before_contact = _EXTENSION_LEAD_S + _EXTENSION_SLOPE * (0.5 * turn_s - _USUAL_STEP_S)
    witnesses = [contact] if not np.isfinite(extension) else [contact, extension + before_contact]
    return float(np.mean(witnesses)), mid, rise + _CYCLE_TOE_OFF_LEAD * lead


def _usual_lead(step_s: float) -> float:
    """Lead of contact before the body's fastest fall, as in `spring_mass_stance`, for a usual contact time.

    Solved for the contact time, as a single bounce is, any error of the two moments comes back doubled.
    """
    return float(_USUAL_CONTACT_S / np.pi * np.arcsin(min(2.0 * _USUAL_CONTACT_S / (np.pi * step_s), 1.0)))


def _swing_extension(
    pose: PoseSequence, phase: FloatArray, time: FloatArray, side: Side, facing_x: int, contact_s: float
) -> float:
    """When the knee is straightest before contact in the mean stride; NaN where it is so at an end of the window."""
    middle = pose.midpoint("hip")
    columns = np.concatenate([pose.joint(j, side) - middle for j in ("hip", "knee", "ankle")], axis=1)
    cycle = fit_cycle(columns / leg_length_px(pose), phase, harmonics=_KNEE_HARMONICS)
    points = waves(time / (time[-1] - time[0]) * 2.0 * np.pi, _KNEE_HARMONICS) @ cycle
    knee = facing_x * geometry.bend_deg(points[:, :2], points[:, 2:4], points[:, 4:])
    rows = np.flatnonzero((time > contact_s - 0.11) & (time < contact_s + 0.05))
    k = int(rows[np.argmin(knee[rows])])
    return float(time[k]) if rows[0] < k < rows[-1] else float("nan")


def _settle_near_foot(rough: list[Step], pose: PoseSequence, camera: CameraView) -> list[Step]:
    """The near foot's steps with contact and toe-off from the foot itself; the far foot's as they are."""
    near: Side = camera.near_side or "right"
    own = [s for s in rough if s.side == near]
    if pose.fps < _FOOT_LEAST_FPS or len(own) < 2:
        return rough
    foot = belt_motion(signals.clean(pose, cutoff_hz=_FOOT_HZ, longest_gap_s=0.1), near, camera.facing_x, own)
    knee = _knee_flexion(pose, near, camera.facing_x)
    settled = {s.midstance_s: _settle(s, foot, knee) for s in own}
    return [settled.get(s.midstance_s, s) if s.side == near else s for s in rough]


@dataclass(frozen=True)
class BeltMotion:
    """How fast heel and toe move against the belt, as a share of the belt's speed; (N,) each, 0 when planted."""

    time_s: FloatArray
    heel: FloatArray
    toe: FloatArray

    @cached_property
    def stiller(self) -> FloatArray:
        """(N,) the lower of the two."""
        return np.fmin(self.heel, self.toe)


def belt_motion(pose: PoseSequence, side: Side, facing_x: int, steps: list[Step]) -> BeltMotion:
    """Speed of heel and toe against the belt, whose speed is that of the ankle around midstance."""
    time = pose.time_s
    middle = np.array([s.midstance_s for s in steps])
    around = signals.seconds_to_nearest(time, middle) < 0.04
    ankle = facing_x * signals.derivative(pose.joint("ankle", side)[:, 0], time)
    belt = -float(np.nanmedian(ankle[around])) if np.isfinite(ankle[around]).any() else float("nan")

    def against_belt(joint: str) -> FloatArray:
        velocity = signals.derivative(pose.joint(joint, side), time)
        return np.asarray(np.hypot(facing_x * velocity[:, 0] + belt, velocity[:, 1]) / belt)

    return BeltMotion(time, against_belt("heel"), against_belt("foot_index"))


def _settle(step: Step, foot: BeltMotion, knee: FloatArray) -> Step:
    """Contact: heel or toe, whichever is first, stops against the belt. Toe-off: the toe leaves it."""
    landing = _nearest_fall(foot.time_s, foot.stiller, step.contact_s, _LANDED) + _LANDING_OFFSET_S
    toe_off = _crossing(foot.time_s, foot.toe, step.midstance_s + 0.05, step.toe_off_s + 0.1, _LIFTED)
    witnesses = np.array([toe_off - _TOE_OFF_OFFSET_S, _extension_s(foot.time_s, knee, step), step.toe_off_s])
    agreeing = np.isfinite(witnesses) & (np.abs(witnesses - step.toe_off_s) < _AGREE_S)
    return Step(
        step.side,
        landing if np.isfinite(landing) else step.contact_s,
        step.midstance_s,
        float(np.median(witnesses[agreeing])),
    )


def _nearest_fall(time_s: FloatArray, values: FloatArray, near_s: float, level: float) -> float:
    """Moment nearest to `near_s`, within `_NEAR_S` of it, at which values fall through a level; NaN without one."""
    part = frames_within(time_s, near_s - _NEAR_S, near_s + _NEAR_S)
    around = slice(max(part.start - 1, 0), part.stop + 1)
    time_s, values = time_s[around], values[around]
    falls = np.flatnonzero((values[:-1] >= level) & (values[1:] < level))
    share = (values[falls] - level) / (values[falls] - values[falls + 1])
    moments = time_s[falls] + share * (time_s[falls + 1] - time_s[falls])
    close = moments[np.abs(moments - near_s) <= _NEAR_S]
    return float(close[np.argmin(np.abs(close - near_s))]) if len(close) else float("nan")


def _crossing(time_s: FloatArray, values: FloatArray, start_s: float, end_s: float, level: float) -> float:
    """First moment, going from start to end (either way), at which values rise above a level; NaN if they do not."""
    step = 1 if end_s > start_s else -1
    part = frames_within(time_s, min(start_s, end_s), max(start_s, end_s))
    rows = np.arange(part.start, part.stop)[::step]
    above = np.flatnonzero(values[rows] >= level)
    if len(above) == 0 or above[0] == 0:
        return float("nan")
    k, before = rows[above[0]], rows[above[0] - 1]
    share = (level - values[before]) / (values[k] - values[before])
    return float(time_s[before] + share * (time_s[k] - time_s[before]))


def _knee_flexion(pose: PoseSequence, side: Side, facing_x: int) -> FloatArray:
    smooth = signals.clean(pose, cutoff_hz=_KNEE_HZ, longest_gap_s=0.1)
    return facing_x * geometry.bend_deg(*(smooth.joint(j, side) for j in ("hip", "knee", "ankle")))


def _extension_s(time_s: FloatArray, knee: FloatArray, step: Step) -> float:
    """Moment of the knee's fullest extension about toe-off; NaN where it lies at an end of the window."""
    rows = np.arange(time_s.searchsorted(step.midstance_s, side="right"), time_s.searchsorted(step.toe_off_s + 0.1))
    if len(rows) < 5 or not np.isfinite(knee[rows]).all():
        return float("nan")
    k = int(rows[np.argmin(knee[rows])])
    return _vertex(time_s, -knee, k) if rows[0] < k < rows[-1] else float("nan")
