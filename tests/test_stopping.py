"""Ctrl+C, as a terminal sends it: to every process of the command at once, in the middle of real work."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import suppress

import pytest
from stopwatch import stretch

from formcheck.results.folder import DRAWN_FILM, OUTPUT_NAMES
from formcheck.samples import find_sample

pytestmark = pytest.mark.skipif(os.name != "posix", reason="process groups and terminals of POSIX")
WITHIN_S = 2.0
LINE = "formcheck: stopped; nothing half-written stays behind"
CLIP = str(find_sample("step_down"))


class Command:
    """A command in a session of its own, its standard error a terminal, which is read all the time as terminals are."""

    def __init__(self, *words, program=("-m", "formcheck")):
        self._screen, terminal = os.openpty()
        self.process = subprocess.Popen(
            [sys.executable, *program, *words], stdout=subprocess.PIPE, stderr=terminal, start_new_session=True
        )
        os.close(terminal)
        self.seen = ""
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()
        self._reading.join()
        os.close(self._screen)

    def _read(self):
        with suppress(OSError):  # nobody has the terminal any more
            while more := os.read(self._screen, 65536):
                self.seen += more.decode(errors="replace")

    def wait_for(self, there, *, at_most_s=240.0):
        """Wait until something is there."""
        until = time.monotonic() + at_most_s
        while not there():
            assert self.process.poll() is None, f"it ended too soon: {self.seen[-500:]}"
            assert time.monotonic() < until, self.seen[-500:]
            time.sleep(0.02)

    def stop(self):
        """Press Ctrl+C; gives seconds to the end of the command, less what other work on the machine took of them."""
        start_s = time.perf_counter()
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(60.0)
        return (time.perf_counter() - start_s) / stretch()  # measured afterwards: meanwhile the command might be done

    def left(self):
        """Processes of this command that are still there (not those that only wait to be noticed)."""
        listed = subprocess.run(["ps", "-eo", "sid=,stat=,args="], capture_output=True, text=True, check=True).stdout
        rows = [line.split(maxsplit=2) for line in listed.splitlines()]
        return [row for row in rows if row[0] == str(self.process.pid) and not row[1].startswith("Z")]

    def ended_well(self, status=130):
        """It said one line, it left no process behind."""
        assert self.process.returncode == status, self.seen[-500:]
        until = time.monotonic() + WITHIN_S
        while self.left() and time.monotonic() < until:  # what ends with its parent notices so a moment later
            time.sleep(0.02)
        assert self.left() == []
        self._reading.join(WITHIN_S)
        assert "Traceback" not in self.seen
        return True


@pytest.mark.parametrize("stage", ["Finding the athlete", "Reading some frames again", "Drawing the overlay"])
def test_an_analysis_is_over(tmp_path, stage):
    with Command("analyse", CLIP, "--out", str(tmp_path / "result")) as command:
        command.wait_for(lambda: stage in command.seen)
        time.sleep(0.3)
        assert command.stop() <= WITHIN_S
        assert command.ended_well()
        assert command.seen.count(LINE) == 1
    assert list(tmp_path.iterdir()) == []


def test_while_it_is_being_loaded(tmp_path):
    loading = (
        "import sys; sys.argv[0] = 'formcheck'; import formcheck.cli; print('here', file=sys.stderr, flush=True); "
    )
    with Command(
        "analyse", CLIP, "--out", str(tmp_path / "result"), program=("-c", loading + "formcheck.cli.main()")
    ) as c:
        c.wait_for(lambda: "here" in c.seen)
        time.sleep(0.1)
        assert c.stop() <= WITHIN_S
        assert c.ended_well()
        assert c.seen.count(LINE) == 1
    assert list(tmp_path.iterdir()) == []


def test_work_that_does_not_listen_is_ended_from_outside(tmp_path):
    """Leaving the work waits for another thread that goes on for a minute; what was half made is undone."""
    half = tmp_path / "half"
    half.mkdir()
    code = f"""
import time, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from formcheck import analysis, unfinished
from formcheck.cli import entry
def slow(*_, **__):
    with unfinished.unfinished(Path({str(half)!r}).rmdir), ThreadPoolExecutor(1) as aside:
        aside.submit(time.sleep, 60.0)
        print("here", file=sys.stderr, flush=True)
        time.sleep(60.0)
analysis.analyse = slow
sys.argv = ["formcheck", "analyse", {CLIP!r}]
entry.main()
"""
    with Command(program=("-c", code)) as command:
        command.wait_for(lambda: "here" in command.seen)
        assert command.stop() <= WITHIN_S
        assert command.ended_well()
        assert command.seen.count(LINE) == 1
    assert not half.exists()


def test_a_batch_is_over_and_leaves_no_half_result(tmp_path):
    clips, results = tmp_path / "clips", tmp_path / "results"
    clips.mkdir()
    (clips / "step.mp4").symlink_to(CLIP)
    with Command("batch", str(clips), "--out", str(results)) as command:
        command.wait_for(lambda: any(results.glob(".step.partial-*/overlay*")))
        assert command.stop() <= WITHIN_S
        assert command.ended_well()
        assert command.seen.count(LINE) == 1
    assert not any(results.glob(".*partial*"))
    if (results / "step").exists():  # it was done before it heard of it
        assert OUTPUT_NAMES - {DRAWN_FILM} <= {path.name for path in (results / "step").iterdir()}


def test_the_app_is_over(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def answers():
        with suppress(OSError):
            return urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1.0).status == 200
        return False

    with Command("app", "--port", str(port), "--home", str(tmp_path)) as command:
        command.wait_for(answers)
        assert command.stop() <= WITHIN_S
        assert command.ended_well(status=0)
