"""Processes in namespaces of their own, and the few plain tools the testbed is made with."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

READY_TIMEOUT_S: Final = 40.0

#: The first process of a namespace: it lives until its maker's end of the pipe closes.
_INIT: Final = """
set -eu
mount --make-rprivate /
{setup}
ip link set lo up
echo ready
read -r _ || true
"""


def wait_until(reached: Callable[[], bool], what: str, timeout_s: float = READY_TIMEOUT_S) -> None:
    """Wait for a condition. Raises TimeoutError naming `what`."""
    deadline = time.monotonic() + timeout_s
    while not reached():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {timeout_s:.0f} s")
        time.sleep(0.02)


def run(*command: str | Path, text: str | None = None, check: bool = True) -> str:
    """Run a command and return what it printed. Raises CalledProcessError with its stderr as a note."""
    done = subprocess.run(
        [str(part) for part in command], input=text, capture_output=True, text=True, check=False
    )
    if check and done.returncode:
        error = subprocess.CalledProcessError(done.returncode, command)
        error.add_note(done.stderr or done.stdout)
        raise error
    return done.stdout


def make_key(path: Path, passphrase: str = "", comment: str = "testbed") -> None:
    """An ed25519 key pair without a question asked."""
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", comment, "-f", path)


class Namespace:
    """A process tree in namespaces of its own, ended as a whole."""

    def __init__(self, name: str, setup: str) -> None:
        self.name = name
        command = ["unshare", "--net", "--mount", "--pid", "--uts", "--fork", "--kill-child", "--mount-proc"]
        script = _INIT.format(setup=f"hostname {name}\n{setup}")
        self._unshare = subprocess.Popen(
            [*command, "bash", "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._unshare.stdout is not None
        if self._unshare.stdout.readline() != "ready\n":
            raise RuntimeError(f"{name}: its first process failed: {self._unshare.communicate()[1]}")
        children = Path(f"/proc/{self._unshare.pid}/task/{self._unshare.pid}/children")
        self.pid = int(children.read_text().split()[0])

    def run(self, script: str, *, check: bool = True) -> str:
        """Run a shell script inside."""
        return run("nsenter", "-t", str(self.pid), "-m", "-n", "-p", "-u", "sh", "-c", script, check=check)

    def end(self) -> None:
        """Kill every process inside, as a power cut would, and wait until they are gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self._unshare.wait()
        for pipe in (self._unshare.stdin, self._unshare.stdout, self._unshare.stderr):
            if pipe is not None:
                pipe.close()
