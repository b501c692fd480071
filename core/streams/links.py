"""One link to each host, opened when it is first asked for, kept while it lives, and opened anew when it broke. Thread-safe."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.errors import HostError
from core.hosts.link import open_link
from core.reach import way_to_instance
from core.streams.calls import call

if TYPE_CHECKING:
    from core.config import Config
    from core.hosts.link import Address, Link, LinkOptions, Prompt
    from core.model.instance import ContainerInstance


@dataclass(slots=True)
class _Kept:
    """The link to one host, once it was asked for."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    link: Link | None = None
    #: Whether its Docker runs without root; None before it was asked.
    is_rootless: bool | None = None

    def close(self) -> None:
        link, self.link, self.is_rootless = self.link, None, None
        if link is not None:
            link.close()


class Links:
    """The links of one client."""

    def __init__(self, config: Config, prompt: Prompt | None) -> None:
        """`prompt` asks for a key's passphrase; None where nobody can be asked."""
        self._config = config
        self.prompt = prompt
        self._links: dict[str, _Kept] = {}
        self._lock = threading.Lock()
        self._is_closed = False

    def to(self, instance: ContainerInstance) -> Link:
        """The link to a host. Raises HostError, also once they are closed, and ConfigError."""
        with self._lock:
            kept = self._links.setdefault(instance.url, _Kept())
        # A host that is slow to answer holds up those who ask for it, and nobody else.
        with kept.lock:
            if kept.link is None or not kept.link.alive():
                kept.close()
                kept.link = open_link(*self.way_to(instance), self.prompt)
            link = kept.link
        # Looked at behind the opening: whoever closed meanwhile did not see what was being opened.
        if self._is_closed:
            kept.close()
            raise HostError(f"the connection to {instance.name} was given up")
        return link

    def way_to(self, instance: ContainerInstance) -> tuple[Address, LinkOptions]:
        """How a host is reached. Raises ConfigError."""
        return way_to_instance(instance, self._config)

    def is_rootless(self, instance: ContainerInstance) -> bool:
        """Whether a host's Docker has its networks in a namespace of its own. Raises HostError."""
        from core.hosts.docker_json import is_rootless  # noqa: PLC0415  # for forwards alone: screens open sooner without

        link = self.to(instance)
        kept = self._links[instance.url]
        if kept.is_rootless is None:
            kept.is_rootless = is_rootless(call(link, "GET", "/info", members=("SecurityOptions",)))
        return kept.is_rootless

    def close(self) -> None:
        """Drop all links for good, also those that are being opened; waits for none of these."""
        with self._lock:
            self._is_closed = True
            links = list(self._links.values())
        for kept in links:
            kept.close()
