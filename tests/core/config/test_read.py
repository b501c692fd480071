"""Reading the config: defaults, the example, and errors that name file, table, key and the nearest valid thing."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import (
    CapacityConfig,
    ClusterConfig,
    ConfigFile,
    EngineConfig,
    ImagePull,
    OnQuit,
    UiConfig,
    format_duration,
    parse,
    parse_duration,
    read,
)
from core.config.schema import TOP, Named, Table
from core.errors import ConfigError
from core.model.nfs import NfsExport
from core.model.ports import HostPort

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = Path(__file__).parents[3] / "config.example.toml"
HERE = Path("config.toml")


def problem(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text.encode(), HERE)
    return str(caught.value)


def uncommented(text: str) -> str:
    return re.sub(r'^#(?=[\["a-z])', "", text, flags=re.MULTILINE)


def keys_of(table: Table, heading: str) -> Iterator[tuple[str, str]]:
    for key, spec in table.keys.items():
        if isinstance(spec.read, Table):
            yield from keys_of(spec.read, f"{heading}.{key}")
        else:
            yield heading, key


# -- the example -------------------------------------------------------------------------------------------------------


def test_the_example_as_it_stands_is_the_defaults() -> None:
    config = read(EXAMPLE)
    assert config.engine == EngineConfig()
    assert config.ui == UiConfig()
    assert config.clusters == {"default": ClusterConfig("default")}
    assert config.capacity == {"local": CapacityConfig("local", "unix:///var/run/docker.sock")}


def test_everything_commented_out_in_the_example_can_be_uncommented() -> None:
    config = parse(uncommented(EXAMPLE.read_text()).encode(), EXAMPLE)
    edge = config.capacity["edge-1"]
    assert edge.attributes == (("disk", "ssd"), ("zone", "a"))
    assert edge.reserve == CapacityConfig("x", "sim://x").reserve, "the reserve it shows is the default"
    assert config.capacity["edge-2"].tls is not None
    assert config.ui.keys == {"service.scale": ("S",), "remove": ("X", "ctrl+k")}
    assert len(config.registries) == 4


def test_every_key_of_the_schema_is_in_the_example() -> None:
    text = EXAMPLE.read_text()
    for name, spec in TOP.items():
        table = spec.table if isinstance(spec, Named) else spec
        for heading, key in keys_of(table, name):
            assert re.search(rf"^(?:#?{key} = |#?\[{heading}[].])", text, re.MULTILINE), f"{heading}.{key}"


# -- where it is -------------------------------------------------------------------------------------------------------


def test_it_is_looked_for_as_named_then_in_the_environment_then_in_the_xdg_folder(tmp_path: Path) -> None:
    for name in ("named", "environ", "xdg"):
        (tmp_path / name / "dockyard").mkdir(parents=True)
        (tmp_path / name / "dockyard" / "config.toml").write_text(f"[clusters.{name}]\n")
    environ = {
        "DOCKYARD_CONFIG": str(tmp_path / "environ/dockyard/config.toml"),
        "XDG_CONFIG_HOME": str(tmp_path / "xdg"),
    }
    assert list(read(tmp_path / "named/dockyard/config.toml", environ).clusters) == ["named"]
    assert list(read(None, environ).clusters) == ["environ"]
    del environ["DOCKYARD_CONFIG"]
    assert list(read(None, environ).clusters) == ["xdg"]


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    missing = str(tmp_path / "no.toml")
    for named, environ in ((Path(missing), {}), (None, {"DOCKYARD_CONFIG": missing})):
        with pytest.raises(ConfigError, match=r"no\.toml: there is no such file"):
            read(named, environ)


def test_without_a_file_the_local_docker_is_the_default_clusters_capacity(tmp_path: Path) -> None:
    path = tmp_path / "docker.sock"
    environ = {"XDG_CONFIG_HOME": str(tmp_path), "DOCKER_HOST": f"unix://{path}"}
    without = read(None, environ)
    assert list(without.clusters) == ["default"]
    assert without.capacity == {}

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        config = read(None, environ)
    assert config.capacity == {"local": CapacityConfig("local", f"unix://{path}")}
    assert not config.from_file
    assert config.stamp != without.stamp


def test_a_file_that_is_read_again_is_parsed_only_when_it_says_something_else(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[clusters.one]\n")
    file = ConfigFile(path)
    first = file.read()
    assert file.read() is first
    path.write_text("[clusters.two]\n")
    assert list(file.read().clusters) == ["two"]
    path.write_text("[clusters.two\n")
    for _ in range(2):
        with pytest.raises(ConfigError, match="line 1"):
            file.read()
    path.write_text("[clusters.one]\n")
    assert file.read() == first


def test_a_file_that_goes_or_comes_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "dockyard/config.toml"
    file = ConfigFile(None, {"XDG_CONFIG_HOME": str(tmp_path), "DOCKER_HOST": f"unix://{tmp_path}/none"})
    assert list(file.read().clusters) == ["default"]
    path.parent.mkdir()
    path.write_text("[clusters.one]\n")
    assert list(file.read().clusters) == ["one"]
    path.unlink()
    assert list(file.read().clusters) == ["default"]


def test_an_unreadable_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"can't be read: Is a directory"):
        read(tmp_path)


# -- what it says ------------------------------------------------------------------------------------------------------


def test_whether_tasks_are_limited_as_a_whole_is_the_hosts_then_the_clusters_then_everybodys_to_say() -> None:
    config = parse(
        b"""
        [engine]
        task_cpu_mem_limit = true
        [clusters.prod]
        task_cpu_mem_limit = false
        [capacity.a]
        url = "ssh://a"
        [capacity.b]
        url = "ssh://b"
        cluster = "prod"
        [capacity.c]
        url = "ssh://c"
        cluster = "prod"
        task_cpu_mem_limit = true
        """,
        Path("/etc/dockyard/config.toml"),
    )
    asked = {host: config.task_cpu_mem_limit(host) for host in ("a", "b", "c", "left the config")}
    assert asked == {"a": True, "b": False, "c": True, "left the config": True}
    assert not parse(b"", Path("config.toml")).task_cpu_mem_limit("a")


def test_the_names_of_the_issue_are_read() -> None:
    config = parse(
        b"""
        [engine]
        poll_interval = "2s"
        lost_after = "1m30s"
        image_pull = "prefer-cached"
        max_starts = 9
        [clusters.prod]
        protected = true
        [capacity.edge-1]
        url = "ssh://deploy@edge-1.example.net"
        cluster = "prod"
        identity_file = "~/.ssh/id_ed25519"
        known_hosts = "keys/known_hosts"
        attributes = { zone = "a" }
        reserve = { cpu = 512, memory_mib = 256, ports = [80, "53/udp"] }
        [ui]
        engine_on_quit = "stay"
        [ui.keys]
        service.scale = "ctrl+s"
        """,
        Path("/etc/dockyard/config.toml"),
    )
    assert (config.engine.settings.poll_interval_s, config.engine.settings.lost_after_s) == (2.0, 90.0)
    assert config.engine.settings.image_pull == ImagePull.PREFER_CACHED
    assert (config.engine.max_starts, config.engine.max_pulls) == (9, 2)
    edge = config.capacity["edge-1"]
    assert edge.identity_file == Path.home() / ".ssh/id_ed25519"
    assert edge.known_hosts == Path("/etc/dockyard/keys/known_hosts"), "relative to the file"
    assert edge.reserve.ports == (HostPort(53, "udp"), HostPort(80))
    assert edge.reserve.cpu_units == 512
    assert list(config.clusters) == ["prod"], "`default` is not there when nothing is in it"
    assert config.ui.engine_on_quit is OnQuit.STAY
    assert config.ui.keys == {"service.scale": ("ctrl+s",)}, "a dotted id means itself, quoted or not"


def test_the_default_cluster_goes_without_saying() -> None:
    config = parse(b'[clusters.prod]\n[capacity.a]\nurl = "sim://a"\n', HERE)
    assert list(config.clusters) == ["default", "prod"]
    assert list(parse(b"", HERE).clusters) == ["default"]


def test_no_password_shows_in_a_value_printed() -> None:
    config = parse(b'[registries."r.example.com:5000"]\nusername = "u"\npassword = "s3cret"\n', HERE)
    assert config.registries["r.example.com:5000"].password == "s3cret"
    assert "s3cret" not in repr(config)


# -- what is wrong with it ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            '[capacity.edge-1]\nurl = "sim://a"\nidentity_fle = "x"',
            "config.toml: [capacity.edge-1] identity_fle: unknown key; did you mean identity_file?",
        ),
        ("[engin]", "config.toml: engin: unknown table; did you mean engine?"),
        ("[capacity.a]", "config.toml: [capacity.a] url: is missing"),
        (
            "[capacity]\na = 1",
            "config.toml: [capacity] a: must be a table: [capacity.a] on a line of its own, its keys below",
        ),
        ("engine = 3", "config.toml: engine: must be a table: [engine] on a line of its own, its keys below"),
        ("clusters = 3", "config.toml: clusters: must be tables like [clusters.NAME]"),
        ('[clusters."a b"]', 'config.toml: [clusters] "a b": a name here is letters, digits, "-" and "_"'),
        ("[engine]\nlost_after = 30", 'config.toml: [engine] lost_after: has no unit; write it like "30s"'),
        (
            '[engine]\npoll_interval = "soon"',
            'config.toml: [engine] poll_interval: "soon" is not a duration; write it like "5s", "2m" or "1h30m"',
        ),
        (
            '[engine]\npoll_interval = "1ms"',
            "config.toml: [engine] poll_interval: must be from 100ms to 5m, not 1ms",
        ),
        (
            '[engine]\nlost_after = "10s"',
            "config.toml: [engine] lost_after: must not be shorter than disconnect_after (15s)",
        ),
        (
            '[engine]\npoll_interval = "10s"',
            "config.toml: [engine] disconnect_after: must be at least twice poll_interval (20s), or one late poll is silence",
        ),
        (
            '[engine]\nstopped_retention = "1h"',
            "config.toml: [engine] stopped_retention: must not be shorter than container_cleanup (3h)",
        ),
        (
            "[engine]\nmax_starts = true",
            "config.toml: [engine] max_starts: must be a whole number from 1 to 64",
        ),
        (
            '[capacity.a]\nurl = "sim://a"\ngpus = [0]',
            'config.toml: [capacity.a] gpus: must be a list of numbers or UUIDs in quotes as `nvidia-smi -L` shows them, like ["0", "1"]',
        ),
        (
            '[capacity.a]\nurl = "sim://a"\ngpus = ["0", "0"]',
            "config.toml: [capacity.a] gpus: names 0 more than once",
        ),
        (
            '[engine]\nimage_pull = "alway"',
            "config.toml: [engine] image_pull: alway is not among what it can be; did you mean always?",
        ),
        (
            '[capacity.a]\nurl = "sim://a"\ncluster = "prd"\n[clusters.prod]',
            "config.toml: [capacity.a] cluster: there is no cluster prd; did you mean prod?",
        ),
        (
            '[capacity.a]\nurl = "shs://a"',
            "config.toml: [capacity.a] url: shs:// is no way to reach a Docker host; did you mean ssh?",
        ),
        (
            '[capacity.a]\nurl = "unix:///s"\nidentity_file = "k"',
            "config.toml: [capacity.a] identity_file: is for ssh:// addresses, and this is unix://",
        ),
        (
            '[capacity.a]\nurl = "tcp://a:2376"\ntls = { cert = "c" }',
            "config.toml: [capacity.a.tls] key: is missing: a client certificate needs both, and only cert is given",
        ),
        (
            '[capacity."a.b"]\nurl = "sim://a"\nreserve = { ports = [70000] }',
            'config.toml: [capacity."a.b".reserve] ports: 70000 is no port; write 8080 or "53/udp"',
        ),
        (
            '[capacity.a]\nurl = "sim://a"\nattributes = { zone = 1 }',
            (
                "config.toml: [capacity.a] attributes: zone must be text in quotes of letters, digits, spaces inside, "
                '"-", "_", ".", "/", "@" and ":", at most 128'
            ),
        ),
        (
            '[registries.r]\nusername = "u"',
            "config.toml: [registries.r] password: is missing; give one of password, password_file, password_env",
        ),
        (
            '[registries.r]\nusername = "u"\npassword = "p"\npassword_env = "P"',
            (
                "config.toml: [registries.r] password: is given twice (password, password_env); "
                "give one of password, password_file, password_env"
            ),
        ),
        (
            '[registries.r]\nusername = "u"\ndocker_config = "p"',
            "config.toml: [registries.r] username: can't stand beside docker_config, which knows user and password",
        ),
        (
            '[secrets."a/*"]\ncommand = "pass show {name}"',
            (
                'config.toml: [secrets."a/*"] command: is run without a shell: write it as a list of its words, like '
                '["pass", "show", "{name}"]'
            ),
        ),
        (
            "[secrets.a]\ncommand = []",
            'config.toml: [secrets.a] command: must be a list of texts, like ["pass", "show", "{name}"]',
        ),
        (
            '[secrets.a]\ncommand = ["{name}"]',
            "config.toml: [secrets.a] command: its first word is the program, and can't be a secret's name",
        ),
        (
            '[secrets.a]\nenv = "A"\nfile = "b"',
            "config.toml: [secrets.a] file: is given beside env; give one of command, file, env",
        ),
        ("[secrets.a]", "config.toml: [secrets.a] command: is missing; give one of command, file, env"),
        (
            '[secrets.a]\ncommnd = ["x"]',
            "config.toml: [secrets.a] commnd: unknown key; did you mean command?",
        ),
        ("[efs.fs-12345678]", "config.toml: [efs.fs-12345678] export: is missing"),
        (
            '[efs.fs-12345678]\nexport = "nas"',
            'config.toml: [efs.fs-12345678] export: must be an NFS export like "nas.example:/export/data"',
        ),
        (
            '[efs.fs-12345678]\nexport = "nas:/a"\noptions = "hard,addr=x"',
            'config.toml: [efs.fs-12345678] options: must be options of mount like "nfsvers=4.1,hard", without addr',
        ),
        (
            '[efs.data]\nexport = "nas:/a"',
            'config.toml: [efs] "data": a name here is the id of a file system, like fs-12345678',
        ),
        ("[engine]\nx = = 1", "config.toml: line 2, column 5: is not TOML: Invalid value"),
        ('[ui]\ntheme = "dark', "config.toml: at its end: is not TOML: Unterminated string"),
    ],
)
def test_a_problem_is_named_by_file_table_and_key(text: str, sentence: str) -> None:
    assert problem(text) == sentence


def test_all_problems_are_told_at_once() -> None:
    text = '[engine]\npol_interval = "5s"\nlost_after = 3\n[capacity.a]\nurl = "x"\n'
    assert [line.split(":")[1].strip() for line in problem(text).splitlines()] == [
        "[engine] pol_interval",
        "[engine] lost_after",
        "[capacity.a] url",
    ]


def test_text_that_is_not_utf8_is_named_by_its_line() -> None:
    with pytest.raises(ConfigError, match=r"line 2: is not UTF-8"):
        parse(b"[ui]\ntheme = '\xff'\n", HERE)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=6), SCALARS, max_size=3)


def _toml(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return (
                '"'
                + "".join(f"\\U{ord(c):08x}" if not "\ud800" <= c <= "\udfff" else "?" for c in value)
                + '"'
            )
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case dict():
            return "{ " + ", ".join(f"{_toml(key)} = {_toml(inner)}" for key, inner in value.items()) + " }"
        case None:
            return "1979-05-27"
        case _:
            return str(value)


@given(
    st.sampled_from(
        [
            (name, pair)
            for name, spec in TOP.items()
            for pair in keys_of(spec.table if isinstance(spec, Named) else spec, name)
        ]
    ),
    VALUES,
)
def test_whatever_stands_there_it_is_read_or_refused_by_name(
    place: tuple[str, tuple[str, str]], value: Any
) -> None:
    name, (heading, key) = place
    named = isinstance(TOP[name], Named)
    table = heading.replace(name, f"{name}.n", 1) if named else heading
    try:
        parse(f"[{table}]\n{key} = {_toml(value)}\n".encode(), HERE)
    except ConfigError as error:
        told = str(error)
    else:
        return
    assert told.startswith("config.toml: ")
    assert key in told or "is missing" in told or "is for " in told


# -- durations ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5s", 5), ("2m", 120), ("1h30m", 5400), ("500ms", 0.5), ("1.5s", 1.5), ("1d", 86400)],
)
def test_durations_are_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "s", "5 s x", "30m1h", "1s1s", "-5s", "٥s", "5M5"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a duration"):
        parse_duration(text)


@given(st.integers(0, 10**10))
def test_a_duration_written_is_read_as_it_was(milliseconds: int) -> None:
    assert parse_duration(format_duration(milliseconds / 1000)) == milliseconds / 1000


@pytest.mark.parametrize(
    ("provider", "problem"),
    [
        ('members = ["edge-9"]', "members: there is no host edge-9; did you mean edge-1?"),
        ('members = ["other"]', "members: other is a host of cluster staging, and this is of default"),
        (
            'cluster = "stagin"\nmembers = ["other"]',
            "cluster: there is no cluster stagin; did you mean staging?",
        ),
        ("", "expression: is missing, and so is members; give one of the two"),
        (
            'members = ["edge-1"]\nexpression = "attribute:a == b"',
            "expression: is given beside members; give one of the two",
        ),
        ('members = "edge-1"', 'members: must be a list of names, like ["edge-1", "edge-2"]'),
        ('members = ["edge-1", "edge-1"]', "members: names edge-1 more than once"),
        ('member = ["edge-1"]', "member: unknown key; did you mean members?"),
    ],
)
def test_a_capacity_provider_that_can_t_be_is_told_with_its_key(provider: str, problem: str) -> None:
    text = f"""
    [clusters.staging]
    [capacity.edge-1]
    url = "unix:///a"
    [capacity.other]
    url = "unix:///b"
    cluster = "staging"
    [capacity_providers.p]
    {provider}
    """
    with pytest.raises(ConfigError) as raised:
        parse(text.encode(), HERE)
    assert f"[capacity_providers.p] {problem}" in str(raised.value)


def test_a_capacity_provider_has_no_name_of_aws_s() -> None:
    with pytest.raises(ConfigError) as raised:
        parse(b'[capacity_providers.FARGATE_SPOT]\nexpression = "attribute:a == b"\n', HERE)
    assert "none that begins with aws, ecs or fargate" in str(raised.value)


def test_a_capacity_provider_s_expression_is_read_at_once() -> None:
    with pytest.raises(ConfigError) as raised:
        parse(b'[capacity_providers.p]\nexpression = "attribute:a =="\n', HERE)
    assert "[capacity_providers.p] expression: " in str(raised.value)


def test_a_file_system_s_export_is_known_to_the_engine_by_its_id() -> None:
    config = parse(b'[efs.fs-12345678]\nexport = "[fd00::1]:/export"\n[engine]\npoll_interval = "1s"\n', HERE)
    assert config.efs["fs-12345678"].nfs == NfsExport("[fd00::1]", "/export")
    assert config.engine.settings.file_systems == ("fs-12345678",)
    assert config.engine.settings.poll_interval_s == 1.0
