"""The stride's phase and mean cycle, against closed forms."""

import numpy as np
import pytest
from motions import run_clip

from formcheck import gait_phase
from formcheck.gait_phase import body_phase, fit_cycle, waves


def test_a_cycle_comes_back_from_noise_and_outliers():
    rng = np.random.default_rng(3)
    phase = np.sort(rng.uniform(0.0, 40.0, 400))
    clean = 0.3 + 0.5 * np.cos(phase) - 0.2 * np.sin(2 * phase)
    seen = clean + rng.normal(0.0, 0.01, 400)
    seen[::9] += 0.6
    seen[5:30] = np.nan
    fitted = (waves(phase, 4) @ fit_cycle(seen[:, None], phase, harmonics=4))[:, 0]
    assert np.abs(fitted - clean).max() < 0.02


def test_late_and_early_lowest_points_are_made_good_by_the_limbs():
    clip = run_clip("side_right", fps=120.0, noise_px=1.0)
    true = np.sort(np.concatenate([clip.midstances(side) for side in ("left", "right")]))
    true = true[(true > clip.pose.time_s[0]) & (true < clip.pose.time_s[-1])]
    jitter = np.random.default_rng(1).normal(0.0, 0.012, len(true))
    phase = body_phase(clip.pose, true + jitter, np.arange(len(true), dtype=np.intp))
    found = np.interp(true[1:-1], clip.pose.time_s, phase) / np.pi * np.median(np.diff(true))
    even = found - np.arange(1, len(true) - 1) * np.median(np.diff(true))
    assert np.std(even - np.polyval(np.polyfit(true[1:-1], even, 1), true[1:-1])) < 0.007
    assert np.all(np.diff(phase) > 0)


def test_sums_of_products_are_those_of_all_columns():
    rng = np.random.default_rng(0)
    phase, weights = rng.uniform(0, 50, 300), rng.random(300)
    columns = gait_phase.waves(phase, 5)
    products = gait_phase.WaveProducts(phase, 5)
    np.testing.assert_allclose(products.waves, columns)
    np.testing.assert_allclose(products.normal(weights), (columns * weights[:, None]).T @ columns, atol=1e-9)


@pytest.mark.parametrize("knots", [2, 3, 4, 30])
def test_equations_between_neighbours_are_those_of_all_knots(knots):
    rng = np.random.default_rng(knots)
    place = np.sort(rng.uniform(0, knots - 1.001, 20 * knots))
    place[-1] = knots - 1.001
    pull, hold = rng.normal(size=place.size), rng.random(place.size)
    before = np.floor(place).astype(int)
    found = gait_phase._along_knots(np.stack([1 - place + before, place - before]), before, pull, hold)
    tents = np.maximum(0.0, 1.0 - np.abs(place[:, None] - np.arange(knots)))
    normal = (tents * hold[:, None]).T @ tents
    bend = np.diff(np.eye(knots), 2, axis=0)
    steady = normal + np.mean(np.diag(normal)) * (gait_phase._SMOOTH * bend.T @ bend + 1e-6 * np.eye(knots))
    np.testing.assert_allclose(found, tents @ np.linalg.solve(steady, tents.T @ pull), atol=1e-9)


@pytest.mark.parametrize("n", [3, 4, 300, 301, 4000, 4001])
@pytest.mark.parametrize("order", ["random", "every sixteenth small", "equal"])
def test_the_middle_is_found_whatever_the_sample_says(n, order):
    miss = np.random.default_rng(n).random(n)
    if order == "every sixteenth small":
        miss[::16] *= 1e-3
    if order == "equal":
        miss[:] = 0.25
    assert gait_phase._root_of_middle(miss**2) == pytest.approx(np.median(miss), rel=1e-12)
