"""New analysis: how to film, bring clips over, see what they are, and start."""

import streamlit as st

from formcheck.ui import progress, sources, state, tray
from formcheck.ui.components.guide import choose_test
from formcheck.ui.waiting_clips import waiting_clips

st.title("New analysis", anchor=False)
st.caption("From a phone video to angles, timing and advice. Everything stays on this computer.")
with state.open_store() as store:
    is_empty = not tray.clips(store, state.workspace())
with st.container(key="formcheck_now"):
    if not progress.panel() and is_empty:
        sources.try_a_sample()
chosen = choose_test()
st.subheader("Your video", anchor=False)
sources.clips()
with state.open_store() as store:
    clips = tray.clips(store, state.workspace())
if clips:
    waiting_clips(clips, chosen)
else:
    sources.samples()
