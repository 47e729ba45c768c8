"""Who is told by direct message what concerns an integration: its owner, or somebody who is still there.

Slack takes a message to a deactivated account and says that all is well (python-slack-sdk issue 1156): to find out
whether anybody reads it one has to ask.
"""

from __future__ import annotations

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.notification_policy import NotificationPolicy
from bot.slack.client import code_of
from bot.slack.refusals import RefusalKind, kind_of
from storage import workspaces
from storage.database import Database
from storage.integrations import Integration

MOST_ASKED = 5
"""People whom Slack is asked about, the owner among them."""

log = structlog.get_logger(__name__)


async def owner_or_deputy(database: Database, client: AsyncWebClient, integration: Integration) -> str:
    """The owner's user id; where their account is deactivated, that of who is called for it, else of who may manage.

    Where nobody is left it is the owner's all the same. Raises `SlackApiError` where asking again may help, or the
    token is refused.
    """
    owner = integration.owner_user_id
    if not await _is_gone(client, owner):
        return owner
    called = NotificationPolicy.from_json(integration.attention).responsible(owner)
    async with database.reading() as session:
        chosen = await workspaces.managers(session, integration.team_id)
    others = dict.fromkeys(each for each in (called, *chosen) if each and each != owner)
    for deputy in list(others)[: MOST_ASKED - 1]:
        if not await _is_gone(client, deputy):
            log.info("owner_gone", integration=integration.id, deputy=deputy)
            return deputy
    log.error("nobody_left_to_tell", integration=integration.id)
    return owner


async def _is_gone(client: AsyncWebClient, user_id: str) -> bool:
    try:
        answer = await client.users_info(user=user_id)
    except SlackApiError as error:
        if kind_of(error) in (RefusalKind.PASSES, RefusalKind.TOKEN):
            raise
        return code_of(error) == "user_not_found"
    user = answer.get("user")
    return isinstance(user, dict) and user.get("deleted") is True
