"""python -m benchmarks.hostile [--cases N] [--seed S] [--jobs J] [--only WORD]: what comes of hostile inputs."""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.command_line import CommandLine
from benchmarks.hostile.cases import Case, Shelf, cases
from benchmarks.hostile.run import Outcome, run_case
from formcheck.cli.commands import SOME_FAILED


def main() -> int:
    """Run the cases and print what went wrong, then the figures; exit status 1 where anything did."""
    words = argparse.ArgumentParser(prog="python -m benchmarks.hostile", description=__doc__)
    words.add_argument("--cases", type=int, default=1200)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--jobs", type=int, default=2)
    words.add_argument("--only", default="", help="cases whose kind holds this word")
    said = words.parse_args()
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        shelf = Shelf(Path(folder) / "shelf")
        wanted = [case for case in cases(said.cases, said.seed, shelf) if said.only in case.kind]
        for outcome in _run_all(wanted, Path(folder), said.jobs):
            outcomes.append(outcome)
            if outcome.faults:
                print(_told(outcome), flush=True)
    print(_figures(outcomes, said.seed))
    return int(any(outcome.faults for outcome in outcomes))


def _run_all(wanted: list[Case], folder: Path, jobs: int) -> Iterator[Outcome]:
    """Each thread calls a command line of its own."""
    own, made = threading.local(), []

    def start() -> None:
        own.command_line = CommandLine()
        made.append(own.command_line)

    def run(case: Case) -> Outcome:
        return run_case(case, folder / f"case-{case.number}", own.command_line)

    with ThreadPoolExecutor(jobs, initializer=start) as pool:
        yield from pool.map(run, wanted)
    for command_line in made:
        command_line.close()


def _told(outcome: Outcome) -> str:
    case = outcome.case
    return f"{case.number} {case.kind}: {'; '.join(outcome.faults)}\n    {outcome.said.strip()[-400:]}"


def _figures(outcomes: list[Outcome], seed: int) -> str:
    by_status = Counter(outcome.ended.status for outcome in outcomes)
    slow = max(outcomes, key=lambda o: o.ended.seconds)
    big = max(outcomes, key=lambda o: o.ended.peak_bytes)
    results = by_status[0] + by_status[SOME_FAILED]
    wrong = sum(bool(outcome.faults) for outcome in outcomes)
    return (
        f"{len(outcomes)} cases (seed {seed}), {len({o.case.kind for o in outcomes})} kinds: "
        f"{results} gave a result, {by_status[3] + by_status[2]} one line, {wrong} went wrong. "
        f"Longest {slow.ended.seconds:.1f} s ({slow.case.kind}); "
        f"most memory {big.ended.peak_bytes / 1e6:.0f} MB ({big.case.kind})."
    )


if __name__ == "__main__":
    sys.exit(main())
