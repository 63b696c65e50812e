"""A figure for every exercise, as SVG: pale where the movement begins, strong where it ends, an arrow between.

Colours come from the page (`currentColor`, `--fc-accent`), so that the figures fit light and dark pages alike. What
is drawn stands in `figure_poses`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from formcheck.recovery.exercises import EXERCISES
from formcheck.recovery.figure_poses import FLOOR_Y, POSES, Kind, Part, Point, Pose

_WIDTH, _HEIGHT = 200, 150
_ACCENT: Final = "var(--fc-accent, #0f766e)"
_THICK: Final[dict[Kind, tuple[tuple[float, float], ...]]] = {
    "head": ((10.0, 10.0),),
    "trunk": ((10.0, 9.0),),
    "arm": ((4.5, 3.8), (3.8, 3.0)),
    "leg": ((8.5, 6.2), (6.2, 3.8), (3.6, 2.6)),
}
"""Half the width of every segment at its two ends."""
_NECK: Final = (3.5, 4.5)
_FRONT: Final = ((14.0, 5.0), (7.0, 8.0))
"""Of shoulders and pelvis from the front: half the width between the joints, and half the thickness."""


def figure(exercise_id: str) -> str:
    """The figure of an exercise as an SVG element, with its name and what to do as its description.

    Raises
    ------
    KeyError : there is no such exercise.
    """
    exercise, pose = EXERCISES[exercise_id], POSES[exercise_id]
    floor = ((8.0, FLOOR_Y), (192.0, FLOOR_Y))
    parts = [_line(points, 3.5, "0.45") for points in (floor, *pose.lines)]
    parts.append(_group(pose.ghost, _ACCENT, 0.25))
    parts.append(_group(pose.far, "currentColor", 0.4))
    parts.append(_group(pose.body, "currentColor", 0.8))
    parts.append(_group(pose.moving, _ACCENT, 1.0))
    parts += [_line(points, 3.5, "0.9", dashed=True) for points in pose.bands]
    parts += [_word(place, text) for place, text in pose.words]
    if pose.arrow:
        parts.append(_arrow(*pose.arrow))
    top = _top(pose)
    label = f"{exercise.name}: {exercise.how}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 {top:g} {_WIDTH} {_HEIGHT - top:g}" role="img" '
        f'aria-label="{label}" fill="none">{"".join(parts)}</svg>'
    )


def _top(pose: Pose) -> float:
    """The upper edge of the picture: lying figures need no room above."""
    parts = (*pose.body, *pose.far, *pose.moving, *pose.ghost)
    heights = [y for part in parts for _, y in part.points] + [y for line in pose.lines for _, y in line]
    return max(min(heights) - 16, 0.0)


def _group(parts: tuple[Part, ...], colour: str, opacity: float) -> str:
    """Parts of one colour; their overlaps are no darker, since the whole group is made pale."""
    shapes = "".join(_part(part) for part in parts)
    return f'<g fill="{colour}" stroke="none" opacity="{opacity:g}">{shapes}</g>' if shapes else ""


def _part(part: Part) -> str:
    if part.kind == "outline":
        return f'<path d="{_rounded(part.points)}"/>'
    if part.kind == "front":
        return _chest(*part.points)
    if part.kind == "head":
        centre, neck = part.points
        return _segment(centre, neck, *_NECK) + _disc(centre, _THICK["head"][0][0])
    return "".join(_segment(a, b, *wide) for (a, b), wide in zip(pairwise(part.points), _THICK[part.kind], strict=True))


def _disc(centre: Point, radius: float) -> str:
    return f'<circle cx="{centre[0]:g}" cy="{centre[1]:g}" r="{radius:g}"/>'


def _segment(a: Point, b: Point, wide_a: float, wide_b: float) -> str:
    """A limb between two joints, round at both ends and thinner at the farther one."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = (dx * dx + dy * dy) ** 0.5
    nx, ny = -dy / length, dx / length
    corners = [
        (x + s * w * nx, y + s * w * ny)
        for (x, y), w, s in ((a, wide_a, 1), (b, wide_b, 1), (b, wide_b, -1), (a, wide_a, -1))
    ]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    return f'<polygon points="{points}"/>{_disc(a, wide_a)}{_disc(b, wide_b)}'


def _chest(shoulders: Point, hips: Point) -> str:
    """A trunk from the front: from broad shoulders to a narrower pelvis."""
    sides: list[tuple[Point, Point]] = []
    for (x, y), (half, thick) in zip((shoulders, hips), _FRONT, strict=True):
        sides.append(((x - half, y), (x + half, y)))
        sides.append(((x - half - thick + 1, y), (x + half + thick - 1, y)))
    (top_left, top_right), (low_left, low_right) = sides[1], sides[3]
    corners = " ".join(f"{x:g},{y:g}" for x, y in (top_left, top_right, low_right, low_left))
    bars = "".join(_segment(a, b, thick, thick) for (a, b), (_, thick) in zip(sides[::2], _FRONT, strict=True))
    return f'<polygon points="{corners}"/>{bars}'


def _rounded(corners: tuple[Point, ...]) -> str:
    """A closed path through the middles of the sides, bent at every corner."""
    middles = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in pairwise((*corners, corners[0]))]
    start = middles[-1]
    bends = (f"Q{c[0]:g} {c[1]:g} {m[0]:g} {m[1]:g}" for c, m in zip(corners, middles, strict=True))
    return f"M{start[0]:g} {start[1]:g} {' '.join(bends)}Z"


def _line(points: tuple[Point, ...], width: float, opacity: str, *, dashed: bool = False) -> str:
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return (
        f'<polyline points="{path}" stroke="currentColor" stroke-width="{width:g}" stroke-linecap="round" '
        f'stroke-linejoin="round" opacity="{opacity}"{dash}/>'
    )


def _word(place: Point, text: str) -> str:
    return f'<text x="{place[0]:g}" y="{place[1]:g}" fill="currentColor" font-size="11">{text}</text>'


def _arrow(start: Point, bend: Point, end: Point) -> str:
    """A bent arrow; its head points along the last part of the bend."""
    dx, dy = end[0] - bend[0], end[1] - bend[1]
    length = (dx * dx + dy * dy) ** 0.5
    ux, uy = dx / length, dy / length
    tip = (end[0] + 5 * ux, end[1] + 5 * uy)
    wings = [(end[0] - 4 * ux + s * 5 * uy, end[1] - 4 * uy - s * 5 * ux) for s in (1, -1)]
    head = " ".join(f"{x:.1f},{y:.1f}" for x, y in (tip, *wings))
    return (
        f'<path d="M{start[0]:g} {start[1]:g} Q{bend[0]:g} {bend[1]:g} {end[0]:g} {end[1]:g}" stroke="{_ACCENT}" '
        f'stroke-width="2.5"/><polygon points="{head}" fill="{_ACCENT}"/>'
    )
