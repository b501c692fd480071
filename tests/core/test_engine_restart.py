"""Stories about containers that are restarted in place: ECS's container restart policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core.actions import Action, RemoveContainer, StartContainer
from core.ecs import describe_task
from core.model.instance import Connectivity
from core.model.names import container_name
from core.model.task import ContainerStatus, Health, Task, TaskStatus
from core.record import replace
from core.reports import Outcome, Result, SeenState
from tests.core.stage import Stage

if TYPE_CHECKING:
    from core.model.task import Container

CHECK = {"command": ["CMD", "true"]}
#: ECS's least restartAttemptPeriod.
PERIOD_S = 60


def again(stage: Stage, *, sidecar: bool = False, ignored: tuple[int, ...] = (), **main: Any) -> None:
    """A revision of `web` whose container, or the one beside it, has a restart policy."""
    policy = {"enabled": True, "restartAttemptPeriod": PERIOD_S, "ignoredExitCodes": list(ignored)}
    containers: list[dict[str, Any]] = [{"name": "main", "image": "demo/web:1", "memory": 64} | main]
    if sidecar:
        containers.append({"name": "side", "image": "demo/side:1", "memory": 64, "essential": False})
    containers[-1]["restartPolicy"] = policy
    stage.submit("RegisterTaskDefinition", {"family": "web", "containerDefinitions": containers})


def only(stage: Stage) -> Task:
    """The one task that has not stopped."""
    (task,) = stage.tasks()
    return task


def main_of(task: Task, name: str = "main") -> Container:
    found = task.container(name)
    assert found is not None
    return found


def starts(stage: Stage, name: str = "a") -> list[StartContainer]:
    return [action for action in stage.hosts[name].done if isinstance(action, StartContainer)]


def test_a_container_that_ran_for_long_enough_is_restarted_in_its_task() -> None:
    stage = Stage("a")
    again(stage)
    stage.serve(1)
    before = only(stage)
    first = next(iter(stage.hosts["a"].containers.values()))
    stage.pass_s(PERIOD_S)
    stage.exit("a", code=3)
    stage.look()
    task = only(stage)
    (container,) = task.containers
    assert (task.id, task.last_status) == (before.id, TaskStatus.RUNNING)
    assert (container.status, container.restart_count, container.exit_code) == (
        ContainerStatus.RUNNING,
        1,
        None,
    )
    assert starts(stage)[-1].after_run == first.run
    (told,) = [text for text in stage.said if "restarted in place" in text]
    assert told.startswith(f"(service web) (task {task.id}) container main exited with code 3 after 7")
    assert told.endswith("s and is restarted in place (restart 1).")
    assert describe_task(stage.state, task)["containers"][0]["restartCount"] == 1


def test_the_decision_is_on_disk_before_the_container_is_started() -> None:
    stage = Stage("a")
    again(stage)
    stage.serve(1)
    stage.pass_s(PERIOD_S)
    stage.exit("a")
    actions = stage.turn(stage.report("a"))
    assert [type(action) for _, action in actions] == [StartContainer]
    (container,) = only(stage).containers
    assert container in main_rows(stage)
    assert (container.restart_count, container.restarting) == (1, True)


def main_rows(stage: Stage) -> list[Container]:
    """The containers as they are on disk."""
    return [container for row in stage.disk.values() if isinstance(row, Task) for container in row.containers]


def test_while_it_is_down_its_task_is_not_healthy_and_its_service_not_steady() -> None:
    stage = Stage("a")
    again(stage, healthCheck=CHECK)
    stage.submit("CreateService", {"serviceName": "web", "taskDefinition": "web", "desiredCount": 1})
    passes(stage)
    assert stage.service().steady
    stage.pass_s(PERIOD_S)
    stage.exit("a")
    stage.turn(stage.report("a"))
    task = only(stage)
    assert (task.last_status, task.health, task.healthy_since) == (TaskStatus.RUNNING, Health.UNKNOWN, None)
    shown = describe_task(stage.state, task)
    assert (shown["lastStatus"], shown["healthStatus"], shown["why"]) == (
        "RUNNING",
        "UNKNOWN",
        "restarting main",
    )
    assert (shown["containers"][0]["lastStatus"], shown["containers"][0]["healthStatus"]) == (
        "PENDING",
        "UNKNOWN",
    )
    stage.turn()
    assert not stage.service().steady
    # The answer to the start was lost with the process that asked for it: the next one asks again, for the same run.
    stage.restart()
    stage.look()
    passes(stage)
    assert stage.service().steady
    assert [s.after_run for s in starts(stage)][1:] == [main_of(only(stage)).ended_run]


def passes(stage: Stage) -> None:
    """The health checks of what runs pass."""
    for host in stage.hosts.values():
        for name, seen in host.containers.items():
            if seen.state is SeenState.RUNNING:
                host.containers[name] = replace(seen, health=Health.HEALTHY)
    stage.look()
    stage.pass_s(2.0)


def test_without_a_check_it_ripens_anew() -> None:
    stage = Stage("a")
    again(stage)
    stage.serve(1)
    stage.pass_s(PERIOD_S)
    stage.exit("a")
    stage.look()
    assert only(stage).healthy_since is None
    stage.pass_s(stage.settings.healthy_after_s - 1.5)
    assert only(stage).healthy_since is None
    assert not stage.service().steady
    stage.pass_s(3.0)
    assert only(stage).healthy_since is not None
    assert stage.service().steady


@pytest.mark.parametrize(
    ("ran_s", "code", "ignored"),
    [(PERIOD_S - 30, 1, ()), (PERIOD_S, 7, (0, 7))],
    ids=["too short a run", "an ignored exit code"],
)
def test_otherwise_the_task_ends_as_it_always_did(ran_s: int, code: int, ignored: tuple[int, ...]) -> None:
    stage = Stage("a")
    again(stage, ignored=ignored)
    stage.serve(1)
    before = only(stage)
    stage.pass_s(ran_s)
    stage.exit("a", code=code)
    stage.look()
    task = stage.state.tasks[before.id]
    assert (task.last_status, task.stopped_reason) == (
        TaskStatus.STOPPED,
        "Essential container in task exited",
    )
    assert (main_of(task).exit_code, main_of(task).restart_count) == (code, 0)


def test_each_run_is_measured_by_itself() -> None:
    """A container that came up again and dies at once is not restarted for the long life it had before."""
    stage = Stage("a")
    again(stage)
    stage.serve(1)
    before = only(stage)
    stage.pass_s(2 * PERIOD_S)
    stage.exit("a")
    stage.look()
    stage.pass_s(PERIOD_S)
    stage.exit("a")
    stage.look()
    assert main_of(only(stage)).restart_count == 2
    stage.pass_s(5.0)
    stage.exit("a", code=9)
    stage.look()
    task = stage.state.tasks[before.id]
    assert (task.stopped, main_of(task).exit_code, main_of(task).restart_count) == (True, 9, 2)


def test_a_container_that_is_not_essential_is_restarted_and_its_task_stays_healthy() -> None:
    stage = Stage("a")
    again(stage, sidecar=True)
    stage.serve(1)
    healthy_since = only(stage).healthy_since
    stage.pass_s(PERIOD_S)
    stage.exit("a", "side", code=0)
    actions = stage.turn(stage.report("a"))
    assert [a.target for _, a in actions] == [container_name(only(stage), "side")]
    assert only(stage).healthy_since == healthy_since
    stage.rest(*(stage.perform(*action) for action in actions))
    side = main_of(only(stage), "side")
    assert (side.status, side.restart_count) == (ContainerStatus.RUNNING, 1)
    stage.pass_s(5.0)
    stage.exit("a", "side", code=4)
    stage.look()
    side = main_of(only(stage), "side")
    assert (side.status, side.exit_code, only(stage).last_status) == (
        ContainerStatus.STOPPED,
        4,
        TaskStatus.RUNNING,
    )


def test_an_engine_that_was_away_decides_by_how_long_the_container_ran() -> None:
    """Not by when it is back: one that ran for five seconds an hour ago did not run for an hour."""
    stage = Stage("a", "b")
    again(stage)
    stage.serve(2, placementStrategy=[{"type": "spread", "field": "instanceId"}])
    short = stage.tasks("b")[0].id
    stage.pass_s(PERIOD_S - 30.0)
    stage.exit("b")
    stage.now += PERIOD_S
    stage.exit("a")
    stage.now += 3600.0
    stage.restart()
    stage.look()
    stage.pass_s(3.0)
    assert main_of(stage.tasks("a")[0]).restart_count == 1
    assert stage.state.tasks[short].stopped


def test_a_start_that_is_refused_ends_the_task_with_dockers_sentence() -> None:
    stage = Stage("a")
    again(stage)
    stage.serve(1)
    before = only(stage)
    stage.pass_s(PERIOD_S)
    stage.exit("a", code=5)
    words = "port is already allocated"

    def refuse(action: Action) -> Outcome | None:
        if not isinstance(action, StartContainer) or not action.after_run:
            return None
        seen = stage.hosts["a"].containers[action.name]
        return Outcome(
            stage.instance("a").id,
            action,
            Result.FAILED,
            stage.now,
            seen=seen,
            looked=True,
            error_name="CannotStartContainerError",
            error=words,
        )

    stage.hosts["a"].refuse = refuse
    stage.look()
    task = stage.state.tasks[before.id]
    assert (task.stopped, main_of(task).status) == (True, ContainerStatus.STOPPED)
    assert words in main_of(task).reason
    assert any("could not be restarted in place" in text and words in text for text in stage.said)


def test_a_stop_withdraws_a_restart_that_has_not_happened() -> None:
    stage = Stage("a")
    again(stage)
    stage.serve(1)
    stage.pass_s(PERIOD_S)
    stage.exit("a", code=5)
    hangs = Outcome(stage.instance("a").id, StartContainer("", ""), Result.UNKNOWN, stage.now)
    stage.hosts["a"].refuse = lambda action: (
        replace(hangs, action=action, finished_at=stage.now) if isinstance(action, StartContainer) else None
    )
    stage.look()
    task = only(stage)
    assert main_of(task).restarting
    stage.hosts["a"].refuse = lambda _: None
    stage.submit("UpdateService", {"service": "web", "desiredCount": 0})
    stage.pass_s(3.0)
    ended = stage.state.tasks[task.id]
    assert (ended.last_status, main_of(ended).status, main_of(ended).exit_code) == (
        TaskStatus.STOPPED,
        ContainerStatus.STOPPED,
        5,
    )
    assert not stage.hosts["a"].up


def test_a_copy_whose_place_was_taken_is_not_restarted() -> None:
    """The host was lost, its task runs elsewhere, and comes back after a power cut: what ended there has ended."""
    stage = Stage("a", "b")
    again(stage)
    stage.serve(1)
    old = only(stage)
    lost, other = ("a", "b") if stage.tasks("a") else ("b", "a")
    stage.pass_s(PERIOD_S)
    stage.hosts[lost].silent = True
    # Its replacement never gets healthy: the old task is still wanted when its host is back.
    stage.hosts[other].refuse = lambda action: (
        Outcome(stage.instance(other).id, action, Result.UNKNOWN, stage.now)
        if isinstance(action, StartContainer)
        else None
    )
    stage.pass_s(stage.settings.lost_after_s + 5.0)
    assert stage.state.tasks[old.id].superseded_by
    stage.exit(lost, code=255)
    stage.hosts[lost].silent = False
    stage.look(lost)
    assert main_of(stage.state.tasks[old.id]).restart_count == 0
    assert stage.state.tasks[old.id].stopped


def test_a_task_that_cant_come_up_again_for_its_host_times_out_is_started_elsewhere_as_well() -> None:
    stage = Stage("a", "b")
    again(stage)
    stage.serve(1)
    task = only(stage)
    here = stage.state.instances[task.instance].name
    stage.pass_s(PERIOD_S)
    stage.exit(here)
    stage.hosts[here].refuse = lambda action: (
        Outcome(task.instance, action, Result.UNKNOWN, stage.now, timed_out=True)
        if isinstance(action, StartContainer | RemoveContainer)
        else None
    )
    stage.pass_s(15.0)
    assert stage.instance(here).impaired
    assert stage.instance(here).connectivity is Connectivity.CONNECTED
    assert [t.instance for t in stage.wanted()] == [stage.instance("b" if here == "a" else "a").id]


def test_a_restart_that_hangs_is_taken_back_before_its_task_is_called_stopped() -> None:
    """Docker may carry the start out yet, when nobody waits for it any more: what is removed can't be started."""
    stage = Stage("a")
    again(stage)
    stage.serve(1)
    task = only(stage)
    stage.pass_s(PERIOD_S)
    stage.hosts["a"].refuse = lambda action: (
        Outcome(stage.instance("a").id, action, Result.UNKNOWN, stage.now, error="no answer", timed_out=True)
        if isinstance(action, StartContainer)
        else None
    )
    stage.exit("a", code=3)
    stage.look()
    assert only(stage).restarting
    stage.restart()  # the next engine knows nothing of the start that hangs in the daemon
    stage.hosts["a"].refuse = lambda _: None
    actions = stage.turn(stage.command("DeleteService", {"service": "web", "force": True}))
    while not actions:
        stage.now += 1.0
        actions = stage.turn(stage.report("a"))
    assert [type(action) for _, action in actions] == [RemoveContainer]
    assert not stage.state.tasks[task.id].stopped
    stage.rest(*(stage.perform(*action) for action in actions))
    assert stage.state.tasks[task.id].stopped
    assert stage.hosts["a"].containers == {}


def test_nothing_is_restarted_of_a_task_that_ends_in_the_same_moment() -> None:
    """A host that was rebooted: the container beside it has no policy, and takes the task along."""
    stage = Stage("a")
    policy = {"enabled": True, "restartAttemptPeriod": PERIOD_S}
    containers = [
        {"name": "main", "image": "demo/web:1", "memory": 64, "restartPolicy": policy},
        {"name": "other", "image": "demo/web:1", "memory": 64},
    ]
    stage.submit("RegisterTaskDefinition", {"family": "web", "containerDefinitions": containers})
    stage.serve(1)
    before = only(stage)
    stage.pass_s(PERIOD_S)
    stage.exit("a", "main", code=255)
    stage.exit("a", "other", code=255)
    stage.look()
    task = stage.state.tasks[before.id]
    assert task.stopped
    assert [(c.status, c.exit_code, c.restart_count) for c in task.containers] == [
        (ContainerStatus.STOPPED, 255, 0),
        (ContainerStatus.STOPPED, 255, 0),
    ]
    assert not [text for text in stage.said if "restarted in place" in text]
