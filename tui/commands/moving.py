"""Moving, marking, sorting, filtering and searching; how tables and logs are shown."""

from __future__ import annotations

from typing import Final

from tui.commands.command import ALL, CLUSTERED, PAGES, SERVICE, STACK, TABLES, Command, Scope, of

COMMANDS: Final = (
    Command(
        "events",
        ("v",),
        "events",
        "Events of this",
        of(Scope.CLUSTERS, Scope.SERVICES, Scope.SCHEDULES),
        weight=2,
    ),
    Command("deployments", ("V",), "deployments", "Deployments of this service", SERVICE, weight=2),
    Command("stack.schedules", ("V",), "schedules", "Schedules of this stack", STACK, weight=5),
    Command("move.down", ("j", "down"), "down", "Down", ALL),
    Command("move.up", ("k", "up"), "up", "Up", ALL),
    Command("move.first", ("g", "home"), "first", "To the top", ALL),
    Command("move.last", ("G", "end"), "last", "To the end", ALL),
    Command("move.page_down", ("ctrl+f", "pagedown"), "page down", "A page down", ALL),
    Command("move.page_up", ("ctrl+b", "pageup"), "page up", "A page up", ALL),
    Command("move.left", ("left",), "left", "Scroll left", ALL),
    Command("move.right", ("right",), "right", "Scroll right", ALL),
    Command("mark", ("space",), "mark", "Mark the row; verbs then act on all marked", TABLES, weight=1),
    Command(
        "mark.range", ("ctrl+space", "ctrl+@"), "mark range", "Mark from the last mark to the cursor", TABLES
    ),
    Command("mark.clear", ("ctrl+\\",), "clear marks", "Clear all marks", TABLES),
    Command(
        "filter",
        ("/",),
        "filter",
        "Filter: words, regular expressions, !not, ~fuzzy, column:value",
        TABLES,
        weight=4,
    ),
    Command("filter.faults", ("ctrl+z",), "only faults", "Only what needs attention", TABLES),
    Command("sort.previous", ("<",), "sort left", "Sort by the column to the left", TABLES),
    Command("sort.next", (">",), "sort right", "Sort by the column to the right", TABLES),
    Command("sort.reverse", ("o",), "reverse", "Turn the order round", TABLES),
    Command("columns.wide", ("ctrl+w",), "wide", "All columns at full width", TABLES),
    Command("columns", (), "columns", "Choose the columns, their order and widths", TABLES),
    Command("compact", (), "compact", "Tables without box and titles, or with them", ALL),
    Command("theme", (), "themes", "Choose a theme; `:theme NAME` shows one at once", ALL),
    Command("output", (), "output", "What the last command beside the screen said", ALL),
    Command("copy", ("c",), "copy", "Copy the name or the text", ALL),
    Command("save", ("ctrl+s",), "save", "Save what is shown to a file", ALL),
    Command("clusters.all", ("0",), "all clusters", "Show all clusters", CLUSTERED),
    *(
        Command(f"clusters.{n}", (str(n),), f"cluster {n}", f"Show recent cluster {n} only", CLUSTERED)
        for n in range(1, 10)
    ),
    Command("search", ("/",), "search", "Search", PAGES, weight=6),
    Command("search.next", ("n",), "next", "Next match", PAGES, weight=3),
    Command("search.previous", ("N",), "previous", "Match before", PAGES),
    Command("page.wrap", ("w",), "wrap", "Wrap long lines", PAGES, weight=2),
    Command("page.full", ("f",), "full screen", "Nothing but the text, and one line", PAGES, weight=1),
    Command("logs.follow", ("s",), "follow", "Follow the end", of(Scope.LOGS), weight=7),
    Command(
        "logs.matching", ("&",), "only matches", "Only lines that match the search", of(Scope.LOGS), weight=3
    ),
    Command("logs.timestamps", ("t",), "times", "Show or hide times", of(Scope.LOGS), weight=4),
    Command("logs.clear", ("C",), "clear", "Forget what was read so far", of(Scope.LOGS)),
    Command("logs.tail", ("0",), "tail", "The last 1,000 lines of each, and what comes", of(Scope.LOGS)),
    Command("logs.head", ("1",), "head", "The first 1,000 lines of each", of(Scope.LOGS)),
    *(
        Command(f"logs.{span}", (key,), span, f"The last {words}, and what comes", of(Scope.LOGS))
        for key, span, words in (
            ("2", "1m", "minute"),
            ("3", "5m", "5 minutes"),
            ("4", "15m", "15 minutes"),
            ("5", "30m", "30 minutes"),
            ("6", "1h", "hour"),
        )
    ),
)
