"""Stores of earlier versions come up to date, and those that cannot be used are refused in one line."""

import os
import shutil
import sqlite3
import subprocess
import threading
import time
from datetime import date

import pytest
from store_schemas import OLD

from formcheck.errors import InputError
from formcheck.recovery.records import PainScore
from formcheck.store import Clinic, base, open_store
from formcheck.store.schema import MIGRATIONS


def old_store(home, version):
    home.mkdir()
    with sqlite3.connect(home / "formcheck.db") as db:
        db.executescript(OLD[version])
    return home


def tables(home):
    with sqlite3.connect(home / "formcheck.db") as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {name: sorted(row[1:4] for row in db.execute(f"PRAGMA table_info({name})")) for name in names}


@pytest.mark.parametrize("version", OLD)
def test_every_old_store_walks_to_the_newest_schema_with_all_it_holds(tmp_path, version):
    with open_store(old_store(tmp_path / "old", version)) as store:
        assert store.client("c1", "w").name == "Carla"
        assert store.client("c1", "w").birth_year is None
        assert store.clip("v1", "w").look == {"fps": 60}
        assert store.clip("v1", "w").has_video
        analysis = store.analysis("a1", "w")
        assert (analysis.verdict, analysis.model, analysis.visit_id) == ("pass", "full", None)
        assert store.evidence("w", "c1").pain == (PainScore(date(2026, 11, 1), "stairs", 2),)
        visit = store.add_visit("w", "c1", date(2026, 11, 2))
        assert store.assign("a1", "w", client_id="c1", visit_id=visit.id)
        drawn = [one.shape for one in store.annotations("a1", "w")]
        assert drawn == ([] if version < 2 else [{"kind": "line"}])
        assert store.clinic("w") == Clinic()
        store.set_clinic("w", Clinic(" Praxis Łódź ", b"\x89PNG"))
        store.set_clinic("w", Clinic("Praxis Łódź", b"\x89PNG"))
        assert store.clinic("w") == Clinic("Praxis Łódź", b"\x89PNG")
        assert store.clinic("other") == Clinic()
    open_store(tmp_path / "new").close()
    assert tables(tmp_path / "old") == tables(tmp_path / "new")


def test_there_is_an_old_store_for_every_schema_but_the_newest():
    assert set(OLD) == set(range(1, len(MIGRATIONS)))


def test_a_migration_that_fails_leaves_the_store_as_it_was(tmp_path, monkeypatch):
    home = old_store(tmp_path / "old", 1)
    before = tables(home)
    monkeypatch.setattr(
        "formcheck.store.schema.MIGRATIONS", (*MIGRATIONS[:1], f"{MIGRATIONS[1]}; SELECT * FROM nowhere")
    )
    with pytest.raises(InputError):
        open_store(home)
    assert tables(home) == before


def test_two_that_migrate_at_once_do_it_once(tmp_path):
    home, faults = old_store(tmp_path / "old", 1), []

    def go():
        try:
            open_store(home).close()
        except (InputError, sqlite3.Error) as fault:
            faults.append(fault)

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("attempt to write a readonly database", "cannot be written"),
        ("database or disk is full", "free space"),
        ("disk I/O error", "cannot be written"),
        ("database is locked", "in use by another program"),
    ],
)
def test_what_the_disk_refuses_is_one_line(tmp_path, said, line):
    with pytest.raises(InputError, match=line) as caught, base.plain_errors(tmp_path / "formcheck.db"):
        raise sqlite3.OperationalError(said)
    assert "\n" not in str(caught.value)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 1 MB, and how to make it read-only."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    if mount is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    made = subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("this machine mounts no tmpfs")
    yield place, lambda: subprocess.run([mount, "-o", "remount,ro", place], check=True)
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_is_one_line_and_loses_nothing(small_disk, tmp_path):
    place, _ = small_disk
    video = tmp_path / "v.mp4"
    video.write_bytes(os.urandom(2_000_000))
    with open_store(place / "home") as store:
        kept = store.add_client("w", "Carla")
        with pytest.raises(InputError, match="space"):
            store.add_clip("w", video, name="v.mp4")
        assert list((store.home / "clips").iterdir()) == []
        with pytest.raises(InputError, match="space"):
            for _ in range(100):
                store.add_note("w", "x" * 50_000, client_id=kept.id)
        assert store.client(kept.id, "w") == kept


def test_a_read_only_home_is_one_line(small_disk):
    place, make_read_only = small_disk
    open_store(place / "home").close()
    make_read_only()
    with pytest.raises(InputError, match="name another folder"):
        open_store(place / "home")


def test_listing_stays_fast_and_opening_cheap_with_thousands_of_analyses(tmp_path):
    with open_store(tmp_path / "home") as store:
        with store._writing():
            store._insert("clips", id="v", workspace="w", name="v", ending="", sha256="s", bytes=1, created_s=0.0)
            for i in range(5000):
                status = "queued" if i % 50 == 0 else "done"
                store._insert(
                    "analyses", id=f"{i:032x}", workspace="w" if i % 2 else "x", clip_id="v", status=status,
                    settings="{}", created_s=float(i), queued_s=float(i), started_s=float(i),
                )  # fmt: skip
        started_s = time.process_time()
        found = store.analyses("w", limit=100)
        assert time.process_time() - started_s < 0.1
        assert len(found) == 100
        plan = store._rows("EXPLAIN QUERY PLAN SELECT * FROM analyses WHERE workspace = ? ORDER BY created_s DESC", "w")
        assert "analyses_of" in plan[0]["detail"]
        assert len(plan) == 1, "no sorting"
