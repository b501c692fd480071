"""What has to be asked of the engine so that the state says what a manifest says. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from core.commands import Action, Command
from core.ecs import describe_auto_scaling, describe_breaker, describe_service
from core.errors import Refused
from core.fold.auto_scaling import auto_scaling_from
from core.fold.definitions import definition_from
from core.fold.members import AutoScalingInput
from core.fold.reading import document_of, input_of
from core.model.ids import last_part
from core.model.service import CircuitBreaker, SchedulingStrategy, ServiceStatus
from core.taskdef.describe import diff

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.client.manifest import Manifest
    from core.model.service import Service
    from core.model.state import State
    from core.model.task_definition import TaskDefinition

Json = dict[str, Any]

#: The members of CreateService that UpdateService takes as well.
_CHANGEABLE: Final = (
    "taskDefinition",
    "desiredCount",
    "deploymentConfiguration",
    "placementConstraints",
    "placementStrategy",
    "healthCheckGracePeriodSeconds",
    "replace",
    "healthyAfterSeconds",
    "autoScaling",
)
#: … and those that it doesn't take.
_FIXED: Final = ("schedulingStrategy", "tags")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is as it should be (no action), or what to ask. `family` is the one whose new revision it uses or makes."""

    what: str
    action: Action | None = None
    given: Json = field(default_factory=dict)
    differences: tuple[str, ...] = ()
    family: str = ""
    #: The key of the service to wait for.
    service: str = ""
    #: What of the file is adapted or has no effect here, in the engine's words.
    warnings: tuple[str, ...] = ()

    @property
    def sign(self) -> str:
        """`+` new, `~` changed, `=` as it is."""
        match self.action:
            case None:
                return "="
            case Action.UPDATE_SERVICE:
                return "~"
            case _:
                return "~" if self.differences else "+"


def plan(state: State, manifest: Manifest, cluster: str) -> list[Step]:
    """The steps in their order; `cluster` is where services go that name none. Raises Refused."""
    definitions = [_definition_step(state, document) for document in manifest.definitions]
    fresh = {step.family for step in definitions if step.action is not None}
    families = {step.family for step in definitions}
    return [
        *definitions,
        *(_service_step(state, wanted, cluster, families, fresh) for wanted in manifest.services),
    ]


def _definition_step(state: State, document: Json) -> Step:
    wanted = definition_from(document)
    latest = state.latest_definition(wanted.family)
    if latest is None:
        return Step(
            f"task definition {wanted.family}",
            Action.REGISTER_TASK_DEFINITION,
            document,
            family=wanted.family,
            warnings=wanted.warnings,
        )
    if latest.digest == wanted.digest:
        return Step(f"task definition {latest.name}", family=wanted.family)
    return Step(
        f"task definition {wanted.family}: a new revision after {latest.revision}",
        Action.REGISTER_TASK_DEFINITION,
        document,
        tuple(diff(latest, wanted)),
        wanted.family,
        warnings=wanted.warnings,
    )


def _service_step(state: State, document: Json, cluster: str, families: set[str], fresh: set[str]) -> Step:
    name = str(document["serviceName"])
    cluster = last_part(str(document.get("cluster", cluster)))
    key = f"{cluster}/{name}"
    definition, family = _definition_of(state, key, document, families, fresh)
    wanted = {**document, "cluster": cluster, "taskDefinition": definition}
    served, warnings = _served(key, {**wanted, "taskDefinition": definition or family})
    served |= {"taskDefinition": definition}
    service = state.services.get(key)
    if service is None or service.status is ServiceStatus.INACTIVE:
        is_daemon = wanted.get("schedulingStrategy") == SchedulingStrategy.DAEMON
        counted = "desiredCount" in wanted or bool(wanted.get("autoScaling"))
        if not counted and not is_daemon:
            raise Refused("InvalidParameterException", f"service {key}: desiredCount is missing.")
        least = (wanted.get("autoScaling") or {}).get("minCapacity")
        count = "one on each instance" if is_daemon else wanted.get("desiredCount", least)
        what = f"service {key}: {count} of {definition or f'the new revision of {family}'}"
        return Step(what, Action.CREATE_SERVICE, wanted, (), family, key, warnings)
    changes = dict(_changes(state, service, served))
    if not changes:
        return Step(f"service {key}", service=key)
    new = f"the new revision of {family}"
    lines = tuple(
        f"~ {member}: {_shown(old)} → {_shown(said) or new}" for member, (old, said) in changes.items()
    )
    given = {"cluster": cluster, "service": name, **{member: said for member, (_, said) in changes.items()}}
    return Step(f"service {key}", Action.UPDATE_SERVICE, given, lines, family, key, warnings)


def _served(key: str, wanted: Json) -> tuple[Json, tuple[str, ...]]:
    """What of it has an effect here, and warnings of the rest. Raises Refused for what CreateService would refuse, before anything is done."""
    try:
        given = document_of(Command("", Action.CREATE_SERVICE, json.dumps(wanted)))
        _, warnings = input_of(Action.CREATE_SERVICE, given)
    except Refused as refused:
        raise Refused(refused.code, f"service {key}: {refused.message}") from None
    return given, warnings


def _definition_of(
    state: State, key: str, document: Json, families: set[str], fresh: set[str]
) -> tuple[str, str]:
    """The revision a service is to use: its name, or (empty) the one that this run registers of the family beside it."""
    said = last_part(str(document.get("taskDefinition", "")))
    family, _, revision = said.partition(":")
    if revision:
        return said, ""
    if family in fresh:
        return "", family
    latest: TaskDefinition | None = state.latest_definition(family)
    if latest is None:
        known = ", ".join(sorted(families)) or "none"
        raise Refused(
            "ClientException",
            f"service {key}: there is no task definition {family or '(none is named)'}; this file has {known}.",
        )
    return latest.name, ""


def _changes(
    state: State, service: Service, wanted: Mapping[str, Any]
) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """The members that are said and differ: as they are, and as they should be. Raises Refused for what can't change."""
    now = describe_service(state, service)
    now["taskDefinition"] = service.definition
    for member in _FIXED:
        if member in wanted and wanted[member] != now[member]:
            raise Refused(
                "InvalidParameterException",
                f"service {service.key}: {member} can't be changed from {_shown(now[member])}; create it anew.",
            )
    # Where auto scaling moves the count, a file's own is only what it begins with: applied twice, it changes nothing.
    scaled = bool(wanted["autoScaling"]) if "autoScaling" in wanted else service.auto_scaling is not None
    for member in _CHANGEABLE:
        if member not in wanted or (member == "desiredCount" and scaled):
            continue
        is_now, should = now.get(member), _whole(member, wanted[member])
        if member == "autoScaling":
            is_now = is_now or {}
        elif isinstance(should, dict) and isinstance(is_now, dict):
            is_now = {name: value for name, value in is_now.items() if name in should}
        if is_now != should:
            yield member, (is_now, should)


def _whole(member: str, said: Any) -> Any:
    """With what a circuit breaker or auto scaling leaves unsaid: each is changed as a whole (ECS)."""
    if member == "autoScaling":
        scaling = auto_scaling_from(AutoScalingInput.model_validate_json(json.dumps(said)))
        return describe_auto_scaling(scaling) if scaling is not None else {}
    match said:
        case {"deploymentCircuitBreaker": dict(breaker)}:
            return {**said, "deploymentCircuitBreaker": describe_breaker(CircuitBreaker()) | breaker}
        case _:
            return said


def _shown(value: Any) -> str:
    match value:
        case dict() if value:
            return ", ".join(f"{name} {_shown(inner)}" for name, inner in value.items())
        case list():
            return "; ".join(_shown(item) for item in value) or "none"
        case None | {}:
            return "none"
        case _:
            return str(value)
