"""The bound on memory while a header is read, and the one that every command keeps to."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from formcheck.cli.bounds import memory_bytes
from formcheck.memory import little_memory

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds to a bound")
MB = 1_000_000


def take(n_mb):
    return int(np.ones(n_mb * MB, dtype=np.uint8)[-1])


@linux
def test_more_than_granted_is_refused_for_as_long_as_the_bound_holds():
    """In a process of its own, where no other thread is granted memory meanwhile."""
    code = (
        "import numpy as np\nfrom formcheck.memory import little_memory\n"
        "def take(n_mb): return int(np.ones(n_mb * 1_000_000, dtype=np.uint8)[-1])\n"
        "with little_memory(100_000_000):\n"
        "    assert take(20) == 1\n"
        "    try: take(400)\n"
        "    except MemoryError: print('refused')\n"
        "assert take(400) == 1\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "refused\n"), done.stderr


@linux
def test_the_bound_goes_when_something_goes_wrong_and_threads_take_turns():
    with pytest.raises(ZeroDivisionError), little_memory(50 * MB):
        _ = 1 / 0

    def work():
        for _ in range(20):
            with little_memory(50 * MB):
                take(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert take(400) == 1


@linux
def test_a_command_that_wants_too_much_ends_in_one_line():
    code = (
        "import sys, numpy as np\nfrom formcheck import batch\nfrom formcheck.cli import entry\n"
        "batch.plan = lambda *_, **__: np.ones(3_000_000_000, np.uint8)\n"
        "sys.argv = ['formcheck', 'batch', 'x', '--out', 'y']\n"
        "entry.main()"
    )
    told = {"FORMCHECK_MEMORY_GB": "2"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **told})
    assert done.returncode == 3, done.stderr
    assert done.stderr.count("\n") == 1
    assert "more memory than formcheck takes (2 GB; FORMCHECK_MEMORY_GB changes that)" in done.stderr


AMOUNTS = [("8", 8_000 * MB), ("0.1", 2_000 * MB), ("inf", None), ("much", None)]


@pytest.mark.parametrize(("said", "told_bytes"), AMOUNTS)
def test_the_amount_can_be_told(monkeypatch, said, told_bytes):
    monkeypatch.setenv("FORMCHECK_MEMORY_GB", said)
    assert memory_bytes() == told_bytes if told_bytes else 2_000 * MB <= memory_bytes() <= 6_000 * MB
