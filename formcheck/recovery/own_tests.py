"""The three criteria that somebody tests on their own: squats, stairs, an easy run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from formcheck.recovery.records import Evidence, PainKind, PainScore, RunSession, SquatResult
from formcheck.recovery.rules import Rules
from formcheck.recovery.states import TITLES, CriterionState, Line, State, latest_pain, pain_limit, stale_or, worst
from formcheck.types import SIDES, Side

_SQUAT_PAIN: Final[dict[Side, PainKind]] = {"left": "squat_left", "right": "squat_right"}


def squat(evidence: Evidence, today: date, rules: Rules) -> CriterionState:
    """20 repetitions on each leg: counted, painless, and no knee that falls in too far."""
    legs = [_squat_leg(evidence, side, today, rules) for side in SIDES]
    state = worst([leg.state for leg in legs])
    told = [leg.sentence for leg in legs if leg.state == state and leg.sentence]
    return CriterionState(
        "squat",
        TITLES["squat"],
        state,
        " ".join(told) if state != "met" else "20 single-leg squats a side: no pain and no excessive knee valgus.",
        tuple(line for leg in legs for line in leg.evidence),
        tuple(note for leg in legs for note in leg.notes) + _difference_note(evidence, rules),
        stale=any(leg.stale for leg in legs),
    )


def _squat_leg(evidence: Evidence, side: Side, today: date, rules: Rules) -> CriterionState:
    result = _worst_result([s for s in evidence.squats if s.side == side and s.test == "single_leg_squat"])
    if result is None:
        return CriterionState("squat", f"Squat test, {side}", "untested", f"The {side} leg's squat test is missing.")
    pain = latest_pain(evidence, _SQUAT_PAIN[side])
    lines = [Line(result.day, _squat_words(result), result.analysis_id)]
    if pain is not None and pain.day >= result.day:
        lines.append(Line(pain.day, f"{side} leg: pain {pain.pain} of 10 during the squats"))
    state, why = _squat_judged(result, pain if len(lines) == 2 else None, rules)
    notes = (f"{side.capitalize()} knee valgus is in the range to watch.",) if result.valgus == "watch" else ()
    found = CriterionState("squat", f"Squat test, {side}", state, why, tuple(lines), notes)
    return stale_or(found, "squat", today, rules)


def _worst_result(results: Sequence[SquatResult]) -> SquatResult | None:
    """The latest; of several on one day the worst."""
    order = ("outside", "not_assessable", "uncertain", "watch", "within")

    def badness(result: SquatResult) -> tuple[date, int, float]:
        rank = -order.index(result.valgus) if result.valgus in order else 0
        return result.day, rank, -(result.valid_reps or 0)

    return max(results, key=badness, default=None)


def _squat_judged(result: SquatResult, pain: PainScore | None, rules: Rules) -> tuple[State, str]:
    side = result.side
    if pain is not None and pain.pain > pain_limit(rules):
        return "not_met", f"The {side} leg hurt in the squat test (pain {pain.pain} of 10)."
    if result.valid_reps is not None and result.valid_reps < 20:
        return "not_met", f"The {side} leg did {result.valid_reps} valid repetitions of 20."
    if result.valgus == "outside":
        return "not_met", f"The {side} knee falls in too far in the squat test."
    if result.valid_reps is None or result.valgus == "not_assessable":
        return "uncertain", f"The {side} leg's squat clip could not be judged: film it again."
    if result.valgus == "uncertain":
        return "uncertain", f"The {side} knee's valgus is too close to the limit to tell: film the test again."
    if pain is None:
        return "untested", f"Say whether the {side} knee hurt during the squat test."
    return "met", ""


def _squat_words(result: SquatResult) -> str:
    reps = "repetitions not counted" if result.valid_reps is None else f"{result.valid_reps} valid repetitions"
    angle = "" if result.fppa_deg is None else f", knee valgus {result.fppa_deg:.0f}°"
    if result.fppa_deg is not None and result.fppa_error_deg is not None:
        angle += f" ± {result.fppa_error_deg:.0f}°"
    return f"{result.side} leg: {reps}{angle}"


def _difference_note(evidence: Evidence, rules: Rules) -> tuple[str, ...]:
    found = [
        _worst_result([s for s in evidence.squats if s.side == side and s.test == "single_leg_squat"]) for side in SIDES
    ]
    angles = [r.fppa_deg for r in found if r is not None and r.fppa_deg is not None]
    if len(angles) < 2 or abs(angles[0] - angles[1]) < rules.squat_difference_deg:
        return ()
    return (f"The knees differ by {abs(angles[0] - angles[1]):.0f}° in the squat test; worth a look.",)


def stairs(evidence: Evidence, today: date, rules: Rules) -> CriterionState:
    """Stairs without pain; what a step-down clip shows is advice only."""
    title, pain = TITLES["stairs"], latest_pain(evidence, "stairs")
    notes = tuple(
        f"Step-down clip, {s.side} leg: knee valgus {s.valgus.replace('_', ' ')}. Form advises, pain decides."
        for s in evidence.squats
        if s.test == "step_down" and s.valgus in {"watch", "outside"}
    )
    if pain is None:
        why = "Walk down a flight of stairs and say whether it hurts."
        return CriterionState("stairs", title, "untested", why, (), notes)
    line = Line(pain.day, f"pain {pain.pain} of 10 walking down stairs")
    if pain.pain > pain_limit(rules):
        found = CriterionState("stairs", title, "not_met", f"Stairs hurt (pain {pain.pain} of 10).", (line,), notes)
    else:
        found = CriterionState("stairs", title, "met", "Walking down stairs: no pain.", (line,), notes)
    return stale_or(found, "stairs", today, rules)


def easy_run(evidence: Evidence, today: date, rules: Rules) -> CriterionState:
    """A long enough run without a break, painless during, next morning, and in whatever was run since."""
    title = TITLES["easy_run"]
    least = rules.limits["clearance_run"].outside_below or 0.0
    runs = sorted(evidence.runs, key=lambda r: r.day)
    last_long = max((r.day for r in runs if r.longest_run_min >= least), default=None)
    since = [r for r in runs if r.day >= (last_long or runs[-1].day)]
    state, why = _run_judged(since, pain_limit(rules)) if since else ("untested", "")
    if last_long is None and state != "not_met":
        so_far = f" The longest so far: {max(r.longest_run_min for r in runs):.0f} minutes." if runs else ""
        state, why = "untested", f"An easy run of {least:.0f} minutes without a break is missing.{so_far}"
    lines = tuple(Line(r.day, _run_words(r), r.analysis_id) for r in since)
    return stale_or(CriterionState("easy_run", title, state, why, lines), "easy_run", today, rules)


def _run_judged(runs: Sequence[RunSession], limit: float) -> tuple[State, str]:
    """The last long run and whatever was run since: any pain counts."""
    for run in runs:
        if run.pain_during > limit:
            return "not_met", f"Running hurt on {run.day:%d %B} (pain {run.pain_during} of 10)."
        if run.pain_next_morning is not None and run.pain_next_morning > limit:
            return (
                "not_met",
                f"The knee hurt on the morning after {run.day:%d %B} (pain {run.pain_next_morning} of 10).",
            )
    if any(run.pain_next_morning is None for run in runs):
        return "untested", "Say how the knee felt on the morning after the run."
    longest = max(run.longest_run_min for run in runs)
    return "met", f"{longest:.0f} minutes of easy running: no pain, and none the next morning."


def _run_words(run: RunSession) -> str:
    morning = "not said" if run.pain_next_morning is None else f"{run.pain_next_morning} of 10"
    return f"{run.longest_run_min:.0f} minutes without a break, pain {run.pain_during} of 10, next morning {morning}"
