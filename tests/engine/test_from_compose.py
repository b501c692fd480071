"""A Compose file on real hosts: made into files, applied, and what Compose promises of it holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.engine.dockyard import Installation

COMPOSE = """
name: shop
x-web: &web { image: "demo/web:${TAG:-1}", mem_limit: 16m }
services:
  web:
    <<: *web
    ports: ["80"]
    env_file: web.env
    environment: { TOKEN_FILE: /run/secrets/token }
    secrets: [token]
    depends_on:
      db: { condition: service_healthy }
      migrate: { condition: service_completed_successfully }
    volumes: [kept:/kept]
  db:
    <<: *web
    healthcheck: { test: "wget -q -O /dev/null localhost", interval: 1s, retries: 3 }
  migrate:
    image: demo/busybox:1
    mem_limit: 16m
    command: sh -c "echo migrated"
    restart: "no"
  worker:
    <<: *web
    deploy: { replicas: 2, update_config: { order: start-first, failure_action: rollback } }
volumes: { kept: }
secrets: { token: { file: token.txt } }
"""


def test_a_compose_file_runs_as_tasks(yard: Installation) -> None:
    folder = yard.folder / "shop"
    folder.mkdir()
    (folder / "compose.yaml").write_text(COMPOSE)
    (folder / "web.env").write_text('PASSWORD="two words"\n')
    (folder / "token.txt").write_text("hunter2\n")
    made = folder / "made"
    yard.do("taskdef", "from-compose", folder / "compose.yaml", "--output", made)
    yard.write_config(extra=(made / "secrets.toml").read_text())
    yard.start()
    yard.do("apply", made, "--yes", "--wait", "--timeout", "60s")
    yard.wait_steady_tasks(1, "shop-web")
    yard.wait_steady_tasks(2, "shop-worker")

    task = yard.json("task", "describe", yard.tasks("shop-web")[0].id)["tasks"][0]
    containers = {c["name"]: c for c in task["containers"]}
    assert (containers["migrate"]["lastStatus"], containers["migrate"]["exitCode"]) == ("STOPPED", 0)
    assert containers["db"]["healthStatus"] == "HEALTHY"
    web = next(c for c in yard.containers() if c.id == containers["web"]["runtimeId"])
    host = next(h for h in yard.hosts if h.name == web.host)
    inspected = yard.docker(host).inspect_container(web.id)
    assert {"PASSWORD=two words", "TOKEN=hunter2"} <= set(inspected["Config"]["Env"])
    assert [mount["Name"] for mount in inspected["Mounts"]] == ["shop_kept"]
    assert host.docker("exec", web.id, "wget", "-q", "-O", "-", "db") == "web 1"
    assert json.loads((made / "shop-worker.service.json").read_text())["deploymentConfiguration"] == {
        "minimumHealthyPercent": 100,
        "maximumPercent": 150,
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
    }
