"""The help: every key that works where it was asked for, made from the live keymap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.screen import ModalScreen

from tui.keymap import event_key, shown_key
from tui.listing.row import Tone
from tui.widgets.lines import Bar
from tui.widgets.pager import Fixed, Pager

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from tui.commands import Scope
    from tui.glyphs import Glyphs
    from tui.keymap import Keymap
    from tui.widgets.text import Line

_KEYS_WIDTH = 16
_HELP_WIDTH = 66


def help_lines(keymap: Keymap, scope: Scope) -> list[Line]:
    """The keys of a scope: what changes something, what is of this view, what works everywhere."""
    menu = keymap.menu(scope)
    changing = [entry for entry in menu if entry[1].dangerous]
    common = [entry for entry in menu if len(entry[1].scopes) > 6 and not entry[1].dangerous]
    here = [entry for entry in menu if entry not in changing and entry not in common]
    lines: list[Line] = []
    for title, entries in (
        (f"In {scope}", here),
        ("Changes something, after asking", changing),
        ("Everywhere", common),
    ):
        if entries:
            lines += [(), ((title, Tone.KEY),)]
        for keys, command in entries:
            shown = " ".join(map(shown_key, keys))
            lines.append(
                (
                    (f"  {shown:{_KEYS_WIDTH}}", Tone.PLAIN),
                    (f"{command.help:{_HELP_WIDTH}}", Tone.PLAIN),
                    (f"  {command.id}", Tone.DIM),
                )
            )
    notes = (
        "Filters: terms separated by spaces must all match; !term must not, ~term has its letters in order,",
        "column:term looks in one column. Keys are changed in config.toml under [ui.keys], by the ids in the last column.",
    )
    return [*lines[1:], (), *(((note, Tone.DIM),) for note in notes)]


class Help(ModalScreen[None], inherit_bindings=False):
    """Closes with the keys that close things, and with the one that opened it."""

    DEFAULT_CSS = """
    Help { align: center middle; }
    Help > Vertical { width: 112; max-width: 95%; height: 90%; border: round $primary; background: $surface; }
    Help.ascii > Vertical { border: ascii $primary; }
    """

    def __init__(self, glyphs: Glyphs, keymap: Keymap, scope: Scope) -> None:
        """Show the keys of a scope."""
        super().__init__(classes="ascii" if glyphs.is_ascii() else None)
        self._keymap = keymap
        self._scope = scope
        self._pager = Pager(glyphs)
        self._foot = Bar(glyphs)

    def compose(self) -> ComposeResult:
        """The text and how to leave it."""
        with Vertical():
            yield self._pager
            yield self._foot

    def on_mount(self) -> None:
        """Show the text."""
        self._pager.show(Fixed(help_lines(self._keymap, self._scope)))
        self._foot.write([(" Esc closes", Tone.DIM)])

    def on_key(self, event: events.Key) -> None:
        """Scroll, or close."""
        event.stop()
        command = self._keymap.command(self._scope, event_key(event.key, event.character))
        match command.id if command else "":
            case "back" | "help":
                self.dismiss()
            case "move.down":
                self._pager.move(1)
            case "move.up":
                self._pager.move(-1)
            case "move.page_down":
                self._pager.move(self._pager.page())
            case "move.page_up":
                self._pager.move(-self._pager.page())
            case "move.first":
                self._pager.move_to(0)
            case "move.last":
                self._pager.move_to(-1)
            case _:
                pass
