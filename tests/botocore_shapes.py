"""JSON held against ECS's own service model, as botocore ships it: every key a member, every value of its type."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import botocore.session

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Members that ECS always sends, by shape (seen in its answers; the model marks hardly any member of an output).
ALWAYS: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(members.split())
    for name, members in {
        "Cluster": "clusterArn clusterName status registeredContainerInstancesCount runningTasksCount "
        "pendingTasksCount activeServicesCount statistics tags settings capacityProviders "
        "defaultCapacityProviderStrategy",
        "ContainerInstance": "containerInstanceArn versionInfo remainingResources registeredResources status "
        "agentConnected runningTasksCount pendingTasksCount attributes attachments tags version",
        "Resource": "name type doubleValue longValue integerValue",
        "Service": "serviceArn serviceName clusterArn loadBalancers serviceRegistries status desiredCount "
        "runningCount pendingCount taskDefinition deploymentConfiguration deployments events createdAt "
        "placementConstraints placementStrategy schedulingStrategy enableECSManagedTags propagateTags "
        "enableExecuteCommand",
        "Deployment": "id status taskDefinition desiredCount pendingCount runningCount failedTasks createdAt "
        "updatedAt rolloutState rolloutStateReason",
        "ServiceEvent": "id createdAt message",
        "Task": "attachments attributes clusterArn containers cpu createdAt desiredStatus enableExecuteCommand "
        "group healthStatus lastStatus memory overrides tags taskArn taskDefinitionArn version",
        "Container": "containerArn taskArn name image lastStatus networkBindings networkInterfaces healthStatus cpu",
        "ContainerOverride": "name",
        "TaskOverride": "containerOverrides inferenceAcceleratorOverrides",
        "TaskDefinition": "taskDefinitionArn containerDefinitions family revision volumes status "
        "requiresAttributes placementConstraints compatibilities registeredAt registeredBy",
        "ContainerDefinition": "name image cpu portMappings essential environment mountPoints volumesFrom "
        "systemControls",
        "DeploymentConfiguration": "maximumPercent minimumHealthyPercent",
        "Attribute": "name",
        "NetworkBinding": "bindIP containerPort hostPort protocol",
        "Volume": "name",
        "Failure": "reason",
    }.items()
}

_PYTHON: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (float, int),
    "boolean": (bool,),
    "timestamp": (float, int),
}

_EXAMPLES: Final[Mapping[str, Any]] = {"string": "text", "boolean": True, "timestamp": 1.5}


@cache
def ecs() -> Any:
    """ECS's service model."""
    return service_model("ecs")


def service_model(name: str) -> Any:
    """The model of a service of AWS's."""
    return botocore.session.get_session().get_service_model(name)


@cache
def eventbridge_scheduler() -> Any:
    """EventBridge Scheduler's service model: its members are ours with a small first letter."""
    return botocore.session.get_session().get_service_model("scheduler")


def departures(
    value: Any,
    shape: Any,
    additions: Mapping[str, frozenset[str]],
    path: str = "",
    always: Mapping[str, frozenset[str]] = ALWAYS,
) -> Iterator[str]:
    """Where an answer departs from a shape. `additions` are the members of ours, by shape; inputs have no `always`."""
    match shape.type_name:
        case "structure" if not isinstance(value, dict):
            yield f"{path}: {value!r} is no object"
        case "structure":
            ours = additions.get(shape.name, frozenset())
            for name in sorted({*always.get(shape.name, ()), *shape.required_members} - value.keys()):
                yield f"{path}.{name}: ECS always sends it"
            for name, item in value.items():
                if name in shape.members:
                    yield from departures(item, shape.members[name], additions, f"{path}.{name}", always)
                elif name not in ours:
                    yield f"{path}.{name}: not a member of {shape.name}"
        case "list" if not isinstance(value, list):
            yield f"{path}: {value!r} is no list"
        case "list":
            for index, item in enumerate(value):
                yield from departures(item, shape.member, additions, f"{path}[{index}]", always)
        case "map" if not isinstance(value, dict):
            yield f"{path}: {value!r} is no map"
        case "map":
            for key, item in value.items():
                yield from departures(item, shape.value, additions, f"{path}.{key}", always)
        case kind:
            fits = isinstance(value, _PYTHON[kind]) and (kind == "boolean" or not isinstance(value, bool))
            if not fits:
                yield f"{path}: {value!r} is no {kind}"
            elif kind == "string" and shape.enum and value not in shape.enum:
                yield f"{path}: {value!r} is not one of {shape.enum}"


#: What any call may be refused with, beside the exceptions in the model of its operation.
_OF_ALL: Final = frozenset({"SerializationException", "UnknownOperationException"})


@cache
def exceptions(action: str) -> frozenset[str]:
    """The names of the exceptions that ECS has for an action; for one of ours, all that ECS has.

    A schedule's are EventBridge's, and whatever RunTask has to say of what it is to run.
    """
    if action.endswith("Schedule"):
        shapes = [
            s for n in ("CreateSchedule", "DeleteSchedule") for s in _errors(eventbridge_scheduler(), n)
        ]
        return _OF_ALL | {shape.name for shape in (*shapes, *_errors(ecs(), "RunTask"))}
    named = [action] if action in ecs().operation_names else ecs().operation_names
    return _OF_ALL | {shape.name for name in named for shape in _errors(ecs(), name)}


def _errors(service: Any, operation: str) -> list[Any]:
    errors: list[Any] = service.operation_model(operation).error_shapes
    return errors


def filled(shape: Any) -> Any:
    """A value with every member of a shape in it, however deep."""
    match shape.type_name:
        case "structure":
            return {name: filled(member) for name, member in shape.members.items()}
        case "list":
            return [filled(shape.member)]
        case "map":
            return {"key": filled(shape.value)}
        case "string" if shape.enum:
            return shape.enum[0]
        case kind:
            return _EXAMPLES.get(kind, 1)
