"""Capacity providers: named groups of a cluster's instances, and how a service's or a RunTask's tasks are shared out among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: AWS's own, which nobody has here.
FARGATE: Final = frozenset({"FARGATE", "FARGATE_SPOT"})


@dataclass(frozen=True, slots=True)
class CapacityProvider:
    """A group, by the names of its instances or by an expression in the cluster query language; the other is empty."""

    name: str
    members: tuple[str, ...] = ()
    expression: str = ""


@dataclass(frozen=True, slots=True)
class ProviderShare:
    """One item of a strategy: first `base` tasks go to the provider, then each `weight` of all weights of what follows (ECS)."""

    provider: str
    weight: int = 0
    base: int = 0
