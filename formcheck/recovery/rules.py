"""Loads and checks `data/recovery.toml`: questions, life spans of evidence, the run/walk ladder.

The limits on pain, length of a run, strength, volume and shoes stand in `data/criteria.toml`, by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from formcheck import criteria
from formcheck.errors import InputError
from formcheck.recovery.records import RED_FLAGS, RedFlag
from formcheck.types import Criterion

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_KINDS = ("published", "convention", "judgement")
_TABLES = ("stale_days", "strength_error", "squat_difference", "ladder", "locks", "cadence", "akps")


@dataclass(frozen=True)
class Question:
    """A red flag: as asked, and as said when the answer is yes."""

    id: RedFlag
    question: str
    finding: str


@dataclass(frozen=True)
class Step:
    """A rung of the run/walk ladder."""

    run_min: float
    walk_min: float
    rounds: int

    @property
    def total_run_min(self) -> float:
        """Minutes of running in the whole session."""
        return self.run_min * self.rounds

    @property
    def total_min(self) -> float:
        """Minutes of the whole session; nobody walks after the last round."""
        return self.run_min * self.rounds + self.walk_min * (self.rounds - 1)

    @property
    def words(self) -> str:
        """Such as “run 2 min, walk 1 min, 7 times”."""
        if self.rounds == 1:
            return f"run {self.run_min:g} min without a break"
        return f"run {self.run_min:g} min, walk {self.walk_min:g} min, {self.rounds} times"


@dataclass(frozen=True)
class Rules:
    """The rules in force.

    Attributes
    ----------
    stale_days : for each kind of evidence, the days after which it is too old.
    limits : the limits for what is entered by hand, by their id (see `criteria.CriteriaSet.by_hand`).
    notes : for each table of the file, where its figures come from, in words.
    """

    version: str
    questions: tuple[Question, ...]
    stale_days: Mapping[str, int]
    few_trials_error: float
    least_strength_error: float
    enough_trials: int
    squat_repetitions: float
    squat_difference_deg: float
    ladder: tuple[Step, ...]
    times_each: int
    rest_days: int
    downhill_days: int
    tempo_days: int
    flat_runs: int
    cadence_shares: tuple[float, float]
    akps_detectable: float
    akps_important: float
    limits: Mapping[str, Criterion]
    notes: Mapping[str, str]


@cache
def load() -> Rules:
    """The rules that come with formcheck.

    Raises
    ------
    InputError : a table is missing, or has no source that is known.
    """
    text = (resources.files("formcheck") / "data" / "recovery.toml").read_text(encoding="utf-8")
    return read(tomllib.loads(text))


def read(table: Mapping[str, Any]) -> Rules:
    """Check a table of rules and give it as a value."""
    known = criteria.load()
    for name in _TABLES:
        if name not in table:
            raise InputError(f"recovery.toml: no [{name}] in it")
        _check_source(name, table[name], known)
    for row in table.get("red_flag", []):
        _check_source(f"red_flag {row.get('id')}", row, known)
    questions = tuple(Question(row["id"], row["question"], row["finding"]) for row in table.get("red_flag", []))
    if tuple(q.id for q in questions) != RED_FLAGS:
        raise InputError(f"recovery.toml: the red flags must be {', '.join(RED_FLAGS)}, in this order")
    ladder = tuple(Step(**step) for step in table["ladder"]["steps"])
    if any(b.run_min <= a.run_min for a, b in pairwise(ladder)):
        raise InputError("recovery.toml: every step of the ladder must run longer at a stretch than the one before")
    return _rules(table, questions, ladder, known)


def _rules(
    table: Mapping[str, Any], questions: tuple[Question, ...], ladder: tuple[Step, ...], known: criteria.CriteriaSet
) -> Rules:
    strength, locks, cadence, akps = (table[name] for name in ("strength_error", "locks", "cadence", "akps"))
    stale = {key: days for key, days in table["stale_days"].items() if isinstance(days, int)}
    return Rules(
        version=str(table["version"]),
        questions=questions,
        stale_days=MappingProxyType(stale),
        few_trials_error=strength["few_trials"],
        least_strength_error=strength["least"],
        enough_trials=strength["enough_trials"],
        squat_repetitions=_repetitions(known),
        squat_difference_deg=table["squat_difference"]["watch_deg"],
        ladder=ladder,
        times_each=table["ladder"]["times_each"],
        rest_days=table["ladder"]["rest_days"],
        downhill_days=locks["downhill_days"],
        tempo_days=locks["tempo_days"],
        flat_runs=locks["flat_runs"],
        cadence_shares=(cadence["low_share"], cadence["high_share"]),
        akps_detectable=akps["detectable_change"],
        akps_important=akps["important_change"],
        limits=MappingProxyType({c.id: c for c in known.by_hand}),
        notes=MappingProxyType({name: _note(table[name], known) for name in _TABLES}),
    )


def _repetitions(known: criteria.CriteriaSet) -> float:
    """Valid repetitions that the squat test asks for, as its criterion has it."""
    criterion = known.select("reps_valid", "single_leg_squat", None)
    if criterion is None or criterion.outside_below is None:
        raise InputError("criteria.toml: no limit for reps_valid in the single-leg squat")
    return criterion.outside_below


def _check_source(name: str, row: Mapping[str, Any], known: criteria.CriteriaSet) -> None:
    if row.get("source") not in known.references or row.get("kind") not in _KINDS:
        raise InputError(f"recovery.toml: {name} needs a source among the references and a kind: {', '.join(_KINDS)}")


def _note(row: Mapping[str, Any], known: criteria.CriteriaSet) -> str:
    """Where the figures of a table come from: its note, its source, and whether it is a judgement."""
    citation = known.references[row["source"]].short
    tail = " Product judgement (J)." if row["kind"] == "judgement" else ""
    return f"{row.get('note', '')} Source: {citation}{tail}".strip()
