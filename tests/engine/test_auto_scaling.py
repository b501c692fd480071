"""Auto scaling on a real host: a container that burns its CPU is measured, and its service gets another task for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.engine.dockyard import Installation

#: An eighth of a core, which is also its limit: at full load it uses all that it reserves.
BURNING: Final = {
    "family": "burn",
    "cpu": "128",
    "memory": "32",
    "containerDefinitions": [
        {
            "name": "main",
            "image": "demo/busybox:1",
            "command": ["sh", "-c", "trap 'exit 0' TERM; while :; do :; done"],
        }
    ],
}


def test_a_busy_service_gets_the_tasks_that_its_load_needs(yard: Installation) -> None:
    yard.hosts = yard.hosts[:1]
    yard.write_config({"auto_scaling_period": "2s"})
    yard.start()
    yard.register_all(BURNING)
    yard.create("burn", 1, definition="burn")
    told = yard.do("service", "autoscale", "burn", "--min", "1", "--max", "2", "--cpu", "50")
    assert told == "Service burn: auto scaling 1 to 2 tasks, average CPU at 50 %.\n"
    yard.wait_steady(2, "burn")
    (event,) = yard.events("auto scaling set")
    assert event.startswith("(service burn) auto scaling set the desired count from 1 to 2: average CPU ")
    assert event.endswith("over 6 s is above the target of 50 %.")

    def both_measured() -> bool:
        pulse = yard.dockyard.engine().scaling["default/burn"]
        return pulse.measured == 2

    yard.wait(both_measured, "both tasks were measured")
    reasons = "\n".join(yard.json("service", "explain", "burn")["reasons"])
    assert "Auto scaling: 1 to 2 tasks, average CPU at 50 %." in reasons
    assert "2 of 2 running tasks were measured" in reasons
