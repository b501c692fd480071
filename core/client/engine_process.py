"""The engine as others see it: whether it runs and how it is; and starting one as a child of this process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import core
from core.errors import ConfigError, DockyardError, NotInTime
from core.lock import holder
from core.parent_pipe import Passphrase, Stay, say
from core.record import Record, field
from core.vitals import BEAT_EVERY_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.config import Config
    from core.lock import Holder
    from core.pulse import Heard
    from core.vitals import EnginePulse, InstancePulse, ServicePulse

#: What the holder of the lock does when it is an engine.
ENGINE: Final = "engine"

#: A running engine that has not beaten for so long is stuck, or its machine is.
LATE_S: Final = 2 * BEAT_EVERY_S

_LOOK_EVERY_S: Final = 0.02
_LOG_KEPT_BYTES: Final = 16 * 1024 * 1024


class EngineStatus(Record):
    """Whether an engine runs, and its pulse: the last one's, when none runs."""

    running: bool
    holder: Holder | None
    pulse: EnginePulse
    #: By instance id.
    hosts: dict[str, InstancePulse] = field(default_factory=dict)
    #: How long ago the engine's last beat was; None when it never ran.
    beat_age_s: float | None = None
    #: This client's config file as it is now; None where it can't be used.
    config: Config | None = None
    #: What is wrong between the engine's config file and the one that this client reads, in a sentence.
    config_problem: str = ""
    #: What auto scaling last made of a service, by its key.
    scaling: dict[str, ServicePulse] = field(default_factory=dict)

    @property
    def is_late(self) -> bool:
        """Whether its last beat was too long ago for an engine that is well."""
        return self.beat_age_s is not None and self.beat_age_s > LATE_S

    @property
    def watches(self) -> bool:
        """Whether an engine keeps the state true now."""
        return self.running and self.beat_age_s is not None and not self.is_late

    def reads(self, path: Path) -> bool:
        """Whether a config file is the one that the engine goes by, as far as it said so."""
        return self.pulse.config_path in {"", str(path.resolve())}


def engine_status(heard: Heard, folder: Path, now: float, config: Config | ConfigError) -> EngineStatus:
    """How the engine is, as of now, by what was heard. `config` is this client's, or why it can't be read."""
    who, pulse = holder(folder), heard.engine
    running = who is not None and who.doing == ENGINE
    # A pulse of an earlier engine says nothing of the one that runs.
    told = pulse if running and who is not None and pulse.pid == who.pid else None
    beat_age_s = now - pulse.at if pulse.at else None
    problem = _config_problem(told, config)
    usable = None if isinstance(config, ConfigError) else config
    return EngineStatus(running, who, pulse, heard.hosts, beat_age_s, usable, problem, heard.scaling)


def _config_problem(pulse: EnginePulse | None, config: Config | ConfigError) -> str:
    if isinstance(config, ConfigError):
        return f"the config file can't be used here: {'; '.join(str(config).splitlines())}"
    if pulse is None or pulse.config_stamp == config.stamp:
        return ""
    own = str(config.path.resolve())
    if pulse.config_path not in {"", own}:
        return f"the engine runs by {pulse.config_path}, and what is read here is {own}"
    return f"the engine has not taken over {own} as it is now"


def engine_runs(folder: Path) -> bool:
    """Whether an engine holds the lock."""
    who = holder(folder)
    return who is not None and who.doing == ENGINE


class EngineChild:
    """An engine that this process started. It outlives neither `stop` nor this process, unless told to."""

    def __init__(self, process: subprocess.Popen[bytes], pipe: int) -> None:
        """Made by `start_engine`."""
        self._process = process
        self._pipe = pipe
        self._outlives = False

    @property
    def pid(self) -> int:
        """The engine's process id."""
        return self._process.pid

    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def outlive(self) -> None:
        """Let it go on should this process be gone, in whatever way: also killed, when it can't say so any more."""
        if self._pipe >= 0 and not self._outlives:
            with suppress(OSError):  # it has ended, which is told elsewhere
                say(self._pipe, Stay())
        self._outlives = True

    def stay(self) -> None:
        """Let it go on without this process."""
        self.outlive()
        self._close()
        # It is nobody's child to wait for any more: init takes it over when this process ends.
        self._process.returncode = 0

    def unlock(self, path: Path, passphrase: str) -> bool:
        """Open a private key for the engine's logins, and for those of this process; False when the passphrase is not the one."""
        from core.hosts.ssh_keyring import KEYRING  # noqa: PLC0415  # paramiko's whole weight, for the few who need it

        opened = KEYRING.unlock(path, passphrase)
        if opened and self._pipe >= 0:
            with suppress(OSError):  # it has ended, which is told elsewhere
                say(self._pipe, Passphrase(path, passphrase))
        return opened

    def stop(self, timeout_s: float) -> bool:
        """End it and wait; False when it has not ended in time."""
        if self._outlives and self.running():
            self._process.terminate()
        self._close()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """End it at once, whatever it does. Tasks on real hosts run on."""
        self._close()
        self._process.kill()
        self._process.wait()

    def _close(self) -> None:
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1


def start_engine(
    folder: Path, config_path: Path | None, ready: Callable[[int], bool], timeout_s: float
) -> EngineChild | None:
    """Start an engine as a child, in a session of its own, and wait until `ready` says that it beats (given its pid).

    None when meanwhile another one runs. Raises DockyardError with the engine's last words when it ends, NotInTime.
    """
    log = folder / "engine.log"
    theirs, ours = os.pipe()
    os.set_inheritable(ours, False)
    try:
        with _opened(log) as output:
            process = subprocess.Popen(
                _command_line(folder, config_path, theirs),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                pass_fds=(theirs,),
                env=_environment(),
            )
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    child = EngineChild(process, ours)
    try:
        return child if _came_up(child, folder, log, ready, timeout_s) else None
    except BaseException:
        child.stop(timeout_s)
        raise


def _came_up(
    child: EngineChild, folder: Path, log: Path, ready: Callable[[int], bool], timeout_s: float
) -> bool:
    """Wait until it beats; False when it found another one running."""
    deadline = time.monotonic() + timeout_s
    while not ready(child.pid):
        if not child.running():
            child.stop(0)
            if engine_runs(folder):
                return False
            raise DockyardError(f"The engine ended as it started: {_last_line(log)} (all of it is in {log})")
        if time.monotonic() > deadline:
            raise NotInTime(f"The engine did not start within {timeout_s:g} s; its log is {log}")
        time.sleep(_LOOK_EVERY_S)
    return True


def _command_line(folder: Path, config_path: Path | None, pipe: int) -> list[str]:
    config = ["--config", str(config_path.absolute())] if config_path is not None else []
    # -P: a folder named core where the operator happens to be is not this program.
    program = [sys.executable, "-P", "-m", "core.cli"]
    return [*program, "--state", str(folder), *config, "--no-ui", "--parent-fd", str(pipe)]


def _environment() -> dict[str, str]:
    """This process's, and where this program is when it is not installed but run from its source."""
    root = Path(core.__file__).parent.parent
    if root.name in {"site-packages", "dist-packages"}:
        return dict(os.environ)
    path = os.pathsep.join(part for part in (str(root), os.environ.get("PYTHONPATH", "")) if part)
    return {**os.environ, "PYTHONPATH": path}


def _opened(log: Path) -> BinaryIO:
    """The log, to be added to; a long one is put aside."""
    with suppress(FileNotFoundError):
        if log.stat().st_size > _LOG_KEPT_BYTES:
            log.replace(log.with_suffix(".log.1"))
    return os.fdopen(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600), "ab")


def _last_line(log: Path) -> str:
    with suppress(OSError):
        lines = log.read_text("utf-8", "replace").strip().splitlines()
        if lines:
            return lines[-1]
    return "it said nothing"
