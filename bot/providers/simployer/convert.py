"""From Simployer's JSON to the canonical employee.

A field that is missing, null or blank is the same nothing: the description makes nearly every field optional and does
not say which of the three a field that nobody filled in will be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import structlog

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
    WorkWeek,
)
from bot.providers.simployer.calendar import calendar_day, instant, zone_named

log = structlog.get_logger(__name__)

Row = Mapping[str, Any]

_PERIODS = {
    "HOURLY": PayPeriod.HOUR,
    "DAILY": PayPeriod.DAY,
    "WEEKLY": PayPeriod.WEEK,
    "BI_WEEKLY": PayPeriod.TWO_WEEKS,
    "MONTHLY": PayPeriod.MONTH,
    "QUARTERLY": PayPeriod.QUARTER,
    "ANNUAL": PayPeriod.YEAR,
}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(slots=True)
class Lookups:
    """What employees refer to by id, read once per connection, and the zone for dates of people without an office."""

    departments: Mapping[str, Unit]
    offices: Mapping[str, Unit]
    cost_centers: Mapping[str, Unit]
    employment_types: Mapping[str, EmploymentType]
    office_zones: Mapping[str, ZoneInfo]
    default_zone: ZoneInfo
    office_weeks: Mapping[str, tuple[WorkWeek, ...]] = field(default_factory=dict)
    rates_are_fractions: bool = False


@dataclass(frozen=True, slots=True)
class Related:
    """One employee's rows of the other lists."""

    employments: list[dict[str, Any]] = field(default_factory=list)
    compensations: list[dict[str, Any]] = field(default_factory=list)
    work_weeks: list[dict[str, Any]] = field(default_factory=list)


def employee(row: Row, related: Related, lookups: Lookups, *, state: str = "") -> Employee:
    """The canonical employee of one employee row and its related rows."""
    office_id = word(row.get("officeId"))
    zone = _zone(row, lookups)
    own_weeks = work_weeks(related.work_weeks, zone)
    cost_center = word(row.get("costCenterId")) or word(row.get("effectiveCostCenterId"))
    identity = word(row.get("ssn"))
    return Employee(
        source_id=str(row["id"]),
        number=word(row.get("employeeNumber")) or "",
        first_name=word(row.get("firstName")) or "",
        last_name=word(row.get("lastName")) or "",
        active=row.get("active") is not False,
        birth_date=day(row, "birthDate", zone),
        identity=IdentityNumber(value=identity, country=country(row.get("ssnCountry"))) if identity else None,
        nationality=word(row.get("nationality")),
        gender=word(row.get("gender")),
        title=word(row.get("title")),
        work_email=word(row.get("workEmail")),
        private_email=word(row.get("privateEmail")),
        work_phone=word(row.get("workPhoneSanitized")) or word(row.get("workPhone")),
        private_phone=word(row.get("privatePhoneSanitized")) or word(row.get("privatePhone")),
        bank=_bank(row.get("bankAccount")),
        address=_address(row.get("homeAddress")),
        department=lookups.departments.get(word(row.get("departmentId")) or ""),
        office=lookups.offices.get(office_id or ""),
        cost_center=lookups.cost_centers.get(cost_center or ""),
        manager_source_id=word(row.get("managerEmployeeId")),
        hire_date=day(row, "hireDate", zone),
        end_date=day(row, "endDate", zone) or day(row, "offboardDate", zone),
        employments=_employments(related.employments, lookups, zone),
        compensations=_compensations(related.compensations, zone),
        work_weeks=own_weeks or lookups.office_weeks.get(office_id or "", ()),
        custom=_custom(row.get("custom")),
        updated=instant(row.get("updated")),
        state=state,
    )


def sighting(row: Row, related: Related, lookups: Lookups, *, state: str = "") -> EmployeeState:
    """The person as seen in passing, of a row that need not have more than the fields that can be selected."""
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
        employments=_employments(related.employments, lookups, _zone(row, lookups)),
        state=state,
    )


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


def _employments(rows: Iterable[Row], lookups: Lookups, zone: ZoneInfo) -> tuple[Employment, ...]:
    found = []
    for row in rows:
        start = day(row, "startDate", zone)
        if start is None:
            log.warning("employment_without_start", system="simployer", employment=row["id"])
            continue
        kind = word(row.get("typeId"))
        found.append(
            Employment(
                id=str(row["id"]),
                start=start,
                end=day(row, "endDate", zone) or day(row, "effectiveEndDate", zone),
                percentage=percentage(row.get("rate"), fractions=lookups.rates_are_fractions),
                type=lookups.employment_types.get(kind or ""),
                country=country(row.get("country")),
                terminated=row.get("terminated") is True,
            )
        )
    return tuple(sorted(found, key=lambda e: (e.start, e.id)))


def percentage(rate: object, *, fractions: bool) -> Decimal | None:
    """An employment rate as percent of full time, None where it is unclear.

    The description does not give the scale. `fractions` says that no rate of the account exceeds 1, so that 0.8 means
    80 %. In an account that writes percent, a rate above 0 and up to 1 is not believed: it is either a slip of the
    scale or an employment of one hundredth, and guessing would pay somebody wrongly.
    """
    value = number(rate)
    if value is None or value < 0:
        return None
    if fractions:
        return value * 100
    return None if 0 < value <= 1 else value


def doubtful_rate(rate: object) -> bool:
    """Whether a rate can only be understood once the account's scale is known."""
    value = number(rate)
    return value is not None and 0 < value <= 1


def _compensations(rows: Iterable[Row], zone: ZoneInfo) -> tuple[Compensation, ...]:
    found = []
    for row in rows:
        effective, amount = day(row, "effectiveDate", zone), number(row.get("amount"))
        period, currency = _PERIODS.get(str(row.get("payoutPeriod"))), word(row.get("currency"))
        if effective is None or amount is None or period is None or currency is None:
            log.warning("compensation_incomplete", system="simployer", row=row["id"])
            continue
        found.append(
            Compensation(id=str(row["id"]), effective=effective, amount=amount, currency=currency, period=period)
        )
    return tuple(sorted(found, key=lambda c: (c.effective, c.id)))


def work_weeks(rows: Iterable[Row], zone: ZoneInfo) -> tuple[WorkWeek, ...]:
    """Work weeks by the day they take effect."""
    found = []
    for row in rows:
        own_zone = zone_named(row.get("timezone"), zone)
        effective = day(row, "effectiveFrom", own_zone)
        if effective is not None:
            until = day(row, "effectiveTo", own_zone)
            found.append(WorkWeek(effective=effective, until=until, minutes=_minutes(row)))
    return tuple(sorted(found, key=lambda week: week.effective))


def _minutes(row: Row) -> tuple[int, ...] | None:
    """Minutes per weekday. The unit of `duration` is not published: nobody works 24 minutes a day, or 25 hours."""
    durations = []
    for name in _WEEKDAYS:
        weekday = row.get(name)
        given = number(weekday.get("duration")) if isinstance(weekday, Mapping) else None
        works = isinstance(weekday, Mapping) and weekday.get("working") is not False
        durations.append(given if given is not None and works else Decimal(0))
    worked = [duration for duration in durations if duration > 0]
    if all(duration <= 24 for duration in worked):
        return tuple(int(duration * 60) for duration in durations)
    if all(24 < duration <= 24 * 60 for duration in worked):
        return tuple(int(duration) for duration in durations)
    return None


def _bank(value: object) -> BankAccount | None:
    if not isinstance(value, Mapping):
        return None
    account = BankAccount(
        clearing=word(value.get("clearing")),
        number=word(value.get("number")),
        iban=word(value.get("iban")),
        bic=word(value.get("bic")),
        bank=word(value.get("bank")),
        country=country(value.get("country")),
    )
    return account if account.number or account.iban else None


def _address(value: object) -> Address | None:
    if not isinstance(value, Mapping):
        return None
    address = Address(
        street=word(value.get("street")),
        postal_code=word(value.get("postalCode")),
        city=word(value.get("city")),
        country=word(value.get("country")),
    )
    return address if address.street or address.postal_code or address.city else None


def _custom(value: object) -> Mapping[str, Scalar]:
    if not isinstance(value, Mapping):
        return {}
    fields: dict[str, Scalar] = {}
    for key, given in value.items():
        if isinstance(given, bool | str | Decimal) or given is None:
            fields[str(key)] = given
        elif isinstance(given, int):
            fields[str(key)] = Decimal(given)
    return fields


def day(row: Row, key: str, zone: ZoneInfo) -> date | None:
    """The calendar day in a field; None for nothing, and for text that is no date, which is logged by its key."""
    try:
        return calendar_day(row.get(key), zone)
    except ValueError:
        log.warning("not_a_date", system="simployer", row=row.get("id"), key=key)
        return None


def word(value: object) -> str | None:
    """Text without blanks around it; None for nothing."""
    if isinstance(value, bool) or value is None:
        return None
    return str(value).strip() or None


def number(value: object) -> Decimal | None:
    """An exact number; None for nothing or for something else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        return Decimal(value)
    return None


def country(value: object) -> str | None:
    """A country code in capitals, as far as the source gave one."""
    text = word(value)
    return text.upper() if text and len(text) == 2 else text
