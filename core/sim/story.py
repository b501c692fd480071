"""One story: a world from a seed, faults and commands up to a moment, then peace, in which everything must come to rest."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Final

from core.model.settings import Settings
from core.record import Record, field, replace
from core.sim.check import Checker
from core.sim.faults import Faults, heal, missing_only
from core.sim.load import PERIODS_S, Load
from core.sim.operator import Operator
from core.sim.rest import unrest
from core.sim.scripts import IMAGES
from core.sim.violation import Violation
from core.sim.world import BEGIN, World

if TYPE_CHECKING:
    from collections.abc import Callable

#: So long a world may take to come to rest after the last fault: time-outs of two minutes, back-off, and slow pulls on top.
REST_WITHIN_S: Final = 900.0
#: The ways to the machines: some lie behind a jump host.
ROUTES: Final = ("", "", "jump-1", "jump-1", "jump-2")
#: How long an engine that was killed stays away: the longest is long enough for schedules to miss something, and so comes often.
DOWNTIMES_S: Final = (0.2, 2.0, 40.0, 200.0, 200.0)
#: How often it is asked whether it has, and how often in a row it must have.
LOOK_S: Final = 30.0
LOOKS: Final = 2


class Told(Record):
    """How a story went. `problem` is empty when it went well, else it says what broke at `ended_at`."""

    seed: int
    ended_at: float
    problem: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    trace: tuple[str, ...] = ()


def tell(seed: int, until: float = 600.0, prepare: Callable[[World], None] | None = None) -> Told:
    """Let a story happen. `prepare` may change the world before it begins (the tests of the checker do)."""
    chance = Random(f"{seed} story")
    load = Random(f"{seed} load")
    settings = replace(_settings(chance), auto_scaling_period_s=load.choice(PERIODS_S))
    world = World(seed, settings, chance.randint(2, 5))
    world.watcher = Checker(world)
    world.downtimes_s = DOWNTIMES_S
    for machine in world.machines:
        machine.docker.pull_error = missing_only
        machine.route = chance.choice(ROUTES)
        if chance.random() < 0.3:
            machine.hold_image(chance.choice(IMAGES))
    if prepare is not None:
        prepare(world)
    problem = ""
    try:
        Load(world, load, until).start()
        _happen(world, chance, until)
    except Violation as violation:
        problem = str(violation)
    except Exception as error:  # noqa: BLE001  # a defect of the engine ends the story, and is told with its seed and time
        problem = f"the engine broke: {type(error).__name__}: {error}"
    return Told(seed, world.now, problem, world.counts, tuple(world.trace))


def _settings(chance: Random) -> Settings:
    """The engine's own times where rules depend on them; short ones where only patience would be tested."""
    return Settings(
        container_cleanup_s=chance.choice((30.0, 120.0)),
        containers_kept=chance.choice((0, 2, 5)),
        stopped_retention_s=chance.choice((60.0, 240.0)),
        backoff_max_s=chance.choice((20.0, 60.0)),
        image_cleanup_interval_s=chance.choice((20.0, 60.0)),
        image_minimum_age_s=chance.choice((0.0, 30.0)),
        images_deleted_per_cycle=chance.choice((0, 1, 5)),
        image_pull=chance.choice(("default", "always", "once", "prefer-cached")),
    )


def _happen(world: World, chance: Random, until: float) -> None:
    world.start_engine()
    operator = Operator(world, Random(chance.getrandbits(64)), until)
    faults = Faults(world, Random(chance.getrandbits(64)), until)
    world.timeline.after(chance.uniform(0.0, 10.0), operator.start)
    world.timeline.after(chance.uniform(0.0, 30.0), faults.start)
    world.timeline.run(BEGIN + until)
    heal(world, chance)
    calm = 0
    while calm < LOOKS:
        operator.tidy_up()
        world.timeline.run(world.timeline.now + LOOK_S)
        restless = "; ".join(unrest(world)[:5])
        calm = 0 if restless else calm + 1
        if restless and world.now > until + REST_WITHIN_S:
            raise Violation(f"the world did not come to rest: {restless}")
