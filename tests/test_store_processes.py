"""Several programs on one store, and one that is killed while it writes."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from formcheck import results
from formcheck.store import open_store

HERE = Path(__file__).parent
ANNA = "a" * 32
EACH = 12
CORRECTIONS = 3


def start(home, task, *words):
    command = [sys.executable, str(HERE / "store_work.py"), str(home), task, *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def integrity(home):
    with sqlite3.connect(home / "formcheck.db") as db:
        return db.execute("PRAGMA integrity_check").fetchone()[0], db.execute("PRAGMA foreign_key_check").fetchall()


def test_programs_that_share_a_store_take_each_analysis_once(tmp_path):
    home = tmp_path / "home"
    adders = [start(home, "add", str(i), str(EACH)) for i in range(2)]
    takers = [start(home, "take", f"w{i}", str(2 * EACH)) for i in range(2)]
    outputs = [child.communicate(timeout=300)[0].split() for child in adders + takers]
    assert all(child.returncode == 0 for child in adders + takers)
    taken = outputs[2] + outputs[3]
    assert sorted(taken) == sorted(outputs[0] + outputs[1])
    assert len(set(taken)) == 2 * EACH
    with open_store(home) as store:
        assert {analysis.status for analysis in store.analyses(ANNA)} == {"done"}
        assert len(store.clips(ANNA)) == 2 * EACH + 1, "what both hand in at once is kept once"
        assert store.waiting() == 0
    assert integrity(home) == ("ok", [])


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
@pytest.mark.parametrize("after_s", [0.0, 0.03, 0.11])
def test_a_killed_program_leaves_a_whole_store_and_nothing_half_done(tmp_path, after_s):
    home = tmp_path / "home"
    child = start(home, "everything")
    assert child.stdout.readline() == "ready\n"
    time.sleep(0.15 + after_s)
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=60)
    assert integrity(home) == ("ok", [])
    with open_store(home) as store:
        analyses = store.analyses(ANNA, limit=10_000)
        assert analyses
        for analysis in analyses:
            if analysis.status == "done":
                assert (analysis.folder / "assessment.json").read_text() == "{}"
        for clip in store.clips(ANNA, limit=10_000):
            assert clip.path.stat().st_size == clip.bytes
        store._now = lambda: time.time() + 10 * 3600.0
        store._sweep()
        files = {path.name for path in (home / "clips").iterdir()}
        assert files == {clip.path.name for clip in store.clips(ANNA, limit=10_000)}, "no video without a row"
        folders = {path.name for path in (home / "analyses").iterdir() if not path.name.startswith(".")}
        assert folders <= {analysis.id for analysis in analyses}, "no result without a row"


def test_two_apps_that_correct_one_result_lose_neither_correction(tmp_path):
    home = tmp_path / "home"
    made = start(home, "corrected")
    (analysis_id,) = made.communicate(timeout=60)[0].split()
    children = [start(home, "correct", analysis_id, str(i), str(CORRECTIONS)) for i in range(2)]
    outputs = [child.communicate(timeout=300)[0].split() for child in children]
    assert all(child.returncode == 0 for child in children)
    with open_store(home) as store:
        kept = [c.id for c in store.corrections(analysis_id, ANNA, undone=False)]
        folder = store.analysis(analysis_id, ANNA).folder
    assert sorted(kept) == sorted(outputs[0] + outputs[1]) and len(kept) == 2 * CORRECTIONS
    assert [c.id for c in results.read(folder).corrections] == kept
    assert [path.name for path in folder.parent.iterdir()] == [analysis_id]
