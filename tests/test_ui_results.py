import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from formcheck import jobs
from formcheck.store import open_store
from formcheck.ui import result_rows
from formcheck.ui.components import result_list as component
from formcheck.ui.components.result_list import Wish

ROOT = Path(__file__).parents[1]
HERE = "a" * 32


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(jobs.start, "ensure_worker", lambda home: None)
    monkeypatch.setattr(jobs, "ensure_worker", lambda home: None)
    with open_store(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def rows(monkeypatch):
    """What the list is asked to show; `wish` is what somebody clicks next."""

    class List:
        shown = ()
        wish = None

        def __call__(self, rows):
            self.shown = rows
            clicked, self.wish = self.wish, None
            return clicked

    stand_in = List()
    monkeypatch.setattr(component, "result_list", stand_in)
    return stand_in


@pytest.fixture
def page(store, rows):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    at.session_state["formcheck_workspace"] = HERE
    at.run()
    return at.switch_page("formcheck/ui/pages/results.py")


@pytest.fixture
def clip(store, tmp_path):
    source = tmp_path / "run.mp4"
    source.write_bytes(b"run")
    return store.add_clip(HERE, source, name="run.mp4")


def ended(store, clip, status="done", protocol=None, verdict=None, **said):
    wanted = store.queue(HERE, clip.id, {}, client_id=said.pop("client_id", None))
    store.take("w")
    store.finish(wanted.id, "w", status, protocol=protocol, verdict=verdict, **said)
    return store.analysis(wanted.id, HERE)


def run(at):
    at.run()
    assert not at.exception
    return at


def test_nothing_yet_has_a_next_step(page):
    run(page)
    assert "No results yet" in page.info[0].value
    assert page.get("page_link")


def test_own_results_newest_first_and_nobody_elses(page, store, clip, rows, tmp_path):
    first, second = ended(store, clip), ended(store, clip, "refused", error="too short")
    source = tmp_path / "other.mp4"
    source.write_bytes(b"other")
    theirs = store.add_clip("b" * 32, source, name="other.mp4")
    store.queue("b" * 32, theirs.id, {})
    run(page)
    assert [row["id"] for row in rows.shown] == [second.id, first.id]
    assert rows.shown[0]["headline"] == "Too short."
    assert not rows.shown[0]["address"]
    assert rows.shown[1]["address"] == f"/result?id={first.id}"


def test_delete_takes_row_and_folder(page, store, clip, rows):
    made = ended(store, clip)
    made.folder.mkdir()
    run(page)
    rows.wish = Wish("delete", made.id)
    run(page)
    assert store.analysis(made.id, HERE) is None
    assert not made.folder.exists()


@pytest.mark.parametrize(("status", "in_all"), [("done", 2), ("failed", 1)])
def test_again_makes_a_new_result_or_tries_the_old_one(page, store, clip, rows, status, in_all):
    made = ended(store, clip, status)
    run(page)
    rows.wish = Wish("again", made.id)
    run(page)
    assert store.count_analyses(HERE) == in_all
    assert store.analyses(HERE)[0].status == "queued"
    assert page.title[0].value == "New analysis"


def test_a_wish_for_somebody_elses_result_does_nothing(page, store, clip, rows, tmp_path):
    ended(store, clip)
    run(page)
    rows.wish = Wish("delete", "f" * 32)
    run(page)
    assert store.count_analyses(HERE) == 1


def test_filters_by_test_and_client(page, store, clip, rows):
    anna = store.add_client(HERE, "Anna")
    squat = ended(store, clip, protocol="single_leg_squat", verdict="pass", client_id=anna.id)
    ended(store, clip, protocol="treadmill_rear", verdict="pass")
    run(page)
    assert len(rows.shown) == 2
    page.selectbox(key="test").set_value("single_leg_squat")
    run(page)
    assert [row["id"] for row in rows.shown] == [squat.id]
    assert rows.shown[0]["client"] == "Anna"
    page.selectbox(key="test").set_value("step_down")
    run(page)
    assert rows.shown == []
    assert "Nothing fits" in page.info[0].value
    page.selectbox(key="test").set_value("all")
    page.selectbox(key="client").set_value(anna.id)
    run(page)
    assert [row["id"] for row in rows.shown] == [squat.id]


def test_a_thousand_results_are_paged_and_quick(page, store, clip, rows):
    with store._writing() as db:
        db.executemany(
            "INSERT INTO analyses (id, workspace, clip_id, status, settings, created_s, queued_s)"
            " VALUES (?, ?, ?, 'done', '{}', ?, 0)",
            [(f"{i:032x}", HERE, clip.id, float(i)) for i in range(1000)],
        )
    run(page)
    before = time.process_time()
    page.number_input(key="page_number").set_value(20)
    run(page)
    assert time.process_time() - before < 0.3
    assert len(rows.shown) == 50
    assert rows.shown[-1]["id"] == f"{0:032x}"


def test_a_page_that_is_no_longer_there_is_left(page, store, clip, rows, monkeypatch):
    monkeypatch.setattr(result_rows, "PAGE_ROWS", 2)
    for _ in range(5):
        store.queue(HERE, clip.id, {})
    run(page)
    page.number_input(key="page_number").set_value(3)
    run(page)
    rows.wish = Wish("delete", rows.shown[0]["id"])
    run(page)
    assert len(rows.shown) == 2
    assert page.number_input(key="page_number").value == 2


@pytest.mark.parametrize(
    ("protocol", "verdict", "headline", "told"),
    [
        ("single_leg_squat", "pass", "", ("within", "✓", "Pass")),
        ("single_leg_squat", "fail", "", ("outside", "✕", "Not passed")),
        ("treadmill_rear", "pass", "Nothing in this run stands out", ("within", "✓", "No concern")),
        ("treadmill_rear", "pass", "One thing in this run is worth working on", ("watch", "!", "Worth a look")),
        ("treadmill_side", "not_assessable", "", ("not_assessable", "–", "Not scored")),
    ],
)
def test_badges_are_colour_symbol_and_word(store, clip, protocol, verdict, headline, told):
    assert result_rows.badge(ended(store, clip, protocol=protocol, verdict=verdict, headline=headline)) == told


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("the disk is full", "The disk is full."),
        ("knee.mp4 shows nobody", "knee.mp4 shows nobody."),
        ("Film again!", "Film again!"),
        ("", ""),
    ],
)
def test_an_errors_line_is_a_sentence_and_a_clip_keeps_its_name(line, said):
    assert result_rows.sentence(line, "knee.mp4") == said


def test_a_row_is_for_the_list_alone_to_write(store, clip):
    made = ended(store, clip, protocol="step_down", leg="right", verdict="pass", headline="<b>Good</b>")
    row = result_rows.row(made, {})
    assert row["test"] == "Step-down test, right leg"
    assert row["again"] == "Analyse again"
    script = Path(component.__file__).with_name("result_list.js").read_text(encoding="utf-8")
    assert "innerHTML" not in script
