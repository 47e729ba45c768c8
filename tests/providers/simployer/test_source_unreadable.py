"""What one person's rows may hold that nobody expected: it is told of that person and stops nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.employee import Employee
from bot.providers.errors import Unavailable
from bot.providers.simployer.client import SimployerClient
from bot.providers.simployer.source import SimployerSource
from bot.sync.checks import CheckContext, check
from sandbox.companies import polarbonan
from sandbox.simployer import Simployer
from tests.support.provider_connections import simployer_source, to_simployer

CONTEXT = CheckContext(today=date(2026, 11, 22), environment="test")


@pytest.fixture
async def simployer() -> AsyncIterator[Simployer]:
    async with Simployer(polarbonan.company(date(2026, 11, 22))) as running:
        yield running


@pytest.fixture
async def source(simployer: Simployer) -> AsyncIterator[SimployerSource]:
    async with simployer_source(simployer) as connected:
        yield connected


@pytest.mark.parametrize("said", [{"status": "error"}, [], "<html>"])
async def test_an_answer_that_says_nothing_of_somebody_does_not_say_that_they_are_gone(
    simployer: Simployer, said: Any
) -> None:
    simployer.faults.status(200 if said != "<html>" else 404, said, path="/employee/nobody$", times=9)
    async with SimployerClient(to_simployer(simployer, backoff_seconds="0", attempts="2")) as client:
        with pytest.raises(Unavailable):
            await client.get_one("/employee/nobody")


def give(simployer: Simployer, row: dict[str, Any], **values: Any) -> None:
    """Have a row's fields read like this, whatever a server should say."""
    simployer.store.oddities.setdefault(row["id"], {}).update(values)


async def read(simployer: Simployer, source: SimployerSource, number: str = "1001") -> Employee:
    """Somebody, after making sure that everybody else came with them."""
    wanted = simployer.admin.employee(number)["id"]
    people = {one.source_id: one async for page in source.employees() for one in page}
    assert len(people) == len(simployer.store.rows["employee"])
    return people[wanted]


def blocking(person: Employee) -> set[tuple[str, str]]:
    return {(one.code, one.field) for one in check(person, CONTEXT) if one.severity.value == "blocking"}


def row_of(simployer: Simployer, kind: str, number: str = "1001") -> dict[str, Any]:
    wanted = simployer.admin.employee(number)["id"]
    return max(
        (row for row in simployer.store.rows[kind].values() if row["employeeId"] == wanted),
        key=lambda row: str(row.get("effectiveDate") or row.get("startDate")),
    )


ENDS_OF_TIME = [
    "9999-12-31T23:59:59.999Z", "9999-12-31T22:00:00-03:00", "9999-12-31", "2099-12-31", "2099-12-31T00:00:00Z",
    "9999-12-31T00:00:00+14:00",
]  # fmt: skip
BEGINNINGS = ["0001-01-01T00:30:00+01:00", "0001-01-01", "0001-01-01T00:00:00Z"]


@pytest.mark.parametrize("written", ENDS_OF_TIME)
async def test_a_last_day_at_the_end_of_time_is_none(
    simployer: Simployer, source: SimployerSource, written: str
) -> None:
    give(simployer, row_of(simployer, "employment"), endDate=written)
    person = await read(simployer, source)
    assert person.employments[-1].end is None
    assert blocking(person) == set()


async def test_an_employment_that_is_over_without_a_last_day_is_told(
    simployer: Simployer, source: SimployerSource
) -> None:
    give(simployer, row_of(simployer, "employment"), terminated=True)
    person = await read(simployer, source)
    assert [one.code for one in check(person, CONTEXT)] == ["end.missing"]


@pytest.mark.parametrize("written", [*ENDS_OF_TIME, *BEGINNINGS])
@pytest.mark.parametrize(
    ("kind", "key", "found"),
    [
        ("employment", "startDate", ("employment.unreadable", "start_date")),
        ("compensation", "effectiveDate", ("compensation.undated", "compensation")),
    ],
)
async def test_a_first_day_at_an_end_of_time_stops_the_person(
    simployer: Simployer, source: SimployerSource, written: str, kind: str, key: str, found: tuple[str, str]
) -> None:
    give(simployer, row_of(simployer, kind), **{key: written})
    assert found in blocking(await read(simployer, source))


@pytest.mark.parametrize("written", [*ENDS_OF_TIME, *BEGINNINGS])
@pytest.mark.parametrize("key", ["birthDate", "hireDate", "endDate", "offboardDate", "updated"])
async def test_an_end_of_time_in_any_date_of_a_person_stops_nobody_else(
    simployer: Simployer, source: SimployerSource, written: str, key: str
) -> None:
    give(simployer, simployer.admin.employee("1001"), **{key: written})
    person = await read(simployer, source)
    if key == "birthDate":
        assert blocking(person)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"currency": None}, ("compensation.unreadable", "currency")),
        ({"currency": ""}, ("compensation.unreadable", "currency")),
        ({"amount": None}, ("compensation.unreadable", "compensation")),
        ({"amount": "70000.00"}, ("compensation.unreadable", "compensation")),
        ({"amount": True}, ("compensation.unreadable", "compensation")),
        ({"amount": 10**40}, ("compensation.unreadable", "compensation")),
        ({"payoutPeriod": "SEMI_MONTHLY"}, ("compensation.unreadable", "compensation")),
        ({"payoutPeriod": None}, ("compensation.unreadable", "compensation")),
        ({"effectiveDate": "2026-13-01"}, ("compensation.undated", "compensation")),
        ({"effectiveDate": None}, ("compensation.undated", "compensation")),
        ({"effectiveDate": 20260401}, ("compensation.undated", "compensation")),
    ],
)
@pytest.mark.parametrize("start", ["2026-10-01", "2027-04-01"])
async def test_a_newer_salary_that_cannot_be_read_stops_the_person(
    simployer: Simployer, source: SimployerSource, changes: dict[str, Any], found: tuple[str, str], start: str
) -> None:
    simployer.admin.add_compensation("1001", 70000, start=start)
    give(simployer, row_of(simployer, "compensation"), **changes)
    assert found in blocking(await read(simployer, source))


async def test_a_salary_that_cannot_be_read_and_is_long_over_stops_nobody(
    simployer: Simployer, source: SimployerSource
) -> None:
    give(simployer, row_of(simployer, "compensation"), currency=None)
    simployer.admin.add_compensation("1001", 70000, start="2026-10-01")
    assert blocking(await read(simployer, source)) == set()


async def test_two_salaries_from_one_day_are_a_question_unless_they_are_one(
    simployer: Simployer, source: SimployerSource
) -> None:
    simployer.admin.add_compensation("1001", 70000, start="2027-04-01")
    simployer.admin.add_compensation("1001", 70000, start="2027-04-01")
    assert blocking(await read(simployer, source)) == set()
    simployer.admin.add_compensation("1001", 71000, start="2027-04-01")
    assert blocking(await read(simployer, source)) == {("compensation.same_day", "compensation")}


async def test_a_currency_in_small_letters_is_that_currency(simployer: Simployer, source: SimployerSource) -> None:
    give(simployer, row_of(simployer, "compensation"), currency="sek")
    person = await read(simployer, source)
    assert person.compensations[-1].currency == "SEK"
    assert blocking(person) == set()


async def test_a_second_employment_without_a_start_stops_the_person(
    simployer: Simployer, source: SimployerSource
) -> None:
    one = row_of(simployer, "employment")
    simployer.store.rows["employment"]["f" * 24] = one | {"id": "f" * 24}
    give(simployer, {"id": "f" * 24}, startDate="soon")
    assert blocking(await read(simployer, source)) == {("employment.unreadable", "start_date")}


async def test_one_rate_above_one_does_not_turn_the_scale_of_all(simployer: Simployer, source: SimployerSource) -> None:
    """Overtime of 1.2 full-time employments is a fraction like the 0.8 beside it."""
    for row in simployer.store.rows["employment"].values():
        row["rate"] = 0.8
    row_of(simployer, "employment", "1002")["rate"] = 1.2
    row_of(simployer, "employment", "1003")["rate"] = 2
    for number, share in (("1001", 80), ("1002", 120), ("1003", 200)):
        assert (await read(simployer, source, number)).employments[-1].percentage == Decimal(share)


@pytest.mark.parametrize("rate", [0.8, 1, 1.2, 2, "full", [100], -1, 201, 10**30])
async def test_a_share_that_is_unclear_stops_the_person(
    simployer: Simployer, source: SimployerSource, rate: object
) -> None:
    give(simployer, row_of(simployer, "employment"), rate=rate)
    person = await read(simployer, source)
    assert {field for _, field in blocking(person)} == {"percentage"}


@pytest.mark.parametrize("bad", ["Kari\ud83d", "Kari\x00", "Ka\x07ri", "\u202eKari", "Kari\ufffe"])
@pytest.mark.parametrize(
    ("key", "field"), [("firstName", "first_name"), ("lastName", "last_name"), ("title", "title"), ("workEmail", "")]
)
async def test_characters_that_no_system_can_hold_are_left_out_and_told(
    simployer: Simployer, source: SimployerSource, bad: str, key: str, field: str
) -> None:
    give(simployer, simployer.admin.employee("1001"), **{key: bad})
    person = await read(simployer, source)
    assert ("source.characters", field or "work_email") in {(one.code, one.field) for one in check(person, CONTEXT)}
    assert "Kari" in (person.first_name, person.last_name, person.title, person.work_email)
    str(person).encode()


@pytest.mark.parametrize("bad", ["10\x0001", "10\ud83d01", "10\x0b01", "10\n01"])
@pytest.mark.parametrize(("key", "field"), [("employeeNumber", "number"), ("ssn", "identity_number")])
async def test_a_key_with_such_a_character_stops_the_person(
    simployer: Simployer, source: SimployerSource, bad: str, key: str, field: str
) -> None:
    give(simployer, simployer.admin.employee("1001"), **{key: bad})
    assert ("source.unreadable", field) in blocking(await read(simployer, source))


@pytest.mark.parametrize("odd", [[1], [{"a": 1}], True, "x" * 100_000, 10**4_000], ids=lambda odd: str(odd)[:9])
@pytest.mark.parametrize("key", ["employeeNumber", "firstName", "ssn", "birthDate", "bankAccount"])
async def test_a_value_of_the_wrong_kind_stops_the_person(
    simployer: Simployer, source: SimployerSource, odd: object, key: str
) -> None:
    give(simployer, simployer.admin.employee("1001"), **{key: odd})
    assert any(code == "source.unreadable" for code, _ in blocking(await read(simployer, source)))


async def test_decomposed_names_are_composed_on_reading(simployer: Simployer, source: SimployerSource) -> None:
    give(simployer, simployer.admin.employee("1001"), firstName="Ha\u030akon")
    assert (await read(simployer, source)).first_name == "Håkon"


def told(person: Employee) -> set[tuple[str, str]]:
    return {(one.code, one.field) for one in check(person, CONTEXT)}


@pytest.mark.parametrize("odd", [0, 1, 1.0, "false", []])
async def test_active_is_yes_or_no(simployer: Simployer, source: SimployerSource, odd: object) -> None:
    give(simployer, simployer.admin.employee("1001"), active=odd)
    assert ("source.unreadable", "employment") in blocking(await read(simployer, source))


NOWHERE = "f" * 24


@pytest.mark.parametrize(
    ("key", "field"),
    [
        ("departmentId", "department"), ("officeId", "office"), ("costCenterId", "cost_center"),
        ("effectiveCostCenterId", "cost_center"),
    ],
)  # fmt: skip
async def test_what_refers_to_nothing_is_told(
    simployer: Simployer, source: SimployerSource, key: str, field: str
) -> None:
    assert "reference.unknown" not in {code for code, _ in told(await read(simployer, source))}
    give(simployer, simployer.admin.employee("1001"), **{"costCenterId": None, key: NOWHERE})
    assert ("reference.unknown", field) in told(await read(simployer, source))


async def test_a_form_of_employment_that_is_gone_is_told(simployer: Simployer, source: SimployerSource) -> None:
    give(simployer, row_of(simployer, "employment"), typeId=NOWHERE)
    assert ("reference.unknown", "employment_type") in told(await read(simployer, source))


@pytest.mark.parametrize("key", ["departmentId", "officeId", "costCenterId"])
async def test_a_reference_that_is_none_is_told(simployer: Simployer, source: SimployerSource, key: str) -> None:
    give(simployer, simployer.admin.employee("1001"), **{key: [NOWHERE]})
    field = {"departmentId": "department", "officeId": "office", "costCenterId": "cost_center"}[key]
    assert ("source.left_out", field) in told(await read(simployer, source))


@pytest.mark.parametrize("odd", [[1], {"a": 1}, 10**40])
async def test_a_field_of_the_customers_own_that_cannot_be_read_is_told_by_its_name(
    simployer: Simployer, source: SimployerSource, odd: object
) -> None:
    give(simployer, simployer.admin.employee("1001"), custom={"yrkeskode": odd, "garage": odd, "size": "M"})
    person = await read(simployer, source)
    names = [one.values["name"] for one in check(person, CONTEXT) if one.code == "custom.unreadable"]
    assert (names, dict(person.custom)) == (["yrkeskode", "garage"], {"size": "M"})


@pytest.mark.parametrize(
    ("custom", "found"),
    [("none", "source.left_out"), ([1], "source.left_out"), ({"size": "M\ud83d"}, "source.characters"), ({}, None)],
)
async def test_fields_of_the_customers_own_that_are_none(
    simployer: Simployer, source: SimployerSource, custom: object, found: str | None
) -> None:
    give(simployer, simployer.admin.employee("1001"), custom=custom)
    assert {code for code, field in told(await read(simployer, source)) if field == "custom"} == {found} - {None}


async def test_a_postal_code_and_an_account_have_ascii_digits(simployer: Simployer, source: SimployerSource) -> None:
    address = {"street": "Gata 1", "postalCode": "\uff10\u0661\uff15\uff10", "city": "Oslo"}
    account = {"clearing": "\uff18\uff13\uff12\uff17", "number": "\u0661\u0662\uff13\uff14\uff15\uff16\uff17"}
    give(simployer, simployer.admin.employee("1001"), homeAddress=address, bankAccount=account)
    person = await read(simployer, source)
    assert person.address is not None
    assert person.address.postal_code == "0150"
    assert person.bank is not None
    assert (person.bank.clearing, person.bank.number) == ("8327", "1234567")
