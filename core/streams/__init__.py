"""A client's own streams to containers and hosts. They never pass through the engine.

Each host is reached by the config's own rules, over a link of this process's that is kept while it is used and opened anew when
it broke. Each stream has a connection of its own; closing it from another thread ends its reader at once.
"""

from __future__ import annotations

from core.streams.place import Place, places
from core.streams.session import SHELL, Session
from core.streams.streams import LogLine, Streams, merged

__all__ = ["SHELL", "LogLine", "Place", "Session", "Streams", "merged", "places"]
