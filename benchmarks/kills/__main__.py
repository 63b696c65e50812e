"""python -m benchmarks.kills [--times N] [--seed S] [--jobs J] [--only WORD]: the power goes at a random moment.

Each round begins a command, kills it and all that it started (SIGKILL) at a moment drawn from its usual length, and
looks at what is left: nothing finished may be lost, nothing half-done may pass for done, and the same command must work
afterwards.
"""

from __future__ import annotations

import argparse
import sys
import time

from benchmarks.kills.run import rounds
from benchmarks.kills.tasks import TASKS


def main() -> int:
    """Kill, print what went wrong and the figures; exit status 1 where anything did."""
    words = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    words.add_argument("--times", type=int, default=200)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--jobs", type=int, default=2)
    words.add_argument("--only", default="", help="tasks whose name holds this word")
    said = words.parse_args()
    started_s = time.monotonic()
    done = []
    for one in rounds(said.times, said.seed, said.jobs, said.only):
        done.append(one)
        if len(done) % 20 == 0:
            print(f"{len(done)} rounds, {sum(bool(one.faults) for one in done)} went wrong", flush=True)
        if one.faults:
            print(f"{one.number} {one.name}: {'; '.join(one.faults)}", flush=True)
    by_task = {name: [one for one in done if one.name == name] for name in TASKS}
    for name, ours in by_task.items():
        wrong = sum(bool(one.faults) for one in ours)
        print(f"{name}: {sum(one.killed for one in ours)} of {len(ours)} killed before their end, {wrong} went wrong")
    wrong = sum(bool(one.faults) for one in done)
    print(f"{len(done)} rounds (seed {said.seed}), {wrong} went wrong, {time.monotonic() - started_s:.0f} s")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
