"""A desk where commands are folded, with a cluster, two hosts and a task definition on it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from core.commands import Answer, Command, Verdict
from core.fold.commands import fold_command
from core.fold.config import Declared, DeclaredInstance, fold_config
from core.fold.context import TurnContext
from core.lifecycle import Signal, advance
from core.model.instance import Connectivity, InstanceStatus
from core.model.settings import Settings
from core.model.state import State
from core.record import replace
from tests.botocore_shapes import exceptions

if TYPE_CHECKING:
    from core.model.instance import ContainerInstance
    from core.model.task import Task

NOW = 1_000_000.0
ARN = "arn:aws:ecs:local:000000000000"


def declared(*names: str, force: bool = False, **fields: Any) -> Declared:
    """A config with these hosts."""
    hosts = tuple(DeclaredInstance(name, "default", f"ssh://{name}", **fields) for name in names)
    return Declared(("default",), hosts, force=force)


@dataclass(slots=True)
class Desk:
    """The state, and commands to it one after the other; each is a turn of its own that was kept."""

    state: State = field(default_factory=State)
    now: float = NOW
    by_engine: bool = True
    chance: Random = field(default_factory=lambda: Random(7))
    events: list[str] = field(default_factory=list)
    asked: int = 0

    @property
    def turn(self) -> TurnContext:
        return TurnContext(self.now, self.chance, Settings(), self.by_engine)

    def ask(self, action: str, given: str | dict[str, Any]) -> Answer:
        """Fold one command."""
        self.asked += 1
        text = given if isinstance(given, str) else json.dumps(given)
        command = Command(f"c{self.asked}", action, text, submitted_by="ada")
        fold_command(self.state, command, self.turn)
        changes = self.state.changes()
        assert [answer.command_id for answer in changes.answers] == [command.id]
        if changes.answers[0].verdict is Verdict.REFUSED:
            assert not changes.rows
            assert not changes.deleted
            assert not changes.events
            assert changes.answers[0].code in exceptions(action)
        self.close()
        return changes.answers[0]

    def do(self, action: str, **given: Any) -> dict[str, Any]:
        """A command that is accepted: its output."""
        answer = self.ask(action, given)
        assert answer.verdict is Verdict.ACCEPTED, (answer.code, answer.message)
        output: dict[str, Any] = json.loads(answer.output)
        return output

    def refused(self, action: str, **given: Any) -> str:
        """A command that is refused: ECS's exception and the sentence."""
        answer = self.ask(action, given)
        assert answer.verdict is Verdict.REFUSED
        return f"{answer.code}: {answer.message}"

    def config(self, config: Declared) -> tuple[str, ...]:
        """Apply a config."""
        held = fold_config(self.state, config, self.turn)
        self.close()
        return held

    def close(self) -> None:
        """End the turn."""
        self.events += [event.message for event in self.state.changes().events]
        self.state.keep()

    def instance(self, name: str = "a") -> ContainerInstance:
        found = self.state.instance_named("default", name)
        assert found is not None
        return found

    def connect(self, *names: str, connectivity: Connectivity = Connectivity.CONNECTED) -> None:
        """Let hosts be known, as after a first report."""
        for name in names:
            self.state.put(
                replace(
                    self.instance(name),
                    status=InstanceStatus.ACTIVE,
                    connectivity=connectivity,
                    registered_at=self.now,
                    cpu_units=2048,
                    memory_mib=1024,
                )
            )
        self.close()

    def task(self, on: str = "", **given: Any) -> Task:
        """A standalone task, placed and running when `on` names a host."""
        output = self.do("RunTask", **{"taskDefinition": "web", **given})
        task = self.state.tasks[output["tasks"][0]["taskArn"].rpartition("/")[2]]
        if on:
            placed = advance(replace(task, instance=self.instance(on).id), Signal.PLACED, self.now)
            task = advance(placed, Signal.STARTED, self.now)
            self.state.put(task)
            self.close()
        return task


def definition(family: str = "web", **members: Any) -> dict[str, Any]:
    """A task definition's JSON."""
    container = {"name": "main", "image": "demo/web:1", "memory": 64, "cpu": 10}
    return {"family": family, "containerDefinitions": [container], **members}


def desk() -> Desk:
    """Cluster `default` with the hosts `a` and `b`, connected, and `web:1`."""
    made = Desk()
    made.config(declared("a", "b"))
    made.connect("a", "b")
    made.do("RegisterTaskDefinition", **definition())
    return made
