"""Options of the deployment circuit breaker, as ECS's deploymentCircuitBreaker."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import click

from core.model.service import ThresholdType

if TYPE_CHECKING:
    from collections.abc import Callable

_CHOICES: Final = ("off", "stop", "rollback")
_THRESHOLD: Final = re.compile(r"([1-9][0-9]{0,3})(%?)")


class Threshold(click.ParamType[dict[str, Any]]):
    """`N%` of the desired count (at least 3, at most 200 failures), or `N` failures; as ECS's thresholdConfiguration."""

    name = "threshold"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, Any]:
        found = _THRESHOLD.fullmatch(str(value))
        if found is None:
            self.fail(
                f"{value!r} is not a number of failures (7) or a percentage of the tasks (50%)", param, ctx
            )
        kind = ThresholdType.BOUNDED_PERCENT if found[2] else ThresholdType.COUNT
        return {"type": kind.value, "value": int(found[1])}


def breaker_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--circuit-breaker` and `--circuit-breaker-threshold`."""
    breaker = click.option(
        "--circuit-breaker",
        type=click.Choice(_CHOICES),
        help="A deployment whose tasks keep failing: go on (off), stop it, or roll it back.",
    )
    threshold = click.option(
        "--circuit-breaker-threshold",
        type=Threshold(),
        metavar="N|N%",
        help="After so many failures, or of so many of the tasks; else 50%, at least 3.",
    )
    return breaker(threshold(function))


def breaker_given(options: dict[str, Any]) -> dict[str, Any] | None:
    """What the options say as ECS's member; None when they say nothing. Raises click.UsageError."""
    choice, threshold = options["circuit_breaker"], options["circuit_breaker_threshold"]
    if choice is None:
        if threshold is not None:
            raise click.UsageError("--circuit-breaker-threshold needs --circuit-breaker stop or rollback")
        return None
    given: dict[str, Any] = {"enable": choice != "off", "rollback": choice == "rollback"}
    return given | ({"thresholdConfiguration": threshold} if threshold is not None else {})
