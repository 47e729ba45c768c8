"""Seals anew, beside all other work, what versions before have stored (`storage.renewal`)."""

from __future__ import annotations

import structlog

from bot.jobs.engine.engine import Engine
from storage import renewal, seal_state
from storage.database import Database

log = structlog.get_logger(__name__)


class SealRenewal:
    """Run by every replica at its start, and again until it has come to its end."""

    def __init__(self, database: Database, engine: Engine) -> None:
        self._database, self._engine = database, engine

    async def take_up(self) -> None:
        """Before any work: what was done by a process before is done for this one too."""
        vault = self._database.vault
        async with self._database.reading() as session:
            if await seal_state.is_renewed(session, vault):
                vault.refuse_former()
            if await seal_state.is_renewed(session, vault, seal_state.ENGINE_RENEWED):
                self._engine.refuse_former()

    async def renew(self) -> None:
        """Do what is left of it. Says so where values are not where they belong: somebody has changed the database."""
        if misplaced := await renewal.renew(self._database):
            log.error("sealed_values_misplaced", values=len(misplaced), places=list(misplaced[:5]))
        await self._renew_engine()

    async def _renew_engine(self) -> None:
        """The engine's own tables, once: after that it takes what is sealed for its place alone."""
        vault, name = self._database.vault, seal_state.ENGINE_RENEWED
        async with self._database.reading() as session:
            done = await seal_state.is_renewed(session, vault, name)
        if not done:
            await self._engine.renew_seals()
            async with self._database.session() as session:
                await seal_state.note_renewed(session, vault, name)
        self._engine.refuse_former()
