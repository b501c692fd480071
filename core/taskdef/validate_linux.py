"""What every dockerd or kernel refuses of one container, refused at registration instead of at each start. Pure.

ECS takes some of these and lets the tasks fail. Shapes, names and bounds are those of Docker Engine 20.10 and of Linux.
"""

from __future__ import annotations

import ipaddress
import posixpath
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from core.taskdef.shape import nearest, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.taskdef.problem import Problem

Json = dict[str, Any]

#: capabilities(7), without CAP_; Docker also takes ALL.
_CAPABILITIES: Final = (
    *("ALL", "AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE"),
    *("CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL"),
    *("LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE"),
    *("NET_BROADCAST", "NET_RAW", "PERFMON", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYSLOG"),
    *("SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE"),
    *("SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "WAKE_ALARM"),
)

#: ECS's list for tmpfs.mountOptions; the last six take a value.
_TMPFS_OPTIONS: Final = (
    *("defaults", "ro", "rw", "suid", "nosuid", "dev", "nodev", "exec", "noexec", "sync", "async", "dirsync"),
    *("remount", "mand", "nomand", "atime", "noatime", "diratime", "nodiratime", "bind", "rbind"),
    *("unbindable", "runbindable", "private", "rprivate", "shared", "rshared", "slave", "rslave"),
    *("relatime", "norelatime", "strictatime", "nostrictatime"),
    *("mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol"),
)

_SECURITY_OPTIONS: Final = ("no-new-privileges", "apparmor", "label", "seccomp")

#: Linux's HOST_NAME_MAX.
_HOSTNAME_LIMIT: Final = 64

_UNLIMITED: Final = -1


def linux_problems(container: Json) -> Iterator[Problem]:
    """What no host would run: the member, and what follows the container's name."""
    for rule in _RULES:
        yield from rule(container)


def _paths(container: Json) -> Iterator[Problem]:
    directory = container.get("workingDirectory", "/")
    if not directory.startswith("/"):
        yield "workingDirectory", f"'workingDirectory' {shown(directory)} must be an absolute path."
    mounts = [
        ("mountPoint", f"mountPoints[{index}].containerPath", mount.get("containerPath", ""))
        for index, mount in enumerate(container["mountPoints"])
    ]
    mounts += [
        ("tmpfs", f"linuxParameters.tmpfs[{index}].containerPath", tmpfs["containerPath"])
        for index, tmpfs in enumerate(_linux(container).get("tmpfs", []))
        if tmpfs.get("containerPath")
    ]
    for what, where, path in mounts:
        if not path.startswith("/") or ":" in path:
            yield where, f"{what}'s containerPath {shown(path)} must be an absolute path without ':'."
        elif _plain(path) == "/":
            yield where, f"{what}'s containerPath {shown(path)} can't be the root."
    for path, count in Counter(_plain(path) for _, _, path in mounts).items():
        if count > 1:
            yield "mountPoints", f"{shown(path)} is mounted {count} times."


def _plain(path: str) -> str:
    return posixpath.normpath(path).replace("//", "/")


def _ulimits(container: Json) -> Iterator[Problem]:
    for index, limit in enumerate(container.get("ulimits", [])):
        soft, hard = limit.get("softLimit", 0), limit.get("hardLimit", _UNLIMITED)
        if hard != _UNLIMITED and not _UNLIMITED < soft <= hard:
            yield (
                f"ulimits[{index}]",
                f"ulimit {limit.get('name', '')}: the softLimit {soft} is above the hardLimit {hard} (-1 is no limit).",
            )


def _capabilities(container: Json) -> Iterator[Problem]:
    given = _linux(container).get("capabilities", {})
    for key in ("add", "drop"):
        for capability in given.get(key, []):
            name = capability.upper().removeprefix("CAP_")
            if name not in _CAPABILITIES:
                yield (
                    f"linuxParameters.capabilities.{key}",
                    f"capabilities.{key}: there is no capability {shown(capability)}{_meant(name, _CAPABILITIES)}",
                )


def _tmpfs(container: Json) -> Iterator[Problem]:
    for index, tmpfs in enumerate(_linux(container).get("tmpfs", [])):
        for option in tmpfs.get("mountOptions", []):
            if option.partition("=")[0] not in _TMPFS_OPTIONS:
                yield (
                    f"linuxParameters.tmpfs[{index}].mountOptions",
                    f"tmpfs: there is no mount option {shown(option)}{_meant(option, _TMPFS_OPTIONS)}",
                )


def _names(container: Json) -> Iterator[Problem]:
    hostname = container.get("hostname", "")
    if len(hostname) > _HOSTNAME_LIMIT:
        yield "hostname", f"'hostname' has {len(hostname)} characters; Linux takes {_HOSTNAME_LIMIT}."
    for index, link in enumerate(container.get("links", [])):
        if link.count(":") > 1:
            yield f"links[{index}]", f"link {shown(link)} must be a container's name, or name:alias."
    for index, address in enumerate(container.get("dnsServers", [])):
        if not _is_address(address):
            yield f"dnsServers[{index}]", f"dnsServers: {shown(address)} is not an IP address."
    for index, entry in enumerate(container.get("extraHosts", [])):
        address = entry.get("ipAddress", "")
        # host-gateway is Docker's own word for the host's address on the bridge.
        if address not in {"", "host-gateway"} and not _is_address(address):
            yield f"extraHosts[{index}].ipAddress", f"extraHosts: {shown(address)} is not an IP address."


def _security_options(container: Json) -> Iterator[Problem]:
    for index, option in enumerate(container.get("dockerSecurityOptions", [])):
        name = option.replace("=", ":").partition(":")[0]
        if name not in (*_SECURITY_OPTIONS, "credentialspec"):
            yield (
                f"dockerSecurityOptions[{index}]",
                (
                    f"dockerSecurityOptions: {shown(option)} is none of {', '.join(_SECURITY_OPTIONS)}"
                    f"{_meant(name, _SECURITY_OPTIONS)}"
                ),
            )


def _linux(container: Json) -> Json:
    found: Json = container.get("linuxParameters", {})
    return found


def _meant(name: str, options: tuple[str, ...]) -> str:
    guess = nearest(name, options)
    return f"; did you mean {guess}?" if guess else "."


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


_RULES: Final[tuple[Callable[[Json], Iterator[Problem]], ...]] = (
    _paths,
    _ulimits,
    _capabilities,
    _tmpfs,
    _names,
    _security_options,
)
