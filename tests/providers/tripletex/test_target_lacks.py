"""What Tripletex would refuse or leave out is told before it is sent, and keeps nobody out who could come in."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.domain.change import Change, ChangeKind
from bot.domain.employee import Address, Employee, Unit
from bot.domain.findings import Severity
from bot.domain.outcome import OutcomeKind
from bot.providers.errors import Unavailable, WriteConflict
from bot.providers.kit.countries import country_code
from bot.providers.tripletex.settings import SETTINGS
from bot.providers.tripletex.target import TripletexTarget
from sandbox.tripletex import Tripletex, demo
from sandbox.tripletex.company_state import Books, Row
from sandbox.tripletex.registers import COUNTRIES
from tests.support.fake_target import MemorySource
from tests.support.make_change import change_for
from tests.support.provider_connections import tripletex_target
from tests.support.provider_people import TODAY, job, kari, pay
from tests.support.sync_runner import Integration


@pytest.fixture
async def tripletex() -> AsyncIterator[Tripletex]:
    async with demo(TODAY) as system:
        system.rate_limit.limit = 100_000
        yield system


@pytest.fixture
def books(tripletex: Tripletex) -> Books:
    return tripletex.companies[40917001]


@pytest.fixture
async def target(tripletex: Tripletex) -> AsyncIterator[TripletexTarget]:
    async with tripletex_target(tripletex) as target:
        yield target


@pytest.fixture
async def settings(target: TripletexTarget) -> dict[str, str]:
    return {"division": (await target.choices("division"))[0].value, "occupation_code": "5223102"}


def somebody(**different: Any) -> Employee:
    return kari(**{"identity": None, "bank": None, **different})


async def planned(
    target: TripletexTarget, settings: dict[str, str], *people: Employee
) -> tuple[Integration[MemorySource, TripletexTarget], list[Change]]:
    integration = Integration(MemorySource(people), target, settings=settings, today=TODAY)
    return integration, list((await integration.plan()).changes)


def codes(change: Change) -> dict[str, Severity]:
    return {finding.code: finding.severity for finding in change.findings}


def row_of(books: Books) -> Row:
    (row,) = [row for row in books.rows["Employee"].values() if row.get("employeeNumber") == "3001"]
    return row


@pytest.mark.parametrize(
    ("phone", "kept"),
    [
        ("+38344123456", "+38344123456"),
        ("+447781123456", "+447781123456"),
        ("+881612345678", "+881612345678"),
        ("+4779012345", "79012345"),
    ],
)
async def test_a_mobile_number_of_a_country_that_the_list_lacks_keeps_nobody_out(
    target: TripletexTarget, settings: dict[str, str], books: Books, phone: str, kept: str
) -> None:
    integration, (change,) = await planned(target, settings, somebody(private_phone=phone))
    assert (await integration.carry_out(change)).kind is OutcomeKind.CREATED
    row = row_of(books)
    assert (row["phoneNumberMobile"], row.get("phoneNumberMobileCountry")) == (kept, None)
    assert ("tripletex_mobile_country_unknown" in codes(change)) is kept.startswith("+")
    integration.memory.clear()
    assert [c.kind for c in (await integration.plan()).changes] == [ChangeKind.UNCHANGED]


@pytest.mark.parametrize("hidden", ["refused", "filtered"])
async def test_without_the_list_of_countries_people_are_created_all_the_same(
    tripletex: Tripletex, books: Books, settings: dict[str, str], hidden: str
) -> None:
    if hidden == "refused":
        tripletex.faults.status(403, {"status": 403, "code": 9000}, path="/country$", times=None)
    else:
        books.switches.filtered.add("Country")
    async with tripletex_target(tripletex) as target:
        integration, (change,) = await planned(target, settings, somebody())
        assert (await integration.carry_out(change)).kind is OutcomeKind.CREATED
    assert row_of(books)["phoneNumberMobile"] == "40012345"


@pytest.mark.parametrize("department", [None, Unit(id="d", name="Quality")])
async def test_nobody_is_planned_as_new_without_a_department(
    target: TripletexTarget, settings: dict[str, str], tripletex: Tripletex, department: Unit | None
) -> None:
    _, (change,) = await planned(target, settings, somebody(department=department))
    assert change.kind is ChangeKind.BLOCKED
    assert codes(change)["tripletex_department_missing"] is Severity.BLOCKING
    default = next(c.value for c in await target.choices("default_department") if c.label == "Sales")
    _, (change,) = await planned(target, {**settings, "default_department": default}, somebody(department=department))
    assert change.kind is ChangeKind.CREATE


@pytest.mark.parametrize("department", [None, Unit(id="d", name="Quality")])
async def test_a_default_department_replaces_none_that_payroll_has_chosen(
    target: TripletexTarget, settings: dict[str, str], books: Books, department: Unit | None
) -> None:
    of = {c.label: c.value for c in await target.choices("default_department")}
    settings = {**settings, "default_department": of["Sales"]}
    integration, (change,) = await planned(target, settings, somebody(department=department))
    await integration.carry_out(change)
    assert row_of(books)["department"] == int(of["Sales"])
    row_of(books)["department"] = int(of["Administration"])
    integration, (change,) = await planned(target, settings, somebody(department=department, last_name="Berg"))
    await integration.carry_out(change)
    assert row_of(books)["department"] == int(of["Administration"])
    assert ("tripletex_department_unknown" in codes(change)) is (department is not None)
    row_of(books)["department"] = int(of["Sales"])
    _, (change,) = await planned(target, settings, somebody(department=department, last_name="Berg"))
    assert change.kind is ChangeKind.UNCHANGED
    assert "tripletex_department_unknown" not in codes(change)


async def test_whoever_is_there_is_updated_without_one(
    target: TripletexTarget, settings: dict[str, str], books: Books
) -> None:
    integration, (change,) = await planned(target, settings, somebody())
    await integration.carry_out(change)
    _, (change,) = await planned(target, settings, somebody(department=None, last_name="Berg"))
    assert change.kind is ChangeKind.UPDATE


async def test_where_departments_are_not_in_use_none_is_needed(
    target: TripletexTarget, settings: dict[str, str], books: Books
) -> None:
    books.switches.department_required = False
    books.switches.filtered.add("Department")
    _, (change,) = await planned(target, settings, somebody(department=None))
    assert change.kind is ChangeKind.CREATE


async def test_a_name_spelled_with_other_code_points_is_the_same_department(
    target: TripletexTarget, settings: dict[str, str], books: Books
) -> None:
    next(iter(books.rows["Department"].values()))["name"] = unicodedata.normalize("NFD", "Håndverk")
    composed = Unit(id="d", name=unicodedata.normalize("NFC", "Håndverk"))
    _, (change,) = await planned(target, settings, somebody(department=composed))
    assert "tripletex_department_unknown" not in codes(change)
    assert change.kind is ChangeKind.CREATE


async def test_an_end_without_a_reason_and_a_missing_occupation_are_told(
    target: TripletexTarget, settings: dict[str, str]
) -> None:
    leaving = somebody(employments=(job(end=date(2026, 12, 31)),))
    _, (change,) = await planned(target, {"division": settings["division"]}, leaving)
    assert codes(change)["end_reason.missing"] is Severity.WARNING
    assert codes(change)["occupation_code.missing"] is Severity.WARNING
    _, (change,) = await planned(target, {**settings, "end_reason": "EMPLOYMENT_END_EMPLOYEE"}, leaving)
    assert {"end_reason.missing", "occupation_code.missing"} & set(codes(change)) == set()


@pytest.mark.parametrize(("hours", "told"), [("", True), ("35.5", False)])
async def test_shift_work_without_its_hours_is_told_of_new_employments(
    target: TripletexTarget, settings: dict[str, str], hours: str, told: bool
) -> None:
    shift = {**settings, "working_hours_scheme": "SHIFT_365", "shift_hours": hours}
    integration, (change,) = await planned(target, shift, somebody())
    assert ("shift_hours.missing" in codes(change)) == told
    await integration.carry_out(change)
    (again,) = (await integration.plan()).changes
    assert (again.kind, "shift_hours.missing" in codes(again)) == (ChangeKind.UNCHANGED, False)


async def test_what_payroll_has_entered_is_not_told_as_missing(
    target: TripletexTarget, settings: dict[str, str], books: Books
) -> None:
    bare = {"division": settings["division"]}
    leaving = somebody(employments=(job(end=date(2026, 12, 31)),))
    integration, (change,) = await planned(target, bare, leaving)
    await integration.carry_out(change)
    for _ in range(2):  # told until it is there
        (change,) = (await integration.plan(full=False)).changes
        await integration.carry_out(change)
        assert {"end_reason.missing", "occupation_code.missing"} <= set(codes(change))
    (employment,) = books.children("Employment", row_of(books)["id"])
    employment["employmentEndReason"] = "EMPLOYMENT_END_EXPIRED"
    books.children("EmploymentDetails", employment["id"])[0]["occupationCode"] = 1
    (change,) = (await integration.plan()).changes
    assert change.kind is ChangeKind.UNCHANGED
    assert {"end_reason.missing", "occupation_code.missing"} & set(codes(change)) == set()


async def test_an_end_in_the_past_is_told_when_it_is_written(target: TripletexTarget, settings: dict[str, str]) -> None:
    integration, (change,) = await planned(target, settings, somebody())
    await integration.carry_out(change)
    gone = somebody(employments=(job(end=TODAY - timedelta(days=3)),))
    integration.source.people = {gone.source_id: gone}
    (change,) = (await integration.plan()).changes
    outcome = await integration.carry_out(change)
    assert outcome.kind is OutcomeKind.UPDATED
    assert "end_reason.missing" in [finding.code for finding in outcome.findings]


async def test_somebody_new_whose_employments_are_over_is_told(
    target: TripletexTarget, settings: dict[str, str]
) -> None:
    for ends, told in ((TODAY - timedelta(days=1), True), (TODAY, False)):
        _, (change,) = await planned(target, settings, somebody(employments=(job(end=ends),)))
        assert change.kind is ChangeKind.CREATE
        assert ("employment.over" in codes(change)) is told


async def test_an_end_reason_of_payrolls_own_is_kept(
    target: TripletexTarget, settings: dict[str, str], books: Books
) -> None:
    leaving = somebody(employments=(job(end=date(2026, 12, 31)),))
    integration, (change,) = await planned(target, settings, leaving)
    await integration.carry_out(change)
    (employment,) = books.children("Employment", row_of(books)["id"])
    employment["employmentEndReason"] = "EMPLOYMENT_END_EXPIRED"
    _, (change,) = await planned(target, {**settings, "end_reason": "EMPLOYMENT_END_EMPLOYEE"}, leaving)
    assert change.kind is ChangeKind.UNCHANGED


async def test_a_list_that_does_not_heed_where_it_begins_is_an_error(tripletex: Tripletex) -> None:
    async with tripletex_target(tripletex) as target:
        tripletex.faults.status(
            200, {"values": [{"id": 1, "name": "A"}], "from": 0, "count": 1}, path="/department$", times=None
        )
        async with asyncio.timeout(20):
            with pytest.raises(Unavailable):
                await target.choices("default_department")


@pytest.mark.parametrize("code", [7000, 14000])
async def test_somebody_who_is_there_already_is_not_told_as_a_change(
    tripletex: Tripletex, target: TripletexTarget, settings: dict[str, str], code: int
) -> None:
    change = await change_for(target, kari(), settings)
    body = {"status": 409, "code": code, "message": "Duplicate entry"}
    tripletex.faults.status(409, body, method="POST", path="/employee$")
    with pytest.raises(WriteConflict) as refused:
        await target.apply(change, settings)
    assert refused.value.text.key == "tripletex.exists"
    assert refused.value.verbatim == "Duplicate entry"


async def test_a_rehire_who_would_not_appear_in_payroll_is_told(
    target: TripletexTarget, settings: dict[str, str], books: Books
) -> None:
    settings["end_reason"] = "EMPLOYMENT_END_EMPLOYEE"
    former = job(end=date(2026, 10, 31))
    integration, (change,) = await planned(target, settings, somebody())
    await integration.carry_out(change)
    row_of(books)["allowInformationRegistration"] = False
    again = somebody(employments=(former, job(date(2026, 12, 1))))
    integration.source.people = {again.source_id: again}
    (change,) = (await integration.plan()).changes
    outcome = await integration.carry_out(change)
    assert outcome.kind is OutcomeKind.UPDATED
    assert "tripletex_registration_off" in [finding.code for finding in outcome.findings]


@pytest.mark.parametrize("work", ["x@firm", "a@firm.no; b@x.no", "a b@firm.no", "a@b"])
@pytest.mark.parametrize("private", ["kari@x.no", None])
async def test_an_address_that_is_known_to_be_wrong_is_not_sent(
    target: TripletexTarget, settings: dict[str, str], books: Books, work: str, private: str | None
) -> None:
    integration, (change,) = await planned(target, settings, somebody(work_email=work, private_email=private))
    assert codes(change)["email.invalid"] is Severity.WARNING
    assert (await integration.carry_out(change)).kind is OutcomeKind.CREATED
    assert row_of(books).get("email") == private
    _, (change,) = await planned(
        target, {**settings, "user_type": "STANDARD"}, somebody(number="3002", work_email=work, first_name="Per")
    )
    assert change.kind is ChangeKind.BLOCKED


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("UK", "GB"),
        ("Holland", "NL"),
        ("Deutschland", "DE"),
        ("NOR", "NO"),
        ("Noreg", "NO"),
        ("Polska", "PL"),
        ("Bosnia and Herzegovina", "BA"),
        ("EN", None),
        ("XX", None),
        ("Utopia", None),
        ("Guernsey", None),
    ],
)
async def test_a_country_is_understood_or_told(
    target: TripletexTarget, settings: dict[str, str], written: str, code: str | None
) -> None:
    address = Address(street="Gata 1", postal_code="0150", city="By", country=written)
    desired = await target.desired(kari(address=address), settings, TODAY)
    assert desired.record[0].values.get("country") == code
    told = [finding.values for finding in desired.findings if finding.code == "tripletex_country_unknown"]
    assert told == ([] if code else [{"country": written}])


async def test_every_country_of_the_list_is_understood_by_its_name() -> None:
    wrong = {row["name"]: row["isoAlpha2Code"] for row in COUNTRIES.values() if row["isoAlpha2Code"] != "AN"}
    assert {name: code for name, code in wrong.items() if country_code(name) != code} == {}


@pytest.mark.parametrize(("user_type", "second"), [("STANDARD", "blocked"), ("NO_ACCESS", "create")])
async def test_a_shared_mailbox_with_access_is_told_before_it_is_refused(
    target: TripletexTarget, settings: dict[str, str], user_type: str, second: str
) -> None:
    one = somebody(work_email="butikk@polarbonan.example")
    born = date(1991, 1, 1)
    other = replace(one, source_id="68" + "0" * 22, number="3002", first_name="Per", last_name="Dahl", birth_date=born)
    integration, changes = await planned(target, {**settings, "user_type": user_type}, one, other)
    assert [change.kind.value for change in changes] == ["create", second]
    assert ("duplicate.email" in codes(changes[1])) is (second == "blocked")
    assert (await integration.carry_out(changes[0])).kind is OutcomeKind.CREATED


async def test_employed_again_on_the_very_last_day_overlaps(
    target: TripletexTarget, settings: dict[str, str], books: Books
) -> None:
    settings["end_reason"] = "EMPLOYMENT_END_EMPLOYEE"
    integration, (change,) = await planned(target, settings, somebody())
    await integration.carry_out(change)
    day = TODAY - timedelta(days=1)
    again = somebody(employments=(job(end=day), job(day)))
    integration.source.people = {again.source_id: again}
    (change,) = (await integration.plan()).changes
    assert change.kind is ChangeKind.BLOCKED
    assert codes(change)["employment.overlap"] is Severity.BLOCKING
    # Where Tripletex has both, it is told and nobody is kept out.
    books.switches.refuse_overlap = False
    later = somebody(employments=(job(end=day - timedelta(days=1)), job(day)))
    integration.source.people = {later.source_id: later}
    await integration.carry_out((await integration.plan()).changes[0])
    integration.source.people = {again.source_id: again}
    (change,) = (await integration.plan()).changes
    assert change.kind is ChangeKind.UPDATE
    assert codes(change)["employment.overlap"] is Severity.WARNING


@pytest.mark.parametrize("currency", ["nok", " NOK "])
async def test_a_currency_is_one_in_any_case(target: TripletexTarget, settings: dict[str, str], currency: str) -> None:
    written = somebody(compensations=(pay(date(2024, 3, 1), "50000", currency),))
    _, (change,) = await planned(target, settings, written)
    assert change.kind is ChangeKind.CREATE


OLD_KINDS_OF_PAY = ("COMMISION_PERCENTAGE", "FEE", "PIECEWORK_WAGE")


def test_old_kinds_of_pay_are_not_offered_and_still_known() -> None:
    (field,) = [field for field in SETTINGS if field.key == "remuneration_type"]
    assert field.choices == ("from_source", "MONTHLY_WAGE", "HOURLY_WAGE")
    assert field.retired == OLD_KINDS_OF_PAY


@pytest.mark.parametrize("kind", OLD_KINDS_OF_PAY)
async def test_an_old_kind_of_pay_that_was_chosen_is_heeded(
    target: TripletexTarget, settings: dict[str, str], kind: str
) -> None:
    desired = await target.desired(kari(), {**settings, "remuneration_type": kind}, TODAY)
    assert desired.record[-1].values["remuneration_type"] == kind
