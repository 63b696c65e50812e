"""Checks of the recording: each with a limit and one line of advice. Pure.

Limits of angles are the capture guide's (roll ≤1°, pitch ≤2°, yaw ≤3°, product judgements) widened by how well each
can be told from the picture: yaw is read about 1° off, in runs up to 4°, so that it warns from 5°, and 12° withholds
the verdict; what cannot be judged from the clip has no value and does not fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from formcheck.landmarks import Landmark, side_landmark
from formcheck.protocols.common import Measured
from formcheck.types import RUNNING, SIDES, CheckBand, FloatArray, PoseSequence, Protocol, QualityCheck
from formcheck.view import CameraView

_CORE = tuple(side_landmark(j, s) for s in SIDES for j in ("shoulder", "hip", "knee", "ankle"))


@dataclass(frozen=True)
class Gate:
    """Bounds of a check: `ok` up to one, `warn` up to the other, beyond it `fail`."""

    id: str
    label: str
    unit: str
    ok: float
    fail: float
    advice: str
    high_is_bad: bool = True

    def check(self, value: float) -> QualityCheck:
        """The band of a value; NaN cannot be judged and passes without a value."""
        if not np.isfinite(value):
            return QualityCheck(
                self.id, self.label, None, self.unit, self.ok, "ok", "could not be judged from this clip"
            )
        sign = 1.0 if self.high_is_bad else -1.0
        band: CheckBand = "ok"
        if sign * value > sign * self.ok:
            band = "fail" if sign * value > sign * self.fail else "warn"
        return QualityCheck(
            self.id, self.label, float(value), self.unit, self.ok, band, "" if band == "ok" else self.advice
        )


ROLL = Gate("roll", "Camera tilted sideways", "deg", 1.5, 6.0, "stand the phone upright: use its level or a tripod")
PITCH = Gate("pitch", "Camera tilted up or down", "deg", 4.0, 15.0, "put the lens at hip height and point it level")
YAW = Gate(
    "yaw", "Camera off to one side", "deg", 5.0, 12.0, "stand the phone square to the athlete, on the line of the belt"
)
OBLIQUE = Gate(
    "view",
    "View between front and side",
    "deg",
    22.0,
    32.0,
    "film squarely from behind, from the front or from the side",
)
SIZE = Gate(
    "distance",
    "Athlete's height in the picture",
    "%",
    40.0,
    22.0,
    "come closer, about 3 m, so that the body fills most of the picture",
    False,
)
FRAMING = Gate(
    "framing",
    "Frames with feet or hips out of the picture",
    "%",
    2.0,
    25.0,
    "keep the whole body in the picture, feet included",
)
RATE_RUN = Gate(
    "frame_rate", "Frames a second", "fps", 58.0, 23.0, "film runs at 120 frames a second, at least 60", False
)
RATE_SQUAT = Gate("frame_rate", "Frames a second", "fps", 23.0, 14.0, "film at 30 frames a second or more", False)
BLUR = Gate("blur", "Sharpness of the athlete", "", 0.15, 0.05, "add light, or choose a shorter exposure", False)
LIGHT = Gate(
    "light", "Brightness of the athlete", "%", 18.0, 6.0, "film in brighter light, not against a window", False
)
VISIBILITY = Gate(
    "visibility",
    "Certainty of the tracked joints",
    "%",
    65.0,
    35.0,
    "wear tight clothes that differ from the background, and clear what hides the legs",
    False,
)
TRACKED = Gate(
    "tracked",
    "Frames in which the athlete was found",
    "%",
    95.0,
    60.0,
    "keep the athlete alone and wholly in the picture",
    False,
)
STEPS = Gate("cycles", "Steps of the leg with fewest", "steps", 7.0, 2.5, "film 30 to 60 s of steady running", False)
REPS = Gate("cycles", "Repetitions", "repetitions", 1.0, 0.5, "film the whole set", False)


def check_quality(
    measured: Measured, raw: PoseSequence, camera: CameraView, protocol: Protocol
) -> tuple[QualityCheck, ...]:
    """All checks of a clip, worst first."""
    running = protocol in RUNNING
    checks = [
        OBLIQUE.check(camera.obliquity_deg),
        YAW.check(_yaw(raw, camera)),
        ROLL.check(abs(_median(raw.extra("scene_roll_deg")))),
        PITCH.check(abs(_median(raw.extra("scene_pitch_deg")))),
        SIZE.check(_size_percent(raw)),
        FRAMING.check(_outside_percent(raw)),
        (RATE_RUN if running else RATE_SQUAT).check(raw.fps),
        BLUR.check(_median(raw.extra("image_sharpness"))),
        LIGHT.check(100.0 * _median(raw.extra("image_brightness"))),
        VISIBILITY.check(_visibility_percent(raw, camera)),
        TRACKED.check(100.0 * float(np.isfinite(raw.xy_px[:, Landmark.LEFT_HIP, 0]).mean())),
        STEPS.check(_fewest_steps(measured)) if running else REPS.check(float(len(measured.cycles))),
    ]
    order = {"fail": 0, "warn": 1, "ok": 2}
    return tuple(sorted(checks, key=lambda c: order[c.band]))


def is_limited(checks: Sequence[QualityCheck]) -> bool:
    """Whether the recording has a fault that makes values less sure, apart from its frame rate and its length."""
    return any(check.band != "ok" and check.id not in (RATE_RUN.id, STEPS.id) for check in checks)


def _yaw(pose: PoseSequence, camera: CameraView) -> float:
    """How far the athlete's frontal plane is turned from the picture's, in front and rear views."""
    return abs(_median(pose.extra("camera_yaw_deg"))) if camera.view != "side" else float("nan")


def _median(values: FloatArray) -> float:
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if finite.size else float("nan")


def _size_percent(pose: PoseSequence) -> float:
    """Nose to the lower heel, of the picture's height."""
    if pose.image_size_px is None:
        return float("nan")
    feet = np.fmax(pose.joint("heel", "left")[:, 1], pose.joint("heel", "right")[:, 1])
    return 100.0 * _median(feet - pose.xy_px[:, Landmark.NOSE, 1]) / pose.image_size_px[1]


def _outside_percent(pose: PoseSequence) -> float:
    """Frames in which a hip, knee or ankle lies outside the picture."""
    if pose.image_size_px is None:
        return float("nan")
    points = pose.xy_px[:, list(_CORE)]
    outside = (points < 0) | (points > np.array(pose.image_size_px))
    return 100.0 * float(outside.any(axis=(1, 2)).mean())


def _visibility_percent(pose: PoseSequence, camera: CameraView) -> float:
    """Median visibility of shoulders, hips, knees and ankles; from the side of the near ones."""
    sides = SIDES if camera.near_side is None else (camera.near_side,)
    joints = [side_landmark(j, s) for s in sides for j in ("shoulder", "hip", "knee", "ankle")]
    return 100.0 * _median(pose.visibility[:, joints])


def _fewest_steps(measured: Measured) -> float:
    contacts = [e.side for e in measured.events if e.kind == "initial_contact"]
    return float(min(contacts.count("left"), contacts.count("right")))
