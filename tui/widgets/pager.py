"""A text to read: pages, logs, help. It scrolls, wraps, searches and follows the end; only what is visible is ever parsed."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple, Protocol

from rich.style import Style
from rich.text import Text
from textual.message import Message
from textual.strip import Strip

from tui.listing.row import Tone
from tui.pattern import Pattern
from tui.widgets.lined import Lined, segments
from tui.widgets.text import cut, sgr_style, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual import events

    from tui.glyphs import Glyphs
    from tui.widgets.text import Line, Piece

_WHEEL_LINES: Final = 3
_SIDE_STEP: Final = 8


class Source(Protocol):
    """Lines by number; the number of a line that was thrown away is never asked for."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def line(self, number: int) -> Iterable[Piece]:
        """A line's pieces, made as they are taken."""
        ...

    def match(self, pattern: Pattern, start: int, step: int) -> int | None:
        """The first line that matches from `start` on, or before it for a `step` of -1, going round."""
        ...

    def place(self, pattern: Pattern, number: int | None) -> tuple[int, int]:
        """Which of the lines that match a line is, from 1 on (0: none of them), and how many are known."""
        ...


class Fixed:
    """Lines that are all there."""

    def __init__(self, lines: Iterable[Sequence[Piece]]) -> None:
        """Keep them."""
        self._lines = [tuple(line) for line in lines]
        self._found: tuple[Pattern | None, list[int]] = None, []

    def __len__(self) -> int:
        """How many there are."""
        return len(self._lines)

    def line(self, number: int) -> Line:
        """A line's pieces."""
        return self._lines[number]

    def match(self, pattern: Pattern, start: int, step: int) -> int | None:
        """The first line that matches from `start` on, or before it for -1, going round."""
        found = self._matching(pattern)
        place = bisect_left(found, start + (step < 0)) - (step < 0)
        return found[place % len(found)] if found else None

    def place(self, pattern: Pattern, number: int | None) -> tuple[int, int]:
        """Which of the lines that match a line is, and how many there are."""
        found = self._matching(pattern)
        return found.index(number) + 1 if number in found else 0, len(found)

    def _matching(self, pattern: Pattern) -> list[int]:
        """All lines are looked at at once, which is quick for what is written to be read."""
        if self._found[0] != pattern:
            numbers = [n for n in range(len(self._lines)) if pattern.is_in(self._text(n))]
            self._found = pattern, numbers
        return self._found[1]

    def _text(self, number: int) -> str:
        return "".join(text for text, _ in self._lines[number])


class PagerLook(NamedTuple):
    """What a line of the screen shows: a part of a line, and what was searched for."""

    pieces: Line = ()
    pattern: Pattern | None = None
    is_match: bool = False


class Pager(Lined[PagerLook], can_focus=True):
    """Shows a source. It has no keys of its own: commands call its methods."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"pager--found", "pager--match"}
    DEFAULT_CSS = """
    Pager { height: 1fr; padding: 0 1; }
    Pager > .pager--found { background: $warning-muted; }
    Pager > .pager--match { background: $warning; color: $background; }
    """

    class Moved(Message):
        """What the title says of the position has changed."""

    def __init__(self, glyphs: Glyphs) -> None:
        """Start with nothing to read."""
        super().__init__(glyphs)
        self.source: Source = Fixed(())
        self.top = 0
        self.left = 0
        self.is_wrapped = False
        self.is_following = False
        self.pattern: Pattern | None = None
        self._match: int | None = None

    def show(self, source: Source, *, top: int = 0, follow: bool = False, wrap: bool = False) -> None:
        """Show another text."""
        self.source, self.top, self.left = source, top, 0
        self.is_wrapped = wrap
        self.is_following = follow
        self.pattern, self._match = None, None
        self.update_lines()

    def replace(self, source: Source, top: int | None = None) -> None:
        """Show the same text as it is now; what is read stays where it is, or goes to another line."""
        self.source = source
        if top is not None:
            self.top, self._match = top, None
        self.update_lines()

    def dropped(self, lines: int) -> None:
        """So many lines were thrown away at the start of the source."""
        self.top = max(0, self.top - lines)
        self._match = None if self._match is None or self._match < lines else self._match - lines

    def update_lines(self) -> None:
        """Bring the screen in line with the source."""
        height = self.content_size.height
        if not height:
            return
        if self.is_following:
            self.top = len(self.source)
        self.top = max(0, min(self.top, self._last_top(height)))
        self.paint(self._look(height))
        self.post_message(self.Moved())

    # What commands call

    def move(self, lines: int) -> None:
        """Scroll down, or up for negative numbers; whoever scrolls up reads, and no longer follows."""
        if lines < 0:
            self.is_following = False
        self.top += lines
        self.update_lines()

    def move_to(self, line: int) -> None:
        """Scroll to a line; -1 is the end."""
        self.is_following = False
        self.top = len(self.source) if line == -1 else line
        self.update_lines()

    def page(self) -> int:
        """How many lines a page is."""
        return max(1, self.content_size.height - 1)

    def scroll_columns(self, step: int) -> None:
        """Scroll sideways."""
        self.left = max(0, self.left + step * _SIDE_STEP)
        self.update_lines()

    def toggle_wrap(self) -> None:
        """Break long lines, or let them run out of the screen."""
        self.is_wrapped = not self.is_wrapped
        self.left = 0
        self.update_lines()

    def toggle_follow(self) -> None:
        """Stay at the end, or not."""
        self.is_following = not self.is_following
        self.update_lines()

    def look_for(self, text: str) -> None:
        """Show where a text is (or matches, as a regular expression)."""
        self.pattern = Pattern(text) if text else None
        self._match = None
        self.update_lines()

    def search(self, text: str) -> bool:
        """As `look_for`, and go to the next line that has it; says whether there is one."""
        self.look_for(text)
        return self.next_match(1, here=True) if text else True

    def next_match(self, step: int, *, here: bool = False) -> bool:
        """Go to the next match, or to the one before it for -1; says whether there is one."""
        if self.pattern is None:
            return False
        start = self.top if self._match is None else self._match
        number = self.source.match(self.pattern, start if here else start + step, step)
        if number is None:
            return False
        self._match = number
        self.is_following = False
        if not self.top <= number < self.top + self.content_size.height:
            self.top = max(0, number - self.content_size.height // 3)
        self.update_lines()
        return True

    def found(self) -> str:
        """What the search has found: `3 of 17`, the match that was gone to and how many there are."""
        if self.pattern is None:
            return ""
        place, count = self.source.place(self.pattern, self._match)
        return f"{place} of {count}" if place else str(count)

    def position(self) -> str:
        """Where in the text the screen is."""
        count = len(self.source)
        if self.is_following:
            return f"{count} {'line' if count == 1 else 'lines'}, following"
        last = min(count, self.top + self.content_size.height)
        return f"{min(self.top + 1, count)}-{last} of {count}"

    # The parts

    def _look(self, height: int) -> list[PagerLook]:
        looks: list[PagerLook] = []
        number = self.top
        # Whoever follows sees the end, whatever the lines before it take.
        while (len(looks) < height or self.is_following) and number < len(self.source):
            is_match = number == self._match
            looks += [
                PagerLook(part, self.pattern, is_match) for part in self._parts(self.source.line(number))
            ]
            number += 1
        looks = looks[-height:] if self.is_following else looks[:height]
        return looks + [PagerLook()] * (height - len(looks))

    def _parts(self, line: Iterable[Piece]) -> list[Line]:
        width = self.content_size.width
        if not self.is_wrapped:
            return [cut(line, self.left, width)]
        return wrapped(line, width)

    def _last_top(self, height: int) -> int:
        """The first line of the last screen."""
        if not self.is_wrapped:
            return max(0, len(self.source) - height)
        rows, number = 0, len(self.source)
        while number and rows < height:
            number -= 1
            rows += len(self._parts(self.source.line(number)))
        return number if rows <= height or self.is_following else number + 1

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        look = self.looks[y] if y < len(self.looks) else PagerLook()
        width = self.content_size.width
        pieces = [(self.shown(text), self._style(style)) for text, style in look.pieces]
        spans = look.pattern.spans("".join(text for text, _ in pieces)) if look.pattern else []
        if not spans:
            return Strip(segments(pieces)).adjust_cell_length(width, self.rich_style)
        text = Text(end="")
        for piece, style in pieces:
            text.append(piece, style)
        found = self.get_component_rich_style(
            "pager--match" if look.is_match else "pager--found", partial=True
        )
        for span in spans:
            text.stylize(found + Style(reverse=self.app.no_color or None), *span)
        return Strip(text.render(self.app.console)).adjust_cell_length(width, self.rich_style)

    def _style(self, style: str) -> Style:
        if isinstance(style, Tone):
            return self.tone(style)
        return self.rich_style + sgr_style(style) if style else self.rich_style

    # Events

    def on_resize(self) -> None:
        """Wrapping and the last screen depend on the size."""
        self.paint_anew()
        self.update_lines()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel scrolls."""
        event.stop()
        self.move(_WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """As down."""
        event.stop()
        self.move(-_WHEEL_LINES)
