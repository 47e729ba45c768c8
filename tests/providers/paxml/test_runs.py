"""Files for people as the jobs make them: given to one person, in doubt from then on, and never delivered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.core.text import text
from bot.jobs.runs.service import RunRequest
from bot.providers.errors import NotPermitted, ProviderError, Unavailable
from bot.providers.protocol import PackedFile
from sandbox.paxml import COMPANY_NAME, COMPANY_NUMBER, GOOD, Books, Paxml
from storage import people, plans
from storage.integrations import Integration
from storage.runs import Run, RunKind, RunState
from tests.providers.paxml.customer import HASTE, by_sftp
from tests.support.migrated import copy_into
from tests.support.replica_world import World, standing

SIZE = 30


@dataclass
class PairOfHands:
    """Hands that take what they are given, after the errors that stand in the way."""

    errors: list[ProviderError] = field(default_factory=list)
    given: list[tuple[str, PackedFile, int]] = field(default_factory=list)

    async def give(self, run_id: str, file: PackedFile, people: int) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.given.append((run_id, file, people))


class Company(World):
    """A world whose integration delivers PAXml by SFTP."""

    norwegian = 0.0

    @property
    def options(self) -> dict[str, dict[str, str]]:
        return super().options | {"paxml": HASTE}

    async def deliver_to(self, paxml: Paxml, **more: Any) -> Integration:
        return await self.connect(
            provider="paxml",
            target_account_id=f"{GOOD.username}@127.0.0.1:{paxml.sftp.port}/{COMPANY_NUMBER}",
            target_account_name=COMPANY_NAME,
            environment="production",
            credentials=by_sftp(paxml),
            settings={"other_form": "visstid"},
            **more,
        )

    async def file(self, integration: Integration, hands: PairOfHands | None) -> Run:
        """A run that somebody asked for, to its end."""
        self.hands = hands
        async with self.working() as jobs:
            run = await jobs.runs.start(RunRequest(integration.id, RunKind.FILE, "U1", f"press-{id(hands)}"))
            return await self.ended(run.id)

    async def remembered(self, integration: Integration) -> list[str | None]:
        async with self.database.reading() as s:
            return [person.last_outcome for person in (await people.load(s, integration.id)).values()]


@pytest.fixture
async def paxml() -> AsyncIterator[Paxml]:
    async with Paxml() as system:
        yield system


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    async with standing(Company(copy_into(tmp_path), tmp_path, SIZE)) as made:
        yield made


async def test_everyone_is_in_one_file_and_in_doubt_and_nothing_is_delivered(company: Company, paxml: Paxml) -> None:
    integration, hands = await company.deliver_to(paxml), PairOfHands()
    run = await company.file(integration, hands)
    assert (run.state, dict(run.counts)) == (RunState.DONE, {"created": SIZE})
    ((run_id, file, given),) = hands.given
    assert (run_id, given) == (run.id, SIZE)
    assert sorted(Books().take(file.content)) == sorted(person["number"] for person in company.people)
    assert file.content.decode("iso-8859-1") not in repr(file)
    assert await company.remembered(integration) == ["unknown"] * SIZE
    assert (paxml.sftp.steps, paxml.log) == ([], [])
    async with company.database.reading() as s:
        assert await plans.header(s, company.database.vault, run.id) is None, "the plan goes with the run"


async def test_an_outage_of_whoever_hands_it_over_is_waited_out(company: Company, paxml: Paxml) -> None:
    away = Unavailable("slack: away", text=text("file.slack"))
    integration, hands = await company.deliver_to(paxml), PairOfHands([away, away])
    run = await company.file(integration, hands)
    assert run.state is RunState.DONE
    assert len(hands.given) == 1


async def test_whoever_may_not_have_it_gets_none(company: Company, paxml: Paxml) -> None:
    integration = await company.deliver_to(paxml)
    hands = PairOfHands([NotPermitted("not this person", text=text("file.not_given"))])
    run = await company.file(integration, hands)
    assert (run.state, hands.given) == (RunState.FAILED, [])
    assert run.reason is not None
    assert "file.not_given" in str(run.reason["text"])


async def test_where_nobody_hands_out_files_there_are_none(company: Company, paxml: Paxml) -> None:
    run = await company.file(await company.deliver_to(paxml), None)
    assert run.state is RunState.FAILED
    assert "file.unsupported" in str((run.reason or {})["text"])


async def test_a_system_that_is_written_to_has_no_file(company: Company) -> None:
    hands = PairOfHands()
    run = await company.file(await company.connect(), hands)
    assert (run.state, hands.given) == (RunState.FAILED, [])
    assert company.tripletex.requests.writes() == []
