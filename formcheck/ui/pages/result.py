"""Result."""

import streamlit as st

st.title("Result")
st.caption("Not built yet.")
