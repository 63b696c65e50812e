"""The criteria file: what is in it, and what the loader refuses."""

from pathlib import Path

import pytest

from formcheck.criteria import load, merge_sexes
from formcheck.criteria_text import markdown
from formcheck.errors import InputError
from formcheck.metrics import REGISTRY
from formcheck.types import PROTOCOLS, Criterion

GOOD = """
version = "9"
[[criterion]]
id = "a"
metric = "knee_fppa_deg"
protocols = ["single_leg_squat"]
watch_above = 10.0
outside_above = 15.0
kind = "judgement"
source = "herrington_2014"
advice_high = "Do this."
"""


def write(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_own_file_loads_and_every_row_has_a_source():
    criteria = load()
    assert criteria.version
    for row in (*criteria.criteria, *criteria.by_hand):
        assert criteria.reference(row).citation
        assert row.limits
        assert row.advice_high or row.advice_low
        assert row.note, f"{row.id} does not say what its limit rests on"


@pytest.mark.parametrize(
    ("metric", "protocol", "sex", "limits"),
    [
        ("knee_fppa_deg", "single_leg_squat", None, {"watch_above": 10, "outside_above": 15}),
        ("knee_fppa_deg", "step_down", None, {"watch_above": 22, "strong_above": 27}),
        ("knee_fppa_deg", "treadmill_rear", None, {"watch_above": 10.5, "watch_below": -10.5}),
        ("pelvic_drop_deg", "treadmill_rear", "m", {"watch_above": 6, "strong_above": 9}),
        ("pelvic_drop_deg", "treadmill_front", "f", {"watch_above": 7, "strong_above": 9}),
        ("pelvic_drop_deg", "single_leg_squat", "f", {"watch_above": 11, "outside_above": 15}),
        ("trunk_lean_deg", "single_leg_squat", None, {"watch_above": 10, "outside_above": 13}),
        ("trunk_flexion_deg", "treadmill_side", None, {"watch_above": 15, "watch_below": 4}),
        ("shank_angle_deg", "treadmill_side", None, {"watch_above": 10}),
        ("knee_flexion_contact_deg", "treadmill_side", None, {"watch_below": 10}),
        ("knee_flexion_peak_deg", "treadmill_side", None, {"watch_above": 55, "watch_below": 40}),
        ("cadence_spm", "treadmill_side", None, {"watch_below": 166}),
        ("step_width_ratio", "treadmill_rear", None, {"watch_below": 0.18, "outside_below": 0}),
        ("fppa_drift_deg", "single_leg_squat", None, {"watch_above": 4, "outside_above": 8}),
        ("reps_valid", "single_leg_squat", None, {"outside_below": 20}),
    ],
)
def test_limits_are_those_of_the_evidence(metric, protocol, sex, limits):
    assert load().select(metric, protocol, sex).limits == limits


@pytest.mark.parametrize("metric", ["foot_strike", "foot_inclination_deg", "contact_time_ms", "overstride_ratio"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_reported_only_metrics_have_no_criterion(metric, protocol):
    assert load().select(metric, protocol) is None


def test_fppa_limits_are_never_shared_between_tasks():
    rows = [c for c in load().criteria if c.metric_id == "knee_fppa_deg"]
    tasks = [{p.removesuffix("_rear").removesuffix("_front") for p in row.protocols} for row in rows]
    assert all(len(task) == 1 for task in tasks)
    assert len({frozenset(row.limits.items()) for row in rows}) == len(rows) == 3


def test_only_the_squat_decides_from_a_clip():
    deciding = {c.id: c.protocols for c in load().criteria if c.decides}
    assert deciding == {"squat_fppa": ("single_leg_squat",), "squat_repetitions": ("single_leg_squat",)}


def test_unknown_sex_takes_the_stricter_watch_limit():
    unknown = load().select("pelvic_drop_deg", "treadmill_rear")
    assert unknown.watch_above == 6
    assert unknown.sex is None
    assert unknown.id == "run_pelvic_drop"


def test_unknown_sex_takes_the_laxer_outer_limit_and_drops_one_sided_ones():
    rows = [
        Criterion("x_men", "m", (), "s", "judgement", watch_above=6, outside_above=9, outside_below=-9, sex="m"),
        Criterion("x_women", "m", (), "s", "judgement", watch_above=7, outside_above=11, watch_below=-2, sex="f"),
    ]
    assert merge_sexes(rows).limits == {"watch_above": 6, "outside_above": 11, "watch_below": -2}


def test_every_scored_metric_exists():
    for row in load().criteria:
        assert row.metric_id.removeprefix("asymmetry_") in REGISTRY


def test_a_file_of_ones_own(tmp_path):
    assert load(write(tmp_path, GOOD)).version == "9"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('source = "herrington_2014"', "", "no source"),
        ('source = "herrington_2014"', 'source = "hearsay"', "hearsay"),
        ("watch_above = 10.0", "watch_above = 16.0", "out of order"),
        ("watch_above = 10.0", "watch_above = 15.0", "out of order"),
        ("watch_above = 10.0", "watch_above = nan", "must be a number"),
        ("watch_above = 10.0", 'watch_above = "10"', "must be a number"),
        ("watch_above = 10.0", "watch_over = 10.0", "watch_over"),
        ("watch_above = 10.0\noutside_above = 15.0", "", "no limit"),
        ('metric = "knee_fppa_deg"', 'metric = "knee_angle"', "knee_angle"),
        ('protocols = ["single_leg_squat"]', 'protocols = ["jump"]', "jump"),
        ('protocols = ["single_leg_squat"]', "", "no protocol"),
        ('kind = "judgement"', 'kind = "guess"', "guess"),
        ('advice_high = "Do this."', "", "advice_high"),
        ('advice_high = "Do this."', 'advice_high = "Do this."\nsex = "x"', "sex x"),
        ('advice_high = "Do this."', 'advice_high = "Do this."\noutside_cycles = 0', "outside_cycles"),
        ('version = "9"', "", "no version"),
        ("[[criterion]]", "[[criterium]]", "at least one"),
        ('version = "9"', "version = ", "not valid TOML"),
    ],
)
def test_a_bad_row_is_refused_in_one_line(tmp_path, old, new, says):
    assert old in GOOD
    with pytest.raises(InputError) as caught:
        load(write(tmp_path, GOOD.replace(old, new)))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_rows_for_the_same_metric_are_refused(tmp_path):
    twin = GOOD.split('version = "9"')[1].replace('id = "a"', 'id = "b"')
    with pytest.raises(InputError, match="twice"):
        load(write(tmp_path, GOOD + twin))


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(InputError, match=r"gone\.toml"):
        load(tmp_path / "gone.toml")


def test_the_document_shows_what_is_in_force():
    text = (Path(__file__).parents[1] / "docs" / "criteria.md").read_text(encoding="utf-8")
    table = text.split("<!-- table: formcheck criteria --markdown -->\n")[1].split("\n<!-- end of table -->")[0]
    assert table == markdown(load()), "run formcheck criteria --markdown and put it into docs/criteria.md"
