"""The store under a password: what it hides, who gets in, and that nothing is lost on the way there and back."""

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import contextmanager

import pytest

from formcheck.cli.entry import run
from formcheck.errors import InputError
from formcheck.store import DATABASE, PASSWORD_VARIABLE, backup, decrypt, driver, encrypt, open_store, restore
from formcheck.store.schema import MIGRATIONS

pytest.importorskip("sqlcipher3", reason='SQLCipher is not installed: pip install "formcheck[encrypted]"')
ANNA, PASSWORD = "a" * 32, "correct horse 'battery'"
NAME, NOTE = "Carla Ñandú", "pain behind the kneecap"


@pytest.fixture(autouse=True)
def no_password(monkeypatch):
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)


@pytest.fixture
def home(tmp_path):
    (tmp_path / "v.mp4").write_bytes(b"film" * 1000)
    with open_store(tmp_path / "home") as store:
        client = store.add_client(ANNA, NAME, notes=NOTE)
        clip = store.add_clip(ANNA, tmp_path / "v.mp4", name="v.mp4")
        done = store.queue(ANNA, clip.id, {}, client_id=client.id)
        store.take("w")
        done.folder.mkdir()
        (done.folder / "assessment.json").write_text("{}")
        store.finish(done.id, "w", "done")
    return tmp_path / "home"


def known(home):
    with open_store(home) as store:
        return [(c.name, c.notes) for c in store.clients(ANNA)], [a.status for a in store.analyses(ANNA)]


def on_disk(home):
    return b"".join(path.read_bytes() for path in home.glob(f"*{DATABASE}*"))


@pytest.fixture
def locked(home, monkeypatch):
    assert NAME.encode() in on_disk(home)
    before = known(home)
    encrypt(home, PASSWORD)
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    assert known(home) == before
    return home


def test_nothing_readable_is_left_in_the_tables_nor_beside_them(locked):
    with open_store(locked) as store:
        store.add_client(ANNA, "Dora Später", notes=NOTE)
        assert (locked / f"{DATABASE}-wal").is_file(), "what is written goes through the log first"
        for word in (NAME, NOTE, "Dora", "SQLite format", "CREATE TABLE", "done"):
            assert word.encode() not in on_disk(locked), word
    assert stat.S_IMODE((locked / DATABASE).stat().st_mode) == 0o600
    assert not [path for path in locked.iterdir() if path.name.endswith(".part")]
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(locked / DATABASE).execute("SELECT * FROM clients")


@pytest.mark.parametrize(
    ("password", "told"), [("", "encrypted: give its password"), ("wrong", "does not open with this password")]
)
def test_without_the_password_one_line(locked, monkeypatch, capsys, password, told):
    monkeypatch.setenv(PASSWORD_VARIABLE, password)
    with pytest.raises(InputError, match=told):
        open_store(locked)
    assert run(["backup", str(locked.parent / "b.zip"), "--home", str(locked)]) == 3
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1
    assert not (locked.parent / "b.zip").exists()


def test_another_process_opens_it_and_both_write(locked):
    code = f"from formcheck.store import open_store\nwith open_store() as s: print(s.add_client('{ANNA}', 'Eva').id)"
    with open_store(locked) as store:
        for _ in range(2):
            store.add_client(ANNA, "Dora")
            environment = {**os.environ, "FORMCHECK_HOME": str(locked)}
            subprocess.run([sys.executable, "-c", code], check=True, env=environment, capture_output=True)
        assert len(store.clients(ANNA)) == 5


def test_a_backup_is_encrypted_too_and_comes_back_with_the_password_alone(locked, monkeypatch):
    target = locked.parent / "b.zip"
    assert backup(locked, target).analyses == 1
    assert NAME.encode() not in target.read_bytes()
    back = restore(target, locked.parent / "back").home
    assert known(back) == known(locked)
    assert driver.is_encrypted(back / DATABASE)
    monkeypatch.setenv(PASSWORD_VARIABLE, "")
    with pytest.raises(InputError):
        restore(target, locked.parent / "again")
    assert not (locked.parent / "again").exists()


def test_a_client_goes_out_and_in_between_an_encrypted_and_a_plain_store(locked, monkeypatch):
    with open_store(locked) as store:
        store.export_client(store.clients(ANNA)[0].id, ANNA, locked.parent / "c.zip", videos=True)
    monkeypatch.setenv(PASSWORD_VARIABLE, "")
    with open_store(locked.parent / "plain") as store:
        store.import_client(ANNA, locked.parent / "c.zip")
        with pytest.raises(InputError, match="is damaged"):
            (locked.parent / "c.zip").write_bytes(b"x")
            store.import_client(ANNA, locked.parent / "c.zip")
    assert known(locked.parent / "plain")[0] == [(NAME, NOTE)]


def test_it_can_be_written_in_plain_again(locked, monkeypatch, capsys):
    before = known(locked)
    assert run(["decrypt", "--home", str(locked)]) == 0
    monkeypatch.setenv(PASSWORD_VARIABLE, "")
    assert known(locked) == before
    assert NAME.encode() in on_disk(locked)


def test_the_command_says_what_is_not_protected(home, monkeypatch, capsys):
    monkeypatch.setenv("FORMCHECK_NEW_STORE_PASSWORD", PASSWORD)
    assert run(["encrypt", "--home", str(home)]) == 0
    told = capsys.readouterr().out
    assert "Without its password nobody opens it again" in told
    assert "Clips, results and reports beside it are not" in told
    assert run(["encrypt", "--home", str(home)]) == 3
    assert "encrypted already" in capsys.readouterr().err


@contextmanager
def another_program(home):
    """Has the store open, as the app does; within one process two SQLites would not see each other's locks."""
    held = "with open_store() as store:\n print(store.waiting(), flush=True)\n sys.stdin.read()"
    code = f"import sys\nfrom formcheck.store import open_store\n{held}"
    environment = {**os.environ, "FORMCHECK_HOME": str(home)}
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, env=environment) as program:
        assert program.stdout.readline() == b"0\n"
        yield
        program.stdin.close()


def test_nothing_is_changed_where_it_cannot_be_done(home, monkeypatch):
    before = on_disk(home)
    with pytest.raises(InputError, match="10 characters"):
        encrypt(home, "short")
    with another_program(home), pytest.raises(InputError, match="in use"):
        encrypt(home, PASSWORD)
    with pytest.raises(InputError, match="is not encrypted"):
        decrypt(home, PASSWORD)
    monkeypatch.setattr(driver, "_CIPHER", None)
    with pytest.raises(InputError, match=r"formcheck\[encrypted\]"):
        encrypt(home, PASSWORD)
    assert known(home)[0] == [(NAME, NOTE)]
    assert NAME.encode() in before
    assert not [path for path in home.iterdir() if path.name.endswith(".part")]


def test_a_password_for_a_plain_store_is_told(home, monkeypatch):
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    with pytest.raises(InputError, match="run formcheck encrypt first"):
        open_store(home)


def test_a_new_home_is_encrypted_from_its_first_byte(tmp_path, monkeypatch):
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    with open_store(tmp_path / "new") as store:
        store.add_client(ANNA, NAME)
        assert store._db.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
    assert NAME.encode() not in on_disk(tmp_path / "new")
    assert driver.is_encrypted(tmp_path / "new" / DATABASE)


@pytest.mark.skipif(os.name != "posix", reason="locks of POSIX")
def test_a_store_that_is_open_is_never_opened_beside_sqlite(tmp_path, monkeypatch):
    """Closing the file anywhere in the process would let go of the locks that an open connection relies on."""
    with open_store(tmp_path / "home") as store:
        store.add_client(ANNA, NAME)
        path, opened = tmp_path / "home" / DATABASE, []
        monkeypatch.setattr(type(path), "open", lambda self, *_, **__: opened.append(self) or pytest.fail("opened"))
        for _ in range(3):
            with open_store(tmp_path / "home") as other:
                assert len(other.clients(ANNA)) == 1
            assert not driver.is_encrypted(path)
    assert opened == []
