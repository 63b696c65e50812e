"""What is drawn: on the athlete where it belongs, in the colour of its band, and the panel's words."""

import itertools
import time
from dataclasses import replace

import numpy as np
import pytest
from athletes import FPPA_SQUAT, frames_of, run, squat

from formcheck.landmarks import Landmark, side_landmark
from formcheck.overlay import Overlay, athlete_box, key_frames
from formcheck.overlay.canvas import Canvas, film_tones
from formcheck.overlay.drawers import BAND_COLOURS, EventFlags, JointAngle, PlumbLines, Skeleton, unit_for
from formcheck.overlay.painting import FilmPainter, panel_px
from formcheck.overlay.text import text_mask
from formcheck.scenes import Timeline, cycle_bands, live_band
from formcheck.types import Criterion, Event, Finding

GREY = np.full((1280, 720, 3), 120, np.uint8)


def painted(assessment, index, *, size=(720, 1280)):
    """Picture and panel of a frame of the overlay, on grey."""
    width, height = size
    picture, panel = (np.full((rows, width, 3), 99, np.uint8) for rows in (height, panel_px(width, height)))
    painter = FilmPainter(Canvas.of_rgb(picture), Canvas.of_rgb(panel))
    painter(Overlay(assessment, width_px=width, height_px=height).sketch(index))
    return picture, panel


def near(image, point, colour, *, radius=12, tolerance=24):
    x, y = (round(float(v)) for v in point)
    patch = image[max(y - radius, 0) : y + radius, max(x - radius, 0) : x + radius].astype(int)
    return bool((np.abs(patch - np.array(colour)).max(axis=2) <= tolerance).any())


@pytest.mark.parametrize(
    ("value", "band"), [(3, "within"), (9.99, "within"), (10.01, "watch"), (15, "watch"), (15.1, "outside")]
)
def test_live_band_holds_a_value_against_the_limits(value, band):
    assert live_band(value, FPPA_SQUAT) == band


def test_live_band_knows_lower_limits_inclusive_ones_and_what_it_cannot_say():
    low = replace(FPPA_SQUAT, watch_above=None, outside_above=None, watch_below=10.0, outside_below=5.0)
    assert [live_band(v, low) for v in (11, 9, 4)] == ["within", "watch", "outside"]
    assert live_band(15, replace(FPPA_SQUAT, inclusive=True)) == "outside"
    assert live_band(float("nan"), FPPA_SQUAT) is None
    assert live_band(5.0, None) is None


def test_scene_of_a_squat_counts_repetitions_and_names_the_phase():
    timeline = Timeline(squat())
    assert (timeline.scene(0).phase, timeline.scene(0).cycle) == ("Standing", 0)
    assert np.isnan(timeline.scene(0).value_deg)
    down, up = timeline.scene(30 + 60 * 6 + 15), timeline.scene(30 + 60 * 6 + 45)
    assert (down.cycle, down.phase, down.side) == (7, "Going down", "left")
    assert (up.cycle, up.phase, up.n_cycles) == (7, "Coming up", 20)
    assert timeline.scene(60).band == "within"
    assert [e.kind for e in timeline.scene(61).flags] == ["rep_bottom"]


def test_scene_of_a_run_follows_the_leg_on_the_ground():
    assessment = run()
    timeline = Timeline(assessment)
    for cycle in assessment.cycles[2:6]:
        stance = round(60 * (cycle.start_s + 0.5 * (cycle.marks["toe_off"] - cycle.start_s)))
        scene = timeline.scene(stance)
        assert (scene.side, scene.phase) == (cycle.side, "Stance")
        assert np.isfinite(scene.value_deg)
    left = next(c for c in assessment.cycles if c.side == "left")
    flight = timeline.scene(round(60 * (left.marks["toe_off"] + 0.02)) + 1)
    assert (flight.side, flight.phase) == ("left", "Flight")
    assert np.isnan(flight.value_deg)
    assert flight.held["left"][1] == "within"


def test_the_band_of_a_stride_is_that_of_its_judged_moment():
    base = run(protocol="treadmill_side")
    low = Criterion("knee", "knee_flexion_peak_deg", ("treadmill_side",), "souza2016", "published", watch_below=40.0)
    finding = Finding("knee_flexion_peak_deg", "left", "within", "45° is above 40°", low)
    assessment = replace(base, findings=(finding,))
    timeline = Timeline(assessment)
    left = [c for c in assessment.cycles if c.side == "left"][2]
    early = timeline.scene(round(60 * (left.start_s + 0.15 * (left.marks["toe_off"] - left.start_s))))
    assert early.value_deg < 40
    assert early.band == "within"


def test_an_invalid_repetition_has_no_band_of_its_own():
    assessment = squat()
    bands = cycle_bands(assessment.metric("knee_fppa_deg", "left"), FPPA_SQUAT)
    assert len(bands) == 20
    assert bands[8] == "not_assessable"
    assert {"within", "watch"} <= set(bands)


def drawn(drawer, *data, **more):
    """What a drawer makes of a grey canvas."""
    canvas = GREY.copy()
    drawer(2.0)(Canvas.of_rgb(canvas), *data, **more)
    return canvas


def test_every_drawer_draws():
    xy = squat().pose.xy_px[430]
    hip, knee, ankle = (xy[side_landmark(j, "left")] for j in ("hip", "knee", "ankle"))
    images = (
        drawn(Skeleton, xy, side="left"),
        drawn(JointAngle, hip, knee, ankle, text="12°", band="watch"),
        drawn(PlumbLines, xy, side="left", drop_deg=6.0, drop_band="within"),
        drawn(EventFlags, [(Event("initial_contact", "left", 1.0, 30), xy)]),
    )
    assert all((image != 120).any() for image in images)


def test_nothing_is_drawn_where_nothing_was_found():
    missing = np.full((33, 2), np.nan)
    nowhere = missing[0]
    for image in (
        drawn(Skeleton, missing, side="left"),
        drawn(JointAngle, nowhere, nowhere, nowhere, text="12°", band="watch"),
        drawn(PlumbLines, missing, side="left", drop_deg=6.0),
        drawn(EventFlags, [(Event("toe_off", "right", 1.0, 30), missing)]),
    ):
        np.testing.assert_array_equal(image, GREY)


def test_landmarks_far_outside_the_image_do_no_harm():
    xy = squat().pose.xy_px[430] + [4000.0, -9000.0]
    hip, knee, ankle = (xy[side_landmark(j, "left")] for j in ("hip", "knee", "ankle"))
    drawn(JointAngle, hip, knee, ankle, text="12°", band="watch")
    np.testing.assert_array_equal(drawn(Skeleton, xy, side="left"), GREY)


@pytest.mark.parametrize("band", ["within", "watch", "outside", "uncertain"])
def test_the_judged_leg_takes_the_colour_of_its_band(band):
    hip, knee, ankle = np.array([300.0, 400]), np.array([320.0, 600]), np.array([300.0, 800])
    image = drawn(JointAngle, hip, knee, ankle, text="11°", band=band)
    for share in (0.25, 0.75):
        assert near(image, hip + share * (knee - hip), BAND_COLOURS[band], radius=4)


@pytest.mark.parametrize(("side", "sign"), [("left", -1), ("right", 1)])
def test_the_pelvis_line_falls_towards_the_free_side(side, sign):
    xy = squat().pose.xy_px[0]  # towards the camera: its left is image right
    flat = drawn(PlumbLines, xy, side=side, drop_deg=0.0, drop_band="outside")
    tilted = drawn(PlumbLines, xy, side=side, drop_deg=20.0, drop_band="outside")
    middle = 0.5 * (xy[Landmark.LEFT_HIP] + xy[Landmark.RIGHT_HIP])
    reach = 90 * np.array([sign * np.cos(np.radians(20)), np.sin(np.radians(20))])
    lowered = middle + reach  # free side of a left stance is image left
    assert near(tilted, lowered, BAND_COLOURS["outside"], radius=3)
    assert not near(flat, lowered, BAND_COLOURS["outside"], radius=3)


def test_without_a_measured_pelvis_no_pelvis_line_is_drawn():
    xy = squat().pose.xy_px[430]
    image = drawn(PlumbLines, xy, side="left", drop_deg=float("nan"), drop_band="outside")
    assert not (np.abs(image.astype(int) - np.array(BAND_COLOURS["outside"])).max(axis=2) < 10).any()


@pytest.mark.parametrize("size", [(720, 1280), (1280, 720), (392, 694), (1920, 1080)])
def test_the_panel_is_of_even_height_and_says_something(size):
    _, panel = painted(squat(), 430, size=size)
    assert panel.shape[0] % 2 == 0
    assert 0 < panel.shape[0] < 0.35 * size[1] + 2
    assert (panel != panel[0, 0]).any()


def test_the_panel_is_written_anew_where_its_words_change():
    assessment = squat()
    picture, panel = np.zeros((1280, 720, 3), np.uint8), np.zeros((panel_px(720, 1280), 720, 3), np.uint8)
    painter, overlay = (
        FilmPainter(Canvas.of_rgb(picture), Canvas.of_rgb(panel)),
        Overlay(assessment, width_px=720, height_px=1280),
    )
    for index in (430, 431, 900):
        painter(overlay.sketch(index))
        np.testing.assert_array_equal(panel, painted(assessment, index)[1])


@pytest.mark.parametrize("bt709", [True, False])
def test_the_planes_of_a_film_look_like_the_same_in_rgb(bt709):
    assessment = squat()
    sizes = ((1280, 720), (640, 360), (640, 360))
    planes = tuple(
        np.full(s, tone, np.uint8) for s, tone in zip(sizes, film_tones((99, 99, 99), bt709=bt709), strict=True)
    )
    below = tuple(np.zeros((panel_px(720, 1280) // (1 if k == 0 else 2), s[1]), np.uint8) for k, s in enumerate(sizes))
    painter = FilmPainter(Canvas.of_planes(planes, bt709=bt709), Canvas.of_planes(below, bt709=bt709))
    painter(Overlay(assessment, width_px=720, height_px=1280).sketch(425))
    red, blue = (0.2126, 0.0722) if bt709 else (0.299, 0.114)
    shares = np.array([red, 1 - red - blue, blue])
    for image, (y, u, v) in zip(painted(assessment, 425), (planes, below), strict=True):
        rgb = image.astype(float)
        bright = rgb @ shares
        assert np.abs(16 + bright * 219 / 255 - y).max() <= 5, "but for rounding where one thing lies upon the other"
        for plane, channel, share in ((u, 2, blue), (v, 0, red)):
            full = 128 + 112 / 255 * (rgb[..., channel] - bright) / (1 - share)
            mean = full.reshape(full.shape[0] // 2, 2, 360, 2).mean(axis=(1, 3))
            away = np.abs(mean - plane)
            assert np.median(away) <= 0.6
            assert away.mean() < 0.7
            assert (away > 25).mean() < 0.002, "colour lies where its brightness does"


def test_letters_are_at_least_eleven_pixels_high_on_a_phone():
    for width, height in ((720, 1280), (1080, 1920)):
        assert 11 * unit_for(width, height) * 390 / width >= 11 - 1e-9


def test_text_has_the_signs_that_are_needed():
    blank = text_mask("\U000f0000", 40)  # the font's sign for a missing glyph
    for sign in "°≥−±✓✕·":
        mask = text_mask(sign, 40)
        assert mask.max() == 255
        assert mask.shape != blank.shape or (mask != blank).any()


def test_text_is_clipped_at_every_edge():
    rgb, planes = np.zeros((40, 40, 3), np.uint8), tuple(np.zeros((n, n), np.uint8) for n in (40, 20, 20))
    for canvas in (Canvas.of_rgb(rgb), Canvas.of_planes(planes, bt709=True)):
        for x, y in itertools.product((-30, -29, 10, 11, 35, 90), repeat=2):
            canvas.text("12°", x, y, size_px=20, colour=(255, 255, 255))
    assert rgb.max() == 255
    assert [plane.max() for plane in planes] == [235, 128, 128]


def test_key_frames_show_the_worst_and_the_typical_repetition():
    assessment = squat()
    frames = key_frames(assessment)
    values = assessment.metric("knee_fppa_deg", "left").per_cycle
    worst = int(np.argmax([-np.inf if v is None else v for v in values])) + 1
    shown = {f.title.split(" (")[0]: f for f in frames}
    assert shown["Worst repetition"].frame_index == 60 * worst
    assert f"(no. {worst})" in shown["Worst repetition"].title
    assert [f.frame_index for f in frames] == sorted(f.frame_index for f in frames)


def test_key_frames_of_runs_show_contact_and_stance_of_the_right_leg():
    rear = key_frames(run())
    assert {f.title for f in rear} >= {"Left contact", "Right contact"}
    assert any(f.title.startswith("Left stance, knee furthest in") for f in rear)
    assert [f.title for f in key_frames(run(protocol="treadmill_side"))] == [
        "Left contact",
        "Left stance, deepest knee bend",
        "Left toe-off",
    ]
    contacts = [e.frame for e in run().events if (e.kind, e.side) == ("initial_contact", "right")]
    shown = next(f.frame_index for f in rear if f.title == "Right contact")
    assert min(abs(shown - contact) for contact in contacts) <= 1
    captions = " ".join(f.caption for f in rear)
    assert "Knee valgus" in captions
    assert "Hip drop" in captions
    assert len({f.frame_index for f in rear}) == len(rear)


def test_what_was_not_measured_is_not_drawn():
    base = squat()
    fppa = base.metric("knee_fppa_deg", "left")
    refused = replace(fppa, value=None, ci95=None, reason="the camera is off to one side")
    assessment = replace(base, metrics=tuple(refused if m is fppa else m for m in base.metrics))
    scene = Timeline(assessment).scene(60)
    assert np.isnan(scene.value_deg)
    assert scene.band is None
    image, before = (painted(a, 60)[0] for a in (assessment, base))
    shank = 0.6 * base.pose.joint("knee", "left")[60] + 0.4 * base.pose.joint("ankle", "left")[60]
    green = BAND_COLOURS["within"]
    assert near(before, shank, green, radius=6)
    assert not near(image, shank, green, radius=6)


def test_a_clip_without_cycles_has_no_key_frames_and_still_an_overlay():
    assessment = replace(run(), cycles=(), events=(), metrics=(), findings=())
    assert key_frames(assessment) == []
    picture, panel = painted(assessment, 50)
    assert (picture != 99).any()
    assert (panel != panel[0, 0]).any()


def test_a_key_frame_is_cut_to_the_athlete():
    assessment = squat()
    (frame,) = frames_of(assessment, range(430, 431))
    picture = Overlay(assessment, width_px=720, height_px=1280).key_frame(frame)
    assert picture.shape[0] < 1280
    assert picture.flags.c_contiguous
    nobody = athlete_box(np.full((33, 2), np.nan), (720, 1280), margin_px=10)
    assert nobody == (slice(0, 1280), slice(0, 720))


@pytest.mark.parametrize("shift", [(0, 0), (-400, 0), (400, 300), (0, -900)])
def test_the_box_of_an_athlete_stays_inside_the_picture(shift):
    xy = squat().pose.xy_px[430] + shift
    rows, columns = athlete_box(xy, (720, 1280), margin_px=40)
    assert 0 <= rows.start < rows.stop <= 1280
    assert 0 <= columns.start < columns.stop <= 720


def test_two_hundred_frames_a_second_at_720_by_1280():
    planes = tuple(np.full((1280 // n, 720 // n), 99, np.uint8) for n in (1, 2, 2))
    below = tuple(np.zeros((panel_px(720, 1280) // n, 720 // n), np.uint8) for n in (1, 2, 2))
    painter = FilmPainter(Canvas.of_planes(planes, bt709=True), Canvas.of_planes(below, bt709=True))
    overlay = Overlay(run(), width_px=720, height_px=1280)
    for index in range(190, 200):
        painter(overlay.sketch(index))
    start = time.process_time()
    for index in range(200, 260):
        painter(overlay.sketch(index))
    assert 60 / (time.process_time() - start) >= 200


def test_a_drawn_text_in_any_letters_is_never_boxes(monkeypatch):
    monkeypatch.setattr("formcheck.lettering.other_faces", lambda: ())
    text_mask.cache_clear()
    lost = text_mask("[?]", 20)
    np.testing.assert_array_equal(text_mask("膝", 20), lost)
    assert not np.array_equal(text_mask("колено", 20), text_mask("колёно", 20))
    arabic = text_mask("ركبة", 20)
    assert arabic.shape[0] == lost.shape[0]
    assert arabic.max() > 200
    text_mask.cache_clear()
