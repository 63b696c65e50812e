"""Somebody with a sore knee and no client: questions, two squat tests, what is missing, runs, the next phase."""

import re
import wave
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from icalendar import Calendar
from visitors import go, mirror, shown_faults

from formcheck.recovery.records import PainScore, RedFlagAnswers, RunSession
from formcheck.recovery.rules import load
from formcheck.store import open_store

TODAY = date.today()
COUNT_TAPS = "window.taps = 0; document.addEventListener('click', (e) => e.isTrusted && window.taps++, true)"
OWN_SPM = 160


def choose(page, question, answer):
    page.get_by_role("radiogroup", name=question).get_by_text(answer, exact=True).click()


def keep(page, label="Keep"):
    page.locator("button:visible").get_by_text(label, exact=True).first.click()


def log_run(page, day):
    """Log the run that the plan asks for, as of another day, then its painless morning."""
    form = page.locator("[data-testid=stForm]").filter(has_text="Log a run")
    form.get_by_text("More: longest stretch, day").click()
    field = form.get_by_test_id("stDateInputField")
    field.fill(f"{day:%Y/%m/%d}")
    field.press("Tab")
    choose(page, "Pain during the run, 0 to 10", "0")
    keep(page, "Log it")
    tell_morning(page, day)


def tell_morning(page, day):
    asked = page.get_by_text(f"after the run of {day.day} {day:%B}")
    asked.wait_for()
    choose(page, "Pain, 0 to 10", "0")
    keep(page)
    asked.wait_for(state="detached")


def answer_no(page):
    for asked in load().questions:
        choose(page, asked.question, "No")
    keep(page, "Keep the answers")


def ready_to_run(visitor):
    """All that phase 3 asks for is on record."""
    kinds = ("walking", "daily_life", "stairs", "exercises")
    put(visitor, RedFlagAnswers(TODAY), *(PainScore(TODAY, kind, 0) for kind in kinds))


def put(visitor, *records):
    with open_store(visitor.app.home) as store:
        for record in records:
            store.add_record(visitor.workspace, None, record)


def runs_of(visitor):
    with open_store(visitor.app.home) as store:
        return store.records(visitor.workspace, None, "runs")


def test_from_the_questions_through_two_squat_tests_to_the_next_phase(visit, result_of):
    visitor = visit(width=390)
    page = visitor.open("/clearance")
    answer_no(page)
    board = page.locator(".st-key-board")
    board.get_by_text("Not yet, because the squat test is missing for both legs").wait_for()
    assert board.locator(".badge", has_text="Not yet tested").count() == 4
    look_at_the_board(page, board, [result_of(visitor), result_of(visitor, change=mirror)], visitor)
    go(page, f"{visitor.app.address}/plan")
    page.get_by_text("Phase 1: Calm the knee down").wait_for()
    for doing in ("Walking", "Daily life", "Stairs"):
        choose(page, doing, "0")
    keep(page)
    page.get_by_text("Phase 2: Strengthen hip and thigh").wait_for()
    choose(page, "Hip and thigh exercises", "0")
    keep(page)
    page.get_by_text("Phase 3: Run and walk").wait_for()
    climb_to_the_next_phase(page, visitor)
    assert shown_faults(page) == []


def look_at_the_board(page, board, tests, visitor):
    """Two short sets: what they showed is there with its day, and what is missing is said in one sentence."""
    go(page, f"{visitor.app.address}/clearance")
    board.get_by_text("2 valid repetitions of 20").first.wait_for()
    top = board.locator(".verdict").inner_text()
    assert "Not yet, because the left leg did 2 valid repetitions of 20; the right leg did 2 valid" in top
    cards = board.locator(".cards").inner_text()
    assert f"{TODAY.day} {TODAY:%b %Y} (today): left leg: 2 valid repetitions, knee valgus" in cards
    links = [link.get_attribute("href") for link in board.locator("a").all()]
    assert sorted(links) == sorted(f"/result?id={one}" for one in tests)
    assert board.locator(".badge", has_text="Not yet tested").count() == 3
    assert "Clear to run" not in top + cards
    board.locator("a").first.click()
    page.locator(".verdict .word").get_by_text("Not passed").wait_for()
    assert shown_faults(page) == []


def climb_to_the_next_phase(page, visitor):
    two_runs_ago, last = (TODAY - timedelta(days=days) for days in (3, 1))
    steps = [step for step in load().ladder for _ in range(load().times_each)][:-2]
    days = [two_runs_ago - timedelta(days=2 * back) for back in range(len(steps), 0, -1)]
    done = zip(days, steps, strict=True)
    put(visitor, *(RunSession(day, s.total_run_min, 0, s.run_min, pain_next_morning=0) for day, s in done))
    go(page, f"{visitor.app.address}/plan")
    page.get_by_text(re.compile("^.*Run 30 min without a break.*time 1 of 2")).first.wait_for()
    log_run(page, two_runs_ago)
    page.get_by_text(re.compile("^.*Run 30 min without a break.*time 2 of 2")).first.wait_for()
    log_run(page, last)
    page.get_by_text("Phase 4: Normal training").wait_for()


def test_one_yes_stands_above_the_board_and_withholds_the_plan(visit):
    visitor = visit(width=390)
    page = visitor.open("/plan")
    for number, asked in enumerate(load().questions):
        choose(page, asked.question, "Yes" if number == 0 else "No")
    keep(page, "Keep the answers")
    words = "See a clinician before you run on: no improvement after 4–6 weeks."
    page.locator(".verdict").get_by_text(words).wait_for()
    assert page.get_by_text("Exercises for this phase").count() == page.get_by_text("Calendar (ICS)").count() == 0
    go(page, f"{visitor.app.address}/clearance")
    page.locator(".verdict").get_by_text(words).wait_for()


def test_a_run_is_logged_in_two_taps_and_its_morning_in_two(visit):
    visitor = visit(width=390)
    page = visitor.open("/clearance")
    ready_to_run(visitor)
    go(page, f"{visitor.app.address}/plan")
    page.evaluate(COUNT_TAPS)
    choose(page, "Pain during the run, 0 to 10", "0")
    keep(page, "Log it")
    page.get_by_text("A day of rest comes first").wait_for()
    assert page.evaluate("window.taps") == 2
    first = load().ladder[0]
    ((record_id, run),) = runs_of(visitor)
    walked = first.walk_min * (first.rounds - 1)
    assert run == RunSession(TODAY, first.total_run_min, walked, first.run_min)
    yesterday = TODAY - timedelta(days=1)
    with open_store(visitor.app.home) as store:
        store.replace_record(record_id, visitor.workspace, replace(run, day=yesterday))
    go(page, f"{visitor.app.address}/plan")
    page.evaluate(COUNT_TAPS)
    tell_morning(page, yesterday)
    assert page.evaluate("window.taps") == 2
    assert runs_of(visitor)[0][1].pain_next_morning == 0


def test_the_plan_goes_into_a_calendar_and_a_table(visit, tmp_path):
    visitor = visit()
    page = visitor.open("/clearance")
    ready_to_run(visitor)
    go(page, f"{visitor.app.address}/plan")
    saved = {label: download(page, label, tmp_path) for label in ("Calendar (ICS)", "Plan (CSV)")}
    events = list(Calendar.from_ical(saved["Calendar (ICS)"].read_bytes()).walk("VEVENT"))
    runs = [e for e in events if "RRULE" not in e]
    assert len(runs) == load().times_each * len(load().ladder)
    assert runs[0].decoded("dtstart") == TODAY
    assert sum(e["summary"] == "Hip session" for e in events) == 2
    assert saved["Plan (CSV)"].read_text().count("\n") == 1 + len(runs)


def download(page, label, folder):
    with page.expect_download() as coming:
        page.get_by_text(label, exact=True).click()
    target = folder / coming.value.suggested_filename
    coming.value.save_as(target)
    return target


def as_a_run(stored):
    """A result from behind with a known step rate, in place of the squats."""
    step_rate = {"id": "cadence_spm", "side": "both", "unit": "spm", "value": OWN_SPM}
    return {**stored, "protocol": "treadmill_rear", "leg": None, "metrics": [*stored["metrics"], step_rate]}


def test_the_metronome_plays_and_is_saved_at_its_rate(visit, result_of, tmp_path):
    visitor = visit(width=390)
    page = visitor.open("/clearance")
    ready_to_run(visitor)
    result_of(visitor, change=as_a_run)
    go(page, f"{visitor.app.address}/plan")
    page.get_by_text("Step rate and metronome").click()
    page.get_by_text("168 to 176 steps/min").wait_for()
    held = page.get_by_label("Most you can hold, steps/min (leave empty if you do not know)")
    held.fill("170")
    held.press("Enter")
    page.get_by_text("168 to 170 steps/min").wait_for()
    sound = page.locator("audio")
    sound.evaluate("(one) => { one.muted = true; return one.play(); }")
    page.wait_for_function("() => document.querySelector('audio').currentTime > 0.2")
    sound.evaluate("(one) => { one.currentTime = one.duration - 0.5; }")
    page.wait_for_function("() => document.querySelector('audio').currentTime < 5")
    assert not sound.evaluate("(one) => one.paused"), "the track ended in place of beginning anew"
    with wave.open(str(download(page, "Click track (WAV)", tmp_path))) as file:
        rate, frames = file.getframerate(), file.readframes(file.getnframes())
    loud = np.flatnonzero(np.abs(np.frombuffer(frames, "<i2").astype(float)) > 4000)
    starts = loud[np.r_[True, np.diff(loud) > 0.1 * rate]] / rate
    assert 60 / np.diff(starts).mean() == pytest.approx(168, rel=1e-3)
    go(page, f"{visitor.app.address}/plan")
    page.get_by_text("Step rate and metronome").click()
    page.get_by_text("168 to 170 steps/min").wait_for()
    assert shown_faults(page) == []
