"""response_url: five uses within thirty minutes (Slack docs: handling user interaction, message responses)."""

import secrets
from dataclasses import dataclass

from aiohttp import web

from sandbox.slack.blockkit import validate_message
from sandbox.slack.clock import Clock
from sandbox.slack.conversations import Conversations
from sandbox.slack.errors import bracketed
from sandbox.slack.faults import Faults
from sandbox.slack.journal import Journal, Note
from sandbox.slack.jsontype import Json
from sandbox.slack.workspace import Channel, Message, Workspace

MAX_USES = 5
LIFETIME_SECONDS = 30 * 60


@dataclass
class ResponseUrl:
    """Whom it answers, where, and (for a message's button) which message it may replace."""

    user: str
    channel: str
    source_ts: str | None
    issued_at: float
    uses: int = 0


class ResponseUrls:
    """Hands out response_urls and takes what the app posts to them."""

    def __init__(
        self, workspace: Workspace, conversations: Conversations, journal: Journal, clock: Clock, faults: Faults
    ) -> None:
        self._workspace = workspace
        self._conversations = conversations
        self._journal = journal
        self._clock = clock
        self._faults = faults
        self._issued: dict[str, ResponseUrl] = {}

    def issue(self, base: str, user: str, channel: str, source_ts: str | None = None) -> str:
        token = secrets.token_urlsafe(18)
        self._issued[token] = ResponseUrl(user, channel, source_ts, self._clock())
        return f"{base}/respond/{self._workspace.team_id}/{token}"

    async def handle(self, request: web.Request) -> web.Response:
        """POST to a response_url: "ok", or why not."""
        source = self._issued.get(request.match_info["token"])
        if source is None:
            return web.Response(status=404, text="no_service")
        try:
            body = await request.json()
        except ValueError:
            return web.Response(status=400, text="invalid_payload")
        self._journal.notes.append(Note("response_url", body))
        if fault := self._faults.meet("response_url", {}):
            return web.Response(status=fault.status, text=fault.error or "")
        if self._clock() - source.issued_at > LIFETIME_SECONDS:
            return web.json_response({"ok": False, "error": "expired_url"}, status=404)
        if source.uses >= MAX_USES:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        source.uses += 1
        return self._respond(source, body)

    def _respond(self, source: ResponseUrl, body: Json) -> web.Response:
        channel = self._workspace.channels[source.channel]
        original = channel.find(source.source_ts, reader=source.user) if source.source_ts else None
        if body.get("delete_original"):
            if original is not None:
                self._conversations.delete(channel, original)
            return web.Response(text="ok")
        text, blocks = body.get("text") or "", body.get("blocks") or []
        if not text and not blocks and not body.get("attachments"):
            return web.Response(status=400, text="no_text")
        problems = validate_message(body)
        if problems:
            return web.json_response(
                {"ok": False, "error": "invalid_blocks", "errors": bracketed(problems)}, status=400
            )
        if body.get("replace_original") and original is not None:
            self._conversations.edit(channel, original, text=text, blocks=blocks)
        else:
            answer(self._conversations, channel, source.user, body)
        return web.Response(text="ok")


def answer(conversations: Conversations, channel: Channel, user: str, body: Json) -> Message:
    """Post what an app answered to a command or button: to the person alone unless `in_channel`."""
    public = body.get("response_type") == "in_channel"
    return conversations.post_as_bot(
        channel,
        body.get("text") or "",
        body.get("blocks") or [],
        ephemeral_to=None if public else user,
        thread_ts=body.get("thread_ts"),
    )
