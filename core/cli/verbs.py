"""How verbs are declared: groups that load a verb's module when it is called, and help that shows examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from core.cli.invocation import Invocation

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class _Place(click.Path):
    """A file or folder of which whoever opens it says what is wrong with it: click's own words would come before ours."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            # What a script's unset variable leaves; as a path it would be the folder one happens to be in.
            self.fail("it is empty, and names nothing", param, ctx)
        return super().convert(value, param, ctx)


PLACE: Final = _Place(path_type=Path, readable=False)

#: More characters than any verb's first sentence has: the list of verbs wraps it, and never cuts it.
_WHOLE: Final = 500

#: What the operators of other tools type: docker's, kubectl's and the AWS command line's.
_OTHERS: Final = {
    "list": "ls",
    "get": "ls",
    "ps": "ls",
    "delete": "rm",
    "remove": "rm",
    "inspect": "describe",
    "show": "describe",
}


class Verb(click.Command):
    """One verb. `--config` and `--state` are understood after it as well as before; its help ends in examples."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **settings: Any) -> None:
        """Take the examples; the rest is click's."""
        super().__init__(*args, **settings)
        self.examples = tuple(examples)
        self.params += [_place_option("--config", "config_path"), _place_option("--state", "state_dir")]

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        super().format_epilog(ctx, formatter)
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    formatter.write(f"{'':>{formatter.current_indent}}{example}\n")


def _place_option(name: str, attribute: str) -> click.Option:
    def keep(ctx: click.Context, _parameter: click.Parameter, value: Path | None) -> None:
        if value is not None:
            setattr(ctx.ensure_object(Invocation), attribute, value)

    return click.Option([name], type=PLACE, hidden=True, expose_value=False, callback=keep)


class Verbs(click.Group):
    """A group of verbs. Those named in `lazy` (`module` or `module:attribute`) are imported when they are needed."""

    command_class = Verb
    group_class = type

    def __init__(
        self, *args: Any, lazy: Mapping[str, tuple[str, str]] | None = None, **settings: Any
    ) -> None:
        """`lazy` maps a verb to its module and its line in the help."""
        super().__init__(*args, **settings)
        self.subcommand_metavar = "VERB …"
        self._lazy = dict(lazy or {})

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """All verbs, in the order in which they are declared."""
        return [*self._lazy, *(name for name in self.commands if name not in self._lazy)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb of that name, imported if need be."""
        if cmd_name in self._lazy and cmd_name not in self.commands:
            module, _, attribute = self._lazy[cmd_name][0].partition(":")
            self.add_command(getattr(import_module(module), attribute or "verb"), cmd_name)
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's, but an unknown verb is told its nearest neighbour."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            meant = self._meant_by(ctx, args[0])
            advice = f"did you mean {meant}?" if meant else f"there are {', '.join(self.list_commands(ctx))}"
            raise click.UsageError(f"There is no verb {args[0]!r}; {advice}", ctx)
        return super().resolve_command(ctx, args)

    def _meant_by(self, ctx: click.Context, word: str) -> str:
        """What an unknown verb probably means: one of other tools', one of a group in here, or the nearest; else nothing."""
        known = self.list_commands(ctx)
        other = _OTHERS.get(word, word)
        if other in known:
            return other
        groups = [(name, self.get_command(ctx, name)) for name in known]
        within = [
            f"{name} {other}" for name, g in groups if isinstance(g, Verbs) and other in g.list_commands(ctx)
        ]
        return " or ".join(within or get_close_matches(word, known, n=1, cutoff=0.5))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs without importing those that are lazy."""
        rows = []
        for name in self.list_commands(ctx):
            if name in self._lazy:
                rows.append((name, self._lazy[name][1]))
            else:
                rows.append((name, self.commands[name].get_short_help_str(_WHOLE)))
        with formatter.section("Verbs"):
            formatter.write_dl(rows)
