"""Joining a host by SSH: the chain of jumps, the host keys (strictly), the login, and knocking again where it is busy."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import paramiko

from core.errors import ConfigError, HostUnreachable
from core.homes import expanded
from core.hosts.join_gate import GATE
from core.hosts.known_hosts import HostKey, KnownHosts, Verdict, lookup_name
from core.hosts.link import Address, LinkOptions, Prompt, endpoint
from core.hosts.sockets import connect_tcp
from core.hosts.ssh_config import Hop, SshTarget, resolve
from core.hosts.ssh_connection import Carrier, ProxyCommand, SshConnection
from core.hosts.ssh_keys import login
from core.hosts.ssh_transport import SshTransport
from core.record import Record, replace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MAX_HOPS: Final = 8
_JOIN_ATTEMPTS: Final = 5
_GATE_TIMEOUT_S: Final = 120.0


class ShownKey(Record):
    """The key that a host on the way shows, and what is known about it."""

    target: SshTarget
    name: str
    key: HostKey
    verdict: Verdict
    #: Where a line that trusts it belongs.
    file: Path


class _KeyShownError(Exception):
    """Ends a join early with what was to be found out."""

    def __init__(self, shown: ShownKey) -> None:
        super().__init__()
        self.shown = shown


def join(address: Address, options: LinkOptions, prompt: Prompt | None = None) -> SshConnection:
    """Connect and log in. Raises HostUnreachable or ConfigError."""
    return _Journey(address, options, prompt).go()


def fetch_host_key(address: Address, options: LinkOptions, prompt: Prompt | None = None) -> ShownKey:
    """Ask the host for its key without trusting or using it; a jump host that is not known comes first.

    Raises HostUnreachable or ConfigError.
    """
    journey = _Journey(address, options, prompt, only_key=True)
    try:
        journey.go().close()
    except _KeyShownError as found:
        return found.shown
    raise HostUnreachable("host key", f"{address} showed no key")


def target_of(address: Address, options: LinkOptions) -> SshTarget:
    """Where an address leads by ssh's own config; jump hosts that are named beside it win. Raises ConfigError."""
    target = resolve(address.host, user=address.user, port=address.port, config=options.ssh_config)
    if not options.jump:
        return target
    hops = tuple(hop.strip() for hop in options.jump.split(","))
    return replace(target, proxy_jump=hops, proxy_command="")


class _Journey:
    """One join: the way through jump hosts to the target."""

    def __init__(
        self, address: Address, options: LinkOptions, prompt: Prompt | None, *, only_key: bool = False
    ) -> None:
        self._target = target_of(address, options)
        self._options = options
        self._prompt = prompt
        self._only_key = only_key
        self._timeout_s = options.connect_timeout_s

    def go(self) -> SshConnection:
        return self._reach(self._target)

    def _reach(self, target: SshTarget, hops: Sequence[str] = (), depth: int = 0) -> SshConnection:
        """Connect to a target; `hops` given by the host after it stand in for its own ProxyJump."""
        if depth > _MAX_HOPS:
            raise ConfigError(
                f"ssh config: the ProxyJump of {self._target.alias} leads through too many hosts"
            )
        jumps = hops or target.proxy_jump
        jump: SshConnection | None = None
        if jumps:
            last = Hop.parse(jumps[-1])
            via = resolve(last.host, user=last.user, port=last.port, config=self._options.ssh_config)
            if (via.host, via.port) == (target.host, target.port):
                raise ConfigError(f"ssh config: the ProxyJump of {target.alias} leads back to itself")
            jump = self._reach(via, jumps[:-1], depth + 1)
        try:
            return self._arrive(target, jump)
        except BaseException:
            if jump:
                jump.close()
            raise

    def _arrive(self, target: SshTarget, jump: SshConnection | None) -> SshConnection:
        """Shake hands, check the key, log in; a server too busy to say who it is is asked again."""
        where = endpoint(target.host, target.port)
        with GATE.entered(where, _GATE_TIMEOUT_S):
            for attempt in range(_JOIN_ATTEMPTS):
                if attempt:
                    time.sleep(GATE.pause_s(attempt - 1))
                carrier = self._carrier(target, jump)
                try:
                    transport = self._shake_hands(target, carrier)
                except _BusyError as busy:
                    complaint = carrier.command.complaint() if carrier.command else ""
                    carrier.drop()
                    if complaint:
                        raise HostUnreachable(
                            "connect",
                            f"The ProxyCommand to {where} failed: {complaint}",
                            f"Try it by hand: ssh {target.alias}",
                        ) from busy
                    reason, lasted_s = str(busy), busy.lasted_s
                    if lasted_s >= self._timeout_s:
                        break
                except BaseException:
                    carrier.drop()
                    raise
                else:
                    return self._enter(target, transport, carrier)
        raise HostUnreachable(
            "connect",
            f"{where} does not speak SSH: {reason}",
            "Is it an sshd, and is it overloaded (MaxStartups)?",
        )

    def _carrier(self, target: SshTarget, jump: SshConnection | None) -> Carrier:
        if jump:
            return Carrier(self._forwarded(target, jump), jump)
        if target.proxy_command:
            sock, command = ProxyCommand.start(target.proxy_command)
            return Carrier(sock, command=command)
        return Carrier(connect_tcp(target.host, target.port, self._timeout_s))

    def _forwarded(self, target: SshTarget, jump: SshConnection) -> paramiko.Channel:
        where = endpoint(target.host, target.port)
        try:
            return jump.open(
                "direct-tcpip", target.host, target.port, "127.0.0.1", 0, timeout_s=self._timeout_s
            )
        except paramiko.ChannelException as error:
            if error.code == 1:
                message = f"The jump host {jump.where} forbids the way to {where}"
                hint = f"Set AllowTcpForwarding yes in the sshd_config of {jump.target.alias}"
            else:
                message = f"The jump host {jump.where} can't reach {where}"
                hint = f"Try it there: ssh {jump.target.alias}, then nc -v {target.host} {target.port}"
            raise HostUnreachable("connect", message, hint) from error

    def _known(self, target: SshTarget) -> KnownHosts:
        if self._options.known_hosts:
            return KnownHosts.read([self._options.known_hosts])
        return KnownHosts.read((*target.user_known_hosts, *target.global_known_hosts))

    def _shake_hands(self, target: SshTarget, carrier: Carrier) -> SshTransport:
        """Agree on keys and check the host's. Raises _BusyError when the server ends it before it says who it is."""
        known, name = self._known(target), lookup_name(target.host, target.port, target.host_key_alias)
        transport = SshTransport(carrier.sock)
        transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = self._timeout_s
        _prefer(transport, known.kinds(name))
        try:
            _agree(transport, endpoint(target.host, target.port), self._timeout_s)
            self._check_key(target, transport, known, name)
        except BaseException:
            transport.close()
            raise
        return transport

    def _check_key(self, target: SshTarget, transport: SshTransport, known: KnownHosts, name: str) -> None:
        remote = transport.get_remote_server_key()
        key = HostKey(remote.get_name(), remote.asbytes())
        verdict = known.judge(name, key)
        if self._only_key and (verdict is not Verdict.KNOWN or target is self._target):
            file = self._options.known_hosts or next(
                iter(target.user_known_hosts), expanded("~/.ssh/known_hosts")
            )
            raise _KeyShownError(ShownKey(target, name, key, verdict, file))
        if verdict is not Verdict.KNOWN:
            raise _distrust(name, key, verdict, known, self._options.name)

    def _enter(self, target: SshTarget, transport: SshTransport, carrier: Carrier) -> SshConnection:
        # A jump host that has keys of its own in ssh config is not shown the key that is meant for the host behind it.
        own = target is not self._target and target.identity_files
        try:
            login(transport, target, None if own else self._options.identity_file, self._prompt)
        except BaseException:
            transport.close()
            carrier.drop()
            raise
        return SshConnection(target, transport, carrier)


class _BusyError(Exception):
    """The server ended the handshake before it said who it is."""

    def __init__(self, reason: str, lasted_s: float) -> None:
        super().__init__(reason)
        self.lasted_s = lasted_s


def _agree(transport: SshTransport, where: str, timeout_s: float) -> None:
    """Negotiate. Raises HostUnreachable, and _BusyError when the server ends it early."""
    began = time.monotonic()
    try:
        transport.start_client(timeout=timeout_s)
    except paramiko.ssh_exception.IncompatiblePeer as error:
        message = f"{where} and this program share no algorithm: {error}"
        raise HostUnreachable("host key", message, "Update the OpenSSH of the host") from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise _BusyError(str(error) or "it closed the connection", time.monotonic() - began) from error
    if not transport.initial_kex_done:  # paramiko says nothing when the time is over
        raise _BusyError(f"no handshake within {timeout_s:g} s", time.monotonic() - began)


def _prefer(transport: SshTransport, kinds: Sequence[str]) -> None:
    """Ask for the key types that are known for the host first: another type would look like an unknown host."""
    security = transport.get_security_options()
    known = [
        name for name in security.key_types if ("ssh-rsa" if name.startswith("rsa-sha2-") else name) in kinds
    ]
    security.key_types = (*known, *(name for name in security.key_types if name not in known))


def _distrust(name: str, key: HostKey, verdict: Verdict, known: KnownHosts, capacity: str) -> HostUnreachable:
    shown = f"{key.kind} {key.fingerprint()}"
    command = f"dockyard capacity trust {capacity or 'NAME'}"
    about = [line for line in known.about(name) if line.trusts]
    authorities = [line.where for line in known.about(name) if line.authority]
    match verdict:
        case Verdict.REVOKED:
            message, hint = f"The host key of {name} is revoked: {shown}", "Give the host a new key"
        case Verdict.CHANGED:
            old = next(line for line in about if line.key.kind == key.kind)
            message = f"The host key of {name} has CHANGED: it shows {shown}, {old.where} says {old.key.fingerprint()}"
            hint = f"Somebody may be listening in, or the host was installed anew. If so, remove {old.where}, then {command}"
        case _:
            others = f" (known are {', '.join(sorted({line.key.kind for line in about}))})" if about else ""
            message = f"The host key of {name} is not known: {shown}{others}"
            if authorities:
                message += f" (the certificate authority of {', '.join(authorities)} is not asked here)"
            hint = f"Compare the fingerprint with the host's own, then {command}"
    return HostUnreachable("host key", message, hint)
