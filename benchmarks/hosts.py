"""On three real hosts: a service's start, a replacement, one API call, and the same service on Docker Swarm."""

from __future__ import annotations

import os
import stat
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import docker

from benchmarks.figures import Figure, median_of, timed
from benchmarks.product import Product, until
from benchmarks.raw import COMMAND, RawHosts
from core.hosts.http import api_client
from core.hosts.link import Address, LinkOptions, open_link
from core.record import Record
from tests.engine.testbed import Bed

if TYPE_CHECKING:
    from collections.abc import Iterator

TASKS: Final = 40
KILLS: Final = 5
CALLS: Final = 30


class Limits(Record):
    """What others took on the same hosts: for all tasks by the raw API, for one, and for all by Swarm."""

    all_s: float
    one_s: float
    swarm_s: float


def measure() -> Iterator[Figure]:
    """Bring up three hosts, measure, take them down."""
    with Bed(hosts=3) as bed, tempfile.TemporaryDirectory(prefix="dockyard-bench-") as folder:
        image = f"{bed.registry}/demo/web:1"
        raw = RawHosts(bed, image)
        raw.pull()
        raw.start(6)  # the daemons' first starts are slower than all later ones
        raw.wipe()
        limit_s = timed(lambda: raw.start(TASKS))
        raw.wipe()
        one_s = median_of(KILLS, lambda: raw.start(1))
        raw.wipe()
        limits = Limits(limit_s, one_s, _swarm(bed, image))
        raw.wipe()
        with Product.on_bed(Path(folder), bed) as product:
            yield from _service(product, bed, image, limits)
        raw.wipe()
        yield _call(bed)


def _service(product: Product, bed: Bed, image: str, limits: Limits) -> Iterator[Figure]:
    container = {"name": "main", "image": image, "memory": 16, "command": COMMAND}
    product.ask("RegisterTaskDefinition", family="web", containerDefinitions=[container])

    def create() -> None:
        product.ask("CreateService", serviceName="web", taskDefinition="web", desiredCount=TASKS)
        product.until_running(TASKS)

    ours_s = timed(create)
    what = f"create a service of {TASKS}: all RUNNING"
    yield Figure(what, ours_s, "raw API, same workers", limits.all_s, "≤ 1.25 ×")
    yield Figure(what, ours_s, "Docker Swarm, same hosts", limits.swarm_s, "< 1 ×")
    kill_s = sorted(_kill_one(product, bed) for _ in range(KILLS))[KILLS // 2]
    yield Figure(
        "kill a container: replacement RUNNING", kill_s, "one raw create + start", limits.one_s, "≤ 2 ×"
    )


def _kill_one(product: Product, bed: Bed) -> float:
    victim = product.running()[0]
    name = victim.containers[0].runtime_id
    host = next(h for h in bed.hosts if _holds(h.unix_url, name))
    client = docker.APIClient(host.unix_url)
    time.sleep(1.0)  # between two kills: a failure right after a failure backs off on purpose
    return timed(lambda: (client.kill(name), product.until_running(TASKS, but=victim.id)))


def _holds(url: str, runtime_id: str) -> bool:
    return any(c["Id"] == runtime_id for c in docker.APIClient(url).containers())


def _call(bed: Bed) -> Figure:
    """One ping over our SSH link, and over docker-py's own ssh client."""
    host = bed.hosts[0]
    link = open_link(
        Address.parse(host.ssh_url), LinkOptions(identity_file=bed.key, known_hosts=bed.known_hosts)
    )
    try:
        client = api_client(link, 10.0)
        client.ping()
        ours_s = median_of(CALLS, client.ping)
    finally:
        link.close()
    config = bed.folder / "bench_ssh_config"
    config.write_text(f"Host *\n IdentityFile {bed.key}\n UserKnownHostsFile {bed.known_hosts}\n")
    theirs = _docker_py_over_ssh(host.ssh_url, config)
    return Figure(
        "one API call over SSH", ours_s, "docker-py, use_ssh_client", theirs, "≥ 100 × faster", inverse=True
    )


def _docker_py_over_ssh(url: str, config: Path) -> float:
    """docker-py runs the ssh client of PATH: ours adds the testbed's key and known hosts."""
    folder = config.parent / "bench_bin"
    folder.mkdir(exist_ok=True)
    script = folder / "ssh"
    script.write_text(f'#!/bin/sh\nexec /usr/bin/ssh -F {config} "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{folder}:{before}"
    try:
        client = docker.APIClient(url, use_ssh_client=True, version="1.41")
        client.ping()
        return median_of(5, client.ping)
    finally:
        os.environ["PATH"] = before


def _swarm(bed: Bed, image: str) -> float:
    """The same service on Docker Swarm, on the same hosts."""
    manager, *workers = bed.hosts
    boss = docker.from_env(environment={"DOCKER_HOST": manager.unix_url})
    boss.swarm.init(advertise_addr=manager.ip, listen_addr=manager.ip)
    token = boss.swarm.attrs["JoinTokens"]["Worker"]
    for worker in workers:
        client = docker.from_env(environment={"DOCKER_HOST": worker.unix_url})
        client.swarm.join([manager.ip], token, advertise_addr=worker.ip, listen_addr=worker.ip)
    until(lambda: len(boss.nodes.list()) == len(bed.hosts), "the swarm")

    def create() -> None:
        service = boss.services.create(
            image, command=COMMAND, mode=docker.types.ServiceMode("replicated", TASKS)
        )
        until(
            lambda: sum(t["Status"]["State"] == "running" for t in service.tasks()) >= TASKS,
            "the swarm's tasks",
        )

    theirs_s = timed(create)
    for host in bed.hosts:
        docker.from_env(environment={"DOCKER_HOST": host.unix_url}).swarm.leave(force=True)
    return theirs_s
