"""What a page has made for saving: for its own browser alone, under addresses that cannot be guessed."""

import re

import pytest
from serving import served
from starlette.applications import Starlette
from starlette.middleware import Middleware

from formcheck.ui.server import saved, serving
from formcheck.ui.server.guard import Guard
from formcheck.ui.server.saved import Savable, offer
from formcheck.ui.server.workspaces import COOKIE, WorkspaceCookie, workspace_of

MINE, THEIRS = "m" * 43, "t" * 43
TABLE = Savable("Log (CSV)", 'Jo "left" Läufer.csv', "text/csv", b"day,km\n")


@pytest.fixture(scope="module")
def site():
    middleware = [Middleware(Guard), Middleware(WorkspaceCookie)]
    with served(Starlette(routes=saved.routes(), middleware=middleware)) as running:
        yield running


@pytest.fixture(autouse=True)
def empty(monkeypatch):
    monkeypatch.setattr(saved, "_offered", type(saved._offered)())


def test_it_is_handed_to_its_own_browser_as_an_attachment(site):
    answer = site.ask(offer(workspace_of(MINE), TABLE), cookie=f"{COOKIE}={MINE}")
    assert (answer.status, answer.body) == (200, TABLE.content)
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    told = "attachment; filename=\"Jo_left_L_ufer.csv\"; filename*=UTF-8''Jo%20%22left%22%20L%C3%A4ufer.csv"
    assert answer.headers["content-disposition"] == told


@pytest.mark.parametrize("cookie", ["", f"{COOKIE}={THEIRS}", f"{COOKIE}=short", f"{COOKIE}="])
def test_nobody_else_gets_it(site, cookie):
    answer = site.ask(offer(workspace_of(MINE), TABLE), cookie=cookie)
    assert answer.status == 404
    assert TABLE.content not in answer.body


def test_the_address_follows_from_nothing_that_others_know(monkeypatch):
    first = offer(workspace_of(MINE), TABLE)
    assert re.fullmatch(r"/fc/saved/[0-9a-f]{32}", first)
    assert offer(workspace_of(MINE), TABLE) == first, "a page that runs again keeps its links"
    assert offer(workspace_of(THEIRS), TABLE) != first
    monkeypatch.setattr(saved, "_KEY", bytes(32))
    assert offer(workspace_of(MINE), TABLE) != first


@pytest.mark.parametrize("wanted", ["", "0" * 32, "..", "%2e%2e%2fformcheck.db", "x'--"])
def test_what_was_not_offered_is_not_found(site, wanted):
    offer(workspace_of(MINE), TABLE)
    assert site.ask(f"/fc/saved/{wanted}", cookie=f"{COOKIE}={MINE}").status == 404


def test_the_oldest_goes_when_memory_is_full(site, monkeypatch):
    monkeypatch.setattr(saved, "MOST_BYTES", 25)
    first, second, third = (offer(workspace_of(MINE), Savable("x", f"{n}.csv", "text/csv", b"x" * 10)) for n in "abc")
    found = [site.ask(address, cookie=f"{COOKIE}={MINE}").status for address in (first, second, third)]
    assert found == [404, 200, 200]


def test_the_app_serves_it():
    assert "/fc/saved/{id}" in [route.path for route in serving()["routes"]]
