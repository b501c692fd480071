"""What is used of hosts, as verbs show it: of everything on them, of our tasks apart, and `-` where it is not known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from core.cli.capacity_use import use_facts, used_cells
from core.model.instance import ContainerInstance
from core.pulse import Heard
from core.store import Pulse
from core.store.memory import MemoryStore
from core.vitals import InstancePulse
from tests.engine.namespaces import wait_until

if TYPE_CHECKING:
    from tests.core.cli.conftest import Shell

HOST = ContainerInstance("i", "edge-1", "default", "ssh://edge-1", memory_mib=8000)
TASKS = {"t1": {"web": (10.0, 100.0), "log": (2.0, 20.0)}, "t2": {"web": (0.4, 80.0)}}


def test_everything_on_a_host_and_our_tasks_are_told_apart() -> None:
    pulse = InstancePulse(1.0, 0.001, 2.0, cpu_percent=41.6, memory_mib=3456.4, load=0.5, tasks=TASKS)
    assert used_cells(HOST, pulse) == ("42%", "3456/8000 MiB")
    assert use_facts(HOST, pulse) == {
        "Cpu used": "42%",
        "Memory used": "3456/8000 MiB",
        "Load": "0.50",
        "Used by our tasks": "cpu 12%, memory 200 MiB",
    }


def test_what_is_not_known_is_said() -> None:
    assert used_cells(HOST, InstancePulse()) == (None, None)
    assert set(use_facts(HOST, InstancePulse()).values()) == {"-"}
    over_tcp = use_facts(HOST, InstancePulse(measured_at=2.0, tasks=TASKS))
    assert (over_tcp["Cpu used"], over_tcp["Used by our tasks"]) == ("-", "cpu 12%, memory 200 MiB")


def test_a_pulse_of_an_earlier_version_is_still_read() -> None:
    old = {"heard_at": 1.0, "round_trip_s": 0.001, "measured_at": 2.0, "cpu_percent": 3.0, "memory_mib": 4.0}
    store, heard = MemoryStore(lambda: 1.0), Heard()
    store.put_pulses([Pulse("instance/i", 1.0, json.dumps(old | {"tasks": TASKS}))])
    heard.listen(store)
    assert heard.hosts["i"].load is None
    assert heard.hosts["i"].of_tasks() == (12.4, 200.0)


def test_a_running_engine_measures_its_hosts_at_once(running: Shell) -> None:
    def measured() -> bool:
        described = running.ok("capacity", "ls", "--json").json()["containerInstances"]
        return len(described) == 2 and all("cpuPercent" in each["utilization"] for each in described)

    wait_until(measured, "figures of both hosts")
    heading, *rows = running.ok("capacity", "ls").out.splitlines()
    assert "CPU USED  " in heading
    assert "MEM USED  " in heading
    assert all("200/8192 MiB" in row for row in rows)
    described = running.ok("capacity", "describe", "sim-a").out
    assert "Used by our tasks  cpu 0%, memory 0 MiB" in described


def test_without_an_engine_nothing_is_known(dockyard: Shell, web_json: str) -> None:
    dockyard.ok("taskdef", "register", web_json)
    described = dockyard.ok("capacity", "describe", "sim-a", "--json").json()["containerInstances"]
    assert [each["utilization"] for each in described] == [{}]
