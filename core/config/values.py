"""What the config file says, as frozen values with their defaults (those of [engine] are in core.model.settings). Pure."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from core.model.nfs import MOUNT_OPTIONS, NfsExport
from core.model.ports import HostPort
from core.model.settings import Settings
from core.record import Record, field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: The cluster of whatever names none, as in ECS.
DEFAULT_CLUSTER: Final = "default"

#: What ECS's agent reserves by default, without the ports of the agent itself, which we don't run.
DEFAULT_RESERVED_PORTS: Final = (HostPort(22), HostPort(2375), HostPort(2376))


class ImagePull(StrEnum):
    """ECS_IMAGE_PULL_BEHAVIOR."""

    DEFAULT = "default"
    ALWAYS = "always"
    ONCE = "once"
    PREFER_CACHED = "prefer-cached"


class OnQuit(StrEnum):
    """What becomes of an engine that the terminal UI started, when the UI ends."""

    ASK = "ask"
    STOP = "stop"
    STAY = "stay"


class EngineConfig(Record):
    """[engine]: what the planner goes by, and how much the agents do at one time on each host."""

    settings: Settings = field(default_factory=Settings)
    max_starts: int = 4
    max_pulls: int = 2
    #: Whether tasks are limited as a whole, by a cgroup that an errand makes on the host (ECS_ENABLE_TASK_CPU_MEM_LIMIT).
    task_cpu_mem_limit: bool = False


class ClusterConfig(Record):
    """[clusters.NAME]"""

    name: str
    #: What destroys asks for the cluster's name to be typed.
    protected: bool = False
    #: A colour name or `#rrggbb`; empty leaves it to the theme.
    color: str = ""
    #: When images are pulled on its hosts; None leaves it to [engine].
    image_pull: ImagePull | None = None
    #: Whether tasks are limited as a whole on its hosts; None leaves it to [engine].
    task_cpu_mem_limit: bool | None = None


class TlsConfig(Record):
    """[capacity.NAME.tls], for tcp:// addresses. Without `ca` the system's authorities are trusted."""

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    verify: bool = True


class ReserveConfig(Record):
    """[capacity.NAME.reserve]: what tasks must leave alone. 1024 cpu units are one core."""

    cpu_units: int = 0
    memory_mib: int = 0
    ports: tuple[HostPort, ...] = DEFAULT_RESERVED_PORTS


class CapacityConfig(Record):
    """[capacity.NAME]: one Docker host. Paths are absolute; None leaves a thing to ssh's own config and defaults."""

    name: str
    url: str
    cluster: str = DEFAULT_CLUSTER
    identity_file: Path | None = None
    known_hosts: Path | None = None
    ssh_config: Path | None = None
    #: SSH hosts on the way, as OpenSSH's ProxyJump has them; empty leaves it to ssh's own config.
    jump: str = ""
    tls: TlsConfig | None = None
    reserve: ReserveConfig = ReserveConfig()
    #: Sorted by name.
    attributes: tuple[tuple[str, str], ...] = ()
    #: By number or UUID, sorted.
    gpus: tuple[str, ...] = ()
    #: When images are pulled on it; None leaves it to its cluster.
    image_pull: ImagePull | None = None
    #: Whether tasks are limited as a whole on it; None leaves it to its cluster.
    task_cpu_mem_limit: bool | None = None

    @property
    def way(self) -> tuple[tuple[str, str], ...]:
        """How it is reached beside its address, as its instance remembers it: keys as in the file, sorted."""
        tls = self.tls
        said = {
            "identity_file": self.identity_file,
            "known_hosts": self.known_hosts,
            "ssh_config": self.ssh_config,
        }
        if tls is not None:
            said |= {"tls.ca": tls.ca, "tls.cert": tls.cert, "tls.key": tls.key}
        pairs = {key: str(path) for key, path in said.items() if path is not None}
        if self.jump:
            pairs["jump"] = self.jump
        if tls is not None:
            pairs["tls.verify"] = str(tls.verify).lower()
        return tuple(sorted(pairs.items()))


class CapacityProviderConfig(Record):
    """[capacity_providers.NAME]: a group of a cluster's hosts, by their names or by an expression of ECS's query language."""

    name: str
    cluster: str = DEFAULT_CLUSTER
    members: tuple[str, ...] = ()
    expression: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class RegistryConfig:
    """[registries."HOST"]: a user with a password from one of three places, or a docker config.json that knows both."""

    name: str
    username: str = ""
    password: str = dataclasses.field(default="", repr=False)
    password_file: Path | None = None
    password_env: str = ""
    docker_config: Path | None = None


class SecretRule(Record):
    """[secrets."PATTERN"]: where the secrets of a name or ARN come from; one of the three sources.

    `{name}` stands for the secret's name in each; `{arn}`, in a command, for the reference as the definition has it.
    """

    name: str
    file: Path | None = None
    env: str = ""
    #: A program and its arguments; no shell is between.
    command: tuple[str, ...] = ()
    #: What the command may take.
    timeout_s: float = 10.0


class EfsConfig(Record):
    """[efs.FILE_SYSTEM_ID]: the NFS export that stands for an Amazon EFS file system, and how it is mounted."""

    name: str
    server_and_path: tuple[str, str]
    options: str = MOUNT_OPTIONS

    @property
    def nfs(self) -> NfsExport:
        """The export."""
        return NfsExport(*self.server_and_path, self.options)


class PluginConfig(Record):
    """[ui.plugins.NAME]: a command of the operator's own, on what the cursor is on. No shell runs it."""

    name: str
    key: str
    #: Its words; `$NAME` and the like stand for what the cursor is on.
    command: tuple[str, ...]
    #: Where its key works; empty: wherever there is all that its words ask for.
    scopes: tuple[str, ...] = ()
    #: What the menus call it; empty: its name.
    label: str = ""
    #: Whether it may change something: then it is not there in read-only mode.
    dangerous: bool = True
    #: Whether it asks first; None: if it is dangerous.
    confirm: bool | None = None
    #: Whether it runs beside the screen, and its output is shown when it has ended.
    background: bool = False

    @property
    def asks(self) -> bool:
        """Whether it asks first."""
        return self.dangerous if self.confirm is None else self.confirm


class UiConfig(Record):
    """[ui]. Which themes, presets, commands and keys exist is the terminal UI's to say."""

    #: Empty: the built-in one.
    theme: str = ""
    read_only: bool = False
    engine_on_quit: OnQuit = OnQuit.ASK
    #: The preset that `keys` changes.
    keymap: str = "dockyard"
    #: Command id to its keys; no keys unbind it.
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    #: Whether tables are shown without box and titles.
    compact: bool = False
    #: A word to what it stands for behind a colon.
    aliases: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Of clusters that [clusters] doesn't name; what it says of those it does comes first.
    colors: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    plugins: Mapping[str, PluginConfig] = field(default_factory=lambda: MappingProxyType({}))


class Config(Record):
    """A whole config file. `path` is where it was read, or would be; `stamp` tells two contents apart."""

    path: Path
    stamp: str
    #: False when there is no file and these are the defaults.
    from_file: bool = True
    engine: EngineConfig = EngineConfig()
    clusters: Mapping[str, ClusterConfig] = field(default_factory=lambda: MappingProxyType({}))
    capacity: Mapping[str, CapacityConfig] = field(default_factory=lambda: MappingProxyType({}))
    capacity_providers: Mapping[str, CapacityProviderConfig] = field(
        default_factory=lambda: MappingProxyType({})
    )
    registries: Mapping[str, RegistryConfig] = field(default_factory=lambda: MappingProxyType({}))
    #: In the file's order, in which they are tried.
    secrets: Mapping[str, SecretRule] = field(default_factory=lambda: MappingProxyType({}))
    efs: Mapping[str, EfsConfig] = field(default_factory=lambda: MappingProxyType({}))
    ui: UiConfig = UiConfig()

    @property
    def protected(self) -> frozenset[str]:
        """The clusters on which what destroys wants the cluster's name typed."""
        return frozenset(name for name, cluster in self.clusters.items() if cluster.protected)

    def task_cpu_mem_limit(self, host: str) -> bool:
        """Whether tasks are limited as a whole on a host: what it says, else its cluster, else [engine]."""
        capacity = self.capacity.get(host)
        cluster = self.clusters.get(capacity.cluster) if capacity is not None else None
        said = (each.task_cpu_mem_limit for each in (capacity, cluster) if each is not None)
        return next((each for each in said if each is not None), self.engine.task_cpu_mem_limit)
