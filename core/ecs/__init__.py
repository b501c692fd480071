"""Rows as ECS's API shows them: its members, its words, times as epoch seconds, absent where ECS leaves out. Pure.

`additions.py` lists what is shown beyond ECS's members.
"""

from core.ecs.additions import ADDITIONS
from core.ecs.cluster import describe_cluster
from core.ecs.instance import describe_container_instance
from core.ecs.protection import describe_protection
from core.ecs.schedule import describe_schedule
from core.ecs.service import (
    describe_auto_scaling,
    describe_breaker,
    describe_deployment,
    describe_probe,
    describe_service,
)
from core.ecs.task import describe_task
from core.taskdef.describe import describe as describe_task_definition

__all__ = [
    "ADDITIONS",
    "describe_auto_scaling",
    "describe_breaker",
    "describe_cluster",
    "describe_container_instance",
    "describe_deployment",
    "describe_probe",
    "describe_protection",
    "describe_schedule",
    "describe_service",
    "describe_task",
    "describe_task_definition",
]
