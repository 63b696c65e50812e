"""The people found in a clip's frames, as they come, in one array: half an hour holds them once."""

from __future__ import annotations

import numpy as np

from formcheck.athlete import Candidates
from formcheck.errors import InputError
from formcheck.landmarks import N_LANDMARKS
from formcheck.pose.landmarker import N_COLUMNS, N_EXTRAS, RECORD
from formcheck.types import FloatArray, VideoInfo


class Crowd:
    """People by the index of their frame; `len` of it is the number of frames that were looked at.

    Parameters
    ----------
    info : of the clip; landmarks are kept in its pixels. Memory is taken as frames come.
    """

    def __init__(self, info: VideoInfo, *, model: str) -> None:
        self._info, self._model = info, model
        self._people = np.empty((info.n_frames, 1, RECORD))
        self._time_s = np.full(info.n_frames, np.nan)
        self._n_seen = 0

    def __len__(self) -> int:
        return self._n_seen

    def __contains__(self, index: int) -> bool:
        return bool(np.isfinite(self._time_s[index]))

    def put(self, index: int, time_s: float, records: FloatArray) -> None:
        """Everyone in a frame: (P, RECORD), x and y as shares of the image."""
        self._n_seen += index not in self
        self._time_s[index] = time_s
        self._people[index] = np.nan
        self.add(index, records)

    def add(self, index: int, records: FloatArray) -> None:
        """More people in a frame that was looked at."""
        n_there = int(np.isfinite(self._people[index, :, 0]).sum())
        short = n_there + len(records) - self._people.shape[1]
        if short > 0:
            self._widen(short)
        self._people[index, n_there : n_there + len(records)] = self._in_pixels(records)

    def _widen(self, n_more: int) -> None:
        """Room for more people in every frame; frames not looked at yet take no memory."""
        n_frames, n_people, _ = self._people.shape
        wider = np.empty((n_frames, n_people + n_more, RECORD))
        for index in np.flatnonzero(np.isfinite(self._time_s)):
            wider[index, :n_people] = self._people[index]
            wider[index, n_people:] = np.nan
        self._people = wider

    def indices(self) -> list[int]:
        """Of the frames that were looked at, in order."""
        return list(map(int, np.flatnonzero(np.isfinite(self._time_s))))

    def candidates(self) -> Candidates:
        """Everyone in the frames that were looked at.

        Raises
        ------
        InputError : there is none.
        """
        rows = np.isfinite(self._time_s)
        if not rows.any():
            name = self._info.name
            raise InputError(f"{name} holds no picture that can be decoded; copy the original from the phone again")
        people = self._people if rows.all() else self._people[rows]
        points = people[..., :-N_EXTRAS].reshape(*people.shape[:2], N_LANDMARKS, N_COLUMNS)
        return Candidates(
            time_s=self._time_s[rows],
            xy_px=points[..., :2],
            visibility=points[..., 2],
            world_m=points[..., 3:],
            sharpness=people[..., -2],
            brightness=people[..., -1],
            image_size_px=(self._info.width_px, self._info.height_px),
            model=self._model,
        )

    def _in_pixels(self, records: FloatArray) -> FloatArray:
        out = records.copy()
        points = out[:, :-N_EXTRAS].reshape(-1, N_LANDMARKS, N_COLUMNS)
        points[..., :2] *= np.array([self._info.width_px, self._info.height_px], dtype=np.float64)
        return out
