"""Values as Compose writes them: durations, amounts, texts and maps in their several forms. Pure.

Each reader takes where the value is and raises ConfigError with it.
"""

from __future__ import annotations

import math
import re
import shlex
from typing import TYPE_CHECKING, Any, Final

from core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

_MIB: Final = 1024 * 1024
_BYTES: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([kmgt]?)i?b?", re.IGNORECASE)
_FACTOR: Final = {"": 1, "k": 1024, "m": _MIB, "g": 1024 * _MIB, "t": 1024 * 1024 * _MIB}
_DURATION: Final = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:us|µs|ms|s|m|h|d))+")
_DURATION_PART: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(us|µs|ms|s|m|h|d)")
_SECONDS: Final = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def text(value: Any, where: str) -> str:
    """A text; a number or true and false as they are written."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise ConfigError(f"{where}: must be a text")


def texts(value: Any, where: str) -> list[str]:
    """A list of texts; one text alone is a list of it."""
    if value is None:
        return []
    if isinstance(value, list):
        return [text(item, f"{where}[{index}]") for index, item in enumerate(value)]
    return [text(value, where)]


def words(value: Any, where: str) -> list[str]:
    """A command: a list, or one text that is split as a shell splits it, with nothing in it run."""
    if not isinstance(value, str):
        return texts(value, where)
    try:
        return shlex.split(value)
    except ValueError as error:
        raise ConfigError(f"{where}: can't be split into words: {error}") from error


def mapping(value: Any, where: str) -> Json:
    """A map; nothing is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: must be a map")
    return value


def entries(value: Any, where: str) -> list[Any]:
    """A list of whatever; nothing is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise ConfigError(f"{where}: must be a list")
    return value


def pairs(value: Any, where: str, separator: str = "=") -> Iterator[tuple[str, str | None]]:
    """Names and values: of a map, or of a list of `NAME=value`; None for a name without a value."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield name, None if item is None else text(item, f"{where}.{name}")
        return
    for item in texts(value, where):
        name, found, rest = item.partition(separator)
        yield name, rest if found else None


def mib(value: Any, where: str) -> int:
    """MiB in "512m", "1.5g" or a number of bytes, rounded up."""
    match = _BYTES.fullmatch(text(value, where).strip())
    if match is None:
        raise ConfigError(f"{where}: {value} is no size such as 512m or 1g")
    return math.ceil(_finite(float(match[1]) * _FACTOR[match[2].lower()] / _MIB, where))


def seconds(value: Any, where: str) -> int:
    """Whole seconds in "1m30s", rounded up; ECS knows no shorter ones. A bare number is seconds."""
    written = text(value, where).strip()
    if written.isdecimal():
        return int(written)
    if not _DURATION.fullmatch(written):
        raise ConfigError(f"{where}: {value} is no duration such as 30s or 1m30s")
    parts = _DURATION_PART.findall(written)
    return math.ceil(_finite(sum(float(amount) * _SECONDS[unit] for amount, unit in parts), where) - 1e-9)


def cpu_units(value: Any, where: str) -> int:
    """ECS's units in a number of CPUs."""
    try:
        units = _finite(float(text(value, where)) * 1024, where)
    except ValueError as error:
        raise ConfigError(f"{where}: {value} is no number of CPUs such as 0.5") from error
    return max(round(units), 1)


def _finite(amount: float, where: str) -> float:
    if not math.isfinite(amount):
        raise ConfigError(f"{where}: there is no such amount")
    return amount


def whole(value: Any, where: str) -> int:
    """A whole number."""
    try:
        return int(text(value, where), 0)
    except ValueError as error:
        raise ConfigError(f"{where}: {value} is no whole number") from error


def is_true(value: Any) -> bool:
    """Whether a flag is on, also where a variable made a text of it."""
    return value is True or str(value).lower() == "true"
