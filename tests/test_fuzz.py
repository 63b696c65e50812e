"""What comes from outside, mutated: it is read, or refused in one line; nothing else is ever raised or answered."""

import json
import random
from copy import deepcopy
from urllib.parse import quote

import pytest
from athletes import squat as a_squat
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from serving import served
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest
from test_ui_results import ROOT

from benchmarks.hostile.tables import squat, text
from formcheck import analysis, batch
from formcheck.cli.show import summary
from formcheck.errors import InputError, UsageError
from formcheck.exchange import read_pose
from formcheck.playback import playback
from formcheck.results import read, write
from formcheck.store import open_store
from formcheck.types import PROTOCOLS
from formcheck.ui.server import serving
from formcheck.ui.server.workspaces import COOKIE

quick = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=150)
few = settings(quick, max_examples=25)
SEEDS = st.integers(0, 2**32)
ODD = [
    None,
    True,
    -1,
    0,
    1.5,
    1e308,
    -1e308,
    10**400,
    "",
    "left",
    "\0",
    "x" * 500,
    [],
    [[]],
    {},
    {"a": None},
    "2026-13-45",
]


def one_line(caught):
    line = str(caught.value if hasattr(caught, "value") else caught)
    assert line
    assert "\n" not in line.strip()


def tried(do, *refusals):
    """What `do` gives, or None where it refuses in one line."""
    try:
        return do()
    except refusals as error:
        one_line(error)
        return None


# Landmark files

CELLS = st.one_of(
    st.floats().map(repr),
    st.sampled_from(["", "nan", "inf", "-", "1e999", "0x1", "1_0", " 1 ", "١", '"', "1,5", "\u2212" + "1", "9" * 400]),
)


@quick
@given(
    header=st.lists(st.sampled_from([*squat()[0], "", "time_s", "x", "LEFT_HIP_X_PX"]), max_size=12),
    rows=st.lists(st.lists(CELLS, max_size=12), max_size=6),
    separator=st.sampled_from([",", ";", "\t", "|"]),
)
def test_any_table_is_read_as_landmarks_or_refused(tmp_path, header, rows, separator):
    lines = [separator.join(row) for row in [header, *rows]]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    tried(lambda: read_pose(tmp_path / "a.csv"), InputError)


@quick
@given(seed=SEEDS, name=st.sampled_from(["a.csv", "a.trc"]))
def test_a_landmark_file_with_other_bytes_in_it_is_read_or_refused(tmp_path, seed, name):
    rng = random.Random(seed)
    data = bytearray(text(*squat(12)).encode())
    for _ in range(rng.choice((1, 3, 30))):
        at = rng.randrange(len(data))
        data[at : at + rng.randrange(9)] = rng.randbytes(rng.randrange(9))
    (tmp_path / name).write_bytes(data)
    tried(lambda: read_pose(tmp_path / name), InputError)


@few
@given(
    seed=SEEDS, protocol=st.sampled_from(PROTOCOLS), wild=st.sampled_from(["", "nan", "0", "-99999", "99999", "1e-9"])
)
def test_a_body_that_no_body_is_gets_an_assessment_or_one_line(tmp_path, seed, protocol, wild):
    rng = random.Random(seed)
    columns, values = squat(rng.choice((2, 3, 7, 60)), rng.choice((1.0, 30.0, 240.0)))
    lines = [line.split(",") for line in text(columns, values).splitlines()]
    for _ in range(rng.choice((1, 30, 1500))):
        lines[rng.randrange(1, len(lines))][rng.randrange(2, len(columns))] = wild
    (tmp_path / "a.csv").write_text("\n".join(map(",".join, lines)))
    pose = tried(lambda: read_pose(tmp_path / "a.csv"), InputError)
    if pose is not None:
        info = analysis.landmark_file_info(pose, "a.csv", "0" * 64)
        tried(lambda: analysis.assess(pose, info, protocol=protocol), InputError)


# Stored results


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stored") / "result"
    made = a_squat()
    write(made, made.pose, folder)
    return folder, json.loads((folder / "assessment.json").read_text())


def places(value, way=()):
    """The way to every value in a JSON document."""
    yield way
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places(one, (*way, key))


def changed(document, rng):
    document = deepcopy(document)
    for _ in range(rng.choice((1, 1, 4))):
        *way, last = rng.choice([place for place in places(document) if place] or [("x",)])
        holder = document
        for key in way:
            holder = holder[key]
        if rng.random() < 0.3 and isinstance(holder, dict):
            holder.pop(last, None)
        else:
            holder[last] = deepcopy(rng.choice(ODD))
    return document


@quick
@given(seed=SEEDS)
def test_a_stored_result_that_was_changed_is_shown_or_refused(stored, seed):
    folder, whole = stored
    (folder / "assessment.json").write_text(json.dumps(changed(whole, random.Random(seed))))

    def shown():
        made = read(folder)
        json.dumps(playback(made), allow_nan=False)
        return summary(made)

    tried(shown, InputError)


@quick
@given(st.binary(max_size=400))
@example(b"[" * 100_000)
@example(b'{"schema_version": 1, "formcheck_version": "0"}')
@example(b"\xff\xfe{\0}\0")
def test_any_bytes_as_a_stored_result_are_refused(stored, data):
    folder, _ = stored
    (folder / "assessment.json").write_bytes(data)
    with pytest.raises(InputError) as caught:
        read(folder)
    one_line(caught)


# Manifests


@quick
@given(
    st.text(st.sampled_from('video,protocol;leg"\n\r\t\0.mp4/\\é\U0001f3c3-1eE9'), max_size=300),
    st.sampled_from(["", "video\n", "video,protocol,leg,sex,capture_fps,height_cm,speed_kmh\n"]),
)
def test_any_manifest_is_planned_or_refused(tmp_path, body, head):
    (tmp_path / "a.csv").write_text(head + body, encoding="utf-8")
    jobs = tried(lambda: batch.plan(tmp_path / "a.csv", tmp_path / "out"), InputError, UsageError)
    for job in jobs or ():
        assert job.out.is_relative_to((tmp_path / "out").resolve()), "no row of a manifest writes elsewhere"


# Addresses


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORMCHECK_HOME", str(tmp_path_factory.mktemp("site") / "home"))
        told = serving()
        with served(Starlette(routes=told["routes"], middleware=told["middleware"])) as running:
            yield running


PARTS = st.one_of(
    st.sampled_from(
        ["..", ".", "", "assessment.json", "keyframes", "formcheck.db", "0" * 32, "%2e%2e", "%00", "~", "a" * 3000]
    ),
    st.text(max_size=20).map(lambda word: quote(word.encode("utf-8", errors="replace"), safe="")),
)


@quick
@given(
    parts=st.lists(PARTS, min_size=1, max_size=5),
    start=st.sampled_from(["/fc/analyses", "/fc/clips", "/fc", "/fc/zips"]),
)
def test_any_address_below_ours_is_answered_with_nothing(site, parts, start):
    for cookie in ("", f"{COOKIE}={'m' * 43}", f"{COOKIE}=../../x"):
        answer = site.ask("/".join([start, *parts]), cookie=cookie)
        assert answer.status in (307, 400, 404, 405), answer.status
        assert b"Traceback" not in answer.body


HOSTILE = [
    "'; DROP TABLE analyses; --",
    "../../etc/passwd",
    "0" * 32,
    "<script>alert(1)</script>",
    "a" * 5000,
    "\u202e\0",
    "None",
]


@pytest.mark.parametrize("page", ["result", "annotate", "compare", "clients", "clearance", "plan", "knee_score"])
def test_no_word_in_an_address_breaks_a_page(page, tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_HOME", str(tmp_path / "home"))
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    at.session_state["formcheck_workspace"] = "a" * 32
    at.run().switch_page(f"formcheck/ui/pages/{page}.py")
    for word in HOSTILE:
        for key in ("id", "client", "person", "a", "b", "first", "second"):
            at.query_params[key] = word
        at.run()
        assert not at.exception, word
        assert not [one.value for one in at.error if "formcheck itself" in one.value], word
    with open_store() as store:
        assert store.count_analyses("a" * 32) == 0
