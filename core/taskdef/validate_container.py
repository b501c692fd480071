"""ECS's rules for one container, in ECS's words where they are known. Pure: normalised JSON in, sentences out."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from core.taskdef.problem import about, named
from core.taskdef.shape import is_placeholder, key_shown, nearest, shown, unusual
from core.taskdef.validate_linux import linux_problems
from core.taskdef.validate_ports import port_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.taskdef.problem import Problem

Json = dict[str, Any]

#: How many names a message lists.
_NAMES_SHOWN: Final = 10

#: Families, containers and volumes are named alike.
NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,255}")

#: ECS's; `none`, which its agent knows and its API does not; and `local`, Docker's own.
LOG_DRIVERS: Final = (
    "json-file",
    "local",
    "syslog",
    "journald",
    "gelf",
    "fluentd",
    "awslogs",
    "splunk",
    "awsfirelens",
    "none",
)

#: awslogs' are ECS's rule, the others' are Docker's.
_LOG_OPTIONS_NEEDED: Final = {
    "awslogs": ("awslogs-region", "awslogs-group"),
    "gelf": ("gelf-address",),
    "splunk": ("splunk-url", "splunk-token"),
}
#: All that a driver takes, where Docker refuses anything else; the last two are every driver's.
_LOG_OPTIONS_TAKEN: Final = {
    "json-file": (
        *("max-size", "max-file", "compress", "labels", "labels-regex", "env", "env-regex", "tag"),
        *("mode", "max-buffer-size"),
    ),
    "local": ("max-size", "max-file", "compress", "mode", "max-buffer-size"),
}

#: The distribution project's reference grammar, digest and tag included.
_DOMAIN: Final = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?"
_PART: Final = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_IMAGE: Final = re.compile(
    rf"(?:{_DOMAIN}/)?{_PART}(?:/{_PART})*(?::\w[\w.-]{{0,127}})?(?:@[A-Za-z0-9+._-]+:[0-9a-fA-F]{{32,}})?"
)
#: ECS's 255 characters and a digest.
_IMAGE_LIMIT: Final = 255 + len("@sha256:") + 64

_IPC_SYSCTLS: Final = (
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.sem",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
    "kernel.shm_rmid_forced",
)

#: ECS's limits for one container.
_FILES: Final = 10
_EXIT_CODES: Final = 50


def name_problems(container: Json) -> Iterator[Problem]:
    """What is wrong with its name and its image, where they are given."""
    name, image = container.get("name"), container.get("image")
    if name and not NAME.fullmatch(name):
        yield (
            "name",
            f"{about(container)} Its name{unusual(name)} may hold only letters, digits, - and _ (at most 255).",
        )
    if image and (len(image) > _IMAGE_LIMIT or not _IMAGE.fullmatch(image)):
        yield "image", f"{about(container)} 'image' {shown(image)} {_not_an_image(image)}"


def container_problems(container: Json, task: Json) -> Iterator[Problem]:
    """Every rule one container breaks: the member, and the sentence."""
    for rule in _RULES:
        yield from rule(container, task)
    for member, sentence in linux_problems(container):
        yield member, f"{about(container)} {sentence}"


def is_ipc_sysctl(name: str) -> bool:
    """Whether a kernel setting belongs to the ipc namespace."""
    return name in _IPC_SYSCTLS or name.startswith("fs.mqueue.")


def _name_and_image(container: Json, task: Json) -> Iterator[Problem]:
    del task
    if not container.get("name"):
        yield "name", "Container.name should not be null or empty."
    if not container.get("image"):
        yield "image", f"Container.image should not be null or empty (container '{named(container)}')."
    yield from name_problems(container)


def _not_an_image(image: str) -> str:
    if is_placeholder(image):
        return "is a placeholder: put the image's name in its place."
    if "://" in image:
        return "is not an image name that Docker can read: take out what stands before the registry's name."
    if odd := unusual(image):
        return f"is not an image name that Docker can read{odd}."
    if image != image.lower():
        return "is not an image name that Docker can read: lower case is wanted; is it still a placeholder?"
    return "is not an image name that Docker can read."


def _memory(container: Json, task: Json) -> Iterator[Problem]:
    hard, soft = container.get("memory", 0), container.get("memoryReservation", 0)
    if not hard and not soft and "memory" not in task:
        yield (
            "memory",
            (
                f"{about(container)} At least one of 'memory' or 'memoryReservation' must be specified"
                " (or 'memory' of the task)."
            ),
        )
    if hard and hard < soft:
        yield "memory", f"{about(container)} 'memory' must be greater than or equal to 'memoryReservation'."
    if "maxSwap" in container.get("linuxParameters", {}) and not hard and "memory" not in task:
        yield (
            "linuxParameters.maxSwap",
            f"{about(container)} 'maxSwap' needs a 'memory' limit that it can add to.",
        )


def _environment_files(container: Json, task: Json) -> Iterator[Problem]:
    del task
    files = container.get("environmentFiles", [])
    if len(files) > _FILES:
        yield (
            "environmentFiles",
            f"{about(container)} At most {_FILES} environmentFiles are allowed, not {len(files)}.",
        )
    for index, entry in enumerate(files):
        if not entry.get("value", "").endswith(".env"):
            yield (
                f"environmentFiles[{index}].value",
                f"{about(container)} The environment file {shown(entry.get('value', ''))} must end in .env.",
            )


def _restart_policy(container: Json, task: Json) -> Iterator[Problem]:
    del task
    codes = container.get("restartPolicy", {}).get("ignoredExitCodes", [])
    if len(codes) > _EXIT_CODES:
        yield (
            "restartPolicy.ignoredExitCodes",
            f"{about(container)} At most {_EXIT_CODES} ignoredExitCodes are allowed, not {len(codes)}.",
        )


def _health_check(container: Json, task: Json) -> Iterator[Problem]:
    del task
    command = container.get("healthCheck", {}).get("command")
    if command is None:
        return
    if len(command) < 2 or command[0] not in {"CMD", "CMD-SHELL"}:
        yield (
            "healthCheck.command",
            f"{about(container)} 'healthCheck.command' must begin with CMD or CMD-SHELL and name a command.",
        )


def _timeouts(container: Json, task: Json) -> Iterator[Problem]:
    del task
    for key, word in (("startTimeout", "start"), ("stopTimeout", "stop")):
        if container.get(key, 2) < 2:
            yield (
                key,
                f"Granular {word} timeout on container '{named(container)}' must be at least 2 seconds.",
            )


def _logs(container: Json, task: Json) -> Iterator[Problem]:
    del task
    configuration = container.get("logConfiguration", {})
    driver, given = configuration.get("logDriver"), configuration.get("options", {})
    options = set(given) | {secret.get("name", "") for secret in configuration.get("secretOptions", [])}
    if driver is not None and driver not in LOG_DRIVERS:
        yield (
            "logConfiguration.logDriver",
            (
                f"{shown(driver)[1:-1]} is not a valid log driver. Must be one of [{', '.join(LOG_DRIVERS)}]"
                f" (container '{named(container)}')."
            ),
        )
    needed = _LOG_OPTIONS_NEEDED.get(driver, ())
    if not set(needed) <= options:
        yield (
            "logConfiguration.options",
            f"Log driver {driver} requires options: {', '.join(needed)} (container '{named(container)}').",
        )
    if driver != "awslogs" and "max-buffer-size" in options and given.get("mode") != "non-blocking":
        yield (
            "logConfiguration.options",
            f"{about(container)} Log option max-buffer-size goes with mode non-blocking only.",
        )
    taken = _LOG_OPTIONS_TAKEN.get(driver, tuple(options))
    for option in sorted(options - set(taken)):
        guess = nearest(option, taken)
        hint = f"; did you mean {guess}?" if guess else "."
        yield (
            "logConfiguration.options",
            f"{about(container)} Log driver {driver} has no option {shown(option)}{hint}",
        )


def _network_settings(container: Json, task: Json) -> Iterator[Problem]:
    mode = task.get("networkMode", "bridge")
    if container.get("links") and mode != "bridge":
        yield "links", f"{about(container)} 'links' need networkMode bridge, not {mode}."
    if mode == "awsvpc":
        for key in ("dnsServers", "dnsSearchDomains", "extraHosts", "hostname", "disableNetworking"):
            if container.get(key):
                yield key, f"{about(container)} '{key}' is not supported with networkMode awsvpc."


def _environment(container: Json, task: Json) -> Iterator[Problem]:
    del task
    plain = [pair["name"] for pair in container["environment"]]
    secret = [pair["name"] for pair in container.get("secrets", []) if "name" in pair]
    for member, names in (("environment", plain), ("secrets", secret)):
        for index, name in enumerate(names):
            if not name or "=" in name or "\0" in name:
                yield (
                    f"{member}[{index}].name",
                    f"{about(container)} {shown(name)} can't be the name of an environment variable.",
                )
    for name, count in Counter((*dict.fromkeys(plain), *secret)).items():
        if count > 1:
            yield (
                "secrets",
                f"{about(container)} The secret name {shown(name)} must be unique among secrets and environment.",
            )


def _mounts(container: Json, task: Json) -> Iterator[Problem]:
    volumes = {volume["name"]: None for volume in task["volumes"] if volume.get("name")}
    known = ", ".join(key_shown(name) for name in islice(volumes, _NAMES_SHOWN)) or "none"
    known += " …" * (len(volumes) > _NAMES_SHOWN)
    for index, mount in enumerate(container["mountPoints"]):
        volume = mount.get("sourceVolume", "")
        if volume not in volumes:
            yield (
                f"mountPoints[{index}].sourceVolume",
                f"{about(container)} mountPoint names the unknown volume {shown(volume)}; volumes: {known}.",
            )


def _system_controls(container: Json, task: Json) -> Iterator[Problem]:
    for index, control in enumerate(container["systemControls"]):
        where, name = f"systemControls[{index}].namespace", control.get("namespace", "")
        net = name.startswith("net.")
        if not net and not is_ipc_sysctl(name):
            yield (
                where,
                f"{about(container)} systemControls can't set {shown(name)}: only net.*, fs.mqueue.* and ipc's own.",
            )
        if net and task.get("networkMode") == "host":
            yield where, f"{about(container)} systemControls can't set {shown(name)} with networkMode host."
        if not net and task.get("ipcMode") == "host":
            yield where, f"{about(container)} systemControls can't set {shown(name)} with ipcMode host."


_RULES: Final[tuple[Callable[[Json, Json], Iterator[Problem]], ...]] = (
    _name_and_image,
    _memory,
    port_problems,
    _environment_files,
    _restart_policy,
    _health_check,
    _timeouts,
    _logs,
    _network_settings,
    _environment,
    _mounts,
    _system_controls,
)
