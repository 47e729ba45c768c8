"""What arrives in PowerOffice Go of a person, and that nothing else is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.employee import Employee, PayPeriod
from bot.providers.errors import Unavailable, WriteConflict
from bot.providers.poweroffice_go.target import PowerofficeGoTarget
from bot.providers.protocol import WriteStatus
from bot.sync.compare.diff import kept_fields
from sandbox.poweroffice_go import PowerofficeGo
from sandbox.poweroffice_go.company import GoClient
from tests.providers.poweroffice_go.connections import (
    ACCOUNT,
    IDENTITY,
    employee,
    jobs_of,
    lines_of,
    person_of,
    put,
    settings_of,
)
from tests.support.make_change import change_for
from tests.support.provider_people import TODAY, job, pay

START = date(2024, 3, 1)
HALF = employee(employments=(job(percentage="50"),))
RAISED = (pay(START, "50000"), pay(date(2026, 12, 1), "60000"))


@pytest.mark.parametrize("first_lines", [True, False])
async def test_a_person_arrives_whole_whether_go_makes_first_lines_or_not(
    target: PowerofficeGoTarget, norway: GoClient, first_lines: bool
) -> None:
    norway.switches.first_lines = first_lines
    made = await put(target, norway, replace(HALF, compensations=RAISED))
    assert made.findings == ()
    person = person_of(norway)
    assert (person["FirstName"], person["NationalIdNumber"], person["PhoneNumber"]) == ("Kari", IDENTITY, "40012345")
    assert person["MailAddress"] == {
        "AddressLine1": "Kaffegata 1", "ZipCode": "0150", "City": "Oslo", "CountryCode": "NO",
    }  # fmt: skip
    assert person["ExternalImportReference"] == employee().source_id
    account = norway.rows["accounts"][person["SalaryBankAccountId"]]
    assert account["BankAccountNumber"].replace(" ", "") == ACCOUNT
    (made_job,) = jobs_of(norway)
    assert (made_job["StartDate"], made_job["FullTimeHoursPerWeek"], made_job["IsDefault"]) == (
        "2024-03-01",
        37.5,
        True,
    )
    assert lines_of(norway, "ftes", made_job, "FtePercentage") == [("2024-03-01", 50)]
    annual = [("2024-03-01", 600000), ("2026-12-01", 720000)]
    assert lines_of(norway, "salaries", made_job, "AnnualSalary") == annual
    assert (await change_for(target, replace(HALF, compensations=RAISED), settings_of(norway))).fields == ()


CHANGES: Mapping[str, tuple[dict[str, Any], str, Any]] = {
    "name": ({"last_name": "Berg"}, "LastName", "Berg"),
    "title": ({"title": "Sjef"}, "JobTitle", "Sjef"),
    "e-mail": ({"work_email": "k@polarbonan.example"}, "EmailAddress", "k@polarbonan.example"),
    "phone": ({"private_phone": "+46 70 123 45 67"}, "PhoneNumber", "+46701234567"),
    "birth date": ({"birth_date": date(1990, 5, 18)}, "DateOfBirth", "1990-05-18"),
}


@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_sends_what_changed_and_nothing_else(
    target: PowerofficeGoTarget, go: PowerofficeGo, norway: GoClient, name: str
) -> None:
    await put(target, norway, employee())
    go.requests.clear()
    different, field, value = CHANGES[name]
    await put(target, norway, employee(**different))
    (sent,) = go.requests.writes()
    assert sent.body == [{"op": "replace", "path": f"/{field}", "value": value}]
    assert person_of(norway)[field] == value


async def test_an_identity_number_fills_what_is_empty_and_is_not_asked_for_again(
    target: PowerofficeGoTarget, go: PowerofficeGo, norway: GoClient
) -> None:
    await put(target, norway, employee(identity=None))
    await put(target, norway, employee())
    assert person_of(norway)["NationalIdNumber"] == IDENTITY
    go.requests.clear()
    await put(target, norway, employee())
    assert go.requests.writes() == []


async def test_a_percentage_holds_from_today_and_the_past_stays(target: PowerofficeGoTarget, norway: GoClient) -> None:
    await put(target, norway, employee())
    await put(target, norway, HALF)
    await put(target, norway, replace(HALF, employments=(job(percentage="60"),)))
    (held,) = jobs_of(norway)
    assert lines_of(norway, "ftes", held, "FtePercentage") == [("2024-03-01", 100), (TODAY.isoformat(), 60)]


async def test_a_raise_is_a_line_of_its_own_and_a_correction_is_put_right(
    target: PowerofficeGoTarget, norway: GoClient
) -> None:
    await put(target, norway, employee())
    await put(target, norway, employee(compensations=RAISED))
    corrected = (RAISED[0], pay(date(2026, 12, 1), "61000"))
    await put(target, norway, employee(compensations=corrected))
    (held,) = jobs_of(norway)
    assert lines_of(norway, "salaries", held, "AnnualSalary") == [("2024-03-01", 600000), ("2026-12-01", 732000)]
    assert lines_of(norway, "salaries", held, "HourlyRate")[1] == ("2026-12-01", round(732000 / 37.5 / 52, 2))


async def test_somebodys_own_hourly_rate_is_kept_beside_a_salary_and_told(
    target: PowerofficeGoTarget, norway: GoClient
) -> None:
    await put(target, norway, employee())
    (held,) = jobs_of(norway)
    (line,) = norway.of("salaries", EmploymentId=held["Id"])
    line["HourlyRate"] = 400
    for salaries in (RAISED, (pay(START, "52000"), RAISED[1])):
        made = await put(target, norway, employee(compensations=salaries))
        assert [found.code for found in made.findings] == ["pay.rate_kept"]
    assert lines_of(norway, "salaries", held, "HourlyRate") == [("2024-03-01", 400), ("2026-12-01", 400)]


async def test_hourly_pay_in_the_place_of_a_salary(target: PowerofficeGoTarget, norway: GoClient) -> None:
    await put(target, norway, employee())
    await put(target, norway, employee(compensations=(pay(START, "250", period=PayPeriod.HOUR),)))
    (held,) = jobs_of(norway)
    (line,) = norway.of("salaries", EmploymentId=held["Id"])
    assert (line["RemunerationType"], line["HourlyRate"], line["AnnualSalary"]) == ("HourlyWage", 250, None)


async def test_a_leaver_gets_an_end_with_a_reason_and_a_rehire_a_new_employment(
    target: PowerofficeGoTarget, norway: GoClient
) -> None:
    await put(target, norway, employee())
    left = job(end=date(2026, 11, 30))
    await put(target, norway, employee(employments=(left,)))
    (held,) = jobs_of(norway)
    assert (held["EndDate"], held["EndDateReason"]) == ("2026-11-30", "EmployeeHasResigned")
    await put(target, norway, employee(employments=(left, job(date(2027, 2, 1)))))
    first, second = jobs_of(norway)
    assert (first["IsDefault"], second["IsDefault"], second["StartDate"]) == (False, True, "2027-02-01")
    assert lines_of(norway, "salaries", second, "AnnualSalary") == [("2027-02-01", 600000)]


async def test_a_reason_that_somebody_has_given_stays(target: PowerofficeGoTarget, norway: GoClient) -> None:
    await put(target, norway, employee())
    jobs_of(norway)[0]["EndDateReason"] = "EmployerHasDismissedTheEmployee"
    await put(target, norway, employee(employments=(job(end=date(2026, 11, 30)),)))
    assert jobs_of(norway)[0]["EndDateReason"] == "EmployerHasDismissedTheEmployee"


async def test_an_account_that_may_not_be_chosen_is_told(target: PowerofficeGoTarget, norway: GoClient) -> None:
    norway.privileges.discard("EmployeeBankAccounts_Full")
    made = await put(target, norway, employee())
    assert [found.code for found in made.findings] == ["poweroffice_go_account_not_chosen"]
    assert len(norway.of("accounts", ContactId=person_of(norway)["Id"])) == 1
    await put(target, norway, employee())
    assert len(norway.of("accounts", ContactId=person_of(norway)["Id"])) == 1


async def test_a_create_without_an_answer_is_settled_by_the_sources_id(
    target: PowerofficeGoTarget, go: PowerofficeGo, norway: GoClient
) -> None:
    go.faults.connection_cut(committed=True, method="POST", path="/v2/Employees$", times=1)
    made = await put(target, norway, employee())
    assert made.target_id == str(person_of(norway)["Id"])
    assert len(go.requests.matching("POST", "/v2/Employees")) == 1


async def test_an_employment_without_an_answer_is_read_and_not_made_twice(
    target: PowerofficeGoTarget, go: PowerofficeGo, norway: GoClient
) -> None:
    settings = settings_of(norway)
    change = await change_for(target, employee(), settings)
    go.faults.connection_cut(committed=True, method="POST", path="/Employments$", times=1)
    with pytest.raises(Unavailable) as lost:
        await target.apply(change, settings)
    assert lost.value.sent is True
    assert (await target.resolve_write(change))[0] is WriteStatus.PARTLY
    rest = await change_for(target, employee(), settings)
    await target.apply(rest, settings)
    assert len(jobs_of(norway)) == 1
    assert (await target.resolve_write(change))[0] is WriteStatus.DONE


async def test_what_somebody_else_has_changed_is_not_overwritten(
    target: PowerofficeGoTarget, go: PowerofficeGo, norway: GoClient
) -> None:
    await put(target, norway, employee())
    settings = settings_of(norway)
    change = await change_for(target, employee(last_name="Berg"), settings)
    person_of(norway)["LastName"] = "Dahl"
    go.requests.clear()
    with pytest.raises(WriteConflict):
        await target.apply(change, settings)
    assert go.requests.writes() == []


async def test_what_go_takes_and_does_not_keep_is_told(
    target: PowerofficeGoTarget, go: PowerofficeGo, norway: GoClient
) -> None:
    await put(target, norway, employee())
    shown = {"Id": person_of(norway)["Id"]}
    go.faults.status(200, shown, method="PATCH", path=r"/v2/Employees/\d+$", times=None)
    made = await put(target, norway, employee(title="Sjef"))
    assert [(found.code, found.field) for found in made.findings] == [("poweroffice_go_not_stored", "title")]


@pytest.mark.parametrize(
    ("basis", "annual"), [("as_is", 600000), ("to_full_time", 1200000), ("to_actual", 300000), ("none", None)]
)
async def test_what_a_salary_is_for_can_be_chosen(
    target: PowerofficeGoTarget, norway: GoClient, basis: str, annual: int | None
) -> None:
    who: Employee = HALF
    await put(target, norway, who, salary=basis)
    (held,) = jobs_of(norway)
    assert lines_of(norway, "salaries", held, "AnnualSalary") == [("2024-03-01", annual)]


@pytest.mark.parametrize(("own", "told"), [({}, ()), ({"yrke": "1234567"}, ("occupation_code",))])
async def test_an_occupation_code_that_nobody_has_given_is_no_difference(
    target: PowerofficeGoTarget, norway: GoClient, own: dict[str, Any], told: tuple[str, ...]
) -> None:
    await put(target, norway, employee())
    choices = settings_of(norway, occupation_code="2512101", occupation_code_field="yrke")
    desired = await target.desired(employee(custom=own), choices, TODAY)
    (held,) = await target.find(employee())
    assert kept_fields(desired.record, held.record, target.fields, ()) == told


async def test_shares_of_a_hundredth_arrive(target: PowerofficeGoTarget, norway: GoClient) -> None:
    await put(target, norway, employee(employments=(job(percentage="66.67"),)))
    (held,) = jobs_of(norway)
    assert [Decimal(str(share)) for _, share in lines_of(norway, "ftes", held, "FtePercentage")] == [Decimal("66.67")]


@pytest.mark.parametrize("archived", [True, False])
async def test_whoever_is_employed_again_and_archived_is_told(
    target: PowerofficeGoTarget, norway: GoClient, archived: bool
) -> None:
    left = job(end=date(2026, 11, 30))
    await put(target, norway, employee())
    person_of(norway)["IsArchived"] = archived
    made = await put(target, norway, employee(employments=(left, job(date(2027, 2, 1)))))
    assert len(jobs_of(norway)) == 2
    assert ("poweroffice_go_archived" in [found.code for found in made.findings]) is archived
