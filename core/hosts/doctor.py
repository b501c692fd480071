"""Examining the way to a host's Docker step by step: what holds, what fails, what to do about it."""

from __future__ import annotations

import json
import shlex
import shutil
import time
from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING, Any, Final, TypeVar

from core.errors import ConfigError, DockyardError, HostUnreachable, NoWay, PortRefused
from core.hosts.http import api_version, stream
from core.hosts.link import Address, ContainerPort, Link, LinkOptions, Prompt, endpoint, open_link
from core.hosts.sockets import connect_tcp, looked_up
from core.record import Record
from core.schemes import Scheme

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from core.hosts.ssh_connection import SshConnection

_PINGS: Final = 10
_MOST_SKEW_S: Final = 5.0
_LEAST_FREE_MIB: Final = 2048
_TIMEOUT_S: Final = 10.0
#: A port of the host itself that hardly anybody listens at: that it is refused shows that the way there is open.
_NOBODYS: Final = ContainerPort(9, of_host=True)

Result = TypeVar("Result")


class Finding(Record):
    """What one step gave; `advice` says what to do when it is not ok."""

    step: str
    ok: bool
    detail: str
    advice: str
    took_ms: float


class _Said(Record):
    """A step's account of itself; one that gives advice is not ok."""

    detail: str
    advice: str = ""


def examine(address: Address, options: LinkOptions, prompt: Prompt | None = None) -> Iterator[Finding]:
    """Walk the way to the host's Docker and look around there; goes on as far as it makes sense."""
    link = yield from _reach(address, options, prompt)
    if link is None:
        return
    try:
        if not (yield from _step("socket", lambda: _dial(link))):
            return
        version = yield from _step("api version", lambda: _version(link))
        if not version:
            return
        info = yield from _step("clock", lambda: _clock(link, version))
        if info:
            yield from _step("disk", lambda: _disk(link, info, address.scheme))
        yield from _step("round trip", lambda: _round_trip(link))
        if address.scheme is Scheme.SSH:
            yield from _step("ports", lambda: _ports(link))
    finally:
        link.close()


def _step(step: str, act: Callable[[], tuple[_Said, Result]]) -> Generator[Finding, None, Result | None]:
    """Do one step and tell what it found; returns what it came by, None when it failed."""
    began = time.monotonic()
    result: Result | None = None
    try:
        said, result = act()
    except HostUnreachable as error:
        step, said, ok = error.step, _Said(str(error), error.hint), False
    except DockyardError as error:
        said, ok = _Said(str(error)), False
    else:
        ok = not said.advice
    yield Finding(step, ok, said.detail, said.advice, (time.monotonic() - began) * 1000)
    return result


def _reach(
    address: Address, options: LinkOptions, prompt: Prompt | None
) -> Generator[Finding, None, Link | None]:
    """The steps that differ by scheme, up to a link."""
    match address.scheme:
        case Scheme.SSH:
            return (yield from _reach_by_ssh(address, options, prompt))
        case Scheme.TCP:
            port = address.port or (2376 if options.tls else 2375)
            if not (yield from _network(address.host, port, options.connect_timeout_s)):
                return None
            if options.tls:
                return (yield from _step("certificates", lambda: _certificates(address, options)))
        case Scheme.UNIX:
            pass
    return open_link(address, options)


def _network(host: str, port: int, timeout_s: float) -> Generator[Finding, None, bool]:
    ip = yield from _step("resolve", lambda: _lookup(host, port))
    return bool(ip and (yield from _step("connect", lambda: _knock(host, port, timeout_s))))


def _lookup(host: str, port: int) -> tuple[_Said, str]:
    addresses = ", ".join(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in looked_up(host, port)))
    return _Said(f"{host} is {addresses}"), addresses


def _knock(host: str, port: int, timeout_s: float) -> tuple[_Said, bool]:
    connect_tcp(host, port, timeout_s).close()
    return _Said(f"{endpoint(host, port)} answers"), True


def _certificates(address: Address, options: LinkOptions) -> tuple[_Said, Link]:
    """Whether the files that the config names can be used; the handshake comes with the first stream."""
    return _Said("ours can be read"), open_link(address, options)


def _reach_by_ssh(
    address: Address, options: LinkOptions, prompt: Prompt | None
) -> Generator[Finding, None, Link | None]:
    from core.hosts.ssh import SshLink  # noqa: PLC0415  # paramiko is paid for by ssh hosts alone
    from core.hosts.ssh_join import target_of  # noqa: PLC0415

    began = time.monotonic()
    try:
        target = target_of(address, options)
    except ConfigError as error:
        yield Finding("resolve", False, str(error), "Mend the ssh config", (time.monotonic() - began) * 1000)
        return None
    direct = not (target.proxy_jump or target.proxy_command)
    if direct and not (yield from _network(target.host, target.port, options.connect_timeout_s)):
        return None
    if not (yield from _step("host key", lambda: _host_key(address, options, prompt))):
        return None
    connection = yield from _step("login", lambda: _login(address, options, prompt))
    if connection is None:
        return None
    return (yield from _step("forward", lambda: _forward(SshLink.over(connection, address, options, prompt))))


def _host_key(address: Address, options: LinkOptions, prompt: Prompt | None) -> tuple[_Said, bool]:
    from core.hosts.known_hosts import Verdict  # noqa: PLC0415  # paramiko is paid for by ssh hosts alone
    from core.hosts.ssh import fetch_host_key  # noqa: PLC0415

    shown = fetch_host_key(address, options, prompt)
    key = f"{shown.key.kind} {shown.key.fingerprint()}"
    if shown.verdict is Verdict.KNOWN:
        return _Said(f"{shown.name} is known by {key}"), True
    advice = (
        f"Compare the fingerprint with the host's own, then dockyard capacity trust {options.name or 'NAME'}"
    )
    raise HostUnreachable("host key", f"The key of {shown.name} is {shown.verdict}: {key}", advice)


def _login(address: Address, options: LinkOptions, prompt: Prompt | None) -> tuple[_Said, SshConnection]:
    from core.hosts.ssh import join  # noqa: PLC0415  # paramiko is paid for by ssh hosts alone

    connection = join(address, options, prompt)
    route = f" via {', '.join(connection.route)}" if connection.route else ""
    return _Said(f"as {connection.target.user}{route}"), connection


def _forward(link: Link) -> tuple[_Said, Link]:
    """The way that was found. Going by dial-stdio is no failure, but worth knowing: sshd counts its sessions."""
    way = link.describe()
    return _Said(f"{way}; its sshd forbids the forward" if "dial-stdio" in way else way), link


def _ports(link: Link) -> tuple[_Said, bool]:
    """Whether sshd opens forwards to TCP ports. Where it doesn't, only probes by exec find a way, which is no failure of the host."""
    try:
        link.dial_port(_NOBODYS, _TIMEOUT_S).close()
    except PortRefused:
        pass
    except NoWay as closed:
        return _Said(f"{closed}: probes by HTTP and TCP find no way. {closed.hint}"), True
    except OSError as error:
        return _Said(f"whether probes find a way can't be told: {error}"), True
    return _Said("sshd forwards to containers' ports, as probes need it"), True


def _dial(link: Link) -> tuple[_Said, bool]:
    link.dial(_TIMEOUT_S).close()
    return _Said(f"opened by {link.describe()}"), True


def _version(link: Link) -> tuple[_Said, str]:
    agreed = api_version(link, _TIMEOUT_S)
    said = _ask(link, f"/v{agreed}/version")
    return _Said(
        f"API {agreed} with Docker {said.get('Version', '?')} (its own is {said.get('ApiVersion')})"
    ), agreed


def _clock(link: Link, version: str) -> tuple[_Said, dict[str, Any]]:
    before = time.time()
    info = _ask(link, f"/v{version}/info")
    after = time.time()
    try:
        theirs = datetime.fromisoformat(info["SystemTime"]).timestamp()
    except (KeyError, TypeError, ValueError):
        return _Said("the host does not tell its time"), info
    ahead_s = theirs - (before + after) / 2
    detail = f"{abs(ahead_s):.1f} s {'ahead of' if ahead_s > 0 else 'behind'} ours"
    advice = (
        "Let a time service set the clock there: timedatectl set-ntp true"
        if abs(ahead_s) > _MOST_SKEW_S
        else ""
    )
    return _Said(detail, advice), info


def _disk(link: Link, info: dict[str, Any], scheme: Scheme) -> tuple[_Said, bool]:
    folder = str(info.get("DockerRootDir") or "/var/lib/docker")
    free_mib = _free_mib(link, folder, scheme)
    if free_mib is None:
        return _Said(f"what is free at {folder} can't be seen from here"), True
    advice = "Make room there: docker system prune" if free_mib < _LEAST_FREE_MIB else ""
    return _Said(f"{free_mib / 1024:.1f} GiB free at {folder}", advice), True


def _free_mib(link: Link, folder: str, scheme: Scheme) -> float | None:
    """Docker itself does not tell it: asked of the host by SSH, or here when Docker is here."""
    if scheme is Scheme.UNIX:
        try:
            return shutil.disk_usage(folder).free / 2**20
        except OSError:
            return None
    if scheme is Scheme.SSH:
        from core.hosts.ssh import SshLink  # noqa: PLC0415  # paramiko is paid for by ssh hosts alone

        assert isinstance(link, SshLink)
        try:
            line = link.run(f"df -Pk -- {shlex.quote(folder)}", _TIMEOUT_S).strip().splitlines()[-1]
            return int(line.split()[3]) / 1024
        except (HostUnreachable, IndexError, ValueError):
            return None
    return None


def _round_trip(link: Link) -> tuple[_Said, bool]:
    """Pings over one kept connection, as calls are."""
    from core.hosts.docker_api import DockerApi  # noqa: PLC0415  # docker is paid for by hosts that got this far

    api, until = DockerApi(link), time.monotonic() + _TIMEOUT_S
    api.ping(until)
    took_ms = []
    for _ in range(_PINGS):
        began = time.monotonic()
        api.ping(until)
        took_ms.append((time.monotonic() - began) * 1000)
    return _Said(f"{median(took_ms):.1f} ms (of {_PINGS}, the slowest {max(took_ms):.1f} ms)"), True


def _ask(link: Link, path: str) -> dict[str, Any]:
    with stream(link, "GET", path, timeout_s=_TIMEOUT_S) as answer:
        if answer.status >= 400:
            raise HostUnreachable("answer", f"Docker refuses {path}: {answer.refusal()}")
        try:
            said = json.loads(answer.rest(_TIMEOUT_S))
        except ValueError as error:
            raise HostUnreachable("answer", f"What answers {path} is not Docker") from error
        return said if isinstance(said, dict) else {}
