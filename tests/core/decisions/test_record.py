"""The record of decisions: every member of ECS's is decided, the code does what is written, and nothing is said twice."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from core.commands import Action
from core.decisions import ACTIONS, DECISIONS, TASK_DEFINITION, Kind, decision_of
from core.decisions.page import page
from core.errors import Refused
from core.model.nfs import NfsExport
from core.model.task_definition import PAUSE_CONTAINER
from core.record import replace
from core.taskdef.docker_body import create_body
from core.taskdef.parse import parse
from core.taskdef.run_context import RunContext
from core.taskdef.volumes import volume_bodies
from tests.botocore_shapes import ecs, eventbridge_scheduler, filled
from tests.core.taskdef.samples import container, everything, task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.model.task_definition import TaskDefinition

ROOT: Final = Path(__file__).parents[3]


def members(shape: Any, path: str = "") -> Iterator[str]:
    """Every member that a shape contains, however deep, by the record's paths."""
    match shape.type_name:
        case "structure":
            for name, member in shape.members.items():
                ours = name[0].lower() + name[1:]  # EventBridge's begin with a capital
                yield path + ours
                yield from members(member, f"{path}{ours}.")
        case "list":
            yield from members(shape.member, path)
        case _:
            return


def shape_of(operation: str) -> Any:
    service = ecs() if operation in ecs().operation_names else eventbridge_scheduler()
    return service.operation_model(operation).input_shape


@pytest.mark.parametrize("operation", DECISIONS)
def test_every_member_of_ecs_is_decided_and_every_decision_has_its_member(operation: str) -> None:
    known = set(members(shape_of(operation)))
    assert {member for member in known if decision_of(operation, member) is None} == set()
    assert set(DECISIONS[operation]) - known == set()


def test_every_action_of_ecs_is_decided_and_every_command_of_ecs_s_is_honoured() -> None:
    assert set(ACTIONS) == set(ecs().operation_names)
    of_ecs = {action.value for action in Action if action.value in ACTIONS}
    assert {name for name in of_ecs if ACTIONS[name].kind is not Kind.HONOURED} == set()


@pytest.mark.parametrize("operation", DECISIONS)
def test_what_is_left_out_as_a_whole_is_decided_once(operation: str) -> None:
    for member in DECISIONS[operation]:
        outer, dot, _ = member.rpartition(".")
        above = decision_of(operation, outer) if dot else None
        assert above is None or not above.left_out, member


def test_only_what_the_engine_knows_is_decided() -> None:
    assert set(DECISIONS) <= set(Action)


def test_the_page_is_made_from_the_record() -> None:
    made = (ROOT / "docs" / "ecs.md").read_text(encoding="utf-8")
    assert made == page(), "python -m core.decisions.page > docs/ecs.md"


def test_no_sentence_of_the_record_is_said_again_in_the_code() -> None:
    said = {d.how for decisions in DECISIONS.values() for d in decisions.values() if len(d.how) > 24}
    for file in (ROOT / "core").rglob("*.py"):
        if file.parent.name == "decisions":
            continue
        code = file.read_text(encoding="utf-8")
        assert [how for how in said if how in code] == [], file


# -- the code does what is written ---------------------------------------------------------------------------------------


def of_kind(*kinds: Kind) -> list[str]:
    return [m for m, d in TASK_DEFINITION.items() if d.kind in kinds and not d.quiet]


def at(path: str, value: Any) -> dict[str, Any]:
    """A definition with one more member."""
    document = task(container(), volumes=[{"name": "data"}])
    *outer, last = path.split(".")
    holder: Any = document
    for part in outer:
        if part not in holder:
            listed = isinstance(filled(shape_at(path.partition(part)[0] + part)), list)
            needed = {"fileSystemId": "fs-1"} if part == "efsVolumeConfiguration" else {}
            holder[part] = [{"type": "GPU", "value": "1"}] if listed else needed
        holder = holder[part][0] if isinstance(holder[part], list) else holder[part]
    holder[last] = value
    return document


def shape_at(path: str) -> Any:
    shape = shape_of("RegisterTaskDefinition")
    for part in path.split("."):
        shape = (shape.member if shape.type_name == "list" else shape).members[part]
    return shape


def asking(path: str) -> Any:
    """A value that asks for a member: ECS's own, but not one that asks for nothing."""
    harmless = TASK_DEFINITION[path].harmless
    enum = [word for word in getattr(shape_at(path), "enum", ()) if word not in harmless]
    return enum[0] if enum else filled(shape_at(path))


@pytest.mark.parametrize("path", of_kind(Kind.REFUSED))
def test_what_is_refused_is_refused_in_the_record_s_words(path: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse(at(path, asking(path)))
    assert f"can't be served: {TASK_DEFINITION[path].how}." in refusal.value.message


@pytest.mark.parametrize("path", of_kind(Kind.NO_EFFECT))
def test_what_has_no_effect_is_a_warning_in_the_record_s_words(path: str) -> None:
    made = parse(at(path, asking(path)))
    assert any(w.endswith(f" has no effect: {TASK_DEFINITION[path].how}.") for w in made.warnings)
    assert any(path.rpartition(".")[2] in w for w in made.warnings)


ADAPTED: Final = {
    "networkMode": task(networkMode="awsvpc"),
    "requiresCompatibilities": task(requiresCompatibilities=["MANAGED_INSTANCES"]),
    "cpu": task(container("a"), container("b"), cpu="256"),
    "memory": task(container("a"), container("b"), memory="256"),
    "volumes.efsVolumeConfiguration": task(
        volumes=[{"name": "v", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}]
    ),
    "containerDefinitions.repositoryCredentials": task(
        container(repositoryCredentials={"credentialsParameter": "x"})
    ),
    "containerDefinitions.resourceRequirements": task(
        container(resourceRequirements=[{"type": "GPU", "value": "1"}])
    ),
    "containerDefinitions.firelensConfiguration": task(
        container(), container("router", firelensConfiguration={"type": "fluentbit"})
    ),
}


@pytest.mark.parametrize("path", ADAPTED)
def test_what_is_adapted_is_a_warning_in_the_record_s_words(path: str) -> None:
    assert TASK_DEFINITION[path].kind is Kind.ADAPTED
    assert any(TASK_DEFINITION[path].how in warning for warning in parse(ADAPTED[path]).warnings)


#: What can have one value only.
ONE_VALUE: Final = {"placementConstraints.type", "containerDefinitions.environmentFiles.type"}


def fullest() -> dict[str, Any]:
    """The sample of everything, with a value other than the default for what the sample leaves out."""
    document = everything()
    web, db, init = document["containerDefinitions"]
    web["volumesFrom"][0]["readOnly"] = True
    web["linuxParameters"]["devices"][0]["containerPath"] = "/dev/inside"
    web["healthCheck"] |= {"interval": 7, "timeout": 6, "retries": 2, "startPeriod": 9}
    db["logConfiguration"]["secretOptions"] = [{"name": "label", "valueFrom": "a"}]
    init |= {"privileged": True, "disableNetworking": True}
    document["volumes"][2]["dockerVolumeConfiguration"] |= {
        "autoprovision": True,
        "driverOpts": {"size": "1"},
        "labels": {"a": "b"},
    }
    efs = {"fileSystemId": "fs-1", "rootDirectory": "/web"}
    document["volumes"].append({"name": "efs", "efsVolumeConfiguration": efs})
    return document


def places(document: Any, path: list[str]) -> Iterator[tuple[Any, str]]:
    """Each object that holds the member at a path, with the member's name."""
    if isinstance(document, list):
        for item in document:
            yield from places(item, path)
    elif isinstance(document, dict) and path[0] in document:
        if len(path) == 1:
            yield document, path[0]
        else:
            yield from places(document[path[0]], path[1:])


def without(path: str) -> dict[str, Any]:
    document = fullest()
    holders = list(places(document, path.split(".")))
    assert holders, f"{path} is not in the sample"
    for holder, name in holders:
        del holder[name]
    return document


@pytest.mark.parametrize("path", [p for p in of_kind(Kind.HONOURED) if p not in ONE_VALUE])
def test_what_is_honoured_reaches_what_the_engine_goes_by(path: str) -> None:
    """Without it the definition is another one, or is none at all."""
    whole = parse(fullest())
    try:
        lacking = parse(without(path))
    except Refused:
        return
    assert replace(lacking, source=whole.source, digest=whole.digest, warnings=()) != replace(
        whole, warnings=()
    )


#: Served by the engine itself, or asked before a host is chosen: no Docker hears of it.
ENGINE_S_OWN: Final = (
    *("tags", "placementConstraints", "runtimePlatform", "containerDefinitions.portMappings.name"),
    *("containerDefinitions.restartPolicy", "containerDefinitions.dependsOn", "containerDefinitions.startTimeout"),
    "containerDefinitions.versionConsistency",
)  # fmt: skip


def docker_s(definition: TaskDefinition) -> list[dict[str, Any]]:
    """All that Docker is given for a task: its volumes and its containers, the pause first."""
    context = RunContext(
        installation="i1",
        instance="n1",
        cluster="default",
        task="0" * 32,
        secrets=defaultdict(lambda: "s3cret"),
        env_files=defaultdict(lambda: (("FROM", "file"),)),
        host_ranges={("9000-9002", "tcp"): 61000},
        exports=defaultdict(lambda: NfsExport("nas", "/srv")),
    )
    names = [PAUSE_CONTAINER, *(c.name for c in definition.containers)]
    bodies = [create_body(definition, name, context) for name in names]
    return [*volume_bodies(definition, context), *bodies]


@pytest.mark.parametrize(
    "path", [p for p in of_kind(Kind.HONOURED) if p not in ONE_VALUE and not p.startswith(ENGINE_S_OWN)]
)
def test_what_docker_serves_is_in_what_it_is_given(path: str) -> None:
    whole = parse(fullest())
    try:
        lacking = parse(without(path))
    except Refused:
        return
    assert docker_s(replace(lacking, digest=whole.digest)) != docker_s(whole)
