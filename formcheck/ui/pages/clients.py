"""Clients: find one, add one, open one with visits, results and notes; hand one on, take one in, delete one."""

import streamlit as st

from formcheck.errors import FormcheckError
from formcheck.ui import clients_list, clients_one, kit, state
from formcheck.ui.components.scroll import scroll_here

st.html("<style>.stMainBlockContainer{max-width:860px}</style>")
client_id = st.query_params.get("client")
try:
    with state.open_store() as store:
        client = store.client(client_id, state.workspace()) if client_id else None
        scroll_here(f"client-{client.id}" if client else "clients")
        if client is not None:
            clients_one.show(store, client)
        else:
            clients_list.show(store, is_lost=client_id is not None)
except FormcheckError as error:
    st.error(kit.literal(str(error)))
