"""The cheapest path through states over a clip (Viterbi), for all its stretches at once. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formcheck.types import FloatArray


def cheapest_path(start: FloatArray, steps: FloatArray) -> NDArray[np.intp]:
    """(N,) states that cost least over all.

    A loop over frames would be the time it takes, so the path is cut into √N stretches that are walked side by side:
    1. What each stretch costs from each state to each.
    2. From stretch to stretch: the least cost of coming to each state at its beginning.
    3. Within the stretches: from which state each one is reached most cheaply.
    4. Backwards from the end: where each stretch begins, then every frame of it.

    start : (S,) cost of beginning in a state. steps : (N−1, S, S) cost of going from one state to another.
    """
    n, states = len(steps) + 1, len(start)
    length = max(int(np.sqrt(n)), 1)
    count = -(-len(steps) // length)
    stay = np.where(np.eye(states, dtype=bool), 0.0, np.inf)
    cut = np.concatenate([steps, np.broadcast_to(stay, (count * length - len(steps), states, states))])
    along = cut.reshape(count, length, states, states).swapaxes(0, 1)
    came_from = np.empty((length, count, states), dtype=np.intp)
    best, last = _entry_costs(start, along)
    for place, step in enumerate(along):
        total = best[:, :, None] + step
        came_from[place], best = total.argmin(axis=1), total.min(axis=1)
    state = _exit_states(came_from, int(last.argmin()))
    path = np.empty((length, count), dtype=np.intp)
    stretch = np.arange(count)
    for place in range(length - 1, -1, -1):
        path[place] = state
        state = came_from[place, stretch, state]
    first = state[:1] if count else np.array([last.argmin()])
    return np.asarray(np.concatenate([first, path.T.reshape(-1)[: n - 1]]))


def _entry_costs(start: FloatArray, along: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(B, S) least cost of coming to each state at the beginning of each stretch, and (S,) at the end of the last."""
    _, count, states, _ = along.shape
    across = np.broadcast_to(np.where(np.eye(states, dtype=bool), 0.0, np.inf), (count, states, states))
    for step in along:
        across = (across[:, :, :, None] + step[:, None]).min(axis=2)
    entry = np.empty((count, states))
    here = start
    for stretch in range(count):
        entry[stretch] = here
        here = (here[:, None] + across[stretch]).min(axis=0)
    return entry, here


def _exit_states(came_from: NDArray[np.intp], last: int) -> NDArray[np.intp]:
    """(B,) state at the end of each stretch, from where each state of its end has come."""
    _, count, states = came_from.shape
    begins = np.broadcast_to(np.arange(states), (count, states))
    for back in came_from[::-1]:
        begins = np.take_along_axis(back, begins, axis=1)
    ends = np.empty(count, dtype=np.intp)
    for stretch in range(count - 1, -1, -1):
        ends[stretch] = last
        last = int(begins[stretch, last])
    return ends
