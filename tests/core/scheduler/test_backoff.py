"""How long a deployment waits after its tasks failed."""

from __future__ import annotations

import pytest

from core.model.probe import Probe, ProbeProtocol
from core.model.task import TaskStatus
from core.record import replace
from core.scheduler.backoff import FORGIVEN_AFTER_S, after_failed_checks, after_failure, delay_s, patience_s
from tests.core.builders import NOW, definition, deployment, task


@pytest.mark.parametrize(
    ("ran", "pauses_s"),
    [(True, [0, 1, 2, 4, 8, 16, 32, 60, 60]), (False, [1, 2, 4, 8, 16, 32, 60, 60, 60])],
    ids=["it had run", "it never ran"],
)
def test_each_failure_in_a_row_doubles_the_pause_up_to_the_longest(ran: bool, pauses_s: list[int]) -> None:
    assert [delay_s(step, ran=ran, longest_s=60) for step in range(1, 10)] == pauses_s


def test_tasks_that_were_started_together_fail_together() -> None:
    failed = replace(task("t", TaskStatus.STOPPED), created_at=NOW, started_at=None)
    once = after_failure(deployment(), failed, NOW + 1, 300)
    twice = after_failure(once, failed, NOW + 1.5, 300)
    assert (once.retry_at, twice.retry_at, twice.failed_tasks) == (NOW + 2, NOW + 2, 2)
    next_one = after_failure(twice, replace(failed, created_at=NOW + 2), NOW + 3, 300)
    assert next_one.retry_at == NOW + 5


def test_having_been_healthy_for_long_makes_a_failure_the_first_again() -> None:
    failing = replace(deployment(), backoff_step=7, backoff_at=NOW, retry_at=NOW + 64)
    well = replace(task("t"), created_at=NOW, started_at=NOW, healthy_since=NOW)
    assert after_failure(failing, well, NOW + FORGIVEN_AFTER_S, 300).backoff_step == 1
    assert after_failure(failing, well, NOW + FORGIVEN_AFTER_S - 1, 300).backoff_step == 8


def test_a_task_whose_checks_never_passed_waits_longer_each_time_and_one_that_served_begins_anew() -> None:
    probe = Probe(ProbeProtocol.TCP, "main", 80, interval_s=10, timeout_s=5, unhealthy_threshold=3)
    within_s = patience_s(definition(), probe, 20.0)
    assert (within_s, patience_s(definition(), None, 20.0)) == (65.0, 20.0)
    failing = replace(deployment(), backoff_step=3, backoff_at=NOW - 100, retry_at=NOW - 96)
    sick = replace(task("t"), created_at=NOW, started_at=NOW)
    never = after_failed_checks(failing, sick, NOW + within_s, 300, within_s)
    assert (never.failed_tasks, never.backoff_step, never.retry_at) == (1, 4, NOW + within_s + 4)
    served = after_failed_checks(failing, sick, NOW + within_s + FORGIVEN_AFTER_S, 300, within_s)
    assert (served.backoff_step, served.retry_at) == (1, NOW + within_s + FORGIVEN_AFTER_S)
