"""The report as a PDF of a few pages, in the same order as the page."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import escape
from reportlab.graphics.shapes import Drawing, Polygon, PolyLine, String
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    Image,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from formcheck import __version__
from formcheck.criteria import Reference
from formcheck.plots import Area, Label, Line, Plot
from formcheck.report.advice import CLEARANCE, LIMITS, NOT_A_DIAGNOSIS, Action, clinician
from formcheck.report.content import Content, Row, content_of
from formcheck.report.pictures import Picture, jpeg
from formcheck.report.svg import PALETTE
from formcheck.report.typeset import (
    BOLD,
    FONT,
    MARGIN,
    WIDTH,
    bullets,
    heading,
    marked,
    padding,
    register_fonts,
    text,
    two_columns,
)
from formcheck.types import Assessment, Band
from formcheck.wording import BAND_SYMBOLS, BAND_WORDS

_PLATES: Mapping[Band, tuple[str, str]] = {
    "within": ("#0b6b4a", "#e0f4ec"),
    "watch": ("#7a4b00", "#fff0d1"),
    "outside": ("#a3260b", "#fde7e0"),
    "uncertain": ("#46505e", "#e9edf2"),
    "not_assessable": ("#46505e", "#e9edf2"),
}
_MOST_PICTURES = 6


def pdf(
    assessment: Assessment,
    pictures: Sequence[Picture],
    path: Path,
    plots: Sequence[Plot] | None = None,
    *,
    references: Mapping[str, Reference] | None = None,
) -> None:
    """Write the report as PDF; same content and order as `html`.

    Parameters
    ----------
    pictures : drawn key frames.
    path : where to write.
    plots : None for all plots of the assessment.
    references : source key -> citation; None for those that come with formcheck.
    """
    register_fonts()
    content = content_of(assessment, references=references)
    document = BaseDocTemplate(
        str(path), pagesize=A4, title=f"formcheck: {content.title}", author=f"formcheck {__version__}", invariant=1
    )
    area = Frame(MARGIN, 14 * mm, WIDTH, A4[1] - 27 * mm, 0, 0, 0, 0)
    document.addPageTemplates([PageTemplate(frames=[area], onPage=_footer(content))])
    story = [
        *_verdict(content),
        *_recording(content),
        *_to_do(content),
        *_pictures(pictures[:_MOST_PICTURES]),
        *_plots(content.plots if plots is None else plots, content),
        *_table(content),
        *_closing(content),
    ]
    document.build(story)


def _verdict(content: Content) -> list[Flowable]:
    ink, ground = _PLATES[content.band]
    symbol = Paragraph(
        content.symbol,
        ParagraphStyle("icon", fontName=BOLD, fontSize=26, leading=30, textColor=HexColor(ink), alignment=1),
    )
    words: list[Flowable] = [
        text(content.status, 8.6, bold=True, colour=ink, after=0),
        text(content.headline, 15, bold=True, colour=ink, after=3),
        *bullets(content.reasons, colour=ink),
    ]
    plate = Table([[symbol, words]], colWidths=[16 * mm, WIDTH - 16 * mm])
    plate.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), HexColor(ground)),
                ("LINEBEFORE", (0, 0), (0, -1), 5, HexColor(ink)),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 7),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
            ]
        )
    )
    top = text(f"formcheck · {content.title} · {content.facts[0][1]}", 8, colour=PALETTE["muted"], after=4)
    return [top, plate]


def _recording(content: Content) -> list[Flowable]:
    lines = [f"{c.label}: {c.value}. {c.advice}".strip() for c in content.troubles] + list(content.notes)
    return [heading("About the recording"), *bullets(lines)] if lines else []


def _to_do(content: Content) -> list[Flowable]:
    parts: list[Flowable] = [heading("What to do")]
    for number, action in enumerate(content.actions, start=1):
        parts.append(KeepTogether(_action(number, action)))
    if not content.actions:
        parts.append(text(content.lead))
    return [*parts, Spacer(1, 2), text(NOT_A_DIAGNOSIS, 7.8, colour=PALETTE["muted"])]


def _action(number: int, action: Action) -> list[Flowable]:
    ink = _PLATES[action.band][0]
    chip = f'<font color="{ink}">{BAND_SYMBOLS[action.band]} {BAND_WORDS[action.band]}</font>'
    parts: list[Flowable] = [
        marked(f"<b>{number}. {escape(action.title)}</b> &nbsp; <b>{chip}</b>", 9.4),
        text(f"{action.cue} {action.target}".strip()),
    ]
    if action.exercises:
        doses = "; ".join(f"{e.name} {e.dose}" + (f" ({e.note})" if e.note else "") for e in action.exercises)
        parts.append(text(f"Exercises: {doses}."))
    if action.reason:
        parts.append(text(f"Why: {action.reason}", 8, colour=PALETTE["muted"], after=5))
    return parts


def _pictures(pictures: Sequence[Picture]) -> list[Flowable]:
    if not pictures:
        return []
    columns = max(3, min(len(pictures), 4)) if len(pictures) != 5 else 5
    if len(pictures) == _MOST_PICTURES:
        columns = _MOST_PICTURES
    width = WIDTH / columns
    cells = [_picture(p, width - 6) for p in pictures]
    rows = [cells[i : i + columns] for i in range(0, len(cells), columns)]
    rows[-1] += [[] for _ in range(columns - len(rows[-1]))]
    grid = Table(rows, colWidths=[width] * columns)
    grid.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *padding(0, 3)]))
    return [KeepTogether([heading("Key frames"), grid])]


def _picture(picture: Picture, width: float) -> list[Flowable]:
    height, across = picture.rgb.shape[:2]
    scale = min(width / across, 62 * mm / height)
    image = Image(io.BytesIO(jpeg(picture)), width=across * scale, height=height * scale)
    image.hAlign = "LEFT"
    return [
        image,
        Spacer(1, 2),
        text(picture.title, 7.2, bold=True, after=0),
        text(picture.caption, 7, colour=PALETTE["muted"]),
    ]


def _plots(plots: Sequence[Plot], content: Content) -> list[Flowable]:
    if not plots:
        return []
    columns = 2 if len(plots) < 5 else 3
    width = WIDTH / columns
    drawings = [to_drawing(plot, width=width - 8) for plot in plots]
    rows = [drawings[i : i + columns] for i in range(0, len(drawings), columns)]
    blocks: list[Flowable] = []
    for row in rows:
        grid = Table([[*row, *([""] * (columns - len(row)))]], colWidths=[width] * columns)
        grid.setStyle(TableStyle(padding(0, 3)))
        blocks.append(grid)
    first = KeepTogether([heading("Every cycle on top of the others"), blocks[0]])
    lines = [f"Does not count: {line}" for line in content.invalid]
    return [first, *blocks[1:], *bullets(lines, size=8)]


def to_drawing(plot: Plot, *, width: float) -> Drawing:
    """The plot as a drawing for PDF, `width` points wide."""
    scale = width / plot.width
    drawing = Drawing(width, plot.height * scale)

    def flat(points: Sequence[tuple[float, float]]) -> list[float]:
        return [value for x, y in points for value in (x * scale, (plot.height - y) * scale)]

    for shape in plot.shapes:
        colour = HexColor(PALETTE[shape.role])
        if isinstance(shape, Line):
            dash = [4 * scale, 3 * scale] if shape.dash else None
            drawing.add(
                PolyLine(flat(shape.points), strokeColor=colour, strokeWidth=shape.width * scale, strokeDashArray=dash)
            )
        elif isinstance(shape, Area):
            drawing.add(Polygon(flat(shape.points), fillColor=colour, fillOpacity=shape.opacity, strokeColor=None))
        else:
            drawing.add(_string(shape, colour, scale, plot.height))
    return drawing


def _string(label: Label, colour: HexColor, scale: float, height: float) -> String:
    return String(
        label.x * scale,
        (height - label.y) * scale,
        label.text,
        fontName=BOLD if label.bold else FONT,
        fontSize=label.size * scale,
        fillColor=colour,
        textAnchor=label.anchor,
    )


def _table(content: Content) -> list[Flowable]:
    if not content.scored and not content.reported:
        return []
    widths = [WIDTH * share for share in (0.24, 0.06, 0.10, 0.13, 0.04, 0.09, 0.21, 0.13)]
    names = ("Measure", "Side", "Value", "95 % interval", "n", "Error", "Limits", "Finding")
    rows: list[list[Any]] = [[text(name, 7.2, bold=True, colour=PALETTE["muted"]) for name in names]]
    rows += [_table_row(row) for row in (*content.scored, *content.reported)]
    table = Table(rows, colWidths=widths, repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor(PALETTE["grid"])),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                *padding(2, 1.5),
            ]
        )
    )
    parts: list[Flowable] = [heading("What was measured"), table]
    if content.missing:
        lines = [f"{item.label}: {item.reason}" for item in content.missing]
        parts += [heading("What could not be measured"), *bullets(lines, size=8)]
    return parts


def _table_row(row: Row) -> list[Paragraph]:
    source = f" [{row.source}]" if row.source else ""
    limits = f"{row.limits}; {row.judgement}{source}" if row.limits else "–"
    ink = _PLATES[row.band][0] if row.band else PALETTE["muted"]
    cells = [
        text(words, 7.4, after=0) for words in (row.label, row.side, row.value, row.interval, row.n, row.error, limits)
    ]
    return [*cells, text(f"{row.symbol} {row.word}", 7.4, bold=True, colour=ink, after=0)]


def _closing(content: Content) -> list[Flowable]:
    checks = [f"{c.label}: {c.value} ({c.word.lower()}; limit {c.limit})" for c in content.checks]
    facts = [f"{name}: {text}" for name, text in content.facts]
    sources = [f"[{i}] {source}" for i, source in enumerate(content.sources, start=1)]
    return [
        Spacer(1, 7),
        two_columns(
            [heading("Back to running: all four, without pain"), *bullets(CLEARANCE, size=8)],
            [heading("See a clinician if there is"), *bullets(clinician(), size=8)],
        ),
        *(_checks(checks) if checks else []),
        heading("Limits of the method"),
        *bullets(LIMITS, size=7.6),
        heading("Method and sources"),
        *bullets([*facts, *sources], size=7.2, sign="", colour=PALETTE["muted"]),
    ]


def _checks(lines: Sequence[str]) -> list[Flowable]:
    half = (len(lines) + 1) // 2
    columns = two_columns(bullets(lines[:half], size=7.6), bullets(lines[half:], size=7.6))
    return [heading("Quality of the recording"), columns]


def _footer(content: Content) -> Any:  # noqa: ANN401 - reportlab's callback type
    def draw(canvas: Any, document: Any) -> None:  # noqa: ANN401
        canvas.setFont(FONT, 7)
        canvas.setFillColor(HexColor(PALETTE["muted"]))
        canvas.drawString(MARGIN, 8 * mm, f"formcheck {__version__} · {content.title} · not a diagnosis")
        canvas.drawRightString(A4[0] - MARGIN, 8 * mm, f"Page {document.page}")

    return draw
