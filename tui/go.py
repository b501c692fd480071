"""What `:` understands: the name of a view, with a cluster if one is named, or one of a few words; and their completion. Pure."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from core.errors import ConfigError, UsageError
from core.record import Record, field
from tui.place import Place
from tui.views import ALIASES, NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from core.config import Config

#: Words that are no views, and what they mean.
_WORDS: Final = {
    "quit": "quit",
    "q": "quit",
    "q!": "quit",
    "help": "help",
    "engine": "engine.start",
    "apply": "apply",
    "apply-config": "config.apply",
    "columns": "columns",
    "compact": "compact",
    "messages": "messages",
    "output": "output",
    "theme": "theme",
    "shell": "shell",
    "screenshot": "screenshot",
    "sort": "sort",
}
#: What other programs call it: told, since there is one name for each thing here.
_ELSEWHERE: Final = {
    "aliases": "help",
    "context": "clusters",
    "contexts": "clusters",
    "ctx": "clusters",
    "cronjobs": "schedules",
    "jobs": "schedules",
    "namespace": "clusters",
    "namespaces": "clusters",
    "no": "capacity",
    "node": "capacity",
    "nodes": "capacity",
    "ns": "clusters",
    "po": "tasks",
    "pod": "tasks",
    "pods": "tasks",
    "skins": "theme",
}


class Sort(Record):
    """Sort by a column, by its id."""

    column: str


class Run(Record):
    """Run a command, by its id; `rest` is what was said behind it."""

    command: str
    rest: str = ""


class Theme(Record):
    """Show another theme, by its name."""

    name: str


class Known(Record):
    """What there is to name: clusters, columns of the table, themes; and what the operator's own words stand for."""

    clusters: Sequence[str] = ()
    columns: Sequence[str] = ()
    themes: Sequence[str] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)


def checked_aliases(config: Config) -> Mapping[str, str]:
    """The operator's own words. Raises ConfigError for one that stands for nothing, or has a meaning already."""
    for word, meant in config.ui.aliases.items():
        where = f"{config.path} [ui.aliases] {word}"
        if word in ALIASES or word in _WORDS:
            raise ConfigError(f"{where}: the word has a meaning already; choose another one")
        first = meant.split()[0]
        if first not in ALIASES and first not in _WORDS:
            near = get_close_matches(first, [*ALIASES, *_WORDS], n=1)
            raise ConfigError(
                f"{where}: there is no view or command {first!r}"
                + (f"; did you mean {near[0]}?" if near else "")
            )
    return config.ui.aliases


def understand(typed: str, cluster: str, known: Known) -> Place | Sort | Theme | Run:
    """What was meant. Raises UsageError with the nearest thing that would be understood."""
    word, *rest = typed.split() or [""]
    if word in known.aliases:
        word, *rest = [*known.aliases[word].split(), *rest]
    name = rest[0] if rest else None
    if ALIASES.get(word) == "clusters" and name is None:
        return Place("clusters")
    if word in ALIASES and ALIASES[word] != "clusters":
        chosen = cluster if name is None else _chosen("cluster", name, ["all", *known.clusters])
        return Place(ALIASES[word], "" if chosen == "all" else chosen)
    match "cluster" if word in ALIASES else _WORDS.get(word):
        case "sort":
            return Sort(_chosen("column", name or "", known.columns))
        case "theme" if name is not None:
            return Theme(_chosen("theme", name, known.themes))
        case "cluster":
            chosen = _chosen("cluster", name or "", ["all", *known.clusters])
            return Place("services", "" if chosen == "all" else chosen)
        case None:
            near = get_close_matches(word, [*ALIASES, *_WORDS, *known.aliases], n=1)
            near = [_ELSEWHERE[word]] if word in _ELSEWHERE else near
            raise UsageError(
                f"There is no view or command {word!r}" + (f"; did you mean {near[0]}?" if near else "")
            )
        case command:
            return Run(command, " ".join(rest))


def completions(typed: str, known: Known) -> Iterator[str]:
    """Lines that go on as typed, the likeliest first."""
    word, space, _ = typed.partition(" ")
    if not space:
        if word in ALIASES:
            yield ALIASES[word]
        yield from NAMES
        yield from known.aliases
        yield from (name for name in (*_WORDS, *ALIASES) if len(name) > 2)
    elif word in {"sort", "theme"}:
        yield from (f"{word} {name}" for name in (known.columns if word == "sort" else known.themes))
    else:
        yield from (f"{word} {name}" for name in ["all", *known.clusters])


def _chosen(kind: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    found = [each for each in names if each.casefold() == name.casefold()] or [
        n for n in names if name and n.startswith(name)
    ]
    if len(found) == 1:
        return found[0]
    if not name:
        raise UsageError(f"Which {kind}? There are {', '.join(names)}")
    near = get_close_matches(name, names, n=1)
    raise UsageError(
        f"There is no {kind} {name!r}"
        + (f"; did you mean {near[0]}?" if near else f"; there are {', '.join(names)}")
    )
