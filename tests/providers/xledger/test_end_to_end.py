"""An administrator connects Xledger in Slack, and a sync of it finds nothing to do the second time."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.slack.workspace import Message
from sandbox.xledger import COMPANY, EXPIRED_TOKEN, TOKEN, demo
from storage import runs
from tests.providers.xledger.connections import ENTERED, EVERYTHING, row_of
from tests.support.slack_office import SIMPLOYER_TOKEN, Office, dump, open_office

FIELD = "credential.xledger."
NEW = "1005"


async def test_the_live_check_a_sync_and_unchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with demo() as xl:
        for name, value in xl.operator_environment().items():
            monkeypatch.setenv(name, value)
        async with open_office(tmp_path) as office:
            henrik, norway = office.person("henrik"), xl.companies[COMPANY]
            await office.to_credentials(henrik, "xledger", f"{FIELD}token")
            await henrik.choose(f"{FIELD}environment", "demo")
            await henrik.fill(f"{FIELD}token", EXPIRED_TOKEN)
            await henrik.submit()
            await office.shows(henrik, "godtar ikke API-nøkkelen")
            await henrik.fill(f"{FIELD}token", TOKEN)
            await henrik.submit()
            await office.until_step(henrik, "accounts")
            assert COMPANY in henrik.reads()
            async with office.app.services.connections.try_source({"access_token": SIMPLOYER_TOKEN}) as source:
                people = [found.source_id for found in await source.search(NEW)]
            async with office.app.services.connections.try_account(office.team_id, "xledger", ENTERED) as door:
                account = await door.identify()
            await office.make(
                provider="xledger",
                target_account_id=account.id,
                target_account_name=account.name,
                environment="test",
                credentials=dict(ENTERED),
                settings=dict(EVERYTHING),
                scope={"kind": "people", "ids": people},
            )
            last = ""
            for command, *said in (
                ("/integration sync now", "1 ansatt", "Ferdig"),
                ("/integration sync now", "Ingenting å endre", "Ferdig"),
            ):
                before = last

                def later(before: str = before) -> list[Message]:
                    return [message for message in henrik.messages("payroll") if message.ts > before]

                await henrik.type(command)
                last = (await office.reads(later, henrik, *said)).ts
                await _over(office)
            assert row_of(norway, NEW)["employmentFrom"]
            assert TOKEN not in dump([message.blocks for message in henrik.messages("payroll")])


async def _over(office: Office) -> None:
    """Wait until no run is under way."""

    async def ended() -> bool | None:
        async with office.app.services.database.reading() as s:
            return not await runs.active(s) or None

    await office.until(ended)
