"""The pages by the names of their views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.pages.describe import describe
from tui.pages.messages import messages
from tui.pages.outputs import outputs
from tui.pages.raw import raw
from tui.pages.why import why

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tui.pages.text import Line
    from tui.place import Thing
    from tui.world import World

PAGES: Final[Mapping[str, Callable[[World, Thing], list[Line]]]] = {
    "describe": describe,
    "raw": raw,
    "why": why,
    "outputs": outputs,
    "messages": messages,
}
