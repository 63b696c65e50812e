"""Time as it would pass on a machine that does nothing else, so that a bound on it never fails by chance."""

import time

_TRIED_S = 0.25
"""Of computing; a shorter try is let through at once, however much other work waits."""


def stretch():
    """How many times longer than alone a program takes here at the moment; 1 on an idle machine."""
    wall_s, own_s = time.perf_counter(), time.process_time()
    while time.process_time() - own_s < _TRIED_S:
        pass
    return max(1.0, (time.perf_counter() - wall_s) / (time.process_time() - own_s))


class Stopwatch:
    """Context manager: `fair_s`, the seconds that passed, over how much the machine was held up by other work."""

    def __enter__(self):
        self._before = stretch()
        self._start_s = time.perf_counter()
        return self

    def __exit__(self, *_):
        passed_s = time.perf_counter() - self._start_s
        self.fair_s = passed_s / max(self._before, stretch())
