"""The knee score (AKPS): 13 questions, 0 to 100, and what a change means."""

from __future__ import annotations

from datetime import date

import streamlit as st

from formcheck.recovery import akps
from formcheck.recovery.records import AkpsAnswers
from formcheck.ui import state
from formcheck.ui.person import pick_person

st.title("Knee score")
st.write(
    "Thirteen short questions on pain around the kneecap (anterior knee pain scale, Kujala). 100 is a knee without "
    "trouble. Fill it in every few weeks."
)
st.caption("Points as published (Kujala 1993, Arthroscopy 9:159–163); the questions are in our own words.")
with state.open_store() as store:
    person = pick_person(store)
    before = store.evidence(state.workspace(), person.client_id).akps
    scores = [(answers.day, akps.score(answers)) for answers in sorted(before, key=lambda a: a.day)]
    if scores:
        st.metric("Last score", f"{scores[-1][1]} of {akps.BEST}", border=True)
    if len(scores) > 1:
        st.write(f"Since {scores[0][0].day} {scores[0][0]:%B %Y}: {akps.change_words(scores[0][1], scores[-1][1])}")
        st.line_chart({f"{day:%Y-%m-%d}": value for day, value in scores}, y_label="Score, 0 to 100", x_label="Day")
    with st.form("akps"):
        chosen = [
            st.radio(
                item.topic,
                range(len(item.options)),
                index=None,
                format_func=[word for word, _ in item.options].__getitem__,
            )
            for item in akps.ITEMS
        ]
        sent = st.form_submit_button("Keep", type="primary")
    if sent and None in chosen:
        missing = chosen.index(None)
        st.warning(f"Please answer all 13; “{akps.ITEMS[missing].topic}” is still open.", icon=":material/help:")
    elif sent:
        answers = AkpsAnswers(date.today(), tuple(int(i) for i in chosen if i is not None))
        store.add_record(state.workspace(), person.client_id, answers)
        st.rerun()
