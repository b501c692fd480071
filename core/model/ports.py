"""A port on a host, as it is claimed."""

from __future__ import annotations

from typing import NamedTuple


class HostPort(NamedTuple):
    """One port of a host. `ip` is the bound address; empty means every address."""

    port: int
    protocol: str = "tcp"
    ip: str = ""

    def clashes(self, other: HostPort) -> bool:
        """Whether Docker could not publish both on one host."""
        return (
            self.port == other.port
            and self.protocol == other.protocol
            and (not self.ip or not other.ip or self.ip == other.ip)
        )
