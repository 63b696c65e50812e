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
FOR_FINDING: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "knee_fppa_deg": ("hip_abduction", "band_walk", "short_foot"),
        "pelvic_drop_deg": ("hip_abduction", "band_walk", "bridge"),
        "hip_adduction_deg": ("clamshell", "hip_abduction", "band_walk"),
        "trunk_lean_deg": ("bridge", "hip_abduction"),
        "fppa_drift_deg": ("band_walk", "bridge"),
        "pelvic_drop_drift_deg": ("hip_abduction", "bridge"),
        "trunk_lean_drift_deg": ("bridge", "band_walk"),
        "reps_valid": ("knee_extension", "bridge", "wall_sit"),
    }
)
"""Metric id of a finding → exercises, the most fitting first."""
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
    """An exercise and why it was chosen."""

    exercise: Exercise
    why: str


def choose(findings: Iterable[tuple[str, str]], phase: Phase) -> tuple[Chosen, ...]:
    """At most four exercises for a phase: those for the findings first, then those of the phase.

    Parameters
    ----------
    findings : (metric id, what was found in words), the most important first.
    """
    wanted = [(name, why) for metric_id, why in findings for name in FOR_FINDING.get(metric_id, ())]
    wanted += [(e.id, f"Belongs to phase {phase}.") for e in _ALL]
    chosen: dict[str, Chosen] = {}
    for name, why in wanted:
        exercise = EXERCISES[name]
        if phase in exercise.phases and name not in chosen and len(chosen) < _MOST:
            chosen[name] = Chosen(exercise, why)
    return tuple(chosen.values())
