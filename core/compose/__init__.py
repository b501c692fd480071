"""Docker Compose files to ECS's task definitions and services, and what has no word in ECS told. Pure but for files it names.

Read are the Compose Specification and the older versions 2 and 3, as `docker compose` reads them: `document` the file,
`interpolation` its variables, `project` what becomes of it. What ties services to one host (a shared namespace, volumes_from)
or orders their start (depends_on, links) holds in ECS within one task only, so such services become one task (`groups`).
"""

from core.compose.document import read_compose
from core.compose.project import Converted, converted

__all__ = ["Converted", "converted", "read_compose"]
