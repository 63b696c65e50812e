"""Uploads and work opened in another browser, over a real server."""

import json
import os
import socket
import threading
import time
from pathlib import Path

import pytest
from serving import served
from starlette.applications import Starlette
from stopwatch import Stopwatch

from formcheck.store import open_store
from formcheck.ui.server import receiving, serving, transfer, uploads
from formcheck.ui.server.tries import Tries
from formcheck.ui.server.workspaces import COOKIE, new_secret, workspace_of

SAMPLE = Path(__file__).parents[1] / "sample_videos" / "squat_left.mp4"
FILM = SAMPLE.read_bytes()
SLOW_S = 60.0


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    before = os.environ.get("FORMCHECK_HOME")
    os.environ["FORMCHECK_HOME"] = str(folder)
    yield folder
    os.environ.pop("FORMCHECK_HOME") if before is None else os.environ.update(FORMCHECK_HOME=before)


@pytest.fixture(scope="module")
def site(home):
    told = serving()
    with served(Starlette(routes=told["routes"], middleware=told["middleware"])) as running:
        yield running


@pytest.fixture
def secret():
    return new_secret()


def line(answer):
    return json.loads(answer.body)["error"]


def clips_of(secret):
    with open_store() as store:
        return store.clips(workspace_of(secret))


def inbox(home):
    return list((home / "inbox").glob("*"))


def test_a_clip_arrives_in_the_senders_work(site, home, secret):
    answer = site.post("/fc/uploads?name=My%20run.mp4", FILM, cookie=f"{COOKIE}={secret}")
    assert answer.status == 201
    told = json.loads(answer.body)
    (clip,) = clips_of(secret)
    assert told == {"clip_id": clip.id, "name": "My run.mp4", "bytes": len(FILM)}
    assert clip.path.read_bytes() == FILM
    assert inbox(home) == []


def test_the_same_clip_twice_is_one(site, home, secret):
    ids = {
        json.loads(site.post("/fc/uploads?name=a.mp4", FILM, cookie=f"{COOKIE}={secret}").body)["clip_id"] for _ in "ab"
    }
    assert len(ids) == len(clips_of(secret)) == 1
    assert inbox(home) == []


@pytest.mark.parametrize(
    "told",
    [
        {"X-Formcheck": "0"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null", "Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_site_cannot_send(site, home, secret, told):
    answer = site.post("/fc/uploads?name=a.mp4", FILM, cookie=f"{COOKIE}={secret}", headers=told)
    assert answer.status == 403
    assert clips_of(secret) == ()


def test_a_browser_without_cookies_is_told_so(site):
    assert "cookies" in line(site.post("/fc/uploads?name=a.mp4", FILM))


@pytest.mark.parametrize("body", [b"no film at all", FILM[:3000], b""])
def test_what_is_no_film_is_refused_by_its_name_and_not_kept(site, home, secret, body):
    answer = site.post("/fc/uploads?name=thesis.mp4", body, cookie=f"{COOKIE}={secret}")
    assert answer.status == 422
    assert str(home) not in line(answer)
    assert ".part" not in line(answer)
    assert clips_of(secret) == ()
    assert inbox(home) == []


def test_too_large_is_refused_by_what_the_sender_says(site, home, secret, monkeypatch):
    monkeypatch.setattr(receiving, "MAX_UPLOAD_BYTES", 1000)
    answer = site.post("/fc/uploads?name=a.mp4", b"x" * 1001, cookie=f"{COOKIE}={secret}")
    assert answer.status == 413
    assert "cut it" in line(answer)


def test_a_full_disk_is_said(site, home, secret, monkeypatch):
    monkeypatch.setattr(receiving, "_KEPT_FREE_BYTES", 10**18)
    answer = site.post("/fc/uploads?name=a.mp4", FILM, cookie=f"{COOKIE}={secret}")
    assert answer.status == 507
    assert "GB left" in line(answer)


def begun(site, secret, *, length=10_000_000, sent=2_000_000):
    """An upload that has sent a part of what it announced."""
    sender = socket.create_connection(("127.0.0.1", site.port))
    head = (
        f"POST /fc/uploads?name=a.mp4 HTTP/1.1\r\nHost: {site.host}\r\nCookie: {COOKIE}={secret}\r\n"
        f"X-Formcheck: 1\r\nSec-Fetch-Site: same-origin\r\nContent-Length: {length}\r\n\r\n"
    )
    sender.sendall(head.encode() + b"x" * sent)
    return sender


def until(true):
    end = time.monotonic() + SLOW_S
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


def test_an_upload_that_breaks_off_leaves_nothing(site, home, secret):
    sender = begun(site, secret)
    assert until(lambda: inbox(home))
    sender.close()
    assert until(lambda: not inbox(home))
    assert clips_of(secret) == ()


def test_others_are_answered_while_one_uploads(site, home, secret):
    sender = begun(site, secret)
    try:
        assert until(lambda: inbox(home))
        with Stopwatch() as watch:
            assert site.ask("/fc/analyses/" + "0" * 32 + "/report.html", cookie=f"{COOKIE}={secret}").status == 404
        assert watch.fair_s < 1.0
    finally:
        sender.close()


def test_no_more_than_a_few_at_once(site, home, secret):
    senders = [begun(site, secret) for _ in range(uploads.MOST_AT_ONCE)]
    try:
        assert until(lambda: len(inbox(home)) >= uploads.MOST_AT_ONCE)
        assert site.post("/fc/uploads?name=a.mp4", FILM, cookie=f"{COOKIE}={secret}").status == 429
        assert site.post("/fc/uploads?name=a.mp4", FILM, cookie=f"{COOKIE}={new_secret()}").status == 201
    finally:
        for sender in senders:
            sender.close()
    assert until(lambda: not inbox(home))
    assert site.post("/fc/uploads?name=a.mp4", FILM, cookie=f"{COOKIE}={secret}").status == 201


def test_uploads_at_the_same_time_do_not_mix(site, secret):
    cookie, answers = f"{COOKIE}={secret}", []
    bodies = [FILM + bytes([i]) * 50_000 for i in range(3)]
    threads = [
        threading.Thread(target=lambda b=b: answers.append(site.post("/fc/uploads?name=a.mp4", b, cookie=cookie)))
        for b in bodies
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [a.status for a in answers] == [201] * 3
    assert sorted(c.path.read_bytes() for c in clips_of(secret)) == sorted(bodies)


@pytest.fixture
def patient(monkeypatch):
    monkeypatch.setattr(transfer, "_TRIES", Tries(5, 5, 60.0))


def test_a_code_opens_the_work_it_belongs_to(site, secret, patient):
    site.post("/fc/uploads?name=a.mp4", FILM, cookie=f"{COOKIE}={secret}")
    answer = site.post("/fc/workspace", f" {secret}\n".encode(), cookie=f"{COOKIE}={new_secret()}")
    assert answer.status == 204
    assert answer.headers["set-cookie"].startswith(f"{COOKIE}={secret}; Path=/; HttpOnly; SameSite=Strict")


@pytest.mark.parametrize("code", [b"", b"short", b"n" * 43, b"x" * 5000, b"\xff" * 43])
def test_a_code_without_work_changes_nothing(site, patient, code):
    answer = site.post("/fc/workspace", code)
    assert answer.status == 404
    assert "set-cookie" not in answer.headers


def test_wrong_codes_must_wait_and_other_sites_cannot_try(site, secret, patient):
    assert site.post("/fc/workspace", b"x", headers={"Sec-Fetch-Site": "cross-site"}).status == 403
    assert [site.post("/fc/workspace", b"x").status for _ in range(6)] == [404] * 5 + [429]
    assert site.ask("/fc/workspace").status == 405
