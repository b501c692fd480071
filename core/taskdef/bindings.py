"""Where on its host a container is reached when Docker publishes nothing of the container's own. Pure.

In awsvpc the pause container publishes the ports of all; in host mode a port is the host's without being published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.model.task import ContainerStatus, NetworkBinding
from core.model.task_definition import PAUSE_CONTAINER, NetworkMode
from core.record import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.task import Container
    from core.model.task_definition import TaskDefinition


def with_shared_ports(definition: TaskDefinition, containers: tuple[Container, ...]) -> tuple[Container, ...]:
    """The containers of a task, with the bindings they have through the network they share."""
    match definition.network_mode:
        case NetworkMode.AWSVPC:
            shared = [b for c in containers if c.name == PAUSE_CONTAINER for b in c.network_bindings]
        case NetworkMode.HOST:
            shared = [
                NetworkBinding(port.container_port, port.host_port, port.protocol)
                for container in definition.containers
                for port in container.port_mappings
            ]
        case _:
            return containers
    return tuple(_bound(definition, container, shared) for container in containers)


def _bound(definition: TaskDefinition, container: Container, shared: Iterable[NetworkBinding]) -> Container:
    asked = definition.container(container.name)
    if asked is None or container.status is not ContainerStatus.RUNNING:
        return container
    own = {(port.container_port, port.protocol) for port in asked.port_mappings}
    return replace(
        container,
        network_bindings=tuple(b for b in shared if (b.container_port, b.protocol) in own),
    )
