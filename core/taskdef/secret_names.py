"""What an ECS secret reference is called among the local secrets. Pure: names only, never a value."""

from __future__ import annotations

import re
from typing import Final

#: Secrets Manager puts six random characters behind a secret's name in its ARN.
_RANDOM_TAIL: Final = re.compile(r"-[A-Za-z0-9]{6}$")


def secret_names(value_from: str) -> tuple[str, ...]:
    """The local names a reference may go by, the best first.

    Of a secret's ARN its name, with and without the random tail; of a parameter its path; of an S3 object its key, and the
    last part of it.
    """
    service, rest = _arn_parts(value_from)
    match service:
        case "secretsmanager":
            whole = rest.split(":")[0]
            return tuple(dict.fromkeys((whole, _RANDOM_TAIL.sub("", whole))))
        case "s3":
            key = rest.partition("/")[2]
            return tuple(dict.fromkeys((key, key.rpartition("/")[2])))
        case _:
            return (rest.strip("/"),)


def secret_key(value_from: str) -> str:
    """The member of a JSON secret that is meant; empty for the whole secret."""
    service, rest = _arn_parts(value_from)
    return rest.split(":")[1] if service == "secretsmanager" and ":" in rest else ""


def without_key(value_from: str) -> str:
    """The reference itself: of a Secrets Manager ARN what stands before the JSON member, stage and version."""
    service, _ = _arn_parts(value_from)
    return ":".join(value_from.split(":")[:7]) if service == "secretsmanager" else value_from


def _arn_parts(text: str) -> tuple[str, str]:
    """The service and the name in an ARN such as `arn:aws:ssm:REGION:ACCOUNT:parameter/a/b`; no service: no ARN."""
    parts = text.split(":", 5)
    if parts[0] != "arn" or len(parts) < 6:
        return "", text
    separator = {"ssm": "/", "secretsmanager": ":"}.get(parts[2])
    return parts[2], parts[5].partition(separator)[2] if separator else parts[5]
