"""How the address of capacity begins: the ways to a Docker, and that of simulated hosts, which have none. Pure."""

from __future__ import annotations

from enum import StrEnum


class Scheme(StrEnum):
    """What stands before `://`."""

    UNIX = "unix"
    SSH = "ssh"
    TCP = "tcp"
    SIM = "sim"

    def begins(self, url: str) -> bool:
        """Whether an address is of this scheme."""
        return url.startswith(f"{self}://")
