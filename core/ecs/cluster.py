"""A cluster as DescribeClusters shows it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.ecs.parts import shares_shown, tags_shown
from core.model.counts import counts
from core.model.ids import arn
from core.model.instance import InstanceStatus
from core.model.service import ServiceStatus

if TYPE_CHECKING:
    from core.model.cluster import Cluster
    from core.model.state import State

_REGISTERED: Final = frozenset({InstanceStatus.ACTIVE, InstanceStatus.DRAINING})


def describe_cluster(state: State, cluster: Cluster, *, watched: bool = True) -> dict[str, Any]:
    """ECS's Cluster; `watched` as in `core.model.counts.known`."""
    tasks = counts(
        state, (state.tasks[key] for key in state.index.tasks_of_cluster[cluster.name]), watched=watched
    )
    services = (state.services[key] for key in state.index.services_of_cluster[cluster.name])
    return {
        "clusterArn": arn("cluster", cluster.name),
        "clusterName": cluster.name,
        "status": cluster.status.value,
        "registeredContainerInstancesCount": sum(
            i.status in _REGISTERED for i in state.instances_of(cluster.name)
        ),
        "runningTasksCount": tasks.running,
        "pendingTasksCount": tasks.pending,
        "activeServicesCount": sum(s.status is ServiceStatus.ACTIVE for s in services),
        "statistics": [],
        "tags": tags_shown(cluster.tags),
        "settings": [],
        "capacityProviders": [provider.name for provider in cluster.capacity_providers],
        "defaultCapacityProviderStrategy": shares_shown(cluster.default_strategy),
        "unknownTasksCount": tasks.unknown,
    }
