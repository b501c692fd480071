"""A session on a host itself, where it is reached by SSH."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import HostError
from core.schemes import Scheme

if TYPE_CHECKING:
    from core.hosts.link import Address, LinkOptions, Prompt
    from core.streams.session import Session


def host_session(
    way: tuple[Address, LinkOptions],
    prompt: Prompt | None,
    command: str = "",
    *,
    terminal: tuple[str, int, int] | None = None,
) -> Session:
    """A shell, or a command, on a host. `terminal`: its kind, columns and lines; None for none. Raises HostError, ConfigError."""
    address, options = way
    if address.scheme is not Scheme.SSH:
        raise HostError(
            f"{options.name} is reached by {address}, which leads to its Docker alone: only ssh hosts have sessions"
        )
    from core.hosts.ssh_session import open_session  # noqa: PLC0415  # paramiko is paid for by ssh hosts alone

    return open_session(address, options, prompt, command, terminal=terminal)
