"""Seals anew, beside all other work, what versions before have stored (`storage.renewal`)."""

from __future__ import annotations

import structlog

from storage import renewal
from storage.database import Database

log = structlog.get_logger(__name__)


class SealRenewal:
    """Run by every replica at its start, and again until it has come to its end."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def renew(self) -> None:
        """Do what is left of it. Says so where values are not where they belong: somebody has changed the database."""
        if misplaced := await renewal.renew(self._database):
            log.error("sealed_values_misplaced", values=len(misplaced), places=list(misplaced[:5]))
