"""Secrets from a command of the operator's (`pass`, `op`, `vault`, …), run without a shell and with a deadline.

Its output is the secret, so nothing of what it prints is ever told: not even on stderr, where some print it in their
complaints. What one run gave is used for ten seconds by all that ask for the same, so that a thousand tasks that start
together ask once, also when the answer is no; and no more than eight run at one time.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from core.errors import ActionFailed
from core.taskdef.secret_values import RESOURCE_INITIALIZATION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_USED_FOR_S: Final = 10.0
_AT_ONE_TIME: Final = 8

#: Linux takes no longer text in an environment.
_LIMIT_BYTES: Final = 128 * 1024

Arguments = tuple[str, ...]


@dataclass(slots=True)
class _Run:
    answer: Future[str] = field(default_factory=Future)
    #: None while it runs.
    ended_at: float | None = None


class Commands:
    """Runs the operator's commands, for all hosts of one engine."""

    def __init__(self, environ: Mapping[str, str], clock: Callable[[], float] = time.monotonic) -> None:
        """Commands get `environ`, but for the secrets in it that are not theirs."""
        self._environ = {k: v for k, v in environ.items() if not k.startswith("DOCKYARD_SECRET_")}
        self._clock = clock
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(_AT_ONE_TIME)
        self._runs: dict[Arguments, _Run] = {}

    def output(self, arguments: Sequence[str], timeout_s: float, until: float) -> str:
        """What a command prints, without its last line end. `until` is the caller's own deadline, on time.monotonic.

        Raises:
            ActionFailed: ResourceInitializationError; the sentence names the program, no argument and no output.
        """
        key = tuple(arguments)
        run, is_first = self._run_of(key)
        if is_first:
            try:
                run.answer.set_result(self._ran(key, timeout_s, until))
            except BaseException as failed:  # noqa: BLE001  # whatever it is, those who wait must hear of it
                run.answer.set_exception(failed)
            finally:
                run.ended_at = self._clock()
        try:
            return run.answer.result(max(until - self._clock(), 0.0))
        except Late:
            raise _failed(key, "was not done in time") from None

    def _run_of(self, key: Arguments) -> tuple[_Run, bool]:
        """The run that answers, and whether it is the caller's to do."""
        now = self._clock()
        with self._lock:
            for old in [k for k, run in self._runs.items() if _is_over(run, now)]:
                del self._runs[old]
            if key in self._runs:
                return self._runs[key], False
            self._runs[key] = _Run()
            return self._runs[key], True

    def _ran(self, arguments: Arguments, timeout_s: float, until: float) -> str:
        if not self._slots.acquire(timeout=max(until - self._clock(), 0.0)):
            raise _failed(arguments, f"had to wait for {_AT_ONE_TIME} others that run already")
        try:
            return self._finished(arguments, min(timeout_s, until - self._clock()))
        finally:
            self._slots.release()

    def _finished(self, arguments: Arguments, timeout_s: float) -> str:
        deadline = self._clock() + timeout_s
        try:
            process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self._environ,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "a zero byte in its arguments"
            raise _failed(arguments, f"can't be run: {why}") from None
        with process:
            try:
                printed = self._printed(process, arguments, deadline)
                code = process.wait(max(deadline - self._clock(), 0.0))
            except subprocess.TimeoutExpired:
                raise _failed(arguments, f"was not done within {timeout_s:.3g} s") from None
            finally:
                _end(process)
        if code:
            ended = f"ended with {code}" if code > 0 else f"was ended by {signal.Signals(-code).name}"
            raise _failed(arguments, f"{ended}; run it yourself to see what it says")
        return _text(printed, arguments)

    def _printed(self, process: subprocess.Popen[bytes], arguments: Arguments, deadline: float) -> bytes:
        assert process.stdout is not None
        printed = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while selector.select(max(deadline - self._clock(), 0.0)):
                piece = os.read(process.stdout.fileno(), 64 * 1024)
                if not piece:
                    return bytes(printed)
                printed += piece
                if len(printed) > _LIMIT_BYTES:
                    raise _failed(arguments, f"printed more than {_LIMIT_BYTES // 1024} KiB")
        raise subprocess.TimeoutExpired(arguments[0], 0.0)


def _is_over(run: _Run, now: float) -> bool:
    return run.ended_at is not None and now - run.ended_at > _USED_FOR_S


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it and what it has started; a process that ended is its group's leader no more."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _text(printed: bytes, arguments: Arguments) -> str:
    try:
        text = printed.decode()
    except UnicodeDecodeError:
        raise _failed(arguments, "printed something that is not UTF-8 text") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise _failed(arguments, "printed nothing")
    return text


def _failed(arguments: Arguments, why: str) -> ActionFailed:
    return ActionFailed(RESOURCE_INITIALIZATION, f"the command {arguments[0]} {why}")
