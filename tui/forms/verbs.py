"""The verbs whose command lines forms write, loaded when they are called: their weight is paid by who opens a form."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import click


def _verb(module: str, name: str) -> click.Command:
    command: click.Command = getattr(import_module(f"core.cli.{module}"), name)
    return command


service_create: Final = partial(_verb, "service_change", "create")
task_run: Final = partial(_verb, "task_run", "run")
task_start: Final = partial(_verb, "task_start", "start")
schedule_create: Final = partial(_verb, "schedule_change", "create")
schedule_update: Final = partial(_verb, "schedule_change", "update")
cluster_create: Final = partial(_verb, "cluster", "create")
cluster_put_capacity_providers: Final = partial(_verb, "cluster", "put_capacity_providers")
apply: Final = partial(_verb, "apply", "verb")
