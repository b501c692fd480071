"""Several real Docker hosts on this machine: each a dockerd and an sshd in namespaces of its own, and two registries.

    python -m tests.engine.testbed up --hosts 3

brings them up, prints how to reach them and waits for Ctrl-C. Needs root, dockerd, sshd, docker-registry, iproute2 and
busybox. A host is a process tree in its own network, mount, pid and uts namespaces; its first process reads a pipe
held by this one. So a host dies at once with its maker, however that ends, and the kernel takes its links, mounts and
containers with it. What the kernel leaves (a temporary folder, empty cgroups) the next run sweeps away.

    root namespace 10.77.N.1 ── dyN ┃ up0 ── br0 10.77.N.2 (registries) ── h0, h1, … ┃ eth0 10.77.N.11, .12, …
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self, TextIO

from tests.engine.images import load_into, standard_images
from tests.engine.machine import Host
from tests.engine.namespaces import Namespace, make_key, run, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from tests.certificates import Authority

__all__ = ["Bed", "Host", "missing", "run", "sweep", "wait_until"]

PROGRAMS: Final = (
    "dockerd",
    "sshd",
    "ssh-keygen",
    "docker-registry",
    "htpasswd",
    "ip",
    "unshare",
    "nsenter",
    "busybox",
)
PASSPHRASE: Final = "harbour"
REGISTRY_USER: Final = "harbour"
REGISTRY_PASSWORD: Final = "master"
PREFIX: Final = "dockyard-bed-"


def missing() -> str:
    """Why no testbed can be had here; empty when one can."""
    if os.geteuid() != 0:
        return "the testbed needs root"
    lacking = [program for program in PROGRAMS if shutil.which(program) is None]
    return f"the testbed needs {', '.join(lacking)}" if lacking else ""


class Bed:
    """A network of hosts. Use it as a context manager, or call `up` and `down`."""

    def __init__(self, hosts: int = 3) -> None:
        self._count = hosts
        self.hosts: list[Host] = []
        self.folder = Path()
        self.number = -1
        self._lock: TextIO | None = None
        self._switch: Namespace | None = None

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def network(self) -> str:
        return f"10.77.{self.number}"

    @property
    def switch(self) -> Namespace:
        assert self._switch is not None, "the testbed is not up"
        return self._switch

    @property
    def registry(self) -> str:
        """Holds demo/web:1, :2 and :bad for everyone."""
        return f"{self.network}.2:5000"

    @property
    def private_registry(self) -> str:
        """Holds demo/web:1 for REGISTRY_USER with REGISTRY_PASSWORD."""
        return f"{self.network}.2:5001"

    @property
    def key(self) -> Path:
        return self.folder / "key"

    @property
    def encrypted_key(self) -> Path:
        """The key that PASSPHRASE opens; the hosts take it too."""
        return self.folder / "encrypted_key"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()

    def up(self) -> None:
        """Bring everything up, or take down again what was half up."""
        try:
            self._claim_folder()
            self._start_switch()
            make_key(self.key)
            make_key(self.encrypted_key, passphrase=PASSPHRASE)
            keys = [path.with_suffix(".pub").read_text() for path in (self.key, self.encrypted_key)]
            (self.folder / "authorized_keys").write_text("".join(keys))
            self._start_registries()
            self._boot([self._new_host() for _ in range(self._count)])
            self._fill_registries()
        except BaseException:
            self.down()
            raise

    def down(self) -> None:
        """Take everything down and leave nothing behind."""
        for host in self.hosts:
            host.kill()
        if self._switch is not None:
            run("ip", "link", "del", f"dy{self.number}", check=False)
            self._switch.end()
            self._switch = None
        if self._lock is not None:
            remove_run(self.folder)
            self._lock.close()
            self._lock = None
        self.hosts = []

    def add_host(
        self, disk_mib: int = 0, docker_args: tuple[str, ...] = (), tls: Authority | None = None
    ) -> Host:
        """One more host, for a test that needs a special one; give it back with `drop_host`.

        With `tls` its Docker listens on TCP too, with a certificate of that authority, and lets in whom it has signed.
        """
        host = self._new_host(disk_mib, docker_args, tls)
        self._boot([host])
        return host

    def drop_host(self, host: Host) -> None:
        host.kill()
        self.hosts.remove(host)
        remove_cgroups(host.cgroup)
        shutil.rmtree(host.folder)

    def plug_in(self, host: Host) -> None:
        """Run a cable from the host's eth0 to the switch."""
        port = host.port_name
        run(
            *("ip", "link", "add", port, "netns", str(self.switch.pid), "type", "veth"),
            *("peer", "eth0", "netns", str(host.inside.pid)),
        )
        self.switch.run(f"ip link set {port} master br0 up")
        # A machine keeps its hardware address over a reboot, and so the neighbours' caches stay true.
        host.run(
            f"ip link set eth0 address 02:00:00:4d:{self.number:02x}:{host.index:02x}; ip link set eth0 up;"
            f" ip addr add {host.ip}/24 dev eth0; ip route add default via {self.network}.1"
        )

    def describe(self) -> str:
        """How to reach everything, for people."""
        lines = [
            f"folder         {self.folder}",
            f"key            {self.key}",
            f"known hosts    {self.known_hosts}",
        ]
        lines += [f"registry       {self.registry}/demo/web:1, :2, :bad"]
        lines += [f"with login     {self.private_registry}/demo/web:1 ({REGISTRY_USER}, {REGISTRY_PASSWORD})"]
        lines += [f"{host.name}             {host.ssh_url}   {host.unix_url}" for host in self.hosts]
        return "\n".join(lines)

    # --- own parts ---

    def _claim_folder(self) -> None:
        sweep()
        # Under a name that no sweep looks at, until it is locked: another run's took it for left over in between.
        made = Path(tempfile.mkdtemp(prefix=f".{PREFIX}"))
        # sshd reads the authorized keys as the user who logs in.
        made.chmod(0o755)
        # The lock dies with this process, whatever its end: that is how the next run knows what is left over.
        self._lock = (made / "lock").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.folder = made.rename(made.with_name(made.name.removeprefix(".")))

    def _start_switch(self) -> None:
        self._switch = Namespace("switch", "mount -t tmpfs tmpfs /run")
        for attempt in range(200):
            self.number = (os.getpid() + attempt) % 250
            with contextlib.suppress(subprocess.CalledProcessError):
                # The name claims the network: only one run can have it.
                self._plug_root()
                return
        raise RuntimeError("no free network among 10.77.0.0/24 … 10.77.249.0/24 for the testbed")

    def _plug_root(self) -> None:
        ours, switch = f"dy{self.number}", str(self.switch.pid)
        run("ip", "link", "add", ours, "type", "veth", "peer", "up0", "netns", switch)
        run("ip", "addr", "add", f"{self.network}.1/24", "dev", ours)
        run("ip", "link", "set", ours, "up")
        self.switch.run(
            f"ip link add br0 type bridge; ip addr add {self.network}.2/24 dev br0; ip link set br0 up;"
            " ip link set up0 master br0 up"
        )

    def _new_host(
        self, disk_mib: int = 0, docker_args: tuple[str, ...] = (), tls: Authority | None = None
    ) -> Host:
        index = max((host.index for host in self.hosts), default=-1) + 1
        host = Host(self, index, disk_mib, docker_args, tls)
        host.prepare()
        self.hosts.append(host)
        return host

    def _boot(self, hosts: list[Host]) -> None:
        images = standard_images()
        for host in hosts:
            host.power_on()
        with ThreadPoolExecutor(len(hosts)) as pool:
            list(pool.map(Host.wait_ready, hosts))
            list(
                pool.map(
                    lambda host: load_into(host.docker_sock, images[: 1 if host.disk_mib else None]), hosts
                )
            )
        self._write_known_hosts()

    def _write_known_hosts(self) -> None:
        keys = [(host.ip, host.host_key.with_suffix(".pub").read_text().split()) for host in self.hosts]
        self.known_hosts.write_text("".join(f"{ip} {kind} {key}\n" for ip, (kind, key, *_) in keys))

    def _start_registries(self) -> None:
        run("htpasswd", "-Bbc", self.folder / "htpasswd", REGISTRY_USER, REGISTRY_PASSWORD)
        login = f"auth: {{htpasswd: {{realm: testbed, path: {self.folder / 'htpasswd'}}}}}\n"
        for address, extra in ((self.registry, ""), (self.private_registry, login)):
            name = f"registry-{address.rpartition(':')[2]}"
            config = self.folder / f"{name}.yml"
            config.write_text(
                "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
                f"storage: {{filesystem: {{rootdirectory: {self.folder / name}}}, delete: {{enabled: true}}}}\n"
                f"http: {{addr: '{address}'}}\n{extra}"
            )
            log = self.folder / f"{name}.log"
            self.switch.run(f"setsid docker-registry serve {config} >{log} 2>&1 </dev/null &")

    def _fill_registries(self) -> None:
        if not self.hosts:
            return
        docker = self.hosts[0].docker
        auth = run(
            *("docker", "--config", self.folder / "docker-login", "-H", self.hosts[0].unix_url),
            *("login", "-u", REGISTRY_USER, "--password-stdin", self.private_registry),
            text=REGISTRY_PASSWORD,
        )
        assert "Succeeded" in auth, auth
        for registry, tags in ((self.registry, ("1", "2", "bad")), (self.private_registry, ("1",))):
            for tag in tags:
                remote = f"{registry}/demo/web:{tag}"
                docker("tag", f"demo/web:{tag}", remote)
                docker("--config", str(self.folder / "docker-login"), "push", "-q", remote)
                docker("rmi", remote)


def sweep() -> None:
    """Remove what runs that were killed have left behind."""
    for folder in sorted(Path(tempfile.gettempdir()).glob(f"{PREFIX}*")):
        with contextlib.suppress(OSError), (folder / "lock").open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove_run(folder)


def remove_run(folder: Path) -> None:
    """Remove a dead run's folder and cgroups."""
    remove_cgroups(folder.name)
    shutil.rmtree(folder, ignore_errors=True)


def remove_cgroups(prefix: str) -> None:
    """Remove the empty cgroups whose names begin with `prefix`, in whatever hierarchies there are."""
    for top in _cgroup_roots():
        for group in top.glob(f"{prefix}*"):
            for folder, _, _ in os.walk(group, topdown=False):
                with contextlib.suppress(OSError):
                    Path(folder).rmdir()


def _cgroup_roots() -> Iterator[Path]:
    top = Path("/sys/fs/cgroup")
    yield top
    yield from (path for path in top.iterdir() if path.is_dir() and not path.is_symlink())


def main() -> None:
    """Bring a testbed up and keep it until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tests.engine.testbed", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    up = verbs.add_parser("up", help="bring hosts up and wait for Ctrl-C")
    up.add_argument("--hosts", type=int, default=3)
    verbs.add_parser("sweep", help="remove what killed runs have left behind")
    arguments = parser.parse_args()
    if reason := missing():
        sys.exit(reason)
    if arguments.verb == "sweep":
        sweep()
        return
    # SIGTERM ends it as Ctrl-C does, and Ctrl-C also does where a shell has put us in the background.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), Bed(arguments.hosts) as bed:
        sys.stdout.write(bed.describe() + "\n")
        sys.stdout.flush()
        signal.pause()


if __name__ == "__main__":
    main()
