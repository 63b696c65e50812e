"""What the command line says of a result, in plain words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from formcheck.types import Assessment, Band, Finding

_BAND_ORDER: tuple[Band, ...] = ("outside", "watch", "uncertain", "within")
NOT_A_DIAGNOSIS = "Not a diagnosis and not a treatment prescription."


def summary(assessment: Assessment) -> str:
    """Verdict, reasons, findings and what could not be measured, as lines of text."""
    return "\n".join(_lines(assessment))


def _lines(a: Assessment) -> Iterator[str]:
    from formcheck.wording import headline, status_word, title

    recognised = a.recognised.protocol == a.protocol and a.recognised.leg in (None, a.leg)
    yield f"{a.video.name}: {title(a)}{' (as recognised from the movement)' if recognised else ''}"
    yield ""
    yield f"{status_word(a)}. {headline(a)}."
    yield from (f"  - {reason}" for reason in a.verdict.reasons)
    yield from _finding_lines([f for band in _BAND_ORDER for f in a.findings if f.band == band])
    yield from _missing_lines([f for f in a.findings if f.band == "not_assessable"])
    yield from _quality_lines(a)
    if a.notes:
        yield from ("", *(f"Note: {note}" for note in a.notes))
    yield ""
    yield NOT_A_DIAGNOSIS


def _finding_lines(findings: Sequence[Finding]) -> Iterator[str]:
    from formcheck.wording import BAND_WORDS

    if findings:
        yield from ("", "Findings")
    for finding in findings:
        yield f"  {BAND_WORDS[finding.band] + ':':<19}{finding.reason}"
        if finding.band in ("watch", "outside") and finding.advice:
            yield f"{'':<21}{finding.advice}"


def _missing_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """One line a reason, with the metrics that share it."""
    from formcheck.wording import metric_label, with_side

    if findings:
        yield from ("", "Not measured")
    by_reason: dict[str, list[str]] = {}
    for finding in findings:
        by_reason.setdefault(finding.reason, []).append(with_side(metric_label(finding.metric_id), finding.side))
    yield from (f"  {', '.join(labels)}: {reason}" for reason, labels in by_reason.items())


def _quality_lines(a: Assessment) -> Iterator[str]:
    faults = [check for check in a.checks if check.band != "ok"]
    yield ""
    yield "Recording" if faults else "Recording: good."
    yield from (f"  {check.label}: {check.advice}" for check in faults)


def places(out: Path) -> str:
    """Where the report and the rest of the result lie, as absolute paths."""
    folder = out.resolve()
    report = folder / "report.html"
    lines = [f"Report: {report.as_uri()}"] if report.exists() else []
    return "\n".join([*lines, f"Result: {folder}"])


def default_out(stem: str, sha256: Callable[[], str]) -> Path:
    """`formcheck-results/STEM` below the current folder, numbered where another clip's result stands there.

    sha256 : tells the clip's checksum; asked only where something stands there.
    """
    base = Path("formcheck-results") / stem
    candidate, n = base, 1
    while candidate.exists() and result_sha256(candidate) != sha256():
        n += 1
        candidate = base.with_name(f"{stem}-{n}")
    return candidate


def result_sha256(folder: Path) -> str | None:
    """Checksum of the video that a result folder was made from, or None where it is no such folder."""
    try:
        head = json.loads((folder / "assessment.json").read_text(encoding="utf-8"))
        return str(head["video"]["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
