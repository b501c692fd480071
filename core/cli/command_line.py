"""A verb's command line read without being run: for forms, which write one and show it beside what they ask for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import click

from core.cli.invocation import Invocation
from core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

_OPTION: Final = re.compile(r"--[a-z][a-z-]*")


class Misread(UsageError):
    """A command line is wrong; `options` are those that are to blame (`--probe`), or arguments by their names."""

    def __init__(self, message: str, options: Sequence[str]) -> None:
        """Keep them beside the sentence."""
        super().__init__(message)
        self.options: Final = tuple(options)


def read_options(command: click.Command, arguments: Sequence[str]) -> dict[str, Any]:
    """What a command is given by arguments, by its parameters' names. Raises Misread."""
    try:
        return command.make_context(command.name, list(arguments), obj=Invocation()).params
    except click.BadParameter as wrong:
        names = [*wrong.param.opts] if wrong.param is not None else []
        is_missing = isinstance(wrong, click.MissingParameter)
        raise Misread("is missing" if is_missing else wrong.message, names) from None
    except click.UsageError as wrong:
        raise misread(wrong.message) from None


def misread(message: str) -> Misread:
    """A complaint about options, which it names."""
    return Misread(message, _OPTION.findall(message))
