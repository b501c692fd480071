"""The help: every key that works where it was asked for, made from the live keymap."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from textual.containers import Vertical

from tui.keymap import event_key, shown_key
from tui.listing.row import Tone
from tui.screens.box import Box
from tui.widgets.lines import Bar
from tui.widgets.pager import Fixed, Pager

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult

    from tui.commands import Scope
    from tui.glyphs import Glyphs
    from tui.keymap import Keymap
    from tui.widgets.text import Line

_WIDTH = 112
_HELP_WIDTH = 66
_ID_WIDTH = 20


def help_lines(keymap: Keymap, scope: Scope, width: int) -> list[Line]:
    """The keys of a scope: what changes something, what is of this view, what works everywhere."""
    menu = keymap.menu(scope)
    changing = [entry for entry in menu if entry[1].dangerous and entry[1].asks]
    common = [entry for entry in menu if len(entry[1].scopes) > 6 and not entry[1].dangerous]
    here = [entry for entry in menu if entry not in changing and entry not in common]
    keys_width = 2 + max(len(_keys(keys)) for keys, _ in menu)
    has_ids = width >= 2 + keys_width + _HELP_WIDTH + _ID_WIDTH
    help_width = _HELP_WIDTH if has_ids else max(10, width - keys_width - 2)
    lines: list[Line] = []
    for title, entries in (
        (f"In {scope}", here),
        ("Changes something, after asking", changing),
        ("Everywhere", common),
    ):
        if entries:
            lines += [(), ((title, Tone.KEY),)]
        for keys, command in entries:
            first, *more = wrap(command.help, help_width)
            command_id = f"  {command.id}" if has_ids else ""
            lines.append(
                (
                    (f"  {_keys(keys):{keys_width}}", Tone.PLAIN),
                    (f"{first:{help_width}}", Tone.PLAIN),
                    (command_id, Tone.DIM),
                )
            )
            lines += [((" " * (keys_width + 2) + line, Tone.PLAIN),) for line in more]
    where = "in the last column" if has_ids else "that a wider terminal shows here"
    note = (
        "Filters: terms separated by spaces must all match; !term must not, ~term has its letters in order, "
        "column:term looks in one column. Keys are changed in config.toml under [ui.keys], "
        f"by the ids {where}."
    )
    return [*lines[1:], (), *(((line, Tone.DIM),) for line in wrap(note, max(width, 1)))]


def _keys(keys: Sequence[str]) -> str:
    return " ".join(map(shown_key, keys))


class Help(Box[None], inherit_bindings=False):
    """Closes with the keys that close things, and with the one that opened it."""

    DEFAULT_CSS = """
    Help > Vertical { width: 112; max-width: 95%; height: 90%; padding: 0; }
    """

    def __init__(self, glyphs: Glyphs, keymap: Keymap, scope: Scope) -> None:
        """Show the keys of a scope."""
        super().__init__(glyphs)
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
        """Show the text, and how to leave it."""
        self._foot.write([(" Esc closes", Tone.DIM)])
        self.on_resize()

    def on_resize(self) -> None:
        """The lines depend on the width."""
        # Two edges, and the pager's own margins.
        width = min(_WIDTH, self.size.width * 95 // 100) - 4
        self._pager.replace(Fixed(help_lines(self._keymap, self._scope, width)))

    @property
    def scroller(self) -> Pager:
        """The text."""
        return self._pager

    async def obey(self, event: events.Key) -> None:
        """Scroll, or close."""
        command = self._keymap.command(self._scope, event_key(event.key, event.character))
        match command.id if command else "":
            case "back" | "help":
                self.end(None)
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
