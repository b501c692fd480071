"""A Compose service to a container definition of ECS's. Pure but for the files of variables that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.compose.environment import environment_of
from core.compose.ports import port_mappings
from core.compose.reading import ecs_name
from core.compose.resources import resources_of
from core.compose.values import entries, is_true, mapping, mib, pairs, seconds, text, texts, whole, words
from core.taskdef.validate_container import LOG_DRIVERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.compose.mounts import Mounts
    from core.compose.reading import Reading

Json = dict[str, Any]

#: Docker's own values, which are not ECS's: an image's check that Compose only adjusts keeps what it had.
_CHECK_TIMEOUT_S: Final = 30

_CONDITIONS: Final = {
    "service_started": "START",
    "service_healthy": "HEALTHY",
    "service_completed_successfully": "SUCCESS",
}

#: FireLens is no driver of Docker's; Docker has more than these.
_LOG_DRIVERS: Final = tuple(driver for driver in LOG_DRIVERS if driver != "awsfirelens")

#: The least that ECS waits before it restarts a container once more; Compose has no such time.
_RESTART_PERIOD_S: Final = 60

#: What is read here or elsewhere, or means nothing to one task.
KNOWN: Final = frozenset(
    [
        "image",
        "build",
        "command",
        "entrypoint",
        "environment",
        "env_file",
        "secrets",
        "ports",
        "expose",
        "volumes",
        "tmpfs",
        "configs",
        "depends_on",
        "links",
        "volumes_from",
        "healthcheck",
        "deploy",
        "scale",
        "mem_limit",
        "mem_reservation",
        "memswap_limit",
        "mem_swappiness",
        "cpus",
        "cpu_shares",
        "gpus",
        "restart",
        "labels",
        "ulimits",
        "logging",
        "cap_add",
        "cap_drop",
        "devices",
        "init",
        "shm_size",
        "sysctls",
        "security_opt",
        "privileged",
        "read_only",
        "user",
        "working_dir",
        "hostname",
        "dns",
        "dns_search",
        "extra_hosts",
        "stdin_open",
        "tty",
        "stop_grace_period",
        "network_mode",
        "networks",
        "pid",
        "ipc",
        "platform",
        "profiles",
        "container_name",
    ]
)


def container_of(reading: Reading, mounts: Mounts) -> Json:
    """The container definition; what ties it to others of its task is added by `project`."""
    keys = reading.keys
    made: Json = {"name": ecs_name(reading.name), "image": _image(reading)}
    made |= resources_of(reading)
    for key, member in (("command", "command"), ("entrypoint", "entryPoint")):
        if key in keys and (said := words(keys[key], reading.where(key))):
            made[member] = said
        elif keys.get(key) in ("", []):
            reading.say(key, "an empty one can't take the image's away")
    made |= environment_of(reading)
    if ports := port_mappings(keys.get("ports"), reading.where("ports"), reading.say):
        made["portMappings"] = ports
    if mounts.points:
        made["mountPoints"] = mounts.points
    if linux := _linux(reading, mounts):
        made["linuxParameters"] = linux
    made |= {member: value for member, read in _MEMBERS.items() if (value := read(reading))}
    for key in keys:
        if key not in KNOWN and not key.startswith("x-"):
            reading.say(key, "ECS has no word for it: left out")
    if "container_name" in keys:
        reading.say(
            "container_name",
            "Docker's names are chosen by Dockyard; the container's name in its task is kept",
        )
    return made


def conditions(reading: Reading) -> dict[str, str]:
    """What a service waits for: another service, and ECS's condition."""
    given = reading.keys.get("depends_on")
    if not isinstance(given, dict):
        return dict.fromkeys(texts(given, reading.where("depends_on")), "START")
    made = {}
    for name, entry in given.items():
        said = mapping(entry, reading.where(f"depends_on.{name}"))
        condition = str(said.get("condition", "service_started"))
        made[name] = _CONDITIONS.get(condition, "START")
        if condition not in _CONDITIONS:
            reading.say(
                "depends_on", f"{condition} of {name} is none of {', '.join(_CONDITIONS)}: START is taken"
            )
        if is_true(said.get("restart")):
            reading.say("depends_on", f"a restart of {name} does not restart it")
    return made


def _image(reading: Reading) -> str:
    image = reading.keys.get("image")
    if "build" in reading.keys:
        built = str(image or f"{reading.project}-{reading.name}")
        reading.say("build", f"nothing is built: build {built} and push it to where the hosts pull")
        return built
    return text(image or "", reading.where("image"))


def _linux(reading: Reading, mounts: Mounts) -> Json:
    keys, where = reading.keys, reading.where
    capabilities = {
        member: found
        for member, key in (("add", "cap_add"), ("drop", "cap_drop"))
        if (found := texts(keys.get(key), where(key)))
    }
    made: Json = {
        "capabilities": capabilities,
        "devices": [
            _device(entry, where("devices")) for entry in entries(keys.get("devices"), where("devices"))
        ],
        "initProcessEnabled": is_true(keys.get("init")),
        "sharedMemorySize": mib(keys["shm_size"], where("shm_size")) if keys.get("shm_size") else 0,
        "tmpfs": mounts.tmpfs,
    }
    kept = {member: value for member, value in made.items() if value}
    if "memswap_limit" in keys and "mem_limit" in keys:
        limit = mib(keys["mem_limit"], where("mem_limit"))
        kept["maxSwap"] = max(mib(keys["memswap_limit"], where("memswap_limit")) - limit, 0)
        if "mem_swappiness" in keys:
            kept["swappiness"] = whole(keys["mem_swappiness"], where("mem_swappiness"))
    return kept


def _device(entry: Any, where: str) -> Json:
    if isinstance(entry, dict):
        parts = (entry.get("source"), entry.get("target"), entry.get("permissions"))
        outside, inside, letters = (text(part or "", where) for part in parts)
    else:
        outside, _, rest = text(entry, where).partition(":")
        inside, _, letters = rest.partition(":")
    made: Json = {"hostPath": outside}
    if inside and inside != outside:
        made["containerPath"] = inside
    words = [word for word in ("read", "write", "mknod") if word[0] in letters]
    return made | ({"permissions": words} if words and len(words) < 3 else {})


def _health_check(reading: Reading) -> Json | None:
    given = mapping(reading.keys.get("healthcheck"), reading.where("healthcheck"))
    if not given:
        return None
    test = given.get("test")
    command = ["CMD-SHELL", test] if isinstance(test, str) else texts(test, reading.where("healthcheck.test"))
    if is_true(given.get("disable")) or command[:1] == ["NONE"]:
        reading.say("healthcheck", "ECS never heeds an image's own check, so there is none to disable")
        return None
    if not command:
        reading.say("healthcheck", "names no test, and ECS doesn't know the image's: left out")
        return None
    made: Json = {"command": command, "timeout": _CHECK_TIMEOUT_S}
    for key, member in (("interval", "interval"), ("timeout", "timeout"), ("start_period", "startPeriod")):
        if given.get(key) is not None:
            made[member] = seconds(given[key], reading.where(f"healthcheck.{key}"))
    if given.get("retries") is not None:
        made["retries"] = whole(given["retries"], reading.where("healthcheck.retries"))
    if "start_interval" in given:
        reading.say("healthcheck", "start_interval is left out: ECS has one interval")
    return made


def _logging(reading: Reading) -> Json | None:
    given = mapping(reading.keys.get("logging"), reading.where("logging"))
    driver = given.get("driver") or ("json-file" if given else None)
    if driver is None:
        return None
    if driver not in _LOG_DRIVERS:
        reading.say("logging", f"the driver {driver} is none of {', '.join(_LOG_DRIVERS)}: json-file is used")
        return None
    options = {
        name: value or ""
        for name, value in pairs(given.get("options") or {}, reading.where("logging.options"))
    }
    return {"logDriver": driver} | ({"options": options} if options else {})


def _restart(reading: Reading) -> Json | None:
    deploy = mapping(reading.keys.get("deploy"), reading.where("deploy"))
    policy = mapping(deploy.get("restart_policy"), reading.where("deploy.restart_policy"))
    said = str(policy.get("condition") or reading.keys.get("restart") or "")
    if policy.get("max_attempts") or ":" in said:
        reading.say("restart", "ECS counts no attempts: repeated failures wait longer each time")
    match said.partition(":")[0]:
        case "always" | "unless-stopped" | "any":
            return {"enabled": True, "restartAttemptPeriod": _RESTART_PERIOD_S}
        case "on-failure":
            return {"enabled": True, "ignoredExitCodes": [0], "restartAttemptPeriod": _RESTART_PERIOD_S}
        case _:
            return None


def _ulimits(reading: Reading) -> list[Json]:
    made = []
    for name, entry in mapping(reading.keys.get("ulimits"), reading.where("ulimits")).items():
        both = entry if isinstance(entry, dict) else {"soft": entry, "hard": entry}
        limits = {
            f"{side}Limit": whole(both.get(side, -1), reading.where(f"ulimits.{name}.{side}"))
            for side in ("soft", "hard")
        }
        made.append({"name": name, **limits})
    return made


def _extra_hosts(reading: Reading) -> list[Json]:
    given, where = reading.keys.get("extra_hosts"), reading.where("extra_hosts")
    if isinstance(given, dict):
        found = [(n, a) for n, item in given.items() for a in texts(item, where)]
    else:
        split = (entry.replace("=", ":", "=" in entry).partition(":") for entry in texts(given, where))
        found = [(name, address.strip("[]")) for name, _, address in split]
    return [{"hostname": name, "ipAddress": address} for name, address in found]


def _labels(reading: Reading) -> dict[str, str]:
    given = reading.keys.get("labels") or {}
    return {name: value or "" for name, value in pairs(given, reading.where("labels"))}


def _sysctls(reading: Reading) -> list[Json]:
    given = reading.keys.get("sysctls") or {}
    return [
        {"namespace": name, "value": value or ""} for name, value in pairs(given, reading.where("sysctls"))
    ]


def _volumes_from(reading: Reading) -> list[Json]:
    made = []
    for entry in texts(reading.keys.get("volumes_from"), reading.where("volumes_from")):
        name, _, mode = entry.partition(":")
        made.append({"sourceContainer": ecs_name(name)} | ({"readOnly": True} if mode == "ro" else {}))
    return made


def _stop_timeout(reading: Reading) -> int:
    given = reading.keys.get("stop_grace_period")
    # Docker's own ten seconds, which are not ECS's thirty.
    return max(seconds(given, reading.where("stop_grace_period")), 2) if given is not None else 10


def _said_text(key: str) -> Callable[[Reading], str]:
    return lambda reading: text(reading.keys.get(key) or "", reading.where(key))


def _said_texts(key: str) -> Callable[[Reading], list[str]]:
    return lambda reading: texts(reading.keys.get(key), reading.where(key))


def _said_flag(key: str) -> Callable[[Reading], bool]:
    return lambda reading: is_true(reading.keys.get(key))


#: What stands for itself: the member, and how it is read. What is empty is left out.
_MEMBERS: Final[Mapping[str, Callable[[Reading], Any]]] = {
    "healthCheck": _health_check,
    "logConfiguration": _logging,
    "restartPolicy": _restart,
    "ulimits": _ulimits,
    "extraHosts": _extra_hosts,
    "dockerLabels": _labels,
    "systemControls": _sysctls,
    "volumesFrom": _volumes_from,
    "stopTimeout": _stop_timeout,
    "user": _said_text("user"),
    "workingDirectory": _said_text("working_dir"),
    "hostname": _said_text("hostname"),
    "dnsServers": _said_texts("dns"),
    "dnsSearchDomains": _said_texts("dns_search"),
    "dockerSecurityOptions": _said_texts("security_opt"),
    "privileged": _said_flag("privileged"),
    "readonlyRootFilesystem": _said_flag("read_only"),
    "interactive": _said_flag("stdin_open"),
    "pseudoTerminal": _said_flag("tty"),
}
