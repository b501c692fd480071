"""The main screen: status, prompt, title, one pane, crumbs and keys. It turns keys into commands and keeps all lines true."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final, ParamSpec

from textual.containers import Vertical
from textual.screen import Screen

from core.record import replace
from tui.commands import OF_TASKS
from tui.engine_watch import EngineWatch
from tui.keymap import event_key
from tui.listing.listing import Listing
from tui.listing.row import Tone
from tui.naming import cluster_of
from tui.panes.logs import VIEWS, LogPane
from tui.panes.pulses import PulsesPane
from tui.panes.table import GONE, TablePane
from tui.panes.text import TextPane
from tui.place import Place
from tui.screens import late
from tui.screens.frame import Frame
from tui.screens.news import NEWS_EVERY_S, NewsTaking
from tui.screens.prompting import Prompting
from tui.secrets import EngineKeys
from tui.status import STARTING, Ours
from tui.trail import Trail, visit
from tui.views import BY_NAME, PULSES
from tui.widgets.lines import Header
from tui.widgets.pager import Pager
from tui.widgets.table import Table
from tui.widgets.tiles import Tiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult
    from textual.geometry import Size
    from textual.widget import Widget

    from tui.commands import Command, Scope
    from tui.panes.pane import Pane
    from tui.session import Session
    from tui.widgets.prompt import Prompt
    from tui.world import Touched

#: Below this there is no box.
_BOX_LINES: Final = 30
_FIRST: Final = "services"
#: Between two parts of a long look for what is wrong.
_LOOK_GAP_S: Final = 0.02
Told = ParamSpec("Told")


class Main(Screen[None], inherit_bindings=False):
    """Everything but dialogs."""

    def __init__(self, session: Session, size: Size) -> None:
        """Show a session, beginning with its services, in a terminal of this size: what changes before it is shown is paid twice."""
        super().__init__(classes="ascii" if session.glyphs.is_ascii() else "")
        self.session: Final = session
        glyphs = session.glyphs
        layouts = session.layouts
        self.trail: Final = Trail((visit(Place(_FIRST), layouts.of(_FIRST)),), layouts.of)
        self.clusters: list[str] = []
        self._engine_keys: Final = EngineKeys(session)
        self._engine_watch: Final = EngineWatch()
        self.is_folded = False
        self.is_full = False
        self._has_read = False
        self._is_looking = False
        self.prompting: Final = Prompting(self)
        self.prompt: Final = self.prompting.prompt
        self._frame: Final = Frame(session)
        is_boxed = size.height >= _BOX_LINES and not session.compact
        self._body: Final = Vertical(id="body", classes="boxed" if is_boxed else "")
        header, table, pager = (
            Header(glyphs),
            Table(Listing(BY_NAME[_FIRST].columns), glyphs, session.turns),
            Pager(glyphs),
        )
        self._header: Final = header
        self.tables: Final = TablePane(session, table, header)
        self.texts: Final = TextPane(session.world, pager)
        self.logs: Final = LogPane(session, pager, self.from_thread(self._drain_logs), self.say)
        self.pulses: Final = PulsesPane(session.world, Tiles(glyphs))
        self.pane: Pane = self.tables
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news: Final = NewsTaking(self, session, self._taken_over)

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self._frame.status
        yield self.prompt
        with self._body:
            yield self._frame.title
            yield self._header
            yield self.tables.table
            yield self.texts.pager
            yield from self.pulses.widgets
        yield self._frame.foot
        yield self._frame.keys

    async def on_mount(self) -> None:
        """Show the first view with what was read already."""
        self._loop = asyncio.get_running_loop()
        if self.session.start_engine is not None:
            # It is as good as begun, and must not read as if nobody saw to it. Where one runs, the news says so.
            self.session.ours = Ours(note=STARTING)
        if self.session.source.has_news():
            self._note(self.session.world.absorb(self.session.source.take()))
        self.show_here()
        await self.tables.made()
        if self.session.layouts.problem:
            self.say(self.session.layouts.problem, Tone.WARN)
        self.set_interval(1.0, self._tick)
        self.call_after_refresh(self._watch)

    def _watch(self) -> None:
        """Follow the world, and bring up an engine where none runs: not before the first picture, which they would keep waiting."""
        self.session.source.listen(self.from_thread(self._news.rung))
        self.session.bring_up_engine()

    def on_unmount(self) -> None:
        """Stop watching."""
        self.pane.leave()
        self.session.source.close()

    # Going from view to view

    def show_here(self) -> None:
        """Show the visit that the trail is at."""
        here = self.trail.here
        self.pane = self._pane_of(here.place.view)
        if self.pane is not self.logs and self.pane is not self.texts:
            self.show_full(False)
        widgets: tuple[Widget, ...] = (
            self._header,
            self.tables.table,
            self.texts.pager,
            *self.pulses.widgets,
        )
        for widget in widgets:
            widget.display = widget in self.pane.widgets and not (
                widget is self._header and self.session.compact
            )
        self.pane.show(here)
        if not self.prompt.is_open:
            self.set_focus(self.pane.widgets[-1])
        self.paint_lines()

    def go(self, move: Callable[[], object]) -> None:
        """Move along the trail, keeping the present view as it is left."""
        self.pane.leave()
        move()
        self.show_here()

    def enter(self, place: Place) -> None:
        """Go one step down."""
        self.go(lambda: self.trail.enter(place))

    def jump(self, place: Place) -> None:
        """Begin a new trail."""
        self.go(lambda: self.trail.jump(place))

    def _pane_of(self, view: str) -> Pane:
        if view in BY_NAME:
            return self.tables
        if view == PULSES:
            return self.pulses
        return self.logs if view in VIEWS else self.texts

    # Keys and commands

    @property
    def scope(self) -> Scope:
        """Which commands are valid now."""
        return self.pane.scope

    def take_key(self, event: events.Key) -> bool:
        """Do what a key means here; False leaves it to the widget that has the focus.

        The application calls this before any widget sees the key: keys that were typed in one go are then taken in their
        order, and what follows `:` is written there, never run as a command.
        """
        key = event_key(event.key, event.character)
        command = self.session.keymap.command(self.scope, key)
        if self.prompt.is_open:
            return self.prompting.take(key, command)
        if command is not None:
            self.run_command(command)
        else:
            self._tell_meaning(key)
        return command is not None

    def _tell_meaning(self, key: str) -> None:
        """Say of a key that means nothing here what it would mean, where one may change things, or elsewhere."""
        if self.pane is self.tables and self.tables.is_on_gone():
            self.say(GONE, Tone.WARN)
            return
        keymap = self.session.keymap
        left_out, elsewhere = keymap.withheld(self.scope, key), keymap.elsewhere(key)
        if left_out is None and not elsewhere:
            return
        from tui.handlers import words  # noqa: PLC0415  # see tui/screens/late.py

        self._frame.key_pressed()
        if left_out is not None:
            words.refuse(self, left_out)
        else:
            words.tell_elsewhere(self, key, elsewhere)

    def run_command(self, command: Command) -> None:
        """Run a command that is valid here."""
        if self.scope in command.scopes:
            self._frame.key_pressed()
            self.do(command.id)
            self._paint_around()

    def do(self, command_id: str) -> None:
        """Do what a command means, unless it is about tasks and those are still being read."""
        if command_id in OF_TASKS and not self.session.world.is_whole:
            self.say("The tasks are still being read: in a moment", Tone.WARN)
            return
        from tui.handlers import HANDLERS  # noqa: PLC0415  # see tui/screens/late.py
        from tui.handlers.plugins import run_plugin  # noqa: PLC0415  # as above

        if command_id in HANDLERS:
            HANDLERS[command_id](self)
        else:
            run_plugin(self, self.session.plugins[command_id])

    def say(self, text: str, tone: Tone = Tone.PLAIN, twin: str = "") -> None:
        """Show a message for a while, with the command line that does the same."""
        self._frame.say(text, tone, twin)
        self._frame.paint_foot(self.trail, self.app.size.width, self.pane.title() if self.is_full else None)

    def on_prompt_typed(self, event: Prompt.Typed) -> None:
        """Filters and searches follow what is typed."""
        self.prompting.typed(event.mode, event.text)

    # News

    def from_thread(self, call: Callable[Told, None]) -> Callable[Told, None]:
        """The same call for threads: it is put into the loop and returns at once. While there is none, nothing is called."""

        def put(*told: Told.args, **named: Told.kwargs) -> None:
            with suppress(RuntimeError):  # the program is ending, its loop is closed
                if self._loop is not None:
                    # Through the screen's own messages: there an error is an error, and the application is known.
                    self._loop.call_soon_threadsafe(partial(self.call_later, call, *told, **named))

        return put

    def when_whole(self, call: Callable[[], None]) -> None:
        """Call when the world is as some commit left it: now, or once news that is being taken over is taken over."""
        self._news.when_whole(call)

    def _taken_over(self, touched: Touched) -> None:
        self._note(touched)
        if touched.rows or touched.events or touched.commands or touched.everything:
            self.pane.news(touched)
        self.paint_lines()

    def _note(self, touched: Touched) -> None:
        """Do what news asks for, whatever is shown."""
        session = self.session
        if touched.everything and not self._has_read:
            self._has_read = True
            self.call_after_refresh(late.load)
        if (told := self._engine_watch.look(session.world.engine)) is not None:
            self.say(*told)
        if session.world.engine is not None and session.world.engine.running:
            session.ours = replace(session.ours, note="")
        self._engine_keys.look()
        self.clusters += [name for name in sorted(session.world.state.clusters) if name not in self.clusters]

    def _drain_logs(self) -> None:
        if self.is_attached and self.pane is self.logs:
            self.set_timer(NEWS_EVERY_S / 2, self.logs.drain)

    def _tick(self) -> None:
        self.pane.tick()
        self.paint_lines()

    # The lines around the pane

    def on_table_changed(self, event: Table.Changed) -> None:
        """Title and header tell of the table."""
        if event.table is self.tables.table:
            self._header.show(self.tables.listing, event.table.slots)
            self.tables.searched()
            self._paint_around()

    def on_table_sorted(self) -> None:
        """The next visit to this view is sorted so too."""
        from tui.handlers import arranging  # noqa: PLC0415  # see tui/screens/late.py

        arranging.keep_sorting(self)

    def on_pager_moved(self) -> None:
        """The title tells the position."""
        self._paint_around()

    def on_table_opened(self) -> None:
        """A row was clicked twice."""
        self.do("open")

    def on_tiles_clicked(self, event: Tiles.Clicked) -> None:
        """Choose a figure, with a second click go to what it tells of."""
        if self.pulses.clicked(event.x, event.y) and event.times > 1:
            self.do("open")

    def on_header_clicked(self, event: Header.Clicked) -> None:
        """Sort by the column that was clicked."""
        self.tables.table.sort_by(event.column)

    def fold(self) -> None:
        """Show the lines around the pane, or give the room to it."""
        self._frame.foot.display = self.is_full or not self.is_folded
        self._frame.keys.display = not self.is_folded and not self.is_full
        self._frame.status.display = self._frame.title.display = not self.is_full
        self.on_resize()

    def show_full(self, is_full: bool) -> None:
        """Show nothing but a text, and one line that tells where it is read and what happened."""
        if is_full != self.is_full:
            self.is_full = is_full
            self.fold()

    def on_resize(self) -> None:
        """A box only where there is room for it."""
        self._body.set_class(self.is_boxed, "boxed")
        self.paint_lines()

    @property
    def is_boxed(self) -> bool:
        """Whether there is a box around the pane."""
        hides = self.is_folded or self.is_full or self.session.compact
        return self.app.size.height >= _BOX_LINES and not hides

    def paint_lines(self) -> None:
        """Bring all lines in line with the world."""
        self._frame.paint_status(self.trail.here.place.cluster, self.app.size.width)
        self._paint_around()
        self._look_on()

    def _look_on(self) -> None:
        """See to it that what is wrong is looked for to the end: a part at a time, so that keys are answered in between."""
        more_in_s = self.session.world.faults.more_in_s()
        if more_in_s is not None and not self._is_looking:
            self._is_looking = True
            self.set_timer(max(_LOOK_GAP_S, more_in_s), self._go_on_looking)

    def _go_on_looking(self) -> None:
        self._is_looking = False
        self.session.world.faults.found()
        if self.session.world.faults.more_in_s() is None:
            self.paint_lines()
        else:
            self._look_on()

    def _paint_around(self) -> None:
        """The lines that depend on what the operator does."""
        if self.is_attached:
            cluster = cluster_of(self.session.world, self.trail.here.place)
            title = self.pane.title()
            self._frame.paint_title(title, cluster, is_boxed=self.is_boxed)
            width = self.app.size.width
            self._frame.paint_foot(self.trail, width, title if self.is_full else None)
            mode = self.prompt.mode if self.prompt.is_open else None
            self._frame.paint_keys(self.scope, mode, width)
