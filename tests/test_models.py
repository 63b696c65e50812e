"""Pose models: composed from the wheel, found, fetched with a checked sum; and nothing half-fetched stays."""

import hashlib
import http.server
import threading
import zipfile

import pytest

from formcheck import models
from formcheck.errors import ModelError


def bundle(path, *, content=b"weights"):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("pose_detector.tflite", content)
        file.writestr("pose_landmarks_detector.tflite", content)
    return path


@pytest.fixture
def host(tmp_path):
    """A web server that answers each path as told: bytes, a status, or bytes that stop short."""
    answers, asked = {}, []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            answer = answers.get(self.path, 404)
            if isinstance(answer, int):
                self.send_error(answer)
                return
            body, claimed = answer
            self.send_response(200)
            self.send_header("Content-Length", str(claimed))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", answers, asked
    server.shutdown()
    server.server_close()


LITE = "/pose_landmarker_lite/float16/1/pose_landmarker_lite.task"


def test_a_download_with_the_right_sum_is_kept(tmp_path, host, monkeypatch):
    url, answers, asked = host
    data = bundle(tmp_path / "source.task").read_bytes()
    monkeypatch.setitem(models.OFFICIAL_SHA256, "lite", hashlib.sha256(data).hexdigest())
    answers[LITE] = (data, len(data))
    model = models.download("lite", base_url=url, dest=tmp_path / "models")
    assert asked == [LITE]
    assert model.path == tmp_path / "models" / "pose_landmarker_lite.task"
    assert model.path.read_bytes() == data
    assert model.sha256 == hashlib.sha256(data).hexdigest()
    assert "official" in model.origin
    assert models.resolve("lite", folder=tmp_path / "models") == model
    assert [m.name for m in models.find_models(tmp_path / "models")] == ["lite"]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((b"something else", 14), "not the official model"),
        ((b"cut", 3000), r"not the official model|could not be fetched"),
        (404, "404"),
        (503, "503"),
    ],
)
def test_a_bad_download_is_refused_and_leaves_the_old_file(tmp_path, host, answer, says):
    url, answers, _ = host
    answers[LITE] = answer
    old = bundle(tmp_path / "pose_landmarker_lite.task").read_bytes()
    with pytest.raises(ModelError, match=says) as caught:
        models.download("lite", base_url=url, dest=tmp_path)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["pose_landmarker_lite.task"]
    assert (tmp_path / "pose_landmarker_lite.task").read_bytes() == old


def test_no_connection_is_one_clear_line(tmp_path):
    with pytest.raises(ModelError, match="could not be fetched") as caught:
        models.download("full", base_url="http://127.0.0.1:9", dest=tmp_path)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_unknown_names_are_told_what_there_is(tmp_path, host):
    url, _, asked = host
    with pytest.raises(ModelError, match="lite, full, heavy"):
        models.download("../../x", base_url=url, dest=tmp_path)
    with pytest.raises(ModelError, match="lite, full, heavy"):
        models.resolve("huge", folder=tmp_path)
    assert asked == []


def test_a_model_that_is_not_there_says_how_to_get_it(tmp_path):
    with pytest.raises(ModelError, match="formcheck models --download heavy"):
        models.resolve("heavy", folder=tmp_path)


def test_a_file_that_is_no_bundle_is_refused(tmp_path):
    (tmp_path / "text.task").write_text("hello")
    with zipfile.ZipFile(tmp_path / "other.task", "w") as file:
        file.writestr("face.tflite", b"x")
    damaged = bytearray(bundle(tmp_path / "damaged.task", content=b"w" * 5000).read_bytes())
    damaged[1000] ^= 255
    (tmp_path / "damaged.task").write_bytes(damaged)
    for name in ("text", "other", "damaged"):
        with pytest.raises(ModelError, match="no pose landmark bundle"):
            models.resolve(tmp_path / f"{name}.task")
    assert models.find_models(tmp_path) == []


def test_the_users_own_file_is_taken_by_path_and_by_name(tmp_path):
    own = bundle(tmp_path / "pose_landmarker_full.task")
    assert models.resolve(own).path == own
    assert models.resolve("full", folder=tmp_path).origin == "added by the user"


def test_a_wheel_without_weights_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(models, "wheel_has_weights", lambda: False)
    with pytest.raises(ModelError, match="formcheck models --download full"):
        models.resolve(None, folder=tmp_path)
    own = bundle(tmp_path / "pose_landmarker_full.task")
    assert models.resolve(None, folder=tmp_path).path == own


@pytest.mark.skipif(not models.wheel_has_weights(), reason="this mediapipe carries no weights")
def test_the_wheels_own_model_is_composed_once_and_mended(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(models.platformdirs, "user_cache_path", lambda *_a, **_o: tmp_path)
    first = models.compose_bundle()
    with zipfile.ZipFile(first.path) as file:
        names = {info.filename: info for info in file.infolist()}
        assert set(names) == {"pose_detector.tflite", "pose_landmarks_detector.tflite"}
        assert all(info.compress_type == zipfile.ZIP_STORED for info in names.values())
        assert all((info.header_offset + len(info.FileHeader())) % 4 == 0 for info in names.values())
    stamp = first.path.stat().st_mtime_ns
    assert models.compose_bundle() == first
    assert first.path.stat().st_mtime_ns == stamp, "kept, not composed again"
    first.path.write_bytes(b"broken")
    assert models.compose_bundle() == first, "composed anew, the same bytes"
    assert [path.name for path in tmp_path.iterdir()] == [first.path.name]
    assert capfd.readouterr() == ("", "")


def test_a_cache_that_cannot_be_written_is_one_clear_line(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(models.platformdirs, "user_cache_path", lambda *_a, **_o: tmp_path / "file" / "cache")
    monkeypatch.setattr(models, "wheel_has_weights", lambda: True)
    with pytest.raises(ModelError, match="cannot write in"):
        models.compose_bundle()
