"""The agents of all instances: one for each that the state names, made and closed as the state changes."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from core.agent import Agent
from core.guard import Guard
from core.model.probe import TargetHealth
from core.reports import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.actions import Action
    from core.agent import Item
    from core.agent_settings import AgentSettings
    from core.hosts.base import Host
    from core.model.instance import ContainerInstance
    from core.model.probe import Probes


class Agents:
    """Keeps an agent for each instance; a changed way to a host gets a new agent, for a connection is never revived."""

    def __init__(
        self,
        open_host: Callable[[ContainerInstance], Host],
        post: Callable[[Item], None],
        clock: Callable[[], float],
        chance: Random,
    ) -> None:
        """`open_host` connects to an instance; it blocks and raises HostUnreachable."""
        self._open_host = open_host
        self._post = post
        self._clock = clock
        self._chance = chance
        self._guard = Guard()
        self._agents: dict[str, tuple[object, Agent]] = {}
        #: What each agent is to probe: one that takes another's place goes on with it, and knows nothing of it yet.
        self._probes: dict[str, Probes] = {}

    def sync(
        self,
        instances: Mapping[str, ContainerInstance],
        settings: AgentSettings,
    ) -> None:
        """Make and close agents so that there is one for each instance."""
        for key in [key for key in self._agents if key not in instances]:
            self._part_with(self._agents.pop(key)[1])
            self._probes.pop(key, None)
        for key, instance in sorted(instances.items()):
            current = (instance.url, instance.way, settings)
            known = self._agents.get(key)
            if known is not None and known[0] == current:
                continue
            if known is not None:
                self._part_with(known[1])
            agent = self._new(instance, settings)
            self._agents[key] = (current, agent)
            agent.probe(self._probes.get(key, ()))
            agent.start()

    def submit(self, instance: str, action: Action) -> None:
        """Hand an action to its instance's agent."""
        known = self._agents.get(instance)
        if known is None:
            self._post(
                Outcome(instance, action, Result.NOT_SENT, self._clock(), error="the instance is gone")
            )
        else:
            known[1].submit(action)

    def probe(self, instance: str, probes: Probes) -> None:
        """What an instance's agent is to probe from now on."""
        known = self._agents.get(instance)
        if known is not None:
            self._probes[instance] = tuple((target, TargetHealth()) for target, _ in probes)
            known[1].probe(probes)

    def measure(self) -> None:
        """Ask every host for its utilisation, beside everything else. From any thread."""
        for _, agent in tuple(self._agents.values()):
            agent.measure()

    def look_now(self) -> None:
        """Look at every host as soon as its pace allows, and try now to reach those that are away. From any thread."""
        for _, agent in tuple(self._agents.values()):
            agent.look_now()

    def close(self) -> None:
        """Close all, waiting for none."""
        for _, agent in self._agents.values():
            agent.close()
        self._guard.close()

    def _part_with(self, agent: Agent) -> None:
        """Close an agent. The engine waits for an outcome of everything it handed out."""
        for outcome in agent.close():
            self._post(outcome)

    def _new(self, instance: ContainerInstance, settings: AgentSettings) -> Agent:
        def open_host() -> Host:
            return self._open_host(instance)

        chance = Random(self._chance.getrandbits(64))
        return Agent(instance.id, open_host, self._post, settings, self._clock, chance, self._guard)
