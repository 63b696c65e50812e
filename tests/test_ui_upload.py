"""Clips on their way from the browser: what the page makes of them, and the real thing in a real browser."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest
from player_site import browser
from streamlit.testing.v1 import AppTest

from formcheck.store import open_store
from formcheck.ui import looks, sources
from formcheck.ui.components import upload
from formcheck.ui.server.receiving import MAX_UPLOAD_BYTES, UPLOAD_FORMATS, UPLOAD_LIMITS

ROOT = Path(__file__).parents[1]
HERE = "a" * 32
SAMPLE = ROOT / "sample_videos" / "step_down.mp4"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(looks, "begin", lambda clip, home: None)
    return tmp_path / "home"


@pytest.fixture
def page(home):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    at.session_state["formcheck_workspace"] = HERE
    return at


def add(home, folder, name):
    source = folder / name
    source.write_bytes(name.encode())
    with open_store(home) as store:
        return store.add_clip(HERE, source, name=name).id


def subheaders(at):
    at.run()
    assert not at.exception
    return [part.value for part in at.subheader]


def test_what_arrives_is_laid_into_the_tray_once(page, home, tmp_path, monkeypatch):
    arrived = []
    monkeypatch.setattr(sources, "upload_clips", lambda: tuple(arrived))
    assert "Your clip" not in subheaders(page)
    arrived.append(add(home, tmp_path, "rear.mp4"))
    assert "Your clip" in subheaders(page)
    arrived.append(add(home, tmp_path, "side.mp4"))
    assert "Your 2 clips" in subheaders(page)
    page.button(key=f"remove_{arrived[0]}").click()
    assert "Your clip" in subheaders(page), "a removed clip came back with the next run"


def test_somebody_elses_id_shows_nothing(page, home, tmp_path, monkeypatch):
    theirs = tmp_path / "x.mp4"
    theirs.write_bytes(b"x")
    with open_store(home) as store:
        clip = store.add_clip("b" * 32, theirs, name="x.mp4")
    monkeypatch.setattr(sources, "upload_clips", lambda: (clip.id,))
    assert "Your clip" not in subheaders(page)


def test_formats_and_limit_are_said_before_the_upload(monkeypatch):
    told = {}

    def component(name):
        return lambda **said: told.update(said["data"]) or type("Result", (), {"arrived": None})()

    monkeypatch.setattr(upload, "component", component)
    assert upload.upload_clips() == ()
    assert told["limits"] == UPLOAD_LIMITS
    assert told["max_bytes"] == MAX_UPLOAD_BYTES
    assert list(told["formats"]) == list(UPLOAD_FORMATS)


# In a real browser


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}", "--server.headless=true"]
    environment = {**os.environ, "FORMCHECK_HOME": str(home)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=ROOT, env=environment, **quiet) as server:
        until = time.monotonic() + 180
        while time.monotonic() < until:
            try:
                urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/"
        server.terminate()


@pytest.fixture
def tab(address):
    with browser() as chromium:
        shown = chromium.new_page(viewport={"width": 390, "height": 844})
        shown.set_default_timeout(60_000)
        shown.on("filechooser", lambda _: None)  # choosers are caught from now on: begun later, a key may come first
        shown.goto(address)
        shown.wait_for_selector("text=Choose")
        yield shown


@pytest.mark.slow
def test_clips_go_one_after_the_other_and_errors_stand_beside_them(tab, tmp_path):
    broken, notes = tmp_path / "broken.mp4", tmp_path / "notes.txt"
    broken.write_bytes(b"no film at all")
    notes.write_text("hello")
    tab.set_input_files("input[type=file]", [str(notes), str(broken), str(SAMPLE)])
    tab.wait_for_selector("article.clip >> text=step_down.mp4")
    troubles = tab.locator(".sending .trouble")
    assert troubles.count() == 2
    assert "not a film" in troubles.first.inner_text()
    assert "broken.mp4" in tab.locator(".sendings").inner_text()
    tab.get_by_role("button", name="Dismiss notes.txt").click()
    assert troubles.count() == 1
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.slow
def test_an_upload_can_be_cancelled_and_leaves_nothing(tab):
    tab.route("**/fc/uploads*", lambda route: None)  # never answered
    tab.set_input_files("input[type=file]", str(SAMPLE))
    tab.get_by_role("button", name="Cancel step_down.mp4").click()
    tab.wait_for_selector(".sending", state="detached")
    assert tab.locator("article.clip").count() == 0


@pytest.mark.slow
def test_a_broken_connection_can_be_tried_again(tab):
    tab.route("**/fc/uploads*", lambda route: route.abort(), times=1)
    tab.set_input_files("input[type=file]", str(SAMPLE))
    tab.get_by_role("button", name="Try again: step_down.mp4").click()
    tab.wait_for_selector("article.clip >> text=step_down.mp4")


@pytest.mark.slow
def test_the_choice_works_by_keyboard(tab):
    tab.locator("input[value=auto]").focus()
    tab.keyboard.press("ArrowRight")
    tab.wait_for_selector(".guide >> text=between knee and hip height")
    tab.wait_for_selector('[data-test-script-state="notRunning"]')
    choose = tab.get_by_role("button", name="Choose")
    choose.focus()
    assert choose.evaluate("button => button.getRootNode().activeElement === button")
    with tab.expect_file_chooser():
        tab.keyboard.press("Enter")
