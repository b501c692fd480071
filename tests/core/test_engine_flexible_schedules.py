"""Stories about flexible time windows, and about schedules that delete themselves when they are over."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from core.model.schedule import RunResult
from core.model.task import StopCode
from tests.core.stage import Stage
from tests.core.test_engine_schedules import (
    TARGET,
    all_tasks,
    create,
    newest,
    refused,
    runs,
    schedule,
    sleep,
)

if TYPE_CHECKING:
    from core.model.schedule import Schedule

HOUR = 3600.0
HOURLY = "cron(0 * * * ? *)"


def within(minutes: int) -> dict[str, Any]:
    return {"mode": "FLEXIBLE", "maximumWindowInMinutes": minutes}


def flexible(stage: Stage, expression: str = HOURLY, minutes: int = 30, **more: Any) -> Schedule:
    return create(stage, expression, flexibleTimeWindow=within(minutes), **more)


def moment(stage: Stage) -> float:
    found = schedule(stage).planned_at
    assert found is not None
    return found


def update(stage: Stage, **given: Any) -> None:
    stage.submit("UpdateSchedule", {"name": "nightly", **given})


def in_the_window(stage: Stage) -> float:
    """Pass time until the next occasion waits in its window; its moment."""
    due, planned_at = schedule(stage).next_at, moment(stage)
    assert due is not None
    assert due + 60 < planned_at
    stage.pass_s(due + 10 - stage.now, step_s=10.0)
    return planned_at


# -- when it is run ------------------------------------------------------------------------------------------------------


def test_an_occasion_is_run_at_its_moment_and_is_not_late() -> None:
    stage = Stage("a")
    shown = flexible(stage, missedRuns="SKIP", maximumEventAgeInSeconds=60)
    planned_at = in_the_window(stage)
    assert schedule(stage) == shown, "an occasion that waits in its window is the next one still"
    stage.pass_s(planned_at - stage.now - 1.5, step_s=1.0)
    assert not all_tasks(stage)
    stage.pass_s(2.0)
    run = newest(stage)
    assert (run.scheduled_at, run.planned_at, run.result) == (HOUR, planned_at, RunResult.RUNNING)
    assert 0 <= run.late_s < 2
    assert schedule(stage).next_at == 2 * HOUR
    assert any("due at 1970-01-01 01:00:00Z in its flexible time window." in said for said in stage.said)


@pytest.mark.parametrize("expression", ["rate(1 minute)", "rate(5 minutes)", "cron(0/7 * * * ? *)"])
def test_a_window_longer_than_the_distance_of_occasions_loses_none_and_doubles_none(expression: str) -> None:
    stage = Stage("a")
    first = flexible(stage, expression, 1440, overlap="REPLACE").next_at
    assert first is not None
    stage.pass_s(1800.0, step_s=5.0)
    found = [run.scheduled_at for run in reversed(schedule(stage).runs)]
    distance = 60.0 if "1 " in expression else 300.0 if "5" in expression else 420.0
    assert len(found) >= 4
    assert [b - a for a, b in itertools.pairwise(found)] == [distance] * (len(found) - 1)
    assert len(all_tasks(stage)) >= len(found)


def test_a_restart_changes_no_moment() -> None:
    stage = Stage("a")
    flexible(stage)
    planned_at = in_the_window(stage)
    sleep(stage, 30.0)
    assert (moment(stage), all_tasks(stage)) == (planned_at, [])
    stage.pass_s(planned_at - stage.now + 1, step_s=10.0)
    assert newest(stage).planned_at == planned_at


def test_an_engine_that_is_away_for_less_than_the_window_misses_nothing() -> None:
    stage = Stage("a")
    flexible(stage, missedRuns="SKIP")
    planned_at = moment(stage)
    sleep(stage, planned_at + 30 - stage.now)
    assert runs(stage) == [(HOUR, RunResult.RUNNING)]
    assert not any("missed" in said for said in stage.said)


def test_late_is_counted_from_the_moment() -> None:
    stage = Stage("a")
    flexible(stage, maximumEventAgeInSeconds=600)
    planned_at = moment(stage)
    sleep(stage, planned_at + 500 - stage.now)
    assert runs(stage) == [(HOUR, RunResult.RUNNING)]
    assert 500 <= newest(stage).late_s < 510
    following = moment(stage)
    sleep(stage, following + 700 - stage.now)
    assert runs(stage)[-1] == (2 * HOUR, RunResult.MISSED)


def test_of_what_was_missed_the_latest_whose_moment_has_come_is_run_and_the_next_one_waits() -> None:
    stage = Stage("a")
    flexible(stage, minutes=60)
    moments = [3 * HOUR, 4 * HOUR]
    sleep(stage, 4 * HOUR + 1 - stage.now)
    if moment(stage) > 4 * HOUR + 60:  # the one at four waits in its window
        moments.pop()
    assert [at for at, _ in runs(stage)] == moments[-1:]
    assert schedule(stage).next_at == moments[-1] + HOUR


def test_what_overlaps_is_judged_at_the_moment() -> None:
    stage = Stage("a")
    flexible(stage, overlap="SKIP")
    stage.submit("RunSchedule", {"name": "nightly"})
    planned_at = in_the_window(stage)
    stage.exit("a", code=0)
    stage.pass_s(planned_at - stage.now + 2, step_s=10.0)
    assert [result for _, result in runs(stage)] == [RunResult.SUCCEEDED, RunResult.RUNNING]


def test_nothing_is_run_after_the_end_date() -> None:
    stage = Stage("a")
    flexible(stage, endDate=HOUR + 60)
    assert HOUR <= moment(stage) < HOUR + 60
    stage.pass_s(HOUR, step_s=10.0)
    assert len(all_tasks(stage)) == 1
    assert schedule(stage).over


# -- updates in the middle of a window -----------------------------------------------------------------------------------


def test_who_turns_the_window_off_while_an_occasion_waits_has_it_run_at_once() -> None:
    stage = Stage("a")
    flexible(stage, missedRuns="SKIP")
    in_the_window(stage)
    stage.pass_s(70.0, step_s=10.0)
    update(stage, flexibleTimeWindow={"mode": "OFF"})
    stage.pass_s(2.0)
    assert runs(stage) == [(HOUR, RunResult.RUNNING)]
    assert newest(stage).late_s < 2
    assert (schedule(stage).next_at, schedule(stage).planned_at) == (2 * HOUR, 2 * HOUR)


def test_a_window_that_is_turned_on_moves_the_next_occasion_and_runs_nothing() -> None:
    stage = Stage("a")
    create(stage, HOURLY)
    update(stage, flexibleTimeWindow=within(30))
    assert schedule(stage).next_at == HOUR
    planned_at = in_the_window(stage)
    assert not all_tasks(stage)
    update(stage, flexibleTimeWindow=within(60))
    assert schedule(stage).next_at == HOUR
    assert moment(stage) > planned_at
    assert not all_tasks(stage)


@pytest.mark.parametrize("change", [{"endDate": 9 * HOUR}, {"scheduleExpression": "cron(0 1-9 * * ? *)"}])
def test_an_occasion_that_waits_is_not_lost_by_a_change_that_leaves_it_one(change: dict[str, Any]) -> None:
    stage = Stage("a")
    flexible(stage)
    planned_at = in_the_window(stage)
    update(stage, **change)
    assert (schedule(stage).next_at, moment(stage)) == (HOUR, planned_at)
    stage.pass_s(planned_at - stage.now + 2, step_s=10.0)
    assert [at for at, _ in runs(stage)] == [HOUR]


def test_an_occasion_that_waits_goes_with_the_times_it_is_of() -> None:
    stage = Stage("a")
    flexible(stage)
    in_the_window(stage)
    update(stage, scheduleExpression="cron(15 * * * ? *)")
    assert schedule(stage).next_at == HOUR + 900
    update(stage, state="DISABLED")
    assert (schedule(stage).next_at, schedule(stage).planned_at) == (None, None)
    told = refused(stage, "UpdateSchedule", {"name": "nightly", "state": "ENABLED", "endDate": HOUR + 5})
    assert told == "ValidationException: endDate: has passed: it would never run."


def test_what_was_missed_is_no_less_late_for_an_update_that_comes_first() -> None:
    stage = Stage("a")
    flexible(stage, missedRuns="SKIP")
    stage.now = moment(stage) + 300
    stage.restart()
    command = stage.command("UpdateSchedule", {"name": "nightly", "flexibleTimeWindow": {"mode": "OFF"}})
    stage.turn(command)
    stage.look()
    stage.pass_s(2.0)
    assert runs(stage) == [(HOUR, RunResult.MISSED)]


@pytest.mark.parametrize(
    ("window", "sentence"),
    [
        ({"mode": "FLEXIBLE"}, "flexibleTimeWindow.maximumWindowInMinutes: is missing; with mode FLEXIBLE it is 1 to 1440."),
        ({"mode": "OFF", "maximumWindowInMinutes": 5}, "has no place beside mode OFF; did you mean mode FLEXIBLE?"),
        (within(1441), "flexibleTimeWindow.maximumWindowInMinutes: must be at most 1440, not 1441."),
        (within(0), "flexibleTimeWindow.maximumWindowInMinutes: must be at least 1, not 0."),
        ({"mode": "ON"}, 'flexibleTimeWindow.mode: "ON" is not one of OFF or FLEXIBLE.'),
        ({"maximumWindow": 5, "mode": "OFF"}, "did you mean maximumWindowInMinutes?"),
        ({}, "flexibleTimeWindow.mode: is missing."),
    ],
)  # fmt: skip
def test_what_is_no_window_is_refused(window: dict[str, Any], sentence: str) -> None:
    stage = Stage("a")
    given = {"name": "nightly", "scheduleExpression": HOURLY, "target": TARGET}
    assert sentence in refused(stage, "CreateSchedule", given | {"flexibleTimeWindow": window})


# -- when it is over -----------------------------------------------------------------------------------------------------


def once(stage: Stage, in_s: float = 20.0, **more: Any) -> None:
    expression = datetime.fromtimestamp(stage.now + in_s, UTC).strftime("at(%Y-%m-%dT%H:%M:%S)")
    create(stage, expression, actionAfterCompletion="DELETE", **more)


OVER = "(schedule nightly) is over and was deleted, as its actionAfterCompletion asks"


def test_a_one_time_schedule_deletes_itself_once_its_task_has_its_place_and_the_task_runs_on() -> None:
    stage = Stage("a")
    once(stage)
    stage.pass_s(60.0)
    assert not stage.state.schedules
    assert f"{OVER}; 1 task of it runs on." in stage.said
    stage.pass_s(60.0)
    assert len(all_tasks(stage)) == len(stage.hosts["a"].up) == 1


def test_one_with_a_window_goes_after_its_moment() -> None:
    stage = Stage("a")
    once(stage, flexibleTimeWindow=within(5))
    planned_at = moment(stage)
    stage.pass_s(planned_at - stage.now - 1)
    assert stage.state.schedules
    assert not all_tasks(stage)
    stage.pass_s(10.0)
    assert not stage.state.schedules
    assert len(all_tasks(stage)) == 1


def test_it_stays_while_its_task_waits_for_a_place_which_it_may_only_as_long_as_the_event_is_old() -> None:
    stage = Stage("a", memory_mib=64)
    stage.submit("RunTask", {"taskDefinition": "web"})
    once(stage, maximumEventAgeInSeconds=60)
    stage.pass_s(60.0)
    (waiting,) = newest(stage).tasks
    stage.pass_s(60.0)
    assert not stage.state.schedules
    assert stage.state.tasks[waiting].stop_code is StopCode.TASK_FAILED_TO_START


def test_one_that_was_missed_goes_too() -> None:
    stage = Stage("a")
    once(stage, missedRuns="SKIP")
    sleep(stage, 600.0)
    assert not stage.state.schedules
    assert not all_tasks(stage)
    assert any("missed its run of" in said for said in stage.said)


def test_a_recurring_one_goes_at_its_end_date_whether_it_is_looked_at_or_not() -> None:
    stage = Stage("a")
    begins = stage.now
    create(stage, "rate(1 minute)", actionAfterCompletion="DELETE", endDate=begins + 90)
    stage.pass_s(85.0)
    assert schedule(stage).over
    assert len(all_tasks(stage)) == 2
    stage.pass_s(10.0)
    assert not stage.state.schedules
    assert f"{OVER}; 2 tasks of it run on." in stage.said


def test_one_that_rests_or_has_no_end_or_is_to_stay_stays() -> None:
    stage = Stage("a")
    once(stage, state="DISABLED")
    create(stage, HOURLY, "hourly", actionAfterCompletion="DELETE")
    create(stage, "at(1970-01-01T00:18:00)", "kept")
    sleep(stage, 7200.0)
    assert set(stage.state.schedules) == {"default/nightly", "default/hourly", "default/kept"}
    stage.submit("UpdateSchedule", {"name": "kept", "actionAfterCompletion": "DELETE"})
    stage.pass_s(1.0)
    assert "default/kept" not in stage.state.schedules


def test_one_whose_time_zone_is_gone_is_stuck_and_not_over(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage("a")
    once(stage)
    name = "core.fold.schedule_runs.timing_of"
    from core.errors import Refused  # noqa: PLC0415

    def gone(_: Schedule) -> None:
        raise Refused("ValidationException", "there is no time zone")

    monkeypatch.setattr(name, gone)
    stage.pass_s(60.0)
    assert schedule(stage).over
    assert newest(stage).result is RunResult.FAILED


def test_it_is_deleted_once_wherever_the_engine_dies() -> None:
    stage = Stage("a")
    once(stage)
    stage.pass_s(19.0)
    stage.now += 1.0
    stage.discard()
    assert schedule(stage).next_at is not None
    stage.pass_s(5.0)
    sleep(stage, 30.0)
    assert not stage.state.schedules
    assert len(all_tasks(stage)) == 1
    assert sum(said.startswith(OVER) for said in stage.said) == 1


# -- what is wrong -------------------------------------------------------------------------------------------------------


def test_all_that_is_wrong_with_a_schedule_is_told_at_once() -> None:
    stage = Stage("a")
    given = {"name": "nightly", "scheduleExpression": "cron(0 3 * * *)", "target": {"taskDefinition": "wbe"}}
    given |= {"scheduleExpressionTimezone": "Europe/Berlni", "startDate": "soon", "endDate": "later"}
    told = refused(stage, "CreateSchedule", given)
    for part in (
        "cron(0 3 * * ? *)",
        "did you mean web?",
        "did you mean Europe/Berlin?",
        '"soon"',
        '"later"',
    ):
        assert told.count(part) == 1
    create(stage)
    change = {"name": "nightly", "target": {"taskDefinition": "wbe"}, "scheduleExpression": "rate(0 days)"}
    told = refused(stage, "UpdateSchedule", change)
    assert "did you mean web?" in told
    assert "rate(5 minutes)" in told
