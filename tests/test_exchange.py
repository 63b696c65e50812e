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


def test_opensim_reads_both_with_what_is_missing(tmp_path, pose):
    """With OpenSim's own readers, where it is installed: pip install "formcheck[opensim]"."""
    opensim = pytest.importorskip("opensim")
    pose.xy_px[7, list(SPORTS2D)[-1]] = np.nan  # an empty last cell of a row makes OpenSim refuse the file
    exchange.write_trc(tmp_path / "clip_px.trc", pose)
    table = opensim.TimeSeriesTableVec3(str(tmp_path / "clip_px.trc"))
    assert list(table.getColumnLabels()) == list(SPORTS2D.values())
    assert table.getTableMetaDataString("Units") == "px"
    np.testing.assert_allclose(table.getIndependentColumn(), pose.time_s, atol=1e-6)
    for i in range(N):
        row = [table.getRowAtIndex(i).getElt(0, j).to_numpy()[:2] for j in range(len(SPORTS2D))]
        np.testing.assert_allclose(row, pose.xy_px[i, list(SPORTS2D)], atol=1e-4)
    assessment = squat()
    exchange.write_mot(tmp_path / "clip.mot", assessment)
    motion = opensim.TimeSeriesTable(str(tmp_path / "clip.mot"))
    assert motion.getTableMetaDataString("inDegrees") == "yes"
    for name in motion.getColumnLabels():
        np.testing.assert_allclose(motion.getDependentColumn(name).to_numpy(), assessment.angles[name], atol=1e-4)


def test_a_table_says_nan_in_every_cell_that_is_missing(tmp_path, pose):
    pose.xy_px[7, list(SPORTS2D)[-1]] = np.nan
    exchange.write_trc(tmp_path / "clip_px.trc", pose)
    rows = (tmp_path / "clip_px.trc").read_text().splitlines()[6:]
    assert all(cell for row in rows for cell in row.split("\t"))
    assert rows[7].endswith("nan\tnan\tnan")


SPORTS2D_FILE = (
    "PathFileType\t4\t(X/Y/Z)\tdemo_Sports2D_px_person00.trc\n"
    "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames\n"
    "30\t30\t3\t7\tm\t30\t0\t3\n"
    "Frame#\tTime\tHip\t\t\tRHip\t\t\tRKnee\t\t\tRAnkle\t\t\tLHip\t\t\tLKnee\t\t\tLAnkle\t\t\tRShoulder\t\t\tLShoulder\t\t\n"
    "\t\t"
    + "\t".join(f"{axis}{i}" for i in range(1, 10) for axis in "XYZ")
    + "\t\n"
    + "".join(
        f"{i}\t{i / 30}\t" + "\t".join(f"{100 + 10 * j + i}.5\t{200 + 30 * j}.25\t0.0" for j in range(9)) + "\n"
        for i in range(3)
    )
)
"""As Sports2D writes it: no empty line after the head, its unit m although these are pixels, one name not ours."""


def test_a_file_as_sports2d_writes_it(tmp_path):
    path = tmp_path / "demo_Sports2D_px_person00.trc"
    path.write_text(SPORTS2D_FILE)
    found = exchange.read_pose(path)
    assert len(found) == 3
    np.testing.assert_allclose(found.xy_px[2, Landmark.RIGHT_HIP], [112.5, 230.25])
    np.testing.assert_allclose(found.xy_px[1, Landmark.LEFT_SHOULDER], [181.5, 440.25])
    assert np.isnan(found.xy_px[:, Landmark.NOSE]).all()


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
