"""How a broken invariant is told."""

from __future__ import annotations


class Violation(AssertionError):
    """An invariant doesn't hold. The message names it, and what breaks it."""


def demand(holds: bool, rule: str, *about: object) -> None:
    """Raise Violation unless it holds."""
    if not holds:
        raise Violation(f"{rule}: {' '.join(str(a) for a in about)}")
