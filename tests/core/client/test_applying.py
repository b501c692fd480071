from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.client.applying import plan
from core.client.complaints import Origin, Problems
from core.client.manifest import Manifest, Said
from core.client.step import Scope
from core.commands import Action, Command
from core.errors import ConfigError, Refused
from core.fold.commands import carried_out
from core.fold.inputs import CreateService, UpdateService
from core.model.auto_scaling import AutoScaling, ScalingMetric, ScalingPolicy
from core.model.capacity_provider import CapacityProvider, ProviderShare
from core.model.cluster import Cluster
from core.model.probe import Probe, ProbeProtocol
from core.model.service import CircuitBreaker, ServiceStatus
from core.model.tags import STACK_TAG
from core.record import replace
from core.taskdef.parse import decode, parse
from tests.core.builders import service
from tests.core.client.manifests import TURN, carry_out, empty, planned

if TYPE_CHECKING:
    from core.model.state import State

DEFINITION = {"family": "web", "containerDefinitions": [{"name": "app", "image": "nginx:1", "memory": 64}]}
NEWER = {"family": "web", "containerDefinitions": [{"name": "app", "image": "nginx:2", "memory": 64}]}
SERVICE = {"serviceName": "web", "taskDefinition": "web", "desiredCount": 2}


def state_with_web() -> State:
    state = empty()
    state.put(replace(parse(DEFINITION), revision=1))
    state.put(replace(service(2), cluster="default"))
    state.keep()
    return state


def state_with_definition_alone() -> State:
    state = empty()
    state.put(replace(parse(DEFINITION), revision=1))
    state.keep()
    return state


def test_an_empty_state_gets_everything_and_the_definition_first() -> None:
    definition, made = planned(empty(), [DEFINITION], [SERVICE])
    assert (definition.sign, definition.action) == ("+", Action.REGISTER_TASK_DEFINITION)
    assert (made.sign, made.action) == ("+", Action.CREATE_SERVICE)
    # Its revision is known only once it is registered.
    assert made.given["taskDefinition"] == ""
    assert made.family == "web"
    assert made.given["cluster"] == "default"


def test_what_is_as_it_should_be_is_not_asked_for() -> None:
    steps = planned(state_with_web(), [DEFINITION], [SERVICE])
    assert [step.action for step in steps] == [None, None]
    assert [step.service for step in steps] == ["", "default/web"]


def test_a_change_asks_for_what_differs_and_nothing_else() -> None:
    wanted = {**SERVICE, "desiredCount": 5, "deploymentConfiguration": {"minimumHealthyPercent": 100}}
    (step,) = planned(state_with_web(), [], [wanted])
    assert step.action is Action.UPDATE_SERVICE
    assert step.given == {"cluster": "default", "service": "web", "desiredCount": 5}
    assert step.differences == ("~ desiredCount: 2 → 5",)


def test_a_changed_definition_is_shown_and_takes_its_service_along() -> None:
    definition, moved = planned(state_with_web(), [NEWER], [SERVICE])
    assert definition.differences == ('~ containerDefinitions[app].image: "nginx:1" → "nginx:2"',)
    assert moved.given == {"cluster": "default", "service": "web", "taskDefinition": ""}
    assert moved.differences == ("~ taskDefinition: web:1 → the new revision of web",)


def test_a_service_that_names_a_revision_stays_on_it() -> None:
    pinned = {**SERVICE, "taskDefinition": "web:1"}
    definition, kept = planned(state_with_web(), [NEWER], [pinned])
    assert definition.action is Action.REGISTER_TASK_DEFINITION
    assert kept.action is None


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({**SERVICE, "taskDefinition": "wbe"}, "no task definition wbe"),
        ({"serviceName": "web", "desiredCount": 1}, r"taskDefinition: is missing"),
        ({"serviceName": "new", "taskDefinition": "web"}, "^desiredCount: is missing"),
        (
            {**SERVICE, "desiredCuont": 3},
            "^desiredCuont: unknown member; did you mean desiredCount",
        ),
        ({**SERVICE, "desiredCount": "3"}, "^desiredCount: must be a whole number"),
        ({**SERVICE, "loadBalancers": [{"containerPort": 80}]}, "loadBalancers can't be served"),
        ({**SERVICE, "schedulingStrategy": "DAEMON"}, "schedulingStrategy: can't be changed from REPLICA"),
        ({**SERVICE, "cluster": "edge"}, "Cluster not found"),
        ({**SERVICE, "taskDefinition": "web:9"}, "There is no revision web:9"),
        ({**SERVICE, "taskDefinition": None}, r"taskDefinition: is missing"),
        ({"taskDefinition": "web", "desiredCount": 1}, "^serviceName: is missing"),
        (
            {**SERVICE, "placementConstraints": [{"type": "memberOf", "expression": "attribute:zone =="}]},
            "expression",
        ),
        (
            {**SERVICE, "tags": [{"key": STACK_TAG, "value": "shop"}]},
            "tags: dockyard:stack is given by --stack",
        ),
    ],
)
def test_a_file_that_can_not_be_carried_out_is_refused_before_anything_is(
    wanted: dict[str, object], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        planned(state_with_web(), [], [wanted])


def test_what_has_no_effect_here_is_no_change() -> None:
    """Else the same file would be a change each time it is applied."""
    alarms = {"alarms": {"alarmNames": ["5xx"], "enable": True, "rollback": True}, "maximumPercent": 200}
    wanted = {**SERVICE, "launchType": "FARGATE", "deploymentConfiguration": alarms}
    (kept,) = planned(state_with_web(), [], [wanted])
    assert kept.action is None
    (made,) = planned(empty(), [DEFINITION], [wanted])[1:]
    assert made.given["launchType"] == "FARGATE", "the engine warns of it"


def test_a_circuit_breaker_is_compared_as_a_whole_with_what_it_leaves_unsaid() -> None:
    state = state_with_web()
    breaker = CircuitBreaker(enabled=True, rollback=True, reset_on_healthy_task=False)
    state.put(replace(state.services["default/web"], circuit_breaker=breaker))
    state.keep()
    said = {"enable": True, "rollback": True, "resetOnHealthyTask": False}

    def changes(said: dict[str, bool]) -> tuple[str, ...]:
        wanted = {**SERVICE, "deploymentConfiguration": {"deploymentCircuitBreaker": said}}
        return planned(state, [], [wanted])[0].differences

    assert changes(said) == ()
    del said["resetOnHealthyTask"]
    (change,) = changes(said)
    path = "deploymentConfiguration.deploymentCircuitBreaker.resetOnHealthyTask"
    assert change == f"~ {path}: false → true"


def test_what_has_no_effect_is_told_with_each_change() -> None:
    definition = {**NEWER, "taskRoleArn": "arn:aws:iam::1:role/a"}
    wanted = {**SERVICE, "launchType": "FARGATE"}
    role = "taskRoleArn has no effect: no AWS credentials are served to containers."
    launch_type = "launchType has no effect: every connected instance of the cluster may be used."
    for state in (empty(), state_with_web()):
        steps = planned(state, [definition], [wanted])
        assert [step.warnings for step in steps] == [(role,), (launch_type,)]
    (kept,) = planned(state_with_web(), [], [wanted])
    assert (kept.action, kept.warnings) == (None, ())


def test_all_that_is_wrong_is_told_at_once_and_the_state_is_left_as_it_was() -> None:
    state = state_with_web()
    wrong = {**SERVICE, "serviceName": "api", "desiredCount": -1, "maximumPercent": 100}
    with pytest.raises(Problems) as raised:
        planned(state, [NEWER, {"family": "x"}], [{**SERVICE, "taskDefinition": "nope"}, wrong])
    assert len(raised.value.problems) == 4
    assert [p.partition(":")[0] for p in raised.value.problems] == [
        "containerDefinitions",
        "taskDefinition",
        "maximumPercent",
        "desiredCount",
    ]
    assert set(state.definitions) == {"web:1"}
    assert not state.changes()


def test_a_definition_that_is_refused_is_told_once_and_not_of_its_service_again() -> None:
    with pytest.raises(Refused) as raised:
        planned(empty(), [{"family": "web"}], [SERVICE])
    assert raised.value.message == "containerDefinitions: is missing."
    with pytest.raises(
        Problems, match=r"- containerDefinitions: is missing\.\n- desiredCuont: unknown member"
    ):
        planned(empty(), [{"family": "web"}], [{**SERVICE, "desiredCuont": 1}])


def test_two_places_that_say_what_one_service_is_are_both_named() -> None:
    one, other = Origin("a.toml", "[services.web]", {}), Origin("b.json")
    for first, second in (({}, {"cluster": "default"}), ({"cluster": "arn:aws:ecs:x:1:cluster/default"}, {})):
        said = (Said(SERVICE | first, one), Said(SERVICE | second, other))
        with pytest.raises(ConfigError) as raised:
            plan(state_with_web(), Manifest((), said), Scope("default", "shop"), TURN)
        assert (
            str(raised.value) == "service default/web: a.toml [services.web] and b.json both say what it is"
        )
    elsewhere = planned(state_with_web(), [], [SERVICE, SERVICE | {"serviceName": "api"}])
    assert [step.service for step in elsewhere] == ["default/web", "default/api"]


def test_a_service_that_is_being_deleted_is_not_taken_for_one_that_is_there() -> None:
    state = state_with_web()
    state.put(replace(state.services["default/web"], status=ServiceStatus.DRAINING, desired_count=0))
    state.keep()
    with pytest.raises(Refused, match="still Draining"):
        planned(state, [], [SERVICE | {"desiredCount": 0}])


def test_a_plan_leaves_the_state_as_it_was() -> None:
    state = state_with_web()
    before = (dict(state.definitions), dict(state.services), dict(state.deployments))
    planned(state, [NEWER], [SERVICE, {**SERVICE, "serviceName": "new"}], stack="shop", prune=True)
    assert (state.definitions, state.services, state.deployments) == before
    assert not state.changes()


def state_with_default() -> State:
    """The cluster shares out what says nothing to one of its two groups."""
    state = state_with_definition_alone()
    providers = (CapacityProvider("blue"), CapacityProvider("red"))
    default = (ProviderShare("blue", 1),)
    state.put(Cluster("default", capacity_providers=providers, default_strategy=default))
    state.keep()
    return state


def test_a_file_that_says_no_strategy_is_the_service_with_its_cluster_s_default() -> None:
    state = state_with_default()
    assert carry_out(state, planned(state, [], [SERVICE])) == ["CreateService"]
    made = state.services["default/web"].capacity_provider_strategy
    assert made == (ProviderShare("blue", 1),)
    assert [step.action for step in planned(state, [], [SERVICE])] == [None]
    # Neither another default nor one that the config has taken apart is a change of the service.
    for change in ({"default_strategy": (ProviderShare("red", 1),)}, {"capacity_providers": ()}):
        state.put(replace(state.clusters["default"], **change))
        state.keep()
        assert [step.action for step in planned(state, [], [SERVICE])] == [None]
    (step,) = planned(state, [], [{**SERVICE, "desiredCount": 5}])
    assert step.given == {"cluster": "default", "service": "web", "desiredCount": 5}


@pytest.mark.parametrize("said", [{"launchType": "EC2"}, {"capacityProviderStrategy": []}])
def test_a_file_that_wants_no_strategy_takes_it_away_once(said: dict[str, object]) -> None:
    state = state_with_default()
    carry_out(state, planned(state, [], [SERVICE]))
    (step,) = planned(state, [], [SERVICE | said])
    assert step.given == {"cluster": "default", "service": "web", "capacityProviderStrategy": []}
    assert step.differences[0].startswith("- capacityProviderStrategy: ")
    carry_out(state, [step])
    for again in (SERVICE | said, SERVICE):
        assert [step.action for step in planned(state, [], [again])] == [None]
    fresh = state_with_default()
    carry_out(fresh, planned(fresh, [], [SERVICE | said]))
    assert fresh.services["default/web"].capacity_provider_strategy == ()
    assert [step.action for step in planned(fresh, [], [SERVICE | said])] == [None]


def test_tags_that_a_revision_was_given_by_hand_are_no_reason_for_another() -> None:
    state = empty()
    tagged = {**DEFINITION, "tags": [{"key": "team", "value": "a"}]}
    carry_out(state, planned(state, [tagged], []))
    state.put(replace(state.definitions["web:1"], tags=(("team", "b"), ("tier", "1"))))
    state.keep()
    assert [step.action for step in planned(state, [tagged], [])] == [None]
    (step,) = planned(state, [{**tagged, "tags": []}], [])
    assert [line.partition(":")[0] for line in step.differences] == ["- tags"]


def test_every_member_that_update_service_takes_is_compared() -> None:
    """A member that is compared by nobody is never changed by a file."""
    state = state_with_web()
    providers = (CapacityProvider("blue"), CapacityProvider("red"))
    state.put(Cluster("default", capacity_providers=providers))
    state.keep()
    said: list[dict[str, object]] = [
        {"desiredCount": 5},
        {"deploymentConfiguration": {"maximumPercent": 150}},
        {"placementConstraints": [{"type": "distinctInstance"}]},
        {"placementStrategy": [{"type": "spread", "field": "instanceId"}]},
        {"healthCheckGracePeriodSeconds": 9},
        {"capacityProviderStrategy": [{"capacityProvider": "blue", "weight": 1, "base": 0}]},
        {"availabilityZoneRebalancing": "ENABLED"},
        {"replace": "no"},
        {"propagateTags": "SERVICE"},
        {"enableECSManagedTags": True},
        {"healthyAfterSeconds": 2.5},
        {"autoScaling": {"minCapacity": 1, "maxCapacity": 6, "policies": [MEMORY]}},
        {"probe": {"protocol": "TCP", "containerName": "app", "containerPort": 80}},
        {"taskDefinition": "web:2"},
    ]
    compared = {name for one in said for name in one}
    common = {f.alias for f in CreateService.model_fields.values()} & {
        f.alias for f in UpdateService.model_fields.values()
    }
    assert compared == common - {"cluster"}
    state.put(replace(parse(NEWER), revision=2))
    state.keep()
    for one in said:
        wanted = {**SERVICE, "taskDefinition": "web:1", **one}
        (step,) = planned(state, [], [wanted])
        assert step.given == {"cluster": "default", "service": "web", **one}
        assert carry_out(state, [step]) == ["UpdateService"]
        assert [
            again.action
            for again in planned(
                state, [], [{**SERVICE, "taskDefinition": "web:1", "desiredCount": None, **one}]
            )
        ] == [None]
        state.put(replace(service(2), cluster="default"))
        state.keep()


def test_what_reads_the_same_to_the_engine_is_no_change() -> None:
    state = state_with_web()
    carry_out(
        state,
        planned(
            state,
            [],
            [
                {
                    **SERVICE,
                    "serviceName": "api",
                    "placementStrategy": [
                        {"type": "binpack", "field": "CPU"},
                        {"type": "spread", "field": "host"},
                    ],
                    "healthyAfterSeconds": 2,
                }
            ],
        ),
    )
    same = {"type": "binpack", "field": "cpu"}, {"type": "spread", "field": "instanceId"}
    wanted = {**SERVICE, "serviceName": "api", "placementStrategy": list(same), "healthyAfterSeconds": 2.0}
    assert [step.action for step in planned(state, [], [wanted])] == [None]


# -- tags and stacks -----------------------------------------------------------------------------------------------------


def tagged(state: State, name: str, **tags: str) -> None:
    """A service that is there, with these tags."""
    listed = [{"key": key.replace("stack", STACK_TAG), "value": value} for key, value in tags.items()]
    given = {"serviceName": name, "taskDefinition": "web", "desiredCount": 1, "tags": listed}
    carried_out(state, Command("", Action.CREATE_SERVICE, json.dumps(given)), TURN)
    state.keep()


def test_tags_are_brought_to_what_is_said_and_left_alone_where_nothing_is() -> None:
    state = state_with_web()
    tagged(state, "api", team="a", old="x")
    unsaid = {"serviceName": "api", "taskDefinition": "web"}
    assert [step.action for step in planned(state, [], [unsaid])] == [None]
    said = {**unsaid, "tags": [{"key": "team", "value": "b"}, {"key": "new", "value": "y"}]}
    steps = planned(state, [], [said])
    assert [(step.sign, step.differences) for step in steps] == [
        ("~", ('+ new: "y"', '~ team: "a" → "b"')),
        ("~", ('- old: "x"',)),
    ]
    assert carry_out(state, steps) == ["TagResource", "UntagResource"]
    assert [step.action for step in planned(state, [], [said])] == [None]


def test_a_service_of_a_stack_carries_its_name() -> None:
    state = state_with_web()
    (made,) = planned(state, [], [{**SERVICE, "serviceName": "api"}], stack="shop")
    assert made.given["tags"] == [{"key": STACK_TAG, "value": "shop"}]
    carry_out(state, [made])
    assert state.services["default/api"].stack == "shop"
    again = {**SERVICE, "serviceName": "api", "tags": []}
    assert [step.action for step in planned(state, [], [again], stack="shop")] == [None]
    assert [step.action for step in planned(state, [], [again])] == [None], (
        "nor is it taken out by saying nothing"
    )


def test_a_service_that_is_of_no_stack_is_taken_in_before_the_eyes_of_whoever_is_asked() -> None:
    state = state_with_web()
    taken, changed = planned(state, [], [{**SERVICE, "desiredCount": 4}], stack="shop")
    assert taken.what == "service default/web: is not part of stack shop; it is taken in"
    assert (taken.takes_in, changed.takes_in) == (True, False)
    assert carry_out(state, [taken, changed]) == ["TagResource", "UpdateService"]
    assert state.services["default/web"].stack == "shop"


def test_what_another_stack_owns_is_refused_and_without_a_stack_is_told() -> None:
    state = state_with_web()
    tagged(state, "api", stack="blog")
    wanted = {"serviceName": "api", "taskDefinition": "web", "desiredCount": 2}
    with pytest.raises(
        Refused,
        match="service default/api is of stack blog, not of shop; to take it out there: dockyard service tag",
    ):
        planned(state, [], [wanted], stack="shop")
    (changed,) = planned(state, [], [wanted])
    assert changed.warnings == ("service default/api is of stack blog, and stays in it.",)


def test_pruned_is_what_the_stack_no_longer_names_and_nothing_else() -> None:
    state = state_with_web()
    state.put(Cluster("edge"))
    for name, stack in (("kept", "shop"), ("gone", "shop"), ("blog", "blog")):
        tagged(state, name, stack=stack)
    there = {
        "cluster": "edge",
        "serviceName": "far",
        "taskDefinition": "web",
        "desiredCount": 1,
        "tags": [{"key": STACK_TAG, "value": "shop"}],
    }
    carried_out(state, Command("", Action.CREATE_SERVICE, json.dumps(there)), TURN)
    state.keep()
    kept = {"serviceName": "kept", "taskDefinition": "web"}
    assert [step.action for step in planned(state, [], [kept], stack="shop")] == [None]
    _, pruned = planned(state, [], [kept], stack="shop", prune=True)
    assert (pruned.sign, pruned.service) == ("-", "default/gone")
    assert pruned.what == "service default/gone: of stack shop and no longer named; 0 tasks stop"
    carry_out(state, [pruned])
    again = planned(state, [], [kept], stack="shop", prune=True)
    assert [step.action for step in again] == [None], "what is being deleted is not deleted again"
    assert [key for key, s in state.services.items() if s.status == "ACTIVE"] == [
        "default/web",
        "default/kept",
        "default/blog",
        "edge/far",
    ]


def test_a_stack_is_in_one_cluster() -> None:
    state = state_with_web()
    state.put(Cluster("edge"))
    state.keep()
    far = {**SERVICE, "serviceName": "far", "cluster": "edge"}
    near = {**SERVICE, "serviceName": "near", "cluster": "default"}
    with pytest.raises(Refused, match="cluster: a stack is in one cluster, and shop is in edge"):
        planned(state, [], [far, near], stack="shop")
    steps = planned(state, [], [far, {**SERVICE, "serviceName": "near"}], stack="shop")
    assert [step.service for step in steps] == ["edge/far", "edge/near"]
    assert len(planned(state, [], [far, near])) == 2


# -- twice in a row changes nothing --------------------------------------------------------------------------------------

BREAKER = st.fixed_dictionaries(
    {"enable": st.booleans(), "rollback": st.booleans()},
    optional={
        "resetOnHealthyTask": st.booleans(),
        "thresholdConfiguration": st.fixed_dictionaries(
            {"type": st.sampled_from(["COUNT", "UNBOUNDED_PERCENT"]), "value": st.integers(1, 99)}
        ),
    },
)
EARLY = st.just({"enable": False}) | st.fixed_dictionaries(
    {
        "enable": st.just(True),
        "healthyPercent": st.just(100),
        "sourceServiceRevisionCleanup": st.sampled_from(["BLOCKING", "DEFERRED"]),
    }
)
STRATEGIES = st.sampled_from(
    [
        {"type": "binpack", "field": "CPU"},
        {"type": "binpack", "field": "memory"},
        {"type": "spread", "field": "host"},
        {"type": "spread", "field": "attribute:zone"},
        {"type": "random"},
    ]
)
SERVICES = st.fixed_dictionaries(
    {"serviceName": st.just("api"), "taskDefinition": st.sampled_from(["web", "web:1"]), "desiredCount": st.integers(0, 9)},
    optional={
        "deploymentConfiguration": st.fixed_dictionaries(
            {},
            optional={
                "minimumHealthyPercent": st.integers(0, 100),
                "maximumPercent": st.integers(100, 300),
                "deploymentCircuitBreaker": BREAKER | st.none(),
                "bakeTimeInMinutes": st.integers(0, 1440) | st.none(),
                "earlySuccessCriteria": EARLY | st.none(),
                "strategy": st.just("ROLLING"),
            },
        ),
        "placementStrategy": st.lists(STRATEGIES, max_size=3),
        "placementConstraints": st.lists(
            st.sampled_from([{"type": "distinctInstance"}, {"type": "memberOf", "expression": "attribute:zone == a"}]),
            max_size=2,
        ),
        "healthCheckGracePeriodSeconds": st.integers(0, 99) | st.none(),
        "healthyAfterSeconds": st.sampled_from([0, 1, 2.5]) | st.none(),
        "replace": st.sampled_from(["yes", "no", "ask"]),
        "launchType": st.sampled_from(["EC2", "FARGATE"]),
        "tags": st.dictionaries(st.sampled_from("abc"), st.sampled_from("xy"), max_size=3).map(
            lambda tags: [{"key": key, "value": value} for key, value in tags.items()]
        ),
    },
)  # fmt: skip


@given(st.lists(st.tuples(SERVICES, st.sampled_from(["", "shop"])), min_size=1, max_size=4))
def test_twice_in_a_row_changes_nothing_whatever_was_there_before(
    said: list[tuple[dict[str, Any], str]],
) -> None:
    state = state_with_web()
    for document, stack in said:
        carry_out(state, planned(state, [NEWER], [document], stack=stack))
        again = planned(state, [NEWER], [document], stack=stack)
        assert [(step.what, step.differences) for step in again if step.action] == []


FOLDER: Final = Path(__file__).parents[4] / "shared" / "taskdefs"


@pytest.mark.skipif(
    not FOLDER.is_dir(), reason="a collection of real task definitions that is not part of the repository"
)
def test_real_task_definitions_are_registered_once() -> None:
    served = 0
    for file in sorted(FOLDER.glob("*.json")):
        state = empty()
        try:
            document = decode(file.read_bytes())
            first = planned(state, [document])
        except (Refused, Problems):
            continue  # which is told, is tested elsewhere
        served += 1
        assert carry_out(state, first) == ["RegisterTaskDefinition"], file.name
        assert [step.action for step in planned(state, [document])] == [None], file.name
    assert served > 20


HTTP = {"protocol": "HTTP", "containerName": "app", "containerPort": 80}


def with_probe(probe: Probe | None) -> State:
    state = state_with_web()
    state.put(replace(state.services["default/web"], probe=probe))
    state.keep()
    return state


@pytest.mark.parametrize(
    ("standing", "said", "asked"),
    [
        (None, HTTP, True),
        (Probe(ProbeProtocol.HTTP, "app", 80), HTTP, False),
        # What a file does not say of its probe is the default, and not what stands.
        (Probe(ProbeProtocol.HTTP, "app", 80, interval_s=30), HTTP, True),
        (Probe(ProbeProtocol.HTTP, "app", 80, interval_s=30), HTTP | {"intervalSeconds": 30}, False),
        (Probe(ProbeProtocol.HTTP, "app", 80), {}, True),
        (None, {}, False),
    ],
)
def test_a_probe_is_compared_as_a_whole(standing: Probe | None, said: dict[str, object], asked: bool) -> None:
    (step,) = planned(with_probe(standing), [], [{**SERVICE, "probe": said}])
    assert (step.action is Action.UPDATE_SERVICE) is asked
    if asked:
        assert step.given["probe"] == said


def test_a_file_that_says_nothing_of_a_probe_leaves_it() -> None:
    (step,) = planned(with_probe(Probe(ProbeProtocol.TCP, "app", 80)), [], [SERVICE])
    assert step.action is None


MEMORY = {"predefinedMetricType": "ECSServiceAverageMemoryUtilization", "targetValue": 60}
SCALED = {**SERVICE, "autoScaling": {"minCapacity": 1, "maxCapacity": 6, "policies": [MEMORY]}}


def scaled_state(desired: int) -> State:
    state = state_with_web()
    scaling = AutoScaling(1, 6, (ScalingPolicy(ScalingMetric.MEMORY, 60.0),))
    state.put(replace(state.services["default/web"], desired_count=desired, auto_scaling=scaling))
    state.keep()
    return state


def test_a_file_s_count_is_only_what_an_auto_scaled_service_begins_with() -> None:
    (made,) = planned(state_with_definition_alone(), [], [SCALED])
    assert made.given["desiredCount"] == 2
    (step,) = planned(scaled_state(5), [], [SCALED])
    assert step.action is None
    # Also where somebody switched it on by hand, and the file doesn't know of it.
    (step,) = planned(scaled_state(5), [], [SERVICE])
    assert step.action is None


def test_what_an_operator_suspended_stays_so_until_a_file_says_otherwise() -> None:
    state = scaled_state(5)
    web = state.services["default/web"]
    assert web.auto_scaling is not None
    state.put(replace(web, auto_scaling=replace(web.auto_scaling, scale_in_suspended=True)))
    state.keep()
    assert [step.action for step in planned(state, [], [SCALED])] == [None]
    going = {"suspendedState": {"dynamicScalingInSuspended": False}}
    ended = {"minCapacity": 1, "maxCapacity": 6, "policies": [MEMORY]} | going
    (step,) = planned(state, [], [{**SERVICE, "autoScaling": ended}])
    assert step.differences == ("~ autoScaling.suspendedState.dynamicScalingInSuspended: true → false",)


def test_without_a_count_it_begins_with_the_minimum() -> None:
    wanted = {name: value for name, value in SCALED.items() if name != "desiredCount"}
    (made,) = planned(state_with_definition_alone(), [], [wanted])
    assert made.what == "service default/web: 1 of web:1"


def test_what_auto_scaling_is_asked_is_compared_as_a_whole() -> None:
    wider = {**SCALED, "autoScaling": {"minCapacity": 1, "maxCapacity": 9, "policies": [MEMORY]}}
    (step,) = planned(scaled_state(5), [], [wider])
    assert step.given["autoScaling"]["maxCapacity"] == 9
    assert "desiredCount" not in step.given
    (step,) = planned(scaled_state(5), [], [{**SERVICE, "autoScaling": {}}])
    assert step.given == {"cluster": "default", "service": "web", "autoScaling": {}, "desiredCount": 2}
    assert "- autoScaling" in "".join(step.differences)
