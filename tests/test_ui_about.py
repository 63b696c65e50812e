"""The page about the numbers: everything in force is on it, with its source, and nothing is made up."""

import pytest
from streamlit.testing.v1 import AppTest

from formcheck import criteria
from formcheck.cli.launch import app_file
from formcheck.report.advice import LIMITS
from formcheck.types import PROTOCOLS
from formcheck.ui import facts
from formcheck.wording import PROTOCOL_TITLES

IN_FORCE = criteria.load()
PAGE = str(app_file().parent / "formcheck" / "ui" / "pages" / "about.py")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORMCHECK_HOME", str(tmp_path_factory.mktemp("home")))
        yield AppTest.from_file(PAGE, default_timeout=180).run()


def text(page):
    return "\n".join(
        [*(m.value for m in page.markdown), *(c.value for c in page.caption), *(c.value for c in page.code)]
    )


def test_it_shows(page):
    assert not page.exception
    assert page.title[0].value == "About the numbers"
    assert [tab.label for tab in page.tabs] == [
        "Limits in force",
        "Accuracy",
        "What it cannot tell",
        "Privacy",
        "Versions",
    ]


@pytest.mark.parametrize("protocol", [*PROTOCOLS, None])
def test_every_criterion_of_a_test_stands_there_with_its_source(page, protocol):
    page.selectbox[0].select(PROTOCOL_TITLES[protocol] if protocol else "What you enter yourself").run()
    shown = text(page)
    rows = facts.criteria_of(IN_FORCE, protocol)
    assert rows
    for row in rows:
        limits, source, note = facts.criterion_lines(row, IN_FORCE)
        assert limits in shown
        assert source in shown
        assert note in shown
        assert IN_FORCE.reference(row).citation in source
    assert shown.count(":primary-badge[decides]") == sum(row.decides for row in rows)


def test_a_number_without_a_unit_says_what_it_is_a_share_of():
    row = next(row for row in IN_FORCE.criteria if row.metric_id == "step_width_ratio")
    assert "compared with the width of the hips" in facts.criterion_lines(row, IN_FORCE)[2]


def test_no_criterion_is_left_out():
    shown = {row.id for p in (*PROTOCOLS, None) for row in facts.criteria_of(IN_FORCE, p)}
    assert shown == {row.id for row in (*IN_FORCE.criteria, *IN_FORCE.by_hand)}


def test_those_that_decide_come_first():
    rows = [row.decides for row in facts.criteria_of(IN_FORCE, "single_leg_squat")]
    assert rows == sorted(rows, reverse=True)
    assert any(rows)


def test_accuracy_is_told_as_the_document_tells_it(page):
    document = facts.accuracy_page()
    rows = facts.accuracy_rows(document)
    assert len(rows) > 15
    shown = text(page)
    for row in rows:
        assert f"{row['what'][1:]}**  \n{row['formcheck']}" in shown
        assert row["formcheck"] in document
    assert {row[""] for row in rows} <= {"met", "not met", "too few"}
    assert facts.measured_on(document) in shown
    assert "None of these numbers comes from people" in shown


def test_without_the_document_it_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("FORMCHECK_HOME", str(tmp_path))
    monkeypatch.setattr(facts, "accuracy_page", lambda: "")
    page = AppTest.from_file(PAGE, default_timeout=180).run()
    assert not page.exception
    assert "missing" in page.info[0].value


def test_parts_of_a_document_end_where_the_next_begins():
    document = "# A\n\nfirst\n\n## B\n\nsecond\n\n<!-- mark -->\nthird\n## B and more\nfourth\n"
    assert facts.part(document, "A") == "first"
    assert facts.part(document, "B") == "second"
    assert facts.part(document, "C") == ""
    assert facts.accuracy_rows(document) == []


def test_limits_privacy_and_place_are_told(page, monkeypatch):
    shown = text(page)
    for line in LIMITS:
        assert line in shown
    assert "sends nothing anywhere" in shown
    assert any("home" in code.value for code in page.code)


def test_every_library_has_a_licence():
    rows = facts.licences()
    names = {name.lower() for name, _, _ in rows}
    assert {"streamlit", "mediapipe", "av", "starlette", "numpy", "scikit-learn"} <= names
    assert "pytest" not in names
    for name, version, licence in rows:
        assert version, name
        assert 2 < len(licence) <= 60, (name, licence)
        assert "see the package" not in licence, name


def test_a_folder_is_measured(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"x" * 10)
    assert facts.folder_bytes(tmp_path) == 10
    assert facts.folder_bytes(tmp_path / "nowhere") == 0
