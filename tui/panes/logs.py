"""Logs of one container, or of all containers of a task or service, merged as they come; or of those that were there before."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from core.cli.printing import count_of
from core.safe_text import plain
from tui.commands import Scope
from tui.listing.row import Tone
from tui.logs.entry import Entry
from tui.logs.reader import MOST_LOGS, LogReader
from tui.logs.ring import LogRing
from tui.logs.span import HEAD, TAIL, Span
from tui.naming import name_of
from tui.slices import Slice
from tui.widgets.pager import Fixed, Pager

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from textual.widget import Widget

    from tui.place import Thing
    from tui.session import Session
    from tui.trail import Visit
    from tui.widgets.lines import Piece
    from tui.world import Touched

PRESENT: Final = "logs"
PREVIOUS: Final = "previous-logs"
VIEWS: Final = frozenset({PRESENT, PREVIOUS})
#: Characters that `copy` gives to the terminal: they go through it, and many take no more.
MOST_COPIED: Final = 64 * 1024


class LogPane:
    """The logs of the visit that is shown; reading ends when it is left."""

    scope = Scope.LOGS

    def __init__(
        self,
        session: Session,
        pager: Pager,
        ring: Callable[[], None],
        tell: Callable[[str, Tone], None],
    ) -> None:
        """Paint into this widget; `ring` is called from threads when there are new lines, `tell` shows a message."""
        self._world: Final = session.world
        self._turns: Final = session.turns
        self.pager: Final = pager
        self._open_streams: Final = session.open_streams
        self._bell: Final = ring
        self._tell: Final = tell
        self._visit: Visit | None = None
        self._reader: LogReader | None = None
        self.ring = LogRing()
        self.span = TAIL
        self._is_partial = False
        #: The search is to go to what it finds, once everything was looked at.
        self._is_seeking = False
        #: What it found is to be told then.
        self._is_telling = False
        self._is_scanning = False
        #: As they were in the logs before.
        self._is_wrapped = self._shows_times = False

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
        self.span = TAIL
        self.pager.show(Fixed(()), wrap=self._is_wrapped)
        self._begin()

    def _begin(self) -> None:
        """Read this span from its beginning, with the look and the search that there are."""
        self._end()
        only_matching = self.ring.shows_matching and self.pager.pattern is not None
        self.ring = LogRing()
        self.ring.shows_times = self._shows_times
        self.ring.search(self.pager.pattern)
        self.ring.shows_matching = only_matching
        self._is_partial = self._is_seeking = self._is_telling = False
        self._reader = LogReader(self._open_streams, self._bell, self.span)
        self.pager.is_following = self.span is not HEAD
        self.pager.replace(self.ring, 0)
        self._follow()
        if not self._reader.count:
            name = name_of(self._world, self._thing())
            self._say(
                f"There is nothing before {name} that could be read: nothing was restarted in place, and what ended before is forgotten"
                if self.is_previous
                else f"There is no container of {name} to read yet; its log appears here"
            )

    def _end(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def leave(self) -> None:
        """Stop reading."""
        if self._reader is not None:
            self._is_wrapped = self.pager.is_wrapped
        self._end()
        self.pager.show(Fixed(()))

    def news(self, _touched: Touched) -> None:
        """Tasks that came since are read too."""
        if not self.is_previous:
            self._follow()

    def tick(self) -> None:
        """Time alone changes nothing here."""

    def drain(self) -> None:
        """Show what came."""
        if self._reader is not None:
            self._add(self._reader.take())

    @property
    def is_previous(self) -> bool:
        """Whether what is read is over and done with."""
        return self._visit is not None and self._visit.place.view == PREVIOUS

    def title(self) -> list[Piece]:
        """`Logs service web`, how many, and how they are shown."""
        thing = self._thing()
        pieces: list[Piece] = [
            ("Previous logs " if self.is_previous else "Logs ", Tone.KEY),
            (f"{thing.about} {name_of(self._world, thing)}", Tone.PLAIN),
        ]
        if self._reader is not None and self._reader.count > 1:
            pieces.append((f" [{self._reader.count} logs]", Tone.PLAIN))
        if self.span.title:
            pieces.append((f" {self.span.title}", Tone.PLAIN))
        if self.pager.pattern is not None:
            found = f"{self.pager.found()}{'…' if self._is_scanning else ''}"
            pieces.append((f" </{plain(self.pager.pattern.text)}> {found}", Tone.WARN))
        if self.ring.shows_matching:
            pieces.append((" only matches", Tone.WARN))
        if dropped := self._missed() + self.ring.thrown_away:
            pieces.append((f" {dropped} dropped,", Tone.WARN))
        position = self.pager.position()
        return [
            *pieces,
            (f" {position.removesuffix(', following') if self.is_previous else position}", Tone.DIM),
        ]

    def things(self) -> tuple[Thing, ...]:
        """What is read."""
        return (self._thing(),)

    def close_one(self) -> bool:
        """Only matches, then the search."""
        if self.ring.shows_matching:
            self.toggle_matching()
            return True
        if self.pager.pattern is not None:
            self.search("")
            return True
        return False

    # What commands call

    def read(self, span: Span) -> None:
        """Read another part."""
        self.span = span
        self._begin()

    def search(self, text: str) -> None:
        """Show where a text is, and go to the next line that has it; a long log is looked through in slices."""
        if self.pager.pattern is None or self.pager.pattern.text != text:
            self.pager.look_for(text)
            self.ring.search(self.pager.pattern)
            self._is_seeking = self.pager.pattern is not None
            self._scan()

    def tell_found(self) -> None:
        """Say what the search found, and in what, once everything was looked at."""
        self._is_telling = self.pager.pattern is not None
        self._scan()

    def toggle_matching(self) -> bool:
        """Show only lines that match the search, or all; False without a search."""
        if self.pager.pattern is None:
            return False
        top = self.ring.show_matching(not self.ring.shows_matching, self.pager.top)
        self.pager.replace(self.ring, top)
        return True

    def toggle_times(self) -> None:
        """Show each line's time, or not."""
        self._shows_times = self.ring.shows_times = not self.ring.shows_times
        self.pager.update_lines()

    def clear(self) -> None:
        """Forget what was read so far."""
        self.ring.clear()
        if self._reader is not None:
            self._reader.missed = 0
        self.pager.update_lines()

    def coverage(self) -> str:
        """What a search or a file had not to do with; empty when that is nothing."""
        missed, old = self._missed(), self.ring.thrown_away
        why = [f"{missed} came too fast"] if missed else []
        why += [f"{old} older made room"] if old else []
        return f"{count_of(missed + old, 'line')} dropped before: {', '.join(why)}" if why else ""

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

    # The parts

    def _thing(self) -> Thing:
        assert self._visit is not None
        assert self._visit.place.of is not None
        return self._visit.place.of

    def _missed(self) -> int:
        return self._reader.missed if self._reader is not None else 0

    def _follow(self) -> None:
        if self._reader is None:
            return
        from tui.logs.sources import present, previous  # noqa: PLC0415  # loaded behind the first picture (tui/screens/late.py)

        sources = (previous if self.is_previous else present)(self._world.state, self._thing())
        is_all = self._reader.follow(sources)
        self.ring.shows_labels = self._reader.count > 1
        if not is_all and not self._is_partial:
            self._is_partial = True
            self._say(f"These are {MOST_LOGS} logs of more: a task's own are read from its row")

    def _add(self, entries: list[Entry]) -> None:
        pager, ring = self.pager, self.ring
        read = ring.entry(pager.top) if not pager.is_following and pager.top < len(ring) else None
        dropped = ring.add(entries)
        if dropped:
            pager.dropped(dropped)
        self._scan()
        if read is not None:
            # What came late stands above what is read.
            pager.dropped(pager.top - ring.number_of(read, pager.top))
        pager.update_lines()

    def _say(self, text: str) -> None:
        at = self.ring.entries[-1].at if self.ring.entries else ""
        self._add([Entry("", at, text, is_ours=True)])

    def _scan(self) -> None:
        """Look for what is searched for: at once if that is quick, else in slices."""
        if self.ring.scan(Slice(time.perf_counter)):
            self._scanned()
        elif not self._is_scanning:
            self._is_scanning = True
            self.pager.run_worker(self._go_on_scanning(), group="scan")

    async def _go_on_scanning(self) -> None:
        await self._turns.next()
        while not self.ring.scan(Slice(time.perf_counter)):
            await self._turns.next()
        self._is_scanning = False
        self._scanned()

    def _scanned(self) -> None:
        if self._is_seeking:
            self._is_seeking = False
            self.pager.next_match(1, here=True)
        if self._is_telling:
            self._is_telling = False
            kept = count_of(len(self.ring.entries), "line")
            dropped = self.coverage()
            found = f"Found in {self.ring.matching} of {kept}" + (f"; {dropped}" if dropped else "")
            self._tell(found, Tone.DIM)
        if self.ring.shows_matching or self.pager.pattern is not None:
            self.pager.update_lines()


def _reversed(lines: Iterable[str]) -> Iterator[str]:
    """The same the other way round, read when it is asked for."""
    yield from reversed(list(lines))
