"""The list of clients with its search, and the forms that add one or take one in from a zip."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import streamlit as st

from formcheck.errors import FormcheckError
from formcheck.store import Client, Store
from formcheck.ui import clients_delete, kit, result_rows, state
from formcheck.ui import clients_words as words

PAGE_ROWS = 20
OLDEST = 1900
_MOST_ANALYSES = 5000
_MOST_MB = 4000
_PAGE = "clients_page"


def show(store: Store, *, is_lost: bool) -> None:
    """The page without an open client.

    Parameters
    ----------
    is_lost : the address names a client that is not here.
    """
    st.title("Clients", anchor=False)
    clients = store.clients(state.workspace())
    # in a place of its own, so that what comes and goes here does not shut what is open below
    with st.container():
        clients_delete.report()
        if is_lost:
            st.warning("This client is not here: deleted, or of another browser.", icon=":material/person_off:")
        if not clients:
            told = "No clients yet. Add one to keep visits, results and notes of a person together."
            st.info(told, icon=":material/group:")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.text_input("Search", placeholder="Name or note", key="clients_search") if clients else ""
        with st.popover("Add a client", icon=":material/person_add:"):
            _add(store)
    with st.container():
        if clients:
            _rows(store, words.found(clients, wanted), wanted)
    with st.expander("Take in a client from a zip", icon=":material/upload_file:"):
        _take_in(store)
    st.caption(
        "Everything stays on this machine. Copy it all now and then: `formcheck backup FILE.zip` writes one file, also "
        "while the app runs, and `formcheck restore FILE.zip` brings it back."
    )


def open_client(client_id: str) -> None:
    """Turn the page to a client."""
    st.query_params["client"] = client_id


def _rows(store: Store, clients: tuple[Client, ...], wanted: str) -> None:
    if not clients:
        st.info(f"Nobody fits “{kit.literal(wanted)}”.", icon=":material/search_off:")
        return
    shown = _page_of(clients)
    analyses = words.by_client(store.analyses(state.workspace(), limit=_MOST_ANALYSES))
    for client in shown:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"row_{client.id}"):
            with st.container(width="stretch", gap=None):
                st.markdown(f"**{kit.literal(client.name)}**")
                st.caption(words.about(client, analyses.get(client.id, [])))
            st.button("Open", key=f"open_{client.id}", on_click=open_client, args=(client.id,))


def _page_of(clients: tuple[Client, ...]) -> tuple[Client, ...]:
    pages = -(-len(clients) // PAGE_ROWS)
    if pages <= 1:
        return clients
    if st.session_state.get(_PAGE, 1) > pages:  # a narrower search, or the last row of the last page was deleted
        st.session_state[_PAGE] = pages
    number = int(st.number_input(f"Page, of {pages}", 1, pages, key=_PAGE, width=150))
    start = (number - 1) * PAGE_ROWS
    st.caption(f"{start + 1} to {min(start + PAGE_ROWS, len(clients))} of {len(clients)} clients")
    return clients[start : start + PAGE_ROWS]


def _add(store: Store) -> None:
    with st.form("add_client", border=False):
        name, birth_year, notes = client_fields()
        if not st.form_submit_button("Add", type="primary"):
            return
    try:
        made = store.add_client(state.workspace(), name, birth_year=birth_year, notes=notes)
    except FormcheckError as error:
        st.error(kit.literal(result_rows.sentence(str(error))))
        return
    open_client(made.id)
    st.rerun()


def client_fields(client: Client | None = None) -> tuple[str, int | None, str]:
    """Name, birth year and notes as typed, within a form."""
    key = client.id if client else "new"
    name = st.text_input(
        "Name or code",
        client.name if client else "",
        max_chars=80,
        key=f"name_{key}",
        help="Stays on this machine, and never stands in a file's name.",
    )
    year = st.number_input(
        "Birth year",
        OLDEST,
        date.today().year,
        client.birth_year if client else None,
        placeholder="not needed",
        key=f"year_{key}",
    )
    notes = st.text_area("Notes", client.notes if client else "", max_chars=20_000, key=f"notes_{key}")
    return name, int(year) if year is not None else None, notes


def _take_in(store: Store) -> None:
    st.write("A zip that formcheck wrote, on this machine or another: results, notes, and videos if they are in it.")
    given = st.file_uploader("Zip of a client", type="zip", max_upload_size=_MOST_MB, key="client_zip")
    if given is None or not st.button("Take in", type="primary", key="take_in"):
        return
    with st.spinner("Checking every file and taking it in …"), tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "client.zip"
        with source.open("wb") as out:
            while piece := given.read(1 << 20):
                out.write(piece)
        try:
            came = store.import_client(state.workspace(), source)
        except FormcheckError as error:
            st.error(kit.literal(result_rows.sentence(str(error))), icon=":material/folder_zip:")
            return
    told = f"{words.counted(came.analyses, 'result')} and {words.counted(came.clips, 'clip')} came in."
    st.toast(told[:1].upper() + told[1:], icon=":material/task_alt:")
    if came.client_id is not None:
        open_client(came.client_id)
        st.rerun()
    st.success("It holds somebody's own work without a client; its results stand under Results.")
