"""Plans of documents as a test writes them, and an engine's state that takes them up."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

from core.client.applying import plan
from core.client.complaints import Origin
from core.client.manifest import Manifest, Said
from core.client.step import Scope, Step
from core.commands import Command
from core.fold.commands import carried_out
from core.fold.context import TurnContext
from core.model.cluster import Cluster
from core.model.settings import Settings
from core.model.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Json = dict[str, Any]
TURN = TurnContext(1_000.0, Random(7), Settings())


def manifest(
    definitions: Iterable[Json] = (),
    services: Iterable[Json] = (),
    stack: str = "",
    schedules: Iterable[Json] = (),
) -> Manifest:
    """A manifest of documents that no file says."""
    kinds = (definitions, services, schedules)
    told = [tuple(Said(one, Origin("")) for one in documents) for documents in kinds]
    return Manifest(told[0], told[1], told[2], stack)


def planned(
    state: State,
    definitions: Iterable[Json] = (),
    services: Iterable[Json] = (),
    *,
    stack: str = "",
    prune: bool = False,
    schedules: Iterable[Json] = (),
) -> list[Step]:
    """The plan of documents, for the cluster `default`."""
    said = manifest(definitions, services, stack, schedules)
    return plan(state, said, Scope("default", stack, prune), TURN)


def empty() -> State:
    """A state with nothing but a cluster."""
    return State([Cluster("default")])


def carry_out(state: State, steps: Sequence[Step]) -> list[str]:
    """Do what a plan asks for, as the engine would; the names of the actions."""
    registered: dict[str, str] = {}
    asked = []
    for step in steps:
        if step.action is not None:
            command = Command("", step.action, json.dumps(step.asked(registered)))
            registered |= step.made(carried_out(state, command, TURN))
            asked.append(step.action.value)
    state.keep()
    return asked
