"""A small real Bolt app: what the sandbox is tested with, over its real Socket Mode."""

import asyncio
from typing import Any

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.clock import ManualClock
from sandbox.slack.server import SlackSandbox

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(value: str) -> Json:
    return {"text": plain(value.title()), "value": value}


def name_block() -> Json:
    return {
        "type": "input",
        "block_id": "name",
        "label": plain("Company name"),
        "element": {"type": "plain_text_input", "action_id": "value"},
    }


def system_block() -> Json:
    return {
        "type": "input",
        "block_id": "system",
        "dispatch_action": True,
        "label": plain("System"),
        "element": {
            "type": "static_select",
            "action_id": "system_chosen",
            "options": [option("tripletex"), option("agda")],
            "initial_option": option("agda"),
        },
    }


def people_block() -> Json:
    return {
        "type": "input",
        "block_id": "people",
        "optional": True,
        "label": plain("Test group"),
        "element": {"type": "multi_external_select", "action_id": "people_search", "min_query_length": 2},
    }


def channel_block() -> Json:
    return {
        "type": "input",
        "block_id": "channel",
        "label": plain("Report in"),
        "element": {
            "type": "conversations_select",
            "action_id": "value",
            "default_to_current_conversation": True,
        },
    }


def modal(callback_id: str, *blocks: Json, **more: Any) -> Json:
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain("Set up"),
        "submit": plain("Next"),
        "blocks": list(blocks),
        **more,
    }


def setup_modal(**more: Any) -> Json:
    blocks = (name_block(), system_block(), people_block(), channel_block())
    return modal("setup", *blocks, **more)


def button(action_id: str, text: str) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain(text), "value": "v1"}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "block_id": "buttons", "elements": list(elements)}


def section(text: str) -> Json:
    return {"type": "section", "block_id": "words", "text": {"type": "mrkdwn", "text": text}}


class SampleApp:
    """Bolt listeners that remember what they were given."""

    def __init__(self, slack: SlackSandbox) -> None:
        self.slack = slack
        self.client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
        self.bolt = AsyncApp(client=self.client, token=slack.bot_token)
        self.handlers: list[AsyncSocketModeHandler] = []
        self.bodies: dict[str, Json] = {}
        self.errors: list[str] = []
        self.release = asyncio.Event()
        self.drop_events = 0
        self.event_retries: list[str | None] = []
        self._listen()

    async def connect(self) -> None:
        """One more Socket Mode connection."""
        before = self.slack.world.socket.open_count
        handler = AsyncSocketModeHandler(self.bolt, self.slack.app_token)
        self.handlers.append(handler)
        await handler.connect_async()  # type: ignore[no-untyped-call]
        await self.slack.until(lambda: self.slack.world.socket.open_count > before)

    async def close(self) -> None:
        self.release.set()
        for handler in self.handlers:
            await handler.close_async()  # type: ignore[no-untyped-call]

    def _listen(self) -> None:
        app = self.bolt
        app.middleware(self._lose_events)
        app.command("/integration")(self._command)
        app.view("setup")(self._submitted)
        app.view("step2")(self._finished)
        app.view_closed("setup")(self._closed)
        app.action("run")(self._run)
        app.action("more")(self._push)
        app.action("system_chosen")(self._system_chosen)
        app.action("whisper")(self._whisper)
        app.options("people_search")(self._people)
        app.event("app_home_opened")(self._home)
        app.event("channel_left")(self._remember_event)
        app.event("channel_archive")(self._remember_event)

    def _remember(self, kind: str, body: Json) -> None:
        self.bodies[kind] = body
        self.slack.notice()

    def _refused(self, error: str) -> None:
        self.errors.append(error)
        self.slack.notice()

    async def _lose_events(self, body: Json, req: Any, next_: Any) -> None:
        if body.get("type") == "event_callback":
            self.event_retries.append(req.headers.get("x-slack-retry-num", [None])[0])
            if self.drop_events > 0:
                self.drop_events -= 1
                return
        await next_()

    async def _command(self, ack: Any, body: Json, client: AsyncWebClient, respond: Any) -> None:
        self._remember("command", body)
        word = body["text"]
        if word == "hang":
            await self.release.wait()
        if word == "text":
            await ack("Only you see this")
            return
        await ack()
        if word == "respond":
            await respond("A late answer")
            return
        if word == "late" and isinstance(self.slack.world.clock, ManualClock):
            self.slack.world.clock.advance(3.1)
        view = setup_modal(notify_on_close=True) if word == "notify" else setup_modal()
        if word == "wrong":
            view["title"] = plain("A title that is much too long for Slack")
        try:
            await client.views_open(trigger_id=body["trigger_id"], view=view)
            if word == "twice":
                await client.views_open(trigger_id=body["trigger_id"], view=view)
        except SlackApiError as refused:
            self._refused(str(refused.response["error"]))

    async def _submitted(self, ack: Any, body: Json, view: Json) -> None:
        self._remember("submission", body)
        name = view["state"]["values"]["name"]["value"]["value"]
        if name == "taken":
            await ack(response_action="errors", errors={"name": "Already connected"})
        elif name == "bad ack":
            await ack(response_action="errors", errors={"nowhere": "No such block"})
        elif name == "clear":
            await ack(response_action="clear")
        elif name == "push":
            await ack(response_action="push", view=modal("step2", name_block()))
        elif name == "close":
            await ack()
        else:
            more = actions(button("more", "More"))
            await ack(response_action="update", view=modal("step2", name_block(), more))

    async def _finished(self, ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        blocks = [section("*Ready*"), actions(button("run", "Run now"), button("whisper", "Whisper"))]
        await client.chat_postMessage(channel="C02PAYROLL", text="Ready", blocks=blocks)

    async def _closed(self, ack: Any, body: Json) -> None:
        await ack()
        self._remember("closed", body)

    async def _run(self, ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        self._remember("run", body)
        if "message" not in body:
            return
        await client.chat_update(
            channel=body["channel"]["id"], ts=body["message"]["ts"], text="Running", blocks=[section("Running")]
        )

    async def _whisper(self, ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        channel, user = body["channel"]["id"], body["user"]["id"]
        await client.chat_postEphemeral(channel=channel, user=user, text="Psst")

    async def _push(self, ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        try:
            view = modal("step2", name_block(), actions(button("more", "More")))
            await client.views_push(trigger_id=body["trigger_id"], view=view)
        except SlackApiError as refused:
            self._refused(str(refused.response["error"]))

    async def _system_chosen(self, ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        self._remember("system", body)
        view = modal("setup", section("Chosen"), name_block(), system_block(), channel_block())
        await client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=view)

    async def _people(self, ack: Any, body: Json) -> None:
        self._remember("options", body)
        if body["value"] == "too long":
            await ack(options=[{"text": plain("x" * 76), "value": "1"}])
            return
        names = ["anna", "anders", "bo"]
        await ack(options=[option(name) for name in names if name.startswith(body["value"])])

    async def _home(self, event: Json, client: AsyncWebClient) -> None:
        self._remember("home", event)
        view = {"type": "home", "blocks": [section("Welcome"), actions(button("run", "Run now"))]}
        await client.views_publish(user_id=event["user"], view=view)

    async def _remember_event(self, event: Json) -> None:
        self.bodies[event["type"]] = event
