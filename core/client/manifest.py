"""Files that say which services and schedules there should be: ECS's JSON, or TOML in snake_case. Read, not judged.

    [task_definitions.web]            [services.web]
    file = "web.json"                 task_definition = "web"
                                      desired_count = 3

Members are ECS's: `desired_count` is `desiredCount`. A table's name is the family, or the service's name. [schedules.NAME] holds
what CreateSchedule takes. JSON is a task definition, an input of CreateService or CreateSchedule, or an object with lists
`taskDefinitions`, `services` and `schedules` of such.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from core.bounded import content_of
from core.errors import ConfigError, Refused, about
from core.taskdef.parse import decode

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]

#: Objects whose keys are the operator's own and not ECS's.
_FREE_KEYS: Final = frozenset({"dockerLabels", "driverOpts", "labels", "options"})
_WORD_END: Final = re.compile(r"_([a-z0-9])")
_TABLES: Final = ("task_definitions", "services", "schedules")
_LISTS: Final = ("taskDefinitions", "services", "schedules")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The documents of a file, in its order, as RegisterTaskDefinition, CreateService and CreateSchedule take them."""

    definitions: tuple[Json, ...] = ()
    services: tuple[Json, ...] = ()
    schedules: tuple[Json, ...] = ()


def read_manifest(name: str, content: bytes) -> Manifest:
    """The manifest in a file's content; files it names are looked for beside it. Raises ConfigError, Refused."""
    if name.endswith(".toml"):
        return _from_toml(name, content)
    if name.endswith(".json") or content.lstrip()[:1] == b"{":
        with about(name):
            document = decode(content)
        return _from_json(name, document)
    return _from_toml(name, content)


def _from_json(name: str, document: Json) -> Manifest:
    if "containerDefinitions" in document or isinstance(document.get("taskDefinition"), dict):
        return Manifest(definitions=(document,))
    if "serviceName" in document:
        return Manifest(services=(document,))
    if "scheduleExpression" in document:
        return Manifest(schedules=(document,))
    if not document.keys() <= set(_LISTS) or not document:
        raise ConfigError(
            f"{name}: is neither a task definition (containerDefinitions) nor a service (serviceName) "
            "nor a schedule (scheduleExpression), nor an object with lists taskDefinitions, services and schedules"
        )
    lists = [document.get(key, []) for key in _LISTS]
    if not all(isinstance(items, list) and all(isinstance(i, dict) for i in items) for items in lists):
        raise ConfigError(f"{name}: taskDefinitions, services and schedules must be lists of objects")
    return Manifest(*map(tuple, lists))


def _from_toml(name: str, content: bytes) -> Manifest:
    try:
        tables = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{name}: is not TOML: {error}") from error
    for key in tables:
        if key not in _TABLES:
            raise ConfigError(f"{name}: [{key}]: unknown table; known: {', '.join(_TABLES)}")
    folder = Path() if name == "-" else Path(name).parent
    with about(name):
        return Manifest(
            tuple(
                _definition(name, folder, family, table)
                for family, table in _named(name, tables, "task_definitions")
            ),
            tuple({"serviceName": own, **_camel(table)} for own, table in _named(name, tables, "services")),
            tuple({"name": own, **_camel(table)} for own, table in _named(name, tables, "schedules")),
        )


def _named(name: str, tables: Mapping[str, Any], kind: str) -> list[tuple[str, Json]]:
    found = tables.get(kind, {})
    if not isinstance(found, dict) or not all(isinstance(table, dict) for table in found.values()):
        raise ConfigError(f"{name}: [{kind}]: holds a table for each name, like [{kind}.web]")
    return list(found.items())


def _definition(name: str, folder: Path, family: str, table: Json) -> Json:
    if "file" not in table:
        return {"family": family, **_camel(table)}
    if len(table) > 1:
        raise ConfigError(f"{name}: [task_definitions.{family}] file: stands alone, the file says everything")
    path = folder / Path(str(table["file"])).expanduser()
    try:
        with about(str(path)):
            document = decode(content_of(path))
    except OSError as error:
        raise ConfigError(
            f"{name}: [task_definitions.{family}] file: {path} can't be read: {error.strerror}"
        ) from error
    inner = document.get("taskDefinition", document)
    said = inner.get("family") if isinstance(inner, dict) else None
    if said not in {None, family}:
        raise ConfigError(
            f"{name}: [task_definitions.{family}] file: {path} is of the family {json.dumps(said)}"
        )
    return document


def _camel(value: Any, key: str = "") -> Any:
    """snake_case members as ECS's; `environment = { A = "b" }` as ECS's list of names and values."""
    match value:
        case dict() if key == "environment":
            return [{"name": name, "value": str(content)} for name, content in value.items()]
        case dict() if key in _FREE_KEYS:
            return value
        case dict():
            renamed = {
                _WORD_END.sub(lambda found: found[1].upper(), name): inner for name, inner in value.items()
            }
            return {name: _camel(inner, name) for name, inner in renamed.items()}
        case list():
            return [_camel(item) for item in value]
        case date() | time():
            raise Refused("ClientException", f"{key}: must be text in quotes: ECS's JSON knows no dates.")
        case _:
            return value
