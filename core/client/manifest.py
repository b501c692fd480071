"""Files that say which services and schedules there should be: ECS's JSON, or TOML in snake_case. Read, not judged.

    stack = "shop"                    which stack all of it is of; may be left out
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
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from core.bounded import content_of
from core.client.complaints import MEMBERS, Complaints, Origin, said_twice
from core.config.schema import TOP
from core.errors import ConfigError, Refused, about
from core.homes import expanded
from core.record import Record
from core.taskdef.parse import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Json = dict[str, Any]

#: Objects whose keys are the operator's own and not ECS's.
FREE_KEYS: Final = frozenset({"dockerLabels", "driverOpts", "labels", "options"})
_WORD_END: Final = re.compile(r"_([a-z0-9])")
_TABLES: Final = ("task_definitions", "services", "schedules")
_LISTS: Final = ("taskDefinitions", "services", "schedules")
#: As long as a tag's value may be, and of a service's characters.
_STACK: Final = re.compile(r"[A-Za-z0-9_-]{1,255}")


class Said(Record):
    """A document for RegisterTaskDefinition, CreateService or CreateSchedule, and where it was written."""

    document: Json
    origin: Origin


class Manifest(Record):
    """What files say, each kind in its order, and the stack that they are of (or none)."""

    definitions: tuple[Said, ...] = ()
    services: tuple[Said, ...] = ()
    schedules: tuple[Said, ...] = ()
    stack: str = ""

    def __bool__(self) -> bool:
        """Whether anything is named."""
        return bool(self.definitions or self.services or self.schedules)


class File(Record):
    """A file's name and content. One that was `found` in a folder is not read where it is of another kind."""

    name: str
    content: bytes
    found: bool = False


def read_manifests(files: Iterable[File], stack: str | None = None) -> tuple[Manifest, list[str]]:
    """What all files together say, and the names of those that are config files, and were not read.

    `stack` is what was said beside the files. Raises ConfigError or Refused: with every problem of every file.
    """
    complaints = Complaints()
    read: list[Manifest] = []
    left: list[str] = []
    stacks: dict[str, str] = {}
    if stack is not None:
        with complaints.about():
            stacks[stack_named("--stack", stack)] = "--stack"
    for file in files:
        if file.found and _is_config(file):
            left.append(file.name)
            continue
        with complaints.about():
            manifest = read_manifest(file.name, file.content)
            read.append(manifest)
            if manifest.stack:
                stacks.setdefault(manifest.stack, file.name)
    if len(stacks) > 1:
        told = ", ".join(f"{where} says {name}" for name, where in stacks.items())
        with complaints.about():
            raise ConfigError(f"stack: {told}; what is applied at once is one stack")
    definitions: dict[str, Said] = {}
    for said in (one for manifest in read for one in manifest.definitions):
        family = family_of(said.document)
        earlier = definitions.setdefault(family or str(len(definitions)), said)
        # A file that was found by itself and is named by another one says the same thing, not two.
        if earlier is not said and not _same_file(earlier.origin, said.origin):
            with complaints.about():
                raise said_twice(f"task definition {family}", earlier.origin, said.origin)
    complaints.conclude()
    services = tuple(service for manifest in read for service in manifest.services)
    schedules = tuple(schedule for manifest in read for schedule in manifest.schedules)
    return Manifest(tuple(definitions.values()), services, schedules, next(iter(stacks), "")), left


def read_manifest(name: str, content: bytes) -> Manifest:
    """The manifest in a file's content; files it names are looked for beside it. Raises ConfigError, Refused."""
    if name.endswith(".toml"):
        return _from_toml(name, content)
    if name.endswith(".json") or content.lstrip()[:1] == b"{":
        with about(name):
            document = decode(content)
        return _from_json(name, document)
    return _from_toml(name, content)


def stack_named(where: str, name: Any) -> str:
    """A stack's name. Raises ConfigError for what can't be one."""
    if not isinstance(name, str) or not _STACK.fullmatch(name):
        raise ConfigError(
            f"{where}: {json.dumps(name, default=str)} is no stack's name, which has letters, digits, hyphens and underscores"
        )
    return name


def family_of(document: Json) -> str:
    """The family of a task definition, as such or as `describe-task-definition` prints it."""
    inner = document.get("taskDefinition")
    return str((inner if isinstance(inner, dict) else document).get("family", ""))


def _same_file(one: Origin, other: Origin) -> bool:
    return not one.place and not other.place and Path(one.file).resolve() == Path(other.file).resolve()


def _is_config(file: File) -> bool:
    """Whether a TOML file holds what a config file does, and nothing else: they often lie beside each other."""
    try:
        tables = tomllib.loads(file.content.decode("utf-8-sig")) if file.name.endswith(".toml") else {}
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False
    return bool(tables) and tables.keys() <= TOP.keys()


def _from_json(name: str, document: Json) -> Manifest:
    if "containerDefinitions" in document or isinstance(document.get("taskDefinition"), dict):
        return Manifest(definitions=(Said(document, Origin(name)),))
    if "serviceName" in document:
        return Manifest(services=(Said(document, Origin(name)),))
    if "scheduleExpression" in document:
        return Manifest(schedules=(Said(document, Origin(name)),))
    if not document.keys() <= set(_LISTS) or not document:
        raise ConfigError(
            f"{name}: is neither a task definition (containerDefinitions) nor a service (serviceName) nor a schedule "
            "(scheduleExpression), nor an object with lists taskDefinitions, services and schedules"
        )
    lists = {key: document.get(key, []) for key in _LISTS}
    if not all(
        isinstance(items, list) and all(isinstance(i, dict) for i in items) for items in lists.values()
    ):
        raise ConfigError(f"{name}: taskDefinitions, services and schedules must be lists of objects")
    definitions, services, schedules = (
        tuple(Said(item, Origin(name, f"{key}[{n}]")) for n, item in enumerate(items))
        for key, items in lists.items()
    )
    return Manifest(definitions, services, schedules)


def _from_toml(name: str, content: bytes) -> Manifest:
    try:
        tables = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name}: is not TOML: byte {error.start + 1} is not UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: is not TOML: {error}") from error
    complaints = Complaints()
    stack = ""
    if "stack" in tables:
        with complaints.about():
            stack = stack_named(f"{name}: stack", tables.pop("stack"))
    for key in tables:
        if key not in _TABLES:
            where = ", which belongs into the config" if key in TOP else f"; known: {', '.join(_TABLES)}"
            with complaints.about():
                raise ConfigError(f"{name}: [{key}]: unknown table{where}")
    folder = Path() if name == "-" else Path(name).parent
    definitions: list[Said] = []
    services: list[Said] = []
    schedules: list[Said] = []
    spelling: dict[str, str]
    with complaints.about():
        for family, table in _named(name, tables, "task_definitions"):
            origin = Origin(name, f"[task_definitions.{family}]", spelling := {})
            with complaints.about(origin):
                if "file" in table:
                    definitions.append(_in_a_file(origin, folder, family, table))
                else:
                    definitions.append(Said({"family": family, **_camel(table, spelling)}, origin))
    for kind, member, of_kind in (("services", "serviceName", services), ("schedules", "name", schedules)):
        with complaints.about():
            for own, table in _named(name, tables, kind):
                origin = Origin(name, f"[{kind}.{own}]", spelling := {})
                with complaints.about(origin):
                    of_kind.append(Said({member: own, **_camel(table, spelling)}, origin))
    complaints.conclude()
    return Manifest(tuple(definitions), tuple(services), tuple(schedules), stack)


def _named(name: str, tables: Mapping[str, Any], kind: str) -> list[tuple[str, Json]]:
    found = tables.get(kind, {})
    if not isinstance(found, dict) or not all(isinstance(table, dict) for table in found.values()):
        raise ConfigError(f"{name}: [{kind}]: holds a table for each name, like [{kind}.web]")
    return list(found.items())


def _in_a_file(origin: Origin, folder: Path, family: str, table: Json) -> Said:
    where = f"{origin.file}: {origin.place} file"
    if len(table) > 1:
        raise ConfigError(f"{where}: stands alone, the file says everything")
    path = folder / expanded(str(table["file"]))
    try:
        with about(str(path)):
            document = decode(content_of(path))
    except OSError as error:
        raise ConfigError(f"{where}: {path} can't be read: {error.strerror}") from error
    inner = document.get("taskDefinition", document)
    said = inner.get("family") if isinstance(inner, dict) else None
    if said not in {None, family}:
        raise ConfigError(f"{where}: {path} is of the family {json.dumps(said)}")
    return Said(document, Origin(str(path)))


def _camel(value: Any, spelling: dict[str, str], key: str = "") -> Any:
    """snake_case members as ECS's; `environment = { A = "b" }` as ECS's list of names and values, `tags` likewise."""
    match value:
        case dict() if key == "environment":
            return [{"name": name, "value": str(content)} for name, content in value.items()]
        case dict() if key == "tags":
            return [{"key": name, "value": str(content)} for name, content in value.items()]
        case dict() if key in FREE_KEYS:
            return value
        case dict():
            renamed = {member_named(name): name for name in value}
            spelling |= renamed
            return {member: _camel(value[name], spelling, member) for member, name in renamed.items()}
        case list():
            return [_camel(item, spelling) for item in value]
        case date() | time():
            raise Refused("ClientException", f"{key}: must be text in quotes: ECS's JSON knows no dates.")
        case _:
            return value


def member_named(written: str) -> str:
    """ECS's name of a member; one that ECS doesn't know is spelled after the same rule, for the refusal."""
    return MEMBERS.get(written) or _WORD_END.sub(lambda found: found[1].upper(), written)
