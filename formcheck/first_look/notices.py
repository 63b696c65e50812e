"""What a first look warns of, in plain words: what will be refused or withheld, why, and what to do. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from formcheck import quality
from formcheck.first_look.record import Notice
from formcheck.metrics import FOOT_MIN_FPS
from formcheck.protocols.common import Measured
from formcheck.types import RUNNING, CheckBand, FloatArray, PoseSequence, QualityCheck, Recognised, VideoInfo
from formcheck.view import camera_view

if TYPE_CHECKING:
    from formcheck.first_look.header import Header

SHORTEST_S = 1.5
"""Below this no movement can be told (`recognise`)."""
_SHORT_RUN_S = 8.0
_LONG_S, _LONG_FRAMES = 180.0, 12_000
_STANDING_PX_SHARE = 1.0
_ORDER: dict[CheckBand, int] = {"fail": 0, "warn": 1, "ok": 2}
_NOT_OF_A_FEW_FRAMES = frozenset({"cycles", "frame_rate"})
"""Checks that only the whole clip can answer, or its header alone."""

NOBODY = Notice(
    "nobody",
    "fail",
    "Nobody was found in the middle of the clip.",
    "Film the whole body in good light, from head to feet.",
)
_LYING = Notice(
    "turned",
    "fail",
    "The athlete lies on their side in the picture: the phone lay on its side, or the clip lost its rotation.",
    "Turn the clip upright in the phone's gallery, or hold the phone upright and film again.",
)
_UPSIDE_DOWN = Notice(
    "turned",
    "fail",
    "The athlete is upside down in the picture: the clip lost its rotation.",
    "Turn the clip upright in the phone's gallery and send it again.",
)
_TOLD_SLOW = "slow motion"


def of_file(info: VideoInfo, header: Header) -> tuple[Notice, ...]:
    """What the file's header alone gives reason to say, worst first."""
    found = [*_length(info), *_rate(info), *_shape(info)]
    if header.is_broken_off:
        text = "The file is broken off: its end is missing, so that only the part before it can be used."
        found.append(Notice("broken", "warn", text, "Copy the original from the phone again."))
    return _worst_first(found)


def of_nobody(known: tuple[Notice, ...]) -> tuple[Notice, ...]:
    """The file's notices where nobody was found."""
    return _worst_first([NOBODY, *known])


def of_look(
    info: VideoInfo, known: tuple[Notice, ...], said: Recognised | None, raw: PoseSequence
) -> tuple[Notice, ...]:
    """The file's notices and those on the athlete, worst first; of a clip that is refused only what refuses it."""
    turned = _turned(raw)
    if turned is not None:
        return _worst_first([turned, *known])
    found = [*_movement(said), *_picture(said, raw), *_run(info, said), *known]
    if said is not None and said.protocol is None:
        return tuple(notice for notice in found if notice.band == "fail")
    bends = said is not None and said.protocol not in RUNNING
    return _worst_first([n for n in found if not (bends and n.id == "frame_rate")])


def _worst_first(found: list[Notice]) -> tuple[Notice, ...]:
    return tuple(sorted(found, key=lambda notice: _ORDER[notice.band]))


def _length(info: VideoInfo) -> list[Notice]:
    if info.duration_s < SHORTEST_S:
        text = f"The clip lasts {info.duration_s:.1f} s, too short to show any of the tests."
        return [Notice("short", "fail", text, "Film the whole test, a run for 30 to 60 s.")]
    if info.duration_s > _LONG_S or info.n_frames > _LONG_FRAMES:
        minutes = info.duration_s / 60
        length = f"{minutes:.0f} min" if minutes >= 2 else f"{info.duration_s:.0f} s"
        text = f"The clip is long ({length}, {info.n_frames} frames), and all of it is looked at: this takes a while."
        return [Notice("long", "warn", text, "Cut it to the test itself, a run to 30 to 60 s.")]
    return []


def _rate(info: VideoInfo) -> list[Notice]:
    """Frames a second: the whole clip is withheld where too few, the feet's values of a run below 60."""
    found = []
    fps = f"{info.mean_fps:.0f} frames a second"
    squat, run = quality.RATE_SQUAT.check(info.mean_fps), quality.RATE_RUN.check(info.mean_fps)
    if squat.band == "fail":
        found.append(Notice("rate", "fail", f"{fps} are too few for any of the tests.", _sentence(squat.advice)))
    elif info.mean_fps < FOOT_MIN_FPS:
        text = f"At {fps} it is not reported how a runner's foot lands, how far ahead and for how long."
        found.append(Notice("frame_rate", "warn", text, _sentence(run.advice)))
    if info.variable_rate:
        text = "The time between frames varies, as after editing or sending; the true times are used."
        found.append(Notice("variable_rate", "warn", text, "Send the phone's original file."))
    if info.time_stretch != 1.0:
        text = f"Slow motion: filmed at {info.mean_fps:.0f} frames a second and brought back to real time."
        found.append(Notice("slow_motion", "ok", text))
    return found


def _shape(info: VideoInfo) -> list[Notice]:
    if info.width_px <= _STANDING_PX_SHARE * info.height_px:
        return []
    text = "The picture is wider than high, so that a standing person fills little of it."
    return [Notice("landscape", "warn", text, "Hold the phone upright.")]


def _turned(raw: PoseSequence) -> Notice | None:
    """Whether the body does not stand upright in the picture, from shoulders to ankles."""
    body = _median_vector(raw.midpoint("ankle") - raw.midpoint("shoulder"))
    if body is None or body[1] > abs(body[0]):
        return None
    return _LYING if abs(body[0]) > abs(body[1]) else _UPSIDE_DOWN


def _median_vector(vectors: FloatArray) -> FloatArray | None:
    known = vectors[np.isfinite(vectors).all(axis=1)]
    return np.asarray(np.median(known, axis=0)) if len(known) else None


def _movement(said: Recognised | None) -> list[Notice]:
    """What the movement is not."""
    if said is None:
        text = "Which test this is could not be told for sure from a few seconds; the whole clip will tell."
        return [Notice("unsure", "warn", text, "Choose the test yourself where you know it.")]
    if said.protocol is not None:
        return []
    why, _, what = said.refusal.partition("; ")
    notice_id = "slow_motion" if _TOLD_SLOW in why else "not_a_test"
    return [Notice(notice_id, "fail", f"{_sentence(_plain(why))} The clip will be refused.", f"{what}.")]


def _picture(said: Recognised | None, raw: PoseSequence) -> list[Notice]:
    """The recording's own checks, as the whole analysis makes them."""
    measured = Measured(raw, (), (), (), {})
    protocol = (said and said.protocol) or "single_leg_squat"
    checks = quality.check_quality(measured, raw, camera_view(raw), protocol)
    bad = [c for c in checks if c.band != "ok" and c.id not in _NOT_OF_A_FEW_FRAMES]
    return [Notice(c.id, c.band, _check_text(c), _sentence(c.advice)) for c in bad]


def _check_text(check: QualityCheck) -> str:
    unit = {"deg": "°", "%": " %"}.get(check.unit, f" {check.unit}" if check.unit else "")
    value = "" if check.value is None else f": {check.value:.2f}" if not unit else f": {check.value:.0f}{unit}"
    effect = "the result would get no verdict" if check.band == "fail" else "this costs accuracy"
    return f"{check.label}{value}; {effect}."


def _run(info: VideoInfo, said: Recognised | None) -> list[Notice]:
    if said is None or said.protocol not in RUNNING or info.duration_s >= _SHORT_RUN_S:
        return []
    text = f"The run lasts {info.duration_s:.0f} s: few strides, so that the values are less certain."
    return [Notice("short_run", "warn", text, "Film 30 to 60 s of steady running.")]


def _plain(text: str) -> str:
    """Words of the command line are not the app's."""
    return text.replace("so say at how many frames a second with --capture-fps", "so say at how many frames a second")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""
