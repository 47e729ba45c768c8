"""Deliveries as the jobs make them: outages are waited out, and what is in doubt is delivered whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.jobs.runs.service import RunRequest
from sandbox.agda_ps import GOOD, AgdaPs, demo
from storage import integrations, outcomes, people
from storage.integrations import Integration, IntegrationState
from storage.run_options import RunOptions
from storage.runs import RunKind, RunState
from tests.providers.agda_ps.customer import HASTE, SETTINGS, credentials
from tests.support.migrated import copy_into
from tests.support.replica_world import World, standing

SIZE = 30


class Company(World):
    """A world whose integration delivers to Agda PS."""

    norwegian = 0.0

    agda: AgdaPs

    @property
    def options(self) -> dict[str, dict[str, str]]:
        return super().options | {"agda_ps": HASTE}

    async def deliver_to(self, agda: AgdaPs, **more: Any) -> Integration:
        self.agda = agda
        return await self.connect(
            provider="agda_ps",
            target_account_id=f"{GOOD.username}@{agda.host}:{agda.port}/1",
            target_account_name="Acme Corp",
            environment="production",
            credentials=credentials(agda),
            settings=SETTINGS,
            **more,
        )

    def held(self) -> set[str]:
        return {key.partition("/")[2] for key in self.agda.of(GOOD.username).people}


@pytest.fixture
async def agda() -> AsyncIterator[AgdaPs]:
    async with demo() as system:
        yield system


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    async with standing(Company(copy_into(tmp_path), tmp_path, SIZE)) as made:
        yield made


async def kinds(company: Company, run_id: str) -> set[str]:
    async with company.database.reading() as s:
        return {row.kind for row in await outcomes.all(s, company.database.vault, run_id)}


def everyone(company: Company) -> set[str]:
    return {person["number"] for person in company.people}


async def remembered(company: Company, integration: Integration) -> set[str | None]:
    async with company.database.reading() as s:
        return {person.last_outcome for person in (await people.load(s, integration.id)).values()}


async def test_everyone_in_one_file_and_then_nobody(company: Company, agda: AgdaPs) -> None:
    integration = await company.deliver_to(agda)
    async with company.working() as jobs:
        first = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        ended = await company.ended(first.id)
        assert (ended.state, ended.counts) == (RunState.DONE, {"created": SIZE})
        second = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-2"))
        assert (await company.ended(second.id)).counts == {"unchanged": SIZE}
        whole = await jobs.runs.start(
            RunRequest(integration.id, RunKind.SYNC, "U1", "press-3", RunOptions(redeliver=True))
        )
        assert (await company.ended(whole.id)).counts == {"updated": SIZE}
    assert company.held() == everyone(company)
    assert [(entry.people, entry.problems) for entry in agda.log] == [(SIZE, ()), (SIZE, ())]


async def test_an_outage_is_waited_out(company: Company, agda: AgdaPs) -> None:
    integration = await company.deliver_to(agda)
    agda.faults.cut("write")
    agda.faults.cut("rename")
    async with company.working() as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        ended = await company.ended(run.id)
    assert (ended.state, ended.counts) == (RunState.DONE, {"created": SIZE})
    assert [(entry.people, entry.problems) for entry in agda.log] == [(SIZE, ())]
    assert await remembered(company, integration) == {"created"}


async def test_an_unknown_fate_is_told_and_delivered_again(company: Company, agda: AgdaPs) -> None:
    integration = await company.deliver_to(agda)
    agda.faults.cut("rename", committed=True)
    async with company.working() as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        assert (await company.ended(run.id)).counts == {"unknown": SIZE}
        assert await kinds(company, run.id) == {"unknown"}
        assert await remembered(company, integration) == {"unknown"}
        again = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-2"))
        assert (await company.ended(again.id)).counts == {"updated": SIZE}
    assert company.held() == everyone(company)
    assert [entry.problems for entry in agda.log] == [(), ()]


async def test_another_host_key_pauses_the_integration(company: Company, agda: AgdaPs) -> None:
    integration = await company.deliver_to(agda)
    agda.change_host_key()
    async with company.working() as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        ended = await company.ended(run.id)
    assert ended.state is RunState.FAILED
    assert (await state_of(company, integration)) is IntegrationState.NEEDS_RECONNECT
    assert agda.steps == []


async def state_of(company: Company, integration: Integration) -> IntegrationState:
    async with company.database.reading() as s:
        found = await integrations.get(s, integration.id)
    assert found is not None
    return found.state
