"""New analysis."""

import streamlit as st

st.title("New analysis")
st.caption("Not built yet.")
