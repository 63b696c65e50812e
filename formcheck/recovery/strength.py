"""Leg strength, side to side: the weaker leg's share of the stronger one's, with its error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from formcheck.recovery.records import MOVEMENTS, Evidence, Movement, StrengthTest
from formcheck.recovery.rules import Rules, load
from formcheck.recovery.states import TITLES, WORST, CriterionState, Line, State, joined, stale_or, worst
from formcheck.types import SIDES, Side

MOVEMENT_WORDS: Final[dict[Movement, str]] = {
    "knee_extension": "knee extension",
    "hip_abduction": "hip abduction",
    "hip_external_rotation": "hip external rotation",
    "hip_extension": "hip extension",
    "leg_press": "leg press",
    "other": "another movement",
}


@dataclass(frozen=True)
class Symmetry:
    """Weaker side divided by stronger side of one movement, with its error (about 95 %)."""

    movement: Movement
    ratio: float
    error: float
    weaker: Side
    day: date


def symmetry(left: StrengthTest, right: StrengthTest, rules: Rules | None = None) -> Symmetry:
    """Limb symmetry from the means of the trials; the error from their scatter (D), or assumed for few trials (J)."""
    rules = rules or load()
    weaker, stronger = sorted((left, right), key=lambda test: test.mean)
    ratio = weaker.mean / stronger.mean
    if min(len(left.trials), len(right.trials)) >= rules.enough_trials:
        scatter = math.sqrt(_relative_error(left) ** 2 + _relative_error(right) ** 2)
        error = max(1.96 * ratio * scatter, rules.least_strength_error)
    else:
        error = rules.few_trials_error
    return Symmetry(left.movement, ratio, error, weaker.side, min(left.day, right.day))


def _relative_error(test: StrengthTest) -> float:
    """Standard error of the mean of the trials, as a share of it."""
    n, mean = len(test.trials), test.mean
    variance = sum((trial - mean) ** 2 for trial in test.trials) / (n - 1)
    return math.sqrt(variance / n) / mean


def strength(evidence: Evidence, today: date, rules: Rules) -> CriterionState:
    """Every movement that was tested on both legs; the worst counts."""
    title = TITLES["strength"]
    judged = [found for m in MOVEMENTS if (found := _movement(evidence.strength, m, today, rules)) is not None]
    if not judged:
        return CriterionState("strength", title, "untested", "The strength of the legs has not been tested.")
    state = worst([j.state for j in judged])
    alone = ("One movement was tested; knee extension and hip abduction together say more.",)[: len(judged) == 1]
    return CriterionState(
        "strength",
        title,
        state,
        joined([j.sentence for j in judged if j.state == state]),
        tuple(line for j in judged for line in j.evidence),
        tuple(note for j in judged for note in j.notes) + alone,
        stale=any(j.stale for j in judged),
    )


def _movement(tests: Sequence[StrengthTest], movement: Movement, today: date, rules: Rules) -> CriterionState | None:
    """The latest tests of a movement on both legs; of several on one day the pair that looks worst."""
    name = MOVEMENT_WORDS[movement]
    left, right = ([t for t in tests if t.movement == movement and t.side == side] for side in SIDES)
    if not left and not right:
        return None
    if not left or not right:
        why = f"{name.capitalize()}: the {'right' if left else 'left'} leg is missing."
        return CriterionState("strength", name, "untested", why, _lines(_latest(left or right)))
    pairs = [(a, b) for a in _latest(left) for b in _latest(right)]
    alike = [(a, b) for a, b in pairs if _is_alike(a, b)]
    judged = [_pair(a, b, today, rules) for a, b in alike or pairs]
    return min(judged, key=lambda found: WORST.index(found.state))


def _latest(tests: Sequence[StrengthTest]) -> list[StrengthTest]:
    """All tests of the last day."""
    last = max(test.day for test in tests)
    return [test for test in tests if test.day == last]


def _lines(tests: Sequence[StrengthTest]) -> tuple[Line, ...]:
    return tuple(Line(t.day, strength_words(t)) for t in tests)


def _is_alike(left: StrengthTest, right: StrengthTest) -> bool:
    return (left.unit, left.device) == (right.unit, right.device)


def _pair(left: StrengthTest, right: StrengthTest, today: date, rules: Rules) -> CriterionState:
    name, lines = MOVEMENT_WORDS[left.movement], _lines((left, right))
    if not _is_alike(left, right):
        why = f"{name.capitalize()}: the two legs were tested in different units or with different devices."
        return stale_or(CriterionState("strength", name, "uncertain", why, lines), "strength", today, rules)
    state, why, notes = _symmetry_judged(symmetry(left, right, rules), name, rules)
    return stale_or(CriterionState("strength", name, state, why, lines, notes), "strength", today, rules)


def _symmetry_judged(found: Symmetry, name: str, rules: Rules) -> tuple[State, str, tuple[str, ...]]:
    limit = rules.limits["clearance_strength"]
    least, watch = limit.outside_below or 0.0, limit.watch_below or 0.0
    share = f"{name}: the {found.weaker} leg has {100 * found.ratio:.0f} % of the other's strength"
    share = f"{share[0].upper()}{share[1:]} (± {100 * found.error:.0f})"
    if found.ratio + found.error < least:
        return "not_met", f"{share}; at least {100 * least:.0f} % is asked for.", ()
    if found.ratio - found.error < least:
        return "uncertain", f"{share}, too close to {100 * least:.0f} % to tell: test again, three trials a side.", ()
    notes = (f"{share}: within the limit, still worth training.",) if found.ratio < watch else ()
    return "met", f"{share}.", notes


def strength_words(test: StrengthTest) -> str:
    """One test in words, such as “hip abduction, left: 20.1 kg (mean of 3 trials, hand-held)”."""
    trials = f"mean of {len(test.trials)} trials" if len(test.trials) > 1 else "one trial"
    device = f", {test.device}" if test.device else ", device not noted"
    return f"{MOVEMENT_WORDS[test.movement]}, {test.side}: {test.mean:.1f} {test.unit} ({trials}{device})"
