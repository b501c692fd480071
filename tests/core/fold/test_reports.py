"""What a host showed, folded: the marker is written once, and a removed image is pulled again."""

from __future__ import annotations

from core.actions import CreateContainer, MarkHost
from core.events import Level
from core.fold.reports import fold_outcome, fold_report, fold_unreachable
from core.model.instance import Connectivity, ContainerInstance, InstanceStatus
from core.model.names import container_name
from core.model.settings import Settings
from core.model.state import State
from core.model.task import TaskStatus
from core.observed import HostView
from core.record import replace
from core.reports import HostFacts, HostReport, Marker, Outcome, Result, Unreachable
from core.scheduler.filters import subject_of
from core.scheduler.image_version import pull_scope
from core.scheduler.query import compile_expression
from core.scheduler.room import room_on
from core.scheduler.sweep import Sweep, sweep
from tests.core.builders import NOW, definition, deployment, instance, task

SETTINGS = Settings()


def report(began_at: float, marker: Marker) -> HostReport:
    return HostReport("instance-a", began_at, began_at + 0.1, HostFacts(4096, 4096), marker)


def new_host() -> tuple[State, HostView]:
    state, view = State(), HostView()
    state.put(replace(instance("a"), marked=False))
    fold_report(state, view, report(NOW, Marker.ABSENT), NOW, SETTINGS)
    return state, view


def the_instance(state: State) -> ContainerInstance:
    return state.instances["instance-a"]


def test_without_facts_a_known_host_is_what_it_was_and_a_new_one_is_not_registered() -> None:
    state, view = new_host()
    known = the_instance(state)
    silent = replace(report(NOW + 1, Marker.OURS), facts=None)
    fold_report(state, view, silent, NOW + 1, SETTINGS)
    assert the_instance(state) == replace(known, marked=True, version=known.version + 1)

    state.put(replace(instance("a"), status=InstanceStatus.REGISTERING, cpu_units=0, memory_mib=0))
    fold_report(state, HostView(), silent, NOW + 1, SETTINGS)
    assert the_instance(state).status is InstanceStatus.REGISTERING
    assert "has not yet said" in the_instance(state).problem


def test_a_host_that_never_joined_is_told_of_once_for_each_step_that_fails() -> None:
    state, view = State(), HostView()
    state.put(
        replace(instance("a"), status=InstanceStatus.REGISTERING, connectivity=Connectivity.DISCONNECTED)
    )
    for number, step in enumerate(("connect", "connect", "login")):
        failure = Unreachable("instance-a", NOW + number, step, f"no way, try {number}", "mend it")
        fold_unreachable(state, view, failure)
    assert [(event.level, event.message) for event in state.changes().events] == [
        (Level.WARN, "Container instance a can't be reached yet: connect: no way, try 0 (mend it)"),
        (Level.WARN, "Container instance a can't be reached yet: login: no way, try 2 (mend it)"),
    ]
    assert the_instance(state).problem == "login: no way, try 2 (mend it)"


def test_the_version_of_docker_is_an_attribute_and_follows_an_upgrade() -> None:
    state, view = new_host()
    constraint = compile_expression("attribute:dockyard.docker-version >= 27.1")
    for number, (version, is_met) in enumerate([("9.3.1", False), ("27.1.0-rc1", True), ("", False)]):
        seen = report(NOW + 1 + number, Marker.OURS)
        assert seen.facts is not None
        seen = replace(seen, facts=replace(seen.facts, docker_version=version))
        fold_report(state, view, seen, NOW + 1 + number, SETTINGS)
        assert the_instance(state).attribute("dockyard.docker-version") == (version or None)
        assert constraint.matches(subject_of(room_on(state, the_instance(state)))) is is_met


def marks(state: State, view: HostView, now: float) -> bool:
    plan = sweep(Sweep(the_instance(state), [], [], {}, {}, view, now, SETTINGS))
    return any(isinstance(action, MarkHost) for action in plan.actions)


def test_a_written_marker_is_believed_until_a_look_that_began_later() -> None:
    state, view = new_host()
    assert marks(state, view, NOW)
    fold_outcome(
        state, view, Outcome("instance-a", MarkHost("instance-a"), Result.DONE, NOW + 2), NOW + 2, SETTINGS
    )
    assert not marks(state, view, NOW + 2)
    fold_report(state, view, report(NOW + 1, Marker.ABSENT), NOW + 3, SETTINGS)
    assert the_instance(state).connectivity is Connectivity.CONNECTED
    fold_report(state, view, report(NOW + 4, Marker.ABSENT), NOW + 5, SETTINGS)
    assert the_instance(state).connectivity is Connectivity.QUARANTINED


def test_a_marker_that_can_not_be_written_waits_before_it_is_tried_again() -> None:
    state, view = new_host()
    refused = Outcome("instance-a", MarkHost("instance-a"), Result.FAILED, NOW + 1, error="no space left")
    fold_outcome(state, view, refused, NOW + 1, SETTINGS)
    assert not marks(state, view, NOW + 2)
    assert marks(state, view, NOW + 10)


def test_an_image_that_somebody_removed_is_pulled_again_by_the_next_task() -> None:
    state, view = new_host()
    waiting = task("t1", TaskStatus.PENDING)
    state.put(definition())
    state.put(deployment())
    state.put(waiting)
    pulled = (pull_scope(waiting), "demo/web:1", "")
    view.pulled.add(pulled)
    create = CreateContainer(container_name(waiting, "main"), "t1", "main", "web:1", "d", "default")
    refused = Outcome(
        "instance-a",
        create,
        Result.FAILED,
        NOW + 1,
        looked=True,
        error_name="CannotCreateContainerError",
        error="No such image: demo/web:1",
    )
    fold_outcome(state, view, refused, NOW + 1, SETTINGS)
    assert state.tasks["t1"].stopped
    assert pulled not in view.pulled
