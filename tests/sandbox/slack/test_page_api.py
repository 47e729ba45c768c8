"""The JSON API of the sandbox page, over HTTP as the page uses it."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.slack.guide import GuideLine
from sandbox.slack.server import SlackSandbox
from sandbox.slack.user_actions import Person
from tests.sandbox.slack.sample_app import SampleApp

Json = dict[str, Any]
ASTRID, INGRID = "U01ASTRID", "U05INGRID"


class Page:
    """The page of one user."""

    def __init__(self, session: aiohttp.ClientSession, url: str, user: str = ASTRID) -> None:
        self.session = session
        self.url = url
        self.user = user

    async def state(self, user: str | None = None) -> Json:
        return await self.get(f"/ui/state?as={user or self.user}")

    async def get(self, path: str) -> Json:
        async with self.session.get(self.url + path) as response:
            answer: Json = await response.json()
            return answer

    async def post(self, path: str, **body: Any) -> Json:
        async with self.session.post(f"{self.url}/ui/{path}", json={"as": self.user, **body}) as response:
            answer: Json = await response.json()
            return answer


@pytest.fixture
async def page(slack: SlackSandbox) -> AsyncIterator[Page]:
    async with aiohttp.ClientSession() as session:
        yield Page(session, slack.url)


async def test_state_is_what_the_user_sees(slack: SlackSandbox, page: Page) -> None:
    owner, guest = await page.state(), await page.state(INGRID)
    assert owner["me"]["role"] == "owner"
    assert {channel["name"] for channel in owner["channels"]} >= {"payroll", "salary-review", "payroll-2024"}
    assert {channel["name"] for channel in guest["channels"]} == {"partner-desk", "Sample bot"}
    assert set(owner["messages"]) == {channel["id"] for channel in owner["channels"]}
    assert owner["modal"] is None
    assert owner["home"] is None
    assert owner["connected"] is False
    opened = await page.get("/ui/state")
    assert opened["me"] == owner["me"], "a page that was just opened acts as the first person"
    assert owner["app"] == {"name": "Sample", "bot_user_id": "U00APPBOT", "home": True}


async def test_setup_through_the_page(slack: SlackSandbox, app: SampleApp, page: Page) -> None:
    sent = await page.post("message", channel="C02PAYROLL", text="/integration setup")
    assert sent == {"ok": True}
    await slack.until(lambda: slack.world.views.top(ASTRID))
    modal = (await page.state())["modal"]
    assert modal["stack_depth"] == 1
    view = modal["view"]
    container = {"type": "view", "view_id": view["id"]}
    offered = await page.post("options", container=container, block_id="people", action_id="people_search", query="bo")
    assert [option["value"] for option in offered["options"]] == ["bo"]

    def state(name: str | None) -> Json:
        return {
            "name": {"value": name},
            "system": {"system_chosen": "tripletex"},
            "people": {"people_search": [{"value": "bo", "text": "Bo"}]},
            "channel": {"value": "C02PAYROLL"},
        }

    empty = await page.post("submit", view_id=view["id"], state=state(None))
    assert empty == {"ok": False, "errors": {"name": "Please complete this required field."}}
    taken = await page.post("submit", view_id=view["id"], state=state("taken"))
    assert taken == {"ok": False, "errors": {"name": "Already connected"}}
    unknown = await page.post("submit", view_id=view["id"], state={"system": {"system_chosen": "sap"}})
    assert "offers no option 'sap'" in unknown["trouble"]
    assert await page.post("submit", view_id=view["id"], state=state("Nordlind")) == {"ok": True}
    values = app.bodies["submission"]["view"]["state"]["values"]
    assert values["people"]["people_search"]["selected_options"] == [
        {"text": {"type": "plain_text", "text": "Bo", "emoji": True}, "value": "bo"}
    ]
    assert await page.post("submit", view_id=view["id"], state={}) == {"ok": True}
    await slack.until(lambda: Person(slack, "astrid").messages())
    shown = await page.state()
    [message] = shown["messages"]["C02PAYROLL"]
    assert message["bot"]
    assert message["username"] == "Sample bot"
    assert next(c for c in shown["channels"] if c["name"] == "payroll")["unread"] == 1
    await page.post("read", channel="C02PAYROLL")
    assert next(c for c in (await page.state())["channels"] if c["name"] == "payroll")["unread"] == 0

    container = {"type": "message", "channel": "C02PAYROLL", "ts": message["ts"]}
    clicked = await page.post("action", container=container, block_id="buttons", action_id="run", value=None, state={})
    assert clicked == {"ok": True}
    await slack.until(lambda: slack.api_calls("chat.update"))
    [message] = (await page.state())["messages"]["C02PAYROLL"]
    assert (message["text"], message["blocks"][0]["block_id"]) == ("Running", "words")
    assert app.bodies["run"]["actions"][0]["value"] == "v1"
    assert app.bodies["run"]["message"]["ts"] == message["ts"]


async def test_what_slackbot_says(slack: SlackSandbox, page: Page) -> None:
    async def said(channel: str, text: str, **more: Any) -> str:
        return str((await page.post("message", channel=channel, text=text, **more))["error"])

    assert await said("C02PAYROLL", "/nonsense") == "dispatch_unknown_command"
    assert await said("C02PAYROLL", "/integration") == "dispatch_failed"
    assert await said("C02PAYROLL", "/integration", thread_ts="1.2") == "not_supported_in_threads"
    assert await said("C06ARCHIVE", "hello") == "is_archived"
    assert await said("D01ASTRID", "hello") == "restricted_action"
    assert await said("D02HENRIK", "hello") == "channel_not_found"


async def test_closing_and_home(slack: SlackSandbox, app: SampleApp, page: Page) -> None:
    await page.post("message", channel="C02PAYROLL", text="/integration setup")
    await slack.until(lambda: slack.world.views.top(ASTRID))
    view = slack.world.views.stack(ASTRID)[0]
    other = await page.post("close", **{"as": INGRID}, view_id=view.id, clear_all=True)
    assert other["ok"] is False
    assert await page.post("close", view_id=view.id, clear_all=True) == {"ok": True}
    assert (await page.state())["modal"] is None
    assert await page.post("home") == {"ok": True}
    await slack.until(lambda: slack.world.views.homes)
    state = await page.state()
    assert state["connected"]
    container = {"type": "view", "view_id": state["home"]["id"]}
    clicked = await page.post("action", container=container, block_id="buttons", action_id="run", value=None)
    assert clicked == {"ok": True}


async def test_changes_are_announced_to_those_who_see_them(slack: SlackSandbox, page: Page) -> None:
    async def next_version(response: aiohttp.ClientResponse) -> int:
        async for line in response.content:
            if line.startswith(b"data: "):
                return int(json.loads(line.removeprefix(b"data: "))["version"])
        raise AssertionError("the stream ended")

    async with (
        page.session.get(f"{slack.url}/ui/events?as={ASTRID}") as owner,
        page.session.get(f"{slack.url}/ui/events?as={INGRID}") as guest,
    ):
        assert owner.content_type == "text/event-stream"
        start = await next_version(owner)
        await next_version(guest)
        await page.post("message", channel="C02PAYROLL", text="Not for guests")
        assert await next_version(owner) > start
        await page.post("message", channel="C01GENERAL", text="Nor this")
        partner = Person(slack, "henrik")
        await partner.type("For guests too", "partner-desk")
        version = await next_version(guest)
        state = await page.state(INGRID)
        assert version <= state["version"]
        assert [m["text"] for m in state["messages"]["C05PARTNER"]] == ["For guests too"]


async def test_guide_and_systems(slack: SlackSandbox, page: Page) -> None:
    slack.add_guide_card("Start", [GuideLine("Type", "/integration setup", note="in #payroll", copy=True)])
    rows = [["1", "Anna"]]
    table = {"title": "Employees", "columns": ["No", "Name"], "rows": rows}
    slack.add_system("tripletex", "Tripletex", lambda: {"title": "Tripletex", "note": "", "tables": [table]})
    state = await page.state()
    assert state["systems"] == [{"id": "tripletex", "title": "Tripletex"}]
    assert state["guide"]["cards"][0]["lines"][0]["copy"] is True
    rows.append(["2", "Bo"])
    assert len((await page.get("/ui/systems/tripletex"))["tables"][0]["rows"]) == 2
    assert await page.get("/ui/systems/none") == {"ok": False, "error": "not_found"}


async def test_nonsense_is_a_clear_refusal(page: Page) -> None:
    assert (await page.post("message", channel="C02PAYROLL"))["error"] == "bad_request"
    assert (await page.post("message", **{"as": "U99"}, channel="x", text="y"))["error"] == "user_not_found"
    assert (await page.post("action", container=7, block_id="x", action_id="y"))["error"] == "bad_request"
    assert (await page.state("U99"))["error"] == "user_not_found"
