"""What happens while an analysis runs, and where there will be none."""

import numpy as np
import pytest
from visitors import ANALYSIS_MS, SAMPLES, at_rest, cut, looked_at, opened_result, shown_faults

from formcheck.capture import write_video
from formcheck.ui.result_rows import sentence

IN_FOCUS = """() => {
  let focus = document.activeElement;
  while (focus?.shadowRoot?.activeElement) focus = focus.shadowRoot.activeElement;
  if (!focus?.matches("a, button, input, select, summary")) return "";
  return (focus.getAttribute("aria-label") || focus.innerText).trim();
}"""
MOST_TABS = 60


def tab_to(page, words):
    """Press Tab until something with these words has the focus; fails when it never has."""
    passed = []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        passed.append(page.evaluate(IN_FOCUS))
        if words in passed[-1]:
            return
    raise AssertionError(f"Tab does not reach “{words}”: {passed}")


def test_a_tab_may_be_closed_and_the_work_is_found_again_and_can_be_cancelled(visit):
    visitor = visit()
    page = visitor.open("/")
    page.get_by_role("button", name="Try a sample").click()
    page.get_by_text("1 analysis is running").wait_for()
    (started,) = visitor.analyses()
    page.close()
    page = visitor.open("/")
    page.get_by_text("1 analysis is running").wait_for()
    page.get_by_text("squat_left.mp4").first.wait_for()
    page.get_by_role("progressbar").wait_for()
    assert visitor.analyses()[0].id == started.id
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Cancelled").wait_for()
    assert visitor.analyses()[0].status == "cancelled"
    page.get_by_role("button", name="Start again").wait_for()
    page.get_by_role("button", name="Put aside").click()
    page.get_by_text("Cancelled").wait_for(state="detached")
    page.get_by_role("button", name="Try a sample").wait_for()
    assert shown_faults(page) == []


def test_several_clips_go_together_and_are_told_apart(visit, film, tmp_path):
    other = cut(SAMPLES / "squat_left.mp4", tmp_path / "left knee.mp4", 4)
    no_film = tmp_path / "notes.mp4"
    no_film.write_text("not a film at all")
    visitor = visit()
    page = visitor.open("/")
    page.set_input_files("input[type=file]", [str(film), str(no_film), str(other)])
    page.get_by_role("button", name="Analyse 2 clips").wait_for()
    assert page.locator("article.clip h3").all_inner_texts() == ["right knee.mp4", "left knee.mp4"]
    beside = page.locator("li", has_text="notes.mp4")
    assert "\nnotes.mp4 is not a video that can be read" in beside.inner_text()
    page.get_by_role("button", name="Analyse 2 clips").click()
    page.get_by_text("2 analyses are running").wait_for()
    first, second = visitor.analyses()
    assert first.group == second.group and {first.clip_name, second.clip_name} == {"right knee.mp4", "left knee.mp4"}
    for left in (1, 0):
        page.get_by_role("button", name="Cancel").first.click()
        page.get_by_text("Cancelled").nth(1 - left).wait_for()
    assert {one.status for one in visitor.analyses()} == {"cancelled"}


def test_a_film_of_nobody_is_refused_beside_it_with_a_way_on(visit, tmp_path):
    film = tmp_path / "wall.mp4"
    wall = np.full((640, 360, 3), 120, dtype=np.uint8)
    wall[200:400, 100:200] = (150, 140, 130)
    write_video(film, (wall for _ in range(75)), times_s=np.arange(75) / 30)
    visitor = visit()
    page = visitor.open("/")
    page.set_input_files("input[type=file]", str(film))
    assert "wall.mp4" in looked_at(page).inner_text()
    page.get_by_role("button", name="Analyse this clip").click()
    job = page.locator("[class*=st-key-job_]")
    job.locator("[data-testid=stAlert]").wait_for(timeout=ANALYSIS_MS)
    (refused,) = visitor.analyses()
    assert refused.status == "refused", refused.error
    assert job.locator("[data-testid=stAlert] p").all_inner_texts() == [sentence(refused.error, "wall.mp4")]
    job.get_by_role("button", name="Change settings").click()
    page.locator("article.clip").wait_for()
    page.get_by_role("button", name="Analyse this clip").wait_for()


def test_everything_is_reached_with_the_keyboard_alone(visit, film, journey):
    visitor = visit()
    page = visitor.open("/")
    page.on("filechooser", lambda chooser: chooser.set_files(str(film)))
    at_rest(page)
    tab_to(page, "Choose videos")
    page.keyboard.press("Enter")
    looked_at(page)
    at_rest(page)
    tab_to(page, "Analyse this clip")
    page.keyboard.press("Enter")
    page.get_by_text("1 analysis is running").wait_for()
    tab_to(page, "Cancel")
    page.keyboard.press("Enter")
    page.get_by_text("Cancelled").wait_for()


def test_the_players_buttons_are_reached_with_the_keyboard(journey):
    page = journey.page
    page.evaluate("document.activeElement.blur()")
    for words in ("Play", "One frame on", "Full speed"):
        tab_to(page, words)


@pytest.mark.slow
def test_one_click_takes_a_newcomer_to_the_result_of_a_sample(visit):
    """And closing the tab on the way loses nothing."""
    visitor = visit()
    page = visitor.open("/")
    page.get_by_role("button", name="Try a sample").click()
    page.get_by_text("1 analysis is running").wait_for()
    watching = visitor.open("/")
    watching.get_by_text("1 analysis is running").wait_for()
    watching.close()
    page.locator(".verdict").wait_for(timeout=2 * ANALYSIS_MS)
    (made,) = visitor.analyses()
    assert (made.status, made.leg, opened_result(page)) == ("done", "left", made.id)
    back = visitor.open("/clearance")
    back.get_by_text("20 valid repetitions").first.wait_for()
