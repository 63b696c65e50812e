"""What somebody on the way back to running records: frozen values, checked at birth.

Days are `datetime.date`, pain is 0 to 10 on the numeric rating scale, and None is "not said (yet)".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from formcheck.types import Side

PainKind = Literal["walking", "daily_life", "stairs", "step_down", "exercises", "squat_left", "squat_right"]
Movement = Literal["knee_extension", "hip_abduction", "hip_external_rotation", "hip_extension", "leg_press", "other"]
StrengthUnit = Literal["kg", "N", "Nm"]
Surface = Literal["flat", "treadmill", "trail", "downhill"]
SquatTest = Literal["single_leg_squat", "step_down"]
Valgus = Literal["within", "watch", "outside", "uncertain", "not_assessable"]
CriterionId = Literal["squat", "stairs", "easy_run", "strength"]
Decided = Literal["squat", "stairs", "easy_run", "strength", "red_flags"]
RedFlag = Literal["no_improvement", "swelling", "pain_at_rest", "giving_way", "after_an_injury"]

PAIN_KINDS: tuple[PainKind, ...] = get_args(PainKind)
MOVEMENTS: tuple[Movement, ...] = get_args(Movement)
STRENGTH_UNITS: tuple[StrengthUnit, ...] = get_args(StrengthUnit)
SURFACES: tuple[Surface, ...] = get_args(Surface)
CRITERIA: tuple[CriterionId, ...] = get_args(CriterionId)
RED_FLAGS: tuple[RedFlag, ...] = get_args(RedFlag)
N_AKPS_ITEMS = 13


def _check_pain(pain: int | None, what: str) -> None:
    if pain is not None and not 0 <= pain <= 10:
        raise ValueError(f"{what} of {pain} is not on the scale of 0 to 10")


@dataclass(frozen=True)
class PainScore:
    """Pain in some part of life on a day; for the squat and step-down tests the worst during the repetitions."""

    day: date
    kind: PainKind
    pain: int

    def __post_init__(self) -> None:
        _check_pain(self.pain, "pain")


@dataclass(frozen=True)
class RunSession:
    """One session: minutes of running and of walking, pain during it and on the next morning (None: not said yet).

    `longest_run_min` is the longest stretch without walking; `distance_km` and `shoe` are optional.
    """

    day: date
    run_min: float
    walk_min: float
    longest_run_min: float
    surface: Surface = "flat"
    pain_during: int = 0
    pain_next_morning: int | None = None
    distance_km: float | None = None
    shoe: str = ""
    analysis_id: str = ""

    def __post_init__(self) -> None:
        _check_pain(self.pain_during, "pain during the run")
        _check_pain(self.pain_next_morning, "pain next morning")
        if min(self.run_min, self.walk_min, self.longest_run_min) < 0 or self.longest_run_min > self.run_min:
            raise ValueError("minutes of a session must not be negative, nor the longest stretch above the running")


@dataclass(frozen=True)
class StrengthTest:
    """Trials of one movement on one side with one device."""

    day: date
    movement: Movement
    side: Side
    unit: StrengthUnit
    trials: tuple[float, ...]
    device: str = ""

    def __post_init__(self) -> None:
        if not self.trials or min(self.trials) <= 0:
            raise ValueError("a strength test needs at least one trial, each above zero")

    @property
    def mean(self) -> float:
        """Mean of the trials, in `unit`."""
        return sum(self.trials) / len(self.trials)


@dataclass(frozen=True)
class SquatResult:
    """What an analysis of the single-leg-squat test, or of a step-down, said of one leg.

    day : of the visit it belongs to, else the day on which the clip was handed in.
    valgus : knee valgus against the limit that decides, error included: `outside`, `uncertain`, `not_assessable`, or
        below it (`within`, or `watch` where the range to watch is reached or cannot be ruled out).
    """

    day: date
    side: Side
    valid_reps: int | None
    valgus: Valgus
    fppa_deg: float | None
    fppa_error_deg: float | None
    analysis_id: str
    test: SquatTest = "single_leg_squat"


@dataclass(frozen=True)
class RedFlagAnswers:
    """Answers to the five questions; all five must be there."""

    day: date
    yes: tuple[RedFlag, ...] = ()


@dataclass(frozen=True)
class Override:
    """A clinician's decision on a criterion, or on the red flags (met: looked into), kept with its reason and shown."""

    day: date
    criterion: Decided
    met: bool
    reason: str
    by: str

    def __post_init__(self) -> None:
        if not self.reason.strip() or not self.by.strip():
            raise ValueError("an override needs a reason and a name")


@dataclass(frozen=True)
class AkpsAnswers:
    """The index of the option chosen for each of the 13 items of the Kujala scale, from 0, best first."""

    day: date
    options: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.options) != N_AKPS_ITEMS:
            raise ValueError(f"the scale has {N_AKPS_ITEMS} items, came {len(self.options)}")


@dataclass(frozen=True)
class Shoe:
    """A pair of shoes in use; kilometres come from the sessions run in it, beside those it had before."""

    name: str
    since: date
    km_before: float = 0.0
    retired: date | None = None


@dataclass(frozen=True)
class HeldStepRate:
    """The most steps a minute that the runner can hold."""

    day: date
    most_spm: float


@dataclass(frozen=True)
class Evidence:
    """Everything on record about one person, in any order."""

    pain: tuple[PainScore, ...] = ()
    runs: tuple[RunSession, ...] = ()
    strength: tuple[StrengthTest, ...] = ()
    squats: tuple[SquatResult, ...] = ()
    red_flags: tuple[RedFlagAnswers, ...] = ()
    overrides: tuple[Override, ...] = ()
    akps: tuple[AkpsAnswers, ...] = ()
    shoes: tuple[Shoe, ...] = ()
    step_rates: tuple[HeldStepRate, ...] = ()
