"""One run of the command line: which config and which state it is about, and what is opened for it when a verb asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.cli.printing import Printer, age
from core.record import Record

if TYPE_CHECKING:
    from core.api import Dockyard
    from core.config import Config
    from core.model.state import State


class Look(Record):
    """How the terminal UI is to be this time, where that is not as the terminal itself, or the config, says."""

    is_ascii: bool = False
    mouse: bool = True
    read_only: bool = False


#: Opens the terminal UI on a config file and a state folder (None: where they usually are); returns the exit code.
OpenUi = Callable[[Path | None, Path | None, Look], int]
#: Says what would keep the terminal UI from opening with a config file.
CheckUi = Callable[["Config"], Iterable[str]]


@dataclass(slots=True)
class Invocation:
    """What the arguments before the verb said."""

    config_path: Path | None = None
    state_dir: Path | None = None
    open_ui: OpenUi | None = None
    check_ui: CheckUi | None = None
    look: Look = field(default_factory=Look)
    printer: Printer = field(default_factory=Printer)
    #: Said after Ctrl-C: what goes on without this command.
    goes_on: str = ""
    _dockyard: Dockyard | None = None
    _noted: set[str] = field(default_factory=set)

    def config(self) -> Config:
        """The config file as it is now."""
        from core.config import read  # noqa: PLC0415  # `version` and `--help` do without

        return read(self.config_path)

    def config_to_edit(self) -> Config:
        """The same for a verb that writes it: a file that is not there yet begins as the defaults, wherever it is to be."""
        from core.config.read import read_to_edit  # noqa: PLC0415  # as above

        return read_to_edit(self.config_path)

    def dockyard(self) -> Dockyard:
        """The installation, opened once."""
        if self._dockyard is None:
            from core.api import open_dockyard  # noqa: PLC0415  # as above

            self._dockyard = open_dockyard(self.config_path, self.state_dir)
        return self._dockyard

    def state(self) -> State:
        """The state as it is now."""
        return self.dockyard().state()

    def shown_state(self) -> State:
        """The same for a verb that shows it: where no engine keeps it true, that is said beside it."""
        from core.client.engine_process import engine_runs  # noqa: PLC0415  # as above

        dockyard = self.dockyard()
        if not engine_runs(dockyard.folder):
            beat_age_s = dockyard.engine().beat_age_s
            was = (
                "nothing has been looked at yet"
                if beat_age_s is None
                else f"this is of {age(beat_age_s)} ago"
            )
            self.printer.note(f"No engine runs: {was}.")
        return dockyard.state()

    def watched(self) -> bool:
        """Whether an engine keeps the state true now: where none does, nothing is known of what runs."""
        return self.dockyard().engine().watches

    def note_once(self, text: str) -> None:
        """A note that a verb which asks for several things makes only once."""
        if text not in self._noted:
            self._noted.add(text)
            self.printer.note(text)

    def close(self) -> None:
        """Close what was opened."""
        if self._dockyard is not None:
            self._dockyard.close()
            self._dockyard = None


#: Passes the run's Invocation to a verb as its first argument.
invoked = click.make_pass_decorator(Invocation)
