"""Every page, on a desk and on a phone, by day and by night."""

from pathlib import Path

import pytest
from connections import beyond_this_machine
from contrast import FAINT_WORDS
from visitors import PHONE_PX, WIDTH_PX, at_rest, go, shown_faults

import formcheck.ui

PAGES = sorted(path.stem for path in (Path(formcheck.ui.__file__).parent / "pages").glob("*.py"))
WIDER_THAN_THE_WINDOW = """() => {
  const places = ["html", "body", "[data-testid=stApp]", "[data-testid=stMain]", "[data-testid=stMainBlockContainer]"];
  const wide = places.filter((one) => {
    const { scrollWidth, clientWidth } = document.querySelector(one);
    return scrollWidth > clientWidth;
  });
  const beyond = [];
  const look = (root) => {
    for (const one of root.querySelectorAll("*")) {
      const { right, width, height } = one.getBoundingClientRect();
      if (width && height && right > innerWidth + 1) beyond.push(`${one.tagName}.${one.className} ${right}`);
      if (one.shadowRoot) look(one.shadowRoot);
    }
  };
  if (wide.length) look(document);
  return [...wide, ...beyond.slice(0, 6)];
}"""


@pytest.fixture
def look_round(visit, result_of):
    """Goes through every page with a result at hand; gives what was found there by `find(page)`, by page."""

    def go_round(find, **options):
        visitor = visit(**options)
        page = visitor.open("/")
        analysis_id = result_of(visitor)
        found = {}
        for name in PAGES:
            go(page, f"{visitor.app.address}/{address(name, analysis_id)}")
            page.locator("h1, .verdict").first.wait_for()
            at_rest(page)
            found[name] = find(page)
        return found

    return go_round


def address(name, analysis_id):
    """Where a page is; those that show a result find it in the address."""
    return "" if name == "new" else f"{name}?id={analysis_id}"


@pytest.mark.parametrize(("width", "theme"), [(PHONE_PX, "light"), (PHONE_PX, "dark"), (WIDTH_PX, "dark")])
def test_no_page_is_wider_than_its_window_hard_to_read_or_at_fault(look_round, width, theme):
    def trouble(page):
        backdrop = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
        night = sum(int(part) for part in backdrop.strip("rgb()").split(",")[:3]) < 200
        odd = [] if night == (theme == "dark") else [f"not {theme}: {backdrop}"]
        wide, faint = page.evaluate(WIDER_THAN_THE_WINDOW), page.evaluate(FAINT_WORDS)
        return [*wide, *faint, *shown_faults(page), *odd]

    found = look_round(trouble, width=width, theme=theme)
    assert len(found) > 6
    assert {name: trouble for name, trouble in found.items() if trouble} == {}


def test_faint_words_are_found(chromium):
    page = chromium.new_page()
    page.set_content("""<body style="background:#101817;color:#e6efed"><p>plain</p><p style="opacity:.4">faded</p>
      <button style="background:#2dd4bf;color:#fff">white on bright</button>
      <button style="background:#2dd4bf;color:#fff" disabled>off</button>
      <p style="font-size:30px;color:#5b6a68">large enough</p><p style="color:#5b6a68">too small</p></body>""")
    assert [told.split(": ")[1] for told in page.evaluate(FAINT_WORDS)] == ["faded", "white on bright", "too small"]
    page.close()


def test_the_app_and_its_worker_talk_to_nobody_else(journey):
    """The kernel's word on it, from the app's start over an upload, a look and an analysis to the result."""
    assert (journey.folder / "report.pdf").is_file()
    assert beyond_this_machine(journey.visitor.app.talked_to) == []


def test_a_page_cannot_reach_another_machine(visit):
    """Closing a visitor fails on any address but the app's own; here the fence that holds whatever a page tries."""
    visitor = visit()
    page = visitor.open("/")
    elsewhere = "http://198.51.100.7/x"
    assert page.evaluate("(to) => fetch(to, { mode: 'no-cors' }).then(() => 'sent', () => 'held back')", elsewhere) == (
        "held back"
    )
    assert visitor.strange == []
    visitor.asked(elsewhere)
    assert visitor.strange == [elsewhere]
    visitor.strange.clear()
