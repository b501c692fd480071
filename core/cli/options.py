"""Options that many verbs share, and the types of their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from core.cli import completing

if TYPE_CHECKING:
    from collections.abc import Callable


class Duration(click.ParamType[float]):
    """Seconds, written like "30s" or "2m"; a bare number is seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        from core.config.durations import parse_duration  # noqa: PLC0415  # the config's weight, for verbs without waits

        if isinstance(value, (int, float)):
            return float(value)
        try:
            return float(value) if value.replace(".", "", 1).isdigit() else parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Whole(click.IntRange):
    """A whole number within bounds, refused in words."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            number = int(value)
        except ValueError:
            self.fail(f"{value!r} is not a whole number", param, ctx)
        least = 0 if self.min is None else int(self.min)
        if self.max is not None and not least <= number <= self.max:
            self.fail(f"{number} is not between {least} and {self.max:g}", param, ctx)
        if number < least:
            self.fail(f"{number} is too few: at least {least}", param, ctx)
        return number


class Pair(click.ParamType[tuple[str, str]]):
    """`NAME=VALUE`."""

    name = "name=value"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        name, equals, content = str(value).partition("=")
        if not equals or not name:
            self.fail(f"{value!r} is not NAME=VALUE", param, ctx)
        return name, content


json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, in ECS's own shape where it has one."
)
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Print names or ids alone.")
yes_option = click.option("-y", "--yes", is_flag=True, help="Don't ask.")
cluster_option = click.option(
    "--cluster",
    metavar="NAME",
    envvar="DOCKYARD_CLUSTER",
    help="The cluster; else $DOCKYARD_CLUSTER.",
    shell_complete=completing.clusters,
)


def wait_options(default_timeout: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--wait` and `--timeout`, which a verb takes as `wait` and `timeout_s`."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        timeout = click.option(
            "--timeout",
            "timeout_s",
            type=Duration(),
            default=default_timeout,
            show_default=True,
            help="How long to wait at the most; then the exit code is 3.",
        )
        return click.option("--wait", is_flag=True, help="Wait until it is done.")(timeout(function))

    return decorate
