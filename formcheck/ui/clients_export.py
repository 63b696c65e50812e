"""Export of a client: what goes in, how far it is, and the link that saves it."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from formcheck.store import Client, Store
from formcheck.ui import clients_zip, kit, result_rows
from formcheck.ui.components.sheet import sheet

_EVERY_S = 0.7


def export(store: Store, client: Client) -> None:
    """Choose what goes in, pack it in the background, save it."""
    st.write(
        "Results, notes, visits and entries in open formats (JSON, CSV, PDF, MP4). Anybody who has it can read it."
    )
    videos = st.checkbox("With the videos as they were filmed", key=f"videos_{client.id}")
    packing = clients_zip.packing_of(client.workspace, client.id)
    is_packing = packing is not None and packing.state == "packing"
    if st.button("Prepare the zip", disabled=is_packing, key=f"export_{client.id}", icon=":material/folder_zip:"):
        clients_zip.pack(store.home, client.workspace, client.id, videos=videos)
        is_packing = True
    st.fragment(_state, run_every=_EVERY_S if is_packing else None)(client.workspace, client.id, is_packing)


def _state(workspace: str, client_id: str, was_packing: bool) -> None:
    """How far it is; runs again by itself while it is being packed."""
    packing = clients_zip.packing_of(workspace, client_id)
    if packing is None:
        return
    if was_packing and packing.state != "packing":
        st.rerun()
    if packing.state == "packing":
        st.info(f"Packing: {kit.size_text(packing.bytes)} so far. You may go on working.", icon=":material/hourglass:")
    elif packing.state == "failed":
        st.error(kit.literal(result_rows.sentence(packing.error)))
    else:
        link = Markup('<a class="button first" href="{}" download>Save the zip <small>{}</small></a>')
        words = "Kept here for an hour. Nobody's name stands in its file name."
        parts = (link.format(packing.address, kit.size_text(packing.bytes)), kit.paragraph(words, "muted small"))
        sheet(kit.join(parts), key=f"zip_{packing.id}")
