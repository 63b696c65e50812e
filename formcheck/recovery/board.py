"""The clearance board: four criteria, each with its evidence, and one sentence. Pain decides; form advises.

The rules, in order:

1. Red flags come first: unanswered or too old, no clearance; any yes, “see a clinician”, until a clinician has put on
   record that it was looked into.
2. For every criterion the latest evidence counts; of several on one day, the worst. Evidence past its life span is
   shown and does not count.
3. A clinician's override counts until newer evidence on the same criterion comes in, and no longer than evidence does.
4. Clear only with all four met. Otherwise what is not met comes first, then what has to be filmed again, then what
   is missing.

Only the squat criterion has a clause on form (“no excessive knee valgus”): a valgus within its error of the limit is
uncertain. Limits: `criteria.toml`, by hand; life spans: `recovery.toml`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Final, Literal

from formcheck.recovery import own_tests
from formcheck.recovery.records import CRITERIA, CriterionId, Evidence, Override
from formcheck.recovery.rules import Rules, load
from formcheck.recovery.states import CriterionState, State, joined, too_old
from formcheck.recovery.strength import strength

BoardState = Literal["clear", "not_yet", "film_again", "incomplete", "questions", "see_clinician"]

_JUDGES: Final[Mapping[CriterionId, Callable[[Evidence, date, Rules], CriterionState]]] = MappingProxyType(
    {
        "squat": own_tests.squat,
        "stairs": own_tests.stairs,
        "easy_run": own_tests.easy_run,
        "strength": strength,
    }
)
_LEADS: Final[tuple[tuple[State, BoardState, str], ...]] = (
    ("not_met", "not_yet", "Not yet"),
    ("uncertain", "film_again", "Test again"),
    ("untested", "incomplete", "Not yet"),
)
"""What comes first on the board, its name, and how the sentence on top begins."""
NOT_A_DIAGNOSIS = (
    "This is not a diagnosis and not a treatment prescription. Pain decides whether you may run; form only advises."
)


@dataclass(frozen=True)
class Board:
    """All four criteria and the one sentence on top."""

    state: BoardState
    sentence: str
    criteria: tuple[CriterionState, ...]
    red_flags: tuple[str, ...] = ()


def board(evidence: Evidence, today: date, rules: Rules | None = None) -> Board:
    """How somebody stands today. Evidence dated after today is left out."""
    rules = rules or load()
    known = _until(evidence, today)
    states = tuple(_with_override(_JUDGES[c](known, today, rules), known, c, today, rules) for c in CRITERIA)
    state, sentence, flags = _first_word(known, today, rules, states)
    return Board(state, sentence, states, flags)


def _until(evidence: Evidence, today: date) -> Evidence:
    kept = {
        name: tuple(record for record in getattr(evidence, name) if record.day <= today)
        for name in ("pain", "runs", "strength", "squats", "red_flags", "overrides", "akps")
    }
    return replace(evidence, **kept)


def _first_word(
    evidence: Evidence, today: date, rules: Rules, states: Sequence[CriterionState]
) -> tuple[BoardState, str, tuple[str, ...]]:
    last = max(evidence.red_flags, key=lambda answers: answers.day, default=None)
    if last is None or too_old(last.day, "red_flags", today, rules):
        again = "" if last is None else " again: it has been a while"
        return "questions", f"Answer the five questions first{again}. There is no clearance without them.", ()
    same_day = {flag for answers in evidence.red_flags if answers.day == last.day for flag in answers.yes}
    flags = tuple(q.finding for q in rules.questions if q.id in same_day)
    seen = _looked_into(evidence, last.day, today, rules) if flags else None
    if flags and seen is None:
        return "see_clinician", f"See a clinician before you run on: {'; '.join(flags)}.", flags
    state, sentence = _because(states)
    return state, sentence if seen is None else f"{sentence} {_seen_words(seen, flags)}", flags


def _looked_into(evidence: Evidence, asked: date, today: date, rules: Rules) -> Override | None:
    """The clinician's decision that the red flags have been looked into, while it counts."""
    known = [o for o in evidence.overrides if o.criterion == "red_flags" and o.day >= asked]
    last = max(known, key=lambda o: (o.day, not o.met), default=None)
    return last if last is not None and last.met and not too_old(last.day, "red_flags", today, rules) else None


def _seen_words(seen: Override, flags: Sequence[str]) -> str:
    return f"{seen.by} looked into this on {seen.day.day} {seen.day:%B %Y}: {'; '.join(flags)}. {_reason(seen)}."


def _reason(override: Override) -> str:
    reason = override.reason.strip().rstrip(".")
    return f"{reason[0].upper()}{reason[1:]}"


def _because(states: Sequence[CriterionState]) -> tuple[BoardState, str]:
    """The first that stands in the way, all of its kind in one sentence; clear where nothing does."""
    for state, board_state, lead in _LEADS:
        found = [c for c in states if c.state == state]
        if found:
            lead = "Film again" if state == "uncertain" and any(c.id == "squat" for c in found) else lead
            reasons = joined([c.sentence for c in found])
            return board_state, f"{lead}, because {reasons[0].lower()}{reasons[1:]}"
    decided = [c for c in states if c.overridden]
    if not decided:
        return "clear", "Clear to run: all four criteria are met. Build up slowly."
    n_tested = ("none", "one", "two", "three")[len(states) - len(decided)]
    told = f"Clear to run: {n_tested} of the four criteria met by test, the rest decided by a clinician."
    return "clear", f"{told} {joined([c.sentence for c in decided])} Build up slowly."


def _with_override(
    state: CriterionState, evidence: Evidence, criterion: CriterionId, today: date, rules: Rules
) -> CriterionState:
    known = [o for o in evidence.overrides if o.criterion == criterion]
    override = max(known, key=lambda o: (o.day, not o.met), default=None)
    if override is None:
        return state
    newest = state.newest
    if newest is not None and newest > override.day:
        return replace(state, override=override, overtaken="Newer evidence has come in since, and counts.")
    if too_old(override.day, criterion, today, rules):
        days = rules.stale_days[criterion]
        return replace(state, override=override, overtaken=f"That is more than {days} days ago and counts no more.")
    words = "met" if override.met else "not met"
    return replace(
        state,
        state="met" if override.met else "not_met",
        sentence=f"{state.title}: taken as {words} by {override.by}, because: {override.reason.strip().rstrip('.')}.",
        override=override,
        overridden=True,
        alone=state.sentence,
        stale=False,
    )
