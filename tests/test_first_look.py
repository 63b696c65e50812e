"""The first look: facts as the whole reading gives them, a test only where it is sure, plain warnings."""

import io
import json
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from motions import BODY, CAMERAS, run_clip, squat_clip, video_of
from PIL import Image
from test_capture import clip, uneven_times

from formcheck import capture, first_look
from formcheck.athlete import Candidates
from formcheck.errors import InputError, UsageError
from formcheck.first_look import looking, notices, warm
from formcheck.first_look.header import pictures_at, read_header
from formcheck.first_look.telling import in_order, tell
from formcheck.samples import find_sample
from formcheck.synthetic.mediapipe_points import perfect_pose
from formcheck.synthetic.negatives import TwoLegMover
from formcheck.synthetic.run_plan import walking
from formcheck.synthetic.squat_plan import SquatParameters
from formcheck.types import Recognised

SQUAT = SquatParameters(n_reps=4)
STEP = SquatParameters(n_reps=4, step_height_m=0.2, rep_s=2.6, pause_s=0.5)
UPRIGHT = {"width": 64, "height": 96}
A_RUN = Recognised("treadmill_rear", None, "rear")


def ids(found):
    return [(notice.id, notice.band) for notice in found]


# The file.


@pytest.mark.parametrize(
    "options",
    [
        {"fps": 60.0, "n": 120},
        {"times_s": uneven_times()},
        {"rotation_deg": 90},
        {"fps": 30.0, "n": 90, "tags": {"com.android.capture.fps": "240"}},
    ],
)
def test_facts_are_what_reading_the_whole_file_gives(tmp_path, options):
    clip(tmp_path / "a.mp4", **options)
    whole = capture.probe(tmp_path / "a.mp4")
    seen = first_look.facts(tmp_path / "a.mp4")
    for name in ("width_px", "height_px", "rotation_deg", "n_frames", "variable_rate", "time_stretch", "codec"):
        assert getattr(seen.info, name) == getattr(whole, name), name
    assert (seen.info.duration_s, seen.info.mean_fps) == pytest.approx((whole.duration_s, whole.mean_fps), rel=1e-3)
    assert seen.thumbnail.shape == (seen.info.height_px, seen.info.width_px, 3)
    assert (seen.stage, seen.recognised, seen.people) == ("facts", None, None)


def test_the_thumbnail_is_upright_and_small():
    seen = first_look.facts(find_sample("run_rear"))
    assert seen.thumbnail.shape == (480, 270, 3)
    assert seen.thumbnail.std() > 10
    assert Image.open(io.BytesIO(first_look.thumbnail_jpeg(seen))).size == (270, 480)


def test_what_is_no_film_is_refused_in_one_line(tmp_path):
    path = tmp_path / "letter.mp4"
    path.write_text("a letter")
    with pytest.raises(InputError, match="not a video that can be read"):
        first_look.facts(path)
    clip(path)
    with pytest.raises(UsageError):
        first_look.facts(path, capture_fps=12.0)


def test_a_broken_file_counts_what_it_holds(tmp_path):
    whole = find_sample("run_side")
    path = tmp_path / "broken.mp4"
    path.write_bytes(whole.read_bytes()[:500_000])
    seen = first_look.facts(path)
    assert seen.info.n_frames == capture.probe(path).n_frames < 600
    assert ("broken", "warn") in ids(seen.warnings)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"duration_s": 1.2}, [("short", "fail")]),
        ({"duration_s": 400.0}, [("long", "warn")]),
        ({"n_frames": 20_000}, [("long", "warn")]),
        ({"mean_fps": 59.94}, []),
        ({"mean_fps": 30.0}, [("frame_rate", "warn")]),
        ({"mean_fps": 10.0}, [("rate", "fail")]),
        ({"variable_rate": True}, [("variable_rate", "warn")]),
        ({"width_px": 1920, "height_px": 1080}, [("landscape", "warn")]),
        ({"time_stretch": 8.0, "mean_fps": 240.0}, [("slow_motion", "ok")]),
    ],
)
def test_the_file_alone_warns(change, expected):
    info = replace(video_of(run_clip().pose), **{"duration_s": 30.0, "mean_fps": 60.0, **change})
    header = read_header(find_sample("run_rear"))
    assert ids(notices.of_file(info, header)) == expected


def test_frames_come_from_the_moments_asked_for(tmp_path):
    clip(tmp_path / "a.mp4", n=60, fps=30.0)
    header = read_header(tmp_path / "a.mp4")
    found = list(pictures_at(tmp_path / "a.mp4", header.ticks[[31, 34, 50]], long_side_px=48))
    assert [picture.ticks for picture in found] == header.ticks[[31, 34, 50]].tolist()
    assert {picture.rgb.shape for picture in found} == {(32, 48, 3)}


# What the movement says.


@pytest.mark.parametrize("view", CAMERAS)
def test_four_seconds_tell_a_run(view):
    told = tell(run_clip(view, fps=15.0, duration_s=4.0, noise_px=1.0).pose)
    assert told.said is not None
    assert told.said.protocol == f"treadmill_{view.split('_')[0]}"


@pytest.mark.parametrize(("parameters", "protocol"), [(SQUAT, "single_leg_squat"), (STEP, "step_down")])
@pytest.mark.parametrize("leg", ["left", "right"])
def test_a_few_frames_a_second_tell_bends_and_their_leg(parameters, protocol, leg):
    told = tell(squat_clip(replace(parameters, leg=leg), fps=6.0, noise_px=1.0).pose)
    assert told.said is not None
    assert (told.said.protocol, told.said.leg) == (protocol, leg)


def test_walking_and_two_legs_are_told_as_refusals():
    walk = tell(run_clip("side_right", parameters=walking(), fps=15.0, duration_s=6.0).pose)
    squat = tell(two_legged("two_leg_squat"))
    assert "walking" in walk.said.refusal
    assert "two legs" in squat.said.refusal


def test_who_only_stands_may_yet_begin():
    still = two_legged("lateral_raise")
    assert (tell(still).said, tell(still).nothing) == (None, True)
    assert tell(still, all_seen=True).said.refusal.startswith("no run and no repetition")


def test_parts_that_disagree_are_not_sure_yet():
    """Walking that turns into running is neither."""
    walk = run_clip("side_right", parameters=walking(), fps=15.0, duration_s=4.0).pose
    run = run_clip("side_right", fps=15.0, duration_s=4.0).pose
    both = replace(
        walk,
        time_s=np.concatenate([walk.time_s, run.time_s + 4.0]),
        xy_px=np.concatenate([walk.xy_px, run.xy_px]),
        visibility=np.concatenate([walk.visibility, run.visibility]),
        extras={},
    )
    assert tell(both).said is None


def two_legged(name, *, seconds=6.0, fps=15.0):
    return perfect_pose(TwoLegMover(BODY, name).at(np.arange(int(fps * seconds)) / fps), CAMERAS["front"])


def people_of(pose, times_s=None):
    """One athlete as the pose model finds them, at some of the times."""
    rows = (
        slice(None)
        if times_s is None
        else np.searchsorted(pose.time_s, np.asarray(times_s) - 1e-4).clip(0, len(pose) - 1)
    )
    xy = pose.xy_px[rows][:, None]
    n = len(xy)
    return Candidates(
        time_s=pose.time_s[rows] if times_s is None else np.asarray(times_s),
        xy_px=xy,
        visibility=pose.visibility[rows][:, None],
        world_m=np.zeros((n, 1, 33, 3)),
        sharpness=np.full((n, 1), 0.5),
        brightness=np.full((n, 1), 0.5),
        image_size_px=pose.image_size_px or (720, 1280),
    )


def test_frames_seen_apart_are_put_in_order():
    pose = run_clip(fps=30.0, duration_s=2.0).pose
    even, odd = (people_of(pose, pose.time_s[start::2]) for start in (0, 1))
    names = ("xy_px", "visibility", "world_m", "sharpness", "brightness")
    odd = replace(odd, **{name: np.repeat(getattr(odd, name), 2, axis=1) for name in names})
    both = in_order(odd, even)
    np.testing.assert_array_equal(both.time_s, pose.time_s)
    np.testing.assert_array_equal(both.xy_px[:, 0], pose.xy_px)
    assert np.isnan(both.xy_px[::2, 1]).all()


# The whole look, on an athlete whose landmarks are known.


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """Looks at a clip that shows what a pose sequence says; gives the look and how often frames were asked for."""

    @contextmanager
    def no_model():
        yield None, "none"

    def look(pose, *, fps=30.0, seconds=None):
        asked = []

        def find(workers, frames, info, model):
            asked.append([frame.time_s for frame in frames])
            return people_of(pose, asked[-1])

        monkeypatch.setattr(looking.WARM, "use", no_model)
        monkeypatch.setattr(looking, "find_everyone", find)
        n = int((seconds or pose.time_s[-1]) * fps)
        clip(tmp_path / "a.mp4", n=n, fps=fps, **UPRIGHT)
        return first_look.look(tmp_path / "a.mp4", patience_s=60.0), asked

    return look


def test_a_run_is_told_from_four_seconds_in_the_middle(shown):
    seen, asked = shown(run_clip("rear", fps=60.0).pose, fps=60.0)
    assert seen.recognised == A_RUN
    assert (seen.people, seen.athlete_share, seen.stage) == (1, 1.0, "look")
    assert len(asked) == 1
    assert len(asked[0]) == 60
    assert (asked[0][0], asked[0][-1]) == (pytest.approx(2.0, abs=0.1), pytest.approx(6.0, abs=0.2))


def test_a_squat_that_has_not_begun_is_looked_for_around(shown):
    late = squat_clip(replace(SQUAT, stand_s=5.5), fps=30.0).pose
    seen, asked = shown(late, seconds=11.0)
    assert seen.recognised is not None
    assert (seen.recognised.protocol, seen.recognised.leg) == ("single_leg_squat", SQUAT.leg)
    assert len(asked) == 2
    assert max(asked[1]) > max(asked[0])
    assert "frame_rate" not in [notice.id for notice in seen.warnings]


def test_a_refusal_is_looked_at_twice(shown):
    seen, asked = shown(two_legged("two_leg_squat", fps=30.0))
    assert len(asked) == 2
    assert (seen.band, ids(seen.warnings)) == ("fail", [("not_a_test", "fail")])
    assert seen.warnings[0].text.startswith("Both feet stay on the floor")
    assert "--" not in seen.warnings[0].text + seen.warnings[0].advice


@pytest.mark.parametrize(("seconds", "refused"), [(4.0, True), (12.0, False)])
def test_a_refusal_needs_a_second_look_or_the_whole_clip(shown, monkeypatch, seconds, refused):
    monkeypatch.setattr(looking, "_more_rows", lambda *known: np.empty(0, dtype=int))
    seen, asked = shown(two_legged("two_leg_squat", seconds=seconds), fps=15.0)
    assert len(asked) == 1
    assert (seen.recognised is not None) == refused


def test_what_is_not_clear_is_not_refused(shown):
    seen, _ = shown(two_legged("lateral_raise", seconds=20.0, fps=30.0))
    assert seen.recognised is None
    assert "unsure" in [notice.id for notice in seen.warnings]
    assert seen.band == "warn"


def test_nobody_in_the_picture_is_told(shown):
    pose = run_clip("rear", fps=30.0).pose
    seen, asked = shown(replace(pose, xy_px=np.full_like(pose.xy_px, np.nan)))
    assert (seen.people, seen.athlete_share, len(asked)) == (0, 0.0, 1)
    assert ids(seen.warnings)[0] == ("nobody", "fail")


# Words and keeping.


def near():
    """A runner who fills the picture well."""
    pose = run_clip("rear", fps=30.0).pose
    return replace(pose, xy_px=1.4 * (pose.xy_px - np.array(pose.image_size_px) / 2) + np.array(pose.image_size_px) / 2)


def turned(pose, quarter_turns):
    """The athlete in a picture that lost its rotation."""
    angle = quarter_turns * np.pi / 2
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = np.array(pose.image_size_px) / 2
    return replace(pose, xy_px=(pose.xy_px - centre) @ turn.T + centre)


@pytest.mark.parametrize(("quarter_turns", "word"), [(1, "on their side"), (2, "upside down"), (3, "on their side")])
def test_a_phone_on_its_side_is_told(quarter_turns, word):
    pose = run_clip("rear", fps=30.0).pose
    found = notices.of_look(video_of(pose), (), None, turned(pose, quarter_turns))
    assert ids(found) == [("turned", "fail")]
    assert word in found[0].text


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda pose: pose, []),
        (lambda pose: pose.evolve("far", xy_px=0.4 * pose.xy_px + 300.0), [("distance", "fail")]),
        (lambda pose: pose.evolve("dark", extras={"image_brightness": np.full(len(pose), 0.1)}), [("light", "warn")]),
    ],
)
def test_the_picture_is_checked_as_the_whole_analysis_does(spoil, expected):
    pose = near()
    info = replace(video_of(pose), duration_s=30.0)
    assert ids(notices.of_look(info, (), A_RUN, spoil(pose))) == expected


def test_a_short_run_and_a_suspected_slow_motion_are_told():
    pose = near()
    info = replace(video_of(pose), duration_s=5.0)
    assert ids(notices.of_look(info, (), A_RUN, pose)) == [("short_run", "warn")]
    slow = Recognised(
        None, None, "rear", "40 steps a minute is too slow for such a run: slow motion, with --capture-fps"
    )
    assert ids(notices.of_look(info, (), slow, pose)) == [("slow_motion", "fail")]


def test_a_look_survives_json(shown):
    seen, _ = shown(two_legged("two_leg_squat", fps=30.0))
    kept = json.loads(json.dumps(first_look.to_dict(seen), allow_nan=False))
    again = first_look.from_dict(kept, seen.thumbnail)
    assert vars(again) == vars(seen)


class FakeWorkers:
    ended = 0

    def __init__(self, count):
        pass

    def prepare(self, task):
        pass

    def close(self):
        FakeWorkers.ended += 1


def test_the_model_is_kept_between_looks_and_let_go_when_idle_or_at_fault(monkeypatch):
    monkeypatch.setattr(warm, "Workers", FakeWorkers)
    monkeypatch.setattr(FakeWorkers, "ended", 0)
    kept = warm.WarmPool(idle_s=60.0)
    with kept.use() as (first, _):
        pass
    with pytest.raises(KeyError), kept.use() as (second, _):
        assert second is first
        raise KeyError
    assert FakeWorkers.ended == 1
    with kept.use() as (third, _):
        assert third is not first
    kept.close()
    assert FakeWorkers.ended == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "protocol", "leg"),
    [
        ("run_rear", "treadmill_rear", None),
        ("run_side", "treadmill_side", None),
        ("squat_left", "single_leg_squat", "left"),
        ("squat_right", "single_leg_squat", "right"),
        ("step_down", "step_down", "right"),
    ],
)
def test_the_samples_are_told_at_first_sight(name, protocol, leg):
    seen = first_look.look(find_sample(name), patience_s=60.0)
    assert seen.recognised is not None
    assert (seen.recognised.protocol, seen.recognised.leg) == (protocol, leg)
    assert all(notice.band != "fail" for notice in seen.warnings)
