"""What the screens are given: the world and its feed, the way to ask for changes, keys, characters and the operator's settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from core.record import Record
from tui.previews import Previews
from tui.saved import Layouts
from tui.status import Ours
from tui.turns import Turns

if TYPE_CHECKING:
    from core.api import EngineChild, Submitted
    from core.client.yard import Yard
    from core.commands import Action
    from core.config.values import PluginConfig
    from core.errors import DockyardError
    from core.streams import Streams
    from tui.glyphs import Glyphs
    from tui.keymap import Keymap
    from tui.world import News, World


class Output(Record):
    """What a command said, as it came."""

    line: str
    #: How it ended, in words.
    ended: str
    text: str = ""


Told = Callable[["Submitted | DockyardError"], None]


class Source(Protocol):
    """Where news comes from: a Feed, or a test."""

    def has_news(self) -> bool:
        """Whether there is something to take."""
        ...

    def listen(self, ring: Callable[[], None]) -> None:
        """Have `ring` called, from any thread, when there is news."""
        ...

    def take(self) -> News:
        """What came since the last time; never waits."""
        ...

    def look_now(self) -> None:
        """Read everything anew, soon."""
        ...

    def close(self) -> None:
        """End; never waits."""
        ...


class Desk(Protocol):
    """Where changes are asked for: an Asker, or a test."""

    def ask(self, action: Action, given: dict[str, Any], tell: Told) -> None:
        """Submit a command; `tell` may be called from any thread."""
        ...


@dataclass(slots=True)
class Session:
    """One run of the terminal UI."""

    world: World
    source: Source
    desk: Desk
    keymap: Keymap
    glyphs: Glyphs
    open_streams: Callable[[], Streams]
    #: The installation for another thread, on which forms are tried.
    open_yard: Callable[[], Yard]
    #: Starts an engine if none runs, from a thread; None where that isn't wanted.
    start_engine: Callable[[], EngineChild | None] | None = None
    theme: str = ""
    #: `ask`, `stop` or `stay`: what becomes of an engine that is our child.
    engine_on_quit: str = "ask"
    mouse: bool = True
    #: Whether the keymap was made without what changes something: the status line says so.
    read_only: bool = False
    #: How the program is ended and the mouse switched; the application sets them.
    leave: Callable[[], None] = lambda: None
    bring_up_engine: Callable[[], None] = lambda: None
    use_mouse: Callable[[bool], None] = lambda _is_used: None
    #: Asks for a secret (again, if True) from another thread, which waits for the answer; empty where there is none.
    ask_secret: Callable[[str, bool], str] = lambda _question, _again: ""
    #: The operator's own commands, by the ids of their entries in the keymap; what their words behind a colon stand for.
    plugins: Mapping[str, PluginConfig] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    #: Whether tables are shown without box and titles.
    compact: bool = False
    #: What the last command that ran beside the screen said.
    output: Output | None = None
    #: How the operator left the tables.
    layouts: Layouts = field(default_factory=Layouts)
    previews: Previews = field(default_factory=Previews)
    turns: Turns = field(default_factory=Turns)
    ours: Ours = field(default_factory=Ours)
    child: EngineChild | None = None
