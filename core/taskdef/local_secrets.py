"""Local secrets: the values behind `secrets`, environment files and log options, looked up when a container is created.

A value comes from the environment of the process (`DOCKYARD_SECRET_` and the name in capitals) or from a file of that
name in a folder of the operator's. It goes into the body of the create call and nowhere else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from core.errors import ActionFailed
from core.taskdef.secret_names import secret_key, secret_names

if TYPE_CHECKING:
    from pathlib import Path

    from core.model.task_definition import ContainerDefinition

#: Finds the value of a local secret by its name, None where there is none.
Lookup = Callable[[str], str | None]

_PREFIX: Final = "DOCKYARD_SECRET_"
_NOT_IN_VARIABLES: Final = re.compile(r"[^A-Z0-9]+")


def local_lookup(folder: Path, environ: Mapping[str, str]) -> Lookup:
    """Looks in the environment first, then in the folder; a name with slashes is a path below it."""

    def lookup(name: str) -> str | None:
        if (value := environ.get(variable_name(name))) is not None:
            return value
        root = folder.resolve()
        file = (root / name).resolve()
        try:
            if root not in file.parents or not file.is_file():
                return None
            return file.read_text(encoding="utf-8").removesuffix("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise ActionFailed(
                _ERROR, f"The local secret {name} can't be read from {file}: {error}."
            ) from error

    return lookup


def variable_name(name: str) -> str:
    """The environment variable of a local secret: `prod/db-password` is DOCKYARD_SECRET_PROD_DB_PASSWORD."""
    return _PREFIX + _NOT_IN_VARIABLES.sub("_", name.upper()).strip("_")


def secret_values(container: ContainerDefinition, lookup: Lookup) -> dict[str, str]:
    """The value of each `valueFrom` of the container.

    Raises:
        ActionFailed: ResourceInitializationError, with the names that were looked for.
    """
    log = container.log_configuration
    return {s.value_from: _value(s.value_from, lookup) for s in (*container.secrets, *log.secret_options)}


def env_file_pairs(container: ContainerDefinition, lookup: Lookup) -> dict[str, tuple[tuple[str, str], ...]]:
    """The variables in each environment file of the container. Raises as `secret_values` does."""
    return {name: _pairs(_found(name, lookup)) for name in container.environment_files}


_ERROR: Final = "ResourceInitializationError"


def _found(value_from: str, lookup: Lookup) -> str:
    names = secret_names(value_from)
    for name in names:
        if (value := lookup(name)) is not None:
            return value
    raise ActionFailed(
        _ERROR,
        f"There is no local secret {' or '.join(names)} (for {value_from}): put it in a file of that name in the"
        f" secrets folder, or set {variable_name(names[-1])}.",
    )


def _value(value_from: str, lookup: Lookup) -> str:
    value, key = _found(value_from, lookup), secret_key(value_from)
    if not key:
        return value
    try:
        member = json.loads(value)[key]
    except (ValueError, TypeError, KeyError) as error:
        name = secret_names(value_from)[-1]
        raise ActionFailed(
            _ERROR, f"The local secret {name} is not a JSON object with the key {key}."
        ) from error
    return member if isinstance(member, str) else json.dumps(member)


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """ECS's form of an environment file: NAME=value a line, # begins a comment, no quoting."""
    lines = (line.strip() for line in text.splitlines())
    split = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return tuple((name.strip(), value) for name, equals, value in split if equals and name.strip())
