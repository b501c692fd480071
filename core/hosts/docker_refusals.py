"""What Docker refuses, in sentences an operator can act on, under ECS's error names. Pure.

The words are those of moby 20.10 to 28 and of its registries; what is not recognised is passed on as Docker said it.
"""

from __future__ import annotations

import re
from typing import Final

from core.errors import ActionFailed
from core.hosts.image_name import registry_of
from core.model.names import split_image

CANNOT_PULL: Final = "CannotPullContainerError"
CANNOT_CREATE: Final = "CannotCreateContainerError"
CANNOT_CREATE_VOLUME: Final = "CannotCreateVolumeError"
CANNOT_START: Final = "CannotStartContainerError"
CANNOT_STOP: Final = "CannotStopContainerError"
CANNOT_REMOVE: Final = "CannotRemoveContainerError"
CANNOT_REMOVE_IMAGE: Final = "CannotRemoveImageError"
CANNOT_REMOVE_VOLUME: Final = "CannotRemoveVolumeError"

#: First match wins. {image}, {registry}, {name} and {tag} are the image's; the groups of the match come by number.
_PULL_RULES: Final = (
    (r"no space left on device", "the disk of the host is full"),
    (
        r"no basic auth credentials|401 Unauthorized|unauthorized|authentication required|incorrect username",
        "the registry {registry} refuses the login, or asks for one: docker login {registry} here, or see [registries]",
    ),
    (r"denied: .*(?:403|Forbidden)|403 Forbidden", "the registry {registry} forbids it to this login"),
    (
        r"pull access denied|repository .* not found|name unknown|repository name not known",
        "the registry {registry} has no image {name}, or shows it only after a login",
    ),
    (r"manifest (?:for .* not found|unknown)|not found: manifest", "the registry {registry} has no {image}: check name and tag"),
    (r"no matching manifest for (\S+)", "{image} has no variant for this host's platform, {0}"),
    (r"toomanyrequests|429 Too Many", "the registry {registry} limits how often it may be asked: log in, or wait"),
    (r"http: server gave HTTP response to HTTPS client", "the registry {registry} speaks plain HTTP: add it to insecure-registries on the host"),
    (r"x509: (.*)", "the certificate of the registry {registry} is not trusted by the host: {0}"),
    (
        r"lookup \S+.*(?:no such host|i/o timeout|server misbehaving)",
        "the host can't resolve the name of the registry {registry}",
    ),
    (
        r"connection refused|no route to host|i/o timeout|network is unreachable|deadline exceeded|Client\.Timeout",
        "the host can't reach the registry {registry}",
    ),
    (r"invalid reference format", "{image} is not the name of an image"),
)  # fmt: skip

#: What a registry or the way to it may be over with a moment later.
_PASSING: Final = re.compile(
    r"no such host|server misbehaving|connection refused|connection reset|no route to host|i/o timeout|network is unreachable"
    r"|deadline exceeded|Client\.Timeout|handshake timeout|unexpected EOF|toomanyrequests|429 Too Many|\b50[0234] |no progress for"
)

_START_RULES: Final = (
    (r"Bind for (\S+) failed: port is already allocated", "the port {0} is already taken on the host by another container"),
    (r"listen (?:tcp|udp)\S* (\S+): bind: address already in use", "the port {0} is already taken on the host by another process"),
    (r'exec: "([^"]*)": (?:stat \S+: no such file|executable file not found)', 'the image has no program "{0}"'),
    (r'exec: "([^"]*)": permission denied', 'the program "{0}" in the image may not be executed'),
    (r"unable to find user (\S+):", "the image has no user {0}"),
    (r"could not select device driver .*gpu", "the host's Docker knows no GPUs: NVIDIA's container toolkit is missing there"),
    (r"no space left on device", "the disk of the host is full"),
    (r"No such container: (\S+)", "the container {0}, whose namespace it joins, is gone"),
)  # fmt: skip

_CREATE_RULES: Final = (
    (r"no space left on device", "the disk of the host is full"),
    (r"No such image: (.*)", "the image {0} is not on the host any more"),
    (r"logging plugin (\S+): plugin", "the host has no log driver {0}"),
    (r"looking up volume plugin (\S+): plugin", "the host has no volume plugin {0}"),
    (r"Range of CPUs is from \S+ to (\S+),", "it asks for more CPU than the {0} cores of the host"),
)


def pull_refused(image: str, words: str) -> ActionFailed:
    """Why an image can't be had."""
    name, tag = split_image(image)
    facts = {"image": image, "registry": registry_of(image), "name": name, "tag": tag}
    return ActionFailed(CANNOT_PULL, _sentence(_PULL_RULES, words, facts))


def may_pass(refused: ActionFailed) -> bool:
    """Whether a pull that failed may do better by itself a moment later: a login or a name that is wrong does not."""
    return _PASSING.search(str(refused)) is not None


def create_refused(words: str, name: str = CANNOT_CREATE) -> ActionFailed:
    """Why a container, or one of its volumes, can't be created."""
    return ActionFailed(name, _sentence(_CREATE_RULES, words, {}))


def start_refused(words: str) -> ActionFailed:
    """Why a container can't be started."""
    return ActionFailed(CANNOT_START, _sentence(_START_RULES, words, {}))


def _sentence(rules: tuple[tuple[str, str], ...], words: str, facts: dict[str, str]) -> str:
    """Our sentence with Docker's words after it, or Docker's words alone."""
    for pattern, sentence in rules:
        found = re.search(pattern, words)
        if found:
            return f"{sentence.format(*found.groups(), **facts)} ({words})"
    return words
