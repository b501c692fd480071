"""Which key means which command: the registry's defaults, a preset, and the operator's own keys from config.toml.

It is resolved as a whole before anything is bound, so that an unknown command, an unknown key or one key with two meanings
is an error with both names, and never a silent surprise. A key is a printable character, or a name as in `ctrl+f`.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from core.config.places import line_of
from core.errors import ConfigError
from core.record import Record, field
from tui.commands import COMMANDS, Command, Scope
from tui.plugins import PREFIX, plugin_commands

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from core.config import Config

#: What each preset binds differently from the registry.
PRESETS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "dockyard": {},
    "k9s": {
        "remove": ("ctrl+d", "ctrl+k"),
        "deployment.stop": ("ctrl+d",),
        "service.scale": ("s",),
        "service.restart": ("r",),
        "service.rollback": ("ctrl+l",),
    },
    "lazydocker": {
        "describe": ("i",),
        "help": ("?", "x"),
        "logs": ("m",),
        "mouse": ("alt+m",),
        "remove": ("d",),
        "deployment.stop": ("d",),
        "service.restart": ("r",),
        "move.page_down": ("ctrl+d", "pagedown"),
        "move.page_up": ("ctrl+u", "pageup"),
    },
    "vim": {
        "open": ("enter", "l"),
        "back": ("escape", "q", "h"),
        "logs": ("L",),
        "move.page_down": ("ctrl+f", "ctrl+d", "pagedown"),
        "move.page_up": ("ctrl+b", "ctrl+u", "pageup"),
        "history.back": ("[", "ctrl+o"),
    },
}

_NAMED: Final = frozenset(
    [
        "enter",
        "escape",
        "space",
        "tab",
        "backspace",
        "delete",
        "insert",
        "home",
        "end",
        "pageup",
        "pagedown",
        "left",
        "right",
        "up",
        "down",
        "backslash",
    ]
) | {f"f{n}" for n in range(1, 25)}
_SPELLINGS: Final = {
    "esc": "escape",
    "return": "enter",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "del": "delete",
}
_INDISTINCT: Final = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+[": "escape"}
_KEY: Final = re.compile(r"(?P<modifiers>(?:(?:ctrl|shift|alt)[+-])*)(?P<base>.+)", re.IGNORECASE)


class WrongKeys(ConfigError):
    """What is wrong with the keys, and the commands (by their ids) that it is about: where they stand is another's to say."""

    def __init__(self, sentence: str, *commands: str) -> None:
        """The sentence begins after the place."""
        super().__init__(sentence)
        self.commands = commands


class Keymap(Record):
    """The keys of every command, and the command of every key in each scope."""

    keys: Mapping[str, tuple[str, ...]]
    by_scope: Mapping[Scope, Mapping[str, Command]]
    #: All that could have a key: the registry's, then the operator's own.
    commands: tuple[Command, ...] = COMMANDS
    #: In each scope the keys that mean nothing because what they would do changes something, and what that is.
    left_out: Mapping[Scope, Mapping[str, Command]] = field(default_factory=dict)

    def command(self, scope: Scope, key: str) -> Command | None:
        """What a key means here."""
        return self.by_scope[scope].get(key)

    def withheld(self, scope: Scope, key: str) -> Command | None:
        """What a key would mean here, were this not for reading only."""
        return self.left_out.get(scope, {}).get(key) if self.command(scope, key) is None else None

    def elsewhere(self, key: str) -> Mapping[Command, list[Scope]]:
        """What a key means in other scopes, and in which."""
        meant: dict[Command, list[Scope]] = {}
        for scope, bound in self.by_scope.items():
            if key in bound:
                meant.setdefault(bound[key], []).append(scope)
        return meant

    def menu(self, scope: Scope) -> list[tuple[tuple[str, ...], Command]]:
        """All commands that have a key here, in the registry's order."""
        return [
            (self.keys[command.id], command) for command in self.commands if self._is_bound(command, scope)
        ]

    def by_id(self, command_id: str) -> Command:
        """A command by its id."""
        return next(command for command in self.commands if command.id == command_id)

    def _is_bound(self, command: Command, scope: Scope) -> bool:
        return scope in command.scopes and bool(self.keys.get(command.id))


def resolve(
    preset: str = "dockyard",
    own: Mapping[str, Sequence[str]] | None = None,
    *,
    read_only: bool = False,
    where: str = "config.toml [keys]",
    plugins: Sequence[Command] = (),
) -> Keymap:
    """The keymap, or a ConfigError that says where and what: `own` maps ids of commands to keys."""
    commands = (*COMMANDS, *plugins)
    known = [command.id for command in commands]
    if preset not in PRESETS:
        raise ConfigError(f"[ui] keymap: there is no preset {preset!r}{_nearest(preset, PRESETS)}")
    chosen = {command.id: command.keys for command in commands} | dict(PRESETS[preset])
    for command_id, keys in (own or {}).items():
        if command_id not in known:
            raise WrongKeys(
                f"{where}: there is no command {command_id!r}{_nearest(command_id, known)}", command_id
            )
        chosen[command_id] = tuple(keys)
    resolved = {
        command.id: tuple(_normal(key, where, command.id) for key in chosen[command.id])
        for command in commands
    }
    dangerous = [command for command in commands if read_only and command.dangerous]
    left_out = {
        scope: {key: each for each in dangerous if scope in each.scopes for key in resolved[each.id]}
        for scope in Scope
    }
    for command in dangerous:
        del resolved[command.id]
    by_scope = {scope: _bound(commands, scope, resolved, where) for scope in Scope}
    return Keymap(resolved, by_scope, commands, left_out)


def keymap_of(config: Config) -> Keymap:
    """The keymap that a config file asks for. Raises ConfigError."""
    ui = config.ui
    plugins = plugin_commands(ui, config.path)
    try:
        return resolve(ui.keymap, ui.keys, read_only=ui.read_only, where="[ui.keys]", plugins=plugins)
    except WrongKeys as wrong:
        raise ConfigError(f"{config.path}: {_lines(config.path, wrong.commands)}{wrong}") from None
    except ConfigError as wrong:
        raise ConfigError(f"{config.path} {wrong}") from None


def _lines(path: Path, commands: Iterable[str]) -> str:
    """On which lines of the file commands are given keys, as an error begins."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, ValueError):
        return ""
    found = {line_of(text, "ui", *_said_in(command)) for command in commands} - {None}
    lines = " and ".join(map(str, sorted(line for line in found if line is not None)))
    return f"{'line' if len(found) == 1 else 'lines'} {lines}: " if lines else ""


def _place(where: str, command: str) -> str:
    """The table and the key that an error is about."""
    return (
        f"[ui.{'.'.join(_said_in(command)[:-1])}] key" if command.startswith(PREFIX) else f"{where} {command}"
    )


def _said_in(command: str) -> tuple[str, ...]:
    """Where under [ui] the file gives a command its key."""
    return (
        ("plugins", command.removeprefix(PREFIX), "key") if command.startswith(PREFIX) else ("keys", command)
    )


def _normal(key: str, where: str, command: str) -> str:
    try:
        return normal_key(key, _place(where, command))
    except ConfigError as wrong:
        raise WrongKeys(str(wrong), command) from None


def normal_key(text: str, where: str) -> str:
    """A key as events name it: `Ctrl-F` becomes `ctrl+f`, `shift+f` becomes `F`."""
    if len(text) == 1 and text.isprintable():
        return "space" if text == " " else text
    match = _KEY.fullmatch(text)
    modifiers, base = (match["modifiers"], match["base"]) if match else ("", text)
    held = {word for word in re.split(r"[+-]", modifiers.lower()) if word}
    base = _SPELLINGS.get(base.lower(), base.lower())
    base = "backslash" if base == "\\" else base
    if held == {"shift"} and len(base) == 1 and base.isalpha():
        return base.upper()
    key = "+".join([*(word for word in ("alt", "ctrl", "shift") if word in held), base])
    if key in _INDISTINCT:
        raise ConfigError(f"{where}: a terminal sends {key} as {_INDISTINCT[key]}; choose another key")
    if base in _NAMED or (len(base) == 1 and held - {"shift"}):
        return key
    raise ConfigError(f"{where}: there is no key {text!r}{_nearest(base, _NAMED)}")


def event_key(key: str, character: str | None) -> str:
    """The name by which a keymap knows a key event."""
    if character is not None and len(character) == 1 and character.isprintable() and character != " ":
        return f"alt+{character}" if key.startswith("alt+") else character
    return key


def shown_key(key: str) -> str:
    """A key as menus show it."""
    names = {"escape": "Esc", "pageup": "PgUp", "pagedown": "PgDn", "ctrl+backslash": "Ctrl-\\"}
    if key in names or len(key) == 1:
        return names.get(key, key)
    *held, base = key.split("+") if not key.endswith("+") else [key]
    return "-".join([*(word.capitalize() for word in held), base if held else base.capitalize()])


def _bound(
    commands: Iterable[Command], scope: Scope, keys: Mapping[str, tuple[str, ...]], where: str
) -> dict[str, Command]:
    bound: dict[str, Command] = {}
    for command in commands:
        if scope not in command.scopes:
            continue
        for key in keys.get(command.id, ()):
            other = bound.setdefault(key, command)
            if other is not command:
                where = _place(where, command.id) if command.id.startswith(PREFIX) else where
                raise WrongKeys(
                    f"{where}: {shown_key(key)} would mean both {other.id} ({other.label}) and {command.id}"
                    f" ({command.label}) in {scope}; give one of them another key",
                    other.id,
                    command.id,
                )
    return bound


def _nearest(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
