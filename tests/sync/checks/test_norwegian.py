from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.no import fodselsnummer

from bot.sync.checks import norwegian
from bot.sync.checks.norwegian import NorwegianKind, parse
from tests.support.employees import account, fnr

TODAY = date(2026, 3, 2)
IN_2032 = date(2032, 1, 1)

# Skatteetaten, folkeregisteret-api-dokumentasjon, "nyttfnr2032": numbers of the rule to come.
SAMPLES_2032 = ("02013299997", "02013299903", "30108299939")

births = st.dates(date(1940, 1, 1), date(1999, 12, 31))


@pytest.mark.parametrize("number", ["15108695088", "151086 95088", "151086-95088"])
def test_an_ordinary_number_is_read_with_or_without_separators(number: str) -> None:
    read = parse(number, TODAY)
    assert read is not None
    assert (read.digits, read.kind, read.synthetic) == ("15108695088", NorwegianKind.ORDINARY, False)
    assert read.birth_date == date(1986, 10, 15)


def test_a_d_number_is_told_from_an_ordinary_one() -> None:
    read = parse("67024795818", TODAY)
    assert read is not None
    assert (read.kind, read.birth_date) == (NorwegianKind.D_NUMBER, date(1947, 2, 27))


@pytest.mark.parametrize("number", SAMPLES_2032)
def test_the_official_samples_of_the_2032_rule_count_from_2032_on(number: str) -> None:
    assert parse(number, date(2031, 12, 31)) is None
    assert parse(number, IN_2032) is not None
    assert parse(number, TODAY, rule_2032=True) is not None


def test_the_sample_that_both_rules_allow_counts_today() -> None:
    today, later = parse("30108299920", TODAY), parse("30108299920", IN_2032)
    assert today is not None
    assert later is not None
    assert today.birth_date == date(1982, 10, 30)
    # From 2032 on the individual digits no longer tell the century, so only day, month and year are compared.
    assert later.birth_date is None
    assert later.agrees_with(date(1982, 10, 30))
    assert not later.agrees_with(date(1982, 10, 31))


def test_a_synthetic_number_is_marked() -> None:
    read = parse(fnr(date(1980, 5, 17), synthetic=True), TODAY)
    assert read is not None
    assert read.synthetic
    assert read.birth_date == date(1980, 5, 17)


@pytest.mark.parametrize(
    "number",
    ["", "15108695077", "1510869508", "151086950880", "1510869508x", "١٥١٠٨٦٩٥٠٨٨", "32018695088", "00000000000"],
)
def test_what_is_no_number_is_refused(number: str) -> None:
    assert parse(number, TODAY) is None


def with_checks(nine: str) -> str:
    return nine + min(norwegian.check_digits(nine, rule_2032=False))


def test_an_emergency_number_and_a_help_number_are_no_identity_numbers() -> None:
    assert parse(with_checks("810150001"), TODAY) is None  # FH number: first digit 8 or 9
    assert parse(with_checks("015150005"), TODAY) is None  # H number: month + 40


def test_somebody_not_born_yet_has_no_number() -> None:
    nine = next(
        f"030327{serial}" for serial in range(500, 600) if norwegian.check_digits(f"030327{serial}", rule_2032=False)
    )
    assert parse(with_checks(nine), TODAY) is None
    assert parse(with_checks(nine), date(2027, 3, 3)) is not None


@given(births, st.integers(0, 99), st.booleans())
def test_valid_numbers_tell_the_birth_date(born: date, individual: int, d_number: bool) -> None:
    read = parse(fnr(born, individual, d_number=d_number), TODAY)
    assert read is not None
    assert read.birth_date == born
    assert read.agrees_with(born)


@given(st.from_regex(r"[0-9]{11}", fullmatch=True))
def test_agrees_with_stdnum_where_stdnum_knows_the_rules(number: str) -> None:
    read = parse(number, datetime.now(UTC).date())  # stdnum only knows the clock's day
    known_to_stdnum = not 40 < int(number[2:4]) < 80 and int(number[2:4]) < 80
    if known_to_stdnum:
        assert (read is not None) == fodselsnummer.is_valid(number)
    if read is not None and not read.synthetic:
        assert fodselsnummer.is_valid(number)


@given(births, st.integers(0, 99), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(born: date, individual: int, place: int, shift: int) -> None:
    number = fnr(born, individual)
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert parse(wrong, TODAY) is None


@given(st.from_regex(r"[0-9]{9}", fullmatch=True))
def test_the_2032_rule_has_up_to_four_check_pairs_the_old_one_among_them(nine: str) -> None:
    old, new = norwegian.check_digits(nine, rule_2032=False), norwegian.check_digits(nine, rule_2032=True)
    assert len(old) <= 1
    assert len(new) <= 4
    assert old <= new


@given(st.integers(0, 9999))
def test_a_bank_account_is_read_without_its_dots(serial: int) -> None:
    digits = account(serial)
    assert norwegian.bank_account(f"{digits[:4]}.{digits[4:6]}.{digits[6:]}") == digits


@given(st.integers(0, 9999), st.integers(0, 10), st.integers(1, 9))
def test_a_wrong_digit_in_a_bank_account_is_noticed(serial: int, place: int, shift: int) -> None:
    digits = account(serial)
    wrong = digits[:place] + str((int(digits[place]) + shift) % 10) + digits[place + 1 :]
    assert norwegian.bank_account(wrong) is None


@pytest.mark.parametrize("number", ["", "0000 1234567", "1234567", "NO9386011117947", "abc"])
def test_what_is_no_bank_account_is_refused(number: str) -> None:
    assert norwegian.bank_account(number) is None


@pytest.mark.parametrize("added", [40, 65, 80])
def test_made_up_numbers_of_other_makers_are_read_in_tests_and_nowhere_else(added: int) -> None:
    nine = next(
        f"12{3 + added:02}85{serial:03}"
        for serial in range(10, 400)
        if norwegian.check_digits(f"12{3 + added:02}85{serial:03}", rule_2032=False)
    )
    value = nine + min(norwegian.check_digits(nine, rule_2032=False))
    number = parse(value, date(2026, 3, 2), made_up=True)
    assert number is not None
    assert number.synthetic
    assert (parse(value, date(2026, 3, 2)) is None) == (added != 80)
