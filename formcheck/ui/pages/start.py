"""First page: what works today and where to begin."""

import streamlit as st

st.title("formcheck")
st.write("Running form from phone video, for runner's knee and return to running. All of it stays on this machine.")
st.info("Analysing videos in this window is not built yet. The command line does all of it today.")
st.subheader("Begin in a terminal")
st.code("formcheck demo\nformcheck analyse VIDEO.mp4", language="text")
st.write(
    "`formcheck demo` analyses a sample video. `formcheck analyse` does the same for yours and prints where "
    "the report lies: open `report.html` in any browser. How to film is in `docs/capture.md`."
)
st.caption(
    "Not a diagnosis and not a treatment prescription. Pain decides whether you are ready to run; form only advises."
)
