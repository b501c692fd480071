"""One service of a Compose file while it is read, and what is gathered beside its container. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.compose.values import mapping
from core.record import Record

if TYPE_CHECKING:
    from core.compose.document import ComposeFile

Json = dict[str, Any]


@dataclass(slots=True)
class Beside:
    """What belongs to a whole project: notes in the file's order, files of variables, rules for the config, volumes."""

    notes: list[str] = field(default_factory=list)
    #: By their reference in environmentFiles, in ECS's form.
    env_files: dict[str, str] = field(default_factory=dict)
    #: Rules of [secrets] in TOML, by their pattern.
    rules: dict[str, str] = field(default_factory=dict)


class Reading(Record):
    """One service: its keys, and how to tell of them."""

    file: ComposeFile
    project: str
    name: str
    keys: Json
    beside: Beside

    def where(self, key: str) -> str:
        """A key's place, for a sentence about what is wrong there."""
        return f"{self.file.name}: services.{self.name}.{key}"

    def say(self, key: str, sentence: str) -> None:
        """Tell of something that is carried over otherwise, or not at all."""
        note = f"{self.name}: {key}: {sentence}."
        if note not in self.beside.notes:
            self.beside.notes.append(note)

    def of_project(self, kind: str, name: str) -> Json:
        """What the project says of a volume, secret or config."""
        said = mapping(self.file.document.get(kind), f"{self.file.name}: {kind}")
        return mapping(said.get(name), f"{self.file.name}: {kind}.{name}")


def ecs_name(name: str) -> str:
    """A name in ECS's characters."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", name)[:255]
