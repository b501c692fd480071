"""What goes wrong, and when: a table of faults, each with its beginning and its end, drawn from the story's chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.hosts.simulated_docker import Pace
from core.record import Record, replace
from core.reports import SeenState
from core.sim.machine import Weather
from core.sim.process import POINTS
from core.sim.scripts import IMAGES, MISSING, QUIET

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from core.sim.machine import Machine
    from core.sim.world import World

#: How long faults last, in seconds: too short to notice, short of DISCONNECTED, short of LOST, just LOST, for long.
LENGTHS_S: Final = ((0.2, 5.0), (5.0, 14.0), (16.0, 29.0), (31.0, 50.0), (60.0, 200.0))
#: How long a host is cut off that is to be lost, in seconds.
LOST_FOR_S: Final = (35.0, 60.0)
#: Between two faults of a story, on the average.
GAP_S: Final = 12.0


class Fault(Record):
    """`begins` returns what ends it, None when it ends by itself."""

    name: str
    begins: Callable[[World, Machine, Random], Callable[[], None] | None]
    #: It strikes a host that was lost with what ran on it, at the moment at which it is back.
    lies_in_wait: bool = False
    lengths_s: tuple[tuple[float, float], ...] = LENGTHS_S


class Faults:
    """The faults of one story: about half of all kinds, again and again."""

    def __init__(self, world: World, chance: Random, until: float) -> None:
        """Choose the kinds."""
        self._world: Final = world
        self._chance: Final = chance
        self._until: Final = until
        self._kinds: Final = [fault for fault in FAULTS if chance.random() < 0.5] or [chance.choice(FAULTS)]

    def start(self) -> None:
        """Plan the first one."""
        self._world.timeline.after(self._chance.expovariate(1 / GAP_S), self._strike)

    def _strike(self) -> None:
        world, chance = self._world, self._chance
        if world.now >= self._until:
            return
        fault = chance.choice(self._kinds)
        if fault.lies_in_wait:
            self._lie_in_wait(fault, max(world.machines, key=lambda m: len(m.running_tasks())))
        else:
            self._begin(fault, chance.choice(world.machines))
        self.start()

    def _lie_in_wait(self, fault: Fault, machine: Machine) -> None:
        world = self._world
        heal_link = _cut(world, machine, self._chance)
        world.say(f"fault: {machine.name} is cut off until it is lost")

        def let_back() -> None:
            if world.now < self._until:
                world.ambushes[machine.name] = lambda: self._begin(fault, machine)
                heal_link()

        world.timeline.after(self._chance.uniform(*LOST_FOR_S), let_back)

    def _begin(self, fault: Fault, machine: Machine) -> None:
        world, chance = self._world, self._chance
        length_s = chance.uniform(*chance.choice(fault.lengths_s))
        world.count(fault.name)
        world.say(f"fault: {fault.name} ({machine.name}, {length_s:.1f} s)")
        ends = fault.begins(world, machine, chance)
        if ends is not None:
            world.timeline.after(length_s, lambda: self._end(fault, machine, ends))

    def _end(self, fault: Fault, machine: Machine, ends: Callable[[], None]) -> None:
        if self._world.now < self._until:
            self._world.say(f"over: {fault.name} ({machine.name})")
            ends()


def heal(world: World, chance: Random) -> None:
    """All faults are over. Now and then one machine stays dead for good, where there are others."""
    world.say("all faults are over")
    world.disk.full = False
    world.dies = None
    world.ambushes.clear()
    for machine in world.machines:
        machine.calm = True
        machine.weather.list_delay_s = 0.0
        if machine.stranger is not None:
            machine.replaced_by(None)
        machine.resume()
        machine.weather = Weather()
        machine.docker.pace = Pace()
        machine.docker.disk_full = False
        machine.docker.stop_error = machine.docker.remove_error = machine.docker.no_way = ""
        machine.docker.pull_error = lambda _: ""
        _soothe(machine)
    if len(world.machines) > 2 and chance.random() < 0.3:
        dead = chance.choice(world.machines)
        world.say(f"{dead.name} stays dead")
        world.count("a host stays dead")
        dead.power_off()


def _soothe(machine: Machine) -> None:
    """What is there already behaves from now on; jobs end as they would have."""
    for container in machine.docker.containers.values():
        if "job" not in container.spec.image:
            container.spec = replace(container.spec, script=QUIET)


# -- the kinds ----------------------------------------------------------------------------------------------------------


def _dies(_world: World, machine: Machine, _chance: Random) -> Callable[[], None]:
    machine.power_off()
    return machine.power_on


def _hangs(_world: World, machine: Machine, _chance: Random) -> Callable[[], None]:
    machine.hang()
    return machine.resume


def _cut(_world: World, machine: Machine, _chance: Random) -> Callable[[], None]:
    machine.weather.cut = True

    def heal_link() -> None:
        machine.weather.cut = False

    return heal_link


def _all_cut(world: World, _machine: Machine, _chance: Random) -> Callable[[], None]:
    return _cut_off(world.machines)


def _jump_host_gone(world: World, machine: Machine, _chance: Random) -> Callable[[], None]:
    return _cut_off([each for each in world.machines if each.route == machine.route])


def _cut_off(machines: Sequence[Machine]) -> Callable[[], None]:
    for machine in machines:
        machine.weather.cut = True

    def heal_links() -> None:
        for machine in machines:
            machine.weather.cut = False

    return heal_links


def _stranger(_world: World, machine: Machine, _chance: Random) -> Callable[[], None]:
    machine.replaced_by(machine.empty_stranger())
    return lambda: machine.replaced_by(None)


def _reinstalled(world: World, machine: Machine, _chance: Random) -> None:
    for owner, _ in machine.ours:
        world.watcher.taken_away(owner.task, owner.container)
    machine.wipe()


def _daemon_restart(_world: World, machine: Machine, _chance: Random) -> None:
    machine.restart_daemon()


def _tag_moves(world: World, _machine: Machine, chance: Random) -> None:
    world.moved[chance.choice(IMAGES)] += 1


def _slow_pulls(_world: World, machine: Machine, chance: Random) -> Callable[[], None]:
    machine.docker.pace = Pace(pull=(10.0, chance.uniform(20.0, 120.0)))

    def quick_again() -> None:
        machine.docker.pace = Pace()

    return quick_again


def _pulls_fail(_world: World, machine: Machine, _chance: Random) -> Callable[[], None]:
    machine.docker.pull_error = lambda image: f"dial tcp: lookup registry for {image}: no such host"

    def pulls_work() -> None:
        machine.docker.pull_error = missing_only

    return pulls_work


def missing_only(image: str) -> str:
    """What registries say as long as faults go on."""
    return f"manifest for {image} not found: manifest unknown" if image == MISSING else ""


def _starts_fail(_world: World, machine: Machine, _chance: Random) -> Callable[[], None]:
    machine.weather.starts_fail = True

    def starts_work() -> None:
        machine.weather.starts_fail = False

    return starts_work


def _host_disk_full(_world: World, machine: Machine, _chance: Random) -> Callable[[], None]:
    machine.docker.disk_full = True

    def disk_has_room() -> None:
        machine.docker.disk_full = False

    return disk_has_room


def _stops_refused(_world: World, machine: Machine, _chance: Random) -> Callable[[], None]:
    machine.docker.stop_error = "cannot stop container: permission denied"

    def stops_work() -> None:
        machine.docker.stop_error = ""

    return stops_work


def _removals_refused(_world: World, machine: Machine, _chance: Random) -> Callable[[], None]:
    machine.docker.remove_error = "unable to remove filesystem: device or resource busy"

    def removals_work() -> None:
        machine.docker.remove_error = ""

    return removals_work


def _flapping(_world: World, machine: Machine, _chance: Random) -> Callable[[], None]:
    machine.weather.flapping = True

    def no_flapping() -> None:
        machine.weather.flapping = False

    return no_flapping


def _replies_lost(_world: World, machine: Machine, chance: Random) -> Callable[[], None]:
    machine.weather.replies_lost = chance.choice((0.2, 0.6, 1.0))

    def replies_arrive() -> None:
        machine.weather.replies_lost = 0.0

    return replies_arrive


def _old_reports(_world: World, machine: Machine, _chance: Random) -> Callable[[], None]:
    machine.weather.list_delay_s = 9.0

    def fresh_reports() -> None:
        machine.weather.list_delay_s = 0.0

    return fresh_reports


def _work_hangs(_world: World, machine: Machine, _chance: Random) -> Callable[[], None]:
    machine.weather.work_hangs = True
    return machine.resume


def _container_dies(world: World, machine: Machine, chance: Random) -> None:
    now = world.timeline.now
    running = [c for _, c in machine.ours if c.state(now) is SeenState.RUNNING]
    if running:
        machine.docker.kill(chance.choice(running).spec.name)
        world.hint(machine)


def _container_removed(world: World, machine: Machine, chance: Random) -> None:
    ours = machine.ours
    if ours:
        owner, container = chance.choice(ours)
        del machine.docker.containers[container.spec.name]
        world.watcher.taken_away(owner.task, owner.container)
        world.hint(machine)


def _foreign(world: World, machine: Machine, chance: Random) -> None:
    machine.run_foreign(f"theirs-{len(machine.foreign)}", chance.choice((8080, 8081, 9999)))
    world.hint(machine)


def _suspended(world: World, _machine: Machine, chance: Random) -> None:
    world.suspend_engine(chance.choice((8.0, 25.0, 60.0, 150.0, 600.0)))


def _killed(world: World, _machine: Machine, chance: Random) -> None:
    world.dies = (chance.choice(POINTS), chance.randrange(6))


def _store_full(world: World, _machine: Machine, _chance: Random) -> Callable[[], None]:
    world.disk.full = True

    def store_has_room() -> None:
        world.disk.full = False

    return store_has_room


def _forwards_refused(_world: World, machine: Machine, _chance: Random) -> Callable[[], None]:
    machine.docker.no_way = "its sshd forbids forwarding"

    def forwards_allowed() -> None:
        machine.docker.no_way = ""

    return forwards_allowed


FAULTS: Final = (
    Fault("host dies", _dies),
    Fault("host hangs", _hangs),
    Fault("link cut", _cut),
    Fault("all hosts silent at once", _all_cut),
    Fault("jump host gone", _jump_host_gone),
    Fault("empty stranger answers", _stranger),
    Fault("host reinstalled", _reinstalled),
    Fault("link cut while a host comes back", _cut, lies_in_wait=True),
    Fault("all hosts silent while one comes back", _all_cut, lies_in_wait=True),
    Fault("stranger answers while a host comes back", _stranger, lies_in_wait=True, lengths_s=LENGTHS_S[1:3]),
    Fault("daemon restarted", _daemon_restart),
    Fault("tag moves", _tag_moves),
    Fault("slow pulls", _slow_pulls),
    Fault("failing pulls", _pulls_fail),
    Fault("failing starts", _starts_fail),
    Fault("host's disk full", _host_disk_full),
    Fault("stops refused", _stops_refused),
    Fault("removals refused", _removals_refused),
    Fault("ports can't be forwarded", _forwards_refused),
    Fault("flapping health", _flapping),
    Fault("replies lost after success", _replies_lost),
    Fault("reports older than outcomes", _old_reports),
    Fault("lists answer, work hangs", _work_hangs, lengths_s=(*LENGTHS_S[1:3], (90.0, 300.0), (90.0, 300.0))),
    Fault("container dies", _container_dies),
    Fault("container removed behind our back", _container_removed),
    Fault("foreign container takes a port", _foreign),
    Fault("engine suspended", _suspended),
    Fault("engine killed", _killed),
    Fault("commits fail", _store_full, lengths_s=LENGTHS_S[1:]),
)
