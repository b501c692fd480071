"""A port on a host, as it is claimed, and published ports as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class HostPort(NamedTuple):
    """One port of a host. `ip` is the bound address; empty means every address."""

    port: int
    protocol: str = "tcp"
    ip: str = ""

    def clashes(self, other: HostPort) -> bool:
        """Whether Docker could not publish both on one host."""
        return (
            self.port == other.port
            and self.protocol == other.protocol
            and (not self.ip or not other.ip or self.ip == other.ip)
        )


def ports_shown(ports: Iterable[tuple[int, int, str]], between: str = "→") -> list[str]:
    """Host port, container port and protocol of each, as texts; a run of adjacent ones is one: `61000-61009→9000-9009/tcp`.

    A host port of 0 is `any`: none is chosen yet.
    """
    runs: list[list[tuple[int, int, str]]] = []
    last: dict[str, list[tuple[int, int, str]]] = {}
    for port in ports:
        run = last.get(port[2])
        if run is not None and _follows(run[-1], port):
            run.append(port)
        else:
            last[port[2]] = [port]
            runs.append(last[port[2]])
    return [_shown(run[0], run[-1], between) for run in runs]


def _follows(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    return other[1] == one[1] + 1 and (other[0] == one[0] + 1 if one[0] else not other[0])


def _shown(first: tuple[int, int, str], last: tuple[int, int, str], between: str) -> str:
    host, inside = (str(first[n]) if first[n] == last[n] else f"{first[n]}-{last[n]}" for n in (0, 1))
    return f"{host if first[0] else 'any'}{between}{inside}/{first[2]}"
