"""How single values of the config file are read. Pure, but for `~` in paths.

A reader gets a TOML value and the config file's folder, and raises SettingError, or another ValueError, with what should
stand there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from core.config.durations import format_duration, parse_duration
from core.model.ports import HostPort
from core.schemes import Scheme

if TYPE_CHECKING:
    from enum import StrEnum

Reader = Callable[[object, Path], Any]

_ATTRIBUTE_NAME: Final = re.compile(r"[A-Za-z0-9_./\\-]{1,128}")
_ATTRIBUTE_VALUE: Final = re.compile(
    r"[A-Za-z0-9_./\\@:-](?:[A-Za-z0-9_./\\@: -]{0,126}[A-Za-z0-9_./\\@:-])?"
)
#: A number, a UUID (GPU-…, or MIG-… for a part of one), or a part by numbers (0:1).
_GPU: Final = re.compile(r"[0-9]{1,3}(?::[0-9]{1,3})?|(?:GPU|MIG)-[A-Za-z0-9/-]{4,100}")
#: A host's name or address (IPv6 in brackets), and an absolute path; neither with what mount's options are parted by.
_NFS_EXPORT: Final = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):(/[^\s,]*)")
_MOUNT_OPTIONS: Final = re.compile(r"(?!addr=)[a-z0-9_=.:-]+(?:,(?!addr=)[a-z0-9_=.:-]+)*")
#: As core.hosts.ssh_config reads it.
_HOP: Final = re.compile(r"(?!-)(?:ssh://)?(?:[^@\s,]+@)?(?:\[[^\]\s,]+\]|[^:@\[\]/\s,]+)(?::\d{1,5})?/?")
_COLOR: Final = re.compile(r"#[0-9A-Fa-f]{6}|[a-z][a-z0-9_-]*")


class SettingError(ValueError):
    """A value that can't stand there; the message says what can."""


def nearest(word: str, known: list[str] | tuple[str, ...]) -> str:
    """`; did you mean …?`, or else what there is."""
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else f"; known: {', '.join(sorted(known))}"


def text(value: object, _folder: Path) -> str:
    if not isinstance(value, str):
        raise SettingError(
            f'must be text in quotes, like "{value}"' if isinstance(value, int) else "must be text"
        )
    return value


def secret(value: object, _folder: Path) -> str:
    if not isinstance(value, str) or not value:
        raise SettingError("must be text in quotes, and not empty")
    return value


def command(value: object, _folder: Path) -> tuple[str, ...]:
    if isinstance(value, str):
        raise SettingError(
            'is run without a shell: write it as a list of its words, like ["pass", "show", "{name}"]'
        )
    words = value if isinstance(value, list) else []
    if not words or not all(isinstance(word, str) and "\0" not in word for word in words) or not words[0]:
        raise SettingError('must be a list of texts, like ["pass", "show", "{name}"]')
    return tuple(words)


def flag(value: object, _folder: Path) -> bool:
    if not isinstance(value, bool):
        raise SettingError("must be true or false")
    return value


def whole(minimum: int, maximum: int) -> Reader:
    def read(value: object, _folder: Path) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value <= maximum:
            raise SettingError(f"must be a whole number from {minimum} to {maximum}")
        return value

    return read


def duration(minimum_s: float, maximum_s: float) -> Reader:
    def read(value: object, _folder: Path) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool):
            raise SettingError(f'has no unit; write it like "{value}s"')
        if not isinstance(value, str):
            raise SettingError('must be a duration like "5s", "2m" or "1h30m"')
        seconds = parse_duration(value)
        if not minimum_s <= seconds <= maximum_s:
            limits = f"{format_duration(minimum_s)} to {format_duration(maximum_s)}"
            raise SettingError(f"must be from {limits}, not {value}")
        return seconds

    return read


def one_of(choices: type[StrEnum]) -> Reader:
    known = [choice.value for choice in choices]

    def read(value: object, _folder: Path) -> StrEnum:
        if not isinstance(value, str) or value not in known:
            raise SettingError(f"{value} is not among what it can be{nearest(str(value), known)}")
        return choices(value)

    return read


def jump_hosts(value: object, _folder: Path) -> str:
    """OpenSSH's ProxyJump: one host, or several with commas between them."""
    hops = value.split(",") if isinstance(value, str) else [""]
    if not all(_HOP.fullmatch(hop.strip()) for hop in hops):
        raise SettingError('must be SSH hosts like "user@host:22", with commas between them')
    return ",".join(hop.strip() for hop in hops)


def nfs_export(value: object, _folder: Path) -> tuple[str, str]:
    """`HOST:/PATH`, as mount has it: the host, and the path."""
    found = _NFS_EXPORT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise SettingError('must be an NFS export like "nas.example:/export/data"')
    return found[1], found[2]


def mount_options(value: object, _folder: Path) -> str:
    """Options of mount, without the address."""
    if not isinstance(value, str) or not _MOUNT_OPTIONS.fullmatch(value):
        raise SettingError('must be options of mount like "nfsvers=4.1,hard", without addr')
    return value


def file(value: object, folder: Path) -> Path:
    if not isinstance(value, str) or not value or "\0" in value:
        raise SettingError("must be the path of a file, in quotes")
    try:
        return folder / Path(value).expanduser()
    except RuntimeError as unknown_home:
        raise SettingError(f"{value} names a home folder that can't be found") from unknown_home


def url(value: object, _folder: Path) -> str:
    if not isinstance(value, str) or "://" not in value:
        raise SettingError(
            "must be an address like ssh://user@host, unix:///var/run/docker.sock or tcp://host:2376"
        )
    # What follows the scheme is the host seam's to check.
    scheme = value.partition("://")[0]
    if scheme not in tuple(Scheme):
        raise SettingError(f"{scheme}:// is no way to reach a Docker host{nearest(scheme, tuple(Scheme))}")
    return value


def color(value: object, _folder: Path) -> str:
    if not isinstance(value, str) or not _COLOR.fullmatch(value):
        raise SettingError('must be a colour name or like "#ff8800"')
    return value


def ports(value: object, _folder: Path) -> tuple[HostPort, ...]:
    if not isinstance(value, list):
        raise SettingError('must be a list of ports, like [22, "53/udp"]')
    return tuple(sorted({_port(one) for one in value}))


def _port(value: object) -> HostPort:
    number, _, protocol = str(value).partition("/")
    if isinstance(value, int | str) and number.isascii() and number.isdigit():
        port = HostPort(int(number), protocol or "tcp")
        if 1 <= port.port <= 65535 and port.protocol in {"tcp", "udp"}:
            return port
    raise SettingError(f'{value} is no port; write 8080 or "53/udp"')


def attributes(value: object, _folder: Path) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise SettingError('must be a table of names and texts, like { zone = "a" }')
    for name, text in value.items():
        if not _ATTRIBUTE_NAME.fullmatch(name):
            raise SettingError(
                f'"{name}" is no attribute name: letters, digits, "-", "_", "." and "/", at most 128'
            )
        if not isinstance(text, str) or not _ATTRIBUTE_VALUE.fullmatch(text):
            allowed = 'letters, digits, spaces inside, "-", "_", ".", "/", "@" and ":", at most 128'
            raise SettingError(f"{name} must be text in quotes of {allowed}")
    return tuple(sorted(value.items()))


def names(value: object, _folder: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(name, str) and name for name in value):
        raise SettingError('must be a list of names, like ["edge-1", "edge-2"]')
    twice = sorted({name for name in value if value.count(name) > 1})
    if twice:
        raise SettingError(f"names {twice[0]} more than once")
    return tuple(sorted(value))


def gpus(value: object, _folder: Path) -> tuple[str, ...]:
    words = value if isinstance(value, list) else []
    if not words or not all(isinstance(word, str) and _GPU.fullmatch(word) for word in words):
        raise SettingError(
            'must be a list of numbers or UUIDs in quotes as `nvidia-smi -L` shows them, like ["0", "1"]'
        )
    twice = sorted({word for word in words if words.count(word) > 1})
    if twice:
        raise SettingError(f"names {twice[0]} more than once")
    return tuple(sorted(words, key=lambda word: (len(word), word)))


def key_bindings(value: object, _folder: Path) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise SettingError('must be a table of commands and keys, like "service.scale" = "S"')
    return MappingProxyType({command: _key_list(command, keys) for command, keys in sorted(_flat(value))})


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, object]]:
    """Command ids have dots, and TOML reads an unquoted dotted key as nested tables: take both spellings."""
    found: list[tuple[str, object]] = []
    for name, value in table.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{name}.")
        else:
            found.append((f"{prefix}{name}", value))
    return found


def _key_list(command: str, value: object) -> tuple[str, ...]:
    keys = [value] if isinstance(value, str) else value
    if not isinstance(keys, list) or not all(isinstance(key, str) and key for key in keys):
        raise SettingError(f'{command} must be a key like "S" or a list like ["S", "ctrl+s"]; [] unbinds it')
    return tuple(keys)
