"""The athlete among several people whose movements are made here."""

import numpy as np
import pytest

from formcheck.athlete import Candidates, body_yaw, choose_athlete, link, lost_boxes, movement, stature_px
from formcheck.errors import InputError
from formcheck.landmarks import MIRROR, Landmark

SIZE = (720, 1280)
FPS = 30.0
_STANDING = {
    "NOSE": (0.0, -0.62),
    "SHOULDER": (0.12, -0.45),
    "ELBOW": (0.15, -0.25),
    "WRIST": (0.15, -0.08),
    "HIP": (0.08, 0.0),
    "KNEE": (0.08, 0.27),
    "ANKLE": (0.08, 0.52),
    "HEEL": (0.07, 0.55),
    "FOOT_INDEX": (0.10, 0.56),
}


def person(*, x_px, y_px, height_px, squat=0.0):
    """(N, 33, 2) of somebody facing the camera; `squat` 0 to 1 lowers the hips and bends the knees out."""
    x_px, y_px, squat = np.broadcast_arrays(*np.atleast_1d(x_px, y_px, squat))
    xy = np.zeros((len(x_px), 33, 2))
    for landmark in Landmark:
        side = 1 if landmark.name.startswith("LEFT") else -1 if landmark.name.startswith("RIGHT") else 0
        x, y = next((v for k, v in _STANDING.items() if landmark.name.endswith(k)), _STANDING["NOSE"])
        below = landmark.name.endswith(("KNEE", "ANKLE", "HEEL", "FOOT_INDEX"))
        lowered = np.zeros(len(squat)) if below and "KNEE" not in landmark.name else 0.2 * squat
        lowered = 0.1 * squat if "KNEE" in landmark.name else lowered
        out = 0.1 * squat if "KNEE" in landmark.name else 0 * squat
        xy[:, landmark] = np.stack([side * (x + out), y + lowered], axis=-1)
    return xy * height_px + np.stack([x_px, y_px], axis=-1)[:, None]


def candidates(*people, seed=0):
    """People (N, 33, 2), NaN where out of view, in a random order of slots in every frame."""
    xy = np.stack(people, axis=1).astype(float)
    rng = np.random.default_rng(seed)
    for frame in xy:
        frame[:] = frame[rng.permutation(len(people))]
    n, p = xy.shape[:2]
    visibility = np.where(np.isnan(xy[..., 0]), np.nan, 0.9)
    sharpness = np.where(np.isnan(xy[:, :, 0, 0]), np.nan, 0.3)
    world = np.where(np.isnan(xy[..., :1]), np.nan, np.zeros((n, p, 33, 3)))
    return Candidates(np.arange(n) / FPS, xy, visibility, world, sharpness, sharpness, SIZE, "made")


def absent(xy, *spans):
    xy = xy.copy()
    for start, stop in spans:
        xy[start:stop] = np.nan
    return xy


N = 240
SECONDS = np.arange(N) / FPS
SQUATS = 0.5 - 0.5 * np.cos(2 * np.pi * SECONDS / 2)
ATHLETE = person(x_px=360 + 5 * np.sin(SECONDS), y_px=np.full(N, 650.0), height_px=700, squat=SQUATS)


def is_athlete(pose, athlete=ATHLETE):
    seen = np.isfinite(athlete[:, 0, 0])
    return np.allclose(pose.xy_px[seen], athlete[seen])


def test_one_person_comes_back_as_they_are():
    pose = choose_athlete(candidates(ATHLETE))
    assert is_athlete(pose)
    assert pose.image_size_px == SIZE
    assert "one person" in pose.history[-1]


def test_a_larger_bystander_who_stands_still_is_ignored():
    bystander = person(x_px=np.full(N, 120.0), y_px=650 + np.random.default_rng(1).normal(0, 1.5, N), height_px=800)
    pose = choose_athlete(candidates(ATHLETE, bystander))
    assert is_athlete(pose)
    assert "among 2 people" in pose.history[-1]


def test_a_passer_by_who_crosses_in_front_is_ignored():
    """They pass through the athlete's very place, as large, and hide them for a while."""
    walk = np.linspace(-200, 920, 150)
    stride = 0.5 + 0.5 * np.sin(2 * np.pi * 1.8 * np.arange(150) / FPS)
    passer = np.full((N, 33, 2), np.nan)
    passer[40:190] = person(x_px=walk, y_px=np.full(150, 600.0), height_px=780, squat=0.5 * stride)
    hidden = np.flatnonzero(np.abs(passer[:, 0, 0] - 360) < 60)
    athlete = absent(ATHLETE, (hidden[0], hidden[-1] + 1))
    pose = choose_athlete(candidates(athlete, passer))
    assert is_athlete(pose, athlete)
    assert np.isnan(pose.xy_px[hidden]).all()


def test_a_lone_walker_in_the_distance_does_not_displace_a_short_athlete():
    far = person(x_px=np.linspace(100, 600, N), y_px=np.full(N, 500.0), height_px=200, squat=0.3 * SQUATS)
    athlete = absent(ATHLETE, (0, 100))
    assert is_athlete(choose_athlete(candidates(athlete, far)), athlete)


def test_the_athlete_is_followed_over_short_and_long_gaps():
    athlete = absent(ATHLETE, (30, 40), (80, 81), (120, 190))
    pose = choose_athlete(candidates(athlete))
    assert is_athlete(pose, athlete)
    assert np.isnan(pose.xy_px[30:40]).all()
    assert len(pose) == N, "frames without the athlete keep their time"
    assert "found in 159 of 240" in pose.history[0]


def test_a_second_find_of_the_same_person_starts_nobody():
    double = absent(ATHLETE + 20, (0, 100), (101, N))
    found = candidates(ATHLETE, double)
    assert len(link(found)) == 1
    assert np.isfinite(choose_athlete(found).xy_px).all()


def test_someone_elsewhere_does_not_fill_the_athletes_gaps():
    """The trainer is seen only while the athlete is not."""
    athlete = absent(ATHLETE, (100, 130))
    trainer = absent(person(x_px=np.full(N, 650.0), y_px=np.full(N, 640.0), height_px=680), (0, 100), (130, N))
    pose = choose_athlete(candidates(athlete, trainer))
    assert np.isnan(pose.xy_px[100:130]).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_order_in_which_people_are_found_does_not_matter(seed):
    bystander = person(x_px=np.full(N, 600.0), y_px=np.full(N, 700.0), height_px=650, squat=0.1 * SQUATS)
    assert is_athlete(choose_athlete(candidates(ATHLETE, bystander, seed=seed)))


def test_where_the_athlete_was_lost_a_box_says_where_to_look():
    moving = person(x_px=100 + 10.0 * np.arange(N), y_px=650, height_px=400, squat=SQUATS)
    boxes = lost_boxes(choose_athlete(candidates(absent(moving, (50, 53), (N - 2, N)))))
    assert sorted(boxes) == [50, 51, 52, N - 2, N - 1]
    for row in (50, 51, 52):
        left, top, right, bottom = boxes[row]
        points = moving[row]
        assert left < points[:, 0].min() < points[:, 0].max() < right
        assert top < points[:, 1].min() < points[:, 1].max() < bottom
        assert bottom - top < 1.5 * np.ptp(points[:, 1])


def test_nobody_looks_far_from_where_the_athlete_was_seen():
    lost = absent(ATHLETE, (30, 150))
    boxes = set(lost_boxes(choose_athlete(candidates(lost))))
    assert boxes >= {*range(30, 59), *range(121, 150)}, "within a second of a sighting"
    assert not boxes & {*range(61, 119)}
    assert lost_boxes(choose_athlete(candidates(ATHLETE))) == {}


def test_people_found_in_a_second_look_join_the_first():
    lost = absent(ATHLETE, (100, 110))
    both = candidates(lost, absent(ATHLETE, (0, 100), (110, N)))
    assert is_athlete(choose_athlete(both))


def test_nobody_is_refused_in_one_line():
    nobody = np.full((N, 33, 2), np.nan)
    with pytest.raises(InputError, match=r"no person can be followed in a\.mp4") as caught:
        choose_athlete(candidates(nobody), name="a.mp4")
    assert "\n" not in str(caught.value)


def test_a_few_chance_finds_are_nobody():
    with pytest.raises(InputError, match="no person"):
        choose_athlete(candidates(absent(ATHLETE, (5, N))))


def test_stature_and_movement_scale_with_the_image():
    assert stature_px(2 * ATHLETE) == pytest.approx(2 * stature_px(ATHLETE))
    assert movement(2 * ATHLETE + 100) == pytest.approx(movement(ATHLETE))
    assert movement(ATHLETE[:, MIRROR]) == pytest.approx(movement(ATHLETE))
    assert movement(person(x_px=np.full(N, 9.0), y_px=9.0, height_px=700)) == 0


@pytest.mark.parametrize("turn_deg", [-60, -10, 0, 25, 80])
@pytest.mark.parametrize("back", [False, True])
def test_body_yaw(turn_deg, back):
    """Turned about the vertical by a known angle, to the athlete's own left where positive."""
    world = np.zeros((33, 3))
    forward_deg = turn_deg + (180 if back else 0)
    # Facing the camera looks along −z with the left hand at +x; turning left moves the left hand away from the camera.
    left = np.array([np.cos(np.radians(forward_deg)), 0, np.sin(np.radians(forward_deg))])
    for joint, half_m, y in (("SHOULDER", 0.2, -0.5), ("HIP", 0.1, 0.0)):
        world[Landmark[f"LEFT_{joint}"]] = left * half_m + (0, y, 0)
        world[Landmark[f"RIGHT_{joint}"]] = -left * half_m + (0, y, 0)
    yaw_deg, facing = body_yaw(world)
    assert yaw_deg == pytest.approx(turn_deg)
    assert facing == pytest.approx(np.cos(np.radians(forward_deg)))
