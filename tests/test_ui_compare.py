"""The compare page in every state, its words and plots, and the two players in step in a real browser."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import player_site
import pytest
from athletes import run, squat
from serving import served
from starlette.applications import Starlette
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from streamlit.testing.v1 import AppTest

from formcheck import compare, jobs, results
from formcheck.plots import Label, Line
from formcheck.store import open_store
from formcheck.ui import compare_choice, compare_curves, compare_trend, compare_words
from formcheck.ui.compare_words import Pair
from formcheck.ui.components.compare import sources
from formcheck.wording import headline

ROOT = Path(__file__).parents[1]
HERE = "a" * 32


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(jobs.start, "ensure_worker", lambda home: None)
    with open_store(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def anna(store):
    return store.add_client(HERE, "Anna")


def put(store, assessment, client, *, day=None, name="clip.mp4", group=""):
    """A finished result, on a visit of that day where one is given."""
    source = store.home.parent / f"{len(store.analyses(HERE))}.mp4"
    source.write_bytes(source.name.encode())
    clip = store.add_clip(HERE, source, name=name)
    visit = store.add_visit(HERE, client.id, day) if day else None
    made = store.queue(HERE, clip.id, {}, client_id=client.id, visit_id=visit.id if visit else None, group=group)
    store.take("w")
    results.write(assessment, assessment.pose, made.folder)
    said = {"protocol": assessment.protocol, "leg": assessment.leg, "verdict": assessment.verdict.status}
    store.finish(made.id, "w", "done", headline=headline(assessment), **said)
    return store.analysis(made.id, HERE)


def opened(client, mode=None):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    at.session_state["formcheck_workspace"] = HERE
    if mode:
        at.session_state["compare_mode"] = mode
    at.switch_page("formcheck/ui/pages/compare.py")
    at.query_params["client"] = client.id
    at.run()
    assert not at.exception, at.exception[0].message if at.exception else ""
    return at


def text(at):
    kinds = ("markdown", "caption", "info", "warning", "error", "subheader")
    told = [str(e.value) for kind in kinds for e in at.get(kind)]
    html = [json.loads(e.proto.json).get("html", "") for e in at.main if e.type == "bidi_component"]
    return " ".join(re.sub(r"<[^>]+>", " ", " ".join([*told, *html])).split())


def test_nobody_has_a_result_yet(store, anna):
    at = opened(anna)
    assert "no finished result for Anna yet" in at.info[0].value
    assert len(at.get("page_link")) >= 2


def test_one_result_alone_asks_for_another(store, anna):
    put(store, squat(), anna)
    assert "one result so far" in opened(anna).info[0].value


def test_before_and_after_by_the_days_of_the_visits(store, anna):
    put(store, squat(fppa_deg=6.0), anna, day=date(2026, 11, 24), name="new.mp4")
    put(store, squat(fppa_deg=16.0), anna, day=date(2026, 10, 1), name="old.mp4")
    put(store, run(), anna, day=date(2026, 11, 25))
    at = opened(anna)
    picked = [box.value for box in at.selectbox if box.label in ("Before", "After")]
    assert [store.analysis(i, HERE).clip_name for i in picked] == ["old.mp4", "new.mp4"]
    shown = text(at)
    assert "Changed: better" in shown
    assert "−10°" in shown
    assert "Side by side, in step" in shown
    assert "Curves on top of each other" in shown


def test_different_tests_are_refused_in_words(store, anna):
    put(store, squat(), anna, day=date(2026, 10, 1))
    put(store, run(), anna, day=date(2026, 11, 24))
    shown = text(opened(anna))
    assert "These are different tests" in shown
    assert "What changed" not in shown


def test_the_same_result_twice_is_refused(store, anna):
    one = put(store, squat(), anna, day=date(2026, 10, 1))
    put(store, squat(), anna, day=date(2026, 11, 24))
    at = opened(anna)
    next(box for box in at.selectbox if box.label == "After").set_value(one.id)
    at.run()
    assert "same result" in at.info[0].value


def test_a_recording_that_failed_is_said(store, anna):
    base = squat()
    put(store, replace(base, checks=(replace(base.checks[0], band="fail"),)), anna, day=date(2026, 10, 1))
    put(store, base, anna, day=date(2026, 11, 24))
    shown = text(opened(anna))
    assert "“before” failed a quality check" in shown
    assert "Nothing here can be compared" in shown


def test_a_damaged_result_is_one_line(store, anna):
    put(store, squat(), anna, day=date(2026, 10, 1))
    made = put(store, squat(), anna, day=date(2026, 11, 24))
    (made.folder / "assessment.json").write_text("{")
    assert len(opened(anna).error) == 1


def test_legs_of_a_run_and_of_two_squats_of_one_day(store, anna):
    put(store, run(), anna)
    left = put(store, squat(), anna, group="go")
    put(store, mirrored(squat()), anna, group="go")
    at = opened(anna, "legs")
    assert "What differs" in text(at)
    at.selectbox(key="compare_legs").set_value(left.id)
    at.run()
    assert not at.exception
    assert "Knee valgus (FPPA)" in text(at)


def test_a_leg_alone_says_what_is_missing(store, anna):
    put(store, squat(), anna)
    assert "No result shows both legs yet" in opened(anna, "legs").info[0].value


def test_the_trend_keeps_tests_apart(store, anna):
    for day, angle in ((1, 18.0), (8, 14.0), (15, 6.0)):
        put(store, squat(fppa_deg=angle), anna, day=date(2026, 10, day))
    put(store, run(), anna, day=date(2026, 10, 20))
    shown = text(opened(anna, "trend"))
    assert "Other tests are not mixed in: 1 × Treadmill run from behind" in shown
    assert "15 October 2026" in shown
    assert "Changed: better" in shown


def test_a_trend_of_one_asks_for_another(store, anna):
    put(store, squat(), anna)
    assert "a line needs two" in text(opened(anna, "trend"))


def mirrored(assessment):
    """The same squat on the right leg."""
    return replace(
        assessment,
        leg="right",
        metrics=tuple(replace(m, side="right") for m in assessment.metrics),
        findings=tuple(replace(f, side="right") for f in assessment.findings),
        cycles=tuple(replace(c, side="right") for c in assessment.cycles),
        events=tuple(replace(e, side="right") for e in assessment.events),
        angles={n.replace("left_", "right_"): v for n, v in assessment.angles.items()},
    )


def change(state, direction="", **more):
    return compare.Change("knee_fppa_deg", "left", "deg", 12.0, 4.0, -8.0, 7.5, state, direction, **more)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (change("changed", "better"), ("within", "✓", "Changed: better")),
        (change("changed", "worse"), ("outside", "✕", "Changed: worse")),
        (change("changed"), (None, "≠", "Changed")),
        (change("within_error"), (None, "≈", "Not beyond measurement error")),
        (change("not_comparable", reason="too dark"), (None, "–", "Not comparable")),
    ],
)
def test_a_change_is_symbol_and_word(found, told):
    assert compare_words.verdict(found) == told


def test_differences_and_bounds_in_words():
    assert compare_words.difference_text(change("changed")) == "−8°"
    assert compare_words.difference_text(replace(change("changed"), difference=8.0)) == "+8°"
    assert compare_words.difference_text(replace(change("within_error"), difference=-0.2)) == "0°"
    assert compare_words.bound_text(change("changed")) == "more than 7.5°"


def test_the_summary_counts():
    found = (change("changed", "better"), change("changed", "worse"), change("within_error"), change("not_comparable"))
    assert compare_words.summary(found) == "2 of 3 measures changed beyond measurement error: 1 better, 1 worse."
    assert compare_words.summary(found[2:]) == "None of 1 measures changed beyond measurement error."
    assert compare_words.summary(found[3:]) == "Nothing here can be compared."


def test_curves_differ_in_colour_and_in_line():
    pair = Pair(squat(), squat(fppa_deg=5.0), ("before", "after"))
    plots = compare_curves.overlaid(pair)
    assert plots[0].title == "Knee valgus (FPPA), left"
    styles = {(s.role, s.dash) for s in plots[0].shapes if isinstance(s, Line) and s.role in ("one", "other")}
    assert styles == {("one", False), ("other", True)}
    assert "before mean between" in plots[0].description
    assert compare_curves.overlaid(Pair(squat(), run(), ("before", "after"))) == ()


def test_the_trend_plot_shows_values_errors_symbols_and_limits():
    visits = [(date(2026, 10, day), squat(fppa_deg=angle)) for day, angle in ((1, 18.0), (9, 6.0))]
    points = compare.trend(visits, "knee_fppa_deg", "left")
    finding = visits[0][1].finding("knee_fppa_deg", "left")
    plot = compare_trend.trend_plot(points, finding.criterion)
    told = [s.text for s in plot.shapes if isinstance(s, Label)]
    assert {"1 Oct 26", "9 Oct 26", "watch", "outside"} <= set(told)
    assert "1 October 2026" in plot.description
    assert compare_trend.trend_plot((), None) is None


def test_a_trend_of_many_days_keeps_its_dates_apart():
    visits = [(date.fromordinal(740000 + 3 * i), squat(fppa_deg=10.0 + i % 3)) for i in range(60)]
    plot = compare_trend.trend_plot(compare.trend(visits, "knee_fppa_deg", "left"), None)
    dates = [s.x for s in plot.shapes if isinstance(s, Label) and re.fullmatch(r"\d+ \w+ \d\d", s.text)]
    assert 2 <= len(dates) <= 6
    assert min(b - a for a, b in pairwise(dates)) > 48


def test_the_default_pair_is_the_newest_of_one_test(store, anna):
    first, other, last = (put(store, a, anna) for a in (squat(), run(), squat()))
    newest_first = [last, other, first]
    assert compare_choice.default_pair(newest_first) == (first, last)
    assert compare_choice.default_pair([other, first]) == (first, other)
    assert compare_choice.default_pair([first]) is None


def test_runs_at_different_speeds_are_told_apart(store, anna):
    slow = put(store, run(), anna)
    fast = replace(slow, settings={"speed_kmh": 12.0})
    assert compare_choice.conditions(slow, slow) == ()
    assert compare_choice.conditions(slow, fast) == ("The speed of one run is not known.",)
    before = replace(slow, settings={"speed_kmh": 9.5})
    assert compare_choice.conditions(before, fast) == ("Run at different speeds: 9.5, then 12 km/h.",)


# The players in step.

PHASE = Path(compare_words.__file__).parent / "components" / "compare" / "phase.js"


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_places_times_and_steps_on_the_common_scale():
    script = (
        PHASE.read_text(encoding="utf-8")
        + """
        const one = new Steps([{start_s: 3, end_s: 5}, {start_s: 1, end_s: 2}]);
        const other = new Steps([{start_s: 0, end_s: 3}]);
        console.log(JSON.stringify([
          one.time(0), one.time(0.5), one.time(1), one.time(1.25), one.time(2), one.time(9),
          pace(0, one, other), stepped(0.994, 1, 2), stepped(1, -5, 2), stepped(0, -1, 2), stepped(1.99, 5, 2),
          stepped(0.07, 1, 2),
        ]))"""
    )
    done = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True)
    pace = {"perSecond": 0.5, "rates": [0.5, 1.5]}
    assert json.loads(done.stdout) == [1, 1.5, 3, 3.5, 5, 5, pace, 1, 0.95, 0, 2, 0.08]


PAGE = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"><div id="host"></div><script type="module">
  const shadow = document.getElementById("host").attachShadow({ mode: "open" });
  shadow.innerHTML = `<div class="fc"></div><style>${await (await fetch("/style.css")).text()}</style>`;
  const { default: mount } = await import("/script.js");
  mount({ parentElement: shadow, data: DATA });
  window.root = shadow.querySelector(".fc");
</script>"""


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """Two clips of numbered frames: one of 60 frames a second, the other of 30, with strides of 20 frames each."""
    folder = tmp_path_factory.mktemp("films")
    for name, fps in (("fast", 60), ("slow", 30)):
        player_site.write_numbered(folder / f"{name}.mp4", [i / fps for i in range(120)])
    return folder


def site(films):
    told = {n: player_site.told([i / fps for i in range(120)]) for n, fps in (("fast", 60), ("slow", 30))}
    seen = [
        {"name": when, "sides": ["right"], "video": f"/{n}.mp4", "playback": f"/{n}.json"}
        for when, n in (("Before", "fast"), ("After", "slow"))
    ]
    page = PAGE.replace("DATA", json.dumps({"cycle": "stride", "seen": seen}))
    css, js = sources()
    return Starlette(
        routes=[
            Route("/", lambda _: HTMLResponse(page)),
            Route("/style.css", lambda _: Response(css, media_type="text/css")),
            Route("/script.js", lambda _: Response(js, media_type="text/javascript")),
            Route("/{name}.mp4", lambda r: FileResponse(films / f"{r.path_params['name']}.mp4")),
            Route("/{name}.json", lambda r: JSONResponse(told.get(r.path_params["name"]))),
        ]
    )


FRAMES = """() => root.inStep.views.map((v) => v.frames.at(v.video.currentTime))"""
SETTLED = "() => root.inStep.views.every((v) => v.video.readyState >= 2 && !v.video.seeking && v.wanted === null)"


@pytest.mark.slow
def test_both_players_show_the_same_share_of_their_own_strides(films):
    with player_site.browser() as chromium, served(site(films)) as at:
        page = chromium.new_page(viewport={"width": 390, "height": 844})
        faults = []
        page.on("pageerror", lambda e: faults.append(str(e)))
        page.goto(f"http://{at.host}/")
        page.wait_for_function("() => window.root?.inStep?.views")
        page.wait_for_function(SETTLED)

        def frames():
            page.wait_for_function(SETTLED)
            return page.evaluate(FRAMES)

        assert frames() == [10, 10]
        page.get_by_role("button", name="5 percent on").click()
        assert frames() == [12, 12]
        page.get_by_role("button", name="Next stride").click()
        assert frames() == [52, 52]
        assert "stride 2 of" in page.locator(".view .muted").first.inner_text()
        times = page.evaluate("() => root.inStep.views.map((v) => v.video.currentTime)")
        assert times[1] == pytest.approx(2 * times[0], rel=0.01)
        page.get_by_role("button", name="Quarter speed").click()
        page.get_by_role("button", name="Play").click()
        page.wait_for_timeout(700)
        page.get_by_role("button", name="Pause").click()
        one, other = frames()
        assert one == other
        assert one > 52
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        tops = page.evaluate("() => root.inStep.views.map((v) => v.box.getBoundingClientRect().top)")
        assert tops[1] > tops[0] + 50
        assert not faults
