"""Real task definitions as people have them: each registers as it is, or is refused with a sentence that is right.

The files lie outside the repository; where they are absent the test is skipped.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from core.errors import Refused
from core.record import replace
from core.taskdef.parse import load, parse

FOLDER: Final = Path(__file__).parents[4] / "shared" / "taskdefs"
FILES: Final = sorted(FOLDER.glob("*.json"))

#: What is refused, and the sentence that must be there; each was read beside its file. All others register.
REFUSED: Final = {
    "019": 'networkMode: "{{networkmode}}" (a placeholder: fill it in first) is not one of bridge, host, awsvpc, none.',
    "025": "credential specs (gMSA) are for Windows",
    "028": "is a placeholder: put the image's name in its place.",
    "031": "Log driver awslogs requires options: awslogs-region, awslogs-group (container 'aws-es-proxy').",
    "037": 'not valid JSON at line 19, column 23: expecting value, at "<SERVICE_PORT>,". That is a template',
    "040": 'not valid JSON at line 2, column 13: expecting value, at "$NAME,". That is a template',
    "052": "Cannot depend on container 'app-container' because it does not exist (did you mean php-app-container?).",
    "064": "'image' \"<IMAGE1_NAME>\" is a placeholder: put the image's name in its place.",
    "070": "is not an image name that Docker can read: lower case is wanted; is it still a placeholder?",
    "079": "'image' \"REPLACED_BY_CI\" is not an image name that Docker can read: lower case is wanted; is it still",
    "085": 'family: "{{ must_env `BOT_NAME` }}" (a placeholder: fill it in first) may hold only letters, digits, - and _',
    "091": "Container.image should not be null or empty (container 'mr-bot').",
    "100": "Container.image should not be null or empty (container 'trillbot').",
    "103": "family: is missing.",
    "112": "ContainerDefinitions: unknown key; did you mean containerDefinitions?",
    "118": "'image' \"<IMAGE1_NAME>\" is a placeholder",
    "121": "'image' \"<IMAGE1_NAME>\" is a placeholder",
    "133": "runtimePlatform.operatingSystemFamily WINDOWS_SERVER_2019_CORE can't be served: Dockyard runs Linux containers.",
    "136": 'not valid JSON at line 8, column 33: expecting value, at "boolean". Only true, false and null stand bare',
    "145": 'not valid JSON at line 29, column 42: expecting value, at "integer,". Only true, false and null stand bare',
    "148": "line 3, column 35: invalid control character. A text ends on its own line; is its closing quote missing?",
    "151": "family: is missing.",
    "157": "fsxWindowsFileServerVolumeConfiguration can't be served",
    "160": "not valid JSON at line 7, column 13",
}

pytestmark = pytest.mark.skipif(not FILES, reason="the collection of real task definitions is not here")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name[:60])
def test_a_real_file_registers_or_is_refused_rightly(file: Path) -> None:
    expected = REFUSED.get(file.name[:3])
    if expected is not None:
        with pytest.raises(Refused) as refusal:
            parse(file.read_bytes())
        assert expected in refusal.value.message
        assert refusal.value.code == "ClientException"
        return
    definition = parse(file.read_bytes())
    assert definition.containers
    again = load(definition.source)
    assert replace(again, warnings=definition.warnings) == definition
    assert set(again.warnings) <= set(definition.warnings)


def test_every_expected_refusal_has_its_file() -> None:
    assert set(REFUSED) <= {file.name[:3] for file in FILES}
