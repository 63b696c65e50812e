"""The three criteria that somebody tests on their own: squats, stairs, an easy run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from formcheck.recovery.records import Evidence, PainKind, PainScore, RunSession, SquatResult, SquatTest, Valgus
from formcheck.recovery.rules import Rules
from formcheck.recovery.states import (
    TITLES,
    CriterionState,
    Line,
    State,
    joined,
    latest_pain,
    pain_limit,
    stale_or,
    too_old,
    worst,
)
from formcheck.types import SIDES, Side

_SQUAT_PAIN: Final[dict[Side, PainKind]] = {"left": "squat_left", "right": "squat_right"}
_STAIRS: Final[tuple[tuple[PainKind, str], ...]] = (
    ("stairs", "walking down stairs"),
    ("step_down", "in the step-down test"),
)
_FORM_WORDS: Final[dict[Valgus, str]] = {
    "within": "inside the limits",
    "watch": "in or near the range to watch",
    "outside": "outside the limits",
    "uncertain": "too close to a limit to tell",
    "not_assessable": "could not be judged",
}
_COUNTS: Final[tuple[Valgus, ...]] = ("not_assessable", "uncertain", "within", "watch", "outside")
"""Of several clips of one day the last in this order counts: what is clear before what is not, then the worst."""


def squat(evidence: Evidence, today: date, rules: Rules) -> CriterionState:
    """20 repetitions on each leg: counted, painless, and no knee that falls in too far."""
    legs = [_squat_leg(evidence, side, today, rules) for side in SIDES]
    state = worst([leg.state for leg in legs])
    told = joined([leg.sentence for leg in legs if leg.state == state])
    if not evidence_lines(legs):
        told = "The squat test is missing for both legs."
    if state == "met":
        told = "20 single-leg squats a side: no pain and no excessive knee valgus."
    return CriterionState(
        "squat",
        TITLES["squat"],
        state,
        told,
        evidence_lines(legs),
        tuple(note for leg in legs for note in leg.notes) + _difference_note(evidence, rules),
        stale=any(leg.stale for leg in legs),
    )


def evidence_lines(parts: Sequence[CriterionState]) -> tuple[Line, ...]:
    """The evidence of all parts of a criterion."""
    return tuple(line for part in parts for line in part.evidence)


def _squat_leg(evidence: Evidence, side: Side, today: date, rules: Rules) -> CriterionState:
    title = f"Squat test, {side} leg"
    result, pain = _latest_clip(evidence, side, "single_leg_squat", rules), latest_pain(evidence, _SQUAT_PAIN[side])
    if pain is not None and result is not None and pain.day < result.day:
        pain = None
    lines = [] if result is None else [Line(result.day, _squat_words(result), result.analysis_id)]
    if pain is not None:
        lines.append(Line(pain.day, f"{side} leg: pain {pain.pain} of 10 during the squats"))
    if pain is not None and pain.pain > pain_limit(rules) and not too_old(pain.day, "squat", today, rules):
        why = f"The {side} leg hurt in the squat test (pain {pain.pain} of 10)."
        return CriterionState("squat", title, "not_met", why, tuple(lines))
    if result is None:
        why = f"The {side} leg's squat test is missing."
        return CriterionState("squat", title, "untested", why, tuple(lines))
    state, why = _squat_judged(result, pain, rules)
    watch = f"The {side} knee falls in as far as the range to watch, or nearly so; that advises and does not decide."
    notes = (watch,) if result.valgus == "watch" else ()
    return stale_or(CriterionState("squat", title, state, why, tuple(lines), notes), "squat", today, rules)


def _latest_clip(evidence: Evidence, side: Side, test: SquatTest, rules: Rules) -> SquatResult | None:
    """The latest clip of a test on one leg; of several on one day the worst of those that could be judged."""

    def rank(clip: SquatResult) -> tuple[date, bool, int]:
        reps = rules.squat_repetitions if clip.valid_reps is None else clip.valid_reps
        too_few = test == "single_leg_squat" and reps < rules.squat_repetitions
        return clip.day, too_few, _COUNTS.index(clip.valgus)

    return max((s for s in evidence.squats if s.side == side and s.test == test), key=rank, default=None)


def _squat_judged(result: SquatResult, pain: PainScore | None, rules: Rules) -> tuple[State, str]:
    side, asked = result.side, rules.squat_repetitions
    if result.valid_reps is not None and result.valid_reps < asked:
        return "not_met", f"The {side} leg did {result.valid_reps} valid repetitions of {asked:g}."
    if result.valgus == "outside":
        return "not_met", f"The {side} knee falls in too far in the squat test."
    if result.valid_reps is None or result.valgus == "not_assessable":
        return "uncertain", f"The {side} leg's squat clip could not be judged."
    if result.valgus == "uncertain":
        return "uncertain", f"The {side} knee's valgus is too close to the limit to tell."
    if pain is None:
        return "untested", f"Whether the {side} knee hurt during the squat test has not been said yet."
    return "met", f"The {side} leg: no pain, no excessive knee valgus."


def _squat_words(result: SquatResult) -> str:
    reps = "repetitions not counted" if result.valid_reps is None else f"{result.valid_reps} valid repetitions"
    return f"{result.side} leg: {reps}{_angle_words(result)}"


def _angle_words(result: SquatResult) -> str:
    if result.fppa_deg is None:
        return ""
    error = "" if result.fppa_error_deg is None else f" ± {result.fppa_error_deg:.0f}°"
    return f", knee valgus {result.fppa_deg:.0f}°{error}".replace("-", "−")


def _difference_note(evidence: Evidence, rules: Rules) -> tuple[str, ...]:
    found = [_latest_clip(evidence, side, "single_leg_squat", rules) for side in SIDES]
    angles = [r.fppa_deg for r in found if r is not None and r.fppa_deg is not None]
    if len(angles) < 2 or abs(angles[0] - angles[1]) < rules.squat_difference_deg:
        return ()
    return (f"The knees differ by {abs(angles[0] - angles[1]):.0f}° in the squat test; worth a look.",)


def stairs(evidence: Evidence, today: date, rules: Rules) -> CriterionState:
    """Stairs or a step-down test without pain; what a step-down clip shows is advice only."""
    title, advice = TITLES["stairs"], _step_down_advice(evidence, rules)
    told = [(p, words) for kind, words in _STAIRS if (p := latest_pain(evidence, kind)) is not None]
    if not told:
        why = "Whether walking down stairs hurts has not been said yet."
        return CriterionState("stairs", title, "untested", why, advice=advice)
    judged = [_stairs_judged(pain, words, today, rules) for pain, words in told]
    hurt = [found for found in judged if found.state == "not_met"]
    found = next(iter(hurt or [f for f in judged if f.state == "met"] or judged))
    return replace(found, evidence=evidence_lines(judged), advice=advice)


def _stairs_judged(pain: PainScore, words: str, today: date, rules: Rules) -> CriterionState:
    line = Line(pain.day, f"pain {pain.pain} of 10 {words}")
    hurts = pain.pain > pain_limit(rules)
    why = f"It hurt {words} (pain {pain.pain} of 10)." if hurts else f"No pain {words}."
    found = CriterionState("stairs", TITLES["stairs"], "not_met" if hurts else "met", why, (line,))
    return stale_or(found, "stairs", today, rules)


def _step_down_advice(evidence: Evidence, rules: Rules) -> tuple[Line, ...]:
    clips = [clip for side in SIDES if (clip := _latest_clip(evidence, side, "step_down", rules)) is not None]
    return tuple(
        Line(
            clip.day,
            f"step-down clip, {clip.side} leg{_angle_words(clip)}: {_FORM_WORDS[clip.valgus]}",
            clip.analysis_id,
        )
        for clip in clips
    )


def easy_run(evidence: Evidence, today: date, rules: Rules) -> CriterionState:
    """A long enough run without a break, painless during, next morning, and in whatever was run since.

    While the next morning of a run is still to come, that run says only whether it hurt.
    """
    title, limit = TITLES["easy_run"], pain_limit(rules)
    runs = sorted(evidence.runs, key=lambda r: r.day)
    if not runs:
        return CriterionState("easy_run", title, "untested", _too_short(runs, rules))
    start = _last_long(runs, rules)
    since = [r for r in runs if r.day >= (start or runs[-1]).day]
    lines = tuple(Line(r.day, _run_words(r), r.analysis_id) for r in since)
    for run in since:
        if _worst_pain(run) > limit and not too_old(run.day, "easy_run", today, rules):
            return CriterionState("easy_run", title, "not_met", _hurt_words(run, limit), lines)
    state, why = _run_judged(start, since, today, rules) if start else ("untested", _too_short(runs, rules))
    return stale_or(CriterionState("easy_run", title, state, why, lines), "easy_run", today, rules)


def _last_long(runs: Sequence[RunSession], rules: Rules) -> RunSession | None:
    """The last run that is long enough and whose next morning is told; else the last that is long enough."""
    least = rules.limits["clearance_run"].outside_below or 0.0
    long = [r for r in runs if r.longest_run_min >= least]
    told = [r for r in long if r.pain_next_morning is not None]
    return next(reversed(told or long), None)


def _too_short(runs: Sequence[RunSession], rules: Rules) -> str:
    least = rules.limits["clearance_run"].outside_below or 0.0
    so_far = f"; the longest so far: {max(r.longest_run_min for r in runs):.0f} min" if runs else ""
    return f"An easy run of {least:.0f} minutes without a break is missing{so_far}."


def _worst_pain(run: RunSession) -> int:
    return max(run.pain_during, run.pain_next_morning or 0)


def _hurt_words(run: RunSession, limit: float) -> str:
    if run.pain_during > limit:
        return f"Running hurt on {run.day.day} {run.day:%B} (pain {run.pain_during} of 10)."
    return (
        f"The knee hurt the morning after the run of {run.day.day} {run.day:%B} (pain {run.pain_next_morning} of 10)."
    )


def _run_judged(start: RunSession, since: Sequence[RunSession], today: date, rules: Rules) -> tuple[State, str]:
    """Of runs that did not hurt lately: whether all mornings that can be known are told."""
    hurt = next((run for run in since if _worst_pain(run) > pain_limit(rules)), None)
    if hurt is not None:
        return "not_met", _hurt_words(hurt, pain_limit(rules))
    open_since = [run for run in since if run.pain_next_morning is None and (run.day < today or run is start)]
    if open_since:
        day = open_since[-1].day
        return (
            "untested",
            f"How the knee felt the morning after the run of {day.day} {day:%B} has not been said yet.",
        )
    return "met", f"{start.longest_run_min:.0f} minutes of easy running: no pain, and none the next morning."


def _run_words(run: RunSession) -> str:
    morning = "not said" if run.pain_next_morning is None else f"{run.pain_next_morning} of 10"
    return f"{run.longest_run_min:.0f} min without a break, pain {run.pain_during} of 10, next morning {morning}"
