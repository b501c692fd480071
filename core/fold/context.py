"""What a command's fold may know beside the state: the moment, chance, the settings, and whether an engine runs. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.record import Record

if TYPE_CHECKING:
    from random import Random

    from core.model.settings import Settings


class TurnContext(Record):
    """One turn. `by_engine` is False where the CLI folds with no engine running: then nothing is placed right after.

    `submitted_by` is who sent the command that is folded.
    """

    now: float
    chance: Random
    settings: Settings
    by_engine: bool = True
    submitted_by: str = ""
