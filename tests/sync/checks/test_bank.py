from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban

from bot.domain.employee import BankAccount
from bot.domain.findings import Severity
from bot.sync.checks import CheckContext, check, read_iban, swedish_bank
from bot.sync.checks.swedish_bank import AccountForm
from tests.support.employees import TODAY, account, employee

NORWAY = CheckContext(today=TODAY, countries=("NO",))
SWEDEN = CheckContext(today=TODAY, countries=("SE",))


def findings(bank: BankAccount | None, context: CheckContext = NORWAY) -> dict[str, Severity]:
    found = check(employee(1, bank=bank), context)
    return {finding.code: finding.severity for finding in found if finding.code.startswith("bank.")}


def norwegian_iban(number: str) -> str:
    return "NO" + iban.calc_check_digits("NO00" + number) + number


def luhn(digits: str) -> str:
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def mod_11(digits: str) -> str | None:
    """The digits with the check digit of Bankgirot's modulus 11 (weights 2 to 10 and 1 again), if there is one."""
    weights = [2, 3, 4, 5, 6, 7, 8, 9, 10, 1]
    total = sum(int(d) * w for d, w in zip(reversed(digits), weights, strict=False))
    check = -total % 11
    return digits + str(check) if check < 10 else None


def test_a_missing_account_is_a_warning() -> None:
    assert findings(None) == {"bank.missing": Severity.WARNING}
    assert findings(BankAccount(bank="DNB")) == {"bank.missing": Severity.WARNING}


def test_a_wrong_norwegian_account_blocks() -> None:
    assert findings(BankAccount(number="86011117947")) == {}
    assert findings(BankAccount(number="8601.11.17947")) == {}
    assert findings(BankAccount(number="86011117946")) == {"bank.invalid": Severity.BLOCKING}


@given(st.integers(0, 9999))
def test_a_norwegian_iban_must_name_the_same_account(serial: int) -> None:
    number = account(serial)
    assert findings(BankAccount(number=number, iban=norwegian_iban(number))) == {}
    other = account(serial + 1)
    expected = {"bank.iban_differs": Severity.BLOCKING}
    assert findings(BankAccount(number=number, iban=norwegian_iban(other))) == expected


@given(st.integers(0, 9999), st.integers(4, 14), st.integers(1, 9))
def test_a_wrong_digit_in_an_iban_is_noticed(serial: int, place: int, shift: int) -> None:
    right = norwegian_iban(account(serial))
    wrong = right[:place] + str((int(right[place]) + shift) % 10) + right[place + 1 :]
    assert read_iban(" ".join([right[:4], right[4:8], right[8:]])) == right
    assert read_iban(wrong) is None
    assert findings(BankAccount(iban=wrong)) == {"bank.iban": Severity.BLOCKING}


@given(st.text(max_size=34))
def test_no_text_makes_the_reading_of_an_iban_fail(value: str) -> None:
    read = read_iban(value)
    assert read is None or iban.is_valid(read)


@given(st.integers(1100, 1199), st.integers(0, 999999))
def test_nordea_checks_the_clearing_number_without_its_first_digit(clearing: int, number: int) -> None:
    digits = mod_11(f"{clearing}"[1:] + f"{number:06}")
    if digits is None:
        return
    read = swedish_bank.read(f"{clearing}", digits[3:])
    assert read is not None
    assert (read.form, read.plausible) == (AccountForm.ELEVEN_WITHOUT_FIRST, True)


@given(st.integers(9150, 9169), st.integers(0, 999999))
def test_skandia_checks_the_whole_clearing_number(clearing: int, number: int) -> None:
    digits = mod_11(f"{clearing}{number:06}")
    if digits is None:
        return
    read = swedish_bank.read(f"{clearing}", digits[4:])
    assert read is not None
    assert (read.form, read.plausible) == (AccountForm.ELEVEN_WITH_ALL, True)


@given(st.integers(0, 99999999))
def test_handelsbanken_checks_the_account_alone_with_eight_or_nine_digits(number: int) -> None:
    digits = mod_11(f"{number:08}")
    if digits is None:
        return
    assert swedish_bank.read("6789", digits) == swedish_bank.SwedishAccount(
        "6789", digits, AccountForm.HANDELSBANKEN, True
    )
    shorter = mod_11(f"{number % 10**7:07}")
    if shorter is not None:
        read = swedish_bank.read("6789", shorter)
        assert read is not None
        assert read.plausible


@given(st.integers(0, 10**9 - 1))
def test_swedbank_and_nordea_personal_accounts_use_modulus_10(number: int) -> None:
    digits = luhn(f"{number:09}")
    for clearing in ("3300", "8327", luhn("8327")):
        read = swedish_bank.read(clearing, digits)
        assert read is not None
        assert read.plausible
    wrong = digits[:-1] + str((int(digits[-1]) + 1) % 10)
    doubted = swedish_bank.read("3300", wrong)
    assert doubted is not None
    assert not doubted.plausible


@pytest.mark.parametrize("clearing", ["9710", "9750", "9070", "9580"])
def test_banks_younger_than_the_manual_are_known(clearing: str) -> None:
    read = swedish_bank.read(clearing, "1234567")
    assert read is not None
    assert read.form is AccountForm.ELEVEN_EITHER


@given(st.text("0123456789", max_size=6), st.text("0123456789", max_size=14))
def test_no_digits_make_the_reading_of_a_swedish_account_fail(clearing: str, number: str) -> None:
    read = swedish_bank.read(clearing, number)
    assert read is None or clearing + number == read.clearing + read.number


def test_a_doubtful_swedish_account_only_warns() -> None:
    doubtful = BankAccount(clearing="3300", number="1234567890", country="SE")
    assert findings(doubtful, SWEDEN) == {"bank.check_digit": Severity.WARNING}
    nowhere = BankAccount(clearing="0001", number="1234567", country="SE")
    assert findings(nowhere, SWEDEN) == {"bank.clearing": Severity.WARNING}


def test_an_account_of_a_country_without_a_rule_is_said_to_be_unchecked() -> None:
    assert findings(BankAccount(number="123", country="PL")) == {"bank.unchecked": Severity.WARNING}


def test_no_finding_gives_the_account_away() -> None:
    person = employee(1, bank=BankAccount(number="86011117946", iban="NO1186011117947"))
    assert "8601111794" not in repr(check(person, NORWAY)) + repr(person)
