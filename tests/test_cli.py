"""The command line: words in, one line or a result out, and never a traceback."""

import io
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from stopwatch import Stopwatch

from formcheck import __version__, analysis, samples
from formcheck.capture.probing import sha256
from formcheck.cli import launch
from formcheck.cli.entry import run
from formcheck.cli.progress import progress_bar
from formcheck.cli.show import default_out
from formcheck.criteria import load
from formcheck.errors import InputError
from formcheck.scoring import find, verdict
from formcheck.types import (
    PROTOCOLS,
    Assessment,
    MetricResult,
    PoseSequence,
    QualityCheck,
    Recognised,
    VideoInfo,
)

CRITERIA = load()


def assessment(name="clip.mp4", sha256="0" * 64):
    metrics = (
        MetricResult("reps_total", "left", "count", 20.0),
        MetricResult("reps_valid", "left", "count", 20.0),
        MetricResult("knee_fppa_deg", "left", "deg", 12.0, measurement_error=1.0),
        MetricResult("pelvic_drop_deg", "left", "deg", None, reason="shirt and shorts look alike"),
        MetricResult("pelvic_drop_drift_deg", "left", "deg", None, reason="shirt and shorts look alike"),
        MetricResult("trunk_lean_deg", "left", "deg", 30.0, measurement_error=1.0),
    )
    findings = find(metrics, "single_leg_squat", criteria=CRITERIA)
    checks = (QualityCheck("light", "Light", 0.4, "ratio", 0.5, "warn", "Face the light."),)
    pose = PoseSequence(np.arange(2.0), np.zeros((2, 33, 2)), np.ones((2, 33)))
    return Assessment(
        "single_leg_squat",
        "left",
        Recognised("single_leg_squat", "left", "front"),
        VideoInfo(name, sha256, 720, 1280, 0, 1.0, 30, 30.0, None, False),
        pose,
        checks,
        (),
        (),
        metrics,
        findings,
        verdict("single_leg_squat", metrics, findings, checks),
        {},
        CRITERIA.version,
        ("Slow motion was corrected.",),
    )


def write_result(out, video):
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.html").write_text("<html></html>")
    head = {
        "schema_version": "1",
        "formcheck_version": __version__,
        "criteria_version": CRITERIA.version,
        "protocol": "single_leg_squat",
        "leg": "left",
        "video": {"sha256": sha256(video)},
        "quality": {"usable": True},
        "verdict": {"status": "pass", "reasons": ["one", "two"]},
        "metrics": [{"id": "knee_fppa_deg", "side": "left", "value": 12.0}],
    }
    (out / "assessment.json").write_text(json.dumps(head))


@pytest.fixture
def calls(monkeypatch, tmp_path):
    """The engine replaced by a recorder; the current folder is an empty one."""
    seen = []

    def analyse(video, out, **settings):
        seen.append((video, out, settings))
        if "bad" in video.name:
            raise InputError(f"{video.name} is not a video;\ngive a video file")
        write_result(out, video)
        return assessment(video.name)

    monkeypatch.setattr(analysis, "analyse", analyse, raising=False)
    monkeypatch.setattr(analysis, "assess_file", analyse, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clip.mp4").write_bytes(b"a clip")
    (tmp_path / "bad.mp4").write_bytes(b"not a clip")
    return seen


def one_line(capsys):
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("formcheck: ")
    return captured.err


def test_analyse_prints_findings_and_where_the_report_lies(calls, capsys, tmp_path):
    assert run(["analyse", "clip.mp4"]) == 0
    text = capsys.readouterr()
    assert text.err == ""
    assert "clip.mp4: Single-leg squat test, left leg (as recognised from the movement)" in text.out
    assert "Pass." in text.out
    assert "Outside:" in text.out
    assert "Hip drop (left), Hip drop: tiring (left): shirt and shorts look alike" in text.out
    assert "Light: Face the light." in text.out
    assert "Note: Slow motion was corrected." in text.out
    assert "Not a diagnosis" in text.out
    folder = tmp_path / "formcheck-results" / "clip"
    assert f"Report: {(folder / 'report.html').as_uri()}" in text.out
    assert f"Result: {folder}" in text.out


def test_analyse_hands_every_option_on(calls):
    words = "analyse clip.mp4 --protocol treadmill-side --leg Right --capture-fps 240 --height-cm 172,5 --speed-kmh 11"
    words += " --sex f --model heavy --workers 2 --out there --no-overlay --blur-faces"
    assert run(words.split()) == 0
    video, out, settings = calls[0]
    progress = settings.pop("progress")
    assert (video, out) == (Path("clip.mp4"), Path("there"))
    assert callable(progress)
    assert settings == {
        "protocol": "treadmill_side",
        "leg": "right",
        "capture_fps": 240.0,
        "height_cm": 172.5,
        "speed_kmh": 11.0,
        "sex": "f",
        "model": "heavy",
        "workers": 2,
        "overlay": False,
        "blur_faces": True,
    }


def test_assess_hands_every_option_on(calls, tmp_path):
    (tmp_path / "landmarks.csv").write_text("frame,time_s\n")
    words = "assess landmarks.csv --protocol step-down --leg left --height-cm 170 --trusted-hips --out there"
    assert run(words.split()) == 0
    settings = calls[0][2]
    assert (settings["protocol"], settings["leg"], settings["trusted_hips"]) == ("step_down", "left", True)
    assert settings["height_cm"] == 170.0


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("spelling", [str, str.upper, lambda p: p.replace("_", "-")])
def test_protocols_in_either_spelling(calls, protocol, spelling):
    assert run(["analyse", "clip.mp4", "--protocol", spelling(protocol)]) == 0
    assert calls[0][2]["protocol"] == protocol


@pytest.mark.parametrize(
    "words",
    [
        "analyse clip.mp4 --protocol jump",
        "analyse clip.mp4 --leg middle",
        "analyse clip.mp4 --capture-fps fast",
        "analyse clip.mp4 --capture-fps 0",
        "analyse clip.mp4 --capture-fps nan",
        "analyse clip.mp4 --height-cm 1.75",
        "analyse clip.mp4 --speed-kmh -3",
        "analyse clip.mp4 --sex x",
        "analyse clip.mp4 --workers 0",
        "analyse clip.mp4 --colour red",
        "analyse",
        "assess landmarks.csv",
        "benchmark beauty",
        "synth",
        "synth squat --samples",
        "synth squat",
        "synth nosuchscenario --out there",
        "fly",
        "app --port 0",
        "models --download",
    ],
)
def test_words_that_are_off_give_status_2_and_one_line(calls, capsys, words):
    assert run(words.split()) == 2
    one_line(capsys)
    assert calls == []


@pytest.mark.parametrize("name", ["gone.mp4", "bad.mp4", ".", "empty.mp4"])
def test_input_that_cannot_be_used_gives_status_3_and_one_line(calls, capsys, tmp_path, name):
    (tmp_path / "empty.mp4").write_bytes(b"")
    assert run(["analyse", name]) == 3
    one_line(capsys)
    assert not (tmp_path / "formcheck-results").exists()


def test_a_second_clip_of_the_same_name_keeps_the_first_result(calls, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "clip.mp4").write_bytes(b"another clip")
    for words in (["clip.mp4"], ["other/clip.mp4"], ["clip.mp4"], ["other/clip.mp4"]):
        assert run(["analyse", *words]) == 0
    assert [out.name for _, out, _ in calls] == ["clip", "clip-2", "clip", "clip-2"]


def test_a_foreign_folder_of_that_name_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("formcheck-results/clip").mkdir(parents=True)
    assert default_out("clip", lambda: "abc") == Path("formcheck-results/clip-2")


def test_stopping_is_one_line_and_130(calls, capsys, monkeypatch):
    def stop(*_args, **_settings):
        raise KeyboardInterrupt

    monkeypatch.setattr(analysis, "analyse", stop)
    assert run(["analyse", "clip.mp4"]) == 130
    assert "Traceback" not in one_line(capsys)


def test_a_fault_of_its_own_is_one_line(tmp_path):
    code = (
        "import sys, formcheck.analysis as a, formcheck.cli.entry as m\n"
        "def boom(*_, **__): raise ZeroDivisionError('division\\nby zero')\n"
        "a.analyse = boom\n"
        "sys.argv = ['formcheck', 'analyse', 'clip.mp4']\n"
        "m.main()"
    )
    (tmp_path / "clip.mp4").write_bytes(b"x")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "ZeroDivisionError" in done.stderr


def test_help_starts_without_the_heavy_libraries():
    code = (
        "import sys\nfrom formcheck.cli.entry import run\nrun(['--help'])\nrun(['criteria'])\n"
        "heavy = {'mediapipe', 'cv2', 'av', 'scipy', 'sklearn', 'streamlit', 'matplotlib', 'pandas'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")


@pytest.mark.parametrize("words", [["-m", "formcheck", "--help"], ["-c", "import formcheck"]])
def test_help_is_there_at_once(words):
    """Processor time, which other work on the machine takes little from: the least of five."""

    def spent_s():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *words], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(spent_s() for _ in range(5)) <= 0.4


def test_help_without_words_and_version(capsys):
    assert run([]) == 0
    assert "analyse" in capsys.readouterr().out
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("formcheck ")


def test_a_closed_pipe_leaves_no_traceback():
    done = subprocess.run(
        f"{sys.executable} -m formcheck criteria | head -1", shell=True, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("Criteria, version")
    assert "Traceback" not in done.stderr


@pytest.fixture
def shelf(monkeypatch, tmp_path):
    """A folder of sample videos."""
    folder = tmp_path / "sample_videos"
    folder.mkdir()
    for name in ("a_step_down", "squat_left", "squat_right"):
        (folder / f"{name}.mp4").write_bytes(name.encode())
    monkeypatch.setattr(samples, "sample_folder", lambda: folder)
    return folder


@pytest.mark.parametrize(
    ("words", "video"),
    [
        ([], "squat_left"),
        (["--sample", "a-step-down"], "a_step_down"),
        (["--sample", "squat_right.mp4"], "squat_right"),
    ],
)
def test_the_demo_takes_the_left_squat_or_the_sample_named(calls, shelf, words, video):
    assert run(["demo", *words]) == 0
    assert calls[0][0] == shelf / f"{video}.mp4"


def test_an_unknown_sample_names_those_there_are(calls, shelf, capsys):
    assert run(["demo", "--sample", "jump"]) == 2
    assert "squat_left" in one_line(capsys)


def test_synth_renders_one_scenario_or_all_samples(calls, monkeypatch, capsys, tmp_path):
    from formcheck.synthetic import samples as engine

    asked = []
    monkeypatch.setattr(engine, "synth", lambda *words: asked.append(words[:2]) or (Path("there/a.mp4"),))
    monkeypatch.setattr(engine, "regenerate", lambda *words: asked.append(words[:1]) or (Path("all/b.mp4"),))
    assert run(["synth", "step_down", "--out", "there"]) == 0
    assert run(["synth", "--samples", "--out", "all"]) == 0
    assert asked == [("step_down", Path("there")), (Path("all"),)]
    assert capsys.readouterr().out.split() == [str(tmp_path / "there/a.mp4"), str(tmp_path / "all/b.mp4")]


def test_a_disk_that_refuses_is_one_line(calls, monkeypatch, capsys):
    from formcheck.synthetic import samples as engine

    def refuse(*_words):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(engine, "synth", refuse)
    assert run(["synth", "step_down", "--out", "there"]) == 3
    assert "Permission denied" in one_line(capsys)


def test_criteria_name_their_sources(capsys):
    assert run(["criteria"]) == 0
    text = capsys.readouterr().out
    for row in CRITERIA.criteria:
        assert row.id in text
        assert CRITERIA.reference(row).citation in text


def test_no_connection_to_a_port_in_use(capsys):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert run(["app", "--port", str(taken.getsockname()[1])]) == 3
    assert "--port" in one_line(capsys)


def test_the_app_listens_on_this_machine_only_and_sends_nothing():
    assert launch.SETTINGS["STREAMLIT_SERVER_ADDRESS"] == "127.0.0.1"
    assert launch.SETTINGS["STREAMLIT_BROWSER_GATHER_USAGE_STATS"] == "false"
    assert str(launch.app_file()) in launch.command(8501)
    config = (Path(__file__).parents[1] / ".streamlit" / "config.toml").read_text()
    for line in ('address = "127.0.0.1"', "gatherUsageStats = false", 'showErrorDetails = "none"'):
        assert line in config


@pytest.fixture
def started(monkeypatch):
    """What `formcheck app` would have started."""
    seen = []
    monkeypatch.setattr(launch, "_run", lambda words, variables: seen.append((words, variables)) or 0)
    return seen


def test_the_app_says_where_it_runs_and_keeps_things(started, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("FORMCHECK_LAN", "192.168.1.5:8502")  # left over from elsewhere; not asked for here
    assert run(["app", "--port", "8619", "--home", str(tmp_path / "new")]) == 0
    words, variables = started[0]
    assert "--server.port=8619" in words
    assert variables["FORMCHECK_HOME"] == str(tmp_path / "new")
    assert variables["FORMCHECK_LAN"] == ""
    told = capsys.readouterr().out
    assert "http://127.0.0.1:8619" in told
    assert str(tmp_path / "new") in told
    assert "not encrypted" not in told


def test_phones_come_in_only_when_asked_and_it_is_said_what_that_means(started, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("formcheck.ui.network.own_address", lambda: "127.0.0.1")
    assert run(["app", "--port", "8619", "--home", str(tmp_path), "--lan"]) == 0
    address, _, port = started[0][1]["FORMCHECK_LAN"].rpartition(":")
    assert address == "127.0.0.1"
    assert int(port) != 8619
    assert "not encrypted" in capsys.readouterr().out


def test_without_a_network_phones_are_refused_in_one_line(started, tmp_path, capsys, monkeypatch):
    def nowhere():
        raise InputError("--lan needs a private network")

    monkeypatch.setattr("formcheck.ui.network.own_address", nowhere)
    assert run(["app", "--home", str(tmp_path), "--port", "8619", "--lan"]) == 3
    assert "--lan" in one_line(capsys)
    assert not started


def test_a_home_that_is_a_file_is_refused_in_one_line(started, tmp_path, capsys):
    (tmp_path / "file").touch()
    assert run(["app", "--port", "8619", "--home", str(tmp_path / "file")]) == 3
    assert "--home" in one_line(capsys)
    assert not started


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (None, 7)])
def test_the_app_ends_with_its_command(number, status):
    ends = "import time; time.sleep(60)" if number else "raise SystemExit(7)"
    if number:
        send_when_heard(number)
    with Stopwatch() as watch:
        assert launch._run([sys.executable, "-c", ends], dict(os.environ)) == status
    assert watch.fair_s < 5


def send_when_heard(number):
    """Send a signal to this process once `launch._run` listens; before that it would end the tests."""
    unheard = signal.getsignal(signal.SIGTERM)

    def send():
        while signal.getsignal(signal.SIGTERM) == unheard:
            time.sleep(0.01)
        time.sleep(0.3)
        os.kill(os.getpid(), number)

    threading.Thread(target=send, daemon=True).start()


def test_stopping_the_app_by_hand_is_a_good_end():
    send_when_heard(signal.SIGINT)
    ends = "import signal, time; signal.signal(signal.SIGINT, signal.default_int_handler); time.sleep(1)"
    assert launch._run([sys.executable, "-c", ends], dict(os.environ)) == 0


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_sees_a_bar_with_the_time_left(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with progress_bar() as progress:
        progress("Finding the athlete", 0, 200)
        progress("Finding the athlete", 50, 200)
        progress("Writing", 0, 0)
    drawn = screen.getvalue()
    assert "Finding the athlete" in drawn
    assert "25%" in drawn
    assert "left" in drawn


def test_a_pipe_stays_quiet(monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    with progress_bar() as progress:
        progress("Finding the athlete", 50, 200)
    assert screen.getvalue() == ""
