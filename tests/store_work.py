"""Works on a store as a program of its own; prints the ids that it made or took."""

import dataclasses
import itertools
import os
import sys
import time
from pathlib import Path

from formcheck.store import open_store

ANNA = "a" * 32


def add(home, mine, count):
    for i in range(int(count)):
        video = home.parent / f"{mine}-{i}.mp4"
        video.write_bytes(f"{mine} {i}".encode() * 1000)
        shared = home.parent / f"shared-{mine}-{i}.mp4"
        shared.write_bytes(b"shared")
        with open_store(home) as store:
            store.add_clip(ANNA, shared, name=shared.name)
            clip = store.add_clip(ANNA, video, name=video.name)
            print(store.queue(ANNA, clip.id, {}).id)


def take(home, worker, count):
    until = time.monotonic() + 240
    while time.monotonic() < until:
        with open_store(home) as store:
            taken = store.take(worker)
            if taken is not None:
                assert store.progress(taken.id, worker, "x", 1, 2)
                assert store.finish(taken.id, worker, "done")
                print(taken.id, flush=True)
            elif store.count_analyses(ANNA) == int(count) and not store.waiting():
                return
        time.sleep(0.005)


def everything(home):
    """Add, analyse and delete without end."""
    print("ready", flush=True)
    kept = []
    for i in itertools.count():
        video = home.parent / "v.mp4"
        video.write_bytes(os.urandom(200_000))
        with open_store(home) as store:
            clip = store.add_clip(ANNA, video, name="v.mp4")
            kept.append(store.queue(ANNA, clip.id, {}).id)
            taken = store.take("w")
            partial = taken.folder.with_name(f".{taken.id}.partial")
            partial.mkdir()
            (partial / "assessment.json").write_text("{}")
            partial.rename(taken.folder)
            store.finish(taken.id, "w", "done")
            if i % 3 == 2:
                store.delete(kept.pop(0), ANNA)


def corrected(home):
    """A result that can be corrected; prints its id."""
    from motions import SQUAT, squat_clip, video_of

    from formcheck import analysis, results

    raw = results.quantise(squat_clip(dataclasses.replace(SQUAT, n_reps=4)).pose)
    made = analysis.assess(raw, video_of(raw), protocol="single_leg_squat", leg="left")
    video = home.parent / "v.mp4"
    video.write_bytes(b"video")
    with open_store(home) as store:
        wanted = store.queue(ANNA, store.add_clip(ANNA, video, name="v.mp4").id, {"leg": "left"})
        store.take("w")
        results.write(made, raw, wanted.folder)
        store.finish(wanted.id, "w", "done")
    print(wanted.id)


def correct(home, analysis_id, mine, count):
    """Mark one short stretch after the other as unusable; prints the ids of the corrections."""
    from formcheck import outputs
    from formcheck.ui import annotate_work

    outputs.write_report = lambda made, pictures, place: (place / "report.html").touch()
    with open_store(home) as store:
        for i in range(int(count)):
            start_s = 0.1 * i + 0.05 * int(mine)
            edit = {"kind": "unusable", "start_s": start_s, "end_s": start_s + 0.04}
            made = annotate_work.correct(store, store.analysis(analysis_id, ANNA), edit, mine)
            print(made.corrections[-1].id, flush=True)


if __name__ == "__main__":
    tasks = {task.__name__: task for task in (add, take, everything, corrected, correct)}
    tasks[sys.argv[2]](Path(sys.argv[1]), *sys.argv[3:])
