from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from core.client.manifest import read_manifest
from core.errors import ConfigError, Refused
from core.taskdef.parse import parse

if TYPE_CHECKING:
    from pathlib import Path

DEFINITION = {"family": "web", "containerDefinitions": [{"name": "app", "image": "nginx:1", "memory": 64}]}
SERVICE = {"serviceName": "web", "taskDefinition": "web", "desiredCount": 2}


@pytest.mark.parametrize(
    ("document", "counts"),
    [
        (DEFINITION, (1, 0)),
        ({"taskDefinition": DEFINITION}, (1, 0)),
        (SERVICE, (0, 1)),
        ({"taskDefinitions": [DEFINITION], "services": [SERVICE, SERVICE]}, (1, 2)),
    ],
)
def test_json_is_told_by_its_members(document: object, counts: tuple[int, int]) -> None:
    manifest = read_manifest("-", json.dumps(document).encode())
    assert (len(manifest.definitions), len(manifest.services)) == counts


def test_toml_is_ecs_in_snake_case() -> None:
    manifest = read_manifest(
        "stack.toml",
        b"""
        [task_definitions.web]
        network_mode = "bridge"
        [[task_definitions.web.container_definitions]]
        name = "app"
        image = "nginx:1"
        memory_reservation = 64
        environment = { LOG_LEVEL = "info", PORT = 80 }
        docker_labels = { "com.example.a_label" = "x" }
        log_configuration = { log_driver = "json-file", options = { max-size = "10m" } }

        [services.web]
        task_definition = "web"
        desired_count = 2
        placement_strategy = [{ type = "spread", field = "instanceId" }]
        deployment_configuration = { minimum_healthy_percent = 50 }
        """,
    )
    (definition,) = manifest.definitions
    container = parse(definition).containers[0]
    assert container.environment == (("LOG_LEVEL", "info"), ("PORT", "80"))
    assert dict(container.docker_labels) == {"com.example.a_label": "x"}
    assert container.memory_reservation_mib == 64
    assert manifest.services == (
        {
            "serviceName": "web",
            "taskDefinition": "web",
            "desiredCount": 2,
            "placementStrategy": [{"type": "spread", "field": "instanceId"}],
            "deploymentConfiguration": {"minimumHealthyPercent": 50},
        },
    )


def test_a_definition_s_file_is_looked_for_beside_the_manifest(tmp_path: Path) -> None:
    (tmp_path / "web.json").write_text(json.dumps(DEFINITION))
    named = str(tmp_path / "stack.toml")
    assert read_manifest(named, b'[task_definitions.web]\nfile = "web.json"').definitions == (DEFINITION,)
    with pytest.raises(ConfigError, match=r"\[task_definitions.api\] file: .*is of the family .web."):
        read_manifest(named, b'[task_definitions.api]\nfile = "web.json"')
    with pytest.raises(ConfigError, match=r"missing\.json can't be read: No such file"):
        read_manifest(named, b'[task_definitions.api]\nfile = "missing.json"')


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"[services\n", "is not TOML"),
        (b"[service.web]\n", r"\[service\]: unknown table; known: task_definitions, services"),
        (b"services = 3\n", "holds a table for each name"),
        (b"\xff\xfe", "is not TOML"),
    ],
)
def test_a_toml_file_that_says_nothing_sensible_is_refused(content: bytes, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        read_manifest("stack.toml", content)


def test_a_date_has_no_place_in_ecs_s_json() -> None:
    with pytest.raises(Refused, match=r"stack\.toml: createdAt: must be text in quotes"):
        read_manifest("stack.toml", b"[services.web]\ncreated_at = 2024-01-01\n")


@pytest.mark.parametrize("document", [{"name": "web"}, {}, {"services": {}}, {"services": [1]}])
def test_json_that_is_neither_is_refused(document: object) -> None:
    with pytest.raises(ConfigError):
        read_manifest("file.json", json.dumps(document).encode())
