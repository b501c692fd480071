"""The verbs whose command lines forms write, loaded when they are called: their weight is paid by who opens a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import click

    from core.model.state import State

Json = dict[str, Any]


def asked_by(name: str) -> Callable[[State, Json], Json]:
    """A function of core.cli.requests."""

    def asked(state: State, given: Json) -> Json:
        from core.cli import requests  # noqa: PLC0415  # as said

        made: Json = getattr(requests, name)(state, given)
        return made

    return asked


def service_create() -> click.Command:
    from core.cli.service_change import create  # noqa: PLC0415  # the verbs' weight is paid by who opens a form

    return create


def task_run() -> click.Command:
    from core.cli.task_run import run  # noqa: PLC0415  # as above

    return run


def schedule_create() -> click.Command:
    from core.cli.schedule_change import create  # noqa: PLC0415  # as above

    return create


def cluster_create() -> click.Command:
    from core.cli.cluster import create  # noqa: PLC0415  # as above

    return create
