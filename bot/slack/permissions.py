"""Which role somebody has, and so what they may. Asked at every command, action, submission and options request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.text import Markup, Text
from bot.locales.translator import zone_or_default
from bot.slack.client import code_of
from bot.slack.roles import FRESH, OUTSIDE, Action, Role, may

REMEMBER_SECONDS = 60

NAMES_SECONDS = 3600
"""How long it is remembered who may manage a workspace's integrations, as far as they are named to others."""

NAMES_WAITED = 1.0
"""Seconds that an answer waits for those names: without them, it says which roles may."""

NAMED = 5
PAGE = 200
MOST_PAGES = 10
"""Of `users.list`: half of what Slack's tier 2 takes in a minute."""

SLACKBOT = "USLACKBOT"
"""Slack does not call it a bot. Source: Slack docs, type `user`, `is_bot`."""

_ADMINS = ("is_admin", "is_owner", "is_primary_owner")
_GUESTS = ("is_restricted", "is_ultra_restricted")
OUTSIDE_STATES = (*_GUESTS, "is_stranger", "is_bot", "deleted")
"""Slack's words for who is no member of the workspace's own."""

ChosenOf = Callable[[str], Awaitable[Collection[str]]]
"""The user ids of those whom an admin of a workspace, by its id, lets manage. Raises `OSError` where nobody knows."""

log = structlog.get_logger(__name__)


async def _nobody(team_id: str) -> Collection[str]:  # noqa: ARG001 - whichever it is
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person of the workspace, as Slack describes them now; `locale` such as `nb-NO` is empty where it is unknown.

    `timezone` is one that this machine knows.
    """

    user_id: str
    team_id: str
    locale: str
    timezone: str
    role: Role

    @property
    def is_guest(self) -> bool:
        """Whether they are none of the workspace's own people."""
        return self.role in OUTSIDE

    def may(self, action: Action) -> bool:
        """Whether their role may do this."""
        return may(self.role, action)


@dataclass(frozen=True, slots=True)
class Allowed:
    """The person may do what was asked."""

    member: Member


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """The person may not; `text` says who may manage integrations, by name where names are known."""

    member: Member
    text: Text


class Permissions:
    """Answers from `bot.slack.roles`.

    `managers` are those whom the installation names, as a user id (`U…`), which counts in every workspace, or as
    `T…:U…`, which counts in that workspace alone; `chosen` gives those whom the workspace's own admins chose.

    What Slack says of a person is remembered for a minute at most, so that a lost role is soon a lost right, and not at
    all for what is `FRESH`. Whether somebody may depends on that alone; who else may is looked up afterwards, for a
    text, once an hour and workspace.
    """

    def __init__(
        self,
        managers: Collection[str] = (),
        now: Callable[[], float] = time.monotonic,
        chosen: ChosenOf = _nobody,
    ) -> None:
        self._managers = tuple(managers)
        self._chosen = chosen
        self._now = now
        self._members: dict[tuple[str, str], tuple[float, Member]] = {}
        self._enterprises: dict[str, str] = {}
        self._names: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._lookups: dict[str, asyncio.Task[None]] = {}

    async def member(self, client: AsyncWebClient, team_id: str, user_id: str, *, fresh: bool = False) -> Member:
        """The person's role, language and zone; with `fresh`, as Slack says it now and not within the last minute.

        Raises `SlackApiError` when Slack does not know them.
        """
        remembered = self._members.get((team_id, user_id))
        if remembered and not fresh and self._now() - remembered[0] < REMEMBER_SECONDS:
            return remembered[1]
        answer = await client.users_info(user=user_id, include_locale=True)
        user: Mapping[str, Any] = answer["user"]
        member = Member(
            user_id=user_id,
            team_id=team_id,
            locale=str(user.get("locale") or ""),
            timezone=zone_or_default(str(user.get("tz") or "")),
            role=await self._role(client, team_id, user_id, user),
        )
        if len(self._members) > 10_000:
            self._members.clear()
        self._members[team_id, user_id] = (self._now(), member)
        return member

    async def require(self, client: AsyncWebClient, team_id: str, user_id: str, action: Action) -> Allowed | NotAllowed:
        """Whether the person may do this in the workspace; who may, as far as it is known already.

        Raises `SlackApiError` when Slack does not know the person.
        """
        member = await self.member(client, team_id, user_id, fresh=action in FRESH)
        return Allowed(member) if member.may(action) else NotAllowed(member, self.refusal(member))

    def refusal(self, member: Member) -> Text:
        """What is said to one who may not manage, with the names that are known by now; to one who may but cannot
        give it to others, who can."""
        if member.may(Action.EDIT):
            return Text("access.refused.admins")
        key = "access.refused.outside" if member.is_guest else "access.refused"
        named = tuple(Markup(f"<@{user}>") for user in self._known(member.team_id))
        return Text(key, {"who": named}) if named else Text(f"{key}.nobody_named")

    async def named(self, client: AsyncWebClient, refused: NotAllowed, seconds: float = NAMES_WAITED) -> NotAllowed:
        """The refusal with the names of those who may, if Slack tells them in time; else as it is known now.

        What comes later is remembered for the next one.
        """
        team_id = refused.member.team_id
        if len(self.installation_managers(team_id)) < NAMED and not self._are_fresh(team_id):
            lookup = self._lookups.get(team_id)
            if lookup is None:
                lookup = asyncio.create_task(self._look_up(client, team_id), name=f"names:{team_id}")
                self._lookups[team_id] = lookup
                lookup.add_done_callback(lambda _: self._lookups.pop(team_id, None))
            await asyncio.wait({lookup}, timeout=seconds)
        return NotAllowed(refused.member, self.refusal(refused.member))

    def forget(self, team_id: str) -> None:
        """Ask anew about everybody of a workspace: who may manage it was changed."""
        for known in [key for key in self._members if key[0] == team_id]:
            del self._members[known]
        self._names.pop(team_id, None)

    async def close(self) -> None:
        """Look nobody up any more."""
        lookups = list(self._lookups.values())
        for lookup in lookups:
            lookup.cancel()
        await asyncio.gather(*lookups, return_exceptions=True)

    async def _role(self, client: AsyncWebClient, team_id: str, user_id: str, user: Mapping[str, Any]) -> Role:
        if user.get("deleted"):
            return Role.DEACTIVATED
        if user.get("is_bot") or user_id == SLACKBOT:
            return Role.BOT
        if user.get("is_stranger") or not await self._belongs(client, team_id, user):
            return Role.STRANGER
        if any(user.get(guest) for guest in _GUESTS):
            return Role.GUEST
        if any(user.get(admin) for admin in _ADMINS):
            return Role.ADMIN
        if user_id in self.installation_managers(team_id) or user_id in await self._chosen(team_id):
            return Role.MANAGER
        return Role.MEMBER

    def installation_managers(self, team_id: str) -> tuple[str, ...]:
        """The user ids of those whom the installation names for a workspace."""
        named = (entry.rpartition(":") for entry in self._managers)
        return tuple(user_id for team, _, user_id in named if team in ("", team_id))

    async def _belongs(self, client: AsyncWebClient, team_id: str, user: Mapping[str, Any]) -> bool:
        """Whether it is the workspace's own person."""
        known = is_of(team_id, user)
        return known if known is not None else user.get("team_id") == await self._enterprise(client, team_id)

    async def _enterprise(self, client: AsyncWebClient, team_id: str) -> str:
        """The organisation of a workspace; "" where it belongs to none.

        Asked with our own token: a request of somebody from another organisation names theirs.
        """
        if team_id not in self._enterprises:
            answer = await client.auth_test()
            if not (found := str(answer.get("enterprise_id") or "")):
                return ""  # it may join one while the bot runs
            self._enterprises[team_id] = found
        return self._enterprises[team_id]

    def _are_fresh(self, team_id: str) -> bool:
        known = self._names.get(team_id)
        return known is not None and self._now() - known[0] < NAMES_SECONDS

    def _known(self, team_id: str) -> list[str]:
        """User ids of those who may manage, as far as they are known, and as many as are named."""
        found, managers = self._names[team_id][1] if team_id in self._names else (), self.installation_managers(team_id)
        return [*managers, *(user for user in found if user not in managers)][:NAMED]

    async def _look_up(self, client: AsyncWebClient, team_id: str) -> None:
        """Remember who may. A workspace too large to be read, or a Slack that is busy, is left alone for an hour."""
        found: list[str] = []
        cursor, pages = "", 0
        try:
            found += await self._chosen(team_id)
            while pages < MOST_PAGES and len(found) < NAMED:
                page = await client.users_list(limit=PAGE, cursor=cursor)
                admins = [
                    str(user["id"])
                    for user in page["members"]
                    if is_admin(user) and await self._belongs(client, team_id, user)
                ]
                found += [user for user in admins if user not in found]
                pages, cursor = pages + 1, str((page.get("response_metadata") or {}).get("next_cursor") or "")
                if not cursor:
                    break
        except SlackApiError as error:
            log.warning("names_not_found", team=team_id, error=code_of(error), pages=pages)
        except (SlackClientError, OSError, TimeoutError) as error:
            log.warning("names_not_found", team=team_id, error=type(error).__name__, pages=pages)
        if len(self._names) > 10_000:
            self._names.clear()
        self._names[team_id] = (self._now(), tuple(found[:NAMED]))


def is_of(team_id: str, user: Mapping[str, Any]) -> bool | None:
    """Whether it is the workspace's own person; None where an organisation alone is told, which may be the workspace's.

    In Enterprise Grid, `team_id` can be another workspace of theirs, the organisation, null or absent, and their
    workspaces stand in `teams`. Sources: bolt-js issue 1875, lookerbot issue 184, java-slack-sdk json-logs.
    """
    told = user.get("team_id")
    enterprise = user.get("enterprise_user")
    teams = _texts(user.get("teams")) | _texts(enterprise.get("teams") if isinstance(enterprise, Mapping) else None)
    if not told and not teams:
        return True
    if team_id == told or team_id in teams:
        return True
    return False if teams or not str(told).startswith("E") else None


def is_admin(user: Mapping[str, Any]) -> bool:
    """Whether it is an admin or owner of the workspace who is still there, as `users.list` tells."""
    return any(user.get(role) for role in _ADMINS) and not any(user.get(state) for state in OUTSIDE_STATES)


def _texts(found: object) -> frozenset[str]:
    listed = found if isinstance(found, list | tuple) else ()
    return frozenset(each for each in listed if isinstance(each, str))
