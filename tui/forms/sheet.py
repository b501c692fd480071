"""A form as it is opened: its title, its fields, the word on its button, and how what is typed is judged. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config import DEFAULT_CLUSTER
from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.client.yard import Yard
    from core.model.state import State
    from tui.forms.form import Entry, Judged


class Sheet(Record):
    """What a form is made of. `judge` runs in a thread of its own."""

    title: str
    go: str
    entries: tuple[Entry, ...]
    verb: tuple[str, ...]
    judge: Callable[[Yard, Mapping[str, str]], Judged]
    #: What it says before anything was judged.
    intro: str = ""
    #: The cluster that it is about, where no field says it.
    cluster: str = ""

    def cluster_of(self, values: Mapping[str, str]) -> str:
        """The cluster that it is about, with these values; empty where it is about none."""
        return self.cluster or values.get("cluster", "").strip()


def families(state: State) -> tuple[str, ...]:
    """Families and their ACTIVE revisions, each family's latest first."""
    active = sorted(
        (d for d in state.definitions.values() if d.active), key=lambda d: (d.family, -d.revision)
    )
    names: dict[str, None] = {}
    for definition in active:
        names[definition.family] = None
        names[definition.name] = None
    return tuple(names)


def clusters(state: State) -> tuple[str, ...]:
    """All that there are."""
    return tuple(sorted(state.clusters))


def first_cluster(state: State, here: str) -> str:
    """The cluster that a new thing goes to: the one that is looked at, else `default`, else the first that has hosts."""
    names = clusters(state)
    if here or not names:
        return here or DEFAULT_CLUSTER
    if DEFAULT_CLUSTER in names:
        return DEFAULT_CLUSTER
    return next((name for name in names if state.index.instances_of_cluster[name]), names[0])
