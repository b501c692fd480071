"""Logs of one container, or of all containers of a task or service, merged as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.errors import DockyardError
from core.safe_text import plain
from core.streams import places
from tui.commands import Scope
from tui.listing.row import Tone
from tui.logs import MOST_LOGS, Entry, LogReader, LogRing
from tui.naming import name_of
from tui.place import About
from tui.widgets.pager import Fixed, Pager

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from textual.widget import Widget

    from core.model.task import Task
    from core.streams import Place, Streams
    from tui.place import Thing
    from tui.trail import Visit
    from tui.widgets.lines import Piece
    from tui.world import Touched, World

#: Characters that `copy` gives to the terminal: they go through it, and many take no more.
MOST_COPIED: Final = 64 * 1024


class LogPane:
    """The logs of the visit that is shown; reading ends when it is left."""

    scope = Scope.LOGS

    def __init__(
        self, world: World, pager: Pager, open_streams: Callable[[], Streams], ring: Callable[[], None]
    ) -> None:
        """Paint into this widget; `ring` is called from threads when there are new lines."""
        self._world: Final = world
        self.pager: Final = pager
        self._open_streams: Final = open_streams
        self._bell: Final = ring
        self._visit: Visit | None = None
        self._reader: LogReader | None = None
        self.ring = LogRing()
        self._only_matching = False
        self._is_partial = False
        #: As it was in the logs before.
        self._is_wrapped = False

    @property
    def widgets(self) -> Sequence[Widget]:
        """The pager."""
        return (self.pager,)

    @property
    def scroller(self) -> Pager:
        """The pager."""
        return self.pager

    def show(self, visit: Visit) -> None:
        """Begin to read."""
        self._visit = visit
        self.ring = LogRing()
        self._only_matching = self._is_partial = False
        self._reader = LogReader(self._open_streams, self._bell)
        self.pager.show(self.ring, follow=True, wrap=self._is_wrapped)
        self._follow()
        if not self._reader.count:
            self._say(
                f"There is no container of {name_of(self._world, self._thing())} to read yet; its log appears here"
            )

    def leave(self) -> None:
        """Stop reading."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
            self._is_wrapped = self.pager.is_wrapped
        self.pager.show(Fixed(()))

    def news(self, _touched: Touched) -> None:
        """Tasks that came since are read too."""
        self._follow()

    def tick(self) -> None:
        """Time alone changes nothing here."""

    def drain(self) -> None:
        """Show what came."""
        if self._reader is not None:
            self._add(self._reader.take())

    def title(self) -> list[Piece]:
        """`Logs service web`, how many, and how they are shown."""
        thing = self._thing()
        pieces: list[Piece] = [
            ("Logs ", Tone.KEY),
            (f"{thing.about} {name_of(self._world, thing)}", Tone.PLAIN),
        ]
        if self._reader is not None and self._reader.count > 1:
            pieces.append((f" [{self._reader.count} logs]", Tone.PLAIN))
        if self.pager.pattern is not None:
            pieces.append((f" </{plain(self.pager.pattern.text)}>", Tone.WARN))
        if self._only_matching:
            pieces.append((" only matches", Tone.WARN))
        return [*pieces, (f" {self.pager.position()}", Tone.DIM)]

    def things(self) -> tuple[Thing, ...]:
        """What is read."""
        return (self._thing(),)

    def close_one(self) -> bool:
        """Only matches, then the search."""
        if self._only_matching:
            self.toggle_matching()
            return True
        if self.pager.pattern is not None:
            self.pager.search("")
            return True
        return False

    def toggle_matching(self) -> bool:
        """Show only lines that match the search, or all; False without a search."""
        if self.pager.pattern is None:
            return False
        self._only_matching = not self._only_matching
        self.ring.only(self.pager.pattern if self._only_matching else None)
        self.pager.replace(self.ring)
        return True

    def toggle_times(self) -> None:
        """Show each line's time, or not."""
        self.ring.shows_times = not self.ring.shows_times
        self.pager.update_lines()

    def clear(self) -> None:
        """Forget what was read so far."""
        self.ring.clear()
        self.pager.update_lines()

    def copied(self) -> str:
        """The newest lines, as many as a terminal takes."""
        lines: list[str] = []
        characters = 0
        for line in self.ring.texts():
            characters += len(line) + 1
            if characters > MOST_COPIED and lines:
                break
            lines.append(line)
        return "\n".join(reversed(lines))

    def saved(self) -> Iterable[str]:
        """All lines as they came, without control characters."""
        return _reversed(self.ring.texts())

    def _thing(self) -> Thing:
        assert self._visit is not None
        assert self._visit.place.of is not None
        return self._visit.place.of

    def _follow(self) -> None:
        if self._reader is not None:
            is_all = self._reader.follow(self._places())
            self.ring.shows_labels = self._reader.count > 1
            if not is_all and not self._is_partial:
                self._is_partial = True
                self._say(f"These are {MOST_LOGS} logs of more: a task's own are read from its row")

    def _places(self) -> list[Place]:
        found: list[Place] = []
        thing = self._thing()
        name = thing.key.partition("/")[2] if thing.about is About.CONTAINER else None
        for task in self._tasks(thing):
            try:
                found += places(self._world.state, task, name)
            except DockyardError:  # not placed yet, or its host is gone: read when that changes
                continue
        return found

    def _tasks(self, thing: Thing) -> list[Task]:
        state = self._world.state
        if thing.about is About.SERVICE:
            return state.tasks_of_service(thing.key)
        task = state.tasks.get(thing.key.partition("/")[0])
        return [task] if task is not None else []

    def _add(self, entries: list[Entry]) -> None:
        dropped = self.ring.add(entries)
        if dropped:
            self.pager.dropped(dropped)
        self.pager.update_lines()

    def _say(self, text: str) -> None:
        self._add([Entry("", "", text, is_ours=True)])


def _reversed(lines: Iterable[str]) -> Iterator[str]:
    """The same the other way round, read when it is asked for."""
    yield from reversed(list(lines))
