"""What the clips of the benchmark cover: the ranges that were drawn, counted and not claimed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from formcheck.benchmark.accuracy_clips import BenchClip
from formcheck.synthetic.appearance import SKIN, Look
from formcheck.synthetic.run_plan import PerSide, RunParameters
from formcheck.synthetic.scenario import Scenario
from formcheck.synthetic.squat_plan import SquatParameters

Rows = list[tuple[str, str]]
_DIM = 0.7
_REAR_DEG, _FORE_DEG = 8.0, -1.6
_DARK = 60


def coverage_rows(clips: Sequence[BenchClip]) -> Rows:
    """What varies, and over what range or how often it was drawn, in words."""
    scenarios = [clip.scenario for clip in clips]
    runs = [s.run for s in scenarios if s.run is not None and s.activity.startswith("treadmill")]
    squats = [s.squat for s in scenarios if s.squat is not None and s.is_protocol]
    return [
        ("movements", _counted(s.activity for s in scenarios)),
        ("frames a second", _counted(f"{s.fps:.0f}" for s in scenarios)),
        *_athletes(scenarios),
        *_pictures(scenarios),
        *_cameras("camera as the guide asks", [c.scenario for c in clips if c.within_guide]),
        *_cameras("camera beyond the guide", [c.scenario for c in clips if not c.within_guide]),
        *(_running(runs) if runs else []),
        *(_squatting(squats) if squats else []),
    ]


def _counted(words: Iterable[str]) -> str:
    return ", ".join(f"{word} {n}" for word, n in sorted(Counter(words).items()))


def _range(values: Iterable[float], unit: str = "", digits: int = 0) -> str:
    known = list(values)
    low, high = (f"{value:.{digits}f}".replace("-", "−") for value in (min(known), max(known)))
    return f"{low} … {high}{unit}"


def _sides(values: Iterable[PerSide]) -> list[float]:
    return [side for value in values for side in (value.left, value.right)]


def _share(flags: Iterable[bool]) -> str:
    told = list(flags)
    return f"{sum(told)} of {len(told)}"


def _look(scenario: Scenario) -> Look:
    return Look.from_seed(scenario.seed, sex=scenario.sex, **scenario.look)


def _athletes(scenarios: Sequence[Scenario]) -> Rows:
    looks = [_look(s) for s in scenarios]
    tones = [SKIN.index(look.skin_rgb) + 1 for look in looks]
    dark = [max(*look.top_rgb, *look.bottom_rgb) < _DARK for look in looks]
    return [
        ("women, men", f"{sum(s.sex == 'f' for s in scenarios)}, {sum(s.sex == 'm' for s in scenarios)}"),
        ("height", _range((s.height_m for s in scenarios), " m", 2)),
        ("build (girth, 1 is the mean)", _range((s.girth for s in scenarios), "", 2)),
        ("skin, from light (1) to dark (6)", _counted(map(str, tones))),
        ("top", _counted(look.top.replace("_", " ") for look in looks)),
        ("bottom", _counted(look.bottom.replace("_", " ") for look in looks)),
        ("kit that hangs loose", _share(look.loose_m > 0 for look in looks)),
        ("dark top on dark bottom", _share(dark)),
        ("stickers", _share(look.stickers != "none" for look in looks)),
    ]


def _pictures(scenarios: Sequence[Scenario]) -> Rows:
    def of(name: str) -> list[float]:
        return [float(s.effects[name]) for s in scenarios]

    exposures = [round(1.0 / x) for x in of("exposure_s")]
    light = of("brightness")
    return [
        ("brightness (1 is full)", f"{_range(light, '', 2)}; dim {_share(x < _DIM for x in light)}"),
        ("noise (grey levels)", _range(of("noise"), "", 1)),
        ("shutter (motion blur)", _counted(f"1/{x} s:" for x in exposures)),
        ("out of focus", _share(x > 0 for x in of("defocus_px"))),
        ("compression (x264 crf)", _range(s.recording.crf for s in scenarios)),
        ("uneven frames", _share(s.recording.jitter > 0 for s in scenarios)),
        ("hand shake", _share(s.camera.shake_px > 0 for s in scenarios)),
        ("rails and console", _share(s.on_belt for s in scenarios)),
        ("upright in front of the leg", _share("near_post_x_m" in s.scene for s in scenarios)),
        ("bystander", _counted(str(s.scene.get("bystander", "none")) for s in scenarios)),
    ]


def _cameras(what: str, scenarios: Sequence[Scenario]) -> Rows:
    if not scenarios:
        return [(what, "none")]
    cameras = [s.camera for s in scenarios]
    said = [
        f"yaw {_range((c.yaw_deg for c in cameras), '°', 1)}",
        f"roll {_range((c.roll_deg for c in cameras), '°', 1)}",
        f"pitch {_range((c.pitch_deg for c in cameras), '°', 1)}",
        f"distance {_range((c.distance_m for c in cameras), ' m', 1)}",
        f"lens height {_range((c.height_m for c in cameras), ' m', 2)}",
    ]
    return [(f"{what} ({len(cameras)} clips)", "; ".join(said))]


def _running(runs: Sequence[RunParameters]) -> Rows:
    feet = [_strike(run.foot_inclination_deg.left) for run in runs]
    widths = [100.0 * run.step_width_m for run in runs]
    return [
        ("running: cadence", _range((r.cadence_spm for r in runs), " spm")),
        ("running: contact time", _range((1000.0 * x for x in _sides(r.contact_time_s for r in runs)), " ms")),
        ("running: FPPA", _range(_sides(r.knee_fppa_deg for r in runs), "°", 1)),
        ("running: pelvic drop", _range(_sides(r.pelvic_drop_deg for r in runs), "°", 1)),
        ("running: trunk lean", _range(_sides(r.trunk_lean_deg for r in runs), "°", 1)),
        ("running: foot strike", _counted(feet)),
        ("running: overstride ratio", _range(_sides(r.overstride_ratio for r in runs), "", 2)),
        ("running: step width", f"{_range(widths, ' cm', 1)}; crossover {_share(x < 0 for x in widths)}"),
        ("running: drift with fatigue", _share(r.fppa_drift_deg > 0 or r.pelvic_drop_drift_deg > 0 for r in runs)),
    ]


def _strike(inclination_deg: float) -> str:
    if inclination_deg > _REAR_DEG:
        return "rearfoot"
    return "midfoot" if inclination_deg >= _FORE_DEG else "forefoot"


def _squatting(squats: Sequence[SquatParameters]) -> Rows:
    drifts = [max(s.fppa_drift_deg, s.pelvic_drop_drift_deg, s.trunk_lean_drift_deg) > 0 for s in squats]
    return [
        ("squats and steps: leg", _counted(s.leg for s in squats)),
        ("squats and steps: repetitions", _range(s.n_reps for s in squats)),
        ("squats and steps: FPPA", _range((s.knee_fppa_deg for s in squats), "°", 1)),
        ("squats and steps: pelvic drop", _range((s.pelvic_drop_deg for s in squats), "°", 1)),
        ("squats and steps: trunk lean", _range((s.trunk_lean_deg for s in squats), "°", 1)),
        ("squats and steps: depth", _range((s.depth_deg for s in squats), "°")),
        ("squats: with shallow repetitions", _share(bool(s.shallow) for s in squats)),
        ("squats: with touch-downs", _share(bool(s.touchdowns) for s in squats)),
        ("squats: with dips that are none", _share(bool(s.dips) for s in squats)),
        ("squats: with long pauses", _share(bool(s.long_pauses) for s in squats)),
        ("squats and steps: drift with fatigue", _share(drifts)),
    ]
