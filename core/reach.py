"""How hosts are reached: their addresses and options, the same for the engine and for clients.

The config says it; the instance remembers it (`ContainerInstance.way`), for a host that left the config is reached as before
until it is empty, also by the next engine.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ConfigError
from core.hosts.link import Address, LinkOptions, TlsOptions
from core.schemes import Scheme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.config import CapacityConfig, Config
    from core.model.instance import ContainerInstance


def link_options(name: str, way: Sequence[tuple[str, str]]) -> LinkOptions:
    """The options that a way (`CapacityConfig.way`) stands for."""
    said = dict(way)

    def path(key: str) -> Path | None:
        return Path(said[key]) if key in said else None

    tls = None
    if "tls.verify" in said:
        verify = said["tls.verify"] == "true"
        tls = TlsOptions(path("tls.ca"), path("tls.cert"), path("tls.key"), verify=verify)
    return LinkOptions(
        name=name,
        identity_file=path("identity_file"),
        known_hosts=path("known_hosts"),
        ssh_config=path("ssh_config"),
        jump=said.get("jump", ""),
        tls=tls,
    )


def way_to(capacity: CapacityConfig) -> tuple[Address, LinkOptions]:
    """The address and options of a host in the config. Raises ConfigError."""
    return _address(capacity.name, capacity.url), link_options(capacity.name, capacity.way)


def way_to_instance(instance: ContainerInstance, config: Config) -> tuple[Address, LinkOptions]:
    """The same for an instance: as our own config says it, else as the engine's did. Raises ConfigError."""
    capacity = config.capacity.get(instance.name)
    own = capacity is not None and capacity.url == instance.url
    way = capacity.way if capacity is not None and own else instance.way
    return _address(instance.name, instance.url), link_options(instance.name, way)


def _address(name: str, url: str) -> Address:
    if Scheme.SIM.begins(url):
        raise ConfigError(
            f"{name} is a simulated host: its containers are made up, and nothing in them can be reached"
        )
    return Address.parse(url)
