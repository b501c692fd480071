from __future__ import annotations

import pytest

from core.client.progress import (
    container_started,
    exit_code,
    instance_added,
    instance_empty,
    instance_joined,
    service_gone,
    service_stable,
    task_placed,
    tasks_running,
    tasks_stopped,
)
from core.client.stopped import why_stopped
from core.model.instance import Connectivity, InstanceStatus
from core.model.service import DeploymentStatus, EarlySuccess, RolloutState, ServiceStatus, SourceCleanup
from core.model.state import State
from core.model.task import Container, ContainerStatus, TaskStatus
from core.record import replace
from tests.core.builders import NOW, deployment, instance, service, task

KEY = "default/web"


def at_now() -> float:
    return NOW


def state_of(*rows: object) -> State:
    state = State()
    for row in rows:
        state.put(row)  # type: ignore[arg-type]  # each test names rows of its own
    return state


COMPLETED = replace(deployment(), rollout_state=RolloutState.COMPLETED)
STEADY = replace(service(2), steady=True)


def test_a_service_is_stable_when_its_one_deployment_is_complete_and_all_tasks_run() -> None:
    stage = service_stable(state_of(STEADY, COMPLETED, instance(), task("t1"), task("t2")), KEY, at_now)
    assert stage.done
    assert stage.text == "web: 2/2 running"


@pytest.mark.parametrize(
    "rows",
    [
        (STEADY, COMPLETED, instance(), task("t1")),
        (STEADY, deployment(), instance(), task("t1"), task("t2")),
        (replace(STEADY, steady=False), COMPLETED, instance(), task("t1"), task("t2")),
        (STEADY, COMPLETED, instance(connectivity=Connectivity.LOST), task("t1"), task("t2")),
        (STEADY, COMPLETED, instance(), task("t1"), task("t2"), task("t3")),
        (
            STEADY,
            COMPLETED,
            replace(deployment("ecs-svc/1"), status=DeploymentStatus.ACTIVE, created_at=-1.0),
            instance(),
            task("t1"),
            task("t2"),
        ),
    ],
    ids=["too few", "in progress", "not steady", "unknown", "too many", "old deployment"],
)
def test_a_service_on_its_way_is_neither_stable_nor_failed(rows: tuple[object, ...]) -> None:
    stage = service_stable(state_of(*rows), KEY, at_now)
    assert not stage.done
    assert not stage.failed


def test_a_deployment_that_bakes_is_waited_for_and_says_how_long() -> None:
    web = replace(STEADY, bake_time_minutes=2, why="its deployment bakes")
    baking = replace(deployment(), baking_since=NOW - 30)
    stage = service_stable(state_of(web, baking, instance(), task("t1"), task("t2")), KEY, at_now)
    assert stage.text == "web: 2/2 running (bakes for another 2 min)"
    assert not stage.done
    pending = replace(task("t2", TaskStatus.PENDING), why="pulling nginx:1 12/60 MiB")
    stage = service_stable(state_of(web, baking, instance(), task("t1"), pending), KEY, at_now)
    assert stage.text == "web: 1/2 running (pulling nginx:1 12/60 MiB; bakes for another 2 min)"


def test_who_waits_for_a_deployment_that_is_completed_early_waits_for_no_more() -> None:
    web = replace(STEADY, early_success=EarlySuccess(50, SourceCleanup.DEFERRED), steady=False)
    state = state_of(web, COMPLETED, instance(), task("t1"))
    assert service_stable(state, KEY, at_now, deployment=COMPLETED.id).done
    assert not service_stable(state, KEY, at_now).done


def test_what_holds_tasks_is_told() -> None:
    pending = replace(task("t2", TaskStatus.PENDING), why="pulling nginx:1 12/60 MiB")
    stage = service_stable(state_of(STEADY, deployment(), instance(), task("t1"), pending), KEY, at_now)
    assert stage.text == "web: 1/2 running (pulling nginx:1 12/60 MiB)"


def test_a_failed_deployment_ends_the_wait_with_its_reason() -> None:
    failed = replace(deployment(), rollout_state=RolloutState.FAILED, rollout_reason="tasks failed to start.")
    stage = service_stable(state_of(STEADY, failed, instance()), KEY, at_now)
    assert stage.failed
    assert "tasks failed to start." in stage.text


def test_another_deployment_in_place_of_the_one_waited_for_ends_the_wait() -> None:
    state = state_of(STEADY, COMPLETED, instance(), task("t1"), task("t2"))
    assert service_stable(state, KEY, at_now, "ecs-svc/1").failed
    assert service_stable(state, KEY, at_now, "ecs-svc/2").done


def test_a_service_that_is_gone_or_going_can_not_become_stable() -> None:
    assert service_stable(state_of(), KEY, at_now).failed
    assert service_stable(state_of(replace(STEADY, status=ServiceStatus.DRAINING)), KEY, at_now).failed


def test_a_deleted_service_is_gone_when_it_is_inactive() -> None:
    draining = replace(STEADY, status=ServiceStatus.DRAINING)
    assert not service_gone(state_of(draining, instance(), task("t1")), KEY).done
    assert service_gone(state_of(replace(STEADY, status=ServiceStatus.INACTIVE)), KEY).done


def test_tasks_run_when_all_do_and_one_that_stopped_is_a_failure() -> None:
    state = state_of(instance(), task("t1"), task("t2", TaskStatus.PENDING))
    assert not tasks_running(state, ["t1", "t2"]).done
    assert tasks_running(state, ["t1"]).done
    stopped = replace(
        task("t2", TaskStatus.STOPPED), stopped_reason="CannotPullContainerError: no such image"
    )
    stage = tasks_running(state_of(instance(), task("t1"), stopped), ["t1", "t2"])
    assert stage.failed
    assert stage.text == "t2 stopped: CannotPullContainerError: no such image"


def test_a_stopped_task_says_which_container_failed_and_how() -> None:
    stopped = replace(
        task("t1", TaskStatus.STOPPED),
        stopped_reason="Essential container in task exited",
        containers=(
            Container("main", "i", ContainerStatus.STOPPED, exit_code=3),
            Container("side", "i", ContainerStatus.STOPPED, exit_code=0),
        ),
    )
    assert tasks_stopped(state_of(stopped), ["t1"]).done
    assert exit_code(stopped) == 3
    assert why_stopped(stopped) == "Essential container in task exited – main: exit code 3"


def test_a_task_whose_container_never_ran_has_no_exit_code() -> None:
    assert exit_code(task("t1", TaskStatus.STOPPED)) is None


def test_a_log_is_there_when_its_container_was_started() -> None:
    pulling = replace(task("t1", TaskStatus.PENDING), why="pulling demo/web:1")
    container = pulling.containers[0]
    stage = container_started(state_of(pulling), "t1", container.name)
    assert (stage.text, stage.done, stage.failed) == (
        f"{container.name}/t1: PENDING (pulling demo/web:1)",
        False,
        False,
    )
    started = replace(pulling, containers=(replace(container, started_at=NOW),))
    assert container_started(state_of(started), "t1", container.name).done
    failed = replace(task("t1", TaskStatus.STOPPED), stopped_reason="CannotPullContainerError: no")
    stage = container_started(state_of(failed), "t1", container.name)
    assert stage.failed
    assert stage.text == f"{container.name}/t1 never ran: CannotPullContainerError: no"
    assert container_started(state_of(), "t1", container.name).failed


def test_a_task_is_placed_when_it_has_an_instance() -> None:
    waiting = replace(task("t1", TaskStatus.PROVISIONING), instance="", why="2 instances lack memory")
    stage = task_placed(state_of(waiting), "t1")
    assert (stage.text, stage.done) == ("t1: PROVISIONING (2 instances lack memory)", False)
    assert task_placed(state_of(task("t1", TaskStatus.PENDING)), "t1").done


def test_an_instance_is_drained_when_it_holds_nothing() -> None:
    draining = instance(status=InstanceStatus.DRAINING)
    assert not instance_empty(state_of(draining, task("t1")), "instance-a", lambda: NOW).done
    assert instance_empty(state_of(draining), "instance-a", lambda: NOW).done
    assert instance_empty(state_of(instance()), "instance-a", lambda: NOW).failed


def test_an_instance_has_joined_when_it_answers() -> None:
    assert not instance_joined(state_of(), "default", "a").done
    new = replace(
        instance(status=InstanceStatus.REGISTERING, connectivity=Connectivity.DISCONNECTED),
        problem="login: no",
    )
    assert instance_joined(state_of(new), "default", "a").text == "a is REGISTERING: login: no"
    assert instance_joined(state_of(instance()), "default", "a").done
    assert instance_joined(state_of(instance(connectivity=Connectivity.QUARANTINED)), "default", "a").failed


def test_one_that_is_not_trusted_is_not_waited_for() -> None:
    problem = "host key: The host key of edge is not known: … (Compare it, then dockyard capacity trust a)"
    unknown = replace(
        instance(status=InstanceStatus.REGISTERING, connectivity=Connectivity.DISCONNECTED), problem=problem
    )
    stage = instance_added(state_of(unknown), "default", "a")
    assert stage.failed
    assert stage.text == f"a is REGISTERING: {problem}"
    assert not instance_added(state_of(replace(unknown, problem="connect: no")), "default", "a").failed
    assert not instance_added(state_of(), "default", "a").failed
    assert instance_added(state_of(instance()), "default", "a").done
