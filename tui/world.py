"""All that the screens show, in the UI's own thread: the state, how the engine is, what happened and who asked for what."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from core.client.following import Extent
from core.model.instance import ContainerInstance
from core.model.state import Kind, State, kind_of
from core.model.task import Task
from core.record import Record
from core.vitals import EnginePulse, InstancePulse
from tui.faults import Faults
from tui.history import History
from tui.own import Own
from tui.slices import Slice
from tui.themes import colors_of
from tui.totals import Totals, tasks_touched

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from core.api import EngineStatus
    from core.events import Event
    from core.model.service import Service
    from core.model.state import Row
    from core.store import Recorded, Submitted
    from core.vitals import ServicePulse

#: As many events and commands are kept for their tables.
KEPT: Final = 2_000

T = TypeVar("T")

_NO_PULSE: Final = InstancePulse()
_NO_PULSES: Final[Mapping[str, InstancePulse]] = {}


class News(Record):
    """What the feed brought since the last time. None: nothing new of that kind."""

    rows: tuple[Row, ...] = ()
    deleted: tuple[tuple[Kind, str], ...] = ()
    #: From here on everything is told anew, until there is no `more` of it.
    reloaded: bool = False
    engine: EngineStatus | None = None
    events: tuple[Recorded, ...] = ()
    commands: tuple[Submitted, ...] | None = None
    #: Why nothing could be read, empty when it could.
    problem: str = ""
    #: When it was last tried.
    read_at: float = 0.0
    #: Whether these rows are a part, and others follow at once.
    more: bool = False
    #: How much of everything was told by now.
    extent: Extent = Extent.WHOLE


class Touched(Record):
    """What news changed: rows as they were and as they are, numbers of new events, ids of commands."""

    rows: tuple[Row, ...] = ()
    events: tuple[int, ...] = ()
    commands: tuple[str, ...] = ()
    everything: bool = False


@dataclass(slots=True)
class World:
    """What is known now. Changed by `absorb` alone."""

    now: Callable[[], float]
    state: State = field(default_factory=State)
    #: How much there is while everything is read for the first time. Nothing may be told that is told by what is still to come.
    extent: Extent = Extent.WHOLE
    #: True while some of what changed is taken over and the rest is not: the state is as no commit left it.
    is_midway: bool = False
    engine: EngineStatus | None = None
    #: The clusters that the config protects, as it was when it could last be used.
    protected: frozenset[str] = frozenset()
    #: Those of clusters, by their names; as `protected`.
    colors: Mapping[str, str] = field(default_factory=dict)
    events: dict[int, Event] = field(default_factory=dict)
    commands: dict[str, Submitted] = field(default_factory=dict)
    #: Of each cluster that has tasks.
    totals: dict[str, Totals] = field(default_factory=dict)
    #: Rises when a row changed.
    revision: int = 0
    #: Rises when a host's row did.
    hosts_revision: int = 0
    problem: str = ""
    #: When the store was last read without a problem; None before the first time.
    read_at: float | None = None
    #: What was used over the last minutes, as the pulses told it.
    history: History = field(default_factory=History)
    faults: Faults = field(init=False)
    #: What this screen itself has under way.
    own: Own = field(default_factory=Own)
    _event_numbers: deque[int] = field(default_factory=deque)
    #: What is told anew, until it is whole.
    _coming: State | None = None
    #: What was worked out of all hosts, and what of.
    _worked_out: dict[tuple[str, str], Any] = field(default_factory=dict)
    _worked_out_of: tuple[State, int, Mapping[str, InstancePulse]] | None = None

    def __post_init__(self) -> None:
        """Faults are looked for here."""
        self.faults = Faults(self)

    @property
    def is_whole(self) -> bool:
        """Whether the tasks are there too."""
        return self.extent is Extent.WHOLE

    def absorb(self, news: News) -> Touched:
        """Take over news at once."""
        work = self.absorbing(news, lambda: 0.0)
        while True:
            try:
                next(work)
            except StopIteration as done:
                touched: Touched = done.value
                return touched

    def absorbing(self, news: News, clock: Callable[[], float]) -> Generator[None, None, Touched]:
        """Take over news in slices. Where everything is read anew, what is known stays as it is until the last of them."""
        self.problem = news.problem
        if news.reloaded:
            self._begin_anew(is_part=news.more)
        rows: tuple[Row, ...] = ()
        is_anew = False
        if self._coming is None:
            rows = yield from self._take_rows(news, Slice(clock))
            # Where nothing can be read nobody knows when the rest comes: what is known has to do.
            self.is_midway = news.more and not news.problem
        else:
            is_anew = yield from self._take_coming(self._coming, news, Slice(clock))
        if not news.problem:
            self.read_at = news.read_at
        if news.engine is not None:
            self.engine = news.engine
            if news.engine.config is not None:
                self.protected = news.engine.config.protected
                self.colors = colors_of(news.engine.config)
        self._keep_events(news.events)
        answered = tuple(
            each.command.id for each in news.commands or () if self.commands.get(each.command.id) != each
        )
        if news.commands is not None:
            self.commands |= {each.command.id: each for each in news.commands}
            for stale in list(self.commands)[: max(0, len(self.commands) - KEPT)]:
                del self.commands[stale]
        if news.engine is not None and self.is_whole:
            yield from self.history.sampling(self, self.now(), Slice(clock))
        return Touched(rows, tuple(each.number for each in news.events), answered, is_anew)

    def pulse(self, instance: str) -> InstancePulse:
        """What a host was last heard to use."""
        return self.engine.hosts.get(instance, _NO_PULSE) if self.engine is not None else _NO_PULSE

    def of_hosts(self, what: str, cluster: str, work_out: Callable[[], T]) -> T:
        """What is worked out of all hosts' rows and pulses: of 2,000 that takes some ms, so not for each picture in which none is another."""
        hosts = self.engine.hosts if self.engine is not None else _NO_PULSES
        of = self._worked_out_of
        if of is None or of[0] is not self.state or of[1] != self.hosts_revision or of[2] is not hosts:
            self._worked_out_of, self._worked_out = (self.state, self.hosts_revision, hosts), {}
        if (what, cluster) not in self._worked_out:
            self._worked_out[what, cluster] = work_out()
        found: T = self._worked_out[what, cluster]
        return found

    def scaling(self, service: Service) -> ServicePulse | None:
        """What auto scaling last made of a service, as the engine tells; None where it doesn't."""
        return self.engine.scaling.get(service.key) if self.engine is not None else None

    def engine_pulse(self) -> EnginePulse:
        """The engine's word about itself."""
        return self.engine.pulse if self.engine is not None else EnginePulse()

    def usage(self, task: Task) -> Mapping[str, tuple[float, float]]:
        """What a task's containers use, by name: percent of one core, and MiB. Nobody knows it of a silent host's."""
        instance = self.state.instances.get(task.instance)
        if instance is None or not instance.connected:
            return {}
        cores = instance.cpu_units / 1024
        used = self.pulse(instance.id).tasks.get(task.id, {})
        return {name: (percent * cores, memory) for name, (percent, memory) in used.items()}

    def _take_rows(self, news: News, slice_: Slice) -> Generator[None, None, tuple[Row, ...]]:
        touched: list[Row] = []
        for row in news.rows:
            old = self._find(kind_of(row), row.key)
            self._count(row if old is None else old, -1, is_new=old is None)
            self.state.adopt(row)
            self._count(row, 1)
            touched += [row] if old is None else [old, row]
            if slice_.is_over():
                yield
                slice_.begin()
        for kind, key in news.deleted:
            gone = self._find(kind, key)
            if gone is not None:
                self._count(gone, -1)
                self.state.delete(gone)
                self._count(gone, 1, is_new=True)
                touched.append(gone)
        self.state.keep()
        self.revision += bool(touched)
        self.hosts_revision += any(isinstance(row, ContainerInstance) for row in touched)
        return tuple(touched)

    def _begin_anew(self, *, is_part: bool) -> None:
        self._coming = State()
        if is_part and (self.read_at is None or not self.is_whole):
            # There is nothing else to show, and the rest takes a while.
            self.state, self.totals, self.extent = self._coming, {}, Extent.SERVICES

    def _take_coming(self, coming: State, news: News, slice_: Slice) -> Generator[None, None, bool]:
        """Take over a part of what is told anew; says whether it is to be shown."""
        for row in news.rows:
            coming.adopt(row)
            if slice_.is_over():
                # What was put is forgotten a slice at a time, too.
                coming.keep()
                yield
                slice_.begin()
        for kind, key in news.deleted:
            gone = getattr(coming, kind.value).get(key)
            if gone is not None:
                coming.delete(gone)
        coming.keep()
        self.hosts_revision += 1
        if news.more:
            return coming is self.state and self._reach(news)
        totals = yield from _totals(coming, slice_)
        self.state, self.totals, self._coming = coming, totals, None
        self.extent, self.is_midway = Extent.WHOLE, False
        self.revision += 1
        return True

    def _reach(self, news: News) -> bool:
        """Whether the news begins to tell everything, or completes what some tables wait for."""
        before, self.extent = self.extent, news.extent
        return news.reloaded or news.extent > before

    def _count(self, row: Row, sign: int, *, is_new: bool = False) -> None:
        """Add what hangs on a row to the totals, or take it away. One that is not in the state is not counted itself."""
        if is_new and isinstance(row, Task):
            return
        for task in tasks_touched(self.state, row):
            self.totals.setdefault(task.cluster, Totals()).count(self.state, task, sign)

    def _find(self, kind: Kind, key: str) -> Row | None:
        row: Row | None = getattr(self.state, kind.value).get(key)
        return row

    def _keep_events(self, events: tuple[Recorded, ...]) -> None:
        for each in events:
            self.events[each.number] = each.event
            self._event_numbers.append(each.number)
        while len(self._event_numbers) > KEPT:
            del self.events[self._event_numbers.popleft()]


def _totals(state: State, slice_: Slice) -> Generator[None, None, dict[str, Totals]]:
    """What the tasks of each cluster sum up to."""
    totals: dict[str, Totals] = {}
    for task in state.tasks.values():
        if not task.stopped:
            totals.setdefault(task.cluster, Totals()).count(state, task, 1)
        if slice_.is_over():
            yield
            slice_.begin()
    return totals
