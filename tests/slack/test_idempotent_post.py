"""A post whose answer was lost is found again, however far down it is, and wherever it was made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.client import slack_client
from bot.slack.idempotent_post import LOOK_BACK, PostOnce
from bot.views.message import Message
from tests.support.slack_office import Office

CHANNEL = "C02PAYROLL"


class Record:
    """Kept by the test, as a database would."""

    def __init__(self) -> None:
        self.subject, self.since, self.begun = "RUN", datetime.now(UTC), ""

    def is_begun(self, key: str) -> bool:
        return self.begun == key

    async def begin(self, key: str) -> None:
        self.begun = key


def client_of(office: Office) -> AsyncWebClient:
    return slack_client(office.slack.bot_token, office.slack.api_url)


async def lost(office: Office, record: Record, channel: str, thread_ts: str | None = None) -> None:
    """A post that was made, and whose answer never came."""
    office.slack.inject_fault("chat.postMessage", http_status=500, after_commit=True)
    with pytest.raises(SlackApiError):
        await PostOnce(record, "message").make(client_of(office), channel, Message("The report", []), thread_ts)


async def again(office: Office, record: Record, channel: str, thread_ts: str | None = None) -> bool:
    posted = await PostOnce(record, "message").make(client_of(office), channel, Message("The report", []), thread_ts)
    return posted.found


async def talk(office: Office, thread_ts: str | None = None) -> None:
    client = client_of(office)
    for number in range(LOOK_BACK + 5):
        await client.chat_postMessage(channel=CHANNEL, text=f"word {number}", thread_ts=thread_ts)


async def test_a_post_is_found_below_a_page_of_other_words(office: Office) -> None:
    record = Record()
    await client_of(office).conversations_join(channel=CHANNEL)
    await lost(office, record, CHANNEL)
    await talk(office)
    assert await again(office, record, CHANNEL)
    assert len(office.calls("conversations.history")) == 2


async def test_a_reply_is_found_after_a_page_of_other_replies(office: Office) -> None:
    record = Record()
    await client_of(office).conversations_join(channel=CHANNEL)
    parent = await client_of(office).chat_postMessage(channel=CHANNEL, text="The run")
    await talk(office, str(parent["ts"]))
    await lost(office, record, CHANNEL, str(parent["ts"]))
    assert await again(office, record, CHANNEL, str(parent["ts"]))


async def test_a_direct_message_is_found_in_its_own_conversation(office: Office) -> None:
    record = Record()
    await lost(office, record, "U02HENRIK")
    assert await again(office, record, "U02HENRIK")
    assert len(office.person("henrik").direct_messages()) == 1


async def test_a_workspace_that_does_not_let_direct_messages_be_read_gets_two(office: Office) -> None:
    world = office.slack.world
    world.manifest = replace(world.manifest, scopes=world.manifest.scopes - {"im:history"})
    record = Record()
    await lost(office, record, "U02HENRIK")
    assert not await again(office, record, "U02HENRIK")
    assert len(office.person("henrik").direct_messages()) == 2


async def test_while_slack_cannot_be_asked_nothing_is_posted(office: Office) -> None:
    record = Record()
    await lost(office, record, CHANNEL)
    office.slack.inject_fault("conversations.history", error="internal_error")
    with pytest.raises(SlackApiError):
        await again(office, record, CHANNEL)
    assert len(office.calls("chat.postMessage")) == 1


@pytest.mark.parametrize(("others", "found"), [(14, True), (15, False)])
async def test_an_app_that_may_read_little_posts_again_what_is_out_of_its_sight(
    office: Office, others: int, found: bool
) -> None:
    record = Record()
    office.slack.world.sold_elsewhere = True
    await client_of(office).conversations_join(channel=CHANNEL)
    await lost(office, record, CHANNEL)
    for number in range(others):
        await client_of(office).chat_postMessage(channel=CHANNEL, text=f"word {number}")
    assert await again(office, record, CHANNEL) is found
    assert len(office.person("henrik").messages("payroll")) == others + (1 if found else 2)
