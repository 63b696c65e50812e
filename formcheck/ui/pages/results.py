"""Results."""

import streamlit as st

st.title("Results")
st.caption("Not built yet.")
