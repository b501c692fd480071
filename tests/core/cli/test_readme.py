"""What the README and the examples tell people to type is what the command line takes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from core.cli.invocation import Invocation
from core.cli.root import root

HERE = Path(__file__).parents[3]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TYPED = re.compile(r"^#? *(?:sudo -u dockyard )?(dockyard .*)", re.MULTILINE)


def _lines() -> list[str]:
    """Blocks of commands name no language; the examples have theirs in comments."""
    blocks = _BLOCK.findall((HERE / "README.md").read_text("utf-8"))
    texts = [text for language, text in blocks if not language]
    texts += [path.read_text("utf-8") for path in sorted((HERE / "examples").glob("*.[ts]*"))]
    return [line for text in texts for line in _TYPED.findall(text)]


def test_there_are_some() -> None:
    assert len(_lines()) > 50


@pytest.mark.parametrize("line", _lines())
def test_every_line_is_one_that_can_be_typed(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    while words and words[0].startswith("--"):
        words = words[1:] if words[0] == "--no-ui" else words[2:]
    command: click.Command = root
    while words and isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, words[0]
        command, words = found, words[1:]
    assert command is root or not isinstance(command, click.Group)
    if command is not root:
        command.make_context("", words, obj=Invocation())
