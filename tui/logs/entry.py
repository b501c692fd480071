"""One line of a log as it is kept."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """A line as it came; `label` names its container where several logs are merged. A tuple: 20,000 a second are made."""

    label: str
    #: Docker's own time, sortable. What is ours has that of the line it stands behind, and stays there.
    at: str
    text: str
    #: Not from a container: what we have to say about its log.
    is_ours: bool = False
