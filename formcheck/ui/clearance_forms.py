"""What is entered for the clearance board: the five questions, pain in the tests, strength, a clinician's decision."""

from __future__ import annotations

from datetime import date
from typing import Final, get_args

import streamlit as st

from formcheck.recovery.board import Board
from formcheck.recovery.records import (
    CRITERIA,
    MOVEMENTS,
    STRENGTH_UNITS,
    Decided,
    Override,
    PainKind,
    PainScore,
    RedFlagAnswers,
    StrengthTest,
)
from formcheck.recovery.rules import load
from formcheck.recovery.states import TITLES
from formcheck.recovery.strength import MOVEMENT_WORDS
from formcheck.store import Store
from formcheck.types import SIDES, Side
from formcheck.ui import state
from formcheck.ui.person import Person

PAIN_HELP: Final = "0 is no pain, 10 the worst you can think of."
_TEST_PAIN: Final[dict[PainKind, str]] = {
    "squat_left": "20 squats on the left leg: worst pain",
    "squat_right": "20 squats on the right leg: worst pain",
    "stairs": "Walking down a flight of stairs: worst pain",
    "step_down": "Step-down test, both legs: worst pain",
}
_N_TRIALS: Final = 3


def questions(store: Store, person: Person, today: date) -> None:
    """The five questions; all have to be answered before they are kept."""
    asked = load().questions
    with st.form("red_flags"):
        st.subheader("Five questions first")
        answers = [st.radio(q.question, ("No", "Yes"), index=None, horizontal=True, key=f"flag_{q.id}") for q in asked]
        if not st.form_submit_button("Keep the answers", type="primary"):
            return
    if None in answers:
        st.warning("Please answer all five.", icon=":material/help:")
        return
    yes = tuple(q.id for q, answer in zip(asked, answers, strict=True) if answer == "Yes")
    store.add_record(state.workspace(), person.client_id, RedFlagAnswers(today, yes))
    st.rerun()


def pain_in_tests(store: Store, person: Person, today: date) -> None:
    """Pain in the squat test and on stairs; what was not tested is left out."""
    with st.form("pain_in_tests", border=False):
        st.write("Leave out what was not tested.")
        scores = {
            kind: st.segmented_control(label, range(11), key=f"pain_{kind}", help=PAIN_HELP)
            for kind, label in _TEST_PAIN.items()
        }
        day = st.date_input("Day of the test", today, max_value=today, key="pain_day")
        if not st.form_submit_button("Keep", type="primary"):
            return
    known = {kind: score for kind, score in scores.items() if score is not None}
    if not known:
        st.warning("Choose a number for at least one of them.", icon=":material/help:")
        return
    for kind, score in known.items():
        store.add_record(state.workspace(), person.client_id, PainScore(day, kind, int(score)))
    st.rerun()


def strength(store: Store, person: Person, today: date) -> None:
    """Trials of one movement on both legs, with one device."""
    with st.form("strength", border=False):
        movement = st.selectbox("Movement", MOVEMENTS, format_func=lambda m: MOVEMENT_WORDS[m].capitalize())
        columns = st.columns(2)
        unit = columns[0].selectbox("Unit", STRENGTH_UNITS)
        device = columns[1].text_input("Device", placeholder="hand-held dynamometer", max_chars=60)
        trials = {side: _trials(side) for side in SIDES}
        day = st.date_input("Day of the test", today, max_value=today, key="strength_day")
        st.caption("Three trials a side make the result surer.")
        if not st.form_submit_button("Keep", type="primary"):
            return
    given = {side: found for side, found in trials.items() if found}
    if not given:
        st.warning("Enter at least one trial.", icon=":material/help:")
        return
    for side, found in given.items():
        record = StrengthTest(day, movement, side, unit, found, device.strip())
        store.add_record(state.workspace(), person.client_id, record)
    st.rerun()


def _trials(side: Side) -> tuple[float, ...]:
    columns = st.columns(_N_TRIALS)
    label = f"{side.capitalize()}, trial"
    found = [
        column.number_input(f"{label} {i}", 0.1, 1000.0, None, 0.5, key=f"trial_{side}_{i}")
        for i, column in enumerate(columns, start=1)
    ]
    return tuple(float(value) for value in found if value is not None)


def decision(store: Store, person: Person, today: date, board: Board) -> None:
    """A clinician's decision on one criterion or the red flags; it needs a reason and a name, and both are shown."""
    names: dict[Decided, str] = {"red_flags": f"Red flags: {'; '.join(board.red_flags)}"} if board.red_flags else {}
    names.update({c: TITLES[c] for c in CRITERIA})
    with st.form("override", border=False):
        st.write(
            "For clinicians. The decision counts until newer evidence on the same criterion comes in, and no longer "
            "than evidence does. On a red flag, “met” means that it was looked into and does not stand in the way."
        )
        criterion = st.selectbox("Criterion", list(names), format_func=names.__getitem__)
        met = st.radio("Decision", ("Met", "Not met"), horizontal=True) == "Met"
        reason = st.text_input("Reason", max_chars=300)
        by = st.text_input("Name", max_chars=80)
        if not st.form_submit_button("Keep the decision"):
            return
    if not reason.strip() or not by.strip():
        st.warning("A decision needs a reason and a name.", icon=":material/help:")
        return
    store.add_record(state.workspace(), person.client_id, Override(today, criterion, met, reason.strip(), by.strip()))
    st.rerun()


assert set(_TEST_PAIN) <= set(get_args(PainKind)), "kinds of pain that are known"
