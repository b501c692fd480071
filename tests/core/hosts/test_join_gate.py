"""The gate in front of one sshd."""

from __future__ import annotations

import random
import threading

import pytest

from core.errors import HostUnreachable
from core.hosts.join_gate import JoinGate


def test_a_few_at_a_time_and_no_endpoint_waits_for_another() -> None:
    gate = JoinGate(at_once=2)
    with gate.entered("a:22", 1), gate.entered("a:22", 1):
        with pytest.raises(HostUnreachable, match="a:22"), gate.entered("a:22", 0.01):
            pass
        with gate.entered("b:22", 1):
            pass
    with gate.entered("a:22", 1):
        pass


def test_one_who_fails_lets_the_next_one_in() -> None:
    gate = JoinGate(at_once=1)
    with pytest.raises(ZeroDivisionError), gate.entered("a:22", 1):
        raise ZeroDivisionError
    entered = threading.Event()
    with gate.entered("a:22", 1):
        entered.set()
    assert entered.is_set()


def test_pauses_grow_to_a_bound_and_are_spread_by_chance() -> None:
    gate = JoinGate(chance=random.Random(1))
    for attempt in range(12):
        longest = min(30.0, 0.25 * 2**attempt)
        pauses = {gate.pause_s(attempt) for _ in range(20)}
        assert len(pauses) > 10
        assert all(longest / 2 <= pause <= longest for pause in pauses)
