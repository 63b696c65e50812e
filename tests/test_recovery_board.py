from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.recovery.board import board
from formcheck.recovery.records import (
    CRITERIA,
    RED_FLAGS,
    Evidence,
    Override,
    PainScore,
    RedFlagAnswers,
    RunSession,
    SquatResult,
    StrengthTest,
)
from formcheck.recovery.rules import load
from formcheck.recovery.strength import symmetry

TODAY = date(2026, 11, 24)
YESTERDAY = TODAY - timedelta(days=1)
LONG_AGO = TODAY - timedelta(days=20)


def squat(side, valgus="within", reps=20, fppa=6.0, day=YESTERDAY, test="single_leg_squat"):
    return SquatResult(day, side, reps, valgus, fppa, 3.0, "a1", test)


def strength(side, *trials, day=YESTERDAY, unit="kg", device="hand-held", movement="hip_abduction"):
    return StrengthTest(day, movement, side, unit, trials, device)


def run(minutes=25.0, during=0, morning=0, day=YESTERDAY):
    return RunSession(day, minutes, 0.0, minutes, "flat", during, morning)


CLEAR = Evidence(
    pain=(
        PainScore(YESTERDAY, "squat_left", 0),
        PainScore(YESTERDAY, "squat_right", 0),
        PainScore(YESTERDAY, "stairs", 0),
    ),
    runs=(run(),),
    strength=(strength("left", 20.0, 20.2, 19.8), strength("right", 20.1, 20.0, 19.9)),
    squats=(squat("left"), squat("right")),
    red_flags=(RedFlagAnswers(YESTERDAY),),
)


def state_of(evidence, criterion, today=TODAY):
    return next(c for c in board(evidence, today).criteria if c.id == criterion)


def test_all_four_met_is_clear_and_says_so():
    found = board(CLEAR, TODAY)
    assert found.state == "clear"
    assert [c.state for c in found.criteria] == ["met"] * 4
    assert "all four criteria" in found.sentence


def test_nothing_on_record_is_never_clear_and_asks_the_questions_first():
    found = board(Evidence(), TODAY)
    assert found.state == "questions"
    assert {c.state for c in found.criteria} == {"untested"}


@pytest.mark.parametrize("flag", RED_FLAGS)
def test_any_red_flag_stands_above_everything(flag):
    found = board(replace(CLEAR, red_flags=(RedFlagAnswers(YESTERDAY, (flag,)),)), TODAY)
    assert found.state == "see_clinician"
    assert len(found.red_flags) == 1
    assert "clinician" in found.sentence


def test_old_answers_to_the_questions_do_not_count():
    old = RedFlagAnswers(TODAY - timedelta(days=29))
    assert board(replace(CLEAR, red_flags=(old,)), TODAY).state == "questions"


@pytest.mark.parametrize(
    ("change", "criterion", "state"),
    [
        ({"squats": (squat("left"),)}, "squat", "untested"),
        ({"squats": (squat("left"), squat("right", reps=19))}, "squat", "not_met"),
        ({"squats": (squat("left"), squat("right", valgus="outside"))}, "squat", "not_met"),
        ({"squats": (squat("left"), squat("right", valgus="uncertain"))}, "squat", "uncertain"),
        ({"squats": (squat("left"), squat("right", valgus="not_assessable", fppa=None))}, "squat", "uncertain"),
        ({"squats": (squat("left"), squat("right", reps=None))}, "squat", "uncertain"),
        ({"squats": (squat("left"), squat("right", valgus="watch"))}, "squat", "met"),
        ({"pain": CLEAR.pain[1:]}, "squat", "untested"),
        ({"pain": (*CLEAR.pain, PainScore(YESTERDAY, "squat_left", 1))}, "squat", "not_met"),
        ({"pain": (*CLEAR.pain, PainScore(TODAY, "stairs", 1))}, "stairs", "not_met"),
        ({"pain": CLEAR.pain[:2]}, "stairs", "untested"),
        ({"pain": (*CLEAR.pain[:2], PainScore(YESTERDAY, "step_down", 0))}, "stairs", "met"),
        ({"pain": (*CLEAR.pain, PainScore(LONG_AGO, "step_down", 4))}, "stairs", "met"),
        ({"pain": (*CLEAR.pain, PainScore(YESTERDAY, "step_down", 1))}, "stairs", "not_met"),
        ({"squats": (), "pain": (PainScore(YESTERDAY, "squat_right", 1),)}, "squat", "not_met"),
        ({"squats": (squat("left", day=LONG_AGO), squat("right"))}, "squat", "untested"),
        (
            {
                "squats": (squat("left", day=LONG_AGO), squat("right")),
                "pain": (*CLEAR.pain, PainScore(TODAY, "squat_left", 1)),
            },
            "squat",
            "not_met",
        ),
        ({"squats": (*CLEAR.squats, squat("left", "not_assessable"))}, "squat", "met"),
        ({"squats": (*CLEAR.squats, squat("left", "uncertain"))}, "squat", "met"),
        ({"squats": (*CLEAR.squats, squat("left", "outside"))}, "squat", "not_met"),
        ({"squats": (*CLEAR.squats, squat("left", "uncertain", reps=19))}, "squat", "not_met"),
        ({"squats": (*CLEAR.squats, squat("left", "outside", test="step_down"))}, "stairs", "met"),
        ({"runs": ()}, "easy_run", "untested"),
        ({"runs": (run(20.0),)}, "easy_run", "met"),
        ({"runs": (run(19.9),)}, "easy_run", "untested"),
        ({"runs": (run(morning=None),)}, "easy_run", "untested"),
        ({"runs": (run(morning=1),)}, "easy_run", "not_met"),
        ({"runs": (run(during=1),)}, "easy_run", "not_met"),
        ({"runs": (run(), run(5.0, during=2, day=TODAY))}, "easy_run", "not_met"),
        ({"runs": (run(), run(5.0, morning=None, day=TODAY))}, "easy_run", "met"),
        ({"runs": (run(day=TODAY - timedelta(days=3)), run(5.0, morning=None))}, "easy_run", "untested"),
        ({"runs": (run(day=LONG_AGO), run(5.0))}, "easy_run", "untested"),
        ({"runs": (run(day=LONG_AGO), run(5.0, during=1))}, "easy_run", "not_met"),
        ({"runs": (run(during=3), run(21.0, morning=None, day=TODAY))}, "easy_run", "not_met"),
        ({"runs": (run(5.0, during=2),)}, "easy_run", "not_met"),
        ({"strength": ()}, "strength", "untested"),
        ({"strength": (strength("left", 20, 20, 20),)}, "strength", "untested"),
        ({"strength": (strength("left", 20, 20, 20), strength("right", 17.6, 17.6, 17.6))}, "strength", "met"),
        ({"strength": (strength("left", 20, 20, 20), strength("right", 17.2, 17.2, 17.2))}, "strength", "uncertain"),
        ({"strength": (strength("left", 20, 20, 20), strength("right", 16.4, 16.4, 16.4))}, "strength", "not_met"),
        ({"strength": (strength("left", 20), strength("right", 17.6))}, "strength", "uncertain"),
        ({"strength": (strength("left", 20, unit="N"), strength("right", 20))}, "strength", "uncertain"),
        ({"strength": (*CLEAR.strength, strength("right", 15, 15, 15))}, "strength", "not_met"),
        ({"strength": (*CLEAR.strength, strength("right", 20, 20, 20, unit="N"))}, "strength", "met"),
        ({"strength": (*CLEAR.strength, strength("left", 9, 9, 9, movement="leg_press"))}, "strength", "untested"),
        ({"strength": (strength("left", 20, device="a"), strength("right", 20, device="b"))}, "strength", "uncertain"),
    ],
)
def test_every_criterion_at_inside_and_outside_its_limit(change, criterion, state):
    found = state_of(replace(CLEAR, **change), criterion)
    assert found.state == state
    assert found.sentence
    if state != "met":
        assert board(replace(CLEAR, **change), TODAY).state != "clear"


@pytest.mark.parametrize(("criterion", "days"), [("squat", 14), ("stairs", 14), ("easy_run", 14), ("strength", 42)])
def test_evidence_past_its_life_span_is_shown_and_does_not_count(criterion, days):
    flags = replace(CLEAR, red_flags=(RedFlagAnswers(YESTERDAY + timedelta(days=days)),))
    last_good = YESTERDAY + timedelta(days=days)
    assert state_of(flags, criterion, last_good).state == "met"
    stale = state_of(flags, criterion, last_good + timedelta(days=1))
    assert (stale.state, stale.stale) == ("untested", True)
    assert stale.evidence
    assert "23 November 2026" in stale.sentence


def test_the_latest_evidence_counts_and_of_one_day_the_worst():
    older_bad = squat("left", "outside", day=YESTERDAY - timedelta(days=1))
    assert state_of(replace(CLEAR, squats=(*CLEAR.squats, older_bad)), "squat").state == "met"
    same_day = replace(CLEAR, squats=(*CLEAR.squats, squat("left", "outside")))
    assert state_of(same_day, "squat").state == "not_met"


def test_evidence_of_tomorrow_is_left_out():
    assert (
        state_of(replace(CLEAR, pain=(PainScore(TODAY + timedelta(days=1), "stairs", 0),)), "stairs").state
        == "untested"
    )


def test_a_clinicians_decision_counts_until_something_newer_comes_in():
    hurt = replace(CLEAR, pain=(*CLEAR.pain, PainScore(YESTERDAY, "stairs", 2)))
    decided = replace(hurt, overrides=(Override(TODAY, "stairs", True, "old scar, not the knee", "M. Ferrer"),))
    found = board(decided, TODAY)
    assert found.state == "clear"
    assert "three of the four criteria met by test" in found.sentence
    assert "M. Ferrer, because: old scar, not the knee" in found.sentence
    assert state_of(decided, "stairs").alone == state_of(hurt, "stairs").sentence
    same_day = replace(decided, pain=(*decided.pain, PainScore(TODAY, "stairs", 2)))
    assert state_of(same_day, "stairs").overridden, "a decision of the day on which it hurt is one about that pain"
    newer = replace(decided, pain=(*decided.pain, PainScore(TODAY + timedelta(days=1), "stairs", 2)))
    later = state_of(newer, "stairs", TODAY + timedelta(days=1))
    assert (later.state, later.overridden) == ("not_met", False)
    assert later.override is not None
    assert "Newer evidence" in later.overtaken


def test_a_decision_ages_as_evidence_does_and_of_one_day_the_stricter_counts():
    decided = replace(CLEAR, pain=CLEAR.pain[:2], overrides=(Override(YESTERDAY, "stairs", True, "seen", "M. Ferrer"),))
    last_good = YESTERDAY + timedelta(days=14)
    assert state_of(decided, "stairs", last_good).state == "met"
    aged = state_of(decided, "stairs", last_good + timedelta(days=1))
    assert (aged.state, aged.overridden) == ("untested", False)
    assert "14 days ago" in aged.overtaken
    both = replace(decided, overrides=(*decided.overrides, Override(YESTERDAY, "stairs", False, "no", "M. Ferrer")))
    assert state_of(both, "stairs").state == "not_met"


def flagged(*decisions, day=YESTERDAY):
    return replace(CLEAR, red_flags=(RedFlagAnswers(day, ("swelling",)),), overrides=decisions)


@pytest.mark.parametrize(
    ("decisions", "state"),
    [
        ((Override(YESTERDAY, "red_flags", True, "old bursa", "M. Ferrer"),), "clear"),
        ((Override(YESTERDAY, "red_flags", False, "needs a scan", "M. Ferrer"),), "see_clinician"),
        ((Override(TODAY - timedelta(days=2), "red_flags", True, "old bursa", "M. Ferrer"),), "see_clinician"),
        (tuple(Override(TODAY, c, True, "fine", "M. Ferrer") for c in CRITERIA), "see_clinician"),
    ],
    ids=["looked into", "not cleared", "before the answers", "only the criteria"],
)
def test_red_flags_stand_until_a_clinician_has_looked_into_them(decisions, state):
    found = board(flagged(*decisions), TODAY)
    assert found.state == state
    assert found.red_flags == ("visible swelling",)
    if state == "clear":
        assert "M. Ferrer looked into this" in found.sentence and "Old bursa" in found.sentence


def test_what_a_clinician_looked_into_is_not_looked_into_for_ever():
    decided = flagged(Override(YESTERDAY, "red_flags", True, "old bursa", "M. Ferrer"))
    assert board(decided, YESTERDAY + timedelta(days=28)).state != "see_clinician"
    later = replace(decided, red_flags=(*decided.red_flags, RedFlagAnswers(TODAY, ("swelling",))))
    assert board(later, TODAY).state == "see_clinician"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"pain": (*CLEAR.pain, PainScore(TODAY, "stairs", 2))}, "Not yet, because it hurt walking down stairs"),
        (
            {"squats": (squat("left", "uncertain"), squat("right"))},
            "Film again, because the left knee's valgus is too close",
        ),
        ({"strength": (strength("left", 20), strength("right", 17.6))}, "Test again, because hip abduction: the right"),
        (
            {"squats": (), "pain": (), "runs": (), "strength": ()},
            "Not yet, because the squat test is missing for both legs; whether walking down stairs hurts has not been "
            "said yet; an easy run of 20 minutes without a break is missing; the strength of the legs has not been ",
        ),
    ],
)
def test_one_sentence_stands_on_top(change, sentence):
    assert board(replace(CLEAR, **change), TODAY).sentence.startswith(sentence)


def test_a_decision_without_reason_or_name_is_refused():
    for reason, by in (("", "M. Ferrer"), ("because", " ")):
        with pytest.raises(ValueError, match="reason and a name"):
            Override(TODAY, "stairs", True, reason, by)


def test_knees_that_differ_are_noted_and_decide_nothing():
    found = state_of(replace(CLEAR, squats=(squat("left", fppa=2.0), squat("right", fppa=10.0))), "squat")
    assert found.state == "met"
    assert any("differ by 8°" in note for note in found.notes)


def test_the_error_of_symmetry_follows_the_scatter_of_the_trials():
    steady = symmetry(strength("left", 20, 20, 20), strength("right", 18, 18, 18))
    loose = symmetry(strength("left", 17, 20, 23), strength("right", 15, 18, 21))
    assert steady.ratio == pytest.approx(0.9)
    assert steady.error == load().least_strength_error
    assert loose.error > 0.15
    assert (steady.weaker, loose.weaker) == ("right", "right")


ORDER = {"met": 3, "untested": 1, "uncertain": 1, "not_met": 0}


@given(
    pain=st.integers(0, 10), more=st.integers(0, 10), where=st.sampled_from(("squat_left", "stairs", "run", "morning"))
)
def test_more_pain_never_improves_a_criterion(pain, more, where):
    def with_pain(p):
        if where == "run":
            return replace(CLEAR, runs=(run(during=p),))
        if where == "morning":
            return replace(CLEAR, runs=(run(morning=p),))
        return replace(CLEAR, pain=(*CLEAR.pain, PainScore(TODAY, where, p)))

    less, worse = (board(with_pain(p), TODAY) for p in (min(pain, more), max(pain, more)))
    for a, b in zip(less.criteria, worse.criteria, strict=True):
        assert ORDER[b.state] <= ORDER[a.state]
    assert (worse.state == "clear") <= (less.state == "clear")


@given(reps=st.integers(0, 25), fewer=st.integers(0, 25))
def test_fewer_valid_repetitions_never_improve_it(reps, fewer):
    many, few = max(reps, fewer), min(reps, fewer)
    states = [
        state_of(replace(CLEAR, squats=(squat("left"), squat("right", reps=n))), "squat").state for n in (many, few)
    ]
    assert ORDER[states[1]] <= ORDER[states[0]]


@given(a=st.floats(5, 30), b=st.floats(5, 30))
def test_a_weaker_weak_leg_never_improves_it(a, b):
    strong, weak = (min(v, 30.0) for v in (max(a, b), min(a, b)))
    states = [
        state_of(replace(CLEAR, strength=(strength("left", 30.0), strength("right", v))), "strength").state
        for v in (strong, weak)
    ]
    assert ORDER[states[1]] <= ORDER[states[0]]


DAYS = st.integers(0, 20).map(lambda back: TODAY - timedelta(days=back))
PAIN = st.sampled_from((0, 0, 0, 1, 5))
SIDE = st.sampled_from(("left", "right"))
VALGUS = ("within", "watch", "uncertain", "outside")
MUCH = st.builds(
    Evidence,
    pain=st.lists(
        st.builds(PainScore, DAYS, st.sampled_from(("squat_left", "squat_right", "stairs", "step_down")), PAIN),
        max_size=6,
    ).map(lambda more: (*CLEAR.pain, *more)),
    runs=st.lists(
        st.builds(run, st.sampled_from((10.0, 20.0, 30.0)), PAIN, st.one_of(st.none(), PAIN), DAYS),
        min_size=1,
        max_size=4,
    ).map(tuple),
    strength=st.lists(
        st.builds(lambda side, kg, day: strength(side, kg, kg, kg, day=day), SIDE, st.floats(14, 24), DAYS), max_size=3
    ).map(lambda more: (*CLEAR.strength, *more)),
    squats=st.lists(
        st.builds(squat, SIDE, st.sampled_from(VALGUS), st.sampled_from((19, 20, 21)), day=DAYS), max_size=3
    ).map(lambda more: (*CLEAR.squats, *more)),
    red_flags=st.just(CLEAR.red_flags),
    overrides=st.lists(
        st.builds(Override, DAYS, st.sampled_from(CRITERIA), st.booleans(), st.just("why"), st.just("M. Ferrer")),
        max_size=1,
    ).map(tuple),
)


def worsened(evidence, kind, i, much):
    """One value of one piece of evidence made worse."""
    records = list(getattr(evidence, kind))
    if not records:
        return evidence
    i %= len(records)
    one = records[i]
    if kind == "pain":
        records[i] = replace(one, pain=min(one.pain + much, 10))
    elif kind == "squats":
        worse = VALGUS[min(VALGUS.index(one.valgus) + much % 3, 3)]
        records[i] = replace(one, valgus=worse, valid_reps=one.valid_reps - much % 2)
    elif kind == "red_flags":
        records[i] = replace(one, yes=(RED_FLAGS[much % 5],))
    elif much % 2:
        records[i] = replace(one, pain_during=min(one.pain_during + much, 10))
    else:
        told = one.pain_next_morning
        records[i] = replace(
            one,
            run_min=one.run_min / 2,
            longest_run_min=one.longest_run_min / 2,
            pain_next_morning=None if told is None else min(told + much, 10),
        )
    return replace(evidence, **{kind: tuple(records)})


@settings(max_examples=200)
@given(
    evidence=MUCH,
    kind=st.sampled_from(("pain", "squats", "runs", "red_flags")),
    i=st.integers(0, 9),
    much=st.integers(1, 9),
)
def test_nothing_that_is_worse_makes_anything_better(evidence, kind, i, much):
    before, after = board(evidence, TODAY), board(worsened(evidence, kind, i, much), TODAY)
    assert (after.state == "clear") <= (before.state == "clear")
    for a, b in zip(before.criteria, after.criteria, strict=True):
        assert ORDER[b.state] <= ORDER[a.state], (a, b)


@given(evidence=MUCH, flags=st.lists(st.sampled_from(RED_FLAGS), max_size=2))
def test_no_clearance_without_all_four_criteria_and_all_questions(evidence, flags):
    found = board(replace(evidence, red_flags=(RedFlagAnswers(TODAY, tuple(flags)),)), TODAY)
    assert (found.state == "clear") == (not flags and all(c.state == "met" for c in found.criteria))
    assert ("Clear to run" in found.sentence) == (found.state == "clear")
    for criterion in found.criteria:
        assert criterion.state != "met" or criterion.overridden or criterion.evidence
