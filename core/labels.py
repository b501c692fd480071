"""The labels on our containers: ECS's five and our own, how they are written, and how they are read back. Pure.

Ownership is a label: what does not carry this installation's is never touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.model.ids import arn, last_part
from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The five that ECS's agent sets; log shippers and dashboards know them.
TASK_ARN: Final = "com.amazonaws.ecs.task-arn"
CONTAINER_NAME: Final = "com.amazonaws.ecs.container-name"
FAMILY: Final = "com.amazonaws.ecs.task-definition-family"
REVISION: Final = "com.amazonaws.ecs.task-definition-version"
CLUSTER: Final = "com.amazonaws.ecs.cluster"

#: Our own.
INSTALLATION: Final = "dockyard.installation"
INSTANCE: Final = "dockyard.instance"
TASK: Final = "dockyard.task"
SERVICE: Final = "dockyard.service"
DEPLOYMENT: Final = "dockyard.deployment"
GENERATION: Final = "dockyard.generation"
DEFINITION_DIGEST: Final = "dockyard.definition-digest"
#: What limits the containers of its task together, where its task has a cgroup of its own.
TASK_LIMIT: Final = "dockyard.task-limit"
#: The installation whose errand a container runs, for a moment: it belongs to no task.
ERRAND: Final = "dockyard.errand"


class Ownership(Record, kw_only=True):
    """Whose a container is. `service` and `deployment` are empty for a standalone task."""

    installation: str
    instance: str
    cluster: str
    task: str
    container: str
    family: str
    revision: int
    definition_digest: str
    service: str = ""
    deployment: str = ""
    generation: int = 0

    @property
    def definition(self) -> str:
        return f"{self.family}:{self.revision}"


def owned_by(installation: str) -> str:
    """The label filter for Docker's list and events: what this installation owns."""
    return f"{INSTALLATION}={installation}"


def container_labels(owner: Ownership) -> dict[str, str]:
    """All labels of a container of ours."""
    return {
        TASK_ARN: arn("task", owner.cluster, owner.task),
        CONTAINER_NAME: owner.container,
        FAMILY: owner.family,
        REVISION: str(owner.revision),
        CLUSTER: owner.cluster,
        INSTALLATION: owner.installation,
        INSTANCE: owner.instance,
        TASK: owner.task,
        SERVICE: owner.service,
        DEPLOYMENT: owner.deployment,
        GENERATION: str(owner.generation),
        DEFINITION_DIGEST: owner.definition_digest,
    }


def volume_labels(owner: Ownership) -> dict[str, str]:
    """The labels of a volume that lives and dies with its task."""
    return {
        INSTALLATION: owner.installation,
        INSTANCE: owner.instance,
        TASK: owner.task,
        CLUSTER: owner.cluster,
    }


def read(labels: Mapping[str, str]) -> Ownership | None:
    """Whose a container is by its labels; None when it is none of any installation's, or not readable as such."""
    task = labels.get(TASK) or last_part(labels.get(TASK_ARN, ""))
    if not labels.get(INSTALLATION) or not task or not labels.get(CONTAINER_NAME):
        return None
    return Ownership(
        installation=labels[INSTALLATION],
        instance=labels.get(INSTANCE, ""),
        cluster=labels.get(CLUSTER, ""),
        task=task,
        container=labels[CONTAINER_NAME],
        family=labels.get(FAMILY, ""),
        revision=_number(labels.get(REVISION, "")),
        definition_digest=labels.get(DEFINITION_DIGEST, ""),
        service=labels.get(SERVICE, ""),
        deployment=labels.get(DEPLOYMENT, ""),
        generation=_number(labels.get(GENERATION, "")),
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() else 0
