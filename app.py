"""The app's pages and the navigation between them; start it with `formcheck app`."""

from pathlib import Path

import streamlit as st

import formcheck.ui

PAGES = Path(formcheck.ui.__file__).parent / "pages"

st.set_page_config(page_title="formcheck", layout="centered")
st.navigation([st.Page(PAGES / "start.py", title="Start here", default=True)]).run()
