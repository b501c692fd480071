"""Rows whose time is over: stopped tasks after their retention, deleted services and revisions, instances that are gone. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.actions import MARKER
from core.events import Event, Level, Subject
from core.fold.definitions import forget_deleted
from core.model.service import ServiceStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.model.instance import ContainerInstance
    from core.model.settings import Settings
    from core.model.state import State
    from core.model.task import Task
    from core.observed import HostView

#: How long a deleted service can still be described.
INACTIVE_SERVICE_S: Final = 3600.0


def retire(state: State, view: Callable[[str], HostView], now: float, settings: Settings) -> None:
    """Delete what has been over for long enough. A task stays for as long as a container of it is seen."""
    for task in [t for t in state.tasks.values() if t.stopped]:
        over = (task.stopped_at or 0.0) + settings.stopped_retention_s <= now
        if over and not _leaves_something(state, view, task):
            state.delete(task)
    for service in [s for s in state.services.values() if s.status is ServiceStatus.INACTIVE]:
        deployments = state.deployments_of(service.key)
        ended_at = max((d.updated_at for d in deployments), default=service.created_at)
        if ended_at + INACTIVE_SERVICE_S <= now:
            for deployment in deployments:
                state.delete(deployment)
            state.delete(service)
    forget_deleted(state, now)
    for instance in state.instances:
        known = view(instance)
        known.pulled = {
            (scope, image, digest)
            for scope, image, digest in known.pulled
            if scope in state.deployments or scope in state.tasks
        }


def retire_instance(state: State, view: HostView, key: str, now: float) -> None:
    """Delete an instance that the config no longer names, once it holds nothing and what can be taken away there was."""
    instance = state.instances.get(key)
    if instance is None or not instance.removed_from_config or state.index.tasks_of_instance[key]:
        return
    if to_be_cleaned(instance) and not _refuses_all(view):
        return
    state.delete(instance)
    left = _left_there(instance, view)
    text = f"Container instance {instance.name} is empty and was removed{left}."
    level = Level.WARN if left else Level.INFO
    state.say(Event(now, Subject.INSTANCE, instance.name, text, instance.cluster, level))


def _left_there(instance: ContainerInstance, view: HostView) -> str:
    """What of ours stays on a host whose row goes, in whatever state its containers are; nothing where all was taken away."""
    count = len(view.containers)
    containers = "1 container of ours" if count == 1 else f"{count} containers of ours"
    if instance.connected:
        return f"; left there: {containers}" if count else ""
    if instance.marked and view.report_began_at is None:
        return "; it does not answer, and what of ours is left there is not known"
    return f"; it does not answer, and when it last did it had {containers}" if count else ""


def left_uncleaned(instance: ContainerInstance) -> str:
    """The same of a host that goes without another look: a tail of a sentence."""
    return (
        "; containers of ours that have stopped, and its marker, may be left there" if instance.marked else ""
    )


def _refuses_all(view: HostView) -> bool:
    """Whether nothing more can be taken away there: every container that is left was refused, or the marker."""
    refused = view.refused_since.keys()
    stuck = bool(view.containers) and view.containers.keys() <= refused
    return (stuck or MARKER in refused) and not view.in_flight


def to_be_cleaned(instance: ContainerInstance) -> bool:
    """Whether a host that goes still carries our marker, and answers, so that it can be rid of what is ours."""
    return instance.marked and instance.connected and not instance.impaired


def _leaves_something(state: State, view: Callable[[str], HostView], task: Task) -> bool:
    if task.instance not in state.instances:
        return False
    return any(seen.task == task.id for seen in view(task.instance).containers.values())
