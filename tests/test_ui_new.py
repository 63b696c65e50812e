import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from formcheck import first_look, jobs, samples
from formcheck.errors import FormcheckError, UsageError
from formcheck.request import READERS
from formcheck.store import open_store
from formcheck.types import PROTOCOLS
from formcheck.ui import capture_guide, clip_settings, first_look_card, looks, sources

ROOT = Path(__file__).parents[1]
HERE = "a" * 32
BEGIN = looks.begin
SQUAT = {"protocol": "single_leg_squat", "leg": "left", "view": "front", "refusal": ""}
INFO = {
    "name": "x.mp4",
    "duration_s": 52.6,
    "mean_fps": 29.97,
    "width_px": 720,
    "height_px": 1280,
    "rotation_deg": 90,
}


def seen(*warnings, stage="look", recognised=SQUAT):
    return {"stage": stage, "info": INFO, "recognised": recognised, "warnings": list(warnings)}


def warning(band, notice_id="x", text="Something is so.", advice="Do this."):
    return {"id": notice_id, "band": band, "text": text, "advice": advice}


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(jobs.start, "ensure_worker", lambda home: None)
    monkeypatch.setattr(jobs, "ensure_worker", lambda home: None)
    monkeypatch.setattr(looks, "begin", lambda clip, home: None)
    return tmp_path / "home"


@pytest.fixture
def store(home):
    with open_store(home) as opened:
        yield opened


@pytest.fixture
def page(home):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    at.session_state["formcheck_workspace"] = HERE
    return at


@pytest.fixture
def clip(store, tmp_path):
    return make_clip(store, tmp_path)


def make_clip(store, folder, name="run.mp4", look=None):
    source = folder / name
    source.write_bytes(name.encode())
    made = store.add_clip(HERE, source, name=name)
    if look is not None:
        store.set_look(made.id, look)
    return store.clip(made.id, HERE)


def words(at):
    parts = [*at.markdown, *at.subheader, *at.caption, *at.error, *at.warning, *at.info]
    return "\n".join(part.value for part in parts)


def labels(at):
    return [button.label for button in at.button]


def run(at):
    at.run()
    assert not at.exception
    return at


# States of the page


def test_a_fresh_start_offers_a_sample_and_asks_nothing(page):
    run(page)
    assert "Try a sample" in labels(page)
    assert page.title[0].value == "New analysis"
    assert not any("Analyse" in label for label in labels(page))


def test_one_click_starts_a_sample(page, store):
    run(page)
    page.button(key="try_step_down").click()
    run(page)
    (analysis,) = store.analyses(HERE)
    assert analysis.clip_name == "step_down.mp4"
    assert analysis.status == "queued"
    assert "1 analysis is running" in words(page)
    assert len(page.get("progress")) == 1
    assert page.session_state["formcheck_opens_when_done"] == analysis.id


@pytest.mark.parametrize(
    ("protocol", "label", "asked"),
    [
        (None, "Leg", True),
        ("treadmill_rear", "Leg", False),
        ("treadmill_side", "Leg nearer to the phone", True),
        ("single_leg_squat", "Standing leg", True),
    ],
)
def test_the_leg_is_asked_for_in_the_words_of_what_the_clip_shows(page, store, tmp_path, protocol, label, asked):
    recognised = {**SQUAT, "protocol": protocol, "leg": None} if protocol else None
    clip = make_clip(store, tmp_path, look=seen(recognised=recognised))
    run(page)
    leg = page.selectbox(key=f"leg_{clip.id}")
    assert (leg.label, leg.disabled) == (label, not asked)


def test_clips_left_by_an_earlier_visit_are_found_again(page, store, clip):
    run(page)
    assert "Your clip" in words(page)
    assert "Analyse this clip" in labels(page)
    assert "Try a sample" not in labels(page)


def test_an_analysed_clip_is_no_left_over(page, store, clip):
    store.queue(HERE, clip.id, {})
    run(page)
    assert "Analyse this clip" not in labels(page)


def test_somebody_elses_clips_are_not_shown(page, store, tmp_path):
    source = tmp_path / "other.mp4"
    source.write_bytes(b"other")
    store.add_clip("b" * 32, source, name="other.mp4")
    run(page)
    assert "Your clip" not in words(page)


def test_several_clips_go_in_one_group_with_what_was_said(page, store, tmp_path):
    for name in ("rear.mp4", "side.mp4"):
        make_clip(store, tmp_path, name, seen())
    run(page)
    page.number_input(key="height_cm").set_value(172.0)
    page.selectbox(key="athlete_sex").set_value("f")
    page.run()
    page.button(key="analyse").click()
    run(page)
    made = store.analyses(HERE)
    assert len(made) == 2
    assert len({analysis.group for analysis in made}) == 1
    assert all(analysis.settings == {"height_cm": 172.0, "sex": "f"} for analysis in made)
    assert "2 analyses are running" in words(page)


def test_what_is_said_of_one_clip_goes_with_it(page, store, clip):
    store.set_look(clip.id, seen())
    run(page)
    page.selectbox(key=f"test_{clip.id}_auto").set_value("step_down")
    page.selectbox(key=f"leg_{clip.id}").set_value("right")
    run(page)
    assert any("looks like this" in warning.value for warning in page.warning)
    page.button(key="analyse").click()
    run(page)
    assert store.analyses(HERE)[0].settings == {"protocol": "step_down", "leg": "right"}


def test_a_new_client_is_made_once(page, store, clip):
    store.set_look(clip.id, seen())
    assert clip_settings.client_id(store, HERE, "") is None
    first = clip_settings.client_id(store, HERE, "Anna")
    assert clip_settings.client_id(store, HERE, "Anna") == first


def test_a_doubtful_clip_is_said_before_the_work(page, store, clip):
    store.set_look(clip.id, seen(warning("fail")))
    run(page)
    assert "will probably give no result" in words(page)


def test_a_clip_that_cannot_be_read_cannot_be_analysed(page, store, clip):
    store.set_look(clip.id, {"error": "run.mp4 holds no film"})
    run(page)
    assert page.button(key="analyse").disabled


def test_a_removed_clip_is_gone(page, store, clip):
    store.set_look(clip.id, seen())
    run(page)
    page.button(key=f"remove_{clip.id}").click()
    run(page)
    assert store.clips(HERE) == ()
    assert "Try a sample" in labels(page)


# Progress


def test_running_work_of_another_visit_is_found_with_its_stage(page, store, clip):
    store.queue(HERE, clip.id, {})
    taken = store.take("w")
    store.progress(taken.id, "w", "Finding the athlete", 40, 160)
    run(page)
    assert "1 analysis is running" in words(page)
    assert "40 of 160 frames" in page.get("progress")[0].proto.text
    assert f"cancel_{taken.id}" in {button.key for button in page.button}


def test_cancel_can_be_undone(page, store, clip):
    wanted = store.queue(HERE, clip.id, {})
    run(page)
    page.button(key=f"cancel_{wanted.id}").click()
    run(page)
    assert store.analysis(wanted.id, HERE).status == "cancelled"
    assert "Cancelled" in words(page)
    page.button(key=f"again_{wanted.id}").click()
    run(page)
    assert store.analysis(wanted.id, HERE).status == "queued"


@pytest.mark.parametrize(
    ("status", "again", "error"),
    [("refused", "Change settings", "the clip is too short"), ("failed", "Try again", "the disk is full")],
)
def test_what_went_wrong_is_said_with_a_next_step(page, store, clip, status, again, error):
    wanted = store.queue(HERE, clip.id, {})
    run(page)
    store.take("w")
    store.finish(wanted.id, "w", status, error=error)
    run(page)
    assert any(error[1:] in said.value for said in page.error)
    assert page.button(key=f"again_{wanted.id}").label == again
    page.button(key=f"again_{wanted.id}").click()
    run(page)
    if status == "failed":
        assert store.analysis(wanted.id, HERE).status == "queued"
    else:
        assert "Your clip" in words(page)


def test_a_finished_one_of_several_waits_to_be_opened(page, store, clip):
    wanted = store.queue(HERE, clip.id, {})
    run(page)
    store.take("w")
    store.finish(wanted.id, "w", "done", protocol="step_down", verdict="pass", headline="It looks good")
    run(page)
    assert "It looks good" in words(page)
    assert page.button(key=f"open_{wanted.id}").label == "Open result"
    page.button(key=f"aside_{wanted.id}").click()
    run(page)
    assert "It looks good" not in words(page)


# The card


def test_facts_carry_their_units():
    text = first_look_card.facts(seen())
    assert text == "52.6 s · 30 frames a second · 720 × 1280 px · turned upright by 90°"


def test_a_card_tells_what_is_being_done(store, tmp_path):
    states = [None, seen(stage="facts"), seen()]
    clips = [make_clip(store, tmp_path, f"{i}.mp4", look) for i, look in enumerate(states)]
    assert [first_look_card.busy(c) for c in clips] == ["Opening the clip …", "Looking at the clip …", ""]
    assert first_look_card.card(clips[0])["thumbnail"] == ""
    assert clips[2].id in first_look_card.card(clips[2])["thumbnail"]


def test_notices_are_in_bands_with_symbol_and_word():
    told = first_look_card.notices(seen(warning("fail"), warning("warn")), "run.mp4")
    assert [(n["band"], n["symbol"]) for n in told] == [("within", "✓"), ("outside", "✕"), ("watch", "!")]
    assert told[0]["text"] == "Single-leg squat test, left leg"
    assert all(n["word"] for n in told)


def test_the_filming_rate_is_asked_for_only_where_slow_motion_is_suspected(store, tmp_path):
    slow = make_clip(store, tmp_path, "a.mp4", seen(warning("fail", "slow_motion")))
    corrected = make_clip(store, tmp_path, "b.mp4", seen(warning("ok", "slow_motion")))
    assert first_look_card.may_be_slow_motion(slow)
    assert not first_look_card.may_be_slow_motion(corrected)


# Looks in the background


@pytest.fixture
def now(monkeypatch):
    """Looks happen at once, in order."""

    class AtOnce:
        def submit(self, act, *arguments):
            act(*arguments)

    monkeypatch.setattr(looks, "_readers", AtOnce())
    monkeypatch.setattr(looks, "_eyes", AtOnce())


def test_the_file_is_told_first_then_the_athlete(store, tmp_path, monkeypatch, now):
    clip = make_clip(store, tmp_path)
    kept = []
    monkeypatch.setattr(looks, "_keep", lambda clip, home, look: kept.append(look["stage"]))
    monkeypatch.setattr(first_look, "facts", lambda path: "facts")
    monkeypatch.setattr(first_look, "look", lambda path, patience_s: "look")
    monkeypatch.setattr(first_look, "to_dict", lambda look: {"stage": look})
    BEGIN(clip, store.home)
    assert kept == ["facts", "look"]
    assert not looks._under_way


def test_a_file_that_is_no_film_is_told_in_one_line(store, tmp_path, now):
    clip = make_clip(store, tmp_path, "notes.mp4")
    BEGIN(clip, store.home)
    line = store.clip(clip.id, HERE).look["error"]
    assert "notes.mp4" in line
    assert str(store.home) not in line


# A file on this computer


def test_quotes_and_home_are_understood(tmp_path, monkeypatch):
    video = tmp_path / "my run.mp4"
    video.write_bytes(b"x")
    monkeypatch.setenv("HOME", str(tmp_path))
    for text in (str(video), f'  "{video}" ', "~/my run.mp4", "'~/my run.mp4'", f"file:{video}"):
        assert sources.video_path(text) == video


@pytest.mark.parametrize("text", ["", "  ", "run.mp4", "/nowhere/run.mp4", "/dev/zero", "/", "~nobody-here/x", "\0"])
def test_what_is_no_regular_file_is_refused_in_one_line(text):
    with pytest.raises(FormcheckError) as told:
        sources.video_path(text)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("address", "here"), [("127.0.0.1", True), ("localhost", True), ("0.0.0.0", False), (None, False)]
)
def test_files_of_the_server_are_offered_on_this_computer_alone(monkeypatch, address, here):
    monkeypatch.setattr(sources.st, "get_option", lambda name: address)
    assert sources.is_this_computer() is here


# The guide's data


def test_every_test_has_a_guide_with_pictures():
    assert {guide.protocol for guide in capture_guide.guides()} == set(PROTOCOLS)
    for guide in capture_guide.guides():
        assert [label for label, _ in guide.facts] == ["Phone", "Lens", "Frame rate", "Length"]
        assert 'role="img"' in guide.scene and guide.tile.startswith("<svg")
        assert "clothes" in guide.text


@pytest.mark.parametrize("guide", capture_guide.guides(), ids=lambda guide: guide.protocol)
def test_guides_say_what_the_docs_say(guide):
    docs = " ".join((ROOT / "docs/capture.md").read_text(encoding="utf-8").split())
    said = f"{dict(guide.facts)} {guide.text}"
    for number in re.findall(r"\d+(?: to \d+)? (?:m|cm|frames a second|seconds|minutes|°)\b", said):
        value = number.split(" ")[0]
        assert re.search(rf"\b{value}\b", docs) or value == "1", f"{number} is not in docs/capture.md"
    lens = dict(guide.facts)["Lens"]
    assert lens.replace("between ", "").replace("at ", "") in docs


def test_every_sample_has_its_picture_and_words():
    offered = {sample.name for sample in capture_guide.samples()}
    assert offered == {video.stem for video in samples.sample_folder().glob("*.mp4")}
    assert all(sample.picture.stat().st_size > 1000 for sample in capture_guide.samples())


@pytest.mark.parametrize("name", clip_settings.RANGES)
def test_ranges_are_those_that_the_engine_accepts(name):
    low, high = clip_settings.RANGES[name]
    assert (READERS[name](str(low)), READERS[name](str(high))) == (low, high)
    for beyond in (low - 0.5, high + 0.5):
        with pytest.raises(UsageError):
            READERS[name](str(beyond))
