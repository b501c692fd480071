"""The limit: the raw Docker API over each host's unix socket, with as many workers as Dockyard has start lanes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import docker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.engine.testbed import Bed

#: [engine] max_starts
WORKERS: Final = 4
COMMAND: Final = ["sleep", "100000"]


class RawHosts:
    """docker-py on the hosts' unix sockets; a client for each worker, since one must not be shared by threads."""

    def __init__(self, bed: Bed, image: str) -> None:
        self._image = image
        self._urls = [host.unix_url for host in bed.hosts]

    def pull(self) -> None:
        for url in self._urls:
            docker.APIClient(url).pull(self._image)

    def start(self, count: int) -> None:
        """Create and start so many containers, spread over the hosts."""
        share = [len(range(i, count, len(self._urls))) for i in range(len(self._urls))]
        with ThreadPoolExecutor(WORKERS * len(self._urls)) as pool:
            jobs = [
                pool.submit(self._start_some, url, len(range(worker, share[i], WORKERS)))
                for i, url in enumerate(self._urls)
                for worker in range(WORKERS)
            ]
            for job in jobs:
                job.result()

    def _start_some(self, url: str, count: int) -> None:
        client = docker.APIClient(url)
        for _ in range(count):
            made = client.create_container(
                self._image,
                COMMAND,
                labels={"benchmark": "raw"},
                host_config=client.create_host_config(mem_limit="16m"),
            )
            client.start(made["Id"])

    def wipe(self) -> None:
        """Remove every container on every host."""
        _each(self._urls, _wipe)


def _wipe(url: str) -> None:
    client = docker.APIClient(url)
    for container in client.containers(all=True):
        client.remove_container(container["Id"], force=True)


def _each(urls: Sequence[str], act: object) -> None:
    with ThreadPoolExecutor(len(urls)) as pool:
        for job in [pool.submit(act, url) for url in urls]:  # type: ignore[arg-type]
            job.result()
