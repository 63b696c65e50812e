"""Who is answered, whose work a browser sees, and how often one may be wrong."""

import re
import socket

import pytest
from serving import served
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from formcheck.ui.server.guard import Guard, host_name, is_same_origin
from formcheck.ui.server.tries import Tries
from formcheck.ui.server.workspaces import COOKIE, WorkspaceCookie, is_secret, new_secret, workspace_of

STREAMLITS_FILES = ("/media/0a1b.png", "/_stcore/upload_file/session/file")


async def page(request):
    return PlainTextResponse("page")


async def stream(socket):
    await socket.accept()
    await socket.close()


@pytest.fixture(scope="module")
def site():
    paths = ["/", "/fc/thing", *STREAMLITS_FILES]
    routes = [Route(path, page, methods=["GET", "PUT", "DELETE"]) for path in paths]
    routes.append(WebSocketRoute("/_stcore/stream", stream))
    with served(Starlette(routes=routes, middleware=[Middleware(Guard), Middleware(WorkspaceCookie)])) as running:
        yield running


def secret_set_by(answer):
    header = answer.headers["set-cookie"]
    return re.match(rf"{COOKIE}=([^;]+); Path=/; HttpOnly; SameSite=Strict; Max-Age=\d+$", header).group(1)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8501", "[::1]:8501", "LOCALHOST:1"])
def test_this_machines_own_names_are_answered(site, host):
    assert site.ask("/", headers={"Host": host}).status == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8501", "192.168.1.5", ""])
def test_a_strange_host_is_refused_and_gets_no_cookie(site, host):
    answer = site.ask("/", headers={"Host": host})
    assert answer.status == 421
    assert "set-cookie" not in answer.headers
    assert answer.text.count("\n") == 1


def test_a_strange_host_gets_no_stream_either(site):
    with pytest.raises(InvalidStatus), connect("ws://evil.example/_stcore/stream", sock=_socket(site)):
        pass
    with connect(f"ws://{site.host}/_stcore/stream", sock=_socket(site)):
        pass


@pytest.mark.parametrize("origin", ["http://localhost:9999", "http://evil.example", "null"])
def test_a_page_of_another_program_gets_no_stream(site, origin):
    with pytest.raises(InvalidStatus), connect(f"ws://{site.host}/_stcore/stream", sock=_socket(site), origin=origin):
        pass
    own = f"http://{site.host}"
    with connect(f"ws://{site.host}/_stcore/stream", sock=_socket(site), origin=own):
        pass


def _socket(site):
    return socket.create_connection(("127.0.0.1", site.port))


def test_host_names_lose_their_port():
    assert host_name("[::1]:8501") == "::1"
    assert host_name("localhost:8501") == "localhost"
    assert host_name("a@b@localhost") == "localhost"


def test_every_answer_carries_the_safe_headers(site):
    headers = site.ask("/").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert "http:" not in headers["content-security-policy"]


def test_the_first_page_gives_a_secret_that_later_pages_keep(site):
    first = secret_set_by(site.ask("/"))
    assert is_secret(first)
    assert secret_set_by(site.ask("/", cookie=f"{COOKIE}={first}")) == first
    assert secret_set_by(site.ask("/")) != first


def test_only_pages_give_secrets_and_a_broken_one_is_replaced(site):
    assert "set-cookie" not in site.ask("/fc/thing").headers
    assert is_secret(secret_set_by(site.ask("/", cookie=f"{COOKIE}=short")))


@pytest.mark.parametrize("path", STREAMLITS_FILES)
def test_streamlits_own_files_need_the_secret_too(site, path):
    for method in ("GET", "PUT", "DELETE"):
        for cookie in ("", f"{COOKIE}=short", "other=1"):
            assert site.ask(path, method, cookie=cookie).status == 404
        assert site.ask(path, method, cookie=f"{COOKIE}={new_secret()}").text == "page"


def test_a_link_from_another_site_does_not_replace_the_work(site):
    answer = site.ask("/", headers={"Sec-Fetch-Site": "cross-site"})
    assert "set-cookie" not in answer.headers
    assert 'http-equiv="refresh"' in answer.text


def test_a_workspace_is_the_hash_of_its_secret():
    secret = new_secret()
    assert re.fullmatch(r"[0-9a-f]{32}", workspace_of(secret))
    assert workspace_of(secret) != workspace_of(new_secret())
    assert secret not in workspace_of(secret)


OWN = {"x-formcheck": "1", "host": "127.0.0.1:8501"}


@pytest.mark.parametrize(
    ("extra", "ours"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"origin": "http://127.0.0.1:8501"}, True),
        ({"sec-fetch-site": "same-origin", "origin": "http://127.0.0.1:8501"}, True),
        ({}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8501"}, False),
        ({"sec-fetch-site": "same-origin", "origin": "http://127.0.0.1:9999"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://evil.example"}, False),
        ({"sec-fetch-site": "same-origin", "x-formcheck": ""}, False),
    ],
)
def test_what_changes_something_comes_from_our_own_pages(extra, ours):
    assert is_same_origin(Headers({**OWN, **extra})) is ours


def test_after_wrong_tries_one_must_wait_and_others_need_not():
    now = [0.0]
    tries = Tries(allowed=3, allowed_in_all=5, wait_s=60.0, clock=lambda: now[0])
    for _ in range(3):
        assert tries.must_wait_s("a") == 0
        tries.wrong("a")
        now[0] += 10
    assert tries.must_wait_s("a") == pytest.approx(30)
    assert tries.must_wait_s("b") == 0
    now[0] += 30
    assert tries.must_wait_s("a") == 0


def test_many_senders_together_must_wait_too():
    now = [0.0]
    tries = Tries(allowed=3, allowed_in_all=5, wait_s=60.0, clock=lambda: now[0])
    for sender in "abcde":
        tries.wrong(sender)
    assert tries.must_wait_s("f") == pytest.approx(60)
