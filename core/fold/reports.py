"""What a host showed, folded into the state: instances answer, actions end, and judge.py says what that makes of tasks. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.actions import (
    MARKER,
    CreateContainer,
    MarkHost,
    PullImage,
    RemoveContainer,
    RemoveImage,
    StartContainer,
    StopContainer,
    UnmarkHost,
)
from core.connectivity import Sign, move
from core.events import Event, Level, Subject
from core.fold.images import fold_removal
from core.fold.judge import about_task, judge
from core.fold.pulled import failed_container, fold_pull, with_containers
from core.fold.returning import to_be_cleared
from core.model.instance import DOCKER_VERSION, Connectivity, InstanceStatus
from core.model.names import container_name
from core.record import replace
from core.reports import HostReport, Marker, Outcome, Result
from core.scheduler.image_version import pull_scope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.instance import ContainerInstance
    from core.model.settings import Settings
    from core.model.state import State
    from core.model.task import Task
    from core.observed import HostView
    from core.reports import HostFacts, Unreachable

#: How long a refused action waits before it is tried again for the first time.
RETRY_STOP_S: Final = 5.0
RETRY_REMOVE_S: Final = 60.0
RETRY_MARK_S: Final = 5.0


# -- a look at a host ---------------------------------------------------------------------------------------------------


def fold_report(state: State, view: HostView, report: HostReport, now: float, settings: Settings) -> bool:
    """Fold a good look at a host: who it is, what it has, what runs on it. Whether there may be something to be done there."""
    instance = state.instances[report.instance]
    stranger = _stranger(state, instance, view, report)
    if stranger:
        _quarantine(state, instance, stranger, now)
        return True
    if not view.take_report(report):
        return True
    view.former_marker = report.marker_instance if report.marker is Marker.OTHER_INSTANCE else ""
    _registered(state, instance, view, report, now)
    _impairment(state, state.instances[instance.id], view, now)
    unsettled = state.index.unsettled_of_instance[instance.id]
    if view.is_quiet and not unsettled:
        return instance.removed_from_config
    told = state.index.tasks_of_instance[instance.id]
    if view.news is not None:
        told = {*unsettled, *view.news.intersection(told)}
    for task in sorted(told):
        judge(state, view, state.tasks[task], now, settings)
    view.judged = True
    return True


def _stranger(state: State, instance: ContainerInstance, view: HostView, report: HostReport) -> str:
    """Why what answers there is not this instance; empty when it is, or may become it. Engine ids are no identity."""
    former = report.marker is Marker.OTHER_INSTANCE and report.marker_instance not in state.instances
    if report.marker is Marker.OTHER_INSTANCE and not former:
        return (
            f"the Docker at {instance.url} is already registered here as container instance "
            f"{report.marker_instance[:8]}: one host can't have two names"
        )
    marked_since = view.known_at.get(MARKER, report.began_at) > report.began_at
    if not view.settled(MARKER) or (instance.removed_from_config and not state.tasks_on(instance.id)):
        return ""  # we may have taken it away ourselves
    if (former or report.marker is Marker.ABSENT) and instance.marked and not marked_since:
        return (
            f"another Docker answers at {instance.url}: it lacks this instance's marker. If the host was "
            f"reinstalled, accept it with: dockyard capacity accept {instance.name}"
        )
    return ""


def _quarantine(state: State, instance: ContainerInstance, problem: str, now: float) -> None:
    if instance.connectivity is Connectivity.QUARANTINED:
        return
    if instance.problem != problem:
        state.say(_about(instance, now, f"Container instance {instance.name}: {problem}.", Level.ERROR))
    # A LOST instance stays given up: a stranger at its address is no sign of life.
    moved = instance if instance.lost else move(instance, Sign.STRANGER, now)
    state.put(replace(moved, problem=problem))


def _registered(
    state: State, instance: ContainerInstance, view: HostView, report: HostReport, now: float
) -> None:
    """The instance row after a good look. A LOST one is RETURNING until what was superseded is seen gone."""
    if report.facts is None and instance.status is InstanceStatus.REGISTERING:
        state.put(replace(instance, problem="Docker answers, but has not yet said what the host has"))
        return
    joins = instance.status is InstanceStatus.REGISTERING
    heard = instance
    if not instance.connected:  # one that is RETURNING is let in when it is cleared (returning.py)
        back = instance.lost or to_be_cleared(state, instance, view)
        heard = move(instance, Sign.CAME_BACK if back else Sign.ANSWERED, now)
    changed = replace(
        heard if report.facts is None else _with_facts(heard, report.facts),
        status=InstanceStatus.ACTIVE if joins else instance.status,
        problem="",
        foreign_ports=tuple(sorted(report.foreign_ports)),
        marked=instance.marked or report.marker is Marker.OURS,
        registered_at=instance.registered_at or now,
    )
    if changed == instance:
        return
    state.put(changed)
    if heard is not instance:
        words = {
            Connectivity.CONNECTED: "is connected",
            Connectivity.RETURNING: "is back; what is not wanted there any more is stopped before it takes new work",
        }[heard.connectivity]
        state.say(_about(instance, now, f"Container instance {instance.name} {words}."))


def _with_facts(instance: ContainerInstance, facts: HostFacts) -> ContainerInstance:
    docker = {DOCKER_VERSION: facts.docker_version} if facts.docker_version else {}
    attributes = docker | dict(facts.attributes) | dict(instance.own_attributes)
    return replace(
        instance,
        cpu_units=max(0, facts.cpu_units - instance.reserved_cpu_units),
        memory_mib=max(0, facts.memory_mib - instance.reserved_memory_mib),
        attributes=tuple(sorted(attributes.items())),
        route=facts.route,
        docker_version=facts.docker_version,
        api_version=facts.api_version,
        os=facts.os,
        architecture=facts.architecture,
    )


def fold_unreachable(state: State, view: HostView, failure: Unreachable) -> None:
    """Fold a look that failed: words for the operator. Silence itself is judged by age (scheduler.silence).

    Of a host that has not joined yet nothing else is ever said: an event tells each step at which it comes to fail.
    """
    view.failed_at = failure.at
    instance = state.instances[failure.instance]
    problem = f"{failure.step}: {failure.message}" + (f" ({failure.hint})" if failure.hint else "")
    if instance.connected or instance.connectivity is Connectivity.QUARANTINED:
        return
    fails_anew = not instance.problem.startswith(f"{failure.step}: ")
    if instance.status is InstanceStatus.REGISTERING and fails_anew:
        text = f"Container instance {instance.name} can't be reached yet: {problem}"
        state.say(_about(instance, failure.at, text, Level.WARN))
    state.put(replace(instance, problem=problem))


def _about(instance: ContainerInstance, now: float, message: str, level: Level = Level.INFO) -> Event:
    return Event(now, Subject.INSTANCE, instance.name, message, instance.cluster, level)


# -- the end of an action -----------------------------------------------------------------------------------------------


def fold_outcome(state: State, view: HostView, outcome: Outcome, now: float, settings: Settings) -> None:
    """Fold how an action ended."""
    view.take_outcome(outcome)
    instance = state.instances.get(outcome.instance)
    if instance is None:
        return
    _impairment(state, instance, view, now)
    match outcome.action:
        case PullImage() as action:
            fold_pull(state, view, action, outcome, now)
        case RemoveImage() as action:
            fold_removal(state, view, action, outcome, now)
        case MarkHost() as action:
            _marked(state, view, instance, action, outcome, now)
        case UnmarkHost():
            _unmarked(state, view, instance, outcome, now)
        case CreateContainer() | StartContainer() as action:
            if outcome.result is Result.FAILED:
                _container_failed(state, view, action, outcome, now)
        case StopContainer() | RemoveContainer() as action:
            if outcome.result is Result.FAILED:
                pause_s = RETRY_STOP_S if isinstance(action, StopContainer) else RETRY_REMOVE_S
                _refused(state, view, instance, outcome, pause_s, now)
    for task in _concerned(state, instance, outcome):
        judge(state, view, task, now, settings)


def _marked(
    state: State, view: HostView, instance: ContainerInstance, action: MarkHost, outcome: Outcome, now: float
) -> None:
    """The marker is written, or could not be: until it is, the host is given nothing else to do."""
    if outcome.result is Result.DONE:
        view.known_at[action.target] = outcome.finished_at
        state.put(replace(state.instances[instance.id], marked=True))
    elif outcome.result is Result.FAILED:
        _refused(state, view, instance, outcome, RETRY_MARK_S, now)


def _unmarked(
    state: State, view: HostView, instance: ContainerInstance, outcome: Outcome, now: float
) -> None:
    """The marker is taken away, perhaps; or it could not be: then it stays there, and the instance goes without that."""
    if outcome.result in {Result.DONE, Result.UNKNOWN}:
        state.put(replace(state.instances[instance.id], marked=False))
    elif outcome.result is Result.FAILED:
        _refused(state, view, instance, outcome, RETRY_MARK_S, now)


def _refused(
    state: State, view: HostView, instance: ContainerInstance, outcome: Outcome, pause_s: float, now: float
) -> None:
    """Docker refused what is still to be done: it is told once, and tried again."""
    if view.refuse(outcome.action.target, outcome.finished_at, pause_s, now):
        state.say(_about(instance, now, f"{outcome.error_name}: {outcome.error}", Level.WARN))


def _impairment(state: State, instance: ContainerInstance, view: HostView, now: float) -> None:
    """Three time-outs in a row make an instance impaired, one success clears it."""
    if instance.impaired == view.impaired:
        return
    state.put(replace(instance, impaired=view.impaired))
    words = "is impaired: its actions time out, it takes no new tasks" if view.impaired else "acts again"
    level = Level.WARN if view.impaired else Level.INFO
    state.say(_about(instance, now, f"Container instance {instance.name} {words}.", level))


def _concerned(state: State, instance: ContainerInstance, outcome: Outcome) -> Iterable[Task]:
    match outcome.action:
        case PullImage():
            return state.tasks_on(instance.id)
        case MarkHost() | UnmarkHost() | RemoveImage():
            return ()
        case action:
            task = state.tasks.get(action.task)
            return () if task is None or task.stopped else (task,)


def _container_failed(
    state: State, view: HostView, action: CreateContainer | StartContainer, outcome: Outcome, now: float
) -> None:
    """Docker refused to create or start a container: it counts as stopped, with the reason."""
    task = state.tasks.get(action.task)
    if task is None or task.stopped:
        return
    refused = [c for c in task.containers if container_name(task, c.name) == action.name]
    # Somebody may have removed the image since it was pulled: whoever comes next pulls it again.
    gone = {(pull_scope(task), c.image) for c in refused}
    view.pulled = {
        (scope, image, digest) for scope, image, digest in view.pulled if (scope, image) not in gone
    }
    reason = f"{outcome.error_name}: {outcome.error}"
    for container in refused:
        if container.restarting:
            text = f"(task {task.id}) container {container.name} could not be restarted in place: {reason}"
            state.say(about_task(task, now, text))
    state.put(with_containers(task, *(failed_container(c, reason) for c in refused)))
