"""One client: data, visits with their results, notes, and what leaves this machine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import streamlit as st

from formcheck.store import Analysis, Client, Store, Visit
from formcheck.ui import clients_delete, clients_export, clients_notes, clients_results, kit, state
from formcheck.ui import clients_words as words
from formcheck.ui.clients_list import client_fields

_PAGES = Path(__file__).parent / "pages"
_MOST = 500
_FIRST_SHOWN = 30


def show(store: Store, client: Client) -> None:
    """The page of an open client."""
    here = state.workspace()
    analyses = store.analyses(here, client_id=client.id, limit=_MOST)
    visits = store.visits(here, client.id)
    st.button("All clients", type="tertiary", icon=":material/arrow_back:", on_click=_close, key="all_clients")
    st.title(kit.literal(client.name), anchor=False)
    # each part in a place of its own, so that a part that grows does not shut what is open below
    with st.container():
        st.caption(words.about(client, analyses))
        if client.notes:
            st.markdown(kit.literal(client.notes).replace("\n", "  \n"))
    with st.container(horizontal=True):
        person = {"client": client.id}
        st.page_link(_PAGES / "compare.py", label="Compare", icon=":material/compare_arrows:", query_params=person)
        st.page_link(_PAGES / "clearance.py", label="Ready to run?", icon=":material/verified:", query_params=person)
    with st.expander("Change name, birth year or notes", icon=":material/edit:"):
        _change(store, client)
    with st.container():
        _results(store, client, analyses, visits)
    with st.container():
        clients_notes.of_client(store, client, visits)
    st.subheader("Hand on or delete", anchor=False)
    with st.expander("Export as a zip", icon=":material/folder_zip:"):
        clients_export.export(store, client)
    clients_delete.ask(store, client)


def _close() -> None:
    st.query_params.pop("client", None)


def _change(store: Store, client: Client) -> None:
    with st.form(f"change_{client.id}", border=False):
        name, birth_year, notes = client_fields(client)
        if not st.form_submit_button("Keep", type="primary"):
            return
    if not name.strip():
        st.warning("A client needs a name, or any word that tells them apart.", icon=":material/help:")
        return
    store.change_client(client.id, client.workspace, name=name, birth_year=birth_year, notes=notes)
    st.rerun()


def _results(store: Store, client: Client, analyses: Sequence[Analysis], visits: Sequence[Visit]) -> None:
    st.subheader("Visits and results", anchor=False)
    with st.container(horizontal=True):
        with st.popover("New visit", icon=":material/event:"):
            _new_visit(store, client)
        with st.popover("Add results", icon=":material/add_link:"):
            clients_results.take_over(store, client, visits)
    if not analyses and not visits:
        st.info(
            "No visit and no result yet. Make a visit, and add results to it that you have analysed.",
            icon=":material/event:",
        )
    shown = analyses if st.session_state.get(f"all_{client.id}") else analyses[:_FIRST_SHOWN]
    sorted_out: dict[str | None, list[Analysis]] = {visit.id: [] for visit in visits}
    for analysis in shown:
        sorted_out.setdefault(analysis.visit_id if analysis.visit_id in sorted_out else None, []).append(analysis)
    for visit in visits:
        _visit(store, visit, sorted_out[visit.id], visits)
    if loose := sorted_out.get(None, []):
        if visits:
            st.markdown("**Without a visit**")
        clients_results.rows(store, loose, visits)
    if len(shown) < len(analyses):
        st.button(f"Show all {len(analyses)} results", key=f"more_{client.id}", on_click=_show_all, args=(client.id,))


def _show_all(client_id: str) -> None:
    st.session_state[f"all_{client_id}"] = True


def _visit(store: Store, visit: Visit, analyses: Sequence[Analysis], visits: Sequence[Visit]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{kit.literal(words.visit_name(visit))}**", width="stretch")
        if any(analysis.status == "done" for analysis in analyses):
            st.page_link(
                _PAGES / "report.py", label="Report", icon=":material/description:", query_params={"visit": visit.id}
            )
        removing = st.button("Remove visit", type="tertiary", key=f"no_visit_{visit.id}", help="Its results stay.")
    if removing:
        store.delete_visit(visit.id, visit.workspace)
        st.rerun()
    if not analyses:
        st.caption("No results of this visit yet.")
    clients_results.rows(store, analyses, visits)


def _new_visit(store: Store, client: Client) -> None:
    with st.form(f"visit_{client.id}", border=False, clear_on_submit=True):
        day = st.date_input("Day", date.today(), max_value=date.today(), key=f"visit_day_{client.id}")
        title = st.text_input("What it was for", placeholder="first look, six weeks later …", max_chars=80)
        if not st.form_submit_button("Add visit", type="primary"):
            return
    store.add_visit(client.workspace, client.id, day, title)
    st.rerun()
