"""How an error becomes a sentence on stderr and an exit code: 1 refused or failed, 2 wrong usage, 3 timed out, 130 interrupted."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from core.cli.printing import Tone, paint
from core.errors import DockyardError, HostUnreachable, NotInTime, Refused, UsageError
from core.safe_text import multi_line

if TYPE_CHECKING:
    from core.cli.invocation import Invocation

REFUSED: Final = 1
USAGE: Final = 2
TIMED_OUT: Final = 3
INTERRUPTED: Final = 130
#: What a shell makes of a program that SIGPIPE ended.
PIPE_BROKEN: Final = 141


def failed(invocation: Invocation, error: Exception) -> int:  # noqa: PLR0911  # one for each kind of error
    """Say what went wrong and return the exit code."""
    match error:
        case click.exceptions.NoArgsIsHelpError():
            click.echo(error.format_message(), err=True)
            return error.exit_code
        case click.ClickException():
            _say(error.format_message())
            if isinstance(error, click.UsageError) and error.ctx is not None:
                click.echo(f"Try: {error.ctx.command_path} --help", err=True)
            return error.exit_code
        case UsageError():
            _say(str(error))
            return USAGE
        case NotInTime():
            _say(str(error))
            return TIMED_OUT
        case Refused():
            _say(f"{error.message} ({error.code})")
            return REFUSED
        case HostUnreachable():
            _say(f"{error} (step: {error.step})")
            if error.hint:
                click.echo(multi_line(error.hint), err=True)
            return REFUSED
        case DockyardError():
            _say(str(error))
            return REFUSED
        case OSError(errno=errno.ENOSPC | errno.EDQUOT | errno.EIO, filename=None):
            # What is read or written by name has its own sentences: this is where our output goes.
            _drop_output()
            _say(f"The output can't be written: {error.strerror}")
            return REFUSED
        case _:
            saved = _save_trace(invocation, error)
            _say(
                f"Something went wrong that should not: {type(error).__name__}: {error}. Details are in {saved}"
            )
            return REFUSED


def interrupted(invocation: Invocation, interrupt: BaseException) -> int:
    """Say what goes on without this command; a question that was answered no ended it before it did anything."""
    declined = isinstance(interrupt, click.exceptions.Abort)
    sentence = "Nothing was done." if declined else f"Interrupted. {invocation.goes_on}"
    # After the terminal's own ^C.
    click.echo("\n" * sys.stderr.isatty() + sentence.rstrip(), err=True)
    return INTERRUPTED


def _say(message: str) -> None:
    """An error message; its first word stands out on a terminal."""
    coloured = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    name = paint("dockyard:", Tone.BAD) if coloured else "dockyard:"
    click.echo(f"{name} {multi_line(message)}", err=True)


def _write_anew(path: Path, text: str) -> None:
    """All of it or nothing, and for this user alone: what was at hand may be nobody else's business."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        path.unlink()
        raise


def _drop_output() -> None:
    """What is still in the buffer must not be a second error at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def output_gone() -> int:
    """The reader has gone (`| head`): end in silence."""
    _drop_output()
    return PIPE_BROKEN


def _save_trace(invocation: Invocation, error: Exception) -> Path:
    """Keep the traceback for whoever mends it: beside the state, or where that can't be written."""
    from core.store.folder import find_folder  # noqa: PLC0415  # rarely needed

    name = f"crash-{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}.txt"
    text = "".join(traceback.format_exception(error))
    folders = [Path(tempfile.gettempdir())]
    with suppress(DockyardError):
        folders.insert(0, find_folder(invocation.state_dir))
    for folder in filter(Path.is_dir, folders):
        path = folder / name
        with suppress(OSError):
            _write_anew(path, text)
            return path
    return Path(os.devnull)
