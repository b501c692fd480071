"""Where in a task definition a member stands, by the paths of the record of decisions. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.taskdef.shape import key_shown, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Where:
    """One place: the container or the volume it is in, both empty for the task itself, and the member within it."""

    member: str
    container: str = ""
    volume: str = ""
    #: `containerDefinitions[2]`, empty for the task itself.
    within: str = ""

    @property
    def path(self) -> str:
        """As every problem begins."""
        return f"{self.within}.{self.member}" if self.within else self.member

    @property
    def about(self) -> str:
        """What a refusal says next, as ECS's do."""
        if self.container:
            return f"Invalid setting for container '{key_shown(self.container)}'. "
        return f"{shown(self.volume)}: " if self.volume else ""

    @property
    def beside(self) -> str:
        """How a warning begins."""
        if self.container:
            return f"container {self.container}: "
        return f"volume {self.volume}: " if self.volume else ""


def values_at(task: Json, path: str) -> Iterator[tuple[Where, Any]]:
    """The values at a path of the record (`containerDefinitions.portMappings.hostPort`), each with its place."""
    first, _, rest = path.partition(".")
    match first:
        case "containerDefinitions" if rest:
            for index, container in enumerate(task[first]):
                where = Where(rest, container=container.get("name", ""), within=f"{first}[{index}]")
                yield from ((where, value) for value in _within(container, rest.split(".")))
        case "volumes" if rest:
            for index, volume in enumerate(task[first]):
                where = Where(rest, volume=volume.get("name", ""), within=f"{first}[{index}]")
                yield from ((where, value) for value in _within(volume, rest.split(".")))
        case _:
            yield from ((Where(path), value) for value in _within(task, path.split(".")))


def _within(holder: Any, path: list[str]) -> Iterator[Any]:
    match holder:
        case _ if not path:
            yield holder
        case dict() if path[0] in holder:
            yield from _within(holder[path[0]], path[1:])
        case list():
            for item in holder:
                yield from _within(item, path)
        case _:
            return
