from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.employee import Compensation, Employment, IdentityNumber, PayPeriod
from bot.domain.findings import Severity
from bot.locales import LANGUAGES
from bot.locales.loader import catalogue
from bot.sync.checks import CATALOGUE, CheckContext, across, check, e164, has_left, read_email, readiness
from tests.support.employees import PERMANENT, TODAY, employee, ended, fnr, paid

NORWAY = CheckContext(today=TODAY, countries=("NO",))


def codes(context: CheckContext = NORWAY, **changes: Any) -> set[str]:
    return {finding.code for finding in check(employee(1, **changes), context)}


def test_a_complete_employee_has_no_finding() -> None:
    assert check(employee(1), NORWAY) == []
    assert readiness(employee(1), NORWAY).ready


def test_every_finding_has_its_texts_in_every_language() -> None:
    keys = {f"check.{code}{end}" for code in CATALOGUE for end in ("", ".advice")}
    assert {language: keys - set(catalogue(language)) for language in LANGUAGES} == {key: set() for key in LANGUAGES}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"first_name": " "}, "name.first_missing"),
        ({"last_name": ""}, "name.last_missing"),
        ({"first_name": "Kari2"}, "name.odd"),
        ({"last_name": "Nord\u200bmann"}, "name.odd"),
        ({"number": ""}, "number.missing"),
        ({"number": "  "}, "number.missing"),
        ({"number": "1001 "}, "number.spaces"),
        ({"birth_date": None}, "birth_date.missing"),
        ({"birth_date": TODAY + timedelta(days=1), "identity": None}, "birth_date.future"),
        ({"birth_date": date(1900, 1, 1), "identity": None}, "birth_date.implausible"),
        ({"work_email": None}, "email.missing"),
        ({"work_email": "kåri@example.com"}, "email.invalid"),
        ({"private_email": "kari@example"}, "email.invalid"),
        ({"work_phone": "123"}, "phone.invalid"),
        ({"employments": ()}, "employment.missing"),
        ({"compensations": ()}, "compensation.missing"),
        ({"hire_date": date(2019, 12, 31)}, "start.differs"),
    ],
)
def test_what_is_missing_or_odd_is_named(changes: dict[str, Any], code: str) -> None:
    assert code in codes(**changes)


def job(**changes: Any) -> Employment:
    known: dict[str, Any] = {
        "id": "e",
        "start": date(2020, 1, 1),
        "percentage": Decimal(100),
        "type": PERMANENT,
        "country": "NO",
    }
    return Employment(**(known | changes))


@pytest.mark.parametrize(
    ("percentage", "code"),
    [
        (Decimal("0.8"), "employment.percentage_scale"),
        (Decimal(1), "employment.percentage_scale"),
        (Decimal(-1), "employment.percentage_range"),
        (Decimal(500), "employment.percentage_range"),
        (Decimal(110), "employment.percentage_high"),
    ],
)
def test_a_percentage_of_the_wrong_scale_never_passes(percentage: Decimal, code: str) -> None:
    assert code in codes(employments=(job(percentage=percentage),))


@given(st.decimals(Decimal("1.01"), Decimal(100), places=2) | st.just(Decimal(0)) | st.none())
def test_a_percentage_of_full_time_passes(percentage: Decimal | None) -> None:
    assert not {code for code in codes(employments=(job(percentage=percentage),)) if "percentage" in code}


def test_employments_are_judged_by_their_dates() -> None:
    assert "employment.backwards" in codes(employments=(job(end=date(2019, 12, 31)),))
    later = job(id="e2", start=date(2024, 1, 1))
    assert "employment.overlap" in codes(employments=(job(), later))
    assert "employment.overlap" not in codes(employments=(job(end=date(2023, 12, 31)), later))
    # One that is over lies between the two: the open one from before it still runs.
    over = job(id="e1", start=date(2021, 1, 1), end=date(2021, 6, 30))
    assert "employment.overlap" in codes(employments=(job(), over, later))
    assert "employment.overlap" not in codes(employments=(job(), over))
    assert "employment.type_missing" in codes(employments=(job(type=None),))
    assert "employment.type_missing" not in codes(employments=(job(type=None, end=date(2023, 12, 31)), later))


def test_a_start_to_come_is_a_warning_and_one_too_far_away_is_doubted() -> None:
    soon, never = TODAY + timedelta(days=30), TODAY + timedelta(days=900)
    assert "start.future" in codes(employments=(job(start=soon),), hire_date=soon)
    assert "start.implausible" in codes(employments=(job(start=never),), hire_date=never)
    assert "start.implausible" in codes(employments=(job(start=date(1965, 1, 1)),), hire_date=None)


def test_pay_that_is_only_ahead_is_told_of_whoever_works_already() -> None:
    (ahead,) = pay("50000")
    ahead = replace(ahead, effective=TODAY + timedelta(days=9))
    assert "compensation.not_yet" in codes(compensations=(ahead,))
    assert "compensation.not_yet" not in codes(
        compensations=(ahead,), employments=(job(start=TODAY + timedelta(days=9)),)
    )


def pay(amount: str, period: PayPeriod = PayPeriod.MONTH, currency: str = "NOK") -> tuple[Compensation, ...]:
    return (Compensation(id="c", effective=date(2020, 1, 1), amount=Decimal(amount), currency=currency, period=period),)


@pytest.mark.parametrize(
    ("amount", "period", "code"),
    [
        ("0", PayPeriod.MONTH, "compensation.not_positive"),
        ("-1", PayPeriod.MONTH, "compensation.not_positive"),
        ("250", PayPeriod.MONTH, "compensation.absurd"),  # an hourly rate as a monthly salary
        ("50000", PayPeriod.HOUR, "compensation.absurd"),  # a monthly salary as an hourly rate
        ("50000", PayPeriod.YEAR, "compensation.low"),  # a monthly salary as a yearly one
        ("600000", PayPeriod.MONTH, "compensation.high"),  # a yearly salary as a monthly one
    ],
)
def test_a_slip_of_the_period_is_noticed(amount: str, period: PayPeriod, code: str) -> None:
    assert code in codes(compensations=pay(amount, period))


def test_who_works_little_may_earn_little() -> None:
    fifth = (job(percentage=Decimal(20)),)
    assert "compensation.low" not in codes(compensations=pay("5000"), employments=fifth)
    assert "compensation.low" in codes(compensations=pay("5000"))


def test_pay_that_is_a_multiple_of_the_pay_before_is_noticed_while_it_is_new() -> None:
    def raised(amount: str, effective: date) -> set[str]:
        (first,) = pay("40000")
        return codes(compensations=(first, replace(first, effective=effective, amount=Decimal(amount))))

    assert "compensation.jump" in raised("120000", TODAY + timedelta(days=9))
    assert "compensation.jump" in raised("13333", TODAY)
    assert "compensation.jump" not in raised("119000", TODAY)
    assert "compensation.jump" not in raised("120000", TODAY - timedelta(days=90))


@given(st.integers(180_000, 3_000_000))
def test_ordinary_pay_passes_in_every_period(yearly: int) -> None:
    per = {PayPeriod.HOUR: 1950, PayPeriod.MONTH: 12, PayPeriod.YEAR: 1, PayPeriod.WEEK: 52}
    for period, parts in per.items():
        found = codes(compensations=pay(str(round(Decimal(yearly) / parts, 2)), period))
        assert not {code for code in found if code.startswith("compensation.")}


def test_pay_in_another_currency_than_the_targets_blocks_even_when_it_is_still_to_come() -> None:
    assert "compensation.currency" in codes(compensations=pay("5000", currency="EUR"))
    later = paid(employee(1), 60000, TODAY + timedelta(days=30))
    euros = replace(later, compensations=(*later.compensations[:-1], replace(later.compensations[-1], currency="EUR")))
    assert [f.severity for f in check(euros, NORWAY) if f.code == "compensation.currency"] == [Severity.BLOCKING]


def test_only_pay_that_counts_is_judged() -> None:
    old = Compensation(id="old", effective=date(2010, 1, 1), amount=Decimal(1), currency="XXX", period=PayPeriod.HOUR)
    assert codes(compensations=(old, *employee(1).compensations)) == set()


def test_no_finding_gives_the_pay_away() -> None:
    found = check(employee(1, compensations=pay("777777")), NORWAY)
    assert found
    assert "777777" not in repr(found)


@given(st.emails())
def test_only_plain_addresses_pass(address: str) -> None:
    read = read_email(address)
    assert read is None or (read.isascii() and read.count("@") == 1 and "." in read.split("@")[1])


@given(st.from_regex(r"[a-z]{1,20}(\.[a-z]{1,10})?@[a-z]{1,20}\.(no|se|com)", fullmatch=True))
def test_ordinary_addresses_pass(address: str) -> None:
    assert read_email(f" {address} ") == address


@given(st.integers(90000000, 99999999))
def test_a_norwegian_mobile_number_is_the_same_with_and_without_its_country_code(number: int) -> None:
    expected = f"+47{number}"
    assert e164(str(number), "NO") == e164(f"0047 {number}", "NO") == e164(f"+47 {number}", None) == expected


@given(st.text(max_size=20), st.sampled_from(["NO", "SE", None]))
def test_no_text_makes_the_reading_of_a_phone_number_fail(value: str, country: str | None) -> None:
    read = e164(value, country)
    assert read is None or e164(read, None) == read


def test_somebody_has_left_only_when_no_employment_runs_or_is_to_come() -> None:
    assert has_left(ended(employee(1), TODAY - timedelta(days=1)), TODAY)
    assert not has_left(ended(employee(1), TODAY), TODAY)
    before_day_one = employee(1, active=False, employments=(job(start=TODAY + timedelta(days=30)),))
    assert not has_left(before_day_one, TODAY)


TOMORROW, LONG_AGO = TODAY + timedelta(days=1), date(2019, 1, 1)
OPEN = job(start=date(2020, 1, 1))


@pytest.mark.parametrize(
    ("left", "active", "jobs", "told"),
    [
        (TOMORROW, True, (OPEN,), {"end.differs"}),
        (TODAY - timedelta(days=9), False, (OPEN,), {"end.differs"}),
        (None, False, (OPEN,), {"end.missing"}),
        (LONG_AGO, False, (OPEN,), {"end.missing"}),
        (LONG_AGO, True, (OPEN,), set()),  # of a former employment
        (TOMORROW, True, (replace(OPEN, end=TOMORROW),), set()),
        (TOMORROW, True, (replace(OPEN, end=TODAY + timedelta(days=60)),), set()),
        (None, False, (replace(OPEN, start=TOMORROW),), set()),  # not begun
        (None, True, (OPEN,), set()),
    ],
)
def test_whoever_leaves_with_an_employment_that_goes_on_is_told(
    left: date | None, active: bool, jobs: tuple[Employment, ...], told: set[str]
) -> None:
    found = codes(end_date=left, active=active, employments=jobs)
    assert {code for code in found if code.startswith("end.")} == told


def test_duplicates_within_the_source_are_found() -> None:
    born = date(1961, 2, 2)
    twin = employee(2, number="1001", identity=IdentityNumber(value=fnr(born, 1)))
    found = across([employee(1), twin, employee(3)], TODAY)
    assert {source: {f.code for f in findings} for source, findings in found.items()} == {
        "s1": {"duplicate.number", "duplicate.identity"},
        "s2": {"duplicate.number", "duplicate.identity"},
    }


def test_a_former_record_gives_way_to_the_active_one_with_its_number() -> None:
    former = ended(employee(1), TODAY - timedelta(days=400))
    again = employee(1, source_id="s9")
    found = across([former, again], TODAY)
    assert {source: {f.code for f in findings} for source, findings in found.items()} == {"s1": {"duplicate.former"}}


def test_namesakes_born_on_one_day_are_told_apart_by_their_identity_numbers() -> None:
    one = employee(1)
    other = replace(employee(1), source_id="s9", number="9", identity=IdentityNumber(value=fnr(date(1961, 2, 2), 40)))
    bank = {"duplicate.bank"}
    assert {f.code for f in across([one, other], TODAY)["s1"]} == bank
    unknown = replace(other, identity=None)
    both = {"duplicate.person", "duplicate.bank_birth_date"}
    assert {f.code for f in across([one, unknown], TODAY)["s1"]} == bank | both
