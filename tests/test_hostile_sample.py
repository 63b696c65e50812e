"""A sample of `python -m benchmarks.hostile` and `python -m benchmarks.kills`, in every run; all of them by hand."""

import os
import random

import pytest

from benchmarks import kills
from benchmarks.command_line import CommandLine
from benchmarks.hostile import cases, run_case
from benchmarks.hostile.cases import Shelf

N_SAMPLE, N_KILLS = 30, 8
SLOW = ("million", "4096", "8k", "tall", "bomb", "frames in one place")
NO_HIPS = 961
"""A landmark file in which no frame of a bend shows both hips."""
QUICK = ("assess again", "backup", "restore", "migration")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="forks and signals")


@pytest.fixture(scope="module")
def command_line():
    with CommandLine() as started:
        yield started


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """The cases of a whole run that are quick."""
    return [case for case in cases(1200, 1, Shelf(tmp_path_factory.mktemp("shelf"))) if not _is_slow(case)]


def _is_slow(case):
    return any(word in case.kind for word in SLOW)


def test_a_whole_run_is_a_thousand_cases_of_many_kinds_and_the_same_every_time(tmp_path):
    shelf = Shelf(tmp_path / "shelf")
    first, again = list(cases(1200, 1, shelf)), list(cases(1200, 1, shelf))
    assert len(first) == 1200
    assert len({case.kind for case in first}) > 250
    for one, other in zip(first[::60], again[::60], strict=True):
        built = []
        for case in (one, other):
            place = tmp_path / "same"
            place.mkdir()
            words = case.build(place)
            built.append((words, [p.read_bytes() for p in sorted(place.rglob("*")) if p.is_file()]))
            for path in place.iterdir():
                path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
            place.rmdir()
        assert built[0] == built[1], one.kind


@pytest.mark.parametrize("share", range(3))
def test_hostile_inputs_give_a_result_or_one_line(everything, command_line, tmp_path, request, share):
    rng = random.Random(request.config.option.slow_seed)
    for case in rng.sample(everything, N_SAMPLE)[share::3]:
        outcome = run_case(case, tmp_path / str(case.number), command_line)
        assert outcome.faults == (), (case.number, case.kind, outcome.said)


def test_a_bend_without_hips_is_none(everything, command_line, tmp_path):
    case = next(case for case in everything if case.number == NO_HIPS)
    outcome = run_case(case, tmp_path / "case", command_line)
    assert outcome.faults == (), outcome.said


def test_a_fault_would_be_noticed(command_line, tmp_path, everything, monkeypatch):
    case = next(case for case in everything if case.kind == "film one-frame.mp4")
    monkeypatch.setattr("benchmarks.hostile.run.MEMORY_BYTES", 1000)
    monkeypatch.setattr("benchmarks.hostile.run.WALL_S", 0.0)
    faults = " ".join(run_case(case, tmp_path / "case", command_line).faults)
    assert "of memory" in faults
    assert "not over after" in faults
    assert "exit status -9" in faults


def test_killed_at_a_random_moment_nothing_is_lost(request):
    done = [one for name in QUICK for one in kills.rounds(N_KILLS // 4, request.config.option.slow_seed, 1, name)]
    assert len(done) >= N_KILLS
    assert [(one.name, one.faults) for one in done if one.faults] == []
    assert sum(one.killed for one in done) >= N_KILLS // 2, "the moments lie within what the commands take"
