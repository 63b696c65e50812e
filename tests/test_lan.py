"""The phone's way in: codes, cookies, what a phone may see, and that it is closed unless asked for."""

import asyncio
import json
import re
import socket

import cv2
import numpy as np
import pytest
from serving import outcome, served
from test_ui_server_uploads import FILM

from formcheck.errors import InputError
from formcheck.store import open_store
from formcheck.ui import network
from formcheck.ui.qr import qr_png
from formcheck.ui.server.lan import serve
from formcheck.ui.server.lan.desk import CODE_VALID_S, PHONE_VALID_S, Desk
from formcheck.ui.server.lan.site import COOKIE, site

WORKSPACE, OTHER = "a" * 32, "b" * 32


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def desk(clock):
    return Desk(clock=clock)


@pytest.fixture
def phone(desk, tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_HOME", str(tmp_path))
    monkeypatch.setattr("formcheck.ui.server.lan.site.is_private", lambda address: address == "127.0.0.1")
    with served(site(desk, "127.0.0.1")) as running:
        yield running


def enter(phone, digits):
    answer = phone.post("/enter", digits.encode())
    found = re.match(rf"{COOKIE}=([^;]+); Path=/; HttpOnly; SameSite=Strict", answer.headers.get("set-cookie", ""))
    return answer, f"{COOKIE}={found.group(1)}" if found else ""


def let_in(phone, desk, workspace=WORKSPACE):
    return enter(phone, desk.code(workspace).digits)[1]


def test_a_code_is_eight_digits_and_stays_until_it_runs_out(desk, clock):
    first = desk.code(WORKSPACE)
    assert re.fullmatch(r"\d{8}", first.digits)
    assert desk.code(WORKSPACE) == first
    assert desk.code(OTHER).digits != first.digits
    clock.now += CODE_VALID_S
    assert desk.left_s(first) == 0
    assert desk.let_in(first.digits, "x") is None
    assert desk.code(WORKSPACE) != first


def test_a_code_lets_one_phone_in_once(desk):
    digits = desk.code(WORKSPACE).digits
    token = desk.let_in(digits, "x")
    assert desk.phone(token).workspace == WORKSPACE
    assert desk.let_in(digits, "x") is None
    assert desk.code(WORKSPACE).digits != digits
    assert desk.phones_of(WORKSPACE) == 1
    assert desk.phones_of(OTHER) == 0


def test_a_phone_is_out_after_its_time_and_when_the_app_ends(desk, clock):
    first, second = (desk.let_in(desk.code(w).digits, "x") for w in (WORKSPACE, OTHER))
    clock.now += PHONE_VALID_S - 1
    assert desk.phone(first)
    clock.now += 1
    assert desk.phone(first) is None
    desk.open("http://192.168.1.5:8502")
    third = desk.let_in(desk.code(OTHER).digits, "x")
    desk.close()
    assert desk.url is None
    assert desk.phone(second) is None
    assert desk.phone(third) is None


def test_the_page_comes_without_anything_from_elsewhere(phone):
    for path in ("/", "/phone.js", "/phone.css"):
        answer = phone.ask(path)
        assert answer.status == 200
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert not re.search(r"https?://", answer.text)
    assert "<script>" not in phone.ask("/").text


def test_nothing_else_of_the_app_is_there(phone, desk):
    cookie = let_in(phone, desk)
    for path in ("/_stcore/stream", "/fc/uploads", "/site.py", "/results/", "/phone.html", "/../desk.py"):
        assert phone.ask(path, cookie=cookie).status == 404
    assert phone.ask("/", headers={"Host": "evil.example"}).status == 421


def test_without_a_code_nothing_can_be_done(phone):
    for cookie in ("", f"{COOKIE}=guess"):
        assert phone.post("/upload?name=a.mp4", FILM, cookie=cookie).status == 403
        assert phone.ask("/status", cookie=cookie).status == 403
        assert phone.ask(f"/results/{'0' * 32}/report.html", cookie=cookie).status == 404


def test_wrong_codes_must_wait(phone, desk, clock):
    good = desk.code(WORKSPACE).digits
    wrong = f"{(int(good) + 1) % 10**8:08d}"
    assert [enter(phone, wrong)[0].status for _ in range(6)] == [404] * 5 + [429]
    assert enter(phone, good)[0].status == 429
    clock.now += 60
    assert enter(phone, good)[0].status == 204


@pytest.mark.parametrize("digits", ["", "1", "x" * 8, "9" * 2000, "1234 5678 9"])
def test_odd_codes_are_wrong_codes(phone, digits):
    assert enter(phone, digits)[0].status == 404


def test_the_code_may_be_typed_with_a_gap(phone, desk):
    digits = desk.code(WORKSPACE).digits
    assert enter(phone, f"{digits[:4]} {digits[4:]}")[0].status == 204


def test_another_site_can_neither_enter_nor_send(phone, desk):
    cookie = let_in(phone, desk)
    strange = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert phone.post("/enter", desk.code(OTHER).digits.encode(), headers=strange).status == 403
    assert phone.post("/upload?name=a.mp4", FILM, cookie=cookie, headers=strange).status == 403


def test_only_phones_of_the_own_network_come_in(phone, desk, monkeypatch):
    monkeypatch.setattr("formcheck.ui.server.lan.site.is_private", lambda _: False)
    assert enter(phone, desk.code(WORKSPACE).digits)[0].status == 403


def test_a_clip_from_the_phone_is_a_clip_of_who_showed_the_code(phone, desk):
    cookie = let_in(phone, desk)
    answer = phone.post("/upload?name=run.mov", FILM, cookie=cookie)
    assert answer.status == 201
    clip_id = json.loads(answer.body)["clip_id"]
    assert desk.clips_of(WORKSPACE) == (clip_id,)
    assert desk.clips_of(OTHER) == ()
    with open_store() as store:
        assert store.clip(clip_id, WORKSPACE).name == "run.mov"
        assert store.clips(OTHER) == ()


def finished(clip_id, workspace):
    with open_store() as store:
        queued = store.queue(workspace, clip_id, {})
        store.take("w")
        queued.folder.mkdir()
        (queued.folder / "report.html").write_text("the report")
        (queued.folder / "overlay.mp4").write_bytes(b"the film")
        (queued.folder / "assessment.json").write_text("{}")
        store.finish(queued.id, "w", "done")
    return queued.id


def test_the_phone_follows_its_clips_to_the_report(phone, desk):
    cookie = let_in(phone, desk)
    clip_id = json.loads(phone.post("/upload?name=run.mov", FILM, cookie=cookie).body)["clip_id"]

    def told():
        return json.loads(phone.ask("/status", cookie=cookie).body)["clips"]

    assert told() == [
        {"name": "run.mov", "state": "received; start the analysis on the computer", "percent": None, "error": None,
         "report": None, "video": None}
    ]  # fmt: skip
    done = finished(clip_id, WORKSPACE)
    (row,) = told()
    assert row["state"] == "finished"
    report = phone.ask(row["report"], cookie=cookie)
    assert report.text == "the report"
    assert report.headers["content-security-policy"].startswith("sandbox")
    assert phone.ask(row["video"], cookie=cookie).body == b"the film"
    assert phone.ask(f"/results/{done}/assessment.json", cookie=cookie).status == 404


def test_a_phone_sees_only_what_it_sent(phone, desk):
    mine = let_in(phone, desk)
    theirs, neighbour = let_in(phone, desk, OTHER), let_in(phone, desk)
    clip_id = json.loads(phone.post("/upload?name=run.mov", FILM, cookie=mine).body)["clip_id"]
    done = finished(clip_id, WORKSPACE)
    for wanted in (f"/results/{done}/report.html", f"/results/{done}/overlay.mp4"):
        assert phone.ask(wanted, cookie=mine).status == 200
        for cookie in (theirs, neighbour, ""):
            assert phone.ask(wanted, cookie=cookie).status == 404
    assert json.loads(phone.ask("/status", cookie=neighbour).body)["clips"] == []


def test_the_qr_picture_reads_back():
    address = "http://192.168.178.123:8502/#01234567"
    picture = cv2.imdecode(np.frombuffer(qr_png(address), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == address
    assert (picture[: 4 * 8] == 255).all()


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("192.168.1.5", True),
        ("10.0.0.7", True),
        ("172.20.1.1", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("169.254.3.4", False),
        ("8.8.8.8", False),
        ("", False),
        ("localhost", False),
    ],
)
def test_only_private_networks_will_do(address, private):
    assert network.is_private(address) is private


@pytest.mark.parametrize("place", ["8.8.8.8:8502", "0.0.0.0:8502", "192.168.1.5", "192.168.1.5:x", "127.0.0.1:0", ""])
def test_no_listening_anywhere_else(place):
    with pytest.raises(InputError):
        network.listening_socket(place)


def test_no_network_is_said_in_one_line(monkeypatch):
    class Nowhere(socket.socket):
        def connect(self, _):
            raise OSError("Network is unreachable")

    monkeypatch.setattr(network.socket, "socket", Nowhere)
    with pytest.raises(InputError, match="without --lan"):
        network.own_address()


def during_the_app(desk):
    async def app():
        async with serve.phones_welcome(desk):
            return desk.url, desk.trouble

    return outcome(app())


def test_off_unless_asked_for(desk, monkeypatch):
    monkeypatch.delenv(network.VARIABLE, raising=False)
    assert during_the_app(desk) == (None, "")


def test_a_place_that_cannot_be_opened_leaves_the_app_running(desk, monkeypatch):
    monkeypatch.setenv(network.VARIABLE, "8.8.8.8:8502")
    url, trouble = during_the_app(desk)
    assert url is None
    assert "8.8.8.8:8502" in trouble


def test_the_way_in_opens_and_closes_with_the_app(desk, monkeypatch, tmp_path):
    monkeypatch.setenv("FORMCHECK_HOME", str(tmp_path))
    monkeypatch.setenv(network.VARIABLE, "127.0.0.1:0")
    monkeypatch.setattr(network, "is_private", lambda _: True)
    statuses = []

    async def app():
        async with serve.phones_welcome(desk):
            port = int(desk.url.rpartition(":")[2])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
            statuses.append((await reader.read()).split(b" ")[1])
            writer.close()
        return port

    port = outcome(app())
    assert statuses == [b"200"]
    assert desk.url is None
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=2)
