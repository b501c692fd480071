"""Which services of a Compose file become one task. Pure.

A shared namespace and volumes_from hold on one host alone, so they bind. The order of a start, and names by links, hold in
ECS within one task only, so depends_on and links bind too, unless what they tie differs in number or network, or is more
than a task holds: then they are cut, and told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.compose.container import conditions
from core.compose.reading import ecs_name
from core.compose.values import mapping, texts, whole
from core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from core.compose.reading import Reading

Json = dict[str, Any]

_CONTAINERS: Final = 10
_SHARED: Final = "service:"


def grouped(readings: Mapping[str, Reading], *, separate: bool) -> list[list[Reading]]:
    """The services of each task, in the file's order. `separate` cuts every tie that can be cut. Raises ConfigError."""
    for reading in readings.values():
        for other in _ties(reading):
            if other not in readings:
                raise ConfigError(
                    f"{reading.file.name}: services.{reading.name}: there is no service {other}"
                )
    bound = _components(readings, _binding)
    for group in bound:
        if len({_kind(reading, group) for reading in group}) > 1:
            named = ", ".join(reading.name for reading in group)
            raise ConfigError(
                f"{group[0].file.name}: {named} share a host, and so a task: they must have the same deploy.mode and number"
            )
    if separate:
        return bound
    kinds = {reading.name: _kind(reading, group) for group in bound for reading in group}

    def ties_to_alike(reading: Reading) -> set[str]:
        alike = {other for other in _ties(reading) if kinds[other] == kinds[reading.name]}
        return _binding(reading) | alike

    made: list[list[Reading]] = []
    for group in _components(readings, ties_to_alike):
        made += [group] if len(group) <= _CONTAINERS else [part for part in bound if part[0] in group]
    return made


def links_of(reading: Reading) -> dict[str, str]:
    """The services that a service links to, each with the link as it is written."""
    return {
        entry.partition(":")[0]: entry for entry in texts(reading.keys.get("links"), reading.where("links"))
    }


def count_of(reading: Reading) -> int:
    """How many tasks there are of the service."""
    deploy = mapping(reading.keys.get("deploy"), reading.where("deploy"))
    given = deploy.get("replicas", reading.keys.get("scale"))
    return 1 if given is None else whole(given, reading.where("deploy.replicas"))


def mode_of(reading: Reading) -> str:
    """Compose's deploy.mode."""
    return str(mapping(reading.keys.get("deploy"), reading.where("deploy")).get("mode") or "replicated")


def shares_with(reading: Reading, key: str = "network_mode") -> str:
    """The service whose namespace this one uses, empty where it has one of its own."""
    said = str(reading.keys.get(key) or "")
    return said.removeprefix(_SHARED) if said.startswith(_SHARED) else ""


def network_mode(group: Sequence[Reading]) -> str:
    """The networkMode of a task of these services."""
    if any(shares_with(reading) for reading in group):
        return "awsvpc"
    said = str(group[0].keys.get("network_mode") or "bridge")
    return said if said in {"host", "none"} else "bridge"


def family_of(group: Sequence[Reading]) -> str:
    """What the task is called: by the first of its services that no other one waits for."""
    waited_for = {other for reading in group for other in _ties(reading)}
    first = next((reading for reading in group if reading.name not in waited_for), group[0])
    return ecs_name(f"{first.project}-{first.name}")


def _kind(reading: Reading, bound: Sequence[Reading]) -> tuple[str, int, str]:
    """What must be the same in one task."""
    mode = mode_of(reading)
    return mode, count_of(reading) if mode == "replicated" else 1, network_mode(bound)


def _binding(reading: Reading) -> set[str]:
    shared = {shares_with(reading, key) for key in ("network_mode", "pid", "ipc")} - {""}
    mounted = texts(reading.keys.get("volumes_from"), reading.where("volumes_from"))
    return shared | {entry.partition(":")[0] for entry in mounted if not entry.startswith("container:")}


def _ties(reading: Reading) -> set[str]:
    return _binding(reading) | set(conditions(reading)) | set(links_of(reading))


def _components(
    readings: Mapping[str, Reading], ties: Callable[[Reading], Iterable[str]]
) -> list[list[Reading]]:
    group_of = {name: name for name in readings}
    for name, reading in readings.items():
        for other in ties(reading):
            old, new = group_of[other], group_of[name]
            group_of = {each: new if group == old else group for each, group in group_of.items()}
    found: dict[str, list[Reading]] = {}
    for name, group in group_of.items():
        found.setdefault(group, []).append(readings[name])
    return list(found.values())
