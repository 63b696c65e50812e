"""Many videos: planned, resumed, summed up; on this machine and on a Dask cluster, whatever happens to single clips."""

import csv
import json
import os
import signal
import time
from pathlib import Path

import pytest
from cluster_work import named, slow_the_first_time

from formcheck import __version__, analysis, batch
from formcheck.batch import cluster, planning, running, state, summary
from formcheck.capture.probing import sha256
from formcheck.cli.entry import run
from formcheck.criteria import load
from formcheck.errors import InputError, UsageError
from formcheck.wording import metric_label


def write_result(out, video):
    out.mkdir(parents=True, exist_ok=True)
    head = {
        "formcheck_version": __version__,
        "criteria_version": load().version,
        "protocol": "single_leg_squat",
        "leg": "left",
        "video": {"sha256": sha256(video)},
        "quality": {"usable": True},
        "verdict": {"status": "pass", "reasons": ["one", "two"]},
        "metrics": [
            {"id": "knee_fppa_deg", "side": "left", "value": 12.0},
            {"id": "foot_strike", "side": "left", "value": "rearfoot"},
        ],
        "findings": [
            {"metric_id": "knee_fppa_deg", "side": "left", "band": "watch"},
            {"metric_id": "trunk_lean_deg", "side": "left", "band": "within"},
        ],
    }
    (out / "assessment.json").write_text(json.dumps(head))


@pytest.fixture
def here(monkeypatch, tmp_path):
    """Jobs run in this process, by an engine that is replaced by a recorder; the current folder is an empty one."""
    seen = []

    def analyse(video, out, *, workers, **settings):
        seen.append((video.name, settings))
        if "bad" in video.name:
            raise InputError(f"{video.name} is not a video;\ngive a video file")
        if "fault" in video.name:
            raise KeyError("hip")
        write_result(out, video)

    def run_here(jobs, at_once, report):
        for number, job in enumerate(jobs):
            for _, error in running.carry_out(number, job, 1):
                report(job, error)

    monkeypatch.setattr(analysis, "analyse", analyse)
    monkeypatch.setattr(running, "_run_here", run_here)
    monkeypatch.chdir(tmp_path)
    return seen


@pytest.fixture
def clips(tmp_path):
    folder = tmp_path / "clips"
    (folder / "anna").mkdir(parents=True)
    for name in ("one.mp4", "two.MOV", "anna/one.mp4", "bad.mp4"):
        (folder / name).write_bytes(name.encode())
    (folder / "notes.txt").write_text("x")
    (folder / ".hidden.mp4").write_bytes(b"x")
    return folder


# --- planning -----------------------------------------------------------------------------------------------------


def test_a_folder_is_planned_with_one_result_each(clips, tmp_path):
    (clips / "results" / "old").mkdir(parents=True)
    (clips / "results" / "old" / "overlay.mp4").write_bytes(b"x")
    jobs = batch.plan(clips, clips / "results")
    assert {job.out.name for job in jobs} == {"one", "two", "anna__one", "bad"}
    assert all(job.out.parent == (clips / "results").resolve() for job in jobs)


def test_a_manifest_carries_settings_and_whose_clip_it_is(clips, tmp_path):
    manifest = tmp_path / "list.csv"
    manifest.write_text(
        "Path,Client,protocol,leg,Capture FPS,Height\n"
        "clips/one.mp4,Anna K.,step-down,left,240,170\n"
        "clips/two.MOV,,,,,\n"
    )
    one, two = batch.plan(manifest, tmp_path / "out")
    assert one.settings == {"protocol": "step_down", "leg": "left", "capture_fps": 240.0, "height_cm": 170.0}
    assert (one.client, two.client, two.settings) == ("Anna K.", "", {})
    assert one.video == (clips / "one.mp4").resolve()
    assert [job.settings["blur_faces"] for job in batch.plan(manifest, tmp_path / "out", blur_faces=True)] == [True] * 2


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("film\na.mp4\n", InputError, "column path"),
        ("path\n", InputError, "column path"),
        ("video\n", InputError, "column path"),
        ("video,shoe\na.mp4,b\n", UsageError, "shoe"),
        ("video,leg\na.mp4,both\n", UsageError, "line 2"),
        ("video,leg\n,left\n", InputError, "line 2"),
    ],
)
def test_a_bad_manifest_is_refused(tmp_path, text, error, says):
    path = tmp_path / "list.csv"
    path.write_text(text)
    with pytest.raises(error, match=says):
        batch.plan(path, tmp_path / "out")


def test_nothing_to_analyse_is_refused(tmp_path):
    with pytest.raises(InputError, match="no video"):
        batch.plan(tmp_path, tmp_path / "out")
    with pytest.raises(InputError, match="does not exist"):
        batch.plan(tmp_path / "gone", tmp_path / "out")


# --- running ------------------------------------------------------------------------------------------------------


def test_a_batch_goes_on_where_it_stopped_and_its_status_tells(here, clips, capsys):
    assert run(["batch", str(clips), "--out", "out"]) == 4
    assert "3 analysed, 0 done before, 1 could not be used" in capsys.readouterr().out
    assert run(["batch", str(clips), "--out", "out"]) == 4
    assert "0 analysed, 3 done before, 1 could not be used" in capsys.readouterr().out
    (clips / "one.mp4").write_bytes(b"filmed again")
    (clips / "bad.mp4").unlink()
    assert run(["batch", str(clips), "--out", "out"]) == 0
    assert "1 analysed, 2 done before, 0 could not be used" in capsys.readouterr().out


def test_a_batch_that_is_killed_has_lost_nothing(here, clips, tmp_path, monkeypatch):
    """Killed in the second clip: the first is not analysed again."""
    out, analyse = tmp_path / "out", analysis.analyse

    def killed(video, out, **settings):
        if here:
            raise SystemExit
        analyse(video, out, **settings)

    monkeypatch.setattr(analysis, "analyse", killed)
    with pytest.raises(SystemExit):
        batch.run(batch.plan(clips, out), out)
    (first,) = here
    monkeypatch.setattr(analysis, "analyse", analyse)
    batch.run(batch.plan(clips, out), out)
    assert here.count(first) == (2 if first[0] == "one.mp4" else 1), "there are two clips of that name"
    assert len(here) == 4


def test_another_version_or_other_settings_are_analysed_again(here, clips, tmp_path, monkeypatch):
    manifest = tmp_path / "list.csv"
    out = tmp_path / "out"

    def status(text):
        manifest.write_text(text)
        return [row.status for row in batch.run(batch.plan(manifest, out), out)]

    assert status("video\nclips/one.mp4\n") == ["analysed"]
    assert status("video,leg\nclips/one.mp4,left\n") == ["analysed"]
    assert status("video,leg\nclips/one.mp4,left\n") == ["skipped"]
    monkeypatch.setattr(state, "__version__", "99")
    assert status("video,leg\nclips/one.mp4,left\n") == ["analysed"]


def test_a_fault_of_its_own_is_told_of_that_clip_and_stops_no_other(here, clips, tmp_path):
    (clips / "fault.mp4").write_bytes(b"x")
    out = tmp_path / "out"
    rows = {row.video.name: row for row in batch.run(batch.plan(clips, out), out)}
    assert rows["fault.mp4"].status == "failed"
    assert "KeyError" in rows["fault.mp4"].error
    assert "\n" not in rows["fault.mp4"].error
    assert rows["two.MOV"].status == "analysed"


def test_progress_counts_clips(here, clips, tmp_path):
    heard = []
    out = tmp_path / "out"
    batch.run(batch.plan(clips, out), out, progress=lambda stage, done, total: heard.append((done, total)))
    assert heard == [(n, 4) for n in range(5)]


def die_or_name(number, job, cores):
    if job.video.name == "bad.mp4":
        os.kill(os.getpid(), signal.SIGKILL)
    yield number, f"{job.video.name} on {cores}"


def test_a_process_that_is_killed_takes_no_other_clip_with_it(monkeypatch, clips, tmp_path):
    monkeypatch.setattr(running, "carry_out", die_or_name)
    monkeypatch.setattr(running, "allowed_cores", lambda: 4)
    jobs, said = batch.plan(clips, tmp_path / "out"), {}
    running._run_here(jobs, 2, lambda job, error: said.setdefault(job.out.name, error))
    assert said.pop("bad") == running.DIED
    assert said == {"one": "one.mp4 on 2", "two": "two.MOV on 2", "anna__one": "one.mp4 on 2"}


# --- summary ------------------------------------------------------------------------------------------------------


def test_the_summary_has_one_line_a_video_in_three_files(here, clips, tmp_path):
    from pyarrow import parquet

    manifest = tmp_path / "list.csv"
    manifest.write_text("video,client\nclips/one.mp4,=Anna <b>\nclips/bad.mp4,\nclips/two.MOV,Ben\n")
    run(["batch", "list.csv", "--out", "out"])
    with (tmp_path / "out" / "summary.csv").open(newline="") as file:
        rows = {Path(row["video"]).name: row for row in csv.DictReader(file)}
    assert rows["one.mp4"]["verdict"] == "pass"
    assert rows["one.mp4"]["knee_fppa_deg.left"] == "12.0"
    assert rows["one.mp4"]["knee_fppa_deg.left.band"] == "watch"
    assert rows["one.mp4"]["findings"] == f"{metric_label('knee_fppa_deg')} (left): watch"
    assert rows["one.mp4"]["reasons"] == "one | two"
    assert rows["one.mp4"]["client"] == "'=Anna <b>", "no formula for a spreadsheet"
    assert rows["bad.mp4"]["status"] == "failed"
    assert "not a video" in rows["bad.mp4"]["error"]
    assert rows["bad.mp4"]["knee_fppa_deg.left"] == ""
    table = parquet.read_table(tmp_path / "out" / "summary.parquet").to_pydict()
    assert table["knee_fppa_deg.left"] == [12.0, None, 12.0]
    assert table["foot_strike.left"] == ["rearfoot", None, "rearfoot"]
    assert table["client"] == ["=Anna <b>", "", "Ben"]
    page = (tmp_path / "out" / "summary.html").read_text()
    assert page.index("bad.mp4") < page.index("one.mp4"), "what failed comes first"
    assert "=Anna &lt;b&gt;" in page
    assert "href='clips__one/report.html'" in page
    assert "<script" not in page
    assert sorted(path.name for path in (tmp_path / "out").glob(".*")) == []


def test_numbers_stay_numbers_and_words_words():
    assert summary._alike([1, None, 2.5]) == [1.0, None, 2.5]
    assert summary._alike([True, None]) == [True, None]
    assert summary._alike([1, "heel"]) == ["1", "heel"]


# --- cluster ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two_workers():
    """A scheduler and two workers, each a process of one thread that its nanny starts again when it dies."""
    import distributed

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, memory_limit="2GB"
    ) as made:
        yield made


def on_cluster(work, jobs, out, address):
    said = {}
    out.mkdir(parents=True, exist_ok=True)
    cluster.run_on_cluster(work, jobs, out, address, lambda job, error: said.setdefault(job.out.name, error))
    return said


@pytest.mark.slow
def test_a_fault_of_one_clip_stays_its_own_on_a_cluster(two_workers, clips, tmp_path):
    out = tmp_path / "out"
    said = on_cluster(named, batch.plan(clips, out), out, two_workers.scheduler_address)
    assert "KeyError" in said.pop("bad")
    assert said == {"one": "one.mp4 here", "two": "two.MOV here", "anna__one": "one.mp4 here"}


@pytest.mark.slow
def test_a_clip_whose_worker_is_killed_is_done_by_another(two_workers, tmp_path):
    out = tmp_path / "out"
    job = planning.Job(tmp_path / "a.mp4", out / "a")
    killed = []

    def kill_soon():
        mark = out / "a.pid"
        deadline = time.monotonic() + 60
        while not (mark.exists() and mark.read_text()) and time.monotonic() < deadline:
            time.sleep(0.1)
        killed.append(int(mark.read_text()))
        os.kill(killed[0], signal.SIGKILL)

    import threading

    killer = threading.Thread(target=kill_soon)
    killer.start()
    said = on_cluster(slow_the_first_time, [job], out, two_workers.scheduler_address)
    killer.join()
    assert said["a"].startswith("begun again by ")
    assert said["a"] != f"begun again by {killed[0]}"


@pytest.mark.slow
def test_workers_that_do_not_fit_are_told(two_workers, clips, tmp_path, monkeypatch):
    out, address = tmp_path / "out", two_workers.scheduler_address
    monkeypatch.setattr(cluster, "LEAST_MEMORY", 3_000_000_000)
    with pytest.raises(UsageError, match="3 GB"):
        on_cluster(named, batch.plan(clips, out), out, address)
    monkeypatch.undo()
    monkeypatch.setattr(cluster, "versions", lambda: {**cluster_versions, "mediapipe": "0.10.99"})
    with pytest.raises(UsageError, match=r"has mediapipe .*, here it is 0\.10\.99"):
        on_cluster(named, batch.plan(clips, out), out, address)


cluster_versions = cluster.versions()


@pytest.mark.slow
def test_the_certificates_of_dasks_settings_are_used(tmp_path, clips):
    import shutil
    import subprocess

    import dask
    import distributed

    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    pair = [str(tmp_path / name) for name in ("key.pem", "cert.pem")]
    request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=formcheck"]
    subprocess.run([openssl, *request, "-keyout", pair[0], "-out", pair[1]], check=True, capture_output=True)
    settings = {"ca-file": pair[1]}
    for role in ("client", "scheduler", "worker"):
        settings |= {f"{role}.key": pair[0], f"{role}.cert": pair[1]}
    out = tmp_path / "out"
    with dask.config.set({f"distributed.comm.tls.{name}": value for name, value in settings.items()}):
        security = distributed.Security(require_encryption=True)
        with distributed.LocalCluster(
            n_workers=1, processes=False, dashboard_address=None, security=security, protocol="tls://"
        ) as made:
            assert made.scheduler_address.startswith("tls://")
            said = on_cluster(named, batch.plan(clips, out)[:1], out, made.scheduler_address)
    assert len(said) == 1


def test_a_cluster_needs_dask(clips, tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match="cluster"):
        batch.run(batch.plan(clips, tmp_path / "o"), tmp_path / "o", scheduler="tcp://127.0.0.1:1")


def test_a_cluster_that_does_not_answer_is_one_line(clips, tmp_path):
    with pytest.raises(UsageError, match="does not answer"):
        batch.run(batch.plan(clips, tmp_path / "o"), tmp_path / "o", scheduler="not an address")
