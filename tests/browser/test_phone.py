"""A clip on the phone, formcheck on the computer: in with the code, over the network, and the result on the phone."""

import re
import shutil
from urllib.request import urlopen

import pytest
from contrast import FAINT_WORDS
from visitors import PHONE_PX, Visitor, running_app

from formcheck.errors import InputError
from formcheck.store import open_store
from formcheck.ui.network import own_address


@pytest.fixture(scope="module", autouse=True)
def own_network():
    """Nothing here can be tested on a machine without a private network."""
    try:
        own_address()
    except InputError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def open_app(own_network, tmp_path_factory):
    """An app that lets phones in."""
    with running_app(tmp_path_factory.mktemp("lan") / "home", "--lan") as started:
        yield started


@pytest.fixture
def desk(chromium, open_app):
    visitor = Visitor(chromium, open_app)
    yield visitor
    visitor.close()


def invited(page):
    """The address for the phone, and the code, as the page shows them."""
    page.get_by_text("enter the code").wait_for()
    words = page.locator("[data-testid=stMainBlockContainer]").inner_text()
    return re.search(r"http://[0-9.]+:[0-9]+", words)[0], re.search(r"\b([0-9]{4}) ([0-9]{4})\b", words)[0]


def finish(desk, like):
    """Give the one clip that came a finished result, as the worker would."""
    with open_store(desk.app.home) as store:
        (clip,) = store.clips(desk.workspace)
        store.queue(desk.workspace, clip.id, {})
        taken = store.take("here")
        shutil.copytree(like, taken.folder)
        store.finish(taken.id, "here", "done", headline="Put in by a test")


def test_from_the_phone_to_the_computer_and_back(chromium, desk, film, journey):
    page = desk.open("/")
    address, code = invited(page)
    held = chromium.new_context(viewport={"width": PHONE_PX, "height": 844}, has_touch=True, color_scheme="dark")
    asked = []
    held.on("request", lambda request: asked.append(request.url))
    phone = held.new_page()
    phone.goto(f"{address}/#{code.replace(' ', '')}")
    phone.get_by_text("Choose clips").wait_for()
    assert code.replace(" ", "") not in phone.url, "a code in the address would stay in the phone's history"
    page.get_by_text("The phone is in.").wait_for()
    phone.set_input_files("input[type=file]", str(film))
    phone.get_by_text("received; start the analysis on the computer").wait_for()
    page.locator("article.clip").get_by_text(film.name).wait_for()
    page.get_by_text("1 clip has come from the phone.").wait_for()
    finish(desk, journey.folder)
    phone.get_by_text("finished").wait_for()
    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE_PX
    assert phone.evaluate(FAINT_WORDS) == []
    assert {url.split("/")[2] for url in asked} == {address.split("/")[2]}
    phone.get_by_role("link", name="Read the report").click()
    phone.get_by_text("Not passed").first.wait_for()
    phone.go_back()
    phone.get_by_role("link", name="Watch the video").click()
    phone.wait_for_function("document.querySelector('video')?.videoWidth > 0")
    held.close()


def test_a_code_is_for_one_phone_and_nothing_else_is_open_to_it(chromium, desk):
    address, code = invited(desk.open("/"))
    first, second = (chromium.new_context(viewport={"width": PHONE_PX, "height": 844}).new_page() for _ in range(2))
    first.goto(f"{address}/#{code.replace(' ', '')}")
    first.get_by_text("Choose clips").wait_for()
    second.goto(address)
    second.get_by_label("Code that the computer shows").fill(code)
    second.get_by_role("button", name="Continue").click()
    second.get_by_text("This code is wrong, used or too old.").wait_for()
    for path in ("/results", "/fc/uploads", "/_stcore/health", "/about"):
        assert first.request.get(address + path).status in {404, 405}, path
    for page in (first, second):
        page.context.close()


def test_the_way_in_is_closed_when_the_app_ends(chromium, tmp_path):
    with running_app(tmp_path / "home", "--lan") as started:
        visitor = Visitor(chromium, started)
        address, _ = invited(visitor.open("/"))
        assert urlopen(address, timeout=5).status == 200
        visitor.close()
    with pytest.raises(OSError):
        urlopen(address, timeout=2)
