"""One client as a zip: out, elsewhere in, and what is refused."""

import csv
import hashlib
import io
import json
import zipfile
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from formcheck.errors import InputError
from formcheck.recovery.records import Evidence, PainScore, RunSession
from formcheck.store import archive, open_store

ANNA, BEN = "a" * 32, "b" * 32
DAY = date(2026, 11, 2)


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def elsewhere(tmp_path):
    with open_store(tmp_path / "elsewhere") as opened:
        yield opened


@pytest.fixture
def carla(store, tmp_path):
    """A client with something of everything."""
    client = store.add_client(ANNA, "Carla Ñandú", birth_year=1990, notes="=1+1")
    visit = store.add_visit(ANNA, client.id, DAY, "First")
    video = tmp_path / "v.mp4"
    video.write_bytes(b"video" * 1000)
    clip = store.add_clip(ANNA, video, name="Carla.mp4")
    store.set_look(clip.id, {"fps": 60})
    analysis = store.queue(ANNA, clip.id, {"leg": "left"}, client_id=client.id, visit_id=visit.id)
    store.take("w")
    (analysis.folder / "keyframes").mkdir(parents=True)
    (analysis.folder / "assessment.json").write_text("{}")
    (analysis.folder / "keyframes" / "01 knee.png").write_bytes(b"png")
    store.finish(analysis.id, "w", "done", verdict="pass", versions={"formcheck": "0.1.0", "model": "full"})
    store.add_note(ANNA, "Better", analysis_id=analysis.id, time_s=1.5)
    store.tag(analysis.id, ANNA, "shoes off")
    store.annotate(analysis.id, ANNA, {"kind": "line"}, first_frame=3)
    made = store.correct(analysis.id, ANNA, "contact", before=1, after=None)
    store.undo_correction(made.id, ANNA)
    store.add_record(ANNA, client.id, PainScore(DAY, "stairs", 2))
    store.add_record(ANNA, client.id, RunSession(DAY, 10, 2, 5, analysis_id=analysis.id))
    store.queue(ANNA, clip.id, {}, client_id=client.id)
    return client


def contents(store, workspace, client_id):
    """Everything of a client without ids and homes."""
    (analysis,) = (a for a in store.analyses(workspace, client_id=client_id) if a.is_over)
    clip = store.clip(analysis.clip_id, workspace)
    drop = {"id", "workspace", "clip_id", "client_id", "visit_id", "analysis_id", "folder", "clip_path", "path"}
    things = (
        *([] if client_id is None else [store.client(client_id, workspace)]), clip, analysis,
        *store.visits(workspace, client_id), *store.notes(workspace, analysis_id=analysis.id),
        *store.annotations(analysis.id, workspace), *store.corrections(analysis.id, workspace),
    )  # fmt: skip
    files = {p.relative_to(analysis.folder): p.read_bytes() for p in analysis.folder.rglob("*") if p.is_file()}
    plain = [{name: value for name, value in vars(thing).items() if name not in drop} for thing in things]
    evidence = store.evidence(workspace, client_id)
    assert [run.analysis_id for run in evidence.runs] == [analysis.id]
    assert store.visit(analysis.visit_id, workspace) is not None
    return plain, files, clip.path.read_bytes() if clip.has_video else None, evidence.pain, store.tags(workspace)


def test_a_client_comes_out_and_elsewhere_in_with_all_that_belongs_to_it(store, elsewhere, carla, tmp_path):
    store.export_client(carla.id, ANNA, tmp_path / "carla.zip", videos=True)
    came = elsewhere.import_client(BEN, tmp_path / "carla.zip")
    assert (came.analyses, came.clips) == (1, 1)
    assert came.client_id != carla.id
    assert contents(elsewhere, BEN, came.client_id) == contents(store, ANNA, carla.id)
    assert list((elsewhere.home / "inbox").iterdir()) == []
    assert elsewhere._rows("SELECT * FROM doomed") == []
    assert store.delete_client(carla.id, ANNA).copies[0].name == "carla.zip"


def test_it_comes_in_beside_what_is_there_and_keeps_one_video(store, carla, tmp_path):
    store.export_client(carla.id, ANNA, tmp_path / "carla.zip", videos=True)
    came = store.import_client(ANNA, tmp_path / "carla.zip")
    assert len(store.clients(ANNA)) == 2
    assert len(store.clips(ANNA)) == 1
    assert contents(store, ANNA, came.client_id) == contents(store, ANNA, carla.id)
    store.delete_client(carla.id, ANNA)
    assert contents(store, ANNA, came.client_id)[2] is not None, "the video is still needed"


def test_without_videos_everything_else_comes_along(store, elsewhere, carla, tmp_path):
    store.export_client(carla.id, ANNA, tmp_path / "carla.zip", videos=False)
    assert not [name for name in zipfile.ZipFile(tmp_path / "carla.zip").namelist() if name.startswith("clips/")]
    came = elsewhere.import_client(BEN, tmp_path / "carla.zip")
    found = contents(elsewhere, BEN, came.client_id)
    assert found[2] is None
    assert found[1] == contents(store, ANNA, carla.id)[1]


def test_work_without_a_client_is_exported_too(store, elsewhere, carla, tmp_path):
    store.add_record(ANNA, None, PainScore(DAY, "walking", 1))
    store.export_client(None, ANNA, tmp_path / "own.zip", videos=True)
    assert elsewhere.import_client(BEN, tmp_path / "own.zip").client_id is None
    assert elsewhere.evidence(BEN, None) == Evidence(pain=(PainScore(DAY, "walking", 1),))


def test_the_zip_can_be_read_without_formcheck(store, carla, tmp_path):
    store.export_client(carla.id, ANNA, tmp_path / "carla.zip", videos=True)
    with zipfile.ZipFile(tmp_path / "carla.zip") as packed:
        manifest = json.loads(packed.read("manifest.json"))
        for name, said in manifest["files"].items():
            assert hashlib.sha256(packed.read(name)).hexdigest() == said["sha256"]
        assert manifest["versions"] == {"formcheck_version": ["0.1.0"], "criteria_version": [], "model": ["full"]}
        (client,) = csv.DictReader(io.StringIO(packed.read("tables/clients.csv").decode()))
        assert client["name"] == "Carla Ñandú"
        assert client["notes"] == "'=1+1", "no formula for a spreadsheet"
        assert json.loads(packed.read("tables/clients.json"))[0]["notes"] == "=1+1"
        assert json.loads(packed.read("tables/notes.json"))[0]["text"] == "Better"
    with pytest.raises(InputError, match="there already"):
        store.export_client(carla.id, ANNA, tmp_path / "carla.zip", videos=True)
    with pytest.raises(InputError, match="is no folder"):
        store.export_client(carla.id, ANNA, tmp_path / "nowhere" / "carla.zip", videos=True)


@pytest.fixture
def packed(store, carla, tmp_path):
    store.export_client(carla.id, ANNA, tmp_path / "carla.zip", videos=True)
    return tmp_path / "carla.zip"


def forge(source, *, files=None, manifest=None, unlisted=None, compression=zipfile.ZIP_DEFLATED):
    """The same zip with some files put in or changed and the manifest in step with them."""
    with zipfile.ZipFile(source) as original:
        kept = {name: original.read(name) for name in original.namelist()}
    said = json.loads(kept.pop("manifest.json"))
    kept |= files or {}
    said["files"] = {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in kept.items()
    }
    said |= manifest or {}
    target = source.with_name("forged.zip")
    with zipfile.ZipFile(target, "w", compression) as forged:
        for name, data in (kept | (unlisted or {})).items():
            forged.writestr(name, data)
        forged.writestr("manifest.json", json.dumps(said))
    return target


def changed(source, table, **values):
    """The zip with values changed in each row of a table."""
    with zipfile.ZipFile(source) as original:
        rows = json.loads(original.read(f"tables/{table}.json"))
    return forge(source, files={f"tables/{table}.json": json.dumps([{**row, **values} for row in rows]).encode()})


def refused(store, path, line):
    before = sorted(store.home.rglob("*")), list(store._db.iterdump())
    with pytest.raises(InputError, match=line) as caught:
        store.import_client(BEN, path)
    assert "\n" not in str(caught.value)
    after = sorted(store.home.rglob("*")), list(store._db.iterdump())
    for one, other in zip(before, after, strict=True):
        assert [x for x in one if "doomed" not in str(x)] == [x for x in other if "doomed" not in str(x)]


ID = "0" * 32


@pytest.mark.parametrize(
    "name",
    [
        "../outside.txt", "/etc/outside", "analyses/../../outside", f"analyses/{ID}/../../../outside", "C:/outside",
        f"analyses/{ID}/..", f"clips/{ID}.mp4/x", "clips/../formcheck.db", f"analyses/{ID}/a\\..\\b", "extra.txt",
        f"analyses/{ID}/.hidden", f"analyses/{ID}/a\x01b", f"analyses/{ID}/a/b/c/d", f"analyses/{ID}/" + "x" * 300,
    ],
)  # fmt: skip
def test_a_file_that_does_not_belong_there_is_refused(elsewhere, packed, tmp_path, name):
    refused(elsewhere, forge(packed, files={name: b"x"}), "does not belong there|not those of its manifest")
    assert not list(tmp_path.rglob("outside*"))


def test_a_zip_that_unpacks_to_far_more_is_refused(elsewhere, packed, monkeypatch):
    monkeypatch.setattr(archive, "_SMALL_BYTES", 100_000)
    bomb = forge(packed, files={f"analyses/{ID}/bomb.csv": bytes(5_000_000)})
    refused(elsewhere, bomb, "far more")
    monkeypatch.setattr(archive, "MOST_BYTES", 1000)
    refused(elsewhere, packed, "too much")
    monkeypatch.setattr(archive, "MOST_BYTES", 10**15)
    monkeypatch.setattr(archive, "SPARE_BYTES", 10**18)
    refused(elsewhere, packed, "only .* are free")


def test_a_manifest_that_lies_is_refused(elsewhere, packed):
    refused(elsewhere, forge(packed, unlisted={f"analyses/{ID}/more.txt": b"x"}), "not those of its manifest")
    refused(elsewhere, forge(packed, manifest={"schema": 99}), "update formcheck")
    refused(elsewhere, forge(packed, manifest={"format": 2}), "update formcheck")
    refused(elsewhere, forge(packed, manifest={"kind": "backup"}), "a client is needed")
    refused(elsewhere, forge(packed, manifest={"files": []}), "manifest is missing or damaged")
    with zipfile.ZipFile(packed) as original:
        files = json.loads(original.read("manifest.json"))["files"]
    wrong_hash = {name: {**said, "sha256": "0" * 64} for name, said in files.items()}
    refused(elsewhere, forge(packed, manifest={"files": wrong_hash}), "SHA-256")
    wrong_size = {name: {**said, "bytes": said["bytes"] + 1} for name, said in files.items()}
    refused(elsewhere, forge(packed, manifest={"files": wrong_size}), "not as large")


def test_no_zip_at_all_is_refused(elsewhere, tmp_path):
    (tmp_path / "x.zip").write_bytes(b"no zip")
    refused(elsewhere, tmp_path / "x.zip", "damaged or no zip")
    refused(elsewhere, tmp_path / "gone.zip", "gone.zip cannot be unpacked")


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("clients", {"name": None}),
        ("clients", {"name": ["x"]}),
        ("clients", {"id": "../x"}),
        ("clients", {"birth_year": 10**30}),
        ("clients", {"workspace": ANNA}),
        ("clips", {"ending": "/../x"}),
        ("clips", {"sha256": "0" * 64}),
        ("clips", {"bytes": "many"}),
        ("analyses", {"status": "running"}),
        ("analyses", {"status": "done'"}),
        ("analyses", {"clip_id": ID}),
        ("analyses", {"settings": []}),
        ("records", {"kind": "unknown"}),
        ("records", {"content": {"day": "2026-11-02", "kind": "stairs", "pain": 11}}),
        ("records", {"day": "yesterday"}),
        ("notes", {"visit_id": ID}),
        ("annotations", {"shape": "x"}),
        ("annotations", {"first_frame": {}}),
        ("visits", {"day": 5}),
        ("tags", {"word": "\ud800"}),
    ],
)
def test_rows_that_formcheck_never_writes_are_refused(elsewhere, packed, table, values):
    refused(elsewhere, changed(packed, table, **values), "tables are damaged")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_zip_is_refused_or_is_whole(elsewhere, packed, data):
    whole = packed.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = packed.with_name("damaged.zip")
    damaged.write_bytes(whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :])
    n_before = len(elsewhere.clients(BEN))
    try:
        came = elsewhere.import_client(BEN, damaged)
    except InputError:
        assert len(elsewhere.clients(BEN)) == n_before
    else:
        assert elsewhere.client(came.client_id, BEN).name == "Carla Ñandú"
    assert list((elsewhere.home / "inbox").iterdir()) == []
