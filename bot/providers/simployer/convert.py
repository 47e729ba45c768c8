"""From Simployer's JSON to the canonical employee. What cannot be read is kept with the person it belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from bot.core.log_config import id_of
from bot.domain.employee import (
    Address,
    BankAccount,
    Compensation,
    Employee,
    EmployeeState,
    Employment,
    EmploymentType,
    IdentityNumber,
    PayPeriod,
    PersonSummary,
    Scalar,
    Unit,
)
from bot.providers.simployer.calendar import instant
from bot.providers.simployer.cells import (
    BEGINNING_OF_TIME,
    END_OF_TIME,
    NO_ID,
    Cells,
    ascii_digits,
    cleaned,
    country,
    day,
    number,
    word,
)
from bot.providers.simployer.work_week import work_weeks

log = structlog.get_logger(__name__)

Row = Mapping[str, Any]

LONGEST_NAME = 60
"""Characters of the name of a field of the customer's own that are told."""

_PERIODS = {
    "HOURLY": PayPeriod.HOUR,
    "DAILY": PayPeriod.DAY,
    "WEEKLY": PayPeriod.WEEK,
    "BI_WEEKLY": PayPeriod.TWO_WEEKS,
    "MONTHLY": PayPeriod.MONTH,
    "QUARTERLY": PayPeriod.QUARTER,
    "ANNUAL": PayPeriod.YEAR,
}
EMPLOYMENT_KEY, COMPENSATION_KEY = "employmentId", "compensationId"
"""The fields of an employee that refer to the employment and the pay in force."""


@dataclass(slots=True)
class Lookups:
    """What employees refer to by id, read once per connection, and the zone for dates of people without an office."""

    departments: Mapping[str, Unit]
    offices: Mapping[str, Unit]
    cost_centers: Mapping[str, Unit]
    employment_types: Mapping[str, EmploymentType]
    office_zones: Mapping[str, ZoneInfo]
    default_zone: ZoneInfo
    office_weeks: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    rates_are_fractions: bool = False


@dataclass(frozen=True, slots=True)
class Related:
    """One employee's rows of the other lists. `absent` has the fields of the employee (`EMPLOYMENT_KEY`,
    `COMPENSATION_KEY`) that refer to a row which the account does not give."""

    employments: list[dict[str, Any]] = field(default_factory=list)
    compensations: list[dict[str, Any]] = field(default_factory=list)
    work_weeks: list[dict[str, Any]] = field(default_factory=list)
    absent: set[str] = field(default_factory=set, kw_only=True)


def employee(row: Row, related: Related, lookups: Lookups, *, state: str = "") -> Employee:
    """The canonical employee of one employee row and its related rows."""
    cells = Cells()
    office_id = cells.word(row, "officeId", "office")
    zone = _zone(row, lookups)
    office_weeks = lookups.office_weeks.get(office_id or "", ())
    identity = cells.word(row, "ssn", "identity_number")
    if not isinstance(row.get("active"), bool | None):
        cells.unreadable("employment")
    if EMPLOYMENT_KEY in related.absent:
        cells.note("employment.unreadable", "start_date")
    if COMPENSATION_KEY in related.absent:
        cells.note("compensation.unreadable", "compensation")
    if row["id"].startswith(NO_ID):
        cells.note("source.no_id", "number")
    return Employee(
        source_id=str(row["id"]),
        number=cells.word(row, "employeeNumber", "number") or "",
        first_name=cells.word(row, "firstName", "first_name") or "",
        last_name=cells.word(row, "lastName", "last_name") or "",
        active=row.get("active") is not False,
        birth_date=cells.day(row, "birthDate", zone, "birth_date"),
        identity=IdentityNumber(value=identity, country=country(cells.word(row, "ssnCountry", "identity_number")))
        if identity
        else None,
        nationality=cells.word(row, "nationality", "nationality"),
        gender=cells.word(row, "gender", "gender"),
        title=cells.word(row, "title", "title"),
        work_email=cells.word(row, "workEmail", "work_email"),
        private_email=cells.word(row, "privateEmail", "private_email"),
        work_phone=cells.word(row, "workPhoneSanitized", "work_phone") or cells.word(row, "workPhone", "work_phone"),
        private_phone=cells.word(row, "privatePhoneSanitized", "private_phone")
        or cells.word(row, "privatePhone", "private_phone"),
        bank=_bank(row.get("bankAccount"), cells),
        address=_address(row.get("homeAddress"), cells),
        department=_unit_of(cells.word(row, "departmentId", "department"), lookups.departments, "department", cells),
        office=_unit_of(office_id, lookups.offices, "office", cells),
        cost_center=_unit_of(_cost_center(row, cells), lookups.cost_centers, "cost_center", cells),
        hire_date=cells.day(row, "hireDate", zone, "hire_date"),
        end_date=_left(row, zone),
        employments=_employments(related.employments, lookups, zone, cells),
        compensations=_compensations(related.compensations, zone, cells),
        work_weeks=work_weeks(related.work_weeks, office_weeks, zone, cells),
        custom=_custom(row.get("custom"), cells),
        updated=instant(row.get("updated")),
        misread=cells.misread,
        state=state,
    )


def sighting(row: Row, related: Related, lookups: Lookups, *, state: str = "") -> EmployeeState:
    """The state of a person, of a row that need not have more than the fields that can be selected."""
    department, office = word(row.get("departmentId")), word(row.get("officeId"))
    return EmployeeState(
        summary=PersonSummary(
            source_id=str(row["id"]),
            number=word(row.get("employeeNumber")) or "",
            name=f"{word(row.get('firstName')) or ''} {word(row.get('lastName')) or ''}".strip(),
            title=word(row.get("title")),
            department_id=department if department in lookups.departments else None,
            office_id=office if office in lookups.offices else None,
            active=row.get("active") is not False,
            start=day(row, "hireDate", _zone(row, lookups)),
        ),
        employments=_employments(related.employments, lookups, _zone(row, lookups), Cells()),
        state=state,
    )


def _cost_center(row: Row, cells: Cells) -> str | None:
    own = cells.word(row, "costCenterId", "cost_center")
    return own or cells.word(row, "effectiveCostCenterId", "cost_center")


def _unit_of(id_: str | None, known: Mapping[str, Unit], field: str, cells: Cells) -> Unit | None:
    found = known.get(id_ or "")
    if id_ is not None and found is None:
        cells.note("reference.unknown", field)
    return found


def _zone(row: Row, lookups: Lookups) -> ZoneInfo:
    return lookups.office_zones.get(word(row.get("officeId")) or "", lookups.default_zone)


def unit(row: Row, *, code: str | None = None) -> Unit:
    """A department, office or cost centre."""
    return Unit(
        id=str(row["id"]),
        name=word(row.get("name")) or word(row.get("code")) or str(row["id"]),
        code=word(row.get(code)) if code else None,
        parent_id=word(row.get("parentId")),
    )


def _left(row: Row, zone: ZoneInfo) -> date | None:
    """The last day as it is told with the person; what is paid by goes by the employments."""
    told = Cells()
    return told.last_day(row, "endDate", zone) or told.last_day(row, "offboardDate", zone)


def _employments(rows: Iterable[Row], lookups: Lookups, zone: ZoneInfo, cells: Cells) -> tuple[Employment, ...]:
    found = []
    for row in rows:
        start = Cells().day(row, "startDate", zone, "start_date")
        end = cells.last_day(row, "endDate", zone) or cells.last_day(row, "effectiveEndDate", zone)
        if start is None or not BEGINNING_OF_TIME <= start < END_OF_TIME:
            log.warning("employment_without_start", system="simployer", employment=id_of(row["id"]))
            cells.note("employment.unreadable", "start_date", until=end)
            continue
        if end is None and row.get("terminated") is True:
            cells.note("end.missing", "end_date", start=start)
        share = percentage(row.get("rate"), fractions=lookups.rates_are_fractions)
        if share is None and row.get("rate") is not None:
            _note_rate(row.get("rate"), end, cells)
        found.append(
            Employment(
                id=str(row["id"]),
                start=start,
                end=end,
                percentage=share,
                type=_type(row, lookups, end, cells),
                country=country(cells.word(row, "country", "employment")),
            )
        )
    return tuple(sorted(found, key=lambda e: (e.start, e.id)))


def _type(row: Row, lookups: Lookups, end: date | None, cells: Cells) -> EmploymentType | None:
    id_ = cells.word(row, "typeId", "employment_type")
    known = lookups.employment_types.get(id_ or "")
    if id_ is not None and known is None:
        cells.note("reference.unknown", "employment_type", until=end)
    return known


def _note_rate(rate: object, end: date | None, cells: Cells) -> None:
    share = number(rate)
    if share is None:
        cells.note("employment.percentage_unreadable", "percentage", until=end)
    else:
        cells.note("employment.percentage_scale", "percentage", until=end, percentage=share)


MOST_AS_FRACTION = 2
"""The highest share of full time as a fraction: 200 %. No rate of an account that writes percent is as low, save by a
slip, and none of one that writes fractions is higher."""


def percentage(rate: object, *, fractions: bool) -> Decimal | None:
    """An employment rate as percent of full time, None where it is unclear.

    The description does not give the scale. `fractions` says that no rate of the account exceeds `MOST_AS_FRACTION`, so
    that 0.8 means 80 % and 1.2 means 120 %. In an account that writes percent, such a rate is not believed: it is
    either a slip of the scale or an employment of one hundredth, and guessing would pay somebody wrongly.
    """
    value = number(rate)
    if value is None:
        return None
    if fractions:
        return value * 100 if value <= MOST_AS_FRACTION else None
    return None if 0 < value <= MOST_AS_FRACTION else value


def doubtful_rate(rate: object) -> bool:
    """Whether a rate can only be understood once the account's scale is known."""
    value = number(rate)
    return value is not None and value != 0 and -MOST_AS_FRACTION <= value <= MOST_AS_FRACTION


def _currency(value: object) -> str | None:
    """A code of three letters (ISO 4217): other words are not shown to a channel, and may be anything."""
    return code if (code := word(value)) and re.fullmatch(r"[A-Za-z]{3}", code) else None


def _compensations(rows: Iterable[Row], zone: ZoneInfo, cells: Cells) -> tuple[Compensation, ...]:
    """Pay by the day it takes effect. A row that cannot be read stops the person for as long as it would be in force:
    the pay before it is not the pay that was agreed."""
    found: list[Compensation] = []
    unreadable: list[tuple[date, str]] = []
    for row in rows:
        effective, amount = Cells().day(row, "effectiveDate", zone, "start_date"), number(row.get("amount"))
        period, currency = _PERIODS.get(str(row.get("payoutPeriod"))), _currency(row.get("currency"))
        if effective is None or not BEGINNING_OF_TIME <= effective < END_OF_TIME:
            cells.note("compensation.undated", "compensation")
        elif amount is None or period is None or currency is None:
            wrong = "currency" if currency is None and amount is not None and period is not None else "compensation"
            unreadable.append((effective, wrong))
        else:
            found.append(
                Compensation(
                    id=str(row["id"]), effective=effective, amount=amount, currency=currency.upper(), period=period
                )
            )
            continue
        log.warning("compensation_incomplete", system="simployer", row=id_of(row["id"]))
    days = sorted({pay.effective for pay in found} | {effective for effective, _ in unreadable})
    for effective, wrong in unreadable:
        cells.note("compensation.unreadable", wrong, until=_day_before_next(effective, days), effective=effective)
    for effective in days:
        terms = {(pay.amount, pay.currency, pay.period) for pay in found if pay.effective == effective}
        if len(terms) > 1:
            until = _day_before_next(effective, days)
            cells.note("compensation.same_day", "compensation", until=until, effective=effective)
    return tuple(sorted(found, key=lambda c: (c.effective, c.id)))


def _day_before_next(effective: date, days: list[date]) -> date | None:
    later = next((one for one in days if one > effective), None)
    return later - timedelta(days=1) if later else None


def _bank(value: object, cells: Cells) -> BankAccount | None:
    if not isinstance(value, Mapping):
        if value not in (None, ""):
            cells.unreadable("bank_account")
        return None
    account = BankAccount(
        clearing=ascii_digits(cells.word(value, "clearing", "bank_account")),
        number=ascii_digits(cells.word(value, "number", "bank_account")),
        iban=ascii_digits(cells.word(value, "iban", "bank_account")),
        bic=cells.word(value, "bic", "bank_account"),
        bank=word(value.get("bank")),
        country=country(cells.word(value, "country", "bank_account")),
    )
    return account if account.number or account.iban else None


def _address(value: object, cells: Cells) -> Address | None:
    if not isinstance(value, Mapping):
        if value not in (None, ""):
            cells.unreadable("address")
        return None
    address = Address(
        street=cells.word(value, "street", "street"),
        postal_code=ascii_digits(cells.word(value, "postalCode", "postal_code")),
        city=cells.word(value, "city", "city"),
        country=cells.word(value, "country", "country"),
    )
    return address if address.street or address.postal_code or address.city else None


def _custom(value: object, cells: Cells) -> Mapping[str, Scalar]:
    if not isinstance(value, Mapping):
        if value not in (None, ""):
            cells.unreadable("custom")
        return {}
    fields: dict[str, Scalar] = {}
    for key, given in value.items():
        if isinstance(given, str):
            fields[str(key)], whole = cleaned(given)
            if not whole:
                cells.note("source.characters", "custom")
        elif isinstance(given, bool) or given is None:
            fields[str(key)] = given
        elif (exact := number(given)) is not None:
            fields[str(key)] = exact
        else:
            cells.note("custom.unreadable", "custom", name=cleaned(str(key))[0][:LONGEST_NAME])
    return fields
