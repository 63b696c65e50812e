"""What a report on one clip, or on the clips of a visit, says: one page for the client, the rest for the clinician."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from string import ascii_uppercase
from typing import Final

from formcheck import visit
from formcheck.criteria import Reference, load
from formcheck.report import content
from formcheck.report.advice import Action, chosen, film_again, improvements, sentence
from formcheck.report.content import Content, Missing, Row, content_of
from formcheck.report.letterhead import Letterhead
from formcheck.report.pictures import Picture
from formcheck.types import Assessment, Band, Status
from formcheck.visit import Chosen, Outcome, Task, Visit
from formcheck.wording import (
    BAND_SYMBOLS,
    BAND_WORDS,
    STATUS_BANDS,
    headline,
    is_running,
    running_headline,
    status_word,
    things,
    title,
    verdict_band,
)

TASK_WORDS: Final[Mapping[Task, str]] = {
    "run": "Run",
    "single_leg_squat": "Single-leg squat test",
    "step_down": "Step-down test",
}
_SHORT: Final[Mapping[Task, str]] = {"run": "run", "single_leg_squat": "squat", "step_down": "step-down"}
_WORST: Final[Sequence[Band]] = ("outside", "watch", "uncertain", "not_assessable", "within")
_FOR_CLIENT: Final = 3
_DEMANDING: Final[Sequence[Status]] = ("fail", "uncertain", "pass", "not_assessable")


@dataclass(frozen=True)
class Part:
    """A clip of the report, with its key frames."""

    assessment: Assessment
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Clip:
    """What the report says of one clip alone; `letter` is what values refer to, empty where there is only one."""

    letter: str
    content: Content
    pictures: tuple[Picture, ...]
    running: bool


@dataclass(frozen=True)
class Line:
    """A line with a band: the outcome of a test, or a measure in plain words."""

    band: Band
    symbol: str
    word: str
    label: str
    text: str
    plain: str = ""


@dataclass(frozen=True)
class Report:
    """All of a report, ready to be set."""

    letterhead: Letterhead
    title: str
    band: Band
    symbol: str
    status: str
    headline: str
    reasons: tuple[str, ...]
    outcomes: tuple[Line, ...]
    seen: tuple[Line, ...]
    actions: tuple[Action, ...]
    lead: str
    scored: tuple[Row, ...]
    reported: tuple[Row, ...]
    missing: tuple[Missing, ...]
    definitions: tuple[tuple[str, str, str], ...]
    sources: tuple[str, ...]
    clips: tuple[Clip, ...]

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The key frames of all clips."""
        return tuple(picture for clip in self.clips for picture in clip.pictures)

    @property
    def for_client(self) -> tuple[Picture, ...]:
        """A few key frames: first those that show what is to be worked on."""
        wanted = [action.metric_id for action in self.actions if action.metric_id]
        first = [picture for metric_id in wanted for picture in self.pictures if picture.metric_id == metric_id]
        unique = {id(picture): picture for picture in (*first, *self.pictures)}
        return tuple(unique.values())[:_FOR_CLIENT]


def report_of(
    parts: Sequence[Part],
    letterhead: Letterhead | None = None,
    *,
    references: Mapping[str, Reference] | None = None,
) -> Report:
    """The report on a clip, or on several clips as one.

    Parameters
    ----------
    references : source key -> citation; None for those that come with formcheck.
    """
    head = letterhead or Letterhead()
    known = load().references if references is None else references
    if len(parts) == 1:
        return _of_one(parts[0], head, known)
    return _of_several(parts, head, known)


def _of_one(part: Part, head: Letterhead, known: Mapping[str, Reference]) -> Report:
    told = content_of(part.assessment, references=known)
    return Report(
        letterhead=head,
        title=told.title,
        band=told.band,
        symbol=told.symbol,
        status=told.status,
        headline=told.headline,
        reasons=told.reasons,
        outcomes=(),
        seen=_seen(told.scored),
        actions=told.actions,
        lead=told.lead,
        scored=told.scored,
        reported=told.reported,
        missing=told.missing,
        definitions=told.definitions,
        sources=told.sources,
        clips=(Clip("", told, part.pictures, is_running(part.assessment.protocol)),),
    )


def _of_several(parts: Sequence[Part], head: Letterhead, known: Mapping[str, Reference]) -> Report:
    found = visit.together([part.assessment for part in parts])
    keys = content.source_keys(c.finding for c in found.chosen if c.finding is not None)
    numbers = {key: i for i, key in enumerate(keys, start=1)}
    rows = [_row(found, one, numbers) for one in _in_order(found.chosen) if one.metric.value is not None]
    band, status, line = _whole_outcome(found)
    scored = tuple(row for row in rows if row.limits)
    return Report(
        letterhead=head,
        title=", ".join(dict.fromkeys(TASK_WORDS[one.task] for one in found.outcomes)),
        band=band,
        symbol=BAND_SYMBOLS[band],
        status=status,
        headline=line,
        reasons=_reasons(found),
        outcomes=tuple(_outcome(found, one) for one in found.outcomes),
        seen=_seen(scored),
        actions=_actions(found),
        lead="Nothing in these clips asks for a change. Build up slowly and keep the hips strong.",
        scored=scored,
        reported=tuple(row for row in rows if not row.limits),
        missing=content.missing((one.metric, one.finding) for one in found.chosen),
        definitions=content.definitions([one.metric for one in found.chosen]),
        sources=tuple(known[key].short if key in known else key for key in keys),
        clips=tuple(
            Clip(letter(i), content_of(part.assessment, references=known), part.pictures, _is_run(part))
            for i, part in enumerate(parts)
        ),
    )


def _is_run(part: Part) -> bool:
    return is_running(part.assessment.protocol)


def letter(place: int) -> str:
    """A for the first clip, B for the second."""
    return ascii_uppercase[place]


def _in_order(found: Sequence[Chosen]) -> list[Chosen]:
    """By test, then in order of first appearance, the sides of a metric together."""
    tasks = list(dict.fromkeys(one.task for one in found))
    ids = list(dict.fromkeys(one.metric.id for one in found))
    return sorted(found, key=lambda one: (tasks.index(one.task), ids.index(one.metric.id)))


def _row(found: Visit, one: Chosen, numbers: Mapping[str, int]) -> Row:
    clip = found.clips[one.source]
    told = replace(clip, findings=() if one.finding is None else (one.finding,))
    letters = letter(one.source) + (f", {letter(one.second)}" if one.second is not None else "")
    return replace(content.row(told, one.metric, numbers), test=TASK_WORDS[one.task], clip=letters)


def _seen(rows: Sequence[Row]) -> tuple[Line, ...]:
    """What was held against a limit: a line a measure for what stands out, and one for all others of a band."""
    lines: list[Line] = []
    others: dict[Band, list[str]] = {}
    tests = len({row.test for row in rows})
    short = {"": "", **{TASK_WORDS[task]: word for task, word in _SHORT.items()}}
    for (test, label), group in groupby(rows, key=lambda row: (row.test, row.label)):
        sides = list(group)
        band: Band = min((row.band or "within" for row in sides), key=_WORST.index)
        several = len(sides) > 1 or sides[0].side != "both"
        values = ", ".join(f"{row.side} {row.with_error}" if several else row.with_error for row in sides)
        name = f"{label}, {short[test]}" if tests > 1 else label
        if band in ("outside", "watch"):
            lines.append(_line(band, name, values, f"{sides[0].plain}."))
        else:
            others.setdefault(band, []).append(f"{name}: {values}")
    lines.sort(key=lambda line: _WORST.index(line.band))
    return (*lines, *(_line(band, "", "; ".join(others[band]) + ".") for band in _WORST if band in others))


def _line(band: Band, label: str, text: str, plain: str = "") -> Line:
    return Line(band, BAND_SYMBOLS[band], BAND_WORDS[band], label, text, plain)


def _outcome(found: Visit, one: Outcome) -> Line:
    """The verdict on one test, with the clips that it rests on."""
    clips = [found.clips[i] for i in one.clips]
    letters = " and ".join(letter(i) for i in one.clips)
    if one.task == "run":
        band, word, text = _run_outcome(found, one)
        return Line(band, BAND_SYMBOLS[band], word, "Run", f"{text} (clip{'s' * (len(clips) > 1)} {letters})")
    band = verdict_band(clips[0])
    text = f"{headline(clips[0])} (clip {letters})"
    return Line(band, BAND_SYMBOLS[band], status_word(clips[0]), title(clips[0]), text)


def _run_outcome(found: Visit, one: Outcome) -> tuple[Band, str, str]:
    if one.status == "not_assessable":
        return "not_assessable", "Not scored", "This clip cannot be scored"
    flagged = _flagged(found, "run")
    close = any(c.finding and c.finding.band == "uncertain" for c in found.chosen if c.task == "run")
    text = running_headline("pass", len(flagged), close=close)
    return ("watch", "Worth a look", text) if flagged else ("within", "No concern", text)


def _flagged(found: Visit, task: Task | None = None) -> set[tuple[Task, str]]:
    """Measures that are watched or outside."""
    own = (one for one in found.chosen if task in (None, one.task))
    return {(one.task, one.metric.id) for one in own if one.finding and one.finding.band in ("watch", "outside")}


def _whole_outcome(found: Visit) -> tuple[Band, str, str]:
    """Band, word and sentence over all tests: the most demanding of them speaks."""
    statuses = {one.status for one in found.outcomes}
    status = next(one for one in _DEMANDING if one in statuses)
    told = _all_named(found, [one for one in found.outcomes if one.status == status])
    if status == "fail":
        return "outside", "Not passed", f"Not passed yet: {told}"
    if status == "uncertain":
        return "uncertain", "Uncertain", f"Too close to call: film {told} again"
    if status == "not_assessable":
        return "not_assessable", "Not scored", "These clips cannot be scored"
    flagged = len(_flagged(found))
    if not flagged:
        return STATUS_BANDS["pass"], "No concern", "Nothing in these clips stands out"
    return "watch", "Worth a look", f"{things(flagged)} {'is' if flagged == 1 else 'are'} worth working on"


def _all_named(found: Visit, outcomes: Sequence[Outcome]) -> str:
    """Tests in a sentence: `the single-leg squat test on both legs and the run`."""
    legs: dict[Task, list[str]] = {}
    for one in outcomes:
        leg = found.clips[one.clips[0]].leg if one.task != "run" else None
        legs.setdefault(one.task, []).extend([leg] if leg else [])
    return " and ".join(f"the {TASK_WORDS[task].lower()}{_on(sides)}" for task, sides in legs.items())


def _on(legs: Sequence[str]) -> str:
    return " on both legs" if len(set(legs)) == 2 else f" on the {legs[0]} leg" if legs else ""


def _reasons(found: Visit) -> tuple[str, ...]:
    """What a whole report has to say that no single line does: clips left out, and pain."""
    lines = [f"Clip {letter(i)} gives no values: {sentence(why)}" for i, why in found.unfit]
    return (*lines, "Pain decides, and no video shows it: it has to be free of pain, also the next morning.")


def _actions(found: Visit) -> tuple[Action, ...]:
    """At most three things to do: films that are needed again first, then what stands out in any test."""
    again = [_again(found, one) for one in found.outcomes if one.status == "uncertain"]
    if all(one.status == "not_assessable" for one in found.outcomes):
        return chosen([_again(found, one) for one in found.outcomes])
    several = len({one.task for one in found.outcomes}) > 1
    findings = [(_SHORT[one.task] if several else "", one.finding) for one in found.chosen if one.finding is not None]
    cadence = next((one.metric for one in found.chosen if one.metric.id == "cadence_spm"), None)
    return chosen([*again, *improvements(findings, cadence)])


def _again(found: Visit, one: Outcome) -> Action:
    action = film_again(found.clips[one.clips[0]])
    return replace(action, title=f"Film again: {_all_named(found, [one])}")
