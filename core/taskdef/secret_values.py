"""The values a container is created with: of its secrets, its log driver's secret options and its environment files. Pure.

They go into the body of the create call and nowhere else. Where a value comes from is core.secrets' to say.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from core.errors import ActionFailed
from core.taskdef.secret_names import secret_key, secret_names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.task_definition import ContainerDefinition

#: Finds the text behind a `valueFrom`, or behind an environment file's `value`; raises ActionFailed.
Lookup = Callable[[str], str]

#: ECS's word for a task that ends because something it needs could not be fetched.
RESOURCE_INITIALIZATION: Final = "ResourceInitializationError"

_LEAST_HIDDEN: Final = 4


def secret_values(container: ContainerDefinition, lookup: Lookup) -> dict[str, str]:
    """The value of each `valueFrom` of the container.

    Raises:
        ActionFailed: ResourceInitializationError, with the names that were looked for.
    """
    log = container.log_configuration
    return {s.value_from: _value(s.value_from, lookup) for s in (*container.secrets, *log.secret_options)}


def env_file_pairs(container: ContainerDefinition, lookup: Lookup) -> dict[str, tuple[tuple[str, str], ...]]:
    """The variables in each environment file of the container. Raises as `secret_values` does."""
    return {name: _pairs(lookup(name)) for name in container.environment_files}


def hidden(text: str, values: Iterable[str]) -> str:
    """Docker's words without values that stand in them: it repeats a log option that it can't use, and that may be a secret.

    Values of fewer than four characters stay: they are no secrets, and are part of too many words.
    """
    parts = {part for value in values for part in (value, *value.splitlines()) if len(part) >= _LEAST_HIDDEN}
    for part in sorted(parts, key=lambda part: (-len(part), part)):
        text = text.replace(part, "(hidden)")
    return text


def _value(value_from: str, lookup: Lookup) -> str:
    value, key = lookup(value_from), secret_key(value_from)
    if not key:
        return value
    try:
        member = json.loads(value)[key]
    except (ValueError, TypeError, KeyError):
        name = secret_names(value_from)[-1]
        # Without the cause: a JSON error carries the text that it could not read.
        raise ActionFailed(
            RESOURCE_INITIALIZATION, f"The secret {name} is not a JSON object with the key {key}."
        ) from None
    return member if isinstance(member, str) else json.dumps(member)


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """ECS's form of an environment file: NAME=value a line, nothing quoted, nothing trimmed; its agent's rules.

    A line that begins with # is a comment. One without =, without a name or without a value is passed over.
    """
    split = (line.removesuffix("\r").partition("=") for line in text.split("\n") if not line.startswith("#"))
    return tuple((name, value) for name, _, value in split if name and value)
