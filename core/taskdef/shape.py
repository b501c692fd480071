"""Shapes of JSON and the check of a value against one: every problem with its path, and the nearest valid key.

Knows nothing of ECS. Lenient where the meaning is plain: nulls are dropped, "256" is read as a number where one is
wanted, and each such reading is told.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from core.record import Record

_PLACEHOLDER: Final = re.compile(r"[<>{}\[\]$%]")
_NUMBER = re.compile(r"\s*-?[0-9]{1,20}\s*")

#: Guessing costs: a large document of something else is not worth more guesses than a person reads.
_GUESSES: Final = 20

#: How much of a wrong value a message repeats.
_SHOWN = 40


class Text(Record):
    """A string; with `blank_is_absent` an empty one counts as not given."""

    blank_is_absent: bool = False


class Choice(Record):
    """One of the listed strings; case is forgiven, an empty one counts as not given."""

    options: tuple[str, ...]


class Whole(Record):
    """A whole number within bounds, both inclusive; one outside is told, and read as one inside."""

    least: int = 0
    most: int = 2**31 - 1


class Flag(Record):
    """True or false."""


class ListOf(Record):
    """A list of one shape."""

    item: Shape


class TextMap(Record):
    """An object whose keys are free and whose values are strings."""


class Structure(Record):
    """An object with known keys; `required` ones must be there, `ignored` ones are dropped unread."""

    members: Mapping[str, Shape]
    required: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


Shape = Text | Choice | Whole | Flag | ListOf | TextMap | Structure


@dataclass(slots=True)
class Findings:
    """What was found on the way: problems refuse the document, warnings only tell.

    `misread`: a value is there that can't be used, so that rules about the whole would speak of what isn't so.
    """

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    misread: bool = False

    def misfit(self, sentence: str) -> None:
        """A value of the wrong kind."""
        self.problems.append(sentence)
        self.misread = True


def conform(value: Any, shape: Shape, path: str, findings: Findings) -> Any:
    """The value as the shape wants it, None where it is absent or can't be used."""
    if value is None:
        return None
    made: Any
    match shape:
        case Text():
            made = _text(value, shape, path, findings)
        case Choice():
            made = _choice(value, shape, path, findings)
        case Whole():
            made = _whole(value, shape, path, findings)
        case Flag():
            made = _flag(value, path, findings)
        case ListOf():
            made = _list(value, shape, path, findings)
        case TextMap():
            made = _text_map(value, path, findings)
        case Structure():
            made = _structure(value, shape, path, findings)
    return made


def shown(value: Any) -> str:
    """A wrong value as a message repeats it: short, and on one line."""
    kinds = {dict: "an object", list: "a list", bool: "true" if value else "false"}
    if type(value) in kinds:
        return kinds[type(value)]
    text = re.sub(r"\s+", " ", str(value))
    text = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
    return f'"{text}"' if isinstance(value, str) else text


def key_shown(key: str) -> str:
    """A stranger's key as a path or a sentence holds it: short, and on one line."""
    return shown(key)[1:-1]


def is_placeholder(text: str) -> bool:
    """Whether a template's mark is left in a name."""
    return _PLACEHOLDER.search(text) is not None


def unusual(text: str) -> str:
    """What a person may not see in a wrong name: that it is a template's mark, or its first character that is no visible ASCII.

    To be put behind it: "web" (U+0435 CYRILLIC SMALL LETTER IE).
    """
    odd = next((character for character in text if not " " <= character <= "~"), "")
    if not odd and is_placeholder(text):
        return " (a placeholder: fill it in first)"
    odd = odd or " " * (" " in text)
    if not odd:
        return ""
    name = unicodedata.name(odd, "")
    return f" (U+{ord(odd):04X}{' ' * bool(name)}{name})"


def nearest(key: str, options: tuple[str, ...]) -> str:
    """The option that was probably meant, empty where none comes near."""
    folded = {option.casefold(): option for option in options}
    close = difflib.get_close_matches(key.casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else ""


def _unusual(value: Any) -> str:
    is_odd = isinstance(value, str) and (is_placeholder(value) or not value.isascii())
    return unusual(value) if is_odd else ""


def _text(value: Any, shape: Text, path: str, findings: Findings) -> str | None:
    if isinstance(value, bool | int | float):
        read = str(value).lower() if isinstance(value, bool) else str(value)
        findings.warnings.append(f'{path}: {shown(value)} is read as the text "{read}".')
        return read
    if not isinstance(value, str):
        findings.misfit(f"{path}: must be a text, not {shown(value)}.")
        return None
    return None if shape.blank_is_absent and not value else value


def _choice(value: Any, shape: Choice, path: str, findings: Findings) -> str | None:
    if value == "":
        return None
    if isinstance(value, str):
        for option in shape.options:
            if value.casefold() == option.casefold():
                return option
    options = ", ".join(shape.options)
    guess = nearest(value, shape.options) if isinstance(value, str) else ""
    hint = f"; did you mean {guess}?" if guess else "."
    findings.misfit(f"{path}: {shown(value)}{_unusual(value)} is not one of {options}{hint}")
    return None


def _whole(value: Any, shape: Whole, path: str, findings: Findings) -> int | None:
    read: int | None = None
    if isinstance(value, int) and not isinstance(value, bool):
        read = value
    elif isinstance(value, float) and value.is_integer():
        read = int(value)
    elif isinstance(value, str) and _NUMBER.fullmatch(value):
        read = int(value)
        findings.warnings.append(f"{path}: {shown(value)} is read as the number {read}.")
    if read is None:
        findings.misfit(f"{path}: must be a whole number, not {shown(value)}{_unusual(value)}.")
    elif not shape.least <= read <= shape.most:
        findings.problems.append(f"{path}: must be from {shape.least} to {shape.most}, not {shown(read)}.")
        # It is there, so that no rule calls it missing.
        read = shape.most if read > shape.most else max(shape.least, 1)
    return read


def _flag(value: Any, path: str, findings: Findings) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.casefold() in {"true", "false"}:
        findings.warnings.append(f"{path}: {shown(value)} is read as {value.casefold()}.")
        return value.casefold() == "true"
    findings.misfit(f"{path}: must be true or false, not {shown(value)}.")
    return None


def _list(value: Any, shape: ListOf, path: str, findings: Findings) -> list[Any] | None:
    if not isinstance(value, list):
        findings.misfit(f"{path}: must be a list, not {shown(value)}.")
        return None
    items = [conform(item, shape.item, f"{path}[{index}]", findings) for index, item in enumerate(value)]
    return [item for item in items if item is not None]


def _text_map(value: Any, path: str, findings: Findings) -> dict[str, str] | None:
    if not isinstance(value, Mapping):
        findings.misfit(f"{path}: must be an object, not {shown(value)}.")
        return None
    if "" in value:
        findings.misfit(f"{path}: a key must not be empty.")
    read = {key: conform(item, Text(), f"{path}.{key_shown(key)}", findings) for key, item in value.items()}
    return {key: item for key, item in read.items() if item is not None}


def _structure(value: Any, shape: Structure, path: str, findings: Findings) -> dict[str, Any] | None:
    if not isinstance(value, Mapping):
        findings.misfit(f"{path or 'the document'}: must be an object, not {shown(value)}.")
        return None
    prefix = f"{path}." if path else ""
    meant: set[str] = set()
    read: dict[str, Any] = {}
    for key, item in value.items():
        if key in shape.members:
            made = conform(item, shape.members[key], f"{prefix}{key}", findings)
            if made is not None:
                read[key] = made
        elif key not in shape.ignored:
            guess = nearest(key, tuple(shape.members)) if len(findings.problems) < _GUESSES else ""
            meant.add(guess)
            hint = f"; did you mean {guess}?" if guess else "."
            findings.problems.append(f"{prefix}{key_shown(key)}{unusual(key)}: unknown key{hint}")
    findings.problems += [
        f"{prefix}{key}: is missing."
        for key in shape.required
        if (value.get(key) is None or value[key] == "") and key not in meant
    ]
    return read
