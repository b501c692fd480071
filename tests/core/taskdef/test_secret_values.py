"""What a container is created with: names of references, members of JSON secrets, ECS's form of environment files."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

import pytest

from core.errors import ActionFailed
from core.taskdef.parse import parse
from core.taskdef.secret_names import secret_names, without_key
from core.taskdef.secret_values import env_file_pairs, hidden, secret_values
from tests.core.taskdef.samples import container, task

if TYPE_CHECKING:
    from core.model.task_definition import ContainerDefinition

JSON_ARN = "arn:aws:secretsmanager:eu-west-1:1:secret:prod/db-AbCdEf:password::"


def with_secret(value_from: str) -> ContainerDefinition:
    return parse(task(container(secrets=[{"name": "S", "valueFrom": value_from}]))).containers[0]


@pytest.mark.parametrize(
    ("value_from", "names"),
    [
        ("arn:aws:ssm:eu-west-1:1:parameter/db/password", ("db/password",)),
        ("/db/password", ("db/password",)),
        ("token", ("token",)),
        (JSON_ARN, ("prod/db-AbCdEf", "prod/db")),
        ("arn:aws:secretsmanager:eu-west-1:1:secret:plain", ("plain",)),
        ("arn:aws:s3:::bucket/prod/web.env", ("prod/web.env", "web.env")),
        ("arn:aws:s3:::bucket/web.env", ("web.env",)),
        ("arn:aws:ssm:{{region}}", ("arn:aws:ssm:{{region}}",)),
    ],
)
def test_what_a_reference_is_called_here(value_from: str, names: tuple[str, ...]) -> None:
    assert secret_names(value_from) == names


def test_the_reference_without_the_member_of_its_json() -> None:
    assert without_key(JSON_ARN) == JSON_ARN.removesuffix(":password::")
    assert without_key("arn:aws:ssm:eu-west-1:1:parameter/a") == "arn:aws:ssm:eu-west-1:1:parameter/a"


def test_a_member_of_a_json_secret() -> None:
    json_secret = '{"password": "hunter2", "port": 5432}'
    port = JSON_ARN.replace("password", "port")
    assert secret_values(with_secret(JSON_ARN), lambda _: json_secret) == {JSON_ARN: "hunter2"}
    assert secret_values(with_secret(port), lambda _: json_secret) == {port: "5432"}


@pytest.mark.parametrize("value", ["hunter2", '{"other": "hunter2"}', '["hunter2"]'])
def test_a_secret_that_is_not_the_json_it_should_be_is_told_without_its_value(value: str) -> None:
    with pytest.raises(ActionFailed) as caught:
        secret_values(with_secret(JSON_ARN), lambda _: value)
    assert caught.value.name == "ResourceInitializationError"
    assert str(caught.value) == "The secret prod/db is not a JSON object with the key password."
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_values_are_hidden_in_what_others_say() -> None:
    said = "bad value 'hunter2' at line one and at -----BEGIN KEY----- abcdefgh, port 80"
    assert hidden(said, ["80", "hunter2", "-----BEGIN KEY-----\nabcdefgh\n", ""]) == (
        "bad value '(hidden)' at line one and at (hidden) (hidden), port 80"
    )


def test_an_environment_file_is_read_as_ecs_reads_it() -> None:
    text = '# comment\n #=no comment\nA=1\r\n\nB = "2" # kept\nbroken\nEMPTY=\n=nameless\nURL=a=b\x0bc'
    given = {"type": "s3", "value": "arn:aws:s3:::bucket/prod/web.env"}
    made = parse(task(container(environmentFiles=[given])))
    assert env_file_pairs(made.containers[0], lambda _: text) == {
        given["value"]: ((" #", "no comment"), ("A", "1"), ("B ", ' "2" # kept'), ("URL", "a=b\x0bc"))
    }
    assert (
        "container web: the environment file arn:aws:s3:::bucket/prod/web.env is the local secret"
        " prod/web.env or web.env." in made.warnings
    )
