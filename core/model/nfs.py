"""An NFS export that stands for an Amazon EFS file system."""

from __future__ import annotations

from posixpath import join
from typing import Final

from core.record import Record

#: What AWS recommends for EFS (Amazon EFS user guide, "Recommended NFS mount settings"), but for what only EFS understands.
MOUNT_OPTIONS: Final = "nfsvers=4.1,rsize=1048576,wsize=1048576,hard,timeo=600,retrans=2"


class NfsExport(Record):
    """`server` is a host's name or address, `path` what it exports; `options` are mount's, without the address."""

    server: str
    path: str
    options: str = MOUNT_OPTIONS

    def driver_options(self, directory: str) -> dict[str, str]:
        """Docker's local driver mounts a directory of the export by these."""
        return {
            "type": "nfs",
            "o": f"addr={self.server.strip('[]')},{self.options}",
            "device": f":{join(self.path, directory.strip('/')).rstrip('/') or '/'}",
        }
