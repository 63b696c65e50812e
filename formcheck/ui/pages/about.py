"""About the numbers: limits in force and their sources, accuracy, what it cannot tell, privacy, versions, licences."""

from pathlib import Path

import streamlit as st

from formcheck.report.advice import LIMITS, NOT_A_DIAGNOSIS
from formcheck.types import PROTOCOLS
from formcheck.ui import facts, state
from formcheck.ui.components.workspace_code import workspace_code
from formcheck.wording import PROTOCOL_TITLES

BY_HAND = "What you enter yourself"
ACCURACY_WORDS = (
    "FPPA is knee valgus as the camera sees it (frontal plane projection angle). MAE is the mean size of the error, "
    "bias what is left of it on average, n how many values went in. A slope of 1 shows differences between athletes in "
    "full. Refused values were called not assessable, with a reason. Landmarks taken as they come are what a plain "
    "pose model gives."
)
TARGET_WORDS = {"met": "✓ met", "not met": "✕ not met", "too few": "? too few to tell"}


def _limits_in_force() -> None:
    in_force = facts.in_force()
    st.write(
        f"These are the limits that values are held against (version {in_force.version}). "
        "Only those marked **decides** can fail a test; the others advise."
    )
    by_title = {PROTOCOL_TITLES[p]: p for p in PROTOCOLS}
    title = st.selectbox("Test", [*by_title, BY_HAND])
    for row in facts.criteria_of(in_force, by_title.get(title)):
        limits, source, note = facts.criterion_lines(row, in_force)
        with st.container(border=True):
            st.markdown(f"{limits}  \n:primary-badge[decides]" if row.decides else limits)
            if note:
                st.markdown(note)
            st.caption(source)


def _accuracy() -> None:
    page = facts.accuracy_page()
    rows = facts.accuracy_rows(page)
    if not rows:
        st.info("The accuracy page is missing from this installation; install formcheck again to see it.")
        return
    st.markdown(facts.part(page, "What has not been validated"))
    st.subheader("What was measured", anchor=False)
    st.caption(f"{facts.measured_on(page)} {ACCURACY_WORDS}")
    for row in rows:
        with st.container(border=True):
            st.markdown(f"**{row['what'][0].upper()}{row['what'][1:]}**  \n{row['formcheck']}")
            told = TARGET_WORDS.get(row[""], row[""])
            st.caption(f"Target: {row['target']} ({told}). Landmarks taken as they come: {row['naive landmarks']}.")
    st.subheader("What is weak", anchor=False)
    st.markdown(facts.part(page, "What is weak"))


def _limits_of_the_method() -> None:
    st.warning(NOT_A_DIAGNOSIS)
    for line in LIMITS:
        st.markdown(f"- {line}")


@st.cache_data(ttl=60, show_spinner=False)
def _megabytes(folder: str) -> float:
    return facts.folder_bytes(Path(folder)) / 1e6


def _privacy() -> None:
    st.markdown(
        "- Clips, results and notes stay on this computer. formcheck asks no account and sends nothing anywhere: "
        "no statistics, no fonts, no updates.\n"
        "- The app answers this computer only. Started with `--lan`, phones on the same network can send clips with a "
        "one-time code, until the app ends.\n"
        "- Work belongs to the browser it was made in: a secret in its cookie opens it, and other browsers do not see "
        "it in the app. Whoever can read this computer's files can read the clips too.\n"
        "- Clearing the browser's cookies for this address loses the way to your work, unless you kept the code below."
    )
    home = state.home()
    st.subheader("Where it is kept", anchor=False)
    st.code(str(home), language=None, wrap_lines=True)
    st.caption(
        f"{_megabytes(str(home)):,.0f} MB. Single results are deleted on the page Results. To empty "
        "everything, for every browser: stop formcheck, then delete this folder."
    )
    st.subheader("Your work in another browser", anchor=False)
    secret = state.secret_code()
    if secret and st.toggle("Show the code of this browser"):
        st.code(secret, language=None, wrap_lines=True)
        st.caption("Whoever has this code sees all of this browser's work. Treat it like a password.")
    workspace_code()
    st.caption("The work of this browser is then no longer shown here: keep its code first if you want it back.")


def _versions_and_licences() -> None:
    st.markdown("\n".join(f"- {name} {version}" for name, version in facts.versions()))
    st.caption("Every result names the versions of formcheck and of the criteria that it was made with.")
    st.subheader("Licences", anchor=False)
    st.markdown(
        "formcheck is MIT. The pose model is Google's MediaPipe pose landmarker (Apache-2.0). The letters in pictures "
        "and reports are DejaVu (its own free licence). PyAV carries FFmpeg (LGPL-3.0) with x264 and x265 (GPL-2.0)."
    )
    with st.expander("Every library in use"):
        st.markdown("\n".join(f"- {name} {version}: {licence}" for name, version, licence in facts.licences()))


st.title("About the numbers")
parts = {
    "Limits in force": _limits_in_force,
    "Accuracy": _accuracy,
    "What it cannot tell": _limits_of_the_method,
    "Privacy": _privacy,
    "Versions": _versions_and_licences,
}
for tab, part in zip(st.tabs(list(parts)), parts.values(), strict=True):
    with tab:
        part()
