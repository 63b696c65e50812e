"""The report: one self-contained HTML file and a PDF, on one clip or on the clips of a visit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from formcheck.report.letterhead import Letterhead, checked_logo, read_logo
from formcheck.report.page import html_page
from formcheck.report.pdf import write_pdf
from formcheck.report.pictures import Picture
from formcheck.report.whole import Part, Report, report_of
from formcheck.types import Assessment

__all__ = [
    "Letterhead",
    "Part",
    "Picture",
    "Report",
    "checked_logo",
    "html",
    "html_page",
    "pdf",
    "read_logo",
    "report_of",
    "write_pdf",
]


def html(assessment: Assessment, pictures: Sequence[Picture] = (), letterhead: Letterhead | None = None) -> str:
    """The page on one clip, with its drawn key frames."""
    return html_page(report_of([Part(assessment, tuple(pictures))], letterhead))


def pdf(assessment: Assessment, pictures: Sequence[Picture], path: Path, letterhead: Letterhead | None = None) -> None:
    """Write the PDF on one clip, with its drawn key frames."""
    write_pdf(report_of([Part(assessment, tuple(pictures))], letterhead), path)
