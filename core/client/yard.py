"""What is read of an installation by who tries things on it: a Dockyard, or a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.client.engine_process import EngineStatus
    from core.client.stage import Stage
    from core.config import Config
    from core.model.state import State


class Yard(Protocol):
    """One installation, for one thread."""

    @property
    def now(self) -> Callable[[], float]:
        """What the time is."""
        ...

    @property
    def config_path(self) -> Path | None:
        """The config file that was named."""
        ...

    def state(self) -> State:
        """The state as of now. Whoever changes it puts it back."""
        ...

    def config(self) -> Config:
        """The config file as it is now. Raises ConfigError."""
        ...

    def engine(self) -> EngineStatus:
        """Whether an engine runs, and by which file."""
        ...

    def wait(self, judge: Callable[[State], Stage], timeout_s: float, tell: Callable[[str], None]) -> Stage:
        """Wait until something is so. Raises NoEngine, NotInTime."""
        ...

    def close(self) -> None:
        """It is no longer needed."""
        ...
