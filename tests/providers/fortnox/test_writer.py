"""Each row of the table arriving, leaving and coming back, whatever Fortnox makes of what is not published."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.domain.change import ChangeKind
from bot.domain.employee import Address, BankAccount, EmploymentType, IdentityNumber, PayPeriod, Unit
from bot.domain.findings import Severity
from bot.providers.errors import Rejected, WriteConflict
from bot.providers.fortnox.target import FortnoxTarget
from bot.providers.protocol import Desired
from sandbox.fortnox import Fortnox
from sandbox.fortnox.company import FortnoxCompany
from tests.providers.fortnox.connections import ACCOUNT, CLEARING, IDENTITY, SETTINGS, employee, put
from tests.support.fake_target import MemorySource
from tests.support.make_change import change_for
from tests.support.provider_people import TODAY, job, pay
from tests.support.sync_runner import Integration

START = date(2024, 3, 1)


def wages(company: FortnoxCompany, number: str = "3001") -> list[tuple[str, str]]:
    rows = company.employees[number]["DatedWages"]
    return [(row["FirstDay"], row["MonthlySalary"] or row["HourlyPay"]) for row in rows]


def told(desired: Desired) -> set[str]:
    """What is told of somebody new."""
    return {found.code for found in (*desired.findings, *(one for each in desired.when_new.values() for one in each))}


def sek(day: date, amount: str, period: PayPeriod = PayPeriod.MONTH) -> Any:
    return pay(day, amount, "SEK", period)


async def desired_of(target: FortnoxTarget, settings: dict[str, str] | None = None, **different: Any) -> Desired:
    return await target.desired(employee(**different), SETTINGS if settings is None else settings, TODAY)


async def test_a_person_arrives_whole(target: FortnoxTarget, sweden: FortnoxCompany) -> None:
    await put(target, employee())
    row = sweden.employees["3001"]
    assert {name: row[name] for name in row if name not in ("DatedWages", "Inactive")} == {
        "EmployeeId": "3001", "FirstName": "Karin", "LastName": "Nordlund",
        "PersonalIdentityNumber": IDENTITY.replace("-", "")[-10:], "Email": "kari.nordlund@polarbonan.example",
        "Phone1": "+46701740616", "Phone2": "+4631160640", "JobTitle": "Rostare", "Address2": "Kaffegatan 1",
        "PostCode": "411 05", "City": "Göteborg", "Country": "Sverige", "ClearingNo": CLEARING,
        "BankAccountNo": ACCOUNT, "CostCenter": "200", "EmploymentDate": "2024-03-01", "EmploymentForm": "TV",
        "PersonelType": "TJM", "SalaryForm": "MAN",
    }  # fmt: skip
    assert wages(sweden) == [("1970-01-01", "35000")]
    assert (await change_for(target, employee(), SETTINGS)).kind is ChangeKind.UNCHANGED


@pytest.mark.parametrize("kept", ["replace", "merge"])
async def test_a_raise_is_a_row_of_its_own_and_a_correction_is_put_right(
    target: FortnoxTarget, sweden: FortnoxCompany, kept: str
) -> None:
    sweden.switches.wages = kept
    await put(target, employee())
    rising = (sek(START, "35000"), sek(date(2027, 1, 1), "37000.50"))
    await put(target, employee(compensations=rising))
    assert wages(sweden) == [("1970-01-01", "35000"), ("2027-01-01", "37000.5")]
    await put(target, employee(compensations=(rising[0], sek(date(2027, 1, 1), "38000"))))
    assert wages(sweden) == [("1970-01-01", "35000"), ("2027-01-01", "38000")]
    await put(target, employee(compensations=(sek(START, "36000"), rising[1])))
    assert wages(sweden) == [("1970-01-01", "35000"), ("2024-03-01", "36000"), ("2027-01-01", "37000.5")]


async def test_rows_that_payroll_has_made_stay(target: FortnoxTarget, sweden: FortnoxCompany) -> None:
    await put(target, employee())
    own = {"EmployeeId": "3001", "FirstDay": "2025-05-01", "MonthlySalary": "35500", "HourlyPay": "210"}
    sweden.employees["3001"]["DatedWages"].append(own)
    made = await put(target, employee(compensations=(sek(START, "35000"), sek(date(2027, 1, 1), "37000"))))
    rows = sweden.employees["3001"]["DatedWages"]
    assert [row["FirstDay"] for row in rows] == ["1970-01-01", "2025-05-01", "2027-01-01"]
    assert rows[1] == own
    # Overtime is paid by it.
    assert rows[2]["HourlyPay"] == "210"
    assert {found.code for found in made.findings} == {"pay.rate_kept"}


async def test_pay_by_the_hour_and_by_the_year(target: FortnoxTarget, sweden: FortnoxCompany) -> None:
    await put(target, employee(compensations=(sek(START, "168", PayPeriod.HOUR),)))
    assert (sweden.employees["3001"]["SalaryForm"], wages(sweden)) == ("TIM", [("1970-01-01", "168")])
    await put(target, employee(number="3002", compensations=(sek(START, "420000", PayPeriod.YEAR),)))
    assert wages(sweden, "3002") == [("1970-01-01", "35000")]


@pytest.mark.parametrize(("basis", "amount"), [("as_is", "35000"), ("to_full_time", "43750"), ("to_actual", "28000")])
async def test_pay_of_part_time_as_it_is_chosen(
    target: FortnoxTarget, sweden: FortnoxCompany, basis: str, amount: str
) -> None:
    await put(target, employee(employments=(job(percentage="80"),)), salary=basis)
    assert wages(sweden) == [("1970-01-01", amount)]


async def test_pay_is_not_sent_where_that_is_chosen(target: FortnoxTarget, sweden: FortnoxCompany) -> None:
    await put(target, employee(), salary="none")
    assert (sweden.employees["3001"]["SalaryForm"], wages(sweden)) == ("MAN", [])


@pytest.mark.parametrize(("scale", "sent"), [("fraction", 0.8), ("percent", 80.0)])
async def test_the_degree_of_employment_goes_only_where_its_scale_is_known(
    target: FortnoxTarget, sweden: FortnoxCompany, scale: str, sent: float
) -> None:
    half = employee(employments=(job(percentage="80"),))
    await put(target, half)
    assert "FullTimeEquivalent" not in sweden.employees["3001"]
    await put(target, half, full_time_equivalent=scale)
    assert sweden.employees["3001"]["FullTimeEquivalent"] == sent
    again = await change_for(target, half, {**SETTINGS, "full_time_equivalent": scale})
    assert again.kind is ChangeKind.UNCHANGED


async def test_a_leaver_gets_an_end_that_may_be_taken_back(target: FortnoxTarget, sweden: FortnoxCompany) -> None:
    await put(target, employee())
    await put(target, employee(employments=(job(end=date(2026, 12, 31)),)))
    assert sweden.employees["3001"]["EmployedTo"] == "2026-12-31"
    over = employee(employments=(job(end=date(2026, 10, 31)),))
    await put(target, over)
    assert (sweden.employees["3001"]["EmployedTo"], sweden.employees["3001"]["Inactive"]) == ("2026-10-31", False)
    desired = await target.desired(employee(number="3777", employments=over.employments), SETTINGS, TODAY)
    assert [part.existing_only for part in desired.record] == [False, True]


async def test_somebody_comes_back_under_the_same_number(target: FortnoxTarget, sweden: FortnoxCompany) -> None:
    await put(target, employee(employments=(job(end=date(2026, 12, 31)),)))
    sweden.employees["3001"] |= {"EmployedTo": "2026-06-30", "Inactive": True}
    first, again = job(end=date(2026, 6, 30)), job(date(2026, 11, 1))
    made = await put(
        target,
        employee(employments=(first, again), compensations=(sek(START, "35000"), sek(date(2026, 11, 1), "39000"))),
    )
    row = sweden.employees["3001"]
    assert (row["EmploymentDate"], row["EmployedTo"], row["Inactive"]) == ("2026-11-01", "", False)
    assert wages(sweden) == [("1970-01-01", "35000"), ("2026-11-01", "39000")]
    assert made.findings == ()


async def test_an_end_that_does_not_go_away_is_told(target: FortnoxTarget, sweden: FortnoxCompany) -> None:
    await put(target, employee())
    sweden.employees["3001"]["EmployedTo"] = "2026-06-30"
    sweden.switches.empty_clears = False
    back = employee(employments=(job(end=date(2026, 6, 30)), job(date(2026, 7, 15))))
    sweden.employees["3001"]["EmploymentDate"] = "2024-03-01"
    fault = pytest.raises(Rejected)
    with fault as refused:
        await put(target, back)
    assert "EmployedTo" in (refused.value.verbatim or "")


async def test_the_next_employment_waits_for_its_first_day(target: FortnoxTarget) -> None:
    later = (job(end=date(2026, 10, 31)), job(TODAY + timedelta(days=9)))
    desired = await desired_of(target, employments=later)
    assert [part.key for part in desired.record if part.key] == [(START,)]
    assert told(desired) - {"fortnox_employment_over"} == {"fortnox_employment_to_come"}
    first = await desired_of(target, employments=(job(TODAY + timedelta(days=9)),))
    assert [part.key[0] for part in first.record if part.key] == [TODAY + timedelta(days=9)] * 1 + [
        TODAY + timedelta(days=9)
    ] * (len(first.record) - 2)
    assert told(first) == set()


@pytest.mark.parametrize("following", [(), (job(TODAY + timedelta(30), country="SE"),)])
async def test_nobody_new_is_made_of_an_employment_that_is_over(
    target: FortnoxTarget, sweden: FortnoxCompany, following: tuple[Any, ...]
) -> None:
    jobs = (job(end=TODAY - timedelta(3), country="SE"), *following)
    source = MemorySource([employee(employments=jobs)])
    integration = Integration(source, target, settings=SETTINGS, today=TODAY, countries=("SE",))
    (change,) = (await integration.plan()).changes
    assert change.kind is ChangeKind.BLOCKED
    assert "fortnox_employment_over" in {found.code for found in change.findings}
    await put(target, employee(employments=(job(country="SE"),)))
    (change,) = (await integration.plan()).changes
    assert change.kind is ChangeKind.UPDATE
    assert "fortnox_employment_over" not in {found.code for found in change.findings}


async def test_employments_without_a_gap_are_one(target: FortnoxTarget, sweden: FortnoxCompany) -> None:
    await put(target, employee(employments=(job(end=date(2025, 12, 31)), job(date(2026, 1, 1)))))
    assert sweden.employees["3001"]["EmploymentDate"] == "2024-03-01"
    assert not sweden.employees["3001"].get("EmployedTo")


@pytest.mark.parametrize(
    ("different", "settings", "code"),
    [
        ({"work_email": None, "private_email": None}, SETTINGS, "fortnox_email_missing"),
        ({"number": "1" * 16}, SETTINGS, "fortnox_key_unfit"),
        ({"first_name": "K<a>"}, SETTINGS, "fortnox_key_unfit"),
        ({"title": "x" * 31}, SETTINGS, "fortnox_value_unfit"),
        ({"cost_center": Unit(id="x", name="Okänt")}, SETTINGS, "fortnox_cost_center_unknown"),
        ({"cost_center": Unit(id="x", name="Avvecklat", code="900")}, SETTINGS, "fortnox_cost_center_unknown"),
        ({"identity": IdentityNumber(value="17059012345", country="NO")}, SETTINGS, "fortnox_identity_not_swedish"),
        ({"bank": BankAccount(iban="NO9386011117947", country="NO")}, SETTINGS, "fortnox_bank_account_unusable"),
        ({"address": Address(city="X", country="Atlantis")}, SETTINGS, "fortnox_country_unknown"),
        ({}, {}, "fortnox_personnel_type_missing"),
        ({"compensations": ()}, SETTINGS, "fortnox_pay_missing"),
        ({"compensations": (sek(START, "9000", PayPeriod.WEEK),)}, SETTINGS, "fortnox_pay_period"),
        ({"compensations": (pay(START, "9000", "NOK"),)}, SETTINGS, "compensation.currency"),
        (
            {"employments": (job(type=EmploymentType(id="t", name="Timvik")),)},
            SETTINGS,
            "fortnox_employment_form_unknown",
        ),
        ({"employments": (job(percentage="0"),)}, {**SETTINGS, "salary": "to_full_time"}, "fortnox_pay_of_nothing"),
        ({"employments": ()}, SETTINGS, "employment.missing"),
    ],
)
async def test_what_stands_in_the_way_is_told(
    target: FortnoxTarget, different: dict[str, Any], settings: dict[str, str], code: str
) -> None:
    assert told(await desired_of(target, settings, **different)) == {code}


async def test_two_employments_at_once_stop_the_person(target: FortnoxTarget) -> None:
    desired = await desired_of(target, employments=(job(), job(date(2025, 1, 1))))
    assert [found.severity for found in desired.findings if found.code == "employment.overlap"] == [Severity.BLOCKING]


async def test_other_forms_as_they_are_set(target: FortnoxTarget, sweden: FortnoxCompany) -> None:
    other = employee(employments=(job(type=EmploymentType(id="t", name="Timvik")),))
    await put(target, other, other_employment_form="vik")
    assert sweden.employees["3001"]["EmploymentForm"] == "VIK"


async def test_an_identity_number_of_twelve_digits_where_that_is_chosen(
    target: FortnoxTarget, fortnox: Fortnox, sweden: FortnoxCompany
) -> None:
    with pytest.raises(Rejected) as refused:  # the stand-in takes ten
        await put(target, employee(), identity_format="twelve")
    assert refused.value.field == "identity_number"
    sent = fortnox.requests.writes("/employees")[-1].body["Employee"]["PersonalIdentityNumber"]
    assert sent == IDENTITY.replace("-", "")
    assert "3001" not in sweden.employees


async def test_what_payroll_has_typed_is_read_as_the_same(target: FortnoxTarget, sweden: FortnoxCompany) -> None:
    await put(target, employee())
    digits = IDENTITY.replace("-", "")
    sweden.employees["3001"] |= {
        "PersonalIdentityNumber": f"{digits[2:8]}-{digits[8:]}",
        "PostCode": "41105",
        "Phone2": "031-16 06 40",
        "Country": "SE",
        "TaxAllowance": "SNK",
    }
    assert (await change_for(target, employee(), SETTINGS)).kind is ChangeKind.UNCHANGED


async def test_a_value_that_fortnox_does_not_keep_is_told(target: FortnoxTarget, fortnox: Fortnox) -> None:
    await put(target, employee())

    def forget() -> None:
        fortnox.companies[1270001].employees["3001"]["JobTitle"] = "Rostare"

    fortnox.faults.meanwhile(forget, method="GET", path="/employees/3001$", nth=3, times=None)
    made = await put(target, employee(title="Chef"))
    assert {(found.code, found.field) for found in made.findings} == {("fortnox_not_stored", "title")}


async def test_somebody_else_was_there_in_the_meantime(target: FortnoxTarget, sweden: FortnoxCompany) -> None:
    await put(target, employee())
    change = await change_for(target, employee(title="Chef"), SETTINGS)
    sweden.employees["3001"]["JobTitle"] = "Mästare"
    with pytest.raises(WriteConflict):
        await target.apply(change, SETTINGS)
    assert sweden.employees["3001"]["JobTitle"] == "Mästare"


async def test_a_refusal_names_the_field_in_the_brackets(target: FortnoxTarget, sweden: FortnoxCompany) -> None:
    await put(target, employee())
    sweden.employees["3001"]["Email"] = ""
    change = await change_for(target, employee(title="Chef"), SETTINGS)
    sweden.employees["3001"]["EmploymentForm"] = ""
    with pytest.raises(Rejected) as refused:
        await target.apply(replace(change, fields=tuple(f for f in change.fields if f.field == "title")), SETTINGS)
    assert (refused.value.field, refused.value.text.key) == ("email", "fortnox.rejected_field")


async def test_a_number_that_is_taken_is_no_second_person(target: FortnoxTarget, sweden: FortnoxCompany) -> None:
    change = await change_for(target, employee(), SETTINGS)
    sweden.add(EmployeeId="3001", FirstName="Någon", LastName="Annan", Email="x@example.com")
    with pytest.raises(WriteConflict):
        await target.apply(change, SETTINGS)
    assert sweden.employees["3001"]["FirstName"] == "Någon"


async def test_a_number_with_a_slash_is_one_person(target: FortnoxTarget, sweden: FortnoxCompany) -> None:
    await put(target, employee(number="A/1 å"))
    await put(target, employee(number="A/1 å", last_name="Berg"))
    assert sweden.employees["A/1 å"]["LastName"] == "Berg"


@pytest.mark.parametrize("number", [None, IDENTITY])
async def test_whoever_payroll_has_entered_under_another_number_is_a_question(
    target: FortnoxTarget, sweden: FortnoxCompany, number: str | None
) -> None:
    await put(target, employee(number="17", private_email="k@example.se", work_email=None))
    sweden.employees["17"]["PersonalIdentityNumber"] = number
    source = MemorySource([employee(identity=None)])
    integration = Integration(source, target, settings=SETTINGS, today=TODAY, countries=("SE",))
    (change,) = (await integration.plan()).changes
    assert change.kind is ChangeKind.CONFLICT
    assert [alike.by for alike in change.lookalikes] == ["bank_birth_date" if number else "bank_account"]


async def test_look_alikes_are_found_by_what_gives_them_away(target: FortnoxTarget, sweden: FortnoxCompany) -> None:
    await put(target, employee())
    for different in (
        {"first_name": "X", "last_name": "Y", "work_email": None, "private_email": None},  # the identity number
        {"identity": None, "work_email": None},  # the name
        {"identity": None, "first_name": "X"},  # the e-mail
    ):
        found = await target.find(employee(number="4711", **different))
        assert [person.number for person in found] == ["3001"]
    assert list(await target.find(employee(number="4711", identity=None, first_name="X", work_email=None))) == []
