"""The view that says a check is running: its token, and what takes its place when the check is done."""

from __future__ import annotations

import asyncio
import secrets

import structlog
from slack_sdk.errors import SlackApiError

from bot.handlers.framework.interaction import GONE, Interaction
from bot.views.blocks import View

log = structlog.get_logger(__name__)

SHOW_AFTER = (0.0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Seconds between attempts to show a result: the check may be done before Slack shows "Checking…"."""


def check_token() -> str:
    """The external id of a view that says a check is running; nobody can guess it."""
    return f"check:{secrets.token_hex(12)}"


async def replace_checking(interaction: Interaction, external_id: str, view: View) -> None:
    """Show a view in the place of the one with that external id. Raises `SlackApiError`, but not when it was closed."""
    for wait in SHOW_AFTER:
        await asyncio.sleep(wait)
        try:
            await interaction.client.views_update(external_id=external_id, view=view)
            return
        except SlackApiError as error:
            if error.response.get("error") not in GONE:
                raise
    log.info("result_kept_for_resume")
