"""Logging in: which keys are offered to an sshd, in which order, and what is said when none is taken.

A server counts each key it is shown (MaxAuthTries, six by default, two where hardened), so the named ones come first.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import io
import os
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from paramiko.agent import AgentKey, AgentSSH

from core.errors import HostUnreachable
from core.hosts.link import endpoint
from core.hosts.ssh_config import SshTarget, default_identities

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.hosts.link import Prompt

_AGENT_TIMEOUT_S: Final = 60.0  # it may ask its owner for a confirmation
_PASSPHRASE_TRIES: Final = 3
_PKCS8: Final = (b"-----BEGIN PRIVATE KEY-----", b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
_READERS: Final = (
    (rsa.RSAPrivateKey, paramiko.RSAKey),
    (ec.EllipticCurvePrivateKey, paramiko.ECDSAKey),
    (ed25519.Ed25519PrivateKey, paramiko.Ed25519Key),
)

#: Decrypted keys by path and time of change, so that a passphrase is asked once and not at every new connection.
_decrypted: dict[tuple[Path, int], paramiko.PKey] = {}
_asking: Final = threading.Lock()


@dataclass(slots=True)
class Attempts:
    """What was tried, for the sentence that tells why nothing worked."""

    refused: list[str] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)


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
    """Read a private key, asking for its passphrase where it has one; None, with the reason noted, where it can't be used."""
    try:
        stamp = (path, path.stat().st_mtime_ns)
        if stamp in _decrypted:
            return _decrypted[stamp]
        return _load(path, None)
    except TypeError:  # cryptography's word for: it is encrypted
        return _decrypt(path, prompt, attempts)
    except (
        OSError,
        ValueError,
        paramiko.SSHException,
        paramiko.pkey.UnknownKeyType,
        UnsupportedAlgorithm,
    ) as error:
        attempts.unusable.append(f"{path}: {_reason(error)}")
        return None


def _decrypt(path: Path, prompt: Prompt | None, attempts: Attempts) -> paramiko.PKey | None:
    if prompt is None:
        attempts.unusable.append(
            f"{path} is encrypted and nobody can be asked for its passphrase (ssh-add it first)"
        )
        return None
    stamp = (path, path.stat().st_mtime_ns)
    with _asking:  # hosts that are joined at the same time share one question
        for _ in range(_PASSPHRASE_TRIES):
            if stamp in _decrypted:
                return _decrypted[stamp]
            passphrase = prompt(f"Passphrase for {path}: ")
            if not passphrase:
                attempts.unusable.append(f"{path} is encrypted, and no passphrase was given")
                return None
            with contextlib.suppress(ValueError, paramiko.SSHException):
                _decrypted[stamp] = _load(path, passphrase.encode())
        if stamp in _decrypted:
            return _decrypted[stamp]
    attempts.unusable.append(f"{path}: wrong passphrase")
    return None


def _load(path: Path, passphrase: bytes | None) -> paramiko.PKey:
    """Read a key of any format that OpenSSH writes or takes. Raises what paramiko and cryptography raise."""
    content = path.read_bytes()
    if not content.lstrip().startswith(_PKCS8):
        return paramiko.PKey.from_path(path, passphrase)  # type: ignore[arg-type]  # cryptography insists on bytes
    # paramiko knows the others: OpenSSH's own, and the older PEM of each algorithm.
    key = load_pem_private_key(content, passphrase)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    for kind, reader in _READERS:
        if isinstance(key, kind):
            return reader.from_private_key(io.StringIO(text))
    raise UnsupportedAlgorithm(type(key).__name__)


def _reason(error: Exception) -> str:
    match error:
        case FileNotFoundError():
            return "does not exist"
        case OSError():
            return error.strerror or str(error)
        case paramiko.pkey.UnknownKeyType() | UnsupportedAlgorithm():
            return "a kind of key that can't be used from a file here"
        case _:
            return "not a private key"


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
        return next((key for key in self.all_keys() if key.asbytes() == blob), None) if blob else None


def _public_half(path: Path) -> bytes | None:
    for candidate in (path.with_name(path.name + ".pub"), path):
        try:
            words = candidate.read_text(errors="replace").split()
            if len(words) > 1 and words[0].startswith(("ssh-", "ecdsa-", "sk-")):
                return base64.b64decode(words[1], validate=True)
        except (OSError, binascii.Error, ValueError):
            continue
    return None
