"""Those whom the admins of a workspace let manage integrations, as `Permissions` asks for them."""

from __future__ import annotations

from collections.abc import Collection

import structlog

from bot.slack.permissions import ChosenOf
from storage import workspaces
from storage.database import Database

log = structlog.get_logger(__name__)


def chosen_managers(database: Database) -> ChosenOf:
    """Reads them from the workspace's settings."""

    async def chosen(team_id: str) -> Collection[str]:
        try:
            async with database.reading() as session:
                return await workspaces.managers(session, team_id)
        except Exception as error:
            # Nobody is let in, and nobody is remembered as one who may not.
            log.warning("managers_not_read", team=team_id, error=type(error).__name__)
            raise ConnectionError("managers_not_read") from None

    return chosen
