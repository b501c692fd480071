"""`dockyard taskdef from-compose`: what a Docker Compose file becomes, as files for `apply`."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import click

from core.cli import completing
from core.cli.files import read_bytes
from core.cli.invocation import Invocation, invoked
from core.cli.options import json_option, quiet_option
from core.cli.verbs import PLACE, Verb
from core.errors import UsageError, about

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from core.compose import Converted

#: The rules that find a project's secrets, to be put into the config.
_RULES_FILE = "secrets.toml"


@click.command(
    "from-compose",
    cls=Verb,
    examples=[
        "dockyard taskdef from-compose compose.yaml --output shop && dockyard apply shop/*.json",
        "dockyard taskdef from-compose compose.yaml | dockyard apply - --dry-run",
        "docker compose config | dockyard taskdef from-compose - --project-name shop",
    ],
)
@click.argument("file", metavar="FILE", shell_complete=completing.files)
@click.option(
    "--output", type=PLACE, metavar="DIR", help="Write a file for each task definition and service."
)
@click.option("--force", is_flag=True, help="Write over files that are there with other content.")
@click.option(
    "--project-name", metavar="NAME", default="", help="As docker compose's; else the file's or its folder's."
)
@click.option(
    "--profile", "profiles", multiple=True, metavar="NAME", help="Take in the services of a profile."
)
@click.option(
    "--separate", is_flag=True, help="Make a task of each service, also of those that wait for each other."
)
@json_option
@quiet_option
@invoked
def from_compose(
    invocation: Invocation,
    file: str,
    output: Path | None,
    force: bool,
    project_name: str,
    profiles: Sequence[str],
    separate: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make task definitions and services of a Docker Compose file, and say what could not be carried over.

    Services that wait for each other or share a host become one task, as ECS orders containers within a task only. Variables are
    filled in from the environment and the .env file beside FILE. Without --output the documents are printed, as `apply` takes
    them. Nothing is registered.
    """
    from core.compose import converted, read_compose  # noqa: PLC0415  # YAML's weight is this verb's alone
    from core.fold.definitions import definition_from  # noqa: PLC0415  # as is the schema's

    made = converted(
        read_compose(file, read_bytes(file), os.environ),
        separate=separate,
        profiles=profiles,
        project=project_name,
    )
    for definition in made.definitions:
        with about(f"{file}: the task {definition['family']}"):
            definition_from(definition)
    for note in made.notes:
        invocation.printer.note(note)
    if output is None:
        if made.env_files:
            invocation.printer.note("env_file: --output writes the variables into files of ECS's form.")
        invocation.printer.json({"taskDefinitions": list(made.definitions), "services": list(made.services)})
        return
    written = _files(made, output)
    _write(written, force=force)
    if as_json:
        invocation.printer.json({"files": [str(path) for path in written], "notes": list(made.notes)})
        return
    for path in written:
        invocation.printer.line(str(path) if quiet else f"{path} is written.")
    if output / _RULES_FILE in written and not quiet:
        invocation.printer.note(
            f"Put the tables in {output / _RULES_FILE} into the config, so that its secrets are found."
        )


def _files(made: Converted, folder: Path) -> dict[Path, str]:
    """The text of each file by its path."""
    files = {folder / f"{d['family']}.json": _text(d) for d in made.definitions}
    files |= {folder / f"{s['serviceName']}.service.json": _text(s) for s in made.services}
    files |= {folder / reference: text for reference, text in made.env_files.items()}
    rules = dict(made.rules)
    for reference in made.env_files:
        rules[reference] = f"file = {json.dumps(str((folder / reference).absolute()))}"
    if rules:
        files[folder / _RULES_FILE] = "\n".join(
            f"[secrets.{json.dumps(pattern)}]\n{rule}\n" for pattern, rule in rules.items()
        )
    return files


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _write(files: dict[Path, str], *, force: bool) -> None:
    """Write all of them or, where one is there with other content, none. Variables may be secrets: for the owner alone."""
    for path, text in files.items():
        if not force and path.exists() and path.read_bytes() != text.encode():
            raise UsageError(f"{path} is there already with other content: --force writes over it")
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".env":
                path.touch(mode=0o600)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{error.filename}: can't be written: {error.strerror}") from error
