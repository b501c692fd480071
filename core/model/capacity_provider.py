"""Capacity providers: named groups of a cluster's instances, and how a service's or a RunTask's tasks are shared out among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

#: AWS's own, which nobody has here.
FARGATE: Final = frozenset({"FARGATE", "FARGATE_SPOT"})


class CapacityProvider(Record):
    """A group, by the names of its instances or by an expression in the cluster query language; the other is empty."""

    name: str
    members: tuple[str, ...] = ()
    expression: str = ""


class ProviderShare(Record):
    """One item of a strategy: first `base` tasks go to the provider, then each `weight` of all weights of what follows (ECS)."""

    provider: str
    weight: int = 0
    base: int = 0


def shares_told(shares: Iterable[ProviderShare]) -> str:
    """A strategy in a line, for people, as the command line takes it; empty for none."""
    return ", ".join(f"{s.provider}={s.weight}" + (f",base={s.base}" if s.base else "") for s in shares)
