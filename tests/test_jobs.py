"""The queue worked through: in turn, one worker at a time, cancelled, killed, and never without a word."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest
from athletes import squat
from stopwatch import Stopwatch, stretch

from formcheck import jobs, wording
from formcheck.child import python_command
from formcheck.errors import InputError, ModelError
from formcheck.jobs import start, worker
from formcheck.jobs.__main__ import NICE
from formcheck.jobs.lock import WorkerLock, is_held
from formcheck.jobs.words import plain_line, share_done
from formcheck.samples import find_sample
from formcheck.store import Analysis, open_store

ANNA = "a" * 32
POSIX = pytest.mark.skipif(os.name != "posix", reason="POSIX signals and processes")


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def store(home):
    with open_store(home) as opened:
        yield opened


@pytest.fixture(autouse=True)
def nobody_starts_by_itself(monkeypatch):
    monkeypatch.setattr(start, "ensure_worker", lambda home: None)


def wish(store, workspace=ANNA, *, content=b"film", name="Anna's run.mp4", **settings) -> Analysis:
    """A queued analysis of a file that need not be a film."""
    source = store.home / "inbox" / "sent"
    source.write_bytes(content)
    clip = store.add_clip(workspace, source, name=name)
    return jobs.submit(store, workspace, clip.id, settings)


def made(wanted, progress):
    """An engine that takes no time."""
    wanted.folder.mkdir()
    (wanted.folder / "assessment.json").write_text("{}")
    return squat()


def endless(wanted, progress, begun=lambda: None):
    """An engine that never ends by itself, and cleans up."""
    partial = wanted.folder.with_name(f".{wanted.folder.name}.partial-x")
    partial.mkdir()
    try:
        begun()
        for n in range(10_000):
            progress("Finding the athlete", n, 10_000)
            time.sleep(0.01)
    finally:
        partial.rmdir()
    raise AssertionError("nobody stopped it")


def work(home, engine=made):
    worker.run(home, engine=engine, idle_s=0.01)


def now(store, analysis):
    return store.analysis(analysis.id, analysis.workspace)


def left_behind(home):
    return [path.name for path in (home / "analyses").iterdir()]


def test_a_clip_that_was_queued_is_done_and_told(store, home):
    wanted = wish(store)
    work(home)
    done = now(store, wanted)
    assert (done.status, done.protocol, done.leg, done.verdict) == (
        "done",
        "single_leg_squat",
        "left",
        squat().verdict.status,
    )
    assert done.headline == wording.headline(squat())
    assert (done.criteria_version, bool(done.formcheck_version)) == (squat().criteria_version, True)
    assert (done.folder / "assessment.json").exists()


def test_the_engine_is_told_what_the_user_said_and_the_clip_by_its_name(store, home, monkeypatch):
    told = {}

    def analyse(video, out, **words):
        told.update(words, video=video, out=out)
        return made(store.analyses(ANNA)[0], None)

    monkeypatch.setattr(worker.analysis, "analyse", analyse)
    wanted = wish(store, protocol="step_down", leg=None, height_cm=171.0, blur_faces=True, unheard_of=1)
    work(home, worker.analyse)
    told.pop("progress")
    assert told == {
        "video": wanted.clip_path, "out": wanted.folder, "name": "Anna's run.mp4",
        "protocol": "step_down", "height_cm": 171.0, "blur_faces": True,
    }  # fmt: skip


def test_a_file_that_is_no_film_is_refused_in_one_line_without_a_path(store, home):
    wanted = wish(store, content=b"this is a letter, not a film")
    work(home, worker.analyse)
    refused = now(store, wanted)
    assert refused.status == "refused"
    assert refused.error.startswith("Anna's run.mp4 is not a video that can be read")
    assert str(home) not in refused.error
    assert refused.clip_path.name not in refused.error
    assert left_behind(home) == []


@pytest.mark.parametrize(
    ("fault", "status", "line"),
    [
        (InputError("nobody is there"), "refused", "nobody is there"),
        (ModelError("the model is missing"), "failed", "the model is missing"),
        (KeyError("Anna's run.mp4"), "failed", "a fault of formcheck's own (KeyError)"),
    ],
)
def test_a_fault_ends_its_own_analysis_only_and_names_nobody_in_the_log(store, home, caplog, fault, status, line):
    first, second = wish(store), wish(store, content=b"other", name="other.mp4")

    def engine(wanted, progress):
        if wanted.id == first.id:
            raise fault
        return made(wanted, progress)

    work(home, engine)
    assert (now(store, first).status, now(store, second).status) == (status, "done")
    assert now(store, first).error.startswith(line)
    assert "Anna" not in caplog.text


def test_a_full_disk_is_told_before_the_work(store, home, monkeypatch):
    wanted = wish(store)
    monkeypatch.setattr(worker.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 12e6}))
    work(home)
    assert (now(store, wanted).status, now(store, wanted).error) == (
        "failed",
        "only 12 MB are free on this disk; free space and try again",
    )


def test_ten_visitors_are_served_in_turn(store, home):
    """Nobody waits behind somebody else's second clip."""
    order = []

    def engine(wanted, progress):
        order.append(wanted.workspace)
        return made(wanted, progress)

    visitors = [f"{n:032x}" for n in range(10)]
    wishes = [wish(store, visitors[0], content=b"another")] + [wish(store, visitor) for visitor in visitors]
    work(home, engine)
    assert order[:10] == visitors
    assert order[10:] == visitors[:1]
    assert {now(store, wanted).status for wanted in wishes} == {"done"}


def test_a_module_that_is_being_loaded_is_loaded_to_its_end_before_the_work_stops(store, home, tmp_path, monkeypatch):
    """Broken off half-way it would stay unusable, and every later analysis of this worker would fail."""
    (tmp_path / "slow_to_load.py").write_text("import time\nfor _ in range(80): time.sleep(0.01)\nwhole = True\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    wanted = wish(store)
    reached = []

    def loading(analysis, progress):
        Thread(target=lambda: (time.sleep(0.1), store_cancel(home, wanted.id)), daemon=True).start()
        import slow_to_load

        reached.append(slow_to_load.whole)
        return endless(analysis, progress)

    work(home, loading)
    assert reached == [True]
    assert store.analysis(wanted.id, ANNA).status == "cancelled"


def store_cancel(home, analysis_id):
    with open_store(home) as opened:
        opened.cancel(analysis_id, ANNA)


def test_what_is_cancelled_while_it_runs_stops_within_two_seconds(store, home):
    wanted, after = wish(store), wish(store, content=b"other")
    began = Event()
    cancelled_s = []

    def cancel():
        began.wait(10)
        with open_store(home) as other:
            other.cancel(wanted.id, ANNA)
        cancelled_s.append(time.monotonic())

    def engine(it, progress):
        if it.id == after.id:
            cancelled_s.append(time.monotonic())
            return made(it, progress)
        return endless(it, progress, began.set)

    thread = Thread(target=cancel)
    thread.start()
    work(home, engine)
    thread.join()
    assert (now(store, wanted).status, now(store, after).status) == ("cancelled", "done")
    assert (cancelled_s[1] - cancelled_s[0]) / stretch() < 2
    assert left_behind(home) == [after.id]


def test_an_analysis_deleted_while_it_runs_leaves_no_folder(store, home):
    wanted = wish(store)

    def engine(it, progress):
        with open_store(home) as other:
            other.delete(it.id, ANNA)
        return made(it, progress)

    work(home, engine)
    assert now(store, wanted) is None
    assert left_behind(home) == []


@POSIX
def test_a_worker_that_is_told_to_end_puts_its_work_back(store, home):
    wanted, after = wish(store), wish(store, content=b"other")
    work(home, lambda it, progress: endless(it, progress, lambda: signal.raise_signal(signal.SIGTERM)))
    assert [now(store, it).status for it in (wanted, after)] == ["queued", "queued"]
    assert left_behind(home) == []
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    work(home)
    assert [now(store, it).status for it in (wanted, after)] == ["done", "done"]


def test_only_one_works_in_a_home(home):
    home.mkdir()
    first, second = WorkerLock(home), WorkerLock(home)
    assert first.acquire()
    assert not second.acquire()
    assert is_held(home)
    first.release()
    assert not is_held(home)
    assert second.acquire()
    second.release()


def test_a_second_worker_ends_at_once(store, home):
    wanted = wish(store)
    lock = WorkerLock(home)
    assert lock.acquire()
    work(home)
    assert now(store, wanted).status == "queued"
    lock.release()


def test_half_written_results_of_a_killed_worker_are_swept(store, home):
    half = home / "analyses" / ".abc.partial-1"
    half.mkdir()
    (half / "landmarks.csv").touch()
    work(home)
    assert left_behind(home) == []


def test_what_a_worker_killed_just_now_left_is_taken_up_at_once(store, home):
    wanted = wish(store)
    store.take("killed")
    work(home)
    assert now(store, wanted).status == "done"


def test_what_is_queued_as_the_worker_leaves_is_not_forgotten(store, home, monkeypatch):
    late = []
    release = WorkerLock.release

    def release_late(lock):
        if not late:
            late.append(wish(store))
        release(lock)

    monkeypatch.setattr(WorkerLock, "release", release_late)
    work(home)
    assert now(store, late[0]).status == "done"


def test_where_no_worker_can_be_started_one_line_says_so(tmp_path):
    (tmp_path / "logs").write_text("a file where the folder belongs")
    with pytest.raises(InputError, match="nothing can be analysed at the moment"):
        jobs.ensure_worker(tmp_path)


def test_a_long_log_is_put_aside(home):
    home.mkdir()
    log = start._log(home)
    log.write_bytes(b"x" * (start.MAX_LOG_BYTES + 1))
    assert start._log(home).stat().st_size == 0
    assert log.with_suffix(".log.1").stat().st_size == start.MAX_LOG_BYTES + 1


# Words.


def running(store, stage, done, total, started_s=100.0):
    return replace(wish(store), status="running", stage=stage, done=done, total=total, started_s=started_s)


def test_progress_grows_over_all_stages_and_ends_at_one(store):
    stages = [
        ("", 0, 0),
        ("Finding the athlete", 0, 100),
        ("Finding the athlete", 100, 100),
        ("Looking again where the athlete was lost", 3, 9),
        ("Reading some frames again in a mirror", 5, 25),
        ("Reading pelvis and camera from the picture", 50, 100),
        ("Drawing the overlay", 1, 100),
        ("Writing the report", 2, 2),
    ]
    shares = [share_done(running(store, *stage)) for stage in stages]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


def test_time_left_follows_from_the_time_taken(store):
    """A quarter of the work in 20 s leaves a minute; before there is enough to go by, nothing is said."""
    quarter = running(store, "Finding the athlete", 479, 1000)
    assert jobs.time_left(quarter, 120.0) == pytest.approx(60.0, rel=0.01)
    assert jobs.stage_words(quarter, 120.0) == "Finding the athlete: 479 of 1000 frames, about 1 min left"
    assert jobs.time_left(running(store, "Finding the athlete", 1, 1000), 120.0) is None
    assert jobs.stage_words(running(store, "", 0, 0), 120.0) == "Preparing"


def test_a_place_in_the_queue_has_words(store):
    wanted = wish(store)
    assert jobs.stage_words(wanted, 0.0) == "Waiting: yours is next"
    assert jobs.queue_words(replace(wanted, ahead=2)) == "Waiting: 2 before yours"


def test_a_page_does_not_speak_of_options():
    clip = Path("/home/anna/clips/0123.mp4")
    error = InputError(f"{clip} shows nothing, or say --protocol if this is one of them")
    assert plain_line(error, clip, "run.mp4") == (
        "run.mp4 shows nothing, or choose the test yourself if this is one of them"
    )


# Real processes.


def wait_for(condition, seconds=60.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def children(pid):
    """Processes below one, as the kernel tells."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(word) for word in task.read_text().split()]
    return found


def alive(pid):
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False


def worker_process(home, *, engine=""):
    """A worker of its own; `engine` is source of another one."""
    if not engine:
        return subprocess.Popen(python_command("formcheck.jobs", str(home)), stderr=subprocess.DEVNULL)
    code = "import sys, time\nfrom pathlib import Path\nfrom formcheck.jobs import worker\n" + textwrap.dedent(engine)
    code += f"\nworker.run(Path({str(home)!r}), engine=engine, idle_s=0.1)"
    return subprocess.Popen([sys.executable, "-c", code])


@pytest.fixture(scope="module")
def short_clip(tmp_path_factory):
    """A second of a sample: enough to begin, and too short to be told what it is."""
    from formcheck import capture

    video = find_sample("run_rear")
    frames = list(capture.read_frames(video, capture.probe(video), start=100, stop=170, long_side_px=480))
    path = tmp_path_factory.mktemp("clip") / "short.mp4"
    capture.write_video(path, (f.rgb for f in frames), times_s=[f.time_s - frames[0].time_s for f in frames])
    return path


@POSIX
@pytest.mark.slow
def test_the_worker_outlives_who_started_it_and_ends_when_told(store, home, monkeypatch):
    code = f"from pathlib import Path; from formcheck.jobs import ensure_worker; ensure_worker(Path({str(home)!r}))"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)
    pid = next(
        int(stat.parent.name)
        for stat in Path("/proc").glob("[0-9]*/cmdline")
        if str(home).encode() in stat.read_bytes()
    )
    wait_for(lambda: is_held(home))
    assert os.getsid(pid) == pid
    assert os.getpriority(os.PRIO_PROCESS, pid) >= 5
    with Stopwatch() as watch:
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not is_held(home))
    assert watch.fair_s < 2


@POSIX
@pytest.mark.slow
def test_a_killed_worker_leaves_no_process_and_its_work_to_the_next(store, home, short_clip):
    clip = store.add_clip(ANNA, short_clip, name="short.mp4")
    wanted = jobs.submit(store, ANNA, clip.id, {"protocol": "treadmill_rear"})
    process = worker_process(home)
    wait_for(lambda: now(store, wanted).done > 0)
    below = children(process.pid)
    assert below, "the pose model runs in processes of its own"
    process.kill()
    process.wait()
    wait_for(lambda: not any(map(alive, below)))
    following = worker_process(home)
    try:
        wait_for(lambda: now(store, wanted).is_over, 300)
    finally:
        following.terminate()
        following.wait()
    assert now(store, wanted).status == "done", now(store, wanted).error
    assert left_behind(home) == [wanted.id]


@POSIX
@pytest.mark.slow
def test_a_real_run_is_cancelled_within_two_seconds_and_leaves_nothing(store, home, short_clip):
    clip = store.add_clip(ANNA, short_clip, name="short.mp4")
    wanted = jobs.submit(store, ANNA, clip.id, {})
    process = worker_process(home)
    try:
        wait_for(lambda: now(store, wanted).done > 0)
        below = children(process.pid)
        with Stopwatch() as watch:
            store.cancel(wanted.id, ANNA)
            wait_for(lambda: not any(map(alive, below)))
        assert watch.fair_s < 2.5
        assert left_behind(home) == []
    finally:
        process.terminate()
        process.wait()


@pytest.mark.skipif(not hasattr(os, "nice"), reason="no priorities of this kind")
def test_the_worker_stands_back_behind_the_pages_and_so_does_its_session():
    script = (
        "from formcheck.jobs.__main__ import step_back; from pathlib import Path; import os; step_back(); "
        "print(os.nice(0)); own = Path('/proc/self/autogroup'); print(own.read_text().strip() if own.exists() else '')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, start_new_session=True
    )
    nice, session = done.stdout.split("\n")[:2]
    assert int(nice) >= NICE
    assert session == "" or session.endswith(f" nice {NICE}")


@pytest.mark.slow
def test_of_two_workers_started_at_once_one_works(store, home):
    wishes = [wish(store, content=bytes([n])) for n in range(4)]
    engine = """
    import os
    sys.path.insert(0, %r)
    from athletes import squat
    def engine(wanted, progress):
        wanted.folder.mkdir()
        (wanted.folder / str(os.getpid())).touch()
        time.sleep(0.2)
        return squat()
    """ % str(Path(__file__).parent)  # noqa: UP031 - braces of the code
    both = [worker_process(home, engine=engine) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert {now(store, it).status for it in wishes} == {"done"}
    workers = {path.name for it in wishes for path in it.folder.iterdir()}
    assert len(workers) == 1
