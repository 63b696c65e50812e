"""The named scenarios of `sample_videos/`, and rendering of any scenario to a video with its truth."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import InputError, UsageError
from formcheck.synthetic.camera import Camera
from formcheck.synthetic.run_plan import PerSide, RunParameters
from formcheck.synthetic.scenario import Recording, Scenario, motion
from formcheck.synthetic.scenario_files import read_scenario
from formcheck.synthetic.squat_plan import SquatParameters
from formcheck.synthetic.truth import LANDMARKS_FILE, TRUTH_FILE, truth, write_landmarks, write_truth
from formcheck.types import Progress

_LEFT = SquatParameters(
    leg="left",
    depth_deg=63.0,
    knee_fppa_deg=5.0,
    pelvic_drop_deg=5.5,
    trunk_lean_deg=4.5,
    hip_adduction_deg=10.5,
    fppa_drift_deg=1.5,
    long_pauses=(9,),
    dips=(13,),
    standing_tilt_deg=0.6,
    seed=21,
)
_RIGHT = SquatParameters(
    leg="right",
    depth_deg=61.0,
    knee_fppa_deg=16.5,
    pelvic_drop_deg=10.5,
    trunk_lean_deg=8.5,
    hip_adduction_deg=20.0,
    fppa_drift_deg=5.0,
    pelvic_drop_drift_deg=3.0,
    shallow=(11, 12),
    shallow_depth_deg=31.0,
    touchdowns=(16,),
    long_pauses=(14,),
    standing_tilt_deg=0.6,
    seed=22,
)
_STEP = SquatParameters(
    leg="right",
    n_reps=5,
    knee_fppa_deg=13.0,
    pelvic_drop_deg=8.0,
    trunk_lean_deg=5.0,
    hip_adduction_deg=16.0,
    trunk_flexion_deg=16.0,
    rep_s=2.6,
    pause_s=0.5,
    step_height_m=0.20,
    seed=23,
)
_RUN_REAR = RunParameters(
    speed_mps=2.7,
    cadence_spm=168.0,
    contact_time_s=PerSide(0.252, 0.258),
    knee_fppa_deg=PerSide(3.5, 9.0),
    pelvic_drop_deg=PerSide(4.5, 8.5),
    trunk_lean_deg=PerSide(2.0, 4.0),
    step_width_m=0.045,
    seed=24,
)
_RUN_SIDE = RunParameters(
    speed_mps=2.9,
    cadence_spm=164.0,
    contact_time_s=PerSide(0.246, 0.250),
    knee_fppa_deg=PerSide(3.0, 4.0),
    pelvic_drop_deg=PerSide(5.0, 5.5),
    foot_inclination_deg=PerSide(18.0, 17.0),
    overstride_ratio=PerSide(0.21, 0.20),
    trunk_flexion_deg=6.5,
    seed=25,
)
_CALM = {"noise": 1.0, "exposure_s": 1 / 500}
_SQUATTER = {"skin_rgb": (229, 184, 150), "hair_rgb": (96, 64, 40), "top": "tee", "top_rgb": (42, 98, 176)}
_LONG, _SHORT = Recording(crf=27), Recording(crf=23)

SAMPLES: dict[str, Scenario] = {
    s.name: s
    for s in (
        Scenario(
            "squat_left",
            "single_leg_squat",
            Camera(
                "front",
                focal_px=1230.0,
                distance_m=3.1,
                height_m=0.75,
                yaw_deg=0.8,
                roll_deg=0.3,
                shake_px=0.6,
                seed=21,
            ),
            seed=21,
            height_m=1.68,
            sex="f",
            squat=_LEFT,
            look=_SQUATTER,
            effects=_CALM,
            recording=_LONG,
        ),
        Scenario(
            "squat_right",
            "single_leg_squat",
            Camera(
                "front",
                focal_px=1230.0,
                distance_m=3.1,
                height_m=0.75,
                yaw_deg=-0.6,
                roll_deg=-0.2,
                shake_px=0.6,
                seed=22,
            ),
            seed=21,
            height_m=1.68,
            sex="f",
            squat=_RIGHT,
            look=_SQUATTER,
            effects=_CALM,
            recording=_LONG,
        ),
        Scenario(
            "run_rear",
            "treadmill_rear",
            Camera(
                "rear",
                focal_px=1300.0,
                distance_m=3.4,
                height_m=0.95,
                yaw_deg=0.5,
                roll_deg=-0.2,
                pitch_deg=1.0,
                seed=24,
            ),
            seed=24,
            fps=60.0,
            duration_s=13.0,
            height_m=1.72,
            sex="f",
            run=_RUN_REAR,
            effects=_CALM,
            recording=_SHORT,
        ),
        Scenario(
            "run_side",
            "treadmill_side",
            Camera("side_right", focal_px=1250.0, distance_m=3.6, height_m=0.85, yaw_deg=-0.7, seed=25),
            seed=25,
            fps=120.0,
            duration_s=8.5,
            height_m=1.78,
            sex="m",
            run=_RUN_SIDE,
            effects=_CALM,
            recording=_SHORT,
        ),
        Scenario(
            "step_down",
            "step_down",
            Camera("front", focal_px=1200.0, distance_m=3.2, height_m=0.85, yaw_deg=0.6, shake_px=0.5, seed=23),
            seed=23,
            height_m=1.76,
            sex="m",
            squat=_STEP,
            effects=_CALM,
            recording=_SHORT,
        ),
    )
}
"""Every sample video by its name."""


def scenario_named(name_or_path: str | Path) -> Scenario:
    """A sample scenario by its name, or one from a JSON file.

    Raises
    ------
    UsageError
        When the name is no sample and no file.
    """
    if str(name_or_path) in SAMPLES:
        return SAMPLES[str(name_or_path)]
    path = Path(name_or_path)
    if not path.is_file():
        raise UsageError(f"{name_or_path} is no scenario: give {', '.join(SAMPLES)} or a JSON file")
    return read_scenario(path)


def synth(name_or_path: str | Path, out_dir: Path, progress: Progress | None = None) -> tuple[Path, ...]:
    """Render a scenario into a folder: `NAME.mp4`, `truth.json`, `truth_landmarks.csv`.

    Returns
    -------
    The files written.
    """
    scenario = scenario_named(name_or_path)
    out_dir.mkdir(parents=True, exist_ok=True)
    return render_to(scenario, out_dir, progress, truth_name=TRUTH_FILE, landmarks_name=LANDMARKS_FILE)


def regenerate(out_dir: Path, progress: Progress | None = None) -> tuple[Path, ...]:
    """Render all sample videos with their truth: `NAME.mp4` and `NAME.truth.json`."""
    out_dir.mkdir(parents=True, exist_ok=True)
    made: tuple[Path, ...] = ()
    for name, scenario in SAMPLES.items():
        made += render_to(scenario, out_dir, progress, truth_name=f"{name}.truth.json")
    return made


def render_to(
    scenario: Scenario,
    out_dir: Path,
    progress: Progress | None = None,
    *,
    truth_name: str,
    landmarks_name: str | None = None,
) -> tuple[Path, ...]:
    """Render one scenario; the landmarks are left out unless named.

    Raises
    ------
    InputError
        When the scenario's values do not fit together.
    """
    from formcheck.capture import write_video
    from formcheck.synthetic.render import render_clip

    try:
        moving = motion(scenario)
        record = truth(scenario, moving)
        frames = render_clip(scenario, moving)
    except (TypeError, ValueError) as error:
        raise InputError(f"the scenario {scenario.name} does not fit: {error}") from error
    recording = scenario.recording
    made = [out_dir / f"{scenario.name}.mp4", out_dir / truth_name]
    write_video(
        made[0],
        _reported(frames, f"Rendering {scenario.name}", len(moving.time_s), progress),
        times_s=moving.time_s * recording.slow_motion,
        crf=recording.crf,
        rotation_deg=recording.rotation_deg,
        codec=recording.codec,
        tags=recording.tags,
    )
    write_truth(record, made[1])
    if landmarks_name is not None:
        made.append(out_dir / landmarks_name)
        write_landmarks(scenario, moving, made[2])
    return tuple(made)


def _reported(
    frames: Iterator[NDArray[np.uint8]], stage: str, total: int, progress: Progress | None
) -> Iterator[NDArray[np.uint8]]:
    for done, frame in enumerate(frames, start=1):
        yield frame
        if progress is not None:
            progress(stage, done, total)
