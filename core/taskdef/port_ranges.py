"""Adjacent ports of a host for a containerPortRange. Pure.

ECS's agent takes them from the ports that the kernel gives out to connections (32768 to 60999 by default), of which any may
be in use when a whole range is wanted. Here they are taken above those, where neither the kernel nor Docker chooses by itself,
and from Docker's own range (49153 and up) only where nothing is free there.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from core.model.task_definition import PAUSE_CONTAINER, NetworkMode
from core.taskdef.validate_ports import port_range

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from core.model.task_definition import PortMapping, TaskDefinition

#: A range as it is written ("9000-9010") and its protocol.
Wanted = tuple[str, str]

_POOLS: Final = (range(61000, 65536), range(49153, 61000))


def wanted_ranges(definition: TaskDefinition, container: str) -> tuple[Wanted, ...]:
    """The ranges that a container publishes; in awsvpc the pause container does it for all of the task."""
    pause = container == PAUSE_CONTAINER
    if pause != (definition.network_mode is NetworkMode.AWSVPC):
        return ()
    publishing = [c for c in definition.containers if pause or c.name == container]
    found = ((port.of_range, port.protocol) for c in publishing for port in c.port_mappings if port.of_range)
    return tuple(dict.fromkeys(found))


def adjacent(
    wanted: tuple[Wanted, ...], taken: Collection[tuple[int, str]], seed: str
) -> dict[Wanted, int] | None:
    """The first host port of each range, all of whose ports are free; None where there is no such room.

    `taken` are ports and protocols. `seed` (a container's name) decides where the search begins, so that the next task tries
    elsewhere when a port turns out to be held by a process that Docker knows nothing of.
    """
    busy = set(taken)
    found: dict[Wanted, int] = {}
    for written, protocol in wanted:
        length = len(port_range(written) or ())
        held = {port for port, its_protocol in busy if its_protocol == protocol}
        tried = (_free(pool, length, held, f"{seed} {written}") for pool in _POOLS)
        first = next((start for start in tried if start is not None), None)
        if first is None:
            return None
        found[written, protocol] = first
        busy.update((first + n, protocol) for n in range(length))
    return found


def host_port_of(port: PortMapping, host_ranges: Mapping[Wanted, int]) -> int:
    """The host port a mapping is published on; 0 lets Docker choose. Raises KeyError for a range that is not in `host_ranges`."""
    if not port.of_range:
        return port.host_port
    inside = port_range(port.of_range) or range(0)
    return host_ranges[port.of_range, port.protocol] + port.container_port - inside.start


def _free(pool: range, length: int, held: Collection[int], seed: str) -> int | None:
    """Where so many ports of a pool are free, once around from a place that the seed decides."""
    places = pool[: len(pool) - length + 1]
    begin = zlib.crc32(seed.encode()) % len(places)
    for part in (places[begin:], places[:begin]):
        at = 0
        while at < len(part):
            blocked = next((n for n in reversed(range(length)) if part[at] + n in held), None)
            if blocked is None:
                return part[at]
            at += blocked + 1  # no range that begins before the last held port is free
    return None
