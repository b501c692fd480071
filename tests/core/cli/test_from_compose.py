"""`taskdef from-compose` as an operator calls it: files for `apply`, nothing written over, variables for the owner alone."""

from __future__ import annotations

import io
import json
import stat
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.core.cli.conftest import Shell

COMPOSE = """
name: shop
services:
  web:
    image: demo/web:1
    mem_limit: 64m
    ports: ["127.0.0.1:80:80"]
    env_file: web.env
    secrets: [token]
    environment: { TOKEN_FILE: /run/secrets/token }
secrets: { token: { file: token.txt } }
"""


@pytest.fixture
def compose(tmp_path: Path) -> str:
    (tmp_path / "web.env").write_text('PASSWORD="hunter2"\n')
    file = tmp_path / "compose.yaml"
    file.write_text(COMPOSE)
    return str(file)


def test_its_files_are_what_apply_takes(dockyard: Shell, compose: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = dockyard.ok("taskdef", "from-compose", compose, "--output", str(out))
    names = ["shop-web.json", "shop-web.service.json", "shop/web.env", "secrets.toml"]
    assert ran.out.splitlines() == [f"{out / name} is written." for name in names]
    assert "web: ports: 127.0.0.1:80:80 is not published" in ran.err
    assert "hunter2" not in ran.out + ran.err
    assert "secrets.toml into the config" in ran.err
    assert (out / "shop/web.env").read_text() == "PASSWORD=hunter2\n"
    assert stat.S_IMODE((out / "shop/web.env").stat().st_mode) == 0o600

    applied = dockyard.ok("apply", *(str(out / name) for name in names[:2]), "--yes")
    assert "+ service default/shop-web" in applied.out
    described = dockyard.ok("taskdef", "describe", "shop-web", "--json").json()["taskDefinition"]
    assert described["containerDefinitions"][0]["secrets"] == [{"name": "TOKEN", "valueFrom": "shop/token"}]

    with dockyard.config.open("a") as config:
        config.write((out / "secrets.toml").read_text())
    rules = tomllib.loads(dockyard.config.read_text())["secrets"]
    assert rules == {
        "shop/token": {"file": str(tmp_path / "token.txt")},
        "shop/web.env": {"file": str(out / "shop/web.env")},
    }
    assert dockyard.ok("config", "check").err.splitlines() == [
        f'warning: [secrets."shop/token"] file: there is no {tmp_path / "token.txt"}'
    ]


def test_nothing_is_written_over_unless_it_is_the_same_or_forced(
    dockyard: Shell, compose: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    command = ("taskdef", "from-compose", compose, "--output", str(out))
    dockyard.ok(*command)
    dockyard.ok(*command)
    (out / "shop-web.service.json").write_text("{}")
    (out / "shop-web.json").unlink()
    refused = dockyard(*command)
    assert refused.exit_code == 2
    assert "shop-web.service.json is there already with other content: --force writes over it" in refused.err
    assert not (out / "shop-web.json").exists()
    assert dockyard.ok(*command, "--force", "--json").json()["files"]
    assert json.loads((out / "shop-web.service.json").read_text())["serviceName"] == "shop-web"


def test_without_an_output_the_documents_are_one_that_apply_takes(
    dockyard: Shell, compose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = dockyard.ok("taskdef", "from-compose", compose, "--project-name", "other").json()
    assert [d["family"] for d in printed["taskDefinitions"]] == ["other-web"]
    text = json.dumps(printed).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert "+ task definition other-web" in dockyard.ok("apply", "-", "--dry-run").out


def test_what_can_t_be_registered_is_told_before_anything_is_written(dockyard: Shell, tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text("services: {web: {image: 'UPPER CASE'}}")
    refused = dockyard("taskdef", "from-compose", str(file), "--output", str(tmp_path / "out"))
    assert refused.exit_code == 1
    assert f"{file}: the task {tmp_path.name.lower().replace('.', '')}-web: " in refused.err
    assert not (tmp_path / "out").exists()
