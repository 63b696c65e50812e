"""What was entered for the clearance board, the newest first; each entry can be taken back."""

from __future__ import annotations

from typing import Final

import streamlit as st

from formcheck.recovery.records import Override, PainKind, PainScore, RedFlagAnswers, StrengthTest
from formcheck.recovery.rules import load
from formcheck.recovery.states import TITLES
from formcheck.recovery.strength import strength_words
from formcheck.store import Store
from formcheck.store.clients import Record
from formcheck.ui import kit, state
from formcheck.ui.person import Person

_KINDS: Final = ("red_flags", "pain", "strength", "overrides")
_PAIN: Final[dict[PainKind, str]] = {
    "walking": "walking",
    "daily_life": "daily life",
    "stairs": "stairs",
    "step_down": "step-down test",
    "exercises": "exercises",
    "squat_left": "squats on the left leg",
    "squat_right": "squats on the right leg",
}
_MOST: Final = 30


def entries(store: Store, person: Person) -> None:
    """Every entry in words, with a button that takes it back."""
    known = [pair for kind in _KINDS for pair in store.records(state.workspace(), person.client_id, kind)]
    if not known:
        st.write("Nothing yet.")
    for record_id, record in sorted(known, key=lambda pair: _day(pair[1]), reverse=True)[:_MOST]:
        columns = st.columns([5, 1], vertical_alignment="center")
        columns[0].markdown(f"**{_day(record)}** {kit.literal(_words(record))}")
        if columns[1].button("Take back", key=f"undo_{record_id}"):
            store.delete_record(record_id, state.workspace())
            st.rerun()


def _day(record: Record) -> str:
    assert isinstance(record, PainScore | StrengthTest | RedFlagAnswers | Override)
    return record.day.isoformat()


def _words(record: Record) -> str:
    if isinstance(record, PainScore):
        return f"pain {record.pain} of 10, {_PAIN[record.kind]}"
    if isinstance(record, StrengthTest):
        return strength_words(record)
    if isinstance(record, Override):
        on = "red flags" if record.criterion == "red_flags" else TITLES[record.criterion]
        return f"{record.by} decided on {on}: {'met' if record.met else 'not met'}, because {record.reason}"
    assert isinstance(record, RedFlagAnswers)
    yes = [question.finding for question in load().questions if question.id in record.yes]
    return f"five questions: {'yes to ' + '; '.join(yes) if yes else 'all no'}"
