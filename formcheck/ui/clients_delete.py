"""Deleting a client: asked twice, and told afterwards what is gone and where copies may remain."""

from __future__ import annotations

import streamlit as st

from formcheck.store import Client, Deletion, Store
from formcheck.ui import clients_words as words
from formcheck.ui import clients_zip, kit, state

_DONE = "formcheck_deleted_client"


def ask(store: Store, client: Client) -> None:
    """A button that deletes after a tick and a second click."""
    with st.expander("Delete this client", icon=":material/delete:"):
        st.write(
            "This deletes the client with every result, visit, note and entry, and the videos that nobody else's "
            "result needs. It cannot be undone; export the client first if you may need it again."
        )
        sure = st.checkbox("Yes, delete all of it", key=f"sure_{client.id}")
        if st.button("Delete for good", type="primary", disabled=not sure, key=f"delete_{client.id}"):
            if (packing := clients_zip.packing_of(client.workspace, client.id)) is not None:
                clients_zip.put_away(packing)
            st.session_state[_DONE] = store.delete_client(client.id, state.workspace())
            st.query_params.pop("client", None)
            st.rerun()


def report() -> None:
    """What the last deletion of this visit removed, once."""
    deletion: Deletion | None = st.session_state.pop(_DONE, None)
    if deletion is None:
        return
    st.success(words.removed(deletion), icon=":material/delete:")
    copies = words.remaining(deletion)
    if not copies:
        st.caption("No backup and no export of this client is known.")
        return
    st.warning(
        "Copies that formcheck wrote before and cannot reach; delete them yourself where they are:\n\n"
        + "\n".join(f"- {kit.literal(line)}" for line in copies),
        icon=":material/inventory_2:",
    )
