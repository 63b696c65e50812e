"""About the numbers."""

import streamlit as st

st.title("About the numbers")
st.caption("Not built yet.")
