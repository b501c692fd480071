"""A simulated machine: a Docker daemon, the power and the wire it hangs on, and what goes wrong between a request and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from core.actions import PullImage
from core.hosts.probe_check import check
from core.hosts.simulated_docker import Pace, SimulatedDocker, Spec, only_version
from core.hosts.virtual import VirtualHost
from core.labels import Ownership
from core.model.ports import HostPort
from core.model.probe import ProbeProtocol
from core.record import Record, replace
from core.reports import SeenState
from core.sim.scripts import script_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from core.actions import Action
    from core.hosts.simulated_docker import Script, SimulatedContainer
    from core.model.probe import Target
    from core.model.task_definition import ContainerDefinition, TaskDefinition
    from core.reports import HostReport, Outcome, ProbeResult, Utilisation
    from core.sim.timeline import Timeline

#: The installation whose containers are ours.
INSTALLATION: Final = "sim"
#: Whose containers are not, though they carry our labels.
THEIRS: Final = Ownership(
    installation="another",
    instance="theirs",
    cluster="default",
    task="theirs",
    container="main",
    family="theirs",
    revision=1,
    definition_digest="theirs",
)
#: How long a request or an answer is on its way, and when it is sent again over a wire that is cut.
WIRE_S: Final = (0.001, 0.03)
RESEND_S: Final = 0.5


@dataclass(slots=True)
class Weather:
    """What is wrong with a machine now."""

    #: Its power is off.
    off: bool = False
    #: Nothing passes the wire.
    cut: bool = False
    #: The daemon is stopped (SIGSTOP): its containers run on, requests wait.
    hung: bool = False
    #: Lists answer, work never ends.
    work_hangs: bool = False
    #: The share of replies that are lost after the work was done.
    replies_lost: float = 0.0
    #: How long a list takes after it was read.
    list_delay_s: float = 0.0
    starts_fail: bool = False
    flapping: bool = False
    hints_lost: bool = False


class Link(Record):
    """A connection to a machine: the epoch in which it was made, and whether the agent still holds it."""

    epoch: int
    held: Callable[[], bool]


class Machine:
    """One machine with a name that is its address."""

    def __init__(
        self,
        name: str,
        timeline: Timeline,
        chance: Random,
        definition: Callable[[str], TaskDefinition | None],
    ) -> None:
        """A machine that is on and empty."""
        self.name: Final = name
        self.url: Final = f"ssh://{name}"
        self.weather = Weather()
        #: The jump host on the way to it, which others may share; empty where there is none.
        self.route = ""
        #: What was carried out here, before anybody hears of it.
        self.on_done: Callable[[Machine, Outcome], None] = lambda *_: None
        #: What a check of a target really came to.
        self.on_probed: Callable[[Target, ProbeResult], None] = lambda *_: None
        #: Faults are over: whatever is started from now on behaves.
        self.calm = False
        #: Which version a tag stands for in its registry.
        self.registry: Callable[[str], str] = only_version
        self._timeline: Final = timeline
        self._chance: Final = chance
        self._definition: Final = definition
        self.docker: Final = self._new_docker()
        #: Its GPUs, which the config names.
        self.gpus: Final[tuple[str, ...]] = chance.choice(((), ("0",), ("0", "1")))
        #: Another Docker that answers at this address instead.
        self.stranger: SimulatedDocker | None = None
        self._hosts: dict[tuple[int, str], VirtualHost] = {}
        #: Rises when every connection is void: the power went, or another machine answers.
        self.epoch = 0
        self._held: list[Callable[[], None]] = []
        #: Versions of images that were on it before it was ours.
        self.theirs: list[tuple[str, str]] = []
        #: Containers that are none of ours, by name, with the port each publishes.
        self.foreign: Final[dict[str, int]] = {}

    def _new_docker(self) -> SimulatedDocker:
        size = self._chance.choice(((2048, 2048), (4096, 4096), (4096, 8192)))
        docker = SimulatedDocker(
            self._timeline.clock, self._chance, cpu_units=size[0], memory_mib=size[1], pace=Pace()
        )
        docker.registry = self._version_of
        return docker

    def _version_of(self, image: str) -> str:
        return self.registry(image)

    @property
    def answers(self) -> bool:
        """Whether a request reaches a daemon that works."""
        return not (self.weather.off or self.weather.cut or self.weather.hung)

    @property
    def reachable(self) -> bool:
        """Whether a request reaches the machine."""
        return not (self.weather.off or self.weather.cut)

    @property
    def holds_work(self) -> bool:
        """Whether requests wait in it, to be carried out when nobody counts on them any more."""
        return bool(self._held)

    @property
    def ours(self) -> list[tuple[Ownership, SimulatedContainer]]:
        """The containers on its own daemon that are ours, with what their labels say, by name."""
        found = sorted(self.docker.containers.items())
        owners = ((c.spec.owner, c) for _, c in found)
        return [(o, c) for o, c in owners if o is not None and o.installation == INSTALLATION]

    def running_tasks(self) -> list[str]:
        """The tasks of which a container really runs here, sorted."""
        now = self._timeline.now
        return sorted({o.task for o, c in self.ours if c.state(now) is SeenState.RUNNING})

    def host(self, instance: str) -> VirtualHost:
        """Our hand on whatever daemon answers at the address now."""
        docker = self.stranger or self.docker
        key = (id(docker), instance)
        if key not in self._hosts:
            self._hosts[key] = VirtualHost(docker, INSTALLATION, instance, self._definition, self._script)
        return self._hosts[key]

    def _script(self, container: ContainerDefinition) -> Script:
        weather = self.weather
        script = script_of(container.image, self._chance, flapping=weather.flapping, calm=self.calm)
        if weather.starts_fail:
            script = replace(script, start_error="OCI runtime create failed: no such file or directory")
        return script

    # -- what happens to it -----------------------------------------------------------------------------------------

    def power_off(self) -> None:
        """Everything on it ends."""
        self.weather.off = True
        self.foreign.clear()
        self.docker.lose_power()
        self._void()

    def power_on(self) -> None:
        """It boots; nothing on it starts by itself."""
        self.weather.off = False
        self.weather.hung = False

    def hang(self) -> None:
        """The daemon stops; what runs runs on."""
        self.weather.hung = True

    def resume(self) -> None:
        """The daemon goes on: what waited in it is carried out, in its order, before it answers anything else."""
        self.weather.hung = self.weather.work_hangs = False
        held, self._held = self._held, []
        for request in held:
            request()

    def replaced_by(self, stranger: SimulatedDocker | None) -> None:
        """Another Docker answers at the address; None: the old one is back."""
        self.stranger = stranger
        self._void()

    def wipe(self) -> None:
        """It is installed anew: nothing of what it held is left."""
        self.power_off()
        self.docker.containers.clear()
        self.docker.images.clear()
        self.docker.tagged.clear()
        self.theirs.clear()
        self.docker.markers.clear()
        self.power_on()

    def restart_daemon(self) -> None:
        """The daemon is restarted, and takes its containers down with it."""
        self.foreign.clear()
        self.docker.restart_daemon()
        self._void()

    def hold_image(self, image: str) -> None:
        """Somebody has pulled an image here before us."""
        digest = self.registry(image)
        self.docker.tag(image, digest)
        self.theirs.append((image, digest))

    def run_foreign(self, name: str, port: int) -> None:
        """Somebody else runs a container here: another installation of ours, or nobody we know."""
        self.docker.images.add("theirs:1")
        taken = name in self.docker.containers or HostPort(port) in self.docker.taken_ports()
        if taken or self.docker.disk_full or self.weather.off:
            return
        owner = self._chance.choice((None, THEIRS))
        self.docker.create(Spec(name=name, image="theirs:1", owner=owner, ports=((80, "tcp", port),)))
        self.docker.start(name)
        self.foreign[name] = port

    def empty_stranger(self) -> SimulatedDocker:
        """A Docker that never was ours."""
        return self._new_docker()

    def _void(self) -> None:
        self.epoch += 1
        self._held = []

    # -- requests ---------------------------------------------------------------------------------------------------

    def look(self, instance: str, link: Link, answer: Callable[[HostReport], None]) -> None:
        """Ask for a report. `answer` is called when it arrives; never when it doesn't."""
        pace = (self.stranger or self.docker).pace

        def read() -> None:
            if self.weather.hung:
                self._held.append(read)
                return
            report = self._by_way_of(self.host(instance).look())
            delay_s = self.weather.list_delay_s
            slow_s = self._chance.uniform(0.0, delay_s) if delay_s else 0.0
            self._pass(link, lambda: answer(report), after_s=slow_s)

        self._pass(link, read, after_s=self._chance.uniform(*pace.look))

    def measure(
        self, link: Link, use: Callable[[], Utilisation], answer: Callable[[Utilisation], None]
    ) -> None:
        """Ask what is used here. `answer` is called when it arrives; a daemon that hangs never answers."""

        def read() -> None:
            if not self.weather.hung:
                used = use()
                self._pass(link, lambda: answer(used))

        self._pass(link, read)

    def _by_way_of(self, report: HostReport) -> HostReport:
        return (
            report if report.facts is None else replace(report, facts=replace(report.facts, route=self.route))
        )

    def work(
        self, instance: str, link: Link, action: Action, answer: Callable[[Outcome | None], None]
    ) -> None:
        """Ask for an action. `answer` gets its outcome, None when the connection broke, and nothing when nothing comes back."""

        def finish(host: VirtualHost) -> None:
            if link.epoch != self.epoch:
                return
            if self.weather.hung or (self.weather.work_hangs and not isinstance(action, PullImage)):
                self._held.append(lambda: finish(host))
                return
            outcome = host.finish(action)
            self.on_done(self, outcome)
            lost = self._chance.random() < self.weather.replies_lost
            self._pass(link, lambda: answer(None if lost else outcome))

        def begin() -> None:
            if self.weather.hung:
                self._held.append(begin_and_finish)
                return
            host = self.host(instance)
            self._timeline.at(host.begin(action), lambda: finish(host))

        def begin_and_finish() -> None:
            if link.epoch == self.epoch:
                host = self.host(instance)
                host.begin(action)
                finish(host)

        self._pass(link, begin)

    def probe(self, instance: str, link: Link, target: Target, answer: Callable[[ProbeResult], None]) -> None:
        """Check a target. While the daemon is stopped its containers answer, but no command is begun in them."""

        def ask() -> None:
            if self.weather.hung and target.probe.protocol is ProbeProtocol.EXEC:
                return
            result = check(self.host(instance), target)
            self.on_probed(target, result)
            self._pass(link, lambda: answer(result))

        self._pass(link, ask)

    def _pass(self, link: Link, arrives: Callable[[], None], *, after_s: float = 0.0) -> None:
        """Something crosses the wire. While that is cut it is sent again, as long as the connection is held."""

        def arrive() -> None:
            if link.epoch != self.epoch or self.weather.off or not link.held():
                return
            if self.weather.cut:
                self._timeline.after(RESEND_S, arrive)
                return
            arrives()

        self._timeline.after(after_s + self._chance.uniform(*WIRE_S), arrive)
