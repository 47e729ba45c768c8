"""Reading Tripletex: everyone or an error, never fewer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.findings import Severity
from bot.domain.record import Level
from bot.providers.errors import NotPermitted, Unavailable, Unsupported
from bot.providers.tripletex.target import TripletexTarget
from sandbox.tripletex import Tripletex, demo
from sandbox.tripletex.company_state import Books
from tests.support.provider_connections import tripletex_target
from tests.support.provider_people import TODAY, kari


@pytest.fixture
async def tripletex() -> AsyncIterator[Tripletex]:
    async with demo(TODAY) as system:
        system.rate_limit.limit = 100_000
        yield system


@pytest.fixture
async def target(tripletex: Tripletex) -> AsyncIterator[TripletexTarget]:
    async with tripletex_target(tripletex) as target:
        yield target


@pytest.fixture
def books(tripletex: Tripletex) -> Books:
    return tripletex.companies[40917001]


async def numbers(target: TripletexTarget) -> list[str]:
    return [person.number async for page in target.people() for person in page]


async def test_everyone_once_with_all_their_rows(target: TripletexTarget, books: Books) -> None:
    people = [person async for page in target.people() for person in page]
    assert len(people) == len(books.rows["Employee"])
    rows = [part for person in people for part in person.record if part.level is Level.TERMS]
    assert len(rows) == len(books.rows["EmploymentDetails"])


async def test_a_person_as_a_record(target: TripletexTarget) -> None:
    (ingrid,) = await target.find(kari(number="1001"))
    assert (ingrid.name, ingrid.number) == ("Ingrid Solbakken", "1001")
    assert ingrid.birth_date is not None
    assert ingrid.identity is not None
    assert ingrid.identity not in repr(ingrid)
    values = {part.level: part.values for part in ingrid.record}
    assert values[Level.PERSON]["department"] == "Administration"
    assert values[Level.EMPLOYMENT]["division"] == "Polarbønna Oslo"
    assert values[Level.TERMS]["percentage"] == Decimal(100)
    assert "user_type" not in values[Level.PERSON]


async def test_the_end_is_an_empty_page_and_never_the_size_it_claims(tripletex: Tripletex, books: Books) -> None:
    for i in range(2500):
        books.add("Employee", version=1, firstName="A", lastName="B", employeeNumber=f"x{i}", isContact=False)
    async with tripletex_target(tripletex) as target:
        found = await numbers(target)
    assert len(found) == len(books.rows["Employee"])


@pytest.mark.parametrize("keep", [1, 3])
async def test_a_page_cut_short_loses_nobody(
    tripletex: Tripletex, target: TripletexTarget, books: Books, keep: int
) -> None:
    tripletex.faults.truncated_page(keep=keep, path="/employee$", times=2)
    assert len(await numbers(target)) == len(books.rows["Employee"])


@pytest.mark.parametrize("keep", [1, 2, 7])
async def test_a_tripletex_of_small_pages_is_read_to_its_end(
    tripletex: Tripletex, target: TripletexTarget, books: Books, keep: int
) -> None:
    tripletex.faults.truncated_page(keep=keep, path="/employee$", times=10_000)
    assert len(await numbers(target)) == len(books.rows["Employee"])


@pytest.mark.parametrize(("pages", "gone"), [(2, 1), (2, 3), (3, 1), (3, 1500)])
async def test_nobody_is_passed_over_because_others_went_between_two_pages(
    tripletex: Tripletex, books: Books, pages: int, gone: int
) -> None:
    """A row that is hidden or goes moves all that follow up by one: the first of the next page would be missed."""
    for i in range(1000 * pages):
        books.add("Employee", version=1, firstName="A", lastName="B", employeeNumber=f"x{i}", isContact=False)
    async with tripletex_target(tripletex) as target:
        found: list[str] = []
        async for page in target.people():
            found += [person.number for person in page]
            if len(found) == 1000 * (pages - 1):
                for employee in list(books.rows["Employee"])[:gone]:
                    del books.rows["Employee"][employee]
    there = {str(row.get("employeeNumber") or "") for row in books.rows["Employee"].values()}
    assert there <= set(found)
    assert len(found) == len(set(found)) + found.count("") - ("" in found)


async def test_a_row_that_says_not_whose_it_is_is_no_absence(tripletex: Tripletex, target: TripletexTarget) -> None:
    """Left out in silence, the person would be made a second time."""

    def nameless(body: dict[str, Any]) -> dict[str, Any]:
        body["values"][2]["id"] = None
        return body

    tripletex.faults.changed(nameless, path="/employee$", times=9)
    with pytest.raises(Unavailable, match="no object"):
        await numbers(target)


async def test_somebody_hired_between_two_pages_comes_once(
    tripletex: Tripletex, target: TripletexTarget, books: Books
) -> None:
    tripletex.faults.truncated_page(keep=5, path="/employee$", times=1)
    tripletex.faults.meanwhile(
        lambda: books.add("Employee", version=1, firstName="N", lastName="Y", employeeNumber="new", isContact=False),
        path="/employee$",
        nth=2,
    )
    found = await numbers(target)
    assert len(found) == len(books.rows["Employee"])
    assert found.count("new") == 1


async def test_people_hidden_from_the_token_are_not_taken_for_absent(
    tripletex: Tripletex, target: TripletexTarget, books: Books
) -> None:
    books.switches.filtered.add("Employee")
    with pytest.raises(NotPermitted):
        await numbers(target)
    with pytest.raises(NotPermitted):
        await target.find(kari())
    with pytest.raises(NotPermitted):
        await target.preflight()


async def test_one_empty_answer_is_checked_before_a_create(tripletex: Tripletex, target: TripletexTarget) -> None:
    """Nobody has been seen yet, so the token's owner is asked for first."""
    assert list(await target.find(kari())) == []
    asked = [e.query for e in tripletex.requests.matching("GET", "/v2/employee")]
    assert any("id" in query for query in asked)
    assert any("employeeNumber" in query for query in asked)
    assert any("lastName" in query for query in asked)


async def test_namesakes_are_found_before_a_create(target: TripletexTarget) -> None:
    siv = kari(number="1025", first_name="Siv", last_name="Ekroll")
    assert [(p.number, p.name) for p in await target.find(siv)] == [("77", "Siv Ekroll")]


async def test_a_number_is_matched_exactly(target: TripletexTarget) -> None:
    assert list(await target.find(kari(number="100"))) == []
    assert list(await target.find(kari(number=""))) == []


async def test_an_unknown_id_is_nobody(target: TripletexTarget) -> None:
    assert await target.read("1") is None


async def test_fields_hidden_from_the_token_are_left_out_of_the_record(target: TripletexTarget, books: Books) -> None:
    books.switches.filtered_fields["Employee"] = {"nationalIdentityNumber", "bankAccountNumber"}
    books.switches.filtered_fields["EmploymentDetails"] = {"annualSalary"}
    (ingrid,) = await target.find(kari(number="1001"))
    values = {part.level: part.values for part in ingrid.record}
    assert {"identity_number", "bank_account"} & set(values[Level.PERSON]) == set()
    assert "annual_salary" not in values[Level.TERMS]


async def test_a_company_too_large_for_one_list_is_told(target: TripletexTarget, books: Books) -> None:
    for i in range(10_001):
        books.add("Employee", version=1, firstName="A", lastName="B", employeeNumber=f"x{i}", isContact=False)
    with pytest.raises(Unsupported) as refused:
        await numbers(target)
    assert refused.value.text.key == "tripletex.too_many_people"


class TestPreflight:
    async def test_all_is_well(self, tripletex: Tripletex, target: TripletexTarget) -> None:
        assert list(await target.preflight()) == []
        assert tripletex.requests.writes() == []

    async def test_hidden_employments_are_warned_of(self, target: TripletexTarget, books: Books) -> None:
        books.switches.filtered.add("Employment")
        assert [f.code for f in await target.preflight()] == ["tripletex_no_employments_seen"]

    @pytest.mark.parametrize("path", ["/division$", "/employment/details$"])
    async def test_what_a_sync_needs(self, tripletex: Tripletex, target: TripletexTarget, path: str) -> None:
        tripletex.faults.status(403, {"status": 403, "code": 9000}, path=path, times=None)
        with pytest.raises(NotPermitted):
            await target.preflight()

    async def test_what_a_sync_can_do_without(self, tripletex: Tripletex, target: TripletexTarget) -> None:
        tripletex.faults.status(403, {"status": 403, "code": 9000}, path="/department$", times=None)
        (finding,) = await target.preflight()
        assert (finding.code, finding.severity) == ("tripletex_list_hidden", Severity.WARNING)

    async def test_each_list_is_read_once_for_the_preflight_and_all_that_follows(
        self, tripletex: Tripletex, target: TripletexTarget
    ) -> None:
        await target.preflight()
        await numbers(target)
        for path in ("/v2/department", "/v2/division", "/v2/country", "/v2/employee/category"):
            begun = [e for e in tripletex.requests.matching("GET", path) if e.query.get("from") in (None, ["0"])]
            assert len(begun) == 1, path

    async def test_entitlements_on_a_page_cut_short_are_not_taken_for_missing(
        self, tripletex: Tripletex, target: TripletexTarget
    ) -> None:
        tripletex.faults.truncated_page(keep=1, path="/employee/entitlement$", times=1)
        assert list(await target.preflight()) == []

    async def test_missing_entitlements_are_named(self, target: TripletexTarget, books: Books) -> None:
        entitlements = books.rows["Entitlement"]
        for key in [key for key, row in entitlements.items() if row["name"] == "AUTH_WAGE_INFORMATION"]:
            del entitlements[key]
        (finding,) = await target.preflight()
        assert finding.values["rights"] == ("AUTH_WAGE_INFORMATION",)


async def test_choices_are_what_the_company_has(target: TripletexTarget) -> None:
    assert [c.label for c in await target.choices("division")] == ["Polarbønna Bergen", "Polarbønna Oslo"]
    departments = [c.label for c in await target.choices("default_department")]
    assert "Sales" in departments
    assert "Old bakery" not in departments
    codes = await target.choices("occupation_code")
    assert any(c.value == "0113115" and c.label.startswith("0113115 ") for c in codes)


async def test_dates_are_days(target: TripletexTarget) -> None:
    (ingrid,) = await target.find(kari(number="1001"))
    assert all(isinstance(day, date) for part in ingrid.record for day in part.key)


async def test_who_is_understood_later_is_the_one_who_is_understood_at_once(
    target: TripletexTarget, books: Books
) -> None:
    people = {person.id: person async for page in target.people() for person in page}
    shown = {one.id: one async for page in target.shown() for one in page}
    assert {one.id: target.understood(one.content) for one in shown.values()} == people
    assert {id_: one.number for id_, one in shown.items()} == {id_: one.number for id_, one in people.items()}
    assert [one.content for one in shown.values()] == [one.content async for page in target.shown() for one in page]
    row = next(iter(books.rows["EmploymentDetails"].values()))
    row["annualSalary"] = 612_345.67
    changed = {one.id async for page in target.shown() for one in page if one.content != shown[one.id].content}
    assert len(changed) == 1
