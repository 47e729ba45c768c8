"""The state of a person in Simployer as one hash: another one as soon as anything may have changed.

The fields that can be selected leave out bank account, address and custom fields; identity number, phones and e-mail
addresses are left out here as well. For all of these stands `updated`, which the description gives every employee.
Pay, work weeks and lists have none, so they are taken in as they are.
"""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.core.log_config import id_of
from bot.domain.employee import Employee, EmployeeState, Misread, PersonSummary, Unit
from bot.providers.simployer.calendar import instant
from bot.providers.simployer.cells import word
from bot.providers.simployer.convert import Lookups, Related, doubtful_rate
from bot.providers.simployer.convert import employee as read_whole
from bot.providers.simployer.convert import sighting as read_in_passing

log = structlog.get_logger(__name__)

Row = Mapping[str, Any]

IN_PASSING = (
    "id", "active", "employeeNumber", "firstName", "lastName", "title", "departmentId", "officeId", "costCenterId",
    "effectiveCostCenterId", "managerEmployeeId", "employmentId", "employmentTypeId", "employmentCountry",
    "compensationId", "hireDate", "endDate", "offboardDate", "updated",
)  # fmt: skip
"""The fields selected: who it is, where they belong, and what other rows decide, of which `updated` may not tell."""

_PICKLE = 5
"""Named, so that equal contents are equal bytes from one release of Python to the next."""

FRESH = timedelta(minutes=2)
"""So old must `updated` be to stand for the rest: two changes within its smallest unit look like one."""

_VOLATILE = frozenset({"baseAmount", "exchangeRate"})
"""An amount in the company's own currency and its rate, which move with the market and are not used."""


def employee(row: Row, related: Related, lookups: Lookups, *, now: datetime) -> Employee:
    """The canonical employee of one row. Whatever is in it, it is that person's alone, and no exception of others'."""
    try:
        return read_whole(row, related, lookups, state=state_of(row, related, lookups, now))
    except Exception as error:
        # The exception's own words may hold personal data: not logged.
        log.error("employee_unreadable", system="simployer", error=type(error).__name__, employee=id_of(row["id"]))
        return Employee(
            source_id=row["id"],
            number=word(row.get("employeeNumber")) or "",
            first_name=word(row.get("firstName")) or "",
            last_name=word(row.get("lastName")) or "",
            misread=(Misread("source.unreadable", "employment"),),
        )


def sighting(row: Row, related: Related, lookups: Lookups, *, now: datetime) -> EmployeeState:
    """The person as seen in passing; who cannot be read so has no state, and is read whole."""
    return seen(row, related, lookups, now=now)


def seen(row: Row, related: Related, lookups: Lookups, *, now: datetime | None = None) -> EmployeeState:
    """The person as seen in passing, with a state only where `now` is given."""
    try:
        state = state_of(row, related, lookups, now) if now is not None else ""
        return read_in_passing(row, related, lookups, state=state)
    except Exception as error:
        log.error("sighting_unreadable", system="simployer", error=type(error).__name__, employee=id_of(row["id"]))
        return _nameless(row)


def _nameless(row: Row) -> EmployeeState:
    name = f"{word(row.get('firstName')) or ''} {word(row.get('lastName')) or ''}".strip()
    number = word(row.get("employeeNumber")) or ""
    return EmployeeState(summary=PersonSummary(source_id=row["id"], number=number, name=name))


def seen_whole(row: Row, content: bytes, lists: bytes, related: Related, lookups: Lookups) -> EmployeeState:
    """The person of a row that was read whole; the state is that of everything: of their `content` and of the `lists`.

    Of somebody who is active, employments are not told here: nobody asks for them.
    """
    try:
        jobs = related if row.get("active") is False else Related()
        state = hashlib.sha256(lists + content).hexdigest()
        return read_in_passing(row, jobs, lookups, state=state)
    except Exception as error:
        log.error("sighting_unreadable", system="simployer", error=type(error).__name__, employee=id_of(row["id"]))
        return _nameless(row)


def content_of(row: Row, related: Related) -> bytes:
    """Everything that was read of a person, but for what moves by itself and is not used."""
    pay = [{name: value for name, value in one.items() if name not in _VOLATILE} for one in related.compensations]
    return pickle.dumps((row, related.employments, pay, related.work_weeks, sorted(related.absent)), _PICKLE)


def of_content(content: bytes, lookups: Lookups, *, now: datetime) -> Employee:
    """The employee of what `content_of` gave."""
    # Written by this process a moment ago, and never kept.
    row, employments, compensations, weeks, absent = pickle.loads(content)  # noqa: S301
    return employee(row, Related(employments, compensations, weeks, absent=set(absent)), lookups, now=now)


def digest_of_lists(lookups: Lookups) -> bytes:
    """A digest of all that people refer to: where any of it is another, everybody is."""
    units = (lookups.departments, lookups.offices, lookups.cost_centers, lookups.employment_types)
    zones = sorted((id_, str(zone)) for id_, zone in lookups.office_zones.items())
    weeks = sorted((id_, [list(row.items()) for row in rows]) for id_, rows in lookups.office_weeks.items())
    told = ([sorted(one.items()) for one in units], zones, str(lookups.default_zone), repr(weeks))
    return hashlib.sha256(repr((told, lookups.rates_are_fractions)).encode("utf-8", "surrogatepass")).digest()


def state_of(row: Row, related: Related, lookups: Lookups, now: datetime) -> str:
    """The state of one employee row, with or without the fields that cannot be selected; "" if it says nothing.

    `now` is a time before the row was read.
    """
    updated = instant(row.get("updated"))
    if updated is None or updated > now - FRESH:
        return ""
    shown = [
        {name: row.get(name) for name in IN_PASSING},
        *(_plain(rows) for rows in (related.employments, related.compensations, related.work_weeks)),
        _looked_up(row, related, lookups),
        sorted(related.absent),
    ]
    text = json.dumps(_filled(shown), sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(rows: Iterable[Row]) -> list[Row]:
    kept = [{name: value for name, value in row.items() if name not in _VOLATILE} for row in rows]
    return sorted(kept, key=lambda row: str(row["id"]))


def _looked_up(row: Row, related: Related, lookups: Lookups) -> dict[str, Any]:
    """What the lists say of what the rows refer to."""
    office = word(row.get("officeId")) or ""
    cost_center = word(row.get("costCenterId")) or word(row.get("effectiveCostCenterId")) or ""
    types = {word(job.get("typeId")) or "" for job in related.employments}
    return {
        "department": _unit(lookups.departments.get(word(row.get("departmentId")) or "")),
        "office": _unit(lookups.offices.get(office)),
        "cost_center": _unit(lookups.cost_centers.get(cost_center)),
        "types": {id_: lookups.employment_types[id_].name for id_ in types if id_ in lookups.employment_types},
        "zone": str(lookups.office_zones.get(office, lookups.default_zone)),
        "weeks": _plain(lookups.office_weeks.get(office, ())),
        "fractions": lookups.rates_are_fractions and any(doubtful_rate(job.get("rate")) for job in related.employments),
    }


def _unit(unit: Unit | None) -> list[str | None]:
    return [] if unit is None else [unit.id, unit.name, unit.code, unit.parent_id]


def _filled(value: Any) -> Any:
    """Without what says nothing: a field that is missing, null or blank is the same."""
    if isinstance(value, Mapping):
        kept = {name: _filled(item) for name, item in value.items()}
        return {name: item for name, item in kept.items() if item not in (None, "")}
    if isinstance(value, list):
        return [_filled(item) for item in value]
    return value.strip() if isinstance(value, str) else value
