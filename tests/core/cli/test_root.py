from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from core.cli import root as cli
from core.cli.invocation import Invocation, Look
from core.cli.verbs import Verb, Verbs
from core.commands import Action
from core.decisions import ACTIONS, Kind
from core.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.config import Config
    from tests.core.cli.conftest import Shell

ROOT = Path(__file__).parents[3]


def _verbs(group: Verbs, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None
        if isinstance(command, Verbs):
            yield from _verbs(command, (*path, name))
        else:
            yield (*path, name), command


ALL_VERBS = dict(_verbs(cli.root))


def test_the_verbs_that_the_record_of_ecs_s_actions_names_are_there() -> None:
    for name, decision in ACTIONS.items():
        if decision.kind is not Kind.HONOURED:
            continue
        assert decision.how or name in set(Action), f"{name} is no command, and no verb serves it"
        for said in filter(None, re.split("[,;] ", decision.how)):
            words = tuple(word for word in said.split() if not word.startswith("--"))
            assert words in ALL_VERBS, (name, said)


def test_every_verb_of_the_readme_is_there() -> None:
    assert {" ".join(path) for path in ALL_VERBS} >= {
        *(f"cluster {verb}" for verb in ("ls", "create", "rm", "describe")),
        *(
            f"capacity {v}"
            for v in ("ls", "add", "trust", "doctor", "drain", "activate", "rm", "describe", "lost", "accept")
        ),
        *(f"taskdef {verb}" for verb in ("register", "ls", "describe", "diff", "deregister", "from-compose")),
        *(
            f"service {v}"
            for v in (
                "create",
                "ls",
                "describe",
                "scale",
                "update",
                "restart",
                "rollback",
                "rm",
                "wait",
                "events",
                "replace",
            )
        ),
        *(f"task {verb}" for verb in ("run", "ls", "describe", "stop", "logs", "exec", "explain")),
        *(
            "config check",
            "config apply",
            "apply",
            "events",
            "commands",
            "status",
            "demo",
            "version",
            "completion",
        ),
    }


@pytest.mark.parametrize("path", ALL_VERBS, ids=" ".join)
def test_every_verb_has_help_with_examples_that_call_it(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*path, "--help"]) == 0
    told = capsys.readouterr().out
    command = ALL_VERBS[path]
    assert isinstance(command, Verb)
    assert command.examples
    assert all(
        f"dockyard {' '.join(path)}" in example or "|" in example or "config" in path
        for example in command.examples
    )
    assert command.examples[0] in told


@pytest.mark.parametrize("path", ALL_VERBS, ids=" ".join)
def test_every_example_is_one_that_the_verb_takes(path: tuple[str, ...]) -> None:
    command = ALL_VERBS[path]
    assert isinstance(command, Verb)
    for example in command.examples:
        # What stands in "$(…)" is a command line of its own.
        words = shlex.split(example.replace('"$(', "").replace(')"', ""), comments=True)
        own = words[words.index("dockyard") + 1 :]
        while own[0].startswith("--"):
            own = own[2:]
        assert own[: len(path)] == list(path), example
        ends = [n for n, word in enumerate(own) if word in {"|", "&&", ">"}]
        arguments = own[len(path) : min(ends, default=len(own))]
        command.make_context(" ".join(path), arguments, obj=Invocation())


@pytest.mark.parametrize(
    "typed",
    [
        "3f2a --container app -- ls -la",
        "--container app 3f2a ls -la",
        "-it --container app 3f2a -- ls -la",
        "3f2a -i --container=app ls -la",
    ],
)
def test_exec_takes_options_on_both_sides_of_the_id_and_leaves_the_command_its_own(typed: str) -> None:
    ctx = ALL_VERBS["task", "exec"].make_context("exec", typed.split(), obj=Invocation())
    assert (ctx.params["name"], ctx.params["container"]) == ("3f2a", "app")
    assert ctx.params["command"] == ("ls", "-la")
    assert ctx.params["interactive"] == ("-i" in typed)


def test_exec_asked_about_by_itself_is_no_other_afterwards(
    dockyard: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """click keeps the help option of whoever asks first, and knows no -h without our root."""
    command = ALL_VERBS["task", "exec"]
    monkeypatch.setattr(command, "_help_option", None)
    command.make_context("exec", ["3f2a", "ls"], obj=Invocation())
    assert dockyard("task", "exec", "3f2a").exit_code == 2


@pytest.mark.parametrize("path", ALL_VERBS, ids=" ".join)
def test_every_changing_verb_can_be_waited_for(path: tuple[str, ...]) -> None:
    changing = {
        "capacity add", "capacity drain", "capacity activate", "capacity rm", "service create", "service update",
        "service scale", "service restart", "service rollback", "service stop-deployment", "service rm", "task run", "task stop", "apply",
        "capacity trust", "capacity lost", "capacity accept", "service replace", "service rebalance", "config apply", "task start", "task protect",
        "task unprotect", "capacity put-attributes", "capacity delete-attributes",
        "service tag", "service edit", "taskdef edit", "cluster tag", "taskdef tag", "task tag", "capacity tag", "stack rm",
        "cluster put-capacity-providers",
        "cluster create", "cluster rm", "taskdef register", "taskdef deregister", "taskdef delete",
        "schedule create", "schedule update", "schedule enable", "schedule disable", "schedule run", "schedule rm", "schedule tag",
    }  # fmt: skip
    names = {option for parameter in ALL_VERBS[path].params for option in parameter.opts}
    assert ({"--wait", "--timeout"} <= names) == (" ".join(path) in changing)


@pytest.mark.parametrize("path", ALL_VERBS, ids=" ".join)
def test_every_reading_verb_prints_json(path: tuple[str, ...]) -> None:
    if path[-1] in {
        "ls", "describe", "diff", "events", "commands", "status", "version", "doctor", "check", "explain", "logs",
    }:  # fmt: skip
        assert "--json" in {option for parameter in ALL_VERBS[path].params for option in parameter.opts}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["servce", "ls"], "There is no verb 'servce'; did you mean service?"),
        (["service", "scael", "web", "3"], "did you mean scale?"),
        (["service", "delete", "web"], "did you mean rm?"),
        (["logs", "3f2a"], "did you mean task logs?"),
        (
            ["ps"],
            "did you mean cluster ls or capacity ls or taskdef ls or service ls or task ls or schedule ls or stack ls?",
        ),
        (["task", "exec", "--bogus", "3f2a", "sh"], "No such option '--bogus'"),
        (["task", "exec", "3f2a"], "Name the command: a shell needs a terminal, or -i and its input"),
        (["service", "scale", "web", "many"], "'many' is not a whole number"),
        (["service", "scale", "web", "--", "-1"], "-1 is too few: at least 0"),
        (["task", "run", "web", "--count", "11"], "11 is not between 1 and 10"),
        (["service", "create", "web"], "Missing option '--task-definition'"),
        (["--no-ui", "status"], "--no-ui runs the engine alone and takes no verb"),
        (["service", "wait", "web", "--timeout", "soon"], "is not a duration"),
        (["service", "wait", "web", "--timeout", "-5s"], "is not a duration"),
        ([], "The terminal UI needs a terminal"),
    ],
)
def test_wrong_usage_is_a_sentence_and_2(dockyard: Shell, arguments: list[str], sentence: str) -> None:
    ran = dockyard(*arguments)
    assert ran.exit_code == 2
    assert sentence in ran.err
    assert ran.out == ""


def test_a_config_that_can_not_be_used_is_a_sentence_and_1(dockyard: Shell) -> None:
    dockyard.config.write_text("[capacity.edge-1]\nurl = 'ssh://edge-1'\nidentity_fle = 'x'\n")
    ran = dockyard("config", "check")
    assert ran.exit_code == 1
    assert "[capacity.edge-1] identity_fle: unknown key; did you mean identity_file?" in ran.err


def test_what_should_not_happen_is_a_sentence_too_and_its_trace_is_kept(
    dockyard: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    dockyard.ok("cluster", "ls")

    def broken(*_: object) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr("core.api.Dockyard.state", broken)
    ran = dockyard("service", "ls")
    assert ran.exit_code == 1
    assert "Traceback" not in ran.err
    assert "ZeroDivisionError: a defect" in ran.err
    (kept,) = dockyard.state.glob("crash-*.txt")
    assert "in broken" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_places_may_be_named_after_the_verb(
    dockyard: Shell, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dockyard.ok("cluster", "create", "here")
    capsys.readouterr()
    assert (
        cli.main(["cluster", "ls", "-q", "--state", str(dockyard.state), "--config", str(dockyard.config)])
        == 0
    )
    assert "here" in capsys.readouterr().out


def test_the_ui_is_opened_by_whoever_brings_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

        def flush(self) -> None:
            """Nothing is held back."""

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys, "stdout", Terminal())
    opened: list[tuple[Path | None, Path | None, Look]] = []

    def open_ui(config: Path | None, state: Path | None, look: Look) -> int:
        opened.append((config, state, look))
        return 5

    assert cli.main(["--state", str(tmp_path)], open_ui) == 5
    assert cli.main(["--ascii", "--no-mouse", "--read-only"], open_ui) == 5
    assert opened == [
        (None, tmp_path, Look()),
        (None, None, Look(is_ascii=True, mouse=False, read_only=True)),
    ]


def test_config_check_asks_the_ui_too_where_there_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[ui]\ntheme = 'nope'\n")
    assert cli.main(["--config", str(path), "config", "check"]) == 0
    said: list[str] = []

    def check_ui(config: Config) -> list[str]:
        said.append(config.ui.theme)
        return ["there is no such theme"]

    assert cli.main(["--config", str(path), "config", "check"], check_ui=check_ui) == 1
    assert said == ["nope"]
    assert capsys.readouterr().err == "dockyard: there is no such theme\n"


@pytest.mark.parametrize("option", ["--config", "--state"])
@pytest.mark.parametrize("before", [True, False])
def test_a_place_that_is_empty_is_wrong_usage(
    capsys: pytest.CaptureFixture[str], option: str, *, before: bool
) -> None:
    given = [option, ""]
    assert cli.main([*given, "status"] if before else ["status", *given]) == 2
    assert f"Invalid value for '{option}': it is empty, and names nothing" in capsys.readouterr().err


def test_the_list_of_verbs_cuts_no_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    for group in ("capacity", "cluster", "config", "service", "task", "taskdef"):
        assert cli.main([group, "--help"]) == 0
    assert "..." not in capsys.readouterr().out


def test_a_verb_pays_only_for_what_it_needs() -> None:
    heavy = (
        "textual",
        "docker",
        "paramiko",
        "pydantic",
        "sqlite3",
        "tomlkit",
        "requests",
        "core.fold",
        "core.api",
    )
    code = (
        "import sys; from core.cli import main; main(['version']);"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert out.splitlines() == [f"dockyard {VERSION}", "[]"]


def test_reading_the_state_pays_for_no_transport_and_no_folding(dockyard: Shell) -> None:
    heavy = ("textual", "docker", "paramiko", "pydantic", "requests", "core.fold.commands")
    arguments = ["--config", str(dockyard.config), "--state", str(dockyard.state), "service", "ls"]
    code = (
        f"import sys; from core.cli import main; main({arguments!r});"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert out.splitlines()[-1] == "[]"


def test_the_version_is_the_distribution_s() -> None:
    assert f'version = "{VERSION}"' in (ROOT / "pyproject.toml").read_text()


def test_a_reader_that_goes_away_is_no_error(dockyard: Shell) -> None:
    dockyard.ok("cluster", "create", "one")
    command = [
        sys.executable,
        "-m",
        "core.cli",
        "--state",
        str(dockyard.state),
        "--config",
        str(dockyard.config),
    ]
    process = subprocess.Popen(
        [*command, "events", "-f"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert "created" in process.stdout.readline()
    process.stdout.close()
    dockyard.ok("cluster", "create", "two")
    assert process.wait(10.0) == 141
    assert process.stderr.read() == ""
    process.stderr.close()


def test_ctrl_c_ends_with_130_and_says_what_goes_on(dockyard: Shell) -> None:
    dockyard.ok("cluster", "create", "one")
    command = [
        sys.executable,
        "-m",
        "core.cli",
        "--state",
        str(dockyard.state),
        "--config",
        str(dockyard.config),
    ]
    process = subprocess.Popen(
        [*command, "events", "-f"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    os.kill(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=10.0)
    assert process.returncode == 130
    assert told.strip() == "Interrupted."
    assert "Traceback" not in told


#: Ctrl-C at the moment when a module is looked for.
INTERRUPTED_AT_IMPORT = """
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
from tui.__main__ import main
sys.exit(main())
"""


def test_ctrl_c_while_the_program_loads_ends_with_130_in_silence() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_AT_IMPORT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["completion", shell]) == 0
    assert "_DOCKYARD_COMPLETE" in capsys.readouterr().out
