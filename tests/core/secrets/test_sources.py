"""Which source a secret has, what is said when it is not there, and that a folder that others can enter is not used."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.config import SecretRule, parse
from core.errors import ActionFailed
from core.secrets import Commands, SecretSources, variable_name

if TYPE_CHECKING:
    from collections.abc import Mapping

ARN = "arn:aws:secretsmanager:eu-west-1:1:secret:prod/db-AbCdEf"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "secrets"
    (made / "prod").mkdir(parents=True)
    made.chmod(0o700)
    return made


def sources(folder: Path, *rules: SecretRule, environ: Mapping[str, str] | None = None) -> SecretSources:
    return SecretSources(rules, folder, environ or {}, Commands({"PATH": "/usr/bin:/bin"}))


def value(made: SecretSources, value_from: str) -> str:
    return made.value(value_from, time.monotonic() + 20)


def failure(made: SecretSources, value_from: str) -> str:
    with pytest.raises(ActionFailed) as caught:
        value(made, value_from)
    assert caught.value.name == "ResourceInitializationError"
    return str(caught.value)


def test_the_environment_goes_before_the_folder(folder: Path) -> None:
    (folder / "prod/db").write_text("from file\n")
    assert value(sources(folder), ARN) == "from file"
    assert value(sources(folder), "prod/db") == "from file"
    environ = {"DOCKYARD_SECRET_PROD_DB": "from variable"}
    assert value(sources(folder, environ=environ), ARN) == "from variable"
    assert variable_name("prod/db") == "DOCKYARD_SECRET_PROD_DB"


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o701, 0o777])
def test_a_folder_that_others_can_enter_is_refused_with_the_chmod_that_mends_it(
    folder: Path, mode: int
) -> None:
    (folder / "token").write_text("hunter2")
    folder.chmod(mode)
    assert failure(sources(folder), "token") == (
        f"The secrets folder {folder} is open to others (mode {mode:04o}): chmod 700 {folder}."
    )
    folder.chmod(0o700)
    assert value(sources(folder), "token") == "hunter2"


def test_a_missing_secret_is_a_sentence_with_the_ways_out(folder: Path) -> None:
    assert failure(sources(folder), "/nowhere") == (
        f"There is no secret nowhere (for /nowhere): put it in a file of that name in {folder}, set"
        " DOCKYARD_SECRET_NOWHERE for the engine, or name its source in [secrets]."
    )
    assert failure(sources(folder), ARN).startswith(
        f"There is no secret prod/db-AbCdEf or prod/db (for {ARN}): "
    )


def test_no_name_and_no_link_leads_out_of_the_folder(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("hunter2")
    (folder / "link").symlink_to(tmp_path / "outside")
    for name in ("../outside", "link", "prod"):
        assert failure(sources(folder), name).startswith(f"There is no secret {name}")
    assert "can't be read" in failure(sources(folder), "x" * 300)


def test_a_file_that_is_no_text_is_told_without_its_bytes(folder: Path) -> None:
    (folder / "token").write_bytes(b"hunter2\xff")
    assert (
        failure(sources(folder), "token")
        == f"The secret token can't be read from {folder}/token: it is not UTF-8 text."
    )


def test_the_first_rule_that_matches_decides(folder: Path, tmp_path: Path) -> None:
    (folder / "prod/db").write_text("from folder")
    (tmp_path / "hub").write_text("from rule\n")
    (tmp_path / "prod").mkdir()
    (tmp_path / "prod/db").write_text("by name\n")
    one = SecretRule(ARN, file=tmp_path / "hub")
    named = SecretRule("prod/*", file=tmp_path / "{name}")
    assert value(sources(folder, one, named), f"{ARN}:password::") == "from rule"
    assert value(sources(folder, named, one), ARN) == "by name"
    assert value(sources(folder, SecretRule("test/*", env="X")), "prod/db") == "from folder"
    by_arn = SecretRule("arn:*:secret:prod/db-*", env="SECRET_{name}")
    environ = {"SECRET_PROD_DB": "from variable"}
    assert value(sources(folder, by_arn, environ=environ), ARN) == "from variable"


def test_what_a_rule_does_not_find_is_not_looked_for_elsewhere(folder: Path, tmp_path: Path) -> None:
    (folder / "prod").rmdir()
    (folder / "token").write_text("hunter2")
    assert failure(sources(folder, SecretRule("token", env="NOT_THERE")), "token") == (
        'The secret token is not to be had by [secrets."token"]: $NOT_THERE is not set in the engine\'s environment.'
    )
    told = failure(sources(folder, SecretRule("*", file=tmp_path / "{name}")), "../token")
    assert "../token leads out of" in told


def test_a_command_is_given_the_name_or_the_arn_and_no_shell(folder: Path) -> None:
    said = SecretRule("*", command=("printf", "%s|%s", "{name}", "{arn}"))
    assert value(sources(folder, said), "a; $(b)") == "a; $(b)|a; $(b)"
    assert value(sources(folder, said), f"{ARN}:password::") == f"prod/db-AbCdEf|{ARN}"
    assert "-rf would be read as an option" in failure(sources(folder, said), "-rf")


def test_both_names_of_a_secret_are_tried(folder: Path) -> None:
    rule = SecretRule("prod/*", command=("test", "{name}", "=", "prod/db"))
    assert failure(sources(folder, rule), ARN) == (
        f'The secret prod/db-AbCdEf or prod/db (for {ARN}) is not to be had by [secrets."prod/*"]: the command test ended'
        " with 1; run it yourself to see what it says; the command test printed nothing."
    )


def test_the_config_names_sources_in_the_order_in_which_they_are_tried() -> None:
    config = parse(
        b'[secrets."b*"]\ncommand = ["pass", "{name}"]\ntimeout = "5s"\n[secrets."*"]\nfile = "x/{name}"\n',
        Path("/etc/dockyard/config.toml"),
    )
    assert list(config.secrets.values()) == [
        SecretRule("b*", command=("pass", "{name}"), timeout_s=5.0),
        SecretRule("*", file=Path("/etc/dockyard/x/{name}")),
    ]
