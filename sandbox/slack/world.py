"""The parts of the sandbox, wired once and handed to whoever serves a request."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.slack.changes import Changes
from sandbox.slack.clock import Clock, Timestamps
from sandbox.slack.conversations import Conversations
from sandbox.slack.delivery import Delivering
from sandbox.slack.events import EventsApi
from sandbox.slack.faults import Faults
from sandbox.slack.guide import Guide
from sandbox.slack.journal import Journal
from sandbox.slack.jsontype import Json
from sandbox.slack.manifest import Manifest
from sandbox.slack.quotas import Quotas
from sandbox.slack.request_url import RequestUrl
from sandbox.slack.response_urls import ResponseUrls
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.steps import Steps
from sandbox.slack.triggers import Triggers
from sandbox.slack.views import Views
from sandbox.slack.workspace import Channel, Message, Workspace


@dataclass
class StoredFile:
    """An upload: announced, then its bytes, then shared in a message."""

    id: str
    name: str
    length: int
    user: str
    title: str = ""
    content: bytes | None = None
    channels: list[str] = field(default_factory=list)


@dataclass
class Tokens:
    """The installed app's credentials; a token that was `revoked` answers token_revoked."""

    bot: str
    app: str
    revoked: set[str] = field(default_factory=set)
    client_id: str = "1234567890.0987654321"
    client_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    codes: dict[str, str] = field(default_factory=dict)
    """OAuth codes that were given out, and the address that each was sent to."""
    good_until: dict[str, float] = field(default_factory=dict)
    """When a token that rotates ends, by the sandbox's clock; from then on it answers token_expired."""

    former: set[str] = field(default_factory=set)
    """Tokens that were exchanged, and are good until their end."""
    refresh: set[str] = field(default_factory=set)
    """Refresh tokens that can be used, once each."""

    def rotating(self, team_id: str) -> str:
        """The token of an installation whose app rotates its tokens."""
        self.bot = f"xoxe.xoxb-1-sandbox-{team_id}-{secrets.token_hex(4)}"
        return self.bot

    def install(self, team_id: str) -> str:
        """The token of a new installation; a team that has installed before keeps its token while it is good."""
        if self.bot in self.revoked:
            self.bot = f"xoxb-sandbox-{team_id}-{secrets.token_hex(4)}"
        return self.bot


@dataclass
class World:
    """Plain wiring: no behaviour beyond telling the parts about each other."""

    manifest: Manifest
    workspace: Workspace
    clock: Clock
    timestamps: Timestamps
    tokens: Tokens
    changes: Changes
    journal: Journal
    faults: Faults
    quotas: Quotas
    triggers: Triggers
    views: Views
    conversations: Conversations
    socket: SocketMode
    request_url: RequestUrl
    way: Delivering
    events: EventsApi
    response_urls: ResponseUrls
    guide: Guide
    steps: Steps
    url: str = ""
    """Where the app and the page reach this server: scheme, host and port."""
    files: dict[str, StoredFile] = field(default_factory=dict)
    sold_elsewhere: bool = False
    """Whether the app is sold outside Slack's Marketplace, and so reads little of what was said."""
    upload_status: int = 200
    """What the address for a file's bytes answers: another one where it, or a proxy before it, does not take them."""

    @classmethod
    def create(
        cls,
        manifest: Manifest,
        workspace: Workspace,
        clock: Clock,
        *,
        ack_timeout: float,
        trigger_lifetime: float,
        retry_delays: tuple[float, ...],
    ) -> "World":
        timestamps = Timestamps(clock)
        changes = Changes()
        journal = Journal()
        faults = Faults()
        socket = SocketMode(journal, changes, workspace.app_id, ack_timeout)
        request_url = RequestUrl(journal, changes, clock, ack_timeout)
        way = Delivering(socket, request_url)
        conversations = Conversations(workspace, timestamps, changes)
        events = EventsApi(manifest, workspace, way, clock, retry_delays)
        conversations.on_post = _message_events(events, workspace)
        return cls(
            manifest=manifest,
            workspace=workspace,
            clock=clock,
            timestamps=timestamps,
            tokens=Tokens(bot=f"xoxb-sandbox-{workspace.team_id}", app=f"xapp-sandbox-{workspace.app_id}"),
            changes=changes,
            journal=journal,
            faults=faults,
            quotas=Quotas(clock),
            triggers=Triggers(clock, trigger_lifetime),
            views=Views(clock),
            conversations=conversations,
            socket=socket,
            request_url=request_url,
            way=way,
            events=events,
            response_urls=ResponseUrls(workspace, conversations, journal, clock, faults),
            guide=Guide(),
            steps=Steps(manifest, events, changes, workspace.app_id),
        )

    @property
    def websocket_url(self) -> str:
        return self.url.replace("http", "ws", 1)


def _message_events(events: EventsApi, workspace: Workspace) -> Callable[[Channel, Message], None]:
    """message.* events where the bot is a member; its own messages come back to it too, as in Slack."""

    def announce(channel: Channel, message: Message) -> None:
        if workspace.bot.id not in channel.members:
            return
        kind = "im" if channel.is_im else "group" if channel.is_private else "channel"
        event: Json = {
            "type": "message",
            "channel": channel.id,
            "channel_type": kind,
            "user": message.user,
            "text": message.text,
            "ts": message.ts,
            "event_ts": message.ts,
        }
        if message.thread_ts:
            event["thread_ts"] = message.thread_ts
        if message.by_bot:
            event["bot_id"] = workspace.bot_id
        events.emit(f"message.{kind}s" if kind != "im" else "message.im", event)

    return announce
