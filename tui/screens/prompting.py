"""What is typed on the main screen behind `:` and `/`: filters and searches follow it, and Enter and Esc end it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.widgets.prompt import Mode, Prompt

if TYPE_CHECKING:
    from tui.commands import Command
    from tui.screens.main import Main

#: They move what is shown while a filter is typed.
_MOVING_KEYS: Final = frozenset({"up", "down", "pageup", "pagedown"})


class Prompting:
    """The prompt, and what becomes of what stands in it."""

    def __init__(self, main: Main) -> None:
        """The prompt is the main screen's to place."""
        self._main: Final = main
        self.prompt: Final = Prompt(main.session.glyphs, self._offered)

    def take(self, key: str, command: Command | None) -> bool:
        """A key while the prompt is open; False: a letter or an editing key, which is left to it."""
        if key == "escape":
            self.close(keep=False)
        elif key == "enter":
            self._submit()
        elif command is not None and key in _MOVING_KEYS:
            self._main.run_command(command)
        else:
            return False
        return True

    def close(self, *, keep: bool) -> None:
        """Leave the prompt; without `keep` a filter or search that was typed goes too."""
        main, mode = self._main, self.prompt.mode
        self.prompt.close()
        main.set_focus(main.pane.widgets[-1])
        if not keep and mode is Mode.FILTER:
            main.tables.table.set_filter("")
        elif not keep and mode is Mode.SEARCH:
            self._search("")
        main.paint_lines()

    def typed(self, mode: Mode, text: str) -> None:
        """Filters and searches follow what is typed."""
        if not self.prompt.is_open:
            return
        if mode is Mode.FILTER:
            self._main.tables.table.set_filter(text)
        elif mode is Mode.SEARCH:
            self._search(text)

    def _submit(self) -> None:
        """Keep the filter or search, or do what was typed."""
        main, mode, text = self._main, self.prompt.mode, self.prompt.text
        self.close(keep=True)
        if mode is Mode.FILTER:
            main.tables.table.choose(text)
        elif mode is Mode.SEARCH:
            self._search(text)
            if main.pane is main.logs:
                main.logs.tell_found()
        elif text.strip():
            from tui.handlers import words  # noqa: PLC0415  # see tui/screens/late.py

            words.do(main, text)

    def _search(self, text: str) -> None:
        main = self._main
        if main.pane is main.logs:
            main.logs.search(text)
        else:
            main.texts.pager.search(text)

    def _offered(self, typed: str) -> list[str]:
        from tui.handlers import words  # noqa: PLC0415  # see tui/screens/late.py

        return words.offered(self._main, typed)
