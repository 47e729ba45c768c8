"""Who of some people of Slack can never manage integrations."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.errors import SlackApiError

from bot.handlers.framework.interaction import Interaction
from bot.slack.client import code_of
from bot.slack.permissions import Member

UNKNOWN = frozenset({"user_not_found", "user_not_visible", "users_not_found"})


async def known_member(interaction: Interaction, user: str) -> Member | None:
    """Somebody as Slack describes them now; None for whom it does not know. Raises `SlackApiError` and what else
    `bot.slack.client.NOT_DONE` names where Slack does not say."""
    try:
        return await interaction.services.access.member(interaction.client, interaction.team_id, user, fresh=True)
    except SlackApiError as error:
        if code_of(error) not in UNKNOWN:
            raise
        return None


async def outsiders(interaction: Interaction, people: Sequence[str]) -> list[str]:
    """Those who can never manage: guests, bots, people of elsewhere, and whom Slack does not know. Raises as
    `known_member` does."""
    members = [(user, await known_member(interaction, user)) for user in people]
    return [user for user, member in members if member is None or member.is_guest]
