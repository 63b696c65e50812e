"""Which clips go into a report, and making it; what the page shows is kept for as long as the page is open."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from formcheck import drawings, handout
from formcheck.handout import Source
from formcheck.report import Letterhead
from formcheck.store import Analysis, Client, Store
from formcheck.ui import clients_words, result_siblings

_MOST = 500


@dataclass(frozen=True)
class Offer:
    """What the page can make a report of: finished analyses, whose they are, and of which day."""

    analyses: tuple[Analysis, ...]
    client: Client | None
    day: date


@dataclass(frozen=True)
class Made:
    """A report, ready to be saved."""

    headline: str
    outcomes: tuple[str, ...]
    page: str
    paper: bytes


def of_visit(store: Store, visit_id: str, workspace: str) -> Offer | None:
    """The finished analyses of a visit; None where the visit is not here."""
    visit = store.visit(visit_id, workspace)
    if visit is None:
        return None
    client = store.client(visit.client_id, workspace) if visit.client_id else None
    own = store.analyses(workspace, client_id=visit.client_id, limit=_MOST)
    done = [a for a in own if a.visit_id == visit.id and a.status == "done"]
    return Offer(tuple(sorted(done, key=lambda a: a.created_s)), client, visit.day)


def of_analysis(store: Store, analysis_id: str, workspace: str) -> Offer | None:
    """A finished analysis and those that were sent in one go with it; None where it is not here."""
    analysis = store.analysis(analysis_id, workspace)
    if analysis is None:
        return None
    go = store.analyses(workspace, group=analysis.group) if analysis.group else ()
    done = [a for a in result_siblings.siblings(analysis, go) if a.status == "done"]
    client = store.client(analysis.client_id, workspace) if analysis.client_id else None
    return Offer(tuple(done), client, clients_words.day_of(analysis))


def drawn(store: Store, analysis: Analysis) -> tuple[drawings.Placed, ...]:
    """What was drawn on the frames of an analysis."""
    kept = store.annotations(analysis.id, analysis.workspace)
    return tuple(drawings.Placed(drawings.from_dict(one.shape), one.first_frame, one.last_frame) for one in kept)


def make(
    store: Store, analyses: Sequence[Analysis], letterhead: Letterhead, *, blur_faces: bool, with_drawings: bool
) -> Made:
    """Make the report.

    Raises
    ------
    FormcheckError : a result is gone or damaged, or there are too many.
    """
    sources = [Source(a.folder, drawn(store, a) if with_drawings else (), a.clip_path) for a in analyses]
    with tempfile.TemporaryDirectory(prefix="formcheck-report-") as place:
        made = handout.make(sources, letterhead, Path(place), blur_faces=blur_faces)
        return Made(made.headline, made.outcomes, made.page.read_text(encoding="utf-8"), made.paper.read_bytes())
