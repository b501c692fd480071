"""Durations as people write them: "500ms", "5s", "2m", "1h30m". Pure."""

from __future__ import annotations

import re
from typing import Final

_UNITS_S: Final = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_WRITTEN: Final = re.compile(
    "".join(rf"(?:(?P<{unit}>\d+(?:\.\d+)?){unit})?" for unit in _UNITS_S), re.ASCII | re.IGNORECASE
)


def parse_duration(text: str) -> float:
    """Seconds; ValueError with a sentence when it is no duration. Units come once each, the largest first."""
    found = _WRITTEN.fullmatch(text.strip())
    parts = {unit: amount for unit, amount in found.groupdict().items() if amount} if found else {}
    if not parts:
        raise ValueError(f'"{text}" is not a duration; write it like "5s", "2m" or "1h30m"')
    return round(sum(float(amount) * _UNITS_S[unit] for unit, amount in parts.items()), 3)


def format_duration(seconds: float) -> str:
    """The shortest text that `parse_duration` reads as these seconds, to the millisecond."""
    left_ms = round(seconds * 1000)
    parts = []
    for unit, size_s in _UNITS_S.items():
        amount, left_ms = divmod(left_ms, round(size_s * 1000))
        if amount:
            parts.append(f"{amount}{unit}")
    return "".join(parts) or "0s"
