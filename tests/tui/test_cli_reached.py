"""Whatever the command line can change can be changed on the screen: each of its verbs has a command there, or a reason.

So has each option of a verb that makes something: it is a field of the verb's form, or says which command does the same later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click
import pytest

from core.cli.root import root
from core.cli.verbs import Verbs
from core.model.state import State
from tests.tui import shop
from tui.commands import BY_ID
from tui.forms import applying, creating, scheduling
from tui.forms.capacity import add_capacity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tui.forms.sheet import Sheet

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
    "apply": "apply",
    "stack rm": "remove",
    "cluster put-capacity-providers": "cluster.providers",
    "task start": "task.start",
    "schedule update": "schedule.update",
}
#: Verbs that change something and have no command, and why.
NOT_REACHED: Final = {
    "taskdef from-compose": "it writes files, and changes nothing that runs: F applies them",
    "demo": "it makes an installation of its own, and opens the screen on it",
}
#: Verbs that read, in words or as JSON, and one that only carries bytes: F, and `:forwards`.
READS: Final = {
    "task port-forward",
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


#: What a command line says of itself, and not of what is asked for.
OF_THE_LINE: Final = frozenset(
    ["--config", "--dry-run", "--json", "--quiet", "--state", "--timeout", "--until", "--wait", "--yes"]
)
_STATE: Final = State(shop.ROWS)
#: The forms, by the verbs whose command lines they write.
FORMS: Final[Mapping[str, Sheet]] = {
    "service create": creating.new_service(_STATE, "prod"),
    "task run": creating.run_task(_STATE, "prod"),
    "task start": creating.start_task(_STATE, "prod", ()),
    "schedule create": scheduling.new_schedule(_STATE, "prod"),
    "schedule update": scheduling.change_schedule(_STATE, shop.BACKUP),
    "cluster create": creating.new_cluster(),
    "cluster put-capacity-providers": creating.default_providers(_STATE, shop.PROD, ()),
    "capacity add": add_capacity(_STATE, "prod"),
    "apply": applying.apply_files(_STATE, "prod"),
}
#: What names the thing that a form is about.
THING: Final = {"schedule update": {"name", "--cluster"}, "cluster put-capacity-providers": {"name"}}
#: Options that are no fields, and the command by which the same is said of what is there already.
LATER: Final[Mapping[str, Mapping[str, str]]] = {
    "service create": {
        **{
            f"--autoscale-{of}": "service.autoscale"
            for of in ("cpu", "max", "memory", "min", "scale-in", "scale-in-cooldown", "scale-out-cooldown")
        },
        **dict.fromkeys(
            (
                "--availability-zone-rebalancing",
                "--bake-time",
                "--circuit-breaker-threshold",
                "--early-success",
                "--early-success-cleanup",
                "--enable-ecs-managed-tags",
                "--healthy-after",
                "--probe-healthy-threshold",
                "--probe-interval",
                "--probe-matcher",
                "--probe-timeout",
                "--probe-unhealthy-threshold",
                "--propagate-tags",
                "--replace",
            ),
            "edit",
        ),
    },
    "cluster create": {"--tag": "tags", "--default-capacity-provider": "cluster.providers"},
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


@pytest.mark.parametrize("verb", FORMS)
def test_every_option_of_a_forms_verb_is_a_field_or_is_said_later(verb: str) -> None:
    sheet, later = FORMS[verb], LATER.get(verb, {})
    assert isinstance(root, Verbs)
    command = _found(root, verb.split())
    options = {p.opts[-1] if isinstance(p, click.Option) else str(p.name) for p in command.params}
    fields = {entry.option or entry.id for entry in sheet.entries}
    fields |= {entry.cleared[0] for entry in sheet.entries if entry.cleared}
    assert options - OF_THE_LINE - fields - THING.get(verb, set()) == set(later), (
        "make it a field, or say what does it later"
    )
    assert later.keys() & fields == set()
    assert set(later.values()) <= BY_ID.keys()


def _found(group: Verbs, words: list[str]) -> click.Command:
    command = group.get_command(click.Context(group), words[0])
    assert command is not None
    return _found(command, words[1:]) if isinstance(command, Verbs) else command
