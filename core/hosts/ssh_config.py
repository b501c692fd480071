"""What `~/.ssh/config` says about a host: asked of `ssh -G` where the ssh client is installed, else read here.

`ssh -G` prints what OpenSSH itself makes of the configuration, so it is the best parser there is and the oracle that
our own reading is tested against. Criteria that our own reading does not know never match.
"""

from __future__ import annotations

import getpass
import os
import re
import shutil
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from core.errors import ConfigError
from core.homes import expanded
from core.hosts.ssh_config_file import Subject, read_config
from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SSH_TIMEOUT_S: Final = 15
_DEFAULT_IDENTITIES: Final = ("~/.ssh/id_rsa", "~/.ssh/id_ecdsa", "~/.ssh/id_ed25519")
#: What `ssh -G` lists where the configuration names no identity; hardware and retired types can't be read here.
_LISTED_BY_DEFAULT: Final = frozenset(
    {*_DEFAULT_IDENTITIES, "~/.ssh/id_ecdsa_sk", "~/.ssh/id_ed25519_sk", "~/.ssh/id_xmss", "~/.ssh/id_dsa"}
)
_USER_KNOWN_HOSTS: Final = "~/.ssh/known_hosts ~/.ssh/known_hosts2"
_GLOBAL_KNOWN_HOSTS: Final = "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"


class SshTarget(Record):
    """Everything needed to reach one sshd; tokens, `~` and `${VARIABLES}` are expanded."""

    alias: str
    host: str
    port: int
    user: str
    #: Named by the configuration; empty where it names none and the default identities may be tried.
    identity_files: tuple[Path, ...] = ()
    identities_only: bool = False
    #: Empty means $SSH_AUTH_SOCK; "none" means that no agent is asked.
    identity_agent: str = ""
    proxy_jump: tuple[str, ...] = ()
    proxy_command: str = ""
    user_known_hosts: tuple[Path, ...] = ()
    global_known_hosts: tuple[Path, ...] = ()
    host_key_alias: str = ""


class Hop(Record):
    """One host of a ProxyJump chain as it is written: `user@host:port`, `ssh://…`, IPv6 in brackets."""

    host: str
    user: str = ""
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> Hop:
        """Read one hop. Raises ConfigError."""
        found = re.fullmatch(
            r"(?:ssh://)?(?:(.+)@)?(?:\[([^\]]+)\]|([^:@\[\]/]+))(?::(\d{1,5}))?/?", text.strip()
        )
        if not found or found[0].startswith("-"):
            raise ConfigError(f"ssh config: ProxyJump {text!r} is not of the form user@host:port")
        user, bracketed, plain, port = found.groups()
        return cls(bracketed or plain, user or "", int(port) if port else None)


def default_identities() -> tuple[Path, ...]:
    """The keys that are tried where none is named; newest kind first, since each failed try counts at the server."""
    return tuple(expanded(name) for name in reversed(_DEFAULT_IDENTITIES))


def resolve(alias: str, *, user: str = "", port: int | None = None, config: Path | None = None) -> SshTarget:
    """Say how to reach `alias`; `user` and `port`, where given, win over the configuration. Raises ConfigError."""
    if alias.startswith("-"):
        raise ConfigError(f"{alias!r} is no host name")
    if config is not None and not config.is_file():
        raise ConfigError(f"ssh config {config} does not exist")
    client = shutil.which("ssh")
    if client:
        settings = ask_ssh(client, alias, user=user, port=port, config=config)
    else:
        settings = read_files(alias, user=user, port=port, config=config)
    return _target(alias, settings)


def ask_ssh(
    client: str, alias: str, *, user: str, port: int | None, config: Path | None
) -> dict[str, list[str]]:
    """Let the ssh client evaluate its configuration. Raises ConfigError with the client's own words."""
    command = [client, "-G"]
    command += ["-F", str(config)] if config else []
    command += ["-l", user] if user else []
    command += ["-p", str(port)] if port else []
    try:
        done = subprocess.run(
            [*command, "--", alias],
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=_SSH_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ConfigError(
            f"ssh -G {alias} gave no answer within {_SSH_TIMEOUT_S} s; see its Match exec"
        ) from error
    if done.returncode != 0:
        raise ConfigError(f"ssh config: {_complaint(done.stderr) or f'ssh -G {alias} failed'}")
    settings: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        key, _, value = line.partition(" ")
        settings.setdefault(key.lower(), []).append(value)
    if set(_DEFAULT_IDENTITIES) <= set(settings.get("identityfile", ())) <= _LISTED_BY_DEFAULT:
        del settings["identityfile"]
    return settings


def _complaint(stderr: str) -> str:
    """What the client has against its configuration; its last line only counts what it has named before."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    named = [line for line in lines if ": terminating, " not in line]
    return "; ".join(named or lines)


def read_files(alias: str, *, user: str, port: int | None, config: Path | None) -> dict[str, list[str]]:
    """Evaluate the configuration files here. Raises ConfigError."""
    files = [config] if config else [expanded("~/.ssh/config"), Path("/etc/ssh/ssh_config")]
    subject = Subject(alias=alias, user=user, local_user=getpass.getuser())
    settings = read_config(files, subject)
    if user:
        settings["user"] = [user]
    if port:
        settings["port"] = [str(port)]
    return settings


def _target(alias: str, settings: Mapping[str, Sequence[str]]) -> SshTarget:
    def first(key: str, default: str = "") -> str:
        return settings.get(key, [default])[0]

    host = first("hostname", alias).replace("%h", alias).replace("%%", "%")
    user = first("user") or getpass.getuser()
    port = _port(first("port", "22"))
    tokens = _tokens(alias, host, port, user, first("hostkeyalias"))
    proxy_command = _unless_none(first("proxycommand"))
    proxy_jump = _unless_none(first("proxyjump"))
    agent = first("identityagent")
    return SshTarget(
        alias=alias,
        host=host,
        port=port,
        user=user,
        identity_files=tuple(
            _path(name, tokens)
            for name in dict.fromkeys(settings.get("identityfile", ()))
            if _unless_none(name)
        ),
        identities_only=first("identitiesonly", "no") in {"yes", "true"},
        identity_agent=_agent(agent, tokens),
        # As in OpenSSH, whichever of the two is there is used; where both are, the jump was given first.
        proxy_jump=tuple(hop.strip() for hop in proxy_jump.split(",") if hop.strip()),
        proxy_command="" if proxy_jump else _with_tokens(proxy_command, tokens),
        user_known_hosts=_paths(first("userknownhostsfile", _USER_KNOWN_HOSTS), tokens),
        global_known_hosts=_paths(first("globalknownhostsfile", _GLOBAL_KNOWN_HOSTS), tokens),
        host_key_alias=first("hostkeyalias"),
    )


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise ConfigError(f"ssh config: Port {text!r} is no port number")
    return int(text)


def _agent(text: str, tokens: Mapping[str, str]) -> str:
    if text in {"", "SSH_AUTH_SOCK"}:
        return ""
    if text == "none":
        return text
    return os.environ.get(text[1:], "none") if re.fullmatch(r"\$\w+", text) else str(_path(text, tokens))


def _tokens(alias: str, host: str, port: int, user: str, key_alias: str) -> dict[str, str]:
    name = socket.gethostname()
    return {
        "%": "%",
        "d": str(expanded("~")),
        "h": host,
        "i": str(os.getuid()),
        "k": key_alias or alias,
        "L": name.partition(".")[0],
        "l": name,
        "n": alias,
        "p": str(port),
        "r": user,
        "u": getpass.getuser(),
    }


def _with_tokens(text: str, tokens: Mapping[str, str]) -> str:
    return re.sub(r"%(.)", lambda found: tokens.get(found[1], found[0]), text)


def _path(text: str, tokens: Mapping[str, str]) -> Path:
    text = re.sub(r"\$\{(\w+)\}", lambda found: os.environ.get(found[1], ""), text.strip('"'))
    return expanded(_with_tokens(text, tokens))


def _paths(text: str, tokens: Mapping[str, str]) -> tuple[Path, ...]:
    names = [quoted or bare for quoted, bare in re.findall(r'"([^"]+)"|(\S+)', text)]
    return tuple(_path(name, tokens) for name in names if _unless_none(name))


def _unless_none(value: str) -> str:
    return "" if value.lower() == "none" else value
