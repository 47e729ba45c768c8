"""What a PostgreSQL server has used of the machine (Linux)."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.postgres import PostgresServer


def cpu_of(server: PostgresServer) -> float:
    """CPU seconds of the server so far: of itself, of its processes, and of those that have ended."""
    parent = (server.folder / "data" / "postmaster.pid").read_text(encoding="ascii").split()[0]
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The second field is a name in parentheses, which may hold anything.
            fields = stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        own, waited_for = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
        if stat.parent.name == parent:
            ticks += own + waited_for
        elif fields[1] == parent:
            ticks += own
    return ticks / os.sysconf("SC_CLK_TCK")
