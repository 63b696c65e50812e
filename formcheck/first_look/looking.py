"""Looks at a few dozen frames of a clip within a second or two, whatever its length."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formcheck.athlete import Candidates, choose_athlete, link
from formcheck.errors import InputError
from formcheck.first_look import notices
from formcheck.first_look.header import Header, Picture, picture_near, pictures_at, read_header, video_info
from formcheck.first_look.record import FirstLook
from formcheck.first_look.telling import Told, in_order, tell
from formcheck.first_look.warm import WARM
from formcheck.models import ModelFile
from formcheck.pose import find_everyone
from formcheck.scaling import LONG_SIDE_PX
from formcheck.types import Frame, PoseSequence, Recognised, VideoInfo
from formcheck.workers import Workers

PATIENCE_S = 4.0
"""Longest time a look takes; what is not clear by then is not sure yet."""

_BURST_S, _BURST_FPS = 4.0, 15.0
"""A stretch in which a run shows five strides and a squat its bend."""
_WIDE_S, _WIDE_FPS = 14.0, 5.0
"""A stretch that holds a bend even where the athlete pauses."""
_ALL_SEEN = 0.9
"""Share of a short clip's frames that counts as having seen all of it."""
_FIRST_SHARE = 0.8
"""Of the time there is, what the first stretch may take."""
_SKIP_ABOVE_FPS = 50.0


def facts(video: Path, *, capture_fps: float | None = None) -> FirstLook:
    """What the file alone tells, in a fraction of a second: thumbnail, size, length, rate, and what follows from them.

    Raises
    ------
    InputError : the file is no video that can be used; one line says why.
    UsageError : `capture_fps` does not fit the file.
    """
    return _facts(Path(video), capture_fps)[0]


def look(video: Path, *, capture_fps: float | None = None, patience_s: float = PATIENCE_S) -> FirstLook:
    """What a few dozen frames tell: the test and leg they seem to show, and what will be refused and why.

    1. Four seconds from the middle at 15 frames a second go through the pose model. 2. Where these tell no test:
    frames from a wider stretch when bends or nothing were seen, else those between, so that a refusal is looked at
    twice. 3. What every part of the frames agrees on is told; anything else is not sure yet.

    Parameters
    ----------
    capture_fps : frames a second that the camera recorded at, where the user knows it.
    patience_s : longest time to take; frames that cannot be looked at in it are left out.

    Raises
    ------
    InputError, UsageError : as `facts`. ModelError : the pose model cannot be run.
    """
    until = time.monotonic() + patience_s
    with WARM.use() as (workers, model):
        known, header = _facts(Path(video), capture_fps)
        eyes = _Eyes(Path(video), header, known.info, workers, model)
        burst = _rows(header, known.info, _BURST_S, _BURST_FPS)
        people = eyes.see(burst, until - (1 - _FIRST_SHARE) * patience_s)
        raw = _athlete(people, known.info)
        said = None
        if raw is not None:
            told = tell(raw)
            if _settled(told):
                said = told.said
            else:
                people, raw, said = _second_look(eyes, people, raw, _more_rows(told, header, known.info), until)
    return _seen(known, people, said, raw)


def _second_look(
    eyes: _Eyes, people: Candidates, raw: PoseSequence, rows: NDArray[np.intp], until: float
) -> tuple[Candidates, PoseSequence, Recognised | None]:
    """Everyone, the athlete and what is told with more frames; nothing is told where none came and some are unseen."""
    seen = len(people.time_s)
    if len(rows) and time.monotonic() < until:
        with suppress(InputError):  # nobody, or nothing that can be decoded, in what came on top
            more = in_order(people, eyes.see(rows, until))
            raw, people = choose_athlete(more), more
    all_seen = len(raw) >= _ALL_SEEN * eyes.info.n_frames
    told = tell(raw, all_seen=all_seen) if all_seen or len(people.time_s) > seen else Told(None)
    return people, raw, told.said


def _settled(told: Told) -> bool:
    """A test that was told is; a refusal is looked at twice."""
    return told.said is not None and told.said.protocol is not None


def _facts(video: Path, capture_fps: float | None) -> tuple[FirstLook, Header]:
    header = read_header(video)
    picture = picture_near(video, header, share=0.5)
    info = video_info(video, header, picture, capture_fps=capture_fps)
    known = FirstLook(info, picture.rgb, "facts", warnings=notices.of_file(info, header))
    return known, header


def _rows(header: Header, info: VideoInfo, length_s: float, fps: float) -> NDArray[np.intp]:
    """Frames `fps` a real second over the middle `length_s` of the clip, or over all of a shorter one."""
    real_s = header.shown_s / info.time_stretch
    middle, half = 0.5 * real_s[-1], 0.5 * min(length_s, real_s[-1])
    moments = np.arange(middle - half, middle + half, 1 / fps)
    return np.asarray(np.unique(np.searchsorted(real_s, moments).clip(0, len(real_s) - 1)))


def _more_rows(told: Told, header: Header, info: VideoInfo) -> NDArray[np.intp]:
    """Which frames tell more: those around the ones seen where a bend may yet come, else those between them."""
    seen = _rows(header, info, _BURST_S, _BURST_FPS)
    if (told.nothing or told.bends) and info.duration_s > _BURST_S:
        wide = _rows(header, info, _WIDE_S, _WIDE_FPS)
        return np.asarray(wide[(wide < seen[0]) | (wide > seen[-1])])
    return np.asarray(np.setdiff1d(_rows(header, info, _BURST_S, 2 * _BURST_FPS), seen))


class _Eyes:
    """Finds everyone in chosen frames of one clip."""

    def __init__(self, video: Path, header: Header, info: VideoInfo, workers: Workers, model: ModelFile) -> None:
        self.info = info
        self._video, self._header, self._workers, self._model = video, header, workers, model

    def see(self, rows: NDArray[np.intp], until: float) -> Candidates:
        """Everyone in some of the clip's frames; frames that cannot be read before `until` are left out."""
        return find_everyone(self._workers, self._frames(rows, until), self.info, self._model)

    def _frames(self, rows: NDArray[np.intp], until: float) -> Iterator[Frame]:
        for number, picture in enumerate(self._pictures(rows)):
            yield Frame(picture.rgb, self._time_s(picture), number)
            if time.monotonic() > until:
                return

    def _pictures(self, rows: NDArray[np.intp]) -> Iterator[Picture]:
        return pictures_at(
            self._video, self._header.ticks[rows], long_side_px=LONG_SIDE_PX, skip_above_fps=_SKIP_ABOVE_FPS
        )

    def _time_s(self, picture: Picture) -> float:
        shown_s = float((picture.ticks - self._header.ticks[0]) * self._header.time_base)
        return round(shown_s / self.info.time_stretch, 6)


def _athlete(people: Candidates, info: VideoInfo) -> PoseSequence | None:
    """The athlete's landmarks; None where there is nobody to follow."""
    try:
        return choose_athlete(people, name=info.name)
    except InputError:
        return None


def _seen(known: FirstLook, people: Candidates, said: Recognised | None, raw: PoseSequence | None) -> FirstLook:
    looked = replace(known, stage="look", recognised=said)
    if raw is None:
        return replace(looked, people=0, athlete_share=0.0, warnings=notices.of_nobody(known.warnings))
    enough = len(people.time_s) / 10
    return replace(
        looked,
        people=sum(len(track.frames) >= enough for track in link(people)),
        athlete_share=float(np.isfinite(raw.xy_px[:, 0, 0]).mean()),
        warnings=notices.of_look(known.info, known.warnings, said, raw),
    )
