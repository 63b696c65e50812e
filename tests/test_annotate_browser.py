"""Drawing, dragging landmarks and moving events over the player, in a real browser with mouse and finger."""

import json
from contextlib import contextmanager

import numpy as np
import pytest
from player_site import LIGHT, Shelf, browser, told, write_numbered
from serving import served
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from formcheck.drawings import shown_landmarks
from formcheck.types import PoseSequence
from formcheck.ui.components import annotate, player

TIMES = np.arange(90) / 30
PAGE = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"><style>body {{ margin: 8px; {colours} }}</style>
<div id="tools"></div><div class="st-key-fc-player"><div id="film"></div></div>
<script type="module">
  const parts = {parts};
  const mount = async (id, {{ html, css, script }}) => {{
    const shadow = document.getElementById(id).attachShadow({{ mode: "open" }});
    shadow.innerHTML = `${{html}}<style>${{css}}</style>`;
    const {{ default: run }} = await import(script);
    return [shadow, run];
  }};
  const [film, play] = await mount("film", parts.film);
  play({{ parentElement: film, data: parts.film.data, setTriggerValue: () => {{}} }});
  const [tools, run] = await mount("tools", parts.tools);
  window.ops = [];
  window.rerun = (more = {{}}) => {{
    Object.assign(parts.tools.data, more);
    const setStateValue = (_, value) => (window.ops = [...value]);
    run({{ parentElement: tools, data: {{ ...parts.tools.data }}, setStateValue }});
  }};
  rerun();
  window.player = film.querySelector(".player");
  window.desk = tools.querySelector(".annotate").desk;
</script>"""


def standing():
    """A left knee that wanders to the right by a pixel a frame; nothing else is seen."""
    xy = np.full((len(TIMES), 33, 2), np.nan)
    for i, (x, y) in {23: (100, 20), 25: (100, 50), 27: (100, 80)}.items():
        xy[:, i] = np.array([x, y]) + np.arange(len(TIMES))[:, None] * ([1, 0] if i == 25 else [0, 0])
    return PoseSequence(TIMES, xy, np.ones((len(TIMES), 33)))


@contextmanager
def site(folder):
    held = Shelf()
    held.videos["a"] = folder / "a.mp4"
    write_numbered(held.videos["a"], TIMES)
    held.told["a"] = told(TIMES)
    held.told["a"]["events"].append(
        {"kind": "toe_off", "words": "Right toe-off", "side": "right", "frame": 56, "time_s": TIMES[56]}
    )

    def page(_request):
        film = dict(zip(("html", "css"), player.sources(), strict=False), script="/player.js")
        film["data"] = {"video": "/fc/analyses/a/overlay.mp4", "playback": "/fc/analyses/a/playback.json"}
        tools = dict(zip(("html", "css"), annotate.sources(), strict=False), script="/annotate.js")
        tools["data"] = {"player": ".st-key-fc-player", "landmarks": "/landmarks.json", "mode": "draw", "ack": 0}
        tools["data"] |= {"drawings": [], "moves": [], "unusable": []}
        parts = json.dumps({"film": film, "tools": tools}).replace("</", "<\\/")
        names = {"background": "background-color", "text": "text-color", "primary": "primary-color"}
        colours = "; ".join(f"--st-{long}: {LIGHT[short]}" for short, long in names.items())
        return HTMLResponse(PAGE.format(parts=parts, colours=colours))

    script = Response(annotate.sources()[2], media_type="text/javascript")
    points = JSONResponse(shown_landmarks(standing()))
    routes = [
        Route("/page", page),
        Route("/annotate.js", lambda _: script),
        Route("/landmarks.json", lambda _: points),
        *held.app().routes,
    ]
    with served(Starlette(routes=routes)) as started:
        yield f"http://{started.host}/page"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with site(tmp_path_factory.mktemp("film")) as found:
        yield found


@pytest.fixture(scope="module")
def chromium():
    with browser() as started:
        yield started


@pytest.fixture(params=[1280, 390])
def page(chromium, address, request):
    context = chromium.new_context(viewport={"width": request.param, "height": 900}, has_touch=request.param == 390)
    opened = context.new_page()
    troubles = []
    opened.on("console", lambda m: troubles.append(m.text) if m.type == "error" else None)
    opened.on("pageerror", lambda e: troubles.append(str(e)))
    opened.goto(address)
    opened.wait_for_function("window.desk?.entered && player.player.layer.getAttribute('viewBox')", timeout=60000)
    yield opened
    assert troubles == []
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def on_screen(page, x, y):
    """Where a pixel of the picture (288×96) is on the screen."""
    box = page.locator(".layer").bounding_box()
    return box["x"] + x / 288 * box["width"], box["y"] + y / 96 * box["height"]


def tap(page, x, y):
    at = on_screen(page, x, y)
    if page.viewport_size["width"] == 390:
        page.touchscreen.tap(*at)
    else:
        page.mouse.click(*at)


def drag(page, start, end):
    """With the mouse, or with a finger on a phone."""
    if page.viewport_size["width"] == 390:
        swipe(page, start, end)
        return
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(0.5 * (start[0] + end[0]), 0.5 * (start[1] + end[1]))
    page.mouse.move(*end)
    page.mouse.up()


def swipe(page, start, end):
    finger = page.context.new_cdp_session(page)
    middle = (0.5 * (start[0] + end[0]), 0.5 * (start[1] + end[1]))
    for kind, at in (("touchStart", start), ("touchMove", middle), ("touchMove", end)):
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at[0], "y": at[1]}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    finger.detach()


def ops(page):
    return page.evaluate("ops")


def go(page, frame):
    page.evaluate(f"player.player.jump({frame})")
    page.wait_for_function(f"desk.frame === {frame} && !player.player.screen.busy")
    drawn(page)


def mode(page, name):
    page.evaluate(f"rerun({{ mode: '{name}' }})")
    page.wait_for_function("desk.entered")
    drawn(page)


def drawn(page):
    """Wait until what has just changed is on the screen: until then a mark has no place."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_an_angle_is_drawn_with_three_taps_undone_and_drawn_again(page):
    go(page, 30)
    page.locator("[data-tool=angle]").click()
    for x, y in ((100, 20), (100, 60), (140, 60)):
        tap(page, x, y)
    [sent] = ops(page)
    drawn = sent["drawing"]
    assert (sent["op"], drawn["kind"], drawn["first"], drawn["last"]) == ("draw", "angle", 30, 30)
    np.testing.assert_allclose(drawn["points"], [[100, 20], [100, 60], [140, 60]], atol=1)
    assert float(page.locator(".said").inner_text().removeprefix("Angle ").removesuffix("°")) == pytest.approx(
        90, abs=2
    )
    assert page.locator(".layer g").count() == 1
    page.locator("[data-act=undo]").click()
    assert [op["op"] for op in ops(page)] == ["draw", "erase"]
    assert page.locator(".layer g").count() == 0
    page.locator("[data-act=redo]").click()
    assert ops(page)[-1]["drawing"] == drawn


def test_a_line_that_lasts_shows_on_its_frames_alone_and_can_be_moved_and_deleted(page):
    go(page, 10)
    page.locator("select[aria-label='How long it shows']").select_option("0.5")
    page.locator("[data-tool=line]").click()
    drag(page, on_screen(page, 60, 30), on_screen(page, 120, 30))
    drawn = ops(page)[0]["drawing"]
    assert (drawn["first"], drawn["last"]) == (10, 25)
    seen = []
    for frame in (9, 25, 26):
        go(page, frame)
        seen.append(page.locator(".layer g").count())
    assert seen == [0, 1, 0]
    go(page, 20)
    page.locator("[data-tool=select]").click()
    drag(page, on_screen(page, 90, 30), on_screen(page, 90, 60))
    moved = ops(page)[-1]["drawing"]
    assert moved["key"] == drawn["key"]
    np.testing.assert_allclose(moved["points"], np.add(drawn["points"], [0, 30]), atol=1.5)
    page.locator("[data-act=erase]").click()
    assert (ops(page)[-1]["op"], page.locator(".layer g").count()) == ("erase", 0)


def test_what_the_page_has_taken_is_not_sent_again(page):
    page.locator("[data-tool=vertical]").click()
    tap(page, 50, 50)
    [first] = ops(page)
    page.evaluate(f"rerun({{ ack: {first['n']}, drawings: [{json.dumps(first['drawing'])}] }})")
    tap(page, 80, 50)
    [second] = ops(page)
    assert second["n"] > first["n"] and second["drawing"]["key"] != first["drawing"]["key"]
    page.evaluate(f"rerun({{ ack: {second['n']}, drawings: [], answered: 'That could not be kept' }})")
    assert page.locator(".layer g").count() == 0
    assert page.locator(".said").inner_text() == "That could not be kept"


def test_a_landmark_is_dragged_its_neighbours_follow_before_it_is_accepted(page):
    mode(page, "points")
    go(page, 30)
    page.wait_for_function("desk.tool.known")
    page.locator("[data-joint='25']").wait_for(state="attached")
    drag(page, on_screen(page, 130, 50), on_screen(page, 150, 40))
    assert ops(page) == []
    x, y = page.evaluate("desk.tool.place(30, 25)")
    assert (x, y) == (pytest.approx(150, abs=1.5), pytest.approx(40, abs=1.5))
    half = page.evaluate("desk.tool.pull(31, 30, 0.12)")
    beside = page.evaluate("desk.tool.place(31, 25)")
    assert beside == [pytest.approx(131 + half * (x - 130), abs=0.01), pytest.approx(50 + half * (y - 50), abs=0.01)]
    assert page.evaluate("desk.tool.place(40, 25)") == [140, 50]
    page.locator("[data-act=back]").click()
    assert page.evaluate("desk.tool.place(30, 25)") == [130, 50]
    drag(page, on_screen(page, 130, 50), on_screen(page, 150, 40))
    page.locator("[data-act=accept]").click()
    [sent] = ops(page)
    assert (sent["op"], sent["edit"]["kind"], sent["edit"]["landmark"]) == ("correct", "move_landmark", "left_knee")
    assert (sent["edit"]["frame"], sent["edit"]["span_s"]) == (30, 0.12)


def test_a_contact_is_dragged_along_the_line_and_the_player_goes_with_it(page):
    mode(page, "events")
    go(page, 30)
    mark = page.locator(".mark.initial_contact[aria-label='Right contact, 1.67 s'], .mark.initial_contact").first
    words, box = mark.get_attribute("aria-label"), mark.bounding_box()
    start = (box["x"] + 22, box["y"] + 22)
    width = page.locator(".line").bounding_box()["width"]
    drag(page, start, (start[0] + 0.1 * width, start[1]))  # a tenth of two seconds: 6 frames
    assert ops(page) == []
    page.locator("[data-act=accept]").click()
    edit = ops(page)[0]["edit"]
    assert (edit["kind"], edit["mark"]) == ("move_event", "initial_contact")
    assert f"{edit['from_s']:.2f} s" in words
    assert edit["to_s"] - edit["from_s"] == pytest.approx(0.2, abs=0.05)
    assert page.evaluate("desk.frame") == round(edit["to_s"] * 30)


def test_contacts_are_added_and_deleted_and_a_stretch_is_marked_without_dragging(page):
    mode(page, "events")
    go(page, 30)
    page.locator("[data-act=add-left]").click()
    page.locator("[data-act=accept]").click()
    page.locator(".mark.initial_contact").first.focus()
    page.keyboard.press("Enter")
    page.locator("[data-act=erase]").click()
    page.locator("[data-act=accept]").click()
    page.locator("[data-act=unusable]").click()
    go(page, 60)
    page.locator("[data-act=unusable]").click()
    page.locator("[data-act=accept]").click()
    page.locator("[data-act=toe-off-right]").click()
    page.locator("[data-act=accept]").click()
    page.locator(".mark.toe_off").first.focus()
    page.keyboard.press("Enter")
    page.locator("[data-act=erase]").click()
    assert "lasts as long as the others" in page.locator(".said").inner_text()
    page.locator("[data-act=accept]").click()
    edits = [op["edit"] for op in ops(page)]
    kinds = ["add_step", "delete_step", "unusable", "add_toe_off", "delete_toe_off"]
    assert [edit["kind"] for edit in edits] == kinds
    assert edits[3] == {"kind": "add_toe_off", "side": "right", "toe_off_s": 2.0}
    assert (edits[0]["contact_s"], edits[2]["start_s"], edits[2]["end_s"]) == (1.0, 1.0, 2.0)
