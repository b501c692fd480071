"""A capacity provider strategy: the base first, then by weight (ECS)."""

from __future__ import annotations

from collections import Counter

import pytest

from core.model.capacity_provider import ProviderShare
from core.scheduler.providers import choose, provider_of


@pytest.mark.parametrize(
    ("strategy", "count", "expected"),
    [
        ((ProviderShare("a", 1), ProviderShare("b", 1)), 5, {"a": 3, "b": 2}),
        ((ProviderShare("a", 1), ProviderShare("b", 4)), 10, {"a": 2, "b": 8}),
        ((ProviderShare("a", 1, base=2), ProviderShare("b", 4)), 12, {"a": 4, "b": 8}),
        ((ProviderShare("a", 0, base=2), ProviderShare("b", 1)), 6, {"a": 2, "b": 4}),
        ((ProviderShare("a", 1), ProviderShare("b", 0)), 4, {"a": 4}),
        ((ProviderShare("a", 1), ProviderShare("b", 1, base=3)), 3, {"b": 3}),
    ],
)
def test_tasks_are_shared_out_by_base_and_weight(
    strategy: tuple[ProviderShare, ...], count: int, expected: dict[str, int]
) -> None:
    held: Counter[str] = Counter()
    for _ in range(count):
        held[choose(strategy, held)] += 1
    assert held == expected


def test_without_a_strategy_every_instance_will_do() -> None:
    assert choose((), {}) == ""
    assert provider_of(None, "") is None


def test_a_provider_that_is_gone_has_no_instances() -> None:
    found = provider_of(None, "spot")
    assert found is not None
    assert (found.members, found.expression) == ((), "")
