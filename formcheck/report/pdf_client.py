"""Page one of the PDF, for the client: what came out, what was seen, what to do, in plain words."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.platypus import Flowable, Image, Paragraph, Spacer, Table, TableStyle

from formcheck.lettering import LOST
from formcheck.report.advice import CLEARANCE, NOT_A_DIAGNOSIS, Action, clinician
from formcheck.report.letterhead import Letterhead
from formcheck.report.pictures import Picture, jpeg
from formcheck.report.svg import PALETTE
from formcheck.report.typeset import (
    BOLD,
    WIDTH,
    at_left,
    bullets,
    heading,
    is_left_to_readers,
    is_lost,
    marked,
    padding,
    set_in_type,
    text,
    two_columns,
)
from formcheck.report.whole import Line, Report
from formcheck.types import Band
from formcheck.wording import BAND_SYMBOLS, BAND_WORDS

PLATES: Mapping[Band, tuple[str, str]] = {
    "within": ("#0b6b4a", "#e0f4ec"),
    "watch": ("#7a4b00", "#fff0d1"),
    "outside": ("#a3260b", "#fde7e0"),
    "uncertain": ("#46505e", "#e9edf2"),
    "not_assessable": ("#46505e", "#e9edf2"),
}
"""Ink and ground of each band."""
_LOGO = (52 * mm, 16 * mm)


def client_page(report: Report) -> list[Flowable]:
    """Everything on page one."""
    return [
        *letterhead(report.letterhead, report.title),
        _plate(report),
        *_outcomes(report.outcomes),
        *_seen(report.seen),
        *_to_do(report),
        *_pictures(report.for_client),
        Spacer(1, 4),
        two_columns(
            [heading("Back to running: all four, without pain", 10), *bullets(CLEARANCE, size=7.8)],
            [heading("See a clinician if there is", 10), *bullets(clinician(), size=7.8)],
        ),
        text(NOT_A_DIAGNOSIS, 7.6, colour=PALETTE["muted"]),
        *_lost(report),
    ]


def letterhead(head: Letterhead, title: str) -> list[Flowable]:
    """Clinic and logo, then whose report it is, of what and when."""
    parts: list[Flowable] = []
    if head.clinic or head.logo:
        logo = _logo(head.logo) if head.logo else ""
        row = at_left([[text(head.clinic, 12, bold=True), logo]], (WIDTH - _LOGO[0] - 4, _LOGO[0] + 4))
        row.setStyle(
            TableStyle([("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("ALIGN", (1, 0), (1, 0), "RIGHT"), *padding(0, 1)])
        )
        parts += [row, Spacer(1, 3)]
    whose = " · ".join(part for part in (head.client, title, head.day_words) if part)
    return [*parts, text(whose, 10 if head.client else 8.6, bold=bool(head.client), after=4)]


def _logo(data: bytes) -> Image:
    width, height = ImageReader(io.BytesIO(data)).getSize()
    scale = min(_LOGO[0] / width, _LOGO[1] / height)
    logo = Image(io.BytesIO(data), width=width * scale, height=height * scale, mask="auto")
    logo.hAlign = "RIGHT"
    return logo


def _plate(report: Report) -> Table:
    ink, ground = PLATES[report.band]
    face = ParagraphStyle("icon", fontName=BOLD, fontSize=26, leading=30, textColor=HexColor(ink), alignment=1)
    words: list[Flowable] = [
        text(report.status, 8.6, bold=True, colour=ink, after=0),
        text(report.headline, 15, bold=True, colour=ink, after=3),
        *bullets(report.reasons, colour=ink),
    ]
    plate = at_left([[Paragraph(report.symbol, face), words]], (16 * mm, WIDTH - 16 * mm))
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
    return plate


def chip(band: Band, symbol: str, word: str) -> str:
    """Symbol and word of a band in its colour, as markup."""
    return f'<font color="{PLATES[band][0]}"><b>{set_in_type(f"{symbol} {word}", bold=True)}</b></font>'


def _outcomes(lines: Sequence[Line]) -> list[Flowable]:
    """The tests one by one, where there are several."""
    if not lines:
        return []
    rows = [[marked(chip(o.band, o.symbol, o.word)), text(o.label, bold=True, after=0), text(o.text)] for o in lines]
    return [heading("The tests", 10.5), _grid(rows, (0.17, 0.29, 0.54))]


def _seen(lines: Sequence[Line]) -> list[Flowable]:
    if not lines:
        return []
    rows = []
    for line in lines:
        told = f"<b>{set_in_type(line.label, bold=True)}</b> {set_in_type(line.text)}".strip()
        plain = f' <font color="{PALETTE["muted"]}">{set_in_type(line.plain)}</font>' if line.plain else ""
        rows.append([marked(chip(line.band, line.symbol, line.word), 8.2), marked(told + plain, 8.2)])
    return [heading("What was seen", 10.5), _grid(rows, (0.17, 0.83))]


def _grid(rows: list[list[Paragraph]], shares: Sequence[float]) -> Table:
    table = at_left(rows, (WIDTH * share for share in shares))
    lines = ("LINEBELOW", (0, 0), (-1, -2), 0.4, HexColor(PALETTE["grid"]))
    table.setStyle(TableStyle([lines, ("VALIGN", (0, 0), (-1, -1), "TOP"), *padding(2, 1.2)]))
    return table


def _to_do(report: Report) -> list[Flowable]:
    parts: list[Flowable] = [heading("What to do", 10.5)]
    for number, action in enumerate(report.actions, start=1):
        parts += _action(number, action)
    return parts if report.actions else [*parts, text(report.lead)]


def _action(number: int, action: Action) -> list[Flowable]:
    title = f"<b>{number}. {set_in_type(action.title, bold=True)}</b>"
    parts: list[Flowable] = [
        marked(f"{title} &nbsp; {chip(action.band, BAND_SYMBOLS[action.band], BAND_WORDS[action.band])}", 9.2),
        text(f"{action.cue} {action.target}".strip()),
    ]
    if action.exercises:
        doses = "; ".join(f"{e.name} {e.dose}" + (f" ({e.note})" if e.note else "") for e in action.exercises)
        parts.append(text(f"Exercises: {doses}."))
    if action.reason:
        parts.append(text(f"Why: {action.reason}", 7.8, colour=PALETTE["muted"], after=4))
    return parts


def _pictures(pictures: Sequence[Picture]) -> list[Flowable]:
    return [Spacer(1, 3), picture_row(pictures, columns=3, height=46 * mm)] if pictures else []


def picture_row(pictures: Sequence[Picture], *, columns: int, height: float) -> Table:
    """Pictures beside each other, with their words below."""
    width = WIDTH / columns
    cells = [_picture(p, width - 6, height) for p in pictures]
    rows = [cells[i : i + columns] for i in range(0, len(cells), columns)]
    rows[-1] += [[] for _ in range(columns - len(rows[-1]))]
    grid = at_left(rows, [width] * columns)
    sides = (("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 6))
    grid.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *padding(0, 2), *sides]))
    return grid


def _picture(picture: Picture, width: float, height: float) -> list[Flowable]:
    high, across = picture.rgb.shape[:2]
    scale = min(width / across, height / high)
    image = Image(io.BytesIO(jpeg(picture)), width=across * scale, height=high * scale)
    image.hAlign = "LEFT"
    return [
        image,
        Spacer(1, 2),
        text(picture.title, 7.2, bold=True, after=0),
        text(picture.caption, 7, colour=PALETTE["muted"]),
    ]


def _lost(report: Report) -> list[Flowable]:
    """A line where names have letters that this PDF could not print."""
    head = report.letterhead
    names = [head.clinic, head.client, *(clip.content.facts[0][1] for clip in report.clips)]
    if any(map(is_left_to_readers, names)):
        told = "Some letters of the names are not in this file: a reader without Asian fonts leaves them out. "
        return [text(f"{told}The web page of this report shows them.", 7.6, bold=True)]
    if not any(map(is_lost, names)):
        return []
    told = f"{LOST} stands for letters that no font on this computer can print; the web page of this report shows them."
    return [text(told, 7.6, bold=True)]
