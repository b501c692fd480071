"""The files in examples/ do what they say."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.core.cli.conftest import Shell

EXAMPLES = Path(__file__).parents[3] / "examples"


def test_the_definition_registers_without_a_warning_and_the_service_uses_it(dockyard: Shell) -> None:
    ran = dockyard.ok("taskdef", "register", str(EXAMPLES / "web.json"))
    assert "warning" not in ran.err
    ran = dockyard.ok("apply", str(EXAMPLES / "web-service.json"), "--yes")
    assert ran.out == "+ service default/web: 3 of web:1\n"


def test_the_stack_applies_once_and_is_then_as_it_should_be(dockyard: Shell) -> None:
    dockyard.ok("apply", str(EXAMPLES / "stack.toml"), "--yes")
    steps = dockyard.ok("apply", str(EXAMPLES / "stack.toml"), "--json").json()["steps"]
    assert [step["action"] for step in steps] == [None] * 4


def test_the_schedules_apply_once_and_are_then_as_they_should_be(dockyard: Shell) -> None:
    dockyard.ok("apply", str(EXAMPLES / "schedules.toml"), "--yes")
    steps = dockyard.ok("apply", str(EXAMPLES / "schedules.toml"), "--json").json()["steps"]
    assert [step["action"] for step in steps] == [None] * 2


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_the_unit_is_one_that_systemd_takes() -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", EXAMPLES / "dockyard.service"],
        capture_output=True,
        text=True,
        check=False,
    )
    own = [
        line
        for line in done.stderr.splitlines()
        if "dockyard.service" in line and "not executable" not in line
    ]
    assert own == []


def test_the_definition_is_as_the_aws_command_line_takes_it() -> None:
    from tests.botocore_shapes import departures, ecs  # noqa: PLC0415  # beside its one use

    for file, operation in (("web.json", "RegisterTaskDefinition"), ("web-service.json", "CreateService")):
        shape = ecs().operation_model(operation).input_shape
        assert list(departures(json.loads((EXAMPLES / file).read_text()), shape, {}, always={})) == []
