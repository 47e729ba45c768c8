"""Writing to Tripletex: exactly the change, in the form it takes, and nothing twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.domain.change import ChangeKind
from bot.domain.employee import Address, Unit
from bot.providers.errors import Rejected, Unavailable, WriteConflict
from bot.providers.protocol import WriteStatus
from bot.providers.tripletex.target import TripletexTarget
from sandbox.tripletex import Tripletex
from sandbox.tripletex.company_state import Books, Row
from tests.support.make_change import change_for
from tests.support.provider_connections import tripletex_target
from tests.support.provider_people import job, kari, pay


def row_of(books: Books, number: str = "3001") -> Row:
    (row,) = [row for row in books.rows["Employee"].values() if row.get("employeeNumber") == number]
    return row


def jobs_of(books: Books, number: str = "3001") -> list[Row]:
    return books.children("Employment", row_of(books, number)["id"])


async def put(target: TripletexTarget, settings: dict[str, str], **different: Any) -> Any:
    """Bring Kari about as `different` says; the change that did it."""
    change = await change_for(target, kari(**different), settings)
    if change.kind is not ChangeKind.UNCHANGED:
        await target.apply(change, settings)
    return change


async def test_a_person_arrives_in_one_request(
    tripletex: Tripletex, target: TripletexTarget, settings: dict[str, str], books: Books
) -> None:
    change = await change_for(target, kari(), settings)
    assert change.kind is ChangeKind.CREATE
    applied = await target.apply(change, settings)
    (sent,) = tripletex.requests.writes()
    assert (sent.method, sent.path) == ("POST", "/v2/employee")
    row = row_of(books)
    assert str(row["id"]) == applied.target_id
    assert (row["firstName"], row["nationalIdentityNumber"], row["bankAccountNumber"]) == (
        "Kari", "17059012345", "99990400001",
    )  # fmt: skip
    assert row["userType"] == "NO_ACCESS"
    (employment,) = jobs_of(books)
    (terms,) = books.children("EmploymentDetails", employment["id"])
    assert (terms["date"], terms["annualSalary"], terms["percentageOfFullTimeEquivalent"]) == (
        "2024-03-01",
        600000,
        100,
    )
    assert applied.wrote
    assert applied.findings == ()
    assert (await change_for(target, kari(), settings)).kind is ChangeKind.UNCHANGED


async def test_only_what_changed_is_sent_with_the_version_just_read(
    tripletex: Tripletex, target: TripletexTarget, settings: dict[str, str], books: Books
) -> None:
    await put(target, settings)
    tripletex.requests.clear()
    await put(target, settings, last_name="Berg")
    (sent,) = tripletex.requests.writes()
    assert sent.method == "PUT"
    assert set(sent.body) == {"id", "version", "lastName"}
    assert row_of(books)["lastName"] == "Berg"


async def test_email_and_user_type_are_never_changed(
    tripletex: Tripletex, target: TripletexTarget, settings: dict[str, str], books: Books
) -> None:
    await put(target, settings)
    change = await change_for(target, kari(work_email="new@polarbonan.example"), {**settings, "user_type": "STANDARD"})
    assert change.kind is ChangeKind.UNCHANGED


async def test_an_identity_number_is_written_only_where_there_is_none(
    target: TripletexTarget, settings: dict[str, str], books: Books
) -> None:
    await put(target, settings)
    row_of(books)["nationalIdentityNumber"] = "01010112345"
    assert (await change_for(target, kari(), settings)).kind is ChangeKind.UNCHANGED
    row_of(books)["nationalIdentityNumber"] = ""
    await put(target, settings)
    assert row_of(books)["nationalIdentityNumber"] == "17059012345"


async def test_an_empty_source_clears_nothing(target: TripletexTarget, settings: dict[str, str], books: Books) -> None:
    await put(target, settings)
    nothing: dict[str, Any] = {"bank": None, "private_phone": None, "address": None, "department": None}
    assert (await change_for(target, kari(**nothing), settings)).kind is ChangeKind.UNCHANGED


async def test_an_address_is_edited_as_a_whole(
    tripletex: Tripletex, target: TripletexTarget, settings: dict[str, str], books: Books
) -> None:
    await put(target, settings)
    before = row_of(books)["address"]
    moved = Address(street="Nygata 2", postal_code="0150", city="Oslo", country="Norge")
    await put(target, settings, address=moved)
    assert row_of(books)["address"] == before
    address = books.rows["Address"][before]
    assert (address["addressLine1"], address["postalCode"], address["city"]) == ("Nygata 2", "0150", "Oslo")
    (sent,) = [e for e in tripletex.requests.writes() if e.method == "PUT"]
    assert set(sent.body["address"]) == {"id", "addressLine1", "postalCode", "city", "country"}
    assert set(sent.body["address"]["country"]) == {"id"}


async def test_references_are_bare_ids(tripletex: Tripletex, target: TripletexTarget, settings: dict[str, str]) -> None:
    await put(target, settings)
    (sent,) = tripletex.requests.writes()
    assert set(sent.body["department"]) == {"id"}
    assert set(sent.body["employments"][0]["division"]) == {"id"}


async def test_a_raise_is_a_new_row_with_all_its_fields(
    tripletex: Tripletex, target: TripletexTarget, settings: dict[str, str], books: Books
) -> None:
    await put(target, settings)
    tripletex.requests.clear()
    await put(target, settings, compensations=(pay(date(2024, 3, 1), "50000"), pay(date(2027, 1, 1), "53000")))
    (sent,) = tripletex.requests.writes()
    assert (sent.method, sent.path) == ("POST", "/v2/employee/employment/details")
    assert {"date", "percentageOfFullTimeEquivalent", "annualSalary", "remunerationType", "employment"} <= set(
        sent.body
    )
    rows = books.children("EmploymentDetails", jobs_of(books)[0]["id"])
    assert [(row["date"], row["annualSalary"]) for row in rows] == [("2024-03-01", 600000), ("2027-01-01", 636000)]


async def test_a_row_of_the_same_day_is_corrected_and_never_posted_again(
    tripletex: Tripletex, target: TripletexTarget, settings: dict[str, str], books: Books
) -> None:
    await put(target, settings)
    tripletex.requests.clear()
    await put(target, settings, compensations=(pay(date(2024, 3, 1), "51000"),))
    (sent,) = tripletex.requests.writes()
    assert sent.method == "PUT"
    assert set(sent.body) == {"id", "version", "annualSalary", "hourlyWage"}


async def test_a_change_made_again_writes_nothing(
    tripletex: Tripletex, target: TripletexTarget, settings: dict[str, str], books: Books
) -> None:
    await put(target, settings)
    raised = kari(compensations=(pay(date(2024, 3, 1), "50000"), pay(date(2027, 1, 1), "53000")))
    change = await change_for(target, raised, settings)
    await target.apply(change, settings)
    tripletex.requests.clear()
    applied = await target.apply(change, settings)  # the same change again, as after an interruption
    assert tripletex.requests.writes() == []
    assert applied.wrote is False


async def test_history_before_the_first_row_is_left_alone(
    tripletex: Tripletex, target: TripletexTarget, settings: dict[str, str], books: Books
) -> None:
    await put(target, settings, compensations=(pay(date(2024, 3, 1), "50000"), pay(date(2026, 4, 1), "60000")))
    rows = books.children("EmploymentDetails", jobs_of(books)[0]["id"])
    rows[0]["date"] = "2025-01-01"  # the customer began with Tripletex later
    change = await change_for(
        target, kari(compensations=(pay(date(2024, 3, 1), "50000"), pay(date(2026, 4, 1), "60000"))), settings
    )
    assert change.kind is ChangeKind.UNCHANGED


async def test_a_leaver_gets_an_end_and_a_rehire_a_new_employment(
    tripletex: Tripletex, target: TripletexTarget, settings: dict[str, str], books: Books
) -> None:
    await put(target, settings)
    again = (job(end=date(2026, 11, 30)), job(date(2026, 12, 1), percentage="50"))
    tripletex.requests.clear()
    await put(target, settings, employments=again)
    assert [(e.method, e.path.rsplit("/", 1)[0]) for e in tripletex.requests.writes()] == [
        ("PUT", "/v2/employee/employment"),
        ("POST", "/v2/employee"),
    ]
    first, second = jobs_of(books)
    assert (first["endDate"], second["startDate"]) == ("2026-11-30", "2026-12-01")
    (terms,) = books.children("EmploymentDetails", second["id"])
    assert (terms["percentageOfFullTimeEquivalent"], terms["annualSalary"]) == (50, 600000)


async def test_an_employment_of_the_past_is_not_made(
    target: TripletexTarget, settings: dict[str, str], books: Books
) -> None:
    await put(target, settings, employments=(job(date(2019, 1, 1), date(2020, 1, 1)), job()))
    assert [row["startDate"] for row in jobs_of(books)] == ["2024-03-01"]


async def test_rows_made_by_tripletex_itself_are_corrected(
    tripletex: Tripletex, target: TripletexTarget, settings: dict[str, str], books: Books
) -> None:
    """A new employment may get a first row on its own; posting a second for the day would be refused."""
    await put(target, settings)
    employment = jobs_of(books)[0]
    row = books.children("EmploymentDetails", employment["id"])[0]
    row |= {"annualSalary": 0, "employmentForm": "NOT_CHOSEN", "remunerationType": "NOT_CHOSEN"}
    await put(target, settings)
    assert (row["annualSalary"], row["employmentForm"], row["remunerationType"]) == (
        600000,
        "PERMANENT",
        "MONTHLY_WAGE",
    )


async def test_a_locked_birth_date_does_not_hold_up_the_rest(
    target: TripletexTarget, settings: dict[str, str], books: Books
) -> None:
    await put(target, settings)
    books.reported.add(row_of(books)["id"])
    change = await change_for(target, kari(birth_date=date(1990, 5, 18), last_name="Berg"), settings)
    applied = await target.apply(change, settings)
    assert [f.code for f in applied.findings] == ["tripletex_birth_date_locked"]
    assert applied.findings[0].verbatim
    assert (row_of(books)["lastName"], row_of(books)["dateOfBirth"]) == ("Berg", "1990-05-17")


async def test_a_value_that_is_accepted_and_not_kept_is_told(
    target: TripletexTarget, settings: dict[str, str], books: Books, tripletex: Tripletex
) -> None:
    await put(target, settings)
    change = await change_for(target, kari(last_name="Berg"), settings)
    tripletex.faults.meanwhile(
        lambda: row_of(books).update(lastName="Nordlund"), method="GET", path=r"/employee/\d+$", times=None
    )
    applied = await target.apply(change, settings)
    assert [(f.code, f.field) for f in applied.findings] == [("tripletex_not_stored", "last_name")]


async def test_a_change_that_is_never_whole_is_no_success(
    target: TripletexTarget, settings: dict[str, str], books: Books, tripletex: Tripletex
) -> None:
    await put(target, settings)
    change = await change_for(target, kari(first_name="Karin", last_name="Berg"), settings)
    looks = iter(range(100))

    def elsewhere() -> None:
        taken_back = {"lastName": "Nordlund"} if next(looks) % 2 else {"firstName": "Kari"}
        row_of(books).update({"firstName": "Karin", "lastName": "Berg"} | taken_back)

    fault = tripletex.faults.meanwhile(elsewhere, method="GET", path=r"/employee/\d+$", times=None)
    with pytest.raises(WriteConflict):
        await target.apply(change, settings)
    assert fault.hits == 5


@pytest.mark.parametrize(
    ("different", "field"),
    [
        ({"department": Unit(id="d", name="Quality")}, "department"),
        ({"work_email": "taken@polarbonan.example"}, "email"),
        ({"number": "3999"}, "number"),
    ],
)
async def test_a_refusal_names_the_field_in_tripletex_own_words(
    target: TripletexTarget, settings: dict[str, str], books: Books, different: dict[str, Any], field: str
) -> None:
    change = await change_for(target, kari(**different), {**settings, "user_type": "STANDARD"})
    taken: dict[str, Any] = {"employeeNumber": "3999", "email": "taken@polarbonan.example", "userType": "STANDARD"}
    books.add("Employee", firstName="A", lastName="B", isContact=False, **taken)
    with pytest.raises(Rejected) as refused:
        await target.apply(change, settings)
    assert refused.value.field == field
    assert refused.value.verbatim
    assert refused.value.reference
    assert refused.value.advice is not None
    assert refused.value.advice.key == f"tripletex.advice.{field}"


async def test_a_change_made_by_somebody_else_is_not_overwritten(
    tripletex: Tripletex, target: TripletexTarget, settings: dict[str, str], books: Books
) -> None:
    await put(target, settings)
    change = await change_for(target, kari(last_name="Berg"), settings)
    row_of(books)["lastName"] = "Lund"
    with pytest.raises(WriteConflict):
        await target.apply(change, settings)
    assert row_of(books)["lastName"] == "Lund"


async def test_a_revision_conflict_is_read_again_and_tried_once_more(
    tripletex: Tripletex, target: TripletexTarget, settings: dict[str, str], books: Books
) -> None:
    await put(target, settings)
    change = await change_for(target, kari(last_name="Berg"), settings)

    def elsewhere() -> None:
        row_of(books)["comments"] = f"{row_of(books).get('comments', '')}."
        row_of(books)["version"] += 1

    tripletex.faults.meanwhile(elsewhere, method="PUT", path=r"/employee/\d+$", times=1)
    applied = await target.apply(change, settings)
    assert applied.wrote
    assert row_of(books)["lastName"] == "Berg"
    change = await change_for(target, kari(last_name="Lund"), settings)
    fault = tripletex.faults.meanwhile(elsewhere, method="PUT", path=r"/employee/\d+$", times=None)
    with pytest.raises(WriteConflict):
        await target.apply(change, settings)
    assert fault.hits == 2


async def test_one_write_at_a_time_per_person(
    tripletex: Tripletex, target: TripletexTarget, settings: dict[str, str], books: Books
) -> None:
    await put(target, settings)
    change = await change_for(target, kari(last_name="Berg"), settings)
    held = tripletex.faults.slow(method="PUT", path=r"/employee/\d+$")
    first = asyncio.create_task(target.apply(change, settings))
    await held.arrived.wait()
    async with tripletex_target(tripletex) as other:
        second = asyncio.create_task(other.apply(change, settings))
        await asyncio.sleep(0)
        held.release()
        assert (await first).wrote is True
        assert (await second).wrote is False


async def test_a_person_who_is_gone_is_a_conflict(target: TripletexTarget, settings: dict[str, str]) -> None:
    await put(target, settings)
    change = await change_for(target, kari(last_name="Berg"), settings)
    gone = replace(change, person=replace(change.person, target_id="1"))
    with pytest.raises(WriteConflict):
        await target.apply(gone, settings)


class TestUnknownOutcomes:
    async def test_a_create_that_was_made(
        self, tripletex: Tripletex, target: TripletexTarget, settings: dict[str, str], books: Books
    ) -> None:
        change = await change_for(target, kari(), settings)
        tripletex.faults.timeout_after_commit(method="POST", path="/employee$")
        with pytest.raises(Unavailable) as failed:
            await target.apply(change, settings)
        assert failed.value.sent
        assert await target.resolve_write(change) == (WriteStatus.DONE, str(row_of(books)["id"]))

    async def test_a_create_that_was_not(
        self, tripletex: Tripletex, target: TripletexTarget, settings: dict[str, str]
    ) -> None:
        change = await change_for(target, kari(), settings)
        tripletex.faults.timeout_before_commit(method="POST", path="/employee$")
        with pytest.raises(Unavailable) as failed:
            await target.apply(change, settings)
        assert failed.value.sent
        assert await target.resolve_write(change) == (WriteStatus.NOT_DONE, None)

    async def test_an_update_made_in_part(
        self, tripletex: Tripletex, target: TripletexTarget, settings: dict[str, str], books: Books
    ) -> None:
        await put(target, settings)
        both = kari(last_name="Berg", compensations=(pay(date(2024, 3, 1), "51000"),))
        change = await change_for(target, both, settings)
        tripletex.faults.connection_cut(method="PUT", path=r"/details/\d+$")
        with pytest.raises(Unavailable) as failed:
            await target.apply(change, settings)
        assert failed.value.sent
        assert (await target.resolve_write(change))[0] is WriteStatus.PARTLY
        await target.apply(change, settings)
        assert (await target.resolve_write(change))[0] is WriteStatus.DONE

    async def test_a_read_that_fails_after_a_write_says_that_something_was_written(
        self, tripletex: Tripletex, target: TripletexTarget, settings: dict[str, str]
    ) -> None:
        change = await change_for(target, kari(), settings)
        tripletex.faults.status(503, method="GET", path=r"/employee/\d+$", times=None)
        with pytest.raises(Unavailable) as failed:
            await target.apply(change, settings)
        assert failed.value.sent
        tripletex.faults.clear()
        assert (await target.resolve_write(change))[0] is WriteStatus.DONE


async def test_what_must_never_be_called_never_is(
    tripletex: Tripletex, target: TripletexTarget, settings: dict[str, str]
) -> None:
    await put(target, settings)
    await put(target, settings, last_name="Berg", employments=(job(end=date(2026, 12, 31)),))
    assert tripletex.forbidden_calls == []
    assert {e.path.split("/")[2] for e in tripletex.requests.writes()} == {"employee"}
