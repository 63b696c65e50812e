"""Somebody with a sore knee and no client: questions, two squat tests, what is missing, runs, the next phase."""

import re
from datetime import date, timedelta

from visitors import go, shown_faults

from formcheck.recovery.records import RunSession
from formcheck.recovery.rules import load
from formcheck.store import open_store


def choose(page, question, answer):
    page.get_by_role("radiogroup", name=question).get_by_text(answer, exact=True).click()


def keep(page, label="Keep"):
    page.locator("button:visible").get_by_text(label, exact=True).first.click()


def log_run(page, day):
    """Log the run that the plan asks for, then its painless morning."""
    form = page.locator("[data-testid=stForm]").filter(has_text="Log a run")
    form.get_by_text("More: day, surface").click()
    field = form.get_by_test_id("stDateInputField")
    field.fill(f"{day:%Y/%m/%d}")
    field.press("Tab")
    choose(page, "Pain during the run, 0 to 10", "0")
    keep(page, "Log it")
    page.get_by_text(f"after the run of {day:%d %B}").wait_for()
    choose(page, "Pain, 0 to 10", "0")
    keep(page)
    page.get_by_text(f"after the run of {day:%d %B}").wait_for(state="detached")


def test_from_the_questions_to_the_board(visit, result_of):
    visitor = visit()
    page = visitor.open("/clearance")
    for asked in load().questions:
        choose(page, asked.question, "No")
    keep(page, "Keep the answers")
    board = page.locator(".st-key-board")
    board.get_by_text("Not yet, because the squat test is missing for both legs").wait_for()
    assert board.locator(".badge", has_text="Not yet tested").count() == 4
    tests = [result_of(visitor), result_of(visitor, mirrored=True)]
    go(page, f"{visitor.app.address}/clearance")
    board.get_by_text("2 valid repetitions of 20").first.wait_for()
    links = [link.get_attribute("href") for link in board.locator("a").all()]
    assert sorted(links) == sorted(f"/result?id={one}" for one in tests)
    assert board.locator(".badge", has_text="Not yet tested").count() == 3
    assert "Clear to run" not in board.inner_text()
    board.locator("a").first.click()
    page.locator(".verdict .word").get_by_text("Not passed").wait_for()
    assert shown_faults(page) == []


def test_painless_days_and_runs_lead_from_phase_to_phase(visit):
    visitor = visit(width=390)
    page = visitor.open("/plan")
    page.get_by_text("Phase 1: Calm the knee down").wait_for()
    for doing in ("Walking", "Daily life", "Stairs"):
        choose(page, doing, "0")
    keep(page)
    page.get_by_text("Phase 2: Strengthen hip and thigh").wait_for()
    choose(page, "Hip and thigh exercises", "0")
    keep(page)
    page.get_by_text("Phase 3: Run and walk").wait_for()
    two_runs_ago, last = (date.today() - timedelta(days=days) for days in (3, 1))
    climbed(visitor, until=two_runs_ago)
    go(page, f"{visitor.app.address}/plan")
    page.get_by_text(re.compile("^.*Run 30 min without a break.*time 1 of 2")).first.wait_for()
    log_run(page, two_runs_ago)
    page.get_by_text(re.compile("^.*Run 30 min without a break.*time 2 of 2")).first.wait_for()
    log_run(page, last)
    page.get_by_text("Phase 4: Normal training").wait_for()
    assert shown_faults(page) == []


def climbed(visitor, *, until):
    """All painless runs of the plan but the last two, put on record before a day."""
    steps = [step for step in load().ladder for _ in range(load().times_each)][:-2]
    with open_store(visitor.app.home) as store:
        for back, step in enumerate(reversed(steps), start=1):
            day = until - timedelta(days=2 * back)
            run = RunSession(day, step.total_run_min, 0, step.run_min, pain_next_morning=0)
            store.add_record(visitor.workspace, None, run)
