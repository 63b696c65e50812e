"""The results of a client: a row each, with its visit, tags and notes; and results taken over from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import streamlit as st

from formcheck.store import Analysis, Client, Store, Visit
from formcheck.ui import clients_notes, state
from formcheck.ui import clients_words as words
from formcheck.ui.components.sheet import sheet

_PAGES = Path(__file__).parent / "pages"
_OPEN = "formcheck_open_row"
_NONE: Final = "No visit"
_MOST = 500


def rows(store: Store, analyses: Sequence[Analysis], visits: Sequence[Visit]) -> None:
    """A framed row for every analysis; the one that is being changed is open."""
    for analysis in analyses:
        with st.container(border=True, key=f"result_{analysis.id}"):
            tags = store.tags(analysis.workspace, analysis.id)
            notes = store.notes(analysis.workspace, analysis_id=analysis.id)
            sheet(words.analysis_row(analysis, tags, len(notes)), key=f"about_{analysis.id}")
            with st.container(horizontal=True):
                label = "Open" if analysis.is_over else "Watch"
                if st.button(label, key=f"see_{analysis.id}"):
                    st.switch_page(_PAGES / "result.py", query_params={"id": analysis.id})
                is_open = st.session_state.get(_OPEN) == analysis.id
                st.button(
                    "Done" if is_open else "Visit, tags, notes",
                    key=f"edit_{analysis.id}",
                    on_click=_turn,
                    args=(analysis.id,),
                )
            if is_open:
                _change(store, analysis, visits, tags)
                clients_notes.of_analysis(store, analysis, notes)


def _turn(analysis_id: str) -> None:
    """Open a row, or close it; one at a time."""
    is_open = st.session_state.get(_OPEN) == analysis_id
    st.session_state[_OPEN] = None if is_open else analysis_id


def _visit_choice(visits: Sequence[Visit]) -> Mapping[str, str]:
    """The visits to choose from by id; the empty id is none of them."""
    return {"": _NONE, **{visit.id: words.visit_name(visit) for visit in visits}}


def _change(store: Store, analysis: Analysis, visits: Sequence[Visit], tags: Sequence[str]) -> None:
    choice = _visit_choice(visits)
    options = list(choice)
    now = next((visit.id for visit in visits if visit.id == analysis.visit_id), "")
    visit_id = st.selectbox(
        "Visit",
        options,
        index=options.index(now),
        format_func=choice.__getitem__,
        key=f"visit_of_{analysis.id}",
    )
    if visit_id != now:
        store.assign(analysis.id, analysis.workspace, client_id=analysis.client_id, visit_id=visit_id or None)
        st.rerun()
    known = sorted({*store.tags(analysis.workspace), *tags})
    chosen = st.multiselect(
        "Tags",
        known,
        default=list(tags),
        accept_new_options=True,
        placeholder="such as: new shoes",
        key=f"tags_{analysis.id}",
    )
    if _retag(store, analysis, tags, chosen):
        st.rerun()
    if st.button("Take away from this client", key=f"away_{analysis.id}", help="The result itself stays."):
        store.assign(analysis.id, analysis.workspace)
        st.rerun()


def _retag(store: Store, analysis: Analysis, before: Sequence[str], after: Sequence[str]) -> bool:
    """Bring the tags to what is chosen; whether anything changed."""
    wanted = {" ".join(word.split()) for word in after if word.strip()}
    for word in wanted - set(before):
        store.tag(analysis.id, analysis.workspace, word)
    for word in set(before) - wanted:
        store.untag(analysis.id, analysis.workspace, word)
    return wanted != set(before)


def take_over(store: Store, client: Client, visits: Sequence[Visit]) -> None:
    """A form that gives results which belong to nobody yet to a client."""
    here = state.workspace()
    free = {a.id: a for a in store.analyses(here, limit=_MOST) if a.client_id is None}
    if not free:
        st.write("Every result has its client already. Analyse a clip first.")
        st.page_link(_PAGES / "new.py", label="New analysis", icon=":material/add_circle:")
        return
    choice = _visit_choice(visits)
    options = list(choice)
    with st.form(f"take_over_{client.id}", border=False, clear_on_submit=True):
        chosen = st.multiselect(
            "Results without a client",
            list(free),
            format_func=lambda i: words.analysis_name(free[i]),
            key=f"free_{client.id}",
        )
        visit_id = st.selectbox("Visit", options, index=min(1, len(options) - 1), format_func=choice.__getitem__)
        if not st.form_submit_button("Add to this client", type="primary"):
            return
    for analysis_id in chosen:
        store.assign(analysis_id, here, client_id=client.id, visit_id=visit_id or None)
    st.rerun()
