"""Compose's environment, env_file and secrets to ECS's environment, environmentFiles and secrets. Reads the files it names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from core.compose.dotenv import filled
from core.compose.reading import ecs_name
from core.compose.values import entries, is_true, pairs, text
from core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from core.compose.reading import Reading

Json = dict[str, Any]

#: Where Compose mounts a secret, and how images that know that are told of it.
_MOUNTED: Final = "/run/secrets/"
_BY_FILE: Final = "_FILE"


def environment_of(reading: Reading) -> Json:
    """The members environment, environmentFiles and secrets, those that are not empty."""
    plain = dict(_plain(reading))
    secrets = _secrets(reading, plain)
    env_files = _env_files(reading, plain)
    made: Json = {
        "environment": [{"name": name, "value": value} for name, value in plain.items()],
        "environmentFiles": env_files,
        "secrets": secrets,
    }
    return {member: value for member, value in made.items() if value}


def _plain(reading: Reading) -> list[tuple[str, str]]:
    made = []
    for name, value in pairs(reading.keys.get("environment") or [], reading.where("environment")):
        given = reading.file.environ.get(name) if value is None else value
        if given is None:
            reading.say("environment", f"{name} has no value and is not set here: it is left out")
        else:
            made.append((name, given))
    return made


def _env_files(reading: Reading, plain: dict[str, str]) -> list[Json]:
    """One file in ECS's form, of all files of the service, where the last one wins. It has no empty values: they are `plain`."""
    given = reading.keys.get("env_file")
    listed = given if isinstance(given, list) else [given] if given else []
    merged: dict[str, str] = {}
    for index, entry in enumerate(listed):
        where = reading.where(f"env_file[{index}]")
        path = reading.file.folder / text(entry.get("path") if isinstance(entry, dict) else entry, where)
        required = not isinstance(entry, dict) or entry.get("required", True) is not False
        merged |= _variables(path, reading, where, required=required)
    if not merged:
        return []
    reference = f"{reading.project}/{ecs_name(reading.name)}.env"
    lines = []
    for name, value in merged.items():
        if not value:
            plain.setdefault(name, "")
        elif "\n" in value:
            reading.say(
                "env_file",
                f"{name} has several lines, which no environment file of ECS's can say: it is left out",
            )
        else:
            lines.append(f"{name}={value}\n")
    reading.beside.env_files[reference] = "".join(lines)
    return [{"type": "s3", "value": reference}]


def _variables(path: Path, reading: Reading, where: str, *, required: bool) -> dict[str, str]:
    try:
        return filled(path.read_text(encoding="utf-8"), str(path), reading.file.environ)
    except FileNotFoundError:
        if not required:
            return {}
        raise ConfigError(f"{where}: there is no file {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{where}: {path} can't be read: {error}") from error


def _secrets(reading: Reading, plain: dict[str, str]) -> list[Json]:
    """ECS gives a secret as a variable, Compose as a file: NAME_FILE=/run/secrets/x is read as NAME from the secret x."""
    made = []
    for index, entry in enumerate(entries(reading.keys.get("secrets"), reading.where("secrets"))):
        where = reading.where(f"secrets[{index}]")
        source = text(entry.get("source") if isinstance(entry, dict) else entry, where)
        target = str((entry.get("target") if isinstance(entry, dict) else None) or source)
        path = target if target.startswith("/") else _MOUNTED + target
        asked = [name for name, value in plain.items() if value == path and name.endswith(_BY_FILE)]
        for name in asked:
            del plain[name]
            reading.say(
                "secrets", f"{source} is given as the variable {name.removesuffix(_BY_FILE)}; no file {path}"
            )
        if not asked:
            name = ecs_name(source).upper().replace("-", "_")
            reading.say(
                "secrets",
                f"{source} is given as the variable {name}: ECS mounts no secrets, and nothing is at {path}",
            )
            asked = [name]
        reference = _reference(source, reading)
        made += [{"name": name.removesuffix(_BY_FILE), "valueFrom": reference} for name in asked]
    return made


def _reference(source: str, reading: Reading) -> str:
    """What a secret is called, with the rule that finds it where Compose did."""
    said = reading.of_project("secrets", source)
    external = said.get("external")
    if is_true(external) or isinstance(external, dict):
        named = external.get("name") if isinstance(external, dict) else None
        return str(said.get("name") or named or source)
    reference = f"{reading.project}/{source}"
    if said.get("file"):
        path = (reading.file.folder / str(said["file"])).resolve()
        reading.beside.rules[reference] = f"file = {json.dumps(str(path))}"
    elif said.get("environment"):
        reading.beside.rules[reference] = f"env = {json.dumps(str(said['environment']))}"
    return reference
