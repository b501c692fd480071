"""What each command of the registry does on the main screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.handlers import arranging, changing, logs, looking, making, moving, plugins, streaming

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tui.screens.main import Main

HANDLERS: Final[Mapping[str, Callable[[Main], None]]] = {
    **moving.HANDLERS,
    **looking.HANDLERS,
    **logs.HANDLERS,
    **arranging.HANDLERS,
    **plugins.HANDLERS,
    **changing.HANDLERS,
    **making.HANDLERS,
    **streaming.HANDLERS,
}
