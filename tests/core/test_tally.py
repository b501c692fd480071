"""Thresholds: a target's state turns by results in a row, whatever came before, and never by what is no result."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.model.probe import Probe, ProbeProtocol, TargetHealth, TargetReason, TargetState
from core.reports import ProbeEnd, ProbeResult
from core.tally import Tally

PASSED = ProbeResult(ProbeEnd.PASSED)
FAILED = ProbeResult(ProbeEnd.FAILED, TargetReason.MISMATCH, "Health checks failed with these codes: [503]")
NO_WAY = ProbeResult(ProbeEnd.NO_WAY, TargetReason.NO_WAY, "the sshd forbids it")
CUT = ProbeResult(ProbeEnd.CUT)
RESULTS = st.lists(st.sampled_from((PASSED, FAILED, NO_WAY, CUT)), max_size=30)
THRESHOLDS = st.integers(1, 10)


def probe(healthy: int = 2, unhealthy: int = 3) -> Probe:
    return Probe(ProbeProtocol.TCP, "web", 80, healthy_threshold=healthy, unhealthy_threshold=unhealthy)


def after(results: list[ProbeResult], by: Probe, start: Tally | None = None) -> Tally:
    tally = start or Tally()
    for result in results:
        tally = tally.after(result, by)
    return tally


def last_in_a_row(results: list[ProbeResult]) -> tuple[ProbeEnd | None, int]:
    """Which result came last, and how often in a row; CUT is none, NO_WAY ends a row."""
    kind: ProbeEnd | None = None
    count = 0
    for result in results:
        if result.end is ProbeEnd.CUT:
            continue
        count = count + 1 if result.end is kind else 1
        kind = result.end
    return kind, count


def test_a_new_target_is_healthy_with_its_first_good_result() -> None:
    assert after([FAILED, FAILED, PASSED], probe()).health == TargetHealth(TargetState.HEALTHY)


def test_it_turns_after_so_many_in_a_row() -> None:
    well = after([PASSED], probe())
    assert after([FAILED, FAILED, PASSED, FAILED, FAILED], probe(), well).state is TargetState.HEALTHY
    sick = after([FAILED] * 3, probe(), well)
    assert sick.health == TargetHealth(TargetState.UNHEALTHY, TargetReason.MISMATCH, FAILED.description)
    assert after([PASSED], probe(), sick).state is TargetState.UNHEALTHY
    assert after([PASSED, PASSED], probe(), sick).state is TargetState.HEALTHY


def test_failures_that_do_not_turn_it_yet_are_told_with_their_number() -> None:
    failing = after([FAILED, FAILED], probe(), after([PASSED], probe()))
    assert failing.health == TargetHealth(
        TargetState.HEALTHY, TargetReason.MISMATCH, FAILED.description, failed=2
    )
    assert after([PASSED], probe(), failing).health == TargetHealth(TargetState.HEALTHY)
    assert after([NO_WAY], probe(), failing).health.failed == 0
    assert failing.anew().health == TargetHealth(TargetState.HEALTHY), (
        "what came before lies on the other side of a cut"
    )
    assert after([FAILED], probe()).health == TargetHealth(
        TargetState.INITIAL, TargetReason.MISMATCH, FAILED.description, failed=1
    )


@given(RESULTS, THRESHOLDS, THRESHOLDS)
def test_enough_in_a_row_decides_whatever_came_before(
    results: list[ProbeResult], healthy: int, unhealthy: int
) -> None:
    by = probe(healthy, unhealthy)
    assert after([*results, *[PASSED] * healthy], by).state is TargetState.HEALTHY
    assert after([*results, *[FAILED] * unhealthy], by).state is TargetState.UNHEALTHY


@given(RESULTS, THRESHOLDS, THRESHOLDS)
def test_a_state_turns_only_by_enough_results_of_its_kind_in_a_row(
    results: list[ProbeResult], healthy: int, unhealthy: int
) -> None:
    by, tally = probe(healthy, unhealthy), Tally()
    for number, result in enumerate(results):
        was, tally = tally, tally.after(result, by)
        if tally.state is was.state:
            continue
        kind, count = last_in_a_row(results[: number + 1])
        needed = {TargetState.HEALTHY: healthy, TargetState.UNHEALTHY: unhealthy}[tally.state]
        assert kind is (ProbeEnd.PASSED if tally.state is TargetState.HEALTHY else ProbeEnd.FAILED)
        assert count >= (1 if was.state is TargetState.INITIAL else needed)


@given(RESULTS, st.lists(st.sampled_from((NO_WAY, CUT))))
def test_what_is_no_result_turns_nothing(results: list[ProbeResult], more: list[ProbeResult]) -> None:
    before = after(results, probe())
    assert after(more, probe(), before).state is before.state


def test_where_no_way_leads_what_was_known_stays_and_is_said_to_be_old() -> None:
    assert after([NO_WAY], probe()).health == TargetHealth(
        TargetState.UNAVAILABLE, TargetReason.NO_WAY, NO_WAY.description
    )
    assert after([PASSED, NO_WAY], probe()).health == TargetHealth(
        TargetState.HEALTHY, TargetReason.NO_WAY, NO_WAY.description
    )
    again = after([PASSED, NO_WAY, FAILED], probe()).health
    assert again == TargetHealth(TargetState.HEALTHY, TargetReason.MISMATCH, FAILED.description, failed=1)


@given(RESULTS)
def test_another_engine_goes_on_from_what_was_told(results: list[ProbeResult]) -> None:
    told = after(results, probe()).health
    again = Tally.of(told)
    assert (again.passed, again.failed) == (0, 0)
    if told.state in {TargetState.HEALTHY, TargetState.UNHEALTHY}:
        assert again.state is told.state
    else:
        assert again.state is TargetState.INITIAL
