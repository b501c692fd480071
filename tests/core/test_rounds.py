"""The rounds of a host's prober: who is due, how many at once, and which results count."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from core.model.probe import Probe, ProbeProtocol, Target, TargetHealth, TargetReason, TargetState
from core.record import replace
from core.reports import ProbeEnd, ProbeResult
from core.rounds import AT_ONCE, Check, Rounds

PASSED = ProbeResult(ProbeEnd.PASSED)
REFUSED = ProbeResult(ProbeEnd.FAILED, TargetReason.FAILED, "Health checks failed: nobody listens")
SILENT = ProbeResult(ProbeEnd.FAILED, TargetReason.TIMEOUT, "Request timed out", doubtful=True)
WELL = TargetHealth(TargetState.HEALTHY)
NEW = TargetHealth()
PROBE = Probe(ProbeProtocol.TCP, "web", 80)


def target(task: str = "t", probe: Probe = PROBE, run: str = "1") -> Target:
    return Target(task, probe, task, task, run)


def rounds(*known: tuple[Target, TargetHealth], now: float = 0.0) -> Rounds:
    made = Rounds(Random(1))
    made.take(known, now)
    return made


def turn(rounds: Rounds, now: float, result: ProbeResult) -> list[TargetHealth | None]:
    """Begin what is due, and end all of it at once."""
    return [rounds.end(check, result, now) for check in rounds.begin(now)]


def begun_at(rounds: Rounds) -> tuple[float, list[Check]]:
    at = rounds.next_at
    assert at is not None
    return at, rounds.begin(at)


def test_a_new_target_is_probed_soon_and_one_that_is_known_in_its_turn() -> None:
    many = [(target(f"t{n}"), NEW) for n in range(50)]
    assert len(turn_all(rounds(*many), 1.0)) == 50
    known = rounds(*[(target(f"t{n}"), WELL) for n in range(50)])
    assert 0 < len(turn_all(known, 1.0)) < 25
    assert len(turn_all(known, 10.0)) >= 25


def turn_all(rounds: Rounds, now: float) -> list[str]:
    """Everything that is due by a moment, each check over as soon as it began."""
    done: list[str] = []
    while checks := rounds.begin(now):
        for check in checks:
            done.append(check.target.task)
            rounds.end(check, PASSED, now)
    return done


def test_few_are_probed_at_once_and_the_next_begins_when_one_ends() -> None:
    many = rounds(*[(target(f"t{n}"), NEW) for n in range(10)])
    checks = many.begin(1.0)
    assert len(checks) == AT_ONCE
    assert many.next_at is None
    assert many.begin(2.0) == []
    many.end(checks[0], PASSED, 2.0)
    assert len(many.begin(2.0)) == 1


def test_the_beat_is_the_intervals_and_does_not_depend_on_how_long_answers_take() -> None:
    one = rounds((target(), NEW))
    first, (check,) = begun_at(one)
    one.end(check, PASSED, first + 4.0)
    second, _ = begun_at(one)
    assert 9.0 <= second - first <= 11.0


def test_a_new_target_is_asked_again_soon_and_what_it_answers_meanwhile_counts_at_its_beat() -> None:
    one = rounds((target(), NEW))
    at, asked = 0.0, 0
    told: list[tuple[float, TargetHealth]] = []
    while len(told) < 3:
        at, (check,) = begun_at(one)
        asked += 1
        health = one.end(check, REFUSED, at)
        told += [(at, health)] if health is not None else []
    assert 18.0 <= at <= 24.0, "three failures ten seconds apart"
    assert [health.failed for _, health in told] == [1, 2, 0]
    assert told[-1][1].state is TargetState.UNHEALTHY
    assert asked >= 9
    fresh = rounds((target(), NEW))
    first, (check,) = begun_at(fresh)
    fresh.end(check, REFUSED, first)
    soon, (check,) = begun_at(fresh)
    assert soon - first <= 2.5
    assert fresh.end(check, PASSED, soon) == WELL
    assert begun_at(fresh)[0] - soon >= 9.0


def test_where_no_way_leads_nobody_is_eager() -> None:
    one = rounds((target(), NEW))
    no_way = ProbeResult(ProbeEnd.NO_WAY, TargetReason.NO_WAY, "the sshd forbids it")
    at, (check,) = begun_at(one)
    one.end(check, no_way, at)
    at, (check,) = begun_at(one)
    one.end(check, no_way, at)
    assert begun_at(one)[0] - at >= 9.0


def test_one_target_is_never_probed_twice_at_once() -> None:
    one = rounds((target(), NEW))
    one.begin(1.0)
    assert one.begin(1000.0) == []


def test_a_verdict_is_told_when_it_changes_and_not_again() -> None:
    one = rounds((target(), NEW))
    assert turn(one, 1.0, PASSED) == [WELL]
    assert turn(one, 20.0, PASSED) == [None]
    for now, failed in ((40.0, 1), (60.0, 2)):
        (failing,) = turn(one, now, REFUSED)
        assert failing == replace(WELL, reason=REFUSED.reason, description=REFUSED.description, failed=failed)
    (sick,) = turn(one, 80.0, REFUSED)
    assert sick is not None
    assert sick.state is TargetState.UNHEALTHY
    assert turn(one, 100.0, REFUSED) == [None]


def test_silence_counts_when_the_host_is_seen_to_have_answered_since() -> None:
    one = rounds((target(), WELL))
    for now in (20.0, 40.0, 60.0, 80.0):
        assert turn(one, now, SILENT) == [None], "the host may be silent as a whole"
    assert one.heard(19.0, 0.1) == []
    ((told, health),) = one.heard(81.0, 0.1)
    assert told == target()
    assert (health.state, health.reason) == (TargetState.UNHEALTHY, TargetReason.TIMEOUT)


def test_who_was_silent_with_the_host_is_not_blamed() -> None:
    one = rounds((target(), WELL))
    for now in (20.0, 40.0, 60.0):
        turn(one, now, SILENT)
    assert one.heard(61.0, PROBE.timeout_s) == [], "the host itself took as long"
    assert one.heard(62.0, 0.1) == []
    for now in (80.0, 100.0, 120.0):
        turn(one, now, SILENT)
    one.missed()
    assert one.heard(121.0, 0.1) == []


def test_an_answer_says_that_the_host_was_not_silent_before() -> None:
    one = rounds((target(), WELL))
    turn(one, 20.0, SILENT)
    turn(one, 40.0, SILENT)
    (health,) = turn(one, 60.0, REFUSED)
    assert health is not None
    assert health.state is TargetState.UNHEALTHY


def test_what_passes_forgives_silence() -> None:
    one = rounds((target(), WELL))
    for now in (20.0, 40.0):
        turn(one, now, SILENT)
    turn(one, 60.0, PASSED)
    turn(one, 80.0, SILENT)
    ((_, health),) = one.heard(100.0, 0.1)
    assert (health.state, health.failed) == (TargetState.HEALTHY, 1)


def test_a_lost_connection_says_nothing_about_anybody() -> None:
    one = rounds((target(), WELL))
    turn(one, 20.0, REFUSED)
    turn(one, 40.0, REFUSED)
    (check,) = one.begin(60.0)
    one.cut(61.0)
    assert one.end(check, REFUSED, 61.0) is None
    assert one.heard(62.0, 0.1) == []
    (health,) = turn(one, 80.0, REFUSED)
    assert health is not None
    assert (health.state, health.failed) == (TargetState.HEALTHY, 1), "counting starts anew"


def test_another_run_is_another_target_and_the_same_one_goes_on() -> None:
    one = rounds((target(), WELL))
    (check,) = one.begin(20.0)
    one.take([(target(), NEW)], 20.5)
    assert one.end(check, PASSED, 21.0) is None
    (check,) = one.begin(40.0)
    one.take([(target(run="2"), NEW)], 41.0)
    assert one.end(check, REFUSED, 41.0) is None, "it was of the former run"
    assert turn(one, 43.0, PASSED) == [WELL]
    one.take([], 50.0)
    assert not one
    assert one.next_at is None


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(1, 3), st.booleans()), max_size=40))
def test_whatever_comes_and_goes_each_target_there_is_comes_to_be_probed(
    steps: list[tuple[str, int, bool]],
) -> None:
    wanted: dict[str, Target] = {}
    made, now = Rounds(Random(2)), 0.0
    under_way: list[Check] = []
    for name, run, ends in steps:
        wanted[name] = target(name, run=str(run))
        if run == 3:
            del wanted[name]
        made.take([(each, NEW) for _, each in sorted(wanted.items())], now)
        now += 3.0
        under_way += made.begin(now)
        assert len(under_way) <= AT_ONCE
        if ends and under_way:
            made.end(under_way.pop(0), PASSED, now)
    for check in under_way:
        made.end(check, PASSED, now)
    assert set(turn_all(made, now + 12.0)) >= set(wanted)
