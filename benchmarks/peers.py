"""formcheck against what else there is: whole processes, taking turns, medians and spreads.

Run as `python -m benchmarks.peers [--rounds N] [--video VIDEO] [--sports2d PYTHON]`. `PYTHON` is the interpreter of an
environment in which Sports2D is installed (it wants other versions than formcheck does); it is given the landmarks that
formcheck found, as a TRC file, so that its angle stage is timed and not its pose model.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from formcheck.samples import find_sample


def commands(video: Path, folder: Path, sports2d: str | None) -> dict[str, list[str]]:
    formcheck = [sys.executable, "-m", "formcheck"]
    landmarks = folder / "first" / "landmarks.csv"
    protocol = json.loads((folder / "first" / "assessment.json").read_text())["protocol"]
    found = {
        "naive loop (read, MediaPipe, draw, write)": [
            sys.executable, str(Path(__file__).with_name("naive_loop.py")), str(video), str(folder / "naive.mp4"),
        ],
        "formcheck analyse (overlay, report, PDF)": [*formcheck, "analyse", str(video), "--out", str(folder / "whole")],
        "formcheck analyse --no-overlay": [
            *formcheck, "analyse", str(video), "--no-overlay", "--out", str(folder / "plain"),
        ],
        "formcheck assess (the same landmarks, scored again)": [
            *formcheck, "assess", str(landmarks), "--protocol", protocol, "--out", str(folder / "assessed"),
        ],
    }  # fmt: skip
    if sports2d:
        trc = next((folder / "exported").glob("*.trc"), folder)
        found["Sports2D, angles of the same landmarks"] = [
            sports2d, "-m", "Sports2D.Sports2D", "--video_input", str(video), "--load_trc_px", str(trc),
            "--show_realtime_results", "false", "--save_vid", "false", "--save_img", "false", "--show_graphs", "false",
            "--save_graphs", "false",
            "--result_dir", str(folder / "sports2d"),
        ]  # fmt: skip
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--video", type=Path, default=find_sample("squat_left"))
    parser.add_argument("--sports2d")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        formcheck = [sys.executable, "-m", "formcheck"]
        run([*formcheck, "analyse", str(told.video), "--no-overlay", "--out", str(folder / "first")])
        if told.sports2d:
            run([*formcheck, "export", str(folder / "first"), "--out", str(folder / "exported")])
        spent: dict[str, list[float]] = {}
        for _ in range(told.rounds):
            for what, command in commands(told.video, folder, told.sports2d).items():
                spent.setdefault(what, []).append(run(command))
    print(f"{told.video.name}, {told.rounds} rounds\n\n| what | seconds, median | least to most |\n|---|---|---|")
    for what, seconds in spent.items():
        print(f"| {what} | {statistics.median(seconds):.1f} | {min(seconds):.1f} to {max(seconds):.1f} |")


def run(command: list[str]) -> float:
    """Seconds that a whole process takes."""
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
