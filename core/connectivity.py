"""What is known of an instance, as a state machine: one table, one `move`; nothing else writes an instance's connectivity. Pure.

What a sign means is decided where it is seen (core.fold); here stands what may follow what. LOST is left only by coming back:
what was superseded there must be seen gone before the instance takes new work. The drawing in core/README.md is made from
the table and held against it by a test, and the simulator demands that its stories take every step.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from core.model.instance import Connectivity, ContainerInstance
from core.record import replace

if TYPE_CHECKING:
    from collections.abc import Mapping


class Sign(StrEnum):
    """What moves an instance's connectivity."""

    #: It answers, and nothing on it has to go first.
    ANSWERED = "answered"
    #: It answers, and something may run there that another took the place of, or that nobody keeps.
    CAME_BACK = "came back"
    #: What was not wanted there was seen gone.
    CLEARED = "cleared"
    #: Nothing was heard of it for `disconnect_after`.
    FELL_SILENT = "fell silent"
    #: Nothing was heard of it for `lost_after`, or an operator declared it lost.
    GIVEN_UP = "given up"
    #: Another Docker answers at its address.
    STRANGER = "stranger answered"
    #: An operator took the Docker that answers there for the instance.
    ACCEPTED = "accepted"


TRANSITIONS: Final[Mapping[Connectivity, Mapping[Sign, Connectivity]]] = MappingProxyType(
    {
        Connectivity.CONNECTED: {
            Sign.FELL_SILENT: Connectivity.DISCONNECTED,
            Sign.GIVEN_UP: Connectivity.LOST,
            Sign.STRANGER: Connectivity.QUARANTINED,
        },
        Connectivity.DISCONNECTED: {
            Sign.ANSWERED: Connectivity.CONNECTED,
            Sign.CAME_BACK: Connectivity.RETURNING,
            Sign.GIVEN_UP: Connectivity.LOST,
            Sign.STRANGER: Connectivity.QUARANTINED,
        },
        Connectivity.LOST: {Sign.CAME_BACK: Connectivity.RETURNING},
        Connectivity.RETURNING: {
            Sign.CLEARED: Connectivity.CONNECTED,
            Sign.FELL_SILENT: Connectivity.DISCONNECTED,
            Sign.GIVEN_UP: Connectivity.LOST,
            Sign.STRANGER: Connectivity.QUARANTINED,
        },
        Connectivity.QUARANTINED: {
            Sign.ANSWERED: Connectivity.CONNECTED,
            Sign.CAME_BACK: Connectivity.RETURNING,
            Sign.GIVEN_UP: Connectivity.LOST,
            Sign.ACCEPTED: Connectivity.DISCONNECTED,
        },
    }
)


class ConnectivityError(AssertionError):
    """A defect of ours: the table has no such step. Names the instance, its connectivity and the sign."""


def move(instance: ContainerInstance, sign: Sign, now: float) -> ContainerInstance:
    """The instance after a sign, with the moment of the step. Raises ConnectivityError, changing nothing."""
    after = TRANSITIONS[instance.connectivity].get(sign)
    if after is None:
        raise ConnectivityError(
            f"instance {instance.name}: {sign.value!r} does not follow {instance.connectivity}"
        )
    return replace(instance, connectivity=after, connectivity_at=now)


def mermaid() -> str:
    """The table drawn as a Mermaid state diagram, for core/README.md."""
    lines = ["stateDiagram-v2", "    [*] --> DISCONNECTED: registered"]
    for before, steps in TRANSITIONS.items():
        for sign, after in steps.items():
            lines.append(f"    {before} --> {after}: {sign.value}")
    return "\n".join(lines)
