"""What no plain Docker host can serve, refused at registration with a sentence that names the way out. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.decisions import TASK_DEFINITION, Kind
from core.taskdef.members import values_at
from core.taskdef.shape import key_shown, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]


def refusals(task: Json) -> Iterator[str]:
    """A sentence for each thing in the definition that can't be served."""
    for member, decision in TASK_DEFINITION.items():
        if decision.kind is not Kind.REFUSED:
            continue
        for where, value in values_at(task, member):
            if decision.asked_by(value):
                word = f" {shown(value)[1:-1]}" if isinstance(value, str) else ""
                yield f"{where.path}: {where.about}{where.member}{word} can't be served: {decision.how}."
    for index, container in enumerate(task["containerDefinitions"]):
        for member, sentence in _container_refusals(container):
            yield f"containerDefinitions[{index}].{member}: {sentence}"
    yield from _router_refusals(task)


def log_routers(task: Json) -> frozenset[str]:
    """The names of FireLens' log routers."""
    return frozenset(
        c["name"] for c in task["containerDefinitions"] if "firelensConfiguration" in c and "name" in c
    )


def _router_refusals(task: Json) -> Iterator[str]:
    routers = log_routers(task)
    kept = [c for c in task["containerDefinitions"] if c.get("name") not in routers]
    named = ", ".join(map(key_shown, sorted(routers)))
    if routers and not any(container["essential"] for container in kept):
        yield (
            "containerDefinitions: there is no FireLens here, and without its log router"
            f" ({named}) the task has no essential container."
        )
    if any(mount.get("sourceContainer") in routers for c in kept for mount in c["volumesFrom"]):
        yield (
            "containerDefinitions: there is no FireLens here, and another container mounts volumes from its"
            f" log router ({named})."
        )


def _container_refusals(container: Json) -> Iterator[tuple[str, str]]:
    about = f"Invalid setting for container '{key_shown(container.get('name', ''))}'."
    if any(option.startswith("credentialspec:") for option in container.get("dockerSecurityOptions", [])):
        why = TASK_DEFINITION["containerDefinitions.credentialSpecs"].how
        yield "dockerSecurityOptions", f"{about} credentialspec can't be served: {why}."
    for index, resource in enumerate(container.get("resourceRequirements", [])):
        kind, amount = resource.get("type"), resource.get("value", "")
        if kind != "GPU":
            yield (
                f"resourceRequirements[{index}].type",
                f"{about} resourceRequirements of type {kind} can't be served; GPU can.",
            )
        elif "sharingStrategy" in resource:
            continue  # refused by its own name, and it takes the place of a value
        elif amount != "ALL" and not (amount.isascii() and amount.isdecimal() and int(amount) > 0):
            yield (
                f"resourceRequirements[{index}].value",
                f"{about} a GPU requirement's value must be a number above 0 or ALL, not {shown(amount)}.",
            )
