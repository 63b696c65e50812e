"""The report: one self-contained HTML file and a PDF."""

from formcheck.report.page import html
from formcheck.report.pdf import pdf
from formcheck.report.pictures import Picture

__all__ = ["Picture", "html", "pdf"]
