"""What Compose says of CPU, memory and GPUs, at the service or under deploy.resources, in ECS's members. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.compose.values import cpu_units, entries, mapping, mib, texts, whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.compose.reading import Reading

Json = dict[str, Any]

#: What a container is charged that says nothing of memory: ECS places nothing without.
ASSUMED_MIB: Final = 128

_LEAST_MIB: Final = 6


def resources_of(reading: Reading) -> Json:
    """cpu, memory, memoryReservation and resourceRequirements of a container."""
    limits, reserved = _deployed(reading, "limits"), _deployed(reading, "reservations")
    keys, where = reading.keys, reading.where
    made: Json = {}
    if (cpus := reserved.get("cpus")) is not None:
        made["cpu"] = cpu_units(cpus, where("deploy.resources.reservations.cpus"))
    elif keys.get("cpu_shares"):
        made["cpu"] = whole(keys["cpu_shares"], where("cpu_shares"))
    hard, soft = limits.get("memory") or keys.get("mem_limit"), reserved.get("memory")
    soft = soft or keys.get("mem_reservation")
    if hard:
        made["memory"] = max(mib(hard, where("mem_limit")), _LEAST_MIB)
    if soft:
        made["memoryReservation"] = max(mib(soft, where("mem_reservation")), _LEAST_MIB)
    if not hard and not soft:
        made["memoryReservation"] = ASSUMED_MIB
        reading.say(
            "memory", f"none is named, and ECS places nothing without: {ASSUMED_MIB} MiB are reserved"
        )
    if gpus := _gpus(reserved, reading):
        made["resourceRequirements"] = [{"type": "GPU", "value": gpus}]
    for key in sorted(limits.keys() - {"cpus", "memory"}):
        reading.say("deploy.resources", f"limits.{key} is left out: ECS has no word for it")
    return made


def ceiling_units(reading: Reading) -> int | None:
    """The most CPU the container may use; None for no limit. ECS has it for a whole task."""
    cpus = _deployed(reading, "limits").get("cpus", reading.keys.get("cpus"))
    return None if cpus is None else cpu_units(cpus, reading.where("cpus"))


def _deployed(reading: Reading, side: str) -> Json:
    deploy = mapping(reading.keys.get("deploy"), reading.where("deploy"))
    resources = mapping(deploy.get("resources"), reading.where("deploy.resources"))
    return mapping(resources.get(side), reading.where(f"deploy.resources.{side}"))


def _gpus(reserved: Json, reading: Reading) -> str:
    """ECS's value of a GPU requirement, empty for none: by `gpus`, or by a reserved device that is one."""
    given, where = reading.keys.get("gpus"), reading.where("gpus")
    if given is not None:
        return _amount(
            (mapping(entry, where) for entry in given) if isinstance(given, list) else [{"count": given}],
            where,
        )
    where = reading.where("deploy.resources.reservations.devices")
    devices = [mapping(entry, where) for entry in entries(reserved.get("devices"), where)]
    gpus = [device for device in devices if "gpu" in texts(device.get("capabilities"), where)]
    if len(gpus) < len(devices):
        reading.say("deploy.resources", "devices other than GPUs are left out")
    return _amount(gpus, where)


def _amount(gpus: Iterable[Json], where: str) -> str:
    """-1 and `all` are all, as is a device without a number; those named by their ids are counted."""
    counts = [gpu.get("count", len(gpu.get("device_ids") or ()) or "all") for gpu in gpus]
    if any(str(count) in {"all", "-1"} for count in counts):
        return "ALL"
    return str(sum(whole(count, where) for count in counts)) if counts else ""
