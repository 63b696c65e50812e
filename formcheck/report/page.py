"""The report as one self-contained HTML page: no script, nothing loaded from anywhere."""

from __future__ import annotations

import base64

from jinja2 import Environment, PackageLoader, StrictUndefined

from formcheck.report.advice import CLEARANCE, KEEP, LIMITS, NOT_A_DIAGNOSIS, clinician
from formcheck.report.pictures import data_uri
from formcheck.report.svg import to_svg
from formcheck.report.whole import Report
from formcheck.wording import BAND_SYMBOLS, BAND_WORDS


def html_page(report: Report) -> str:
    """The report page; pictures are made smaller and put into it."""
    environment = Environment(
        loader=PackageLoader("formcheck", "data/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    logo = report.letterhead.logo
    return environment.get_template("report.html.j2").render(
        report=report,
        head=report.letterhead,
        logo="data:image/png;base64," + base64.b64encode(logo).decode("ascii") if logo else "",
        data_uri=data_uri,
        to_svg=to_svg,
        symbols=BAND_SYMBOLS,
        words=BAND_WORDS,
        clearance=CLEARANCE,
        clinician=clinician(),
        keep=KEEP,
        limits=LIMITS,
        not_a_diagnosis=NOT_A_DIAGNOSIS,
    )
