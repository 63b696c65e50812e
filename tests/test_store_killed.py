"""A program that is killed before any of its writes leaves a store that is whole when it starts again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from kill_at_each_write import TASKS

HERE = Path(__file__).parent
GROUPS = 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills processes that it forks")
@pytest.mark.parametrize("group", range(GROUPS))
def test_killed_before_each_write_in_turn_the_store_is_whole(tmp_path, group, record_property):
    names = list(TASKS)[group::GROUPS]
    place = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path])}
    words = [sys.executable, str(HERE / "kill_at_each_write.py"), str(tmp_path), *names]
    done = subprocess.run(words, capture_output=True, text=True, timeout=900, env=place, check=False)
    assert done.returncode == 0, done.stderr
    kills = dict(line.split("\t") for line in done.stdout.splitlines())
    record_property("kills", kills)
    assert list(kills) == names
    assert all(int(n) >= 3 for n in kills.values()), "each work writes, and was killed before each of its writes"
