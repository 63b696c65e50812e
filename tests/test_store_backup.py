"""Backup and restore of a home, also while it is worked in."""

import hashlib
import json
import sqlite3
import stat
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from formcheck.cli.entry import run
from formcheck.errors import InputError
from formcheck.store import backup, backups, open_store, restore
from formcheck.store.archive import ArchiveWriter
from formcheck.store.schema import MIGRATIONS

HERE = Path(__file__).parent
ANNA = "a" * 32


@pytest.fixture
def home(tmp_path):
    """A home with a finished analysis and a waiting one."""
    video = tmp_path / "v.mp4"
    video.write_bytes(b"video" * 1000)
    with open_store(tmp_path / "home") as store:
        clip = store.add_clip(ANNA, video, name="v.mp4")
        done = store.queue(ANNA, clip.id, {})
        store.take("w")
        done.folder.mkdir()
        (done.folder / "assessment.json").write_text("{}")
        store.finish(done.id, "w", "done")
        store.queue(ANNA, clip.id, {"leg": "left"})
        store.add_client(ANNA, "Carla")
    return tmp_path / "home"


def contents(home):
    files = {p.relative_to(home): p.read_bytes() for name in ("clips", "analyses") for p in (home / name).rglob("*.*")}
    with open_store(home) as store:
        return files, store.analyses(ANNA) and [(a.id, a.status) for a in store.analyses(ANNA)], store.clients(ANNA)


def test_a_backup_comes_back_as_it_was(home, tmp_path):
    made = backup(home, tmp_path / "b.zip")
    assert (made.analyses, made.clips, made.missing) == (1, 1, ())
    assert stat.S_IMODE((tmp_path / "b.zip").stat().st_mode) == 0o600
    back = restore(tmp_path / "b.zip", tmp_path / "new" / "home")
    assert back.kept_aside is None
    assert contents(back.home) == contents(home)
    assert list((home / "inbox").iterdir()) == list((back.home / "inbox").iterdir()) == []
    for path in back.home.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 or "analyses" in path.parts


def test_an_earlier_home_is_kept_aside_whole(home, tmp_path):
    backup(home, tmp_path / "b.zip")
    with open_store(home) as store:
        store.add_client(ANNA, "Dora")
    before = contents(home)
    back = restore(tmp_path / "b.zip", home)
    assert contents(back.kept_aside) == before
    assert [client.name for client in contents(home)[2]] == ["Carla"]


def test_an_empty_folder_is_filled(home, tmp_path):
    backup(home, tmp_path / "b.zip")
    (tmp_path / "empty").mkdir()
    assert restore(tmp_path / "b.zip", tmp_path / "empty").kept_aside is None
    assert contents(tmp_path / "empty") == contents(home)


def test_what_was_deleted_names_the_backups_that_still_hold_it(home, tmp_path):
    backup(home, tmp_path / "monday.zip")
    with open_store(home) as store:
        gone = store.delete_client(contents(home)[2][0].id, ANNA)
    assert [copy.name for copy in gone.copies] == ["monday.zip"]


def test_a_store_is_backed_up_while_others_write(tmp_path):
    home = tmp_path / "home"
    child = subprocess.Popen(
        [sys.executable, str(HERE / "store_work.py"), str(home), "everything"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout.readline() == "ready\n"
        while not (home / "analyses").is_dir() or not any((home / "analyses").iterdir()):
            assert child.poll() is None
        for i in range(3):
            made = backup(home, tmp_path / f"{i}.zip")
            assert made.missing == ()
            with open_store(restore(tmp_path / f"{i}.zip", tmp_path / f"back{i}").home) as store:
                done = [a for a in store.analyses(ANNA, limit=9999) if a.status == "done"]
                assert len(done) == made.analyses
                assert all((a.folder / "assessment.json").read_text() == "{}" for a in done)
                assert all(c.path.stat().st_size == c.bytes for c in store.clips(ANNA, limit=9999) if c.has_video)
    finally:
        child.kill()
        child.communicate(timeout=60)


@pytest.mark.parametrize("how", ["before", "between"])
def test_what_is_deleted_meanwhile_is_not_in_the_backup(home, tmp_path, monkeypatch, how):
    def delete_all():
        with open_store(home) as store:
            for analysis in store.analyses(ANNA):
                store.delete(analysis.id, ANNA)

    if how == "before":
        copy_tables = backups._copy_tables
        monkeypatch.setattr(backups, "_copy_tables", lambda *places: (copy_tables(*places), delete_all()))
    else:
        add_folder = ArchiveWriter.add_folder
        monkeypatch.setattr(ArchiveWriter, "add_folder", lambda *named: (delete_all(), add_folder(*named)))
    made = backup(home, tmp_path / "b.zip")
    assert made.analyses == 0
    assert made.missing == ()
    with open_store(restore(tmp_path / "b.zip", tmp_path / "new").home) as store:
        assert [a.status for a in store.analyses(ANNA)] == ["queued"], "its row was there when the tables were copied"
        assert list((store.home / "analyses").iterdir()) == []
        assert len(list((store.home / "clips").iterdir())) == made.clips == (how == "between")


def test_a_result_that_is_being_deleted_while_it_is_read_is_not_in_the_backup(home, tmp_path, monkeypatch):
    """A folder is emptied file by file: what is read meanwhile may be a part of it, without an error."""
    add_folder = ArchiveWriter.add_folder

    def emptied(writer, name, folder):
        with open_store(home) as store, store._writing() as db:
            db.execute("DELETE FROM analyses WHERE id = ?", (folder.name,))
        (folder / "assessment.json").unlink()
        add_folder(writer, name, folder)

    monkeypatch.setattr(ArchiveWriter, "add_folder", emptied)
    made = backup(home, tmp_path / "b.zip")
    assert (made.analyses, made.missing) == (0, ())
    with open_store(restore(tmp_path / "b.zip", tmp_path / "new").home) as store:
        assert [a.status for a in store.analyses(ANNA)] == ["queued"]
        assert list((store.home / "analyses").iterdir()) == []


def test_what_somebody_removed_by_hand_is_named(home, tmp_path):
    (clip,) = (home / "clips").iterdir()
    clip.unlink()
    assert backup(home, tmp_path / "b.zip").missing == (f"clips/{clip.name}",)


def forged(source, **changes):
    with zipfile.ZipFile(source) as original:
        kept = {name: original.read(name) for name in original.namelist()}
    said = json.loads(kept.pop("manifest.json"))
    kept |= {name.replace("__", "/").replace("_dot_", "."): data for name, data in changes.items()}
    said["files"] = {n: {"bytes": len(d), "sha256": hashlib.sha256(d).hexdigest()} for n, d in kept.items()}
    target = source.with_name("forged.zip")
    with zipfile.ZipFile(target, "w") as packed:
        for name, data in kept.items():
            packed.writestr(name, data)
        packed.writestr("manifest.json", json.dumps(said))
    return target


def database(tmp_path, script):
    path = tmp_path / "forged.db"
    open_store(tmp_path / "plain").close()
    path.write_bytes((tmp_path / "plain" / "formcheck.db").read_bytes())
    with sqlite3.connect(path) as db:
        db.executescript(script)
        db.execute("PRAGMA journal_mode = DELETE")
    return path.read_bytes()


@pytest.mark.parametrize(
    "script",
    [
        f"PRAGMA user_version = {len(MIGRATIONS) + 1}",
        "CREATE TRIGGER t AFTER INSERT ON copies BEGIN DELETE FROM clients; END",
        "DROP TABLE analyses",
        "PRAGMA foreign_keys = OFF; INSERT INTO tags VALUES ('nobody', 'x')",
    ],
)
def test_a_backup_whose_tables_are_not_ours_is_refused_and_nothing_is_touched(home, tmp_path, script):
    backup(home, tmp_path / "b.zip")
    before = contents(home)
    bad = forged(tmp_path / "b.zip", formcheck_dot_db=database(tmp_path, script))
    beside = set(tmp_path.iterdir())
    with pytest.raises(InputError, match="tables"):
        restore(bad, home)
    assert contents(home) == before
    assert set(tmp_path.iterdir()) == beside


def test_a_damaged_backup_is_refused(home, tmp_path):
    backup(home, tmp_path / "b.zip")
    before = contents(home)
    for bad in (
        forged(tmp_path / "b.zip", formcheck_dot_db=b"no database" * 1000),
        forged(tmp_path / "b.zip", **{"..__outside": b"x"}),
        tmp_path / "gone.zip",
        tmp_path / "v.mp4",
    ):
        with pytest.raises(InputError):
            restore(bad, home)
    assert contents(home) == before
    assert not (tmp_path.parent / "outside").exists()


def test_a_noted_path_outside_is_never_removed(home, tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    for path in ("../precious", str(precious), "clips/../../precious", "clips/..", "formcheck.db", "clips"):
        with sqlite3.connect(home / "formcheck.db") as db:
            db.execute("INSERT INTO doomed VALUES (?, 0)", (path,))
    before = contents(home)
    assert contents(home) == before
    assert precious.is_dir()


def test_two_backups_at_once(home, tmp_path):
    threads = [threading.Thread(target=backup, args=(home, tmp_path / f"{i}.zip")) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(2):
        assert contents(restore(tmp_path / f"{i}.zip", tmp_path / f"h{i}").home) == contents(home)


def test_the_commands(home, tmp_path, capsys):
    file = str(tmp_path / "b.zip")
    assert run(["backup", file, "--home", str(home)]) == 0
    assert "1 results and 1 videos" in capsys.readouterr().out
    assert run(["backup", file, "--home", str(home)]) == 3
    assert "there already" in capsys.readouterr().err
    assert run(["restore", file, "--home", str(home)]) == 0
    assert "lies in" in capsys.readouterr().out
    assert run(["restore", str(tmp_path / "no.zip"), "--home", str(home)]) == 3
    assert run(["backup", str(tmp_path / "c.zip"), "--home", str(tmp_path / "none")]) == 3
    assert "holds no store" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_a_restore_under_an_app_that_opens_the_store_all_the_time_loses_nothing(home, tmp_path):
    """Whoever looks in the moment between the two homes must not put an empty one there."""
    backup(home, tmp_path / "b.zip")
    over, faults, seen = threading.Event(), [], set()

    def look():
        while not over.is_set():
            try:
                with open_store(home) as store:
                    seen.add(tuple(client.name for client in store.clients(ANNA)))
            except Exception as fault:  # noqa: BLE001 - whatever it is, it is looked at below
                faults.append(fault)

    lookers = [threading.Thread(target=look) for _ in range(3)]
    for looker in lookers:
        looker.start()
    for i in range(12):
        back = restore(tmp_path / "b.zip", home)
        assert back.kept_aside is not None
        back.kept_aside.rename(tmp_path / f"aside-{i}")
    over.set()
    for looker in lookers:
        looker.join()
    assert seen == {("Carla",)}
    assert [fault for fault in faults if not isinstance(fault, InputError)] == []
    assert contents(home)[0] == contents(tmp_path / "aside-0")[0]


def test_the_folder_that_a_restored_one_replaced_is_named_when_somebody_is_deleted(home, tmp_path):
    backup(home, tmp_path / "b.zip")
    aside = restore(tmp_path / "b.zip", home).kept_aside
    with open_store(home) as store:
        gone = store.delete_client(store.clients(ANNA)[0].id, ANNA)
    assert any(copy.name.startswith(aside.name) for copy in gone.copies)


def test_a_restored_home_that_was_on_its_way_when_a_kill_came_is_let_in(home, tmp_path):
    with open_store(home):
        pass
    home.rename(tmp_path / ".new.coming")
    assert [client.name for client in contents(tmp_path / "new")[2]] == ["Carla"]
