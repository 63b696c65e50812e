"""The way back to running: phase, next session, log, step rate, exercises."""

from __future__ import annotations

from datetime import date

import streamlit as st

from formcheck.recovery.board import NOT_A_DIAGNOSIS, board
from formcheck.recovery.export import log_csv
from formcheck.recovery.progress import way
from formcheck.ui import clearance_forms, plan_cadence, plan_log, plan_parts, saving, state
from formcheck.ui.clearance_board import top
from formcheck.ui.components.sheet import sheet
from formcheck.ui.person import evidence_of, pick_person
from formcheck.ui.recovery_notes import where_rules_come_from
from formcheck.ui.server.saved import Savable

st.title("The way back to running")
today = date.today()
with state.open_store() as store:
    person = pick_person(store)
    evidence = evidence_of(store, person)
    here = way(evidence, today)
    found = board(evidence, today)
    planned = found.state not in ("questions", "see_clinician")
    if found.state == "questions":
        clearance_forms.questions(store, person, today)
    elif found.state == "see_clinician":
        sheet(top(found), key="top")
        st.write(
            "No runs and no exercises are planned while this stands. What a clinician decides about it is entered on "
            "the page “Am I ready?”."
        )
    plan_log.logged_words()
    sheet(plan_parts.phase(here), key="phase")
    plan_log.open_morning(store, person, today)
    if here.phase < 3 or not planned:
        with st.expander("Log a run", icon=":material/directions_run:"):
            plan_log.log_run(store, person, evidence, today)
    else:
        plan_log.log_run(store, person, evidence, today)
        st.subheader("Next")
        plan_parts.sessions_ahead(evidence, today)
        plan_parts.locks(evidence, today)
    if evidence.runs:
        plan_log.traffic_light(evidence)
    with st.expander("How much does it hurt today?", icon=":material/healing:", expanded=here.phase < 3):
        plan_log.log_pain(store, person, today)
    if planned:
        st.subheader("Exercises for this phase")
        plan_parts.exercise_cards(store, person, evidence, here.phase, today)
        with st.expander("Step rate and metronome", icon=":material/music_note:"):
            plan_cadence.step_rate(store, person, evidence, today)
    with st.expander("Runs so far", icon=":material/history:"):
        plan_log.run_list(store, person)
        if evidence.runs:
            log = Savable("Log (CSV)", "formcheck-runs.csv", "text/csv", log_csv(evidence.runs).encode())
            saving.links((log,), key="log_file")
    with st.expander("Shoes", icon=":material/steps:"):
        plan_parts.shoes(store, person, evidence, today)
    where_rules_come_from()
    st.caption(NOT_A_DIAGNOSIS)
