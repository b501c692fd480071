"""Options that say where tasks may go, in ECS's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from core.cli import completing
from core.model.service import ConstraintType, StrategyType

if TYPE_CHECKING:
    from collections.abc import Callable


class Strategy(click.ParamType[dict[str, str]]):
    """`random`, `spread=FIELD` or `binpack=FIELD`, as ECS's placement strategy."""

    name = "type=field"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, str]:
        kind, _, field = str(value).partition("=")
        if kind not in set(StrategyType):
            self.fail(f"{value!r} is not random, spread=FIELD or binpack=FIELD", param, ctx)
        return {"type": kind, "field": field} if field else {"type": kind}


class Constraint(click.ParamType[dict[str, str]]):
    """`distinctInstance` or `memberOf=EXPRESSION`, as ECS's placement constraint."""

    name = "type=expression"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, str]:
        kind, _, expression = str(value).partition("=")
        if kind not in set(ConstraintType):
            self.fail(f"{value!r} is not distinctInstance or memberOf=EXPRESSION", param, ctx)
        return {"type": kind, "expression": expression.strip()} if expression else {"type": kind}


class Share(click.ParamType[dict[str, Any]]):
    """`NAME`, `NAME=WEIGHT` or `NAME=WEIGHT,base=N`, as an item of ECS's capacity provider strategy."""

    name = "provider"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, Any]:
        provider, _, rest = str(value).partition("=")
        weight, _, base = rest.partition(",base=")
        if not provider or not all(
            part.isascii() and part.isdecimal() for part in (weight or "1", base or "0")
        ):
            self.fail(f"{value!r} is not NAME, NAME=WEIGHT or NAME=WEIGHT,base=N", param, ctx)
        share: dict[str, Any] = {"capacityProvider": provider, "weight": int(weight or "1")}
        return share | ({"base": int(base)} if base else {})


def launch_type_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--launch-type`, for what is created: it keeps the cluster's default strategy away."""
    return click.option(
        "--launch-type",
        type=click.Choice(["EC2", "EXTERNAL"], case_sensitive=False),
        help="Either: on any host, and not by the cluster's default capacity providers.",
    )(function)


def placement_given(given: dict[str, Any]) -> dict[str, Any]:
    """What these options say, as RunTask's members; those that were not given are empty."""
    return {
        "placementConstraints": list(given["placement_constraints"]),
        "placementStrategy": list(given["placement_strategy"]),
        "capacityProviderStrategy": list(given["capacity_provider_strategy"]),
        "launchType": given["launch_type"],
    }


def placement_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--placement-strategy`, `--placement-constraint` and `--capacity-provider`, each repeatable."""
    strategy = click.option(
        "--placement-strategy",
        type=Strategy(),
        multiple=True,
        help="spread=attribute:zone, spread=instanceId, binpack=memory, random; later ones break ties.",
    )
    constraint = click.option(
        "--placement-constraint",
        "placement_constraints",
        type=Constraint(),
        multiple=True,
        help="distinctInstance, or memberOf= and an expression of ECS's query language.",
    )
    provider = click.option(
        "--capacity-provider",
        "capacity_provider_strategy",
        type=Share(),
        multiple=True,
        metavar="NAME[=WEIGHT[,base=N]]",
        help="A group of hosts from the config and its part of the tasks; the weight is 1 unless said.",
        shell_complete=completing.providers,
    )
    return strategy(constraint(provider(function)))
