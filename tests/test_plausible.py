"""Times and landmarks that no film and no body can have."""

import numpy as np
import pytest

from formcheck.errors import InputError
from formcheck.landmarks import Landmark
from formcheck.plausible import check_body, check_times

FILM_S = np.arange(600) / 60


def refused(time_s):
    with pytest.raises(InputError) as caught:
        check_times("a.csv", time_s)
    return str(caught.value)


def test_times_of_films_pass():
    for fps in (1, 15, 29.97, 240, 1000):
        check_times("a.csv", np.arange(3000) / fps)
    check_times("a.csv", np.array([0.0, 0.1]))
    check_times("a.csv", FILM_S + 1e6)
    check_times("a.csv", np.where(FILM_S > 5, FILM_S + 59, FILM_S))


def test_times_that_leap_are_told_with_their_place():
    assert "leaps by 1e+07 s after frame 300" in refused(np.where(FILM_S > 5, FILM_S + 1e7, FILM_S))
    assert "leaps" in refused(FILM_S * 1e9)


def test_times_that_stand_still():
    assert "closer than any camera" in refused(FILM_S * 1e-9)
    assert "closer than any camera" in refused(np.insert(FILM_S, 1, 1e-6))


def test_a_single_frame():
    assert "single frame" in refused(np.array([0.0]))


def test_few_frames_in_a_week_would_be_filled_up_with_millions():
    slow = 10 + np.arange(20_000) * 50.0
    assert "damaged" in refused(np.concatenate([np.arange(20_001) / 2500, slow]))


def body(scale=1.0):
    xy = np.full((5, 33, 2), np.nan)
    for side in ("LEFT", "RIGHT"):
        xy[:, Landmark[f"{side}_HIP"]] = (100, 100)
        xy[:, Landmark[f"{side}_ANKLE"]] = (100, 100 + 80 * scale)
    return xy


def test_a_body_passes_also_where_little_of_it_is_seen():
    check_body("a.csv", body())
    half = body()
    half[1:, Landmark.LEFT_HIP] = np.nan
    check_body("a.csv", half)


def test_no_body():
    with pytest.raises(InputError, match="left hip and ankle lie in one point"):
        check_body("a.csv", body(0.0))
    far = body()
    far[2, Landmark.NOSE] = 1e6
    with pytest.raises(InputError, match=r"1e\+06 pixels"):
        check_body("a.csv", far)
