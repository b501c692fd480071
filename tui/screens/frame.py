"""The lines around a pane: status, title, crumbs or message, keys. What reads the same is not painted again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from rich.cells import set_cell_size

from core.safe_text import plain
from tui.badge import badge_of
from tui.keymap import shown_key
from tui.listing.order import cell_width
from tui.listing.row import Tone
from tui.naming import crumb
from tui.own import Said
from tui.status import status_line
from tui.widgets.lines import Bar, Title
from tui.widgets.prompt import Mode
from tui.wording import shortened, with_short_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.commands import Scope
    from tui.session import Session
    from tui.trail import Trail
    from tui.widgets.lines import Piece

#: How long a message stays in place of the crumbs.
_FLASH_S: Final = 8.0
#: How old an event may be to be shown beside the crumbs.
_NEWS_S: Final = 60.0
_NEWS_ROOM: Final = 20
#: So much of a long name stays in a message that has no room for all of it.
_LEAST_NAME: Final = 16
_PROMPT_KEYS: Final = {
    Mode.COMMAND: "Enter goes, Tab completes, Esc cancels",
    Mode.FILTER: "Enter keeps the filter, Esc drops it, arrows move the cursor",
    Mode.SEARCH: "Enter keeps the search, Esc drops it",
}


class Frame:
    """The bars and what stands in them."""

    def __init__(self, session: Session) -> None:
        """Make the bars."""
        glyphs = session.glyphs
        self.status: Final = Bar(glyphs, id="status")
        self.title: Final = Title(glyphs)
        self.foot: Final = Bar(glyphs, id="foot")
        self.keys: Final = Bar(glyphs, id="keys")
        self._session: Final = session
        self._message: Piece = ("", Tone.PLAIN)
        self._twin = ""
        self._message_until = 0.0

    def say(self, text: str, tone: Tone, twin: str) -> None:
        """Show a message for a while, with the command line that does the same.

        An error stays until a key is pressed; a hint (DIM), and a warning of which no command came, answer the key before: they
        go with the next one.
        """
        self._session.world.own.said.append(Said(self._session.world.now(), text, tone, twin))
        self._message = (f" {plain(text)}", tone)
        self._twin = f"  {plain(twin)}" if twin else ""
        self._message_until = float("inf") if tone is Tone.BAD else time.monotonic() + _FLASH_S

    def key_pressed(self) -> None:
        """An error that was shown has been seen, and what answered the key before isn't of this one."""
        is_answer = self._message[1] in {Tone.DIM, Tone.WARN} and not self._twin
        if self._message_until == float("inf") or is_answer:
            self._message_until = 0.0

    def paint_status(self, cluster: str, width: int) -> None:
        """How true what is shown is."""
        session = self._session
        # Keys that are missing are missed: why they are stands where it is always seen.
        mode = "read-only " if session.read_only else ""
        clock = mode + time.strftime("%H:%M ", time.localtime(session.world.now()))
        status = status_line(
            session.world,
            session.ours,
            len(session.world.faults.found()),
            cluster,
            width - len(clock) - 1,
            " | " if session.glyphs.is_ascii() else " · ",
        )
        self.status.write(status, [(clock, Tone.DIM)])

    def paint_title(self, pieces: Sequence[Piece], cluster: str, *, is_boxed: bool) -> None:
        """What is shown, and of which cluster, in its colour and by its name, so that nobody takes it for another."""
        badge = badge_of(self._session.world, cluster)
        short = [(shortened(text), tone) for text, tone in pieces]
        self.title.write_title([*badge.pieces, *short], is_boxed=is_boxed, paint=badge.paint)

    def paint_foot(self, trail: Trail, width: int, title: Sequence[Piece] | None = None) -> None:
        """The message, while it is new, else where the operator is: by a title, where there is no other line."""
        if self._is_new():
            twin = "" if self._has_twin_below(width) else self._twin
            text, tone = self._message
            if cell_width(text) > width:
                # What becomes of a thing stands behind its name.
                text = shortened(text, max(_LEAST_NAME, width // 3))
            way = self._way_to_all() if cell_width(text) > width else []
            text = set_cell_size(text, width - sum(cell_width(said) for said, _ in way)) if way else text
            self.foot.write([(text, tone), (twin, Tone.DIM), *way])
            return
        if title is not None:
            self.foot.write([(" ", Tone.DIM), *title])
            return
        world = self._session.world
        crumbs = [
            trail.here.place.cluster or "all",
            *(shortened(crumb(world, each.place)) for each in trail.visits),
        ]
        text = f" {f' {self._session.glyphs.crumb} '.join(crumbs)}"
        self.foot.write([(text, Tone.PLAIN)], self._news(width - cell_width(text) - 3))

    def paint_keys(self, scope: Scope, mode: Mode | None, width: int) -> None:
        """The keys that work here, the weightiest first."""
        if mode is not None:
            self.keys.write([(f" {_PROMPT_KEYS[mode]}", Tone.DIM)])
            return
        if self._is_new() and self._has_twin_below(width):
            twin, way = self._twin[1:], self._way_to_all()
            if cell_width(twin) > width and way:
                twin = set_cell_size(twin, width - sum(cell_width(said) for said, _ in way))
            self.keys.write([(twin, Tone.DIM), *(way if cell_width(self._twin[1:]) > width else [])])
            return
        pieces: list[Piece] = []
        menu = [entry for entry in self._session.keymap.menu(scope) if entry[1].weight]
        for keys, command in sorted(menu, key=lambda entry: -entry[1].weight):
            key = shown_key(keys[0])
            width -= len(key) + len(command.label) + 3
            if width < 0:
                break
            pieces += [(f" {key}", Tone.KEY), (f" {command.label} ", Tone.DIM)]
        self.keys.write(pieces)

    def _way_to_all(self) -> list[Piece]:
        """The key that shows a message which does not fit."""
        keys = self._session.keymap.keys.get("messages")
        ellipsis = self._session.glyphs.ellipsis
        return (
            [(f"{ellipsis} ", Tone.DIM), (shown_key(keys[0]), Tone.KEY), (" all", Tone.DIM)] if keys else []
        )

    def _is_new(self) -> bool:
        return time.monotonic() < self._message_until

    def _has_twin_below(self, width: int) -> bool:
        """A command line that is cut is of no use: it takes the place of the keys for a while."""
        return bool(self._twin) and cell_width(self._message[0]) + cell_width(self._twin) > width

    def _news(self, room: int) -> list[Piece]:
        """The newest event, while it is new."""
        world = self._session.world
        event = next(reversed(world.events.values()), None)
        if event is None or room < _NEWS_ROOM or world.now() - event.at > _NEWS_S:
            return []
        text = with_short_ids(plain(event.message))
        text = text if cell_width(text) <= room else text[: room - 1] + self._session.glyphs.ellipsis
        return [(f"{text} ", Tone.DIM)]
