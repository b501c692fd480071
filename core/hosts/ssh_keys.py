"""Logging in: which keys are offered to an sshd, in which order, and what is said when none is taken.

A server counts each key it is shown (MaxAuthTries, six by default, two where hardened), so the named ones come first.
"""

from __future__ import annotations

import base64
import binascii
import os
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

import paramiko
from paramiko.agent import AgentKey, AgentSSH

from core.errors import HostUnreachable
from core.hosts.link import endpoint
from core.hosts.ssh_config import SshTarget, default_identities
from core.hosts.ssh_keyring import KEYRING, KeyLocked, KeyUnusable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.hosts.link import Prompt

_AGENT_TIMEOUT_S: Final = 60.0  # it may ask its owner for a confirmation


@dataclass(slots=True)
class Attempts:
    """What was tried, for the sentence that tells why nothing worked."""

    refused: list[str] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)
    #: Keys whose passphrases nobody could be asked for.
    locked: list[Path] = field(default_factory=list)


def login(
    transport: paramiko.Transport, target: SshTarget, identity_file: Path | None, prompt: Prompt | None
) -> None:
    """Authenticate. Raises HostUnreachable at `login`."""
    where = f"{target.user}@{endpoint(target.host, target.port)}"
    attempts = Attempts()
    try:
        if not _wants_key(transport, target.user, where):
            return
        with _Agent.of(target) as agent:
            for label, key in _offers(target, identity_file, agent, prompt, attempts):
                if _accepted(transport, target.user, key, where):
                    return
                attempts.refused.append(label)
                if not transport.is_active():
                    break
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise _broken(where, attempts, error) from error
    KEYRING.miss(attempts.locked)
    raise _nothing_worked(where, attempts, gave_up=not transport.is_active())


def _wants_key(transport: paramiko.Transport, user: str, where: str) -> bool:
    """Ask which methods are allowed (sshd does not count this try); False when no proof was wanted at all."""
    try:
        transport.auth_none(user)
    except paramiko.BadAuthenticationType as error:
        if "publickey" in error.allowed_types:
            return True
        offered = ", ".join(error.allowed_types)
        raise HostUnreachable(
            "login", f"{where} takes no keys, only {offered}", "Allow PubkeyAuthentication in its sshd_config"
        ) from error
    return False


def _accepted(transport: paramiko.Transport, user: str, key: paramiko.PKey, where: str) -> bool:
    try:
        wanted = transport.auth_publickey(user, key)
    except paramiko.BadAuthenticationType as error:
        raise HostUnreachable(
            "login", f"{where} takes no more keys, only {', '.join(error.allowed_types)}"
        ) from error
    except paramiko.AuthenticationException as error:
        if "timeout" in str(error).lower():
            raise
        return False
    if wanted:
        methods = ", ".join(wanted)
        raise HostUnreachable(
            "login",
            f"{where} takes the key but wants more ({methods})",
            "Exempt this user from the second factor",
        )
    return True


def _offers(
    target: SshTarget,
    identity_file: Path | None,
    agent: _Agent,
    prompt: Prompt | None,
    attempts: Attempts,
) -> Iterator[tuple[str, paramiko.PKey]]:
    """The keys to show, each once, in the order of OpenSSH."""
    shown: set[bytes] = set()
    for label, key in _candidates(target, identity_file, agent, prompt, attempts):
        if key and key.asbytes() not in shown:
            shown.add(key.asbytes())
            yield label, key


def _candidates(
    target: SshTarget,
    identity_file: Path | None,
    agent: _Agent,
    prompt: Prompt | None,
    attempts: Attempts,
) -> Iterator[tuple[str, paramiko.PKey | None]]:
    """The named keys, or the default ones that the agent holds; the agent's others; the default ones of files."""
    named = ((identity_file,) if identity_file else ()) + target.identity_files
    for path in named:
        yield str(path), agent.key_for(path) or _from_file(path, prompt, attempts)
    defaults = () if named else default_identities()
    for path in defaults:
        yield str(path), agent.key_for(path)
    if not target.identities_only:
        for key in agent.all_keys():
            yield f"{key.comment or key.get_name()} of the ssh agent", key
    for path in defaults:
        if path.is_file() and agent.key_for(path) is None:
            yield str(path), _from_file(path, prompt, attempts)


def _from_file(path: Path, prompt: Prompt | None, attempts: Attempts) -> paramiko.PKey | None:
    """The key of a file; None, with the reason noted, where it can't be used."""
    try:
        return KEYRING.key(path, prompt)
    except KeyUnusable as error:
        attempts.unusable.append(str(error))
        if isinstance(error, KeyLocked):
            attempts.locked.append(path)
        return None


def _nothing_worked(where: str, attempts: Attempts, *, gave_up: bool) -> HostUnreachable:
    reasons = "; ".join(attempts.unusable)
    if gave_up:
        message = f"{where} ended the login after {len(attempts.refused)} keys (MaxAuthTries)"
        return HostUnreachable(
            "login", message, "Name the right key: identity_file, or IdentitiesOnly in ssh config"
        )
    if attempts.refused:
        message = f"{where} refused {_listed(attempts.refused)}"
        hint = "Is the public key in the user's ~/.ssh/authorized_keys? Or name another with identity_file"
    else:
        message = f"There is no key to show to {where}"
        hint = "Name one with identity_file, or ssh-add it to the agent"
    return HostUnreachable("login", f"{message} ({reasons})" if reasons else message, hint)


def _broken(where: str, attempts: Attempts, error: Exception) -> HostUnreachable:
    tried = f" after {_listed(attempts.refused)}" if attempts.refused else ""
    reason = str(error) or "it closed the connection"
    hint = ""
    if "cannot be used for signing" in reason:  # paramiko's word for: the agent said no
        reason = "the ssh agent does not sign with the next key"
        hint = "Confirm it to the agent or unlock its token; or name another key with identity_file"
    return HostUnreachable("login", f"The login to {where} broke off{tried}: {reason}", hint)


def _listed(labels: list[str]) -> str:
    return labels[0] if len(labels) == 1 else f"{len(labels)} keys ({', '.join(labels)})"


class _Agent:
    """The ssh agent, if there is one: a stale socket is as good as none."""

    def __init__(self, connection: AgentSSH) -> None:
        self._connection = connection

    @classmethod
    def of(cls, target: SshTarget) -> Self:
        """Ask the agent that the configuration names, or $SSH_AUTH_SOCK."""
        path = target.identity_agent or os.environ.get("SSH_AUTH_SOCK", "none")
        connection = AgentSSH()
        if path == "none":
            return cls(connection)
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(_AGENT_TIMEOUT_S)
        try:
            sock.connect(path)
            connection._connect(sock)  # type: ignore[attr-defined]  # noqa: SLF001  # the way to another path than the environment's
        except (OSError, EOFError, paramiko.SSHException):
            sock.close()
            return cls(AgentSSH())
        return cls(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection._close()  # type: ignore[attr-defined]  # noqa: SLF001

    def all_keys(self) -> tuple[AgentKey, ...]:
        return tuple(self._connection.get_keys())

    def key_for(self, path: Path) -> AgentKey | None:
        """The agent's copy of a named key, found by the public half beside it; it saves the passphrase."""
        blob = _public_half(path)
        held = next((key for key in self.all_keys() if key.asbytes() == blob), None) if blob else None
        if held is not None:
            KEYRING.found(path)
        return held


def _public_half(path: Path) -> bytes | None:
    for candidate in (path.with_name(path.name + ".pub"), path):
        try:
            words = candidate.read_text(errors="replace").split()
            if len(words) > 1 and words[0].startswith(("ssh-", "ecdsa-", "sk-")):
                return base64.b64decode(words[1], validate=True)
        except (OSError, binascii.Error, ValueError):
            continue
    return None
