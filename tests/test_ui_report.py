"""The report page: the clips of a visit or of one go, the clinic that is kept, and the two files that come out."""

import io
import json
from datetime import date
from pathlib import Path

import pypdf
import pytest
from athletes import run as runner
from athletes import squat
from PIL import Image
from streamlit.testing.v1 import AppTest

from formcheck import jobs, results
from formcheck.report.letterhead import Letterhead, checked_logo
from formcheck.store import Clinic, open_store
from formcheck.ui import report_work

ROOT = Path(__file__).parents[1]
HERE = "a" * 32


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(jobs.start, "ensure_worker", lambda home: None)
    with open_store(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def page(store):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.session_state["formcheck_workspace"] = HERE
    return at.switch_page("formcheck/ui/pages/report.py")


def run(at):
    at.run()
    assert not at.exception, at.exception[0].message if at.exception else ""
    return at


def sheets(at):
    return [json.loads(e.proto.json).get("html", "") for e in at.main if e.type == "bidi_component"]


def stored(store, tmp_path, made, name, **more):
    source = tmp_path / name
    source.write_bytes(name.encode())
    clip = store.add_clip(HERE, source, name=name)
    wanted = store.queue(HERE, clip.id, {}, **more)
    store.take("w")
    results.write(made, made.pose, wanted.folder)
    store.finish(wanted.id, "w", "done", protocol=made.protocol, leg=made.leg, verdict="pass", headline="Looks good")
    return store.analysis(wanted.id, HERE)


@pytest.fixture
def visit(store, tmp_path):
    client = store.add_client(HERE, "Łucja *Ω*")
    made = store.add_visit(HERE, client.id, date(2026, 11, 7))
    for one, name in ((runner(duration_s=2.5), "rear.mp4"), (squat(), "squat.mp4")):
        analysis = stored(store, tmp_path, one, name)
        store.assign(analysis.id, HERE, client_id=client.id, visit_id=made.id)
    return made


def logo():
    stream = io.BytesIO()
    Image.new("RGB", (200, 80), "teal").save(stream, "PNG")
    return checked_logo(stream.getvalue())


def test_the_clips_of_a_visit_become_one_report_in_the_clinics_name(page, store, visit):
    store.set_clinic(HERE, Clinic("Praxis Łódź", logo()))
    page.query_params["visit"] = visit.id
    run(page)
    assert len(page.multiselect[0].value) == 2
    assert page.text_input[1].value == "Łucja *Ω*"
    next(b for b in page.button if b.label == "Make the report").click()
    run(page)
    made = page.session_state[f"report-{visit.id}-made"]
    first = " ".join(pypdf.PdfReader(io.BytesIO(made.paper)).pages[0].extract_text().split())
    for words in ("Praxis Łódź", "Łucja *Ω*", "7 November 2026", "Run", "Single-leg squat test"):
        assert words in first
    assert "Praxis Łódź" in made.page
    links = next(html for html in sheets(page) if "Save the PDF" in html)
    assert links.index("Save the PDF") < links.index("Save the web page")
    assert links.count('href="/fc/saved/') == links.count(" download>") == 2
    assert "Łucja" not in links
    assert not page.get("download_button") and not page.get("imgs"), "Streamlit would hand them to anybody"
    assert any('src="data:image/png;base64,' in html for html in sheets(page)), "the logo"


def test_the_clinic_is_kept_for_this_browsers_work(page, store, visit):
    page.query_params["visit"] = visit.id
    run(page)
    page.text_input[0].set_value("Praxis am Park")
    next(b for b in page.button if b.label == "Keep").click()
    run(page)
    assert store.clinic(HERE) == Clinic("Praxis am Park")
    assert store.clinic("b" * 32) == Clinic()


def test_clips_of_one_go_come_together_and_one_alone_stands_alone(store, tmp_path):
    left = stored(store, tmp_path, runner(duration_s=2.5), "a.mp4", group="g")
    right = stored(store, tmp_path, runner(protocol="treadmill_side", duration_s=2.5), "b.mp4", group="g")
    alone = stored(store, tmp_path, runner(duration_s=2.5), "c.mp4")
    assert {a.id for a in report_work.of_analysis(store, left.id, HERE).analyses} == {left.id, right.id}
    assert [a.id for a in report_work.of_analysis(store, alone.id, HERE).analyses] == [alone.id]
    assert report_work.of_analysis(store, alone.id, "b" * 32) is None


def test_nothing_to_report_on_says_so(page, store):
    client = store.add_client(HERE, "Anna")
    page.query_params["visit"] = store.add_visit(HERE, client.id, date(2026, 11, 7)).id
    run(page)
    assert "no finished result" in page.info[0].value


def test_a_damaged_result_is_one_line_and_no_report(page, store, visit):
    for analysis in store.analyses(HERE):
        (analysis.folder / "assessment.json").write_text("{")
    page.query_params["visit"] = visit.id
    run(page)
    next(b for b in page.button if b.label == "Make the report").click()
    run(page)
    assert len(page.error) == 1
    assert not any("Save the PDF" in html for html in sheets(page))


def test_drawings_go_along_only_where_they_are_wanted(store, tmp_path):
    analysis = stored(store, tmp_path, runner(duration_s=2.5), "a.mp4")
    store.annotate(analysis.id, HERE, {"kind": "line", "points": [[10, 10], [50, 50]]}, first_frame=3, last_frame=8)
    (drawn,) = report_work.drawn(store, analysis)
    assert (drawn.first, drawn.last, drawn.drawing.kind) == (3, 8, "line")
    asked = []

    def remember(sources, *rest, **options):
        asked.append(sources)
        raise InterruptedError

    for wanted in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("formcheck.handout.make", remember)
            with pytest.raises(InterruptedError):
                report_work.make(store, [analysis], Letterhead(), blur_faces=False, with_drawings=wanted)
    assert [len(sources[0].drawn) for sources in asked] == [1, 0]
