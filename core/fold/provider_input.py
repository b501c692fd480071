"""What an input says about capacity providers, checked as ECS does and turned into values. Pure.

Which providers a cluster has is the config's to say. A cluster's default strategy is for who says neither a strategy nor a
launch type (ECS): a service keeps what it was created with, a run takes what is so when it begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from core.errors import Refused
from core.model.capacity_provider import ProviderShare
from core.model.ids import last_part
from core.taskdef.shape import nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from core.fold.members import ProviderShareInput
    from core.model.cluster import Cluster


class Placed(Protocol):
    """An input about tasks that may be shared out."""

    @property
    def launch_type(self) -> str:
        """ECS's launchType; empty where it is not said."""

    @property
    def capacity_provider_strategy(self) -> tuple[ProviderShareInput, ...] | None:
        """None where it is not said."""


def leaves_to_default(given: Placed) -> bool:
    """Whether the cluster's default strategy is asked for, by saying nothing. An empty strategy asks for none."""
    return not given.launch_type and given.capacity_provider_strategy is None


def shares_asked(given: Placed, cluster: Cluster) -> tuple[ProviderShare, ...]:
    """The strategy that new tasks are to have, their cluster's default included. Raises Refused."""
    if not leaves_to_default(given):
        return shares_from(given.capacity_provider_strategy or (), cluster)
    known = {provider.name for provider in cluster.capacity_providers}
    if gone := next((s.provider for s in cluster.default_strategy if s.provider not in known), ""):
        raise _invalid(
            f"The default capacity provider strategy of cluster {cluster.name} names {gone}, which the config no longer does: "
            "give a capacityProviderStrategy or a launchType, or the cluster another default."
        )
    return cluster.default_strategy


def shares_from(
    given: Sequence[ProviderShareInput], cluster: Cluster, member: str = "capacityProviderStrategy"
) -> tuple[ProviderShare, ...]:
    """A capacity provider strategy whose providers the cluster has, and which leads somewhere. Raises Refused."""
    shares = tuple(ProviderShare(last_part(g.capacity_provider), g.weight, g.base) for g in given)
    for index, share in enumerate(shares):
        _check_known(f"{member}[{index}].capacityProvider", share.provider, cluster)
    names = [share.provider for share in shares]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise _invalid(f"{member}: {twice[0]} is named more than once.")
    if sum(share.base > 0 for share in shares) > 1:
        raise _invalid(f"{member}: one item alone may have a base.")
    if shares and not any(share.weight for share in shares):
        raise _invalid(f"{member}: at least one item must have a weight that is not 0.")
    return shares


def check_all_named(given: Iterable[str], cluster: Cluster) -> None:
    """Whether a list of a cluster's providers is the config's. Raises Refused for one that isn't there, and for one left out.

    ECS would take away what is left out; here the config would bring it back.
    """
    names = [last_part(name) for name in given]
    for index, name in enumerate(names):
        _check_known(f"capacityProviders[{index}]", name, cluster)
    left_out = [p.name for p in cluster.capacity_providers if p.name not in names]
    if left_out:
        raise _invalid(
            f"capacityProviders: leaves out {', '.join(left_out)}, which the config names for cluster {cluster.name}: "
            "name them all here, or take it out of [capacity_providers] there."
        )


def _check_known(path: str, name: str, cluster: Cluster) -> None:
    known = tuple(provider.name for provider in cluster.capacity_providers)
    if name not in known:
        guess = nearest(name, known)
        there = f"there is {', '.join(known)}" if known else "the config names none for it"
        hint = f"did you mean {guess}?" if guess else f"{there}."
        raise _invalid(
            f"{path}: cluster {cluster.name} has no capacity provider {shown(name).strip(chr(34))}; {hint}"
        )


def _invalid(message: str) -> Refused:
    return Refused("InvalidParameterException", message)
