"""What to do: at most three findings, each with its cue, its exercises (see `recovery.exercises`) and its reason.

Step-rate advice: Lenhart 2014, Bramah 2019.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from formcheck.metrics import describe
from formcheck.recovery import exercises, rules
from formcheck.recovery.exercises import Exercise, for_finding
from formcheck.recovery.states import ASKED
from formcheck.types import Assessment, Band, Finding, MetricResult, ResultSide
from formcheck.wording import headline, is_running, metric_label, number, with_side

MOST = 3


@dataclass(frozen=True)
class Action:
    """One thing to do; `cue` is the advice, `reason` the finding on `metric_id` that it rests on."""

    title: str
    band: Band
    cue: str
    reason: str
    exercises: tuple[Exercise, ...] = ()
    target: str = ""
    metric_id: str = ""


_ORDER: Final[Mapping[Band, int]] = MappingProxyType({"outside": 0, "watch": 1})

KEEP = (
    exercises.KEEP,
    "Weekly distance: 10 % more at most. No downhill until two to three weeks without pain on the flat; "
    "no tempo or intervals before that.",
    "Shoes: replace them every 600–800 km.",
)
CLEARANCE = tuple(ASKED.values())
NOT_A_DIAGNOSIS = (
    "This is not a diagnosis and not a treatment prescription. Pain decides whether you may run; form only advises. "
    "The exercises come from a general return-to-run programme; stop when something hurts."
)
LIMITS = (
    "One phone camera sees two dimensions: an angle out of the picture's plane reads wrong, and a camera that is not "
    "square to the athlete can change knee valgus by several degrees.",
    "Joint centres are found by a pose model, not by markers on the skin. The measurement error in the table says how "
    "far a single value may be off; a change smaller than that is no change.",
    "A value within its measurement error of a limit counts as too close to tell, and never as passed or failed.",
    "Evidence that running form predicts injury is weak: a finding is a hint where to look, not a cause.",
    "Limits marked (J) are product judgements of formcheck, based on the source named but not published as limits.",
)


def clinician() -> tuple[str, ...]:
    """The signs with which somebody should be seen by a clinician."""
    return tuple(question.finding for question in rules.load().questions)


def actions(assessment: Assessment) -> tuple[Action, ...]:
    """At most three things to do, the most important first; empty where there is nothing to change.

    A clip that cannot be scored asks for one thing only: a better clip.
    """
    if assessment.verdict.status == "not_assessable":
        return (film_again(assessment),)
    first = [film_again(assessment)] if assessment.verdict.status == "uncertain" else []
    cadence = assessment.metric("cadence_spm", "both")
    return chosen([*first, *improvements([("", f) for f in assessment.findings], cadence)])


def chosen(wanted: Sequence[Action]) -> tuple[Action, ...]:
    """The first few, every exercise once."""
    return _without_repeats(wanted[:MOST])


def improvements(findings: Iterable[tuple[str, Finding]], cadence: MetricResult | None) -> list[Action]:
    """What to do about flagged findings, left and right of a metric together, in order of importance.

    Parameters
    ----------
    findings : each with the test it was found in, empty where there is one test only.
    """
    groups: dict[tuple[str, str], list[Finding]] = {}
    for test, finding in findings:
        if finding.band in _ORDER:
            groups.setdefault((test, finding.metric_id), []).append(finding)

    def weight(group: tuple[tuple[str, str], list[Finding]]) -> tuple[bool, int, bool]:
        (_, metric_id), found = group
        decides = any(f.criterion is not None and f.criterion.decides for f in found)
        return not decides, min(_ORDER[f.band] for f in found), metric_id.startswith("asymmetry_")

    return [_action(test, group, cadence) for (test, _), group in sorted(groups.items(), key=weight)]


def film_again(assessment: Assessment) -> Action:
    """What to change about the recording; the failed checks first."""
    failed = [c for c in assessment.checks if c.band == "fail" and c.advice]
    warned = [c for c in assessment.checks if c.band == "warn" and c.advice]
    cue = " ".join(sentence(c.advice) for c in (failed + warned)[:2])
    close = next((f.reason for f in assessment.findings if f.band == "uncertain"), "")
    reason = close if assessment.verdict.status == "uncertain" else next(iter(assessment.verdict.reasons), "")
    band: Band = "uncertain" if assessment.verdict.status == "uncertain" else "not_assessable"
    again = "Film the same test once more, in good light and square to the camera."
    return Action("Film again", band, f"Film the same test once more. {cue}" if cue else again, sentence(reason))


def _action(test: str, group: Sequence[Finding], cadence: MetricResult | None) -> Action:
    metric_id = group[0].metric_id
    sides: set[ResultSide] = {f.side for f in group}
    side: ResultSide = next(iter(sides)) if len(sides) == 1 else "both"
    title = with_side(metric_label(metric_id), side) if len(sides) == 1 else f"{metric_label(metric_id)} (both sides)"
    title = f"{title}, {test}" if test else title
    band: Band = "outside" if any(f.band == "outside" for f in group) else "watch"
    cue = next((f.advice for f in group if f.advice), describe(metric_id).plain + ".")
    return Action(
        title,
        band,
        sentence(cue),
        " ".join(sentence(f.reason) for f in group),
        for_finding(metric_id),
        _target(cadence, cue),
        metric_id,
    )


def _target(cadence: MetricResult | None, cue: str) -> str:
    """The runner's own step rate 5 to 10 % up, where the advice speaks of it and the cadence is known."""
    if "step rate" not in cue.lower() or cadence is None or not isinstance(cadence.value, float | int):
        return ""
    low, high = (number(cadence.value * share, 0) for share in rules.load().cadence_shares)
    return (
        f"Your step rate was {number(cadence.value, 0)} a minute: try {low} to {high} at the "
        "same speed, with a metronome."
    )


def _without_repeats(wanted: Sequence[Action]) -> tuple[Action, ...]:
    """Every exercise and the step-rate target once, under the first finding that asks for it."""
    seen: set[str] = set()
    kept: list[Action] = []
    for action in wanted:
        fresh = tuple(e for e in action.exercises if e.name not in seen)
        target = action.target if action.target not in seen else ""
        seen |= {e.name for e in fresh} | {target}
        kept.append(replace(action, exercises=fresh, target=target))
    return tuple(kept)


def sentence(text: str) -> str:
    """Text with a capital first letter and a full stop."""
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")


def lead(assessment: Assessment) -> str:
    """The first sentence under the heading “What to do” where there is nothing to change."""
    if is_running(assessment.protocol):
        return "Nothing in this clip asks for a change. Build up slowly and keep the hips strong."
    return f"{headline(assessment)}. Keep the exercises that brought you here."
