"""How far somebody is on the way back: rung of the run/walk ladder, phase, and what is missing for the next.

Both follow from the records alone, read in order of their days, so that pain moves back by itself:

- A session counts when it ran at least the rung's minutes at a stretch and in all, on the flat, without any pain, with
  a painless next morning on record, and with a day of rest before it. Two that count end a rung.
- Any pain starts the rung anew; pain that is more than acceptable in training goes back one rung, pain above the upper
  limit two. While a next morning is not on record a session neither counts nor is held against anybody.
- Pain in walking, daily life or on stairs is phase 1, in the exercises phase 2, whatever was run before.
- What was painless has to be said again after a while, unless painless runs have gone on: pain moves back, silence
  about what goes well does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from formcheck.recovery.records import Evidence, PainKind, RunSession
from formcheck.recovery.rules import Rules, Step, load
from formcheck.recovery.states import latest_pain

Phase = Literal[1, 2, 3, 4]
Light = Literal["green", "amber", "red"]

PHASE_TITLES: Final[dict[Phase, str]] = {
    1: "Calm the knee down",
    2: "Strengthen hip and thigh",
    3: "Run and walk",
    4: "Normal training",
}
_DAILY: Final[tuple[tuple[PainKind, str], ...]] = (
    ("walking", "No pain walking"),
    ("daily_life", "No pain in daily life"),
    ("stairs", "No pain on stairs"),
)
LIGHT_WORDS: Final[dict[Light, str]] = {
    "green": "Safe in training. The plan still moves on only after a session without any pain.",
    "amber": "Acceptable in training if it has settled by the next morning: do less next time.",
    "red": "Too much: stop, rest, and take a step back.",
}


@dataclass(frozen=True)
class Condition:
    """Something that must hold before the next phase; `met` None while that is open: nothing (new enough) on record."""

    text: str
    met: bool | None


@dataclass(frozen=True)
class Rung:
    """Where on the ladder: the rung's index (the ladder's length once done) and how many sessions count for it."""

    index: int = 0
    counted: int = 0


@dataclass(frozen=True)
class Way:
    """Where somebody is, what lets them into the next phase, and why they were moved back (empty if they were not).

    `gates` : what must hold between phases 1 and 2, 2 and 3, 3 and 4.
    """

    phase: Phase
    title: str
    rung: Rung
    step: Step | None
    gates: tuple[tuple[Condition, ...], ...]
    moved_back: str = ""

    @property
    def exit(self) -> tuple[Condition, ...]:
        """What must hold before the next phase; empty in the last."""
        return self.gates[self.phase - 1] if self.phase <= len(self.gates) else ()


def light(pain: int, rules: Rules | None = None) -> Light:
    """The traffic light for pain in training (0–2, 3–5, above 5); it says nothing about clearance, which asks for 0."""
    limit = (rules or load()).limits["training_pain"]
    if limit.outside_above is not None and pain > limit.outside_above:
        return "red"
    return "amber" if limit.watch_above is not None and pain > limit.watch_above else "green"


def session_light(run: RunSession, rules: Rules | None = None) -> Light:
    """The traffic light of a session: of the worse of the run itself and the morning after."""
    return light(max(run.pain_during, run.pain_next_morning or 0), rules)


def way(evidence: Evidence, today: date, rules: Rules | None = None) -> Way:
    """The phase today, from everything recorded until today."""
    rules = rules or load()
    runs = sorted((r for r in evidence.runs if r.day <= today), key=lambda r: r.day)
    past = Evidence(pain=tuple(p for p in evidence.pain if p.day <= today), runs=tuple(runs))
    rung = climb(runs, rules)
    first = _daily_conditions(past, today, rules)
    second = (_exercise_condition(past, today, rules, runs),)
    last_step = rules.ladder[-1].words
    goal = f"{last_step[0].upper()}{last_step[1:]}, twice, without pain, with a painless next morning"
    third = (Condition(f"{goal}{_so_far(rung, rules)}", _done(rung, rules) or None),)
    gates = (first, second, third)
    open_gate = next((i for i, gate in enumerate(gates) if not all(c.met for c in gate)), 3)
    phase: Phase = (1, 2, 3, 4)[open_gate]
    return Way(
        phase,
        PHASE_TITLES[phase],
        rung,
        rules.ladder[rung.index] if phase == 3 else None,
        gates,
        _moved_back(phase, runs, rules),
    )


def _done(rung: Rung, rules: Rules) -> bool:
    return rung.index >= len(rules.ladder)


def _so_far(rung: Rung, rules: Rules) -> str:
    """How much of the ladder is done, behind what it ends with."""
    if _done(rung, rules):
        return ""
    counted = f", {rung.counted} of {rules.times_each} sessions done" if rung.counted else ""
    return f" (now on step {rung.index + 1} of {len(rules.ladder)}{counted})"


def _daily_conditions(past: Evidence, today: date, rules: Rules) -> tuple[Condition, ...]:
    return tuple(_painless(text, past, kind, today, rules) for kind, text in _DAILY)


def _painless(text: str, past: Evidence, kind: PainKind, today: date, rules: Rules) -> Condition:
    """Whether the latest score is zero; open where there is none, or an old one and no painless run since then."""
    last = latest_pain(past, kind)
    if last is None or last.pain > 0:
        return Condition(text, None if last is None else False)
    heard = max((r.day for r in past.runs if is_painless(r)), default=last.day)
    if today - max(last.day, heard) > timedelta(days=rules.stale_days["phase_pain"]):
        return Condition(f"{text}: last said on {last.day.day} {last.day:%B}, so say it again", None)
    return Condition(text, True)


def is_painless(run: RunSession) -> bool:
    """No pain during it, and a next morning on record without any."""
    return run.pain_during == 0 and run.pain_next_morning == 0


def _exercise_condition(past: Evidence, today: date, rules: Rules, runs: Sequence[RunSession]) -> Condition:
    """The hip and thigh exercises without pain; after a run that hurt too much, they have to be proven anew."""
    text = "Hip and thigh exercises without pain"
    last_red = max((r.day for r in runs if session_light(r, rules) == "red"), default=None)
    last = latest_pain(past, "exercises")
    if last_red is not None and (last is None or last.day <= last_red):
        return Condition(f"{text}, after the run of {last_red.day} {last_red:%B} that hurt too much", False)
    return _painless(text, past, "exercises", today, rules)


def climb(runs: Sequence[RunSession], rules: Rules | None = None) -> Rung:
    """The rung reached after sessions in order of their days."""
    rules = rules or load()
    rung, before = Rung(), None
    for run in runs:
        rested = before is None or (run.day - before).days > rules.rest_days
        rung = _after(rung, run, rested, rules)
        before = run.day
    return rung


def _after(rung: Rung, run: RunSession, rested: bool, rules: Rules) -> Rung:
    colour = session_light(run, rules)
    if colour != "green":
        return Rung(max(rung.index - (2 if colour == "red" else 1), 0))
    if max(run.pain_during, run.pain_next_morning or 0) > 0:
        return rung if _done(rung, rules) else Rung(rung.index)
    if run.pain_next_morning is None or not rested or _done(rung, rules):
        return rung
    step = rules.ladder[rung.index]
    if run.longest_run_min < step.run_min or run.run_min < step.total_run_min or run.surface == "downhill":
        return rung
    counted = rung.counted + 1
    return Rung(rung.index + 1) if counted >= rules.times_each else Rung(rung.index, counted)


def _moved_back(phase: Phase, runs: Sequence[RunSession], rules: Rules) -> str:
    """Why the last session (or pain since) set somebody back, in a sentence."""
    if not runs:
        return ""
    best = Rung()
    for n in range(1, len(runs) + 1):
        now = climb(runs[:n], rules)
        best = now if (now.index, now.counted) > (best.index, best.counted) else best
    last = runs[-1]
    worst = max(last.pain_during, last.pain_next_morning or 0)
    rung = climb(runs, rules)
    if phase < 3 and best != Rung():
        return "Pain has come back: first get rid of it, then go on with running where you were or one step before."
    if (rung.index, rung.counted) < (best.index, best.counted) and worst > 0:
        return f"The run of {last.day.day} {last.day:%B} hurt (pain {worst} of 10), so the step before comes again."
    return ""
