"""Where the rules of the way back come from, shown below the pages that use them."""

from __future__ import annotations

import streamlit as st

from formcheck.recovery.rules import load


def where_rules_come_from() -> None:
    """Limits and life spans with their sources, and which of them are convention or judgement."""
    rules = load()
    with st.expander("Where these rules come from", icon=":material/menu_book:"):
        for limit in rules.limits.values():
            if limit.note:
                st.markdown(f"- {limit.note}")
        for note in rules.notes.values():
            st.markdown(f"- {note}")
        st.caption(
            "No published cut-off was found for 20 single-leg squats, and the 10 % rule is a convention. "
            "(J) marks a product judgement of formcheck."
        )
