"""Compose's ports to ECS's portMappings: short and long form, ranges, protocols. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from core.compose.values import text
from core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json = dict[str, Any]

_SHORT: Final = re.compile(
    r"(?:(?P<ip>\[[0-9a-fA-F:]*\]|[0-9.]+):(?=.*:|:))?(?:(?P<host>[0-9]*(?:-[0-9]+)?):)?"
    r"(?P<target>[0-9]+(?:-[0-9]+)?)(?:/(?P<protocol>[a-z]+))?"
)
_RANGE: Final = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")
_EVERYWHERE: Final = {"", "0.0.0.0", "::", "[::]"}  # noqa: S104  # the words for "all addresses", nothing is bound


def port_mappings(value: Any, where: str, say: Callable[[str, str], None]) -> list[Json]:
    """The portMappings of a service; `say` is told the key and what could not be carried over."""
    if value is not None and not isinstance(value, list):
        raise ConfigError(f"{where}: must be a list")
    made: list[Json] = []
    for index, entry in enumerate(value or []):
        for mapping in _entry(entry, f"{where}[{index}]", say):
            if mapping not in made:
                made.append(mapping)
    return made


def _entry(entry: Any, where: str, say: Callable[[str, str], None]) -> Iterator[Json]:
    if isinstance(entry, dict):
        host = text(entry.get("published") or "", f"{where}.published")
        target = text(entry.get("target") or "", f"{where}.target")
        ip, protocol = str(entry.get("host_ip") or ""), str(entry.get("protocol") or "tcp")
        if not re.fullmatch(r"[0-9]+", target):
            raise ConfigError(f"{where}.target: must be the container's port")
    else:
        match = _SHORT.fullmatch(text(entry, where))
        if match is None:
            raise ConfigError(f"{where}: {entry} is no port such as 8080:80 or 127.0.0.1:53:53/udp")
        ip, host = match["ip"] or "", match["host"] or ""
        target, protocol = match["target"], match["protocol"] or "tcp"
    if protocol not in {"tcp", "udp"}:
        raise ConfigError(f"{where}: {protocol} is not served; tcp and udp are")
    if ip not in _EVERYWHERE:
        # To publish on every address what was meant for one would open it to whoever can reach the host.
        say(
            "ports",
            f"{ip}:{host}:{target} is not published: ECS publishes a port on all addresses of its host",
        )
        return
    yield from _mappings(host, target, protocol, where, say)


def _mappings(
    host: str, target: str, protocol: str, where: str, say: Callable[[str, str], None]
) -> Iterator[Json]:
    inside, outside = _ports(target, where), _ports(host, where) if host else range(0)
    more: Json = {"protocol": protocol} if protocol != "tcp" else {}
    if not outside:
        yield (
            {"containerPort": inside[0], **more}
            if len(inside) == 1
            else {"containerPortRange": f"{inside[0]}-{inside[-1]}", **more}
        )
    elif len(inside) == len(outside):
        for port, published in zip(inside, outside, strict=True):
            yield {"containerPort": port, "hostPort": published, **more}
    elif len(inside) == 1:
        say("ports", f"{host}:{target} lets Docker choose of a range; any free port is taken instead")
        yield {"containerPort": inside[0], **more}
    else:
        raise ConfigError(f"{where}: the ranges {host} and {target} are not of one length")


def _ports(written: str, where: str) -> range:
    found = _RANGE.fullmatch(written)
    ports = range(int(found[1]), int(found[2] or found[1]) + 1) if found is not None else range(0)
    if not ports or not 1 <= ports[0] <= ports[-1] <= 65535:
        raise ConfigError(f"{where}: {written} is no port or range of ports from 1 to 65535")
    return ports
