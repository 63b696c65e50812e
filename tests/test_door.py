"""The app opened to a network: the flag and what it means, the password, and that nothing passes without it."""

import re
import socket

import pytest
from serving import served
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from formcheck.cli import launch, store_commands
from formcheck.cli.entry import run
from formcheck.errors import UsageError
from formcheck.ui.server import door
from formcheck.ui.server.door import COOKIE, Door, opens, sealed
from formcheck.ui.server.guard import Guard, own_hosts

PASSWORD = "correct horse battery"
BEHIND = ["/", "/fc/analyses/x/report.html", "/media/x.mp4", "/_stcore/health", "/static/x.js", "/component/x"]


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def site(clock):
    async def page(request):
        return PlainTextResponse("inside")

    async def stream(line):
        await line.accept()
        await line.close()

    routes = [WebSocketRoute("/_stcore/stream", stream), Route("/{rest:path}", page, methods=["GET", "POST"])]
    middleware = [Middleware(Guard), Middleware(Door, seal=sealed(PASSWORD), clock=clock)]
    with served(Starlette(routes=routes, middleware=middleware)) as running:
        yield running


def give(site, password, **headers):
    own = {"Origin": f"http://{site.host}", "Content-Type": "application/x-www-form-urlencoded", **headers}
    return site.ask("/fc/door", "POST", body=f"password={password.replace(' ', '+')}", headers=own)


def entered(site):
    answer = give(site, PASSWORD)
    assert (answer.status, answer.headers["location"]) == (303, "/")
    told = rf"({COOKIE}=[\w-]{{43}}); Path=/; HttpOnly; SameSite=Strict; Max-Age=\d+$"
    return re.match(told, answer.headers["set-cookie"]).group(1)


@pytest.mark.parametrize("path", BEHIND)
def test_nothing_passes_without_the_password(site, path):
    for cookie in ("", f"{COOKIE}=", f"{COOKIE}={'x' * 43}"):
        for method in ("GET", "POST"):
            answer = site.ask(path, method, cookie=cookie)
            assert answer.status == 401
            assert "inside" not in answer.text
            assert 'type="password"' in answer.text
            assert "set-cookie" not in answer.headers
    assert site.ask(path, cookie=entered(site)).text == "inside"


def test_no_stream_passes_either(site):
    def line():
        return socket.create_connection(("127.0.0.1", site.port))

    address, inside = f"ws://{site.host}/_stcore/stream", entered(site)
    with pytest.raises(InvalidStatus), connect(address, sock=line()):
        pass
    with connect(address, sock=line(), additional_headers={"Cookie": inside}):
        pass


@pytest.mark.parametrize("wrong", ["", "correct horse", PASSWORD + "x", PASSWORD.upper(), "x" * 5000, "%00%ff"])
def test_a_wrong_password_lets_nobody_in(site, wrong):
    answer = give(site, wrong)
    assert answer.status == 401
    assert "not the password" in answer.text
    assert "set-cookie" not in answer.headers


def test_another_page_cannot_give_it(site):
    for origin in ("http://evil.example", "null", ""):
        assert give(site, PASSWORD, Origin=origin).status == 403
    assert site.ask("/fc/door", "POST", body=f"password={PASSWORD}").status == 403


def test_after_some_wrong_tries_even_the_right_one_must_wait(site, clock):
    for _ in range(door.WRONG_TRIES):
        assert give(site, "wrong").status == 401
    refused = give(site, PASSWORD)
    assert refused.status == 429
    assert "Try again in 60 seconds" in refused.text
    clock.now += door.WAIT_S + 1
    entered(site)


def test_who_is_in_must_give_it_again_after_half_a_day(site, clock):
    inside = entered(site)
    clock.now += door.OPEN_S - 1
    assert site.ask("/", cookie=inside).status == 200
    clock.now += 2
    assert site.ask("/", cookie=inside).status == 401


def test_without_a_seal_there_is_no_door(monkeypatch):
    monkeypatch.delenv("FORMCHECK_DOOR", raising=False)

    async def page(request):
        return PlainTextResponse("inside")

    with served(Starlette(routes=[Route("/", page)], middleware=[Middleware(Door)])) as running:
        assert running.ask("/").text == "inside"


def test_a_seal_does_not_hold_the_password():
    seal = sealed(PASSWORD)
    assert PASSWORD not in seal
    assert seal != sealed(PASSWORD), "salted"
    assert opens(PASSWORD, seal)
    assert not opens(PASSWORD + " ", seal)


# The flag


@pytest.fixture
def started(monkeypatch, tmp_path):
    """What the app would be started with."""
    seen = {}
    monkeypatch.setattr(launch, "_run", lambda words, variables: seen.update(variables) or 0)
    monkeypatch.setattr(launch, "_check_port", lambda port, address: seen.update(bound=address))
    monkeypatch.setenv("FORMCHECK_HOME", str(tmp_path / "home"))
    return seen


def test_by_default_the_app_answers_this_machine_alone(started, capsys):
    assert run(["app"]) == 0
    assert (started["STREAMLIT_SERVER_ADDRESS"], started["bound"]) == ("127.0.0.1", "127.0.0.1")
    assert started["FORMCHECK_HOST"] == started["FORMCHECK_DOOR"] == ""
    assert "network" not in capsys.readouterr().out


def test_a_wider_bind_says_what_it_means_and_hands_on_a_seal_alone(started, capsys, monkeypatch):
    monkeypatch.setenv("FORMCHECK_PASSWORD", PASSWORD)
    assert run(["app", "--host", "192.168.7.9"]) == 0
    assert (started["STREAMLIT_SERVER_ADDRESS"], started["bound"]) == ("192.168.7.9", "192.168.7.9")
    assert "192.168.7.9" in started["STREAMLIT_SERVER_ALLOWED_HOSTS"].split()
    assert opens(PASSWORD, started["FORMCHECK_DOOR"])
    assert PASSWORD not in started.values()
    told = capsys.readouterr().out
    assert launch.OPEN_MEANING in told
    assert "http://192.168.7.9:8501" in told
    monkeypatch.setenv("FORMCHECK_HOST", started["FORMCHECK_HOST"])
    assert "192.168.7.9" in own_hosts()
    assert "evil.example" not in own_hosts()


@pytest.mark.parametrize("address", ["0.0.0.0", "8.8.8.8", "::", "localhost", "evil.example", "169.254.1.1", ""])
def test_only_a_private_address_can_be_opened(started, capsys, monkeypatch, address):
    monkeypatch.setenv("FORMCHECK_PASSWORD", PASSWORD)
    assert run(["app", "--host", address]) == 2
    assert "private network" in capsys.readouterr().err
    assert started == {}


def test_without_a_good_password_nothing_is_opened(started, capsys, monkeypatch):
    for password in ("", "short"):
        monkeypatch.setenv("FORMCHECK_PASSWORD", password)
        assert run(["app", "--host", "192.168.7.9"]) == 2
        assert "needs a password of 10 characters" in capsys.readouterr().err
    assert started == {}


def test_a_password_is_asked_for_twice(monkeypatch):
    monkeypatch.delenv("FORMCHECK_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    said = iter([PASSWORD, PASSWORD, PASSWORD, "another one"])
    monkeypatch.setattr(store_commands, "getpass", lambda _: next(said))
    assert launch.asked_password() == PASSWORD
    with pytest.raises(UsageError, match="differ"):
        launch.asked_password()
