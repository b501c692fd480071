"""A plan: what an operator is asked to confirm, and the commands that follow. Pure."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.cli.printing import count_of

if TYPE_CHECKING:
    from core.commands import Action


@dataclass(frozen=True, slots=True)
class Request:
    """One command: what to ask, the sentence when it is accepted, and the command line that does the same."""

    action: Action
    given: dict[str, Any]
    done: str
    twin: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A dialog and what it leads to. Without requests there is nothing to confirm; `lines` say why."""

    title: str
    lines: tuple[str, ...]
    requests: tuple[Request, ...]
    #: The word on the button.
    go: str
    #: It ends or removes things: on a protected cluster the cluster's name must be typed.
    destroys: bool = False

    @property
    def clusters(self) -> list[str]:
        """All that its commands are about."""
        return sorted({request.given["cluster"] for request in self.requests if "cluster" in request.given})


def twin(*words: str, cluster: str = "") -> str:
    """A command line of ours, as it would be typed."""
    return shlex.join(["dockyard", *words, *(["--cluster", cluster] if cluster else [])])


def listed(names: list[str], most: int = 8) -> str:
    """Names, and how many more."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def tasks_text(count: int) -> str:
    """`1 task`, `2 tasks`."""
    return count_of(count, "task")
