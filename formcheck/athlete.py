"""Chooses the athlete among everyone seen, over the whole clip and never per frame.

1. People of successive frames are linked into tracks by place and size, over gaps and crossings.
2. Tracks are ranked by how long they last, how large and central they are, and whether they move as a test does.
3. The best one is joined by tracks that continue it where it was lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck import signals
from formcheck.errors import InputError
from formcheck.landmarks import N_LANDMARKS, Landmark, side_landmark
from formcheck.types import FloatArray, PoseSequence

MAX_GAP_S = 1.0
"""A person lost for longer begins a new track."""

GATE_STATURES = (0.2, 0.6)
"""How far, in statures, a person may be from where they are expected: at once, and more for each second unseen."""

MIN_FRAMES = 10
"""Somebody seen in fewer frames (or in less than a twentieth of a clip) is nobody to assess."""

FULL_MOVEMENT = 0.15
"""Leg movement (see `movement`) from which a person counts as fully moving; a quiet stand has about 0.02."""

LOOK_MARGIN = 0.15
"""Margin around where the athlete is expected, as a share of the box's longer side."""

Box = NDArray[np.float64]
"""(4,) left, top, right and bottom in pixels."""

_RECENT = 15
_SAME_SIZE = 0.35
_SAME_PLACE = 0.2
_MAX_SHARED = 0.1
_TRUNK = [Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER, Landmark.LEFT_HIP, Landmark.RIGHT_HIP]


@dataclass(frozen=True)
class Candidates:
    """Everyone found in every frame: N frames, up to P people each, in no order; NaN where there is nobody.

    Attributes
    ----------
    time_s : (N,) seconds in the real world, strictly increasing.
    xy_px : (N, P, 33, 2) pixels of the upright image.
    visibility : (N, P, 33) 0 to 1.
    world_m : (N, P, 33, 3) metres from the mid-hips: x to the image's right, y down, z away from the camera.
    sharpness, brightness : (N, P) of the picture in each one's box.
    image_size_px : (width, height).
    model : name of what tracked them.
    """

    time_s: FloatArray
    xy_px: FloatArray
    visibility: FloatArray
    world_m: FloatArray
    sharpness: FloatArray
    brightness: FloatArray
    image_size_px: tuple[int, int]
    model: str = ""

    def __post_init__(self) -> None:
        n, p = self.sharpness.shape
        shapes = {
            "time_s": (n,),
            "xy_px": (n, p, N_LANDMARKS, 2),
            "visibility": (n, p, N_LANDMARKS),
            "world_m": (n, p, N_LANDMARKS, 3),
            "brightness": (n, p),
        }
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} must be {shape}, came {getattr(self, name).shape}")

    @property
    def present(self) -> NDArray[np.bool_]:
        """(N, P) whether there is somebody in the slot."""
        return np.asarray(np.isfinite(self.xy_px[..., 0, 0]))


@dataclass(frozen=True)
class Track:
    """One person through a clip: `frames` (K,) increasing and `slots` (K,) of the candidates there."""

    frames: NDArray[np.intp]
    slots: NDArray[np.intp]


def choose_athlete(candidates: Candidates, *, name: str = "the clip") -> PoseSequence:
    """The athlete's landmarks in every frame; rows of NaN where they were not found.

    Columns in `extras`: `body_yaw_deg` and `facing_camera` (see `body_yaw`), `image_sharpness` and `image_brightness`
    of the picture in the athlete's box.

    Raises
    ------
    InputError : nobody can be followed through the clip.
    """
    tracks = link(candidates)
    best = pick(candidates, tracks)
    n = len(candidates.time_s)
    if best is None or len(best.frames) < max(min(MIN_FRAMES, n // 2), n / 20):
        raise InputError(f"no person can be followed in {name}; film the whole body in good light, from head to feet")
    return _sequence(candidates, best, n_people=sum(len(track.frames) >= n / 10 for track in tracks))


def lost_boxes(pose: PoseSequence) -> dict[int, Box]:
    """Where to look again: for each row without the athlete, within `MAX_GAP_S` of one that has them, a box in pixels.

    Left, top, right and bottom of the athlete's landmarks, interpolated between the nearest sightings, with a margin.
    """
    seen = np.flatnonzero(np.isfinite(pose.xy_px[:, 0, 0]))
    lost = np.setdiff1d(np.arange(len(pose)), seen)
    if not len(seen) or not len(lost):
        return {}
    lost = lost[signals.seconds_to_nearest(pose.time_s[lost], pose.time_s[seen]) <= MAX_GAP_S]
    low, high = pose.xy_px[seen].min(axis=1), pose.xy_px[seen].max(axis=1)
    sides = np.hstack([low, high])
    boxes = np.stack([np.interp(pose.time_s[lost], pose.time_s[seen], side) for side in sides.T], axis=-1)
    margin = LOOK_MARGIN * np.max(boxes[:, 2:] - boxes[:, :2], axis=1, keepdims=True) * (-1, -1, 1, 1)
    return {int(n): box for n, box in zip(lost, boxes + margin, strict=True)}


def centre_px(xy_px: FloatArray) -> FloatArray:
    """(..., 2) middle of shoulders and hips of (..., 33, 2) landmarks."""
    return np.asarray(xy_px[..., _TRUNK, :].mean(axis=-2))


def stature_px(xy_px: FloatArray) -> FloatArray:
    """(...) trunk, thigh and shank of (..., 33, 2) landmarks end to end, the longer side of each: bending keeps it."""

    def length(upper: str, lower: str) -> FloatArray:
        sides = [
            np.linalg.norm(
                xy_px[..., side_landmark(upper, side), :] - xy_px[..., side_landmark(lower, side), :], axis=-1
            )
            for side in ("left", "right")
        ]
        return np.asarray(np.maximum(*sides))

    return length("shoulder", "hip") + length("hip", "knee") + length("knee", "ankle")


def link(candidates: Candidates) -> list[Track]:
    """Link people of successive frames into tracks, nearest first.

    1. Every open track expects its person where recent frames, carried on in a straight line, put them.
    2. Distance is in statures, plus the change of size; beyond a gate that widens with the gap there is no link.
    3. Whoever is left begins a track, unless it is a second find of somebody just linked; a track unseen for
       `MAX_GAP_S` is closed.
    """
    centre, stature = centre_px(candidates.xy_px), stature_px(candidates.xy_px)
    tracks: list[list[tuple[int, int]]] = []
    for frame, people in enumerate(candidates.present):
        time_s = candidates.time_s[frame]
        open_tracks = [t for t in tracks if time_s - candidates.time_s[t[-1][0]] <= MAX_GAP_S]
        slots = np.flatnonzero(people).tolist()
        costs = [
            (cost, n, slot)
            for n, track in enumerate(open_tracks)
            for slot in slots
            if np.isfinite(cost := _cost(candidates.time_s, centre, stature, track, (frame, slot)))
        ]
        linked: set[int] = set()
        for _, n, slot in sorted(costs):
            if n not in linked and slot in slots:
                open_tracks[n].append((frame, slot))
                linked.add(n)
                slots.remove(slot)
        seen = [track[-1][1] for track in open_tracks if track[-1][0] == frame]
        new = [slot for slot in slots if not _doubles(centre[frame], stature[frame], slot, seen)]
        tracks.extend([(frame, slot)] for slot in new)
    return [Track(*np.array(track, dtype=np.intp).T) for track in tracks]


def _doubles(centre: FloatArray, stature: FloatArray, slot: int, seen: list[int]) -> bool:
    """The person in a slot is the same as one in `seen`: same place, about the same size."""
    away = np.linalg.norm(centre[seen] - centre[slot], axis=-1) / stature[seen]
    growth = np.abs(np.log(stature[seen] / stature[slot]))
    return bool(np.any((away < _SAME_PLACE) & (growth < _SAME_SIZE)))


def _cost(
    time_s: FloatArray, centre: FloatArray, stature: FloatArray, track: list[tuple[int, int]], person: tuple[int, int]
) -> float:
    """How unlike the track's next sight a person is, in statures; infinite beyond the gate."""
    recent = tuple(np.array(track[-_RECENT:]).T)
    size = float(np.median(stature[recent]))
    gap_s = time_s[person[0]] - time_s[recent[0][-1]]
    span_s = time_s[recent[0][-1]] - time_s[recent[0][0]]
    velocity = (
        (centre[recent][-1] - centre[recent][0]) / span_s if span_s > 0 and len(track) >= _RECENT else np.zeros(2)
    )
    away = float(np.linalg.norm(centre[person] - centre[recent][-1] - velocity * gap_s)) / size
    growth = abs(float(np.log(stature[person] / size)))
    inside = away <= _gate(gap_s) and growth <= 2 * _SAME_SIZE
    return away + growth if inside else np.inf


def _gate(gap_s: float) -> float:
    """Furthest way in statures over a gap; from `MAX_GAP_S` on it widens no more."""
    return GATE_STATURES[0] + GATE_STATURES[1] * min(gap_s, MAX_GAP_S)


def pick(candidates: Candidates, tracks: list[Track]) -> Track | None:
    """The athlete's track, joined by those that continue it; None where there is no track."""
    if not tracks:
        return None
    ranked = sorted(tracks, key=lambda track: likeness(candidates, track), reverse=True)
    best = ranked[0]
    for track in ranked[1:]:
        if _continues(candidates, best, track):
            new = ~np.isin(track.frames, best.frames)
            frames = np.append(best.frames, track.frames[new])
            order = np.argsort(frames)
            best = Track(frames[order], np.append(best.slots, track.slots[new])[order])
    return best


def likeness(candidates: Candidates, track: Track) -> float:
    """How much a track is the athlete's: share of the clip × size × centrality × movement, each from 0 to about 1."""
    xy_px = candidates.xy_px[track.frames, track.slots]
    width, height = candidates.image_size_px
    share = len(track.frames) / len(candidates.time_s)
    size = float(np.median(stature_px(xy_px))) / height
    off_centre = abs(float(np.median(centre_px(xy_px)[:, 0])) / width - 0.5) * 2
    moving = min(movement(xy_px) / FULL_MOVEMENT, 1.0)
    return share * size * (1.25 - min(off_centre, 1.0)) * (0.25 + moving)


def movement(xy_px: FloatArray) -> float:
    """How much the legs of (K, 33, 2) landmarks work on one spot, in statures.

    Knees' and ankles' way about the hips and the body's up and down (standard deviations after a median of three
    frames, which takes single misses out), less for somebody who crosses the picture.
    """
    if len(xy_px) < 3:
        return 0.0
    stature = float(np.median(stature_px(xy_px)))
    joints = [side_landmark(joint, side) for joint in ("knee", "ankle") for side in ("left", "right")]
    hips = xy_px[:, [Landmark.LEFT_HIP, Landmark.RIGHT_HIP]].mean(axis=1)
    legs = _median_of_three(xy_px[:, joints] - hips[:, None])
    centre = _median_of_three(centre_px(xy_px))
    rise = float(np.std(centre[:, 1])) / stature
    crossed = float(np.ptp(centre[:, 0])) / stature
    work = float(np.mean(np.linalg.norm(np.std(legs, axis=0), axis=-1))) / stature
    return (work + rise) / (1 + crossed)


def _median_of_three(values: FloatArray) -> FloatArray:
    """Median of each value and its neighbours in time; two shorter."""
    return np.asarray(np.median(np.stack([values[:-2], values[1:-1], values[2:]]), axis=0))


def _continues(candidates: Candidates, best: Track, track: Track) -> bool:
    """A track that shares next to no frame with the best one, of like size, inside the gate where they are nearest."""
    if np.isin(track.frames, best.frames).mean() > _MAX_SHARED:
        return False
    one, other = (candidates.xy_px[t.frames, t.slots] for t in (best, track))
    size = float(np.median(stature_px(one)))
    growth = abs(float(np.log(np.median(stature_px(other)) / size)))
    nearest = signals.nearest_frames(track.frames.astype(float), best.frames.astype(float))
    near = int(np.argmin(np.abs(best.frames - track.frames[nearest])))
    far = int(nearest[near])
    away = float(np.linalg.norm(centre_px(one)[near] - centre_px(other)[far])) / size
    gap_s = abs(float(candidates.time_s[best.frames[near]] - candidates.time_s[track.frames[far]]))
    return growth <= _SAME_SIZE and away <= _gate(gap_s)


def body_yaw(world_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """How far the body is turned from square to the camera.

    The line from right to left hip and shoulder, seen from above, in the model's world landmarks.

    Parameters
    ----------
    world_m : (..., 33, 3) x to the image's right, y down, z away from the camera.

    Returns
    -------
    body_yaw_deg : (...) −90 to 90; 0 faces the camera or has its back to it squarely, positive is turned to the
        athlete's own left.
    facing_camera : (...) 1 faces the camera, −1 has its back to it, 0 is side on: the cosine of the whole turn.
    """
    across = sum(
        world_m[..., side_landmark(joint, "left"), :] - world_m[..., side_landmark(joint, "right"), :]
        for joint in ("hip", "shoulder")
    )
    x, z = np.asarray(across)[..., 0], np.asarray(across)[..., 2]
    turn_deg = np.degrees(np.arctan2(z, x))
    return (turn_deg + 90) % 180 - 90, np.cos(np.radians(turn_deg))


def _sequence(candidates: Candidates, track: Track, *, n_people: int) -> PoseSequence:
    """The track's rows as a sequence over all frames."""
    yaw_deg, facing = body_yaw(candidates.world_m)
    columns: Mapping[str, FloatArray] = {
        "body_yaw_deg": yaw_deg,
        "facing_camera": facing,
        "image_sharpness": candidates.sharpness,
        "image_brightness": candidates.brightness,
    }

    def rows(values: FloatArray) -> FloatArray:
        out = np.full((len(candidates.time_s), *values.shape[2:]), np.nan)
        out[track.frames] = values[track.frames, track.slots]
        return out

    seen = f"tracked by {candidates.model}: found in {len(track.frames)} of {len(candidates.time_s)} frames"
    return PoseSequence(
        time_s=candidates.time_s,
        xy_px=rows(candidates.xy_px),
        visibility=rows(candidates.visibility),
        image_size_px=candidates.image_size_px,
        extras={name: rows(values) for name, values in columns.items()},
        model=candidates.model,
        history=(seen, f"athlete chosen among {n_people} people" if n_people > 1 else "one person in the clip"),
    )
