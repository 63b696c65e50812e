import wave
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from io import BytesIO
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from formcheck import criteria
from formcheck.errors import InputError
from formcheck.recovery import akps, cadence, exercises, export, figure_poses, figures, plan, progress, rules
from formcheck.recovery.records import AkpsAnswers, Evidence, PainScore, RunSession, Shoe

START = date(2026, 9, 1)
NOW = datetime(2026, 9, 1, 12, tzinfo=timezone.utc)
FINE = tuple(PainScore(START, kind, 0) for kind in ("walking", "daily_life", "stairs", "exercises"))
_ACCENT_WORD = "--fc-accent"
LADDER = rules.load().ladder


def session(step, day, during=0, morning=0, surface="flat"):
    return RunSession(
        day, step.total_run_min, step.walk_min * (step.rounds - 1), step.run_min, surface, during, morning
    )


def good_runs(n, start=START):
    """The first n sessions of the plan, each as it should be, with a day of rest between."""
    steps = [step for step in LADDER for _ in range(2)] + [LADDER[-1]] * 100
    return tuple(session(steps[i], start + timedelta(days=2 * i)) for i in range(n))


def way_after(runs, pain=FINE, today=None):
    last = max((r.day for r in runs), default=START)
    fresh = tuple(replace(p, day=last) for p in pain)
    return progress.way(Evidence(pain=fresh, runs=tuple(runs)), today or last)


def test_phases_follow_from_what_is_on_record():
    assert progress.way(Evidence(), START).phase == 1
    assert way_after((), FINE[:3]).phase == 2
    assert way_after(()).phase == 3
    assert way_after(good_runs(17)).phase == 3
    done = way_after(good_runs(18))
    assert (done.phase, done.step) == (4, None)


def test_what_is_missing_for_the_next_phase_is_said():
    found = progress.way(Evidence(pain=(PainScore(START, "walking", 0), PainScore(START, "stairs", 3))), START)
    assert [(c.text, c.met) for c in found.exit] == [
        ("No pain walking", True),
        ("No pain in daily life", None),
        ("No pain on stairs", False),
    ]


@pytest.mark.parametrize(("kind", "phase"), [("walking", 1), ("daily_life", 1), ("stairs", 1), ("exercises", 2)])
def test_pain_moves_back_whatever_was_run_before(kind, phase):
    pain = (*FINE, PainScore(START, kind, 2))
    found = way_after(good_runs(18), pain)
    assert found.phase == phase
    assert found.moved_back


def test_two_painless_sessions_with_rest_end_a_rung():
    one, two = session(LADDER[0], START), session(LADDER[0], START + timedelta(days=2))
    assert progress.climb((one,)) == progress.Rung(0, 1)
    assert progress.climb((one, two)) == progress.Rung(1, 0)


@pytest.mark.parametrize(
    "second",
    [
        session(LADDER[0], START + timedelta(days=1)),
        session(LADDER[0], START + timedelta(days=2), morning=None),
        session(LADDER[0], START + timedelta(days=2), surface="downhill"),
        RunSession(START + timedelta(days=2), 9.0, 9.0, 1.0),
        RunSession(START + timedelta(days=2), 10.0, 9.0, 0.5),
    ],
    ids=["no day of rest", "next morning not said", "downhill", "too little running", "stretches too short"],
)
def test_a_session_that_is_not_as_it_should_be_does_not_count(second):
    assert progress.climb((session(LADDER[0], START), second)) == progress.Rung(0, 1)


def test_pain_starts_a_rung_anew_or_goes_back():
    runs = good_runs(5)
    day = runs[-1].day + timedelta(days=2)
    assert progress.climb(runs) == progress.Rung(2, 1)
    assert progress.climb((*runs, session(LADDER[2], day, during=1))) == progress.Rung(2, 0)
    assert progress.climb((*runs, session(LADDER[2], day, during=4))) == progress.Rung(1, 0)
    assert progress.climb((*runs, session(LADDER[2], day, morning=6))) == progress.Rung(0, 0)


def test_a_run_that_hurt_too_much_asks_for_painless_exercises_anew():
    bad = (*good_runs(4), session(LADDER[2], START + timedelta(days=8), during=7))
    before = way_after(bad, FINE)
    assert before.phase == 2
    after = progress.way(
        Evidence(pain=tuple(replace(p, day=START + timedelta(days=10)) for p in FINE), runs=bad),
        START + timedelta(days=10),
    )
    assert (after.phase, after.rung) == (3, progress.Rung(0, 0))


@pytest.mark.parametrize(
    ("pain", "light"), [(0, "green"), (2, "green"), (3, "amber"), (5, "amber"), (6, "red"), (10, "red")]
)
def test_the_traffic_light_for_training(pain, light):
    assert progress.light(pain) == light


@given(
    pains=st.lists(st.tuples(st.integers(0, 10), st.integers(0, 10)), min_size=1, max_size=25),
    at=st.integers(0, 24),
    extra=st.integers(1, 10),
    when=st.sampled_from(("pain_during", "pain_next_morning")),
    sore=st.sampled_from(("walking", "daily_life", "stairs", "exercises", "")),
)
def test_more_pain_never_moves_a_phase_or_a_rung_forward(pains, at, extra, when, sore):
    steps = [step for step in LADDER for _ in range(2)] + [LADDER[-1]] * 10
    runs = [session(steps[i], START + timedelta(days=2 * i), *p) for i, p in enumerate(pains)]
    i = at % len(runs)
    worse = list(runs)
    worse[i] = replace(runs[i], **{when: min(getattr(runs[i], when) + extra, 10)})
    daily = tuple(replace(p, pain=min(extra, 10)) if p.kind == sore else p for p in FINE)
    a, b, c = way_after(runs), way_after(worse), way_after(worse, daily)
    assert c.phase <= b.phase <= a.phase
    assert (b.rung.index, b.rung.counted) <= (a.rung.index, a.rung.counted)
    today = runs[-1].day + timedelta(days=14)
    assert locks_after(worse, today) <= locks_after(runs, today)


def test_the_sessions_ahead_lead_to_thirty_minutes_with_rest_between():
    ahead = plan.next_sessions(Evidence(), START, 100)
    assert len(ahead) == 2 * len(LADDER)
    assert ahead[0].day == START
    assert all((b.day - a.day).days == 2 for a, b in pairwise(ahead))
    assert ahead[-1].step.run_min == 30
    assert ahead[0].words == "Run 1 min, walk 1 min, 10 times (10 min of running)"
    later = plan.next_sessions(Evidence(runs=good_runs(3)), good_runs(3)[-1].day, 100)
    assert (later[0].step, later[0].n) == (LADDER[1], 2)
    assert plan.next_sessions(Evidence(runs=good_runs(18)), START + timedelta(days=60)) == ()


def test_there_is_no_run_before_the_morning_is_told_and_a_day_of_rest():
    open_morning = Evidence(runs=(session(LADDER[0], START, morning=None),))
    assert "morning" in plan.must_wait(open_morning, START + timedelta(days=1))
    told = Evidence(runs=(session(LADDER[0], START),))
    assert "rest" in plan.must_wait(told, START + timedelta(days=1))
    assert plan.must_wait(told, START + timedelta(days=2)) == ""
    assert plan.must_wait(Evidence(), START) == ""


def test_after_a_run_that_hurt_walking_has_to_be_painless_first():
    hurt = Evidence(runs=(session(LADDER[0], START, morning=1),))
    then = START + timedelta(days=2)
    assert "free of pain" in plan.must_wait(hurt, then)
    before, after = (replace(hurt, pain=(PainScore(day, "walking", 0),)) for day in (START, then))
    assert "free of pain" in plan.must_wait(before, then)
    assert plan.must_wait(after, then) == ""


def test_a_week_may_hold_ten_percent_more_than_the_most_before():
    monday = date(2026, 11, 2)
    runs = [
        RunSession(monday + timedelta(days=d), 30, 0, 30, distance_km=5.0, pain_next_morning=0)
        for d in (0, 2, 7, 9, 14)
    ]
    found = plan.volume(Evidence(runs=tuple(runs)), monday + timedelta(days=15))
    assert found.most_min == pytest.approx(66)
    assert found.most_km == pytest.approx(11)
    assert (found.this.run_min, found.this.km) == (30, 5.0)
    assert plan.volume(Evidence(), monday).most_min is None
    assert [w.run_min for w in plan.weeks(runs)] == [60, 60, 30]


def locks_after(runs, today, pain=FINE):
    fresh = tuple(replace(p, day=today) for p in pain)
    return [lock.is_open for lock in plan.locks(Evidence(pain=fresh, runs=tuple(runs)), today)]


FLAT = good_runs(25)
DONE = FLAT[17].day
"""The day on which the ladder is done; a run every other day goes on from there."""


@pytest.mark.parametrize(
    ("runs", "today", "is_open"),
    [
        (FLAT[:25], DONE + timedelta(days=14), True),
        (FLAT[:24], DONE + timedelta(days=13), False),
        (FLAT[:17], DONE + timedelta(days=14), False),
        (FLAT[:21], DONE + timedelta(days=14), True),
        (FLAT[:20], DONE + timedelta(days=14), False),
        (FLAT[:18], DONE + timedelta(days=60), False),
        ((*FLAT[:24], replace(FLAT[24], pain_during=1)), DONE + timedelta(days=14), False),
        ((*FLAT[:24], replace(FLAT[24], pain_next_morning=1)), DONE + timedelta(days=14), False),
        ((*FLAT[:20], replace(FLAT[20], surface="downhill")), DONE + timedelta(days=14), False),
        ((*FLAT[:20], replace(FLAT[20], pain_next_morning=None)), DONE + timedelta(days=14), False),
        ((*FLAT[:21], replace(FLAT[21], day=DONE + timedelta(days=30))), DONE + timedelta(days=30), False),
    ],
    ids=[
        "14 days, 8 runs",
        "13 days",
        "ladder not done",
        "4 runs",
        "3 runs",
        "no running",
        "hurt",
        "hurt next morning",
        "downhill does not count",
        "next morning not told",
        "a long pause",
    ],
)
def test_downhill_and_tempo_stay_locked_until_enough_painless_running(runs, today, is_open):
    assert locks_after(runs, today) == [is_open, is_open]


@pytest.mark.parametrize("kind", ["walking", "stairs", "exercises"])
def test_pain_in_daily_life_locks_downhill_and_tempo_again(kind):
    today = DONE + timedelta(days=14)
    assert locks_after(FLAT, today, (*FINE, PainScore(today, kind, 1))) == [False, False]


def test_a_lock_says_what_it_waits_for():
    today = DONE + timedelta(days=4)
    lock, _ = plan.locks(Evidence(pain=tuple(replace(p, day=today) for p in FINE), runs=FLAT[:20]), today)
    assert lock.reason.startswith("Locked for 10 more days without pain")
    assert "1 more painless run on the flat" in lock.reason


def test_what_goes_well_need_not_be_said_again_while_runs_stay_painless():
    runs = good_runs(25)
    last = runs[-1].day
    assert progress.way(Evidence(pain=FINE, runs=runs), last + timedelta(days=14)).phase == 4
    silent = progress.way(Evidence(pain=FINE, runs=runs), last + timedelta(days=15))
    assert silent.phase == 1
    assert "last said on 1 September" in silent.exit[0].text
    sore = (*runs[:-8], *(replace(run, pain_next_morning=1) for run in runs[-8:]))
    assert progress.way(Evidence(pain=FINE, runs=sore), last).phase == 1


def test_the_weeks_ahead_grow_by_a_tenth():
    monday = date(2026, 11, 2)
    runs = tuple(RunSession(monday + timedelta(days=d), 30, 0, 30, distance_km=5.0) for d in (0, 2))
    ahead = plan.weeks_ahead(Evidence(runs=runs), monday + timedelta(days=8), 3)
    assert [week.monday for week in ahead] == [monday + timedelta(days=7 * i) for i in (1, 2, 3)]
    assert [week.most_min for week in ahead] == pytest.approx([66, 72.6, 79.86])
    assert [week.most_km for week in ahead] == pytest.approx([11, 12.1, 13.31])
    assert export.weeks_csv(ahead).splitlines()[1] == "2026-11-09,66,11.0"
    assert plan.weeks_ahead(Evidence(), monday) == ()


@pytest.mark.parametrize(("km", "words"), [(599.0, ""), (650.0, "150 km left"), (801.0, "new shoes")])
def test_shoes_are_reminded_of(km, words):
    runs = (RunSession(START, 30, 0, 30, distance_km=9.0, shoe="Blue"), RunSession(START, 30, 0, 30, distance_km=9.0))
    (use,) = plan.shoe_use(Evidence(runs=runs, shoes=(Shoe("Blue", START, km - 9.0), Shoe("Old", START, 900, START))))
    assert use.km == pytest.approx(km)
    assert words in use.advice
    assert bool(use.advice) == bool(words)


def test_the_calendar_reads_back_and_replaces_itself():
    ahead = plan.next_sessions(Evidence(), START, 4)
    book = Calendar.from_ical(export.calendar(ahead))
    events = list(book.walk("VEVENT"))
    assert [e.decoded("dtstart") for e in events] == [s.day for s in ahead]
    assert len({e["uid"] for e in events}) == 4
    assert "Run 1 min" in events[0]["summary"]


def test_the_calendar_holds_two_hip_sessions_a_week_for_good():
    weeks = plan.weeks_ahead(Evidence(runs=good_runs(3)), START + timedelta(days=7), 2)
    book = Calendar.from_ical(export.calendar((), weeks, hip_from=START))
    hip = [e for e in book.walk("VEVENT") if e["summary"] == "Hip session"]
    assert [e.decoded("dtstart").strftime("%a") for e in hip] == ["Tue", "Fri"]
    assert all(e["rrule"] == {"FREQ": ["WEEKLY"]} for e in hip)
    assert all(START <= e.decoded("dtstart") < START + timedelta(days=7) for e in hip)
    told = [str(e["summary"]) for e in book.walk("VEVENT") if e["summary"] != "Hip session"]
    assert told == [f"Running this week: at most {export.ceiling_words(week)}" for week in weeks]


def test_the_calendar_is_written_as_the_standard_asks():
    text = export.calendar(plan.next_sessions(Evidence(), START, 3), hip_from=START, now=NOW).decode()
    assert text.startswith("BEGIN:VCALENDAR\r\n") and text.endswith("END:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n")) and "\n" not in text.replace("\r\n", "")
    assert text.count("DTSTAMP:20260901T120000Z") == text.count("BEGIN:VEVENT") == 5
    assert "DTSTART;VALUE=DATE:20260901" in text


def test_the_log_as_csv_leaves_missing_cells_empty():
    text = export.log_csv((session(LADDER[0], START, morning=None),))
    assert text.splitlines()[1] == "2026-09-01,10,9,1,flat,0,,,"
    assert export.plan_csv(plan.next_sessions(Evidence(), START, 1)).splitlines()[1] == "2026-09-01,1,1,10,1,2"


def test_the_step_rate_to_train_at():
    assert cadence.target(160.0) == cadence.Target(160.0, 168, 176, False)
    assert cadence.target(160.0, most_spm=170) == cadence.Target(160.0, 168, 170, True)


@given(own=st.floats(130, 220), most=st.one_of(st.none(), st.floats(120, 240)))
def test_the_step_rate_is_never_above_what_can_be_held(own, most):
    found = cadence.target(own, most_spm=most)
    assert found.low_spm <= found.high_spm <= round(own * 1.10)
    assert most is None or found.high_spm <= most
    assert found.capped or (found.low_spm, found.high_spm) == (round(own * 1.05), round(own * 1.10))


@pytest.mark.parametrize("spm", [150.0, 171.0, 200.0])
def test_the_click_track_clicks_at_the_rate_and_loops(spm):
    with wave.open(BytesIO(cadence.click_track(spm, 20.0))) as file:
        rate, frames = file.getframerate(), file.readframes(file.getnframes())
    sound = np.abs(np.frombuffer(frames, dtype="<i2").astype(float))
    loud = np.flatnonzero(sound > 4000)
    starts = loud[np.r_[True, np.diff(loud) > 0.1 * rate]] / rate
    assert len(starts) % 4 == 0
    assert np.diff(starts).mean() == pytest.approx(60 / spm, rel=0.002)
    assert len(sound) / rate == pytest.approx(len(starts) * 60 / spm, abs=0.001)


def test_a_click_track_of_no_run_is_refused():
    with pytest.raises(ValueError, match="no step rate"):
        cadence.click_track(60.0)


KUJALA_1993 = (
    ("Limping", 5, 3, 0),
    ("Putting weight on the leg", 5, 3, 0),
    ("Walking", 5, 3, 2, 0),
    ("Stairs", 10, 8, 5, 0),
    ("Squatting", 5, 4, 3, 2, 0),
    ("Running", 10, 8, 6, 3, 0),
    ("Jumping", 10, 7, 2, 0),
    ("Sitting long with bent knees", 10, 8, 6, 4, 0),
    ("Pain", 10, 8, 6, 3, 0),
    ("Swelling", 10, 8, 6, 4, 0),
    ("Kneecap slipping painfully", 10, 6, 4, 2, 0),
    ("Thinner thigh muscles", 5, 3, 0),
    ("Bending the knee", 5, 3, 0),
)
"""Points of every option as published, checked against the copy of the scale in PMC10362729."""


def test_every_option_of_the_knee_score_has_its_published_points():
    assert tuple((item.topic, *(points for _, points in item.options)) for item in akps.ITEMS) == KUJALA_1993
    rules_now = rules.load()
    assert (rules_now.akps_detectable, rules_now.akps_important) == (13, 11)


def test_the_knee_score_ends_at_its_ends():
    best = AkpsAnswers(START, (0,) * 13)
    worst = AkpsAnswers(START, tuple(len(item.options) - 1 for item in akps.ITEMS))
    assert (akps.score(best), akps.score(worst)) == (100, 0)
    middle = AkpsAnswers(START, (1,) * 13)
    assert akps.score(middle) == 3 + 3 + 3 + 8 + 4 + 8 + 7 + 8 + 8 + 8 + 6 + 3 + 3
    with pytest.raises(ValueError, match="item 1 has 3 options"):
        akps.score(AkpsAnswers(START, (3,) + (0,) * 12))


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (73, "more than"),
        (72, "as much as people notice"),
        (71, "as much as people notice"),
        (70, "no change"),
        (47, "13 points worse: more than"),
        (60, "0 points different: no change"),
    ],
)
def test_a_change_of_the_score_is_held_against_its_scatter(after, words):
    assert words in akps.change_words(60, after)


def test_exercises_follow_findings_and_phase():
    chosen = exercises.choose([("pelvic_drop_deg", "the hip drops"), ("reps_valid", "few repetitions")], 3)
    assert [c.exercise.id for c in chosen[:3]] == ["hip_abduction", "band_walk", "bridge"]
    assert chosen[0].why == "the hip drops"
    assert len(chosen) == 4
    early = exercises.choose([("reps_valid", "few repetitions")], 1)
    assert all(1 in c.exercise.phases for c in early)
    assert "wall_sit" not in {c.exercise.id for c in early}
    assert any(c.exercise.hip for c in early)


def test_every_exercise_that_is_named_exists():
    assert all(exercises.for_finding(metric_id) for metric_id in exercises.FOR_FINDING)
    assert exercises.for_finding("cadence_spm") == ()


def test_every_exercise_says_why_and_where_that_comes_from():
    known = criteria.load().references
    for metric_id, match in exercises.FOR_FINDING.items():
        assert match.source in known and known[match.source].name, metric_id
    chosen = exercises.choose([("pelvic_drop_deg", "the hip drops")], 1)
    assert (chosen[0].why, known[chosen[0].source].name) == ("the hip drops", "Nakagawa 2012, PMID 22402604")
    assert chosen[-1].why == "Belongs to phase 1."


@given(found=st.lists(st.sampled_from(sorted(exercises.FOR_FINDING)), max_size=8), phase=st.sampled_from((1, 2, 3, 4)))
def test_two_hip_exercises_stay_in_whatever_was_found(found, phase):
    chosen = exercises.choose([(metric_id, "why") for metric_id in found], phase)
    assert sum(one.exercise.hip for one in chosen) >= 2
    assert len({one.exercise.id for one in chosen}) == len(chosen) == 4
    shown = {one.exercise.id for one in chosen} | {e.id for e in exercises.rest(chosen, phase)}
    assert shown == {e.id for e in exercises.EXERCISES.values() if phase in e.phases}
    assert phase > 1 or not shown & {"wall_sit", "balance"}


def test_rules_without_a_source_are_refused():
    with pytest.raises(InputError, match="no \\[stale_days\\]"):
        rules.read({})
    with pytest.raises(InputError, match="needs a source"):
        rules.read(
            {
                name: {}
                for name in ("stale_days", "strength_error", "squat_difference", "ladder", "locks", "cadence", "akps")
            }
        )


@pytest.mark.parametrize("name", exercises.EXERCISES)
def test_every_exercise_has_a_figure_that_says_what_to_do(name):
    drawn = ElementTree.fromstring(figures.figure(name))
    assert exercises.EXERCISES[name].how in drawn.attrib["aria-label"]
    _, top, width, height = map(float, drawn.attrib["viewBox"].split())
    moving = [group for group in drawn.findall(".//{*}g") if _ACCENT_WORD in group.attrib["fill"]]
    assert any(group.attrib["opacity"] == "1" for group in moving)
    for disc in drawn.findall(".//{*}circle"):
        x, y, r = (float(disc.attrib[key]) for key in ("cx", "cy", "r"))
        assert r <= x <= width - r and top + r <= y <= top + height - r


def side_legs():
    for name, pose in figure_poses.POSES.items():
        for part in (*pose.body, *pose.moving, *pose.ghost, *pose.far):
            if part.kind == "leg" and name != "balance":
                yield pytest.param(part.points, id=f"{name} {part.points[1]}")


@pytest.mark.parametrize("joints", list(side_legs()))
def test_figures_have_the_legs_of_a_person(joints):
    thigh, shank, foot = (np.hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(joints))
    assert 0.7 < thigh / shank < 1.4
    assert foot < 0.6 * shank
    assert all(y <= figure_poses.FLOOR_Y for _, y in joints)


def knee_bend(joints):
    hip, knee, ankle = (np.array(joint) for joint in joints[:3])
    thigh, shank = hip - knee, ankle - knee
    return 180 - np.degrees(np.arccos(thigh @ shank / np.linalg.norm(thigh) / np.linalg.norm(shank)))


def test_figures_show_the_angles_that_are_asked_for():
    (sitting,), (raised,) = (figure_poses.POSES[name].moving for name in ("wall_sit", "leg_raise"))
    assert knee_bend(sitting.points) == pytest.approx(60, abs=3)
    assert knee_bend(raised.points) == pytest.approx(0, abs=3)
    (hip, _, ankle, _) = raised.points
    assert np.degrees(np.arctan2(hip[1] - ankle[1], ankle[0] - hip[0])) == pytest.approx(45, abs=2)
    (extended,) = figure_poses.POSES["knee_extension"].moving
    assert knee_bend(extended.points) == pytest.approx(0, abs=8)
