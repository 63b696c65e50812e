"""What a page knows of the visit, and the panel for the phone."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from formcheck.ui.server.lan.desk import DESK

URL = "http://192.168.1.5:8502"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_HOME", str(tmp_path))
    yield
    DESK.close()


def visit():
    import streamlit as st

    from formcheck.ui import state

    with state.open_store() as store:
        st.text(store.home)
    st.text(state.home())
    st.text(state.workspace())
    st.text(state.analysis_id())
    st.text(state.secret_code())


def texts(page):
    return [text.value for text in page.text]


def test_a_visit_without_a_cookie_keeps_one_workspace_of_its_own(tmp_path):
    page = AppTest.from_function(visit).run()
    first = texts(page)
    assert first[:2] == [str(tmp_path)] * 2
    assert re.fullmatch(r"[0-9a-f]{32}", first[2])
    assert first[3:] == ["None", "None"]
    assert texts(page.run()) == first
    assert texts(AppTest.from_function(visit).run())[2] != first[2]


def test_the_analysis_comes_from_the_address():
    page = AppTest.from_function(visit)
    page.query_params["id"] = "0" * 32
    assert texts(page.run())[3] == "0" * 32


def panel():
    import streamlit as st

    from formcheck.ui.phone import phone_panel, received_clips

    phone_panel()
    st.text(",".join(received_clips()))


def words(page):
    return " ".join(part.value for part in (*page.markdown, *page.caption, *page.info, *page.success))


def test_when_phones_are_not_let_in_one_line_says_how():
    page = AppTest.from_function(panel).run()
    assert not page.exception
    assert "formcheck app --lan" in words(page)
    DESK.close(trouble="the port is taken")
    assert "the port is taken" in words(page.run())


def test_the_panel_shows_address_and_code_and_what_arrives():
    DESK.open(URL)
    page = AppTest.from_function(panel)
    page.session_state["formcheck_workspace"] = "a" * 32
    page.run()
    assert not page.exception
    digits = DESK.code("a" * 32).digits
    assert URL in words(page)
    assert f"{digits[:4]} {digits[4:]}" in words(page)
    assert "not encrypted" in words(page)
    assert "Waiting" in words(page)
    assert not page.get("imgs"), "the code in the picture is a secret"
    assert any("data:image/png;base64," in e.proto.json for e in page.main if e.type == "bidi_component")

    token = DESK.let_in(digits, "192.168.1.9")
    assert "The phone is in" in words(page.run())
    DESK.received(DESK.phone(token), "b" * 32)
    page.run()
    assert texts(page) == ["b" * 32]
    assert "1 clip has come" in words(page)
