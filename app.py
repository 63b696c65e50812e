"""The app's page list and navigation, and the server that carries them; start it with `formcheck app`."""

from pathlib import Path

import streamlit as st

import formcheck.ui
from formcheck.ui import state
from formcheck.ui.server import serving

UI = Path(formcheck.ui.__file__).parent
PAGES = UI / "pages"

if __name__ == "__main__":  # the script of one visit; the server imports this file as a module
    st.set_page_config(page_title="formcheck", page_icon=UI / "icon.svg", layout="centered")
    st.logo(UI / "logo.svg", size="large")
    st.html(UI / "app.css")
    open_result = "visible" if state.analysis_id() else "hidden"
    sections = {
        "Analyse": [
            st.Page(PAGES / "new.py", title="New analysis", icon=":material/add_circle:", default=True),
            st.Page(PAGES / "results.py", title="Results", icon=":material/list:"),
            st.Page(PAGES / "result.py", title="Result", icon=":material/monitoring:", visibility=open_result),
            *(st.Page(PAGES / name, visibility="hidden") for name in ("annotate.py", "report.py")),
        ],
        "Clients": [
            st.Page(PAGES / "clients.py", title="Clients", icon=":material/group:"),
            st.Page(PAGES / "compare.py", title="Compare", icon=":material/compare_arrows:"),
        ],
        "Back to running": [
            st.Page(PAGES / "clearance.py", title="Am I ready?", icon=":material/verified:"),
            st.Page(PAGES / "plan.py", title="Plan and log", icon=":material/directions_run:"),
            st.Page(PAGES / "knee_score.py", title="Knee score", icon=":material/assignment:"),
        ],
        "Understand": [st.Page(PAGES / "about.py", title="About the numbers", icon=":material/info:")],
    }
    st.navigation(sections, position="top").run()
else:
    app = st.App(__file__, **serving())
