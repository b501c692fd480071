"""Commands folded without an engine: written down as accepted or refused, for the next engine to act on."""

from __future__ import annotations

from random import SystemRandom
from typing import TYPE_CHECKING

from core.clock import Clock
from core.declare import declared
from core.fold.commands import fold_command
from core.fold.config import fold_config
from core.fold.context import TurnContext
from core.model.state import State

if TYPE_CHECKING:
    from core.config import Config
    from core.store import Store


def fold_pending(store: Store, config: Config, limit: int) -> None:
    """Answer the waiting commands. For the holder of the engine's lock alone.

    The config comes first, as when an engine starts: a service may name a cluster that no engine has seen yet. But what it
    doesn't name stays: this client may read another file than the engine will.
    """
    state = State(store.load().rows)
    turn = TurnContext(Clock()(), SystemRandom(), config.engine.settings, by_engine=False)
    fold_config(state, declared(config, additive=True), turn)
    for command in store.pending_commands(limit):
        fold_command(state, command, turn)
    changes = state.changes()
    if changes:
        store.commit(changes)
