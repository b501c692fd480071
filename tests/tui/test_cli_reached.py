"""Whatever the command line can change can be changed on the screen: each of its verbs has a command there, or a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from core.cli.root import root
from core.cli.verbs import Verbs
from tui.commands import BY_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Verbs that change something, and the commands that do the same.
REACHED: Final = {
    "cluster rm": "remove",
    "capacity rm": "remove",
    "capacity drain": "capacity.drain",
    "capacity activate": "capacity.drain",
    "capacity lost": "capacity.lost",
    "capacity accept": "capacity.accept",
    "capacity put-attributes": "capacity.attributes",
    "capacity delete-attributes": "capacity.attributes",
    "taskdef deregister": "remove",
    "taskdef delete": "remove",
    "service update": "service.update",
    "service scale": "service.scale",
    "service restart": "service.restart",
    "service rollback": "service.rollback",
    "service stop-deployment": "service.halt",
    "service rm": "remove",
    "service replace": "service.replace",
    "cluster tag": "tags",
    "capacity tag": "tags",
    "taskdef tag": "tags",
    "task tag": "tags",
    "service tag": "tags",
    "service autoscale": "service.autoscale",
    "service rebalance": "service.rebalance",
    "task stop": "remove",
    "task protect": "task.protect",
    "task unprotect": "task.protect",
    "schedule tag": "tags",
    "schedule enable": "schedule.turn",
    "schedule disable": "schedule.turn",
    "schedule run": "schedule.run",
    "schedule rm": "remove",
    "cluster create": "new",
    "service create": "new",
    "service edit": "edit",
    "schedule create": "new",
    "task run": "new",
    "task attach": "attach",
    "task cp": "transfer",
    "task exec": "shell",
    "task exec-all": "exec_all",
    "taskdef edit": "edit",
    "taskdef register": "new",
    "capacity add": "capacity.add",
    "capacity ssh": "shell",
    "capacity trust": "capacity.trust",
    "config apply": "config.apply",
}
#: Verbs that change something and have no command, and why.
NOT_REACHED: Final = {
    "apply": "it takes files and folders, and exits by outcome: for repositories and pipelines",
    "stack rm": "a stack is a tag; its services and schedules are found by a filter, marked and removed",
    "cluster put-capacity-providers": "a cluster's default is said once, beside the config that names the groups",
    "task start": "it passes placement over, host by host; tasks are run where placement puts them",
    "taskdef from-compose": "it writes files",
    "schedule update": "a schedule's members are changed in its file, or on the command line",
    "task port-forward": "it changes nothing: F, and `:forwards`",
    "demo": "it makes an installation of its own",
}
#: Verbs that read, in words or as JSON.
READS: Final = {
    "cluster ls",
    "cluster describe",
    "capacity doctor",
    "capacity ls",
    "capacity describe",
    "taskdef ls",
    "taskdef describe",
    "taskdef diff",
    "service explain",
    "service ls",
    "service describe",
    "service events",
    "service wait",
    "task logs",
    "task protection",
    "task explain",
    "task ls",
    "task describe",
    "schedule ls",
    "schedule describe",
    "stack ls",
    "stack describe",
    "what-if host-lost",
    "what-if scale",
    "what-if add-host",
    "events",
    "commands",
    "status",
    "config check",
    "version",
    "completion",
}


def verbs(group: Verbs, before: str = "") -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, Verbs):
            yield from verbs(command, f"{before}{name} ")
        else:
            yield before + name


def test_every_verb_of_the_command_line_has_a_command_or_a_reason() -> None:
    assert isinstance(root, Verbs)
    known = [*REACHED, *NOT_REACHED, *READS]
    assert len(known) == len(set(known))
    assert set(verbs(root)) - set(known) == set(), "say which command does it, or why none does"
    assert set(known) - set(verbs(root)) == set(), "there are no such verbs"


def test_what_changes_something_is_dangerous_there() -> None:
    assert [name for name in REACHED.values() if not BY_ID[name].dangerous] == []
