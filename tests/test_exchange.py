import numpy as np
import pandas as pd
import pytest
from athletes import squat

from formcheck import exchange
from formcheck.errors import InputError
from formcheck.exchange.names import SPORTS2D, landmark_of
from formcheck.landmarks import NAMES, Landmark
from formcheck.tables import landmark_columns, write_landmarks
from formcheck.types import PoseSequence

N = 12


@pytest.fixture
def pose():
    rng = np.random.default_rng(3)
    xy = rng.uniform(50, 900, (N, len(NAMES), 2))
    xy[4, Landmark.LEFT_KNEE] = np.nan
    return PoseSequence(np.arange(N) / 60 + 0.01, xy, np.where(np.isnan(xy[..., 0]), np.nan, 0.9))


def same(found, pose, landmarks):
    np.testing.assert_allclose(found.xy_px[:, landmarks], pose.xy_px[:, landmarks], atol=1e-4)
    np.testing.assert_allclose(found.time_s, pose.time_s, atol=1e-6)


def test_names_of_others_are_understood():
    assert landmark_of("RHip") == landmark_of("right_hip") == landmark_of("Right Hip") == Landmark.RIGHT_HIP
    assert landmark_of("LBigToe") == Landmark.LEFT_FOOT_INDEX
    assert landmark_of("tail") is None
    assert len(set(SPORTS2D.values())) == len(SPORTS2D)


def test_trc_comes_back_as_it_was(tmp_path, pose):
    path = tmp_path / "clip_px.trc"
    exchange.write_trc(path, pose)
    same(exchange.read_pose(path), pose, list(SPORTS2D))


def test_trc_is_a_table_that_any_reader_of_tables_takes(tmp_path, pose):
    path = tmp_path / "clip_px.trc"
    exchange.write_trc(path, pose)
    head = path.read_text().splitlines()
    assert head[2].split("\t")[2:5] == [str(N), str(len(SPORTS2D)), "px"]
    names = [name for name in head[3].split("\t")[2:] if name]
    table = pd.read_csv(path, sep="\t", skiprows=4)
    assert table.shape == (N, 2 + 3 * len(names))
    knee = 2 + 3 * names.index("LKnee")
    assert np.isnan(table.iloc[4, knee])
    np.testing.assert_allclose(table.iloc[5, knee : knee + 2], pose.xy_px[5, Landmark.LEFT_KNEE], atol=1e-4)


def test_mot_has_the_counts_of_its_head_and_the_angles(tmp_path):
    assessment = squat()
    path = tmp_path / "clip.mot"
    exchange.write_mot(path, assessment)
    lines = path.read_text().splitlines()
    end = lines.index("endheader")
    head = dict(line.split("=") for line in lines[1:end])
    table = pd.read_csv(path, sep="\t", skiprows=end + 1)
    assert (int(head["nRows"]), int(head["nColumns"])) == table.shape
    assert head["inDegrees"] == "yes"
    for name, series in assessment.angles.items():
        if name.endswith("_deg"):
            np.testing.assert_allclose(table[name], series, atol=1e-4)


def test_parquet_keeps_every_digit_and_what_is_missing(tmp_path, pose):
    path = tmp_path / "landmarks.parquet"
    columns = landmark_columns(pose)
    del columns["time_s"]
    exchange.write_parquet(path, pose.time_s, columns)
    table = pd.read_parquet(path)
    np.testing.assert_array_equal(table["time_s"], pose.time_s)
    for name, column in columns.items():
        np.testing.assert_array_equal(table[name], column)


def test_our_own_file_is_read_as_ever(tmp_path, pose):
    path = tmp_path / "landmarks.csv"
    write_landmarks(path, pose)
    found = exchange.read_pose(path, trusted_hips=True)
    np.testing.assert_array_equal(found.xy_px, pose.xy_px)
    assert found.trusted_hips


def dlc(path, pose, *, names=NAMES):
    parts = [name for name in names for _ in range(3)]
    head = [
        ["scorer", *["movement"] * len(parts)],
        ["bodyparts", *parts],
        ["coords", *["x", "y", "likelihood"] * len(names)],
    ]
    rows = [
        [str(i), *(str(v) for j in range(len(names)) for v in (*pose.xy_px[i, j], pose.visibility[i, j]))]
        for i in range(len(pose))
    ]
    path.write_text("\n".join(",".join(row) for row in [*head, *rows]).replace("nan", ""))


def test_movements_table_in_deeplabcuts_style(tmp_path, pose):
    path = tmp_path / "movement.csv"
    dlc(path, pose)
    found = exchange.read_pose(path, fps=60.0)
    same(PoseSequence(found.time_s + 0.01, found.xy_px, found.visibility), pose, list(range(33)))
    np.testing.assert_allclose(found.visibility, pose.visibility)
    with pytest.raises(InputError, match="--capture-fps"):
        exchange.read_pose(path)


def tidy(path, pose, people=("athlete",)):
    lines = ["time,space,keypoints,individuals,position,confidence"]
    for person in people:
        for i, t in enumerate(pose.time_s):
            for j, name in enumerate(NAMES):
                for k, axis in enumerate("xy"):
                    lines.append(f"{t},{axis},{name},{person},{pose.xy_px[i, j, k]},{pose.visibility[i, j]}")
    path.write_text("\n".join(lines).replace("nan", ""))


def test_movements_long_table(tmp_path, pose):
    path = tmp_path / "movement.csv"
    tidy(path, pose)
    found = exchange.read_pose(path)
    same(found, pose, list(range(33)))
    np.testing.assert_allclose(found.visibility, pose.visibility)
    tidy(path, pose, ("a", "b"))
    with pytest.raises(InputError, match="2 individuals"):
        exchange.read_pose(path)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text: text.replace("PathFileType", "Path"), "not a TRC"),
        (lambda text: text.replace("RHip", "tail").replace("Knee", "fin").replace("Ankle", "paw"), None),
        (lambda text: "\n".join(text.splitlines()[:5]), "not a TRC"),
        (lambda text: text.replace("\t0.010000\t", "\tnow\t", 1), "word where a number"),
        (lambda text: text.replace("\t0.026667\t", "\t0.001000\t", 1), "increase"),
    ],
)
def test_a_damaged_trc_is_refused_in_one_line(tmp_path, pose, change, why):
    path = tmp_path / "clip_px.trc"
    exchange.write_trc(path, pose)
    path.write_text(change(path.read_text()))
    if why is None:
        assert np.isnan(exchange.read_pose(path).xy_px[:, Landmark.RIGHT_HIP]).all()
        return
    with pytest.raises(InputError, match=why) as error:
        exchange.read_pose(path)
    assert "\n" not in str(error.value)


def test_metres_are_refused(tmp_path, pose):
    path = tmp_path / "clip_m.trc"
    exchange.write_trc(path, PoseSequence(pose.time_s, pose.xy_px / 400, pose.visibility))
    with pytest.raises(InputError, match="metres"):
        exchange.read_pose(path)


def test_too_few_landmarks_are_refused(tmp_path, pose):
    path = tmp_path / "movement.csv"
    dlc(path, pose, names=NAMES[:3])
    with pytest.raises(InputError, match="too few landmarks"):
        exchange.read_pose(path, fps=30.0)
