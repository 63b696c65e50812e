"""The truth of a scenario: what `truth.json` and `truth_landmarks.csv` hold.

Truth is what an ideal camera square to the plane would see of the joint centres (orthographic projection); it does not
depend on the scenario's camera. Times are seconds of the real world from the first frame.
"""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.synthetic.running import Runner
from formcheck.synthetic.scenario import TRUTH_VERSION, Scenario, athlete_of, camera_of, scenario_record
from formcheck.synthetic.skeleton import JOINTS, SkeletonMotion
from formcheck.synthetic.squat import Squatter
from formcheck.synthetic.truth_rows import Row
from formcheck.synthetic.truth_running import running_events, running_metrics
from formcheck.synthetic.truth_squat import squat_events, squat_metrics, standing_tilt_deg

TRUTH_FILE = "truth.json"
LANDMARKS_FILE = "truth_landmarks.csv"


def truth(scenario: Scenario, motion: SkeletonMotion) -> dict[str, Any]:
    """Everything known of a clip, as plain values.

    Parameters
    ----------
    motion : the scenario's motion at the frame times, for the frame numbers of events.
    """
    events, metrics, extra = _measured(scenario, motion)
    times = motion.time_s
    return {
        "schema_version": TRUTH_VERSION,
        "name": scenario.name,
        "activity": scenario.activity,
        "protocol": scenario.activity if scenario.is_protocol else None,
        "leg": scenario.leg if scenario.is_protocol else None,
        "to_be_refused": not scenario.is_protocol,
        "fps": scenario.fps,
        "n_frames": len(times),
        "duration_s": round(float(times[-1] - times[0]), 6),
        "body": asdict(motion.body) | {"leg_length_m": motion.body.leg_length_m},
        "camera": asdict(camera_of(scenario)),
        **extra,
        "events": events,
        "metrics": metrics,
        "scenario": scenario_record(scenario),
    }


def _measured(scenario: Scenario, motion: SkeletonMotion) -> tuple[list[Row], list[Row], dict[str, Any]]:
    """Events, metrics and what else is known of the tests; nothing for movements that are none."""
    if not scenario.is_protocol:
        return [], [], {}
    athlete, times = athlete_of(scenario), motion.time_s
    if isinstance(athlete, Runner):
        metrics = running_metrics(athlete, float(times[-1]))
        return running_events(athlete, times), metrics, {"speed_mps": athlete.state.parameters.speed_mps}
    if isinstance(athlete, Squatter):
        metrics = squat_metrics(athlete)
        counts = {row["id"]: row["value"] for row in metrics if row["id"] in ("reps_total", "reps_valid", "touchdowns")}
        tilt = {"standing_tilt_deg": round(standing_tilt_deg(athlete), 4)}
        return squat_events(athlete, times), metrics, counts | tilt
    return [], [], {}


def value_of(truth_record: dict[str, Any], metric_id: str, side: str) -> float | str | None:
    """The median of a metric on a side, or None where the clip has none."""
    rows = (row for row in truth_record["metrics"] if (row["id"], row["side"]) == (metric_id, side))
    row = next(rows, None)
    return None if row is None else row["value"]


def write_truth(record: dict[str, Any], path: Path) -> None:
    """Write a truth record, one metric or event a line."""
    text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(_one_line_rows(text) + "\n", encoding="utf-8")


def _one_line_rows(text: str) -> str:
    """Join the lines of everything nested deeper than two levels: small, and still readable in a diff."""
    out: list[str] = []
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(" "))
        body = line.strip()
        closing = body[0] in "]}" and depth == 2
        if depth > 2 or closing:
            out[-1] += body if closing or out[-1][-1] in "[{" else f" {body}"
        else:
            out.append(line)
    return "\n".join(out)


def write_landmarks(scenario: Scenario, motion: SkeletonMotion, path: Path) -> None:
    """Write a row for each frame: time, and for each joint its place in the image (pixels) and the world (metres)."""
    pixels = camera_of(scenario).project(
        np.stack([motion.joints_m[name] for name in JOINTS], axis=1), np.arange(len(motion.time_s))
    )
    header = ["frame", "time_s"]
    for name in JOINTS:
        header += [f"{name}_x_px", f"{name}_y_px", f"{name}_x_m", f"{name}_y_m", f"{name}_z_m"]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for i, time_s in enumerate(motion.time_s):
            cells = [str(i), f"{time_s:.6f}"]
            for j, name in enumerate(JOINTS):
                cells += [f"{v:.2f}" for v in pixels[i, j]] + [f"{v:.4f}" for v in motion.joints_m[name][i]]
            writer.writerow(cells)
