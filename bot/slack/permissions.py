"""Who may manage integrations. Asked at every command, action, submission and options request."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.text import Markup, Text, text

REMEMBER_SECONDS = 60

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person of the workspace, as Slack describes them now; `locale` such as `nb-NO` is empty where it is unknown."""

    user_id: str
    team_id: str
    locale: str
    timezone: str
    is_admin: bool
    is_guest: bool


@dataclass(frozen=True, slots=True)
class Allowed:
    """The person may manage integrations."""

    member: Member


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """The person may not; `text` names who may."""

    member: Member
    text: Text


class Permissions:
    """Workspace owners and admins may, and the `managers` that the installation names; a guest never may.

    What Slack says of a person is remembered for a minute at most, so that a lost role is soon a lost right.
    """

    def __init__(self, managers: Collection[str] = (), now: Callable[[], float] = time.monotonic) -> None:
        self._managers = tuple(managers)
        self._now = now
        self._members: dict[tuple[str, str], tuple[float, Member]] = {}

    async def member(self, client: AsyncWebClient, team_id: str, user_id: str) -> Member:
        """The person's role, language and zone. Raises `SlackApiError` when Slack does not know them."""
        remembered = self._members.get((team_id, user_id))
        if remembered and self._now() - remembered[0] < REMEMBER_SECONDS:
            return remembered[1]
        answer = await client.users_info(user=user_id, include_locale=True)
        user: Mapping[str, object] = answer["user"]
        member = Member(
            user_id=user_id,
            team_id=team_id,
            locale=str(user.get("locale") or ""),
            timezone=str(user.get("tz") or "Europe/Stockholm"),
            is_admin=any(user.get(role) for role in ("is_admin", "is_owner", "is_primary_owner")),
            is_guest=any(user.get(role) for role in ("is_restricted", "is_ultra_restricted", "is_stranger", "is_bot"))
            or bool(user.get("deleted"))
            or user.get("team_id", team_id) != team_id,
        )
        if len(self._members) > 10_000:
            self._members.clear()
        self._members[team_id, user_id] = (self._now(), member)
        return member

    async def require(self, client: AsyncWebClient, team_id: str, user_id: str) -> Allowed | NotAllowed:
        """Whether the person may manage the workspace's integrations, and if not, who may."""
        member = await self.member(client, team_id, user_id)
        if not member.is_guest and (member.is_admin or user_id in self._managers):
            return Allowed(member)
        return NotAllowed(member, await self._who_may(client))

    async def _who_may(self, client: AsyncWebClient) -> Text:
        named = [Markup(f"<@{user}>") for user in self._managers]
        try:
            async for page in await client.users_list(limit=200):
                named += [
                    Markup(f"<@{user['id']}>")
                    for user in page["members"]
                    if (user.get("is_admin") or user.get("is_owner"))
                    and not user.get("deleted")
                    and not user.get("is_bot")
                    and user["id"] not in self._managers
                ]
                if len(named) >= 5:
                    break
        except SlackApiError:
            log.warning("users_list_failed", error="SlackApiError")
        return text("access.refused", who=tuple(named[:5])) if named else text("access.refused.nobody_named")
