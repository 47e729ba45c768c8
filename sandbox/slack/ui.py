"""/ui/*: the JSON API of the sandbox page. Every POST names the acting user in `as`."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from sandbox.slack.commands import Composer, refusal
from sandbox.slack.interactions import Interactions
from sandbox.slack.jsontype import Json
from sandbox.slack.ui_body import Body
from sandbox.slack.workspace import Channel, Message, User
from sandbox.slack.world import World

HEARTBEAT_SECONDS: Final = 15.0
Handler = Callable[[User, Body], Awaitable[Json]]


class PageApi:
    """Thin: reads a request, lets the composer or the interactions do it, answers JSON."""

    def __init__(self, world: World, composer: Composer, interactions: Interactions) -> None:
        self._world = world
        self._composer = composer
        self._interactions = interactions

    def routes(self) -> list[web.RouteDef]:
        posts: dict[str, Handler] = {
            "message": self._message,
            "action": self._action,
            "options": self._options,
            "submit": self._submit,
            "close": self._close,
            "home": self._home,
            "read": self._read,
        }
        return [
            web.get("/ui/state", self._get_state),
            web.get("/ui/events", self._get_events),
            web.get("/ui/systems/{id}", self._get_system),
            *(web.post(f"/ui/{name}", self._post(handler)) for name, handler in posts.items()),
        ]

    def state(self, user: User) -> Json:
        """Everything that this user sees."""
        world, workspace = self._world, self._world.workspace
        channels = [c for c in workspace.channels.values() if workspace.sees(user.id, c)]
        modal, home = world.views.top(user.id), world.views.homes.get(user.id)
        depth = len(world.views.stack(user.id))
        return {
            "version": world.changes.version,
            "team": {"id": workspace.team_id, "name": workspace.name},
            "app": {
                "name": world.manifest.app_name,
                "bot_user_id": workspace.bot.id,
                "home": world.manifest.home_tab,
            },
            "me": _person(user),
            "users": [_person(each) for each in workspace.users.values()],
            "channels": [self._channel(channel, user) for channel in channels],
            "messages": {c.id: [self._shown(c, m) for m in c.shown_to(user.id)] for c in channels},
            "modal": {"stack_depth": depth, "view": modal.payload(workspace)} if modal else None,
            "home": home.payload(workspace) if home and world.manifest.home_tab else None,
            "connected": world.way.connected,
            "guide": {"cards": world.guide.cards},
            "systems": [{"id": each.id, "title": each.title} for each in world.guide.systems.values()],
        }

    async def _get_state(self, request: web.Request) -> web.Response:
        user = self._acting(request.query.get("as") or self._first_person())
        return web.json_response(self.state(user))

    async def _get_events(self, request: web.Request) -> web.StreamResponse:
        user = self._acting(request.query.get("as"))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(request)
        with self._world.changes.subscribed(user.id) as versions, contextlib.suppress(ConnectionError):
            await response.write(_event(self._world.changes.version))
            while (line := await _next_line(versions)) is not None:
                await response.write(line)
        return response

    async def _get_system(self, request: web.Request) -> web.Response:
        system = self._world.guide.systems.get(request.match_info["id"])
        if system is None:
            raise _not_found("not_found")
        return web.json_response(system.tables())

    def _post(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            try:
                body = Body(await request.json())
                user = self._acting(body.text("as"))
                return web.json_response(await handler(user, body))
            except ValueError as wrong:
                return web.json_response(refusal("bad_request", str(wrong)), status=400)

        return handle

    async def _message(self, user: User, body: Body) -> Json:
        channel = self._visible(user, body.text("channel"))
        if channel is None:
            return refusal("channel_not_found", "This channel is not here.")
        return await self._composer.send(user, channel, body.text("text"), body.text("thread_ts", "") or None)

    async def _action(self, user: User, body: Body) -> Json:
        block_id, action_id = body.text("block_id"), body.text("action_id")
        return await self._interactions.act(
            user, body.document("container"), block_id, action_id, body.value, body.entries()
        )

    async def _options(self, user: User, body: Body) -> Json:
        block_id, action_id = body.text("block_id"), body.text("action_id")
        return await self._interactions.options(
            user, body.document("container"), block_id, action_id, body.text("query", "")
        )

    async def _submit(self, user: User, body: Body) -> Json:
        return await self._interactions.submit(user, body.text("view_id"), body.entries())

    async def _close(self, user: User, body: Body) -> Json:
        return await self._interactions.close(user, body.text("view_id"), clear_all=body.flag("clear_all"))

    async def _home(self, user: User, _: Body) -> Json:
        return self._interactions.open_home(user)

    async def _read(self, user: User, body: Body) -> Json:
        channel = self._visible(user, body.text("channel"))
        if channel is not None:
            self._world.conversations.mark_read(channel, user.id)
        return {"ok": True}

    def _first_person(self) -> str:
        """Who a page that was just opened acts as: it cannot name anybody before its first state."""
        return next(self._world.workspace.people()).id

    def _acting(self, user_id: str | None) -> User:
        user = self._world.workspace.user(user_id or "")
        if user is None or user.is_bot:
            raise _not_found("user_not_found")
        return user

    def _visible(self, user: User, channel_id: str) -> Channel | None:
        channel = self._world.workspace.channels.get(channel_id)
        return channel if channel and self._world.workspace.sees(user.id, channel) else None

    def _channel(self, channel: Channel, user: User) -> Json:
        manifest = self._world.manifest
        return {
            "id": channel.id,
            "name": self._world.manifest.bot_name if channel.is_im else channel.name,
            "is_private": channel.is_private,
            "is_archived": channel.is_archived,
            "is_im": channel.is_im,
            "is_member": user.id in channel.members,
            "is_read_only": channel.is_im and (manifest.messages_read_only or not manifest.messages_tab),
            "topic": channel.topic,
            "unread": self._world.conversations.unread(channel, user.id),
        }

    def _shown(self, channel: Channel, message: Message) -> Json:
        author = self._world.workspace.user(message.user)
        shown: Json = {
            "ts": message.ts,
            "user": message.user,
            "bot": message.by_bot,
            "username": message.username or (author.real_name if author else message.user),
            "text": message.text,
            "blocks": message.blocks,
        }
        replies = channel.replies(message.ts)
        if replies:
            shown |= {"reply_count": len(replies), "thread_ts": message.ts}
        if message.thread_ts:
            shown["thread_ts"] = message.thread_ts
        if message.edited_ts:
            shown["edited"] = True
        if message.ephemeral_to:
            shown["ephemeral"] = True
        if message.subtype:
            shown["subtype"] = message.subtype
        if message.files:
            keys = ("id", "name", "title", "mimetype", "size")
            shown["files"] = [
                {**{key: file[key] for key in keys}, "url": f"/files/{file['id']}/{file['name']}"}
                for file in message.files
            ]
        return shown


def _person(user: User) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "role": user.role.value,
        "locale": user.locale,
        "tz": user.tz,
        "tz_label": user.tz_label,
        "is_bot": user.is_bot,
    }


def _not_found(error: str) -> web.HTTPNotFound:
    return web.HTTPNotFound(text=json.dumps({"ok": False, "error": error}), content_type="application/json")


async def _next_line(versions: asyncio.Queue[int | None]) -> bytes | None:
    """What the stream says next: the newest version, or after a while that it is still there."""
    try:
        version = await asyncio.wait_for(versions.get(), HEARTBEAT_SECONDS)
    except TimeoutError:
        return b": still here\n\n"
    while version is not None and not versions.empty():
        version = versions.get_nowait()
    return None if version is None else _event(version)


def _event(version: int) -> bytes:
    return f"data: {json.dumps({'version': version})}\n\n".encode()
