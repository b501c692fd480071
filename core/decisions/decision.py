"""What is decided of one member of an ECS input. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from core.record import Record


class Kind(StrEnum):
    """HONOURED as ECS says; ADAPTED to plain Docker, told at registration; NO_EFFECT taken, told; REFUSED with a sentence.

    The line between the last two: what changes only how AWS would carry a request out (a launch type, a subnet) has no
    effect; what an operator would miss in what runs (a load balancer, a volume) is refused.
    """

    HONOURED = "honoured"
    ADAPTED = "adapted"
    NO_EFFECT = "no effect"
    REFUSED = "refused"


class Decision(Record):
    """`how` it is served, or why not: the words of a sentence, without its full stop.

    `harmless` are the values that ask for nothing, beside null and what is empty: they pass in silence. `quiet` members
    have no effect, and nobody is told: they only mean something to another member that is refused itself. `words` are ECS's
    own, where it has a list of them: another one is a mistake, and refused. What is `kept` is shown again as it was given.
    """

    kind: Kind
    how: str = ""
    harmless: tuple[Any, ...] = (False,)
    quiet: bool = False
    words: tuple[str, ...] = ()
    kept: bool = False

    @property
    def left_out(self) -> bool:
        """Whether nothing of it is served, all that it contains included."""
        return self.kind in {Kind.NO_EFFECT, Kind.REFUSED}

    def asked_by(self, value: Any) -> bool:
        """Whether a value asks for something; an object may say of itself that it is off, as `alarms` does."""
        off = isinstance(value, Mapping) and value.get("enable", value.get("enabled")) is False
        return bool(value) and value not in self.harmless and not off


def honoured(how: str = "") -> Decision:
    """Served as ECS says it; `how` tells what of Docker's it becomes."""
    return Decision(Kind.HONOURED, how)


def adapted(how: str) -> Decision:
    """Served otherwise than AWS does, in what `how` says."""
    return Decision(Kind.ADAPTED, how)


def no_effect(
    why: str,
    *,
    harmless: tuple[Any, ...] = (False,),
    quiet: bool = False,
    words: tuple[str, ...] = (),
    kept: bool = False,
) -> Decision:
    """Taken, and told to have no effect."""
    return Decision(Kind.NO_EFFECT, why, harmless, quiet, words, kept)


def refused(why: str, *, harmless: tuple[Any, ...] = (False,)) -> Decision:
    """Not taken, but for a value that asks for nothing."""
    return Decision(Kind.REFUSED, why, harmless)
