"""What a system says is cleaned of everything private, in every spelling, and stays readable otherwise."""

from __future__ import annotations

import base64
import gc
import html
import json
import re
from collections.abc import Callable
from decimal import Decimal
from urllib.parse import quote, quote_plus

import pytest

from bot.core.private_words import LENGTH, PrivateCode, Secret, cleaned, note_sent, private_values, secrets_in
from bot.core.text import text
from bot.domain.findings import Finding, Severity
from bot.providers.errors import Rejected

TOKEN = "tok/en+Zw4%7-canary"
IDENTITY, ACCOUNT, PAY = "01017012345", "86011117947", Decimal("43217.69")


@pytest.mark.parametrize(
    "quoted",
    [
        "01017012345", "010170 12345", "010170-12345", "01.01.70.12345", "0 1 0 1 7 0 1 2 3 4 5",
        "０１０１７０１２３４５",
        "0101\u200b7012345", "010170\n12345", "010170\u00a012345", "x01017012345y",
        "86011117947", "8601.11.17947", "8601 11 17947", "NO9386011117947", "NO93 8601 1117 947",
        "43217.69", "43217,69", "43 217,69", "43,217.69", "43\u202f217.690", "43'217.7", "43217", "NOK43217.69",
        "Ola Storgata 1", "ola  storgata 1",
        "010170\u201312345", "010170\u221212345", "010170+12345", "0101.70|12345", "8601\u201011\u201017947",
        r"Ola\u0020Storgata 1", "Ola%20Storgata%201", "Ola%2520Storgata%25201", "Ola&#32;Storgata&nbsp;1",
        "\u0660\u0661\u0660\u0661\u0667\u0660\u0661\u0662\u0663\u0664\u0665", "010170%2012345", r"010170\x2d12345",
    ],
)  # fmt: skip
def test_a_private_value_is_blanked_in_every_spelling(quoted: str) -> None:
    with private_values([IDENTITY, ACCOUNT, "NO9386011117947", PAY, "Ola Storgata 1", None, True]):
        said = cleaned(f"The value {quoted} is not accepted") or ""
        error = Rejected("no", text=text("x"), verbatim=quoted)
        error.verbatim = f"again {quoted}"
        found = Finding("x", Severity.WARNING, "x", verbatim=quoted)
    parts = ("7012345", "12345", "17947", "1117", "43217", "217", "storgata")
    for words in (said, error.verbatim or "", found.verbatim or ""):
        assert not any(one in words.casefold() for one in parts)
    assert said.startswith("The value")
    assert said.endswith("is not accepted")


@pytest.mark.parametrize(("value", "quoted"), [("197703122387", "770312-2387"), ("197703122387", "19770312-2387")])
def test_a_swedish_number_is_blanked_with_its_century_and_without(value: str, quoted: str) -> None:
    with private_values([value]):
        assert "2387" not in (cleaned(f"persnr {quoted}") or "")


def test_an_amount_of_pay_is_not_looked_for_within_other_numbers() -> None:
    with private_values([Decimal("215.50"), Decimal(0)]):
        assert cleaned("line 12150 of 0, 2215 and 215,5") == "line 12150 of 0, 2215 and [redacted]"


@pytest.mark.parametrize(
    "quoted", [TOKEN, quote(TOKEN, safe=""), base64.b64encode(TOKEN.encode()).decode(), TOKEN.upper()]
)
def test_a_secret_is_blanked_while_its_holder_lives(quoted: str) -> None:
    held = Secret([TOKEN])
    assert "canary" not in repr(held)
    assert cleaned(f"no {quoted} here") == "no [redacted] here"
    del held
    gc.collect()
    assert "[redacted]" not in (cleaned(f"no {quoted} here") or "")


HARD = 'p"å/ss w%41<ord>+&'


@pytest.mark.parametrize(
    "quoted",
    [
        HARD,
        json.dumps(HARD),
        json.dumps(HARD, ensure_ascii=False).replace("/", r"\/"),
        quote(HARD),
        quote(quote(HARD, safe="")),
        quote_plus(HARD),
        html.escape(HARD),
        "".join(f"&#{ord(one)};" for one in HARD),
        HARD.encode().hex(),
    ],
)
def test_a_secret_is_blanked_as_an_address_a_page_or_json_quotes_it(quoted: str) -> None:
    held = Secret([HARD])
    said = cleaned(f"no {quoted} here") or ""
    assert "ord" not in said
    assert "6f7264" not in said
    assert said.startswith("no ")
    del held


@pytest.mark.parametrize("user", ["a", "ab", "abc", "somebody"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_secret_is_blanked_within_what_was_encoded_with_it(user: str, encode: Callable[[bytes], bytes]) -> None:
    secret = "c4nary>>??~~-of-a-password"
    held = Secret([secret])
    said = cleaned(f"The header {encode(f'{user}:{secret}'.encode()).decode()} is wrong") or ""
    quoted = said.removeprefix("The header ").removesuffix(" is wrong").replace("[redacted]", "")
    assert len(quoted) <= 4 * len(user) + 8
    del held


@pytest.mark.parametrize(
    "number", ["010170\u201312345", "01 01 70 12345", "01.01.70-12345", "770312 \u2013 2387", "8601-11-17947"]
)
def test_anybodys_number_is_known_by_its_shape_whatever_parts_it(number: str) -> None:
    assert not re.search(r"\d{4}", cleaned(f"{number} is taken") or "")


@pytest.mark.parametrize(
    "said", ["2026-11-30 is closed", "Order 4711 of 30.11.2026", "50% of \\ and a & b", "12 345,67 kr"]
)
def test_what_is_not_private_stays_as_it_was_said(said: str) -> None:
    assert cleaned(said) == said


def test_what_is_sent_under_a_private_name_is_private() -> None:
    body = {"name": "Kari", "salary": {"amount": 612345}, "rows": [{"bankAccountNumber": "5999-071"}]}
    note_sent(body)
    assert "612345" in (cleaned("612345") or "")
    with private_values([]):
        note_sent(body)
        assert cleaned("Kari 612 345 and 5999071") == "Kari [redacted] and [redacted]"


def test_a_header_carries_a_token_or_a_password() -> None:
    assert secrets_in("Bearer abc.def") == ["abc.def"]
    basic = base64.b64encode(b"0:session-token").decode()
    assert secrets_in(f"Basic {basic}") == [basic, "session-token"]


def test_it_is_one_line_and_not_long() -> None:
    assert cleaned("a\r\nb\tc\u202ed\u2028e\x00f") == "a b cd e f"
    assert len(cleaned("word " * 9000) or "") <= LENGTH
    assert cleaned(None) is None
    assert cleaned(" \n") is None


def test_a_secret_is_not_cut_in_two_by_what_is_looked_at() -> None:
    long = Secret(["S3cret" * 40])
    said = cleaned("S3cret" * 40 * 30) or ""
    assert "S3cret" not in said
    del long


def test_no_error_quotes_a_private_value_to_the_log() -> None:
    with private_values([IDENTITY]):
        assert IDENTITY not in f"{Rejected(f'field {IDENTITY}', text=text('x'))!r}"


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1e99999999", "0"])
def test_an_amount_that_nobody_is_paid_stops_nothing(amount: str) -> None:
    with private_values([Decimal(amount)]):
        assert cleaned("The amount 12 is wrong.") == "The amount 12 is wrong."


@pytest.mark.parametrize("written", ["54’321", "54·321", "54_321", "54 321,00"])
def test_an_amount_is_blanked_whatever_parts_its_thousands(written: str) -> None:
    with private_values([Decimal(54321)]):
        assert "54" not in str(cleaned(f"The pay {written} is too high."))


def test_an_amount_that_was_sent_as_a_float_is_private() -> None:
    with private_values([]):
        note_sent({"annualSalary": 61234.5})
        assert "61234" not in str(cleaned("61234.5 is too much"))


@pytest.mark.parametrize("number", ["131052-308T", "131052A308T", "8327-9,123 456 789-0", "1234-1234567"])
def test_a_private_number_is_known_by_its_shape(number: str) -> None:
    assert number[-4:] not in str(cleaned(f"The number {number} is not valid."))


@pytest.mark.parametrize(
    ("code", "words", "said"),
    [
        ("SJK", "Orsakskod SJK (SJK) nekades", "Orsakskod [redacted] ([redacted]) nekades"),
        ("SEM", "Semester SEMLA sem", "Semester SEMLA [redacted]"),
        ("1", "1 av 10", "1 av 10"),
    ],
)
def test_a_code_that_says_why_somebody_is_away_is_blanked_as_a_word(code: str, words: str, said: str) -> None:
    with private_values([PrivateCode(code), "SEK"]):
        assert cleaned(f"{words} SEK") == f"{said} SEK"
