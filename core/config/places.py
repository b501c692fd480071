"""Where in a config file something stands, for sentences about it. Pure."""

from __future__ import annotations

import re
import tomllib
from typing import Any

_HEADING = re.compile(r"\s*\[\[?\s*(?P<name>[^\]]+?)\s*\]")
_KEY = re.compile(r"\s*(?P<key>(?:\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+|\s*\.\s*)+?)\s*=")


def line_of(text: str, *path: str) -> int | None:
    """The line (from 1) on which a key is given, by the names of its tables and its own, which may be dotted; None: nowhere."""
    wanted = ".".join(path)
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        heading = _HEADING.match(line)
        key = None if heading else _KEY.match(line)
        if heading:
            table = _plain(heading["name"])
        elif key and ".".join(part for part in (table, _plain(key["key"])) if part) == wanted:
            return number
    return None


def _plain(name: str) -> str:
    """A dotted name without its quotation marks."""
    try:
        found: Any = tomllib.loads(f"{name} = 0")
    except tomllib.TOMLDecodeError:
        return name
    parts = []
    while isinstance(found, dict):
        ((part, found),) = found.items()
        parts.append(part)
    return ".".join(parts)
