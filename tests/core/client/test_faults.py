"""What an operator should look at: only what is wrong, each in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core.client.engine_process import EngineStatus
from core.client.faults import engine_faults, state_faults
from core.lock import Holder
from core.model.cluster import Cluster
from core.model.instance import Connectivity, InstanceStatus
from core.model.state import State
from core.model.task import TaskStatus
from core.record import replace
from core.version import VERSION
from core.vitals import EnginePulse
from tests.core.builders import instance, service, task

if TYPE_CHECKING:
    from core.model.state import Row

PULSE = EnginePulse(7, "desk", VERSION, 1.0, 100.0)
RUNNING = EngineStatus(running=True, holder=Holder(7, "desk", "now"), pulse=PULSE, beat_age_s=0.5)


def faults(*rows: Row) -> list[str]:
    state = State()
    for row in (Cluster("default"), *rows):
        state.put(row)
    state.keep()
    return list(state_faults(state))


def of_engine(pulse: EnginePulse = PULSE, **status: Any) -> list[str]:
    return list(engine_faults(replace(RUNNING, pulse=pulse, **status), "start one"))


def test_all_is_well() -> None:
    assert of_engine() == []
    assert faults(instance(), replace(service(1), steady=True), task("t1")) == []


def test_the_engine_s_faults() -> None:
    assert of_engine(running=False) == ["no engine runs: nothing is watched, started or replaced (start one)"]
    assert of_engine(running=False, config_problem="not TOML")[1:] == ["not TOML"]
    assert of_engine(beat_age_s=95.2) == [
        "the engine's last beat was 1m35s ago: it is suspended, stuck, or can't write its state (is the disk full?)"
    ]
    assert of_engine(replace(PULSE, isolated="2 of 2")) == ["the engine is ISOLATED: 2 of 2"]
    assert of_engine(replace(PULSE, version="0.0.1")) == [
        f"the engine runs version 0.0.1, this is {VERSION}: restart it"
    ]


def test_a_config_that_neither_side_can_use_is_told_once() -> None:
    (fault,) = of_engine(replace(PULSE, config_problem="bad key"), config_problem="bad key here")
    assert fault == "the config file can't be used, the one in force stays: bad key"
    assert of_engine(config_problem="another file") == ["another file"]


@pytest.mark.parametrize(
    ("host", "said"),
    [
        (instance(status=InstanceStatus.REGISTERING, connectivity=Connectivity.DISCONNECTED), []),
        (
            replace(
                instance(status=InstanceStatus.REGISTERING, connectivity=Connectivity.DISCONNECTED),
                problem="login: no key",
            ),
            ["a has not answered yet: login: no key"],
        ),
        (instance(connectivity=Connectivity.LOST), ["a is LOST"]),
        (replace(instance(), problem="the disk is full"), ["a is CONNECTED: the disk is full"]),
        (replace(instance(), impaired=True), ["a is impaired: it answers, but its actions time out"]),
    ],
    ids=["new", "new with a problem", "lost", "problem", "impaired"],
)
def test_a_host_s_fault(host: Row, said: list[str]) -> None:
    assert faults(host) == said


def test_a_service_is_at_fault_only_when_something_holds_it() -> None:
    web = replace(service(2), why="1 starting")
    on_its_way = (instance(), task("t1"), task("t2", TaskStatus.PENDING))
    assert faults(web, *on_its_way) == []
    unplaced = (instance(), task("t1"), task("t2", TaskStatus.PROVISIONING, on=""))
    assert faults(web, *unplaced) == ["default/web: 1 starting"]
