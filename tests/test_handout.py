"""The report that is handed over: of one or several stored results, with drawings, without faces, from the shell."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pypdf
import pytest
from athletes import frames_of, run
from PIL import Image

from formcheck import handout, outputs, results
from formcheck.cli.entry import run as call
from formcheck.drawings import Drawing, Placed
from formcheck.errors import InputError
from formcheck.handout import Source
from formcheck.landmarks import Landmark
from formcheck.report import Letterhead
from formcheck.types import Frame


def with_face(assessment):
    """The figure with a face above its shoulders."""
    xy = assessment.pose.xy_px.copy()
    middle = xy[:, [Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]].mean(axis=1) - [0.0, 110.0]
    for i in range(11):
        xy[:, i] = middle + np.array([8.0 * np.cos(i), 12.0 * np.sin(i)])
    return replace(assessment, pose=replace(assessment.pose, xy_px=xy, image_size_px=(720, 1280)))


def checked(frame):
    board = (np.indices(frame.rgb.shape[:2]).sum(axis=0) % 2 * 200 + 20).astype(np.uint8)
    return replace(frame, rgb=np.repeat(board[..., None], 3, axis=2))


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Results of a run from behind and from the side, whose every pixel differs from its neighbours."""
    place = tmp_path_factory.mktemp("results")
    folders = {}
    with pytest.MonkeyPatch.context() as patch:
        for name, made in {"run": run(duration_s=2.5), "side": run(protocol="treadmill_side", duration_s=2.5)}.items():
            made = with_face(made)
            frames = [checked(frame) for frame in frames_of(made)]
            patch.setattr("formcheck.capture.read_frames", lambda *args, kept=frames, **options: iter(kept))

            def draw(folder, made=made, place=place):
                outputs.write_pictures_and_report(made, place / "clip.mp4", folder, overlay=False)

            folders[name] = results.write(made, made.pose, place / name, writers=[draw])
    return folders


def landmarks(folder):
    return results.read_landmarks(folder / "landmarks.csv").xy_px


def face_detail(picture, key, xy_px):
    """Strongest difference between neighbours in the middle of the face, as the stored key frame shows it."""
    nose = xy_px[key.frame, :11].mean(axis=0) - key.corner_px
    x, y = (round(float(v)) for v in nose)
    part = picture.rgb[max(y - 12, 0) : y + 12, max(x - 12, 0) : x + 12, 0].astype(int)
    return np.abs(np.diff(part, axis=1)).max()


@pytest.mark.parametrize("blur", [False, True])
def test_the_face_is_covered_in_stored_key_frames_only_where_asked(stored, blur):
    part = handout.part_of(Source(stored["side"]), blur_faces=blur)
    keys = results.read_key_pictures(stored["side"])
    assert len(part.pictures) == len(keys) > 0
    for picture, key in zip(part.pictures, keys, strict=True):
        assert bool(face_detail(picture, key, landmarks(stored["side"])) < 40) is blur


def test_a_key_frame_of_which_nobody_knows_where_the_face_is_stays_out(stored, tmp_path):
    old = tmp_path / "old"
    shutil.copytree(stored["side"], old)
    index = old / "keyframes" / "index.json"
    rows = json.loads(index.read_text())
    for row in rows:
        del row["corner_px"]
    index.write_text(json.dumps(rows))
    assert handout.part_of(Source(old), blur_faces=True).pictures == ()
    assert len(handout.part_of(Source(old)).pictures) == len(rows)


def yellow(picture, at):
    x, y = (round(v) for v in at)
    part = picture.rgb[max(y - 6, 0) : y + 6, max(x - 6, 0) : x + 6].astype(int)
    return bool((np.abs(part - np.array([255, 221, 64])).max(axis=2) < 40).any())


def test_drawings_stand_on_the_key_frames_of_their_span_where_they_were_drawn(stored):
    folder = stored["run"]
    first, *others = results.read_key_pictures(folder)
    middle = np.add(first.corner_px, (150.0, 300.0))
    line = Drawing("line", (tuple(middle), tuple(np.add(middle, (80.0, 0.0)))))
    part = handout.part_of(Source(folder, (Placed(line, first.frame, first.frame),)))
    assert yellow(part.pictures[0], (190.0 * first.scale, 300.0 * first.scale))
    plain = handout.part_of(Source(folder))
    for i in range(len(others)):
        np.testing.assert_array_equal(part.pictures[i + 1].rgb, plain.pictures[i + 1].rgb)


def test_a_drawing_between_key_frames_brings_its_own_frame_from_the_clip(stored, tmp_path, monkeypatch):
    folder = stored["run"]
    assessment = results.read(folder)
    keys = {key.frame for key in results.read_key_pictures(folder)}
    frame = next(i for i in range(20, 100) if i not in keys)
    video = tmp_path / "clip.mp4"
    video.write_bytes(b"")

    def read_frames(path, info, *, start, stop, long_side_px):
        assert (path, start, stop) == (video, frame, frame + 1)
        yield Frame(np.full((1280, 720, 3), 90, np.uint8), float(assessment.pose.time_s[frame]), frame)

    monkeypatch.setattr("formcheck.capture.read_frames", read_frames)
    point = tuple(landmarks(folder)[frame, Landmark.LEFT_KNEE].tolist())
    circle = Drawing("circle", (point, (point[0] + 40.0, point[1])))
    made = handout.part_of(Source(folder, (Placed(circle, frame, frame),), video))
    assert made.pictures[-1].title.startswith("Drawn by hand, at 0:0")
    assert (np.abs(made.pictures[-1].rgb.astype(int) - [255, 221, 64]).max(axis=2) < 40).any()
    without_video = handout.part_of(Source(folder, (Placed(circle, frame, frame),)))
    assert len(without_video.pictures) == len(keys)


def test_a_result_without_faces_gets_none_from_a_drawing_either(stored, tmp_path, monkeypatch):
    folder = tmp_path / "covered"
    shutil.copytree(stored["run"], folder)
    results.note_faces_covered(folder)
    keys = {key.frame for key in results.read_key_pictures(folder)}
    frame = next(i for i in range(20, 100) if i not in keys)
    blank = checked(Frame(np.zeros((1280, 720, 3), np.uint8), 0.5, frame))
    monkeypatch.setattr("formcheck.capture.read_frames", lambda *args, **options: iter([blank]))
    video = tmp_path / "clip.mp4"
    video.write_bytes(b"")
    line = Drawing("line", ((700.0, 1200.0), (710.0, 1210.0)))
    made = handout.part_of(Source(folder, (Placed(line, frame, frame),), video)).pictures[-1]
    assert made.title.startswith("Drawn by hand")
    rows_of_head = made.rgb[: made.rgb.shape[0] // 4, :, 0].astype(int)
    middle = rows_of_head[:, made.rgb.shape[1] // 2 - 10 : made.rgb.shape[1] // 2 + 10]
    assert (np.abs(np.diff(middle, axis=1)).max(axis=1) < 40).sum() > 20


def test_several_results_become_one_report(stored, tmp_path):
    made = handout.make([Source(stored["run"]), Source(stored["side"])], Letterhead("Praxis Łódź"), tmp_path)
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(made.paper).pages)
    for words in (
        "Praxis Łódź",
        "Clip A, treadmill run from behind",
        "Clip B, treadmill run from the side",
        made.headline,
    ):
        assert words in " ".join(text.split())
    assert len(made.outcomes) == 1
    assert made.headline in made.page.read_text(encoding="utf-8")


def test_a_folder_without_a_result_is_refused_in_one_line(tmp_path):
    with pytest.raises(InputError, match="no result folder"):
        handout.source_of(tmp_path)


def test_the_command_writes_the_report(stored, tmp_path, capsys):
    logo = tmp_path / "logo.png"
    Image.new("RGB", (200, 80), "teal").save(logo)
    words = ["report", str(stored["run"]), str(stored["side"]), "--out", str(tmp_path / "out"), "--client", "Ελένη"]
    words += ["--clinic", "Praxis", "--logo", str(logo), "--date", "2026-11-07", "--blur-faces"]
    assert call(words) == 0
    told = capsys.readouterr().out
    assert "report.pdf" in told
    first = " ".join(pypdf.PdfReader(tmp_path / "out" / "report.pdf").pages[0].extract_text().split())
    for wanted in ("Praxis", "Ελένη", "7 November 2026"):
        assert wanted in first


@pytest.mark.parametrize(
    ("words", "code"), [(["--date", "tomorrow"], 2), (["--logo", "missing.png"], 3), (["--client", "x" * 200], 3)]
)
def test_the_command_says_in_one_line_what_is_off_and_leaves_nothing(stored, tmp_path, capsys, words, code):
    assert call(["report", str(stored["run"]), "--out", str(tmp_path / "out"), *words]) == code
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_the_command_exports_for_other_programs(stored, tmp_path, capsys):
    assert call(["export", str(stored["run"]), "--out", str(tmp_path / "out")]) == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["angles.mot", "angles.parquet", "landmarks.parquet", "landmarks_px.trc"]
    assert len(capsys.readouterr().out.strip().splitlines()) == 4
