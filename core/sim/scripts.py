"""How the containers of a simulated story behave: by their image's name. Pure, but for the chance that is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.hosts.simulated_docker import Script

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

#: What every container does once the faults are over: it runs, passes its check and ends when told to.
QUIET: Final = Script()
#: The images of most containers.
IMAGES: Final = ("demo/web:1", "demo/slow:1", "demo/again:1", "demo/crash:1")
#: An image that no registry has, until the faults are over.
MISSING: Final = "demo/missing:1"


def script_of(image: str, chance: Random, *, flapping: bool = False, calm: bool = False) -> Script:
    """The script of one container."""
    name = image.partition(":")[0].rpartition("/")[2]
    if calm and name != "job":
        return QUIET
    if flapping and name in {"web", "deaf"}:
        return Script(healthy_after_s=1.0, flaps_every_s=chance.uniform(3.0, 20.0))
    return _SCRIPTS.get(name, _web)(chance)


def _web(chance: Random) -> Script:
    """It serves; now and then one dies."""
    dies = chance.random() < 0.05
    return Script(
        healthy_after_s=chance.uniform(0.5, 5.0),
        exits_after_s=chance.uniform(5.0, 200.0) if dies else None,
        exit_code=1,
    )


def _job(chance: Random) -> Script:
    return Script(exits_after_s=chance.uniform(2.0, 40.0))


def _crash(chance: Random) -> Script:
    return Script(exits_after_s=chance.uniform(0.1, 20.0), exit_code=1, oom_killed=chance.random() < 0.3)


def _sick(chance: Random) -> Script:
    return Script(healthy_after_s=2.0, unhealthy_after_s=chance.uniform(5.0, 60.0))


def _deaf(chance: Random) -> Script:
    return Script(ends_after_signal_s=None, healthy_after_s=chance.uniform(0.5, 10.0))


def _slow(chance: Random) -> Script:
    return Script(healthy_after_s=chance.uniform(5.0, 45.0), ends_after_signal_s=chance.uniform(1.0, 25.0))


def _again(chance: Random) -> Script:
    """It dies again and again, mostly after having run for as long as a restart policy asks for."""
    return Script(
        healthy_after_s=chance.uniform(0.5, 5.0),
        exits_after_s=chance.uniform(40.0, 120.0),
        exit_code=chance.choice((0, 1, 1, 1)),
    )


_SCRIPTS: Final[dict[str, Callable[[Random], Script]]] = {
    "again": _again,
    "job": _job,
    "crash": _crash,
    "sick": _sick,
    "deaf": _deaf,
    "slow": _slow,
}
