"""From JSON to a task definition: what is said of a wrong one, what is forgiven, what is adapted."""

from __future__ import annotations

import copy
import json
from collections import defaultdict
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Refused
from core.model.ports import HostPort
from core.model.service import ConstraintType, PlacementConstraint
from core.model.task_definition import PAUSE_CONTAINER, NetworkMode, RequiredAttribute, VolumeKind
from core.taskdef.docker_body import create_body
from core.taskdef.parse import load, parse
from core.taskdef.run_context import RunContext
from tests.botocore_shapes import ecs
from tests.core.taskdef.samples import NO_HOST_RUNS, Json, container, everything, linux, log, task, ulimits


def refusal(document: str | bytes | Json) -> str:
    with pytest.raises(Refused) as caught:
        parse(document)
    assert caught.value.code == "ClientException"
    return caught.value.message


def test_the_defaults_are_those_of_ecs() -> None:
    made = parse(
        task(container(portMappings=[{"containerPort": 80}], healthCheck={"command": ["CMD", "true"]}))
    )
    assert made.name == "web:0"
    assert made.network_mode is NetworkMode.BRIDGE
    source = json.loads(made.source)["containerDefinitions"][0]
    assert (source["cpu"], source["essential"], source["environment"]) == (0, True, [])
    assert source["portMappings"] == [{"containerPort": 80, "hostPort": 0, "protocol": "tcp"}]
    web = made.containers[0]
    assert (web.essential, web.cpu_units, web.stop_timeout_s, web.command) == (True, 0, 30, None)
    assert web.health_check is not None
    assert (web.health_check.interval_s, web.health_check.timeout_s, web.health_check.retries) == (30, 5, 3)
    assert web.log_configuration.options == (("max-file", "3"), ("max-size", "10m"))
    assert made.warnings == ()


@pytest.mark.parametrize(
    ("cpu", "memory", "units", "mib"),
    [
        ("256", "512", 256, 512),
        ("1 vCPU", "2GB", 1024, 2048),
        (".25 vcpu", ".5 gb", 256, 512),
        (512, 1024, 512, 1024),
    ],
)
def test_task_sizes_in_every_spelling(cpu: Any, memory: Any, units: int, mib: int) -> None:
    made = parse(task(cpu=cpu, memory=memory))
    assert (made.cpu_units, made.memory_mib) == (units, mib)
    assert (made.reserved_cpu_units, made.reserved_memory_mib) == (units, mib)
    assert json.loads(made.source)["cpu"] == str(units)


def test_what_placement_charges_without_a_task_size() -> None:
    made = parse(
        task(
            container("a", cpu=100),
            container("b", cpu=50, memoryReservation=16),
            container("c", memoryReservation=8),
        )
    )
    assert (made.reserved_cpu_units, made.reserved_memory_mib) == (150, 64 + 16 + 8)


@pytest.mark.parametrize("wrap", [False, True], ids=["bare", "wrapped"])
def test_describe_output_registers_as_it_is(wrap: bool) -> None:
    inner = task() | {
        "taskDefinitionArn": "arn:aws:ecs:eu-west-1:1:task-definition/web:7",
        "revision": 7,
        "status": "INACTIVE",
        "requiresAttributes": [{"name": "com.amazonaws.ecs.capability.task-iam-role"}],
        "compatibilities": ["EC2"],
        "registeredAt": "2023-10-24T21:03:57.530Z",
        "registeredBy": "arn:aws:iam::1:root",
        "networkMode": None,
        "volumes": [],
    }
    tags = [{"key": "team", "value": "a"}]
    made = parse({"taskDefinition": inner, "tags": tags} if wrap else inner | {"tags": tags})
    assert made == parse(task(tags=tags))
    assert made.tags == (("team", "a"),)


def test_the_source_is_one_text_however_the_file_is_written() -> None:
    document = everything()
    shuffled = json.dumps(dict(reversed(document.items())), indent=3)
    assert parse(shuffled).digest == parse(document).digest
    assert parse("\ufeff" + shuffled.replace("\n", "\r\n")).digest == parse(document).digest
    assert parse(shuffled.encode("utf-8-sig")).source == parse(document).source
    assert parse(task(cpu=1)).digest != parse(task(cpu=2)).digest


def test_a_stored_source_loads_to_the_same_definition() -> None:
    made = parse(everything())
    assert load(made.source) == made
    assert parse(made.source) == made


# -- said of a wrong one --------------------------------------------------------------------------------------------------


def test_everything_wrong_is_told_at_once_each_with_its_path() -> None:
    message = refusal(
        task(
            container("a", imgae="x", portMapings=[]),
            container("b", healthCheck={"comand": ["CMD", "true"], "interval": 30}),
        )
        | {"netwrokMode": "bridge"}
    )
    assert message.splitlines() == [
        "4 problems:",
        "- containerDefinitions[0].imgae: unknown key; did you mean image?",
        "- containerDefinitions[0].portMapings: unknown key; did you mean portMappings?",
        "- containerDefinitions[1].healthCheck.comand: unknown key; did you mean command?",
        "- netwrokMode: unknown key; did you mean networkMode?",
    ]


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ('{"family": }', 'It is not valid JSON at line 1, column 12: expecting value, at "}".'),
        ('{"family": $NAME}', "That is a template's placeholder: fill it in first."),
        ("[" * 100_000, "It is nested too deeply."),
        ('{"family": ' + "[" * 101 + "]" * 101 + "}", "It is nested too deeply."),
        ("9" * 5000, "A number in it has 5000 digits."),
        ('{"family": NaN}', "NaN is not a number in JSON."),
        ('{"family": 1e400}', '"1e400" is larger than any number can be.'),
        ('{"family": "\\ud800"}', "family: holds half a character (a lone surrogate)."),
        ('{"\\ud800": 1}', "the document: a key holds half a character (a lone surrogate)."),
        ('{"family": "a", "family": "b"}', "family: is given more than once."),
        (
            '{"a": [{"b": 1}, {"b": 1, "b": 2}], "c": {"d": 1, "d": 1}}',
            "c.d: is given more than once. a[1].b: is given more than once.",
        ),
        ('{"family": "a",\n}', 'at "}". Take out the comma before it.'),
        ('{"containerDefinitions": [1, ]}', 'at "]}". Take out the comma before it.'),
        ('{"family": "a" // mine\n}', "JSON has no comments: take it out."),
        ('{"family": "a", # mine\n}', "JSON has no comments: take it out."),
        ("{'family': 'a'}", "Texts and keys stand in double quotes."),
        ('{"cpu": integer}', "Only true, false and null stand bare; is this still to be filled in?"),
        ("{cpu: 1}", "Texts and keys stand in double quotes."),
        ('{"family": "a,\n "cpu": 1}', "A text ends on its own line; is its closing quote missing?"),
        ('{"family": "a\0"}', "Control characters are written with a backslash, as in \\t or \\u0000."),
        (
            '{"family": "a"} {"family": "b"}',
            "There is more after the end of the JSON; one file holds one object.",
        ),
        ("# mine\n\nfamily: web\ncpu: 1\n", "It is not JSON; it looks like YAML."),
        ("---\nfamily: web\n", "It is not JSON; it looks like YAML."),
        (b"a\xff", "The file is not UTF-8 text (byte 1)."),
        (
            '{"family": "a"}'.encode("utf-16"),
            "The file is UTF-16 text, as PowerShell writes it: save it as UTF-8.",
        ),
        ('{"family": "a"}'.encode("utf-16-be"), "The file is UTF-16 text"),
        ("[]", "The JSON must be an object with family and containerDefinitions."),
        (json.dumps([task(), task()]), "The file holds a list of 2; one file holds one task definition."),
        (json.dumps([container()]), "The file holds a list of containers; a task definition is an object"),
        ("", "It is not valid JSON at line 1, column 1: expecting value. The text is empty."),
        (" " * 2_000_000, "larger than 1 MiB"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_text_that_is_no_json_object(document: str | bytes, sentence: str) -> None:
    assert sentence in refusal(document)


def test_a_number_out_of_bounds_hides_nothing_else() -> None:
    message = refusal(
        task(container("a", memory=-1, portMappings=[{"containerPort": 70_000}]), container("b", image=""))
    )
    assert message.splitlines() == [
        "3 problems:",
        "- containerDefinitions[0].memory: must be from 0 to 16777216, not -1.",
        "- containerDefinitions[0].portMappings[0].containerPort: must be from 0 to 65535, not 70000.",
        "- containerDefinitions[1].image: Container.image should not be null or empty (container 'b').",
    ]


def test_what_is_far_too_large_is_not_looked_into() -> None:
    """Rules compare many with many; a megabyte of mounts took the engine's one thread for minutes."""
    mounts = [{"sourceVolume": "x", "containerPath": "/a"}] * 10_000
    message = refusal(task(container(mountPoints=mounts), volumes=[{"name": f"v{n}"} for n in range(5000)]))
    assert message.endswith(" bytes of JSON; ECS takes at most 65536 (64 KiB).")
    assert len(message.splitlines()) == 1


def test_names_are_judged_also_beside_what_can_t_be_read() -> None:
    message = refusal(
        task(container(image="<IMAGE>"), networkMode="{{mode}}", family="{{family}}", cpu=[]),
    )
    assert message.splitlines() == [
        "4 problems:",
        '- networkMode: "{{mode}}" (a placeholder: fill it in first) is not one of bridge, host, awsvpc, none.',
        "- cpu: must be a text, not a list.",
        '- family: "{{family}}" (a placeholder: fill it in first) may hold only letters, digits, - and _ (at most 255).',
        "- containerDefinitions[0].image: Invalid setting for container 'web'. 'image' \"<IMAGE>\" is a placeholder: put the image's name in its place.",
    ]


PORT: Final = {"containerPort": 80}
FARGATE: Final = {
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
}
WHERE_SECRETS_ARE: Final = (
    "secrets: a local secret is a file of that name in the folder secrets beside the config, or DOCKYARD_SECRET_ and its"
    " name in capitals in the engine's environment, unless [secrets] in the config names its source."
)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (
            task(container(memory="lots")),
            'containerDefinitions[0].memory: must be a whole number, not "lots".',
        ),
        (task(container(memory=-1)), "containerDefinitions[0].memory: must be from 0 to 16777216, not -1."),
        (
            task(container(memory=1e300)),
            "must be from 0 to 16777216, not 100000000000000005250476025520442024870….",
        ),
        (task(container(memory="１２")), 'must be a whole number, not "１２" (U+FF11 FULLWIDTH DIGIT ONE).'),
        (
            task(networkMode="h\u043est"),
            '"h\u043est" (U+043E CYRILLIC SMALL LETTER O) is not one of bridge, host, awsvpc, none; did you mean host?',
        ),
        (
            task() | {"n\u0435tworkMode": "host"},
            "n\u0435tworkMode (U+0435 CYRILLIC SMALL LETTER IE): unknown key; did you mean networkMode?",
        ),
        (task() | {"x" * 999: 1}, f"{'x' * 39}…: unknown key."),
        (
            task(container(dockerLabels={"a\0b": "c"})),
            "containerDefinitions[0].dockerLabels: a key must not hold a zero byte.",
        ),
        (
            task(container(dockerLabels={"": "c"})),
            "containerDefinitions[0].dockerLabels: a key must not be empty.",
        ),
        (task(cpu="9" * 500 + " vCPU"), f'"{"9" * 39}…": units such as 256, or 1 vCPU.)'),
        (task(memory="9" * 500 + " GB"), "Invalid 'memory' setting for task."),
        (task(container(command="serve")), 'containerDefinitions[0].command: must be a list, not "serve".'),
        (
            task(container(privileged="maybe")),
            'containerDefinitions[0].privileged: must be true or false, not "maybe".',
        ),
        (
            task(container(portMappings=[{"containerPort": 70000}])),
            "portMappings[0].containerPort: must be from 0 to",
        ),
        (
            task(container(dockerLabels=[])),
            "containerDefinitions[0].dockerLabels: must be an object, not a list.",
        ),
        (
            task(networkMode="awsvcp"),
            '"awsvcp" is not one of bridge, host, awsvpc, none; did you mean awsvpc?',
        ),
        ({"family": "web"}, "containerDefinitions: is missing."),
        ({"family": "web", "containerDefinitions": []}, "Container list cannot be empty."),
        (
            task(family="my app"),
            'family: "my app" (U+0020 SPACE) may hold only letters, digits, - and _ (at most 255).',
        ),
        (task(container(essential=False)), "Task definition doesn't have any essential container."),
        (
            task({"name": "web", "image": "nginx"}),
            "At least one of 'memory' or 'memoryReservation' must be specified",
        ),
        (
            task(container(memory=8, memoryReservation=9)),
            "'memory' must be greater than or equal to 'memoryReservation'.",
        ),
        (task({"image": "nginx", "memory": 9}), "Container.name should not be null or empty."),
        (
            task({"name": "web", "memory": 9}),
            "Container.image should not be null or empty (container 'web').",
        ),
        (
            task(container(image="<IMAGE>")),
            "'image' \"<IMAGE>\" is a placeholder: put the image's name in its place.",
        ),
        (
            task(container(image="Nginx:1")),
            "'image' \"Nginx:1\" is not an image name that Docker can read: lower case is wanted; is it still",
        ),
        (
            task(container(image="https://hub.example/web")),
            "take out what stands before the registry's name.",
        ),
        (
            task(container(image="ng\u0456nx")),
            "can read (U+0456 CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I).",
        ),
        (task(family="a\x1b[31m"), "(U+001B) may hold only letters, digits, - and _ (at most 255)."),
        (task(container(image="-web")), "'image' \"-web\" is not an image name that Docker can read."),
        (
            task(container("x" * 999)),
            f"'{'x' * 39}…'. Its name may hold only letters, digits, - and _ (at most 255).",
        ),
        (
            task(container(), {"image": "a", "memory": 9}),
            "containerDefinitions[1].name: Container.name should not be null",
        ),
        (
            task(container(portMappings=[{"containerPort": 80, "hostPort": 81}]), networkMode="host"),
            "When networkMode=host, the host ports and container ports in port mappings must match",
        ),
        (
            task(container(portMappings=[{"hostPort": 80}])),
            "Invalid 'containerPort' setting for container 'web'.",
        ),
        (task(container(portMappings=[PORT]), networkMode="none"), "'portMappings' need a network"),
        (task(container(portMappings=[{"containerPortRange": "9-8"}])), "is not a range such as 8000-8010"),
        (
            task(cpu="fast"),
            "Invalid 'cpu' setting for task. For more information, see the Troubleshooting section",
        ),
        (task(cpu="0"), "Invalid 'cpu' setting for task."),
        (task(memory="2 MB"), "Invalid 'memory' setting for task."),
        (task(container(cpu=512), cpu="256"), "its containers ask for 512 units together, the task has 256."),
        (
            task(container(memory=512), memory="256"),
            "its containers ask for 512 MiB together, the task has 256.",
        ),
        (task(requiresCompatibilities=["FARGATE"]), "Fargate only supports network mode 'awsvpc'."),
        (
            task(requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu="256", memory="1536"),
            "No Fargate configuration exists for given values: 256 CPU, 1536 memory.",
        ),
        (
            task(
                requiresCompatibilities=["FARGATE"],
                networkMode="awsvpc",
                pidMode="host",
                cpu="256",
                memory="512",
            ),
            "Tasks using the Fargate launch type do not support pidMode 'host'.",
        ),
        (
            task(container(dependsOn=[{"containerName": "wbe", "condition": "START"}])),
            (
                "containerDefinitions[0].dependsOn[0].containerName: Cannot depend on container 'wbe' because it does not exist (did"
                " you mean web?)."
            ),
        ),
        (
            task(container(volumesFrom=[{"sourceContainer": "web2"}, {"sourceContainer": "db"}])),
            "containerDefinitions[0].volumesFrom[1].sourceContainer: Cannot depend on container 'db'",
        ),
        (
            task(container(), container("b", dependsOn=[{"containerName": "web", "condition": "SUCCESS"}])),
            "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container ('web').",
        ),
        (
            task(container(), container("b", dependsOn=[{"containerName": "web", "condition": "HEALTHY"}])),
            "A dependency container with HEALTHY condition must have health check configured ('web').",
        ),
        (
            task(
                container("a", links=["b"]),
                container("b", dependsOn=[{"containerName": "c", "condition": "START"}]),
                container("c", volumesFrom=[{"sourceContainer": "a"}]),
            ),
            "Containers must not depend on each other in a ring: a → b → c → a.",
        ),
        (
            task(container(stopTimeout=1)),
            "Granular stop timeout on container 'web' must be at least 2 seconds.",
        ),
        (
            task(container(logConfiguration={"logDriver": "loki"})),
            "loki is not a valid log driver. Must be one of [json-file, local, syslog,",
        ),
        (
            task(container(logConfiguration={"logDriver": "awslogs", "options": {}})),
            "Log driver awslogs requires options: awslogs-region, awslogs-group",
        ),
        (task(container(**log("gelf"))), "Log driver gelf requires options: gelf-address (container 'web')."),
        (
            task(container(**log("splunk", **{"splunk-url": "x"}))),
            "Log driver splunk requires options: splunk-url, splunk-token (container 'web').",
        ),
        (task(container(links=["web2"]), networkMode="host"), "'links' need networkMode bridge, not host."),
        (
            task(container(hostname="h"), networkMode="awsvpc"),
            "'hostname' is not supported with networkMode awsvpc.",
        ),
        (
            task(container("a_b"), container("ab")),
            "Container names must be unique, also without '_': a_b, ab.",
        ),
        (task(container("internalecspause")), "The container name 'internalecspause' is reserved."),
        (
            task(*(container(f"c{n}") for n in range(11))),
            "A task definition holds at most 10 containers, not 11.",
        ),
        (
            task(container(healthCheck={"command": ["true"]})),
            "'healthCheck.command' must begin with CMD or CMD-SHELL",
        ),
        (
            task(
                container(mountPoints=[{"sourceVolume": "dta", "containerPath": "/d"}]),
                volumes=[{"name": "data"}],
            ),
            'mountPoint names the unknown volume "dta"; volumes: data.',
        ),
        (
            task(volumes=[{"name": "v", "host": {"sourcePath": "/x"}, "dockerVolumeConfiguration": {}}]),
            'volumes[0]: "v" has more than one kind: dockerVolumeConfiguration, host.',
        ),
        (
            task(
                volumes=[{"name": "v", "dockerVolumeConfiguration": {"scope": "task", "autoprovision": True}}]
            ),
            "autoprovision goes with scope shared only.",
        ),
        (
            task(volumes=[{"name": "v", "efsVolumeConfiguration": {"rootDirectory": "/a"}}]),
            'volumes[0].efsVolumeConfiguration.fileSystemId: "v": is missing.',
        ),
        (
            task(
                volumes=[
                    {
                        "name": "v",
                        "efsVolumeConfiguration": {"fileSystemId": "fs-1", "rootDirectory": "/a/../b"},
                    }
                ]
            ),
            '"/a/../b" must be an absolute path, without "..".',
        ),
        (task(volumes=[{"name": "v", "configuredAtLaunch": True}]), "there are no EBS volumes here"),
        (task(proxyConfiguration={"type": "APPMESH", "containerName": "envoy"}), "there is no App Mesh here"),
        (
            task(runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}),
            "Dockyard runs Linux containers.",
        ),
        (
            task(container(dockerSecurityOptions=["credentialspec:x"])),
            "credentialspec can't be served: credential specs (gMSA) are for Windows",
        ),
        (
            task(container(resourceRequirements=[{"type": "NeuronDevice", "value": "1"}])),
            "resourceRequirements of type NeuronDevice can't be served; GPU can.",
        ),
        (
            task(container(firelensConfiguration={"type": "fluentbit"})),
            "without its log router (web) the task has no essential container.",
        ),
        (
            task(
                container(
                    environment=[{"name": "A", "value": "1"}], secrets=[{"name": "A", "valueFrom": "a"}]
                )
            ),
            'The secret name "A" must be unique among secrets and environment.',
        ),
        *(
            (task(container(**wrong)), f"Invalid setting for container 'web'. {sentence}")
            for wrong, sentence in NO_HOST_RUNS
        ),
        (
            task(
                container(
                    mountPoints=[{"sourceVolume": "v", "containerPath": path} for path in ("/a/", "//a/b/..")]
                ),
                volumes=[{"name": "v"}],
            ),
            '"/a" is mounted 2 times.',
        ),
        (
            task(container(**linux(tmpfs=[{"containerPath": p, "size": 1} for p in ("/x", "/x/")]))),
            '"/x" is mounted 2 times.',
        ),
        (
            task(volumes=[{"name": "v", "dockerVolumeConfiguration": {"scope": "shared"}}]),
            'volumes[0].name: "v": Docker wants two characters or more, the first a letter or a digit, where scope is shared.',
        ),
        (
            task(container(healthCheck={"command": ["CMD", "x"], "interval": 0})),
            "healthCheck.interval: must be from 1 to 2147483647, not 0.",
        ),
        (
            task(container(environment=[{"name": "A=B", "value": "1"}])),
            "can't be the name of an environment variable",
        ),
        (
            task(container(systemControls=[{"namespace": "vm.swappiness", "value": "1"}])),
            'systemControls can\'t set "vm.swappiness"',
        ),
        (task(container(command=["x" * 70_000])), "bytes of JSON; ECS takes at most 65536 (64 KiB)."),
        (
            task(
                container("a", portMappings=[PORT]), container("b", portMappings=[PORT]), networkMode="awsvpc"
            ),
            "portMappings: 80/tcp is mapped 2 times; a task can have it once.",
        ),
        (
            task(container(portMappings=[{"containerPortRange": "80-90"}, {"containerPort": 85}])),
            (
                "containerDefinitions[0].portMappings[1]: Invalid setting for container 'web'. Port 85/tcp is in portMappings[0]"
                " as well; a port can be in one mapping only beside a containerPortRange."
            ),
        ),
        (
            task(
                container(portMappings=[{"containerPortRange": f"{n}-{n + 1}"} for n in range(1000, 1202, 2)])
            ),
            "At most 100 containerPortRanges are allowed, not 101.",
        ),
        (
            task(container(portMappings=[PORT | {"name": "-http"}])),
            "containerDefinitions[0].portMappings[0].name: Invalid setting for container 'web'. The port's name \"-http\" may",
        ),
        (
            task(container(environmentFiles=[{"type": "s3", "value": "arn:aws:s3:::b/web.txt"}])),
            (
                "environmentFiles[0].value: Invalid setting for container 'web'. The environment file \"arn:aws:s3:::b/web.txt\""
                " must end in .env."
            ),
        ),
        (
            task(container(environmentFiles=[{"type": "s3", "value": f"{n}.env"} for n in range(11)])),
            "At most 10 environmentFiles are allowed, not 11.",
        ),
        (
            task(container(restartPolicy={"enabled": True, "ignoredExitCodes": list(range(51))})),
            "At most 50 ignoredExitCodes are allowed, not 51.",
        ),
        *(
            (
                task(container(**wrong), **FARGATE),
                f"containerDefinitions[0].{member}: Invalid setting for container 'web'. {sentence} Nothing here needs FARGATE",
            )
            for wrong, member, sentence in (
                ({"privileged": True}, "privileged", "Fargate does not support privileged."),
                (
                    linux(tmpfs=[{"containerPath": "/x", "size": 1}]),
                    "linuxParameters.tmpfs",
                    "Fargate does not support tmpfs.",
                ),
                (
                    linux(sharedMemorySize=64),
                    "linuxParameters.sharedMemorySize",
                    "Fargate does not support sharedMemorySize.",
                ),
                (
                    {"stopTimeout": 121},
                    "stopTimeout",
                    "Fargate takes a stopTimeout of at most 120 seconds, not 121.",
                ),
                (
                    linux(capabilities={"add": ["NET_ADMIN"]}),
                    "linuxParameters.capabilities.add",
                    "Fargate adds no capability but SYS_PTRACE.",
                ),
            )
        ),
        (task(ipcMode="host", **FARGATE), "ipcMode: Fargate does not support ipcMode."),
        (task(ephemeralStorage={"sizeInGiB": 20}, **FARGATE), "Fargate takes 21 to 200 GiB, not 20."),
        (
            task(volumes=[{"name": "v", "host": {"sourcePath": "/x"}}], **FARGATE),
            "volumes[0]: Fargate supports neither host.sourcePath nor dockerVolumeConfiguration.",
        ),
        (task(tags=[{"key": "AWS:x"}]), "aws: prefixed tag key names are not allowed for external use."),
        (task(tags=[{"key": "a"}, {"key": "a"}]), 'tags: the key "a" is given 2 times.'),
        (
            task(placementConstraints=[{"type": "memberOf"}]),
            "placementConstraints[0].expression: must have 1 to 2000",
        ),
    ],
    ids=lambda value: value[:50] if isinstance(value, str) else "",
)
def test_a_wrong_definition_is_refused_in_words(document: Json, sentence: str) -> None:
    assert sentence in refusal(document)


def test_what_hosts_do_run_is_taken() -> None:
    made = parse(
        task(
            container(
                **ulimits(("nofile", 1, -1), ("core", -1, -1), ("nproc", 0, 0)),
                **linux(
                    capabilities={"add": ["ALL", "sys_admin"], "drop": ["CAP_CHOWN"]},
                    tmpfs=[{"containerPath": "/x", "size": 1, "mountOptions": ["mode=755", "ro"]}],
                ),
                dnsServers=["::1", "1.1.1.1"],
                extraHosts=[{"hostname": "gate", "ipAddress": "host-gateway"}],
                dockerSecurityOptions=["label:user:x", "apparmor=y", "no-new-privileges:true"],
                logConfiguration={
                    "logDriver": "splunk",
                    "options": {"splunk-url": "x"},
                    "secretOptions": [{"name": "splunk-token", "valueFrom": "token"}],
                },
            )
        )
    )
    assert made.warnings == (
        (
            "container web: log driver splunk: `task logs` shows the copy that Docker keeps on the host, its newest 100 MB at"
            " most."
        ),
        "container web: log option splunk-token is the local secret token.",
        WHERE_SECRETS_ARE,
    )


def test_every_problem_is_told_with_a_path_that_ecs_has() -> None:
    wrong = container(
        "a b",
        image="UPPER",
        memory=4,
        memoryReservation=8,
        portMappings=[{"containerPort": 0}, {"containerPortRange": "9-1"}],
        dependsOn=[{"containerName": "gone", "condition": "START"}],
        environmentFiles=[{"type": "s3", "value": "x"}],
        mountPoints=[{"sourceVolume": "gone", "containerPath": "x"}],
        ulimits=[{"name": "nofile", "softLimit": 2, "hardLimit": 1}],
        logConfiguration={"logDriver": "lumber"},
        healthCheck={"command": ["x"], "interval": 0},
        credentialSpecs=["x"],
        stopTimeout=1,
        unknown=1,
    )
    document = task(
        wrong, family="a b", cpu="lots", volumes=[{"name": "v", "configuredAtLaunch": True}, {"name": "v"}]
    )
    lines = refusal(document).splitlines()
    assert lines[0] == f"{len(lines) - 1} problems:"
    assert len(lines) > 18
    for line in lines[1:]:
        path = line.removeprefix("- ").partition(": ")[0]
        shape = ecs().operation_model("RegisterTaskDefinition").input_shape
        for part in path.split("."):
            name, bracket, _ = part.partition("[")
            if name == "unknown":
                break
            assert name in shape.members, line
            shape = shape.members[name]
            shape = shape.member if bracket else shape


# -- forgiven and adapted -------------------------------------------------------------------------------------------------


def test_plain_slips_are_read_as_meant_and_told() -> None:
    made = parse(
        task(
            container(
                memory="128",
                privileged="true",
                environment=[{"name": "PORT", "value": 8080}],
                portMappings=[{"containerPort": "80", "protocol": "TCP"}],
                dnsServers=None,
            )
        )
    )
    web = made.containers[0]
    assert (web.memory_mib, web.privileged, web.environment) == (128, True, (("PORT", "8080"),))
    assert (web.port_mappings[0].container_port, web.port_mappings[0].protocol) == (80, "tcp")
    assert 'containerDefinitions[0].memory: "128" is read as the number 128.' in made.warnings
    assert len(made.warnings) == 4


def test_awsvpc_ports_leave_the_host_free_and_the_json_as_it_was() -> None:
    document = task(container(portMappings=[PORT]), networkMode="awsvpc", requiresCompatibilities=["FARGATE"])
    made = parse(document | {"cpu": "256", "memory": "512"})
    assert made.needs_pause
    assert made.static_ports == ()
    assert json.loads(made.source)["containerDefinitions"][0]["portMappings"][0]["hostPort"] == 80
    assert any(sentence.startswith("networkMode awsvpc: ") for sentence in made.warnings)
    assert "requiresCompatibilities FARGATE: the task runs on any capacity of its cluster." in made.warnings


def test_static_ports_are_what_the_file_names() -> None:
    ports = [
        {"containerPort": 80, "hostPort": 8080},
        {"containerPort": 53, "protocol": "udp", "hostPort": 53},
        PORT,
    ]
    made = parse(task(container(portMappings=ports)))
    # The dynamic mapping reserves nothing.
    assert made.static_ports == (HostPort(53, "udp"), HostPort(8080, "tcp"))
    host = parse(task(container(portMappings=[{"containerPort": 9090}]), networkMode="host"))
    assert host.static_ports == (HostPort(9090, "tcp"),)


def test_aws_logs_become_rotated_files_and_the_log_router_stays_away() -> None:
    router = container("router", firelensConfiguration={"type": "fluentbit"})
    app = container(
        "app",
        logConfiguration={"logDriver": "awsfirelens", "options": {"Name": "es"}},
        dependsOn=[{"containerName": "router", "condition": "START"}],
    )
    cloud = container(
        "cloud",
        logConfiguration={
            "logDriver": "awslogs",
            "options": {"awslogs-group": "g", "awslogs-region": "r", "mode": "non-blocking"},
        },
    )
    made = parse(task(router, app, cloud))
    assert [c.name for c in made.containers] == ["app", "cloud"]
    assert made.containers[0].depends_on == ()
    assert made.containers[1].log_configuration.driver == "json-file"
    assert dict(made.containers[1].log_configuration.options) == {
        "max-buffer-size": "10m",
        "max-file": "3",
        "max-size": "10m",
        "mode": "non-blocking",
    }
    assert any(
        "container router: firelensConfiguration: there is no FireLens" in sentence
        for sentence in made.warnings
    )
    assert len(json.loads(made.source)["containerDefinitions"]) == 3


@pytest.mark.parametrize(
    ("driver", "given", "kept"),
    [
        ("awslogs", {"max-buffer-size": "25m"}, {}),
        ("awslogs", {"mode": "blocking", "max-buffer-size": "25m"}, {}),
        ("awslogs", {"mode": "Non-Blocking"}, {}),
        ("awslogs", {"mode": "non-blocking", "max-buffer-size": "25MB"}, {"max-buffer-size": "25MB"}),
        ("awslogs", {"mode": "non-blocking", "max-buffer-size": "lots"}, {"max-buffer-size": "10m"}),
        ("awsfirelens", {"mode": "tcp"}, {}),
        ("json-file", {"max-file": "9"}, {"max-file": "9"}),
        ("json-file", {"tag": "x"}, {"tag": "x"}),
    ],
)
def test_docker_is_given_log_options_that_it_takes(
    driver: str, given: dict[str, str], kept: dict[str, str]
) -> None:
    """Docker refuses a buffer without non-blocking delivery, and a mode that it does not know."""
    needed = {"awslogs-group": "g", "awslogs-region": "r"} if driver == "awslogs" else {}
    made = parse(task(container(**log(driver, **needed, **given))))
    mode = {"mode": "non-blocking"} if "max-buffer-size" in kept else {}
    assert (
        dict(made.containers[0].log_configuration.options)
        == {"max-file": "3", "max-size": "10m"} | mode | kept
    )
    assert len(made.warnings) == 1


def test_whose_logs_are_rotated_unasked_is_told() -> None:
    made = parse(task(container(**log("json-file", **{"max-file": "9"}))))
    assert made.warnings == (
        "container web: log driver json-file: 9 files of 10m are kept; max-size and max-file say otherwise.",
    )
    assert parse(task(container(**log("json-file", **{"max-size": "9m"})))).warnings == ()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (log("journald", tag="x"), ""),
        (log("local", **{"max-size": "5m", "compress": "false"}), ""),
        (log("syslog"), "log driver syslog: `task logs` shows the copy that Docker keeps on the host"),
        (log("fluentd", **{"cache-disabled": "true"}), "with cache-disabled Docker keeps no copy, and `task logs`"),
        (log("gelf", **{"gelf-address": "udp://x:1", "cache-disabled": "false"}), "shows the copy that Docker keeps"),
        (log("none"), "log driver none: nothing is kept, and `task logs` has nothing to show."),
    ],
)  # fmt: skip
def test_whose_logs_can_t_be_read_as_ever_is_told(given: Json, told: str) -> None:
    made = parse(task(container(**given)))
    assert len(made.warnings) == bool(told)
    assert told in "".join(made.warnings)
    driver = given["logConfiguration"]["logDriver"]
    wanted = f"com.amazonaws.ecs.capability.logging-driver.{driver}"
    assert [a.name for a in made.required_attributes] == [wanted] * (driver != "none")


def test_a_secret_in_json_is_told_by_its_key() -> None:
    arn = "arn:aws:secretsmanager:eu-west-1:1:secret:db-AbCdEf:password::"
    made = parse(task(container(secrets=[{"name": "PASSWORD", "valueFrom": arn}])))
    assert made.warnings == (
        "container web: secret PASSWORD is the key password in the JSON of the local secret db-AbCdEf or db.",
        WHERE_SECRETS_ARE,
    )


def test_what_a_host_may_lack_is_a_required_attribute() -> None:
    made = parse(everything())
    assert made.required_attributes == (
        RequiredAttribute("com.amazonaws.ecs.capability.logging-driver.journald"),
        RequiredAttribute("ecs.capability.docker-plugin.rexray"),
        RequiredAttribute("ecs.cpu-architecture", "arm64"),
    )
    assert parse(task()).required_attributes == ()


def test_volumes_and_constraints_are_transcribed() -> None:
    made = parse(everything())
    assert [(volume.name, volume.kind) for volume in made.volumes] == [
        ("data", VolumeKind.HOST),
        ("scratch", VolumeKind.TASK),
        ("kept", VolumeKind.SHARED),
    ]
    assert made.placement_constraints == (
        PlacementConstraint(ConstraintType.MEMBER_OF, "attribute:zone == a"),
    )
    assert hash(made) == hash(parse(everything()))


# -- nothing gets through -------------------------------------------------------------------------------------------------

RUN: Final = RunContext(
    installation="i",
    instance="n",
    cluster="c",
    task="t",
    secrets=defaultdict(str),
    env_files=defaultdict(tuple),
    host_ranges=defaultdict(lambda: 61000),
)

JSON: Final = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 99_999)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(("web", "\ud800", "\0")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


@settings(deadline=None)
@given(st.data())
def test_a_damaged_definition_is_taken_or_refused_never_a_crash(data: st.DataObject) -> None:
    document = copy.deepcopy(everything())
    for _ in range(data.draw(st.integers(1, 3))):
        *outer, last = data.draw(st.sampled_from(places(document)))
        holder: Any = document
        for key in outer:
            holder = holder[key]
        if data.draw(st.booleans()):
            holder[last] = data.draw(JSON)
        else:
            del holder[last]
    try:
        made = parse(document)
    except Refused:
        return
    assert load(made.source).digest == made.digest
    for name in (PAUSE_CONTAINER, *(c.name for c in made.containers)):
        assert json.dumps(create_body(made, name, RUN))


def longest(document: str | bytes | Json) -> int:
    """The length of a refusal's longest line; 0 for what is taken."""
    try:
        parse(document)
    except Refused as refused:
        return max(map(len, refused.message.splitlines()))
    return 0


LONG: Final = "x" * 5000


@pytest.mark.parametrize(
    "value", [LONG, f"/{LONG}", [LONG], {LONG: 1}], ids=["text", "path", "list", "object"]
)
def test_a_refusal_is_short_whatever_stands_where(value: Any) -> None:
    for *outer, last in places(everything()):
        document = copy.deepcopy(everything())
        holder: Any = document
        for key in outer:
            holder = holder[key]
        holder[last] = value
        assert longest(document) < 400


#: What people put into a file that is nearly JSON.
SLIPS: Final = st.sampled_from(
    (
        ",",
        "}",
        "]",
        '"',
        "'",
        "//",
        "#",
        "\0",
        "\n",
        "\ufeff",
        "\u0435",
        "NaN",
        "1e999",
        "---",
        "{{x}}",
        "\\ud800",
        "[" * 200,
    )
)


@settings(deadline=None)
@given(st.data())
def test_any_text_at_all_is_answered_in_words(data: st.DataObject) -> None:
    text = json.dumps(everything(), indent=1)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(SLIPS | st.text(max_size=5)) + text[at + data.draw(st.integers(0, 3)) :]
    assert longest(text if data.draw(st.booleans()) else text.encode(errors="replace")) < 400


@settings(deadline=None)
@given(JSON)
def test_any_json_at_all_is_answered_in_words(document: Any) -> None:
    assert refusal(json.dumps(document))
