"""Keys are resolved as a whole: no key has two meanings, and every mistake names what it is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.config.read import parse
from core.errors import ConfigError
from tui.commands import BY_ID, COMMANDS, Scope
from tui.key_table import BEGIN, key_table, replaced
from tui.keymap import PRESETS, event_key, normal_key, resolve, shown_key
from tui.screens.help import help_lines


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_free_of_clashes(preset: str) -> None:
    keymap = resolve(preset)
    for command in COMMANDS:
        for scope in command.scopes:
            for key in keymap.keys[command.id]:
                assert keymap.command(scope, key) is command


def test_the_keys_of_the_example_config_are_what_they_say() -> None:
    example = (Path(__file__).parents[2] / "config.example.toml").read_text("utf-8")
    _, _, keys = example.partition("#[ui.keys]\n")
    own = parse(
        ("[ui.keys]\n" + keys.replace("#", "").partition("\n\n")[0]).encode(), Path("config.toml")
    ).ui.keys
    assert own
    resolve("dockyard", own)


def test_ids_are_unique_and_every_command_says_what_it_does() -> None:
    assert len(BY_ID) == len(COMMANDS)
    assert all(command.label and command.help and command.scopes for command in COMMANDS)


#: They change nothing themselves, and say what they open; read-only mode leaves them out, as k9s does.
TERMINALS = {"shell", "attach"}


def test_by_default_no_lower_case_key_changes_anything() -> None:
    # The editor changes nothing: what it comes to is shown and asked for.
    acting = [
        key
        for command in COMMANDS
        if command.dangerous and command.id not in {*TERMINALS, "edit"}
        for key in command.keys
    ]
    assert acting
    assert all(key.isupper() or key == "#" for key in acting)


def test_help_and_readme_say_that_terminals_open_at_once_and_all_else_asks_first() -> None:
    assert {command.id for command in COMMANDS if command.dangerous and not command.asks} == TERMINALS
    text = ["".join(words for words, _ in line) for line in help_lines(resolve(), Scope.CONTAINERS, 160)]
    asking = text.index("Changes something, after asking")
    at = {name: next(n for n, line in enumerate(text) if f" {name} " in f"{line} ") for name in TERMINALS}
    assert max(at.values()) < asking < next(n for n, line in enumerate(text) if "transfer" in line)
    rows = [row for row in key_table().splitlines() if row.endswith(("`shell` |", "`attach` |"))]
    assert len(rows) == len(TERMINALS)
    assert not any("asks first" in row for row in rows)


def test_a_command_gets_the_operators_key_and_loses_its_own() -> None:
    keymap = resolve(own={"service.scale": ["ctrl+x", "F5"]})
    assert keymap.command(Scope.SERVICES, "ctrl+x") is BY_ID["service.scale"]
    assert keymap.command(Scope.SERVICES, "f5") is BY_ID["service.scale"]
    assert keymap.command(Scope.SERVICES, "S") is None


def test_a_key_may_mean_different_things_in_different_scopes() -> None:
    keymap = resolve()
    assert keymap.command(Scope.SERVICES, "w") is BY_ID["why"]
    assert keymap.command(Scope.LOGS, "w") is BY_ID["page.wrap"]


def test_read_only_leaves_what_is_dangerous_unbound() -> None:
    keymap = resolve(read_only=True)
    for scope in Scope:
        withheld = keymap.left_out[scope]
        assert all(keymap.withheld(scope, key) is command for key, command in withheld.items())
        assert all(resolve().command(scope, key) is command for key, command in withheld.items())
    assert resolve().withheld(Scope.SERVICES, "X") is None
    own = resolve("dockyard", {"describe": ["U"]}, read_only=True)
    assert own.withheld(Scope.SERVICES, "U") is None, "it has another meaning"
    for scope in Scope:
        assert not any(command.dangerous for command in keymap.by_scope[scope].values())
        assert not any(command.dangerous for _, command in keymap.menu(scope))


@pytest.mark.parametrize(
    ("preset", "scope", "key", "command"),
    [
        ("k9s", Scope.SERVICES, "s", "service.scale"),
        ("k9s", Scope.SERVICES, "r", "service.restart"),
        ("k9s", Scope.SERVICES, "ctrl+d", "remove"),
        ("k9s", Scope.TASKS, "ctrl+d", "remove"),
        ("k9s", Scope.TASKS, "ctrl+k", "remove"),
        ("k9s", Scope.SERVICES, "d", "describe"),
        ("k9s", Scope.SERVICES, "y", "raw"),
        ("k9s", Scope.TASKS, "l", "logs"),
        ("k9s", Scope.TASKS, "ctrl+f", "move.page_down"),
        ("k9s", Scope.TASKS, "ctrl+z", "filter.faults"),
        ("k9s", Scope.LOGS, "s", "logs.follow"),
        ("lazydocker", Scope.SERVICES, "d", "remove"),
        ("lazydocker", Scope.SERVICES, "r", "service.restart"),
        ("lazydocker", Scope.TASKS, "m", "logs"),
        ("lazydocker", Scope.TASKS, "x", "help"),
        ("vim", Scope.SERVICES, "l", "open"),
        ("vim", Scope.SERVICES, "h", "back"),
        ("vim", Scope.SERVICES, "ctrl+d", "move.page_down"),
        ("vim", Scope.SERVICES, "ctrl+u", "move.page_up"),
    ],
)
def test_presets_have_the_keys_that_their_users_know(
    preset: str, scope: Scope, key: str, command: str
) -> None:
    assert resolve(preset).command(scope, key) is BY_ID[command]


def test_readme_has_the_registry_s_keys() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    assert replaced(readme) == readme, "python -m tui.key_table README.md"
    assert BEGIN in readme


@pytest.mark.parametrize(
    ("preset", "own", "said"),
    [
        ("k9", {}, "there is no preset 'k9'; did you mean 'k9s'?"),
        (
            "dockyard",
            {"service.scal": ["s"]},
            "there is no command 'service.scal'; did you mean 'service.scale'?",
        ),
        (
            "dockyard",
            {"service.scale": ["pgupp"]},
            "service.scale: there is no key 'pgupp'; did you mean 'pageup'?",
        ),
        (
            "dockyard",
            {"service.scale": ["ctrl+i"]},
            "service.scale: a terminal sends ctrl+i as tab; choose another key",
        ),
        ("dockyard", {"service.scale": [""]}, "service.scale: there is no key ''"),
        (
            "dockyard",
            {"service.scale": ["d"]},
            "d would mean both describe (describe) and service.scale (scale) in services; give one of them another key",
        ),
    ],
)
def test_mistakes_are_sentences(preset: str, own: dict[str, list[str]], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve(preset, own, where="/etc/dockyard.toml [keys]")
    assert str(caught.value).startswith(("/etc/dockyard.toml [keys]", "[ui] keymap"))
    assert str(caught.value).endswith(said)


@pytest.mark.parametrize(
    ("typed", "key", "shown"),
    [
        ("G", "G", "G"),
        ("shift+g", "G", "G"),
        ("Ctrl-F", "ctrl+f", "Ctrl-f"),
        ("ctrl+\\", "ctrl+backslash", "Ctrl-\\"),
        ("Esc", "escape", "Esc"),
        ("<", "<", "<"),
        ("-", "-", "-"),
        ("+", "+", "+"),
        (" ", "space", "Space"),
        ("F5", "f5", "F5"),
        ("ctrl+shift+up", "ctrl+shift+up", "Ctrl-Shift-up"),
        ("alt+x", "alt+x", "Alt-x"),
        ("ctrl+@", "ctrl+@", "Ctrl-@"),
    ],
)
def test_how_keys_are_written(typed: str, key: str, shown: str) -> None:
    assert (normal_key(typed, "here"), shown_key(normal_key(typed, "here"))) == (key, shown)


@pytest.mark.parametrize(
    ("key", "character", "named"),
    [
        ("G", "G", "G"),
        ("less_than_sign", "<", "<"),
        ("space", " ", "space"),
        ("ctrl+f", "\x06", "ctrl+f"),
        ("escape", "\x1b", "escape"),
        ("enter", "\r", "enter"),
        ("pageup", None, "pageup"),
    ],
)
def test_how_key_events_are_named(key: str, character: str | None, named: str) -> None:
    assert event_key(key, character) == named
