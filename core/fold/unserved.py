"""Members that ECS knows and plain Docker hosts can't serve: refused with a sentence, or taken with a warning. Pure.

The line between the two: what is left out changes only how AWS would carry the request out (a launch type, a subnet) is
a warning; what an operator would miss in what runs (a load balancer, a volume) is refused. A value that asks for nothing
(an empty list, `enabled: false`) passes in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from core.commands import Action
from core.errors import Refused
from core.model.capacity_provider import FARGATE
from core.taskdef.shape import nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unserved:
    """One such member. `harmless` are the values that ask for nothing, beside null and what is empty."""

    why: str
    refused: bool = False
    harmless: tuple[Any, ...] = (False,)
    #: ECS's words for it, where it has a list of them: another one is a mistake, and refused.
    words: tuple[str, ...] = ()
    #: It is shown again as it was given.
    kept: bool = False


_ROLE: Final = Unserved("no AWS credentials are served to containers", kept=True)
_CLUSTER_EXTRA: Final = Unserved("a cluster here is a name, with its capacity in the config file")
_TRAFFIC: Final = "publish ports on the hosts and put a proxy of your own in front"

#: By member; a dot leads into an object.
MEMBERS: Final[Mapping[str, Unserved]] = MappingProxyType(
    {
        "launchType": Unserved(
            "every connected instance of the cluster may be used",
            harmless=("EC2", "EXTERNAL"),
            words=("EC2", "EXTERNAL", "FARGATE", "MANAGED_INSTANCES"),
        ),
        "platformVersion": Unserved("it is a version of AWS Fargate", harmless=("LATEST",)),
        "networkConfiguration": Unserved("there are no subnets and security groups on plain Docker hosts"),
        "role": Unserved("there is no AWS account behind this"),
        "enableECSManagedTags": Unserved("there is no billing to tag"),
        "propagateTags": Unserved(
            "tags stay where they are given",
            harmless=("NONE",),
            words=("NONE", "SERVICE", "TASK_DEFINITION"),
        ),
        "enableExecuteCommand": Unserved("exec works on every task", harmless=(True, False)),
        "deploymentController": Unserved(
            "only the rolling update of deploymentController ECS is there",
            refused=True,
            harmless=({"type": "ECS"},),
        ),
        "loadBalancers": Unserved(f"there are no load balancers here; {_TRAFFIC}", refused=True),
        "serviceRegistries": Unserved("there is no AWS Cloud Map here", refused=True),
        "serviceConnectConfiguration": Unserved(
            f"there is no Service Connect here; {_TRAFFIC}", refused=True, harmless=({"enabled": False},)
        ),
        "volumeConfigurations": Unserved(
            "there are no EBS volumes here; use dockerVolumeConfiguration in the task definition",
            refused=True,
        ),
        "vpcLatticeConfigurations": Unserved(f"there is no VPC Lattice here; {_TRAFFIC}", refused=True),
        "gatewayConnectors": Unserved(f"there are no ECS gateways here; {_TRAFFIC}", refused=True),
        "monitoring": Unserved("there is no CloudWatch here"),
        "deploymentConfiguration.alarms": Unserved("there are no CloudWatch alarms here"),
        "deploymentConfiguration.strategy": Unserved(
            "only the rolling update is there", refused=True, harmless=("ROLLING",)
        ),
        "deploymentConfiguration.bakeTimeInMinutes": Unserved(
            "a deployment is complete when its tasks are healthy", harmless=(0,)
        ),
        "deploymentConfiguration.lifecycleHooks": Unserved("there is no AWS Lambda here", refused=True),
        "deploymentConfiguration.linearConfiguration": Unserved(
            "only the rolling update is there", refused=True
        ),
        "deploymentConfiguration.canaryConfiguration": Unserved(
            "only the rolling update is there", refused=True
        ),
        "deploymentConfiguration.earlySuccessCriteria": Unserved(
            "a deployment is complete when all its tasks are healthy"
        ),
        "overrides.inferenceAcceleratorOverrides": Unserved("AWS has retired them", refused=True),
        "overrides.executionRoleArn": _ROLE,
        "overrides.taskRoleArn": _ROLE,
        "overrides.ephemeralStorage": Unserved("a container's disk is its host's"),
        "overrides.containerOverrides.resourceRequirements": Unserved(
            "GPUs can't be overridden; name them in the task definition", refused=True
        ),
        "settings": Unserved("there is no CloudWatch here"),
        "configuration": _CLUSTER_EXTRA,
        "capacityProviders": _CLUSTER_EXTRA,
        "defaultCapacityProviderStrategy": _CLUSTER_EXTRA,
        "serviceConnectDefaults": _CLUSTER_EXTRA,
        "tags": _CLUSTER_EXTRA,
    }
)

_DEPLOYMENT: Final = (
    "deploymentController",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "gatewayConnectors",
    "loadBalancers",
    "monitoring",
    "networkConfiguration",
    "platformVersion",
    "propagateTags",
    "serviceConnectConfiguration",
    "serviceRegistries",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
    *(
        f"deploymentConfiguration.{name}"
        for name in (
            "alarms",
            "bakeTimeInMinutes",
            "canaryConfiguration",
            "earlySuccessCriteria",
            "lifecycleHooks",
            "linearConfiguration",
            "strategy",
        )
    ),
)

#: Which of them an action has in ECS.
BY_ACTION: Final[Mapping[Action, tuple[str, ...]]] = MappingProxyType(
    {
        Action.CREATE_CLUSTER: (
            "capacityProviders",
            "configuration",
            "defaultCapacityProviderStrategy",
            "serviceConnectDefaults",
            "settings",
            "tags",
        ),
        Action.CREATE_SERVICE: (*_DEPLOYMENT, "launchType", "role"),
        Action.UPDATE_SERVICE: _DEPLOYMENT,
        Action.RUN_TASK: (
            "enableECSManagedTags",
            "enableExecuteCommand",
            "launchType",
            "networkConfiguration",
            "overrides.containerOverrides.resourceRequirements",
            "overrides.ephemeralStorage",
            "overrides.executionRoleArn",
            "overrides.inferenceAcceleratorOverrides",
            "overrides.taskRoleArn",
            "platformVersion",
            "propagateTags",
            "volumeConfigurations",
        ),
        Action.START_TASK: (
            "enableECSManagedTags",
            "enableExecuteCommand",
            "networkConfiguration",
            "overrides.containerOverrides.resourceRequirements",
            "overrides.ephemeralStorage",
            "overrides.inferenceAcceleratorOverrides",
            "propagateTags",
            "volumeConfigurations",
        ),
    }
)


def take_unserved(action: Action, given: Json) -> list[str]:
    """Take these members out of an input; returns the warnings. Raises Refused for what can't be done without."""
    if given.get("launchType") and given.get("capacityProviderStrategy"):
        raise Refused(
            "InvalidParameterException",
            "Specify either Launch Type or Capacity Provider Strategy, but not both.",
        )
    refused: list[str] = []
    warnings = _without_fargate(given)
    for path in BY_ACTION.get(action, ()):
        member = MEMBERS[path]
        for value in _taken(given, path.split("."), kept=member.kept):
            if not value or value in member.harmless or _off(value):
                continue
            if member.words and value not in member.words:
                refused.append(_not_among(path, value, member.words))
            elif member.refused:
                refused.append(f"{path} can't be served: {member.why}.")
            else:
                warnings.append(f"{path} has no effect: {member.why}.")
    if refused:
        raise Refused("InvalidParameterException", " ".join(dict.fromkeys(refused)))
    return warnings


def _not_among(path: str, value: Any, words: tuple[str, ...]) -> str:
    guess = nearest(str(value), words)
    hint = f"; did you mean {guess}?" if guess else "."
    return f"{path}: {shown(value)} is not one of {', '.join(words)}{hint}"


def _without_fargate(given: Json) -> list[str]:
    """Take AWS's own capacity providers out of a strategy, as `launchType` FARGATE: every instance will do for them."""
    strategy = given.get("capacityProviderStrategy")
    if not isinstance(strategy, list):
        return []
    own = [i for i in strategy if not (isinstance(i, dict) and i.get("capacityProvider") in FARGATE)]
    if len(own) == len(strategy):
        return []
    given["capacityProviderStrategy"] = own
    return ["capacityProviderStrategy of AWS Fargate has no effect: there are no such hosts here."]


def _taken(holder: Any, path: list[str], *, kept: bool) -> Iterable[Any]:
    """The values at a path, removed unless they are kept; a list on the way is looked into."""
    match holder:
        case dict() if len(path) == 1 and path[0] not in holder:
            return []
        case dict() if len(path) == 1:
            return [holder[path[0]] if kept else holder.pop(path[0])]
        case dict():
            return _taken(holder.get(path[0]), path[1:], kept=kept)
        case list():
            return [value for item in holder for value in _taken(item, path, kept=kept)]
        case _:
            return []


def _off(value: Any) -> bool:
    """Whether an object says of itself that it is off, as `deploymentCircuitBreaker` and `alarms` do."""
    return isinstance(value, Mapping) and value.get("enable", value.get("enabled")) is False
