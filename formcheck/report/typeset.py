"""Type and grids of the PDF: paragraphs of escaped text in fonts that have its letters, headings, lists, columns.

Letters that DejaVu has not come from a font of this computer, which is put into the file; Chinese, Japanese and Korean
without one from the fonts that PDF readers bring. What cannot be set at all stands as `[?]`, and the report says so.
"""

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
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.platypus import Flowable, Paragraph, Table, TableStyle

from formcheck.fonts import font_path
from formcheck.lettering import LOST, Face, Piece, pieces
from formcheck.report.svg import PALETTE

FONT, BOLD = "FormcheckSans", "FormcheckSans-Bold"
MARGIN = 15 * mm
WIDTH = A4[0] - 2 * MARGIN
_LEFT_ALIGN = 0
_READERS_OWN = (
    ("HYGothic-Medium", ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7AF))),
    ("HeiseiKakuGo-W5", ((0x3040, 0x30FF),)),
    ("STSong-Light", ((0x2E80, 0x2FDF), (0x3000, 0x303F), (0x3400, 0x9FFF), (0xFF00, 0xFFEF))),
)
"""Fonts that readers of PDF bring for Korean, Japanese and Chinese, with the letters that call for each."""


@lru_cache(maxsize=1)
def register_fonts() -> None:
    """Make DejaVu known to reportlab; it is put into the file."""
    pdfmetrics.registerFont(TTFont(FONT, str(font_path())))
    pdfmetrics.registerFont(TTFont(BOLD, str(font_path(bold=True))))
    pdfmetrics.registerFontFamily(FONT, normal=FONT, bold=BOLD, italic=FONT, boldItalic=BOLD)


@lru_cache(maxsize=256)
def _registered(face: Face) -> str:
    """The name under which reportlab knows a font of this computer; empty where it cannot be put into a PDF."""
    name = f"Face-{face.path.stem}-{face.number}"
    try:
        pdfmetrics.registerFont(TTFont(name, str(face.path), subfontIndex=face.number))
    except (TTFError, OSError, KeyError, ValueError, IndexError):
        return ""
    return name


def _usable(face: Face) -> bool:
    return bool(_registered(face))


@lru_cache(maxsize=8)
def _readers_own(name: str) -> str:
    pdfmetrics.registerFont(UnicodeCIDFont(name))
    return name


def _brought_by_readers(word: str) -> str:
    """The font that PDF readers bring for a word; empty where they bring none."""
    known = [[name for name, spans in _READERS_OWN if any(a <= ord(c) <= b for a, b in spans)] for c in word]
    if not all(known):
        return ""
    # kana or Hangul among them says which language the other letters are
    return _readers_own(min((names[0] for names in known), key=[name for name, _ in _READERS_OWN].index))


def _parts(words: str, *, bold: bool) -> list[tuple[str, str]]:
    """(text, font) of a line in drawing order; the font is empty for the usual one."""
    usual = font_path(bold=bold)
    found: list[tuple[str, str]] = []
    for piece in pieces(words, bold=bold, usable=_usable):
        found.append(_part(piece, usual == (piece.face.path if piece.face else None)))
    return found


def _part(piece: Piece, is_usual: bool) -> tuple[str, str]:
    if is_usual:
        return piece.text, ""
    if piece.face is not None:
        return piece.text, _registered(piece.face)
    brought = _brought_by_readers(piece.text.replace(" ", ""))
    return (piece.text, brought) if brought else (LOST, "")


def is_lost(words: str) -> bool:
    """Whether a text has letters that the PDF cannot print."""
    return any(shown == LOST for shown, _ in _parts(words, bold=False)) and LOST not in words


def is_left_to_readers(words: str) -> bool:
    """Whether a text has letters that the PDF asks its reader for, since no font here could be put into it."""
    own = {name for name, _ in _READERS_OWN}
    return any(font in own for _, font in _parts(words, bold=False))


def at_left(rows: list[list[Any]], widths: Iterable[float]) -> Table:
    """A table at the left edge, also where a page is made smaller to fit."""
    table = Table(rows, colWidths=list(widths))
    table.hAlign = "LEFT"
    return table


def set_in_type(words: str, *, bold: bool = False) -> str:
    """Escaped text as markup, each letter in a font that has it."""
    if words.isascii():
        return str(escape(words))
    parts = _parts(words, bold=bold)
    return "".join(f'<font name="{font}">{escape(t)}</font>' if font else str(escape(t)) for t, font in parts)


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
    return Paragraph(set_in_type(text, bold=bold), type_style(size, bold=bold, colour=colour, after=after))


def marked(markup: str, size: float = 8.6, *, colour: str = PALETTE["ink"]) -> Paragraph:
    """A paragraph with markup of our own around escaped text."""
    return Paragraph(markup, type_style(size, colour=colour))


def heading(text: str, size: float = 11.5, *, keep: bool = True) -> Paragraph:
    """A heading; it stays with what follows, which must then fit on one page."""
    face = type_style(size, bold=True, after=3)
    face.spaceBefore = 8
    face.keepWithNext = int(keep)
    return Paragraph(set_in_type(text, bold=True), face)


def bullets(
    lines: Iterable[str], *, size: float = 8.6, sign: str = "•", colour: str = PALETTE["ink"]
) -> list[Flowable]:
    """Escaped lines as a list."""
    face = type_style(size, colour=colour, after=1.5)
    face.leftIndent = 11
    face.bulletIndent = 1
    return [Paragraph(set_in_type(line), face, bulletText=sign) for line in lines]


def padding(sides: float, ends: float) -> list[tuple[Any, ...]]:
    """Table commands for the space inside every cell, in points."""
    return [
        ("LEFTPADDING", (0, 0), (-1, -1), sides),
        ("RIGHTPADDING", (0, 0), (-1, -1), sides),
        ("TOPPADDING", (0, 0), (-1, -1), ends),
        ("BOTTOMPADDING", (0, 0), (-1, -1), ends),
    ]


def two_columns(one: list[Flowable], other: list[Flowable]) -> Table:
    """Two stories beside each other."""
    table = at_left([[one, other]], (0.55 * WIDTH, 0.45 * WIDTH))
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *padding(0, 0)]))
    return table
