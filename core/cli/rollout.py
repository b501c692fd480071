"""Options of how a service is rolled out, as ECS's deploymentConfiguration: its bounds, its end, and when it is given up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import click

from core.cli.breaker import breaker_given, breaker_options
from core.cli.options import Duration
from core.model.service import SourceCleanup

if TYPE_CHECKING:
    from collections.abc import Callable

_MINUTE_S: Final = 60
_LONGEST_MINUTES: Final = 1440
_PERCENT: Final = re.compile(r"(100|[0-9]{1,2})%?")


class BakeTime(Duration):
    """Whole minutes of up to a day, written like "5m" or "1h"; ECS counts minutes."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        seconds = super().convert(value, param, ctx)
        if seconds % _MINUTE_S or seconds > _LONGEST_MINUTES * _MINUTE_S:
            self.fail(f"{value!r} is no number of whole minutes of up to a day, such as 5m or 1h", param, ctx)
        return seconds


class EarlySuccess(click.ParamType[dict[str, Any]]):
    """`N%` of the desired tasks, or `off`; as ECS's earlySuccessCriteria."""

    name = "early success"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, Any]:
        text = str(value)
        if text == "off":
            return {"enable": False}
        found = _PERCENT.fullmatch(text)
        if found is None:
            self.fail(f"{value!r} is not a percentage of the tasks (90%), nor off", param, ctx)
        return {"enable": True, "healthyPercent": int(found[1])}


def rollout_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The bounds of a rolling update, its circuit breaker, and when it is complete."""
    for option in (
        click.option(
            "--minimum-healthy-percent",
            type=int,
            metavar="PERCENT",
            help="Floor of a rolling update; else 100.",
        ),
        click.option(
            "--maximum-percent", type=int, metavar="PERCENT", help="Cap of a rolling update; else 200."
        ),
        breaker_options,
        click.option(
            "--bake-time",
            type=BakeTime(),
            metavar="5m",
            help="So long a deployment is watched before it is complete; else 0.",
        ),
        click.option(
            "--early-success",
            type=EarlySuccess(),
            metavar="N%|off",
            help="A deployment is complete with so many of the tasks healthy; else off.",
        ),
        click.option(
            "--early-success-cleanup",
            type=click.Choice([choice.value for choice in SourceCleanup], case_sensitive=False),
            help="DEFERRED: before the older tasks are gone; else BLOCKING.",
        ),
    ):
        function = option(function)
    return function


def rollout_given(options: dict[str, Any]) -> dict[str, Any]:
    """What the options say as ECS's deploymentConfiguration; empty when they say nothing. Raises click.UsageError."""
    bake_s = options["bake_time"]
    given = {
        "minimumHealthyPercent": options["minimum_healthy_percent"],
        "maximumPercent": options["maximum_percent"],
        "deploymentCircuitBreaker": breaker_given(options),
        "bakeTimeInMinutes": int(bake_s / _MINUTE_S) if bake_s is not None else None,
        "earlySuccessCriteria": _early_success(options["early_success"], options["early_success_cleanup"]),
    }
    return {name: value for name, value in given.items() if value is not None}


def _early_success(given: dict[str, Any] | None, cleanup: str | None) -> dict[str, Any] | None:
    if given is None or not given["enable"]:
        if cleanup is not None:
            raise click.UsageError("--early-success-cleanup needs --early-success N%")
        return given
    return given | {"sourceServiceRevisionCleanup": cleanup or SourceCleanup.BLOCKING.value}
