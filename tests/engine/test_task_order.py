"""A task of several containers on a real host: who waits for whom, what they share, and in which order they are stopped."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.engine.dockyard import Installation

SHARED = [{"sourceVolume": "shared", "containerPath": "/shared"}]


def container(name: str, script: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "image": "demo/busybox:1",
        "memory": 16,
        "command": ["sh", "-c", script],
        "mountPoints": SHARED,
        **more,
    }


def until_term(last_words: str) -> str:
    """Busybox as the first process stops for no signal that it has no trap for."""
    return f"trap '{last_words}; exit 0' TERM; while :; do sleep 0.1; done"


def test_a_task_comes_up_by_its_conditions_and_goes_down_in_reverse(yard: Installation) -> None:
    yard.start()
    init = container("init", "echo from init > /shared/page; echo init is done", essential=False)
    side = container(
        "side",
        f"httpd -p 127.0.0.1:8080 -h /shared; {until_term('echo side ends')}",
        healthCheck={"command": ["CMD-SHELL", "wget -q -O- http://127.0.0.1:8080/page"], "interval": 1},
        dependsOn=[{"containerName": "init", "condition": "SUCCESS"}],
    )
    app = container(
        "app",
        # What it takes to end is longer than a look at the host: side is told to stop when app is seen down, not before.
        f"wget -q -O- http://127.0.0.1:8080/page; {until_term('sleep 1; echo app ends')}",
        dependsOn=[{"containerName": "side", "condition": "HEALTHY"}],
    )
    yard.register_all(
        {
            "family": "trio",
            "networkMode": "awsvpc",
            "volumes": [{"name": "shared"}],
            # Written the other way round than they start.
            "containerDefinitions": [app, side, init],
        }
    )
    yard.do("task", "run", "trio", "--wait", "--timeout", "60s")
    (task,) = yard.state().tasks.values()
    yard.do("task", "stop", task.id, "--yes", "--wait", "--timeout", "60s")
    lines = [json.loads(line) for line in yard.do("task", "logs", task.id, "--json").splitlines()]
    said = [
        (line["container"], line["message"]) for line in sorted(lines, key=lambda line: line["timestamp"])
    ]
    assert said == [
        ("init", "init is done"),
        ("app", "from init"),
        ("app", "app ends"),
        ("side", "side ends"),
    ]
    (ended,) = yard.state().tasks.values()
    assert {c.name: c.exit_code for c in ended.containers if not c.name.startswith("~")} == dict.fromkeys(
        ("app", "side", "init"), 0
    )
    assert ended.stopped_reason == "Task stopped by user"
