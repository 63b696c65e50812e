"""The exercises of the return-to-run brief: dose, how, how to go on, and for which phase and finding.

Doses are the brief's (`references.toml`, return_to_run). Which exercise goes with which finding, and how it goes on,
are product judgements (J).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from formcheck.recovery.progress import Phase


@dataclass(frozen=True)
class Exercise:
    """An exercise with its dose; `id` names its figure, `note` what to mind, `phases` when it belongs in."""

    id: str
    name: str
    dose: str
    how: str
    harder: str
    phases: tuple[Phase, ...] = (1, 2, 3, 4)
    note: str = ""
    hip: bool = False


_ALL: Final = (
    Exercise(
        "clamshell",
        "Clamshell",
        "3 × 15–20",
        "Lie on your side, hips and knees bent. Keep the feet together and lift the upper knee without rolling back.",
        "A loop band above the knees.",
        hip=True,
    ),
    Exercise(
        "hip_abduction",
        "Side-lying hip abduction",
        "3 × 15",
        "Lie on your side, lower knee bent. Lift the straight upper leg a little behind you, toes forward.",
        "A weight at the ankle, or hold for 2 s at the top.",
        hip=True,
    ),
    Exercise(
        "band_walk",
        "Lateral band walk",
        "3 × 10–12 each way",
        "Loop band above the knees, knees slightly bent. Step sideways, slowly, trunk upright, knees over the feet.",
        "Move the band to the ankles.",
        (2, 3, 4),
        hip=True,
    ),
    Exercise(
        "bridge",
        "Single-leg glute bridge",
        "3 × 10–12, hold 2 s",
        "Lie on your back, one foot on the floor, the other leg stretched. Lift the hips and keep them level.",
        "Foot on a step.",
        (2, 3, 4),
        hip=True,
    ),
    Exercise(
        "knee_extension",
        "Terminal knee extension",
        "3 × 15",
        "Stand with a band behind the knee, fixed in front of you. Straighten the knee against the band, slowly.",
        "A stronger band.",
    ),
    Exercise(
        "leg_raise",
        "Straight leg raise",
        "3 × 15, hold 2 s",
        "Lie on your back, one knee bent. Lift the other leg, straight, to 45°.",
        "A weight at the ankle.",
        (1, 2),
    ),
    Exercise(
        "wall_sit",
        "Wall sit at 60°",
        "3 × 30–45 s",
        "Back against a wall, knees bent to 60°, kneecaps over the second toes.",
        "15 s more, then one leg at a time.",
        (2, 3, 4),
        note="not while the knee is still irritable",
    ),
    Exercise(
        "short_foot",
        "Short foot",
        "3 × 15",
        "Standing, draw the ball of the foot towards the heel without curling the toes, so that the arch rises.",
        "On one leg.",
    ),
    Exercise(
        "balance",
        "Single-leg balance on foam",
        "3 × 30 s",
        "Stand on one leg on a soft mat, knee slightly bent and over the second toe, pelvis level.",
        "Turn the head, or catch a ball.",
        (3, 4),
    ),
)
EXERCISES: Final[Mapping[str, Exercise]] = MappingProxyType({e.id: e for e in _ALL})


@dataclass(frozen=True)
class Match:
    """Exercises for a finding, the most fitting first, and the key of the reference that the finding rests on."""

    exercises: tuple[str, ...]
    source: str


FOR_FINDING: Final[Mapping[str, Match]] = MappingProxyType(
    {
        "knee_fppa_deg": Match(("hip_abduction", "band_walk", "short_foot"), "herrington_2014"),
        "pelvic_drop_deg": Match(("hip_abduction", "band_walk", "bridge"), "nakagawa_2012"),
        "hip_adduction_deg": Match(("clamshell", "hip_abduction", "band_walk"), "nakagawa_2012"),
        "trunk_lean_deg": Match(("bridge", "hip_abduction"), "nakagawa_2012"),
        "fppa_drift_deg": Match(("band_walk", "bridge"), "weeks_2015"),
        "pelvic_drop_drift_deg": Match(("hip_abduction", "bridge"), "weeks_2015"),
        "trunk_lean_drift_deg": Match(("bridge", "band_walk"), "weeks_2015"),
        "reps_valid": Match(("knee_extension", "bridge", "wall_sit"), "return_to_run"),
    }
)
"""By the metric id of a finding."""
AVOID: Final[Mapping[Phase, tuple[str, ...]]] = MappingProxyType(
    {
        1: ("deep squats", "lunges", "wall sits", "running", "long sitting with bent knees"),
        2: ("deep squats", "lunges", "running"),
        3: ("downhill", "tempo and intervals", "two running days in a row"),
        4: (),
    }
)
KEEP: Final = "Two hip sessions a week stay in training for good."
_MOST: Final = 4


@dataclass(frozen=True)
class Chosen:
    """An exercise, why it was chosen, and the key of the reference that this rests on."""

    exercise: Exercise
    why: str
    source: str


def for_finding(metric_id: str) -> tuple[Exercise, ...]:
    """The exercises for a finding, the most fitting first; none where it asks for none."""
    match = FOR_FINDING.get(metric_id)
    return () if match is None else tuple(EXERCISES[name] for name in match.exercises)


def choose(findings: Iterable[tuple[str, str]], phase: Phase) -> tuple[Chosen, ...]:
    """At most four exercises for a phase: those for the findings first, then those of the phase.

    Parameters
    ----------
    findings : (metric id, what was found in words), the most important first.
    """
    wanted = [
        Chosen(exercise, why, FOR_FINDING[metric_id].source)
        for metric_id, why in findings
        for exercise in for_finding(metric_id)
    ]
    wanted += [Chosen(e, f"Belongs to phase {phase}.", "return_to_run") for e in _ALL]
    chosen: dict[str, Chosen] = {}
    for one in wanted:
        if phase in one.exercise.phases and one.exercise.id not in chosen and len(chosen) < _MOST:
            chosen[one.exercise.id] = one
    return tuple(chosen.values())


def rest(chosen: Iterable[Chosen], phase: Phase) -> tuple[Exercise, ...]:
    """The other exercises that belong to a phase."""
    taken = {one.exercise.id for one in chosen}
    return tuple(e for e in _ALL if phase in e.phases and e.id not in taken)
