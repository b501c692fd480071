"""Compose's variables in texts: $NAME, ${NAME}, ${NAME:-default}, ${NAME:?message}, ${NAME:+instead}; $$ is a dollar. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATOR: Final = re.compile(r":?[-?+]")


class Interpolation:
    """Fills variables in, and remembers which were not set: Compose puts nothing in their place."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.unset: dict[str, None] = {}

    def value(self, value: Any, where: str) -> Any:
        """A value with its texts filled in, keys left alone. Raises ConfigError, with where it is."""
        match value:
            case str():
                return self._text(value, where)
            case dict():
                return {key: self.value(item, f"{where}.{key}") for key, item in value.items()}
            case list():
                return [self.value(item, f"{where}[{index}]") for index, item in enumerate(value)]
            case _:
                return value

    def _text(self, text: str, where: str) -> str:
        made, at = [], 0
        while (dollar := text.find("$", at)) >= 0:
            made.append(text[at:dollar])
            filled, at = self._variable(text, dollar + 1, where)
            made.append(filled)
        return "".join((*made, text[at:]))

    def _variable(self, text: str, at: int, where: str) -> tuple[str, int]:
        """What stands for the variable after a dollar, and where the text goes on."""
        if text[at : at + 1] == "$":
            return "$", at + 1
        braced = text[at : at + 1] == "{"
        name = _NAME.match(text, at + braced)
        if name is None:
            raise ConfigError(f"{where}: a $ begins a variable such as ${{NAME}}; write $$ for a dollar")
        if not braced:
            return self._plain(name[0]), name.end()
        end = _closing(text, name.end())
        if end < 0:
            raise ConfigError(f"{where}: the }} of ${{{name[0]} is missing")
        return self._braced(name[0], text[name.end() : end], where), end + 1

    def _plain(self, name: str) -> str:
        if name not in self._environ:
            self.unset[name] = None
        return self._environ.get(name, "")

    def _braced(self, name: str, rest: str, where: str) -> str:
        if not rest:
            return self._plain(name)
        operator = _OPERATOR.match(rest)
        if operator is None:
            raise ConfigError(f"{where}: ${{{name}{rest}}} is no variable Compose knows")
        word = rest[operator.end() :]
        set_value = self._environ.get(name)
        is_set = bool(set_value) if ":" in operator[0] else set_value is not None
        match operator[0][-1]:
            case "-":
                return set_value or "" if is_set else self._text(word, where)
            case "+":
                return self._text(word, where) if is_set else ""
            case _ if is_set:
                return set_value or ""
            case _:
                raise ConfigError(
                    f"{where}: ${name} must be set: {self._text(word, where) or 'it is required'}"
                )


def _closing(text: str, at: int) -> int:
    """Where the brace is that closes a variable, those of variables within it counted; -1 where there is none."""
    depth = 1
    while at < len(text):
        depth += (text[at] == "{" and text[at - 1] == "$") - (text[at] == "}")
        if not depth:
            return at
        at += 1
    return -1
