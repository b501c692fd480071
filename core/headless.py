"""`dockyard --no-ui`: put the engine's process together, run it, and take it apart again."""

from __future__ import annotations

import gc
import logging
import os
import platform
import socket
import sys
import threading
from importlib import import_module
from random import SystemRandom
from typing import TYPE_CHECKING, Final

from core.agent_settings import AgentSettings
from core.agents import Agents
from core.attended import attend
from core.clock import Clock
from core.config import ConfigFile
from core.declare import declared
from core.engine import Engine
from core.engine_log import EngineLog
from core.futex_hash import widen_futex_hash
from core.hosts.ssh_keyring import KEYRING
from core.inbox import Inbox
from core.lock import EngineLock
from core.model.state import State
from core.open_host import HostOpener
from core.pulse import Pulses
from core.record import Record, replace
from core.reports import Utilisation
from core.runner import ConfigWatch, Runner, on_signals
from core.scheduler.pace import Pace
from core.store.folder import find_folder, open_folder
from core.store.sqlite import open_store
from core.usage import concerns
from core.version import VERSION
from core.vitals import EnginePulse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.agent import Item
    from core.config import Config
    from core.store import Store

#: How often the config file is looked at.
CONFIG_LOOK_S: Final = 1.0
#: How often hosts are asked for their utilisation: each container costs its Docker a second of sampling. More often where
#: one of auto scaling's datapoints would not be an average of so many measurements otherwise.
MEASURE_EVERY_S: Final = 15.0
MEASURED_A_PERIOD: Final = 4
#: A thread that works keeps the interpreter for so long before it has to offer it. Each that waits wakes as often, to ask for it: at
#: CPython's 5 ms the threads of 2,000 busy hosts did nothing else any more, on both cores, and a command waited half a minute.
SWITCH_S: Final = 0.05
#: What is imported only for the hosts that need it, and what a call of docker-py imports.
_LATER: Final = (
    "core.hosts.http_adapter",
    "core.hosts.sockets",
    "core.hosts.ssh",
    "core.hosts.tls",
    "docker.constants",
    "encodings.idna",
)


def main(
    config_path: Path | None, state_dir: Path | None, log_format: str = "text", parent_fd: int | None = None
) -> int:
    """Run the engine until it is told to stop. Raises DockyardError with a sentence when it can't start."""
    import_all()
    sys.setswitchinterval(SWITCH_S)
    widen_futex_hash()
    log = EngineLog(log_format)
    clock = Clock()
    config_file = ConfigFile(config_path)
    config = config_file.read()
    folder = open_folder(find_folder(state_dir))
    lock = EngineLock.take(folder.path, doing="engine", version=VERSION)
    try:
        store = open_store(folder.path, holder=True)
        try:
            _run(store, config_file, config, clock, log, parent_fd)
        finally:
            store.close()
    finally:
        lock.release()
    return 0


def import_all() -> None:
    """Import what a host may need later: by then an update may have put other files in the place of ours."""
    for module in _LATER:
        import_module(module)


def _run(
    store: Store,
    config_file: ConfigFile,
    config: Config,
    clock: Clock,
    log: EngineLog,
    parent_fd: int | None,
) -> None:
    state = State(store.load().rows)
    chance = SystemRandom()
    inbox = Inbox()
    opener = HostOpener(store.installation, config, state.definitions.get, clock)
    pace = Pace()
    engine = Engine(state, config.engine.settings, chance, clock(), pace)
    me = EnginePulse(
        os.getpid(),
        socket.gethostname(),
        VERSION,
        started_at=clock(),
        config_stamp=config.stamp,
        config_path=str(config.path.resolve()),
    )
    pulses = Pulses(store, me, KEYRING.missing)

    agents = Agents(opener.open, _receiver(state, pulses, inbox), clock, chance)
    runner = Runner(engine, store, agents, inbox, pulses, clock, log)
    in_force = _InForce(opener, pulses, pace, runner, inbox, clock, log)
    in_force.apply(config)
    watch = ConfigWatch(config_file.read, in_force.apply, in_force.report, config)

    def reload() -> None:
        watch.look()
        agents.look_now()

    stopped = threading.Event()

    def measure_every_s() -> float:
        return min(MEASURE_EVERY_S, engine.settings.auto_scaling_period_s / MEASURED_A_PERIOD)

    _every(lambda: CONFIG_LOOK_S, stopped, watch.look)
    _every(measure_every_s, stopped, agents.measure)
    unattend = attend(parent_fd, runner.stop, agents)
    on_signals(runner.stop, lambda: threading.Thread(target=reload, daemon=True).start())
    # Loaded rows live as long as the process: the collector need not walk them again and again (RULES: pauses of 60–110 ms).
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    log.say(clock(), logging.INFO, _greeting(config, store))
    try:
        runner.run()
    finally:
        stopped.set()
        unattend()
    log.say(clock(), logging.INFO, "The engine stops; tasks keep running.")


class _InForce(Record):
    """Everybody in the process who has to know the config, and how each is told."""

    opener: HostOpener
    pulses: Pulses
    pace: Pace
    runner: Runner
    inbox: Inbox
    clock: Clock
    log: EngineLog

    def apply(self, fresh: Config) -> None:
        """Put a config in force."""
        self.opener.take(fresh)
        self.pulses.me = replace(self.pulses.me, config_stamp=fresh.stamp)
        settings = _agent_settings(fresh)
        self.pace.widths = settings.widths
        self.runner.configure(settings)
        self.inbox.put(fresh.engine.settings)
        self.inbox.put(declared(fresh))

    def report(self, problem: str) -> None:
        """Say why the file can't be used; empty once it can be again."""
        self.pulses.me = replace(self.pulses.me, config_problem=problem)
        words = f"{problem}; the config in force stays" if problem else "The config file can be used again."
        self.log.say(self.clock(), logging.WARNING if problem else logging.INFO, words)


def _receiver(state: State, pulses: Pulses, inbox: Inbox) -> Callable[[Item], None]:
    """Takes what agents say. What no auto-scaled service's tasks use is no news to the engine, and costs it no turn."""

    def receive(item: Item) -> None:
        if not isinstance(item, Utilisation):
            inbox.put(item)
            return
        pulses.measured(item)
        concerned = concerns(state, item)
        if concerned is not None:
            inbox.put(concerned)

    return receive


def _agent_settings(config: Config) -> AgentSettings:
    engine = config.engine
    return AgentSettings(
        poll_interval_s=engine.settings.poll_interval_s,
        # A look must fail before its host would count as disconnected.
        observe_deadline_s=min(10.0, 0.7 * engine.settings.disconnect_after_s),
        starts=engine.max_starts,
        pulls=engine.max_pulls,
    )


def _greeting(config: Config, store: Store) -> str:
    if config.from_file:
        source = f"config {config.path}"
    elif config.capacity:
        names = ", ".join(f"{c.name} ({c.url})" for _, c in sorted(config.capacity.items()))
        source = f"no config file; the cluster default has the local Docker as its capacity: {names}"
    else:
        source = f"no config file and no local Docker; add capacity in {config.path}, or with: dockyard capacity add"
    return f"Dockyard {VERSION} engine, pid {os.getpid()} on {platform.node()}, installation {store.installation[:8]}: {source}"


def _every(period_s: Callable[[], float], stopped: threading.Event, act: Callable[[], None]) -> None:
    """Act on a daemon thread until stopped."""

    def loop() -> None:
        while not stopped.wait(period_s()):
            act()

    threading.Thread(target=loop, daemon=True).start()
