"""What is shown beyond ECS's members, by ECS's name of the shape. A test holds everything else against ECS's own model."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ADDITIONS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        # Of an answer as a whole: when an engine last kept it true (epoch seconds; absent where none ever did), and whether
        # one does now.
        **dict.fromkeys(
            (
                "DescribeClustersResponse",
                "DescribeContainerInstancesResponse",
                "DescribeServicesResponse",
                "DescribeTasksResponse",
            ),
            frozenset({"asOf", "current"}),
        ),
        "Container": frozenset({"restartCount"}),
        "Cluster": frozenset({"unknownTasksCount"}),
        "ContainerInstance": frozenset(
            {
                "connectivity",
                "connectivityAt",
                "drainDeadline",
                "impaired",
                "name",
                "problem",
                "removedFromConfig",
                "unknownTasksCount",
                "url",
                "utilization",
            }
        ),
        "Deployment": frozenset({"bakingSince", "containerImages", "retryAt"}),
        "Service": frozenset(
            {
                "autoScaling",
                "healthyAfterSeconds",
                "moving",
                "probe",
                "replace",
                "replaceAsked",
                "steady",
                "unknownCount",
                "why",
            }
        ),
        "Task": frozenset(
            {
                "containerInstanceName",
                "observedStatus",
                "protectedUntil",
                "supersededBy",
                "targetHealth",
                "why",
            }
        ),
        "TaskDefinition": frozenset({"warnings"}),
    }
)

#: What answers carry beside ECS's members: remarks about members that have no effect here.
ANSWER_ADDITIONS: Final = frozenset({"warnings"})
