"""The task definitions of stories: what each family asks for, drawn from the story's chance. Pure, but for the chance given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.sim.scripts import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

Json = dict[str, Any]

_CHECK: Final = {"command": ["CMD", "true"]}


def _one(image: str, chance: Random, **more: object) -> Json:
    container: Json = {
        "name": "main",
        "image": image,
        "cpu": chance.choice((0, 128, 512)),
        "memory": chance.choice((64, 256, 512)),
        **({"versionConsistency": "disabled"} if chance.random() < 0.1 else {}),
        **more,
    }
    return {"containerDefinitions": [container]}


def _checked(image: str, chance: Random) -> Json:
    return _one(image, chance, healthCheck=_CHECK)


def _published(chance: Random) -> Json:
    port = chance.choice((8080, 8081))
    return _one("demo/web:1", chance, portMappings=[{"containerPort": 80, "hostPort": port}])


def _sidecar(chance: Random) -> Json:
    condition = chance.choice(("START", "HEALTHY"))
    main = _one("demo/web:1", chance, dependsOn=[{"containerName": "side", "condition": condition}])
    side = {"name": "side", "image": "demo/slow:1", "memory": 64, "essential": False, "healthCheck": _CHECK}
    return {"containerDefinitions": [*main["containerDefinitions"], side]}


def _again(chance: Random) -> Json:
    """A container with a restart policy, on its own or beside one that stays."""
    policy = {"enabled": True, "restartAttemptPeriod": 60, "ignoredExitCodes": chance.choice(([], [0]))}
    check = chance.choice(({}, {"healthCheck": _CHECK}))
    alone = _one("demo/again:1", chance, restartPolicy=policy, **check)
    if chance.random() < 0.5:
        return alone
    beside = {"name": "side", "image": "demo/again:1", "memory": 64, "essential": False}
    main = _one("demo/web:1", chance)["containerDefinitions"]
    return {"containerDefinitions": [*main, beside | {"restartPolicy": policy} | check]}


def _after_job(chance: Random) -> Json:
    condition = chance.choice(("SUCCESS", "COMPLETE"))
    main = _one("demo/web:1", chance, dependsOn=[{"containerName": "init", "condition": condition}])
    init: Json = {"name": "init", "image": "demo/job:1", "memory": 64, "essential": False}
    if chance.random() < 0.3:
        init["startTimeout"] = 30
    return {"containerDefinitions": [*main["containerDefinitions"], init]}


def _computing(chance: Random) -> Json:
    return _one(
        "demo/web:1",
        chance,
        resourceRequirements=[{"type": "GPU", "value": chance.choice(("1", "1", "ALL"))}],
    )


def more_gpus(chance: Random) -> Json:
    """Overrides by which a run's container has other GPUs than its definition says."""
    asked = [{"type": "GPU", "value": chance.choice(("1", "2", "ALL"))}]
    return {"containerOverrides": [{"name": "main", "resourceRequirements": asked}]}


def _shared_namespace(chance: Random) -> Json:
    return _one("demo/web:1", chance) | {"networkMode": "awsvpc"}


FAMILIES: Final[dict[str, Callable[[Random], Json]]] = {
    "web": lambda chance: _one("demo/web:1", chance),
    "api": lambda chance: _checked("demo/web:1", chance),
    "slow": lambda chance: _checked("demo/slow:1", chance),
    "deaf": lambda chance: _one("demo/deaf:1", chance, stopTimeout=chance.choice((2, 10, 30))),
    "sick": lambda chance: _checked("demo/sick:1", chance),
    "crash": lambda chance: _one("demo/crash:1", chance),
    "job": lambda chance: _one("demo/job:1", chance),
    "missing": lambda chance: _one(MISSING, chance),
    "published": _published,
    "sidecar": _sidecar,
    "after-job": _after_job,
    "again": _again,
    "gpu": _computing,
    "vpc": _shared_namespace,
}
