"""Reading reports as the team does: in the channel, in the thread, in the file."""

from __future__ import annotations

import asyncio
import csv
import io

import httpx

from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Message
from storage import runs
from tests.support.slack_office import Office


async def report(office: Office, who: Person, *words: str, channel: str = "payroll", ended: str = "Ferdig") -> Message:
    """Wait until a run's message in the channel has come to its end and says all of this."""
    return await office.reads(lambda: bot_messages(who, channel), who, ended, *words)


def bot_messages(who: Person, channel: str = "payroll") -> list[Message]:
    """What the bot has posted for all to see, oldest first."""
    return [message for message in who.messages(channel) if not message.ephemeral_to and message.blocks]


async def full_list(office: Office, who: Person, message: Message, channel: str = "payroll") -> list[dict[str, str]]:
    """The rows of the file in the report's thread, fetched as the reader's browser would."""

    url = await _file_url(office, who, message, channel)
    headers = {"Authorization": f"Bearer {office.slack.bot_token}"}
    async with httpx.AsyncClient() as client:
        content = (await client.get(url, headers=headers)).content
    assert content.startswith(b"\xef\xbb\xbf"), "without this mark, Excel takes the file for another encoding"
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


async def details(office: Office, who: Person, message: Message, channel: str = "payroll") -> str:
    """All that stands in a report's thread, once its file, which comes last, is there."""
    await _file_url(office, who, message, channel)
    return "\n".join(who.reads(reply) for reply in who.thread(channel, message.ts))


async def _file_url(office: Office, who: Person, message: Message, channel: str) -> str:
    def found() -> str:
        files = [file for reply in who.thread(channel, message.ts) for file in reply.files]
        return str(files[0]["url_private"]) if files else ""

    return await office.slack.world.changes.until(found)


async def at_rest(office: Office) -> None:
    """Wait until no run is under way: a report is shown a moment before its run ends."""
    async with asyncio.timeout(60):
        while True:
            async with office.app.database.reading() as session:
                if not await runs.active(session):
                    return
            await asyncio.sleep(0.02)
