"""How the hosts that the config names are reached: their addresses and options, the same for the engine and for clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.errors import ConfigError
from core.hosts.link import Address, LinkOptions, TlsOptions

if TYPE_CHECKING:
    from core.config import CapacityConfig

#: The scheme of simulated hosts, which have no Docker behind them.
SIMULATED: Final = "sim://"


def way_to(capacity: CapacityConfig) -> tuple[Address, LinkOptions]:
    """The address of a host's Docker and how to get there. Raises ConfigError."""
    if capacity.url.startswith(SIMULATED):
        raise ConfigError(f"{capacity.name} is a simulated host: there is no Docker to connect to")
    tls = capacity.tls
    options = LinkOptions(
        name=capacity.name,
        identity_file=capacity.identity_file,
        known_hosts=capacity.known_hosts,
        ssh_config=capacity.ssh_config,
        tls=TlsOptions(tls.ca, tls.cert, tls.key, tls.verify) if tls is not None else None,
    )
    return Address.parse(capacity.url), options
