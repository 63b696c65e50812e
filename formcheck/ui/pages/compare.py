"""Compare: before with after, left with right, or one measure over all visits, always of one person."""

from pathlib import Path

import streamlit as st

from formcheck.errors import FormcheckError
from formcheck.store import Store
from formcheck.types import PROTOCOLS
from formcheck.ui import compare_choice, compare_trend, compare_two, kit, state
from formcheck.ui.person import finished, pick_person

HERE = Path(__file__).parent
MODES = {
    "before": ("Before and after", compare_two.before_and_after),
    "legs": ("Left and right", compare_two.left_and_right),
    "trend": ("Over all visits", compare_trend.over_visits),
}


def page(store: Store) -> None:
    """Whom, what, and then the comparison or what it still needs."""
    st.title("Compare", anchor=False)
    person = pick_person(store)
    visits = {visit.id: visit for visit in store.visits(state.workspace(), person.client_id)}
    found = finished(store, person, *PROTOCOLS)
    ordered = sorted(found, key=lambda a: (compare_choice.day_of(a, visits), a.created_s), reverse=True)
    if not ordered:
        whose = "you" if person.is_owner else kit.literal(person.name)
        st.info(
            f"There is no finished result for {whose} yet. Analyse a clip, or add results to the client.",
            icon=":material/compare_arrows:",
        )
        with st.container(horizontal=True):
            st.page_link(HERE / "new.py", label="New analysis", icon=":material/add_circle:")
            st.page_link(HERE / "clients.py", label="Clients", icon=":material/group:")
        return
    mode = st.segmented_control(
        "What to compare",
        list(MODES),
        default="before",
        format_func=lambda key: MODES[key][0],
        key="compare_mode",
        required=True,
        label_visibility="collapsed",
    )
    MODES[mode or "before"][1](ordered, visits)


st.html("<style>.stMainBlockContainer{max-width:1080px}</style>")
try:
    with state.open_store() as opened:
        page(opened)
except FormcheckError as error:
    st.error(kit.literal(str(error)))
