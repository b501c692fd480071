"""Who may go: the checker's own judgement of hosts that leave the config, and of what is left on them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from core.commands import Action, Command
from core.fold.config import Declared
from core.model.instance import ContainerInstance
from core.model.state import Kind
from core.model.task import Task, TaskStatus
from core.reports import Outcome
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
        #: And those whose actions ran into their deadline.
        self._timed_out: set[str] = set()
        #: Machines that refused to be cleaned.
        self.refused: Final[set[str]] = set()
        #: Tasks that were called STOPPED unseen: nobody knows what becomes of their containers.
        self.given_up: Final[set[str]] = set()

    def turning(self) -> None:
        """A turn begins; one that could not be written is taken again from its beginning."""
        rows = self._world.disk.instances()
        self._standing = {row.name for row in rows if not row.removed_from_config}
        self._may_go, self._forced, self._timed_out = set(), set(), set()

    def told(self, word: Outcome | Declared | Command) -> None:
        """The engine is told how an action ended, what the config names, or what the operator wants."""
        if isinstance(word, Outcome):
            if word.timed_out:
                self._timed_out.add(word.instance)
            return
        if isinstance(word, Declared):
            self._named({host.name for host in word.capacity}, force=False)
            return
        given = json.loads(word.input)
        if word.action == Action.APPLY_CONFIG:
            self._named({host["name"] for host in given["capacity"]}, force=given["force"])
        elif word.action == Action.DEREGISTER_CONTAINER_INSTANCE:
            instance = self._world.disk.instance(given["containerInstance"])
            self._standing.discard(instance.name if instance is not None else "")
            self._forced.add(given["containerInstance"])

    def _named(self, named: set[str], *, force: bool) -> None:
        """One host goes when the file no longer names it; several, or the last ones, only when that is said again."""
        self._in_config = named
        self._standing |= named
        missing = self._standing - named
        if force or (len(missing) == 1 and len(self._standing) > 1):
            self._may_go |= missing
            self._standing -= missing

    def committed(self, turn: Turn, before: Rows) -> None:
        """Check who left."""
        for row in turn.changes.rows:
            old = before.get((Kind.INSTANCE, row.key))
            if not isinstance(row, ContainerInstance):
                continue
            if old is None:
                self.refused.discard(row.name)
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
        self._check_left(gone, forced=forced)

    def _check_left(self, gone: ContainerInstance, *, forced: bool) -> None:
        """What is ours is left only on a host that could not be cleaned."""
        machine = self._world.machine_at(gone.url)
        assert machine is not None
        what = "with what is ours on it" if machine.ours else "as it was found"
        self._world.count(f"a host went {what}")
        acts = not gone.impaired and gone.id not in self._timed_out and gone.name not in self.refused
        itself = (
            machine.stranger is None
        )  # else it is another Docker that goes, and this one can't be reached
        answers = itself and gone.connected and self._hearing.answers(gone.id)
        # One that was never marked is left as it was found, whatever an earlier registration left there.
        excused = forced or not acts or not answers or not gone.marked
        # What a hanging Docker created after the last look can't have been seen.
        looked_at = self._hearing.looked_at(gone.id)
        left = [c.spec.name for _, c in machine.ours if c.created_at < looked_at]
        demand(excused or not left, "a host that answers was let go with what is ours on it", gone.name, left)
        if excused or machine.ours or machine.holds_work:
            self._world.left_behind.add(gone.name)
