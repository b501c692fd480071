"""What `:` understands: the name of a view, with a cluster if one is named, or one of a few words; and their completion. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from core.errors import UsageError
from tui.place import Place
from tui.views import ALIASES, VIEWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: Words that are no views, and what they mean.
_WORDS: Final = {
    "quit": "quit",
    "q": "quit",
    "q!": "quit",
    "help": "help",
    "engine": "engine.start",
    "shell": "shell",
    "screenshot": "screenshot",
    "sort": "sort",
    "cluster": "cluster",
}


@dataclass(frozen=True, slots=True)
class Sort:
    """Sort by a column, by its id."""

    column: str


@dataclass(frozen=True, slots=True)
class Run:
    """Run a command, by its id."""

    command: str


def understand(
    typed: str, cluster: str, clusters: Iterable[str], columns: Sequence[str]
) -> Place | Sort | Run:
    """What was meant. Raises UsageError with the nearest thing that would be understood."""
    word, *rest = typed.split() or [""]
    name = rest[0] if rest else None
    if word in ALIASES:
        chosen = cluster if name is None else _chosen("cluster", name, ["all", *clusters])
        return Place(ALIASES[word].name, "" if chosen == "all" else chosen)
    match _WORDS.get(word):
        case "sort":
            return Sort(_chosen("column", name or "", columns))
        case "cluster":
            chosen = _chosen("cluster", name or "", ["all", *clusters])
            return Place("services", "" if chosen == "all" else chosen)
        case None:
            near = get_close_matches(word, [*ALIASES, *_WORDS], n=1)
            raise UsageError(
                f"There is no view or command {word!r}" + (f"; did you mean {near[0]}?" if near else "")
            )
        case command:
            return Run(command)


def completions(typed: str, clusters: Iterable[str], columns: Sequence[str]) -> Iterator[str]:
    """Lines that go on as typed, the likeliest first."""
    word, space, _ = typed.partition(" ")
    if not space:
        if word in ALIASES:
            yield ALIASES[word].name
        yield from (view.name for view in VIEWS)
        yield from (name for name in (*_WORDS, *ALIASES) if len(name) > 2)
    elif word == "sort":
        yield from (f"sort {column}" for column in columns)
    else:
        yield from (f"{word} {name}" for name in ["all", *clusters])


def _chosen(kind: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    found = [each for each in names if each.casefold() == name.casefold()] or [
        n for n in names if name and n.startswith(name)
    ]
    if len(found) == 1:
        return found[0]
    near = get_close_matches(name, names, n=1)
    raise UsageError(
        f"There is no {kind} {name!r}"
        + (f"; did you mean {near[0]}?" if near else f"; there are {', '.join(names)}")
    )
