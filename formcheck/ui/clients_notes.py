"""Notes on a client, a visit or a moment of a clip: written, changed, deleted; each with when and by whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from formcheck.store import Analysis, Client, Note, Store, Visit
from formcheck.ui import clients_words as words
from formcheck.ui import kit
from formcheck.wording import clock

_EDITED = "formcheck_edited_note"
_AUTHOR = "formcheck_author"


def of_client(store: Store, client: Client, visits: Sequence[Visit]) -> None:
    """The section with a client's own notes, the newest first, and the form for another."""
    st.subheader("Notes", anchor=False)
    names = {visit.id: words.visit_name(visit) for visit in visits}
    options: list[str | None] = [None, *names]
    with st.form(f"note_{client.id}", border=False, clear_on_submit=True):
        text = st.text_area("New note", key=f"note_text_{client.id}", max_chars=20_000, height=90)
        columns = st.columns(2)
        visit_id = columns[0].selectbox("On", options, format_func=lambda i: names[i] if i else "the client in general")
        author = columns[1].text_input("By", st.session_state.get(_AUTHOR, ""), max_chars=60, placeholder="initials")
        if st.form_submit_button("Add note") and text.strip():
            st.session_state[_AUTHOR] = author.strip()
            store.add_note(client.workspace, text, client_id=client.id, visit_id=visit_id, author=author.strip())
            st.rerun()
    notes = [note for note in store.notes(client.workspace, client_id=client.id) if note.analysis_id is None]
    _list(store, notes[::-1], names)


def of_analysis(store: Store, analysis: Analysis, notes: Sequence[Note]) -> None:
    """Notes on one clip, in the order of its time, and the form for another."""
    with st.form(f"note_{analysis.id}", border=False, clear_on_submit=True):
        text = st.text_area("Note on this clip", key=f"note_text_{analysis.id}", max_chars=20_000, height=80)
        time_s = st.number_input(
            "At (seconds into the clip)", 0.0, value=None, step=0.1, placeholder="not needed", key=f"at_{analysis.id}"
        )
        if st.form_submit_button("Add note") and text.strip():
            store.add_note(
                analysis.workspace,
                text,
                client_id=analysis.client_id,
                visit_id=analysis.visit_id,
                analysis_id=analysis.id,
                author=st.session_state.get(_AUTHOR, ""),
                time_s=time_s,
            )
            st.rerun()
    _list(store, sorted(notes, key=lambda note: (note.time_s is None, note.time_s or 0.0, note.created_s)), {})


def _list(store: Store, notes: Sequence[Note], visits: Mapping[str, str]) -> None:
    for note in notes:
        with st.container(border=True, key=f"shown_note_{note.id}"):
            st.caption(kit.literal(_about(note, visits)))
            if st.session_state.get(_EDITED) == note.id:
                _edit(store, note)
                continue
            st.markdown(kit.literal(note.text).replace("\n", "  \n"))
            with st.container(horizontal=True):
                st.button("Change", type="tertiary", key=f"change_{note.id}", on_click=_turn, args=(note.id,))
                if st.button("Delete", type="tertiary", key=f"drop_{note.id}"):
                    store.delete_note(note.id, note.workspace)
                    st.rerun()


def _about(note: Note, visits: Mapping[str, str]) -> str:
    """When, where in the clip, on which visit, by whom."""
    at = f"at {clock(note.time_s)} in the clip" if note.time_s is not None else ""
    changed = f"changed {words.moment(note.changed_s)}" if note.changed_s else ""
    parts = (words.moment(note.created_s), at, visits.get(note.visit_id or "", ""), note.author, changed)
    return " · ".join(part for part in parts if part)


def _edit(store: Store, note: Note) -> None:
    with st.form(f"edit_{note.id}", border=False):
        text = st.text_area("Note", note.text, max_chars=20_000, key=f"edited_{note.id}", label_visibility="collapsed")
        if st.form_submit_button("Keep", type="primary") and text.strip():
            store.change_note(note.id, note.workspace, text)
            _turn(None)
            st.rerun()


def _turn(note_id: str | None) -> None:
    st.session_state[_EDITED] = note_id
