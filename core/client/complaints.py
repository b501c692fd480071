"""Everything that is wrong with what an operator wrote, told together and each with its place. Pure."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from core.decisions import DECISIONS
from core.errors import ConfigError, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BEFORE_CAPITALS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_CAMEL_WORD: Final = re.compile(r"\b[a-z]+[a-z0-9]*[A-Z]\w*")


def snake(member: str) -> str:
    """ECS's member as TOML writes it: `enableECSManagedTags` is `enable_ecs_managed_tags`."""
    return _BEFORE_CAPITALS.sub("_", member).lower()


_OURS: Final = ("healthyAfterSeconds", "replace")
#: ECS's members, and ours, by how TOML writes them.
MEMBERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        snake(part): part
        for member in (*(m for decisions in DECISIONS.values() for m in decisions), *_OURS)
        for part in member.split(".")
    }
)
_WRITTEN: Final = {member: written for written, member in MEMBERS.items()}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something was written: its file, and the place in it.

    `spelling` is how the file writes ECS's members that it has, by ECS's names; None for a file that writes them as ECS does.
    """

    file: str
    place: str = ""
    spelling: Mapping[str, str] | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """`stack.toml [services.web]`."""
        return f"{self.file} {self.place}".rstrip()

    def tells(self, problem: str) -> str:
        """The problem with its place before it, in the file's own spelling."""
        if self.spelling is None:
            return ": ".join(part for part in (self.file, self.place, problem) if part)
        spelling = {**_WRITTEN, **self.spelling}
        problem = _CAMEL_WORD.sub(lambda word: spelling.get(word[0], word[0]), problem)
        return f"{self.file}: {self.place} {problem}"


def said_twice(what: str, one: Origin, other: Origin) -> ConfigError:
    """The complaint that two places say what one thing is."""
    return ConfigError(f"{what}: {one.name} and {other.name} both say what it is")


class Problems(ConfigError):
    """More than one thing is wrong."""

    def __init__(self, problems: list[str]) -> None:
        """Keep them one by one beside the text that tells them all."""
        super().__init__("\n- ".join([f"{len(problems)} problems, and nothing was done:", *problems]))
        self.problems: Final = tuple(problems)


class Complaints:
    """Gathers what is wrong, so that it is told at once."""

    def __init__(self) -> None:
        """None yet."""
        self._problems: Final[list[str]] = []
        self._only: ConfigError | Refused | None = None

    @contextmanager
    def about(self, origin: Origin | None = None) -> Iterator[None]:
        """Take down a refusal with its origin; what is said of a file as such names it itself."""
        try:
            yield
        except Refused as refused:
            place = origin or Origin("")
            self._only = Refused(refused.code, place.tells(refused.message))
            self._problems.extend(place.tells(problem) for problem in refused.problems)
        except Problems as several:
            self._problems.extend(several.problems)
        except ConfigError as error:
            self._only = error
            self._problems.append(str(error))

    def conclude(self) -> None:
        """Raise what was gathered: the error itself where it is one, else Problems."""
        problems = list(dict.fromkeys(self._problems))
        if len(problems) == 1 and self._only is not None:
            raise self._only
        if problems:
            raise Problems(problems)
