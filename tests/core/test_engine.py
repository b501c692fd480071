"""Stories about the engine: what it does when hosts, disks, processes and operators behave as they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.actions import (
    Action,
    CreateContainer,
    MarkHost,
    PullImage,
    RemoveContainer,
    StartContainer,
    StopContainer,
    UnmarkHost,
)
from core.commands import Verdict
from core.lifecycle import TRANSITIONS
from core.model.instance import Connectivity, InstanceStatus
from core.model.names import container_name
from core.model.service import RolloutState
from core.model.settings import Settings
from core.model.task import DesiredStatus, StopCode, Task, TaskStatus
from core.record import replace
from core.reports import ActionProgress, Outcome, Result, SeenState
from core.scheduler.pace import Pace
from core.vitals import BEAT_EVERY_S
from tests.core.stage import WEB, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.engine import Input
    from core.model.state import Row, State


def rows(state: State) -> tuple[dict[str, Row], ...]:
    """All rows, to compare."""
    tables: list[Mapping[str, Row]] = [
        state.clusters,
        state.instances,
        state.services,
        state.deployments,
        state.tasks,
    ]
    return tuple(dict(table) for table in tables)


def hanging(
    stage: Stage, name: str, *kinds: type[Action], timed_out: bool = True
) -> Callable[[Action], Outcome | None]:
    """Actions of these kinds run into their deadline, or end without a reply."""

    def refuse(action: Action) -> Outcome | None:
        if isinstance(action, kinds):
            return Outcome(stage.instance(name).id, action, Result.UNKNOWN, stage.now, timed_out=timed_out)
        return None

    return refuse


# -- a turn's end -------------------------------------------------------------------------------------------------------


def test_nothing_leaves_before_it_is_on_disk() -> None:
    stage = Stage("a")
    command = stage.command("RunTask", {"taskDefinition": "web"})
    turn = stage.engine.turn([command], stage.now)
    assert [type(action) for _, action in turn.actions] == [PullImage]
    assert not stage.engine.view(stage.instance("a").id).in_flight
    stage.engine.keep()
    assert len(stage.engine.view(stage.instance("a").id).in_flight) == 1


def test_a_turn_that_cant_be_written_leaves_no_trace_and_its_inputs_come_again() -> None:
    stage = Stage("a", "b")
    stage.serve(2)
    before = rows(stage.state)
    container = next(iter(stage.hosts["a"].containers))
    dead = replace(stage.hosts["a"].containers[container], state=SeenState.EXITED, exit_code=1)
    stage.hosts["a"].containers[container] = dead
    inputs = (stage.command("UpdateService", {"service": "web", "desiredCount": 3}), stage.report("a"))
    for _ in range(2):
        turn = stage.discard(*inputs)
        assert turn.actions or turn.changes.rows
        assert rows(stage.state) == before
    stage.rest(*inputs)
    stage.pass_s(10.0)
    assert len(stage.wanted()) == 3
    assert sum("stopped: Essential container" in text for text in stage.said) == 1


def test_a_loss_seen_in_a_turn_that_cant_be_written_is_not_forgotten() -> None:
    stage = Stage("a", "b")
    stage.serve(2)
    (old,) = stage.tasks("a")
    stage.hosts["a"].containers.clear()
    stage.discard(stage.report("a"))
    stage.rest(stage.report("a"))
    assert stage.state.tasks[old.id].stopped


def test_a_loss_seen_in_a_turn_that_cant_be_written_waits_for_a_look_that_judges_it() -> None:
    """What comes again may be older than what was seen meanwhile: it judges nothing, and must not end the news."""
    stage = Stage("a", "b")
    stage.serve(2)
    (old,) = stage.tasks("a")
    older = stage.report("a")
    stage.now += 0.1
    stage.hosts["a"].containers.clear()
    stage.discard(stage.report("a"))
    stage.turn(older)
    assert not stage.state.tasks[old.id].stopped
    stage.look("a")
    assert stage.state.tasks[old.id].stopped


@pytest.mark.parametrize("turns", range(1, 8))
def test_a_process_killed_after_any_turn_is_continued_by_the_next(turns: int) -> None:
    stage = Stage("a", "b")
    command = stage.command(
        "CreateService", {"serviceName": "web", "taskDefinition": "web", "desiredCount": 2}
    )
    actions = stage.turn(command)
    for _ in range(turns):
        actions = stage.turn(*(stage.perform(*action) for action in actions))
    stage.restart()  # what was just planned never leaves
    stage.pass_s(15.0)
    assert stage.service().steady
    names = [
        action.name
        for host in stage.hosts.values()
        for action in host.done
        if isinstance(action, CreateContainer)
    ]
    assert len({task.id for task in stage.wanted()}) == 2
    assert set(names) == {name for host in stage.hosts.values() for name in host.containers}


def test_after_a_restart_nothing_is_done_to_a_host_before_it_was_observed() -> None:
    stage = Stage("a", "b")
    stage.serve(2)
    stage.restart()
    stage.now += 1.0
    assert stage.turn(stage.command("UpdateService", {"service": "web", "desiredCount": 4})) == ()
    assert stage.turn(stage.report("a")) == ()
    assert "first look at b" in stage.engine.settling
    stage.look("b")
    assert len(stage.wanted()) == 4


# -- time ---------------------------------------------------------------------------------------------------------------


def test_a_gap_in_our_own_turns_is_charged_to_no_host() -> None:
    stage = Stage("a", "b")
    stage.serve(2)
    stage.now += 3600.0
    stage.turn()
    assert {i.connectivity for i in stage.state.instances.values()} == {Connectivity.CONNECTED}
    assert stage.engine.settling
    stage.now += 1.0
    stage.hosts["b"].silent = True
    stage.pass_s(13.0)
    assert stage.instance("b").connectivity is Connectivity.CONNECTED
    stage.pass_s(3.0)
    assert stage.instance("b").connectivity is Connectivity.DISCONNECTED


def test_silence_is_not_inherited_from_the_process_before() -> None:
    stage = Stage("a", "b", "c")
    stage.serve(3)
    stage.hosts["a"].silent = True
    stage.pass_s(25.0)
    stage.restart()
    stage.pass_s(29.0)
    assert stage.instance("a").connectivity is Connectivity.DISCONNECTED
    stage.pass_s(3.0)
    assert stage.instance("a").lost


def test_when_most_hosts_fall_silent_at_once_none_is_given_up_until_an_operator_says_so() -> None:
    stage = Stage("a", "b", "c")
    stage.serve(3)
    stage.hosts["a"].silent = stage.hosts["b"].silent = True
    stage.pass_s(120.0)
    assert stage.engine.isolated
    assert not any(i.lost for i in stage.state.instances.values())
    stage.submit("DeclareContainerInstanceLost", {"containerInstance": "a"})
    stage.pass_s(20.0)
    assert stage.instance("a").lost
    assert not stage.instance("b").lost
    assert [t.superseded_by != "" for t in stage.tasks("a")] == [True]


# -- loss and return ----------------------------------------------------------------------------------------------------


def test_the_engine_is_isolated_as_soon_as_most_of_those_that_speak_are_silent() -> None:
    stage = Stage("a", "b", "c", "d")
    stage.serve(4)
    stage.hosts["a"].silent = True
    stage.pass_s(10.0)
    stage.hosts["b"].silent = True
    stage.pass_s(16.0)
    assert not stage.engine.isolated, "two of four"
    stage.hosts["c"].marker = ""
    stage.pass_s(1.0)
    assert stage.instance("c").connectivity is Connectivity.QUARANTINED
    assert stage.engine.isolated.startswith("2 of 3"), "what a stranger says is no word for our network"
    stage.hosts["b"].silent = False
    stage.pass_s(20.0)
    assert not stage.engine.isolated
    assert not stage.instance("a").lost, "its silence counts towards a loss from the end of ours"


def test_a_host_that_was_coming_back_is_not_lost_by_itself_while_the_engine_is_cut_off() -> None:
    stage = Stage("a", "b", "c")
    stage.serve(3)
    a = stage.hosts["a"]
    (copy,) = stage.tasks(on="a")
    a.silent = True
    stage.pass_s(45.0)
    assert stage.instance("a").lost
    a.refuse = hanging(stage, "a", StopContainer, timed_out=False)
    a.silent = False
    stage.pass_s(2.0)
    assert stage.instance("a").connectivity is Connectivity.RETURNING
    for host in stage.hosts.values():
        host.silent = True
    stage.said.clear()
    stage.pass_s(60.0)
    assert stage.engine.isolated
    assert {i.connectivity for i in stage.state.instances.values()} == {Connectivity.DISCONNECTED}
    assert not [said for said in stage.said if "is lost" in said]
    for host in stage.hosts.values():
        host.silent = False
    stage.pass_s(2.0)
    assert stage.instance("a").connectivity is Connectivity.RETURNING, "its old copy still runs there"
    a.refuse = lambda _: None
    stage.pass_s(5.0)
    assert stage.instance("a").connectivity is Connectivity.CONNECTED
    assert copy.id not in a.up


def test_a_lost_hosts_tasks_are_replaced_and_the_service_is_steady_without_it() -> None:
    stage = Stage("a", "b", "c")
    stage.serve(3)
    stage.hosts["a"].silent = True
    stage.pass_s(60.0)
    (left,) = stage.tasks("a")
    assert (left.desired_status, left.last_status) == (DesiredStatus.STOPPED, TaskStatus.STOPPING)
    assert left.stop_code is StopCode.INFRASTRUCTURE_HEALTH
    service = stage.service()
    assert (service.steady, service.why) == (True, "1 to stop on lost hosts")
    assert stage.said[-1] == "(service web) has reached a steady state."


def test_a_deployment_is_completed_though_a_lost_host_still_holds_an_old_task() -> None:
    stage = Stage("a", "b", "c")
    stage.serve(3)
    stage.hosts["a"].silent = True
    stage.pass_s(60.0)
    stage.submit("UpdateService", {"service": "web", "forceNewDeployment": True})
    stage.pass_s(30.0)
    newest = stage.state.deployments_of("default/web")[0]
    assert newest.rollout_state is RolloutState.COMPLETED


def test_a_returned_host_takes_new_work_only_when_what_was_replaced_is_seen_gone() -> None:
    stage = Stage("a", "b", "c")
    stage.serve(3)
    (old,) = stage.tasks("a")
    stage.hosts["a"].silent = True
    stage.pass_s(60.0)
    stage.hosts["a"].silent = False
    stage.hosts["a"].done.clear()
    stage.now += 1.0
    actions = stage.turn(stage.report("a"))
    assert stage.instance("a").connectivity is Connectivity.RETURNING
    assert [(type(action), action.task) for _, action in actions if isinstance(action, StopContainer)] == [
        (StopContainer, old.id)
    ]
    command = stage.command("UpdateService", {"service": "web", "desiredCount": 12})
    assert all(instance != stage.instance("a").id for instance, _ in stage.turn(command))
    assert not stage.wanted("a")
    stage.rest(*(stage.perform(*action) for action in actions))
    stage.pass_s(5.0)
    assert stage.instance("a").connectivity is Connectivity.CONNECTED
    assert stage.state.tasks[old.id].stopped
    assert old.id not in stage.hosts["a"].up


def test_a_host_that_is_back_before_its_replacement_is_healthy_keeps_its_task() -> None:
    stage = Stage("a", "b", "c")
    stage.serve(3)
    (old,) = stage.tasks("a")
    for name in "bc":
        stage.hosts[name].refuse = hanging(stage, name, PullImage, timed_out=False)
        stage.engine.view(stage.instance(name).id).pulled.clear()
    stage.hosts["a"].silent = True
    stage.pass_s(40.0)
    (stand_in,) = [t for t in stage.wanted() if t.last_status is TaskStatus.PENDING]
    assert stage.state.tasks[old.id].superseded_by == stand_in.id
    stage.hosts["a"].silent = False
    stage.pass_s(10.0)
    assert stage.state.tasks[old.id].wanted
    assert not stage.state.tasks[old.id].superseded_by
    assert stage.state.tasks[stand_in.id].stopped
    assert stage.service().steady


def test_replace_ask_waits_for_a_yes_and_a_yes_is_for_one_loss() -> None:
    stage = Stage("a", "b", "c")
    stage.serve(3, replace="ask")
    stage.hosts["a"].silent = True
    stage.pass_s(300.0)
    assert len(stage.tasks()) == 3
    assert stage.service().replace_asked == (stage.instance("a").id,)
    assert sum("asks before it replaces" in text for text in stage.said) == 1
    stage.submit("ConfirmReplacement", {"service": "web", "containerInstance": "a"})
    stage.pass_s(10.0)
    assert len(stage.wanted()) == 3
    stage.hosts["a"].silent = False
    stage.pass_s(10.0)
    assert stage.service().replace_confirmed == ()


def test_replace_no_keeps_the_only_copy() -> None:
    stage = Stage("a", "b", "c")
    stage.serve(3, replace="no")
    stage.hosts["a"].silent = True
    stage.pass_s(300.0)
    assert len(stage.tasks()) == 3
    stage.hosts["a"].silent = False
    stage.pass_s(10.0)
    assert stage.service().steady
    assert not stage.tasks(stopped=True)


# -- identity -----------------------------------------------------------------------------------------------------------


def test_another_docker_at_the_address_is_left_alone_until_it_is_accepted() -> None:
    stage = Stage("a", "b")
    stage.serve(2)
    (old,) = stage.tasks("a")
    stranger = stage.hosts["a"]
    stranger.marker, stranger.containers = "", {}
    stranger.done.clear()
    stage.pass_s(5.0)
    assert stage.instance("a").connectivity is Connectivity.QUARANTINED
    assert "dockyard capacity accept a" in stage.instance("a").problem
    stage.pass_s(60.0)
    assert stage.instance("a").lost
    assert not stage.state.tasks[old.id].stopped
    assert stranger.done == []
    stage.submit("AcceptContainerInstance", {"containerInstance": "a"})
    stage.pass_s(10.0)
    assert stage.instance("a").connectivity is Connectivity.CONNECTED
    assert stage.state.tasks[old.id].stopped
    assert isinstance(stranger.done[0], MarkHost)


def names(stage: Stage) -> list[str]:
    return sorted(instance.name for instance in stage.state.instances.values())


def test_a_host_that_the_config_no_longer_names_is_left_as_it_was_found() -> None:
    stage = Stage("a", "b")
    stage.serve(2)
    stage.declare("a")
    stage.pass_s(60.0)
    assert (stage.hosts["b"].containers, stage.hosts["b"].marker) == ({}, "")
    assert names(stage) == ["a"]
    assert len(stage.wanted("a")) == 2


def test_what_stopped_on_a_host_is_removed_before_it_goes() -> None:
    stage = Stage("a", "b")
    stage.serve(2)
    stage.submit("UpdateService", {"service": "web", "desiredCount": 0})
    stage.pass_s(60.0)
    assert stage.hosts["b"].containers, "what stopped is kept for a while"
    stage.declare("a")
    stage.pass_s(5.0)
    assert (stage.hosts["b"].containers, stage.hosts["b"].marker) == ({}, "")
    assert names(stage) == ["a"]
    stage.declare("a", "b")
    stage.pass_s(5.0)
    assert stage.hosts["b"].marker == stage.instance("b").id


def test_a_host_that_does_not_answer_or_refuses_goes_with_what_is_ours_on_it() -> None:
    for silent in (True, False):
        stage = Stage("a", "b")
        stage.serve(2)
        stage.submit("UpdateService", {"service": "web", "desiredCount": 0})
        stage.pass_s(60.0)
        host = stage.hosts["b"]
        host.silent = silent
        host.refuse = lambda action, stage=stage: Outcome(  # type: ignore[misc]
            stage.instance("b").id, action, Result.FAILED, stage.now, error="device or resource busy"
        )
        stage.declare("a")
        stage.pass_s(20.0)
        assert names(stage) == ["a"]
        left = (
            "it does not answer, and when it last did it had 1 container of ours"
            if silent
            else "left there: 1 container of ours"
        )
        assert f"Container instance b is empty and was removed; {left}." in stage.said


@pytest.mark.parametrize(
    ("silent_s", "left"),
    [
        (0.0, "is empty and was removed; it does not answer, and what of ours is left there is not known."),
        (
            20.0,
            "is no longer in the config and was removed; containers of ours that have stopped, and its marker, may be left there.",
        ),
    ],
)
def test_of_a_host_that_goes_unseen_nothing_is_said_that_is_not_known(silent_s: float, left: str) -> None:
    stage = Stage("a", "b")
    stage.serve(2)
    stage.submit("UpdateService", {"service": "web", "desiredCount": 0})
    stage.pass_s(60.0)
    stage.hosts["b"].silent = True
    stage.restart()
    stage.pass_s(silent_s)
    stage.declare("a")
    stage.pass_s(20.0)
    assert names(stage) == ["a"]
    assert f"Container instance b {left}" in stage.said


def test_a_marker_that_went_without_a_reply_makes_no_stranger_of_its_host() -> None:
    stage = Stage("a", "b")
    host = stage.hosts["b"]

    def lose_the_reply(action: Action) -> Outcome | None:
        if not isinstance(action, UnmarkHost):
            return None
        host.marker = ""
        return Outcome(action.instance, action, Result.UNKNOWN, stage.now, error="the link broke")

    host.refuse = lose_the_reply
    stage.declare("a")
    stage.pass_s(20.0)
    assert (names(stage), host.marker) == (["a"], "")
    assert not [text for text in stage.said if "another Docker" in text]


def test_a_host_that_is_named_again_before_it_went_stays() -> None:
    stage = Stage("a", "b")
    stage.serve(2)
    before = stage.instance("b").id
    stage.declare("a")
    stage.declare("a", "b")
    stage.pass_s(30.0)
    assert (stage.instance("b").id, stage.hosts["b"].marker) == (before, before)
    assert stage.instance("b").connectivity is Connectivity.CONNECTED


def test_a_host_registered_anew_takes_work_when_what_it_ran_before_is_gone() -> None:
    stage = Stage("a", memory_mib=200)
    stage.serve(3)
    stage.hosts["a"].silent = True
    stage.pass_s(20.0)
    stage.submit("DeregisterContainerInstance", {"containerInstance": "a", "force": True})
    stage.hosts["a"].silent = False
    stage.declare("a")
    busy: list[int] = []
    slow_until = stage.now + 5.0

    def watch(action: Action) -> Outcome | None:
        if isinstance(action, StopContainer) and stage.now < slow_until:
            return Outcome(stage.instance("a").id, action, Result.UNKNOWN, stage.now)
        if isinstance(action, CreateContainer | StartContainer):
            ours = {t.id for t in stage.wanted()}
            busy.append(len(stage.hosts["a"].up - ours))
        return None

    stage.hosts["a"].refuse = watch
    stage.pass_s(20.0)
    assert busy == [0] * 6
    assert stage.hosts["a"].up == {t.id for t in stage.wanted()}


# -- work on hosts ------------------------------------------------------------------------------------------------------


def test_a_lost_reply_is_looked_into_before_anything_is_repeated() -> None:
    stage = Stage("a")
    (running,) = stage.submit("RunTask", {"taskDefinition": "web"})["tasks"]
    stage.pass_s(2.0)
    stage.submit("StopTask", {"task": running["taskArn"].rpartition("/")[2]})
    command = stage.command("RunTask", {"taskDefinition": "web"})
    actions = stage.turn(command)
    (pull,) = actions
    ((_, create),) = stage.turn(stage.perform(*pull))
    assert isinstance(create, CreateContainer)
    done = stage.perform(pull[0], create)
    lost = replace(done, result=Result.UNKNOWN, seen=None, looked=False)
    stage.now += 1.0
    assert stage.turn(lost) == ()
    assert stage.turn(stage.report("a", began_at=stage.now - 2.0)) == ()
    stage.now += 1.0
    ((_, start),) = [a for a in stage.turn(stage.report("a")) if isinstance(a[1], StartContainer)]
    assert start.target == create.name


@pytest.mark.parametrize("result", [Result.DONE, Result.FAILED])
def test_a_task_tells_how_long_its_images_took(result: Result) -> None:
    stage = Stage("a")
    began_at = stage.now
    (pull,) = stage.turn(stage.command("RunTask", {"taskDefinition": "web"}))
    (task,) = stage.tasks()
    assert (task.pull_started_at, task.pull_stopped_at) == (began_at, None)
    stage.now += 7.0
    stage.look()
    stage.turn(replace(stage.perform(*pull), result=result, error_name="CannotPullContainerError"))
    task = stage.state.tasks[task.id]
    assert (task.pull_started_at, task.pull_stopped_at) == (began_at, stage.now)
    assert task.wanted is (result is Result.DONE)


def test_a_task_says_what_is_done_for_it_before_what_its_containers_wait_for() -> None:
    stage = Stage("a")
    side = {"name": "side", "image": "demo/side:1", "memory": 64, "healthCheck": {"command": ["CMD", "true"]}}
    awaits = [{"containerName": "side", "condition": "HEALTHY"}]
    main = {"name": "main", "image": "demo/web:1", "memory": 64, "dependsOn": awaits}
    stage.submit("RegisterTaskDefinition", {"family": "pair", "containerDefinitions": [main, side]})
    actions = stage.turn(stage.command("RunTask", {"taskDefinition": "pair"}))
    (task,) = stage.tasks()
    assert stage.state.tasks[task.id].why == "pulling demo/side:1"
    stage.rest(*(stage.perform(*action) for action in actions))
    assert stage.state.tasks[task.id].why == "main waits for side to be healthy"


def test_a_slow_list_doesnt_contradict_a_fresh_outcome() -> None:
    stage = Stage("a")
    slow = stage.report("a")
    stage.now += 1.0
    stage.submit("RunTask", {"taskDefinition": "web"})
    assert [t.last_status for t in stage.tasks()] == [TaskStatus.RUNNING]
    stage.rest(slow)
    assert [t.last_status for t in stage.tasks()] == [TaskStatus.RUNNING]


def test_a_host_that_hangs_holds_up_no_other_though_little_may_be_under_way() -> None:
    stage = Stage("a", "b", "c", pace=Pace(most=1))
    hung: list[Action] = []
    actions = stage.turn(
        stage.command("CreateService", {"serviceName": "web", "taskDefinition": "web", "desiredCount": 3})
    )
    for _ in range(200):
        if len(stage.hosts["b"].up) == len(stage.hosts["c"].up) == 1:
            break
        outcomes = []
        for instance, action in actions:
            if stage.state.instances[instance].name == "a":
                hung.append(action)
            else:
                outcomes.append(stage.perform(instance, action))
        stage.now = max(stage.now + 0.1, stage.wrote.wake_at if not outcomes else 0.0)
        actions = stage.turn(*outcomes)
        assert len({instance for instance, _ in actions}) <= 1
        assert all(task.why for task in stage.tasks() if task.last_status is TaskStatus.PENDING)
    assert [type(action) for action in hung] == [PullImage]
    assert (len(stage.hosts["b"].up), len(stage.hosts["c"].up)) == (1, 1)


def test_many_busy_hosts_all_begin_at_once() -> None:
    names = [f"h{number}" for number in range(20)]
    stage = Stage(*names, pace=Pace(most=100))
    given = {"serviceName": "web", "taskDefinition": "web", "desiredCount": 400}
    actions = stage.turn(stage.command("CreateService", given))
    created = stage.turn(*(stage.perform(*action) for action in actions))
    assert {instance for instance, _ in created} == {stage.instance(name).id for name in names}
    assert len(created) == 400, "what a host can't run yet waits in its own lanes"


def test_a_host_that_goes_is_rid_of_all_that_can_be_taken_away_though_one_thing_is_refused() -> None:
    stage = Stage("a", "b")
    stage.serve(6)
    stage.submit("UpdateService", {"service": "web", "desiredCount": 0})
    stage.pass_s(60.0)
    host = stage.hosts["b"]
    stuck, *others = sorted(host.containers)
    assert others

    def refuse(action: Action) -> Outcome | None:
        if action.target != stuck:
            return None
        return Outcome(
            stage.instance("b").id, action, Result.FAILED, stage.now, error="device or resource busy"
        )

    host.refuse = refuse
    stage.declare("a")
    stage.pass_s(20.0)
    assert names(stage) == ["a"]
    assert sorted(host.containers) == [stuck]
    assert "Container instance b is empty and was removed; left there: 1 container of ours." in stage.said


def test_an_impaired_host_is_impaired_for_the_next_engine_too() -> None:
    stage = Stage("a", "b")
    stage.hosts["a"].refuse = hanging(stage, "a", CreateContainer)
    stage.submit("CreateService", {"serviceName": "web", "taskDefinition": "web", "desiredCount": 6})
    stage.pass_s(10.0)
    assert stage.instance("a").impaired
    stage.restart()
    stage.said.clear()
    stage.pass_s(5.0)
    assert stage.instance("a").impaired
    assert not [said for said in stage.said if "acts again" in said]


def test_bounds_that_leave_nowhere_to_go_are_told_in_ecs_s_words() -> None:
    stage = Stage("a")
    stage.serve(2, deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 100})
    stage.submit("RegisterTaskDefinition", WEB)
    stage.submit("UpdateService", {"service": "web", "taskDefinition": "web"})
    stage.pass_s(5.0)
    (said,) = [said for said in stage.said if "unable to stop or start tasks" in said]
    assert said.startswith(
        "(service web) was unable to stop or start tasks during a deployment because of the service"
    )


def test_what_a_service_can_be_rolled_back_to_outlives_a_dozen_deployments() -> None:
    stage = Stage("a")
    stage.serve(1)
    stage.submit("RegisterTaskDefinition", WEB)
    stage.submit("UpdateService", {"service": "web", "taskDefinition": "web"})
    for _ in range(14):
        stage.pass_s(20.0)
        stage.submit("UpdateService", {"service": "web", "forceNewDeployment": True})
    stage.submit("RollbackService", {"service": "web"})
    assert stage.service().definition == "web:1"


def test_progress_that_its_outcome_overtook_is_none_of_the_next_pull_s() -> None:
    stage = Stage("a")
    ((instance, pull),) = stage.turn(stage.command("RunTask", {"taskDefinition": "web"}))
    stage.turn(ActionProgress(instance, pull, "60/120 MiB"))
    (task,) = stage.tasks()
    assert task.why == "pulling demo/web:1 60/120 MiB"
    stage.turn(stage.perform(instance, pull), ActionProgress(instance, pull, "120/120 MiB"))
    assert stage.engine.view(instance).progress == {}


def test_an_outcome_that_waited_its_turn_doesnt_contradict_a_later_look() -> None:
    stage = Stage("a")
    ((instance, pull),) = stage.turn(stage.command("RunTask", {"taskDefinition": "web"}))
    (create,) = stage.turn(stage.perform(instance, pull))
    created = stage.perform(*create)
    (start,) = stage.turn(created)
    started = stage.perform(*start)
    (task,) = stage.tasks()
    host = stage.hosts["a"]
    host.containers[start[1].target] = replace(
        host.containers[start[1].target], state=SeenState.EXITED, exit_code=3
    )
    stage.now += 1.0
    stage.turn(stage.report("a"))
    stage.rest(started)
    ended = stage.state.tasks[task.id]
    assert (ended.last_status, ended.containers[0].exit_code) == (TaskStatus.STOPPED, 3)


def test_a_task_waits_for_no_host_whose_actions_time_out() -> None:
    stage = Stage("a", "b")
    stage.hosts["a"].refuse = hanging(stage, "a", CreateContainer)
    stage.submit("CreateService", {"serviceName": "web", "taskDefinition": "web", "desiredCount": 4})
    stage.pass_s(60.0)
    assert stage.instance("a").impaired
    assert stage.service().steady
    assert len(stage.wanted("b")) == 4


def test_actions_that_time_out_at_one_moment_are_several() -> None:
    stage = Stage("a")
    stage.hosts["a"].refuse = hanging(stage, "a", CreateContainer)
    moments: list[float] = []
    perform = stage.perform

    def noted(instance: str, action: Action) -> Outcome:
        outcome = perform(instance, action)
        if outcome.timed_out:
            moments.append(outcome.finished_at)
        return outcome

    stage.perform = noted  # type: ignore[method-assign]
    stage.submit("RunTask", {"taskDefinition": "web", "count": 3})
    assert len(moments) == 3
    assert len(set(moments)) == 1
    assert stage.instance("a").impaired


def test_an_impaired_host_with_nothing_to_do_is_given_another_try() -> None:
    stage = Stage("a", "b")
    stage.hosts["a"].refuse = hanging(stage, "a", CreateContainer)
    stage.submit("CreateService", {"serviceName": "web", "taskDefinition": "web", "desiredCount": 4})
    stage.pass_s(60.0)
    stage.hosts["a"].refuse = lambda _: None
    stage.pass_s(60.0)
    assert not stage.instance("a").impaired
    assert "Container instance a acts again." in stage.said
    stage.submit("UpdateService", {"service": "web", "desiredCount": 8})
    assert len(stage.wanted("a")) == 4


def test_on_the_only_host_a_task_waits_until_the_host_acts_again() -> None:
    stage = Stage("a")
    stage.hosts["a"].refuse = hanging(stage, "a", CreateContainer)
    stage.submit("CreateService", {"serviceName": "web", "taskDefinition": "web", "desiredCount": 1})
    stage.pass_s(300.0)
    assert len(stage.tasks()) == 2
    (waiting,) = [t for t in stage.tasks() if not t.instance]
    assert waiting.why == "can't be placed: 1 instance is IMPAIRED (actions time out)"
    stage.hosts["a"].refuse = lambda _: None
    stage.pass_s(10.0)
    assert stage.service().steady
    assert len(stage.tasks(stopped=True)) == 1


def test_a_refused_stop_is_told_once_and_tried_again_ever_more_rarely() -> None:
    stage = Stage("a")
    stage.serve(1)
    refusals: list[float] = []

    def refuse(action: Action) -> Outcome | None:
        if not isinstance(action, StopContainer):
            return None
        refusals.append(stage.now)
        return Outcome(stage.instance("a").id, action, Result.FAILED, stage.now, error="it is stuck")

    stage.hosts["a"].refuse = refuse
    stage.submit("UpdateService", {"service": "web", "desiredCount": 0})
    stage.pass_s(600.0)
    assert sum("it is stuck" in text for text in stage.said) == 1
    assert 5 < len(refusals) < 20
    stage.hosts["a"].refuse = lambda _: None
    stage.pass_s(300.0)
    assert stage.service().steady
    assert stage.hosts["a"].up == set()


def test_a_container_that_vanished_is_noticed_and_replaced() -> None:
    stage = Stage("a", "b")
    stage.serve(2)
    (old,) = stage.tasks("a")
    stage.hosts["a"].containers.clear()
    stage.pass_s(10.0)
    assert stage.state.tasks[old.id].stopped
    assert len(stage.wanted()) == 2
    assert stage.service().steady


# -- placement ----------------------------------------------------------------------------------------------------------


def test_a_rollback_keeps_what_still_runs_of_the_deployment_it_goes_back_to() -> None:
    stage = Stage("a", "b")
    stage.serve(4)
    before = {task.id for task in stage.wanted()}
    stage.submit("RegisterTaskDefinition", WEB)
    for name, host in stage.hosts.items():
        host.refuse = hanging(stage, name, CreateContainer, timed_out=False)
    stage.submit("UpdateService", {"service": "web", "taskDefinition": "web"})
    stage.pass_s(5.0)
    assert {task.definition for task in stage.wanted()} == {"web:1", "web:2"}
    for host in stage.hosts.values():
        host.refuse = lambda _: None
    stage.submit("RollbackService", {"service": "web"})
    stage.pass_s(10.0)
    assert {task.id for task in stage.wanted()} == before
    assert stage.service().steady
    assert stage.state.deployments_of("default/web")[0].rollout_state is RolloutState.COMPLETED


def test_what_was_created_may_be_started_yet_and_is_removed_before_its_task_is_called_stopped() -> None:
    stage = Stage("a")
    stage.hosts["a"].refuse = hanging(stage, "a", StartContainer, timed_out=False)
    stage.submit("RunTask", {"taskDefinition": "web"})
    (task,) = stage.tasks()
    stage.submit("StopTask", {"task": task.id})
    stage.restart()  # the next engine knows nothing of the start that hangs in the daemon
    actions = stage.turn(stage.report("a"))
    assert stage.state.tasks[task.id].last_status is TaskStatus.STOPPING
    ((_, remove),) = actions
    assert remove == RemoveContainer(container_name(task, "main"), task.id)
    stage.rest(*(stage.perform(*action) for action in actions))
    ended = stage.state.tasks[task.id]
    assert (ended.last_status, ended.containers[0].reason) == (TaskStatus.STOPPED, "")
    assert not stage.hosts["a"].containers


def test_what_docker_refused_is_tried_again_at_once_when_the_container_is_in_another_state() -> None:
    stage = Stage("a")
    host = stage.hosts["a"]
    host.refuse = hanging(stage, "a", StartContainer, timed_out=False)
    stage.submit("RunTask", {"taskDefinition": "web"})
    (task,) = stage.tasks()
    name = container_name(task, "main")

    def refuse(action: Action) -> Outcome | None:
        """The start that hung is carried out after all, just before the removal."""
        if isinstance(action, RemoveContainer):
            host.containers[name] = replace(host.containers[name], state=SeenState.RUNNING)
            return Outcome(
                stage.instance("a").id,
                action,
                Result.FAILED,
                stage.now,
                error_name="Conflict",
                error="it runs",
            )
        return None

    host.refuse = refuse
    stage.submit("StopTask", {"task": task.id})
    stage.pass_s(2.0)
    assert stage.state.tasks[task.id].stopped
    assert host.containers[name].state is SeenState.EXITED


def test_a_container_that_somebody_started_again_keeps_its_task_from_being_called_stopped() -> None:
    stage = Stage("a")
    containers = [{"name": name, "image": "demo/web:1", "memory": 64} for name in ("main", "side")]
    stage.submit("RegisterTaskDefinition", {"family": "pair", "containerDefinitions": containers})
    stage.serve(1, taskDefinition="pair")
    (task,), host = stage.tasks(), stage.hosts["a"]
    main, side = (container_name(task, name) for name in ("main", "side"))
    host.refuse = hanging(stage, "a", StopContainer, timed_out=False)
    host.containers[main] = replace(host.containers[main], state=SeenState.EXITED, exit_code=1)
    stage.look()
    assert stage.state.tasks[task.id].last_status is TaskStatus.STOPPING
    host.refuse = lambda _: None
    host.containers[main] = replace(host.containers[main], state=SeenState.RUNNING)
    host.containers[side] = replace(host.containers[side], state=SeenState.EXITED, exit_code=0)
    stage.now += 1.0
    actions = stage.turn(stage.report("a"))
    assert stage.state.tasks[task.id].last_status is TaskStatus.STOPPING
    assert [action.target for _, action in actions if isinstance(action, StopContainer)] == [main]
    stage.turn(*(stage.perform(*action) for action in actions))
    assert stage.state.tasks[task.id].stopped


def test_run_task_answers_with_what_found_a_place_and_why_the_rest_did_not() -> None:
    stage = Stage("a", "b", memory_mib=100)
    stage.hosts["b"].silent = True
    stage.pass_s(16.0)
    output = stage.submit("RunTask", {"taskDefinition": "web", "count": 3})
    assert len(output["tasks"]) == 1
    reasons = {f["arn"].rpartition("/")[2]: f["reason"] for f in output["failures"]}
    assert reasons == {stage.instance("a").id: "RESOURCE:MEMORY", stage.instance("b").id: "AGENT"}
    assert len(stage.tasks()) == 1


def test_a_refused_run_task_leaves_nothing() -> None:
    stage = Stage("a")
    command = stage.command("RunTask", {"taskDefinition": "nothing"})
    stage.rest(command)
    assert stage.answers[command.id].verdict is Verdict.REFUSED
    assert not stage.tasks()


def test_a_definition_s_own_constraints_choose_the_host() -> None:
    stage = Stage("a", "b")
    zones = [{"name": "zone", "value": name, "targetId": name} for name in ("a", "b")]
    stage.submit("PutAttributes", {"attributes": zones})
    constraint = {"type": "memberOf", "expression": "attribute:zone == b"}
    stage.submit("RegisterTaskDefinition", WEB | {"placementConstraints": [constraint]})
    stage.serve(2)
    assert stage.hosts["b"].up == {t.id for t in stage.tasks()}
    stage.submit("PutAttributes", {"attributes": [zones[0] | {"targetId": "b"}]})
    output = stage.submit("RunTask", {"taskDefinition": "web"})
    assert [f["reason"] for f in output["failures"]] == ["MemberOf placement constraint unsatisfied."] * 2


def test_a_service_whose_constraints_are_relaxed_finds_a_place_at_once() -> None:
    stage = Stage("a")
    gpu = [{"type": "memberOf", "expression": "attribute:gpu == yes"}]
    given = {"serviceName": "web", "taskDefinition": "web", "desiredCount": 1}
    stage.submit("CreateService", given | {"placementConstraints": gpu})
    assert [t.instance for t in stage.tasks()] == [""]
    stage.submit("UpdateService", {"service": "web", "placementConstraints": []})
    assert [t.last_status for t in stage.tasks()] == [TaskStatus.RUNNING]


def test_what_holds_a_service_is_told_once_until_it_is_resolved() -> None:
    stage = Stage("a", "b", "c", memory_mib=200)
    stage.submit("CreateService", {"serviceName": "web", "taskDefinition": "web", "desiredCount": 12})
    for name in ("a", "b", "c"):
        stage.submit(
            "UpdateContainerInstancesState", {"containerInstances": [name], "status": InstanceStatus.DRAINING}
        )
        stage.pass_s(10.0)
    assert sum("was unable to place a task" in text for text in stage.said) == 1
    assert {t.why for t in stage.tasks() if not t.instance} == {"can't be placed: 3 instances are DRAINING"}


# -- what is over -------------------------------------------------------------------------------------------------------


def test_stopped_tasks_stay_for_a_while_and_go_with_their_containers() -> None:
    stage = Stage("a", settings=Settings(container_cleanup_s=100.0, stopped_retention_s=50.0))
    (made,) = stage.submit("RunTask", {"taskDefinition": "web"})["tasks"]
    task = made["taskArn"].rpartition("/")[2]
    stage.submit("StopTask", {"task": task})
    stage.pass_s(90.0)
    assert stage.state.tasks[task].stopped  # its container is still to be looked at
    assert stage.hosts["a"].containers
    stage.pass_s(120.0)
    assert task not in stage.state.tasks
    assert not stage.hosts["a"].containers
    stage.pass_s(60.0)
    assert not stage.engine.view(stage.instance("a").id).pulled


def test_a_restart_doesnt_forget_stopped_tasks_whose_containers_it_has_not_seen_yet() -> None:
    stage = Stage("a", settings=Settings(container_cleanup_s=1000.0, stopped_retention_s=50.0))
    (made,) = stage.submit("RunTask", {"taskDefinition": "web"})["tasks"]
    task = made["taskArn"].rpartition("/")[2]
    stage.submit("StopTask", {"task": task})
    stage.pass_s(100.0)
    stage.restart()
    stage.turn()
    stage.pass_s(70.0)
    assert task in stage.state.tasks
    assert stage.hosts["a"].containers


def test_a_tasks_status_never_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage("a", "b", "c")
    seen: dict[str, TaskStatus] = {}
    order = list(TaskStatus)
    assert set(order) == set(TRANSITIONS)
    turn = stage.turn

    def checked_turn(*inputs: Input) -> tuple[tuple[str, Action], ...]:
        actions = turn(*inputs)
        for row in stage.wrote.changes.rows:
            if isinstance(row, Task):
                assert order.index(row.last_status) >= order.index(seen.get(row.id, row.last_status))
                seen[row.id] = row.last_status
        return actions

    monkeypatch.setattr(stage, "turn", checked_turn)
    stage.serve(6)
    stage.hosts["a"].die()
    stage.pass_s(10.0)
    stage.hosts["b"].silent = True
    stage.pass_s(60.0)
    stage.hosts["b"].silent = False
    stage.pass_s(20.0)
    assert len(seen) > 8
    assert stage.service().steady


@pytest.mark.parametrize(("poll_s", "rest_s"), [(60.0, BEAT_EVERY_S), (2.0, 2.0)])
def test_an_engine_at_rest_says_that_it_is_well_however_seldom_it_polls(poll_s: float, rest_s: float) -> None:
    stage = Stage(
        "a", settings=Settings(poll_interval_s=poll_s, disconnect_after_s=120.0, lost_after_s=600.0)
    )
    stage.serve(1)
    while stage.wrote.wake_at <= stage.now + 1.0:
        stage.now = max(stage.now, stage.wrote.wake_at)
        stage.rest()
    assert stage.wrote.wake_at - stage.now <= rest_s


def test_room_that_appears_is_used_though_tasks_were_tried_in_vain_a_moment_ago() -> None:
    stage = Stage("a", memory_mib=200)
    stage.submit("CreateService", {"serviceName": "web", "taskDefinition": "web", "desiredCount": 3})
    stage.submit("CreateService", {"serviceName": "late", "taskDefinition": "web", "desiredCount": 1})
    assert len([t for t in stage.tasks() if not t.instance]) == 1
    stage.submit("UpdateService", {"service": "web", "desiredCount": 2})
    stage.now = max(stage.now, stage.wrote.wake_at)
    stage.rest()
    assert [t.service for t in stage.wanted() if t.last_status is TaskStatus.RUNNING].count("late") == 1
    for _ in range(3):
        stage.now = max(stage.now, stage.wrote.wake_at)
        stage.rest()
    assert stage.wrote.wake_at > stage.now + 1.0
