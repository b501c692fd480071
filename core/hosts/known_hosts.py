"""OpenSSH's known_hosts files: whom a host key belongs to, and writing down that it is trusted.

Lines are read one by one, as ssh does: a line that can't be used (a certificate authority, a key type of tomorrow)
never makes the rest of the file unusable.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Self

from core.errors import ConfigError
from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class HostKey(Record):
    """A server's public key: its type and its wire form."""

    kind: str
    blob: bytes

    def fingerprint(self) -> str:
        """The form that ssh prints: `SHA256:…`."""
        digest = hashlib.sha256(self.blob).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


class Verdict(StrEnum):
    """What the files say about a key that a host shows."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    CHANGED = "changed"
    REVOKED = "revoked"


class Line(Record):
    """One usable line of a known_hosts file."""

    names: tuple[str, ...]
    key: HostKey
    where: str
    revoked: bool = False
    #: The key signs hosts' certificates, which are not read here: it says nothing about a plain key.
    authority: bool = False

    @classmethod
    def parse(cls, text: str, where: str) -> Self | None:
        """Read one line; None for comments and anything that is not a key."""
        words = text.split()
        mark = words.pop(0) if words and words[0] in {"@revoked", "@cert-authority"} else ""
        if len(words) < 3 or words[0].startswith(("#", "@")):
            return None
        try:
            blob = base64.b64decode(words[2], validate=True)
        except (binascii.Error, ValueError):
            return None
        key = HostKey(words[1], blob)
        return cls(
            tuple(words[0].split(",")), key, where, mark == "@revoked", authority=mark == "@cert-authority"
        )

    @property
    def trusts(self) -> bool:
        """Whether the line says that the key is the host's."""
        return not self.revoked and not self.authority

    def names_host(self, name: str) -> bool:
        """Whether the line is about the host; a negated pattern that matches takes it out."""
        if any(pattern.startswith("!") and _matches(pattern[1:], name) for pattern in self.names):
            return False
        return any(_matches(pattern, name) for pattern in self.names)


def _matches(pattern: str, name: str) -> bool:
    if not pattern.startswith("|1|"):
        # Only * and ? are wild in known_hosts: brackets belong to [host]:port.
        return fnmatchcase(name, pattern.lower().replace("[", "[[]"))
    try:
        salt, digest = (base64.b64decode(part, validate=True) for part in pattern[3:].split("|"))
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(hmac.digest(salt, name.encode(), "sha1"), digest)


class KnownHosts(Record):
    """What a set of files knows; files that do not exist know nothing."""

    lines: tuple[Line, ...]

    @classmethod
    def read(cls, paths: Iterable[Path]) -> Self:
        """Read the files in order. Raises ConfigError when one exists and can't be read."""
        lines: list[Line] = []
        for path in paths:
            try:
                text = path.read_text(errors="replace")
            except FileNotFoundError:
                continue
            except OSError as error:
                raise ConfigError(f"known_hosts file {path} can't be read: {error.strerror}") from error
            parsed = (Line.parse(row, f"{path}:{number}") for number, row in enumerate(text.splitlines(), 1))
            lines += [line for line in parsed if line]
        return cls(tuple(lines))

    def judge(self, name: str, key: HostKey) -> Verdict:
        """Judge a key shown by the host `name` (as `lookup_name` writes it)."""
        about = self.about(name)
        if any(line.revoked and line.key == key for line in about):
            return Verdict.REVOKED
        trusted = [line for line in about if line.trusts]
        if any(line.key == key for line in trusted):
            return Verdict.KNOWN
        return Verdict.CHANGED if any(line.key.kind == key.kind for line in trusted) else Verdict.UNKNOWN

    def about(self, name: str) -> tuple[Line, ...]:
        """The lines that concern a host."""
        return tuple(line for line in self.lines if line.names_host(name))

    def kinds(self, name: str) -> tuple[str, ...]:
        """The key types that are trusted for a host: to be asked for first, or a known host would look unknown."""
        return tuple(dict.fromkeys(line.key.kind for line in self.about(name) if line.trusts))


def lookup_name(host: str, port: int, alias: str = "") -> str:
    """The name that a host has in known_hosts: an alias as it is, a port other than 22 as `[host]:port`."""
    if alias:
        return alias.lower()
    return host.lower() if port == 22 else f"[{host.lower()}]:{port}"


def trust(path: Path, name: str, key: HostKey) -> None:
    """Append a line that trusts a key. Raises ConfigError."""
    line = f"{name} {key.kind} {base64.b64encode(key.blob).decode()}\n"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            size = file.seek(0, os.SEEK_END)
            if size:
                file.seek(-1, os.SEEK_END)
                line = line if file.read(1) == b"\n" else f"\n{line}"
            file.write(line.encode())
    except OSError as error:
        raise ConfigError(
            f"{path} can't be written: {error.strerror}; add this line by hand: {line.strip()}"
        ) from error
