"""Which source a secret has: the first rule of `[secrets]` that matches it, else the environment, else the folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from core.errors import ActionFailed
from core.record import Record
from core.secrets.folder import in_folder, read_secret
from core.taskdef.secret_names import secret_names, without_key
from core.taskdef.secret_values import RESOURCE_INITIALIZATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from core.config import SecretRule
    from core.secrets.command import Commands

_PREFIX: Final = "DOCKYARD_SECRET_"
_NOT_IN_VARIABLES: Final = re.compile(r"[^A-Z0-9]+")
_NAME: Final = "{name}"
_ARN: Final = "{arn}"


def variable_name(name: str) -> str:
    """The environment variable of a local secret: `prod/db-password` is DOCKYARD_SECRET_PROD_DB_PASSWORD."""
    return _PREFIX + _NOT_IN_VARIABLES.sub("_", name.upper()).strip("_")


class SecretSources(Record):
    """Looks secrets up for one config."""

    rules: Iterable[SecretRule]
    folder: Path
    environ: Mapping[str, str]
    commands: Commands

    def value(self, value_from: str, until: float) -> str:
        """The text behind an ECS reference: a secret's name or ARN, or an environment file's. `until`: time.monotonic.

        Raises:
            ActionFailed: ResourceInitializationError, with the names and places that were tried.
        """
        for rule in self.rules:
            if _matches(rule.name, value_from):
                return self._by_rule(rule, value_from, until)
        names = secret_names(value_from)
        for name in names:
            if (value := self.environ.get(variable_name(name))) is not None:
                return value
            if (value := in_folder(self.folder, name)) is not None:
                return value
        raise ActionFailed(
            RESOURCE_INITIALIZATION,
            f"There is no secret {' or '.join(names)}{_for(value_from)}: put it in a file of that name in"
            f" {self.folder}, set {variable_name(names[-1])} for the engine, or name its source in [secrets].",
        )

    def _by_rule(self, rule: SecretRule, value_from: str, until: float) -> str:
        names = secret_names(value_from)
        failures = []
        for name in names:
            try:
                return self._one(rule, name, value_from, until)
            except ActionFailed as failed:
                failures.append(str(failed).removesuffix("."))
        raise ActionFailed(
            RESOURCE_INITIALIZATION,
            f'The secret {" or ".join(names)}{_for(value_from)} is not to be had by [secrets."{rule.name}"]: '
            f"{'; '.join(dict.fromkeys(failures))}.",
        )

    def _one(self, rule: SecretRule, name: str, value_from: str, until: float) -> str:
        """Raises ActionFailed with what follows the rule's name in a sentence."""
        if rule.env:
            variable = rule.env.replace(_NAME, _NOT_IN_VARIABLES.sub("_", name.upper()))
            if (value := self.environ.get(variable)) is None:
                raise ActionFailed(
                    RESOURCE_INITIALIZATION, f"${variable} is not set in the engine's environment"
                )
            return value
        if rule.file is not None:
            return _from_file(rule.file, name)
        arguments = [_filled(text, name, without_key(value_from)) for text in rule.command]
        return self.commands.output(arguments, rule.timeout_s, until)


def _matches(pattern: str, value_from: str) -> bool:
    """Whether a rule is for a reference: by the reference itself, or by a name it goes by. `*` is any text."""
    expression = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
    return any(map(expression.fullmatch, (without_key(value_from), *secret_names(value_from))))


def _from_file(path: Path, name: str) -> str:
    if _NAME not in str(path):
        return read_secret(path, name)
    if name.startswith("/") or ".." in name.split("/"):
        raise ActionFailed(RESOURCE_INITIALIZATION, f"{name} leads out of {path}")
    return read_secret(Path(str(path).replace(_NAME, name)), name)


def _filled(text: str, name: str, arn: str) -> str:
    """An argument with the secret's name in it. One that would be read as an option is refused."""
    made = text.replace(_NAME, name).replace(_ARN, arn)
    if made.startswith("-") and not text.startswith("-"):
        raise ActionFailed(RESOURCE_INITIALIZATION, f"{name} would be read as an option")
    return made


def _for(value_from: str) -> str:
    return "" if value_from in secret_names(value_from) else f" (for {value_from})"
