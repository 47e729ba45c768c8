"""The person part of what Agda PS should hold, and what in it stands in the way."""

from __future__ import annotations

import re
from datetime import date

from bot.core import swedish_number
from bot.core.mailbox import read_mailbox
from bot.domain.employee import BankAccount, Employee
from bot.domain.findings import Finding, Severity
from bot.domain.record import Level, Part, Value
from bot.providers.kit import elements
from bot.providers.kit.countries import country_code

Values = dict[str, Value]

BLANK = "{blank}"
"""What the Person XML clears a value with: never let through as a value of the source."""

CODE = r"[^\s{}]{1,20}"
"""What a code of the payroll office may be. No schema is published: nothing that might be doubtful is sent."""

_WORD = r"\S(.{0,98}\S)?"

ELEMENTS = elements.ElementRules(
    {
        "number": CODE,
        "first_name": _WORD,
        "last_name": _WORD,
        "street": _WORD,
        "postal_code": r"[0-9A-Z -]{3,10}",
        "city": _WORD,
        "bic": r"[A-Z0-9]{8}([A-Z0-9]{3})?",
        "title": _WORD,
        "department": CODE,
        "employment_form": CODE,
        "end_reason": CODE,
        "pay_code": CODE,
    },
    keys=frozenset({"number", "first_name", "last_name"}),
    key_unfit="agda_ps_key_unfit",
    value_unfit="agda_ps_value_unfit",
)

_BANK_FIELDS = ("clearing_number", "check_digit", "bank_account", "iban", "bic")


def person_part(employee: Employee, today: date) -> tuple[Part, list[Finding]]:
    """The part and the findings. A field that is None clears what was delivered; one left out says nothing."""
    findings: list[Finding] = []
    values: Values = {
        "number": employee.number.strip(),
        "birth_date": employee.birth_date,
        "identity_number": _identity(employee, today, findings),
        "last_name": plain(employee.last_name),
        "first_name": plain(employee.first_name),
        "nationality": _country(employee.nationality, "nationality", findings),
        # Private addresses are for private life: Simployer's own export takes the work address alone.
        "email": _email(employee.work_email),
    }
    if employee.address is not None:
        written = plain(employee.address.country)
        country = _country(written, "country", findings)
        postal_code = (plain(employee.address.postal_code) or "").upper() or None
        values["street"] = plain(employee.address.street)
        values["postal_code"] = (
            re.sub(r"\s", "", postal_code) if postal_code and (written is None or country == "SE") else postal_code
        )
        values["city"] = plain(employee.address.city)
        values["country"] = country
    values |= _bank(employee.bank, findings)
    if values["email"] is None and plain(employee.work_email):
        del values["email"]  # nothing is said of it: one that was delivered stays
        findings.append(ELEMENTS.unfit("email"))
    values, unfit = ELEMENTS.fitting(values)
    for name, written in (("first_name", employee.first_name), ("last_name", employee.last_name)):
        unfit += [ELEMENTS.unfit(name)] if written.strip() == BLANK else []
    return Part(Level.PERSON, (), values), findings + unfit


def plain(value: str | None) -> str | None:
    """A text without what XML cannot hold and without blanks around it; None for nothing."""
    text = elements.plain(value)
    return None if text == BLANK else text


def _email(written: str | None) -> str | None:
    return read_mailbox(plain(written) or "")


def _identity(employee: Employee, today: date, findings: list[Finding]) -> str | None:
    """Twelve digits, YYYYMMDDNNNN, of a personnummer or a samordningsnummer."""
    identity = employee.identity
    if identity is None or not identity.value.strip():
        return None
    if identity.country in (None, "SE"):
        number = swedish_number.parse(identity.value, today)
        if number is not None:
            return number.digits
    findings.append(_warning("identity_not_swedish", "identity_number"))
    return None


def _bank(bank: BankAccount | None, findings: list[Finding]) -> Values:
    """The account; nothing at all where there is none to send, so that an account in Agda PS is never emptied."""
    if bank is None:
        return {}
    clearing, number = re.sub(r"[\s\-.,]", "", bank.clearing or ""), re.sub(r"[\s\-.,]", "", bank.number or "")
    iban = re.sub(r"\s", "", bank.iban or "").upper()
    values: Values = dict.fromkeys(_BANK_FIELDS)
    if re.fullmatch(r"[0-9]{4,5}", clearing) and re.fullmatch(r"[0-9]{2,12}", number):
        # The fifth digit of a clearing number has an element of its own.
        return values | {"clearing_number": clearing[:4], "check_digit": clearing[4:] or None, "bank_account": number}
    if re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", iban):
        return values | {"iban": iban, "bic": re.sub(r"\s", "", plain(bank.bic) or "").upper() or None}
    if number or iban:
        findings.append(_warning("bank_account_unusable", "bank_account"))
    return {}


def _country(written: str | None, field: str, findings: list[Finding]) -> str | None:
    """ISO 3166-1 alpha-2; one that is not recognised is told, and not sent."""
    code = country_code(written)
    if code is None and plain(written):
        findings.append(Finding("agda_ps_country_unknown", Severity.WARNING, field, {"country": plain(written)}))
    return code


def _warning(code: str, field: str) -> Finding:
    return Finding(f"agda_ps_{code}", Severity.WARNING, field)
