"""A sample of `python -m benchmarks.sessions`: two visitors hand in at once, the first of them two films."""

from types import SimpleNamespace

from benchmarks import sessions

MOST_MB = 4000.0


def test_a_session_that_is_served_twice_before_another_is_noticed():
    first, second = begun("a", created_s=0, started_s=1), begun("a", created_s=0, started_s=3)
    waited, came_later = begun("b", created_s=2, started_s=5), begun("b", created_s=4, started_s=5)
    assert sessions.Told((first, second, waited), (), 0.0, 0.0).unfair == (second,)
    assert sessions.Told((first, second, came_later), (), 0.0, 0.0).unfair == ()


def begun(workspace, **times):
    return SimpleNamespace(id=str(times), workspace=workspace, **times)


def test_of_two_visitors_none_waits_for_all_films_of_the_other(chromium, tmp_path):
    told = sessions.run(chromium, tmp_path, sessions=2, greedy=2)
    assert len(told.analyses) == 3
    assert [(a.status, a.error) for a in told.unfinished] == []
    assert told.unfair == ()
    assert 0 < told.peak_mb < MOST_MB
