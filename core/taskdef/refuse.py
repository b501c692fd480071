"""What no plain Docker host can serve, refused at registration with a sentence that names the way out. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.taskdef.shape import key_shown, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

_UNSERVED_TASK_KEYS: Final = {
    "proxyConfiguration": "there is no App Mesh here; remove it together with its Envoy container",
    "inferenceAccelerators": "AWS has retired them",
    "trustedExecutionConfiguration": "it needs AWS's managed instances",
}

_UNSERVED_VOLUMES: Final = {
    "efsVolumeConfiguration": (
        "Amazon EFS is not reachable from here; mount the file system on the hosts and name its path in"
        " host.sourcePath, or use dockerVolumeConfiguration with driver local and type nfs"
    ),
    "s3filesVolumeConfiguration": "Amazon S3 is not reachable from here; use host.sourcePath",
    "fsxWindowsFileServerVolumeConfiguration": "Dockyard runs Linux containers; use host.sourcePath",
    "configuredAtLaunch": "there are no EBS volumes here; use dockerVolumeConfiguration",
}


def refusals(task: Json) -> Iterator[str]:
    """A sentence for each thing in the definition that can't be served."""
    family = task.get("runtimePlatform", {}).get("operatingSystemFamily", "LINUX")
    if family != "LINUX":
        yield f"runtimePlatform: {family} can't be served: Dockyard runs Linux containers."
    for key, why in _UNSERVED_TASK_KEYS.items():
        if task.get(key):
            yield f"{key}: can't be served: {why}."
    for volume in task["volumes"]:
        name = shown(volume.get("name", ""))
        for key, why in _UNSERVED_VOLUMES.items():
            if volume.get(key):
                yield f"volumes: {name}: {key} can't be served: {why}."
    for container in task["containerDefinitions"]:
        yield from _container_refusals(container)
    yield from _router_refusals(task)


def log_routers(task: Json) -> frozenset[str]:
    """The names of FireLens' log routers."""
    return frozenset(
        c["name"] for c in task["containerDefinitions"] if "firelensConfiguration" in c and "name" in c
    )


def _router_refusals(task: Json) -> Iterator[str]:
    routers = log_routers(task)
    kept = [c for c in task["containerDefinitions"] if c.get("name") not in routers]
    named = ", ".join(map(key_shown, sorted(routers)))
    if routers and not any(container["essential"] for container in kept):
        yield (
            "firelensConfiguration: there is no FireLens here, and without its log router"
            f" ({named}) the task has no essential container."
        )
    if any(mount.get("sourceContainer") in routers for c in kept for mount in c["volumesFrom"]):
        yield (
            "firelensConfiguration: there is no FireLens here, and another container mounts volumes from its"
            f" log router ({named})."
        )


def _container_refusals(container: Json) -> Iterator[str]:
    about = f"Invalid setting for container '{key_shown(container.get('name', ''))}'."
    if container.get("credentialSpecs") or any(
        option.startswith("credentialspec:") for option in container.get("dockerSecurityOptions", [])
    ):
        yield f"{about} credential specs (gMSA) can't be served: Dockyard runs Linux containers."
    for resource in container.get("resourceRequirements", []):
        kind, amount = resource.get("type"), resource.get("value", "")
        if kind != "GPU":
            yield f"{about} resourceRequirements of type {kind} can't be served; GPU can."
        elif amount != "ALL" and not (amount.isascii() and amount.isdecimal() and int(amount) > 0):
            yield f"{about} a GPU requirement's value must be a number above 0 or ALL, not {shown(amount)}."
