"""README's table of keys, made from the registry: `python -m tui.key_table README.md` writes it anew between its two marks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from tui.commands import ALL, COMMANDS, PAGES, TABLES, Command, Scope
from tui.keymap import normal_key, shown_key

BEGIN: Final = "<!-- keys: made by python -m tui.key_table README.md -->"
END: Final = "<!-- keys end -->"
#: One row for the ten digits.
_DIGITS: Final = "clusters."


def key_table() -> str:
    """The table, as Markdown: what works everywhere, then what is of some views; what changes something is marked."""
    lines = ["| key | where | what it does | id |", "|---|---|---|---|"]
    bound = [command for command in COMMANDS if command.keys and not command.id.startswith(_DIGITS)]
    lines += map(_row, sorted(bound, key=lambda c: (c.scopes != ALL, c.dangerous)))
    lines.append(
        "| `0` `1` … `9` | tables | All clusters; one of the recent ones | `clusters.all` `clusters.1` … |"
    )
    return "\n".join(lines)


def _row(command: Command) -> str:
    keys = " ".join(f"`{_key(key)}`" for key in command.keys)
    what = command.help.replace("|", "\\|") + (" (asks first)" if command.dangerous and command.asks else "")
    return f"| {keys} | {_where(command.scopes)} | {what} | `{command.id}` |"


def _key(key: str) -> str:
    return shown_key(normal_key(key, "")).replace("|", "\\|")


def _where(scopes: frozenset[Scope]) -> str:
    if scopes == ALL:
        return "everywhere"
    if scopes == TABLES:
        return "tables"
    if scopes == PAGES:
        return "texts, logs"
    if scopes < TABLES and len(scopes) > len(TABLES) // 2:
        return f"tables but {', '.join(sorted(TABLES - scopes))}"
    return ", ".join(sorted(scopes))


def replaced(text: str) -> str:
    """README with the table as it is now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{key_table()}\n{END}{after}"


if __name__ == "__main__":
    for file in map(Path, sys.argv[1:]):
        file.write_text(replaced(file.read_text("utf-8")), "utf-8")
