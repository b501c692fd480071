"""When a deployment is complete, as ECS documents its order of steps; and what people are told of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.service import DeploymentStatus, EarlySuccess, RolloutState, SourceCleanup
from core.record import replace
from core.scheduler.bounds import bounds
from core.scheduler.completion import (
    bakes_until,
    enough,
    is_over,
    reason_told,
    sources_go,
    told_early,
    wakes_at,
)
from tests.core.builders import NOW, deployment, service

BLOCKING = EarlySuccess(50, SourceCleanup.BLOCKING)
DEFERRED = EarlySuccess(50, SourceCleanup.DEFERRED)
BAKING = replace(deployment(), baking_since=NOW)


@pytest.mark.parametrize(
    ("desired", "percent", "tasks"),
    [(100, 90, 90), (3, 50, 2), (1, 1, 1), (4, 0, 0), (0, 90, 0), (7, 100, 7)],
)
def test_so_many_tasks_are_enough(desired: int, percent: int, tasks: int) -> None:
    early = EarlySuccess(percent, SourceCleanup.BLOCKING)
    assert enough(replace(service(desired), early_success=early), desired) == tasks
    assert enough(service(desired), desired) == desired


@given(st.integers(0, 5000), st.integers(0, 100), st.integers(0, 100))
def test_what_is_enough_leaves_the_floor(desired: int, healthy: int, minimum: int) -> None:
    early = EarlySuccess(max(healthy, minimum), SourceCleanup.BLOCKING)
    assert (
        enough(replace(service(desired), early_success=early), desired) >= bounds(desired, minimum, 200).floor
    )


@pytest.mark.parametrize("minutes", [0, 1, 1440])
@pytest.mark.parametrize("early", [None, BLOCKING, DEFERRED])
@pytest.mark.parametrize("left", [True, False])
def test_it_is_over_when_it_has_baked_and_nothing_blocks(
    minutes: int, early: EarlySuccess | None, *, left: bool
) -> None:
    web = replace(service(2), bake_time_minutes=minutes, early_success=early)
    until = NOW + minutes * 60
    assert bakes_until(web, BAKING) == until
    assert not is_over(web, BAKING, until - 0.001, sources_left=left)
    assert is_over(web, BAKING, until, sources_left=left) is not (left and early is BLOCKING)
    assert not is_over(web, deployment(), until, sources_left=False), "it never was good enough"
    assert sources_go(web, BAKING, until) is (early is not None)
    assert not sources_go(web, BAKING, until - 0.001)


def test_what_was_completed_before_bakes_no_more() -> None:
    web = replace(service(2), bake_time_minutes=5)
    again = replace(BAKING, created_at=NOW - 100, primary_at=NOW - 10)
    assert is_over(web, again, NOW, sources_left=False)
    assert wakes_at(web, again, NOW) is None


@pytest.mark.parametrize(
    "other",
    [
        None,
        deployment(),
        replace(BAKING, status=DeploymentStatus.ACTIVE),
        replace(BAKING, rollout_state=RolloutState.COMPLETED),
        replace(BAKING, baking_since=NOW - 300),
    ],
    ids=["none", "not good enough", "superseded", "completed", "has baked"],
)
def test_only_what_bakes_wakes_the_engine(other: object) -> None:
    web = replace(service(2), bake_time_minutes=5)
    assert wakes_at(web, BAKING, NOW) == NOW + 300
    assert wakes_at(web, other, NOW) is None  # type: ignore[arg-type]  # each case is one


@pytest.mark.parametrize(
    ("minutes", "later_s", "told"),
    [
        (0, 0, ""),
        (2, 0, "It bakes for another 2 min."),
        (2, 59, "It bakes for another 2 min."),
        (2, 61, "It bakes for another 1 min."),
        (2, 121, "It has baked, and waits to be good enough again."),
    ],
)
def test_how_long_it_bakes_is_told(minutes: int, later_s: float, told: str) -> None:
    web = replace(service(2), bake_time_minutes=minutes)
    baking = replace(BAKING, rollout_reason="In progress.")
    assert reason_told(web, baking, NOW + later_s) == f"In progress. {told}".rstrip()


def test_early_success_is_told() -> None:
    assert told_early(None) == ""
    assert told_early(BLOCKING) == "with 50 % of the tasks healthy, when older ones are gone"
    assert told_early(DEFERRED) == "with 50 % of the tasks healthy, older ones go afterwards"
