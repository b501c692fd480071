"""Protected clusters: what ends things there wants their names typed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def asked(names: Sequence[str]) -> str:
    """What is to be typed."""
    told = ", ".join(names)
    if len(names) == 1:
        return f"The cluster {told} is protected: type its name to go on"
    return f"The clusters {told} are protected: type their names to go on"


def is_said(typed: str, names: Sequence[str]) -> bool:
    """Whether it was."""
    return typed.replace(",", " ").split() == list(names)
