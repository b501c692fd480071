"""A Compose file's text to plain values: YAML 1.2, anchors and merges resolved, variables filled in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from core.compose.dotenv import filled
from core.compose.interpolation import Interpolation
from core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Json = dict[str, Any]

_LIMIT_BYTES: Final = 1024 * 1024
_VALUES: Final = 100_000
_RESOLVED: Final = "give the output of `docker compose config` instead, which resolves it"
_TOP_LEVEL: Final = ("name", "version", "services", "networks", "volumes", "secrets", "configs", "models")


class ComposeFile:
    """A file as it was read. `folder` is what its relative paths start at; `notes` are what was odd in it."""

    def __init__(self, name: str, document: Json, environ: Mapping[str, str], unset: list[str]) -> None:
        self.name = name
        self.folder = Path() if name == "-" else Path(name).parent
        self.document = document
        self.environ = environ
        self.unset = unset


def read_compose(name: str, content: bytes, environ: Mapping[str, str]) -> ComposeFile:
    """Read a file; variables come from `environ` and, below it, from the `.env` beside the file. Raises ConfigError."""
    if len(content) > _LIMIT_BYTES:
        raise ConfigError(f"{name}: is larger than 1 MiB: no Compose file is")
    document = _loaded(name, content)
    if not isinstance(document, dict) or not isinstance(document.get("services"), dict):
        raise ConfigError(f"{name}: services: is missing; a Compose file has a map of its services by name")
    if not document["services"]:
        raise ConfigError(f"{name}: services: is empty")
    for key in document:
        if key not in _TOP_LEVEL and not str(key).startswith("x-"):
            hint = _RESOLVED if key == "include" else f"known are {', '.join(_TOP_LEVEL)} and x-…"
            raise ConfigError(f"{name}: {key}: can't be read; {hint}")
    known = {**_beside(name, environ), **environ}
    interpolation = Interpolation(known)
    kept = {key: value for key, value in document.items() if not str(key).startswith("x-")}
    filled = {key: interpolation.value(value, f"{name}: {key}") for key, value in kept.items()}
    for service, keys in filled["services"].items():
        if not isinstance(keys, dict):
            raise ConfigError(f"{name}: services.{service}: must be a map")
        if "extends" in keys:
            raise ConfigError(f"{name}: services.{service}.extends: can't be read; {_RESOLVED}")
    return ComposeFile(name, filled, known, list(interpolation.unset))


def project_name(file: ComposeFile) -> str:
    """What Compose calls the project: `name`, else COMPOSE_PROJECT_NAME, else the folder's name, in its characters."""
    said = file.document.get("name") or file.environ.get("COMPOSE_PROJECT_NAME")
    name = str(said or file.folder.resolve().name).lower()
    return re.sub(r"[^a-z0-9_-]", "", name).lstrip("_-") or "project"


def _loaded(name: str, content: bytes) -> Any:
    try:
        loaded = YAML(typ="safe", pure=True).load(content.decode("utf-8-sig"))
        return _plain(loaded, iter(range(_VALUES)))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name}: is not UTF-8 text") from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ConfigError(f"{name}: {where}is not YAML: {error.problem or error.context}") from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{name}: is not YAML: {error}") from error


def _plain(value: Any, room: Iterator[int]) -> Any:
    """Without what only YAML has: dates and other keys than texts become what they were written as.

    Each alias is one value again, so that a few lines can be billions of them: `room` is for how many there is.
    """
    if next(room, None) is None:
        raise ValueError(f"it has more than {_VALUES} values")
    match value:
        case dict():
            return {_whole(str(key)): _plain(item, room) for key, item in value.items()}
        case list():
            return [_plain(item, room) for item in value]
        case str():
            return _whole(value)
        case int() | float() | None:
            return value
        case _:
            return str(value)


def _whole(text: str) -> str:
    """A text that a path or a variable can hold. Raises ValueError."""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("a text holds a zero byte, or half a character")
    return text


def _beside(name: str, environ: Mapping[str, str]) -> dict[str, str]:
    path = (Path() if name == "-" else Path(name).parent) / ".env"
    try:
        return filled(path.read_text(encoding="utf-8"), str(path), environ)
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: can't be read: {error}") from error
