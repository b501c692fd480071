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
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TextIO

from tests.engine.images import load_into, standard_images

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

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
READY_TIMEOUT_S: Final = 40.0
#: Every host knows them: `deploy` may use Docker, `guest` may log in only.
USERS: Final = (("deploy", 4242), ("guest", 4243))

#: The first process of a namespace: it lives until its maker's end of the pipe closes.
_INIT: Final = """
set -eu
mount --make-rprivate /
{setup}
ip link set lo up
echo ready
read -r _ || true
"""


def missing() -> str:
    """Why no testbed can be had here; empty when one can."""
    if os.geteuid() != 0:
        return "the testbed needs root"
    lacking = [program for program in PROGRAMS if shutil.which(program) is None]
    return f"the testbed needs {', '.join(lacking)}" if lacking else ""


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


@dataclass(slots=True)
class Host:
    """One Docker host: dockerd and sshd at an address of its own. `docker_sock` is reachable from outside for checks."""

    bed: Bed
    index: int
    #: Of its own small file system for Docker's data; 0 shares the machine's.
    disk_mib: int = 0
    docker_args: tuple[str, ...] = ()
    _inside: Namespace | None = None
    _links: int = field(default=0)

    @property
    def name(self) -> str:
        return f"h{self.index}"

    @property
    def ip(self) -> str:
        return f"{self.bed.network}.{11 + self.index}"

    @property
    def folder(self) -> Path:
        return self.bed.folder / self.name

    @property
    def docker_sock(self) -> Path:
        return self.folder / "run" / "docker.sock"

    @property
    def unix_url(self) -> str:
        return f"unix://{self.docker_sock}"

    @property
    def ssh_url(self) -> str:
        return self.ssh_url_as("root")

    def ssh_url_as(self, user: str) -> str:
        """`deploy` is in the group docker, `guest` is not."""
        return f"ssh://{user}@{self.ip}"

    @property
    def host_key(self) -> Path:
        return self.folder / "host_key"

    @property
    def cgroup(self) -> str:
        return f"{self.bed.name}-{self.name}"

    @property
    def port_name(self) -> str:
        """The switch's end of its cable. A name of its own each boot: the kernel takes its time to drop the old one."""
        return f"{self.name}x{self._links}"

    @property
    def inside(self) -> Namespace:
        if self._inside is None:
            raise RuntimeError(f"{self.name} is switched off")
        return self._inside

    def run(self, script: str, *, check: bool = True) -> str:
        """Run a shell script on the host, as root."""
        return self.inside.run(script, check=check)

    # --- life ---

    def prepare(self) -> None:
        """What a host keeps over a reboot: its disk, its host key, its users."""
        for name in ("run", "data", "root", "home", "etc"):
            (self.folder / name).mkdir(parents=True)
        make_key(self.host_key, comment=self.name)
        if self.disk_mib:
            run("truncate", "-s", f"{self.disk_mib}M", self.folder / "disk.img")
            run("mkfs.ext4", "-q", self.folder / "disk.img")
        (self.folder / "sshd_config").write_text("")
        _write_users(self.folder)

    def boot(self) -> None:
        """Switch it on: network, sshd and dockerd, and wait until both answer."""
        self.power_on()
        self.wait_ready()

    def power_on(self) -> None:
        """Switch it on without waiting for its daemons."""
        shutil.rmtree(self.folder / "run")
        (self.folder / "run" / "sshd").mkdir(parents=True)
        self._inside = Namespace(self.name, self._setup())
        self._links += 1
        self.bed.plug_in(self)
        self._start_sshd()
        self._start_docker()

    def wait_ready(self) -> None:
        """Wait until Docker and sshd answer."""
        wait_until(self.docker_sock.exists, f"{self.name}: dockerd's socket\n{self.log()}")
        wait_until(self._docker_answers, f"{self.name}: dockerd's answer\n{self.log()}")
        wait_until(self._sshd_listens, f"{self.name}: sshd")

    def kill(self) -> None:
        """The machine dies: every process and container on it is gone at once, its disk stays."""
        if self._inside is not None:
            self._inside.end()
            self._inside = None

    def reboot(self) -> None:
        self.kill()
        self.boot()

    # --- faults ---

    def hang(self) -> None:
        """Docker stands still: connections are accepted by the kernel, nothing answers."""
        self._signal("docker", "STOP")

    def resume(self) -> None:
        self._signal("docker", "CONT")

    def cut(self) -> None:
        """Pull the network cable: connections stay half open."""
        self.bed.switch.run(f"ip link set {self.port_name} down")

    def swallow(self) -> None:
        """Swallow every packet to and from the host, the carrier stays: a firewall, or a route that is gone."""
        self.run("iptables -I INPUT -i eth0 -j DROP; iptables -I OUTPUT -o eth0 -j DROP")

    def heal(self) -> None:
        """Undo `cut` and `swallow`."""
        self.bed.switch.run(f"ip link set {self.port_name} up")
        self.run("iptables -D INPUT -i eth0 -j DROP; iptables -D OUTPUT -o eth0 -j DROP", check=False)

    def stop_docker(self, *, kill: bool = True) -> None:
        """End dockerd alone; containers run on without it only when it is killed."""
        self._signal("docker", "KILL" if kill else "TERM")
        wait_until(lambda: not self._alive("docker"), f"{self.name}: the end of dockerd")
        self.run("rm -f /run/docker.pid /run/docker.sock")

    def restart_docker(self, *, kill: bool = False, args: Sequence[str] | None = None) -> None:
        """Restart dockerd, with other arguments when given."""
        self.stop_docker(kill=kill)
        if args is not None:
            self.docker_args = tuple(args)
        self._start_docker()
        self.wait_ready()

    def restart_sshd(self, config: str | None = None, host_key: Path | None = None) -> None:
        """Restart sshd, dropping its connections; `config` are lines of sshd_config, "" restores the default."""
        self.run(
            "kill -KILL $(cat /run/sshd.pid);"
            ' for p in /proc/[0-9]*; do case "$(cat $p/comm)" in sshd*) kill -KILL "${p#/proc/}";; esac; done',
            check=False,
        )
        if config is not None:
            (self.folder / "sshd_config").write_text(config)
        self._start_sshd(host_key)
        wait_until(self._sshd_listens, f"{self.name}: sshd")

    # --- state ---

    def restore(self) -> None:
        """Undo every fault and remove what a test has left, to begin anew."""
        if self._inside is None:
            self.boot()
        self.heal()
        if (self.folder / "sshd_config").read_text():
            self.restart_sshd("")
        self.restore_docker()
        self.wipe()

    def restore_docker(self) -> None:
        """Let Docker run again, whatever was done to it."""
        if self._alive("docker"):
            self.resume()
        else:
            self._start_docker()
        self.wait_ready()

    def wipe(self) -> None:
        """Remove every container, volume and user network."""
        self.run(
            "export DOCKER_HOST=unix:///run/docker.sock;"
            " docker ps -aq | xargs -r docker rm -f >/dev/null;"
            " docker volume ls -q | xargs -r docker volume rm -f >/dev/null;"
            " docker network prune -f >/dev/null"
        )

    def docker(self, *arguments: str) -> str:
        """What the docker CLI on the host prints: a second opinion beside our own transport."""
        return run("docker", "-H", self.unix_url, *arguments).strip()

    def inspect(self, container: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = json.loads(self.docker("inspect", container))
        return found[0]

    def log(self, lines: int = 15) -> str:
        """The end of dockerd's log, for failures."""
        file = self.folder / "dockerd.log"
        return "\n".join(file.read_text(errors="replace").splitlines()[-lines:]) if file.exists() else ""

    # --- own parts ---

    def _setup(self) -> str:
        at = shlex.quote(str(self.folder))
        binds = [("run", "/run"), ("root", "/root"), ("home", "/home")]
        binds += [(f"etc/{name}", f"/etc/{name}") for name in ("passwd", "group", "shadow")]
        lines = [f"mount -o loop {at}/disk.img {at}/data"] if self.disk_mib else []
        return "\n".join(lines + [f"mount --bind {at}/{inside} {path}" for inside, path in binds])

    def _start_docker(self) -> None:
        arguments = [
            *("--data-root", str(self.folder / "data"), "--exec-root", "/run/docker"),
            *("--pidfile", "/run/docker.pid", "-H", "unix:///run/docker.sock", "--bip", "172.20.0.1/16"),
            *("--cgroup-parent", f"/{self.cgroup}", "--insecure-registry", self.bed.registry),
            *("--insecure-registry", self.bed.private_registry, "--max-download-attempts", "1"),
            *self.docker_args,
        ]
        self._daemon("dockerd", arguments, self.folder / "dockerd.log")

    def _start_sshd(self, host_key: Path | None = None) -> None:
        options = {
            "HostKey": host_key or self.host_key,
            "AuthorizedKeysFile": self.bed.folder / "authorized_keys",
            "StrictModes": "no",
            "UsePAM": "no",
            "PidFile": "/run/sshd.pid",
        }
        config = self.folder / "sshd_config.full"
        # sshd keeps the first value of a keyword: a test's own lines stand first.
        own = (self.folder / "sshd_config").read_text()
        config.write_text(own + "\n" + "".join(f"{key} {value}\n" for key, value in options.items()))
        self.run(f"$(command -v sshd) -f {config} -E {self.folder / 'sshd.log'}")

    def _daemon(self, program: str, arguments: Sequence[str], log: Path) -> None:
        line = shlex.join([program, *arguments])
        self.run(f"setsid {line} >>{shlex.quote(str(log))} 2>&1 </dev/null &")

    def _signal(self, daemon: str, name: str) -> None:
        self.run(f"kill -{name} $(cat /run/{daemon}.pid)")

    def _alive(self, daemon: str) -> bool:
        state = f"p=$(cat /run/{daemon}.pid 2>/dev/null) && [ -d /proc/$p ] && ! grep -q '^State:.Z' /proc/$p/status"
        return self.run(f"{state} && echo yes", check=False).strip() == "yes"

    def _docker_answers(self) -> bool:
        return "api" in run(
            "docker", "-H", self.unix_url, "version", "-f", "api {{.Server.Version}}", check=False
        )

    def _sshd_listens(self) -> bool:
        return bool(self.run("ss -Htln 'sport = :22'", check=False).strip())


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

    def add_host(self, disk_mib: int = 0, docker_args: tuple[str, ...] = ()) -> Host:
        """One more host, for a test that needs a special one; give it back with `drop_host`."""
        host = self._new_host(disk_mib, docker_args)
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
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        # sshd reads the authorized keys as the user who logs in.
        self.folder.chmod(0o755)
        # The lock dies with this process, whatever its end: that is how the next run knows what is left over.
        self._lock = (self.folder / "lock").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)

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

    def _new_host(self, disk_mib: int = 0, docker_args: tuple[str, ...] = ()) -> Host:
        index = max((host.index for host in self.hosts), default=-1) + 1
        host = Host(self, index, disk_mib, docker_args)
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


def make_key(path: Path, passphrase: str = "", comment: str = "testbed") -> None:
    """An ed25519 key pair without a question asked."""
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", comment, "-f", path)


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


def _write_users(folder: Path) -> None:
    """The machine's own users and ours, as files to lay over /etc."""
    extra: dict[str, list[str]] = {"passwd": [], "shadow": [], "group": []}
    for name, uid in USERS:
        extra["passwd"].append(f"{name}:x:{uid}:{uid}::/home/{name}:/bin/bash")
        extra["shadow"].append(f"{name}:*:19000:0:99999:7:::")
        extra["group"].append(f"{name}:x:{uid}:")
        (folder / "home" / name).mkdir()
        os.chown(folder / "home" / name, uid, uid)
    for name, lines in extra.items():
        kept = [
            line for line in Path("/etc", name).read_text().splitlines() if not line.startswith("docker:")
        ]
        if name == "group":
            lines.append("docker:x:4240:deploy")
        (folder / "etc" / name).write_text("\n".join([*kept, *lines]) + "\n")
    (folder / "etc" / "shadow").chmod(0o600)


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
    # SIGTERM ends it as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), Bed(arguments.hosts) as bed:
        sys.stdout.write(bed.describe() + "\n")
        sys.stdout.flush()
        signal.pause()


if __name__ == "__main__":
    main()
