"""Where in a task definition a member stands, by the paths of the record of decisions. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.record import Record
from core.taskdef.shape import key_shown, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]


class Where(Record):
    """One place: the container or the volume it is in, both empty for the task itself, and the member within it."""

    member: str
    #: As every problem begins: `containerDefinitions[2].portMappings[0].hostPort`.
    path: str
    container: str = ""
    volume: str = ""

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
        case "containerDefinitions" | "volumes" if rest:
            kind = "container" if first == "containerDefinitions" else "volume"
            for index, holder in enumerate(task[first]):
                for at, value in _within(holder, rest.split("."), f"{first}[{index}]"):
                    yield Where(rest, at, **{kind: holder.get("name", "")}), value
        case _:
            for at, value in _within(task, path.split("."), ""):
                yield Where(path, at), value


def _within(holder: Any, path: list[str], at: str) -> Iterator[tuple[str, Any]]:
    """The values at a path in something that stands at `at`, each with where it stands itself."""
    match holder:
        case _ if not path:
            yield at, holder
        case dict() if path[0] in holder:
            yield from _within(holder[path[0]], path[1:], f"{at}.{path[0]}" if at else path[0])
        case list():
            for index, item in enumerate(holder):
                yield from _within(item, path, f"{at}[{index}]")
        case _:
            return
