"""Stories about schedules: what is due, what was missed, what overlaps, what finds no place, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core.commands import Verdict
from core.fold.schedule_runs import attend
from core.model.schedule import Run, RunResult, Schedule
from core.model.settings import Settings
from core.model.task import StopCode, Task
from core.record import replace
from tests.core.stage import Stage

if TYPE_CHECKING:
    from core.fold.context import TurnContext
    from core.model.state import State

#: The stage begins 1,000 s after the epoch.
EVERY_MINUTE = "rate(1 minute)"
TARGET = {"taskDefinition": "web"}


def create(stage: Stage, expression: str = EVERY_MINUTE, name: str = "nightly", **more: Any) -> Schedule:
    given = {"name": name, "scheduleExpression": expression, "target": TARGET} | more
    stage.submit("CreateSchedule", given)
    return schedule(stage, name)


def schedule(stage: Stage, name: str = "nightly") -> Schedule:
    return stage.state.schedules[f"default/{name}"]


def runs(stage: Stage) -> list[tuple[float, RunResult]]:
    """The runs, the oldest first."""
    return [(run.scheduled_at, run.result) for run in reversed(schedule(stage).runs)]


def newest(stage: Stage) -> Run:
    return schedule(stage).runs[0]


def all_tasks(stage: Stage) -> list[Task]:
    """Every task there ever was, the oldest first."""
    return sorted(stage.tasks() + stage.tasks(stopped=True), key=lambda t: t.created_at)


def refused(stage: Stage, action: str, given: dict[str, Any]) -> str:
    command = stage.command(action, given)
    stage.rest(command)
    answer = stage.answers[command.id]
    assert answer.verdict is Verdict.REFUSED
    return f"{answer.code}: {answer.message}"


def sleep(stage: Stage, seconds: float) -> None:
    """No engine runs for so long; then a new one does."""
    stage.now += seconds
    stage.restart()
    stage.look()
    stage.pass_s(2.0)


# -- what is due ---------------------------------------------------------------------------------------------------------


def test_a_rate_runs_at_once_and_then_at_its_rate() -> None:
    stage = Stage("a")
    first = create(stage).next_at
    assert first is not None
    stage.pass_s(150.0)
    assert [at for at, _ in runs(stage)] == [first, first + 60, first + 120]
    assert [t.started_by for t in all_tasks(stage)] == ["schedule/nightly"] * 3
    assert {t.group for t in all_tasks(stage)} == {"family:web"}
    assert {t.schedule for t in all_tasks(stage)} == {"nightly"}


def test_what_is_run_is_what_run_task_takes() -> None:
    stage = Stage("a", "b")
    target = {
        "taskDefinition": "web",
        "count": 2,
        "group": "jobs",
        "overrides": {"containerOverrides": [{"name": "main", "environment": [{"name": "A", "value": "b"}]}]},
        "placementStrategy": [{"type": "spread", "field": "instanceId"}],
        "tags": [{"key": "team", "value": "ops"}],
    }
    create(stage, "at(1970-01-01T00:20:00)", target=target)
    stage.pass_s(205.0)
    tasks = all_tasks(stage)
    assert len({t.instance for t in tasks}) == len(tasks) == 2
    assert {t.group for t in tasks} == {"jobs"}
    assert '"A"' in tasks[0].request
    assert schedule(stage).over


def test_a_family_is_its_latest_revision_at_that_time_and_a_revision_stays() -> None:
    stage = Stage("a")
    create(stage, "cron(18,20 0 * * ? *)")
    create(stage, "cron(18,20 0 * * ? *)", "fixed", target={"taskDefinition": "web:1"})
    stage.pass_s(120.0)
    web = {"name": "main", "image": "demo/web:2", "memory": 64}
    stage.submit("RegisterTaskDefinition", {"family": "web", "containerDefinitions": [web]})
    stage.pass_s(120.0)
    by_name = {n: [t.definition for t in all_tasks(stage) if t.schedule == n] for n in ("nightly", "fixed")}
    assert by_name == {"nightly": ["web:1", "web:2"], "fixed": ["web:1", "web:1"]}


def test_exit_codes_become_results() -> None:
    stage = Stage("a")
    create(stage)
    stage.pass_s(5.0)
    assert newest(stage).running
    stage.exit("a", code=0)
    stage.pass_s(61.0)
    stage.exit("a", code=3)
    stage.pass_s(2.0)
    assert [result for _, result in runs(stage)] == [RunResult.SUCCEEDED, RunResult.FAILED]
    assert newest(stage).reason.endswith("main: exit code 3")
    assert any("failed: task" in said and "exit code 3" in said for said in stage.said)


def test_the_essential_container_that_ended_first_decides() -> None:
    stage = Stage("a")
    job = {"name": "job", "image": "demo/job:1", "memory": 64}
    helper = {"name": "helper", "image": "demo/helper:1", "memory": 64}
    stage.submit("RegisterTaskDefinition", {"family": "pair", "containerDefinitions": [job, helper]})
    create(stage, target={"taskDefinition": "pair"})
    stage.pass_s(5.0)
    stage.exit("a", "job", code=0)
    stage.pass_s(5.0)  # the helper is stopped with 143
    assert newest(stage).result is RunResult.SUCCEEDED


def test_what_an_operator_stops_is_stopped_and_no_failure() -> None:
    stage = Stage("a")
    create(stage)
    stage.pass_s(5.0)
    stage.submit("StopTask", {"task": stage.tasks()[0].id, "reason": "enough"})
    stage.pass_s(5.0)
    assert (newest(stage).result, newest(stage).reason) == (RunResult.STOPPED, "enough")


def test_results_stay_when_the_tasks_are_forgotten() -> None:
    stage = Stage("a", settings=Settings(stopped_retention_s=10.0, container_cleanup_s=1.0))
    create(stage, "at(1970-01-01T00:17:00)")
    stage.pass_s(30.0)
    stage.exit("a", code=0)
    stage.pass_s(200.0)
    assert not all_tasks(stage)
    assert newest(stage).result is RunResult.SUCCEEDED


def test_only_the_last_runs_are_remembered() -> None:
    stage = Stage("a")
    create(stage, overlap="SKIP")
    stage.pass_s(60.0 * 30)
    assert len(schedule(stage).runs) == 20
    assert len(all_tasks(stage)) == 1


# -- exactly once --------------------------------------------------------------------------------------------------------


def test_a_turn_that_could_not_be_written_runs_once_when_it_is_played_again() -> None:
    stage = Stage("a")
    due = create(stage, "at(1970-01-01T00:17:00)").next_at
    assert due is not None
    stage.pass_s(due - stage.now - 0.5, step_s=0.5)
    stage.now = due
    lost = stage.discard()
    assert [row for row in lost.changes.rows if isinstance(row, Task)]
    assert schedule(stage).next_at == due
    stage.pass_s(5.0)
    assert len(all_tasks(stage)) == 1


def test_an_engine_that_dies_right_after_the_commit_has_run_it() -> None:
    stage = Stage("a")
    due = create(stage, "at(1970-01-01T00:17:00)").next_at
    assert due is not None
    stage.pass_s(due - stage.now - 0.5, step_s=0.5)
    stage.now = due
    stage.turn()  # its actions never leave
    assert len(all_tasks(stage)) == 1
    sleep(stage, 30.0)
    assert len(all_tasks(stage)) == 1
    assert stage.hosts["a"].up == {all_tasks(stage)[0].id}


def test_a_clock_that_goes_back_brings_no_occasion_twice() -> None:
    stage = Stage("a")
    create(stage)
    stage.pass_s(130.0)
    before = runs(stage)
    stage.now -= 100.0
    stage.restart()
    stage.pass_s(90.0)
    stage.submit("UpdateSchedule", {"name": "nightly", "state": "DISABLED"})
    stage.submit("UpdateSchedule", {"name": "nightly", "state": "ENABLED"})
    stage.pass_s(5.0)
    assert runs(stage) == before
    stage.pass_s(60.0)
    assert len(runs(stage)) == len(before) + 1


def test_an_operator_s_word_ends_what_a_clock_far_ahead_had_seen_to() -> None:
    stage = Stage("a")
    create(stage)
    stage.pass_s(5.0)
    begins = stage.now
    sleep(stage, 400 * 86_400)
    stage.now = begins
    stage.restart()
    stage.submit("UpdateSchedule", {"name": "nightly", "scheduleExpression": "rate(2 minutes)"})
    following = schedule(stage).next_at
    assert following is not None
    assert following - stage.now <= 120.0


# -- what was missed -----------------------------------------------------------------------------------------------------


def test_of_what_was_missed_the_latest_is_run_once() -> None:
    stage = Stage("a")
    first = create(stage, "cron(0 * * * ? *)").next_at
    assert first == 3600.0
    sleep(stage, 3 * 3600.0)
    assert runs(stage) == [(3 * 3600.0, RunResult.RUNNING)]
    assert newest(stage).at > newest(stage).scheduled_at
    said = "(schedule nightly) missed its runs from 1970-01-01 01:00:00Z on: the engine did not run. It runs once, now."
    assert said in stage.said
    assert schedule(stage).next_at == 4 * 3600.0


def test_what_is_too_old_is_not_run() -> None:
    stage = Stage("a")
    create(stage, "cron(0 1 * * ? *)", maximumEventAgeInSeconds=600)
    sleep(stage, 2 * 3600.0)
    assert runs(stage) == [(3600.0, RunResult.MISSED)]
    assert newest(stage).reason == "the engine did not run, and the latest is older than 600 s"
    assert not all_tasks(stage)


def test_what_was_missed_is_skipped_where_that_is_asked() -> None:
    stage = Stage("a")
    create(stage, "cron(0 * * * ? *)", missedRuns="SKIP")
    sleep(stage, 3 * 3600.0)
    assert runs(stage) == [(3 * 3600.0, RunResult.MISSED)]
    stage.pass_s(3600.0, step_s=10.0)
    assert [result for _, result in runs(stage)] == [RunResult.MISSED, RunResult.RUNNING]


def test_an_occasion_of_this_minute_is_not_missed() -> None:
    stage = Stage("a")
    create(stage, missedRuns="SKIP")
    stage.pass_s(2.0)
    sleep(stage, 600.0)
    assert len(all_tasks(stage)) == 2
    assert any("missed its runs from" in said and "That one is run." in said for said in stage.said)


def test_years_of_every_minute_are_passed_over_at_once() -> None:
    stage = Stage("a")
    create(stage, "cron(* * * * ? *)")
    sleep(stage, 10 * 366 * 86_400.0)
    assert len(all_tasks(stage)) == 1


# -- overlaps ------------------------------------------------------------------------------------------------------------


def test_runs_may_overlap() -> None:
    stage = Stage("a")
    create(stage)
    stage.pass_s(130.0)
    assert len(stage.hosts["a"].up) == 3


def test_what_overlaps_is_skipped() -> None:
    stage = Stage("a")
    create(stage, overlap="SKIP")
    stage.pass_s(70.0)
    first = all_tasks(stage)[0].id
    assert [result for _, result in runs(stage)] == [RunResult.RUNNING, RunResult.SKIPPED]
    assert newest(stage).reason == f"task {first} of an earlier run had not stopped"
    stage.exit("a", code=0)
    stage.pass_s(60.0)
    assert newest(stage).result is RunResult.RUNNING


def test_what_ended_while_no_engine_ran_overlaps_nothing() -> None:
    """The rows still say that it runs: hosts are looked at before anything is due."""
    stage = Stage("a")
    create(stage, "cron(0 * * * ? *)", overlap="SKIP", startDate=3600)
    stage.pass_s(2700.0, step_s=10.0)
    assert newest(stage).running
    stage.exit("a", code=0)
    sleep(stage, 3600.0)
    assert [result for _, result in runs(stage)] == [RunResult.SUCCEEDED, RunResult.RUNNING]


def test_an_earlier_run_is_replaced() -> None:
    stage = Stage("a")
    create(stage, overlap="REPLACE")
    stage.pass_s(70.0)
    assert [result for _, result in runs(stage)] == [RunResult.STOPPED, RunResult.RUNNING]
    ended = stage.tasks(stopped=True)[0]
    assert ended.stop_code is StopCode.USER_INITIATED
    assert ended.stopped_reason.startswith(
        "Replaced by the run of schedule nightly that was due at 1970-01-01"
    )
    assert len(stage.hosts["a"].up) == 1


# -- places --------------------------------------------------------------------------------------------------------------


def test_tasks_wait_for_a_place_and_then_run() -> None:
    stage = Stage("a", memory_mib=64)
    stage.submit("RunTask", {"taskDefinition": "web"})
    create(stage, "at(1970-01-01T00:17:00)")
    stage.pass_s(60.0)
    run = newest(stage)
    assert run.running
    assert "can't be placed" in run.reason
    assert sum("waits for a place" in said for said in stage.said) == 1
    stage.exit("a", code=0)
    stage.pass_s(10.0)
    assert newest(stage).reason == ""
    assert stage.state.tasks[run.tasks[0]].instance


def test_tasks_wait_no_longer_than_the_event_s_maximum_age() -> None:
    stage = Stage("a", memory_mib=64)
    stage.submit("RunTask", {"taskDefinition": "web"})
    create(stage, "at(1970-01-01T00:17:00)", maximumEventAgeInSeconds=60)
    stage.pass_s(90.0)
    assert newest(stage).result is RunResult.FAILED
    assert "It waited 60 s for a place: can't be placed" in newest(stage).reason
    ended = stage.state.tasks[newest(stage).tasks[0]]
    assert (ended.stopped, ended.stop_code) == (True, StopCode.TASK_FAILED_TO_START)


def test_what_found_no_place_gives_way_to_the_next_run() -> None:
    """Else a host that is back after a night would start a night's runs at once."""
    stage = Stage("a", memory_mib=64)
    stage.submit("RunTask", {"taskDefinition": "web"})
    create(stage)
    stage.pass_s(130.0)
    assert [result for _, result in runs(stage)] == [RunResult.FAILED, RunResult.FAILED, RunResult.RUNNING]
    assert (
        "It found no place before the run of schedule nightly that was due at"
        in schedule(stage).runs[1].reason
    )
    stage.exit("a", code=0)
    stage.pass_s(5.0)
    assert stage.hosts["a"].up == set(newest(stage).tasks)


def test_what_no_place_was_sought_for_yet_gives_way_to_nothing() -> None:
    """A run by hand may come in the turn in which the schedule's own falls due."""
    stage = Stage("a")
    due = create(stage, "rate(1 hour)").next_at
    stage.pass_s(10.0)
    assert due is not None
    stage.now = due + 3600.0
    stage.submit("RunSchedule", {"name": "nightly"})
    stage.pass_s(5.0)
    assert {run.by_hand for run in schedule(stage).runs[:2]} == {True, False}
    assert [run.result for run in schedule(stage).runs[:2]] == [RunResult.RUNNING] * 2
    assert stage.hosts["a"].up >= {task for run in schedule(stage).runs[:2] for task in run.tasks}


def test_what_waits_for_a_place_goes_with_its_schedule() -> None:
    stage = Stage("a", memory_mib=64)
    stage.submit("RunTask", {"taskDefinition": "web"})
    create(stage)
    stage.pass_s(5.0)
    waiting = newest(stage).tasks[0]
    stage.submit("DeleteSchedule", {"name": "nightly"})
    assert stage.state.tasks[waiting].stopped_reason == "Schedule nightly was deleted before it found a place"


def test_what_can_not_be_run_is_a_failure_and_the_schedule_goes_on() -> None:
    stage = Stage("a")
    create(stage, target={"taskDefinition": "web:1"})
    stage.pass_s(2.0)
    stage.submit("DeregisterTaskDefinition", {"taskDefinition": "web:1"})
    assert any("was deregistered; schedules run it: nightly" in said for said in stage.said)
    stage.pass_s(60.0)
    assert newest(stage).result is RunResult.FAILED
    assert newest(stage).reason == "TaskDefinition is inactive"
    assert schedule(stage).next_at is not None


# -- operators -----------------------------------------------------------------------------------------------------------


def test_a_disabled_schedule_misses_nothing() -> None:
    stage = Stage("a")
    create(stage, state="DISABLED")
    assert schedule(stage).next_at is None
    stage.pass_s(200.0)
    stage.submit("UpdateSchedule", {"name": "nightly", "state": "ENABLED"})
    following = schedule(stage).next_at
    assert following is not None
    assert following > stage.now - 1.0
    stage.pass_s(61.0)
    assert len(all_tasks(stage)) == 1


def test_a_run_by_hand_obeys_neither_state_nor_overlap() -> None:
    stage = Stage("a")
    create(stage, state="DISABLED", overlap="SKIP")
    for _ in range(2):
        output = stage.submit("RunSchedule", {"name": "nightly"})
        assert len(output["tasks"]) == 1
        assert output["schedule"]["runs"][0]["byHand"] is True
    stage.pass_s(5.0)
    assert len(stage.hosts["a"].up) == 2
    assert "(schedule nightly) runs 1 task of web:1, as me asked." in stage.said


def test_an_update_changes_what_it_says_and_leaves_the_rest() -> None:
    stage = Stage("a")
    before = create(stage, "cron(0 3 * * ? *)", overlap="SKIP", description="backup")
    stage.submit("UpdateSchedule", {"name": "nightly", "scheduleExpression": "cron(0 4 * * ? *)"})
    after = schedule(stage)
    assert after.next_at == 4 * 3600.0
    assert after == replace(
        before,
        expression="cron(0 4 * * ? *)",
        next_at=after.next_at,
        planned_at=after.next_at,
        updated_at=after.updated_at,
    )
    stage.submit("UpdateSchedule", {"name": "nightly", "endDate": "1970-01-02T12:00:00+02:00"})
    assert schedule(stage).end_at == 34 * 3600.0
    stage.submit("UpdateSchedule", {"name": "nightly", "endDate": ""})
    assert schedule(stage).end_at is None


def test_a_deleted_schedule_runs_no_more_and_its_tasks_run_on() -> None:
    stage = Stage("a")
    create(stage)
    stage.pass_s(5.0)
    stage.submit("DeleteSchedule", {"name": "nightly"})
    assert "Schedule nightly was deleted; 1 task of it runs on." in stage.said
    stage.pass_s(120.0)
    assert len(all_tasks(stage)) == len(stage.hosts["a"].up) == 1
    assert not stage.state.schedules


def test_the_same_request_again_is_the_same_schedule_and_another_one_a_conflict() -> None:
    stage = Stage("a")
    create(stage, "cron(0 3 * * ? *)")
    before = schedule(stage)
    assert create(stage, "cron(0  3 * * ? *)") == before
    given = {"name": "nightly", "scheduleExpression": "cron(0 4 * * ? *)", "target": TARGET}
    assert refused(stage, "CreateSchedule", given) == "ConflictException: Schedule nightly already exists."


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"scheduleExpression": "cron(0 3 * * *)"}, "did you mean cron(0 3 * * ? *)?"),
        ({"scheduleExpressionTimezone": "Europe/Berlni"}, "did you mean Europe/Berlin?"),
        ({"scheduleExpression": "at(1970-01-01T00:00:00)"}, "at(1970-01-01T00:00:00) is over: it would never run."),
        (
            {"scheduleExpression": "at(2027-03-28T02:30:00)", "scheduleExpressionTimezone": "Europe/Berlin"},
            "names a time that daylight saving skips in Europe/Berlin.",
        ),
        ({"endDate": "1970-01-01T00:01:00Z"}, "endDate: has passed"),
        ({"startDate": 9000, "endDate": 8000}, "endDate: must be later than startDate."),
        ({"scheduleExpression": "cron(0 3 * * ? *)", "endDate": 7200}, "has no occasion before the endDate"),
        ({"startDate": "tomorrow"}, 'startDate: "tomorrow" is no date; it takes such as 2027-01-31T03:00:00Z.'),
        ({"target": {"taskDefinition": "wbe"}}, "did you mean web?"),
        ({"target": {"taskDefinition": "web", "cuont": 2}}, "target.cuont: unknown member; did you mean count?"),
        ({"target": {"taskDefinition": "web", "count": 11}}, "target.count: must be at most 10, not 11."),
        ({"target": {"taskDefinition": "web", "overrides": {"containerOverrides": [{"name": "x"}]}}}, "container named x"),
        ({"target": {"ecsParameters": {"taskCount": 1}}}, "target.ecsParameters can't be served"),
        ({"overlap": "FORBID"}, 'overlap: "FORBID" is not one of ALLOW, SKIP or REPLACE.'),
        ({"name": "a b"}, "up to 64 letters"),
        ({"cluster": "other"}, "Cluster not found."),
        ({"maximumEventAgeInSeconds": 5}, "must be at least 60, not 5."),
    ],
)  # fmt: skip
def test_what_could_not_run_is_refused(more: dict[str, Any], sentence: str) -> None:
    stage = Stage("a")
    given = {"name": "nightly", "scheduleExpression": EVERY_MINUTE, "target": TARGET} | more
    assert sentence in refused(stage, "CreateSchedule", given)
    assert not stage.state.schedules


def test_members_of_run_task_without_effect_are_warnings() -> None:
    stage = Stage("a")
    target = {"taskDefinition": "web", "launchType": "FARGATE"}
    given = {"name": "nightly", "scheduleExpression": EVERY_MINUTE, "target": target}
    output = stage.submit("CreateSchedule", given | {"flexibleTimeWindow": {"mode": "OFF"}})
    assert len(output["warnings"]) == 1
    assert output["warnings"][0].startswith("launchType has no effect")


def test_an_unknown_schedule_is_told_its_neighbour() -> None:
    stage = Stage("a")
    create(stage)
    told = refused(stage, "DeleteSchedule", {"name": "nihgtly"})
    assert (
        told
        == 'ResourceNotFoundException: Schedule not found. There is no schedule "nihgtly"; did you mean nightly?'
    )


def test_a_cluster_with_schedules_stays() -> None:
    stage = Stage("a")
    create(stage, state="DISABLED")
    stage.submit("CreateCluster", {"clusterName": "other"})
    create_in_other = {"cluster": "other", "name": "n", "scheduleExpression": EVERY_MINUTE, "target": TARGET}
    stage.submit("CreateSchedule", create_in_other | {"state": "DISABLED"})
    told = refused(stage, "DeleteCluster", {"cluster": "other"})
    assert told.endswith("The Cluster cannot be deleted while Schedules would start tasks in it.")


def test_a_turn_looks_at_no_schedule_that_nothing_happened_to(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage("a")
    for number in range(20):
        create(stage, "cron(0 3 * * ? *)", f"n{number}")
    looked: list[str] = []

    def attended(state: State, schedule: Schedule, turn: TurnContext) -> float | None:
        looked.append(schedule.name)
        return attend(state, schedule, turn)

    monkeypatch.setattr("core.engine.attend", attended)
    stage.pass_s(100.0)
    assert looked == []
    stage.submit("RunSchedule", {"name": "n7"})
    stage.pass_s(100.0)
    assert set(looked) == {"n7"}
