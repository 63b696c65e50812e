"""What a person draws on the frames of a clip: shapes in pixels of the full upright image, and how they are painted.

Nothing is read or written here. A drawn angle can be held against the one that formcheck sees at the same joint.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import dist, isfinite
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

import cv2
import numpy as np

from formcheck.errors import InputError
from formcheck.geometry import interior_angle_deg
from formcheck.landmarks import BONES, NAMES, side_landmark
from formcheck.overlay.canvas import Canvas
from formcheck.overlay.drawers import DARK
from formcheck.overlay.text import Colour, Image8
from formcheck.types import SIDES, FloatArray, PoseSequence, Protocol, Side

Kind = Literal["line", "angle", "horizontal", "vertical", "circle", "freehand", "text"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
COLOURS: Final[Mapping[str, Colour]] = MappingProxyType(
    {"yellow": (255, 221, 64), "orange": (255, 138, 76), "blue": (92, 200, 255), "white": (255, 255, 255)}
)
"""Light ones: each is painted over a dark edge, so that it shows on any picture."""
LONGEST_TEXT: Final = 120
MOST_POINTS: Final = 2000
_POINTS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "line": (2, 2),
        "angle": (3, 3),
        "horizontal": (1, 1),
        "vertical": (1, 1),
        "circle": (2, 2),
        "freehand": (2, MOST_POINTS),
        "text": (1, 1),
    }
)
"""Fewest and most points of each kind: an angle's vertex is its second, a circle's middle its first."""
_FAR_PX: Final = 100_000.0
_JOINTS: Final = (
    ("shoulder", "hip", "knee"),
    ("hip", "knee", "ankle"),
    ("knee", "ankle", "foot_index"),
    ("hip", "shoulder", "elbow"),
    ("shoulder", "elbow", "wrist"),
)
_NEAR: Final = 0.3
"""A drawn vertex belongs to a joint when it is no further from it than this share of the shorter limb (J)."""
_ALONG_DEG: Final = 35.0
"""The drawn arms must run along the limbs, or another angle is meant (J)."""


@dataclass(frozen=True)
class Drawing:
    """One shape; `points` in pixels of the full upright image, x to the right, y down.

    Raises
    ------
    InputError : kind, colour, text or the number of points is off.
    """

    kind: Kind
    points: tuple[tuple[float, float], ...]
    colour: str = "yellow"
    text: str = ""

    def __post_init__(self) -> None:
        fewest, most = _POINTS.get(self.kind, (1, 0))
        if not fewest <= len(self.points) <= most:
            raise InputError(f"a drawing of kind {self.kind!r} with {len(self.points)} points cannot be kept")
        if not all(isfinite(v) and abs(v) < _FAR_PX for point in self.points for v in point):
            raise InputError("a drawing has a point that lies nowhere in the picture; draw it anew")
        if self.colour not in COLOURS:
            raise InputError(f"colour {self.colour!r} is not known; choose one of {', '.join(COLOURS)}")
        if len(self.text) > LONGEST_TEXT or (self.kind == "text" and not self.text.strip()):
            raise InputError(f"a text on a frame needs 1 to {LONGEST_TEXT} characters, came {len(self.text)}")

    @property
    def angle_deg(self) -> float | None:
        """The drawn angle, 0 to 180°; None for other kinds and where two points coincide."""
        if self.kind != "angle":
            return None
        first, vertex, last = (np.asarray(point, dtype=np.float64) for point in self.points)
        if dist(first, vertex) == 0 or dist(last, vertex) == 0:
            return None
        return float(interior_angle_deg(first, vertex, last))


@dataclass(frozen=True)
class Placed:
    """A drawing on the frames `first` to `last`, both included."""

    drawing: Drawing
    first: int
    last: int


def on_frame(placed: Iterable[Placed], frame: int) -> list[Drawing]:
    """The drawings that show on a frame, in their order."""
    return [one.drawing for one in placed if one.first <= frame <= one.last]


def to_dict(drawing: Drawing) -> dict[str, Any]:
    """A drawing as plain values."""
    points = [[round(x, 2), round(y, 2)] for x, y in drawing.points]
    return {"kind": drawing.kind, "points": points, "colour": drawing.colour, "text": drawing.text}


def from_dict(values: Mapping[str, Any]) -> Drawing:
    """The drawing that `to_dict` gave; what else stands beside it is left alone.

    Raises
    ------
    InputError : it is no drawing.
    """
    try:
        points = tuple((float(x), float(y)) for x, y in values["points"])
        return Drawing(values["kind"], points, values.get("colour", "yellow"), str(values.get("text", "")))
    except (KeyError, TypeError, ValueError):
        raise InputError("this drawing cannot be read; draw it anew") from None


# --- against formcheck's own angle ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class OwnAngle:
    """What formcheck sees at the joint that an angle was drawn on: the inner angle of the limbs, in the picture."""

    joint: str
    side: Side
    angle_deg: float


def own_angle(
    drawing: Drawing, xy_px: FloatArray, angles_deg: Mapping[str, float], protocol: Protocol
) -> OwnAngle | None:
    """The angle that formcheck sees at the joint that was drawn on; None far from every joint and for other kinds.

    Parameters
    ----------
    xy_px : (33, 2) landmarks of the frame.
    angles_deg : the angle series at that frame by name; the measured knee angle goes before the landmarks' own.
    """
    if drawing.angle_deg is None:
        return None
    arms = np.asarray(drawing.points, dtype=np.float64)
    near = [
        (dist(arms[1], limbs[1]), joints[1], side, limbs)
        for side in SIDES
        for joints in _JOINTS
        if _fits(arms, limbs := np.stack([xy_px[side_landmark(joint, side)] for joint in joints]))
    ]
    if not near:
        return None
    _, joint, side, limbs = min(near, key=lambda found: found[0])
    seen = float(interior_angle_deg(limbs[0], limbs[1], limbs[2]))
    if joint == "knee":
        series = "knee_flexion_deg" if protocol == "treadmill_side" else "knee_fppa_deg"
        measured = angles_deg.get(f"{side}_{series}", float("nan"))
        seen = 180.0 - abs(measured) if isfinite(measured) else seen
    return OwnAngle(joint, side, seen)


def _fits(arms: FloatArray, limbs: FloatArray) -> bool:
    """Whether a drawn angle (3, 2) lies on a joint (3, 2), its arms along the limbs in either order."""
    if not np.isfinite(limbs).all():
        return False
    reach = _NEAR * min(dist(limbs[0], limbs[1]), dist(limbs[2], limbs[1]))
    if dist(arms[1], limbs[1]) > reach:
        return False
    drawn, seen = arms[[0, 2]] - arms[1], limbs[[0, 2]] - limbs[1]
    return any(
        all(_between_deg(a, b) <= _ALONG_DEG for a, b in zip(drawn, way, strict=True)) for way in (seen, seen[::-1])
    )


def _between_deg(a: FloatArray, b: FloatArray) -> float:
    return float(interior_angle_deg(a, np.zeros(2), b))


def shown_landmarks(raw: PoseSequence) -> dict[str, Any]:
    """Raw tracking for the browser: names, and for every frame x, y of each landmark in tenths of a pixel, or None."""
    flat = np.round(raw.xy_px * 10.0).reshape(len(raw), -1)
    rows = [[int(v) if v == v else None for v in row] for row in flat.tolist()]
    bones = [[int(a), int(b)] for a, b in BONES]
    return {"names": list(NAMES), "bones": bones, "tenths_px": rows, "times_s": np.round(raw.time_s, 5).tolist()}


# --- painting -------------------------------------------------------------------------------------------------------


def paint(rgb: Image8, drawings: Iterable[Drawing], *, scale: float = 1.0) -> Image8:
    """A new image with the drawings on it.

    Parameters
    ----------
    rgb : (H, W, 3) upright image, or a smaller one of the same picture.
    scale : its size as a share of the full image, in whose pixels the drawings are.
    """
    canvas = rgb.copy()
    for drawing in drawings:
        points = np.asarray(drawing.points, dtype=np.float64) * scale
        _paint_one(canvas, drawing, points, unit_px=max(canvas.shape[1] / 390.0, 1.0))
    return canvas


def _paint_one(canvas: Image8, drawing: Drawing, points: FloatArray, *, unit_px: float) -> None:
    colour, size_px = COLOURS[drawing.colour], max(10, round(13 * unit_px))
    if drawing.kind == "text":
        Canvas.of_rgb(canvas).pill(drawing.text, *points[0], size_px=size_px, colour=DARK, ink=colour)
        return
    for shade, width in ((DARK, 4.0), (colour, 2.0)):
        stroke = max(1, round(width * unit_px))
        if drawing.kind == "circle":
            middle, radius = points[0].round().astype(int), round(dist(points[0], points[1]))
            cv2.circle(canvas, (int(middle[0]), int(middle[1])), max(1, radius), shade, stroke, cv2.LINE_AA)
        else:
            line = _line(drawing.kind, points, canvas.shape).round().astype(np.int32)
            cv2.polylines(canvas, [line.reshape(-1, 1, 2)], False, shade, stroke, cv2.LINE_AA)
    if drawing.angle_deg is not None:
        x, y = points[1] + unit_px * np.array([0.0, 22.0])
        Canvas.of_rgb(canvas).pill(f"{drawing.angle_deg:.0f}°", x, y, size_px=size_px, colour=DARK, ink=colour)


def _line(kind: Kind, points: FloatArray, shape: Sequence[int]) -> FloatArray:
    """The corners of a stroke; a reference line runs through the whole picture."""
    x, y = points[0]
    if kind == "horizontal":
        return np.array([[0.0, y], [shape[1] - 1.0, y]])
    if kind == "vertical":
        return np.array([[x, 0.0], [x, shape[0] - 1.0]])
    return points
