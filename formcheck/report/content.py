"""What a report says, in order and in words, apart from how HTML and PDF set it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from formcheck.criteria import Reference, load
from formcheck.metrics import describe
from formcheck.plots import Plot, invalid_repetitions, plots_of
from formcheck.report.advice import Action, actions, lead, sentence
from formcheck.types import Assessment, Band, Corrected, Finding, MetricResult, QualityCheck, ResultSide
from formcheck.wording import (
    BAND_SYMBOLS,
    BAND_WORDS,
    KIND_WORDS,
    SIDE_WORDS,
    error_text,
    headline,
    interval_text,
    limits_text,
    metric_label,
    number,
    status_word,
    title,
    unit_text,
    value_text,
    value_with_error,
    verdict_band,
    with_side,
)


@dataclass(frozen=True)
class Row:
    """One metric on one side; `reason` says why there is no value, or how the value stands to its limit.

    In a report on several clips `test` is what was tested and `clip` the letter of the clip that the value comes from.
    """

    metric_id: str
    label: str
    plain: str
    side: str
    value: str
    interval: str
    n: str
    error: str
    limits: str
    source: int
    judgement: str
    band: Band | None
    word: str
    symbol: str
    reason: str
    with_error: str = ""
    test: str = ""
    clip: str = ""


@dataclass(frozen=True)
class Missing:
    """Something that could not be measured: what, why and what to do."""

    label: str
    reason: str


@dataclass(frozen=True)
class CheckRow:
    """One check of the recording in words."""

    label: str
    value: str
    limit: str
    band: str
    word: str
    advice: str


@dataclass(frozen=True)
class Content:
    """All of a report's text, ready to be set."""

    title: str
    headline: str
    band: Band
    symbol: str
    status: str
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    troubles: tuple[CheckRow, ...]
    actions: tuple[Action, ...]
    lead: str
    plots: tuple[Plot, ...]
    invalid: tuple[str, ...]
    scored: tuple[Row, ...]
    reported: tuple[Row, ...]
    unmeasured: tuple[Row, ...]
    missing: tuple[Missing, ...]
    checks: tuple[CheckRow, ...]
    sources: tuple[str, ...]
    definitions: tuple[tuple[str, str, str], ...]
    facts: tuple[tuple[str, str], ...]
    history: tuple[str, ...]


_CHECK_WORDS: Mapping[str, str] = {"ok": "Good", "warn": "Could be better", "fail": "Not usable"}


def content_of(assessment: Assessment, *, references: Mapping[str, Reference] | None = None) -> Content:
    """Everything a report says about an assessment.

    Parameters
    ----------
    references : source key -> citation; None for those that come with formcheck.
    """
    known = load().references if references is None else references
    keys = source_keys(assessment.findings)
    numbers = {key: i for i, key in enumerate(keys, start=1)}
    ordered = by_metric(assessment.metrics)
    rows = [row(assessment, m, numbers) for m in ordered if m.value is not None]
    todo = actions(assessment)
    band = verdict_band(assessment)
    checks = tuple(map(_check, assessment.checks))
    return Content(
        title=title(assessment),
        headline=headline(assessment),
        band=band,
        symbol=BAND_SYMBOLS[band],
        status=status_word(assessment),
        reasons=_reasons(assessment, todo),
        notes=tuple(note for note in assessment.notes if note not in assessment.verdict.reasons),
        troubles=tuple(c for c in checks if c.band in {"warn", "fail"}),
        actions=todo,
        lead=lead(assessment),
        plots=plots_of(assessment),
        invalid=invalid_repetitions(assessment),
        scored=tuple(row for row in rows if row.limits),
        reported=tuple(row for row in rows if not row.limits),
        unmeasured=tuple(row(assessment, m, numbers) for m in ordered if m.value is None),
        missing=missing((m, assessment.finding(m.id, m.side)) for m in assessment.metrics),
        checks=checks,
        sources=tuple(known[key].short if key in known else key for key in keys),
        definitions=definitions(assessment.metrics),
        facts=_facts(assessment),
        history=assessment.pose.history,
    )


def source_keys(findings: Iterable[Finding]) -> list[str]:
    """The sources of the limits that findings were held against, each once, in their order."""
    return list(dict.fromkeys(f.criterion.source for f in findings if f.criterion is not None))


def _reasons(assessment: Assessment, todo: Sequence[Action]) -> tuple[str, ...]:
    """The verdict's reasons, without those that stand under “What to do” anyway."""
    told = [f.reason.rstrip(".") for f in assessment.findings if f.band == "watch" and todo]
    close = [f for f in assessment.findings if f.band == "uncertain" and assessment.verdict.status == "pass"]
    told += [f.reason.rstrip(".") for f in close]
    kept = [r for r in assessment.verdict.reasons if not any(t and r.rstrip(".").endswith(t) for t in told)]
    if close:
        names = list(dict.fromkeys(with_side(metric_label(f.metric_id), f.side) for f in close))
        kept.append(f"Too close to a limit to tell: {', '.join(names)}")
    return tuple(map(sentence, kept))


def by_metric(metrics: Sequence[MetricResult]) -> list[MetricResult]:
    """In order of first appearance, the sides of a metric together."""
    ids = list(dict.fromkeys(m.id for m in metrics))
    return sorted(metrics, key=lambda m: ids.index(m.id))


def row(assessment: Assessment, metric: MetricResult, numbers: Mapping[str, int]) -> Row:
    """A metric as a row of the table; `numbers` are those of the sources."""
    finding = assessment.finding(metric.id, metric.side)
    criterion = finding.criterion if finding else None
    band = finding.band if finding and (criterion or metric.value is None) else None
    described = describe(metric.id)
    return Row(
        metric_id=metric.id,
        label=described.label,
        plain=described.plain,
        side=SIDE_WORDS[metric.side],
        value=value_text(metric),
        interval=interval_text(metric),
        n=str(metric.n) if metric.per_cycle else "–",
        error=error_text(metric),
        limits=limits_text(criterion, metric.unit) if criterion else "",
        source=numbers.get(criterion.source, 0) if criterion else 0,
        judgement=KIND_WORDS[criterion.kind] if criterion else "",
        band=band,
        word=BAND_WORDS[band] if band else "Reported",
        symbol=BAND_SYMBOLS[band] if band else "·",
        reason=_reason(assessment, metric, finding),
        with_error=value_with_error(metric),
    )


def _reason(assessment: Assessment, metric: MetricResult, finding: Finding | None) -> str:
    """Why there is no value or how it stands, and that it was corrected where it was."""
    told = sentence(finding.reason if finding and finding.reason else metric.reason)
    change = next((c for c in assessment.changes if (c.metric_id, c.side) == (metric.id, metric.side)), None)
    if change is None:
        return told
    before = "not assessable" if change.before is None else value_text(replace(metric, value=change.before))
    if before == value_text(metric):
        return f"{told} Single values corrected by hand.".strip()
    return f"{told} Corrected by hand; before: {before}.".strip()


def missing(metrics: Iterable[tuple[MetricResult, Finding | None]]) -> tuple[Missing, ...]:
    """What has no value, all with the same reason together, sides named."""
    sides: dict[tuple[str, str], list[ResultSide]] = {}
    for metric, finding in metrics:
        if metric.value is None:
            why = finding.reason if finding and finding.reason else metric.reason
            sides.setdefault((sentence(why), metric.id), []).append(metric.side)
    labels: dict[str, list[str]] = {}
    for (why, metric_id), found in sides.items():
        side: ResultSide = found[0] if len(found) == 1 else "both"
        labels.setdefault(why, []).append(with_side(metric_label(metric_id), side))
    return tuple(Missing(", ".join(names), why) for why, names in labels.items())


def _check(check: QualityCheck) -> CheckRow:
    whole = check.value is None or abs(check.value) >= 10 or float(check.value).is_integer()
    digits = 0 if whole else 1
    known = check.value is not None
    return CheckRow(
        label=check.label,
        value="–" if check.value is None else number(check.value, digits) + unit_text(check.unit),
        limit=number(check.limit, 0 if float(check.limit).is_integer() else 1) + unit_text(check.unit),
        band=check.band if known or check.band != "ok" else "none",
        word=_CHECK_WORDS[check.band] if known or check.band != "ok" else "Not known",
        advice=sentence(check.advice),
    )


def definitions(metrics: Sequence[MetricResult]) -> tuple[tuple[str, str, str], ...]:
    """Label, definition and positive direction of every metric, each once; asymmetries are told by their pair."""
    ids = dict.fromkeys(m.id for m in metrics if not m.id.startswith("asymmetry_"))
    records = [describe(metric_id) for metric_id in ids]
    return tuple((r.label, sentence(r.definition), r.positive) for r in records)


def _facts(assessment: Assessment) -> tuple[tuple[str, str], ...]:
    """The recording and the versions, for whoever wants to check or repeat the result."""
    video = assessment.video
    filmed = f" of {video.mean_fps * video.frame_step:.1f} filmed" if video.frame_step > 1 else ""
    rate = f"{video.mean_fps:.1f} frames a second{filmed}" + (" (variable)" if video.variable_rate else "")
    size = "" if video.width_px <= 1 else f"{video.width_px} × {video.height_px} pixels, "
    stretch = f"played {video.time_stretch:g} times slower than real ({video.time_stretch_source})"
    recognised = assessment.recognised
    seen = ", ".join(
        str(word).replace("_", " ") for word in (recognised.protocol, recognised.leg, recognised.view) if word
    )
    facts = [
        ("Recording", video.name),
        (
            "Picture",
            f"{size}{rate}, {video.duration_s:.1f} s, {video.n_frames} frames",
        ),
        ("Slow motion", stretch if video.time_stretch != 1 else ""),
        ("Recognised from the movement", seen),
        ("Pose model", assessment.pose.model),
        (
            "Versions",
            f"formcheck {assessment.formcheck_version}, criteria {assessment.criteria_version}",
        ),
        ("Fingerprint of the file (SHA-256)", video.sha256),
    ]
    facts += [("Corrected by hand", _correction(made)) for made in assessment.corrections]
    return tuple((name, text) for name, text in facts if text)


def _correction(made: Corrected) -> str:
    when = datetime.fromtimestamp(made.made_s)
    who = f" by {made.author}" if made.author else ""
    return f"{made.words}{who} on {when.day} {when:%B %Y}, {when:%H:%M}"
