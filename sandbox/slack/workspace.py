"""The workspace: its people, its channels and what has been said in them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.slack.jsontype import Json

_ZONE_LABELS = {
    "Europe/Stockholm": "Central European Time",
    "Europe/Oslo": "Central European Time",
    "Europe/Copenhagen": "Central European Time",
    "Europe/Helsinki": "Eastern European Time",
    "Europe/London": "Greenwich Mean Time",
}


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    GUEST = "guest"


@dataclass(frozen=True)
class Organisation:
    """An Enterprise Grid organisation, ids as "E…"."""

    id: str
    name: str


@dataclass(frozen=True)
class Membership:
    """What users.info tells of whose somebody is, where it is not simply the workspace's id.

    team_id: another workspace's id, the organisation's, None (null), or "" where the key is left out.
    teams: `enterprise_user.teams`; None leaves `enterprise_user` out. Sources: bolt-js issue 1875 (one id in all
    workspaces of a person), lookerbot issue 184 (null or absent), java-slack-sdk json-logs, users.info.
    """

    team_id: str | None
    teams: tuple[str, ...] | None = None
    is_stranger: bool = False


@dataclass(frozen=True)
class User:
    """Somebody in the workspace; `locale` as "sv-SE", `tz` an IANA zone.

    `home_team` is the workspace that an organisation holds for theirs, told in interactions as `user.team_id`.
    """

    id: str
    name: str
    real_name: str
    role: Role = Role.MEMBER
    locale: str = "en-US"
    tz: str = "Europe/Stockholm"
    is_bot: bool = False
    is_deactivated: bool = False
    is_single_channel_guest: bool = False
    is_primary_owner: bool = False
    membership: Membership | None = None
    home_team: str = ""

    @property
    def tz_label(self) -> str:
        return _ZONE_LABELS.get(self.tz, self.tz)

    def tz_offset(self, at: float) -> int:
        """Seconds east of UTC at a moment."""
        try:
            zone = ZoneInfo(self.tz)
        except (ZoneInfoNotFoundError, ValueError):
            return 0  # Slack knows zones that this machine does not
        offset = datetime.fromtimestamp(at, UTC).astimezone(zone).utcoffset()
        return int(offset.total_seconds()) if offset else 0


@dataclass
class Message:
    """A message; one that only a single person sees has their id in `ephemeral_to`."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    by_bot: bool = False
    username: str = ""
    thread_ts: str | None = None
    edited_ts: str | None = None
    metadata: Json | None = None
    attachments: list[Json] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)
    ephemeral_to: str | None = None
    subtype: str | None = None
    values: Json = field(default_factory=dict)

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass
class Channel:
    """A conversation: public, private, or (with `im_with`) one person's direct messages with the app."""

    id: str
    name: str
    members: set[str] = field(default_factory=set)
    is_private: bool = False
    is_archived: bool = False
    is_ext_shared: bool = False
    context_team_id: str = ""
    im_with: str | None = None
    topic: str = ""
    creator: str = ""
    messages: list[Message] = field(default_factory=list)
    last_read: dict[str, str] = field(default_factory=dict)

    @property
    def is_im(self) -> bool:
        return self.im_with is not None

    def find(self, ts: str, *, reader: str | None = None) -> Message | None:
        """The message with this timestamp; ephemeral ones only for the reader they were meant for."""
        for message in self.messages:
            if message.ts == ts and message.ephemeral_to in (None, reader):
                return message
        return None

    def shown_to(self, user: str) -> list[Message]:
        return [message for message in self.messages if message.ephemeral_to in (None, user)]

    def lasting(self) -> list[Message]:
        """What history holds: no ephemeral messages."""
        return [message for message in self.messages if message.ephemeral_to is None]

    def replies(self, thread_ts: str) -> list[Message]:
        return [m for m in self.lasting() if m.thread_ts == thread_ts and m.is_reply]


@dataclass
class Workspace:
    """A Slack team with one app installed: in the team, or (`org_wide`) in the organisation that it belongs to."""

    team_id: str
    name: str
    domain: str
    app_id: str
    bot_id: str
    bot: User
    users: dict[str, User]
    channels: dict[str, Channel]
    organisation: Organisation | None = None
    org_wide: bool = False
    taken: bool = False
    """Whether the organisation has taken the app from this workspace."""
    first_installed_team: str = ""
    """What `view.app_installed_team_id` tells, where that is another workspace of the organisation."""

    @property
    def enterprise_id(self) -> str | None:
        return self.organisation.id if self.organisation else None

    def user(self, user_id: str) -> User | None:
        return self.users.get(user_id)

    def find_user(self, who: str) -> User | None:
        """By id, name, real name or the first of their names."""
        if who in self.users:
            return self.users[who]
        wanted = who.removeprefix("@").casefold()
        for user in self.users.values():
            names = {user.name.casefold(), user.real_name.casefold(), user.real_name.split()[0].casefold()}
            if wanted in names:
                return user
        return None

    def find_channel(self, which: str) -> Channel | None:
        """By id or (as the tests and old integrations do) by name, with or without #."""
        if which in self.channels:
            return self.channels[which]
        name = which.removeprefix("#")
        return next((c for c in self.channels.values() if c.name == name and not c.is_im), None)

    def im_of(self, user_id: str) -> Channel:
        """The user's direct messages with the app."""
        return next(c for c in self.channels.values() if c.im_with == user_id)

    def people(self) -> Iterator[User]:
        return (user for user in self.users.values() if not user.is_bot)

    def sees(self, user_id: str, channel: Channel) -> bool:
        """Private channels and direct messages are for their members, and guests see only their own."""
        if channel.im_with is not None:
            return user_id in (channel.im_with, self.bot.id)
        if user_id in channel.members:
            return True
        user = self.users.get(user_id)
        return user is not None and user.role is not Role.GUEST and not channel.is_private

    def audience(self, channel: Channel) -> set[str]:
        return {user.id for user in self.people() if self.sees(user.id, channel)}
