"""Compose's form of files of variables: `.env` and env_file. Unlike ECS's they have quotes, comments and `export`. Pure.

A value may hold variables itself. A dollar that is none (in single quotes, or behind a backslash) is doubled, as Compose writes it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from core.compose.interpolation import Interpolation
from core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

_LINE: Final = re.compile(r"(?:export\s+)?([A-Za-z_][\w.-]*)\s*(?:[=:]\s*|$)")
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$$"}


def filled(text: str, file: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of a file, those in their values filled in from `environ` and from what stands above. Raises ConfigError."""
    found: dict[str, str] = {}
    for name, value in variables(text, file).items():
        if value is not None:
            found[name] = Interpolation({**found, **environ}).value(value, f"{file}: {name}")
        elif name in environ:
            found[name] = environ[name]
    return found


def variables(text: str, file: str) -> dict[str, str | None]:
    """The variables of a file in its order; None for a name alone, which stands for the variable of the shell.

    Raises:
        ConfigError: a line is no variable, with file and line.
    """
    found: dict[str, str | None] = {}
    at, number = 0, 0
    lines = text.splitlines()
    while at < len(lines):
        line, number = lines[at].strip(), at + 1
        at += 1
        if not line or line.startswith("#"):
            continue
        match = _LINE.match(line)
        if match is None:
            raise ConfigError(f"{file}: line {number}: must be NAME=value")
        rest = line[match.end() :]
        if not match[0].rstrip().endswith(("=", ":")):
            found[match[1]] = None
        elif rest[:1] in {'"', "'"}:
            while _end_of_quote(rest) < 0 and at < len(lines):
                rest, at = f"{rest}\n{lines[at]}", at + 1
            if (end := _end_of_quote(rest)) < 0:
                raise ConfigError(f"{file}: line {number}: the closing {rest[0]} is missing")
            found[match[1]] = _unescaped(rest[1:end]) if rest[0] == '"' else rest[1:end].replace("$", "$$")
        else:
            found[match[1]] = re.split(r"\s+#", rest, maxsplit=1)[0].strip()
    return found


def _end_of_quote(text: str) -> int:
    at = 1
    while at < len(text):
        if text[at] == "\\" and text[0] == '"':
            at += 1
        elif text[at] == text[0]:
            return at
        at += 1
    return -1


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), text)
