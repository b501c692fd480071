"""A new task: its row with its containers, and what it charges to an instance. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.model.ids import new_id
from core.model.task import Container, Task
from core.model.task_definition import PAUSE_CONTAINER, PAUSE_IMAGE
from core.model.task_request import overrides_of
from core.taskdef.overrides import overridden

if TYPE_CHECKING:
    from random import Random

    from core.model.tags import Tag
    from core.model.task_definition import TaskDefinition


def new_task(
    definition: TaskDefinition,
    *,
    cluster: str,
    group: str,
    service: str = "",
    deployment: str = "",
    started_by: str = "",
    chance: Random,
    now: float,
    request: str = "",
    propagated_tags: tuple[Tag, ...] = (),
) -> Task:
    """A task that waits to be placed: PROVISIONING, its containers PENDING, the pause container first."""
    images = [(c.name, c.image) for c in definition.containers]
    if definition.needs_pause:
        images.insert(0, (PAUSE_CONTAINER, PAUSE_IMAGE))
    charged = overridden(definition, overrides_of(request))
    return Task(
        id=new_id(chance),
        cluster=cluster,
        definition=definition.name,
        group=group,
        started_by=started_by,
        service=service,
        deployment=deployment,
        containers=tuple(Container(name, image) for name, image in images),
        cpu_units=charged.reserved_cpu_units,
        memory_mib=charged.reserved_memory_mib,
        ports=definition.static_ports,
        gpu_count=charged.gpu_count,
        created_at=now,
        request=request,
        propagated_tags=propagated_tags,
    )
