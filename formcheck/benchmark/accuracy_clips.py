"""The clips of the accuracy benchmark: athletes to develop and to fit with, and athletes only ever used to report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from formcheck.synthetic.camera import Camera, CameraView
from formcheck.synthetic.random_scenarios import Split, random_scenario
from formcheck.synthetic.scenario import Activity, Scenario
from formcheck.synthetic.scene_bystander import walking_person
from formcheck.synthetic.squat_plan import SquatParameters

WIDTH_PX, HEIGHT_PX = 540, 960
_STEP_REP_S, _REP_S, _PAUSE_S, _STAND_S = 2.2, 1.8, 0.2, 1.2
_RUN_S: dict[int, float] = {30: 5.5, 60: 5.0, 120: 4.0, 240: 2.6}
_OTHER_S = 5.0


@dataclass(frozen=True)
class Row:
    """One clip before it is drawn; `guide` tells whether its camera keeps to the capture guide."""

    activity: Activity
    seed: int
    fps: int = 30
    guide: bool = True
    view: CameraView | None = None
    stickers: bool = False
    squat: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class BenchClip:
    """A clip of the benchmark."""

    scenario: Scenario
    split: Split
    within_guide: bool


_R: tuple[CameraView, CameraView] = ("side_right", "side_left")
_REPORT: tuple[Row, ...] = (
    Row("treadmill_rear", 121, 60),
    Row("treadmill_side", 221, 120, view=_R[0]),
    Row("single_leg_squat", 321, squat={"leg": "left", "shallow": (3,)}),
    Row("treadmill_side", 222, 60, view=_R[1]),
    Row("step_down", 401, squat={"leg": "right"}),
    Row("treadmill_rear", 102, 60, stickers=True),
    Row("treadmill_front", 501, 60),
    Row("walking", 601),
    Row("single_leg_squat", 302, squat={"leg": "right", "touchdowns": (3,)}),
    Row("treadmill_side", 203, 120, view=_R[1]),
    Row("treadmill_rear", 103, 120),
    Row("two_leg_squat", 701),
    Row("single_leg_squat", 303, stickers=True, squat={"leg": "left", "dips": (2,)}),
    Row("treadmill_side", 204, 60, view=_R[0]),
    Row("treadmill_front", 502, 60, stickers=True),
    Row("treadmill_rear", 104, 30),
    Row("step_down", 402, squat={"leg": "left"}),
    Row("lateral_raise", 801),
    Row("treadmill_side", 205, 240, view=_R[0]),
    Row("single_leg_squat", 304, squat={"leg": "right", "long_pauses": (2,), "dips": (3,)}),
    Row("treadmill_rear", 105, 60, guide=False),
    Row("treadmill_side", 206, 120, view=_R[0]),
    Row("standing_sway", 901),
    Row("treadmill_rear", 106, 60),
    Row("single_leg_squat", 305, squat={"leg": "left", "shallow": (1, 4)}),
    Row("treadmill_side", 207, 60, view=_R[1]),
    Row("treadmill_front", 503, 30),
    Row("treadmill_side", 208, 120, view=_R[1]),
    Row("step_down", 403, squat={"leg": "right"}),
    Row("treadmill_rear", 107, 120, stickers=True),
    Row("single_leg_squat", 306, guide=False, squat={"leg": "right", "shallow": (2,)}),
    Row("treadmill_side", 209, 60, guide=False, view=_R[0]),
    Row("walking", 602),
    Row("treadmill_rear", 108, 60),
    Row("single_leg_squat", 307, squat={"leg": "left", "touchdowns": (2, 4)}),
    Row("treadmill_side", 210, 30, view=_R[0]),
    Row("treadmill_front", 504, 120),
    Row("step_down", 404, stickers=True, squat={"leg": "left"}),
    Row("treadmill_side", 211, 120, view=_R[0]),
    Row("single_leg_squat", 308, 60, squat={"leg": "right"}),
    Row("treadmill_rear", 109, 240),
    Row("treadmill_side", 212, 240, view=_R[1]),
    Row("two_leg_squat", 702),
    Row("single_leg_squat", 309, squat={"leg": "left", "n_reps": 20}),
    Row("single_leg_squat", 310, squat={"leg": "right", "n_reps": 20}),
)
"""In the order in which they are made, so that the first few already show every protocol."""

_DEVELOP: tuple[Row, ...] = (
    Row("treadmill_rear", 11, 60),
    Row("treadmill_side", 21, 60, view=_R[0]),
    Row("single_leg_squat", 31, squat={"leg": "left"}),
    Row("step_down", 41, squat={"leg": "left"}),
    Row("treadmill_side", 22, 120, view=_R[1]),
    Row("treadmill_rear", 12, 60),
    Row("treadmill_front", 51, 60),
    Row("single_leg_squat", 32, squat={"leg": "right", "shallow": (2,)}),
    Row("treadmill_side", 23, 60, view=_R[1]),
    Row("treadmill_rear", 13, 120),
    Row("step_down", 42, squat={"leg": "right"}),
    Row("single_leg_squat", 33, stickers=True, squat={"leg": "left", "touchdowns": (3,)}),
    Row("treadmill_side", 24, 120, view=_R[0]),
    Row("treadmill_rear", 14, 60, stickers=True),
    Row("treadmill_front", 52, 60),
    Row("single_leg_squat", 34, squat={"leg": "right"}),
    Row("treadmill_side", 25, 60, view=_R[0]),
    Row("step_down", 43, squat={"leg": "left"}),
    Row("treadmill_rear", 15, 30),
    Row("single_leg_squat", 35, squat={"leg": "left", "dips": (3,)}),
    Row("treadmill_side", 26, 120, view=_R[1]),
    Row("single_leg_squat", 36, squat={"leg": "right"}),
    Row("single_leg_squat", 37, squat={"leg": "left"}),
    Row("step_down", 44, squat={"leg": "right"}),
    Row("single_leg_squat", 38, squat={"leg": "right"}),
    Row("treadmill_front", 53, 60),
    Row("single_leg_squat", 39, squat={"leg": "left"}),
    Row("step_down", 45, squat={"leg": "left"}),
    Row("single_leg_squat", 40, squat={"leg": "right", "touchdowns": (2,)}),
    Row("treadmill_side", 62, 120, view=_R[0]),
    Row("treadmill_side", 65, 120, view=_R[1]),
    Row("treadmill_side", 66, 60, view=_R[0]),
    Row("treadmill_side", 64, 120, view=_R[0]),
    Row("treadmill_side", 63, 60, view=_R[1]),
    Row("treadmill_side", 70, 60, view=_R[0]),
    Row("treadmill_side", 61, 120, view=_R[1]),
    Row("treadmill_side", 75, 120, view=_R[1]),
    Row("single_leg_squat", 46, squat={"leg": "right", "n_reps": 20}),
    Row("single_leg_squat", 47, squat={"leg": "left", "n_reps": 20}),
    Row("single_leg_squat", 48, squat={"leg": "right", "n_reps": 20, "shallow": (4,), "touchdowns": (9,)}),
    Row("single_leg_squat", 81, squat={"leg": "left"}),
    Row("single_leg_squat", 82, squat={"leg": "right"}),
    Row("step_down", 161, squat={"leg": "left"}),
    Row("single_leg_squat", 83, squat={"leg": "left", "shallow": (2,)}),
    Row("single_leg_squat", 84, stickers=True, squat={"leg": "right"}),
    Row("step_down", 163, squat={"leg": "right"}),
    Row("single_leg_squat", 85, squat={"leg": "left"}),
    Row("single_leg_squat", 86, squat={"leg": "right", "touchdowns": (3,)}),
    Row("step_down", 165, squat={"leg": "left"}),
    Row("single_leg_squat", 87, squat={"leg": "left"}),
    Row("single_leg_squat", 88, squat={"leg": "right"}),
    Row("step_down", 167, squat={"leg": "right"}),
    Row("single_leg_squat", 89, stickers=True, squat={"leg": "left"}),
    Row("single_leg_squat", 90, squat={"leg": "right", "dips": (3,)}),
    Row("step_down", 169, squat={"leg": "left"}),
    Row("single_leg_squat", 91, squat={"leg": "left"}),
    Row("single_leg_squat", 92, squat={"leg": "right"}),
    Row("step_down", 171, squat={"leg": "right"}),
    Row("single_leg_squat", 93, squat={"leg": "left", "shallow": (4,)}),
    Row("single_leg_squat", 94, squat={"leg": "right"}),
    Row("step_down", 173, squat={"leg": "left"}),
    Row("single_leg_squat", 95, squat={"leg": "left"}),
    Row("single_leg_squat", 96, squat={"leg": "right"}),
    Row("step_down", 175, squat={"leg": "right"}),
    Row("single_leg_squat", 181, guide=False, squat={"leg": "left"}),
    Row("treadmill_rear", 111, 60, guide=False),
    Row("treadmill_side", 121, 60, guide=False, view=_R[0]),
    Row("single_leg_squat", 182, guide=False, squat={"leg": "right"}),
    Row("treadmill_front", 151, 60, guide=False),
    Row("step_down", 191, guide=False, squat={"leg": "left"}),
    Row("single_leg_squat", 183, guide=False, squat={"leg": "left", "shallow": (3,)}),
    Row("treadmill_rear", 112, 60, guide=False),
    Row("treadmill_side", 122, 120, guide=False, view=_R[1]),
    Row("single_leg_squat", 184, guide=False, squat={"leg": "right"}),
    Row("treadmill_front", 152, 60, guide=False),
    Row("step_down", 192, guide=False, squat={"leg": "right"}),
    Row("single_leg_squat", 185, guide=False, squat={"leg": "left"}),
    Row("treadmill_rear", 113, 120, guide=False),
    Row("treadmill_side", 123, 60, guide=False, view=_R[1]),
    Row("single_leg_squat", 186, guide=False, squat={"leg": "right", "touchdowns": (2,)}),
    Row("treadmill_front", 153, 30, guide=False),
    Row("step_down", 193, guide=False, squat={"leg": "left"}),
    Row("treadmill_rear", 114, 60, guide=False),
    Row("treadmill_side", 124, 120, guide=False, view=_R[0]),
    Row("treadmill_rear", 115, 60, guide=False),
    Row("treadmill_side", 125, 60, guide=False, view=_R[0]),
    Row("step_down", 194, guide=False, squat={"leg": "right"}),
    Row("treadmill_side", 126, 120, guide=False, view=_R[1]),
)
_ROWS: dict[Split, tuple[Row, ...]] = {"develop": _DEVELOP, "report": _REPORT}


def on_list(split: Split) -> int:
    """How many clips a split has."""
    return len(_ROWS[split])


def chosen(split: Split, *, part: tuple[int, int] = (1, 1), limit: int | None = None) -> tuple[BenchClip, ...]:
    """The clips of a split, or some of them.

    Parameters
    ----------
    part : (i, n) for the i-th of n parts, counted from 1; parts are alike, as every n-th clip goes into one.
    limit : the first so many of the split (before it is parted).
    """
    i, n = part
    return tuple(draw(row, split) for row in _ROWS[split][:limit][i - 1 :: n])


def draw(row: Row, split: Split) -> BenchClip:
    """A row as a scenario: shorter and smaller than `random_scenario` draws it, so that it is cheap to make."""
    drawn = random_scenario(
        row.activity,
        row.seed,
        split=split,
        fps=float(row.fps),
        within_guide=row.guide,
        duration_s=_RUN_S[row.fps] if row.activity.startswith("treadmill") else _OTHER_S,
    )
    scenario = replace(
        drawn,
        camera=_smaller(replace(drawn.camera, view=row.view or drawn.camera.view)),
        squat=None if drawn.squat is None else _shorter(drawn.squat, row),
        look={**drawn.look, "stickers": "both" if row.stickers else "none"},
        scene={**drawn.scene, "bystander": _bystander(drawn)},
        effects={**drawn.effects, "defocus_px": drawn.effects["defocus_px"] * WIDTH_PX / drawn.camera.width_px},
    )
    return BenchClip(scenario, split, row.guide)


def _smaller(camera: Camera) -> Camera:
    """The same picture in fewer pixels."""
    share = WIDTH_PX / camera.width_px
    return replace(
        camera,
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
        focal_px=camera.focal_px * share,
        shake_px=camera.shake_px * share,
    )


def _shorter(squat: SquatParameters, row: Row) -> SquatParameters:
    """Few repetitions at a brisk pace, with the incidents of the row."""
    stepping = row.activity == "step_down"
    plain: dict[str, Any] = {"shallow": (), "dips": (), "long_pauses": (), "touchdowns": ()}
    plain["n_reps"] = 6 if row.activity == "single_leg_squat" else 5
    return replace(
        squat,
        rep_s=min(squat.rep_s, _STEP_REP_S if stepping else _REP_S),
        pause_s=min(squat.pause_s, _PAUSE_S),
        stand_s=min(squat.stand_s, _STAND_S),
        end_stand_s=0.0,
        long_pause_s=1.2,
        **{**plain, **row.squat},
    )


def _bystander(scenario: Scenario) -> str:
    """Who stands behind; somebody whose steps do not fit their legs stands still."""
    wanted = str(scenario.scene["bystander"])
    if wanted != "walking":
        return wanted
    try:
        walking_person(scenario.seed, np.arange(0.0, 6.0, 1.0 / 240.0))
    except ValueError:
        return "standing"
    return wanted
