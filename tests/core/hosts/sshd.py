"""A real sshd on loopback for one test, with keys, configuration and log of its own."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from core.hosts.link import Address, LinkOptions
from core.schemes import Scheme

if TYPE_CHECKING:
    from collections.abc import Iterable

PROGRAM = shutil.which("sshd") or "/usr/sbin/sshd"
_START_TIMEOUT_S = 10.0


def skip_without(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"needs {program}")


def make_key(path: Path, kind: str = "ed25519", *options: str, passphrase: str = "") -> Path:
    """Make a key pair; the public half has `.pub` added to its name."""
    skip_without("ssh-keygen")
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, *options, "-N", passphrase, "-C", path.name, "-f", path], check=True
    )
    return path


def _children(pid: int) -> list[int]:
    """Every process that descends from one: sshd's own for each connection leave its group."""
    try:
        own = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [each for child in own for each in (child, *_children(child))]


class Sshd:
    """Runs until it is stopped. Any change of `config` or of the keys wants a restart. A test that needs one is skipped where there is none."""

    def __init__(self, folder: Path, config: str = "", host_keys: Iterable[str] = ("ed25519",)) -> None:
        skip_without(PROGRAM)
        folder.mkdir()
        self.folder = folder
        self.config = config
        self.host_keys = [make_key(folder / f"host_{kind}", kind) for kind in host_keys]
        self.authorized_keys = folder / "authorized_keys"
        self.authorized_keys.touch()
        self.log = folder / "log"
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        file = self.folder / "sshd_config"
        lines = [
            self.config,
            f"ListenAddress 127.0.0.1:{self.port}",
            *(f"HostKey {key}" for key in self.host_keys),
            f"AuthorizedKeysFile {self.authorized_keys}",
            "StrictModes no",
            "UsePAM no",
            "PidFile none",
            "LogLevel VERBOSE",
        ]
        file.write_text("\n".join(lines) + "\n")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "-D", "-e", "-f", file],
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_TIMEOUT_S
        while "Server listening" not in self.log.read_text():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()

    def stop(self) -> None:
        """End it and every connection that it serves."""
        if self._process is not None:
            for pid in (self._process.pid, *_children(self._process.pid)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
            self.log.write_text("")

    def restart(self, config: str) -> None:
        self.stop()
        self.config = config
        self.start()

    def authorize(self, *keys: Path) -> None:
        with self.authorized_keys.open("a") as file:
            file.writelines(Path(f"{key}.pub").read_text() for key in keys)

    def known_line(self, names: str = "", kind: str = "ed25519") -> str:
        """The line of known_hosts that trusts it."""
        key = (self.folder / f"host_{kind}.pub").read_text().rsplit(" ", 1)[0]
        return f"{names or f'[127.0.0.1]:{self.port}'} {key}\n"

    def address(self, socket_path: Path | str = "") -> Address:
        return Address(Scheme.SSH, "127.0.0.1", self.port, getpass.getuser(), str(socket_path))


def options(folder: Path, known: str, key: Path | None = None, config: str = "") -> LinkOptions:
    """Options that have nothing to do with the developer's own ~/.ssh."""
    known_hosts, ssh_config = folder / "known_hosts", folder / "ssh_config"
    known_hosts.write_text(known)
    ssh_config.write_text(config)
    return LinkOptions(
        name="edge-1", identity_file=key, known_hosts=known_hosts, ssh_config=ssh_config, connect_timeout_s=5
    )
