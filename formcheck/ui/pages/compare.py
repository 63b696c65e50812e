"""Compare: two results of one person."""

import streamlit as st

st.title("Compare", anchor=False)
