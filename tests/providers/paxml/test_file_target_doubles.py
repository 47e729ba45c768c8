"""Two people with one key of the importer's: they stay out of the file, and everybody else is in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

import pytest

from bot.domain.change import Change
from bot.domain.employee import Employee
from bot.domain.outcome import OutcomeKind
from bot.sync.apply.deliver import deliver_changes
from bot.sync.compare.fingerprints import SyncedPerson
from sandbox.paxml import Paxml
from tests.providers.agda_ps.customer import swede
from tests.providers.file_target_suite import Runs
from tests.providers.paxml.customer import inbox
from tests.providers.paxml.test_standard import PaxmlWorld
from tests.support.employees import fingerprint
from tests.support.fake_target import MemorySource

ONE_IDENTITY = replace(swede(2), identity=swede(1).identity, birth_date=swede(1).birth_date)
ONE_NUMBER = replace(swede(2), number=swede(1).number)


@pytest.fixture
async def paxml() -> AsyncIterator[Paxml]:
    async with Paxml() as system:
        yield system


@pytest.mark.parametrize("double", [ONE_IDENTITY, ONE_NUMBER], ids=["identity", "number"])
async def test_they_keep_nobody_else_out(paxml: Paxml, double: Employee) -> None:
    people, changes, target = [swede(1), double, swede(3)], list[Change](), inbox(paxml)
    for person in people:  # each planned as if alone: together, the plan would ask
        changes += (await Runs(PaxmlWorld(paxml), MemorySource([person])).plan(target)).changes
    noted: dict[str, SyncedPerson] = {}

    async def note(doubted: Mapping[str, SyncedPerson]) -> None:
        noted.update(doubted)

    world = PaxmlWorld(paxml)
    outcomes = await deliver_changes(
        changes,
        MemorySource(people),
        target,
        world.settings,
        Runs(world, MemorySource()).today,
        fingerprint=fingerprint,
        note=note,
    )
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.FAILED, OutcomeKind.FAILED, OutcomeKind.CREATED]
    assert {outcome.reason and outcome.reason.key for outcome in outcomes[:2]} == {"paxml.one_key_for_two"}
    paxml.import_now()
    assert set(paxml.books.people) == {"703"}
    assert set(noted) == {"s3"}
