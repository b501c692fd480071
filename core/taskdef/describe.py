"""A task definition as ECS's DescribeTaskDefinition shows it, and the differences between two of them for people. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from core.model.ids import arn
from core.model.task_definition import NetworkMode, TaskDefinitionStatus
from core.taskdef.veil import is_veiled, shown_plainly, veiled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.model.task_definition import TaskDefinition

Json = dict[str, Any]

#: What tells the items of a list apart; the first of these that all items have, and have once, names them.
_IDENTITIES: Final = (
    "name",
    "containerName",
    "containerPath",
    "key",
    "namespace",
    "containerPort",
    "hostPath",
)


def describe(definition: TaskDefinition) -> Json:
    """DescribeTaskDefinition's answer. Times are epoch seconds, as on ECS's wire; `warnings` is our addition."""
    shown = _as_it_is(definition)
    tags = shown.pop("tags", [])
    shown |= {
        "taskDefinitionArn": arn("task-definition", definition.name),
        "revision": definition.revision,
        "status": definition.status.value,
        "requiresAttributes": [
            {"name": attribute.name} | ({} if attribute.value is None else {"value": attribute.value})
            for attribute in definition.required_attributes
        ],
        "compatibilities": list(_compatibilities(definition)),
        "registeredAt": definition.registered_at,
        "registeredBy": definition.registered_by,
        "warnings": list(definition.warnings),
    }
    if definition.status is not TaskDefinitionStatus.ACTIVE and definition.deregistered_at is not None:
        shown["deregisteredAt"] = definition.deregistered_at
    if definition.delete_requested_at is not None:
        shown["deleteRequestedAt"] = definition.delete_requested_at
    return {"taskDefinition": shown, "tags": tags}


def diff(old: TaskDefinition, new: TaskDefinition) -> list[str]:
    """What changed, one line each, by its path: `containerDefinitions[web].image: "nginx:1" → "nginx:2"`.

    Items that have a name are compared by it, so that a new one in front does not shift the rest.
    """
    return differences("", _as_it_is(old), _as_it_is(new))


def differences(path: str, old: Any, new: Any) -> list[str]:
    """The same of any two JSON values; `path` is where they are. What by its name is a secret is not shown."""
    return list(_changes(path, veiled(old), veiled(new)))


def _as_it_is(definition: TaskDefinition) -> Json:
    """What was registered, with the tags that it has by now: they alone change (ECS)."""
    shown: Json = json.loads(definition.source)
    shown.pop("tags", None)
    tags = [{"key": key, "value": value} for key, value in definition.tags]
    return shown | ({"tags": tags} if tags else {})


def _compatibilities(definition: TaskDefinition) -> Iterator[str]:
    yield "EC2"
    if definition.network_mode is not NetworkMode.AWSVPC:
        yield "EXTERNAL"
    elif "FARGATE" in definition.requires_compatibilities:
        yield "FARGATE"


def _changes(path: str, old: Any, new: Any) -> Iterator[str]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _member_changes(f"{path}." if path else "", "", old, new)
    elif isinstance(old, list) and isinstance(new, list) and (key := _identity([*old, *new])):
        named_old, named_new = _named(old, key), _named(new, key)
        if len(named_old) == len(old) and len(named_new) == len(new):
            yield from _member_changes(f"{path}[", "]", named_old, named_new)
        else:
            yield _line(path, old, new)
    else:
        yield _line(path, old, new)


def _member_changes(before: str, after: str, old: Json, new: Json) -> Iterator[str]:
    for key in sorted({*old, *new}):
        path = f"{before}{key}{after}"
        if key not in new:
            yield f"- {path}: {_text(old[key])}"
        elif key not in old:
            yield f"+ {path}: {_text(new[key])}"
        else:
            yield from _changes(path, old[key], new[key])


def _identity(items: list[Any]) -> str:
    for key in _IDENTITIES:
        if items and all(isinstance(item, dict) and item.get(key) for item in items):
            return key
    return ""


def _named(items: list[Json], key: str) -> Json:
    return {str(item[key]): item for item in items}


def _line(path: str, old: Any, new: Any) -> str:
    if is_veiled(old) and is_veiled(new):
        return f"~ {path}: another one (not shown)"
    return f"~ {path}: {_text(old)} → {_text(new)}"


def _text(value: Any) -> str:
    return json.dumps(shown_plainly(value), ensure_ascii=False, sort_keys=True)
