"""A line figure for every exercise, as SVG: pale where the movement begins, strong where it ends, an arrow between.

Colours come from the page (`currentColor`, `--fc-accent`), so that the figures fit light and dark pages alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from formcheck.recovery.exercises import EXERCISES

Point = tuple[float, float]
_WIDTH, _HEIGHT = 200, 150
_LIMB, _THIN = 9.0, 3.5
_ACCENT: Final = "var(--fc-accent, #0f766e)"


@dataclass(frozen=True)
class Figure:
    """What is drawn: the body, the part that moves, where it began, the way it goes, and things around it.

    `head` is the head's centre, None for a foot alone; limbs are chains of joints; `props` are thin lines.
    """

    head: Point | None
    body: tuple[tuple[Point, ...], ...]
    moving: tuple[tuple[Point, ...], ...]
    ghost: tuple[tuple[Point, ...], ...] = ()
    arrow: tuple[Point, Point, Point] | None = None
    props: tuple[tuple[Point, ...], ...] = ()
    bands: tuple[tuple[Point, ...], ...] = ()


_FLOOR: Final = ((8.0, 140.0), (192.0, 140.0))
_FIGURES: Final[dict[str, Figure]] = {
    "clamshell": Figure(
        (24, 112),
        (((38, 118), (98, 116)), ((98, 120), (140, 128), (106, 133)), ((40, 120), (22, 131), (44, 134))),
        (((98, 112), (134, 78), (106, 128)),),
        (((98, 113), (140, 120), (106, 128)),),
        ((152, 116), (160, 98), (148, 80)),
        (_FLOOR,),
        (((131, 87), (138, 125)),),
    ),
    "hip_abduction": Figure(
        (24, 112),
        (((38, 118), (98, 118)), ((98, 121), (132, 130), (108, 133)), ((40, 120), (22, 131), (44, 134))),
        (((98, 114), (178, 70)),),
        (((98, 116), (186, 126)),),
        ((190, 116), (196, 96), (187, 78)),
        (_FLOOR,),
    ),
    "band_walk": Figure(
        (98, 18),
        (
            ((98, 34), (98, 74)),
            ((98, 40), (78, 58), (92, 70)),
            ((98, 40), (118, 58), (104, 70)),
            ((93, 76), (78, 104), (74, 134)),
        ),
        (((103, 76), (128, 104), (138, 134)),),
        (((103, 76), (112, 104), (112, 134)),),
        ((142, 112), (156, 108), (170, 112)),
        (_FLOOR,),
        (((80, 100), (126, 100)),),
    ),
    "bridge": Figure(
        (22, 124),
        (((36, 130), (94, 92)), ((94, 92), (128, 84), (134, 134)), ((38, 132), (70, 134))),
        (((94, 92), (168, 60)),),
        (((36, 130), (94, 128), (168, 106)),),
        ((94, 122), (90, 112), (94, 102)),
        (_FLOOR,),
    ),
    "knee_extension": Figure(
        (84, 16),
        (((84, 32), (84, 76)), ((84, 38), (92, 56), (102, 70)), ((84, 78), (70, 106), (66, 134))),
        (((84, 78), (86, 106), (84, 134), (96, 135)),),
        (((84, 78), (104, 104), (84, 134)),),
        ((116, 92), (108, 90), (98, 94)),
        (_FLOOR, ((182, 60), (182, 140))),
        (((86, 106), (182, 106)),),
    ),
    "leg_raise": Figure(
        (20, 124),
        (((34, 130), (92, 132)), ((92, 132), (118, 98), (136, 135)), ((36, 132), (68, 135))),
        (((92, 130), (158, 66)),),
        (((92, 131), (184, 133)),),
        ((184, 118), (182, 96), (168, 76)),
        (_FLOOR,),
    ),
    "wall_sit": Figure(
        (72, 14),
        (((70, 30), (70, 76)), ((70, 38), (84, 56), (98, 72))),
        (((70, 78), (110, 98), (110, 136), (124, 137)),),
        (),
        None,
        (_FLOOR, ((60, 6), (60, 140))),
    ),
    "short_foot": Figure(
        None,
        (((70, 20), (66, 96), (46, 120), (60, 132)),),
        (((60, 132), (100, 110), (140, 130), (166, 134)),),
        (((60, 133), (104, 130), (146, 131), (174, 135)),),
        ((146, 104), (122, 92), (98, 98)),
        (_FLOOR,),
    ),
    "balance": Figure(
        (98, 14),
        (
            ((98, 30), (98, 72)),
            ((98, 36), (72, 50), (58, 42)),
            ((98, 36), (124, 50), (138, 42)),
            ((102, 74), (120, 96), (106, 116)),
        ),
        (((95, 74), (98, 100), (94, 126), (108, 127)),),
        (),
        None,
        (_FLOOR, ((70, 130), (132, 130), (132, 139), (70, 139), (70, 130))),
    ),
}


def figure(exercise_id: str) -> str:
    """The figure of an exercise as an SVG element, with its name and what to do as its description.

    Raises
    ------
    KeyError : there is no such exercise.
    """
    exercise, drawn = EXERCISES[exercise_id], _FIGURES[exercise_id]
    parts = [_line(points, "currentColor", _THIN, 0.45) for points in drawn.props]
    parts += [_line(points, _ACCENT, _LIMB, 0.25) for points in drawn.ghost]
    parts.append(f'<g opacity="0.8">{"".join(_still(drawn))}</g>')
    parts += [_line(points, _ACCENT, _LIMB, 1.0) for points in drawn.moving]
    parts += [_line(points, "currentColor", _THIN, 0.9, dashed=True) for points in drawn.bands]
    if drawn.arrow:
        parts.append(_arrow(*drawn.arrow))
    top = _top(drawn)
    label = f"{exercise.name}: {exercise.how}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 {top:g} {_WIDTH} {_HEIGHT - top:g}" role="img" '
        f'aria-label="{label}" fill="none">{"".join(parts)}</svg>'
    )


def _top(drawn: Figure) -> float:
    """The upper edge of the picture: lying figures need no room above."""
    heights = [y for chain in (*drawn.body, *drawn.moving, *drawn.props) for _, y in chain]
    heights += [drawn.head[1] - 11] if drawn.head else []
    return max(min(heights) - 12, 0.0)


def _still(drawn: Figure) -> list[str]:
    """What does not move: body and head (a figure of the foot alone has none)."""
    parts = [_line(points, "currentColor", _LIMB, 1.0) for points in drawn.body]
    if drawn.head is not None:
        parts.append(f'<circle cx="{drawn.head[0]:g}" cy="{drawn.head[1]:g}" r="11" fill="currentColor"/>')
    return parts


def _line(points: tuple[Point, ...], colour: str, width: float, opacity: float, *, dashed: bool = False) -> str:
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return (
        f'<polyline points="{path}" stroke="{colour}" stroke-width="{width:g}" stroke-linecap="round" '
        f'stroke-linejoin="round" opacity="{opacity:g}"{dash}/>'
    )


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
