"""The pages of the PDF for the clinician: values with error and limits, plots, key frames, quality, method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Paragraph, Table, TableStyle

from formcheck.plots import Plot
from formcheck.report.advice import LIMITS
from formcheck.report.content import Row
from formcheck.report.pdf_client import PLATES, picture_row
from formcheck.report.pdf_plot import to_drawing
from formcheck.report.svg import PALETTE
from formcheck.report.typeset import WIDTH, bullets, heading, padding, text, two_columns
from formcheck.report.whole import Clip, Report

_PICTURES_A_ROW = 6
_SHARES = (0.22, 0.05, 0.10, 0.13, 0.04, 0.08, 0.24, 0.14)
_SHARES_WITH_CLIP = (0.20, 0.05, 0.05, 0.10, 0.13, 0.04, 0.08, 0.22, 0.13)


def clinician_pages(report: Report) -> list[Flowable]:
    """Everything from page two on."""
    head = report.letterhead
    whose = " · ".join(part for part in (head.client, report.title, head.day_words) if part)
    story: list[Flowable] = [heading("For the clinician", 14), text(whose, 8.2, colour=PALETTE["muted"])]
    story += [*_clips(report.clips), *_table(report), *_missing(report)]
    for clip in report.clips:
        story += [*_pictures(clip), *_plots(clip)]
    for clip in report.clips:
        story += _quality(clip)
    sources = [f"[{i}] {source}" for i, source in enumerate(report.sources, start=1)]
    story += [heading("Limits of the method"), *bullets(LIMITS, size=7.4)]
    story += [heading("Method, versions and sources")]
    for clip in report.clips:
        facts = [f"{_of(clip)}{name}: {told}" for name, told in clip.content.facts]
        story += bullets(facts, size=7.2, sign="", colour=PALETTE["muted"])
    return story + bullets(sources, size=7.2, sign="", colour=PALETTE["muted"])


def _of(clip: Clip) -> str:
    return f"Clip {clip.letter}, " if clip.letter else ""


def _named(clip: Clip, words: str) -> str:
    """A heading that says which clip it belongs to, where there are several."""
    return (
        f"Clip {clip.letter}, {clip.content.title[0].lower()}{clip.content.title[1:]}: {words.lower()}"
        if clip.letter
        else words
    )


def _clips(clips: Sequence[Clip]) -> list[Flowable]:
    """Which clips the report rests on; each value below names its own."""
    if len(clips) < 2:
        return []
    lines = [
        f"{clip.letter}: {clip.content.title}, {clip.content.facts[0][1]} ({clip.content.status.lower()})"
        for clip in clips
    ]
    told = "Each value comes from the clip that measures it best: the smallest measurement error, then the nearer leg."
    return [heading("The clips"), *bullets(lines, sign=""), text(told, 7.8, colour=PALETTE["muted"])]


def _table(report: Report) -> list[Flowable]:
    rows = (*report.scored, *report.reported)
    if not rows:
        return []
    several = len(report.clips) > 1
    names = ["Measure", "Side", "Value", "95 % interval", "n", "Error", "Limits", "Finding"]
    if several:
        names.insert(2, "Clip")
    cells: list[list[Any]] = [[text(name, 7.2, bold=True, colour=PALETTE["muted"]) for name in names]]
    tests, spans = len({row.test for row in rows}), []
    for before, row in zip((None, *rows), rows, strict=False):
        if tests > 1 and (before is None or before.test != row.test or bool(before.limits) != bool(row.limits)):
            spans.append(len(cells))
            kind = "held against limits" if row.limits else "reported, never scored"
            cells.append([text(f"{row.test}: {kind}", 7.4, bold=True, after=0), *[""] * (len(names) - 1)])
        cells.append(_table_row(row, several=several))
    table = Table(cells, colWidths=[WIDTH * s for s in (_SHARES_WITH_CLIP if several else _SHARES)], repeatRows=1)
    style = [("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor(PALETTE["grid"])), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    table.setStyle(TableStyle([*style, *(("SPAN", (0, i), (-1, i)) for i in spans), *padding(2, 1.3)]))
    return [heading("What was measured", keep=False), table]


def _table_row(row: Row, *, several: bool) -> list[Paragraph]:
    source = f" [{row.source}]" if row.source else ""
    kind = "(J)" if row.judgement.endswith("(J)") else f"; {row.judgement}"
    limits = f"{row.limits} {kind}{source}".replace(" ;", ";") if row.limits else "–"
    ink = PLATES[row.band][0] if row.band else PALETTE["muted"]
    clip = [row.clip] if several else []
    words = (row.label, row.side, *clip, row.value, row.interval, row.n, row.error, limits)
    cells = [text(word, 7.3, after=0) for word in words]
    return [*cells, text(f"{row.symbol} {row.word}", 7.3, bold=True, colour=ink, after=0)]


def _missing(report: Report) -> list[Flowable]:
    lines = [f"{item.label}: {item.reason}" for item in report.missing]
    return [heading("What could not be measured"), *bullets(lines, size=7.8)] if lines else []


def _pictures(clip: Clip) -> list[Flowable]:
    if not clip.pictures:
        return []
    columns = min(max(len(clip.pictures), 3), _PICTURES_A_ROW)
    grid = picture_row(clip.pictures, columns=columns, height=(44 if clip.letter else 58) * mm)
    return [KeepTogether([heading(_named(clip, "Key frames")), grid])]


def _plots(clip: Clip) -> list[Flowable]:
    plots: Sequence[Plot] = clip.content.plots
    if not plots:
        return []
    columns = 2 if len(plots) < 3 else 3
    width = WIDTH / columns
    drawings = [to_drawing(plot, width=width - 8) for plot in plots]
    blocks: list[Flowable] = []
    for row in (drawings[i : i + columns] for i in range(0, len(drawings), columns)):
        grid = Table([[*row, *([""] * (columns - len(row)))]], colWidths=[width] * columns)
        grid.setStyle(TableStyle(padding(0, 2)))
        blocks.append(grid)
    name = "Every stride on top of the others" if clip.running else "Every repetition"
    lines = [f"Does not count: {line}" for line in clip.content.invalid]
    return [KeepTogether([heading(_named(clip, name)), blocks[0]]), *blocks[1:], *bullets(lines, size=7.8)]


def _quality(clip: Clip) -> list[Flowable]:
    """How good the recording is, what to do better, and what else has to be said of it."""
    told = clip.content
    lines = [f"{c.label}: {c.value} ({c.word.lower()}; limit {c.limit})" for c in told.checks]
    advice = [f"{c.label}: {c.advice}" for c in told.troubles if c.advice]
    if not lines and not told.notes:
        return []
    half = (len(lines) + 1) // 2
    columns = two_columns(bullets(lines[:half], size=7.4), bullets(lines[half:], size=7.4))
    return [
        heading(_named(clip, "Quality of the recording")),
        *([columns] if lines else []),
        *bullets((*advice, *told.notes), size=7.8),
    ]
