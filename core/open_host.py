"""From an instance and the operator's config to a host that is open: which link, which logins, which secrets."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING

from core.config import password_of
from core.errors import ActionFailed, ConfigError, HostUnreachable
from core.hosts.docker_host import DockerHost
from core.hosts.docker_work import Sources
from core.hosts.link import Address, open_link
from core.hosts.registry_login import Login, docker_config_login
from core.hosts.simulated import SimulatedFleet
from core.reach import link_options
from core.schemes import Scheme
from core.secrets import FOLDER, Commands, SecretSources

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.config import Config
    from core.hosts.base import Host
    from core.model.instance import ContainerInstance
    from core.model.nfs import NfsExport
    from core.model.task_definition import TaskDefinition


@dataclass(slots=True)
class HostOpener:
    """Opens hosts for the agents of one installation. `take` gives it another config while it is used."""

    installation: str
    config: Config
    definition: Callable[[str], TaskDefinition | None]
    clock: Callable[[], float]
    fleet: SimulatedFleet = field(init=False)
    _commands: Commands = field(init=False)

    def __post_init__(self) -> None:
        """Simulated hosts live as long as this process."""
        self.fleet = SimulatedFleet(self.clock, SystemRandom())
        self._commands = Commands(os.environ)

    def take(self, config: Config) -> None:
        """Go on by another config."""
        self.config = config

    def open(self, instance: ContainerInstance) -> Host:
        """Connect to an instance. Blocks; raises HostUnreachable."""
        if Scheme.SIM.begins(instance.url):
            return self.fleet.open(instance.url, self.installation, instance.id, self.definition)
        try:
            link = open_link(Address.parse(instance.url), link_options(instance.name, instance.way))
        except ConfigError as error:
            raise HostUnreachable("resolve", str(error)) from error
        try:
            return DockerHost(
                link,
                installation=self.installation,
                instance=instance.id,
                sources=self._sources(instance.name),
                clock=self.clock,
            )
        except BaseException:
            link.close()
            raise

    def _sources(self, host: str) -> Sources:
        return Sources(
            self.definition,
            self._secret,
            self._login,
            self._export,
            lambda: self.config.task_cpu_mem_limit(host),
        )

    def _secret(self, value_from: str, until: float) -> str:
        """A secret, by the config as it is now: it may be another one than when the host was opened."""
        config = self.config
        folder = config.path.absolute().parent / FOLDER
        sources = SecretSources(tuple(config.secrets.values()), folder, os.environ, self._commands)
        return sources.value(value_from, until)

    def _export(self, file_system: str) -> NfsExport | None:
        """What stands for an EFS file system, by the config as it is now."""
        mapped = self.config.efs.get(file_system)
        return None if mapped is None else mapped.nfs

    def _login(self, registry: str) -> Login | None:
        """The login for a registry: from the config, else from the operator's docker config.json."""
        entry = self.config.registries.get(registry)
        if entry is None:
            return docker_config_login(_docker_config(), registry)
        if entry.docker_config is not None:
            return docker_config_login(entry.docker_config, registry)
        try:
            return Login(entry.username, password_of(entry, os.environ))
        except ConfigError as error:
            raise ActionFailed("CannotPullContainerError", str(error)) from error


def _docker_config() -> Path:
    folder = os.environ.get("DOCKER_CONFIG")
    return (Path(folder) if folder else Path.home() / ".docker") / "config.json"
