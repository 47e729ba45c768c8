"""Periods of service and what holds in them: form of employment, share of full time, and dated monthly pay.

Employments in Simployer that follow each other without a gap are one employment in Agda PS with several dated rows: a
last day in between would make the payroll office settle with somebody who stays. After a gap begins a new one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from bot.domain.employee import Compensation, Employee, Employment, PayPeriod
from bot.domain.employments import EmploymentRun, overlaps, runs
from bot.domain.findings import Finding, Severity
from bot.domain.record import Level, Part, Record, Value
from bot.providers.agda_ps.desired_person import ELEMENTS, plain
from bot.providers.agda_ps.settings import COST_CENTER, DEPARTMENT, OFFICE, chosen
from bot.providers.kit.amounts import rounded
from bot.providers.kit.office_units import unit_of_office

DAY = timedelta(days=1)
CURRENCY = "SEK"

Values = dict[str, Value]


class ServiceBuilder:
    """Collects one employee's parts and findings.

    A service is a part keyed by its start; what holds in it from a day on is one keyed by (start, day), of level
    EMPLOYMENT, and so is dated pay, of level TERMS. What is over is there only to be ended where it was delivered.
    """

    def __init__(self, employee: Employee, settings: Mapping[str, str], today: date) -> None:
        self._employee = employee
        self._settings = settings
        self._today = today
        self._findings: list[Finding] = []
        self._code = chosen(settings, "salary_code")
        self._forms_in_use = bool(chosen(settings, "permanent_form") or chosen(settings, "other_form"))

    def build(self) -> tuple[list[Part], list[Finding]]:
        """Parts and findings."""
        periods = runs(self._employee.employments)
        if not periods:
            return [], [Finding("employment.missing", Severity.BLOCKING, "employment")]
        self._refuse_overlaps()
        parts = [part for service in periods for part in self._service(service)]
        return parts, [one for place, one in enumerate(self._findings) if one not in self._findings[:place]]

    def _refuse_overlaps(self) -> None:
        lasting = [one for one in self._employee.employments if one.end is None or one.end >= self._today]
        for first, second in overlaps(lasting):
            # Pay is not tied to an employment in the source; with two at once it might be paid twice.
            values = {"first": first.start, "second": second.start}
            self._findings.append(Finding("employment.overlap", Severity.BLOCKING, "employment", values))

    def _service(self, service: EmploymentRun) -> Iterator[Part]:
        over = service.end is not None and service.end < self._today
        reason = chosen(self._settings, "leaving_reason") or None
        ending: Values = {"end_date": service.end, "end_reason": reason if service.end else None}
        ending = self._fitting(ending, past=over)
        yield Part(Level.EMPLOYMENT, (service.start,), ending, existing_only=over)
        current = self._current(service)
        for employment in service.employments:
            past = over or (employment.end is not None and employment.end < self._today)
            row = self._fitting(self._row(employment, current=employment is current, past=past), past=past)
            yield Part(Level.EMPLOYMENT, (service.start, employment.start), row, existing_only=past)
        yield from self._pay(service, over=over)

    def _current(self, service: EmploymentRun) -> Employment:
        """The employment in force, else the next, else the last."""
        lasting = [one for one in service.employments if one.end is None or one.end >= self._today]
        return lasting[0] if lasting else service.furthest

    def _fitting(self, values: Values, *, past: bool) -> Values:
        """What can be written of some values. What is past is passed over in silence: it is there as it was."""
        fitting, unfit = ELEMENTS.fitting(values)
        self._findings += [] if past else unfit
        return fitting

    def _row(self, employment: Employment, *, current: bool, past: bool) -> Values:
        values: Values = {"percentage": employment.percentage, "employment_form": self._form(employment)}
        if not past and employment.percentage is None:
            self._findings.append(Finding("employment.percentage_missing", Severity.WARNING, "percentage"))
        if not past and values["employment_form"] is None and self._forms_in_use:
            name = employment.type.name if employment.type else ""
            self._find("form_without_code", "employment_form", type=name)
        if current:
            # The source gives these without a date: they are said of the employment in force alone.
            values["title"] = plain(self._employee.title)
            values["department"] = self._department()
        return values

    def _form(self, employment: Employment) -> str | None:
        # The one built-in type whose name is published; customers name the others as they like.
        permanent = employment.type is not None and employment.type.name == "permanent_employment"
        return chosen(self._settings, "permanent_form" if permanent else "other_form") or None

    def _department(self) -> str | None:
        if chosen(self._settings, "department_from") == OFFICE:
            return self._code_of_office()
        chosen_unit = {COST_CENTER: self._employee.cost_center, DEPARTMENT: self._employee.department}
        unit = chosen_unit.get(chosen(self._settings, "department_from"))
        if unit is None:
            return None
        if unit.code is None:
            self._find("unit_without_code", "department", department=unit.name)
        return plain(unit.code)

    def _code_of_office(self) -> str | None:
        of_office = unit_of_office(self._settings, "office_code", "department", self._employee.office)
        if of_office.gap is not None:
            self._findings.append(of_office.gap)
        return plain(of_office.value)

    def _pay(self, service: EmploymentRun, *, over: bool) -> Iterator[Part]:
        rows = list(self._pay_days(service))
        for place, (day, pay) in enumerate(rows):
            follows = rows[place + 1][0] if place + 1 < len(rows) else None
            past = over or (follows is not None and follows <= self._today)
            if not self._sendable(pay, past=past):
                continue
            last = follows - DAY if follows is not None else service.end
            self._findings += [] if past else rounded(pay.amount, "salary")
            values: Values = {"pay_code": self._code, "salary": pay.amount, "pay_end": last}
            yield Part(Level.TERMS, (service.start, day), values, existing_only=past)

    def _pay_days(self, service: EmploymentRun) -> Iterator[tuple[date, Compensation]]:
        """From which days on which pay holds within the service."""
        at_start = self._employee.compensation_on(service.start)
        if at_start is not None:
            yield service.start, at_start
        for pay in self._employee.compensations:
            if service.start < pay.effective <= (service.end or date.max):
                yield pay.effective, pay

    def _sendable(self, pay: Compensation, *, past: bool) -> bool:
        """Whether Agda PS can be given the pay; what is past is passed over in silence."""
        problem = None
        if pay.period is not PayPeriod.MONTH:
            problem = "pay_not_monthly"
        elif not self._code:
            problem = "salary_code_missing"
        elif not ELEMENTS.fits("pay_code", self._code):
            self._findings += [] if past else [ELEMENTS.unfit("pay_code")]
            return False
        if problem is not None and not past:
            self._find(problem, "compensation")
        return problem is None and pay.currency.strip().upper() == CURRENCY

    def _find(self, code: str, field: str, **values: object) -> None:
        self._findings.append(Finding(f"agda_ps_{code}", Severity.WARNING, field, values))


def with_rows_of_pay(record: Record, keys: Sequence[tuple[date, ...]]) -> Record:
    """The record with rows of pay on days from which it has none: each goes on with the pay that holds there.

    A row that was delivered stays in Agda PS and runs until it ends. So it is given the pay in force, the row before it
    ends the day before, and it ends where that one would have: never two open rows. Where no pay holds on its day
    (before a start that was corrected, or after the last day) it is ended, and its amount left as it was.
    """
    parts = {part.key: part for part in record if part.level is Level.TERMS}
    for key in sorted(keys):
        start, day = key
        earlier = [one for one in sorted(parts) if one[0] == start and one[1] < day]
        before = parts[earlier[-1]] if earlier else None
        end = before.values.get("pay_end") if before is not None else None
        if before is None or (isinstance(end, date) and end < day):
            later = [other[1] for other in (*parts, *keys) if other[0] == start and other[1] > day]
            code = next((part.values["pay_code"] for part in parts.values()), None)
            if code is not None and (later or before is not None):
                last = day if before is not None else min(later) - DAY
                parts[key] = Part(Level.TERMS, key, {"pay_code": code, "pay_end": last})
            continue
        parts[before.key] = replace(before, values={**before.values, "pay_end": day - DAY})
        parts[key] = replace(before, key=key)
    return (*(part for part in record if part.level is not Level.TERMS), *(parts[key] for key in sorted(parts)))


def with_rows_of_service(record: Record, keys: Sequence[tuple[date, ...]]) -> Record:
    """The record with rows of service on days from which it has none: each goes on with what holds there.

    A row has no end of its own: one that was delivered and is gone would go on with its share of full time, form of
    employment, position and department, whatever the row before it is given.
    """
    level = Level.EMPLOYMENT
    rows = {part.key: part for part in record if part.level is level and len(part.key) == 2}
    more = []
    for start, day in sorted(keys):
        before = max((key for key in rows if key[0] == start and key[1] < day), default=None)
        if before is not None:
            more.append(replace(rows[before], key=(start, day)))
    return (*record, *more)
