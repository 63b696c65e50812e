"""The report as one self-contained HTML page: no script, nothing loaded from anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from formcheck.criteria import Reference
from formcheck.plots import Plot
from formcheck.report.advice import CLEARANCE, KEEP, LIMITS, NOT_A_DIAGNOSIS, clinician
from formcheck.report.content import content_of
from formcheck.report.pictures import Picture, data_uri
from formcheck.report.svg import to_svg
from formcheck.types import Assessment
from formcheck.wording import BAND_SYMBOLS, BAND_WORDS, is_running


def html(
    assessment: Assessment,
    pictures: Sequence[Picture] = (),
    plots: Sequence[Plot] | None = None,
    *,
    references: Mapping[str, Reference] | None = None,
) -> str:
    """The report page.

    Parameters
    ----------
    pictures : drawn key frames; they are made smaller and put into the page.
    plots : None for all plots of the assessment.
    references : source key -> citation; None for those that come with formcheck.
    """
    content = content_of(assessment, references=references)
    environment = Environment(
        loader=PackageLoader("formcheck", "data/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(
        content=content,
        running=is_running(assessment.protocol),
        pictures=[(p.title, p.caption, data_uri(p)) for p in pictures],
        plots=[to_svg(plot) for plot in (content.plots if plots is None else plots)],
        symbols=BAND_SYMBOLS,
        words=BAND_WORDS,
        clearance=CLEARANCE,
        clinician=clinician(),
        keep=KEEP,
        limits=LIMITS,
        not_a_diagnosis=NOT_A_DIAGNOSIS,
    )
