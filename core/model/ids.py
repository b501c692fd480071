"""Ids and ARNs in ECS's forms. Pure: chance comes in as a seeded generator.

Task and container-instance ids are 32 hex digits, deployment ids `ecs-svc/` and 19 digits (ECS API reference, long ARN format).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

#: What stands where AWS has a partition, a region and an account.
ARN_PREFIX: Final = "arn:aws:ecs:local:000000000000"

#: How many characters of an id screens and tables show.
SHORT: Final = 8


def new_id(chance: Random) -> str:
    """A task's or container instance's id: 32 hex digits."""
    return f"{chance.getrandbits(128):032x}"


def derived_id(*parts: str) -> str:
    """An id that follows from what it is for, so that doing twice is doing once: 32 hex digits."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def new_deployment_id(chance: Random) -> str:
    """A deployment's id, `ecs-svc/` and 19 digits, as ECS writes it."""
    return f"ecs-svc/{chance.randrange(10**18, 10**19)}"


def arn(kind: str, *parts: str) -> str:
    """ECS's ARN of a resource: `arn("task", cluster, task_id)`."""
    return f"{ARN_PREFIX}:{kind}/{'/'.join(parts)}"


def last_part(name_or_arn: str) -> str:
    """The short name in a name or ARN: ECS takes either everywhere.

    A task definition's `family:revision` and a deployment's `ecs-svc/…` come back whole.
    """
    if not name_or_arn.startswith("arn:"):
        return name_or_arn
    _, _, path = name_or_arn.split(":", 5)[-1].partition("/")
    if "/ecs-svc/" in f"/{path}":
        return f"ecs-svc/{path.rpartition('/')[2]}"
    return path.rpartition("/")[2]
