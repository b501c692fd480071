"""How a command becomes an answer: by the engine that runs, or, where none does, folded here under its lock."""

from __future__ import annotations

import getpass
import json
import os
import socket
import time
from random import SystemRandom
from typing import TYPE_CHECKING, Any, Final

from core.client.engine_process import engine_runs
from core.commands import Command, Verdict
from core.errors import LockHeld, NotInTime, Refused
from core.lock import EngineLock
from core.model.ids import new_id
from core.record import Record
from core.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from core.commands import Action, Answer
    from core.config import Config
    from core.store import Store

#: Between two looks for the answer: a PRAGMA each.
_LOOK_EVERY_S: Final = 0.005
#: Between two looks whether the engine still holds its lock.
_LOCK_EVERY_S: Final = 0.25
#: Commands folded at once, where no engine does it.
_FOLD_LIMIT: Final = 1000


class Submitted(Record):
    """What became of a command. Without an answer it may still be carried out."""

    command_id: str
    answer: Answer | None
    #: False: it was folded by a client, and nothing moves until an engine runs.
    engine_running: bool

    def output(self) -> dict[str, Any]:
        """The answer's output, in ECS's shape. Raises Refused, or NotInTime when there is no answer."""
        if self.answer is None:
            raise NotInTime(
                f"No answer yet to command {self.command_id}; it may still happen: dockyard commands --id {self.command_id}"
            )
        if self.answer.verdict is Verdict.REFUSED:
            raise Refused(self.answer.code, self.answer.message)
        output: dict[str, Any] = json.loads(self.answer.output or "{}")
        return output


def new_command(action: Action, given: Mapping[str, Any], now: float) -> Command:
    """A command of this user's."""
    who = f"{_user()}@{socket.gethostname()}"
    return Command(new_id(SystemRandom()), action.value, json.dumps(given), who, now)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container often runs as a uid that has no name there.
        return f"uid {os.getuid()}"


def submit(
    store: Store, folder: Path, command: Command, config: Callable[[], Config], wait_answer_s: float
) -> Submitted:
    """Put a command on disk and wait for its answer.

    `config` is read only where no engine runs: then it says which clusters and hosts there are.
    """
    deadline = time.monotonic() + wait_answer_s
    lock_at = 0.0
    store.submit(command)
    seen = store.data_version()
    while True:
        answer = store.answer_of(command.id)
        if answer is not None:
            # Another client that asked for something at the same moment may have folded it.
            return Submitted(command.id, answer, engine_running=engine_runs(folder))
        now = time.monotonic()
        if now >= lock_at:
            if _folded_here(store, folder, config):
                return Submitted(command.id, store.answer_of(command.id), engine_running=False)
            lock_at = now + _LOCK_EVERY_S
        if now >= deadline:
            return Submitted(command.id, None, engine_running=True)
        seen = wait_for_change(store, seen, min(deadline, lock_at))


def wait_for_change(store: Store, seen: int, until: float) -> int:
    """Block until the store's data version is another than `seen`, or until a moment of time.monotonic. The version then."""
    while (version := store.data_version()) == seen and time.monotonic() < until:
        time.sleep(_LOOK_EVERY_S)
    return version


def _folded_here(store: Store, folder: Path, config: Callable[[], Config]) -> bool:
    """Fold all waiting commands, unless an engine (or another client that does this) holds the lock."""
    try:
        lock = EngineLock.take(folder, doing="answering commands", version=VERSION, wait_s=0)
    except LockHeld:
        return False
    with lock:
        from core.client.folding import fold_pending  # noqa: PLC0415  # what an engine has loaded, a client rarely needs

        fold_pending(store, config(), _FOLD_LIMIT)
    return True
