"""People arrive in one call, nobody is made twice, and what Spiris neither takes nor shows is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.domain.change import ChangeKind
from bot.domain.employee import Address, BankAccount, IdentityNumber, PayPeriod
from bot.domain.findings import Severity
from bot.domain.outcome import OutcomeKind
from bot.providers.errors import Rejected, WriteConflict
from bot.providers.protocol import WriteStatus
from bot.providers.spiris_lon.target import SpirisTarget
from bot.sync.report.issues import word_of
from sandbox.spiris_lon import SpirisLon
from sandbox.spiris_lon.company import SpirisCompany
from tests.providers.create_only_suite import integration_of
from tests.providers.spiris_lon.connections import IDENTITY, SETTINGS, employee, put
from tests.support.make_change import change_for
from tests.support.provider_people import TODAY, job, pay


async def test_a_person_arrives_whole(spiris: SpirisLon, sweden: SpirisCompany, target: SpirisTarget) -> None:
    made = await put(target, employee(employments=(job(end=date(2027, 5, 31), country="SE"),)))
    (sent,) = spiris.requests.writes()
    assert sent.body == {
        "EmployeeNumber": "3001",
        "FirstName": "Karin",
        "LastName": "Nordlund",
        "IdentificationNumber": IDENTITY.replace("-", ""),
        "EmailWork": "kari.nordlund@polarbonan.example",
        "PhoneMobile": "+46701740616",
        "Contract": {
            "SalaryType": 1,
            "EmployeeCategory": 0,
            "ContractStartDate": "2024-03-01T00:00:00",
            "ContractEndDate": "2027-05-31T00:00:00",
        },
    }
    (row,) = sweden.numbered("3001")
    assert row["Id"] == made.target_id
    assert [(one.code, one.severity) for one in made.findings] == [("spiris_lon_draft", Severity.WAITING)]


@pytest.mark.parametrize(
    ("settings", "who", "sent"),
    [
        ({"employee_category": "blue_collar"}, {}, (1, 1)),
        ({}, {"compensations": (pay(date(2024, 3, 1), "190", "SEK", PayPeriod.HOUR),)}, (0, 2)),
        ({"form_of_pay": "hourly"}, {}, (0, 2)),
        ({"form_of_pay": "monthly"}, {"compensations": ()}, (0, 1)),
    ],
)
async def test_personnel_and_form_of_pay(
    sweden: SpirisCompany, target: SpirisTarget, settings: dict[str, str], who: dict[str, Any], sent: tuple[int, int]
) -> None:
    await put(target, employee(**who), **settings)
    (row,) = sweden.numbered("3001")
    assert (row["EmployeeCategory"], row["SalaryType"]) == sent


@pytest.mark.parametrize(
    ("who", "settings", "code"),
    [
        ({"identity": None}, SETTINGS, "identity_needed"),
        ({"identity": IdentityNumber(value="17059012345", country="NO")}, SETTINGS, "identity_needed"),
        ({"employments": (job(end=date(2026, 10, 31)),)}, SETTINGS, "employment_over"),
        ({"compensations": ()}, SETTINGS, "pay_missing"),
        ({}, {}, "category_missing"),
    ],
)
async def test_nobody_is_made_without_what_is_needed(
    target: SpirisTarget, who: dict[str, Any], settings: dict[str, str], code: str
) -> None:
    desired = await target.desired(employee(**who), settings, TODAY)
    found = [one for findings in desired.when_new.values() for one in findings]
    assert [(one.code, one.severity) for one in found] == [(f"spiris_lon_{code}", Severity.BLOCKING)]


async def test_what_spiris_does_not_show_is_never_called_equal_and_a_change_of_it_is_told(
    sweden: SpirisCompany, target: SpirisTarget
) -> None:
    world: Any = type("World", (), {"settings": SETTINGS})
    runs = integration_of(target, world, employee())
    (created,) = await runs.sync()
    assert created.kind is OutcomeKind.CREATED
    assert set(created.unseen) == {"bank_account", "salary"}
    sweden.complete("3001", PrimaryAddress="Kaffegatan 1", Zip="41105", City="Göteborg")
    (equal,) = await runs.sync(full=True)
    assert (equal.kind, word_of(equal), set(equal.unseen)) == (
        OutcomeKind.UNCHANGED,
        "left",
        {"bank_account", "salary"},
    )
    assert equal.findings == ()
    runs.source.put(employee(compensations=(pay(date(2024, 3, 1), "37000", "SEK"),),
                             bank=BankAccount(clearing="6000", number="123456789", country="SE")))  # fmt: skip
    (told,) = await runs.sync()
    assert {(one.code, one.field) for one in told.findings} == {
        ("value.unseen", "salary"), ("value.unseen", "bank_account"),
    }  # fmt: skip


async def test_an_end_and_another_address_are_for_a_person_to_type_in(
    spiris: SpirisLon, sweden: SpirisCompany, target: SpirisTarget
) -> None:
    await put(target, employee())
    sweden.complete("3001", PrimaryAddress="Kaffegatan 1", Zip="411 05", City="Göteborg")
    moved = employee(
        address=Address(street="Nya gatan 7", postal_code="411 05", city="Göteborg"),
        employments=(job(end=date(2026, 12, 31), country="SE"),),
    )
    world: Any = type("World", (), {"settings": SETTINGS})
    (outcome,) = await integration_of(target, world, moved).sync()
    assert {one.field for one in outcome.findings if one.code == "value.by_hand"} == {"street", "end_date"}
    assert len(spiris.requests.writes()) == 1


@pytest.mark.parametrize(
    "jobs", [(job(country="SE"),), (job(end=date(2026, 6, 30), country="SE"), job(date(2026, 11, 1), country="SE"))]
)
async def test_a_last_day_that_is_no_longer_one_is_for_a_person_to_take_away(
    sweden: SpirisCompany, target: SpirisTarget, jobs: Any
) -> None:
    world: Any = type("World", (), {"settings": SETTINGS})
    runs = integration_of(target, world, employee(address=None, employments=(job(end=date(2026, 12, 31)),)))
    await runs.sync()
    sweden.complete("3001")
    assert [outcome.findings for outcome in await runs.sync()] == [()]
    runs.source.put(employee(address=None, employments=jobs))
    for full in (False, True):
        (outcome,) = await runs.sync(full=full)
        assert [one.field for one in outcome.findings if one.code == "value.by_hand"] == ["end_date"]
    sweden.complete("3001", ContractEndDate=None)
    assert [outcome.findings for outcome in await runs.sync()] == [()]


async def test_a_number_that_is_taken_meanwhile_is_nobodys_second_person(
    sweden: SpirisCompany, target: SpirisTarget
) -> None:
    change = await change_for(target, employee(), SETTINGS)
    sweden.switches.refuses_twice = False
    sweden.add(EmployeeNumber="3001", FirstName="Somebody", LastName="Else", IdentificationNumber="19850101-2384")
    with pytest.raises(WriteConflict):
        await target.apply(change, SETTINGS)
    with pytest.raises(WriteConflict):
        await target.resolve_write(change)
    assert len(sweden.numbered("3001")) == 1


async def test_what_came_of_a_write_is_read_by_the_number(sweden: SpirisCompany, target: SpirisTarget) -> None:
    change = await change_for(target, employee(), SETTINGS)
    assert await target.resolve_write(change) == (WriteStatus.NOT_DONE, None)
    made = await target.apply(change, SETTINGS)
    assert await target.resolve_write(change) == (WriteStatus.DONE, made.target_id)


async def test_look_alikes_are_found_by_what_gives_them_away(sweden: SpirisCompany, target: SpirisTarget) -> None:
    await put(target, employee())
    for who in (
        employee(number="3999", first_name="Other", work_email=None),
        employee(number="3999", identity=None, work_email=None),
        employee(number="3999", identity=None, first_name="Other"),
        employee(number="03001", identity=None, first_name="Other", work_email=None),
    ):
        assert [found.number for found in await target.find(who)] == ["3001"]
    nobody = employee(number="3999", identity=None, first_name="Other", work_email=None)
    assert list(await target.find(nobody)) == []


@pytest.mark.parametrize(("letters_only", "taken"), [(False, True), (True, False)])
async def test_a_name_with_more_than_letters_is_sent_as_it_is_and_a_refusal_names_the_field(
    sweden: SpirisCompany, target: SpirisTarget, letters_only: bool, taken: bool
) -> None:
    sweden.switches.letters_only = letters_only
    change = await change_for(target, employee(first_name="Anna-Karin", last_name="von O'Brien"), SETTINGS)
    if taken:
        await target.apply(change, SETTINGS)
    else:
        with pytest.raises(Rejected) as refused:
            await target.apply(change, SETTINGS)
        assert (refused.value.field, "only letters" in (refused.value.verbatim or "")) == ("first_name", True)
    assert len(sweden.numbered("3001")) == int(taken)


async def test_whoever_is_complete_at_once_waits_for_nothing(sweden: SpirisCompany, target: SpirisTarget) -> None:
    sweden.switches.draft = False
    assert (await put(target, employee())).findings == ()
    again = await change_for(target, replace(employee(), address=None), SETTINGS)
    assert again.kind is ChangeKind.UNCHANGED


async def test_what_is_shown_in_another_form_is_nothing_and_takes_nobody_else_along(
    spiris: SpirisLon, sweden: SpirisCompany, target: SpirisTarget
) -> None:
    (row,) = sweden.numbered("2001")
    row |= {"SalaryType": {}, "EmployeeCategory": "x", "PhoneMobile": 7, "ContractEndDate": [], "Zip": None}
    people = [person async for page in target.people() for person in page]
    assert len(people) == len(sweden.employees)
    (found,) = (person for person in people if person.number == "2001")
    (part,) = found.record
    shown = [part.values[name] for name in ("remuneration_type", "personnel_type", "end_date", "postal_code")]
    assert shown == [None] * 4
    spiris.faults.status(400, {"ErrorCode": "x", "Errors": 1, "DeveloperErrorMessage": "No."}, method="POST", times=1)
    with pytest.raises(Rejected) as refused:
        await put(target, employee())
    assert refused.value.verbatim == "No."
