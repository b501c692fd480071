"""ECS's rules for a container's portMappings. Pure: normalised JSON in, sentences out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from core.taskdef.problem import about, named
from core.taskdef.shape import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.taskdef.problem import Problem

Json = dict[str, Any]

_RANGE: Final = re.compile(r"([0-9]{1,5})-([0-9]{1,5})")

#: ECS's limit for one container.
_RANGES: Final = 100

_PORT_NAME: Final = re.compile(r"[a-z0-9_][a-z0-9_-]{0,63}")

#: More published ports than this from one range would be more proxies than a host bears.
_RANGE_LIMIT: Final = 1000


def port_range(text: str) -> range | None:
    """The ports of "8000-8010", both ends included; None when it is no such range."""
    match = _RANGE.fullmatch(text)
    if match is None or not 1 <= int(match[1]) < int(match[2]) <= 65535:
        return None
    return range(int(match[1]), int(match[2]) + 1)


def port_problems(container: Json, task: Json) -> Iterator[Problem]:
    """Every rule its ports break."""
    mode = task.get("networkMode", "bridge")
    mappings = container["portMappings"]
    if mappings and mode == "none":
        yield "portMappings", f"{about(container)} 'portMappings' need a network, but networkMode is none."
    for index, mapping in enumerate(mappings):
        for member, sentence in _port(container, mapping, mode):
            yield f"portMappings[{index}].{member}", sentence
    yield from _overlaps(container)
    yield from _port_names(container)


def _port(container: Json, mapping: Json, mode: str) -> Iterator[Problem]:
    port, host = mapping.get("containerPort", 0), mapping.get("hostPort", 0)
    wanted = mapping.get("containerPortRange")
    if wanted is None:
        if not port:
            yield "containerPort", f"Invalid 'containerPort' setting for container '{named(container)}'."
        elif mode in {"host", "awsvpc"} and host != port:
            yield (
                "hostPort",
                (
                    f"When networkMode={mode}, the host ports and container ports in port mappings must match"
                    f" (container '{named(container)}': {host} and {port})."
                ),
            )
        return
    ports = port_range(wanted)
    if port or host:
        yield (
            "containerPortRange",
            f"{about(container)} 'containerPortRange' stands alone, without containerPort and hostPort.",
        )
    if mode not in {"bridge", "awsvpc"}:
        yield (
            "containerPortRange",
            f"{about(container)} 'containerPortRange' needs networkMode bridge or awsvpc.",
        )
    if ports is None:
        yield (
            "containerPortRange",
            f"{about(container)} 'containerPortRange' {shown(wanted)} is not a range such as 8000-8010.",
        )
    elif len(ports) > _RANGE_LIMIT:
        yield (
            "containerPortRange",
            f"{about(container)} 'containerPortRange' {wanted} is longer than {_RANGE_LIMIT} ports.",
        )


def _overlaps(container: Json) -> Iterator[Problem]:
    """ECS: a port is in one mapping of a container only, where ranges are."""
    seen: dict[tuple[int, str], int] = {}
    for index, mapping in enumerate(container["portMappings"]):
        written = mapping.get("containerPortRange")
        one = mapping.get("containerPort", 0)
        ports = range(one, one + 1) if written is None else port_range(written) or range(0)
        for port in ports[:_RANGE_LIMIT]:
            first = seen.setdefault((port, mapping["protocol"]), index)
            ranged = written or container["portMappings"][first].get("containerPortRange")
            if first != index and ranged:
                yield (
                    f"portMappings[{index}]",
                    (
                        f"{about(container)} Port {port}/{mapping['protocol']} is in portMappings[{first}] as well;"
                        " a port can be in one mapping only beside a containerPortRange."
                    ),
                )
                break
    ranges = sum("containerPortRange" in mapping for mapping in container["portMappings"])
    if ranges > _RANGES:
        yield (
            "portMappings",
            f"{about(container)} At most {_RANGES} containerPortRanges are allowed, not {ranges}.",
        )


def _port_names(container: Json) -> Iterator[Problem]:
    for index, mapping in enumerate(container["portMappings"]):
        name = mapping.get("name")
        if name is not None and not _PORT_NAME.fullmatch(name):
            yield (
                f"portMappings[{index}].name",
                (
                    f"{about(container)} The port's name {shown(name)} may hold only lowercase letters, digits, - and _ (at"
                    " most 64), and can't begin with -."
                ),
            )
