"""What a person puts right in an analysis, and how it changes landmarks, steps and repetitions. Pure.

Raw tracking is never overwritten: edits are kept beside it and applied anew each time, in the order in which they were
made. Times are seconds of the clip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any, Final, Literal, TypeVar

import numpy as np

from formcheck.errors import InputError
from formcheck.events import Step
from formcheck.landmarks import NAMES, Landmark
from formcheck.repetitions import Repetition
from formcheck.types import SIDES, FloatArray, PoseSequence, Side

StepMark = Literal["initial_contact", "toe_off"]
RepetitionMark = Literal["rep_start", "rep_bottom", "rep_end"]
DEFAULT_SPAN_S: Final = 0.12
"""A dragged landmark takes its neighbours along for so long on each side (J: about half of a running stance)."""
_REACH_S: Final = 0.25
"""An edit means the event nearest to the time it names, if none is further away than this."""


@dataclass(frozen=True)
class MoveLandmark:
    """A landmark dragged on one frame; neighbours within `span_s` follow, less the further they are."""

    frame: int
    landmark: str
    x_px: float
    y_px: float
    span_s: float = DEFAULT_SPAN_S

    def __post_init__(self) -> None:
        if self.landmark not in NAMES or self.frame < 0 or not self.span_s >= 0:
            raise InputError(
                f"landmark {self.landmark} on frame {self.frame} cannot be moved; name one of the 33 landmarks"
            )


@dataclass(frozen=True)
class MoveEvent:
    """A contact, toe-off or moment of a repetition put elsewhere in time."""

    mark: StepMark | RepetitionMark
    side: Side
    from_s: float
    to_s: float


@dataclass(frozen=True)
class AddStep:
    """A contact that was missed; without a toe-off it lasts as long as the other steps of that foot."""

    side: Side
    contact_s: float
    toe_off_s: float | None = None


@dataclass(frozen=True)
class DeleteStep:
    """A step that is none, named by its contact."""

    side: Side
    contact_s: float


@dataclass(frozen=True)
class AddToeOff:
    """The toe-off of the step that is under way then, or was last; without a contact before it, it says nothing."""

    side: Side
    toe_off_s: float


@dataclass(frozen=True)
class DeleteToeOff:
    """A toe-off that is none: its step then lasts as long as the other steps of that foot, like one added without."""

    side: Side
    toe_off_s: float


@dataclass(frozen=True)
class AddRepetition:
    """A repetition that was missed."""

    start_s: float
    bottom_s: float
    end_s: float

    def __post_init__(self) -> None:
        if not self.start_s < self.bottom_s < self.end_s:
            raise InputError("a repetition needs its start before its lowest point, and that before its end")


@dataclass(frozen=True)
class DeleteRepetition:
    """A repetition that is none, named by its lowest point."""

    bottom_s: float


@dataclass(frozen=True)
class Unusable:
    """A stretch that must not be measured, from `start_s` until before `end_s`."""

    start_s: float
    end_s: float

    def __post_init__(self) -> None:
        if not self.start_s < self.end_s:
            raise InputError("an unusable stretch needs its start before its end")


StepEdit = MoveEvent | AddStep | DeleteStep | AddToeOff | DeleteToeOff
Edit = MoveLandmark | StepEdit | AddRepetition | DeleteRepetition | Unusable
_KINDS: Final[Mapping[str, type]] = MappingProxyType(
    {
        "move_landmark": MoveLandmark,
        "move_event": MoveEvent,
        "add_step": AddStep,
        "delete_step": DeleteStep,
        "add_toe_off": AddToeOff,
        "delete_toe_off": DeleteToeOff,
        "add_repetition": AddRepetition,
        "delete_repetition": DeleteRepetition,
        "unusable": Unusable,
    }
)
_LONGEST_STANCE_S: Final = 1.0
"""A foot that came down longer ago than this has left the ground before (J)."""
_T = TypeVar("_T")


def kind_of(edit: Edit) -> str:
    """The name that an edit is stored under."""
    return next(name for name, type_ in _KINDS.items() if type(edit) is type_)


def to_dict(edit: Edit) -> dict[str, Any]:
    """An edit as plain values, with its kind."""
    return {"kind": kind_of(edit), **asdict(edit)}


def from_dict(values: Mapping[str, Any]) -> Edit:
    """The edit that `to_dict` stored.

    Raises
    ------
    InputError : the kind is not known or a value is off.
    """
    content = dict(values)
    made = _KINDS.get(str(content.pop("kind", "")))
    try:
        if made is None or content.get("side", "left") not in SIDES:
            raise TypeError
        edit: Edit = made(**content)
    except TypeError:
        raise InputError(f"a correction of kind {values.get('kind')!r} cannot be read; make it anew") from None
    return edit


# --- landmarks ------------------------------------------------------------------------------------------------------


def edit_pose(raw: PoseSequence, edits: Iterable[Edit]) -> PoseSequence:
    """Tracking with landmarks moved and unusable stretches taken out.

    Raises
    ------
    InputError : a frame is beyond the clip.
    """
    pose = raw
    for edit in edits:
        if isinstance(edit, MoveLandmark):
            pose = _moved(pose, edit)
        elif isinstance(edit, Unusable):
            pose = _without(pose, edit)
    return pose


def pull(time_s: FloatArray, frame: int, span_s: float) -> FloatArray:
    """(N,) how much each frame follows a landmark dragged on one: 1 there, falling to 0 at `span_s` (cosine)."""
    away = np.abs(time_s - time_s[frame])
    if span_s <= 0:
        return np.asarray(away == 0, dtype=np.float64)
    return np.asarray(np.where(away < span_s, 0.5 * (1.0 + np.cos(np.pi * away / span_s)), 0.0))


def _moved(pose: PoseSequence, edit: MoveLandmark) -> PoseSequence:
    if edit.frame >= len(pose):
        raise InputError(f"frame {edit.frame} is beyond the clip's {len(pose)} frames")
    i = Landmark[edit.landmark.upper()]
    xy, visibility = pose.xy_px.copy(), pose.visibility.copy()
    target = np.array([edit.x_px, edit.y_px])
    shift = target - xy[edit.frame, i]
    if np.isfinite(shift).all():
        xy[:, i] += pull(pose.time_s, edit.frame, edit.span_s)[:, None] * shift
    xy[edit.frame, i] = target
    visibility[edit.frame, i] = 1.0
    return pose.evolve(f"{edit.landmark} moved by hand on frame {edit.frame}", xy_px=xy, visibility=visibility)


def _without(pose: PoseSequence, edit: Unusable) -> PoseSequence:
    out = (pose.time_s >= edit.start_s) & (pose.time_s < edit.end_s)
    if out.all():
        raise InputError("the whole clip would be unusable; film it again")
    xy, visibility = pose.xy_px.copy(), pose.visibility.copy()
    xy[out], visibility[out] = np.nan, np.nan
    extras = {name: np.where(out, np.nan, column) for name, column in pose.extras.items()}
    step = f"{edit.start_s:.2f} to {edit.end_s:.2f} s marked as unusable by hand"
    return pose.evolve(step, xy_px=xy, visibility=visibility, extras=extras)


# --- steps and repetitions ------------------------------------------------------------------------------------------


def edit_steps(steps: Sequence[Step], edits: Iterable[Edit]) -> tuple[Step, ...]:
    """Steps with contacts and toe-offs moved, added and deleted, in order; those in unusable stretches go."""
    found = list(steps)
    for edit in edits:
        if isinstance(edit, MoveEvent) and edit.mark in ("initial_contact", "toe_off"):
            found = _step_moved(found, edit)
        elif isinstance(edit, AddStep):
            found.append(_new_step(found, edit))
        elif isinstance(edit, DeleteStep):
            own = [step for step in found if step.side == edit.side]
            gone = _nearest(own, edit.contact_s, lambda step: step.contact_s)
            found = [step for step in found if step is not gone]
        elif isinstance(edit, AddToeOff | DeleteToeOff):
            found = _with_toe_off(found, edit)
        elif isinstance(edit, Unusable):
            found = [s for s in found if s.toe_off_s <= edit.start_s or s.contact_s >= edit.end_s]
    return tuple(sorted(found, key=lambda step: step.contact_s))


def _step_moved(steps: Sequence[Step], edit: MoveEvent) -> list[Step]:
    name = "contact_s" if edit.mark == "initial_contact" else "toe_off_s"
    own = [step for step in steps if step.side == edit.side]
    nearest = _nearest(own, edit.from_s, lambda step: float(getattr(step, name)))
    if nearest is None:
        return list(steps)
    moved = replace(nearest, contact_s=edit.to_s) if name == "contact_s" else replace(nearest, toe_off_s=edit.to_s)
    if not moved.contact_s < moved.toe_off_s:
        raise InputError("a contact has to come before its toe-off; move the other one first, or delete the step")
    middle = min(max(moved.midstance_s, moved.contact_s), moved.toe_off_s)
    return [replace(moved, midstance_s=middle) if step is nearest else step for step in steps]


def _with_toe_off(steps: Sequence[Step], edit: AddToeOff | DeleteToeOff) -> list[Step]:
    """Steps with one toe-off put elsewhere: where somebody saw it, or after the usual time."""
    own = [step for step in steps if step.side == edit.side]
    if isinstance(edit, DeleteToeOff):
        found = _nearest(own, edit.toe_off_s, lambda step: step.toe_off_s)
        if found is None:
            return list(steps)
        return _replaced(steps, found, found.contact_s + _usual_s([s for s in own if s is not found] or own))
    before = [step for step in own if step.contact_s < edit.toe_off_s]
    found = max(before, key=lambda step: step.contact_s, default=None)
    if found is None or edit.toe_off_s - found.contact_s > _LONGEST_STANCE_S:
        return list(steps)
    return _replaced(steps, found, edit.toe_off_s)


def _replaced(steps: Sequence[Step], found: Step, toe_off_s: float) -> list[Step]:
    middle = min(found.midstance_s, toe_off_s)
    return [replace(s, toe_off_s=toe_off_s, midstance_s=middle) if s is found else s for s in steps]


def _usual_s(steps: Sequence[Step]) -> float:
    """The median time (s) on the ground."""
    return float(np.median([step.toe_off_s - step.contact_s for step in steps]))


def _new_step(steps: Sequence[Step], edit: AddStep) -> Step:
    own = [step for step in steps if step.side == edit.side] or list(steps)
    if edit.toe_off_s is None and not own:
        raise InputError("the first step of a clip needs its toe-off as well as its contact")
    toe_off_s = edit.contact_s + _usual_s(own) if edit.toe_off_s is None else edit.toe_off_s
    if not edit.contact_s < toe_off_s:
        raise InputError("a contact has to come before its toe-off")
    return Step(edit.side, edit.contact_s, 0.5 * (edit.contact_s + toe_off_s), toe_off_s)


def edit_repetitions(
    repetitions: Sequence[Repetition], edits: Iterable[Edit], depth_deg: Callable[[float], float]
) -> tuple[Repetition, ...]:
    """Repetitions with moments moved, added and deleted, in order; those in unusable stretches go.

    Parameters
    ----------
    depth_deg : knee flexion at a moment (s), for repetitions that are new or whose lowest point was moved.
    """
    found = list(repetitions)
    for edit in edits:
        if isinstance(edit, MoveEvent) and edit.mark in ("rep_start", "rep_bottom", "rep_end"):
            found = _repetition_moved(found, edit, depth_deg)
        elif isinstance(edit, AddRepetition):
            found.append(Repetition(edit.start_s, edit.bottom_s, edit.end_s, depth_deg(edit.bottom_s)))
        elif isinstance(edit, DeleteRepetition):
            lost = _nearest(found, edit.bottom_s, lambda repetition: repetition.bottom_s)
            found = [repetition for repetition in found if repetition is not lost]
        elif isinstance(edit, Unusable):
            found = [r for r in found if r.end_s <= edit.start_s or r.start_s >= edit.end_s]
    return tuple(sorted(found, key=lambda repetition: repetition.bottom_s))


def _repetition_moved(
    repetitions: Sequence[Repetition], edit: MoveEvent, depth_deg: Callable[[float], float]
) -> list[Repetition]:
    name = edit.mark.removeprefix("rep_") + "_s"
    nearest = _nearest(repetitions, edit.from_s, lambda repetition: float(getattr(repetition, name)))
    if nearest is None:
        return list(repetitions)
    moved = replace(nearest, **{name: edit.to_s})
    if not moved.start_s < moved.bottom_s < moved.end_s:
        raise InputError("a repetition needs its start before its lowest point, and that before its end")
    if name == "bottom_s":
        moved = replace(moved, depth_deg=depth_deg(moved.bottom_s))
    return [moved if repetition is nearest else repetition for repetition in repetitions]


def _nearest(items: Sequence[_T], when_s: float, moment: Callable[[_T], float]) -> _T | None:
    """The item nearest in time; None where all are out of reach (the edit then says nothing about what is there)."""
    best = min(items, key=lambda item: abs(moment(item) - when_s), default=None)
    return best if best is not None and abs(moment(best) - when_s) <= _REACH_S else None
