"""`dockyard apply` on real hosts: a folder as a stack, changed and pruned, and what its end says of what came of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.engine.dockyard import Installation

WAIT = ("--yes", "--wait", "--timeout", "60s", "--json")


def test_a_stack_comes_up_loses_a_service_and_fails_with_its_outcome(yard: Installation) -> None:
    folder = yard.folder / "shop"
    folder.mkdir()

    def write(image: str, **counts: int) -> None:
        container = {"name": "web", "image": image, "cpu": 10, "memory": 16, "essential": True}
        definition = {"family": "web", "containerDefinitions": [container]}
        (folder / "web.json").write_text(json.dumps(definition))
        breaker = (
            "{ enable = true, rollback = true, threshold_configuration = { type = 'COUNT', value = 1 } }"
        )
        services = (
            f'[services.{name}]\ntask_definition = "web"\ndesired_count = {count}\n'
            f"deployment_configuration = {{ deployment_circuit_breaker = {breaker} }}\n"
            for name, count in counts.items()
        )
        (folder / "shop.toml").write_text('stack = "shop"\n' + "".join(services))

    def outcomes(document: str) -> tuple[list[Any], dict[str, str]]:
        told = json.loads(document)
        came = {waited["service"]: waited["outcome"] for waited in told.get("services", ())}
        return [step["outcome"] for step in told["steps"]], came

    yard.start()
    write("demo/web:1", api=1, old=1)
    made = outcomes(yard.do("apply", folder, *WAIT))
    assert made == (["done"] * 3, {"default/api": "stable", "default/old": "stable"})
    assert len(yard.truth("api")) == len(yard.truth("old")) == 1
    again = outcomes(yard.do("apply", folder, "--prune", *WAIT))
    assert again == (["unchanged"] * 3, {"default/api": "stable", "default/old": "stable"})

    write(f"{yard.bed.registry}/demo/web:missing", api=1)
    bad = yard.cli("apply", folder, "--prune", *WAIT)
    assert bad.exit_code == 1, bad.stderr
    assert outcomes(bad.stdout) == (["done"] * 3, {"default/api": "failed", "default/old": "gone"})
    assert (len(yard.truth("api")), len(yard.truth("old"))) == (1, 0)
    assert {yard.state().tasks[task].definition for task in yard.truth("api")} == {"web:1"}
