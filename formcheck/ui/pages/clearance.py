"""May I run again? The four criteria, what is on record for each, and what is missing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import streamlit as st

from formcheck.recovery.board import board
from formcheck.ui import clearance_forms as forms
from formcheck.ui import clearance_records, state
from formcheck.ui.clearance_board import board_markup
from formcheck.ui.components.sheet import sheet
from formcheck.ui.person import evidence_of, pick_person
from formcheck.ui.recovery_notes import where_rules_come_from

PAGES = Path(__file__).parent

st.title("Am I ready to run?")
today = date.today()
with state.open_store() as store:
    person = pick_person(store)
    found = board(evidence_of(store, person), today)
    if found.state == "questions":
        forms.questions(store, person, today)
    sheet(board_markup(found, today), key="board")

    st.subheader("Add what you have tested")
    st.page_link(PAGES / "new.py", label="Analyse a squat or step-down clip", icon=":material/add_circle:")
    st.page_link(PAGES / "plan.py", label="Log an easy run", icon=":material/directions_run:")
    with st.expander("Pain in the squat test and on stairs", icon=":material/healing:"):
        forms.pain_in_tests(store, person, today)
    with st.expander("Leg strength", icon=":material/fitness_center:"):
        forms.strength(store, person, today)
    with st.expander("A clinician decides", icon=":material/stethoscope:"):
        forms.decision(store, person, today, found)
    with st.expander("What was entered", icon=":material/history:"):
        clearance_records.entries(store, person)
    if found.state != "questions":
        with st.expander("Answer the five questions again", icon=":material/help:"):
            forms.questions(store, person, today)
    where_rules_come_from()
