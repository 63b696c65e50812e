"""The result page in every state and for every test, run as Streamlit runs it; and its parts as markup."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from athletes import run, squat
from streamlit.testing.v1 import AppTest

import formcheck.ui
from formcheck import jobs, results, store
from formcheck.ui import kit, result_repetitions, result_sections, result_siblings, result_stored, result_table
from formcheck.wording import CYCLE_WORDS, headline

APP = Path(__file__).parents[1] / "app.py"
PAGE = Path(formcheck.ui.__file__).parent / "pages" / "result.py"
HERE = "0" * 32
CLIPS = {
    "single_leg_squat": squat,
    "step_down": lambda: replace(squat(), protocol="step_down"),
    "treadmill_rear": run,
    "treadmill_front": lambda: replace(run(), protocol="treadmill_front"),
    "treadmill_side": lambda: run(protocol="treadmill_side"),
}


class Desk:
    """A store in a folder of the test's own, with ways to bring analyses into every state."""

    def __init__(self, home):
        self.home = home
        self.made = 0

    def clip(self, name="squat left.mp4"):
        self.made += 1
        source = self.home.parent / f"{self.made}.mp4"
        source.write_bytes(f"clip {self.made}".encode())
        with store.open_store(self.home) as opened:
            return opened.add_clip(HERE, source, name=name)

    def queued(self, *, name="squat left.mp4", group="", settings=None, client_id=None):
        clip = self.clip(name)
        with store.open_store(self.home) as opened:
            return opened.queue(HERE, clip.id, settings or {}, group=group, client_id=client_id)

    def ended(self, status, *, error="", assessment=None, pictures=(), **said):
        analysis = self.queued(**said)
        told = {}
        if assessment is not None:
            self.write(analysis.folder, assessment, pictures)
            told = {"protocol": assessment.protocol, "leg": assessment.leg, "verdict": assessment.verdict.status}
            told["headline"] = headline(assessment)
        with store.open_store(self.home) as opened:
            assert opened.take("worker").id == analysis.id
            assert opened.finish(analysis.id, "worker", status, error=error, **told)
        return analysis

    @staticmethod
    def write(folder, assessment, pictures=()):
        def draw(place):
            (place / "overlay.mp4").write_bytes(b"film")
            (place / "report.pdf").write_bytes(b"%PDF")
            (place / "keyframes").mkdir()
            for picture in pictures:
                (place / "keyframes" / picture.file).write_bytes(b"png")
            results.write_key_pictures(place / "keyframes", pictures)

        results.write(assessment, assessment.pose, folder, writers=[draw])


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(jobs, "ensure_worker", lambda home: None)
    monkeypatch.setattr("formcheck.jobs.start.ensure_worker", lambda home: None)
    return Desk(tmp_path / "home")


PICTURE = results.KeyPicture("1-worst.png", "Worst repetition (no. 3)", "Knee valgus: 14°", 180, 6.0, "pelvic_drop_deg")


def opened(analysis_id, workspace=HERE):
    at = AppTest.from_file(str(APP), default_timeout=180)
    at.session_state["formcheck_workspace"] = workspace
    at.switch_page(str(PAGE.relative_to(APP.parent)))
    if analysis_id:
        at.query_params["id"] = analysis_id
    return at.run()


def markup(at):
    """All markup of a page, as its components got it."""
    assert not at.exception, at.exception[0].message if at.exception else ""
    return "".join(json.loads(e.proto.json).get("html", "") for e in at.main if e.type == "bidi_component")


def words(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize("protocol", CLIPS)
def test_every_test_has_its_result(desk, protocol):
    assessment = CLIPS[protocol]()
    shown = opened(desk.ended("done", assessment=assessment, pictures=[PICTURE]).id)
    html = markup(shown)
    text = words(html)
    assert headline(assessment) in text
    assert text.index(headline(assessment)) < text.index("What was measured") < text.index("Method")
    assert text.count("This is not a diagnosis") == 1
    assert "Worst repetition (no. 3)" in text
    assert 'data-seek="6.000000"' in html
    assert ("Repetition by repetition" in text) == (not protocol.startswith("treadmill"))


def test_a_clip_that_cannot_be_scored_asks_for_another_and_says_how(desk):
    base = run()
    dark = replace(base.checks[1], band="fail", advice="Turn on the light.")
    metrics = tuple(
        replace(m, value=None, ci95=None, per_cycle=(), cycle_times_s=(), reason="too dark") for m in base.metrics
    )
    findings = tuple(replace(f, band="not_assessable", reason="too dark") for f in base.findings)
    unusable = replace(
        base, checks=(dark,), cycles=(), events=(), metrics=metrics, findings=findings,
        verdict=replace(base.verdict, status="not_assessable", reasons=("The picture is too dark.",)),
    )  # fmt: skip
    text = words(markup(opened(desk.ended("done", assessment=unusable).id)))
    assert "This clip cannot be scored" in text
    assert "What to do next 1. Film again – Not measured Film the same test once more. Turn on the light." in text
    assert "0 of 1 checks of the recording are good" in text
    assert "What could not be measured, and why" in text


def test_what_was_recognised_and_not_said_is_told(desk):
    told = desk.ended("done", assessment=run(), settings={"protocol": "treadmill_rear"})
    seen = desk.ended("done", assessment=run())
    assert "recognised from the movement)" not in markup(opened(told.id))
    assert "recognised from the movement)" in markup(opened(seen.id))


def test_what_the_clip_is_called_cannot_become_markup(desk):
    analysis = desk.ended("done", assessment=run(), name="<img src=x onerror=alert(1)>.mp4")
    html = markup(opened(analysis.id))
    assert "<img src=x" not in html
    assert "&lt;img src=x" in html
    assert "<b>run" not in html  # the name inside the stored result


def test_files_are_links_and_the_absent_ones_are_not_offered(desk):
    analysis = desk.ended("done", assessment=squat())
    html = markup(opened(analysis.id))
    links = re.findall(r'href="([^"]+)" download', html)
    assert f"/fc/analyses/{analysis.id}/overlay.mp4?download=1" in links
    assert f"/fc/analyses/{analysis.id}/landmarks.csv?download=1" in links
    assert not any("report.html" in link for link in links)


def test_the_client_and_the_clip_are_named(desk):
    with store.open_store(desk.home) as opened_store:
        client = opened_store.add_client(HERE, "Anna & Co")
    analysis = desk.ended("done", assessment=squat(), client_id=client.id)
    text = markup(opened(analysis.id))
    assert "Anna &amp; Co · squat left.mp4" in text


@pytest.mark.parametrize(
    ("status", "heading", "line"),
    [
        ("refused", "This clip cannot be used", "squat left\\.mp4 shows nobody; film again"),
        ("failed", "The analysis failed", "The disk is full"),
        ("cancelled", "The analysis was stopped", "You stopped it"),
    ],
)
def test_an_end_without_a_result_says_why_and_what_to_do(desk, status, heading, line):
    error = {"refused": "squat left.mp4 shows nobody; film again", "failed": "the disk is full"}.get(status, "")
    at = opened(desk.ended(status, error=error).id)
    assert not at.exception
    assert at.title[0].value == heading
    told = [e.value for e in (*at.warning, *at.error, *at.info)]
    assert any(line in text for text in told)
    assert any(b.label == "Analyse again" for b in at.button)
    assert any(b.label == "Delete it now" for b in at.button)


def test_a_failed_one_is_tried_again(desk):
    analysis = desk.ended("failed", error="the disk is full")
    at = opened(analysis.id)
    next(b for b in at.button if b.label == "Try again").click().run()
    with store.open_store(desk.home) as opened_store:
        assert opened_store.analysis(analysis.id, HERE).status == "queued"


def test_a_waiting_one_says_where_it_stands_and_can_be_stopped(desk):
    first = desk.queued()
    second = desk.queued(name="run *side*.mov")
    at = opened(second.id)
    assert not at.exception
    assert at.title[0].value == r"Analysing run \*side\*\.mov"
    assert first.id != second.id
    next(b for b in at.button if b.label == "Stop").click().run()
    with store.open_store(desk.home) as opened_store:
        assert opened_store.analysis(second.id, HERE).status == "cancelled"


def test_a_running_one_shows_its_stage(desk):
    analysis = desk.queued()
    with store.open_store(desk.home) as opened_store:
        opened_store.take("worker")
        opened_store.progress(analysis.id, "worker", "Finding the athlete", 420, 1578)
    at = opened(analysis.id)
    assert not at.exception
    assert "420 of 1578 frames" in at.get("progress")[0].proto.text


@pytest.mark.parametrize("address", ["", "f" * 32, "../../etc"])
def test_an_unknown_address_has_a_way_out(desk, address):
    at = opened(address)
    assert not at.exception
    assert at.title[0].value == "No result here"


def test_somebody_elses_result_is_unknown(desk):
    analysis = desk.ended("done", assessment=squat())
    at = opened(analysis.id, "1" * 32)
    assert at.title[0].value == "No result here"


def test_a_damaged_result_is_one_line(desk):
    analysis = desk.ended("done", assessment=squat())
    (analysis.folder / "assessment.json").write_text("{")
    at = opened(analysis.id)
    assert not at.exception
    assert "damaged" in at.error[0].value


def test_other_settings_are_queued_beside_the_old_ones(desk):
    analysis = desk.ended("done", assessment=squat(), settings={"height_cm": 180.0, "leg": "right"})
    at = opened(analysis.id)
    at.selectbox[0].select("step_down")
    at.number_input[0].set_value(120.0)
    next(b for b in at.button if b.label == "Analyse again").click().run()
    assert not at.exception
    with store.open_store(desk.home) as opened_store:
        newest = opened_store.analyses(HERE)[0]
    assert newest.id != analysis.id
    assert newest.settings == {"height_cm": 180.0, "leg": "right", "protocol": "step_down", "capture_fps": 120.0}
    assert at.query_params["id"] == [newest.id]


def right_squat():
    """The left test, mirrored in name."""
    base = squat(fppa_deg=17.0)

    def other(items):
        return tuple(replace(item, side="right") for item in items)

    angles = {name.replace("left_", "right_"): series for name, series in base.angles.items()}
    changed = {"cycles": other(base.cycles), "events": other(base.events), "metrics": other(base.metrics)}
    return replace(base, leg="right", findings=other(base.findings), angles=angles, **changed)


def test_left_and_right_of_one_go_stand_beside_each_other(desk):
    left = desk.ended("done", assessment=squat(), group="go", name="left.mp4")
    right = desk.ended("done", assessment=right_squat(), group="go", name="right.mp4")
    at = opened(right.id)
    html = markup(at)
    assert list(at.get("button_group")[0].options) == [r"Left leg\: ? Uncertain", r"Right leg\: ? Uncertain"]
    assert '<th scope="col">Left</th><th scope="col">Right</th>' in html
    assert "Left leg: 19 of 20 repetitions count" in html
    assert "Right leg: 19 of 20 repetitions count" in html
    at.get("button_group")[0].set_value(left.id).run()
    assert "test on the left leg" in markup(at) or "on the left leg" in markup(at)


def test_the_switch_has_one_entry_a_clip_and_says_what_is_not_done():
    def analysis(number, clip, status="done", **told):
        empty = dict.fromkeys(("client_id", "protocol", "leg", "verdict", "started_s", "finished_s"))
        return store.Analysis(
            **{**empty, **told}, id=str(number), workspace=HERE, clip_id=clip, clip_name=f"{clip}.mp4", group="go",
            status=status, settings={}, stage="", done=0, total=0, error="", headline="", formcheck_version="",
            criteria_version="", created_s=float(number), clip_path=Path(), folder=Path(),
        )  # fmt: skip

    old = analysis(1, "a", protocol="single_leg_squat", leg="left")
    rear = analysis(2, "b", protocol="treadmill_rear")
    new = analysis(3, "a", protocol="single_leg_squat", leg="left")
    right = analysis(4, "c", protocol="single_leg_squat", leg="right")
    waiting = analysis(5, "d", status="running")
    go = (waiting, right, new, rear, old)
    assert [a.id for a in result_siblings.siblings(old, go)] == ["1", "4", "5", "2"]
    assert result_siblings.partner(old, go) is right
    assert result_siblings.partner(rear, go) is None
    names = [result_siblings.label(a, go[:4], "✓ Pass") for a in (right, rear, waiting)]
    assert names == ["Right leg: ✓ Pass", "Run from behind: ✓ Pass", "d.mp4 (being analysed)"]


def shown_of(assessment, tmp_path):
    Desk.write(tmp_path / "r", assessment)
    return result_stored.shown(tmp_path / "r")


def test_the_table_gives_value_interval_error_limit_and_source(tmp_path):
    shown = shown_of(squat(), tmp_path)
    html = str(result_table.measures([shown.content], CYCLE_WORDS["single_leg_squat"]))
    text = words(html)
    assert "12° ± 3° 11 to 13° from 19 repetitions ? Too close to tell" in text
    assert "Watch above 10°, outside above 15°." in text
    assert "herrington2014" in text.lower()
    assert "Hip adduction" in text
    assert "the pelvis could not be seen in enough repetitions" in text.lower()
    before, after = text.split("Everything measured")
    assert "Knee valgus (FPPA)" in before
    assert "Time per repetition" in after


def test_sides_share_a_line(tmp_path):
    content = shown_of(run(), tmp_path).content
    line = next(line for line in result_table.lines_of([content]) if line.label == "Hip drop")
    assert set(line.cells) == {"left", "right"}
    assert line.cells["left"].band == "watch"


def test_a_repetition_that_does_not_count_says_why(tmp_path):
    shown = shown_of(squat(), tmp_path)
    html = str(result_repetitions.repetitions([shown], shown))
    assert len(re.findall(r'aria-label="Repetition \d+', html)) == 20
    assert "No. 9: not deep enough: 31° of knee flexion." in html
    assert 'data-from="17.000000" data-to="19.000000"' in html
    assert "Repetition 9: Knee valgus (FPPA) not measured; does not count: not deep enough" in html


def test_at_most_three_things_to_work_on_each_with_its_reason(tmp_path):
    text = words(str(result_sections.work(shown_of(run(), tmp_path), kit.Tips())))
    assert 1 <= len(re.findall(r"\b[1-9]\. ", text)) <= 3
    assert text.count("Why: ") == len(re.findall(r"\b[1-9]\. [A-Z]", text))


class Balance(HTMLParser):
    """Whether every element that is opened is closed in its place."""

    VOID = frozenset({"img", "br", "polyline", "polygon", "source", "input"})

    def __init__(self):
        super().__init__()
        self.open = []
        self.ids = []

    def handle_starttag(self, tag, attrs):
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("protocol", CLIPS)
def test_markup_is_whole_and_names_are_given_once(desk, protocol):
    at = opened(desk.ended("done", assessment=CLIPS[protocol](), pictures=[PICTURE]).id)
    for element in at.main:
        if element.type == "bidi_component":
            balance = Balance()
            balance.feed(json.loads(element.proto.json).get("html", ""))
            assert not balance.open
            assert sorted(balance.ids) == sorted(set(balance.ids))


def test_a_result_is_read_once_until_it_changes(tmp_path):
    first = shown_of(squat(), tmp_path)
    assert result_stored.shown(tmp_path / "r") is first
    Desk.write(tmp_path / "r", run())
    assert result_stored.shown(tmp_path / "r").assessment.protocol == "treadmill_rear"


def test_pieces_escape_what_they_are_given():
    tips = kit.Tips()
    evil = "<script>"
    for piece in (
        kit.badge("watch", evil),
        tips(evil, evil),
        kit.card(evil),
        kit.bullets([evil]),
        kit.more(evil, evil, name="x"),
        kit.jump(evil, 1.0),
        kit.facts([(evil, evil)]),
        kit.section(evil, evil),
    ):
        assert evil not in piece
        assert "&lt;script&gt;" in piece
    assert kit.literal("*a*_b_[c](d)") == r"\*a\*\_b\_\[c\]\(d\)"


def test_the_name_of_a_measure_is_explained_where_it_stands_first(desk):
    tips = kit.Tips()
    said = tips.sentence("Hip drop (left) 12°; <b> hip drop (right) 3°; cadence 170 steps/min")
    assert words(said) == (
        "Hip drop How far the pelvis sinks on the side of the free leg. (left) 12°; &lt;b&gt; hip drop (right) 3°; "
        "cadence Steps a minute. 170 steps/min"
    )
    assert tips.sentence("Hip drop") == "Hip drop"
    assert kit.Tips().sentence("nothing to explain") == "nothing to explain"
    verdict = markup(opened(desk.ended("done", assessment=squat()).id)).partition("</section>")[0]
    assert "Knee valgus How far the knee falls inwards of the line from hip to ankle." in words(verdict)


def test_sizes_in_words():
    assert [kit.size_text(n) for n in (10, 2_000, 162_647, 5_136_422, 1_200_000_000)] == [
        "1 kB", "2 kB", "163 kB", "5.1 MB", "1200 MB",
    ]  # fmt: skip
