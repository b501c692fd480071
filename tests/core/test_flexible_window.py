"""Flexible time windows: which moment of its window an occasion is run at, and how the moments of many lie."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.flexible_window import last_begun, planned, upcoming, with_next
from core.model.schedule import Schedule
from core.record import replace
from core.schedule_expression import timing_of

NIGHTLY = Schedule("default", "backup", "cron(0 3 * * ? *)", "UTC", "web", "{}", window_minutes=60)
THREE = 3 * 3600.0
DAY = 86_400.0


def moment(schedule: Schedule, at: float) -> float:
    return planned(schedule, timing_of(schedule), at)


def begun(schedule: Schedule, count: int) -> list[tuple[float, float]]:
    timing = timing_of(schedule)
    first = with_next(schedule, timing, timing.first_from(0.0))
    return [(o.at, o.planned_at) for o in upcoming(first, timing, count)]


def test_the_moment_is_what_it_was_yesterday() -> None:
    """Written down: another Python, machine or version must not run what waits in its window twice, or late."""
    assert [moment(NIGHTLY, THREE + day * DAY) - day * DAY - THREE for day in range(4)] == [
        2230.0,
        2499.0,
        2873.0,
        2027.0,
    ]
    assert moment(replace(NIGHTLY, window_minutes=0), THREE) == THREE


def test_a_thousand_schedules_at_three_are_spread_evenly_over_their_windows() -> None:
    tenths = Counter(
        int((moment(replace(NIGHTLY, name=f"backup-{number}"), THREE) - THREE) // 360)
        for number in range(1000)
    )
    assert set(tenths) == set(range(10))
    assert max(tenths.values()) < 140
    assert min(tenths.values()) > 60


def test_so_are_the_occasions_of_one() -> None:
    tenths = Counter(
        int((moment(NIGHTLY, THREE + day * DAY) - THREE - day * DAY) // 360) for day in range(1000)
    )
    assert set(tenths) == set(range(10))
    assert max(tenths.values()) < 140


EXPRESSIONS = st.sampled_from(
    (
        "rate(1 minute)",
        "rate(7 minutes)",
        "rate(1 day)",
        "cron(* * * * ? *)",
        "cron(0,1,30 * * * ? *)",
        "cron(0 2 * * ? *)",
        "cron(30 1 ? * SUN *)",
    )
)


@given(EXPRESSIONS, st.integers(1, 1440), st.text(max_size=8), st.sampled_from(("UTC", "Europe/Berlin")))
def test_moments_lie_in_their_windows_and_come_in_the_order_of_their_occasions(
    expression: str, minutes: int, name: str, zone: str
) -> None:
    schedule = replace(NIGHTLY, name=name, expression=expression, window_minutes=minutes, timezone=zone)
    found = begun(schedule, 8)
    for (at, planned_at), (following, _) in itertools.pairwise(found):
        assert at <= planned_at < min(at + minutes * 60, following)


@given(EXPRESSIONS, st.integers(1, 1440), st.floats(0, 3 * DAY))
def test_the_latest_that_has_begun_is_found_without_counting(
    expression: str, minutes: int, away_s: float
) -> None:
    timing = timing_of(replace(NIGHTLY, expression=expression))
    schedule = replace(NIGHTLY, expression=expression, window_minutes=minutes)
    schedule = with_next(schedule, timing, timing.first_from(0.0))
    assert schedule.planned_at is not None
    now = schedule.planned_at + away_s
    last = last_begun(schedule, timing, now)
    assert last.planned_at <= now
    following = timing.next_after(last.at)
    assert following is not None
    assert planned(schedule, timing, following) > now


def test_a_window_ends_at_the_end_date_and_a_one_time_schedule_knows_none() -> None:
    for name in map(str, range(50)):
        ending = replace(NIGHTLY, name=name, end_at=THREE + 10.5)
        assert THREE <= moment(ending, THREE) < THREE + 10
        assert moment(replace(ending, end_at=THREE), THREE) == THREE
    once = replace(NIGHTLY, expression="at(1970-01-01T03:00:00)")
    assert moment(replace(once, end_at=THREE + 1), THREE) == moment(once, THREE) > THREE + 1


@pytest.mark.parametrize("minutes", [1, 15, 1440])
def test_no_moment_is_told_of_what_is_not_to_be_run(minutes: int) -> None:
    schedule = replace(NIGHTLY, window_minutes=minutes)
    assert upcoming(schedule, timing_of(schedule), 3) == []
