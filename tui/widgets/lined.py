"""A widget that is a list of lines: it keeps what each line looks like and repaints those that look different.

It owns the colours of tones too, so that they are the same in tables, texts and one-line bars.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.geometry import Region
from textual.widget import Widget

from tui.listing.row import Paint, Tone
from tui.widgets.paint import color_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tui.glyphs import Glyphs

Look = TypeVar("Look")
#: The theme's names of what tones look like. Not CSS: each rule would be looked up for each widget of each screen, and for it alone.
_COLORS: Final = {
    Tone.GOOD: "text-success",
    Tone.BUSY: "text-accent",
    Tone.WARN: "text-warning",
    Tone.BAD: "text-error",
    Tone.DIM: "foreground-muted",
    Tone.KEY: "text-primary",
}


class Lined(Widget, Generic[Look]):
    """Subclasses say how lines look (`paint`) and draw them in `render_line`; a look is a value that can be compared."""

    ALLOW_SELECT = False

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        """Start without lines; `glyphs` say what a line may be drawn with."""
        super().__init__(id=id)
        self.glyphs = glyphs
        self.looks: list[Look] = []
        self._tones: dict[Tone | Paint, Style] = {}

    def tone(self, tone: Tone | Paint) -> Style:
        """The style of a tone, on this widget's background; or of a colour as a background."""
        if (style := self._tones.get(tone)) is None:
            made = self._painted(tone) if isinstance(tone, Paint) else self._tone_style(tone)
            style = self._tones[tone] = self.rich_style + made
        return style

    @property
    def is_ansi(self) -> bool:
        """Whether there are the terminal's own colours alone."""
        return self.background_colors[1].ansi is not None

    def _painted(self, paint: Paint) -> Style:
        """Letters that stand out from a colour; without colours in reverse video."""
        color = color_of(paint, is_ansi=self.is_ansi)
        if color is None or self.app.no_color:
            return Style(reverse=True, bold=True)
        if color.ansi is not None:
            return Style(bgcolor=color.rich_color, color="default", bold=True)
        return Style(bgcolor=color.rich_color, color=color.get_contrast_text(1.0).rich_color, bold=True)

    def _tone_style(self, tone: Tone) -> Style:
        if tone is Tone.PLAIN:
            return Style()
        # `ansi_default 50%` is that colour, in part; of the terminal's own there are no parts.
        said = self.app.theme_variables[_COLORS[tone]].partition(" ")[0]
        color, background = Color.parse(said), self.background_colors[1]
        if color.ansi is not None or background.ansi is not None:
            # The terminal's own colours can't be mixed; it knows by itself what dim is.
            return Style(color=color.rich_color, bold=tone is Tone.BAD or None, dim=tone is Tone.DIM or None)
        if color.a < 1:
            color = background.blend(color.with_alpha(1), color.a)
        return Style(color=color.rich_color, bold=tone is Tone.BAD or None)

    def shown(self, text: str) -> str:
        """A safe text as the terminal can show it."""
        return self.glyphs.shown(text)

    def paint(self, looks: Sequence[Look]) -> None:
        """Have the lines repainted that no longer look like what is on the screen."""
        old, self.looks = self.looks, list(looks)
        if len(old) != len(self.looks):
            self.refresh()
            return
        dirty = [
            Region(0, y, self.size.width, 1)
            for y, (new, was) in enumerate(zip(self.looks, old, strict=True))
            if new != was
        ]
        if dirty:
            self.refresh(*dirty)

    def notify_style_update(self) -> None:
        """The theme changed."""
        super().notify_style_update()
        self._tones.clear()

    def paint_anew(self) -> None:
        """Forget what is on the screen."""
        self.looks = []
        self.refresh()


def segments(pieces: Iterable[tuple[str, Style]]) -> Iterator[Segment]:
    """Pieces of one style as one segment: each segment costs some forty bytes of colours on the wire."""
    for style, run in groupby(pieces, key=itemgetter(1)):
        yield Segment("".join(text for text, _ in run), style)
