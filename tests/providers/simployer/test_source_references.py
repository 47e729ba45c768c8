"""An employee refers to the employment and the pay in force: one that the account does not give is no absence of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.employee import Employee, EmployeeState
from bot.locales import LANGUAGES
from bot.locales.translator import translator
from bot.providers.simployer.convert import COMPENSATION_KEY, EMPLOYMENT_KEY, Lookups, Related
from bot.providers.simployer.source import SimployerSource
from bot.providers.simployer.state import state_of
from bot.sync.checks import CheckContext, check
from sandbox.companies import polarbonan
from sandbox.simployer import Simployer
from tests.support.provider_connections import simployer_source

TODAY = date(2026, 11, 22)
KINDS = [
    ("employment", "employmentId", ("employment.unreadable", "start_date")),
    ("compensation", "compensationId", ("compensation.unreadable", "compensation")),
]


@pytest.fixture
async def simployer() -> AsyncIterator[Simployer]:
    async with Simployer(polarbonan.company(TODAY)) as running:
        yield running


@pytest.fixture
async def source(simployer: Simployer) -> AsyncIterator[SimployerSource]:
    async with simployer_source(simployer) as connected:
        yield connected


def refer(simployer: Simployer, key: str, to: Any) -> None:
    row = simployer.admin.employee("1001")
    simployer.store.oddities.setdefault(row["id"], {})[key] = to


async def read(simployer: Simployer, source: SimployerSource) -> Employee:
    """Somebody, after making sure that everybody else came with them."""
    people = {person.source_id: person async for page in source.employees() for person in page}
    assert len(people) == len(simployer.store.rows["employee"])
    return people[simployer.admin.employee("1001")["id"]]


def blocking(person: Employee) -> set[tuple[str, str]]:
    found = check(person, CheckContext(today=TODAY, environment="test"))
    return {(one.code, one.field) for one in found if one.severity.value == "blocking"}


@pytest.mark.parametrize("to", ["f" * 24, "not an id", 17, {"id": "f" * 24}])
@pytest.mark.parametrize(("kind", "key", "found"), KINDS)
async def test_a_reference_to_nothing_stops_the_person(
    simployer: Simployer, source: SimployerSource, kind: str, key: str, found: tuple[str, str], to: object
) -> None:
    refer(simployer, key, to)
    assert blocking(await read(simployer, source)) == {found}


@pytest.mark.parametrize(("kind", "key", "found"), KINDS)
async def test_a_reference_to_what_is_another_persons_stops_the_person(
    simployer: Simployer, source: SimployerSource, kind: str, key: str, found: tuple[str, str]
) -> None:
    other = simployer.admin.employee("1002")["id"]
    refer(simployer, key, next(row["id"] for row in simployer.store.rows[kind].values() if row["employeeId"] == other))
    assert blocking(await read(simployer, source)) == {found}


@pytest.mark.parametrize("to", [None, "", " "])
@pytest.mark.parametrize("key", ["employmentId", "compensationId"])
async def test_no_reference_stops_nobody(simployer: Simployer, source: SimployerSource, key: str, to: object) -> None:
    refer(simployer, key, to)
    assert blocking(await read(simployer, source)) == set()


@pytest.mark.parametrize(("kind", "key", "found"), KINDS)
async def test_an_incremental_read_tells_it_too(
    simployer: Simployer, source: SimployerSource, kind: str, key: str, found: tuple[str, str]
) -> None:
    async def never(_: EmployeeState) -> bool:
        return False

    refer(simployer, key, "f" * 24)
    wanted = frozenset({simployer.admin.employee("1001")["id"]})
    (person,) = [person async for page in source.changes(wanted, never) for person in page]
    assert isinstance(person, Employee)
    assert blocking(person) == {found}


@pytest.mark.parametrize("key", [EMPLOYMENT_KEY, COMPENSATION_KEY])
def test_somebody_is_not_as_before_once_it_is_gone(key: str) -> None:
    row = {"id": "e", "updated": "2026-01-01T00:00:00.000Z"}
    lookups, now = Lookups({}, {}, {}, {}, {}, ZoneInfo("Europe/Oslo")), datetime(2026, 11, 22, tzinfo=UTC)
    assert state_of(row, Related(), lookups, now) != state_of(row, Related(absent={key}), lookups, now)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_text_says_so_without_a_day(simployer: Simployer, source: SimployerSource, language: str) -> None:
    refer(simployer, "compensationId", "f" * 24)
    person = await read(simployer, source)
    (told,) = [one for one in check(person, CheckContext(today=TODAY)) if one.code == "compensation.unreadable"]
    t = translator(language)
    assert t("check.day_unknown") in t("check.compensation.unreadable", **told.values)
