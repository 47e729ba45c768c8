"""Simployer as the source, against its stand-in."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.employee import Employee, PayPeriod, PersonSummary
from bot.providers.errors import CredentialsRefused, NotPermitted, Unavailable, WrongAccount
from bot.providers.simployer.index import PeopleIndex
from bot.providers.simployer.source import SimployerSource
from sandbox.companies import polarbonan
from sandbox.simployer import PROVISIONING_TOKEN, REVOKED_TOKEN, Simployer
from tests.support.provider_connections import simployer_source


@pytest.fixture
async def simployer() -> AsyncIterator[Simployer]:
    async with Simployer(polarbonan.company(date(2026, 11, 22))) as system:
        yield system


@pytest.fixture
async def source(simployer: Simployer) -> AsyncIterator[SimployerSource]:
    async with simployer_source(simployer) as source:
        yield source


async def everyone(source: SimployerSource, ids: frozenset[str] | None = None) -> dict[str, Employee]:
    return {e.source_id: e async for page in source.employees(ids) for e in page}


async def one(source: SimployerSource, simployer: Simployer, number: str) -> Employee:
    source_id = simployer.admin.employee(number)["id"]
    return (await everyone(source, frozenset({source_id})))[source_id]


async def test_names_the_company(source: SimployerSource) -> None:
    account = await source.identify()
    assert account.name == "Polarbönan"
    assert account.organisation_number == "5560000001"


@pytest.mark.parametrize(("token", "error"), [(REVOKED_TOKEN, CredentialsRefused), (PROVISIONING_TOKEN, NotPermitted)])
async def test_a_token_that_will_not_do(simployer: Simployer, token: str, error: type[Exception]) -> None:
    async with simployer_source(simployer, token) as source:
        with pytest.raises(error) as refused:
            await source.identify()
    assert token not in str(refused.value)


async def test_another_companys_token_reads_nothing(simployer: Simployer) -> None:
    async with simployer_source(simployer, expected="f" * 24) as source:
        with pytest.raises(WrongAccount):
            await everyone(source)
    assert [e.path for e in simployer.requests] == ["/v1/company"]


async def test_everyone_with_their_history(source: SimployerSource, simployer: Simployer) -> None:
    people = await everyone(source)
    assert len(people) == len(simployer.store.rows["employee"])
    rows = simployer.store.rows
    assert sum(len(e.employments) for e in people.values()) == len(rows["employment"])
    assert sum(len(e.compensations) for e in people.values()) == len(rows["compensation"])


async def test_one_person_in_full(source: SimployerSource, simployer: Simployer) -> None:
    ingrid = await one(source, simployer, "1001")
    row = simployer.admin.employee("1001")
    assert (ingrid.first_name, ingrid.last_name, ingrid.number) == ("Ingrid", "Solbakken", "1001")
    assert ingrid.identity is not None
    assert (ingrid.identity.value, ingrid.identity.country) == (row["ssn"], "NO")
    assert ingrid.bank is not None
    assert ingrid.bank.number == row["bankAccount"]["number"]
    assert ingrid.address is not None
    assert ingrid.address.postal_code == row["homeAddress"]["postalCode"]
    assert ingrid.department is not None
    assert ingrid.department.name == "Administration"
    assert ingrid.office is not None
    assert ingrid.office.name == "Oslo"
    assert ingrid.employments[0].percentage == Decimal(100)
    assert ingrid.employments[0].type is not None
    assert ingrid.employments[0].type.name == "permanent_employment"
    assert ingrid.compensations[0].period is PayPeriod.MONTH
    assert ingrid.compensations[0].currency == "NOK"
    assert ingrid.work_weeks[0].minutes == (450, 450, 450, 450, 450, 0, 0)
    assert ingrid.updated is not None


async def test_private_values_are_in_no_repr(source: SimployerSource, simployer: Simployer) -> None:
    ingrid = await one(source, simployer, "1001")
    row = simployer.admin.employee("1001")
    # A moment's microseconds may look like anything.
    shown = re.sub(r"datetime\([^)]*\)", "", repr(ingrid))
    assert row["ssn"] not in shown
    assert row["bankAccount"]["number"] not in shown
    assert str(ingrid.compensations[0].amount) not in shown


async def test_the_employee_list_is_asked_without_select(source: SimployerSource, simployer: Simployer) -> None:
    """A `select` would leave out bank account, address and custom fields."""
    await everyone(source)
    asked = [e.query for e in simployer.requests.matching("GET", "/employee")]
    assert asked
    assert all("select" not in query for query in asked)
    assert all(query["sort[id]"] == ["asc"] for query in asked)


async def test_a_scope_of_few_asks_for_few(source: SimployerSource, simployer: Simployer) -> None:
    ids = frozenset(simployer.admin.employee(number)["id"] for number in ("1001", "1004"))
    people = await everyone(source, ids)
    assert set(people) == ids
    for path in ("/employee", "/employment", "/compensation"):
        (asked,) = [e.query for e in simployer.requests.matching("GET", path)]
        assert any(name.endswith("[$in][]") and set(values) == ids for name, values in asked.items())


async def test_a_scope_is_read_as_everyone_is(source: SimployerSource) -> None:
    people = await everyone(source)
    assert await everyone(source, frozenset(people)) == people


async def test_inactive_people_are_read_too(source: SimployerSource, simployer: Simployer) -> None:
    simployer.admin.terminate("1003", end="2026-10-31")
    marit = await one(source, simployer, "1003")
    assert marit.active is False
    assert marit.employments[-1].end == date(2026, 10, 31)


@pytest.mark.parametrize("most", [1, 2, 7, 50, 500])
async def test_a_server_that_gives_fewer_rows_than_asked_for(simployer: Simployer, most: int) -> None:
    simployer.max_limit = most
    async with simployer_source(simployer) as source:
        assert len(await everyone(source)) == len(simployer.store.rows["employee"])


async def test_a_deletion_between_two_pages_loses_nobody(simployer: Simployer) -> None:
    simployer.max_limit = 10
    simployer.faults.meanwhile(lambda: simployer.admin.remove("1001"), path="/employee$", nth=2)
    kept = {row["employeeNumber"] for row in simployer.store.rows["employee"].values()} - {"1001"}
    async with simployer_source(simployer) as source:
        found = {e.number for e in (await everyone(source)).values()}
    assert found >= kept


async def test_many_deletions_between_two_pages_lose_nobody(simployer: Simployer) -> None:
    simployer.max_limit = 5
    gone = ["1001", "1002", "1003", "1004", "1006", "1007", "1008"]

    def leave() -> None:
        for number in gone:
            simployer.admin.remove(number)

    simployer.faults.meanwhile(leave, path="/employee$", nth=4)
    kept = {row["employeeNumber"] for row in simployer.store.rows["employee"].values()} - set(gone)
    async with simployer_source(simployer) as source:
        found = {e.number for e in (await everyone(source)).values()}
    assert found >= kept


async def test_nobody_comes_twice(simployer: Simployer) -> None:
    simployer.max_limit = 10
    simployer.faults.meanwhile(lambda: simployer.admin.remove("1001"), path="/employee$", nth=3)
    async with simployer_source(simployer) as source:
        ids = [e.source_id async for page in source.employees() for e in page]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", ["/employee$", "/employment$", "/compensation$", "/department$"])
@pytest.mark.parametrize("keep", [0, 1])
async def test_a_page_cut_short_is_made_up_for(simployer: Simployer, path: str, keep: int) -> None:
    async with simployer_source(simployer) as source:
        whole = await everyone(source)
    simployer.faults.truncated_page(keep=keep, path=path, times=1)
    async with simployer_source(simployer) as source:
        assert await everyone(source) == whole


async def test_a_list_that_stays_short_is_an_error_and_never_fewer_people(simployer: Simployer) -> None:
    simployer.faults.empty_page(path="/employee$", times=None)
    async with simployer_source(simployer) as source:
        with pytest.raises(Unavailable) as failed:
            await everyone(source)
    assert failed.value.text.key == "simployer.incomplete"


LISTS = ["/employee$", "/employment$", "/compensation$", "/work-week$"]


@pytest.mark.parametrize("path", LISTS)
async def test_a_total_that_is_less_than_the_rows_loses_nothing(simployer: Simployer, path: str) -> None:
    simployer.max_limit = 9
    async with simployer_source(simployer) as source:
        whole = await everyone(source)
    simployer.total_shrinks(by=1000, path=path, times=None)
    async with simployer_source(simployer) as source:
        assert await everyone(source) == whole


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("instead", [[], [0]], ids=["a row too few", "a row twice"])
async def test_a_row_that_is_never_shown_is_an_error_and_never_one_less(
    simployer: Simployer, path: str, instead: list[int]
) -> None:
    simployer.max_limit = 9
    simployer.row_hidden(path=path, instead=instead)
    async with simployer_source(simployer) as source:
        with pytest.raises(Unavailable) as failed:
            await everyone(source)
    assert failed.value.text.key == "simployer.incomplete"


async def test_a_total_that_counts_what_a_filter_leaves_out_is_no_trouble(simployer: Simployer) -> None:
    async with simployer_source(simployer) as source:
        whole = await everyone(source)
    simployer.total_of_everything = True
    async with simployer_source(simployer) as source:
        assert await everyone(source) == whole


async def test_missing_null_and_blank_are_the_same_nothing(simployer: Simployer, source: SimployerSource) -> None:
    lars = simployer.admin.employee("1002")
    for key, nothing in (("ssn", None), ("privateEmail", ""), ("bankAccount", {"number": " "}), ("title", "  ")):
        lars[key] = nothing
    lars.pop("homeAddress", None)
    person = await one(source, simployer, "1002")
    assert (person.identity, person.private_email, person.bank, person.title, person.address) == (None,) * 5


async def test_local_midnight_in_the_office_is_the_same_day(simployer: Simployer, source: SimployerSource) -> None:
    before = await everyone(source)
    simployer.store.local_midnight = set(simployer.store.rows["office"])
    simployer.requests.clear()
    async with simployer_source(simployer) as again:
        after = await everyone(again)
    assert [(e.birth_date, e.employments, e.compensations) for e in after.values()] == [
        (e.birth_date, e.employments, e.compensations) for e in before.values()
    ]


async def test_missing_or_null_makes_no_difference(simployer: Simployer, source: SimployerSource) -> None:
    before = await everyone(source)
    simployer.store.absent = "null"
    async with simployer_source(simployer) as again:
        assert await everyone(again) == before


class TestRates:
    """The scale of `employment.rate` is not published."""

    async def test_percent(self, simployer: Simployer, source: SimployerSource) -> None:
        _rate(simployer, "1001", 62.5)
        assert (await one(source, simployer, "1001")).employments[-1].percentage == Decimal("62.5")

    async def test_a_fraction_among_percentages_is_not_believed(
        self, simployer: Simployer, source: SimployerSource
    ) -> None:
        _rate(simployer, "1001", 0.8)
        assert (await one(source, simployer, "1001")).employments[-1].percentage is None

    async def test_an_account_of_fractions(self, simployer: Simployer, source: SimployerSource) -> None:
        for row in simployer.store.rows["employment"].values():
            row["rate"] = row["rate"] / 100
        _rate(simployer, "1001", 0.8)
        assert (await one(source, simployer, "1001")).employments[-1].percentage == Decimal(80)
        assert (await one(source, simployer, "1002")).employments[-1].percentage == Decimal(100)

    async def test_nothing_at_all(self, simployer: Simployer, source: SimployerSource) -> None:
        _rate(simployer, "1001", 0)
        assert (await one(source, simployer, "1001")).employments[-1].percentage == Decimal(0)


async def test_cents_survive(simployer: Simployer, source: SimployerSource) -> None:
    simployer.admin.change_compensation("1001", amount=41234.56)
    assert (await one(source, simployer, "1001")).compensations[-1].amount == Decimal("41234.56")


async def test_future_pay_is_read(simployer: Simployer, source: SimployerSource) -> None:
    simployer.admin.add_compensation("1001", 70000, start="2027-04-01")
    assert (await one(source, simployer, "1001")).compensations[-1].effective == date(2027, 4, 1)


async def test_hours_in_a_work_week_are_understood_as_minutes(simployer: Simployer, source: SimployerSource) -> None:
    for row in simployer.store.rows["work-week"].values():
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday"):
            row[day] = {"working": True, "duration": 7.5, "shifts": []}
    assert (await one(source, simployer, "1001")).work_weeks[-1].minutes == (450,) * 5 + (0, 0)


async def test_search_by_parts_of_name_and_number(source: SimployerSource) -> None:
    assert [p.number for p in await source.search("solb ing")] == ["1001"]
    assert [p.number for p in await source.search("1001")] == ["1001"]
    assert [p.number for p in await source.search("INGRID")] == ["1001"]
    assert list(await source.search("nobody of that name")) == []
    names = [p.name for p in await source.search("")]
    assert names == sorted(names, key=str.casefold)
    assert len(await source.search("", limit=3)) == 3


async def test_only_active_people_are_found(simployer: Simployer, source: SimployerSource) -> None:
    simployer.admin.terminate("1001", end="2026-01-31")
    assert list(await source.search("Solbakken")) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Øystein Ødegård", "oystein"), ("Øystein Ødegård", "ØDEGAARD"), ("Øystein Ødegård", "odegard øyst"),
        ("Kari O’Brien", "obrien"), ("Kari O'Brien", "o’brien"), ("Kari OBrien", "o'brien"),
        ("Ha\u030akon Moe", "håkon"), ("Håkon Moe", "ha\u030akon"), ("René Moe", "rene"), ("Łukasz Moe", "lukasz"),
        ("Anne Marie Moe", "annemarie"), ("Annemarie Moe", "anne-mar"), ("К\u0430ri Moe", "kari"),
        ("Kari Moe", "７０１"), ("Aether Moe", "ether"), ("Joelsen Moe", "elsen"),
    ],
)  # fmt: skip
def test_a_search_finds_a_name_however_it_is_written(name: str, words: str) -> None:
    index = PeopleIndex()
    index.add(PersonSummary(source_id="1", number="701", name=name))
    index.add(PersonSummary(source_id="2", number="9", name="Somebody Else"))
    assert [person.source_id for person in index.search(words, 9)] == ["1"]


async def test_a_search_answers_with_what_is_at_hand_while_simployer_is_slow(
    simployer: Simployer, source: SimployerSource
) -> None:
    await source.identify()
    held = simployer.faults.slow(path="/employee", times=None)
    assert list(await source.search("Solbakken")) == []
    held.release()
    assert [p.number for p in await source.search("Solbakken")] == ["1001"]


async def test_the_first_search_does_not_wait_for_the_last_page(simployer: Simployer, source: SimployerSource) -> None:
    simployer.max_limit = 10
    held = simployer.faults.slow(path="/employee$", nth=3)
    found = await source.search("2001")
    assert [p.number for p in found] == ["2001"]
    held.release()


async def test_summaries_in_the_order_asked_for(simployer: Simployer, source: SimployerSource) -> None:
    ids = [simployer.admin.employee(number)["id"] for number in ("1004", "1001")]
    assert [p.number for p in await source.summaries([*ids, "0" * 24])] == ["1004", "1001"]


async def test_departments_and_offices_with_their_active_people(simployer: Simployer, source: SimployerSource) -> None:
    departments = {d.unit.name: d for d in await source.departments()}
    active = [row for row in simployer.store.rows["employee"].values() if _is_active(simployer, row)]
    for name, found in departments.items():
        assert found.people == sum(row.get("departmentId") == found.unit.id for row in active), name
    assert departments["Coffee bars"].unit.parent_id == departments["Sales"].unit.id
    assert sum(office.people for office in await source.offices()) == sum("officeId" in row for row in active)


async def test_custom_fields_as_far_as_they_can_be_seen(source: SimployerSource) -> None:
    assert list(await source.custom_fields()) == ["yrkeskode"]


def _rate(simployer: Simployer, number: str, rate: float) -> None:
    for row in simployer.store.history("employment", simployer.admin.employee(number)["id"]):
        row["rate"] = rate


def _is_active(simployer: Simployer, row: dict[str, Any]) -> bool:
    return bool(simployer.store.render("employee", row)["active"])
