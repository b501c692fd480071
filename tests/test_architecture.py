"""The architecture, as tests: what starts without what, and that planning reads no clock and rolls no dice."""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PURE = sorted(
    path
    for place in ("model", "scheduler", "fold", "taskdef", "ecs", "decisions")
    for path in (ROOT / "core" / place).rglob("*.py")
) + [
    ROOT / "core" / f"{name}.py"
    for name in (
        "engine",
        "lifecycle",
        "connectivity",
        "observed",
        "alarms",
        "changed",
        "actions",
        "reports",
        "events",
        "commands",
        "lanes",
        "cron",
        "schedule_expression",
    )
]
#: Who alone may know a library, by the paths of its modules.
OWNERS = {
    "docker": ("core/hosts/docker_*.py", "core/hosts/http.py"),
    "msgspec": ("core/record.py", "core/store/codec.py", "core/lock.py", "core/pulse.py", "tui/saved.py"),
    "paramiko": ("core/hosts/ssh*.py",),
    "re2": ("tui/pattern.py",),
    "sqlite3": ("core/store/*.py",),
    "tomlkit": ("core/config/*.py",),
    "ruamel": ("core/compose/document.py",),
    "textual": ("tui/**/*.py", "tui/*.py"),
}
#: Modules through which time, chance or the world could come in.
WORLD = {
    "time",
    "datetime",
    "random",
    "secrets",
    "uuid",
    "os",
    "threading",
    "socket",
    "subprocess",
    "sqlite3",
}


@functools.cache
def imported_at_run_time(path: Path) -> set[str]:
    """Top-level packages a module imports, those for type checking alone left out."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                return
            case ast.Import(names=names):
                found.update(alias.name.partition(".")[0] for alias in names)
            case ast.ImportFrom(module=str(module)):
                found.add(module.partition(".")[0])
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text(encoding="utf-8")))
    return found


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(ROOT)))
def test_planning_is_pure(path: Path) -> None:
    # They reckon with dates, and ask for none.
    allowed = {"datetime"} if path.name in {"query_fields.py", "cron.py", "schedule_expression.py"} else set()
    assert imported_at_run_time(path) & WORLD <= allowed


@pytest.mark.parametrize("library", OWNERS)
def test_a_library_is_known_to_its_owners_alone(library: str) -> None:
    owners = {path for pattern in OWNERS[library] for path in ROOT.glob(pattern)}
    modules = {path for place in ("core", "tui") for path in (ROOT / place).rglob("*.py")}
    users = {path for path in modules if library in imported_at_run_time(path)}
    assert users, "somebody uses it"
    assert users <= owners


def test_what_never_changes_is_a_record() -> None:
    """But for values with members that are not shown or not compared: records know of neither (core/record.py)."""
    frozen = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for place in ("core", "tui")
        for path in sorted((ROOT / place).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and any("frozen=True" in ast.unparse(decorator) for decorator in node.decorator_list)
        and not any(option in ast.unparse(node) for option in ("repr=False", "compare=False"))
    ]
    assert frozen == []


def test_clients_and_the_engine_s_process_meet_in_the_store_alone() -> None:
    clients = "import core.api, core.client.progress, core.client.applying, core.streams"
    assert loaded(clients, "core.engine", "core.runner", "core.agent", "core.agents", "core.headless") == "[]"
    assert loaded("import core.headless", "core.api", "core.client", "core.cli", "core.streams") == "[]"


def loaded(statement: str, *names: str) -> str:
    """Which of the modules are loaded after a statement ran in a fresh interpreter."""
    code = f"{statement}\nimport sys\nprint(sorted(set({list(names)!r}) & set(sys.modules)))"
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT
    ).stdout.strip()


def test_core_starts_without_a_terminal_library() -> None:
    assert loaded("import core.runner, core.api, core.cli", "textual", "tui", "rich") == "[]"


def test_an_engine_that_runs_imports_nothing_of_ours_any_more() -> None:
    """Its files may be replaced by an update while it runs. The doctor is asked by clients alone, and so are hosts for sessions and made-up logs."""
    hosts = {f"core.hosts.{path.stem}" for path in (ROOT / "core" / "hosts").glob("[a-z]*.py")} - {
        "core.hosts.doctor",
        "core.hosts.simulated_log",
        "core.hosts.ssh_session",
    }
    statement = "import core.headless; core.headless.import_all()"
    assert loaded(statement, *hosts, "docker", "paramiko") == str(sorted({*hosts, "docker", "paramiko"}))


def test_a_verb_pays_for_nothing_it_does_not_use() -> None:
    heavy = ("docker", "paramiko", "pydantic", "textual", "requests", "cryptography")
    assert loaded("import tui.__main__, core.cli", *heavy) == "[]"
