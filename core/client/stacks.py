"""Stacks: the services of a cluster that `apply --stack` made or took in, known by their tag. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.model.service import ServiceStatus

if TYPE_CHECKING:
    from core.model.service import Service
    from core.model.state import State


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack and its services, by name. One of the same name in another cluster is another stack."""

    cluster: str
    name: str
    services: tuple[Service, ...]

    @property
    def key(self) -> str:
        """`CLUSTER/NAME`."""
        return f"{self.cluster}/{self.name}"


def stacks(state: State, cluster: str | None = None) -> list[Stack]:
    """All stacks, or a cluster's, by cluster and name; services that are being deleted are of them until they are gone."""
    found: dict[tuple[str, str], list[Service]] = {}
    for _, service in sorted(state.services.items()):
        there = service.status is not ServiceStatus.INACTIVE and cluster in {None, service.cluster}
        if service.stack and there:
            found.setdefault((service.cluster, service.stack), []).append(service)
    return [Stack(*key, tuple(services)) for key, services in sorted(found.items())]


def active_services(state: State, cluster: str, stack: str) -> list[Service]:
    """A stack's services that are not being deleted already."""
    services = [state.services[key] for key in sorted(state.index.services_of_cluster[cluster])]
    return [s for s in services if s.stack == stack and s.status is ServiceStatus.ACTIVE]
