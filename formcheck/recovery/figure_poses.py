"""How every exercise looks: where the joints are, what moves and from where. Drawn by `figures`.

The picture is 200 wide; the floor lies at 140. Segments keep their lengths from picture to picture, so that the
figures look like one person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Point = tuple[float, float]
Kind = Literal["head", "trunk", "front", "arm", "leg", "outline"]
FLOOR_Y: Final = 140.0


@dataclass(frozen=True)
class Part:
    """A part of the body: its kind, and its joints from the trunk outward.

    `head`: its centre and the neck's foot; `trunk`: shoulder and hip from the side; `front`: the same from the front;
    `arm`: shoulder, elbow, hand; `leg`: hip, knee, ankle, toe; `outline`: a closed shape, its corners rounded.
    """

    kind: Kind
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Pose:
    """What is drawn: the body, its far side, what moves, where that began, the way it goes, and things around it.

    `lines` are things such as a wall, `bands` elastic ones, `words` short texts with their place.
    """

    body: tuple[Part, ...]
    moving: tuple[Part, ...]
    ghost: tuple[Part, ...] = ()
    far: tuple[Part, ...] = ()
    arrow: tuple[Point, Point, Point] | None = None
    lines: tuple[tuple[Point, ...], ...] = ()
    bands: tuple[tuple[Point, ...], ...] = ()
    words: tuple[tuple[Point, str], ...] = ()


def _head(*points: Point) -> Part:
    return Part("head", points)


def _trunk(*points: Point) -> Part:
    return Part("trunk", points)


def _front(*points: Point) -> Part:
    return Part("front", points)


def _arm(*points: Point) -> Part:
    return Part("arm", points)


def _leg(*points: Point) -> Part:
    return Part("leg", points)


_SIDE_LYING: Final = (
    _head((22, 113), (40, 122)),
    _trunk((46, 124), (96, 126)),
    _arm((48, 118), (66, 104), (86, 117)),
    _arm((46, 130), (28, 135), (10, 130)),
)
POSES: Final[dict[str, Pose]] = {
    "clamshell": Pose(
        body=_SIDE_LYING,
        moving=(_leg((98, 120), (124, 86), (156, 122), (168, 130)),),
        ghost=(_leg((98, 121), (126, 122), (158, 122), (168, 130)),),
        far=(_leg((98, 128), (126, 133), (158, 130), (170, 134)),),
        arrow=((162, 106), (160, 94), (149, 84)),
    ),
    "hip_abduction": Pose(
        body=_SIDE_LYING,
        moving=(_leg((98, 120), (138, 101), (176, 83), (182, 93)),),
        ghost=(_leg((98, 121), (142, 123), (182, 125), (187, 133)),),
        far=(_leg((98, 128), (128, 133), (156, 131), (166, 135)),),
        arrow=((158, 116), (161, 109), (158, 102)),
    ),
    "band_walk": Pose(
        body=(
            _head((98, 18), (98, 36)),
            _front((98, 40), (98, 76)),
            _arm((83, 42), (66, 58), (84, 72)),
            _arm((113, 42), (130, 58), (112, 72)),
            _leg((90, 78), (80, 105), (78, 131), (74, 136)),
        ),
        moving=(_leg((106, 78), (126, 103), (136, 131), (142, 136)),),
        ghost=(_leg((106, 78), (112, 105), (112, 131), (115, 136)),),
        arrow=((146, 110), (158, 105), (170, 110)),
        bands=(((80, 95), (125, 95)),),
    ),
    "bridge": Pose(
        body=(
            _head((18, 128), (34, 130)),
            _arm((42, 133), (62, 136), (82, 136)),
            _leg((88, 105), (124, 84), (126, 128), (140, 135)),
        ),
        moving=(_trunk((42, 130), (88, 105)), _leg((88, 105), (124, 82), (160, 60), (153, 48))),
        ghost=(_trunk((42, 130), (92, 130)), _leg((92, 130), (126, 104), (160, 80), (153, 68))),
        arrow=((104, 130), (107, 121), (104, 112)),
    ),
    "knee_extension": Pose(
        body=(
            _head((82, 16), (82, 34)),
            _trunk((82, 40), (82, 76)),
            _arm((82, 42), (86, 60), (98, 70)),
        ),
        moving=(_leg((83, 78), (88, 105), (90, 131), (104, 136)),),
        ghost=(_leg((83, 78), (106, 100), (90, 131), (104, 136)),),
        far=(_leg((81, 78), (74, 105), (62, 130), (76, 136)),),
        arrow=((128, 92), (118, 88), (108, 92)),
        lines=(((182, 56), (182, FLOOR_Y)),),
        bands=(((182, 104), (84, 104)),),
    ),
    "leg_raise": Pose(
        body=(
            _head((18, 128), (34, 130)),
            _trunk((42, 130), (96, 131)),
            _arm((42, 133), (62, 136), (82, 136)),
            _leg((97, 131), (124, 97), (142, 130), (156, 136)),
        ),
        moving=(_leg((97, 130), (128, 99), (158, 69), (149, 60)),),
        ghost=(_leg((97, 131), (141, 133), (183, 133), (184, 120)),),
        arrow=((186, 108), (184, 90), (172, 74)),
        words=(((156, 116), "45°"),),
    ),
    "wall_sit": Pose(
        body=(
            _head((73, 15), (70, 32)),
            _trunk((70, 38), (70, 74)),
            _arm((71, 42), (80, 58), (96, 70)),
        ),
        moving=(_leg((72, 76), (110, 98), (110, 131), (124, 136)),),
        far=(_leg((76, 76), (117, 97), (118, 130), (132, 135)),),
        lines=(((59, 4), (59, FLOOR_Y)),),
        words=(((128, 92), "60°"),),
    ),
    "short_foot": Pose(
        body=(Part("outline", ((56, 4), (88, 4), (82, 66), (94, 112), (50, 112), (58, 66))),),
        moving=(
            Part(
                "outline",
                (
                    (46, 120),
                    (54, 94),
                    (90, 90),
                    (128, 114),
                    (156, 126),
                    (160, 137),
                    (132, 138),
                    (98, 112),
                    (76, 138),
                    (48, 138),
                ),
            ),
        ),
        ghost=(
            Part(
                "outline",
                (
                    (46, 122),
                    (54, 98),
                    (92, 98),
                    (138, 124),
                    (172, 128),
                    (176, 138),
                    (146, 139),
                    (102, 131),
                    (76, 138),
                    (48, 138),
                ),
            ),
        ),
        arrow=((168, 110), (152, 98), (134, 96)),
    ),
    "balance": Pose(
        body=(
            _head((98, 16), (98, 34)),
            _front((98, 38), (98, 72)),
            _arm((83, 40), (66, 52), (50, 44)),
            _arm((113, 40), (130, 52), (146, 44)),
            _leg((106, 74), (114, 98), (112, 114), (114, 120)),
        ),
        moving=(_leg((92, 74), (96, 98), (97, 121), (98, 127)),),
        lines=(((68, 131), (128, 131), (128, 139), (68, 139), (68, 131)),),
    ),
}
