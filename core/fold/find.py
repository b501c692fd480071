"""The rows that an input names, by name, id or ARN; where there is none, ECS's refusal and the nearest name there is. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import Refused
from core.model.cluster import ClusterStatus
from core.model.ids import last_part
from core.model.instance import InstanceStatus
from core.model.service import ServiceStatus
from core.model.task_definition import TaskDefinitionStatus
from core.taskdef.shape import nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.cluster import Cluster
    from core.model.instance import ContainerInstance
    from core.model.schedule import Schedule
    from core.model.service import Service
    from core.model.state import State
    from core.model.task import Task
    from core.model.task_definition import TaskDefinition


def find_cluster(state: State, identifier: str) -> Cluster:
    """The ACTIVE cluster of that name."""
    name = last_part(identifier)
    found = state.clusters.get(name)
    if found is None:
        raise Refused(
            "ClusterNotFoundException", f"Cluster not found.{_hint('cluster', name, state.clusters)}"
        )
    if found.status is not ClusterStatus.ACTIVE:
        raise Refused("ClientException", "The referenced cluster was inactive.")
    return found


def find_service(state: State, cluster: Cluster, identifier: str) -> Service:
    """The cluster's service of that name, whatever its status, but for INACTIVE ones."""
    name = last_part(identifier)
    found = state.services.get(f"{cluster.name}/{name}")
    if found is None or found.status is ServiceStatus.INACTIVE:
        names = [state.services[key].name for key in state.index.services_of_cluster[cluster.name]]
        raise Refused("ServiceNotFoundException", f"Service not found.{_hint('service', name, names)}")
    return found


def find_active_service(state: State, cluster: Cluster, identifier: str) -> Service:
    """The cluster's ACTIVE service of that name."""
    name = last_part(identifier)
    known = state.services.get(f"{cluster.name}/{name}")
    if known is not None and known.status is not ServiceStatus.ACTIVE:
        raise Refused("ServiceNotActiveException", "Service was not ACTIVE.")
    return find_service(state, cluster, identifier)


def find_definition(state: State, identifier: str) -> TaskDefinition:
    """An ACTIVE task definition: the revision named, or else its family's latest."""
    name = last_part(identifier)
    family, colon, revision = name.partition(":")
    if colon and not (revision.isascii() and revision.isdecimal()):
        raise Refused("ClientException", f"Invalid revision number. Number: {shown(revision).strip(chr(34))}")
    found = state.definitions.get(f"{family}:{int(revision)}") if colon else state.latest_definition(family)
    if found is None:
        families = {definition.family for definition in state.definitions.values()}
        raise Refused("ClientException", f"TaskDefinition not found.{_hint_of_definition(name, families)}")
    if found.status is not TaskDefinitionStatus.ACTIVE:
        raise Refused("ClientException", "TaskDefinition is inactive")
    return found


def find_instance(state: State, cluster: Cluster, identifier: str) -> ContainerInstance:
    """The cluster's container instance of that id or name."""
    name = last_part(identifier)
    found = registered(state, cluster, name)
    if found is None:
        names = [instance.name for instance in state.instances_of(cluster.name)]
        hint = _hint("container instance", name, names)
        raise Refused("InvalidParameterException", f"The referenced container instance was not found.{hint}")
    return found


def registered(state: State, cluster: Cluster, identifier: str) -> ContainerInstance | None:
    """The cluster's container instance of that id or name; None where there is none (or it was deregistered)."""
    found = state.instance_named(cluster.name, last_part(identifier))
    return None if found is None or found.status is InstanceStatus.INACTIVE else found


def find_schedule(state: State, cluster: Cluster, identifier: str) -> Schedule:
    """The cluster's schedule of that name."""
    name = last_part(identifier)
    found = state.schedules.get(f"{cluster.name}/{name}")
    if found is None:
        names = [state.schedules[key].name for key in state.index.schedules_of_cluster[cluster.name]]
        raise Refused("ResourceNotFoundException", f"Schedule not found.{_hint('schedule', name, names)}")
    return found


def find_task(state: State, cluster: Cluster, identifier: str) -> Task:
    """The cluster's task of that id, also a stopped one."""
    found = state.tasks.get(last_part(identifier))
    if found is None or found.cluster != cluster.name:
        raise Refused("InvalidParameterException", "The referenced task was not found.")
    return found


def _hint(kind: str, name: str, names: Iterable[str]) -> str:
    """What follows ECS's sentence: which name was meant, or what there is."""
    options = sorted(names)
    guess = nearest(name, tuple(options))
    if guess:
        return f" There is no {kind} {shown(name)}; did you mean {guess}?"
    some = (
        f"there is {', '.join(options[:5])}{' …' if len(options) > 5 else ''}" if options else "there is none"
    )
    return f" There is no {kind} {shown(name)}; {some}."


def _hint_of_definition(name: str, families: set[str]) -> str:
    family, colon, _ = name.partition(":")
    if family in families:
        what = f"revision {name}" if colon else f"ACTIVE revision of {family}"
        return f" There is no {what}."
    return _hint("task definition", family, families)
