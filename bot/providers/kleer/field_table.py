"""The field table, and a user of Kleer with their payroll agreement as a record.

Names: Kleer's XML schema, `user`, `payroll-user-readable` and `payroll-user-writable`. All that an agreement holds
hangs on its first day, as nothing of it is there without one. Pay is a list of its own, from a day on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

from bot.domain.findings import Finding, Severity
from bot.domain.record import Level, Part, Record, Value
from bot.providers.kit.countries import country_code
from bot.providers.kit.held_employment import HeldEmployment, unclear_employments
from bot.providers.kit.json_values import amount_of, day_of, digits_of, text_of
from bot.providers.kit.swedish_identity import shown_identity
from bot.providers.kit.swedish_phone import swedish_phone
from bot.providers.kit.xml_body import text_at
from bot.providers.kleer.settings import TEN, chosen
from bot.providers.protocol import FieldSpec, Settings, Write

PAY = frozenset({"salary", "hourly_wage"})
END, ENTRIES = "employment-end-date", "dimension-entries"

USER = ("id", "foreign-id", "internal-id", "name", "email", "active", "dimensions", "dimension-user-percentage")
"""What is written of a user, in the schema's order: it is always written whole."""

AGREEMENT = (
    "ssn", "address2", "zip-code", "state", "country-code", "phone", "clearing-nr", "account-nr",
    "employment-start-date", END, "monthly-salary", "monthly-salary-start-date", "hourly-salary",
    "hourly-salary-start-date", ENTRIES,
)  # fmt: skip
"""What is written of an agreement, in the schema's order: what is left out stays."""

Labels = Callable[[str], str | None]
"""The cost centre with an id; None for what is none."""


@dataclass(frozen=True, slots=True)
class HeldUser:
    """A user and their agreement, None without one, as Kleer shows them; one that it does not show is `hidden`."""

    user: ET.Element = field(repr=False)
    agreement: ET.Element | None = field(repr=False)
    hidden: bool = False

    @property
    def start(self) -> date | None:
        """The first day of employment."""
        return day_of(text_at(self.agreement, "employment-start-date"))

    @property
    def entries(self) -> list[str]:
        """Ids of what the agreement's costs are booked on."""
        rows = [] if self.agreement is None else self.agreement.findall(f"{ENTRIES}/dimension-entry")
        return [identifier for row in rows if (identifier := text_at(row, "id"))]

    @property
    def lines(self) -> dict[date | None, Decimal]:
        """Monthly salaries by the day from which they hold; None for a day that cannot be read."""
        rows = [] if self.agreement is None else self.agreement.iter("full-history-monthly-salary")
        found = {
            day_of(text_at(row, "monthly-salary-start-date")): amount_of(text_at(row, "monthly-salary")) for row in rows
        }
        now = amount_of(text_at(self.agreement, "monthly-salary"))
        if not found and now:
            found = {day_of(text_at(self.agreement, "monthly-salary-start-date")) or self.start: now}
        return {day: amount for day, amount in found.items() if amount is not None}

    def salary_on(self, day: date) -> Decimal:
        """The monthly salary in force on a day, 0 without one."""
        begun = [one for one in self.lines if one is not None and one <= day]
        return self.lines[max(begun)] if begun else Decimal(0)


@dataclass(frozen=True, slots=True)
class KleerColumn:
    """A rule, and how its value is read and written."""

    rule: FieldSpec
    read: Callable[[Any], Value]
    write: Callable[[Value], str]

    @property
    def element(self) -> str:
        """The name of the element."""
        return self.rule.target.rpartition(".")[2]


def _country(value: Any) -> Value:
    return country_code(text_of(value)) or text_of(value)


def sent_text(value: Value) -> str:
    """A value as an element's text. Amounts are whole numbers."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}".partition(".")[0]
    return value.isoformat() if isinstance(value, date) else str(value or "")


def _column(
    level: Level,
    key: str,
    source: str,
    target: str,
    read: Callable[[Any], Value] = text_of,
    write: Callable[[Value], str] = sent_text,
    *,
    when: Write = Write.ALWAYS,
    private: bool = False,
    required: bool = False,
    takes_back: bool = False,
    note: str | None = None,
    beside: tuple[str, ...] = (),
) -> KleerColumn:
    rule = FieldSpec(
        key=key, level=level, source=source, target=target, write=when, private=private, required=required,
        takes_back=takes_back, transformation=f"kleer.field.{note}" if note else None, beside=beside,
    )  # fmt: skip
    return KleerColumn(rule, read, write)


_P, _E, _T = Level.PERSON, Level.EMPLOYMENT, Level.TERMS
_ONCE, _EMPTY = Write.CREATE_ONLY, Write.WHEN_EMPTY

COLUMNS: tuple[KleerColumn, ...] = (
    _column(_P, "number", "employeeNumber", "user.foreign-id", when=_ONCE, required=True, note="number"),
    _column(_P, "name", "firstName, lastName", "user.name", required=True, note="name"),
    _column(_P, "email", "workEmail, privateEmail", "user.email", when=_ONCE, required=True, note="email"),
    _column(
        _E, "identity_number", "ssn", "payroll-user.ssn", shown_identity,
        when=_EMPTY, private=True, required=True, note="identity_number",
    ),
    _column(_E, "street", "homeAddress.street", "payroll-user.address2"),
    _column(_E, "postal_code", "homeAddress.postalCode", "payroll-user.zip-code", digits_of),
    _column(_E, "city", "homeAddress.city", "payroll-user.state", note="city"),
    _column(_E, "country", "homeAddress.country", "payroll-user.country-code", _country, note="country"),
    _column(_E, "phone", "privatePhone, workPhone", "payroll-user.phone", swedish_phone, note="phone"),
    _column(_E, "clearing_number", "bankAccount", "payroll-user.clearing-nr", digits_of, private=True, note="bank"),
    _column(_E, "bank_account", "bankAccount", "payroll-user.account-nr", digits_of, private=True, note="bank"),
    _column(_E, "end_date", "employment.endDate", f"payroll-user.{END}", day_of, takes_back=True, note="end_date"),
    _column(
        _E, "inactive", "", "user.active", lambda text: text == "false", lambda value: sent_text(not value),
        when=Write.ALONG, beside=("end_date",), note="inactive",
    ),
    _column(_E, "cost_center", "costCenter, department", f"payroll-user.{ENTRIES}", note="cost_center"),
    _column(_T, "salary", "compensation.amount", "payroll-user.monthly-salary", amount_of, private=True, note="salary"),
    _column(
        _T, "hourly_wage", "compensation.amount", "payroll-user.hourly-salary", amount_of, private=True, note="hourly",
    ),
)  # fmt: skip

FIELDS: tuple[FieldSpec, ...] = tuple(column.rule for column in COLUMNS)
BY_KEY: Mapping[str, KleerColumn] = {column.rule.key: column for column in COLUMNS}


def texts_of(values: Mapping[str, Value], settings: Settings) -> dict[str, Any]:
    """Values as elements; those that are no plain text (last day, cost centre) are the writer's."""
    made = {BY_KEY[key].element: BY_KEY[key].write(value) for key, value in values.items()}
    if values.get("identity_number") and chosen(settings, "identity_format") == TEN:
        made["ssn"] = str(values["identity_number"])[-10:]
    return made


def record_of(held: HeldUser, labels: Labels) -> Record:
    """A user as a record. The salary in force on the first day of employment stands under that day."""
    parts = [Part(_P, (), _values(_P, held.user))]
    start = held.start
    if held.agreement is None or start is None:
        return tuple(parts)
    job = _values(_E, held.agreement) | {"inactive": BY_KEY["inactive"].read(text_at(held.user, "active"))}
    job["cost_center"] = next((label for one in held.entries if (label := labels(one))), None)
    parts.append(Part(_E, (start,), job))
    days = {day for day in held.lines if day is not None and day > start}
    if any(day is not None and day <= start for day in held.lines):
        days.add(start)
    rate = amount_of(text_at(held.agreement, "hourly-salary"))
    rate_from = max(day_of(text_at(held.agreement, "hourly-salary-start-date")) or start, start)
    for day in sorted(days | ({rate_from} if rate else set())):
        # A rate holds until another one takes its place, which may be 0.
        hourly = rate if rate and day >= rate_from else Decimal(0)
        parts.append(Part(_T, (start, day), {"salary": held.salary_on(day), "hourly_wage": hourly}))
    return tuple(parts)


def _values(level: Level, shown: ET.Element) -> dict[str, Value]:
    return {
        key: column.read(text_at(shown, column.element)) for key, column in BY_KEY.items() if column.rule.level is level
    }


def unclear_of(held: HeldUser) -> dict[date | None, Finding]:
    """Why the agreement cannot be compared, by first day."""
    if held.hidden:
        return {None: Finding("kleer_agreement_hidden", Severity.BLOCKING, "employment")}
    if held.agreement is None:
        return {}
    days = [
        day_of(text_at(row, "monthly-salary-start-date")) for row in held.agreement.iter("full-history-monthly-salary")
    ]
    end = text_at(held.agreement, END)
    return unclear_employments([HeldEmployment(held.start, days, end is None or day_of(end) is not None)])
