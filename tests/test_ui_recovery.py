"""The pages of the way back to running, run as Streamlit runs them, on a real store."""

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import formcheck.ui
from formcheck import criteria, scoring, store
from formcheck.recovery import own_tests
from formcheck.recovery import records as r
from formcheck.recovery.rules import load
from formcheck.results import encoding
from formcheck.types import MetricResult
from formcheck.ui.person import squat_results

PAGES = Path(formcheck.ui.__file__).parent / "pages"
HERE = "0" * 32
TODAY = date.today()
LADDER = load().ladder


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def shown(monkeypatch):
    """The markup that pages show, by its key.

    What all of them call is left as it is: a module that is first loaded meanwhile would keep a stand-in for good.
    """
    found = {}

    def component(name):
        return lambda *, key, data, **_: found.update({key: data["html"]})

    monkeypatch.setattr("formcheck.ui.components.sheet.component", component)
    return found


def free(home, *records, client=None):
    """Keep records of somebody who has answered the five questions with no."""
    keep(home, r.RedFlagAnswers(TODAY), *records, client=client)


def page(name):
    at = AppTest.from_file(str(Path(formcheck.__file__).parents[1] / "app.py"), default_timeout=180)
    at.session_state["formcheck_workspace"] = HERE
    at.run()
    at.switch_page(str(PAGES / f"{name}.py")).run()
    assert not at.exception
    return at


def keep(home, *records, client=None):
    with store.open_store(home) as opened:
        for record in records:
            opened.add_record(HERE, client, record)


def known(home, client=None):
    with store.open_store(home) as opened:
        return opened.evidence(HERE, client)


def press(at, label):
    next(b for b in at.button if b.label == label).click()
    at.run()
    assert not at.exception
    return at


def painless(*kinds, day=TODAY):
    return [r.PainScore(day, kind, 0) for kind in kinds]


def squat_analysis(home, side, *, reps=20, fppa=6.0, error=2.0, usable=True, protocol="single_leg_squat"):
    """A finished analysis, as far as the board reads it; its finding is what formcheck says of such a value."""
    metric = MetricResult("knee_fppa_deg", side, "deg", fppa, per_cycle=(fppa,) * reps, measurement_error=error)
    (finding,) = scoring.find([metric], protocol, criteria=criteria.load())
    source = home.parent / f"{side}{protocol}.mp4"
    source.write_bytes(f"{side}{protocol}".encode())
    with store.open_store(home) as opened:
        clip = opened.add_clip(HERE, source, name=f"{side}.mp4")
        analysis = opened.queue(HERE, clip.id, {})
        opened.take("w")
        analysis.folder.mkdir()
        content = {
            "protocol": protocol,
            "leg": side,
            "quality": {"usable": usable},
            "verdict": {"status": "pass" if usable else "not_assessable"},
            "metrics": [
                encoding._metric(metric),
                {"id": "reps_valid", "side": side, "value": reps},
            ],
            "findings": [encoding._finding(finding)],
        }
        (analysis.folder / "assessment.json").write_text(json.dumps(content))
        opened.finish(analysis.id, "w", "done", protocol=protocol, leg=side)
    return analysis


def test_someone_new_answers_five_questions_and_learns_what_is_missing(home, shown):
    at = page("clearance")
    assert [radio.value for radio in at.radio[:5]] == [None] * 5
    press(at, "Keep the answers")
    assert "answer all five" in at.warning[0].value
    for radio in at.radio[:5]:
        radio.set_value("No")
    press(at, "Keep the answers")
    assert known(home).red_flags == (r.RedFlagAnswers(TODAY),)
    assert "Not yet, because the squat test is missing" in shown["board"]
    assert shown["board"].count("Not yet tested") == 4


def test_one_yes_stands_above_everything(home, shown):
    at = page("clearance")
    for i, radio in enumerate(at.radio[:5]):
        radio.set_value("Yes" if i == 1 else "No")
    press(at, "Keep the answers")
    assert "See a clinician" in shown["board"]
    assert "visible swelling" in shown["board"]


def test_analyses_of_both_legs_and_what_was_felt_make_a_board(home, shown):
    left, right = squat_analysis(home, "left"), squat_analysis(home, "right", fppa=12.0)
    squat_analysis(home, "left", protocol="step_down", fppa=30.0)
    run = r.RunSession(TODAY - timedelta(days=2), 25, 0, 25, pain_next_morning=0)
    strength = [r.StrengthTest(TODAY, "hip_abduction", side, "kg", (20.0, 20.1, 19.9)) for side in ("left", "right")]
    keep(home, r.RedFlagAnswers(TODAY), *painless("squat_left", "squat_right", "stairs"), run, *strength)
    page("clearance")
    board = shown["board"]
    assert "Clear to run" in board
    assert f"/result?id={left.id}" in board and f"/result?id={right.id}" in board
    assert "range to watch" in board
    assert "step-down clip, left leg, knee valgus 30° ± 2°: " in board


@pytest.mark.parametrize(
    ("analysis", "words"),
    [
        ({"reps": 12}, "12 valid repetitions of 20"),
        ({"fppa": 19.0}, "falls in too far"),
        ({"fppa": 14.0}, "too close to the limit"),
        ({"fppa": 9.0}, "range to watch, or nearly so"),
        ({"usable": False}, "could not be judged"),
    ],
)
def test_what_a_clip_showed_decides_the_squat_criterion(home, shown, analysis, words):
    squat_analysis(home, "left", **analysis)
    squat_analysis(home, "right")
    keep(home, r.RedFlagAnswers(TODAY), *painless("squat_left", "squat_right"))
    page("clearance")
    assert words in shown["board"]


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"metrics": [1], "findings": []}', '{"metrics": [], "findings": [{}]}', '{"metrics": 3}'],
)
def test_a_damaged_result_says_nothing_and_breaks_no_page(home, shown, content):
    analysis = squat_analysis(home, "left")
    (analysis.folder / "assessment.json").write_text(content)
    page("clearance")
    assert "valid repetitions" not in shown["board"]
    page("plan")


def test_a_worse_knee_never_makes_a_better_board(home):
    ranks = []
    for fppa in np.arange(0.0, 22.0, 0.5):
        squat_analysis(home, "left", fppa=float(fppa))
        with store.open_store(home) as opened:
            clips = squat_results(opened.analyses(HERE)[:1], {})
        state = own_tests.squat(r.Evidence(squats=clips, pain=tuple(painless("squat_left"))), TODAY, load())
        ranks.append(("not_met", "uncertain", "untested").index(state.state))
    assert ranks == sorted(ranks, reverse=True)
    assert set(ranks) == {0, 1, 2}


def test_a_clip_counts_from_the_day_of_its_visit(home, shown):
    squat_analysis(home, "left")
    with store.open_store(home) as opened:
        visit = opened.add_visit(HERE, None, TODAY - timedelta(days=15))
        opened.assign(opened.analyses(HERE)[0].id, HERE, client_id=None, visit_id=visit.id)
    keep(home, *painless("squat_left"))
    page("clearance")
    assert "(15 days ago)" in shown["board"]
    assert "Too old" in shown["board"]


def test_pain_in_the_tests_is_kept_as_it_was_said(home, shown):
    keep(home, r.RedFlagAnswers(TODAY))
    at = page("clearance")
    at.button_group(key="pain_stairs").set_value(0)
    next(b for b in at.button if b.label == "Keep").click()
    at.run()
    assert known(home).pain == (r.PainScore(TODAY, "stairs", 0),)
    assert "No pain walking down stairs" in shown["board"]


def test_a_decision_needs_its_reason(home, shown):
    keep(home, r.RedFlagAnswers(TODAY))
    at = press(page("clearance"), "Keep the decision")
    assert "needs a reason" in at.warning[0].value
    at.text_input[-2].set_value("old scar")
    at.text_input[-1].set_value("M. <b>Ferrer</b>")
    press(at, "Keep the decision")
    assert known(home).overrides[0].by == "M. <b>Ferrer</b>"
    assert "M. &lt;b&gt;Ferrer&lt;/b&gt;" in shown["board"]
    assert "Without this decision: The squat test is missing" in shown["board"]
    [b for b in at.button if b.label == "Take back"][-1].click()
    at.run()
    assert known(home).overrides == ()


def test_what_a_clinician_looked_into_lets_the_board_go_on(home, shown):
    keep(home, r.RedFlagAnswers(TODAY, ("swelling",)))
    at = page("clearance")
    assert "See a clinician before you run on: visible swelling." in shown["board"]
    at.text_input[-2].set_value("old bursa, settled")
    at.text_input[-1].set_value("M. Ferrer")
    press(at, "Keep the decision")
    assert known(home).overrides == (r.Override(TODAY, "red_flags", True, "old bursa, settled", "M. Ferrer"),)
    assert "M. Ferrer looked into this" in shown["board"]
    assert "Not yet, because" in shown["board"]


def test_the_plan_asks_the_questions_first_and_withholds_runs_after_a_yes(home, shown):
    keep(home, *painless("walking", "daily_life", "stairs", "exercises"))
    at = page("plan")
    assert len(at.radio) == 5
    assert not {"plan_files", "exercises"} & set(shown)
    for i, radio in enumerate(at.radio):
        radio.set_value("Yes" if i == 3 else "No")
    press(at, "Keep the answers")
    assert "See a clinician before you run on: the knee gives way, locks or catches." in shown["top"]
    assert not {"plan_files", "exercises"} & set(shown)
    assert not any("Run 1 min" in m.value for m in at.markdown)


def test_the_phase_follows_from_pain_and_runs(home, shown):
    free(home)
    page("plan")
    assert "Phase 1" in shown["phase"]
    keep(home, *painless("walking", "daily_life", "stairs"))
    page("plan")
    assert "Phase 2" in shown["phase"]
    keep(home, *painless("exercises"))
    at = page("plan")
    assert "Phase 3" in shown["phase"]
    assert any("Run 1 min, walk 1 min, 10 times" in m.value for m in at.markdown)
    assert shown["plan_files"].count('href="/fc/saved/') == 2


def test_a_run_is_logged_with_what_the_plan_asked_for(home, shown):
    free(home, *painless("walking", "daily_life", "stairs", "exercises"))
    at = page("plan")
    press(at, "Log it")
    assert "how much it hurt" in at.warning[0].value
    at.button_group(key="run_pain_0").set_value(1)
    press(at, "Log it")
    assert known(home).runs == (r.RunSession(TODAY, 10, 9, 1, "flat", 1, None),)
    assert at.button_group(key="run_pain_1").value is None, "the pain of the last run is not that of the next"
    press(at, "Take back")
    assert known(home).runs == ()


def test_the_morning_after_is_asked_for_and_completes_the_run(home, shown):
    free(home, *painless("walking", "daily_life", "stairs", "exercises"))
    keep(home, r.RunSession(TODAY - timedelta(days=1), 10, 9, 1))
    at = page("plan")
    at.button_group(key="morning_pain").set_value(0)
    next(b for b in at.button if b.label == "Keep").click()
    at.run()
    assert known(home).runs[0].pain_next_morning == 0
    assert any("day of rest" in info.value for info in at.info)


def test_exercises_follow_from_what_the_clips_showed(home, shown):
    free(home)
    squat_analysis(home, "left", fppa=18.0)
    page("plan")
    assert "Why: Knee valgus" in shown["exercises"]
    assert "left" in shown["exercises"].split("Why: ")[1].split("Source")[0]
    assert "Source: Herrington 2014, PMID 24380805" in shown["exercises"]
    assert "<svg" in shown["exercises"]
    assert "Wall sit" not in shown["exercises"]


def test_the_plan_ends_and_locks_open(home, shown):
    start = TODAY - timedelta(days=56)
    steps = [step for step in LADDER for _ in range(2)] + [LADDER[-1]] * 10
    runs = [
        r.RunSession(start + timedelta(days=2 * i), s.total_run_min, 9, s.run_min, "flat", 0, 0)
        for i, s in enumerate(steps)
    ]
    free(home, *painless("walking", "daily_life", "stairs", "exercises"), *runs)
    at = page("plan")
    assert "Phase 4" in shown["phase"]
    assert "done" in at.success[0].value
    assert sum("lock_open" in m.value for m in at.markdown) == 2
    assert any("At most" in m.value for m in at.markdown)


def test_a_run_of_yesterday_is_logged_with_its_morning(home, shown):
    free(home, *painless("walking", "daily_life", "stairs", "exercises"))
    at = page("plan")
    at.button_group(key="run_pain_0").set_value(0)
    at.button_group(key="surface_0").set_value("treadmill")
    at.button_group(key="run_morning_0").set_value(0)
    press(at, "Log it")
    assert "still to come" in at.warning[0].value
    at.date_input(key="run_day_0").set_value(TODAY - timedelta(days=1))
    press(at, "Log it")
    assert known(home).runs == (r.RunSession(TODAY - timedelta(days=1), 10, 9, 1, "treadmill", 0, 0),)
    assert at.button_group(key="surface_1").value == "treadmill"


def test_worn_shoes_are_put_away(home, shown):
    free(home, r.Shoe("Blue", TODAY, 650.0))
    at = page("plan")
    assert any("150 km left" in t.value for t in at.text)
    press(at, "Put away")
    assert known(home).shoes == (r.Shoe("Blue", TODAY, 650.0, TODAY),)
    assert not any("Blue" in t.value for t in at.text)


def test_clients_have_their_own_way_back(home, shown):
    with store.open_store(home) as opened:
        client = opened.add_client(HERE, "Carla *x* ![](http://example.org/a.png)")
    keep(home, *painless("walking", "daily_life", "stairs"), client=client.id)
    at = page("plan")
    assert "Phase 1" in shown["phase"]
    at.selectbox[0].set_value(client.id).run()
    assert "Phase 2" in shown["phase"]


def test_the_knee_score_is_kept_and_compared(home):
    keep(home, r.AkpsAnswers(TODAY - timedelta(days=40), (1,) * 13))
    at = page("knee_score")
    press(at, "Keep")
    assert "still open" in at.warning[0].value
    for radio in at.radio:
        radio.set_value(0)
    press(at, "Keep")
    assert at.metric[0].value == "100 of 100"
    assert any("more than the scale's own scatter" in m.value for m in at.markdown)
