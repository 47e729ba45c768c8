"""What Tripletex should hold of an employee, by the field table and the rules around it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.employee import Address, BankAccount, Employee, EmploymentType, IdentityNumber, PayPeriod, Unit
from bot.domain.findings import Finding, Severity
from bot.domain.record import Level, Part
from bot.providers.tripletex.target import TripletexTarget
from sandbox.tripletex import Tripletex
from sandbox.tripletex.seed import add_department
from tests.support.provider_people import TODAY, job, kari, pay


@pytest.fixture
async def settings(target: TripletexTarget) -> dict[str, str]:
    return {"division": (await target.choices("division"))[0].value, "occupation_code": "5223102"}


class Wanted:
    """A desired record, easy to look into."""

    def __init__(self, record: tuple[Part, ...], findings: tuple[Finding, ...]) -> None:
        self.person = record[0].values
        self.employments = {part.key[0]: part for part in record if part.level is Level.EMPLOYMENT}
        self.terms = {part.key: part.values for part in record if part.level is Level.TERMS}
        self.codes = {finding.code: finding.severity for finding in findings}


async def want(target: TripletexTarget, employee: Employee, settings: dict[str, str], **more: str) -> Wanted:
    desired = await target.desired(employee, {**settings, **more}, TODAY)
    return Wanted(desired.record, desired.findings)


async def test_a_complete_person(target: TripletexTarget, settings: dict[str, str]) -> None:
    wanted = await want(target, kari(), settings)
    assert dict(wanted.person) == {
        "number": "3001",
        "first_name": "Kari",
        "last_name": "Nordlund",
        "birth_date": date(1990, 5, 17),
        "identity_number": "17059012345",
        "email": "kari.nordlund@polarbonan.example",
        "work_phone": "22001122",
        "mobile_phone": "40012345",
        "mobile_country": "NO",
        "bank_account": "99990400001",
        "department": "Roastery",
        "street": "Kaffegata 1",
        "postal_code": "0150",
        "city": "Oslo",
        "country": "NO",
        "user_type": "NO_ACCESS",
    }
    start = date(2024, 3, 1)
    assert wanted.employments[start].values == {"division": "Polarbønna Bergen"}
    assert dict(wanted.terms[start, start]) == {
        "percentage": Decimal(100),
        "annual_salary": Decimal(600000),
        "employment_type": "ORDINARY",
        "employment_form": "PERMANENT",
        "remuneration_type": "MONTHLY_WAGE",
        "working_hours_scheme": "NOT_SHIFT",
        "occupation_code": "5223102",
    }
    assert wanted.codes == {}


@pytest.mark.parametrize(
    ("identity", "key", "code"),
    [
        (IdentityNumber(value="170590 12345", country="NO"), "identity_number", None),
        (IdentityNumber(value="17059012345"), "identity_number", None),
        (IdentityNumber(value="57059012345", country="NO"), "d_number", None),
        (IdentityNumber(value="19900517-1234", country="SE"), None, "tripletex_foreign_identity"),
        (IdentityNumber(value="170590-123A"), None, "tripletex_foreign_identity"),
        (None, None, None),
    ],
)
async def test_identity_numbers(
    target: TripletexTarget, settings: dict[str, str], identity: Any, key: str | None, code: str | None
) -> None:
    wanted = await want(target, kari(identity=identity), settings)
    assert {"identity_number", "d_number"} & set(wanted.person) == ({key} if key else set())
    assert set(wanted.codes) == ({code} if code else set())


@pytest.mark.parametrize(
    ("work", "private", "used", "code"),
    [
        ("a@x.no", "b@x.no", "a@x.no", None),
        (None, "b@x.no", "b@x.no", None),
        ("pål@x.no", "b@x.no", "b@x.no", None),
        ("pål@x.no", None, None, "tripletex_email_not_ascii"),
        (None, None, None, None),
    ],
)
async def test_work_email_before_private_and_ascii_only(
    target: TripletexTarget, settings: dict[str, str], work: Any, private: Any, used: Any, code: Any
) -> None:
    wanted = await want(target, kari(work_email=work, private_email=private), settings)
    assert wanted.person.get("email") == used
    assert set(wanted.codes) == ({code} if code else set())


async def test_a_user_needs_an_email(target: TripletexTarget, settings: dict[str, str]) -> None:
    wanted = await want(target, kari(work_email=None), settings, user_type="STANDARD")
    assert wanted.codes == {"tripletex_email_needed": Severity.BLOCKING}
    assert wanted.person["user_type"] == "STANDARD"


@pytest.mark.parametrize(
    ("bank", "number"),
    [
        (BankAccount(number="9999 04 00001"), "99990400001"),
        (BankAccount(iban="NO93 8601 1117 947"), "86011117947"),
        (BankAccount(clearing="8327-9", number="1234567", country="SE"), None),
        (BankAccount(iban="SE4550000000058398257466"), None),
        (BankAccount(number="12345678901", country="SE"), None),
    ],
)
async def test_norwegian_accounts_are_sent_and_others_told(
    target: TripletexTarget, settings: dict[str, str], bank: BankAccount, number: str | None
) -> None:
    wanted = await want(target, kari(bank=bank), settings)
    assert wanted.person.get("bank_account") == number
    assert ("tripletex_foreign_bank_account" in wanted.codes) is (number is None)


async def test_a_foreign_mobile_carries_its_country(target: TripletexTarget, settings: dict[str, str]) -> None:
    wanted = await want(target, kari(private_phone="+46701234567", work_phone="+46 8 123 456 78"), settings)
    assert (wanted.person["mobile_phone"], wanted.person["mobile_country"]) == ("701234567", "SE")
    assert wanted.person["work_phone"] == "+46812345678"


@pytest.mark.parametrize(
    ("country", "code"), [("NO", "NO"), ("Norge", "NO"), ("norway", "NO"), ("Sverige", "SE"), ("Utopia", None)]
)
async def test_country_names_become_codes(
    target: TripletexTarget, settings: dict[str, str], country: str, code: str | None
) -> None:
    address = Address(street="Gata 1", postal_code="1", city="By", country=country)
    assert (await want(target, kari(address=address), settings)).person.get("country") == code


class TestDepartments:
    async def test_by_name_whatever_the_case_and_blanks(
        self, target: TripletexTarget, settings: dict[str, str]
    ) -> None:
        wanted = await want(target, kari(department=Unit(id="d", name=" coffee  BARS ")), settings)
        assert wanted.person["department"] == "Coffee bars"

    async def test_unknown(self, target: TripletexTarget, settings: dict[str, str]) -> None:
        wanted = await want(target, kari(department=Unit(id="d", name="Quality")), settings)
        assert "department" not in wanted.person
        assert wanted.codes == {"tripletex_department_unknown": Severity.WARNING}

    async def test_inactive_ones_do_not_count(self, target: TripletexTarget, settings: dict[str, str]) -> None:
        wanted = await want(target, kari(department=Unit(id="d", name="Old bakery")), settings)
        assert set(wanted.codes) == {"tripletex_department_unknown"}

    async def test_the_default_steps_in(self, target: TripletexTarget, settings: dict[str, str]) -> None:
        default = next(c.value for c in await target.choices("default_department") if c.label == "Sales")
        unknown = kari(department=Unit(id="d", name="Quality"))
        wanted = await want(target, unknown, settings, default_department=default)
        assert wanted.person["department"] == "Sales"
        assert wanted.codes == {}

    async def test_two_of_one_name_are_not_guessed_between(
        self, tripletex: Tripletex, target: TripletexTarget, settings: dict[str, str]
    ) -> None:
        add_department(tripletex.companies[40917001], "Roastery", "99")
        wanted = await want(target, kari(), settings)
        assert "department" not in wanted.person
        assert set(wanted.codes) == {"tripletex_department_ambiguous"}
        labels = [c.label for c in await target.choices("default_department")]
        assert {"Roastery (20)", "Roastery (99)"} <= set(labels)


class TestPay:
    async def test_every_change_of_pay_is_a_row(self, target: TripletexTarget, settings: dict[str, str]) -> None:
        employee = kari(
            compensations=(
                pay(date(2023, 1, 1), "40000"),  # in force when the employment starts
                pay(date(2025, 4, 1), "52000.50"),
                pay(date(2027, 4, 1), "55000"),  # lies ahead
            )
        )
        terms = (await want(target, employee, settings)).terms
        start = date(2024, 3, 1)
        assert {key[1]: values["annual_salary"] for key, values in terms.items()} == {
            start: Decimal(480000),
            date(2025, 4, 1): Decimal("624006.00"),
            date(2027, 4, 1): Decimal(660000),
        }
        assert all(key[0] == start for key in terms)

    async def test_pay_after_the_last_day_is_left_out(self, target: TripletexTarget, settings: dict[str, str]) -> None:
        employee = kari(
            employments=(job(end=date(2026, 12, 31)),),
            compensations=(pay(date(2024, 3, 1), "1000"), pay(date(2027, 1, 1), "2000")),
        )
        assert len((await want(target, employee, settings)).terms) == 1

    @pytest.mark.parametrize(
        ("basis", "annual"), [("full_time", Decimal(360000)), ("actual", Decimal("450000.00")), ("none", None)]
    )
    async def test_part_time(
        self, target: TripletexTarget, settings: dict[str, str], basis: str, annual: Decimal | None
    ) -> None:
        employee = kari(employments=(job(percentage="80"),), compensations=(pay(date(2024, 3, 1), "30000"),))
        (row,) = (await want(target, employee, settings, salary=basis)).terms.values()
        assert row.get("annual_salary") == annual
        assert row["percentage"] == Decimal(80)

    async def test_cents_are_rounded_once(self, target: TripletexTarget, settings: dict[str, str]) -> None:
        employee = kari(employments=(job(percentage="33.3"),), compensations=(pay(date(2024, 3, 1), "10000.01"),))
        wanted = await want(target, employee, settings, salary="actual")
        (row,) = wanted.terms.values()
        assert row["annual_salary"] == Decimal("360360.72")
        assert wanted.codes == {"value.rounded": Severity.WARNING}
        assert not (await want(target, employee, settings, salary="full_time")).codes

    async def test_hourly(self, target: TripletexTarget, settings: dict[str, str]) -> None:
        hourly = pay(date(2024, 3, 1), "241.50", period=PayPeriod.HOUR)
        (row,) = (await want(target, kari(compensations=(hourly,)), settings)).terms.values()
        assert (row["hourly_wage"], row["remuneration_type"]) == (Decimal("241.50"), "HOURLY_WAGE")
        assert "annual_salary" not in row

    async def test_annual(self, target: TripletexTarget, settings: dict[str, str]) -> None:
        annual = pay(date(2024, 3, 1), "640000", period=PayPeriod.YEAR)
        (row,) = (await want(target, kari(compensations=(annual,)), settings)).terms.values()
        assert row["annual_salary"] == Decimal(640000)

    @pytest.mark.parametrize("period", [PayPeriod.DAY, PayPeriod.WEEK, PayPeriod.TWO_WEEKS, PayPeriod.QUARTER])
    async def test_other_periods_block(
        self, target: TripletexTarget, settings: dict[str, str], period: PayPeriod
    ) -> None:
        wanted = await want(target, kari(compensations=(pay(date(2024, 3, 1), "9000", period=period),)), settings)
        assert wanted.codes == {"tripletex_pay_period": Severity.BLOCKING}
        assert all("annual_salary" not in row for row in wanted.terms.values())

    async def test_other_currencies_block(self, target: TripletexTarget, settings: dict[str, str]) -> None:
        wanted = await want(target, kari(compensations=(pay(date(2024, 3, 1), "9000", "SEK"),)), settings)
        assert wanted.codes == {"compensation.currency": Severity.BLOCKING}

    async def test_a_currency_of_the_past_blocks_nobody(
        self, target: TripletexTarget, settings: dict[str, str]
    ) -> None:
        salaries = (pay(date(2024, 3, 1), "9000", "SEK"), pay(date(2025, 1, 1), "50000"))
        wanted = await want(target, kari(compensations=salaries), settings)
        assert wanted.codes == {}
        assert [row.get("annual_salary") for row in wanted.terms.values()] == [None, Decimal(600000)]

    async def test_a_percentage_that_is_unclear_blocks(self, target: TripletexTarget, settings: dict[str, str]) -> None:
        wanted = await want(target, kari(employments=(job(percentage=None),)), settings)
        assert wanted.codes == {"tripletex_percentage_missing": Severity.BLOCKING}


class TestEmployments:
    async def test_none(self, target: TripletexTarget, settings: dict[str, str]) -> None:
        assert (await want(target, kari(employments=()), settings)).codes == {"employment.missing": Severity.BLOCKING}

    async def test_a_leaver_gets_an_end(self, target: TripletexTarget, settings: dict[str, str]) -> None:
        employee = kari(employments=(job(end=date(2026, 12, 31)),))
        (part,) = (await want(target, employee, settings)).employments.values()
        assert part.values["end_date"] == date(2026, 12, 31)
        assert "end_reason" not in part.values
        wanted = await want(target, employee, settings, end_reason="EMPLOYMENT_END_EMPLOYEE")
        assert wanted.employments[part.key[0]].values["end_reason"] == "EMPLOYMENT_END_EMPLOYEE"

    async def test_an_employment_of_the_past_is_ended_but_never_made(
        self, target: TripletexTarget, settings: dict[str, str]
    ) -> None:
        employee = kari(employments=(job(date(2019, 1, 1), date(2021, 6, 30)), job()))
        wanted = await want(target, employee, settings)
        assert wanted.employments[date(2019, 1, 1)].existing_only
        assert not wanted.employments[date(2024, 3, 1)].existing_only
        assert {key[0] for key in wanted.terms} == {date(2024, 3, 1)}

    async def test_two_at_once_block(self, target: TripletexTarget, settings: dict[str, str]) -> None:
        employee = kari(employments=(job(percentage="60"), job(date(2025, 1, 1), percentage="40")))
        assert (await want(target, employee, settings)).codes == {"employment.overlap": Severity.BLOCKING}

    async def test_two_at_once_block_over_one_that_is_over(
        self, target: TripletexTarget, settings: dict[str, str]
    ) -> None:
        over = job(date(2024, 5, 1), date(2024, 6, 30))
        employee = kari(employments=(job(percentage="60"), over, job(date(2025, 1, 1), percentage="40")))
        assert (await want(target, employee, settings)).codes == {"employment.overlap": Severity.BLOCKING}
        alone = kari(employments=(job(), over))
        assert (await want(target, alone, settings)).codes == {}

    async def test_one_after_the_other_do_not(self, target: TripletexTarget, settings: dict[str, str]) -> None:
        employee = kari(employments=(job(end=date(2026, 11, 30)), job(date(2026, 12, 1))))
        assert (await want(target, employee, settings, end_reason="EMPLOYMENT_END_EMPLOYEE")).codes == {}

    @pytest.mark.parametrize(
        ("chosen", "code"), [("", "tripletex_division_missing"), ("999", "tripletex_division_gone")]
    )
    async def test_a_division_must_be_chosen_and_there(self, target: TripletexTarget, chosen: str, code: str) -> None:
        chosen_now = {"division": chosen, "occupation_code": "5223102"}
        assert (await want(target, kari(), chosen_now)).codes == {code: Severity.BLOCKING}

    async def test_other_contract_types(self, target: TripletexTarget, settings: dict[str, str]) -> None:
        employee = kari(employments=(job(type=EmploymentType(id="t", name="Vikariat")),))
        wanted = await want(target, employee, settings)
        assert wanted.codes == {"tripletex_employment_form_unknown": Severity.WARNING}
        assert all("employment_form" not in row for row in wanted.terms.values())
        wanted = await want(target, employee, settings, other_employment_form="TEMPORARY")
        assert [row["employment_form"] for row in wanted.terms.values()] == ["TEMPORARY"]

    async def test_a_birth_date_is_needed(self, target: TripletexTarget, settings: dict[str, str]) -> None:
        assert (await want(target, kari(birth_date=None), settings)).codes == {"birth_date.missing": Severity.BLOCKING}


class TestOccupationCodes:
    @pytest.mark.parametrize(
        ("own", "used", "code"),
        [
            ("5223102", "5223102", None),
            ("0113115", "0113115", None),
            ("3323", None, "tripletex_occupation_code_invalid"),
            ("9999999", None, "tripletex_occupation_code_unknown"),
            ("113115", None, "tripletex_occupation_code_invalid"),
            (None, None, None),
        ],
    )
    async def test_seven_digits_that_tripletex_knows(
        self, target: TripletexTarget, settings: dict[str, str], own: Any, used: Any, code: Any
    ) -> None:
        employee = kari(custom={"yrkeskode": own})
        wanted = await want(target, employee, settings, occupation_code_field="yrkeskode", occupation_code="")
        assert [row.get("occupation_code") for row in wanted.terms.values()] == [used]
        assert set(wanted.codes) == ({code} if code else set())

    async def test_the_default_is_for_those_without(self, target: TripletexTarget, settings: dict[str, str]) -> None:
        chosen = {"occupation_code": "0113115", "occupation_code_field": "yrkeskode"}
        wanted = await want(target, kari(), settings, **chosen)
        assert [row["occupation_code"] for row in wanted.terms.values()] == ["0113115"]
        wanted = await want(target, kari(custom={"yrkeskode": "5223102"}), settings, **chosen)
        assert [row["occupation_code"] for row in wanted.terms.values()] == ["5223102"]

    async def test_a_code_is_looked_up_once(
        self, tripletex: Tripletex, target: TripletexTarget, settings: dict[str, str]
    ) -> None:
        for _ in range(5):
            await want(target, kari(), settings, occupation_code="5223102")
        asked = [e for e in tripletex.requests.matching("GET", "/occupationCode") if e.query.get("code")]
        assert len(asked) <= 2  # the page with it, and the empty one that ends the list


async def test_names_longer_than_tripletex_takes_block(target: TripletexTarget, settings: dict[str, str]) -> None:
    wanted = await want(target, replace(kari(), last_name="x" * 101), settings)
    assert wanted.codes == {"tripletex_too_long": Severity.BLOCKING}


@pytest.mark.parametrize(("user_type", "severity"), [("NO_ACCESS", Severity.WARNING), ("STANDARD", Severity.BLOCKING)])
async def test_an_address_that_is_too_long_keeps_nobody_out_who_needs_none(
    target: TripletexTarget, settings: dict[str, str], user_type: str, severity: Severity
) -> None:
    address = Address(street="x" * 256, postal_code="0150", city="Oslo", country="NO")
    person = kari(work_email=f"{'a' * 60}@{'b' * 60}.no", private_email=None, address=address)
    desired = await target.desired(person, {**settings, "user_type": user_type}, TODAY)
    found = {finding.field: finding.severity for finding in desired.findings}
    assert found == {"email": severity, "street": Severity.WARNING}
    assert "street" not in desired.record[0].values
    assert ("email" in desired.record[0].values) == (severity is Severity.BLOCKING)


async def test_deciding_asks_for_lists_only(
    tripletex: Tripletex, target: TripletexTarget, settings: dict[str, str]
) -> None:
    await want(target, kari(), settings)
    tripletex.requests.clear()
    for number in range(20):
        await want(target, kari(number=str(number)), settings)
    assert len(tripletex.requests) == 0
