"""The clearance board: four criteria, each with its evidence, and one sentence. Pain decides; form advises.

The rules, in order:

1. Red flags come first: unanswered or too old, no clearance; any yes, “see a clinician”.
2. For every criterion the latest evidence counts; of several on one day, the worst. Evidence past its life span is
   shown and does not count.
3. A clinician's override counts until newer evidence on the same criterion comes in.
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
from formcheck.recovery.records import CRITERIA, CriterionId, Evidence
from formcheck.recovery.rules import Rules, load
from formcheck.recovery.states import CriterionState, State, too_old
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
NOT_A_DIAGNOSIS = "This is not a diagnosis. Pain decides whether you may run; form only advises."


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
    states = tuple(_with_override(_JUDGES[c](known, today, rules), known, c) for c in CRITERIA)
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
    if same_day:
        flags = tuple(q.finding for q in rules.questions if q.id in same_day)
        return "see_clinician", f"See a clinician before you run on: {'; '.join(flags)}.", flags
    for state, board_state, lead in _LEADS:
        found = [c for c in states if c.state == state]
        if found:
            return board_state, f"{lead}: {' '.join(c.sentence for c in found)}", ()
    by_override = [c.title.lower() for c in states if c.overridden]
    tail = f" A clinician decided on: {', '.join(by_override)}." if by_override else ""
    return "clear", f"Clear to run: all four criteria are met.{tail} Build up slowly.", ()


def _with_override(state: CriterionState, evidence: Evidence, criterion: CriterionId) -> CriterionState:
    override = max((o for o in evidence.overrides if o.criterion == criterion), key=lambda o: o.day, default=None)
    if override is None:
        return state
    newest = state.newest
    if newest is not None and newest > override.day:
        return replace(state, override=override)
    words = "met" if override.met else "not met"
    return replace(
        state,
        state="met" if override.met else "not_met",
        sentence=f"{state.title}: taken as {words} by {override.by}, because: {override.reason.strip().rstrip('.')}.",
        override=override,
        overridden=True,
        stale=False,
    )
