"""Which test a clip shows and on which leg, told from movement and view; or why it shows none. Pure."""

from __future__ import annotations

import numpy as np

from formcheck import geometry, signals
from formcheck.protocols.common import Clip
from formcheck.protocols.leg_bend import LegBend, straight_leg_px
from formcheck.protocols.squat_angles import CUTOFF_HZ
from formcheck.protocols.squat_repetitions import LONGEST_GAP_S, ankle_travel_px, bends
from formcheck.rhythm import Rhythm, gait_rhythm, is_gait, leg_length_px
from formcheck.types import SIDES, FloatArray, PoseSequence, Protocol, Recognised, View
from formcheck.view import CameraView

_FLIGHT_G = 0.6
"""Without flight the body bounces with 0.1 to 0.45 g, with it with about 1 g."""
_RUN_BOUNCE = 0.075
"""A bounce as high as this and yet gentle is a run in slow motion."""
_RUN_SPM = (130.0, 240.0)
_DRIFT_LIMIT = 1.2
_SINGLE_LEG_CLEARANCE: dict[View, float] = {"front": 0.1, "side": 0.1, "rear": 0.0}
"""From behind the free foot is the nearer one and looks lower than it is."""
_LEAST_BEND_DEG = 25.0
_LEVEL_FEET = 0.12
_STEP_DOWN_CLEARANCE = -0.035
_SLOWEST_WALK_SPM = 70.0
_SLOW_MOTION = "the phone seems to have filmed slow motion, so say at how many frames a second with --capture-fps"
ASK = "formcheck measures treadmill runs (rear, front, side), single-leg squats and step-downs"


def recognise(clip: Clip) -> Recognised:
    """Tell the protocol and the leg; a clip that shows none of the tests comes back with a refusal."""
    pose, camera = clip.pose, clip.camera
    if pose.time_s[-1] - pose.time_s[0] < 1.5:
        return _refused(camera.view, f"the clip lasts {pose.time_s[-1] - pose.time_s[0]:.1f} s, too short to tell")
    smooth = clip.cleaned(cutoff_hz=CUTOFF_HZ, longest_gap_s=LONGEST_GAP_S)
    rhythm = gait_rhythm(smooth, camera)
    if is_gait(rhythm, camera.view):
        return _recognise_gait(smooth, camera, rhythm)
    return _recognise_bends(clip)


def _recognise_gait(pose: PoseSequence, camera: CameraView, rhythm: Rhythm) -> Recognised:
    if _travel(pose) > _DRIFT_LIMIT:
        return _refused(camera.view, "the athlete moves across the picture instead of staying on a treadmill")
    pace = f"{rhythm.cadence_spm:.0f} steps a minute"
    if rhythm.cadence_spm < _SLOWEST_WALK_SPM or (rhythm.bounce_g < _FLIGHT_G and rhythm.bounce > _RUN_BOUNCE):
        return _refused(camera.view, f"{pace} is too slow for such a run: {_SLOW_MOTION}")
    if rhythm.bounce_g < _FLIGHT_G:
        return _refused(camera.view, f"this looks like walking ({pace}, never both feet off the ground), not running")
    if not _RUN_SPM[0] <= rhythm.cadence_spm <= _RUN_SPM[1]:
        hint = _SLOW_MOTION if rhythm.cadence_spm < _RUN_SPM[0] else "the clip seems to play too fast"
        return _refused(camera.view, f"a run at {pace} is not plausible: {hint}")
    protocols: dict[View, Protocol] = {"rear": "treadmill_rear", "front": "treadmill_front", "side": "treadmill_side"}
    return Recognised(protocols[camera.view], None, camera.view)


def _recognise_bends(clip: Clip) -> Recognised:
    pose, bend, repetitions = bends(clip)
    camera = clip.camera
    bottoms = np.array([r.bottom_s for r in repetitions])
    if max((r.depth_deg for r in repetitions), default=0.0) < _LEAST_BEND_DEG:
        return _refused(camera.view, "no run and no repetition of a squat or step-down was found")
    if _travel(pose) > _DRIFT_LIMIT:
        return _refused(camera.view, "the athlete moves across the picture")
    if _on_both_legs(pose, bend, bottoms, camera.view):
        return _refused(camera.view, "both feet stay on the floor: this is a squat on two legs, not on one")
    rows = np.searchsorted(pose.time_s, bottoms).clip(0, len(pose) - 1)
    clearance = float(np.nanmedian(bend.clearance[rows]))
    if clearance >= _SINGLE_LEG_CLEARANCE[camera.view]:
        return Recognised("single_leg_squat", bend.leg, camera.view)
    if clearance <= _STEP_DOWN_CLEARANCE:
        return Recognised("step_down", bend.leg, camera.view)
    return _refused(
        camera.view, "the free foot stays at the floor through every bend: neither a single-leg squat nor a step-down"
    )


def _on_both_legs(pose: PoseSequence, bend: LegBend, bottoms: FloatArray, view: View) -> bool:
    """Whether both feet stay planted and both legs shorten alike around the lowest points: a squat on two legs."""
    from_bottom_s = signals.seconds_to_nearest(pose.time_s, bottoms)
    around, at_bottom = from_bottom_s < 0.6, from_bottom_s < 0.1
    shortening, travel = [], []
    for side in SIDES:
        length = geometry.distance_px(pose.joint("hip", side), pose.joint("ankle", side))
        shortening.append(1.0 - float(np.nanmedian(length[at_bottom])) / straight_leg_px(pose, side))
        travel.append(ankle_travel_px(pose, side, around) / bend.leg_px)
    height = bend.clearance if view == "side" else bend.clearance[at_bottom]
    height = height[np.isfinite(height)]
    if len(height) == 0:
        level = True  # seen as one foot throughout: they stand beside one another
    elif view == "side":
        level = bool(np.percentile(height, 95) - np.percentile(height, 5) < 0.1)
    else:
        level = bool(abs(np.median(height)) < _LEVEL_FEET)
    return level and max(travel) < 0.12 and min(shortening) > 0.5 * max(shortening)


def _travel(pose: PoseSequence) -> float:
    """How far the hips range over the clip (5th to 95th percentile), in leg lengths."""
    hips = pose.midpoint("hip")
    known = hips[np.isfinite(hips).all(axis=1)]
    if len(known) == 0:
        return 0.0
    low, high = np.percentile(known, [5, 95], axis=0)
    return float(np.linalg.norm(high - low) / leg_length_px(pose))


def _refused(view: View, why: str) -> Recognised:
    return Recognised(None, None, view, f"{why}; {ASK}")
