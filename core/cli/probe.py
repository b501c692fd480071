"""Options of a service's probe: the check as one word, and its pace."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any, Final

import click

from core.cli.options import Duration
from core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

_BY_PORT: Final = re.compile(r"(https?|tcp)://([^:/\s]+)(?::(\d{1,5}))?(/\S*)?", re.IGNORECASE)
_USUAL_PORTS: Final = {"HTTP": 80, "HTTPS": 443}
_EXAMPLES: Final = "http://web:80/healthz, https://web:443/, tcp://web:5432 or 'exec:web pg_isready'"


class ProbeSpec(click.ParamType[dict[str, Any]]):
    """`http://CONTAINER:PORT/PATH`, `https://…`, `tcp://CONTAINER:PORT` or `exec:CONTAINER COMMAND`."""

    name = "probe"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        text = str(value)
        kind, _, rest = text.partition(":")
        if kind.lower() == "exec":
            return self._command(text, rest, param, ctx)
        found = _BY_PORT.fullmatch(text)
        if found is None:
            self.fail(f"{text!r} is no probe; it is written like {_EXAMPLES}", param, ctx)
        protocol, container, port, path = found[1].upper(), found[2], found[3], found[4]
        given: dict[str, Any] = {"protocol": protocol, "containerName": container}
        if port or protocol in _USUAL_PORTS:
            given["containerPort"] = int(port or _USUAL_PORTS[protocol])
        else:
            self.fail(f"{text!r} names no port; a probe by TCP is written like tcp://web:5432", param, ctx)
        if path and protocol == "TCP":
            self.fail(f"{text!r}: a probe by TCP has no path", param, ctx)
        return given | ({"path": path} if path else {})

    def _command(
        self, text: str, rest: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, Any]:
        container, _, command = rest.partition(" ")
        try:
            words = shlex.split(command)
        except ValueError as error:
            self.fail(f"{text!r}: {error}", param, ctx)
        if not container or not words:
            self.fail(f"{text!r} names no command; it is written like 'exec:web pg_isready -q'", param, ctx)
        return {"protocol": "EXEC", "containerName": container, "command": words}


#: The options of its pace, and ELB's members that they are.
_PACE: Final = {
    "probe_matcher": "matcher",
    "probe_interval": "intervalSeconds",
    "probe_timeout": "timeoutSeconds",
    "probe_healthy_threshold": "healthyThresholdCount",
    "probe_unhealthy_threshold": "unhealthyThresholdCount",
}


def probe_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--probe` and what belongs to it."""
    for option in (
        click.option(
            "--probe",
            type=ProbeSpec(),
            metavar="CHECK",
            help=f"The engine's own check of each task: {_EXAMPLES}.",
        ),
        click.option(
            "--probe-matcher", metavar="CODES", help="HTTP codes that pass, 200-399 or 200,301; else 200."
        ),
        click.option("--probe-interval", type=Duration(), help="Between two checks of a task; else 10s."),
        click.option("--probe-timeout", type=Duration(), help="A check fails that takes longer; else 5s."),
        click.option(
            "--probe-healthy-threshold",
            type=int,
            metavar="N",
            help="Good checks that end a bad state; else 2.",
        ),
        click.option(
            "--probe-unhealthy-threshold",
            type=int,
            metavar="N",
            help="Bad checks in a row that make one; else 3.",
        ),
    ):
        function = option(function)
    return function


def probe_given(options: dict[str, Any]) -> dict[str, Any] | None:
    """What the options say as the member `probe`; None when they say nothing."""
    pace = {member: options[name] for name, member in _PACE.items() if options[name] is not None}
    for member in ("intervalSeconds", "timeoutSeconds"):
        if member in pace:
            pace[member] = _whole_seconds(member, pace[member])
    given = (options["probe"] or {}) | pace
    return given or None


def check_named(given: dict[str, Any], who: str) -> None:
    """Raises UsageError where the options say how a probe goes about it, and there is none: `who` has no probe."""
    probe = given.get("probe")
    if probe and "protocol" not in probe:
        said = ", ".join(f"--{name.replace('_', '-')}" for name, member in _PACE.items() if member in probe)
        raise UsageError(f"{who} has no probe for {said} to change; --probe gives it one: {_EXAMPLES}")


def _whole_seconds(member: str, seconds: float) -> int:
    if seconds != int(seconds):
        option = {"intervalSeconds": "--probe-interval", "timeoutSeconds": "--probe-timeout"}[member]
        raise click.UsageError(f"{option} takes whole seconds, not {seconds:g}")
    return int(seconds)
