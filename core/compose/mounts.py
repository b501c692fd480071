"""Compose's volumes, tmpfs and configs to ECS's volumes, mountPoints and linuxParameters.tmpfs. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from core.compose.reading import ecs_name
from core.compose.values import entries, is_true, mapping, mib, pairs, text, texts
from core.errors import ConfigError
from core.homes import expanded

if TYPE_CHECKING:
    from core.compose.reading import Reading

Json = dict[str, Any]

#: What a tmpfs gets whose size nobody said: ECS wants one.
_TMPFS_MIB: Final = 64
_IS_PATH: Final = re.compile(r"[./~]")


@dataclass(slots=True)
class Mounts:
    """What one container mounts, and the task's volumes for it by name."""

    points: list[Json] = field(default_factory=list)
    tmpfs: list[Json] = field(default_factory=list)
    volumes: dict[str, Json] = field(default_factory=dict)


def mounts_of(reading: Reading) -> Mounts:
    """Everything a service mounts."""
    made = Mounts()
    for index, entry in enumerate(entries(reading.keys.get("volumes"), reading.where("volumes"))):
        where = reading.where(f"volumes[{index}]")
        mount = entry if isinstance(entry, dict) else _short(text(entry, where), where)
        _add(made, mount, where, reading)
    for entry in texts(reading.keys.get("tmpfs"), reading.where("tmpfs")):
        path, _, options = entry.partition(":")
        _add_tmpfs(made, path, [option for option in options.split(",") if option], reading)
    _add_configs(made, reading)
    return made


def _short(entry: str, where: str) -> Json:
    parts = entry.split(":")
    if len(parts) == 1:
        return {"type": "volume", "target": entry}
    if len(parts) > 3 or not parts[1].startswith("/"):
        raise ConfigError(f"{where}: {entry} is no volume such as data:/srv or ./site:/srv:ro")
    kind = "bind" if _IS_PATH.match(parts[0]) else "volume"
    options = parts[2].split(",") if len(parts) == 3 else []
    return {"type": kind, "source": parts[0], "target": parts[1], "read_only": "ro" in options}


def _add(made: Mounts, mount: Json, where: str, reading: Reading) -> None:
    target = text(mount.get("target") or "", f"{where}.target")
    source = text(mount.get("source") or "", f"{where}.source")
    if not target.startswith("/"):
        raise ConfigError(f"{where}: the path in the container must be absolute, not {target or 'empty'}")
    match mount.get("type", "volume"):
        case "tmpfs":
            size = mapping(mount.get("tmpfs"), f"{where}.tmpfs").get("size")
            _add_tmpfs(made, target, [f"size={size}"] if size else [], reading)
            return
        case "bind":
            volume = _bind(source, reading)
        case "volume" if not source:
            volume = {"name": ecs_name(f"{reading.name}{target.replace('/', '-')}")}
        case "volume":
            volume = _named(source, reading)
        case kind:
            raise ConfigError(f"{where}.type: {kind} is not served; volume, bind and tmpfs are")
    made.volumes[volume["name"]] = volume
    read_only = {"readOnly": True} if is_true(mount.get("read_only")) else {}
    made.points.append({"sourceVolume": volume["name"], "containerPath": target, **read_only})


def _bind(source: str, reading: Reading) -> Json:
    path = expanded(source)
    absolute = str(path if path.is_absolute() else (reading.file.folder / path).resolve())
    if not source.startswith("/"):
        reading.say(
            "volumes",
            f"{source} is a path of this machine; {absolute} is mounted from the host that the task is placed on",
        )
    return {
        "name": ecs_name(absolute.strip("/").replace("/", "-") or "root"),
        "host": {"sourcePath": absolute},
    }


def _named(source: str, reading: Reading) -> Json:
    """A volume that outlives its task, by the name Compose gives it, so that what is in it is found."""
    said = reading.of_project("volumes", source)
    external = said.get("external")
    named = external.get("name") if isinstance(external, dict) else None
    own = source if external else f"{reading.project}_{source}"
    name = str(said.get("name") or named or own)
    if ecs_name(name) != name:
        reading.say("volumes", f"the volume {name} is called {ecs_name(name)}, in ECS's characters")
    docker: Json = {"scope": "shared", "autoprovision": not external}
    if said.get("driver"):
        docker["driver"] = str(said["driver"])
    for key, member in (("driver_opts", "driverOpts"), ("labels", "labels")):
        if found := dict(pairs(said.get(key) or {}, f"{reading.file.name}: volumes.{source}.{key}")):
            docker[member] = {option: value or "" for option, value in found.items()}
    reading.say(
        "volumes",
        f"{name} is a Docker volume of each host by itself: pin the service to one host (placementConstraints) if it keeps data",
    )
    return {"name": ecs_name(name), "dockerVolumeConfiguration": docker}


def _add_tmpfs(made: Mounts, path: str, options: list[str], reading: Reading) -> None:
    sizes = [option.partition("=")[2] for option in options if option.startswith("size=")]
    if not sizes:
        reading.say("tmpfs", f"{path} names no size, which ECS wants: it gets {_TMPFS_MIB} MiB")
    size = mib(sizes[0], reading.where("tmpfs")) if sizes else _TMPFS_MIB
    kept = [option for option in options if not option.startswith("size=")]
    made.tmpfs.append({"containerPath": path, "size": size} | ({"mountOptions": kept} if kept else {}))


def _add_configs(made: Mounts, reading: Reading) -> None:
    for index, entry in enumerate(entries(reading.keys.get("configs"), reading.where("configs"))):
        where = reading.where(f"configs[{index}]")
        source = text(entry.get("source") or "", where) if isinstance(entry, dict) else text(entry, where)
        said = reading.of_project("configs", source)
        if not said.get("file"):
            reading.say(
                "configs", f"{source} is no file, and is left out: put it in a file, and that on the hosts"
            )
            continue
        target = entry.get("target") if isinstance(entry, dict) else None
        volume = _bind(str(said["file"]), reading)
        made.volumes[volume["name"]] = volume
        made.points.append(
            {
                "sourceVolume": volume["name"],
                "containerPath": str(target or f"/{source}"),
                "readOnly": True,
            }
        )
