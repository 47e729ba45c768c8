"""An administrator connects Kleer in Slack, previews, syncs, and the next sync finds nothing to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.kleer import COMPANY, OTHER_COMPANY, TOKEN, UNKNOWN_TOKEN, demo
from sandbox.slack.workspace import Message
from storage import runs
from tests.support.slack_office import SIMPLOYER_TOKEN, Office, open_office

FIELD, ID, ENVIRONMENT = (f"credential.kleer.{name}" for name in ("token", "company_id", "environment"))
NAME = "Polarbönan Sverige AB"
NEW = "2007"


async def test_connecting_previewing_syncing_and_resting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with demo() as kleer:
        sweden = kleer.companies["test", COMPANY]
        for name, value in kleer.operator_environment().items():
            monkeypatch.setenv(name, value)
        async with open_office(tmp_path) as office:
            henrik = office.person("henrik")
            await office.to_credentials(henrik, "kleer", FIELD)
            await henrik.choose(ENVIRONMENT, "test")
            for token, company, said in (
                (UNKNOWN_TOKEN, COMPANY, "Kleer godtar ikke tokenen"),
                (TOKEN, OTHER_COMPANY, "Kleer viser ikke et selskap med denne id-en"),
            ):
                await office.until_field(henrik, FIELD)
                await henrik.fill(FIELD, token)
                await henrik.fill(ID, str(company))
                await henrik.submit()
                await office.shows(henrik, said)
            await henrik.fill(FIELD, TOKEN)
            await henrik.fill(ID, str(COMPANY))
            await henrik.submit()
            await office.until_step(henrik, "accounts")
            assert NAME in henrik.reads()
            await _sync(office, f"{COMPANY}-5590000001")
        (user,) = sweden.by_number(NEW)
        assert list(sweden.salaries[user].values()) == [3_350_000]


async def _sync(office: Office, account: str) -> None:
    henrik = office.person("henrik")
    async with office.app.services.connections.try_source({"access_token": SIMPLOYER_TOKEN}) as source:
        people = [found.source_id for found in await source.search(NEW)]
    await office.make(
        provider="kleer",
        target_account_id=account,
        target_account_name=NAME,
        environment="test",
        credentials={"token": TOKEN, "company_id": str(COMPANY), "environment": "test"},
        settings={"salary_unit": "ore", "new_people": "created"},
        scope={"kind": "people", "ids": people},
    )
    last = ""
    for command, *said in (
        ("/integration sync preview", "Forhåndsvisning: Norge", "Ferdig"),
        ("/integration sync now", "1 ansatt", "Ferdig"),
        ("/integration sync now", "Ingenting å endre", "Ferdig"),
    ):
        before = last

        def later(before: str = before) -> list[Message]:
            return [message for message in henrik.messages("payroll") if message.ts > before]

        await henrik.type(command)
        last = (await office.reads(later, henrik, *said)).ts

        async def ended() -> bool | None:
            async with office.app.services.database.reading() as s:
                return not await runs.active(s) or None

        await office.until(ended)
