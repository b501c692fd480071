"""How the values of [ui] are read that only the terminal UI knows the meaning of. Pure."""

from __future__ import annotations

import re
import shlex
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from core.config.readers import SettingError, color, command

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_WORD: Final = re.compile(r"[^\s:/]+")


def aliases(value: object, _folder: Path) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise SettingError('must be a table of words and what they stand for, like { p = "tasks prod" }')
    for word, meant in value.items():
        if not _WORD.fullmatch(word):
            raise SettingError(f"{word!r} is no word that could be typed behind a colon")
        if not isinstance(meant, str) or not meant.strip():
            raise SettingError(f'{word} must be what would be typed behind a colon, like "tasks prod"')
    return MappingProxyType({word: meant.strip().removeprefix(":") for word, meant in value.items()})


def colors(value: object, folder: Path) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise SettingError('must be a table of clusters and colours, like { prod = "red" }')
    return MappingProxyType({cluster: color(said, folder) for cluster, said in value.items()})


def command_line(value: object, folder: Path) -> tuple[str, ...]:
    """A command as a list of its words, or as a line that is split as a shell would; no shell runs it."""
    if isinstance(value, str):
        try:
            value = shlex.split(value)
        except ValueError as error:
            raise SettingError(f"can't be split into words: {error}") from error
    return command(value, folder)
