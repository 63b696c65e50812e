"""The app as a whole: its page list, and what a visitor sees of a fault."""

import ast
import logging
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from serving import Site
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
    page = AppTest.from_file(str(app_file()), default_timeout=180).run()
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

    return AppTest.from_function(page, args=script, default_timeout=180).run()


def test_an_error_on_purpose_is_its_own_line():
    page = run(("InputError", "the clip is too dark; film it again in better light"))
    assert [e.value for e in page.error] == ["the clip is too dark; film it again in better light"]


def test_a_fault_is_one_line_and_the_log_tells_where_but_names_nobody(home):
    log = faults.keep_log(home)
    page = run(("RuntimeError", "Anna, a secret"))
    assert len(page.error) == 1
    assert "secret" not in page.error[0].value
    assert "logs/app.log" in page.error[0].value
    written = log.read_text(encoding="utf-8")
    assert written.rstrip().endswith("RuntimeError")
    assert "line" in written
    assert "Anna" not in written
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


def test_a_home_that_cannot_be_written_does_not_stop_the_app(tmp_path):
    (tmp_path / "file").touch()
    faults.keep_log(tmp_path / "file")
    assert not (tmp_path / "file" / "logs").exists()


@pytest.mark.slow
def test_the_whole_app_from_its_command(home):
    """Through Streamlit's own stack: the first page, a picture (some Starlettes break it), strangers, and its end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        site = Site(free.getsockname()[1])
    words = [sys.executable, "-m", "formcheck", "app", "--port", str(site.port), "--home", str(home)]
    variables = {**os.environ, "STREAMLIT_SERVER_HEADLESS": "true"}
    with subprocess.Popen(words, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as app:
        try:
            page = _when_up(site)
            assert page.status == 200
            assert "formcheck_workspace=" in page.headers["set-cookie"]
            picture = site.ask("/favicon.png", headers={"Accept-Encoding": "gzip"})
            assert picture.status == 200
            assert picture.headers["content-type"] == "image/png"
            assert site.ask("/", headers={"Host": "evil.example"}).status == 421
            assert site.ask("/fc/analyses/" + "0" * 32 + "/report.html").status == 404
            assert site.ask("/fc/uploads", "POST", body=b"x").status == 403
            _streamlits_files_ask_whose_they_are(site)
        finally:
            app.terminate()
        told, _ = app.communicate(timeout=120)
    assert app.returncode == 0
    assert str(home) in told
    assert "Traceback" not in told


def _streamlits_files_ask_whose_they_are(site):
    """Its upload wants the browser's secret, a token of the page, and a visit that is under way, by its random name."""
    secret = site.ask("/").headers["set-cookie"].split(";")[0]
    token = site.ask("/_stcore/health").headers["set-cookie"].split(";")[0]
    address, page = "/_stcore/upload_file/00000000-0000-4000-8000-000000000000/file", {"Origin": f"http://{site.host}"}
    own = {**page, "X-Xsrftoken": token.partition("=")[2]}
    for method in ("PUT", "DELETE"):
        assert site.ask(address, method, cookie=token, headers=own).status == 404
        assert site.ask(address, method, cookie=secret, headers=own).status == 403
        assert site.ask(address, method, cookie=f"{secret}; {token}", headers=page).status == 403
    assert site.ask(address, "PUT", cookie=f"{secret}; {token}", headers=own).status == 400
    assert site.ask("/media/" + "0" * 56 + ".png").status == 404


def _when_up(site):
    until = time.monotonic() + 90
    while time.monotonic() < until:
        try:
            return site.ask("/")
        except OSError:
            time.sleep(0.2)
    return site.ask("/")
