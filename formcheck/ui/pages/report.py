"""Report: the clips of a visit, or of one go, on one page for the client and the next for the clinician."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from formcheck.errors import FormcheckError
from formcheck.report.letterhead import LONGEST_NAME, Letterhead
from formcheck.store import Clinic, Store
from formcheck.ui import clients_words, kit, report_clinic, report_work, saving, state
from formcheck.ui.report_work import Made, Offer
from formcheck.ui.server.saved import Savable

_HERE = Path(__file__).parent
_PREVIEW_PX = 900


def page() -> None:
    """The page for the visit (`?visit=`) or the analysis (`?id=`) in the address."""
    st.title("Report", anchor=False)
    here, visit_id, analysis_id = state.workspace(), st.query_params.get("visit"), state.analysis_id()
    with state.open_store() as store:
        offer = report_work.of_visit(store, visit_id, here) if visit_id else None
        if offer is None and analysis_id:
            offer = report_work.of_analysis(store, analysis_id, here)
        _back(offer, analysis_id)
        if offer is None or not offer.analyses:
            st.info("There is no finished result to report on yet.", icon=":material/description:")
            return
        clinic = report_clinic.form(store, here)
        _form(store, offer, clinic, f"report-{visit_id or analysis_id}")


def _back(offer: Offer | None, analysis_id: str | None) -> None:
    if analysis_id:
        st.page_link(
            _HERE / "result.py",
            label="Back to the result",
            icon=":material/arrow_back:",
            query_params={"id": analysis_id},
        )
    elif offer is not None and offer.client is not None:
        st.page_link(
            _HERE / "clients.py",
            label="Back to the client",
            icon=":material/arrow_back:",
            query_params={"client": offer.client.id},
        )


def _form(store: Store, offer: Offer, clinic: Clinic, key: str) -> None:
    names = {a.id: clients_words.analysis_name(a) for a in offer.analyses}
    by_id = {a.id: a for a in offer.analyses}
    has_drawings = any(report_work.drawn(store, a) for a in offer.analyses)
    with st.form(key):
        chosen = st.multiselect("Clips in the report", list(names), list(names), format_func=names.__getitem__)
        client = st.text_input(
            "For", offer.client.name if offer.client else "", max_chars=LONGEST_NAME, placeholder="Nobody named"
        )
        day = st.date_input("Day", offer.day)
        blur = st.checkbox(
            "Blur the face in the pictures", help="Of the athlete; other people in the picture stay as they are."
        )
        draw = st.checkbox("With what was drawn on the frames", value=True) if has_drawings else False
        wanted = st.form_submit_button("Make the report", type="primary", icon=":material/description:")
    if wanted and not chosen:
        st.warning("Choose at least one clip.", icon=":material/help:")
    elif wanted:
        with st.spinner("Making the report"):
            head = Letterhead(clinic.name, clinic.logo, client.strip(), day)
            st.session_state[f"{key}-made"] = report_work.make(
                store, [by_id[i] for i in chosen], head, blur_faces=blur, with_drawings=draw
            )
    made = st.session_state.get(f"{key}-made")
    if made is not None:
        _save(made, f"report-{day.isoformat()}")


def _save(made: Made, stem: str) -> None:
    """What came out, the two files, and the page as it looks."""
    st.subheader(kit.literal(made.headline), anchor=False)
    for line in made.outcomes:
        st.markdown(kit.literal(line))
    paper = Savable("Save the PDF", f"{stem}.pdf", "application/pdf", made.paper)
    web = Savable("Save the web page", f"{stem}.html", "text/html", made.page.encode())
    saving.links((paper, web), key="files", first=True)
    st.iframe(made.page, height=_PREVIEW_PX)


st.html("<style>.stMainBlockContainer{max-width:860px}</style>")
try:
    page()
except FormcheckError as error:
    st.error(kit.literal(str(error)))
