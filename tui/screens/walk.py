"""Something that takes its time, told line by line: the way to a host, files that are applied. It can be left at any moment."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from textual.containers import Vertical

from core.errors import DockyardError, HostUnreachable
from core.safe_text import plain
from tui.listing.row import Tone
from tui.screens.box import Box
from tui.screens.dialog import Answer, Dialog, Said
from tui.secrets import Secrets
from tui.widgets.lines import Bar
from tui.widgets.pager import Fixed, Pager

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult

    from core.client.yard import Yard
    from tui.badge import Badge
    from tui.forms.joining import Guide
    from tui.screens.main import Main
    from tui.widgets.text import Line

#: What is said of it once it has come to an end, good or not.
_END_OF: Final = {True: ("done", Tone.GOOD), False: ("not done", Tone.BAD)}
_SCROLLS: Final = {"down": 1, "j": 1, "up": -1, "k": -1}


class Walk(Box[bool], inherit_bindings=False):
    """Answers whether it came to a good end; None: it was left on its way, and given up unless it `goes_on` by itself."""

    DEFAULT_CSS = """
    Walk > Vertical { width: 94%; max-width: 100%; height: 90%; }
    Walk Pager { padding: 0; }
    """

    def __init__(
        self,
        main: Main,
        title: str,
        walk: Callable[[Guide, Yard], bool],
        badge: Badge,
        *,
        goes_on: bool = False,
    ) -> None:
        """`walk` runs in a thread of its own, with an installation of its own; one that does not go on asks whether it was left."""
        glyphs = main.session.glyphs
        super().__init__(glyphs, title, badge)
        self._main: Final = main
        self.badge: Final = badge
        self._title: Final = title
        self._goes_on: Final = goes_on
        #: Asked by the walk's thread.
        self.is_left: Final = threading.Event()
        self._walk: Final = walk
        self._pager: Final = Pager(glyphs)
        self._foot: Final = Bar(glyphs)
        self._lines: Final[list[Line]] = []
        self._ended: bool | None = None

    def compose(self) -> ComposeResult:
        """A title, what was told, the keys."""
        with Vertical():
            yield self.heading
            yield self._pager
            yield self._foot

    def on_mount(self) -> None:
        """Set out."""
        self._show_foot()
        if self._goes_on:
            self._main.session.world.own.walks.add(self._title)
        thread = threading.Thread(target=self._go, args=(_Guide(self, self._main),), name="walk", daemon=True)
        thread.start()

    def _go(self, guide: _Guide) -> None:
        try:
            yard = self._main.session.open_yard()
            try:
                is_good = self._walk(guide, yard)
            finally:
                yard.close()
        except HostUnreachable as error:
            guide.tell(f"{error.step}: {error}", Tone.BAD)
            if error.hint:
                guide.tell(f"→ {error.hint}", Tone.WARN)
            is_good = False
        except DockyardError as error:
            guide.tell(str(error), Tone.BAD)
            is_good = False
        guide.arrive(is_good)

    def add_line(self, told: tuple[str, Tone]) -> None:
        """One line more; the end stays in sight."""
        text, tone = told
        self._lines.extend(((plain(line), tone),) for line in text.splitlines() or [""])
        if self.is_attached:
            self._pager.show(Fixed(self._lines), follow=True, wrap=True)

    def arrive(self, is_good: bool) -> None:
        """There is nothing more to come; it stays open to be read."""
        self._ended = is_good
        self._main.session.world.own.walks.discard(self._title)
        if self.is_attached:
            self._show_foot()
        elif self._goes_on:
            word, tone = _END_OF[is_good]
            self._main.say(f"{self._title}: {word}", tone)

    def _show_foot(self) -> None:
        if self._ended is None:
            leaving = "Esc leaves it to itself" if self._goes_on else "Esc gives it up"
            self._foot.write([("on its way …", Tone.BUSY)], [(leaving, Tone.DIM)])
        else:
            word, tone = _END_OF[self._ended]
            self._foot.write([(word, tone)], [("Enter or Esc closes, arrows scroll", Tone.DIM)])

    @property
    def scroller(self) -> Pager:
        """What was told."""
        return self._pager

    async def obey(self, event: events.Key) -> None:
        """Scroll, or leave."""
        if event.key in {"escape", "q"} or (event.key == "enter" and self._ended is not None):
            self.cancel()
        elif event.key in _SCROLLS:
            self._pager.move(_SCROLLS[event.key])

    def cancel(self) -> None:
        """What is under way is given up, or goes on by itself."""
        self.is_left.set()
        self.end(self._ended)


class _Guide:
    """The walk's side of the screen: every call is put into the loop."""

    def __init__(self, screen: Walk, main: Main) -> None:
        self._main = main
        self._add = main.from_thread(screen.add_line)
        self._arrive = main.from_thread(screen.arrive)
        self._ask = main.from_thread(self._push)
        self._secrets = Secrets(main.session.ask_secret)
        self._screen = screen

    def tell(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        self._add((text, tone))

    def arrive(self, is_good: bool) -> None:
        self._arrive(is_good)

    def secret(self, question: str) -> str:
        # Who left the walk to itself is not asked out of the blue.
        return self._secrets(question) if not self.is_left() else ""

    def is_left(self) -> bool:
        return self._screen.is_left.is_set()

    def confirms(self, title: str, lines: tuple[str, ...], go: str) -> bool:
        answered: SimpleQueue[bool] = SimpleQueue()
        self._ask((title, lines, go, answered))
        return answered.get()

    def _push(self, asked: tuple[str, tuple[str, ...], str, SimpleQueue[bool]]) -> None:
        title, lines, go, answered = asked
        if self.is_left():
            # Whoever left it has not said yes.
            answered.put(False)
            return

        def told(answer: Answer | None) -> None:
            answered.put(answer is not None)

        self._main.app.push_screen(
            Dialog(self._main.session.glyphs, title, lambda _: Said(lines), [go], badge=self._screen.badge),
            told,
        )
