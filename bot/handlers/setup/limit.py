"""How many integrations a workspace can have: all of them are asked for in an overview, and work on one machine."""

from __future__ import annotations

from bot.core.text import Text, text
from bot.handlers.framework.interaction import Interaction
from storage import integrations
from storage.database import Session


class LimitReached(Exception):
    """The workspace has as many integrations as it can have. `text` says so, `advice` what to do."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} integrations")
        self.text: Text = text("setup.limit", number=most)
        self.advice: Text = text("setup.limit.advice")


async def require_room(session: Session, interaction: Interaction) -> None:
    """Raises `LimitReached` where one more would be too many."""
    most = interaction.services.settings.integrations_per_workspace
    if await integrations.count_for(session, interaction.team_id) >= most:
        raise LimitReached(most)
