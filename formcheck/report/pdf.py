"""The report as PDF: page one for the client, the pages after it for the clinician."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import BaseDocTemplate, Frame, KeepInFrame, PageBreak, PageTemplate

from formcheck import __version__
from formcheck.report.pdf_client import client_page
from formcheck.report.pdf_clinician import clinician_pages
from formcheck.report.svg import PALETTE
from formcheck.report.typeset import FONT, MARGIN, WIDTH, register_fonts
from formcheck.report.whole import Report

_HEIGHT = A4[1] - 25 * mm


def write_pdf(report: Report, path: Path) -> None:
    """Write a report as PDF; the same content and order as the page."""
    register_fonts()
    document = BaseDocTemplate(
        str(path), pagesize=A4, title=f"formcheck: {report.title}", author=f"formcheck {__version__}", invariant=1
    )
    area = Frame(MARGIN, 13 * mm, WIDTH, _HEIGHT, 0, 0, 0, 0)
    document.addPageTemplates([PageTemplate(frames=[area], onPage=_footer(report))])
    first = KeepInFrame(WIDTH, _HEIGHT - 1, client_page(report), mode="shrink")
    document.build([first, PageBreak(), *clinician_pages(report)])


def _footer(report: Report) -> Any:  # noqa: ANN401 - reportlab's callback type
    def draw(canvas: Any, document: Any) -> None:  # noqa: ANN401
        canvas.setFont(FONT, 7)
        canvas.setFillColor(HexColor(PALETTE["muted"]))
        whose = "For the client" if document.page == 1 else "For the clinician"
        canvas.drawString(MARGIN, 8 * mm, f"formcheck {__version__} · {report.title} · {whose} · not a diagnosis")
        canvas.drawRightString(A4[0] - MARGIN, 8 * mm, f"Page {document.page}")

    return draw
