"""The private keys that stand in files: read once, with their passphrases where they have one, and kept as long as the process."""

from __future__ import annotations

import contextlib
import io
import threading
from typing import TYPE_CHECKING, Final

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from core.hosts.link import Prompt

#: As ssh asks.
PASSPHRASE_TRIES: Final = 3
_PKCS8: Final = (b"-----BEGIN PRIVATE KEY-----", b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
_READERS: Final = (
    (rsa.RSAPrivateKey, paramiko.RSAKey),
    (ec.EllipticCurvePrivateKey, paramiko.ECDSAKey),
    (ed25519.Ed25519PrivateKey, paramiko.Ed25519Key),
)


class KeyUnusable(Exception):
    """A file holds no key that can be shown to a host; the message names the file."""


class KeyLocked(KeyUnusable):
    """The key is encrypted, and there is nobody to ask for its passphrase."""


class Keyring:
    """Used from any thread. A key that was opened is known by its path and time of change: a file written anew is read anew."""

    def __init__(self) -> None:
        """Nothing is open and nothing missed."""
        self._opened: Final[dict[tuple[Path, int], paramiko.PKey]] = {}
        self._asking: Final = threading.Lock()
        self._missing: Final[dict[Path, None]] = {}
        self._missed: Final = threading.Condition()

    def key(self, path: Path, prompt: Prompt | None) -> paramiko.PKey:
        """A file's key, after a question for its passphrase where it has one. Raises KeyUnusable, KeyLocked where none can be asked."""
        try:
            return self._opened.get(_stamp(path)) or _load(path, None)
        except TypeError:  # cryptography's word for: it is encrypted
            if prompt is None:
                raise KeyLocked(
                    f"{path} is encrypted, and nobody gave its passphrase: ssh-add it, or run the engine in a terminal"
                ) from None
            return self._asked(path, prompt)
        except (
            OSError,
            ValueError,
            paramiko.SSHException,
            paramiko.pkey.UnknownKeyType,
            UnsupportedAlgorithm,
        ) as error:
            raise KeyUnusable(f"{path}: {_reason(error)}") from error

    def unlock(self, path: Path, passphrase: str) -> bool:
        """Open a key for every login from now on; False when the passphrase is not the one, or the file is no key any more."""
        try:
            stamp = _stamp(path)
            self._opened[stamp] = _load(path, passphrase.encode())
        except (OSError, ValueError, TypeError, paramiko.SSHException, UnsupportedAlgorithm):
            return False
        self.found(path)
        return True

    def miss(self, paths: Collection[Path]) -> None:
        """Note the keys for whose passphrases a login failed."""
        if paths:
            with self._missed:
                self._missing.update(dict.fromkeys(paths))
                self._missed.notify_all()

    def found(self, path: Path) -> None:
        """It is missed no more: it was unlocked, or the ssh agent holds it now."""
        with self._missed:
            self._missing.pop(path, None)

    def missing(self) -> tuple[str, ...]:
        """The keys that are locked and without which a host could not be reached, the first that was missed first."""
        with self._missed:
            return tuple(map(str, self._missing))

    def wait_missing(self, but: Collection[Path]) -> Path:
        """Wait, for as long as it takes, until a key is missed that is not among some."""
        with self._missed:
            while True:
                for path in self._missing:
                    if path not in but:
                        return path
                self._missed.wait()

    def _asked(self, path: Path, prompt: Prompt) -> paramiko.PKey:
        with self._asking:  # hosts that are joined at the same time share one question
            for _ in range(PASSPHRASE_TRIES):
                if (opened := self._opened.get(_stamp(path))) is not None:
                    return opened
                passphrase = prompt(question(path))
                if not passphrase:
                    raise KeyUnusable(f"{path} is encrypted, and no passphrase was given")
                self.unlock(path, passphrase)
            with contextlib.suppress(KeyError):
                return self._opened[_stamp(path)]
        raise KeyUnusable(f"{path}: wrong passphrase")


#: This process's.
KEYRING: Final = Keyring()


def question(path: Path) -> str:
    """What an operator is asked, as ssh words it."""
    return f"Passphrase for {path}: "


def _stamp(path: Path) -> tuple[Path, int]:
    return path, path.stat().st_mtime_ns


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
