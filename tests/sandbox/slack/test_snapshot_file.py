"""The conversation goes on after a restart."""

from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.user_actions import Person
from tests.sandbox.slack.conftest import StartApp, StartSlack
from tests.sandbox.slack.sample_app import section


async def test_restart_keeps_what_was_said(start_slack: StartSlack, start_app: StartApp, tmp_path: Path) -> None:
    file = tmp_path / "demo" / "slack.json"
    first = await start_slack(data=file)
    await start_app(first)
    client = AsyncWebClient(token=first.bot_token, base_url=first.api_url)
    astrid = Person(first, "astrid")
    posted = await client.chat_postMessage(channel="C02PAYROLL", text="Kept", blocks=[section("Kept")])
    await client.files_upload_v2(filename="a.csv", content="å", channel="C02PAYROLL", thread_ts=posted["ts"])
    await client.chat_postEphemeral(channel="C02PAYROLL", user=astrid.user.id, text="Forgotten")
    await astrid.type("/invite @sample_bot", "hr-team")
    astrid.open_home()
    await first.until(lambda: astrid.home)
    await astrid.type("/integration setup")
    await first.until(lambda: astrid.modal)
    await astrid.fill("name", "canary-secret")
    await first.stop()
    assert "canary-secret" not in file.read_text(encoding="utf-8")

    second = await start_slack(data=file)
    again = Person(second, "astrid")
    [message] = again.messages("payroll")
    assert (message.text, message.ts) == ("Kept", posted["ts"])
    [reply] = again.thread("payroll", message.ts)
    assert second.world.files[reply.files[0]["id"]].content == "å".encode()
    assert second.world.workspace.bot.id in second.world.workspace.channels["C03HRTEAM0"].members
    assert again.home is not None
    assert "Welcome" in again.reads(again.home)
    assert again.modal is None
    client = AsyncWebClient(token=second.bot_token, base_url=second.api_url)
    newer = await client.chat_postMessage(channel="C02PAYROLL", text="Newer")
    assert newer["ts"] > reply.ts


async def test_a_damaged_file_is_named(start_slack: StartSlack, tmp_path: Path) -> None:
    file = tmp_path / "slack.json"
    file.write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match="delete it to start afresh"):
        await start_slack(data=file)
