"""A form as a value: its fields, what stands in them, what is wrong with it, and the command line that does the same. Pure."""

from __future__ import annotations

import re
import shlex
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from core.record import Record, field
from tui.plans.plan import twin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tui.plans.plan import Request

YES: Final = "yes"
NO: Final = "no"


class Kind(StrEnum):
    """What a field takes."""

    TEXT = "text"
    #: One of `choices`.
    CHOICE = "choice"
    #: `yes` or `no`.
    FLAG = "flag"
    #: Several, separated by spaces, with quotes as in a shell.
    LIST = "list"


class Entry(Record):
    """One field of a form. `option` is the command line's; an argument of a verb has none."""

    id: str
    label: str
    kind: Kind = Kind.TEXT
    option: str = ""
    #: What stands there first.
    value: str = ""
    #: Shown while it is empty: what may stand there, or what holds without it.
    hint: str = ""
    #: All that a CHOICE may be; for others names that are known, for completion.
    choices: tuple[str, ...] = ()
    is_required: bool = False
    #: What goes without saying on the command line: what holds anyhow, or what stands there already.
    usual: str = ""
    #: What the command line says once that was taken out.
    cleared: tuple[str, ...] = ()
    #: How complaints about it begin: ECS's members, or the first words of a sentence.
    about: tuple[str, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Whether it is chosen and not typed."""
        return self.kind in {Kind.CHOICE, Kind.FLAG}

    @property
    def offered(self) -> tuple[str, ...]:
        """What a closed one may be."""
        return (NO, YES) if self.kind is Kind.FLAG else self.choices


class Judged(Record):
    """What stands in a form, judged. Nothing is asked for while anything is wrong."""

    #: By a field's id: what is wrong with it, in the words that the engine would say it in.
    errors: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: What is wrong beside the fields.
    problems: tuple[str, ...] = ()
    #: What will happen, in numbers.
    lines: tuple[str, ...] = ()
    requests: tuple[Request, ...] = ()
    #: Names for completion that only became known while it was judged, by a field's id.
    known: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_good(self) -> bool:
        """Whether it can be asked for."""
        return not self.errors and not self.problems


class Form:
    """What stands in the fields, and which of them was touched: nobody is blamed for what is still empty."""

    def __init__(self, entries: Iterable[Entry], verb: Sequence[str]) -> None:
        """Begin with the first values. `verb` are the words of the command line: `service create`."""
        self.entries: Final = tuple(entries)
        self.verb: Final = tuple(verb)
        self.values: Final = {entry.id: entry.value for entry in self.entries}
        self.judged = Judged()
        self._touched: Final[set[str]] = set()
        self._blames_all = False

    def entry(self, entry_id: str) -> Entry:
        """A field by its id."""
        return next(entry for entry in self.entries if entry.id == entry_id)

    def put(self, entry_id: str, value: str) -> bool:
        """Something else stands in a field now; False when it is what stood there."""
        if self.values[entry_id] == value:
            return False
        self.values[entry_id] = value
        self._touched.add(entry_id)
        return True

    def leave(self, entry_id: str) -> None:
        """The operator went on to another field."""
        self._touched.add(entry_id)

    def blame_all(self) -> None:
        """From now on every error is shown: what stands there was meant."""
        self._blames_all = True

    def choose(self, entry_id: str, step: int) -> str:
        """The choice behind the one that stands there, or before it for -1; of an open field, the next known name."""
        offered = (
            self.entry(entry_id).offered if self.entry(entry_id).is_closed else self.completions(entry_id)
        )
        if not offered:
            return self.values[entry_id]
        now = self.values[entry_id]
        place = offered.index(now) if now in offered else -1 if step > 0 else 0
        return offered[(place + step) % len(offered)]

    def completions(self, entry_id: str) -> tuple[str, ...]:
        """Known names that begin as typed, in a list as its last item; all of them once one stands there as a whole."""
        entry, typed = self.entry(entry_id), self.values[entry_id]
        before = "".join(typed.rpartition(" ")[:2]) if entry.kind is Kind.LIST else ""
        known = self.judged.known.get(entry_id) or tuple(f"{before}{name}" for name in entry.choices)
        return known if typed in known else tuple(name for name in known if name.startswith(typed))

    def completed(self, entry_id: str) -> str | None:
        """The first known name that goes on as typed."""
        typed = self.values[entry_id]
        names = self.completions(entry_id) if typed else ()
        return next((name for name in names if name.startswith(typed) and name != typed), None)

    @property
    def is_dirty(self) -> bool:
        """Whether anything was typed that would be lost."""
        return any(self.values[entry.id] != entry.value for entry in self.entries)

    def error(self, entry_id: str) -> str:
        """What to say beside a field."""
        shown = self._blames_all or entry_id in self._touched
        return self.judged.errors.get(entry_id, "") if shown else ""

    def first_wrong(self) -> str:
        """The id of the first field that is wrong; empty where none is."""
        return next((entry.id for entry in self.entries if entry.id in self.judged.errors), "")

    def missing(self) -> dict[str, str]:
        """Required fields that are empty, each with the sentence about it."""
        return {
            entry.id: "is missing"
            for entry in self.entries
            if entry.is_required and not self.values[entry.id].strip()
        }

    def twin(self) -> str:
        """The command line that does the same."""
        return twin(*self.verb, *arguments(self.entries, self.values))


def arguments(entries: Iterable[Entry], values: Mapping[str, str]) -> Iterator[str]:
    """A command line's arguments: first those that have no option, then the options that were said."""
    positional: list[str] = []
    options: list[str] = []
    for entry in entries:
        value, usual = _meant(entry, values[entry.id]), _meant(entry, entry.usual)
        if value == usual:
            continue
        said = items(value) if entry.kind is Kind.LIST else [value]
        if not value:
            options += entry.cleared
        elif not entry.option:
            positional += said
        elif entry.kind is Kind.FLAG:
            options.append(entry.option)
        else:
            for item in said:
                # What begins with a dash would be taken for another option.
                options += [f"{entry.option}={item}"] if item.startswith("-") else [entry.option, item]
    if any(value.startswith("-") for value in positional):
        return iter([*options, "--", *positional])
    return iter([*positional, *options])


def _meant(entry: Entry, value: str) -> str:
    """What a field says; a flag that is not set says nothing."""
    return "" if entry.kind is Kind.FLAG and value == NO else value.strip()


def items(text: str) -> list[str]:
    """The items of a list as they are typed; a quote that is still open ends with the text."""
    for closed in (text, f'{text}"', f"{text}'"):
        try:
            return shlex.split(closed)
        except ValueError:
            continue
    return text.split()


def sorted_out(entries: Iterable[Entry], problems: Iterable[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Complaints by the field they are about, each field's first; and those that are about none."""
    beginnings = sorted(
        ((beginning, entry.id) for entry in entries for beginning in entry.about), key=lambda b: -len(b[0])
    )
    errors: dict[str, str] = {}
    others: list[str] = []
    for problem in problems:
        found = next((i for beginning, i in beginnings if _begins(problem, beginning)), "")
        if not found:
            others.append(problem)
        else:
            errors.setdefault(found, problem)
    return errors, tuple(others)


def _begins(problem: str, beginning: str) -> bool:
    return re.match(re.escape(beginning) + r"(?![A-Za-z0-9])", problem) is not None
