"""Type and grids of the PDF: paragraphs of escaped text, headings, lists, columns."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from markupsafe import escape
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, Table, TableStyle

from formcheck.fonts import font_path
from formcheck.report.svg import PALETTE

FONT, BOLD = "FormcheckSans", "FormcheckSans-Bold"
MARGIN = 15 * mm
WIDTH = A4[0] - 2 * MARGIN
_LEFT_ALIGN = 0


@lru_cache(maxsize=1)
def register_fonts() -> None:
    """Make DejaVu known to reportlab; it is put into the file."""
    pdfmetrics.registerFont(TTFont(FONT, str(font_path())))
    pdfmetrics.registerFont(TTFont(BOLD, str(font_path(bold=True))))
    pdfmetrics.registerFontFamily(FONT, normal=FONT, bold=BOLD, italic=FONT, boldItalic=BOLD)


def type_style(size: float, *, bold: bool = False, colour: str = PALETTE["ink"], after: float = 2.0) -> ParagraphStyle:
    """Left-aligned type of a size in points."""
    return ParagraphStyle(
        f"{size}{bold}{colour}{after}",
        fontName=BOLD if bold else FONT,
        fontSize=size,
        leading=1.32 * size,
        textColor=HexColor(colour),
        spaceAfter=after,
        alignment=_LEFT_ALIGN,
    )


def text(
    text: str, size: float = 8.6, *, bold: bool = False, colour: str = PALETTE["ink"], after: float = 2.0
) -> Paragraph:
    """A paragraph of plain text; whatever came from outside is escaped."""
    return Paragraph(str(escape(text)), type_style(size, bold=bold, colour=colour, after=after))


def marked(markup: str, size: float = 8.6, *, colour: str = PALETTE["ink"]) -> Paragraph:
    """A paragraph with markup of our own around escaped text."""
    return Paragraph(markup, type_style(size, colour=colour))


def heading(text: str) -> Paragraph:
    """A heading that stays with what follows."""
    face = type_style(11.5, bold=True, after=3)
    face.spaceBefore = 8
    face.keepWithNext = 1
    return Paragraph(str(escape(text)), face)


def bullets(
    lines: Iterable[str], *, size: float = 8.6, sign: str = "•", colour: str = PALETTE["ink"]
) -> list[Flowable]:
    """Escaped lines as a list."""
    face = type_style(size, colour=colour, after=1.5)
    face.leftIndent = 11
    face.bulletIndent = 1
    return [Paragraph(str(escape(line)), face, bulletText=sign) for line in lines]


def padding(sides: float, ends: float) -> list[tuple[Any, ...]]:
    """Table commands for the space inside every cell, in points."""
    return [
        ("LEFTPADDING", (0, 0), (-1, -1), sides),
        ("RIGHTPADDING", (0, 0), (-1, -1), sides),
        ("TOPPADDING", (0, 0), (-1, -1), ends),
        ("BOTTOMPADDING", (0, 0), (-1, -1), ends),
    ]


def two_columns(left: list[Flowable], right: list[Flowable]) -> Table:
    """Two stories beside each other."""
    table = Table([[left, right]], colWidths=[0.55 * WIDTH, 0.45 * WIDTH])
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *padding(0, 0)]))
    return table
