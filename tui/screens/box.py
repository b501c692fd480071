"""What all that is shown over the main screen has in common: a box, keys in the order of typing, and one answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast, final

from textual.containers import Vertical
from textual.screen import ModalScreen

from core.safe_text import plain
from tui.badge import NO_BADGE
from tui.listing.row import Tone
from tui.widgets.lines import Bar
from tui.widgets.paint import color_of
from tui.wording import shortened

if TYPE_CHECKING:
    from textual import events

    from tui.app import DockyardApp
    from tui.badge import Badge
    from tui.glyphs import Glyphs
    from tui.panes.pane import Scroller

Answered = TypeVar("Answered")

#: Leaves what is open: the application's.
_INTERRUPTS: Final = "ctrl+c"
_PAGES: Final = {"pagedown": 1, "pageup": -1}


class Box(ModalScreen[Answered], inherit_bindings=False):
    """Subclasses compose one Vertical, say how large it is where that is not as a dialog, and what keys mean (`obey`)."""

    DEFAULT_CSS = """
    Box { align: center middle; }
    Box > Vertical {
        width: 90%; max-width: 84; height: auto; max-height: 90%;
        padding: 0 1; border: round $primary; background: $surface;
    }
    Box.ascii > Vertical { border: ascii $primary; }
    """

    def __init__(self, glyphs: Glyphs, title: str = "", badge: Badge = NO_BADGE) -> None:
        """`glyphs` say what it may be drawn with. The heading is the subclass's to place, where it has one."""
        super().__init__(classes="ascii" if glyphs.is_ascii() else None)
        self.heading: Final = Bar(glyphs)
        self._entitled = title, badge
        self._is_ended = False
        #: The answer, while it waits for what stands over the box to be closed.
        self._held: tuple[Any] | None = None
        #: When it could first be read, and again when what stood over it was closed.
        self._readable_at = float("inf")
        #: When it came to be on top, not painted yet.
        self._shown_at = 0.0
        self._is_begun = False
        #: Keys that came before that was known, and whether such as were typed before still count.
        self._early: Final[list[events.Key]] = []
        #: Whether these are being judged: what comes meanwhile is behind them.
        self._takes_early = False
        self._hears_early = True

    # What subclasses say

    async def obey(self, event: events.Key) -> None:
        """Do what a key means."""
        raise NotImplementedError

    def begin(self) -> None:
        """It can be read now, for the first time."""

    def fills_in(self, _event: events.Key) -> bool:
        """Whether a key counts though it was typed before the box could be read: it only fills in, and chooses nothing."""
        return False

    @property
    def scroller(self) -> Scroller | None:
        """What PgUp and PgDn scroll."""
        return None

    def cancel(self) -> None:
        """Ctrl-C: leave, perhaps after a question."""
        self.end(None)

    def on_mount(self) -> None:
        """Show what it is about, where that is known from the start."""
        if self._entitled[0]:
            self.entitle(*self._entitled)

    def entitle(self, title: str, badge: Badge = NO_BADGE) -> None:
        """Write a title into the heading, and of which cluster it is: its colour is that of the edge, too."""
        self.heading.write([*badge.pieces, (shortened(plain(title)), Tone.KEY)])
        color = color_of(badge.paint, is_ansi=self.heading.is_ansi) if badge.paint is not None else None
        frame = self.query_one(Vertical)
        if color is None:
            frame.styles.border = None
        else:
            frame.styles.border = ("ascii" if self.heading.glyphs.is_ascii() else "round", color)

    # Keys

    @final
    async def take_key(self, event: events.Key) -> bool:
        """All keys but Ctrl-C: the application calls this before any widget sees one, so that they are taken in their order.

        A key older than the first picture is not about what is shown: of those only what fills in counts, up to the first
        that could choose or leave.
        """
        if event.key == _INTERRUPTS:
            return False
        if self._is_ended:
            return True
        if self._takes_early or self._readable_at == float("inf"):
            self._early.append(event)
        else:
            await self._take_if_meant(event, self._hears_early)
        return True

    async def _take_if_meant(self, event: events.Key, hears_early: bool) -> bool:
        """Take a key that is about what is shown, or fills in; whether older ones still count after it."""
        if event.time >= self._readable_at or (hears_early and self.fills_in(event)):
            await self._take(event)
            return hears_early
        self._hears_early = False
        self.missed(event)
        return False

    def missed(self, event: events.Key) -> None:
        """A key was older than the first picture, and was dropped."""

    def drop_typed_ahead(self) -> None:
        """What was typed up to now is not about what is shown now."""
        self._readable_at, self._hears_early = time.monotonic(), False

    async def _take(self, event: events.Key) -> None:
        if event.key in _PAGES and self.scroller is not None:
            self.scroller.move(_PAGES[event.key] * self.scroller.page())
        else:
            await self.obey(event)

    async def _become_readable(self) -> None:
        if not self._is_begun:
            self._is_begun = True
            self.begin()
        # What is complete now was painted then: who has pressed a key since has seen it, however late we come to know.
        painted_at = cast("DockyardApp", self.app).painted_at
        self._readable_at = painted_at if painted_at > self._shown_at else time.monotonic()
        hears_early, self._takes_early = self._hears_early, True
        while self._early and not self._is_ended:
            hears_early = await self._take_if_meant(self._early.pop(0), hears_early)
        self._takes_early = False

    def on_screen_suspend(self) -> None:
        """Something stands over it."""
        self._readable_at, self._hears_early = float("inf"), True

    def on_screen_resume(self) -> None:
        """Nothing stands over it any more; or nothing ever did, and it is shown for the first time."""
        if self._held is not None:
            (answer,), self._held = self._held, None
            self.dismiss(answer)
        else:
            self._shown_at = time.monotonic()
            self.call_after_refresh(self._become_readable)

    # The end

    @final
    def end(self, answer: Answered | None) -> None:
        """Close with an answer, the first that is given: now, or when what stands over it is closed.

        Never by Textual's `dismiss`, which closes whatever is on top: of two Enters that come together the second would close
        what is below, at last the main screen, and with it the program.
        """
        if self._is_ended:
            return
        self._is_ended = True
        if self.app.screen is self:
            self.dismiss(answer)
        else:
            self._held = (answer,)
