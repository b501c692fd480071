"""OpenSSH's client configuration language: Host, Match and Include, for machines that have no ssh client to ask.

The first value of a keyword wins, except that every IdentityFile counts. A Match with a criterion that is not known
here does not apply: to apply a block to every host because one does not understand it would be dangerous.
"""

from __future__ import annotations

import glob
import re
import shlex
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final

from core.errors import ConfigError
from core.homes import expanded
from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MAX_DEPTH: Final = 16  # as in OpenSSH
_EXEC_TIMEOUT_S: Final = 10
_ARGUMENTLESS: Final = frozenset({"all", "final", "canonical"})
_REPEATABLE: Final = frozenset({"identityfile", "certificatefile"})


class Subject(Record):
    """Whom the configuration is asked about: the name as typed, and who asks."""

    alias: str
    user: str
    local_user: str
    final: bool = False


def read_config(files: Sequence[Path], subject: Subject) -> dict[str, list[str]]:
    """Evaluate the files in order; values are keyed by the keyword in lower case. Raises ConfigError."""
    settings: dict[str, list[str]] = {}
    wants_final = [_read(path, subject, settings) for path in files if path.is_file()]
    if any(wants_final):
        again = Subject(subject.alias, subject.user, subject.local_user, final=True)
        for path in files:
            if path.is_file():
                _read(path, again, settings)
    return settings


def _read(
    path: Path, subject: Subject, settings: dict[str, list[str]], depth: int = 0, *, active: bool = True
) -> bool:
    """Read one file into `settings`; `active` False means that nothing in it can match. Says whether it asks for a final pass."""
    if depth > _MAX_DEPTH:
        raise ConfigError(f"ssh config: Include goes deeper than {_MAX_DEPTH} files at {path}")
    applies, wants_final = active, False
    for keyword, arguments in _statements(path):
        match keyword:
            case "host":
                applies = active and _host_matches(arguments, subject.alias)
            case "match":
                wants_final |= "final" in (word.lower() for word in arguments)
                applies = active and _match_applies(arguments, subject, settings)
            case "include":
                for included in _included(arguments):
                    wants_final |= _read(included, subject, settings, depth + 1, active=applies)
            case _ if applies:
                _keep(settings, keyword, arguments)
    return wants_final


def _keep(settings: dict[str, list[str]], keyword: str, arguments: list[str]) -> None:
    if keyword in _REPEATABLE:
        known = settings.setdefault(keyword, [])
        known.extend(value for value in arguments if value not in known)
        return
    if keyword == "proxyjump" and "proxycommand" in settings:
        return  # the two exclude each other: the first one given wins
    if keyword == "proxycommand" and "proxyjump" in settings:
        return
    settings.setdefault(keyword, [" ".join(arguments)])


def _statements(path: Path) -> Iterator[tuple[str, list[str]]]:
    try:
        text = path.read_text(errors="surrogateescape")
    except OSError as error:
        raise ConfigError(f"ssh config {path} can't be read: {error.strerror}") from error
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r"\s*([A-Za-z]\w*)(?:\s*=\s*|\s+|$)(.*)", line)
        if not found:
            continue
        keyword, rest = found[1].lower(), found[2].strip()
        if keyword == "proxycommand":
            yield keyword, [rest]  # a shell's business, quotes and all
            continue
        try:
            arguments = shlex.split(rest, comments=True)
        except ValueError as error:
            raise ConfigError(f"ssh config {path} line {number}: {error}") from error
        if not arguments:
            raise ConfigError(f"ssh config {path} line {number}: {found[1]} has no argument")
        yield keyword, arguments


def _included(patterns: list[str]) -> list[Path]:
    found = []
    for pattern in patterns:
        path = expanded(pattern)
        absolute = path if path.is_absolute() else expanded("~/.ssh") / path
        found += [Path(name) for name in sorted(glob.glob(str(absolute)))]  # noqa: PTH207  # Path.glob refuses absolute patterns
    return found


def _host_matches(patterns: list[str], name: str) -> bool:
    """Whether one pattern matches and no negated one does."""
    if any(pattern.startswith("!") and fnmatchcase(name, pattern[1:]) for pattern in patterns):
        return False
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _match_applies(words: list[str], subject: Subject, settings: dict[str, list[str]]) -> bool:
    """Whether every criterion of a Match line holds."""
    remaining = iter(words)
    for word in remaining:
        criterion, _, value = word.partition("=")
        negated = criterion.startswith("!")
        criterion = criterion.lstrip("!").lower()
        if criterion not in _ARGUMENTLESS and not value:
            value = next(remaining, "")
        holds = _holds(criterion, value, subject, settings)
        if holds is None or holds is negated:
            return False
    return True


def _holds(criterion: str, value: str, subject: Subject, settings: dict[str, list[str]]) -> bool | None:
    """Judge one criterion; None where it is not known here."""
    host = settings.get("hostname", [subject.alias])[0].replace("%h", subject.alias)
    user = subject.user or settings.get("user", [subject.local_user])[0]
    names = {"host": host, "originalhost": subject.alias, "user": user, "localuser": subject.local_user}
    if criterion in names:
        return _host_matches(value.split(","), names[criterion])
    if criterion == "exec":
        return _succeeds(value.replace("%h", host).replace("%n", subject.alias).replace("%r", user))
    # Names are not made canonical here, so no block asks for that in vain.
    return {"all": True, "final": subject.final, "canonical": False}.get(criterion)


def _succeeds(command: str) -> bool:
    """Run a Match exec command as ssh does: by the user's own shell, from the user's own file."""
    try:
        done = subprocess.run(  # noqa: S602  # a shell is what Match exec means
            command,
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_EXEC_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
