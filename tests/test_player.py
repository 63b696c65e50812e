"""The player in a real browser: which frame is on the screen, and what every control does with it."""

import numpy as np
import pytest
from athletes import squat
from player_site import browser, open_page, shelf, told, write_numbered

from formcheck.playback import playback

READ = """() => {
  const video = root.querySelector("video");
  const canvas = Object.assign(document.createElement("canvas"), { width: 288, height: 96 });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(video, 0, 0);
  let number = 0;
  for (let bit = 0; bit < 12; bit++) number |= (context.getImageData(24 * bit + 12, 48, 1, 1).data[0] > 127) << bit;
  return number;
}"""
QUIET = "() => !root.player.screen.busy && !root.player.screen.playing"
WALK = f"""async (press) => {{
  const read = {READ};
  const still = () => new Promise((done) => {{
    const look = () => (root.player.screen.busy ? setTimeout(look, 2) : done());
    look();
  }});
  const seen = [];
  const count = root.player.clip.frames.count;
  for (let i = 0; i < count; i++) {{
    await still();
    seen.push([root.player.frame, read()]);
    if (i + 1 < count) root.dispatchEvent(new KeyboardEvent("keydown", {{ key: press, bubbles: true }}));
  }}
  return seen;
}}"""


def variable_times(n):
    steps = np.random.default_rng(4).choice([1 / 30, 1 / 29, 1 / 60, 1 / 15, 0.021], n)
    return np.round(0.2 + np.cumsum(steps), 4)


RATES = {
    "30": np.arange(75) / 30,
    "60": np.arange(130) / 60,
    "120": np.arange(130) / 120,
    "240": np.arange(130) / 240,
    "variable": variable_times(75),
}


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    with shelf() as held:
        for name, times_s in {**RATES, "long": np.arange(600) / 60}.items():
            held.videos[name] = folder / f"{name}.mp4"
            write_numbered(held.videos[name], times_s)
            held.told[name] = told(times_s)
        held.told["none"] = told(RATES["30"])
        held.told["broken"] = told(RATES["30"])
        held.videos["broken"] = folder / "broken.mp4"
        held.videos["broken"].write_bytes(b"no video at all" * 100)
        yield held


@pytest.fixture(scope="module")
def chromium():
    with browser() as started:
        yield started


@pytest.fixture
def page(chromium, clips):
    opened = open_page(chromium, clips, "60")
    yield opened
    assert opened.troubles == []
    opened.close()


def frame(page):
    page.wait_for_function(QUIET)
    return page.evaluate("root.player.frame")


def press(page, *keys):
    page.evaluate("root.focus()")
    for key in keys:
        page.keyboard.press(key)


def click(page, what):
    page.locator(f"[data-do={what}]").click()


@pytest.mark.parametrize("rate", RATES)
def test_every_frame_that_is_told_is_the_one_on_the_screen(chromium, clips, rate):
    page = open_page(chromium, clips, rate)
    forwards = page.evaluate(WALK, "ArrowRight")
    assert forwards == [[i, i] for i in range(len(RATES[rate]))]
    page.close()


def test_backwards_too(chromium, clips):
    page = open_page(chromium, clips, "variable")
    press(page, "End")
    page.wait_for_function(QUIET)
    n = len(RATES["variable"])
    assert page.evaluate(WALK, ",") == [[i, i] for i in reversed(range(n))]
    page.close()


@pytest.mark.parametrize("rate", ["30", "240", "variable"])
def test_it_plays_and_stops_on_the_frame_it_tells(chromium, clips, rate):
    page = open_page(chromium, clips, rate)
    press(page, "4", "Space")
    page.wait_for_function("root.player.frame > 5")
    assert page.evaluate("root.querySelector('video').currentTime") > 0
    assert page.evaluate("root.querySelector('video').error") is None
    press(page, "Space")
    stopped = frame(page)
    page.wait_for_timeout(150)
    assert page.evaluate(READ) == stopped == page.evaluate("root.player.frame")
    page.close()


def test_steps_by_buttons_and_keys(page):
    for what, expected in (("on", 1), ("on10", 11), ("back", 10), ("back10", 0), ("back", 0)):
        click(page, what)
        assert frame(page) == expected == page.evaluate(READ)
    for key, expected in (("ArrowRight", 1), (".", 2), (",", 1), ("Shift+ArrowRight", 11), ("Shift+ArrowLeft", 1),
                          ("]", 10), ("]", 30), ("[", 10), ("End", 129), ("Home", 0)):  # fmt: skip
        press(page, key)
        assert frame(page) == expected == page.evaluate(READ), key


def test_many_fast_steps_end_where_they_should(page):
    press(page, *["ArrowRight"] * 30)
    assert frame(page) == 30 == page.evaluate(READ)


def test_keys_of_a_control_in_focus_stay_its_own(page):
    page.locator("[data-do=on]").focus()
    page.keyboard.press("Space")
    assert frame(page) == 1
    page.locator("select.jump").focus()
    page.keyboard.press("ArrowDown")
    assert frame(page) in (1, 7)  # the list moved, not the video by a step


def test_speed(page):
    press(page, "2")
    assert page.evaluate("root.querySelector('video').playbackRate") == 0.5
    page.locator("[data-rate='0.25']").click()
    assert page.evaluate("root.querySelector('video').playbackRate") == 0.25
    assert page.locator("[data-rate='0.25']").get_attribute("aria-checked") == "true"
    assert page.locator("[data-rate='0.125']").count() == 0


def test_an_eighth_of_the_speed_is_offered_where_it_still_moves(chromium, clips):
    page = open_page(chromium, clips, "240")
    assert page.locator("[data-rate='0.125']").count() == 1
    page.close()


@pytest.mark.parametrize(("kind", "first", "last"), [("step", 30, 49), ("cycle", 30, 69)])
def test_a_loop_stays_inside(page, kind, first, last):
    page.evaluate("root.player.jump(32)")
    page.locator("select.loop").select_option(kind)
    page.evaluate(f"root.player.jump({last - 8})")
    page.evaluate("""() => {
      window.seen = [];
      const video = root.querySelector("video");
      const look = (_, { mediaTime }) => { window.seen.push(mediaTime); video.requestVideoFrameCallback(look); };
      video.requestVideoFrameCallback(look);
    }""")
    press(page, "4", "Space")
    page.wait_for_function("window.seen.filter((t, i) => i && t < window.seen[i - 1]).length >= 1", timeout=60000)
    press(page, "Space")
    seen = np.round(np.array(page.evaluate("window.seen")) * 60)
    assert seen.min() >= first
    assert seen.max() <= last + 1  # the browser tells of a frame when it is shown: on a busy machine one too late
    assert seen.max() >= last - 4


def test_a_jump_takes_the_loop_along(page):
    page.locator("select.loop").select_option("step")
    assert page.evaluate("root.player.screen.loop") == [10, 29]
    page.evaluate("root.player.jump(95)")
    assert page.evaluate("root.player.screen.loop") == [90, 109]
    press(page, "l")
    assert page.evaluate("root.player.screen.loop") is None


def test_the_list_jumps_to_key_frames_strides_and_contacts(page):
    labels = page.eval_on_selector_all("select.jump optgroup", "all => all.map((one) => one.label)")
    assert labels == ["Key frames", "Strides, left", "Strides, right", "Contacts"]
    page.locator("select.jump").select_option("50")
    assert frame(page) == 50 == page.evaluate(READ)
    assert "Right contact" in page.locator(".what").inner_text()


def place_of(page, index):
    """Where in the first plot a frame lies, in pixels of the page."""
    return page.evaluate(
        """(index) => {
        const { charts, frames } = root.player.plots;
        const box = charts[0].canvas.getBoundingClientRect();
        return [box.left + charts[0].x(frames.times[index], box.width), box.top + 40];
    }""",
        index,
    )


@pytest.mark.parametrize("index", [3, 64, 127])
def test_a_click_in_a_plot_moves_the_video(page, index):
    page.mouse.click(*place_of(page, index))
    assert frame(page) == index == page.evaluate(READ)


def test_dragging_in_a_plot_scrubs(page):
    page.mouse.move(*place_of(page, 20))
    page.mouse.down()
    page.mouse.move(*place_of(page, 90), steps=12)
    page.mouse.up()
    page.wait_for_function(f"({READ})() === 90")
    assert frame(page) == 90


def test_the_values_at_the_cursor_follow_the_video(page):
    page.evaluate("root.player.jump(6)")
    page.wait_for_function("root.querySelector('.value.right').textContent === 'right –'")
    page.evaluate("root.player.jump(104)")
    page.wait_for_function("root.querySelector('.value.left').textContent === 'left 16° in'")
    assert page.locator(".value.right").inner_text() == "right 4° out"


def test_a_tip_tells_the_values_under_the_pointer(page):
    page.mouse.move(*place_of(page, 65))
    assert page.locator(".tip").inner_text() == "0:01.08 · left 10° in · right 3° out"


def test_the_name_of_an_angle_is_explained_to_keyboard_and_pointer(page):
    term = page.locator(".chart .term")
    explanation = page.get_by_role("tooltip", name="How far the knee falls inwards of the line from hip to ankle.")
    assert explanation.count() == 0
    term.focus()
    explanation.wait_for()
    term.blur()
    explanation.wait_for(state="hidden")
    term.hover()
    explanation.wait_for()


def test_zoom_pan_and_back(page):
    page.evaluate("root.player.jump(35)")
    click(page, "closer")
    low, high = page.evaluate("[root.player.plots.view.from_s, root.player.plots.view.to_s]")
    assert low < 30 / 60 < 69 / 60 < high < 1.3
    page.mouse.click(*place_of(page, 55))
    assert frame(page) == 55
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    assert page.evaluate("root.player.plots.view.span_s") < high - low
    page.mouse.dblclick(*place_of(page, 55))
    assert page.evaluate("root.player.plots.view.zoomed") is False


def test_a_wheel_without_a_key_scrolls_the_page(page):
    page.mouse.move(*place_of(page, 55))
    page.mouse.wheel(0, -200)
    assert page.evaluate("root.player.plots.view.zoomed") is False


def test_a_new_run_of_the_page_leaves_the_video_alone(page, clips):
    press(page, "Shift+ArrowRight")
    assert frame(page) == 10
    asked = len(clips.asked)
    page.evaluate("void window.rerun({ markers: [] })")
    assert frame(page) == 10
    assert len(clips.asked) == asked


def test_the_page_can_ask_for_a_moment_once(page, clips):
    asked = len(clips.asked)
    page.evaluate("void window.rerun({ seek: { n: 1, time_s: 1.0 } })")
    assert frame(page) == 60 == page.evaluate(READ)
    press(page, "ArrowRight")
    page.evaluate("void window.rerun({ seek: { n: 1, time_s: 1.0 } })")
    assert frame(page) == 61
    page.evaluate("void window.rerun({ seek: { n: 2, time_s: 1.0 } })")
    assert frame(page) == 60
    assert len(clips.asked) == asked


def test_another_part_of_the_page_can_ask_too(page):
    taken = page.evaluate("""() => {
      const event = new CustomEvent("formcheck:seek", { detail: { time_s: 0.5 }, cancelable: true });
      window.dispatchEvent(event);
      return event.defaultPrevented;
    }""")
    assert taken
    assert frame(page) == 30


def test_a_chosen_frame_is_handed_to_the_page(page):
    press(page, "]")
    assert frame(page) == 10
    click(page, "use")
    assert page.evaluate("window.told") == [["picked", {"frame": 10, "time_s": 0.1667}]]


def test_the_layer_lies_on_the_picture(page):
    layer, video = (page.locator(name).bounding_box() for name in (".layer", "video"))
    assert layer == pytest.approx(video, abs=0.51)
    assert page.locator(".layer").get_attribute("viewBox") == "0 0 288 96"


def test_nothing_is_left_when_it_goes(page):
    page.evaluate("window.end()")
    assert page.evaluate("root.querySelector('video').getAttribute('src')") is None


def test_without_a_video_the_plots_still_work(chromium, clips):
    page = open_page(chromium, clips, "none", wait=False)
    page.get_by_text("This result has no overlay video. The angles are below.").wait_for()
    page.mouse.click(*place_of(page, 40))
    assert page.evaluate("root.player.frame") == 40
    press(page, "ArrowRight")
    assert page.evaluate("root.player.frame") == 41
    assert page.locator("[data-do=play]").is_disabled()
    page.close()


def test_a_video_that_cannot_be_decoded_is_told(chromium, clips):
    page = open_page(chromium, clips, "broken", wait=False)
    page.get_by_text("This browser cannot play the overlay video").wait_for()
    page.close()


def test_angles_that_do_not_come_can_be_asked_for_again(chromium, clips):
    page = open_page(chromium, clips, "late", wait=False)
    page.get_by_text("The angles could not be loaded").wait_for()
    clips.told["late"] = told(RATES["30"])
    clips.videos["late"] = clips.videos["30"]
    page.get_by_role("button", name="Try again").click()
    page.wait_for_function("root.player.screen?.ready")
    assert frame(page) == 0
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_needs_no_scrolling_sideways_and_has_room_for_fingers(chromium, clips, theme):
    clips.told["squat"] = playback(squat())
    page = open_page(chromium, clips, "squat", width=390, height=844, query=f"?theme={theme}", wait=False)
    page.locator(".chart").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate("root.dataset.theme") == theme
    for button in page.locator(".player button:visible, .player select:visible").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 43.5, button.get_attribute("data-do")
    page.close()


def test_every_control_has_a_name(page):
    for control in page.locator(".player button, .player select, .player input").all():
        assert (
            control.get_attribute("aria-label")
            or control.inner_text().strip()
            or control.evaluate("e => e.closest('label')?.textContent")
        )


def test_twenty_thousand_frames_are_drawn_sixty_times_a_second(chromium, clips):
    times_s = np.arange(20_000) / 240
    clips.told["huge"] = told(times_s, step_frames=160)
    page = open_page(chromium, clips, "huge", wait=False)
    page.locator(".chart").first.wait_for()
    spent_ms = page.evaluate("""() => {
      const { plots } = root.player;
      const start = performance.now();
      for (let i = 0; i < 40; i++) {
        plots.stale = true;
        plots.frame = i * 400;
        plots._draw();
      }
      return (performance.now() - start) / 40;
    }""")
    assert spent_ms < 1000 / 60
    page.close()
