"""Secrets on real hosts: they reach the container, and are found nowhere else afterwards."""

from __future__ import annotations

import json
import secrets
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.model.task import Task
    from tests.engine.dockyard import Installation

JSON_ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf:password::"
S3_ARN = "arn:aws:s3:::bucket/prod/web.env"


class CommandLines:
    """Every command line that any process of this machine has, looked at all the while."""

    def __init__(self, values: Iterable[str]) -> None:
        self._values = [value.encode() for value in values]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.looks = 0
        self.found: list[bytes] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.005):
            self.looks += 1
            for process in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    line = process.read_bytes()
                except OSError:
                    continue  # it has ended
                self.found += [line for value in self._values if value in line]


def test_a_secret_reaches_its_container_and_nothing_else(yard: Installation) -> None:
    values = {name: f"{name}-{secrets.token_hex(16)}" for name in ("folder", "command", "member", "file")}
    folder = yard.folder / "secrets"
    (folder / "prod").mkdir(parents=True)
    folder.chmod(0o700)
    (folder / "token").write_text(values["folder"])
    (folder / "prod/db").write_text(json.dumps({"password": values["member"]}))
    (folder / "prod/web.env").write_text(f"# web\nFROM_FILE={values['file']}\n")
    vault = folder / "vault"
    vault.write_text(values["command"])
    # It complains with the secret in its complaint, as some do.
    script = f'cat {vault} >&2; test "$1" = vault/known && cat {vault}'
    command = json.dumps(["sh", "-c", script, "vault", "{name}"])
    yard.write_config(extra=f'[secrets."vault/*"]\ncommand = {command}\n')
    told = []

    def of(family: str) -> list[Task]:
        return [t for t in yard.state().tasks.values() if t.definition.startswith(f"{family}:")]

    with CommandLines(values.values()) as lines:
        yard.start()
        yard.register(
            secrets=[
                {"name": "FROM_FOLDER", "valueFrom": "token"},
                {"name": "FROM_COMMAND", "valueFrom": "vault/known"},
                {"name": "FROM_MEMBER", "valueFrom": JSON_ARN},
            ],
            environmentFiles=[{"type": "s3", "value": S3_ARN}],
        )
        yard.create("web", 3)
        yard.wait_steady(3)
        told += [yard.do("service", "describe", "web"), yard.do("taskdef", "describe", "web", "--json")]
        told += [yard.do("task", "describe", task.id, "--json") for task in yard.tasks()]

        for name in ("vault/unknown", "nowhere"):
            yard.register("lacking", secrets=[{"name": "X", "valueFrom": name}])
            yard.do("task", "run", "lacking")
            yard.wait(lambda: all(t.stopped for t in of("lacking")), "the task without its secret stops")
        told.append(yard.do("events"))
    assert lines.looks > 10
    assert lines.found == []

    seen = [c for c in yard.containers() if c.running]
    assert len(seen) == 3
    for container in seen:
        host = next(h for h in yard.hosts if h.name == container.host)
        environment = yard.docker(host).inspect_container(container.id)["Config"]["Env"]
        assert {f"FROM_{name.upper()}={value}" for name, value in values.items()} <= set(environment)

    reasons = sorted(t.stopped_reason for t in of("lacking"))
    assert [reason.partition(":")[0] for reason in reasons] == ["ResourceInitializationError"] * 2
    assert "There is no secret nowhere: put it in a file of that name in" in reasons[1]
    assert (
        'The secret vault/unknown is not to be had by [secrets."vault/*"]: the command sh ended with 1'
        in (reasons[0])
    )

    yard.close()
    kept = [f for f in yard.folder.rglob("*") if f.is_file() and folder not in f.parents]
    assert {"engine.log", "config.toml"} <= {file.name for file in kept}
    assert any(yard.state_dir in file.parents for file in kept)
    for value in values.values():
        assert [file for file in kept if value.encode() in file.read_bytes()] == []
        assert [text for text in told if value in text] == []
