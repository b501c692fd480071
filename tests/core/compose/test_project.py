"""Compose files as people have them, and what becomes of them: a golden for each file, which registers as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from core.compose import Converted, converted, read_compose
from core.compose.reading import ecs_name
from core.errors import ConfigError
from core.fold.definitions import definition_from
from tests.core.client.manifests import empty, planned

FILES: Final = Path(__file__).parent / "files"
ENVIRON: Final = {"REGION": "eu", "HOME": "/home/op"}


def convert(name: str, **settings: Any) -> Converted:
    path = FILES / name
    return converted(read_compose(str(path), path.read_bytes(), ENVIRON), **settings)


def made_of(text: str, **settings: Any) -> Converted:
    return converted(read_compose("compose.yaml", text.encode(), ENVIRON), **settings)


@pytest.mark.parametrize("name", sorted(path.name for path in FILES.glob("*.yaml")))
def test_a_real_file_becomes_what_its_golden_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Delete a golden to have it written anew; then read what changed."""
    monkeypatch.setenv("HOME", "/home/op")
    made = convert(name, project="" if name == "shop.yaml" else name.partition(".")[0])
    shown = {
        "taskDefinitions": list(made.definitions),
        "services": list(made.services),
        "envFiles": dict(made.env_files),
        "rules": dict(made.rules),
        "notes": list(made.notes),
    }
    text = json.dumps(shown, indent=1, ensure_ascii=False).replace(str(FILES), "/FILES")
    text = text.replace(ecs_name(str(FILES).strip("/")), "FILES") + "\n"
    golden = FILES / f"{name}.json"
    if not golden.exists():
        golden.write_text(text, encoding="utf-8")
        pytest.fail(f"{golden.name} was not there, and is written: read it")
    assert text == golden.read_text(encoding="utf-8")
    assert [definition_from(definition).family for definition in made.definitions]
    steps = planned(empty(), made.definitions, made.services)
    assert len(steps) == len(made.definitions) + len(made.services)


SHOP: Final = {"web", "db", "redis", "migrate"}


def families(made: Converted) -> dict[str, set[str]]:
    return {d["family"]: {c["name"] for c in d["containerDefinitions"]} for d in made.definitions}


def test_what_waits_for_each_other_is_one_task_unless_its_number_differs() -> None:
    assert families(convert("shop.yaml")) == {"shop-web": SHOP, "shop-worker": {"worker"}}
    assert set(families(convert("shop.yaml", separate=True))) == {f"shop-{n}" for n in (*SHOP, "worker")}
    assert families(convert("shop.yaml", profiles=["debug"]))["shop-web"] == {*SHOP, "debug"}


def test_what_shares_a_host_can_t_be_taken_apart() -> None:
    made = convert("old.yaml", separate=True, project="old")
    assert families(made) == {
        "old-client": {"vpn", "client"},
        "old-blog": {"blog"},
        "old-mysql": {"mysql"},
    }
    with pytest.raises(
        ConfigError, match=r"a, b share a host, and so a task: they must have the same deploy"
    ):
        made_of("services: {a: {image: a, scale: 2}, b: {image: b, network_mode: 'service:a'}}")


def test_more_containers_than_a_task_holds_are_tasks_of_their_own() -> None:
    services = {f"s{n}": {"image": "a", "depends_on": ["s0"] if n else []} for n in range(11)}
    assert len(made_of(json.dumps({"services": services})).definitions) == 11


def test_an_alias_of_yaml_that_is_billions_of_values_is_refused() -> None:
    lines = ["x-0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(ConfigError, match="more than 100000 values"):
        made_of("\n".join([*lines, "services: {a: {image: a}}"]))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("services: [", "compose.yaml: line 1, column 12: is not YAML: "),
        ("services: {a: {image: x}}\nservices: {}", "is not YAML: "),
        ("a:\n  image: x", "compose.yaml: services: is missing; a Compose file has a map of its services by name"),
        ("services: {}", "compose.yaml: services: is empty"),
        ("services: {a: 1}", "compose.yaml: services.a: must be a map"),
        ("servces: {}\nservices: {a: {image: x}}", "compose.yaml: servces: can't be read; known are name, version,"),
        ("include: [x]\nservices: {a: {image: x}}", "include: can't be read; give the output of `docker compose config`"),
        ("services: {a: {extends: b}}", "compose.yaml: services.a.extends: can't be read; give the output of"),
        ("services: {a: {image: x, depends_on: [b]}}", "compose.yaml: services.a: there is no service b"),
        ("services: {a: {image: '${X:?set it}'}}", "compose.yaml: services.a.image: $X must be set: set it"),
        ("services: {a: {image: x, ports: ['a:b']}}", "services.a.ports[0]: a:b is no port such as 8080:80"),
        ("services: {a: {image: x, ports: ['1-3:1-2']}}", "services.a.ports[0]: the ranges 1-3 and 1-2 are not of one"),
        ("services: {a: {image: x, ports: ['70000:80']}}", "70000 is no port or range of ports from 1 to 65535"),
        ("services: {a: {image: x, ports: ['80/sctp']}}", "services.a.ports[0]: sctp is not served; tcp and udp are"),
        ("services: {a: {image: x, volumes: ['a:b']}}", "services.a.volumes[0]: a:b is no volume such as data:/srv"),
        ("services: {a: {image: x, mem_limit: lots}}", "services.a.mem_limit: lots is no size such as 512m or 1g"),
        ("services: {a: {image: x, cpus: half}}", "services.a.cpus: half is no number of CPUs such as 0.5"),
        ("services: {a: {image: x, stop_grace_period: 1w}}", "stop_grace_period: 1w is no duration such as 30s"),
        ("services: {a: {image: x, command: 'a \"b'}}", "services.a.command: can't be split into words: No closing"),
        ("services: {a: {image: x, env_file: no.env}}", "services.a.env_file[0]: there is no file no.env"),
        ("services: {a: {image: x, volumes: {}}}", "services.a.volumes: must be a list"),
        ("services: {a: {image: x, deploy: []}}", "services.a.deploy: must be a map"),
    ],
)  # fmt: skip
def test_what_can_t_be_read_is_one_sentence_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        made_of(text)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
