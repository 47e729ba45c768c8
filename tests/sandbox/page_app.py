"""A tiny real Bolt app whose views use every kind of field, and what a person does at the page in front of it."""

import asyncio
from typing import Any

from playwright.async_api import Locator, Page
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.server import SlackSandbox
from tests.support.browser import CHECKER

Json = dict[str, Any]
SYSTEMS = ("Tripletex", "Fortnox Lön", "Hogia Lön", "Agda PS")
PEOPLE = ("Åse Bakke", "Bjørn Dahl", "Cecilie Eng")
CHANNEL = "C02PAYROLL"


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def options(names: tuple[str, ...] | list[str]) -> list[Json]:
    return [{"text": plain(name), "value": name.lower()} for name in names]


def field(block_id: str, label: str, element: Json, **more: Any) -> Json:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": {"action_id": block_id, **element},
        **more,
    }


def setup_view(*, scheduled: bool = False) -> Json:
    ways = options(["Manual", "Scheduled"])
    blocks = [
        {"type": "alert", "level": "warning", "text": mrkdwn("Use a *test company* first.")},
        field(
            "system",
            "Payroll system",
            {"type": "static_select", "placeholder": plain("Choose a system"), "options": options(SYSTEMS)},
        ),
        field("token", "Token", {"type": "plain_text_input"}, hint=plain("It starts with sim_.")),
        field(
            "people",
            "Test employees",
            {"type": "multi_external_select", "min_query_length": 1, "placeholder": plain("Search by name")},
            optional=True,
        ),
        field(
            "way",
            "Synchronisation",
            {"type": "radio_buttons", "options": ways, "initial_option": ways[0]},
            dispatch_action=True,
        ),
    ]
    if scheduled:
        days = options(["Monday", "Friday"])
        blocks += [
            field("days", "Weekdays", {"type": "checkboxes", "options": days}, optional=True),
            field("time", "Time", {"type": "timepicker", "initial_time": "06:00"}),
        ]
    return {
        "type": "modal",
        "callback_id": "setup",
        "title": plain("Set up"),
        "submit": plain("Next"),
        "close": plain("Cancel"),
        "blocks": blocks,
    }


def report_blocks() -> list[Json]:
    rows = [["Employee", "Reason"], ["1042 Bjørn Dahl", "The check digit is wrong"]]
    question = {
        "title": plain("Cancel the run?"),
        "text": mrkdwn("Nothing has been written."),
        "confirm": plain("Yes, cancel"),
        "deny": plain("Keep it"),
    }
    buttons = [
        {"type": "button", "action_id": "approve", "style": "primary", "text": plain("Approve")},
        {
            "type": "button",
            "action_id": "cancel",
            "style": "danger",
            "text": plain("Cancel run"),
            "confirm": question,
        },
        {
            "type": "static_select",
            "action_id": "show",
            "placeholder": plain("Show"),
            "options": options(SYSTEMS),
        },
    ]
    return [
        {"type": "header", "text": plain("Sync to Tripletex")},
        {"type": "section", "fields": [mrkdwn("*Created*\n2"), mrkdwn("*Updated*\n1")]},
        {"type": "table", "rows": [[{"type": "raw_text", "text": cell} for cell in row] for row in rows]},
        {"type": "context", "elements": [mrkdwn("Next: <!date^1767247200^{date} at {time}|1 January>")]},
        {"type": "actions", "block_id": "choices", "elements": buttons},
    ]


class PageApp:
    """Remembers what it was sent: `submitted` (state.values), `pressed` (action ids).

    The command `hang` is never acknowledged, `think` once `thought` is set, as is a form with the token `think`.
    """

    def __init__(self, slack: SlackSandbox) -> None:
        self.client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
        self.slack = slack
        self.submitted: list[Json] = []
        self.pressed: list[str] = []
        self.thought = asyncio.Event()
        app = AsyncApp(client=self.client)
        app.command("/integration")(self._command)
        app.options("people")(self._search)
        app.action("way")(self._way)
        app.action("approve")(self._press)
        app.action("cancel")(self._press)
        app.action("show")(self._press)
        app.view("setup")(self._submit)
        app.event("app_home_opened")(self._home)
        self._socket = AsyncSocketModeHandler(app, slack.app_token)

    async def connect(self) -> None:
        await self._socket.connect_async()  # type: ignore[no-untyped-call]
        await self.slack.until(lambda: self.slack.world.socket.connected)

    async def close(self) -> None:
        await self._socket.close_async()  # type: ignore[no-untyped-call]

    async def _command(self, ack: Any, command: Json, respond: Any) -> None:
        if command["text"] == "hang":
            return
        if command["text"] == "think":
            await self.thought.wait()
        await ack()
        if command["text"] == "setup":
            await self.client.views_open(trigger_id=command["trigger_id"], view=setup_view())
        else:
            await respond("Only <@U01ASTRID> may do this.")

    async def _search(self, ack: Any, payload: Json) -> None:
        found = [name for name in PEOPLE if payload["value"].lower() in name.lower()]
        await ack(options=options(found))

    async def _way(self, ack: Any, body: Json) -> None:
        await ack()
        chosen = body["actions"][0]["selected_option"]["value"]
        await self.client.views_update(view_id=body["view"]["id"], view=setup_view(scheduled=chosen == "scheduled"))

    async def _press(self, ack: Any, body: Json) -> None:
        await ack()
        self.pressed.append(body["actions"][0]["action_id"])

    async def _submit(self, ack: Any, view: Json) -> None:
        values = view["state"]["values"]
        token = values["token"]["token"]["value"]
        if token == "sim_silence":
            return
        if token == "think":
            await self.thought.wait()
        if not token.startswith("sim_"):
            await ack(response_action="errors", errors={"token": "Simployer refused this token."})
            return
        await ack()
        self.submitted.append(values)
        await self.client.chat_postMessage(channel=CHANNEL, text="Connected to *Nordlind AS*")

    async def _home(self, event: Json) -> None:
        blocks = [
            {"type": "header", "text": plain("Integrations")},
            {"type": "section", "text": mrkdwn("*Tripletex*: live in <#C02PAYROLL>")},
        ]
        await self.client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})


def composer(page: Page) -> Locator:
    """Where one writes in #payroll."""
    return page.get_by_role("textbox", name="Message #payroll")


async def say(page: Page, text: str) -> None:
    """Send a message or a command there."""
    await composer(page).fill(text)
    await composer(page).press("Enter")


async def act_as(page: Page, user: str) -> None:
    """Become another person, as the page allows."""
    await page.get_by_role("button", name="Act as").click()
    await page.locator(f"[data-act-as={user}]").click()


async def problems(page: Page) -> list[str]:
    """What a screen reader or a weak eye would trip over."""
    found: list[str] = await page.evaluate(CHECKER.read_text(encoding="utf-8"))
    return found
