from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from core.client.complaints import MEMBERS, Origin, Problems, snake
from core.client.manifest import File, Said, read_manifest, read_manifests
from core.decisions import DECISIONS
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
        tags = { team = "shop" }
        """,
    )
    (definition,) = manifest.definitions
    container = parse(definition.document).containers[0]
    assert container.environment == (("LOG_LEVEL", "info"), ("PORT", "80"))
    assert dict(container.docker_labels) == {"com.example.a_label": "x"}
    assert container.memory_reservation_mib == 64
    assert [service.document for service in manifest.services] == [
        {
            "serviceName": "web",
            "taskDefinition": "web",
            "desiredCount": 2,
            "placementStrategy": [{"type": "spread", "field": "instanceId"}],
            "deploymentConfiguration": {"minimumHealthyPercent": 50},
            "tags": [{"key": "team", "value": "shop"}],
        }
    ]


def test_a_definition_s_file_is_looked_for_beside_the_manifest(tmp_path: Path) -> None:
    (tmp_path / "web.json").write_text(json.dumps(DEFINITION))
    named = str(tmp_path / "stack.toml")
    (said,) = read_manifest(named, b'[task_definitions.web]\nfile = "web.json"').definitions
    assert said == Said(DEFINITION, Origin(str(tmp_path / "web.json")))
    with pytest.raises(ConfigError, match=r"\[task_definitions.api\] file: .*is of the family .web."):
        read_manifest(named, b'[task_definitions.api]\nfile = "web.json"')
    with pytest.raises(ConfigError, match=r"missing\.json can't be read: No such file"):
        read_manifest(named, b'[task_definitions.api]\nfile = "missing.json"')
    with pytest.raises(ConfigError, match="No such file"):
        read_manifest(named, b'[task_definitions.api]\nfile = "~nobody-of-that-name/api.json"')


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"[services\n", "is not TOML"),
        (b"[service.web]\n", r"\[service\]: unknown table; known: task_definitions, services"),
        (b"services = 3\n", "holds a table for each name"),
        (b"# \xff", "is not TOML: byte 3 is not UTF-8."),
    ],
)
def test_a_toml_file_that_says_nothing_sensible_is_refused(content: bytes, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        read_manifest("stack.toml", content)


def test_a_date_has_no_place_in_ecs_s_json() -> None:
    with pytest.raises(Refused, match=r"stack\.toml: \[services\.web\] created_at: must be text in quotes"):
        read_manifest("stack.toml", b"[services.web]\ncreated_at = 2024-01-01\n")


@pytest.mark.parametrize("document", [{"name": "web"}, {}, {"services": {}}, {"services": [1]}])
def test_json_that_is_neither_is_refused(document: object) -> None:
    with pytest.raises(ConfigError):
        read_manifest("file.json", json.dumps(document).encode())


def test_every_member_of_ecs_is_written_in_snake_case_and_read_again() -> None:
    members = {part for decisions in DECISIONS.values() for member in decisions for part in member.split(".")}
    assert {member: MEMBERS[snake(member)] for member in members} == {member: member for member in members}
    written = b"[services.web]\nenable_ecs_managed_tags = true\nhealthy_after_seconds = 2\n"
    (said,) = read_manifest("stack.toml", written).services
    assert said.document == {"serviceName": "web", "enableECSManagedTags": True, "healthyAfterSeconds": 2}


# -- several files -------------------------------------------------------------------------------------------------------

WEB = b'[services.web]\ntask_definition = "web"\n'


def files(**contents: bytes | object) -> list[File]:
    """Files of a folder, by their names; `_` stands for the dot."""
    made = {name.replace("_", "."): content for name, content in contents.items()}
    return [
        File(name, content if isinstance(content, bytes) else json.dumps(content).encode(), found=True)
        for name, content in made.items()
    ]


def test_files_are_one_manifest() -> None:
    manifest, left = read_manifests(files(b_json=SERVICE, a_json=DEFINITION))
    assert [said.origin.name for said in (*manifest.definitions, *manifest.services)] == ["a.json", "b.json"]
    assert left == []


def test_what_is_wrong_in_every_file_is_told_at_once() -> None:
    wrong = files(
        a_json=b"{", b_toml=b"[service.web]\n[task_definitions]\nweb = 1\n", c_json={"x": 1}, d_json=SERVICE
    )
    with pytest.raises(Problems) as raised:
        read_manifests(wrong, "no name")
    assert [problem.partition(":")[0] for problem in raised.value.problems] == [
        "--stack",
        "a.json",
        "b.toml",
        "b.toml",
        "c.json",
    ]
    assert str(raised.value).startswith("5 problems, and nothing was done:\n- --stack: ")


def test_two_files_that_say_what_one_definition_is_are_both_named() -> None:
    with pytest.raises(ConfigError) as raised:
        read_manifests(files(a_json=DEFINITION, b_json={"taskDefinition": DEFINITION}))
    assert str(raised.value) == "task definition web: a.json and b.json both say what it is"


def test_a_file_that_another_one_names_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "web.json").write_text(json.dumps(DEFINITION))
    stack = File(
        str(tmp_path / "stack.toml"), b'[task_definitions.web]\nfile = "web.json"\n' + WEB, found=True
    )
    alone = File(str(tmp_path / "web.json"), json.dumps(DEFINITION).encode(), found=True)
    manifest, _ = read_manifests([stack, alone])
    assert [said.document for said in manifest.definitions] == [DEFINITION]


def test_a_config_file_in_a_folder_is_left_alone_and_named_by_hand_is_refused() -> None:
    config = b'[secrets."x"]\nfile = "y"\n'
    manifest, left = read_manifests(files(secrets_toml=config, web_toml=WEB))
    assert len(manifest.services) == 1
    assert left == ["secrets.toml"]
    with pytest.raises(
        ConfigError, match=r"secrets\.toml: \[secrets\]: unknown table, which belongs into the config"
    ):
        read_manifests([File("secrets.toml", config)])


@pytest.mark.parametrize(
    ("contents", "said", "stack"),
    [
        ({"a_toml": WEB}, None, ""),
        ({"a_toml": WEB}, "shop", "shop"),
        ({"a_toml": b'stack = "shop"\n' + WEB}, None, "shop"),
        ({"a_toml": b'stack = "shop"\n' + WEB, "b_json": DEFINITION}, "shop", "shop"),
    ],
)
def test_a_stack_is_said_beside_the_files_or_in_one(
    contents: dict[str, bytes], said: str | None, stack: str
) -> None:
    assert read_manifests(files(**contents), said)[0].stack == stack


@pytest.mark.parametrize(
    ("contents", "said", "sentence"),
    [
        ({"a_toml": b'stack = "shop"\n'}, "blog", "stack: --stack says blog, a.toml says shop; what is"),
        (
            {"a_toml": b'stack = "a"\n', "b_toml": b'stack = "b"\n'},
            None,
            "stack: a.toml says a, b.toml says b",
        ),
        ({"a_toml": b"stack = 3\n"}, None, "a.toml: stack: 3 is no stack's name"),
        ({"a_toml": WEB}, "", '--stack: "" is no stack\'s name'),
    ],
)
def test_stacks_that_clash_are_named(contents: dict[str, bytes], said: str | None, sentence: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_manifests(files(**contents), said)
    assert str(raised.value).startswith(sentence)


def test_a_problem_is_told_in_the_words_of_its_file() -> None:
    (toml,) = read_manifest("s.toml", b"[services.web]\ndesired_cuont = 1\n").services
    (by_hand,) = read_manifest("s.toml", b"[services.web]\ndesiredCount = 1\n").services
    problem = 'desiredCuont: unknown member; did you mean desiredCount? "memberOf" stays.'
    told = (
        's.toml: [services.web] desired_cuont: unknown member; did you mean desired_count? "memberOf" stays.'
    )
    assert toml.origin.tells(problem) == told
    assert by_hand.origin.tells("desiredCount: x") == "s.toml: [services.web] desiredCount: x"
    (_, second) = read_manifest("all.json", json.dumps({"services": [SERVICE, SERVICE]}).encode()).services
    assert second.origin.tells(problem) == f"all.json: services[1]: {problem}"
