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
    along = np.ascontiguousarray(cut.reshape(count, length, states, states).transpose(1, 2, 3, 0))
    came_from = np.empty((length, states, count), dtype=np.intp)
    best, last = _entry_costs(start, along)
    for place, step in enumerate(along):
        best = _cheapest_from(best, step, came_from[place])
    state = _exit_states(came_from, int(last.argmin()))
    path = np.empty((length, count), dtype=np.intp)
    stretch = np.arange(count)
    for place in range(length - 1, -1, -1):
        path[place] = state
        state = came_from[place, state, stretch]
    first = state[:1] if count else np.array([last.argmin()])
    return np.asarray(np.concatenate([first, path.T.reshape(-1)[: n - 1]]))


def _entry_costs(start: FloatArray, along: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(S, B) least cost of coming to each state at the beginning of each stretch, and (S,) at the end of the last."""
    _, states, _, count = along.shape
    across = np.repeat(np.where(np.eye(states, dtype=bool), 0.0, np.inf)[..., None], count, axis=-1)
    for step in along:
        over = across[:, 0, None] + step[0]
        for via in range(1, states):
            np.minimum(over, across[:, via, None] + step[via], out=over)
        across = over
    entry = np.empty((states, count))
    here = start
    for stretch in range(count):
        entry[:, stretch] = here
        here = (here[:, None] + across[..., stretch]).min(axis=0)
    return entry, here


def _cheapest_from(best: FloatArray, step: FloatArray, came_from: NDArray[np.intp]) -> FloatArray:
    """(S, B) least cost after a step; from which state goes into `came_from`, the first of equals."""
    least = best[0] + step[0]
    came_from[:] = 0
    for state in range(1, len(best)):
        cost = best[state] + step[state]
        came_from[cost < least] = state
        np.minimum(least, cost, out=least)
    return np.asarray(least)


def _exit_states(came_from: NDArray[np.intp], last: int) -> NDArray[np.intp]:
    """(B,) state at the end of each stretch, from where each state of its end has come."""
    _, states, count = came_from.shape
    stretches = np.arange(count)
    begins = np.repeat(np.arange(states)[:, None], count, axis=1)
    for back in came_from[::-1]:
        begins = back[begins, stretches]
    ends = np.empty(count, dtype=np.intp)
    for stretch in range(count - 1, -1, -1):
        ends[stretch] = last
        last = int(begins[last, stretch])
    return ends
