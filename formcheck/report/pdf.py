"""The report as a PDF of a few pages, in the same order as the page."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from markupsafe import escape
from reportlab.graphics.shapes import Drawing, Polygon, PolyLine, String
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
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
from formcheck.fonts import font_path
from formcheck.plots import Area, Label, Line, Plot
from formcheck.report.advice import CLEARANCE, CLINICIAN, LIMITS, NOT_A_DIAGNOSIS, Action
from formcheck.report.content import Content, Row, content_of
from formcheck.report.pictures import Picture, jpeg
from formcheck.report.svg import PALETTE
from formcheck.types import Assessment, Band
from formcheck.wording import BAND_SYMBOLS, BAND_WORDS

_FONT, _BOLD = "FormcheckSans", "FormcheckSans-Bold"
_MARGIN = 15 * mm
_WIDTH = A4[0] - 2 * _MARGIN
_PLATES: Mapping[Band, tuple[str, str]] = {
    "within": ("#0b6b4a", "#e0f4ec"),
    "watch": ("#7a4b00", "#fff0d1"),
    "outside": ("#a3260b", "#fde7e0"),
    "uncertain": ("#46505e", "#e9edf2"),
    "not_assessable": ("#46505e", "#e9edf2"),
}
_MOST_PICTURES = 6
_LEFT_ALIGN = 0


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
    _register_fonts()
    content = content_of(assessment, references=references)
    document = BaseDocTemplate(
        str(path), pagesize=A4, title=f"formcheck: {content.title}", author=f"formcheck {__version__}", invariant=1
    )
    area = Frame(_MARGIN, 14 * mm, _WIDTH, A4[1] - 27 * mm, 0, 0, 0, 0)
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


@lru_cache(maxsize=1)
def _register_fonts() -> None:
    pdfmetrics.registerFont(TTFont(_FONT, str(font_path())))
    pdfmetrics.registerFont(TTFont(_BOLD, str(font_path(bold=True))))
    pdfmetrics.registerFontFamily(_FONT, normal=_FONT, bold=_BOLD, italic=_FONT, boldItalic=_BOLD)


def _style(size: float, *, bold: bool = False, colour: str = PALETTE["ink"], after: float = 2.0) -> ParagraphStyle:
    return ParagraphStyle(
        f"{size}{bold}{colour}{after}",
        fontName=_BOLD if bold else _FONT,
        fontSize=size,
        leading=1.32 * size,
        textColor=HexColor(colour),
        spaceAfter=after,
        alignment=_LEFT_ALIGN,
    )


def _text(
    text: str, size: float = 8.6, *, bold: bool = False, colour: str = PALETTE["ink"], after: float = 2.0
) -> Paragraph:
    """A paragraph of plain text; whatever came from outside is escaped."""
    return Paragraph(str(escape(text)), _style(size, bold=bold, colour=colour, after=after))


def _marked(markup: str, size: float = 8.6, *, colour: str = PALETTE["ink"]) -> Paragraph:
    """A paragraph with markup of our own around escaped text."""
    return Paragraph(markup, _style(size, colour=colour))


def _heading(text: str) -> Paragraph:
    style = _style(11.5, bold=True, after=3)
    style.spaceBefore = 8
    style.keepWithNext = 1
    return Paragraph(str(escape(text)), style)


def _bullets(
    lines: Iterable[str], *, size: float = 8.6, sign: str = "•", colour: str = PALETTE["ink"]
) -> list[Flowable]:
    style = _style(size, colour=colour, after=1.5)
    style.leftIndent = 11
    style.bulletIndent = 1
    return [Paragraph(str(escape(line)), style, bulletText=sign) for line in lines]


def _verdict(content: Content) -> list[Flowable]:
    ink, ground = _PLATES[content.band]
    symbol = Paragraph(
        content.symbol,
        ParagraphStyle("icon", fontName=_BOLD, fontSize=26, leading=30, textColor=HexColor(ink), alignment=1),
    )
    words: list[Flowable] = [
        _text(content.status, 8.6, bold=True, colour=ink, after=0),
        _text(content.headline, 15, bold=True, colour=ink, after=3),
        *_bullets(content.reasons, colour=ink),
    ]
    plate = Table([[symbol, words]], colWidths=[16 * mm, _WIDTH - 16 * mm])
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
    top = _text(f"formcheck · {content.title} · {content.facts[0][1]}", 8, colour=PALETTE["muted"], after=4)
    return [top, plate]


def _recording(content: Content) -> list[Flowable]:
    lines = [f"{c.label}: {c.value}. {c.advice}".strip() for c in content.troubles] + list(content.notes)
    return [_heading("About the recording"), *_bullets(lines)] if lines else []


def _to_do(content: Content) -> list[Flowable]:
    parts: list[Flowable] = [_heading("What to do")]
    for number, action in enumerate(content.actions, start=1):
        parts.append(KeepTogether(_action(number, action)))
    if not content.actions:
        parts.append(_text(content.lead))
    return [*parts, Spacer(1, 2), _text(NOT_A_DIAGNOSIS, 7.8, colour=PALETTE["muted"])]


def _action(number: int, action: Action) -> list[Flowable]:
    ink = _PLATES[action.band][0]
    chip = f'<font color="{ink}">{BAND_SYMBOLS[action.band]} {BAND_WORDS[action.band]}</font>'
    parts: list[Flowable] = [
        _marked(f"<b>{number}. {escape(action.title)}</b> &nbsp; <b>{chip}</b>", 9.4),
        _text(f"{action.cue} {action.target}".strip()),
    ]
    if action.exercises:
        doses = "; ".join(f"{e.name} {e.dose}" + (f" ({e.note})" if e.note else "") for e in action.exercises)
        parts.append(_text(f"Exercises: {doses}."))
    if action.reason:
        parts.append(_text(f"Why: {action.reason}", 8, colour=PALETTE["muted"], after=5))
    return parts


def _pictures(pictures: Sequence[Picture]) -> list[Flowable]:
    if not pictures:
        return []
    columns = max(3, min(len(pictures), 4)) if len(pictures) != 5 else 5
    if len(pictures) == _MOST_PICTURES:
        columns = _MOST_PICTURES
    width = _WIDTH / columns
    cells = [_picture(p, width - 6) for p in pictures]
    rows = [cells[i : i + columns] for i in range(0, len(cells), columns)]
    rows[-1] += [[] for _ in range(columns - len(rows[-1]))]
    grid = Table(rows, colWidths=[width] * columns)
    grid.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *_padding(0, 3)]))
    return [KeepTogether([_heading("Key frames"), grid])]


def _padding(sides: float, ends: float) -> list[tuple[Any, ...]]:
    return [
        ("LEFTPADDING", (0, 0), (-1, -1), sides),
        ("RIGHTPADDING", (0, 0), (-1, -1), sides),
        ("TOPPADDING", (0, 0), (-1, -1), ends),
        ("BOTTOMPADDING", (0, 0), (-1, -1), ends),
    ]


def _picture(picture: Picture, width: float) -> list[Flowable]:
    height, across = picture.rgb.shape[:2]
    scale = min(width / across, 62 * mm / height)
    image = Image(io.BytesIO(jpeg(picture)), width=across * scale, height=height * scale)
    image.hAlign = "LEFT"
    return [
        image,
        Spacer(1, 2),
        _text(picture.title, 7.2, bold=True, after=0),
        _text(picture.caption, 7, colour=PALETTE["muted"]),
    ]


def _plots(plots: Sequence[Plot], content: Content) -> list[Flowable]:
    if not plots:
        return []
    columns = 2 if len(plots) < 5 else 3
    width = _WIDTH / columns
    drawings = [to_drawing(plot, width=width - 8) for plot in plots]
    rows = [drawings[i : i + columns] for i in range(0, len(drawings), columns)]
    blocks: list[Flowable] = []
    for row in rows:
        grid = Table([[*row, *([""] * (columns - len(row)))]], colWidths=[width] * columns)
        grid.setStyle(TableStyle(_padding(0, 3)))
        blocks.append(grid)
    first = KeepTogether([_heading("Every cycle on top of the others"), blocks[0]])
    lines = [f"Does not count: {line}" for line in content.invalid]
    return [first, *blocks[1:], *_bullets(lines, size=8)]


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
        fontName=_BOLD if label.bold else _FONT,
        fontSize=label.size * scale,
        fillColor=colour,
        textAnchor=label.anchor,
    )


def _table(content: Content) -> list[Flowable]:
    if not content.scored and not content.reported:
        return []
    widths = [_WIDTH * share for share in (0.24, 0.06, 0.10, 0.13, 0.04, 0.09, 0.21, 0.13)]
    names = ("Measure", "Side", "Value", "95 % interval", "n", "Error", "Limits", "Finding")
    rows: list[list[Any]] = [[_text(name, 7.2, bold=True, colour=PALETTE["muted"]) for name in names]]
    rows += [_table_row(row) for row in (*content.scored, *content.reported)]
    table = Table(rows, colWidths=widths, repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor(PALETTE["grid"])),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                *_padding(2, 1.5),
            ]
        )
    )
    parts: list[Flowable] = [_heading("What was measured"), table]
    if content.missing:
        lines = [f"{item.label}: {item.reason}" for item in content.missing]
        parts += [_heading("What could not be measured"), *_bullets(lines, size=8)]
    return parts


def _table_row(row: Row) -> list[Paragraph]:
    source = f" [{row.source}]" if row.source else ""
    limits = f"{row.limits}; {row.judgement}{source}" if row.limits else "–"
    ink = _PLATES[row.band][0] if row.band else PALETTE["muted"]
    cells = [
        _text(text, 7.4, after=0) for text in (row.label, row.side, row.value, row.interval, row.n, row.error, limits)
    ]
    return [*cells, _text(f"{row.symbol} {row.word}", 7.4, bold=True, colour=ink, after=0)]


def _closing(content: Content) -> list[Flowable]:
    checks = [f"{c.label}: {c.value} ({c.word.lower()}; limit {c.limit})" for c in content.checks]
    facts = [f"{name}: {text}" for name, text in content.facts]
    sources = [f"[{i}] {source}" for i, source in enumerate(content.sources, start=1)]
    return [
        _two_columns(
            [_heading("Back to running: all four, without pain"), *_bullets(CLEARANCE, size=8)],
            [_heading("See a clinician if there is"), *_bullets(CLINICIAN, size=8)],
        ),
        *([_heading("Quality of the recording"), *_bullets(checks, size=7.6)] if checks else []),
        _heading("Limits of the method"),
        *_bullets(LIMITS, size=7.6),
        _heading("Method and sources"),
        *_bullets([*facts, *sources], size=7.2, sign="", colour=PALETTE["muted"]),
    ]


def _two_columns(left: list[Flowable], right: list[Flowable]) -> Table:
    table = Table([[left, right]], colWidths=[0.55 * _WIDTH, 0.45 * _WIDTH])
    table.setStyle(
        TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *_padding(0, 0), ("TOPPADDING", (0, 0), (-1, -1), 8)])
    )
    return table


def _footer(content: Content) -> Any:  # noqa: ANN401 - reportlab's callback type
    def draw(canvas: Any, document: Any) -> None:  # noqa: ANN401
        canvas.setFont(_FONT, 7)
        canvas.setFillColor(HexColor(PALETTE["muted"]))
        canvas.drawString(_MARGIN, 8 * mm, f"formcheck {__version__} · {content.title} · not a diagnosis")
        canvas.drawRightString(A4[0] - _MARGIN, 8 * mm, f"Page {document.page}")

    return draw
