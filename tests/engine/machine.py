"""One Docker host of the testbed: dockerd and sshd at an address of its own, and the faults it can have."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.engine.namespaces import Namespace, make_key, run, wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.certificates import Authority
    from tests.engine.testbed import Bed

#: Every host knows them: `deploy` may use Docker, `guest` may log in only.
USERS: Final = (("deploy", 4242), ("guest", 4243))


@dataclass(slots=True)
class Host:
    """One Docker host: dockerd and sshd at an address of its own. `docker_sock` is reachable from outside for checks."""

    bed: Bed
    index: int
    #: Of its own small file system for Docker's data; 0 shares the machine's.
    disk_mib: int = 0
    docker_args: tuple[str, ...] = ()
    #: Signs the certificate by which its Docker listens on TCP; None: it does not.
    tls: Authority | None = None
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
    def tcp_url(self) -> str:
        return f"tcp://{self.ip}:2376"

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
            *self._tls_arguments(),
        ]
        self._daemon("dockerd", arguments, self.folder / "dockerd.log")

    def _tls_arguments(self) -> tuple[str, ...]:
        if self.tls is None:
            return ()
        files = self.tls.issue(self.name, [self.ip])
        return (
            *("-H", self.tcp_url, "--tlsverify", "--tlscacert", str(files.ca)),
            *("--tlscert", str(files.cert), "--tlskey", str(files.key)),
        )

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
