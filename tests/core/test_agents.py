"""The agents of all instances: none is replaced without a word about what it had in hand."""

from __future__ import annotations

import threading
from random import Random
from typing import TYPE_CHECKING

from core.actions import Action, StartContainer
from core.agents import Agents
from core.errors import HostUnreachable
from core.model.probe import Probe, ProbeProtocol, Target, TargetHealth, TargetState
from core.record import replace
from core.reports import HostReport, Outcome, ProbeVerdict, Result, Unreachable
from tests.core.builders import instance
from tests.core.test_agent import PACE, Bench, ScriptedHost

if TYPE_CHECKING:
    from core.hosts.base import Progress
    from core.model.instance import ContainerInstance


def test_every_action_of_an_agent_that_is_replaced_has_an_outcome() -> None:
    begun, never = threading.Event(), threading.Event()

    def hang(_: Action, __: Progress) -> None:
        begun.set()
        never.wait()

    bench = Bench(host=ScriptedHost(act=hang))
    here = instance("i1")
    agents = Agents(lambda _: bench.host, bench.posted.put, lambda: 7.0, Random(1))
    agents.sync({here.id: here}, PACE)
    try:
        bench.next(HostReport)
        narrow = [StartContainer(f"c{number}", "t") for number in range(PACE.starts + 1)]
        for action in narrow:
            agents.submit(here.id, action)
        assert begun.wait(5.0)
        agents.sync({here.id: replace(here, way=(("identity_file", "/keys/new"),))}, PACE)
        outcomes = {o.action.target: o.result for o in (bench.next(Outcome) for _ in narrow)}
        assert outcomes == dict.fromkeys(("c0", "c1", "c2", "c3"), Result.UNKNOWN) | {"c4": Result.NOT_SENT}
    finally:
        never.set()
        agents.close()


def test_what_an_agent_had_in_hand_is_told_when_its_instance_goes() -> None:
    never = threading.Event()
    bench = Bench(host=ScriptedHost(act=lambda *_: hang_on(never)))
    here = instance("i1")
    agents = Agents(lambda _: bench.host, bench.posted.put, lambda: 7.0, Random(1))
    agents.sync({here.id: here}, PACE)
    try:
        bench.next(HostReport)
        agents.submit(here.id, StartContainer("c", "t"))
        agents.sync({}, PACE)
        assert bench.next(Outcome).result is Result.UNKNOWN
        agents.submit(here.id, StartContainer("d", "t"))
        assert bench.next(Outcome).result is Result.NOT_SENT
    finally:
        never.set()
        agents.close()


def test_hosts_that_are_away_are_tried_now_when_told_to() -> None:
    bench = Bench()
    tried = threading.Semaphore(0)

    def open_host(_: ContainerInstance) -> ScriptedHost:
        tried.release()
        raise HostUnreachable("connect", "no route to host")

    here = instance("i1")
    agents = Agents(open_host, bench.posted.put, lambda: 7.0, Random(1))
    agents.sync({here.id: here}, replace(PACE, reopen_first_s=60.0, reopen_max_s=60.0))
    try:
        for _ in range(3):
            assert tried.acquire(timeout=5.0)
            bench.next(Unreachable)
            agents.look_now()
    finally:
        agents.close()


def test_an_agent_in_anothers_place_probes_what_that_did() -> None:
    bench = Bench()
    agents = Agents(lambda _: bench.host, bench.posted.put, lambda: 7.0, Random(1))
    here = instance("i1")
    agents.sync({here.id: here}, PACE)
    target = Target("t", Probe(ProbeProtocol.TCP, "web", 80), "c", "c", "1")
    try:
        for told in range(2):
            if not told:
                agents.probe(here.id, ((target, TargetHealth()),))
            verdict = bench.next(ProbeVerdict)
            assert (verdict.target, verdict.health.state) == (target, TargetState.HEALTHY)
            agents.sync({here.id: replace(here, url=f"ssh://elsewhere-{told}")}, PACE)
    finally:
        agents.close()


def hang_on(gate: threading.Event) -> None:
    gate.wait()
