"""Worker processes: what they give, what becomes of them when they die, and that none outlives its parent."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from formcheck.cores import allowed_cores
from formcheck.errors import InputError, ModelError
from formcheck.workers import Task, Workers

# What the tasks do; a worker imports it from here, as it has its parent's search path.


def count(start, stop):
    yield from range(start, stop)


def own_pid():
    yield os.getpid()


def die_once(mark, number):
    """Give a number, but kill the own process in the middle of doing so the first time."""
    yield ("begun", number)
    path = Path(mark)
    if not path.exists():
        path.write_text("died")
        os.kill(os.getpid(), signal.SIGKILL)
    yield ("done", number)


def die():
    os._exit(3)
    yield


def refuse():
    raise InputError("the card was pulled out")
    yield


def chatter():
    os.write(1, b"native noise on standard output\n")
    yield "said"


def sleep_for(seconds):
    yield os.getpid()
    time.sleep(seconds)


def leave_a_cycle(megabytes):
    """What a decoded picture leaves: memory that only a look for cycles finds. Gives the most held so far, in MB."""
    cycle = [bytearray(b"x") * (megabytes * 1_000_000)]
    cycle.append(cycle)
    time.sleep(1.1)
    yield resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def test_what_tasks_leave_in_cycles_does_not_add_up():
    with Workers(1) as pool:
        held_mb = list(pool.run([Task(leave_a_cycle, (60,)) for _ in range(8)]))
    assert held_mb[-1] < held_mb[0] + 3 * 60


def test_every_task_is_carried_out_once_whatever_the_number_of_workers():
    tasks = [Task(count, (10 * i, 10 * i + 10)) for i in range(7)]
    for workers in (1, 3):
        with Workers(workers) as pool:
            assert sorted(pool.run(tasks)) == list(range(70))
            assert sorted(pool.run(tasks[:2])) == list(range(20)), "a pool may be used again"


def test_what_a_worker_prints_is_not_taken_for_an_answer(capfd):
    with Workers(1) as pool:
        assert list(pool.run([Task(chatter, ())])) == ["said"]
    assert capfd.readouterr() == ("", "")


def test_what_a_task_raises_is_raised_here():
    with Workers(2) as pool, pytest.raises(InputError, match="card"):
        list(pool.run([Task(refuse, ())]))


def test_a_task_whose_process_is_killed_is_done_by_a_fresh_one(tmp_path):
    tasks = [Task(die_once, (str(tmp_path / "mark"), number)) for number in range(3)]
    with Workers(1) as pool:
        found = list(pool.run(tasks))
        assert {number for word, number in found if word == "done"} == {0, 1, 2}
        assert found.count(("begun", 0)) == 2, "begun again, from its beginning"


def test_a_task_that_kills_two_processes_is_one_clear_line():
    began = time.monotonic()
    with Workers(2) as pool, pytest.raises(ModelError, match="stopped twice") as caught:
        list(pool.run([Task(die, ()), *(Task(count, (0, 3)) for _ in range(4))]))
    assert "\n" not in str(caught.value)
    assert "exit status 3" in str(caught.value)
    assert time.monotonic() - began < 60


def test_a_process_that_was_killed_while_idle_is_replaced():
    with Workers(1) as pool:
        (pid,) = pool.run([Task(own_pid, ())])
        os.kill(pid, signal.SIGKILL)
        (fresh,) = pool.run([Task(own_pid, ())])
    assert fresh != pid


def test_leaving_ends_the_processes_in_the_middle_of_their_work():
    with Workers(2) as pool:
        items = pool.run([Task(sleep_for, (600,)), Task(sleep_for, (600,))])
        pids = [next(items), next(items)]
        began = time.monotonic()
    assert time.monotonic() - began < 10
    assert not any(alive(pid) for pid in pids)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="asks for the processes of a POSIX system")
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_their_parent_in_the_middle_of_a_task(tmp_path, ending):
    """The parent ran its `__main__` once, and no worker ran it again."""
    script = tmp_path / "parent.py"
    script.write_text(
        "import sys\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "print('main', flush=True)\n"
        "from test_workers import sleep_for\n"
        "from formcheck.workers import Task, Workers\n"
        "with Workers(2) as pool:\n"
        "    for pid in pool.run([Task(sleep_for, (600,)), Task(sleep_for, (600,))]):\n"
        "        print(pid, flush=True)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    lines = iter(parent.stdout.readline, "")
    assert next(lines) == "main\n"
    pids = [int(next(lines)), int(next(lines))]
    assert all(alive(pid) for pid in pids)
    parent.send_signal(ending)
    assert "main\n" not in list(lines)
    parent.wait(timeout=30)
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(alive(pid) for pid in pids)


def alive(pid):
    """The process runs (one that has ended but is not yet collected does not)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


def group(folder, **files):
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name.replace("_", ".", 1)).write_text(text)


def test_no_more_workers_than_a_container_allows(tmp_path):
    own = tmp_path / "own"
    own.write_text("0::/docker/abc\n")
    assert allowed_cores(root=tmp_path / "none", own=own) == len(os.sched_getaffinity(0))
    group(tmp_path / "v2" / "docker" / "abc", cpu_max="100000 100000\n")
    assert allowed_cores(root=tmp_path / "v2", own=own) == 1
    group(tmp_path / "open" / "docker" / "abc", cpu_max="max 100000\n")
    assert allowed_cores(root=tmp_path / "open", own=own) == len(os.sched_getaffinity(0))
    (tmp_path / "open" / "docker" / "cpu.max").write_text("50000 100000\n")
    assert allowed_cores(root=tmp_path / "open", own=own) == 1, "the limit of a group above holds, too"


def test_the_older_kind_of_container_limit_is_read_too(tmp_path):
    own = tmp_path / "own"
    own.write_text("4:cpu,cpuacct:/docker/abc\n")
    folder = tmp_path / "v1" / "cpu" / "docker" / "abc"
    folder.mkdir(parents=True)
    (folder / "cpu.cfs_quota_us").write_text("150000\n")
    (folder / "cpu.cfs_period_us").write_text("100000\n")
    assert allowed_cores(root=tmp_path / "v1", own=own) == 1
    (folder / "cpu.cfs_quota_us").write_text("-1\n")
    assert allowed_cores(root=tmp_path / "v1", own=own) == len(os.sched_getaffinity(0))
