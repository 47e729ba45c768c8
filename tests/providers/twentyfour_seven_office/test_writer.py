"""What arrives in 24SevenOffice of a person, and that nothing else is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.change import ChangeKind
from bot.domain.employee import BankAccount, Compensation, PayPeriod, Unit
from bot.domain.record import Level
from bot.providers.errors import Rejected, Unavailable, WriteConflict
from bot.providers.protocol import WriteStatus
from bot.providers.twentyfour_seven_office.target import TwentyFourTarget
from bot.sync.compare.diff import difference, kept_fields
from sandbox.twentyfour_seven_office import TwentyfourSevenOffice
from sandbox.twentyfour_seven_office.company import OfficeCompany
from sandbox.twentyfour_seven_office.seed import OTHER_SITE, SITE
from tests.providers.twentyfour_seven_office.connections import (
    ACCOUNT,
    CHOSEN,
    IDENTITY,
    employee,
    jobs_of,
    office_target,
    pay_of,
    person_of,
    put,
)
from tests.support.make_change import change_for
from tests.support.provider_people import TODAY, job, pay

START = date(2024, 3, 1)
HALF = employee(employments=(job(percentage="50"),))
RAISE = date(2026, 10, 1)
RAISED = (pay(START, "50000"), pay(RAISE, "60000"))


@pytest.mark.parametrize("speaks", [True, False])
@pytest.mark.parametrize("unknown", [None, 401, 404])
async def test_a_person_arrives_whole_however_a_call_for_nobody_is_answered(
    target: TwentyFourTarget, norway: OfficeCompany, speaks: bool, unknown: int | None
) -> None:
    norway.switches.speaks, norway.switches.unknown_person = speaks, unknown
    made = await put(target, HALF)
    assert made.findings == ()
    person = person_of(norway)
    assert (person["firstname"], person["personnr"], person["telefon"]) == ("Kari", IDENTITY, "40012345")
    assert [person[name] for name in ("postaddress", "zipcode", "city", "countryCode")] == [
        "Kaffegata 1", "0150", "Oslo", "NO",
    ]  # fmt: skip
    assert (person["account"], person["employee_date"]) == (ACCOUNT, "2024-03-01")
    assert (person["employment_rate"], person["employment_rate_valid_from"]) == ("50.00", "2024-03-01")
    department = next(one["value"] for one in norway.dimension("1") if one["name"] == "Roastery")
    assert person["accounting"] == [{"percentage": "100.00", "dimensions": [{"dimid": "1", "value": department}]}]
    assert pay_of(norway) == [("2024-03-01", ["monthly", "50000.00"])]
    (made_job,) = jobs_of(norway)
    assert {name: value for name, value in made_job.items() if name != "employment_id"} == {
        "primary_employment": "1", "startdate": "2024-03-01", "enddate": "", "enddate_reason": "",
        "employment_form": "fast", "profession_code": "2221103", "employment_rate": "50.00",
        "employment_type": "ordinaertArbeidsforhold", "enterprise_number": SITE, "working_times": "ikkeSkift",
    }  # fmt: skip
    assert (await change_for(target, HALF, CHOSEN)).fields == ()


CHANGES: Mapping[str, tuple[dict[str, Any], str, Any]] = {
    "name": ({"last_name": "Berg"}, "lastname", "Berg"),
    "e-mail": ({"work_email": "k@polarbonan.example"}, "email", "k@polarbonan.example"),
    "phone": ({"private_phone": "+46 70 123 45 67"}, "telefon", "+46701234567"),
}


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_sends_everything_back_with_what_changed(
    target: TwentyFourTarget, so: TwentyfourSevenOffice, norway: OfficeCompany, name: str, keeps: bool
) -> None:
    norway.switches.keeps_omitted = keeps
    await put(target, employee())
    before = {**person_of(norway), "taxtable": "7100", "hours_per_week": "35.50", "employee_field_7": "blå"}
    norway.employees["3001"] = dict(before)
    so.requests.clear()
    different, field, value = CHANGES[name]
    await put(target, employee(**different))
    (sent,) = so.requests.writes()
    assert sent.body == {**before, field: value}
    assert person_of(norway) == {**before, field: value}


async def test_an_identity_number_takes_the_place_of_nothing_or_a_birth_date(
    target: TwentyFourTarget, norway: OfficeCompany
) -> None:
    await put(target, employee(identity=None))
    norway.employees["3001"]["personnr"] = "1990-05-17"
    await put(target, employee())
    assert person_of(norway)["personnr"] == IDENTITY
    (found,) = await target.find(employee())
    assert found.identity == IDENTITY


async def test_another_account_does_not_keep_the_bank_of_the_old_one(
    target: TwentyFourTarget, norway: OfficeCompany
) -> None:
    abroad = BankAccount(iban="SE35 5000 0000 0549 1000 0003", bic="ESSESESS")
    await put(target, employee(bank=abroad))
    assert (person_of(norway)["account"], person_of(norway)["bic"]) == ("SE3550000000054910000003", "ESSESESS")
    await put(target, employee())
    assert (person_of(norway)["account"], person_of(norway)["bic"]) == (ACCOUNT, "")


async def test_a_unit_goes_into_the_accounting_that_is_there(target: TwentyFourTarget, norway: OfficeCompany) -> None:
    await put(target, employee(department=None))
    norway.employees["3001"]["accounting"] = [{"percentage": "80.00", "dimensions": [{"dimid": "2", "value": "4"}]}]
    await put(target, employee(cost_center=Unit(id="k", name="Coffee bars")))
    (row,) = person_of(norway)["accounting"]
    assert row["percentage"] == "80.00"
    assert {one["dimid"] for one in row["dimensions"]} == {"1", "2", "3"}
    # One that payroll has shared out is payroll's.
    shared = [{"percentage": "50.00", "dimensions": [{"dimid": "2", "value": "4"}]}] * 2
    norway.employees["3001"]["accounting"] = shared
    await put(target, employee(last_name="Berg", cost_center=Unit(id="k", name="Administration")))
    assert person_of(norway)["accounting"] == shared


async def test_units_need_not_be_sent_and_are_told_when_unknown(
    target: TwentyFourTarget, norway: OfficeCompany
) -> None:
    who = employee(department=Unit(id="d", name="Ukjent"))
    assert [one.code for one in (await target.desired(who, CHOSEN, TODAY)).findings] == [
        "twentyfour_seven_office_department_unknown"
    ]
    await put(target, employee(), units="none")
    assert person_of(norway)["accounting"] == []


async def test_a_raise_goes_on_top_of_the_pay_that_was_and_a_correction_is_put_right(
    target: TwentyFourTarget, norway: OfficeCompany
) -> None:
    await put(target, employee())
    await put(target, employee(compensations=RAISED))
    corrected = (RAISED[0], pay(RAISE, "61000"))
    await put(target, employee(compensations=corrected))
    assert pay_of(norway) == [
        ("2024-03-01", ["monthly", "50000.00"]),
        ("2026-10-01", ["monthly", "61000.00"]),
    ]


async def test_a_raise_is_sent_on_its_day(so: TwentyfourSevenOffice, norway: OfficeCompany) -> None:
    day = date(2027, 1, 1)
    who = employee(compensations=(pay(START, "50000"), pay(day, "60000")))
    async with office_target(so) as target:
        await put(target, who)
    assert [when for when, _ in pay_of(norway)] == ["2024-03-01"]
    async with office_target(so, today=day) as target:
        desired = await target.desired(who, CHOSEN, day)
    (part,) = [part for part in desired.record if part.level is Level.EMPLOYMENT]
    assert (part.values["monthly_salary"], part.values["effective_from"]) == (Decimal("60000.00"), day)


async def test_pay_never_goes_below_the_pay_that_is_shown(target: TwentyFourTarget, norway: OfficeCompany) -> None:
    await put(target, employee())
    norway.update("3001", {**person_of(norway), "salary": "55000.00", "salary_valid_from": "2026-06-01"})
    made = await put(target, employee())
    assert pay_of(norway) == [
        ("2024-03-01", ["monthly", "50000.00"]),
        ("2026-06-01", ["monthly", "50000.00"]),
    ]
    assert [(one.code, one.values["day"]) for one in made.findings] == [
        ("twentyfour_seven_office_pay_day_kept", date(2026, 6, 1))
    ]
    assert (await change_for(target, employee(), CHOSEN)).fields == ()


async def test_pay_that_lies_ahead_hides_todays_and_is_left(
    target: TwentyFourTarget, so: TwentyfourSevenOffice, norway: OfficeCompany
) -> None:
    await put(target, employee())
    norway.update("3001", {**person_of(norway), "salary": "55000.00", "salary_valid_from": "2027-01-01"})
    so.requests.clear()
    await put(target, employee(compensations=RAISED))
    assert so.requests.writes() == []
    (found,) = await target.find(employee())
    assert {day: one.code for day, one in found.unclear.items()} == {START: "twentyfour_seven_office_pay_ahead"}


async def test_hourly_pay_in_the_place_of_a_salary(target: TwentyFourTarget, norway: OfficeCompany) -> None:
    await put(target, employee())
    await put(target, employee(compensations=(pay(START, "250", period=PayPeriod.HOUR),)))
    assert pay_of(norway) == [("2024-03-01", ["hourly", "250.00"])]
    assert (
        await change_for(target, employee(compensations=(pay(START, "250", period=PayPeriod.HOUR),)), CHOSEN)
    ).fields == ()


async def test_a_percentage_holds_from_today_on_the_employee(target: TwentyFourTarget, norway: OfficeCompany) -> None:
    await put(target, employee())
    await put(target, HALF)
    assert norway.history["3001"]["employment_rate_valid_from"] == {
        "2024-03-01": ["100.00"],
        TODAY.isoformat(): ["50.00"],
    }
    assert jobs_of(norway)[0]["employment_rate"] == "50.00"


async def test_a_leaver_gets_an_end_with_a_reason_and_a_rehire_a_new_employment(
    so: TwentyfourSevenOffice, norway: OfficeCompany
) -> None:
    left, back = job(end=date(2026, 11, 30)), job(date(2027, 2, 1), percentage="80")
    async with office_target(so) as target:
        await put(target, employee())
        await put(target, employee(employments=(left,)))
        (held,) = jobs_of(norway)
        assert (held["enddate"], held["enddate_reason"]) == ("2026-11-30", "arbeidstakerHarSagtOppSelv")
        identifier = held["employment_id"]
        again = employee(employments=(left, back), compensations=(pay(START, "50000"), pay(back.start, "60000")))
        desired = await target.desired(again, CHOSEN, TODAY)
        assert [one.code for one in desired.when_new[Level.EMPLOYMENT, (back.start,)]] == [
            "twentyfour_seven_office_pay_later"
        ]
        await put(target, again)
    first, second = jobs_of(norway)
    assert (first["employment_id"], first["enddate"], second["startdate"]) == (identifier, "2026-11-30", "2027-02-01")
    # The one that runs is the primary one until the other begins.
    assert (first["primary_employment"], second["primary_employment"], second["employment_rate"]) == ("1", "0", "80.00")
    # The last salary of the employment before is still paid by what the employee has.
    assert [when for when, _ in pay_of(norway)] == ["2024-03-01"]
    async with office_target(so, today=back.start) as target:
        desired = await target.desired(again, CHOSEN, back.start)
        (shown,) = await target.find(again)
        what = difference(desired.record, shown.record, target.fields)
        assert {(change.field, change.new) for change in what.fields} >= {
            ("monthly_salary", Decimal("60000.00")),
            ("employee_percentage", Decimal("80.00")),
            ("effective_from", back.start),
            ("primary_employment", True),
        }
        change = await change_for(target, again, CHOSEN)
        await target.apply(replace(change, kind=ChangeKind.UPDATE, fields=what.fields), CHOSEN)
    assert [one["primary_employment"] for one in jobs_of(norway)] == ["0", "1"]
    assert [when for when, _ in pay_of(norway)] == ["2024-03-01", "2027-02-01"]


async def test_the_primary_employment_that_payroll_has_chosen_stays(
    target: TwentyFourTarget, norway: OfficeCompany
) -> None:
    await put(target, employee())
    beside = {**jobs_of(norway)[0], "employment_id": "", "startdate": "2025-01-01"}
    norway.write_jobs("3001", [{**jobs_of(norway)[0], "primary_employment": "0"}, beside])
    assert (await change_for(target, employee(), CHOSEN)).fields == ()
    await put(target, HALF)
    assert [one["primary_employment"] for one in jobs_of(norway)] == ["0", "1"]


async def test_an_end_that_is_taken_back_goes_with_its_reason(target: TwentyFourTarget, norway: OfficeCompany) -> None:
    end = date(2026, 12, 31)
    await put(target, employee(employments=(job(end=end),)))
    desired = await target.desired(employee(), CHOSEN, TODAY)
    (held,) = await target.find(employee())
    what = difference(desired.record, held.record, target.fields, wrote=lambda *_: True, takes_back=True, today=TODAY)
    change = await change_for(target, employee(), CHOSEN)
    await target.apply(replace(change, fields=what.fields), CHOSEN)
    assert (jobs_of(norway)[0]["enddate"], jobs_of(norway)[0]["enddate_reason"]) == ("", "")


async def test_an_employment_that_is_over_is_never_made(target: TwentyFourTarget, norway: OfficeCompany) -> None:
    await put(target, employee(employments=(job(end=date(2025, 1, 31)), job(date(2026, 1, 1)))))
    assert [one["startdate"] for one in jobs_of(norway)] == ["2026-01-01"]


async def test_a_reason_that_somebody_has_given_stays(target: TwentyFourTarget, norway: OfficeCompany) -> None:
    await put(target, employee())
    norway.jobs["3001"][0]["enddate_reason"] = "arbeidsgiverHarSagtOppArbeidstaker"
    await put(target, employee(employments=(job(end=date(2026, 11, 30)),)))
    assert jobs_of(norway)[0]["enddate_reason"] == "arbeidsgiverHarSagtOppArbeidstaker"


async def test_the_site_of_an_office_goes_into_new_employments_alone(
    target: TwentyFourTarget, norway: OfficeCompany
) -> None:
    bergen = employee(office=Unit(id="o1", name="Bergen"))
    await put(target, bergen, **{"office_enterprise.office.o1": OTHER_SITE})
    assert jobs_of(norway)[0]["enterprise_number"] == OTHER_SITE
    await put(target, replace(bergen, last_name="Berg"), **{"office_enterprise.office.o1": SITE})
    assert jobs_of(norway)[0]["enterprise_number"] == OTHER_SITE


async def test_an_employment_without_an_answer_is_read_and_not_made_twice(
    target: TwentyFourTarget, so: TwentyfourSevenOffice, norway: OfficeCompany
) -> None:
    change = await change_for(target, employee(), CHOSEN)
    so.faults.connection_cut(committed=True, method="POST", path=r"/employment/v2/\d+$", times=1)
    with pytest.raises(Unavailable) as lost:
        await target.apply(change, CHOSEN)
    assert lost.value.sent is True
    assert (await target.resolve_write(change)) == (WriteStatus.DONE, "3001")
    await put(target, employee())
    assert len(jobs_of(norway)) == 1


async def test_a_number_that_is_taken_meanwhile_is_no_second_person(
    target: TwentyFourTarget, norway: OfficeCompany
) -> None:
    change = await change_for(target, employee(), CHOSEN)
    norway.create({"empId": "3001", "firstname": "Ola", "lastname": "Berg"})
    with pytest.raises(WriteConflict):
        await target.apply(change, CHOSEN)
    assert person_of(norway)["firstname"] == "Ola"


async def test_what_somebody_else_has_changed_is_not_overwritten(
    target: TwentyFourTarget, so: TwentyfourSevenOffice, norway: OfficeCompany
) -> None:
    await put(target, employee())
    change = await change_for(target, employee(last_name="Berg"), CHOSEN)
    norway.employees["3001"]["lastname"] = "Dahl"
    so.requests.clear()
    with pytest.raises(WriteConflict):
        await target.apply(change, CHOSEN)
    assert so.requests.writes() == []


@pytest.mark.parametrize("status", [400, 401])
async def test_a_write_that_is_refused_after_a_fresh_token_is_this_persons_alone(
    target: TwentyFourTarget, so: TwentyfourSevenOffice, norway: OfficeCompany, status: int
) -> None:
    change = await change_for(target, employee(), CHOSEN)
    so.faults.status(status, {"message": "enterprise_number is wrong"}, method="POST", path="/employment/", times=None)
    with pytest.raises(Rejected) as refused:
        await target.apply(change, CHOSEN)
    assert (refused.value.field, refused.value.verbatim) == ("division", "enterprise_number is wrong")


async def test_what_is_taken_and_not_kept_is_told(
    target: TwentyFourTarget, so: TwentyfourSevenOffice, norway: OfficeCompany
) -> None:
    await put(target, employee())
    so.faults.status(200, [], method="POST", path=r"/employee/v2/\d+$", times=None)
    made = await put(target, employee(last_name="Berg"))
    assert [(found.code, found.field) for found in made.findings] == [
        ("twentyfour_seven_office_not_stored", "last_name")
    ]


@pytest.mark.parametrize(
    ("basis", "monthly"),
    [("as_is", "50000.00"), ("to_full_time", "100000.00"), ("to_actual", "25000.00"), ("none", "")],
)
async def test_what_a_salary_is_for_can_be_chosen(
    target: TwentyFourTarget, norway: OfficeCompany, basis: str, monthly: str
) -> None:
    await put(target, HALF, salary=basis)
    assert person_of(norway)["salary"] == monthly


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (employee(number="007"), "twentyfour_seven_office_number_format"),
        (employee(compensations=(pay(START, "1000", period=PayPeriod.DAY),)), "twentyfour_seven_office_pay_period"),
        (employee(compensations=(pay(START, "50000", "SEK"),)), "compensation.currency"),
        (employee(employments=(job(), job(date(2026, 1, 1)))), "employment.overlap"),
        (employee(employments=(job(percentage=None),)), "twentyfour_seven_office_percentage_missing"),
    ],
)
async def test_who_would_be_paid_wrongly_is_kept_out(target: TwentyFourTarget, who: Any, code: str) -> None:
    desired = await target.desired(who, CHOSEN, TODAY)
    assert code in [found.code for found in desired.findings if found.severity.value == "blocking"]


@pytest.mark.parametrize(("own", "told"), [({}, ()), ({"yrke": "1234567"}, ("occupation_code",))])
async def test_an_occupation_code_that_nobody_has_given_is_no_difference(
    target: TwentyFourTarget, own: dict[str, Any], told: tuple[str, ...]
) -> None:
    await put(target, employee())
    choices = {**CHOSEN, "occupation_code": "2512101", "occupation_code_field": "yrke"}
    desired = await target.desired(employee(custom=own), choices, TODAY)
    (held,) = await target.find(employee())
    assert kept_fields(desired.record, held.record, target.fields, ()) == told


async def test_an_annual_salary_is_divided_and_rounded_aloud(target: TwentyFourTarget, norway: OfficeCompany) -> None:
    annual = Compensation(id="c", effective=START, amount=Decimal(700000), currency="NOK", period=PayPeriod.YEAR)
    desired = await target.desired(employee(compensations=(annual,)), CHOSEN, TODAY)
    assert [found.code for found in desired.findings] == ["value.rounded"]
    await put(target, employee(compensations=(annual,)))
    assert person_of(norway)["salary"] == "58333.33"
