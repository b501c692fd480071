"""How moments are written. Pure but for the time zone."""

from __future__ import annotations

from datetime import datetime


def moment(at: float, now: float) -> str:
    """The time of day, with its date when that is not today's."""
    then, today = datetime.fromtimestamp(at).astimezone(), datetime.fromtimestamp(now).astimezone()
    return f"{then:%H:%M:%S}" if then.date() == today.date() else f"{then:%m-%d %H:%M}"
