"""To which capacity provider a task goes, and which instances are a provider's. Pure.

Source: ECS Developer Guide, "Capacity provider strategy": the base is filled first, then the rest is split by weight. Ours scale
nothing: a provider is a group of hosts, and what finds no room in it waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.model.capacity_provider import CapacityProvider
from core.scheduler.query import compile_expression

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.model.capacity_provider import ProviderShare
    from core.model.cluster import Cluster
    from core.scheduler.query import Subject


def choose(strategy: Sequence[ProviderShare], held: Mapping[str, int]) -> str:
    """The provider of the next task; `held` says how many tasks each has. Empty without a strategy.

    Of those with a weight it is the one that is furthest behind its part, the first of equals.
    """
    for share in strategy:
        if held.get(share.provider, 0) < share.base:
            return share.provider
    weighted = [share for share in strategy if share.weight]
    if not weighted:
        return ""
    beyond = {s.provider: max(0, held.get(s.provider, 0) - s.base) for s in weighted}
    return min(weighted, key=lambda s: (beyond[s.provider] + 1) / s.weight).provider


def provider_of(cluster: Cluster | None, name: str) -> CapacityProvider | None:
    """The provider of that name; one that is gone has no instances. None for no name."""
    if not name:
        return None
    known = cluster.capacity_providers if cluster is not None else ()
    return next((provider for provider in known if provider.name == name), CapacityProvider(name))


def has(provider: CapacityProvider, instance_name: str, subject: Subject | None) -> bool:
    """Whether an instance is a provider's."""
    if provider.expression:
        return subject is not None and compile_expression(provider.expression).matches(subject)
    return instance_name in provider.members
