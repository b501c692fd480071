"""What has to be asked of the engine so that the state says what a manifest says. Pure.

The plan is tried on the state by the engine's own folding, and the state is put back: what the engine would refuse is told
before anything is done, and what equals by its reading of both is no change.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from core.client.applying_schedules import (
    family_of_target,
    schedule_deletion,
    schedule_key,
    schedule_steps,
)
from core.client.applying_tags import check_home, listed, stays_in, tagging, tags_wanted
from core.client.complaints import Complaints, said_twice
from core.client.manifest import family_of
from core.client.stacks import active_services, schedules_of
from core.client.step import Step
from core.commands import Action, Command
from core.ecs import describe_auto_scaling, describe_service
from core.errors import Refusals, Refused
from core.fold.commands import carried_out
from core.fold.config import fold_config
from core.fold.definitions import definition_from
from core.fold.find import find_cluster
from core.fold.inputs import CreateService, UpdateService
from core.fold.reading import document_of, input_of
from core.fold.services import service_from
from core.model.ids import last_part
from core.model.service import SchedulingStrategy, ServiceStatus
from core.taskdef.describe import diff, differences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.client.complaints import Origin
    from core.client.manifest import Manifest
    from core.client.step import Scope
    from core.fold.config import Declared
    from core.fold.context import TurnContext
    from core.fold.members import Input
    from core.model.service import Service
    from core.model.state import State

Json = dict[str, Any]


def _members(model: type[Input]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


#: The members of CreateService that UpdateService takes as well.
CHANGEABLE: Final = tuple(
    member
    for member in (field.alias or name for name, field in CreateService.model_fields.items())
    if member in _members(UpdateService) - {"cluster"}
)
#: Stands for a definition that is not there, so that what else is wrong is told as well.
_NONE: Final = "none"
#: Those of ours that are given as a whole: what is left unsaid is the default, and not what stands.
_WHOLE: Final = frozenset({"autoScaling", "probe"})


def plan(
    state: State,
    manifest: Manifest,
    scope: Scope,
    turn: TurnContext,
    declared: Declared | None = None,
) -> list[Step]:
    """The steps in their order: definitions, services as they are written, schedules, then what is deleted.

    `state` is as the store has it, without changes of its own, and is so again afterwards.
    `declared` is what the config says there is, where no engine has taken it up. Raises Refused or Problems, with all that the
    engine would refuse.
    """
    planning = _Planning(state, scope, turn, Complaints())
    try:
        if declared is not None:
            fold_config(state, declared, turn)
        planning.go_through(manifest)
    finally:
        state.undo()
    planning.complaints.conclude()
    return planning.steps


@dataclass(slots=True)
class _Planning:
    """Plans step by step, on a state that each step is carried out in."""

    state: State
    scope: Scope
    turn: TurnContext
    complaints: Complaints
    steps: list[Step] = field(default_factory=list)
    #: The families that the manifest has, those of which a revision is to be made, and those whose definition is refused.
    families: set[str] = field(default_factory=set)
    fresh: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)

    def go_through(self, manifest: Manifest) -> None:
        for said in manifest.definitions:
            family = family_of(said.document)
            self.refused.add(family)
            with self.complaints.about(said.origin):
                self.steps.append(self._definition(said.document))
                self.refused.discard(family)
        home = self._home(manifest)
        named: dict[str, Origin] = {}
        for said in manifest.services:
            key = _key(said.document, home)
            with self.complaints.about(said.origin):
                if key in named and said.document.get("serviceName"):
                    raise said_twice(f"service {key}", named[key], said.origin)
                named[key] = said.origin
                self.steps += self._service(said.document, home)
        runs = self._schedules(manifest, home)
        if self.scope.prune:
            for schedule in schedules_of(self.state, home, self.scope.stack):
                if schedule.key not in runs:
                    self.steps.append(schedule_deletion(schedule, self.scope, self._try))
            for service in active_services(self.state, home, self.scope.stack):
                if service.key not in named:
                    self.steps.append(self._deletion(service))

    def _schedules(self, manifest: Manifest, home: str) -> set[str]:
        """Schedules after what they may name. The keys of those that are named."""
        named: dict[str, Origin] = {}
        for said in manifest.schedules:
            key = schedule_key(said.document, home)
            with self.complaints.about(said.origin):
                if key in named and said.document.get("name"):
                    raise said_twice(f"schedule {key}", named[key], said.origin)
                named[key] = said.origin
                self.steps += schedule_steps(
                    self.state, said.document, home, self.scope, self.turn.now, self._try_schedule
                )
        return set(named)

    def _try_schedule(self, action: Action, given: Json) -> None:
        """What runs a definition that is refused is refused with it: that was told already."""
        if family_of_target(given) not in self.refused:
            self._try(action, given)

    def _home(self, manifest: Manifest) -> str:
        """Where what names no cluster goes: where a stack's others are, for a stack is in one cluster."""
        all_said = (*manifest.services, *manifest.schedules) if self.scope.stack else ()
        said = (one.document.get("cluster") for one in all_said)
        return next((last_part(str(cluster)) for cluster in said if cluster), self.scope.cluster)

    def _definition(self, document: Json) -> Step:
        wanted = definition_from(document)
        self.families.add(wanted.family)
        latest = self.state.latest_definition(wanted.family)
        if latest is not None and latest.digest == wanted.digest:
            return Step(f"task definition {latest.name}", family=wanted.family)
        self._try(Action.REGISTER_TASK_DEFINITION, document)
        self.fresh.add(wanted.family)
        what = f"task definition {wanted.family}"
        return Step(
            what if latest is None else f"{what}: a new revision after {latest.revision}",
            Action.REGISTER_TASK_DEFINITION,
            document,
            () if latest is None else tuple(diff(latest, wanted)),
            wanted.family,
            warnings=wanted.warnings,
        )

    def _service(self, said: Json, home: str) -> Iterator[Step]:
        key = _key(said, home)
        cluster, _, name = key.partition("/")
        service = self.state.services.get(key)
        if service is not None and service.status is not ServiceStatus.ACTIVE:
            # Gone, or going: it is to be created, which the engine refuses while it is still going.
            service = None
        refusals, definition, family = Refusals(), "", ""
        with refusals.kept():
            definition, family = self._definition_of(said)
        document = _complete(said, service) | {"cluster": cluster, "taskDefinition": definition or _NONE}
        with refusals.kept():
            served = document_of(Command("", Action.CREATE_SERVICE, json.dumps(document)))
            given, warnings = input_of(Action.CREATE_SERVICE, served)
        refusals.conclude()
        assert isinstance(given, CreateService)
        if family in self.refused:
            # That was told of the definition: what it would be to the service can't be said.
            return
        check_home(cluster, home, self.scope)
        if service is not None and service.scheduling_strategy is not given.scheduling_strategy:
            raise _invalid(
                f"schedulingStrategy: can't be changed from {service.scheduling_strategy}; create it anew."
            )
        wanted = service_from(self.state, find_cluster(self.state, cluster), given, self.turn)
        tags = tags_wanted(self.scope, service, wanted.tags if said.get("tags") is not None else None)
        # The new revision's name is what the engine makes it.
        unnamed = {"taskDefinition": ""} if family else {}
        used = f"the new revision of {family}" if family else definition
        if service is None:
            made = document | ({"tags": listed(tags)} if tags else {})
            self._try(Action.CREATE_SERVICE, made)
            count = "one on each instance" if wanted.daemon else wanted.desired_count
            what = f"service {key}: {count} of {used}"
            yield Step(what, Action.CREATE_SERVICE, made | unnamed, (), family, key, warnings)
            return
        tags_changed = [*tagging(service, tags, self._try)]
        yield from tags_changed
        lines, changes = self._changes(
            service, wanted, {m: served[m] for m in served if said.get(m) is not None}
        )
        if changes:
            asked = {"cluster": cluster, "service": name, **changes}
            self._try(Action.UPDATE_SERVICE, asked)
            if "taskDefinition" in changes:
                lines = [f"~ taskDefinition: {service.definition} → {used}", *lines]
                asked |= unnamed
            warnings = (*warnings, *stays_in(service, self.scope))
            yield Step(f"service {key}", Action.UPDATE_SERVICE, asked, tuple(lines), family, key, warnings)
        elif not tags_changed:
            yield Step(f"service {key}", service=key)

    def _definition_of(self, said: Json) -> tuple[str, str]:
        """The revision that a service is to use; and its family, if that revision is one that this plan makes."""
        named = last_part(str(said.get("taskDefinition") or ""))
        family, _, revision = named.partition(":")
        if revision:
            return named, ""
        latest = self.state.latest_definition(family)
        if family in self.refused:
            return family, family
        if not family:
            raise Refused("ClientException", "taskDefinition: is missing.")
        if latest is None:
            known = ", ".join(sorted(self.families)) or "none"
            raise Refused(
                "ClientException",
                f"taskDefinition: there is no task definition {family}; what is applied has {known}.",
            )
        return latest.name, family if family in self.fresh else ""

    def _changes(self, service: Service, wanted: Service, said: Json) -> tuple[list[str], Json]:
        """Where a service differs from what is said of it: in lines, and in members of UpdateService as they were said."""
        now, should = describe_service(self.state, service), describe_service(self.state, wanted)
        lines: list[str] = []
        changes: Json = {}
        # Where auto scaling moves the count, a file's own is only what it begins with: applied twice, it changes nothing.
        unchanged = {"taskDefinition"} | ({"desiredCount"} if _scales(said, service) else set())
        if service.definition != wanted.definition:
            changes["taskDefinition"] = wanted.definition
        if said.get("launchType") and service.capacity_provider_strategy:
            # One or the other (ECS): what it has is its own of before, or its cluster's default when it was created.
            changes["capacityProviderStrategy"] = []
            had = _given("capacityProviderStrategy", now["capacityProviderStrategy"])
            lines += differences("", had, _given("launchType", said["launchType"]))
        for member in CHANGEABLE:
            if member not in said or member in unchanged:
                continue
            old, new = now.get(member), should.get(member)
            if member not in _WHOLE:
                old, new = _said_of(old, said[member]), _said_of(new, said[member])
            if old != new:
                changes[member] = said[member]
                lines += differences("", _given(member, old), _given(member, new))
        return lines, changes

    def _deletion(self, service: Service) -> Step:
        given = {"cluster": service.cluster, "service": service.name, "force": True}
        number = len(self.state.tasks_of_service(service.key))
        tasks = "1 task stops" if number == 1 else f"{number} tasks stop"
        self._try(Action.DELETE_SERVICE, given)
        told = f"service {service.key}: of stack {self.scope.stack} and no longer named; {tasks}"
        return Step(told, Action.DELETE_SERVICE, given, service=service.key)

    def _try(self, action: Action, given: Json) -> None:
        carried_out(self.state, Command("", action, json.dumps(given)), self.turn)


def _key(said: Json, home: str) -> str:
    return f"{last_part(str(said.get('cluster') or home))}/{said.get('serviceName')}"


def _complete(said: Json, service: Service | None) -> Json:
    """A document with what CreateService can't do without, as it is in a service that is there."""
    if service is None:
        return said
    strategy = said.get("schedulingStrategy") or service.scheduling_strategy.value
    complete = {**said, "schedulingStrategy": strategy}
    if strategy == SchedulingStrategy.REPLICA and said.get("desiredCount") is None:
        complete["desiredCount"] = service.desired_count
    scaling = said.get("autoScaling")
    if isinstance(scaling, dict) and scaling and service.auto_scaling is not None:
        standing = describe_auto_scaling(service.auto_scaling)
        complete["autoScaling"] = {"suspendedState": standing["suspendedState"], **scaling}
    return complete


def _scales(said: Json, service: Service) -> bool:
    """Whether auto scaling has the count of a service that is there, once what is said of it is so."""
    return bool(said["autoScaling"]) if "autoScaling" in said else service.auto_scaling is not None


def _given(member: str, value: Any) -> Json:
    """The member alone; nothing where it isn't there, so that it is told as gone or as new."""
    return {} if value is None else {member: value}


def _said_of(shown: Any, said: Any) -> Any:
    """The part of an object of which something is said."""
    if isinstance(shown, dict) and isinstance(said, dict):
        return {name: value for name, value in shown.items() if name in said}
    return shown


def _invalid(message: str) -> Refused:
    return Refused("InvalidParameterException", message)
