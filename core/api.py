"""The façade that the command line and the terminal UI use: read, watch, submit, wait, and start an engine.

    dockyard = open_dockyard()
    dockyard.state().services                       the state as of now (one thread; `reader()` gives another one its own)
    dockyard.watch(1.0)                             block until something changed
    dockyard.submit(Action.UPDATE_SERVICE, {...})   ECS's action and input; answered by the engine, or folded here
    dockyard.wait(judge, 60.0, print)               until a judgement of core.client.progress comes to its end

Streams (logs, exec) are in core/streams.py: they never pass through the engine.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, Self

from core.client.engine_process import EngineChild, EngineStatus, engine_runs, engine_status, start_engine
from core.client.following import Following
from core.client.mirror import Mirror
from core.client.stage import Stage
from core.client.submission import Submitted, new_command, submit, wait_for_change
from core.clock import Clock
from core.config import ConfigFile
from core.errors import ConfigError, NoEngine, NotInTime
from core.pulse import Heard
from core.store.folder import find_folder
from core.store.sqlite import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from core.commands import Action, Answer
    from core.config import Config
    from core.model.state import State
    from core.store import Recorded, Store
    from core.store import Submitted as Logged

__all__ = [
    "Dockyard",
    "EngineChild",
    "EngineStatus",
    "Mirror",
    "Stage",
    "Submitted",
    "open_dockyard",
]

#: How long a verb waits for the engine's answer.
ANSWER_S: Final = 30.0
#: How long an engine may take until its first beat: a large state takes a while to load.
START_S: Final = 30.0
#: How long an engine may be away while something is waited for: one is stopped and the next is up.
RESTART_S: Final = 10.0
#: While waiting, it is looked at so often whether an engine still runs.
_ENGINE_EVERY_S: Final = 1.0


class Dockyard:
    """One installation, as one thread of a client sees it."""

    def __init__(
        self, store: Store, folder: Path, config_path: Path | None, config_file: ConfigFile | None = None
    ) -> None:
        """Made by `open_dockyard`."""
        self._store: Final = store
        self.folder: Final = folder
        self.config_path: Final = config_path
        self._config_file: Final = config_file or ConfigFile(config_path)
        self._mirror: Mirror | None = None
        self._heard: Final = Heard()
        #: The store's data version when the last watch ended.
        self._seen = store.data_version()
        self.now: Final[Callable[[], float]] = Clock()

    @property
    def installation(self) -> str:
        """The id by which this installation's containers and markers are known on the hosts."""
        return self._store.installation

    # -- reading ----------------------------------------------------------------------------------------------------

    def state(self) -> State:
        """The state as of now."""
        if self._mirror is None:
            self._mirror = Mirror(self._store)
        else:
            self._mirror.refresh()
        return self._mirror.state

    def following(self) -> Following:
        """Reads everything, then each time what changed, for a client that keeps a state of its own."""
        return Following(self._store)

    def config(self) -> Config:
        """The config file as it is now. Raises ConfigError."""
        return self._config_file.read()

    def engine(self, *, with_hosts: bool = True) -> EngineStatus:
        """Whether an engine runs, and how it and its hosts are; or it alone, which is quickly read."""
        config: Config | ConfigError
        try:
            config = self.config()
        except ConfigError as error:
            config = error
        if with_hosts:
            heard = self._heard
            heard.listen(self._store)
        else:
            heard = Heard()
            heard.listen_to_engine(self._store)
        return engine_status(heard, self.folder, self.now(), config)

    def events(
        self,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int = 100,
        cluster: str = "",
        subject: str = "",
        name: str = "",
    ) -> list[Recorded]:
        """Events, the newest last: the first ones after a number, or else the newest (before a number)."""
        return self._store.events(
            after=after, before=before, limit=limit, cluster=cluster, subject=subject, name=name
        )

    def commands(self, *, before: int | None = None, limit: int = 100) -> list[Logged]:
        """The newest commands with their answers, the newest last."""
        return self._store.commands(before=before, limit=limit)

    def answer_of(self, command_id: str) -> Answer | None:
        """The answer to a command; None while there is none."""
        return self._store.answer_of(command_id)

    def watch(self, timeout_s: float) -> bool:
        """Block until someone else wrote since the last watch ended; False when the time is over first.

        What is written between two watches ends the second at once: nothing is missed by reading in between.
        """
        before = self._seen
        self._seen = wait_for_change(self._store, before, time.monotonic() + timeout_s)
        return self._seen != before

    def reader(self) -> Self:
        """The same installation for another thread."""
        return type(self)(self._store.reader(), self.folder, self.config_path, self._config_file)

    def close(self) -> None:
        """Drop the connection to the store."""
        self._store.close()

    # -- asking -----------------------------------------------------------------------------------------------------

    def submit(
        self, action: Action, given: Mapping[str, Any], *, wait_answer_s: float = ANSWER_S
    ) -> Submitted:
        """Put a command in ECS's shape on disk and wait for its answer; where no engine runs it is folded here."""
        command = new_command(action, given, self.now())
        return submit(self._store, self.folder, command, self.config, wait_answer_s)

    def wait(self, judge: Callable[[State], Stage], timeout_s: float, tell: Callable[[str], None]) -> Stage:
        """Wait until a stage is done or has failed, telling each new one. Raises NoEngine, NotInTime.

        With no engine it ends at once; one that goes while it is waited for is given the time of a restart.
        """
        deadline = time.monotonic() + timeout_s
        told = ""
        ran_at: float | None = None
        while True:
            stage = judge(self.state())
            if stage.text != told:
                tell(stage.text)
                told = stage.text
            if stage.done or stage.failed:
                return stage
            now = time.monotonic()
            if engine_runs(self.folder):
                ran_at = now
            elif ran_at is None or now - ran_at > RESTART_S:
                raise NoEngine(
                    "No engine runs, so nothing can be waited for: it happens when one is started (dockyard --no-ui)"
                )
            left_s = deadline - now
            if left_s <= 0:
                raise NotInTime(f"Not in time: {stage.text}. It may still happen")
            self.watch(min(left_s, _ENGINE_EVERY_S))

    # -- the engine -------------------------------------------------------------------------------------------------

    def start_engine(self, timeout_s: float = START_S) -> EngineChild | None:
        """Start an engine as a child of this process and wait until it beats; None when one runs already.

        Raises DockyardError with its last words when it can't start.
        """
        if engine_runs(self.folder):
            return None

        def beats(pid: int) -> bool:
            status = self.engine()
            return status.running and status.pulse.pid == pid

        return start_engine(self.folder, self.config_path, beats, timeout_s)


def open_dockyard(config_path: Path | None = None, state_dir: Path | None = None) -> Dockyard:
    """Open an installation, making its state folder where there is none. Raises StoreError."""
    folder = find_folder(state_dir).absolute()
    return Dockyard(open_store(folder), folder, config_path)
