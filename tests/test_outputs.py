"""What a person looks at: key frames are stored with the moment they show."""

import json

from athletes import frames_of, run
from PIL import Image

from formcheck import outputs, results
from formcheck.keyframes import key_frames


def test_key_frames_are_listed_with_their_frame_title_and_caption(tmp_path, monkeypatch):
    assessment = run(duration_s=2.5)

    def read(video, info, *, start, stop, long_side_px):
        asked.append(stop - start)
        return iter(frames_of(assessment, range(start, stop)))

    asked = []
    monkeypatch.setattr("formcheck.capture.read_frames", read)
    monkeypatch.setattr(outputs, "write_report", lambda *args, **options: None)
    outputs.write_pictures_and_report(assessment, tmp_path / "clip.mp4", tmp_path, overlay=False)
    expected = key_frames(assessment)
    assert expected
    stored = results.read_key_pictures(tmp_path)
    assert set(asked) == {1}, "no more is decoded than what is shown"
    assert [(p.frame, p.title, p.caption, p.metric_id, p.side) for p in stored] == [
        (k.frame_index, k.title, k.caption, k.metric_id, k.side) for k in expected
    ]
    for picture in stored:
        assert abs(picture.time_s - assessment.pose.time_s[picture.frame]) < 1e-6
        assert Image.open(tmp_path / "keyframes" / picture.file).size[0] > 300
    assert len(json.loads((tmp_path / "keyframes" / "index.json").read_text())) == len(expected)
