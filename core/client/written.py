"""ECS's JSON written as the TOML that `apply` reads, and as JSON: for editors. Pure.

Whatever a terminal could take for more than a character is written as an escape, which reads back as what it was.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from core.client.complaints import snake
from core.client.manifest import FREE_KEYS, member_named
from core.safe_text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
#: An inline table that is longer is a table of its own.
_INLINE: Final = 90
#: What people look for first.
_FIRST: Final = {
    member: place
    for place, member in enumerate(
        (
            "cluster",
            "taskDefinition",
            "desiredCount",
            "name",
            "image",
            "command",
            "cpu",
            "memory",
            "key",
            "type",
        )
    )
}
_INDENT: Final = "  "
_BEYOND_BMP: Final = 0xFFFF


def toml(heading: tuple[str, ...], document: Json) -> str:
    """A document as a table with tables in it; members in snake_case, but for keys that are the operator's own."""
    return "\n".join(_table(heading, document, "")) + "\n"


def json_text(document: Json) -> str:
    """The same as JSON."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return "".join(ch if ch == "\n" or plain(ch) == ch else _json_escape(ch) for ch in text) + "\n"


def _table(path: tuple[str, ...], document: Json, key: str, *, is_item: bool = False) -> Iterator[str]:
    """What is short stands under the heading, what is long under one of its own behind it."""
    heading = ".".join(map(_key, path))
    yield f"[[{heading}]]" if is_item else f"[{heading}]"
    own_names = key in FREE_KEYS or key == "environment"
    later: list[tuple[str, str, Any]] = []
    for member, value in sorted(document.items(), key=lambda item: _FIRST.get(item[0], len(_FIRST))):
        written = member if own_names else _written(member)
        value = _by_name(value) if member == "environment" else value  # noqa: PLW2901  # as TOML has it
        if _is_long(member, written, value):
            later.append((member, written, value))
        else:
            yield f"{_key(written)} = {_value(value, member)}"
    for member, written, value in later:
        yield ""
        if isinstance(value, dict):
            yield from _table((*path, written), value, member)
        else:
            for number, item in enumerate(value):
                yield from [""] if number else []
                yield from _table((*path, written), item, member, is_item=True)


def _is_long(member: str, written: str, value: Any) -> bool:
    match value:
        case dict():
            return bool(value) and (
                member == "environment" or len(written) + len(_value(value, member)) > _INLINE
            )
        case [dict(), *_] if all(isinstance(item, dict) for item in value):
            return any(len(_value(item, member)) > _INLINE for item in value)
        case _:
            return False


def _value(value: Any, key: str) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return json.dumps(value)
        case str():
            return _string(value)
        case list():
            items = [_value(item, key) for item in value]
            one_line = f"[{', '.join(items)}]"
            if len(one_line) <= _INLINE or any(not isinstance(item, dict) for item in value):
                return one_line
            return "\n".join(["[", *(f"{_INDENT}{item}," for item in items), "]"])
        case dict():
            own_names = key in FREE_KEYS or key == "environment"
            members = (
                f"{_key(member if own_names else _written(member))} = {_value(item, member)}"
                for member, item in sorted(value.items(), key=lambda i: _FIRST.get(i[0], len(_FIRST)))
            )
            return f"{{ {', '.join(members)} }}" if value else "{}"
        case _:
            raise TypeError(f"TOML has no {type(value).__name__}")


def _by_name(environment: Any) -> Any:
    """ECS's list of names and values as a table, where it says nothing else."""
    pairs = [
        (item["name"], item["value"])
        for item in environment
        if isinstance(item, dict) and item.keys() == {"name", "value"} and isinstance(item["value"], str)
    ]
    by_name = dict(pairs)
    return by_name if len(by_name) == len(environment) and by_name else environment


def _written(member: str) -> str:
    """A member in snake_case, where that is read as the member again."""
    written = snake(member)
    return written if member_named(written) == member else member


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _string(name)


def _string(text: str) -> str:
    return f'"{"".join(map(_toml_character, text))}"'


def _toml_character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if plain(character) == character:
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= _BEYOND_BMP else f"\\U{code:08x}"


def _json_escape(character: str) -> str:
    return json.dumps(character)[1:-1]
