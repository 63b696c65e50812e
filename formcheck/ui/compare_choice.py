"""Which results stand against each other: of one person, the latest and the one before by default. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from formcheck.store import Analysis, Visit
from formcheck.ui import clients_words as words
from formcheck.ui import result_rows


def same_test(one: Analysis, other: Analysis) -> bool:
    """Whether two results are of the same test and leg."""
    return (one.protocol, one.leg) == (other.protocol, other.leg)


def default_pair(analyses: Sequence[Analysis]) -> tuple[Analysis, Analysis] | None:
    """(before, after): the newest result that has an earlier one of the same test and leg, else the newest two.

    Parameters
    ----------
    analyses : the newest first.
    """
    for i, after in enumerate(analyses):
        before = next((earlier for earlier in analyses[i + 1 :] if same_test(earlier, after)), None)
        if before is not None:
            return before, after
    return (analyses[1], analyses[0]) if len(analyses) > 1 else None


def leg_pairs(analyses: Sequence[Analysis]) -> Mapping[str, tuple[Analysis, Analysis]]:
    """(left, right) by a key: a run stands against itself, a squat against the other leg's of the same go or visit."""
    found: dict[str, tuple[Analysis, Analysis]] = {}
    for analysis in analyses:
        if not analysis.leg:
            found[analysis.id] = (analysis, analysis)
        elif analysis.leg == "left":
            other = next((o for o in analyses if o.leg == "right" and _together(analysis, o)), None)
            if other is not None:
                found[analysis.id] = (analysis, other)
    return found


def _together(one: Analysis, other: Analysis) -> bool:
    if one.protocol != other.protocol:
        return False
    in_go = bool(one.group) and one.group == other.group
    in_visit = one.visit_id is not None and one.visit_id == other.visit_id
    return in_go or in_visit or words.day_of(one) == words.day_of(other)


def tests(analyses: Sequence[Analysis]) -> Mapping[str, list[Analysis]]:
    """Results by test and leg in words, those with the most results first."""
    found: dict[str, list[Analysis]] = {}
    for analysis in analyses:
        found.setdefault(result_rows.test(analysis), []).append(analysis)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def day_of(analysis: Analysis, visits: Mapping[str, Visit]) -> date:
    """The day of the visit, else the day on which the analysis was asked for."""
    visit = visits.get(analysis.visit_id or "")
    return visit.day if visit else words.day_of(analysis)


def label(analysis: Analysis, visits: Mapping[str, Visit]) -> str:
    """Day, test and clip of a result to choose."""
    parts = (words.day_words(day_of(analysis, visits)), result_rows.test(analysis), analysis.clip_name)
    return " · ".join(part for part in parts if part)


def conditions(before: Analysis, after: Analysis) -> tuple[str, ...]:
    """What was said to be different about two clips, so that a difference may not be the athlete's."""
    told = []
    for name, phrase, unit in (
        ("speed_kmh", "Run at different speeds", "km/h"),
        ("height_cm", "Different height", "cm"),
    ):
        old, new = before.settings.get(name), after.settings.get(name)
        if old and new and old != new:
            told.append(f"{phrase}: {old:g}, then {new:g} {unit}.")
        elif name == "speed_kmh" and (before.protocol or "").startswith("treadmill") and bool(old) != bool(new):
            told.append("The speed of one run is not known.")
    return tuple(told)
