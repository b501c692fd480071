"""Stacks: the services and schedules of a cluster that `apply --stack` made or took in, known by their tag. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.model.ids import arn
from core.model.service import ServiceStatus
from core.record import Record

if TYPE_CHECKING:
    from core.model.schedule import Schedule
    from core.model.service import Service
    from core.model.state import State


class Stack(Record):
    """A stack with its services and its schedules, by name. One of the same name in another cluster is another stack."""

    cluster: str
    name: str
    services: tuple[Service, ...]
    schedules: tuple[Schedule, ...]

    @property
    def key(self) -> str:
        """`CLUSTER/NAME`."""
        return f"{self.cluster}/{self.name}"


def stacks(state: State, cluster: str | None = None) -> list[Stack]:
    """All stacks, or a cluster's, by cluster and name; services that are being deleted are of them until they are gone."""
    services: dict[tuple[str, str], list[Service]] = {}
    schedules: dict[tuple[str, str], list[Schedule]] = {}
    for _, service in sorted(state.services.items()):
        if service.stack and _is_there(service):
            services.setdefault((service.cluster, service.stack), []).append(service)
    for _, schedule in sorted(state.schedules.items()):
        if schedule.stack:
            schedules.setdefault((schedule.cluster, schedule.stack), []).append(schedule)
    return [
        Stack(*key, tuple(services.get(key, ())), tuple(schedules.get(key, ())))
        for key in sorted(services.keys() | schedules.keys())
        if cluster in {None, key[0]}
    ]


def stack_of(state: State, cluster: str, name: str) -> Stack | None:
    """A cluster's stack of that name; None where nothing is of it."""
    services = tuple(s for s in _services_of(state, cluster) if s.stack == name and _is_there(s))
    schedules = tuple(schedules_of(state, cluster, name))
    return Stack(cluster, name, services, schedules) if services or schedules else None


def active_services(state: State, cluster: str, stack: str) -> list[Service]:
    """A stack's services that are not being deleted already."""
    services = _services_of(state, cluster)
    return [s for s in services if s.stack == stack and s.status is ServiceStatus.ACTIVE]


def schedules_of(state: State, cluster: str, stack: str) -> list[Schedule]:
    """A stack's schedules."""
    schedules = [state.schedules[key] for key in sorted(state.index.schedules_of_cluster[cluster])]
    return [s for s in schedules if s.stack == stack]


def describe_stack(stack: Stack) -> dict[str, Any]:
    """A stack as JSON: there is none in ECS."""
    return {
        "name": stack.name,
        "clusterArn": arn("cluster", stack.cluster),
        "serviceArns": [arn("service", service.cluster, service.name) for service in stack.services],
        "scheduleArns": [arn("schedule", schedule.cluster, schedule.name) for schedule in stack.schedules],
    }


def _services_of(state: State, cluster: str) -> list[Service]:
    return [state.services[key] for key in sorted(state.index.services_of_cluster[cluster])]


def _is_there(service: Service) -> bool:
    return service.status is not ServiceStatus.INACTIVE
