"""How hosts are reached, by the operator's config: their addresses and options, the same for the engine and for clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.errors import ConfigError
from core.hosts.link import Address, LinkOptions, TlsOptions

if TYPE_CHECKING:
    from core.config import CapacityConfig, Config
    from core.model.instance import ContainerInstance

#: The scheme of simulated hosts, which have no Docker behind them.
SIMULATED: Final = "sim://"


def link_options(name: str, capacity: CapacityConfig | None) -> LinkOptions:
    """How the config says a host is to be reached; a host the config no longer names has only its address."""
    if capacity is None:
        return LinkOptions(name=name)
    tls = capacity.tls
    return LinkOptions(
        name=name,
        identity_file=capacity.identity_file,
        known_hosts=capacity.known_hosts,
        ssh_config=capacity.ssh_config,
        tls=None if tls is None else TlsOptions(tls.ca, tls.cert, tls.key, verify=tls.verify),
    )


def way_to(capacity: CapacityConfig) -> tuple[Address, LinkOptions]:
    """The address and options of a host in the config. Raises ConfigError."""
    return _address(capacity.name, capacity.url), link_options(capacity.name, capacity)


def way_to_instance(instance: ContainerInstance, config: Config) -> tuple[Address, LinkOptions]:
    """The same for an instance: at its last address while it drains after it left the config. Raises ConfigError."""
    capacity = config.capacity.get(instance.name)
    return _address(instance.name, instance.url), link_options(instance.name, capacity)


def _address(name: str, url: str) -> Address:
    if url.startswith(SIMULATED):
        raise ConfigError(f"{name} is a simulated host: there is no Docker to connect to")
    return Address.parse(url)
