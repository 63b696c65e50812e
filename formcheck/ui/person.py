"""Whose way back to running a page shows: the owner's own, or a client's; and all that is on record about them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from formcheck import results, scoring
from formcheck.errors import FormcheckError
from formcheck.recovery.records import Evidence, SquatResult, Valgus
from formcheck.store import Analysis, Store
from formcheck.types import Protocol
from formcheck.ui import state

MYSELF = "Myself"
_TESTS = ("single_leg_squat", "step_down")
_KEY = "client"
_TABLES = {"metrics": {"id", "side", "value"}, "findings": {"metric_id", "side", "band", "reason"}}
"""What the pages read of a stored result."""


@dataclass(frozen=True)
class Person:
    """`client_id` None is the owner of this workspace."""

    client_id: str | None
    name: str

    @property
    def is_owner(self) -> bool:
        """Whether pages speak to the reader about themselves."""
        return self.client_id is None


def pick_person(store: Store) -> Person:
    """Let the reader choose whom the page is about, or add somebody; kept in the address as `?client=`."""
    clients = store.clients(state.workspace())
    names: dict[str | None, str] = {None: MYSELF, **{c.id: c.name for c in clients}}
    wanted = st.query_params.get(_KEY)
    options = list(names)
    columns = st.columns([3, 1], vertical_alignment="bottom")
    chosen = columns[0].selectbox(
        "For", options, index=options.index(wanted) if wanted in names else 0, format_func=lambda key: names[key]
    )
    with columns[1].popover("Add someone", use_container_width=True), st.form("add_client", border=False):
        name = st.text_input("Name or a code", max_chars=80, help="Stays on this machine.")
        if st.form_submit_button("Add", type="primary") and name.strip():
            chosen = store.add_client(state.workspace(), name).id
            st.query_params[_KEY] = chosen
            st.rerun()
    _remember(chosen)
    return Person(chosen, names[chosen])


def _remember(client_id: str | None) -> None:
    if client_id is None:
        st.query_params.pop(_KEY, None)
    else:
        st.query_params[_KEY] = client_id


def evidence_of(store: Store, person: Person) -> Evidence:
    """Everything on record, with what the analyses of squats and step-downs said."""
    workspace = state.workspace()
    known = store.evidence(workspace, person.client_id)
    days = {visit.id: visit.day for visit in store.visits(workspace, person.client_id)}
    return replace(known, squats=squat_results(_analyses(store, person), days))


def _analyses(store: Store, person: Person) -> tuple[Analysis, ...]:
    """Finished analyses of a person, the newest first."""
    found = store.analyses(state.workspace(), client_id=person.client_id, limit=500)
    return tuple(a for a in found if a.status == "done" and a.client_id == person.client_id)


def finished(store: Store, person: Person, *protocols: str) -> tuple[Analysis, ...]:
    """Finished analyses of some tests, the newest first."""
    return tuple(a for a in _analyses(store, person) if a.protocol in protocols)


def squat_results(analyses: tuple[Analysis, ...], days: Mapping[str, date]) -> tuple[SquatResult, ...]:
    """What analyses of squats and step-downs said of a leg; a stored result that is gone or damaged says nothing.

    Parameters
    ----------
    days : the day of every visit, by its id.
    """
    found = (_squat_result(a, days) for a in analyses if a.protocol in _TESTS and a.leg)
    return tuple(result for result in found if result is not None)


def _squat_result(analysis: Analysis, days: Mapping[str, date]) -> SquatResult | None:
    path = analysis.folder / results.ASSESSMENT_FILE
    try:
        numbers = _squat_numbers(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, FormcheckError):
        return None
    handed_in = datetime.fromtimestamp(analysis.created_s).astimezone().date()
    return SquatResult(day=days.get(analysis.visit_id or "", handed_in), analysis_id=analysis.id, **numbers)


@lru_cache(maxsize=2048)
def _squat_numbers(path: Path, _changed: int) -> dict[str, Any]:
    """What the board needs of a stored result, named as in `SquatResult`; small, so that many fit into memory."""
    stored = _content(path)
    side, protocol = stored["leg"], stored["protocol"]
    fppa, reps = (_named(stored["metrics"], name, side) for name in ("knee_fppa_deg", "reps_valid"))
    finding = next((f for f in stored["findings"] if (f["metric_id"], f["side"]) == ("knee_fppa_deg", side)), None)
    usable = stored["quality"]["usable"] and stored["verdict"]["status"] != "not_assessable"
    count = reps.get("value") if reps else None
    judged = _valgus(fppa, finding, protocol) if usable and fppa and finding else "not_assessable"
    return {
        "side": side,
        "valid_reps": int(count) if usable and count is not None else None,
        "valgus": judged,
        "fppa_deg": fppa.get("value") if fppa else None,
        "fppa_error_deg": fppa.get("measurement_error") if fppa else None,
        "test": "single_leg_squat" if protocol == "single_leg_squat" else "step_down",
    }


def _valgus(fppa: Mapping[str, Any], finding: Mapping[str, Any], protocol: Protocol) -> Valgus:
    """Valgus against the limit that decides, as the clip's verdict has it; a range that only advises is `watch`."""
    metric, found = results.metric_from(fppa), results.finding_from(finding, protocol)
    if found.band in ("outside", "not_assessable") or found.criterion is None or protocol != "single_leg_squat":
        return found.band
    at = scoring.standing(metric, found)
    if at != "clear":
        return "outside" if at == "beyond" else "uncertain"
    return "within" if found.band == "within" else "watch"


def _named(metrics: list[dict[str, Any]], metric_id: str, side: str) -> dict[str, Any] | None:
    return next((m for m in metrics if m["id"] == metric_id and m["side"] in (side, "both")), None)


def stored_numbers(analysis: Analysis) -> dict[str, Any] | None:
    """The numbers of a finished analysis as they are stored; None where the file is gone or damaged."""
    path = analysis.folder / "assessment.json"
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        return None


@lru_cache(maxsize=64)
def _read(path: Path, _changed: int) -> dict[str, Any]:
    return _content(path)


def _content(path: Path) -> dict[str, Any]:
    """A stored result, which may have come in a zip from elsewhere; ValueError where the pages could not use it."""
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not all(_has_rows(content.get(name), keys) for name, keys in _TABLES.items()):
        raise ValueError(f"{path.name} is damaged")
    return content


def _has_rows(table: object, keys: set[str]) -> bool:
    return isinstance(table, list) and all(isinstance(row, dict) and keys <= row.keys() for row in table)
