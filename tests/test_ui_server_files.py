"""Result files and clips over a real server: whose they are, byte ranges, and nothing beside them."""

import json
import os
import shutil
from pathlib import Path

import pytest
from athletes import run, squat
from serving import served
from starlette.applications import Starlette

from formcheck import exchange
from formcheck.errors import InputError
from formcheck.playback import playback
from formcheck.results import read, read_landmarks, write
from formcheck.store import open_store
from formcheck.ui.server import serving
from formcheck.ui.server.files import MEDIA_TYPES, attachment
from formcheck.ui.server.guard import Guard
from formcheck.ui.server.workspaces import COOKIE, workspace_of

SAMPLE = Path(__file__).parents[1] / "sample_videos" / "squat_left.mp4"
MINE, THEIRS = "m" * 43, "t" * 43
ME, THEM = f"{COOKIE}={MINE}", f"{COOKIE}={THEIRS}"
VIDEO = bytes(range(256)) * 40


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    before = os.environ.get("FORMCHECK_HOME")
    os.environ["FORMCHECK_HOME"] = str(folder)
    yield folder
    os.environ.pop("FORMCHECK_HOME") if before is None else os.environ.update(FORMCHECK_HOME=before)


@pytest.fixture(scope="module")
def site(home):
    told = serving()
    with served(Starlette(routes=told["routes"], middleware=told["middleware"])) as running:
        yield running


@pytest.fixture(scope="module")
def analysis(home, tmp_path_factory):
    video = tmp_path_factory.mktemp("clip") / "a.mp4"
    video.write_bytes(b"a clip")
    with open_store() as store:
        clip = store.add_clip(workspace_of(MINE), video, name='Jo "left" Läufer\u202e.mp4')
        queued = store.queue(workspace_of(MINE), clip.id, {})
        assert store.take("w").id == queued.id
        folder = queued.folder
        (folder / "keyframes").mkdir(parents=True)
        for name in MEDIA_TYPES:
            (folder / name).write_bytes(VIDEO if name == "overlay.mp4" else f"this is {name}".encode())
        (folder / "keyframes" / "1-contact.png").write_bytes(b"png")
        (folder / "keyframes" / "secret.txt").write_bytes(b"txt")
        (folder / "other.txt").write_bytes(b"txt")
        store.finish(queued.id, "w", "done")
        return store.analysis(queued.id, workspace_of(MINE))


def address(analysis, name):
    return f"/fc/analyses/{analysis.id}/{name}"


@pytest.mark.parametrize("name", [*MEDIA_TYPES, "keyframes/1-contact.png"])
def test_the_owner_gets_every_file_with_its_type(site, analysis, name):
    answer = site.ask(address(analysis, name), cookie=ME)
    assert answer.status == 200
    assert answer.headers["content-type"] == MEDIA_TYPES.get(name, "image/png")
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.body == (analysis.folder / name).read_bytes()


@pytest.mark.parametrize("cookie", ["", THEM, f"{COOKIE}=short", f"{COOKIE}={'x' * 43}"])
@pytest.mark.parametrize("name", ["report.html", "overlay.mp4", "playback.json", "keyframes/1-contact.png"])
def test_nobody_else_gets_any(site, analysis, cookie, name):
    answer = site.ask(address(analysis, name), cookie=cookie)
    assert answer.status == 404
    assert b"this is" not in answer.body


@pytest.mark.parametrize(
    "name",
    [
        "other.txt",
        "keyframes/secret.txt",
        "keyframes/../other.txt",
        "keyframes/%2e%2e/other.txt",
        "..%2f..%2fformcheck.db",
        "%2e%2e/%2e%2e/formcheck.db",
        "keyframes/",
        "",
        "overlay.mp4/",
        "OVERLAY.MP4",
        "report.html%00",
    ],
)
def test_only_the_names_on_the_list_are_looked_at(site, analysis, name):
    assert site.ask(address(analysis, name), cookie=ME).status in (400, 404)


@pytest.mark.parametrize("wanted", ["..", "0" * 31, "0" * 32, "0" * 33, "A" * 32, "x'--"])
def test_ids_that_are_none_are_not_found(site, wanted):
    assert site.ask(f"/fc/analyses/{wanted}/report.html", cookie=ME).status == 404
    assert site.ask(f"/fc/clips/{wanted}/thumbnail.jpg", cookie=ME).status == 404


def test_parts_of_the_video_can_be_asked_for(site, analysis):
    def part(told):
        return site.ask(address(analysis, "overlay.mp4"), cookie=ME, headers={"Range": told})

    first = part("bytes=0-99")
    assert (first.status, first.body) == (206, VIDEO[:100])
    assert first.headers["content-range"] == f"bytes 0-99/{len(VIDEO)}"
    assert part("bytes=9000-").body == VIDEO[9000:]
    assert part("bytes=-7").body == VIDEO[-7:]
    assert part(f"bytes={len(VIDEO)}-").status == 416
    assert site.ask(address(analysis, "overlay.mp4"), cookie=ME).headers["accept-ranges"] == "bytes"


def test_heads_are_answered_and_other_methods_are_not(site, analysis):
    head = site.ask(address(analysis, "overlay.mp4"), "HEAD", cookie=ME)
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(VIDEO)))
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert site.ask(address(analysis, "overlay.mp4"), method, cookie=ME).status == 405


def test_an_unchanged_file_is_not_sent_again(site, analysis):
    tag = site.ask(address(analysis, "report.pdf"), cookie=ME).headers["etag"]
    again = site.ask(address(analysis, "report.pdf"), cookie=ME, headers={"If-None-Match": tag})
    assert (again.status, again.body) == (304, b"")
    assert site.ask(address(analysis, "report.pdf"), cookie=ME, headers={"If-None-Match": '"old"'}).status == 200


def test_a_stored_page_cannot_run_scripts(site, analysis):
    policy = site.ask(address(analysis, "report.html"), cookie=ME).headers["content-security-policy"]
    assert policy.startswith("sandbox")
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy


def test_downloads_have_names_that_every_system_can_read(site, analysis):
    told = site.ask(address(analysis, "report.pdf") + "?download=1", cookie=ME).headers["content-disposition"]
    assert told.isascii()
    assert told.startswith("attachment; filename=\"Jo_left_L_ufer_-report.pdf\"; filename*=UTF-8''Jo%20%22left%22")
    assert attachment("../\r\nSet-Cookie: a.csv").count("\n") == 0
    assert attachment("跑").startswith('attachment; filename="formcheck"')


def test_what_is_not_done_has_no_files(site, analysis, tmp_path):
    (tmp_path / "b.mp4").write_bytes(b"another")
    with open_store() as store:
        clip = store.add_clip(workspace_of(MINE), tmp_path / "b.mp4", name="b.mp4")
        queued = store.queue(workspace_of(MINE), clip.id, {})
    queued.folder.mkdir()
    (queued.folder / "report.html").write_text("half")
    assert site.ask(address(queued, "report.html"), cookie=ME).status == 404


def test_a_clip_has_a_picture_for_its_owner(site, home):
    with open_store() as store:
        clip = store.add_clip(workspace_of(MINE), SAMPLE, name="squat.mp4")
    answer = site.ask(f"/fc/clips/{clip.id}/thumbnail.jpg", cookie=ME)
    assert answer.status == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.body.startswith(b"\xff\xd8")
    assert site.ask(f"/fc/clips/{clip.id}/thumbnail.jpg", cookie=THEM).status == 404


def test_a_clip_that_is_no_video_has_no_picture(site, analysis):
    assert site.ask(f"/fc/clips/{analysis.clip_id}/thumbnail.jpg", cookie=ME).status == 404
    with open_store() as store:
        store.clip(analysis.clip_id, workspace_of(MINE)).path.unlink()
    assert site.ask(f"/fc/clips/{analysis.clip_id}/thumbnail.jpg", cookie=ME).status == 404


def test_the_player_gets_all_it_needs_in_one_answer(site, tmp_path):
    (tmp_path / "c.mp4").write_bytes(b"a third")
    with open_store() as store:
        clip = store.add_clip(workspace_of(THEIRS), tmp_path / "c.mp4", name="c.mp4")
        queued = store.queue(workspace_of(THEIRS), clip.id, {})
        while store.take("w").id != queued.id:
            continue
        assessment = squat()
        write(assessment, assessment.pose, queued.folder)
        store.finish(queued.id, "w", "done")
    answer = site.ask(address(queued, "playback.json"), cookie=THEM)
    assert answer.status == 200
    told = json.loads(answer.body)
    assert told == json.loads(json.dumps(playback(read(queued.folder))))
    again = site.ask(address(queued, "playback.json"), cookie=THEM, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status == 304
    (queued.folder / "assessment.json").write_text("{}")
    damaged = site.ask(address(queued, "playback.json"), cookie=THEM)
    assert damaged.status == 422
    assert "\n" not in json.loads(damaged.body)["error"]


@pytest.mark.parametrize("name", exchange.FILES)
def test_files_for_other_programs_are_made_when_they_are_asked_for(site, tmp_path, name):
    video = tmp_path / "a.mp4"
    video.write_bytes(b"the clip of " + name.encode())
    with open_store() as store:
        clip = store.add_clip(workspace_of(MINE), video, name="Jo.mp4")
        queued = store.queue(workspace_of(MINE), clip.id, {})
        while store.take("w").id != queued.id:  # what other tests left waiting comes first
            continue
        made = run(duration_s=2.5)
        write(made, made.pose, queued.folder)
        store.finish(queued.id, "w", "done")
    answer = site.ask(address(queued, name), cookie=ME)
    assert answer.status == 200
    assert f"Jo-{name}" in answer.headers["content-disposition"]
    whole = exchange.write_all(tmp_path, read_landmarks(queued.folder / "landmarks.csv"), read(queued.folder))
    assert answer.body == whole[exchange.FILES.index(name)].read_bytes()
    assert site.ask(address(queued, name), cookie=THEM).status == 404


def test_a_deleted_result_is_gone(site, analysis):
    shutil.rmtree(analysis.folder)
    assert site.ask(address(analysis, "report.html"), cookie=ME).status == 404
    assert site.ask(address(analysis, "playback.json"), cookie=ME).status == 404


def test_a_fault_of_ours_is_one_line(site, analysis, monkeypatch):
    def broken(*_):
        raise RuntimeError("nobody's business")

    monkeypatch.setattr("formcheck.ui.server.files.open_store", broken)
    answer = site.ask(address(analysis, "report.html"), cookie=ME)
    assert answer.status == 500
    assert "RuntimeError" not in answer.text
    assert "business" not in answer.text
    assert "logs/app.log" in json.loads(answer.body)["error"]


def test_a_store_that_cannot_be_used_is_its_own_line(site, analysis, monkeypatch):
    def broken(*_):
        raise InputError("the folder cannot be written; name another")

    monkeypatch.setattr("formcheck.ui.server.files.open_store", broken)
    answer = site.ask(address(analysis, "report.html"), cookie=ME)
    assert answer.status == 503
    assert json.loads(answer.body) == {"error": "the folder cannot be written; name another"}


def test_the_guard_stands_before_everything():
    assert serving()["middleware"][0].cls is Guard
