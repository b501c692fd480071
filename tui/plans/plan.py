"""A plan: what an operator is asked to confirm, and the commands that follow. Pure."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from core.cli.printing import count_of
from core.config.durations import parse_duration
from core.record import Record, field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from core.commands import Action


class Request(Record):
    """One command: what to ask, the sentence when it is accepted, and the command line that does the same."""

    action: Action
    given: dict[str, Any]
    done: str
    twin: str
    #: The cluster it is about, where the input doesn't name it by itself.
    of_cluster: str = ""

    @property
    def cluster(self) -> str:
        """The cluster it is about; empty where it is about none."""
        return self.of_cluster or str(self.given.get("cluster", ""))


class Plan(Record):
    """A dialog and what it leads to. Without requests there is nothing to confirm; `lines` say why."""

    title: str
    lines: tuple[str, ...]
    requests: tuple[Request, ...]
    #: The word on the button.
    go: str
    #: It ends or removes things: on a protected cluster the cluster's name must be typed.
    destroys: bool = False
    #: What follows for tasks is for the planner to say (tui/plans/foresight.py).
    moves_tasks: bool = False
    #: Hosts, by id, that are to be empty: what remains there is told with its reason.
    leaving: frozenset[str] = frozenset()
    #: What is done to the config file before anything is asked for. It may block, and raise DockyardError.
    edit: Callable[[], object] | None = None
    #: What is done to it once all that was asked for is accepted, and the sentence then; likewise.
    after: tuple[Callable[[], object], str] | None = None
    #: Other answers, by the word on their button. What is foreseen is `requests`.
    otherwise: Mapping[str, tuple[Request, ...]] = field(default_factory=dict)
    #: The clusters it is about, where its commands name none.
    of_clusters: frozenset[str] = frozenset()

    @property
    def clusters(self) -> list[str]:
        """All that it is about."""
        return sorted(self.of_clusters | {request.cluster for request in self.requests if request.cluster})


def duration_of(typed: str) -> float:
    """Seconds, written as on the command line: `30m`, or a bare number of seconds. Raises ValueError with a sentence."""
    text = typed.strip()
    return float(text) if text.replace(".", "", 1).isdigit() else parse_duration(text)


def twin(*words: str, cluster: str = "") -> str:
    """A command line of ours, as it would be typed."""
    return shlex.join(["dockyard", *words, *(["--cluster", cluster] if cluster else [])])


def listed(names: Sequence[str], most: int = 8) -> str:
    """Names, and how many more."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def tasks_text(count: int) -> str:
    """`1 task`, `2 tasks`."""
    return count_of(count, "task")
