"""Wires the rooms together: a video or a landmark file in, an assessment and a result folder out.

`tracking.track` is slow (it runs the pose model); `assess` is pure and fast, so criteria and corrections can change
without tracking again. Both `analyse` and `assess_file` go through the same `assess`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from formcheck import criteria, exchange, legs, measurement_error, outputs, overlay_film, results, scoring, signals
from formcheck.edits import Edit, edit_pose
from formcheck.errors import InputError
from formcheck.protocols import running_frontal, running_side, squat
from formcheck.protocols.common import Clip, Measured, Options
from formcheck.quality import check_quality, is_limited
from formcheck.recognise import recognise
from formcheck.tracking import track
from formcheck.types import (
    RUNNING,
    Assessment,
    PoseSequence,
    Progress,
    Protocol,
    Recognised,
    Side,
    VideoInfo,
)
from formcheck.view import camera_view

_PLAIN: dict[Protocol, str] = {
    "treadmill_rear": "a treadmill run from behind",
    "treadmill_front": "a treadmill run from the front",
    "treadmill_side": "a treadmill run from the side",
    "single_leg_squat": "single-leg squats",
    "step_down": "step-downs",
}


def analyse(
    video: Path,
    out: Path,
    *,
    protocol: Protocol | None = None,
    leg: Side | None = None,
    capture_fps: float | None = None,
    height_cm: float | None = None,
    speed_kmh: float | None = None,
    sex: criteria.Sex | None = None,
    model: str | Path | None = None,
    workers: int | None = None,
    overlay: bool = True,
    blur_faces: bool = False,
    progress: Progress | None = None,
    name: str | None = None,
) -> Assessment:
    """One video to one result folder.

    Parameters
    ----------
    blur_faces : make the athlete's face unrecognisable in overlay, key frames and report.
    name : what the video is called in the result, where the file is not called so.

    Raises
    ------
    InputError
        The video cannot be read, shows nobody, or shows none of the tests; nothing is left behind.
    UsageError
        `out` exists and is not a result folder.
    """
    results.check_target(out)
    info, raw = track(
        video, protocol=protocol, capture_fps=capture_fps, model=model, workers=workers, progress=progress
    )
    info = replace(info, name=name or info.name)
    drawing = overlay_film.drawing_hands(len(raw), workers) if overlay else nullcontext()
    with drawing as hands:  # they load while the scores are worked out
        assessment = assess(raw, info, protocol=protocol, leg=leg, height_cm=height_cm, speed_kmh=speed_kmh, sex=sex)

        def draw(folder: Path) -> None:
            outputs.write_pictures_and_report(
                assessment, video, folder, overlay=overlay, blur_faces=blur_faces, hands=hands, progress=progress
            )

        results.write(assessment, raw, out, writers=[draw])
    return assessment


def assess_file(
    landmarks: Path,
    out: Path,
    *,
    protocol: Protocol,
    leg: Side | None = None,
    capture_fps: float | None = None,
    height_cm: float | None = None,
    speed_kmh: float | None = None,
    sex: criteria.Sex | None = None,
    trusted_hips: bool = False,
    progress: Progress | None = None,
) -> Assessment:
    """One landmark file to one result folder, without overlay and key frames.

    Parameters
    ----------
    capture_fps : frames a second, for files that count frames instead of telling their times.
    """
    from formcheck.capture.probing import sha256

    results.check_target(out)
    raw = exchange.read_pose(landmarks, trusted_hips=trusted_hips, fps=capture_fps)
    info = landmark_file_info(raw, landmarks.name, sha256(landmarks))
    assessment = assess(raw, info, protocol=protocol, leg=leg, height_cm=height_cm, speed_kmh=speed_kmh, sex=sex)

    def draw(folder: Path) -> None:
        outputs.write_report(assessment, [], folder, progress=progress)

    results.write(assessment, raw, out, writers=[draw])
    return assessment


def assess(
    raw: PoseSequence,
    video: VideoInfo,
    *,
    protocol: Protocol | None = None,
    leg: Side | None = None,
    height_cm: float | None = None,
    speed_kmh: float | None = None,
    sex: criteria.Sex | None = None,
    edits: Sequence[Edit] = (),
) -> Assessment:
    """Everything that can be said of one athlete's landmarks.

    Parameters
    ----------
    raw : raw tracking of one athlete (see `results.quantise`).
    protocol, leg : what the user says; None to recognise them from the movement.
    edits : what somebody put right, in the order in which it was done.

    Raises
    ------
    InputError
        An edit does not fit the clip. No protocol was given and the movement is none of the tests.
    """
    raw = edit_pose(raw, edits)
    pose = legs.told_apart(signals.mask_low_visibility(raw))
    camera = camera_view(pose)
    clip = Clip(pose, camera, Options(height_cm, speed_kmh), tuple(edits))
    seen = recognise(clip)
    chosen = protocol or seen.protocol
    if chosen is None:
        raise InputError(f"{video.name}: {seen.refusal}, or say --protocol if this is one of them")
    measured = _measure(clip, chosen, leg)
    contradiction = _contradiction(protocol, leg, seen)
    rules = criteria.load()
    checks = check_quality(measured, raw, camera, chosen)
    with_errors = measurement_error.attach(measured.metrics, chosen, fps=raw.fps, limited=is_limited(checks))
    metrics = measurement_error.withhold_unsure_class(with_errors, running_side.STRIKE_LIMITS_DEG)
    findings = scoring.find(metrics, chosen, sex=sex, criteria=rules)
    return Assessment(
        protocol=chosen,
        leg=measured.leg,
        recognised=seen,
        video=video,
        pose=measured.pose,
        checks=checks,
        events=measured.events,
        cycles=measured.cycles,
        metrics=metrics,
        findings=findings,
        verdict=scoring.verdict(chosen, metrics, findings, checks, contradiction=contradiction),
        angles=measured.angles,
        criteria_version=rules.version,
        notes=(*video.notes, *((contradiction,) if contradiction else ())),
    )


def _measure(clip: Clip, protocol: Protocol, leg: Side | None) -> Measured:
    """Measure what the view allows of a protocol."""
    if protocol not in RUNNING:
        return squat.measure(clip, protocol, leg)
    return running_side.measure(clip) if clip.camera.view == "side" else running_frontal.measure(clip)


def _contradiction(protocol: Protocol | None, leg: Side | None, seen: Recognised) -> str:
    """A sentence where the clip does not show what the user says it shows; empty where it does."""
    if protocol is not None and seen.protocol != protocol:
        what = _PLAIN[seen.protocol] if seen.protocol else f"none of the tests ({seen.refusal.split(';')[0]})"
        return f"The clip was said to show {_PLAIN[protocol]}, but the movement looks like {what}."
    if leg is not None and seen.leg is not None and seen.leg != leg:
        return f"The clip was said to show the {leg} leg, but the standing leg looks like the {seen.leg} one."
    return ""


def landmark_file_info(raw: PoseSequence, name: str, sha256: str) -> VideoInfo:
    """What a landmark file tells of its video."""
    width, height = raw.image_size_px or (1, 1)
    return VideoInfo(
        name=name,
        sha256=sha256,
        width_px=width,
        height_px=height,
        rotation_deg=0,
        duration_s=float(raw.time_s[-1] - raw.time_s[0]),
        n_frames=len(raw),
        mean_fps=raw.fps,
        capture_fps=None,
        variable_rate=False,
    )
