from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.employee import IdentityNumber
from bot.sync.checks import CheckContext, IdentityKind, check, read_identity
from tests.support.employees import TODAY, employee, fnr

NORWAY = CheckContext(today=TODAY, countries=("NO",))
SANDBOX = CheckContext(today=TODAY, countries=("NO",), environment="test")


def codes(
    value: str, context: CheckContext = NORWAY, *, country: str | None = None, born: date | None = None
) -> set[str]:
    person = employee(1, identity=IdentityNumber(value=value, country=country), birth_date=born)
    return {finding.code for finding in check(person, context) if finding.code.startswith("identity.")}


def luhn(nine: str) -> str:
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(nine))
    return str(-total % 10)


def test_the_swedish_coordination_number_is_accepted_with_its_birth_date() -> None:
    read = read_identity("701063-2391", "SE", TODAY)
    assert read is not None
    assert (read.kind, read.bare) == (IdentityKind.COORDINATION, "197010632391")
    assert read.fits(date(1970, 10, 3))
    assert not read.fits(date(1970, 10, 4))


def test_a_ten_digit_swedish_number_does_not_tell_the_century_and_is_not_held_to_one() -> None:
    read = read_identity("190101-" + "000" + luhn("190101000"), "SE", TODAY)
    assert read is None  # serial 000 does not exist
    short = read_identity("190101-001" + luhn("190101001"), "SE", TODAY)
    long = read_identity("19190101001" + luhn("190101001"), "SE", TODAY)
    assert short is not None
    assert long is not None
    assert short.fits(date(1919, 1, 1))
    assert short.fits(date(2019, 1, 1))
    assert not long.fits(date(2019, 1, 1))


@given(st.dates(date(1900, 1, 1), date(2025, 12, 31)), st.integers(1, 999), st.booleans())
def test_swedish_numbers_tell_their_birth_date(born: date, serial: int, coordination: bool) -> None:
    nine = f"{born:%y%m}{born.day + 60 * coordination:02}{serial:03}"
    read = read_identity(f"{born.year // 100}{nine}{luhn(nine)}", "SE", TODAY)
    assert read is not None
    assert read.fits(born)
    assert (read.kind is IdentityKind.COORDINATION) == coordination


@given(st.dates(date(1900, 1, 1), date(2025, 12, 31)), st.integers(1, 999), st.integers(1, 9))
def test_a_wrong_swedish_check_digit_is_noticed(born: date, serial: int, shift: int) -> None:
    nine = f"{born:%y%m%d}{serial:03}"
    wrong = (int(luhn(nine)) + shift) % 10
    assert read_identity(f"{born.year // 100}{nine}{wrong}", "SE", TODAY) is None


@given(st.dates(date(1938, 1, 1), date(1999, 12, 31)), st.integers(0, 3999))
def test_danish_numbers_tell_their_birth_date_and_need_no_check_digit(born: date, serial: int) -> None:
    read = read_identity(f"{born:%d%m%y}-{serial:04}", "DK", TODAY)
    assert read is not None
    assert read.fits(born)


@given(st.dates(date(1900, 1, 1), date(2025, 12, 31)), st.integers(2, 899), st.integers(0, 5))
def test_finnish_numbers_tell_their_birth_date_with_every_century_sign(born: date, serial: int, sign: int) -> None:
    century = "-YXWVU"[sign] if born.year < 2000 else "ABCDEF"[sign]
    control = "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(f"{born:%d%m%y}{serial:03}") % 31]
    read = read_identity(f"{born:%d%m%y}{century}{serial:03}{control}", "FI", TODAY)
    assert read is not None
    assert read.fits(born)


def test_a_temporary_finnish_number_is_for_tests_only() -> None:
    control = "0123456789ABCDEFHJKLMNPRSTUVWXY"[int("010180950") % 31]
    number = f"010180-950{control}"
    assert read_identity(number, "FI", TODAY) is None
    read = read_identity(number, "FI", TODAY, test=True)
    assert read is not None
    assert read.synthetic


@given(st.text(max_size=14), st.sampled_from(["NO", "SE", "DK", "FI", "XX"]))
def test_no_text_makes_the_reading_fail(value: str, country: str) -> None:
    read = read_identity(value, country, TODAY, test=True)
    assert read is None or read.country == country


def test_a_missing_number_is_a_warning() -> None:
    assert {f.code: f.severity for f in check(employee(1, identity=None), NORWAY)}["identity.missing"] == "warning"


@pytest.mark.parametrize("value", ["15108695077", "1510869508", "nonsense", "15108695088x"])
def test_an_invalid_number_blocks(value: str) -> None:
    assert codes(value) == {"identity.invalid"}


def test_a_made_up_number_blocks_in_production_and_passes_in_a_test_account() -> None:
    born = date(1980, 5, 17)
    number = fnr(born, synthetic=True)
    assert codes(number, born=born) == {"identity.synthetic"}
    assert codes(number, SANDBOX, born=born) == set()


def test_a_number_of_the_2032_rule_blocks_before_2032_except_in_a_test_account() -> None:
    assert codes("30108299939") == {"identity.invalid"}
    assert codes("30108299939", SANDBOX) == set()
    assert codes("30108299939", CheckContext(today=date(2032, 1, 1), countries=("NO",))) == set()


def test_a_birth_date_that_differs_from_the_number_blocks() -> None:
    assert codes("15108695088", born=date(1986, 10, 15)) == set()
    assert codes("15108695088", born=date(1986, 10, 16)) == {"identity.birth_date"}


def test_a_d_number_is_compared_with_the_birth_date_too() -> None:
    assert codes("67024795818", born=date(1947, 2, 27)) == set()
    assert codes("67024795818", born=date(1947, 2, 28)) == {"identity.birth_date"}


def test_a_swede_employed_in_norway_is_a_warning() -> None:
    assert codes("701063-2391", country="SE", born=date(1970, 10, 3)) == {"identity.foreign"}
    assert codes("701063-2391", born=date(1970, 10, 3)) == {"identity.foreign"}


def test_a_truncated_norwegian_number_is_not_taken_for_a_danish_one() -> None:
    assert codes("1510869508") == {"identity.invalid"}
    assert codes("1510869508", country="DK", born=date(1986, 10, 15)) == {"identity.foreign"}


def test_a_number_that_the_source_calls_norwegian_is_only_read_as_that() -> None:
    assert codes("701063-2391", country="NO") == {"identity.invalid"}


def test_a_country_without_a_rule_is_said_to_be_unchecked() -> None:
    assert codes("85071812345", country="PL") == {"identity.unchecked"}


def test_no_finding_gives_the_number_away() -> None:
    person = employee(1, identity=IdentityNumber(value="15108695077"))
    assert "15108695077" not in repr(check(person, NORWAY))
    assert "15108695077" not in repr(person)


@pytest.mark.parametrize("value", ["198504602395", "19850460-2395", "850460-2395", "198504002398"])
def test_a_coordination_number_without_a_confirmed_day_is_valid_whatever_the_birth_date(value: str) -> None:
    number = read_identity(value, "SE", date(2026, 3, 2))
    assert number is not None
    assert number.kind is IdentityKind.COORDINATION
    assert number.fits(date(1985, 4, 1))
    assert read_identity(value[:-1] + str((int(value[-1]) + 1) % 10), "SE", date(2026, 3, 2)) is None
