"""The engine in real time: one thread takes turns, everything else waits beside it and never in front.

    clients ── store ──┐
    agents ── inbox ───┴─▶ turn ─▶ commit ─▶ dispatch ─▶ agents

A turn that can't be written is undone and comes again; until then nothing is dispatched, while polling goes on. The process ends
within a second or two of being asked, whatever its hosts do, and leaves tasks running.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
import traceback
from collections import deque
from typing import TYPE_CHECKING, Final

from core.agent_settings import AgentSettings
from core.commands import Command
from core.errors import ConfigError, StoreError
from core.model.state import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.agents import Agents
    from core.clock import Clock
    from core.config import Config
    from core.engine import Engine, Input, Turn
    from core.engine_log import EngineLog
    from core.inbox import Inbox
    from core.pulse import Pulses
    from core.store import Store

#: Inputs one turn takes at the most.
TURN_INPUTS: Final = 1000
#: Two commits are at least so far apart: what comes in meanwhile shares the next one.
COMMIT_GAP_S: Final = 0.010
#: A commit that failed is tried again after so long.
COMMIT_RETRY_S: Final = 0.5
#: How often commands are looked for: PRAGMA data_version at this pace costs about 1 % of a core.
WATCH_S: Final = 0.025


class Runner:
    """Drives one engine. `stop` may be called from any thread and from a signal handler."""

    def __init__(
        self,
        engine: Engine,
        store: Store,
        agents: Agents,
        inbox: Inbox,
        pulses: Pulses,
        clock: Clock,
        log: EngineLog,
    ) -> None:
        """Own nothing yet: `run` does."""
        self._engine: Final = engine
        self._store: Final = store
        self._agents: Final = agents
        self._inbox: Final = inbox
        self._pulses: Final = pulses
        self._clock: Final = clock
        self._log: Final = log
        self._stopping: Final = threading.Event()
        self._agent_settings = AgentSettings()
        #: The agents are to be brought up to the instances and to how they are reached.
        self._agents_due = True
        #: Inputs of a turn that could not be written.
        self._again: list[Input] = []
        #: Inputs of a turn that a defect ended, to be taken one by one.
        self._singly: deque[Input] = deque()
        self._writable = True
        self._wake_at = 0.0
        self._committed_at = 0.0

    def configure(self, settings: AgentSettings) -> None:
        """How agents pace themselves. In force from the next turn."""
        self._agent_settings = settings
        self._agents_due = True
        self._inbox.wake()

    def stop(self) -> None:
        """End after the turn that is under way."""
        self._stopping.set()
        self._inbox.wake()

    def run(self) -> None:
        """Take turns until stopped."""
        watcher = threading.Thread(target=self._watch_commands, name="commands", daemon=True)
        watcher.start()
        try:
            while not self._stopping.is_set():
                self._inbox.wait(max(0.0, self._wake_at - self._clock()))
                self._stopping.wait(max(0.0, self._committed_at + COMMIT_GAP_S - self._clock()))
                if not self._stopping.is_set():
                    self._take_turn()
        finally:
            self._agents.close()

    def _take_turn(self) -> None:
        inputs: list[Input] = [*self._again, *self._drain()]
        now = self._clock()
        if not inputs and now < self._wake_at:
            return
        turn = self._turn(inputs, now)
        if turn is None:
            self._wake_at = now
            return
        if turn.changes:
            try:
                self._store.commit(turn.changes)
            except StoreError as error:
                self._held(inputs, error)
                return
            self._committed_at = self._clock()
            self._written()
        self._again = []
        actions = self._engine.keep()
        if self._agents_due or turn.changes.touch(Kind.INSTANCE):
            self._agents_due = False
            self._agents.sync(self._engine.state.instances, self._agent_settings)
        for instance, action in actions:
            self._agents.submit(instance, action)
        for instance, probes in self._engine.probes.take().items():
            self._agents.probe(instance, probes)
        for event in turn.changes.events:
            self._log.event(event)
        with contextlib.suppress(StoreError):  # a pulse may be lost; what must not be is in the commit
            self._pulses.beat(self._engine, now)
        self._wake_at = now if self._singly else turn.wake_at

    def _turn(self, inputs: list[Input], now: float) -> Turn | None:
        """A turn; None when a defect ended it, and its inputs are to be taken one by one until the one that did it is found."""
        try:
            return self._engine.turn(inputs, now)
        except Exception as defect:
            self._engine.discard()
            self._again = []
            if not inputs:
                raise  # nothing that came in did it, so nothing can be left out
            if len(inputs) > 1:
                self._singly.extend(inputs)
                return None
            self._log.say(
                now,
                logging.ERROR,
                f"A defect, {defect!r}, in a turn with {type(inputs[0]).__name__}; it is left out",
            )
            self._log.say(now, logging.ERROR, "".join(traceback.format_exception(defect)))
            return self._engine.refuse(inputs[0], now) if isinstance(inputs[0], Command) else None

    def _drain(self) -> list[Input]:
        """Waiting commands first, then outcomes and the newest report of each host."""
        if self._singly:
            return [] if self._again else [self._singly.popleft()]
        room = TURN_INPUTS - len(self._again)
        commands: list[Input] = []
        if room > 0:
            # A store that can't be read now holds its commands until it can; what agents say must go on.
            with contextlib.suppress(StoreError):
                known = {item.id for item in self._again if isinstance(item, Command)}
                commands.extend(c for c in self._store.pending_commands(room) if c.id not in known)
        return [*commands, *self._inbox.take(max(1, room - len(commands)))]

    def _held(self, inputs: list[Input], error: StoreError) -> None:
        """Nothing of the turn happened: keep its inputs, say so, try again soon."""
        self._engine.discard()
        now = self._clock()
        if self._writable:
            self._writable = False
            text = f"The state can't be written, nothing is dispatched until it can: {error}"
            self._log.say(now, logging.ERROR, text)
        self._again = inputs
        self._wake_at = now + COMMIT_RETRY_S
        self._stopping.wait(COMMIT_RETRY_S)

    def _written(self) -> None:
        """A commit succeeded: say so when the one before had not."""
        if not self._writable:
            self._writable = True
            self._log.say(self._clock(), logging.INFO, "The state can be written again.")

    def _watch_commands(self) -> None:
        """Wake the engine when a client wrote. Only the version is asked for here; the turn reads the commands."""
        reader: Store | None = None
        seen = -1
        while not self._stopping.wait(WATCH_S):
            try:
                reader = reader or self._store.reader()
                version = reader.data_version()
            except StoreError:
                continue
            if version != seen:
                seen = version
                self._inbox.wake()


class ConfigWatch:
    """Reloads the config file when it changed or SIGHUP came. A file that can't be used changes nothing and is reported once."""

    def __init__(
        self,
        read: Callable[[], Config],
        apply: Callable[[Config], None],
        report: Callable[[str], None],
        config: Config,
    ) -> None:
        """`apply` takes a config that is new; `report` a sentence for the operator, empty when all is well again."""
        self._read = read
        self._apply = apply
        self._report = report
        self._stamp = config.stamp
        self._problem = ""

    def look(self) -> None:
        """Read the file, and apply it when it says something new."""
        try:
            config = self._read()
        except ConfigError as error:
            if str(error) != self._problem:
                self._problem = str(error)
                self._report(self._problem)
            return
        if self._problem:
            self._problem = ""
            self._report("")
        if config.stamp != self._stamp:
            self._stamp = config.stamp
            self._apply(config)


def on_signals(stop: Callable[[], None], reload: Callable[[], None]) -> None:
    """SIGTERM and SIGINT stop the engine, SIGHUP reloads its config. For the main thread."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())
    signal.signal(signal.SIGHUP, lambda *_: reload())
