"""Local secrets: where they are looked for, and what is said when they are not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.errors import ActionFailed
from core.taskdef.local_secrets import env_file_pairs, local_lookup, secret_values, variable_name
from core.taskdef.parse import parse
from core.taskdef.secret_names import secret_names
from tests.core.taskdef.samples import container, task

if TYPE_CHECKING:
    from pathlib import Path

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
        ("arn:aws:s3:::bucket/prod/web.env", ("web.env",)),
        ("arn:aws:ssm:{{region}}", ("arn:aws:ssm:{{region}}",)),
    ],
)
def test_what_a_reference_is_called_here(value_from: str, names: tuple[str, ...]) -> None:
    assert secret_names(value_from) == names


def test_a_file_in_the_folder_a_variable_before_it_and_a_member_of_json(tmp_path: Path) -> None:
    (tmp_path / "prod").mkdir()
    (tmp_path / "prod/db").write_text('{"password": "from file", "port": 5432}\n')
    lookup = local_lookup(tmp_path, {})
    assert secret_values(with_secret(JSON_ARN), lookup) == {JSON_ARN: "from file"}
    port = JSON_ARN.replace("password", "port")
    assert secret_values(with_secret(port), lookup) == {port: "5432"}
    variable = local_lookup(tmp_path, {"DOCKYARD_SECRET_PROD_DB": '{"password": "from variable"}'})
    assert secret_values(with_secret(JSON_ARN), variable) == {JSON_ARN: "from variable"}
    assert variable_name("prod/db") == "DOCKYARD_SECRET_PROD_DB"


@pytest.mark.parametrize(
    ("value_from", "sentence"),
    [
        (
            "/nowhere",
            "There is no local secret nowhere (for /nowhere): put it in a file of that name in the secrets",
        ),
        ("../outside", "There is no local secret ../outside"),
        (JSON_ARN, "The local secret prod/db is not a JSON object with the key password."),
    ],
)
def test_a_missing_secret_is_a_sentence_with_the_way_out(
    tmp_path: Path, value_from: str, sentence: str
) -> None:
    folder = tmp_path / "secrets"
    (folder / "prod").mkdir(parents=True)
    (folder / "prod/db").write_text("no json")
    (tmp_path / "outside").write_text("not to be read")
    with pytest.raises(ActionFailed) as caught:
        secret_values(with_secret(value_from), local_lookup(folder, {}))
    assert caught.value.name == "ResourceInitializationError"
    assert sentence in str(caught.value)


def test_a_name_that_no_file_can_have_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(
        ActionFailed, match=r"The local secret x+ can't be read from .*: .*File name too long"
    ):
        local_lookup(tmp_path, {})("x" * 300)


def test_an_environment_file_is_read_as_ecs_reads_it(tmp_path: Path) -> None:
    (tmp_path / "web.env").write_text('# comment\nA=1\n\nB = "2" # kept\nbroken\n')
    given = {"type": "s3", "value": "arn:aws:s3:::bucket/prod/web.env"}
    made = parse(task(container(environmentFiles=[given])))
    assert env_file_pairs(made.containers[0], local_lookup(tmp_path, {})) == {
        given["value"]: (("A", "1"), ("B", ' "2" # kept'))
    }
    assert (
        "container web: the environment file arn:aws:s3:::bucket/prod/web.env is the local secret web.env."
        in (made.warnings)
    )
