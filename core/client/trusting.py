"""Coming to trust the keys on the way to a host: each that is not known yet is shown, and written down once it was confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import ConfigError
from core.hosts.known_hosts import Verdict, trust
from core.hosts.ssh import fetch_host_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.hosts.link import Address, LinkOptions, Prompt
    from core.hosts.ssh_join import ShownKey


def trust_way(
    address: Address, options: LinkOptions, prompt: Prompt | None, confirm: Callable[[ShownKey], bool]
) -> ShownKey | None:
    """The host's key once it is trusted, jump hosts on the way first; None when one was not confirmed.

    Raises ConfigError for a key that is revoked or another one than before, HostUnreachable where there is no way.
    """
    written = None
    while True:
        shown = fetch_host_key(address, options, prompt)
        match shown.verdict:
            case Verdict.KNOWN:
                return shown
            case Verdict.REVOKED:
                raise ConfigError(f"{fingerprint(shown)} is revoked: give the host a new key")
            case Verdict.CHANGED:
                raise ConfigError(
                    f"{shown.name} shows another key than {shown.file} says ({fingerprint(shown)}). Somebody may be listening in, or "
                    f"the host was installed anew; if so, remove the old one (ssh-keygen -R '{shown.name}' -f {shown.file}) "
                    "and run this again"
                )
        if shown.key == written:
            raise ConfigError(f"{shown.file} was written, but its keys are still not read for {shown.name}")
        if not confirm(shown):
            return None
        trust(shown.file, shown.name, shown.key)
        written = shown.key


def fingerprint(shown: ShownKey) -> str:
    """`edge-1  ssh-ed25519  SHA256:…`."""
    return f"{shown.name}  {shown.key.kind}  {shown.key.fingerprint()}"
