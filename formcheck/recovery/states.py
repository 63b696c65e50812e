"""How one criterion stands, and what all four have in common: worst counts, old evidence does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal

from formcheck.recovery.records import CriterionId, Evidence, Override, PainKind, PainScore
from formcheck.recovery.rules import Rules

State = Literal["met", "not_met", "uncertain", "untested"]

WORST: Final[tuple[State, ...]] = ("not_met", "uncertain", "untested", "met")
"""What counts first where several must all be met."""
TITLES: Final[dict[CriterionId, str]] = {
    "squat": "20 single-leg squats a side",
    "stairs": "Walking down stairs",
    "easy_run": "20 to 30 minutes of easy running",
    "strength": "Leg strength, side to side",
}
ASKED: Final[dict[CriterionId, str]] = {
    "squat": "20 single-leg squats without pain and without excessive knee valgus",
    "stairs": "walking down stairs without pain",
    "easy_run": "20–30 minutes of easy running: no pain during it and none the next morning",
    "strength": "leg strength within 10–15 % side to side",
}
"""What each criterion asks for, in a list of all four."""
CONVENTIONS: Final[dict[CriterionId, str]] = {
    "squat": "20 repetitions are a convention: no published cut-off was found (J).",
    "easy_run": "20 to 30 minutes are the rule of the return-to-run programme.",
    "strength": "Within 10–15 % is the rule of the return-to-run programme; 85 % is taken as the limit (J).",
}
"""What is convention in a criterion and rests on no published limit."""


@dataclass(frozen=True)
class Line:
    """A piece of evidence in words."""

    day: date
    text: str
    analysis_id: str = ""


@dataclass(frozen=True)
class CriterionState:
    """One of the four criteria: how it stands, why in a sentence, and on what evidence.

    `stale` : there was a result, but it is too old to count. `notes` and `advice` (with their day) advise and decide
    nothing. `override` is shown even where newer evidence or time has overtaken it (`overridden` False, `overtaken`
    says by what); where it counts, `alone` is what the evidence says without it.
    """

    id: CriterionId
    title: str
    state: State
    sentence: str
    evidence: tuple[Line, ...] = ()
    notes: tuple[str, ...] = ()
    stale: bool = False
    advice: tuple[Line, ...] = ()
    override: Override | None = None
    overridden: bool = False
    overtaken: str = ""
    alone: str = ""

    @property
    def newest(self) -> date | None:
        """The day of the newest piece of evidence."""
        return max((line.day for line in self.evidence), default=None)


def too_old(day: date, kind: str, today: date, rules: Rules) -> bool:
    """Whether evidence of a kind (a key of `Rules.stale_days`) is past its life span."""
    return today - day > timedelta(days=rules.stale_days[kind])


def worst(states: Sequence[State]) -> State:
    """The state of several that must all be met."""
    return min(states, key=WORST.index)


def joined(sentences: Sequence[str]) -> str:
    """Several sentences as one, such as “The left leg hurt; the right leg's squat test is missing.”, in their order."""
    first, *rest = (sentence.rstrip(".") for sentence in sentences)
    return "; ".join((first, *(f"{part[0].lower()}{part[1:]}" for part in rest))) + "."


def latest_pain(evidence: Evidence, kind: PainKind) -> PainScore | None:
    """The latest score of a kind; the highest of that day."""
    return max((p for p in evidence.pain if p.kind == kind), key=lambda p: (p.day, p.pain), default=None)


def stale_or(state: CriterionState, kind: str, today: date, rules: Rules) -> CriterionState:
    """The state, or `untested` where the oldest evidence that it needs is too old."""
    oldest = min((line.day for line in state.evidence), default=None)
    if oldest is None or state.state == "untested" or not too_old(oldest, kind, today, rules):
        return state
    days = rules.stale_days[kind]
    why = f"{state.title}: last tested on {oldest.day} {oldest:%B %Y}, more than {days} days ago."
    return replace(state, state="untested", stale=True, sentence=why)


def pain_limit(rules: Rules) -> float:
    """Pain above this is too much for clearance: 0 of 10."""
    return rules.limits["clearance_pain"].outside_above or 0.0
