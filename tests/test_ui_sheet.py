"""The component that shows markup, in a real browser: clicks, marks, and what it refuses to show."""

from pathlib import Path

import pytest
from athletes import run, squat
from markupsafe import Markup
from player_site import LIGHT, browser
from test_ui_result import PICTURE, Desk

import formcheck.ui.components.sheet
from formcheck.ui import kit, result_repetitions, result_sections, result_stored, result_table
from formcheck.wording import CYCLE_WORDS

pytestmark = pytest.mark.slow
HERE = Path(formcheck.ui.components.sheet.__file__).parent
MOUNT = """async ({ js, css, html, theme }) => {
  const host = document.body.appendChild(document.createElement("div"));
  for (const [name, value] of Object.entries(theme)) host.style.setProperty(name, value);
  const shadow = host.attachShadow({ mode: "open" });
  shadow.innerHTML = `<style>${css}</style><div class="fc"></div>`;
  const address = URL.createObjectURL(new Blob([js], { type: "text/javascript" }));
  const { default: mount } = await import(address);
  window.told = []; window.heard = []; window.ran = 0;
  window.show = (html) => mount({ parentElement: shadow, data: { html, player: "#player" },
    setTriggerValue: (...value) => window.told.push(value) });
  window.end = window.show(html);
}"""


@pytest.fixture(scope="module")
def chromium():
    with browser() as started:
        yield started


@pytest.fixture
def page(chromium):
    opened = chromium.new_page(viewport={"width": 390, "height": 800})
    opened.set_content("<!doctype html><meta name=viewport content='width=device-width'><div id=player></div>")
    yield opened
    opened.close()


def mount(page, html):
    theme = {"--st-background-color": LIGHT["background"], "--st-text-color": LIGHT["text"]}
    js, css = ((HERE / f"sheet.{kind}").read_text(encoding="utf-8") for kind in ("js", "css"))
    page.evaluate(MOUNT, {"js": js, "css": css, "html": str(html), "theme": theme})


def test_a_click_jumps_the_player_or_else_tells_the_page(page):
    mount(page, kit.jump("Show it", 12.5))
    page.evaluate("addEventListener('formcheck:seek', (e) => heard.push(e.detail.time_s))")
    page.get_by_role("button", name="Show it").click()
    assert page.evaluate("[heard, told]") == [[12.5], [["seek", 12.5]]]
    page.evaluate("addEventListener('formcheck:seek', (e) => e.preventDefault())")
    page.get_by_role("button", name="Show it").click()
    assert page.evaluate("[heard.length, told.length]") == [2, 1]


def test_what_the_player_shows_is_marked_until_the_sheet_ends(page):
    bar = Markup('<button data-from="1" data-to="2">a</button><button data-from="2" data-to="3">b</button>')
    mount(page, bar)
    show = "(t) => dispatchEvent(new CustomEvent('formcheck:frame', { detail: { time_s: t } }))"
    for time_s, expected in ((1.0, ["a"]), (2.0, ["b"]), (3.0, [])):
        page.evaluate(show, time_s)
        assert page.locator(".now").all_inner_texts() == expected
    page.evaluate("end()")
    page.evaluate(show, 1.0)
    assert page.locator(".now").count() == 0


def test_what_is_open_stays_open_when_the_text_changes(page):
    mount(page, kit.more("Every check", kit.paragraph("one"), name="checks"))
    page.locator("summary").click()
    page.evaluate("(html) => show(html)", str(kit.more("Every check", kit.paragraph("two"), name="checks")))
    assert page.locator("details p").inner_text() == "two"
    assert page.locator("details p").is_visible()


@pytest.mark.parametrize(
    "evil",
    [
        "<script>window.ran = 1</script>",
        "<img src=x onerror='window.ran = 1'>",
        "<svg onload='window.ran = 1'><a xlink:href='javascript:window.ran = 1'><text y=20>x</text></a></svg>",
        "<a href='javascript:window.ran = 1'>x</a>",
        "<iframe srcdoc='<script>parent.ran = 1</script>'></iframe>",
        "<img src='http://example.org/x.png'>",
    ],
)
def test_markup_that_got_through_the_escaping_does_nothing(page, evil):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    mount(page, evil)
    page.wait_for_timeout(150)
    for link in page.locator("a").all():
        link.click(timeout=60000)
    assert page.evaluate("window.ran") == 0
    assert not [url for url in asked if url.startswith("http")]


@pytest.mark.parametrize("make", [squat, run])
def test_a_phone_shows_all_of_it_without_scrolling_sideways(page, tmp_path, make):
    Desk.write(tmp_path / "r", make(), [PICTURE])
    shown = result_stored.shown(tmp_path / "r")
    tips = kit.Tips()
    parts = (
        result_sections.verdict(shown, "above", tips),
        result_sections.work(shown, tips),
        result_sections.gallery(shown, "0" * 32),
        result_table.measures([shown.content], CYCLE_WORDS[shown.assessment.protocol]),
        result_repetitions.repetitions([shown], shown),
        result_repetitions.curves(shown),
        result_sections.recording(shown.content),
        result_sections.certainty(shown.assessment),
        result_sections.downloads(shown, "0" * 32),
        result_sections.method(shown.content),
    )
    mount(page, kit.join(parts))
    page.locator("details").evaluate_all("(all) => all.forEach((one) => (one.open = true))")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    word = page.locator("#measures .tip", has_text="Source").first
    word.focus()
    said = word.locator(".say")
    said.wait_for(state="visible")
    box = said.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
