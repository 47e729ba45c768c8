"""Who is told by direct message what concerns an integration: its owner, or somebody who is still there.

Slack takes a message to a deactivated account and says that all is well (python-slack-sdk issue 1156): to find out
whether anybody reads it one has to ask. An owner who has become a guest, or is another
workspace's by now, is not told either: a report names people.
"""

from __future__ import annotations

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.notification_policy import NotificationPolicy
from bot.slack.client import code_of
from bot.slack.permissions import OUTSIDE_STATES, PAGE, is_admin, is_of
from bot.slack.refusals import RefusalKind, kind_of
from storage import workspaces
from storage.database import Database
from storage.integrations import Integration

MOST_ASKED = 5
"""People whom Slack is asked about, the owner among them."""

MOST_PAGES = 5
"""Of `users.list`, until an admin is found: a quarter of what Slack's tier 2 takes in a minute."""

log = structlog.get_logger(__name__)


class NobodyOfOurs(Exception):
    """Of the workspace's own members none was found who can be told: its owner reads numbers, and no names."""

    def __init__(self, owner: str) -> None:
        super().__init__("nobody of the workspace's own is left to tell")
        self.owner = owner


async def owner_or_deputy(database: Database, client: AsyncWebClient, integration: Integration) -> str:
    """As `member_to_tell`, but where nobody is found it is the owner's all the same: for what names no employee."""
    try:
        return await member_to_tell(database, client, integration)
    except NobodyOfOurs as error:
        return error.owner


async def member_to_tell(database: Database, client: AsyncWebClient, integration: Integration) -> str:
    """The owner's user id; where they are no member any more, that of who is called for it, else of who may manage,
    else of an admin of the workspace.

    Raises `NobodyOfOurs`, and `SlackApiError` where asking again may help, or the token is refused.
    """
    owner = integration.owner_user_id
    if not await _is_gone(client, owner, integration.team_id):
        return owner
    called = NotificationPolicy.from_json(integration.attention).responsible(owner)
    async with database.reading() as session:
        chosen = await workspaces.managers(session, integration.team_id)
    others = dict.fromkeys(each for each in (called, *chosen) if each and each != owner)
    for deputy in list(others)[: MOST_ASKED - 1]:
        if not await _is_gone(client, deputy, integration.team_id):
            log.info("owner_gone", integration=integration.id, deputy=deputy)
            return deputy
    if admin := await _an_admin(client, integration.team_id):
        log.info("owner_gone", integration=integration.id, deputy=admin)
        return admin
    log.error("nobody_left_to_tell", integration=integration.id)
    raise NobodyOfOurs(owner)


async def is_read_by_a_member(
    database: Database, client: AsyncWebClient, integration: Integration, channel: str
) -> bool:
    """Whether a conversation with the bot is that of who would be told now, and a member of the workspace's own.

    Raises `SlackApiError` as `member_to_tell` does.
    """
    try:
        person = await member_to_tell(database, client, integration)
        answer = await client.conversations_open(users=person)
    except NobodyOfOurs:
        return False
    except SlackApiError as error:
        if kind_of(error) in (RefusalKind.PASSES, RefusalKind.TOKEN):
            raise
        return False
    return (answer.get("channel") or {}).get("id") == channel


async def _is_gone(client: AsyncWebClient, user_id: str, team_id: str) -> bool:
    try:
        answer = await client.users_info(user=user_id)
    except SlackApiError as error:
        if kind_of(error) in (RefusalKind.PASSES, RefusalKind.TOKEN):
            raise
        return code_of(error) == "user_not_found"
    user = answer.get("user")
    if not isinstance(user, dict):
        return False
    return is_of(team_id, user) is False or any(user.get(state) is True for state in OUTSIDE_STATES)


async def _an_admin(client: AsyncWebClient, team_id: str) -> str | None:
    """The first whom Slack lists; None in a workspace too large to be read, or one that does not list its people."""
    cursor = ""
    for _ in range(MOST_PAGES):
        try:
            page = await client.users_list(limit=PAGE, cursor=cursor)
        except SlackApiError as error:
            if kind_of(error) in (RefusalKind.PASSES, RefusalKind.TOKEN):
                raise
            log.warning("admins_not_listed", error=code_of(error))
            return None
        for user in page["members"]:
            if is_admin(user) and is_of(team_id, user) is not False:
                return str(user["id"])
        cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            break
    return None
