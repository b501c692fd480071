"""The log of a container on a simulated host: made up, and every line says so. Pure.

What stands at a second follows from the container's name and that second alone: whoever reads it twice, follows it, or asks
for a part of it, reads the same.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: As much of a log is there as a json-file of some size would hold, in seconds.
KEPT_S: Final = 600
_PATHS: Final = ("/", "/healthz", "/api/orders", "/api/cart", "/login", "/static/app.js")
#: One second in so many has a line; one line in so many is an error's.
_QUIET: Final = 2
_FAILS: Final = 23


def lines(name: str, begin: float, end: float) -> Iterator[tuple[str, str, bool]]:
    """Time (RFC 3339), text and whether it is of stderr, from a moment up to but not including another, in seconds since the epoch."""
    for second in range(int(begin), int(end)):
        dice = hashlib.blake2b(f"{name}\0{second}".encode(), digest_size=4).digest()
        if dice[0] % _QUIET:
            continue
        at = f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}.{dice[1]:03}000000Z"
        path, took_ms = _PATHS[dice[2] % len(_PATHS)], 2 + dice[3] % 90
        if dice[3] % _FAILS == 0:
            yield (
                at,
                f"\x1b[31mERROR\x1b[0m GET {path} 502 in {took_ms * 40} ms: upstream timed out (simulated)",
                True,
            )
        else:
            yield at, f"INFO  GET {path} 200 in {took_ms} ms (simulated)", False
