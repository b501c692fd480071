"""Docker's refusals in sentences: the words on the left are real ones, of Docker 20.10 to 28 and of registries."""

from __future__ import annotations

import pytest

from core.hosts.docker_refusals import create_refused, pull_refused, start_refused

IMAGE = "reg.example.com:5000/team/web:1.2"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            f"manifest for {IMAGE} not found: manifest unknown: manifest unknown",
            f"the registry reg.example.com:5000 has no {IMAGE}: check name and tag",
        ),
        (
            (
                "pull access denied for team/web, repository does not exist or may require 'docker login': denied:"
                " requested access to the resource is denied"
            ),
            "the registry reg.example.com:5000 has no image reg.example.com:5000/team/web, or shows it only after a login",
        ),
        (
            'Head "https://reg.example.com/v2/team/web/manifests/1.2": no basic auth credentials',
            "the registry reg.example.com:5000 refuses the login, or asks for one: docker login reg.example.com:5000 here",
        ),
        ("unauthorized: authentication required", "the registry reg.example.com:5000 refuses the login"),
        (
            "write /var/lib/docker/tmp/GetImageBlob1113277829: no space left on device",
            "the disk of the host is full",
        ),
        (
            "toomanyrequests: You have reached your pull rate limit.",
            "the registry reg.example.com:5000 limits how often",
        ),
        (
            "no matching manifest for linux/arm64/v8 in the manifest list entries",
            f"{IMAGE} has no variant for this host's platform, linux/arm64/v8",
        ),
        (
            'Get "https://reg.example.com:5000/v2/": x509: certificate signed by unknown authority',
            "the certificate of the registry reg.example.com:5000 is not trusted by the host: certificate signed by",
        ),
        (
            'Get "https://reg.example.com:5000/v2/": dial tcp: lookup reg.example.com on 10.0.0.53:53: no such host',
            "the host can't resolve the name of the registry reg.example.com:5000",
        ),
        (
            'Get "https://reg.example.com:5000/v2/": dial tcp 10.0.0.9:5000: connect: connection refused',
            "the host can't reach the registry reg.example.com:5000",
        ),
        (
            'Get "https://reg.example.com:5000/v2/": http: server gave HTTP response to HTTPS client',
            "the registry reg.example.com:5000 speaks plain HTTP",
        ),
    ],
)
def test_a_refused_pull(words: str, sentence: str) -> None:
    refused = pull_refused(IMAGE, words)
    assert refused.name == "CannotPullContainerError"
    assert str(refused).startswith(sentence)
    assert str(refused).endswith(f"({words})")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            (
                "driver failed programming external connectivity on endpoint p2 (8b14): Bind for 0.0.0.0:8080 failed:"
                " port is already allocated"
            ),
            "the port 0.0.0.0:8080 is already taken on the host by another container",
        ),
        (
            (
                "driver failed programming external connectivity on endpoint x (77ab): Error starting userland proxy:"
                " listen tcp4 0.0.0.0:22: bind: address already in use"
            ),
            "the port 0.0.0.0:22 is already taken on the host by another process",
        ),
        (
            (
                "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container"
                ' process: exec: "/nope": stat /nope: no such file or directory: unknown'
            ),
            'the image has no program "/nope"',
        ),
        (
            'OCI runtime create failed: exec: "serve": executable file not found in $PATH: unknown',
            'the image has no program "serve"',
        ),
        ("unable to find user app: no matching entries in passwd file", "the image has no user app"),
        (
            'could not select device driver "" with capabilities: [[gpu]]',
            "the host's Docker knows no GPUs: NVIDIA's container toolkit is missing there",
        ),
    ],
)
def test_a_refused_start(words: str, sentence: str) -> None:
    assert str(start_refused(words)) == f"{sentence} ({words})"


def test_a_refused_create_and_words_that_nobody_knows() -> None:
    words = "Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available"
    assert str(create_refused(words)).startswith("it asks for more CPU than the 2.00 cores of the host")
    assert str(create_refused("something {new}")) == "something {new}"
    assert str(start_refused("100 % {} odd")) == "100 % {} odd"
