"""How much of what is due one turn plans; what is left is planned in the next, before anything newer. Pure.

A thousand services that are restarted at once are a thousand plans and a thousand searches among all hosts. In one turn nobody would
be answered for as long as all of it takes. It is counted and not timed, so that the same inputs always come to the same state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Portion(Record):
    """Each takes some 50 ms of a turn at the most, and is exceeded by one: what is due first is always planned."""

    #: Services with their tasks.
    service_rows: int = 2_000
    #: Instances that are looked at for tasks to be placed: all of a cluster's for each batch of like tasks.
    candidates: int = 10_000
    #: Hosts whose actions are worked out.
    hosts: int = 100


def split(
    due: Sequence[str], most: int, weight: Callable[[str], int] = lambda _key: 1
) -> tuple[Sequence[str], Sequence[str]]:
    """What of it is planned now, and what waits."""
    room = most
    for number, key in enumerate(due):
        if room <= 0:
            return due[:number], due[number:]
        room -= weight(key)
    return due, ()
