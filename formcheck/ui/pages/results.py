"""Results: one's own, the newest first; open, analyse again, delete."""

from pathlib import Path

import streamlit as st

from formcheck import jobs
from formcheck.store import Analysis, Store
from formcheck.types import PROTOCOLS
from formcheck.ui import kit, progress, result_rows, state
from formcheck.ui.components.result_list import Wish, result_list
from formcheck.wording import PROTOCOL_TITLES

HERE = Path(__file__).parent
MOST = 5000
EVERY = "all"
PAGE = "page_number"


def _test_words(test: str) -> str:
    return next((title for protocol, title in PROTOCOL_TITLES.items() if protocol == test), "Every test")


def _chosen(store: Store, workspace: str) -> tuple[list[Analysis], dict[str, str]]:
    """The analyses that the filters let through, and the names of the clients."""
    clients = {client.id: client.name for client in store.clients(workspace)}
    test_place, client_place = st.columns(2)
    test = test_place.selectbox(
        "Test",
        [EVERY, *PROTOCOLS],
        format_func=lambda p: "Every test" if p == EVERY else PROTOCOL_TITLES[p],
        key="test",
    )
    client = EVERY
    if clients:
        client = client_place.selectbox(
            "Client", [EVERY, *clients], format_func=lambda c: clients.get(c, "Everybody"), key="client"
        )
    found = store.analyses(workspace, limit=MOST, client_id=None if client == EVERY else client)
    return [a for a in found if test in (EVERY, result_rows.protocol(a))], clients


def _paged(found: list[Analysis]) -> list[Analysis]:
    """The rows of the page in view."""
    pages = -(-len(found) // result_rows.PAGE_ROWS)
    if pages <= 1:
        return found
    if st.session_state.get(PAGE, 1) > pages:  # the last rows of the last page were deleted
        st.session_state[PAGE] = pages
    number = st.number_input(f"Page, of {pages}", 1, pages, key=PAGE, width=150)
    start = (int(number) - 1) * result_rows.PAGE_ROWS
    st.caption(f"{start + 1} to {min(start + result_rows.PAGE_ROWS, len(found))} of {len(found)}")
    return found[start : start + result_rows.PAGE_ROWS]


def _fulfil(wish: Wish, store: Store, workspace: str) -> None:
    analysis = store.analysis(wish.id, workspace)
    if analysis is None:
        return
    if wish.act == "open":
        st.switch_page(HERE / "result.py", query_params={"id": analysis.id})
    if wish.act == "delete":
        store.delete(analysis.id, workspace)
        st.toast(f"The result of {kit.literal(analysis.clip_name)} was deleted.", icon=":material/delete:")
        return
    if analysis.status == "done":
        analysis = jobs.submit(
            store, workspace, analysis.clip_id, analysis.settings, client_id=analysis.client_id, group=analysis.group
        )
    else:
        store.retry(analysis.id, workspace)
        jobs.ensure_worker(store.home)
    progress.follow(analysis.id)
    st.switch_page(HERE / "new.py")


st.title("Results", anchor=False)
with state.open_store() as store:
    here = state.workspace()
    if not store.count_analyses(here):
        st.info("No results yet. Analyse a clip or try a sample, and its result stands here.", icon=":material/list:")
        st.page_link(HERE / "new.py", label="New analysis", icon=":material/add_circle:")
        st.stop()
    found, client_names = _chosen(store, here)
    if not found:
        st.info("Nothing fits this choice. Choose every test and everybody to see all.", icon=":material/filter_alt:")
    shown = _paged(found)
    wish = result_list([result_rows.row(analysis, client_names) for analysis in shown])
    if wish is not None:
        _fulfil(wish, store, here)
        st.rerun()
