"""Who may go: the checker's own judgement of hosts that leave the config, and of what is left on them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from core.commands import Action, Command
from core.fold.config import Declared
from core.model.instance import ContainerInstance
from core.model.state import Kind
from core.model.task import Task, TaskStatus
from core.sim.violation import demand

if TYPE_CHECKING:
    from core.engine import Turn
    from core.sim.hearing import Hearing
    from core.sim.world import Rows, World


class Leaving:
    """What the config named, what the operator let go, and which tasks were given up unseen."""

    def __init__(self, world: World, hearing: Hearing) -> None:
        """Nobody left yet."""
        self._world: Final = world
        self._hearing: Final = hearing
        #: What the config named when the engine was last told.
        self._in_config: set[str] = set()
        #: In the turn that is taken: the hosts that stand, those that may go, and those that were to go by force.
        self._standing: set[str] = set()
        self._may_go: set[str] = set()
        self._forced: set[str] = set()
        #: Tasks that were called STOPPED unseen: nobody knows what becomes of their containers.
        self.given_up: Final[set[str]] = set()

    def turning(self) -> None:
        """A turn begins; one that could not be written is taken again from its beginning."""
        rows = self._world.disk.instances()
        self._standing = {row.name for row in rows if not row.removed_from_config}
        self._may_go, self._forced = set(), set()

    def told(self, word: Declared | Command) -> None:
        """The engine is told what the config names, or what the operator wants."""
        if isinstance(word, Declared):
            self._named({host.name for host in word.capacity}, force=False)
            return
        given = json.loads(word.input)
        if word.action == Action.APPLY_CONFIG:
            self._named({host["name"] for host in given["capacity"]}, force=given["force"])
        elif word.action == Action.DEREGISTER_CONTAINER_INSTANCE:
            self._forced.add(given["containerInstance"])

    def _named(self, named: set[str], *, force: bool) -> None:
        """One host goes when the file no longer names it; several, or the last ones, only when that is said again."""
        self._in_config = named
        missing = self._standing - named
        if force or (len(missing) == 1 and len(self._standing) > 1):
            self._may_go |= missing
            self._standing -= missing
        self._standing |= named

    def committed(self, turn: Turn, before: Rows) -> None:
        """Check who left."""
        for row in turn.changes.rows:
            old = before.get((Kind.INSTANCE, row.key))
            if not isinstance(row, ContainerInstance):
                continue
            if old is None:
                self._world.left_behind.discard(row.name)
            elif isinstance(old, ContainerInstance):
                self._check_told_to_go(old, goes=row.removed_from_config)
        for key in turn.changes.deleted:
            gone = before.get(key)
            if isinstance(gone, ContainerInstance):
                self._gone(gone, turn, before)

    def _check_told_to_go(self, old: ContainerInstance, *, goes: bool) -> None:
        if goes and not old.removed_from_config:
            self._world.count("a host leaves the config")
            demand(old.name in self._may_go, "a host goes that nobody let go", old.name)
        elif old.removed_from_config and not goes:
            self._world.count("a host that was leaving is named again")

    def _gone(self, gone: ContainerInstance, turn: Turn, before: Rows) -> None:
        forced = gone.id in self._forced
        if forced:
            self._world.count("a host is deregistered by force")
            tasks = (row for row in turn.changes.rows if isinstance(row, Task) and row.instance == gone.id)
            for task in tasks:
                old = before.get((Kind.TASK, task.id))
                if isinstance(old, Task) and old.last_status is not TaskStatus.STOPPED:
                    self.given_up.add(task.id)
        else:
            self._check_told_to_go(gone, goes=True)
            anew = any(row.name == gone.name for row in self._world.disk.instances())
            lost = gone.name in self._in_config and not anew
            demand(not lost, "a host goes that the config names", gone.name)
            held = [
                t.id
                for t in self._world.disk.tasks()
                if t.instance == gone.id and t.last_status is not TaskStatus.STOPPED
            ]
            demand(not held, "a host went with tasks on it", gone.name, held)
        machine = self._world.machine_at(gone.url)
        if machine is None or not machine.ours:
            self._world.count("a host went as it was found")
            return
        self._world.count("a host went with what is ours on it")
        answers = gone.connected and not gone.impaired and self._hearing.answers(gone.id)
        excused = forced or not answers
        left = [container.spec.name for _, container in machine.ours]
        demand(excused, "a host that answers was let go with what is ours on it", gone.name, left)
        self._world.left_behind.add(gone.name)
