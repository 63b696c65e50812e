"""The app as a whole: its page list, and what a visitor sees of a fault."""

import ast
import logging
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from formcheck.cli.launch import app_file
from formcheck.ui.server import faults

SOURCE = ast.parse(app_file().read_text(encoding="utf-8"))
PAGES = Path(app_file()).parent / "formcheck" / "ui" / "pages"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_HOME", str(tmp_path))
    return tmp_path


def test_the_first_page_shows_and_leads_on():
    page = AppTest.from_file(str(app_file()), default_timeout=20).run()
    assert not page.exception
    assert page.title[0].value == "New analysis"


def test_every_page_in_the_list_is_there_and_every_page_is_in_the_list():
    words = [node.value for node in ast.walk(SOURCE) if isinstance(node, ast.Constant)]
    named = {word for word in words if isinstance(word, str) and word.endswith(".py")}
    assert named == {path.name for path in PAGES.glob("*.py")}


def run(script):
    def page(kind, words):
        import builtins

        from formcheck import errors
        from formcheck.ui.server.faults import show_fault

        try:
            raise (getattr(errors, kind, None) or getattr(builtins, kind))(words)
        except Exception as error:  # noqa: BLE001 - stands for Streamlit, which hands over whatever it caught
            assert show_fault(error)

    return AppTest.from_function(page, args=script, default_timeout=20).run()


def test_an_error_on_purpose_is_its_own_line():
    page = run(("InputError", "the clip is too dark; film it again in better light"))
    assert [e.value for e in page.error] == ["the clip is too dark; film it again in better light"]


def test_a_fault_is_one_line_and_its_story_is_in_the_log(home):
    log = faults.keep_log(home)
    page = run(("RuntimeError", "a secret of the code"))
    assert len(page.error) == 1
    assert "secret" not in page.error[0].value
    assert "logs/app.log" in page.error[0].value
    written = log.read_text(encoding="utf-8")
    assert "RuntimeError: a secret of the code" in written
    assert "Traceback" in written
    assert log.stat().st_mode & 0o077 == 0 or log.parent.stat().st_mode & 0o077 == 0


def test_an_error_on_purpose_leaves_no_story(home):
    log = faults.keep_log(home)
    run(("InputError", "plain"))
    assert not log.exists() or "plain" not in log.read_text(encoding="utf-8")


def test_the_terminal_gets_no_traceback(home):
    faults.keep_log(home)
    logger = logging.getLogger("streamlit.error_util")
    try:
        raise RuntimeError("boom")
    except RuntimeError as error:
        record = logger.makeRecord(logger.name, logging.ERROR, "", 0, "Uncaught", (), (type(error), error, None))
    assert not logger.filter(record)
