"""Outliers against the plain definition, and paths against every path there is."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.outliers import hampel
from formcheck.paths import cheapest_path


def plain_hampel(column, half_window, floor):
    """The definition, value by value."""
    n, wide = len(column), min(4 * half_window, len(column) - 1)
    around = np.pad(column, half_window, mode="reflect", reflect_type="odd")
    off = np.full(n, np.nan)
    for i in range(n):
        frames = around[i : i + 2 * half_window + 1]
        before, after = frames[:half_window], frames[half_window + 1 :]
        if np.isfinite(frames[half_window]) and np.isfinite(before).any() and np.isfinite(after).any():
            halfway = 0.5 * (np.nanmedian(before) + np.nanmedian(after))
            off[i] = min(abs(column[i] - np.nanmedian(frames)), abs(column[i] - halfway))
    about = np.pad(off, wide, mode="reflect", reflect_type="odd")
    spread = [1.4826 * np.nanmedian(about[i : i + 2 * wide + 1]) if np.isfinite(off[i]) else np.nan for i in range(n)]
    return np.where(off > np.maximum(4.0 * np.array(spread), floor), np.nan, column)


@pytest.mark.filterwarnings("ignore:All-NaN")
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(3, 80),
    half_window=st.integers(1, 8),
    floor=st.sampled_from([0.0, 0.5, 3.0, np.inf]),
    lost=st.sampled_from([0.0, 0.1, 0.6]),
)
def test_shortcuts_find_what_the_definition_finds(seed, n, half_window, floor, lost):
    rng = np.random.default_rng(seed)
    column = np.cumsum(rng.normal(size=n)) + 20.0 * rng.normal(size=n) * (rng.random(n) < 0.1)
    column[rng.random(n) < lost] = np.nan
    found = hampel(column[:, None], half_window=half_window, floor=floor)[:, 0]
    expected = plain_hampel(column, half_window, floor) if n >= 2 * half_window + 1 else column
    np.testing.assert_array_equal(found, expected)


@given(seed=st.integers(0, 10_000), n=st.integers(1, 6), states=st.integers(1, 3))
def test_no_path_is_cheaper(seed, n, states):
    rng = np.random.default_rng(seed)
    start, steps = rng.random(states), rng.random((n - 1, states, states))

    def cost(path):
        return start[path[0]] + sum(step[a, b] for step, a, b in zip(steps, path, path[1:], strict=False))

    assert cost(cheapest_path(start, steps)) == pytest.approx(min(map(cost, product(range(states), repeat=n))))


@pytest.mark.parametrize("n", [99, 100, 101, 5000])
def test_the_stretches_meet(n):
    """A path along free steps through random states is found, however the clip is cut."""
    rng = np.random.default_rng(n)
    true = rng.integers(0, 4, n)
    steps = 1.0 + rng.random((n - 1, 4, 4))
    steps[np.arange(n - 1), true[:-1], true[1:]] = 0.0
    np.testing.assert_array_equal(cheapest_path((np.arange(4) != true[0]).astype(float), steps), true)
