"""What a PAXml file should say of an employee, and what in it stands in the way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

import phonenumbers

from bot.core import swedish_number
from bot.core.mailbox import read_mailbox
from bot.domain.employee import BankAccount, Compensation, Employee, Employment, PayPeriod
from bot.domain.employments import ordered, overlaps, runs
from bot.domain.findings import Finding, Severity
from bot.domain.record import Level, Part, Value
from bot.providers.kit import elements
from bot.providers.kit.amounts import rounded
from bot.providers.kit.countries import country_code
from bot.providers.kit.elements import plain
from bot.providers.kit.office_units import unit_of_office
from bot.providers.paxml.settings import COST_CENTER, DAY_AFTER, DEPARTMENT, EXCLUDED, FORMS, OFFICE, chosen

DAY = timedelta(days=1)
CURRENCY = "SEK"
UNIT_LENGTH = 10
"""PAXml 2.0: dimidTYPE."""

_WORD = r"\S(.{0,198}\S)?"

ELEMENTS = elements.ElementRules(
    {
        **dict.fromkeys(("number", "first_name", "last_name", "street", "postal_code", "city", "title"), _WORD),
        "work_phone": r"\+?[0-9 \-()/]{3,30}",
    },
    keys=frozenset({"number", "first_name", "last_name"}),
    key_unfit="paxml_key_unfit",
    value_unfit="paxml_value_unfit",
)
"""The schema bounds nothing but ids of units. How long a text may be in the system behind it is unknown: whatever is
longer than any name or street, or no phone number, would rather be refused with the whole file than cut."""

PUBLISHED_FORMS: Mapping[str, str] = {
    "permanent": "FAST",
    "fixed term": "VISSTID",
    "probationary": "PROV",
    "hourly": "VISSTID",
    "internship": "PRAKTIK",
}
"""Contract types that Simployer's own export knows. Source: Simployer's help centre, "PAXml employee export"."""

PAY_FORMS: Mapping[PayPeriod, tuple[str, str]] = {
    PayPeriod.MONTH: ("MÅN", "salary"),
    PayPeriod.HOUR: ("TIM", "hourly_wage"),
}

Values = dict[str, Value]


class PaxmlPersonBuilder:
    """Collects one employee's values and findings. A field that is left out is not spoken of."""

    def __init__(self, employee: Employee, settings: Mapping[str, str], today: date) -> None:
        self._employee = employee
        self._settings = settings
        self._today = today
        self._findings: list[Finding] = []

    def build(self) -> tuple[Part | None, list[Finding]]:
        """The one part of the record, None without an employment, and the findings."""
        job = self._current()
        if job is None:
            return None, [Finding("employment.missing", Severity.BLOCKING, "employment")]
        employee = self._employee
        values: Values = {
            "number": employee.number.strip(),
            "identity_number": self._identity(),
            "first_name": plain(employee.first_name),
            "last_name": plain(employee.last_name),
            "work_phone": _phone(employee.work_phone),
            # Private addresses are for private life.
            "email": read_mailbox(plain(employee.work_email) or ""),
            "title": plain(employee.title),
        }
        values |= self._unit()
        if values["email"] is None and plain(employee.work_email):
            del values["email"]  # nothing is said of it: one that was delivered stays
            self._findings.append(ELEMENTS.unfit("email"))
        values |= self._address() | self._bank(employee.bank) | self._employment(job)
        values, unfit = ELEMENTS.fitting(values)
        return Part(Level.PERSON, (), values), self._findings + unfit

    def _identity(self) -> str | None:
        """Twelve digits, YYYYMMDDNNNN, of a personnummer or a samordningsnummer."""
        identity = self._employee.identity
        if identity is None or not identity.value.strip():
            return None
        if identity.country in (None, "SE"):
            number = swedish_number.parse(identity.value, self._today)
            if number is not None:
                return number.digits
        self._find("identity_not_swedish", "identity_number")
        return None

    def _address(self) -> Values:
        address = self._employee.address
        if address is None:
            return dict.fromkeys(("street", "postal_code", "city", "country"))
        written, country = plain(address.country), country_code(address.country)
        if written and country is None:
            self._find("country_unknown", "country", country=written)
        return {
            "street": plain(address.street),
            "postal_code": plain(address.postal_code),
            "city": plain(address.city),
            "country": country,
        }

    def _bank(self, bank: BankAccount | None) -> Values:
        if bank is None:
            return {}
        clearing, number = re.sub(r"[\s\-.,]", "", bank.clearing or ""), re.sub(r"[\s\-.,]", "", bank.number or "")
        if re.fullmatch(r"[0-9]{4,5}", clearing) and re.fullmatch(r"[0-9]{2,12}", number):
            return {"clearing_number": clearing, "bank_account": number}
        if number or bank.iban:
            self._find("bank_account_unusable", "bank_account")
        return {}

    def _unit(self) -> Values:
        """The unit's code. Nothing is said of it where an office's is not known: one that was delivered stays."""
        if chosen(self._settings, "unit_from") != OFFICE:
            return {"department": self._unit_of_source()}
        of_office = unit_of_office(self._settings, "office_code", "department", self._employee.office)
        if of_office.gap is not None:
            self._findings.append(of_office.gap)
            return {}
        code = plain(of_office.value)
        if code is None or len(code) > UNIT_LENGTH:
            office = self._employee.office
            self._find("unit_without_code", "department", department=office.name if office else "")
            return {}
        return {"department": code}

    def _unit_of_source(self) -> str | None:
        units = {COST_CENTER: self._employee.cost_center, DEPARTMENT: self._employee.department}
        unit = units.get(chosen(self._settings, "unit_from"))
        if unit is None:
            return None
        code = plain(unit.code)
        if code is None or len(code) > UNIT_LENGTH:
            self._find("unit_without_code", "department", department=unit.name)
            return None
        return code

    def _current(self) -> Employment | None:
        """The employment in force, else the next, else the one that ended last."""
        jobs = ordered(self._employee.employments)
        lasting = [job for job in jobs if job.end is None or job.end >= self._today]
        for first, second in overlaps(lasting):
            # Pay is not tied to an employment in the source; with two at once it might be paid twice.
            values = {"first": first.start, "second": second.start}
            self._findings.append(Finding("employment.overlap", Severity.BLOCKING, "employment", values))
        return lasting[0] if lasting else runs(jobs)[-1].furthest if jobs else None

    def _employment(self, job: Employment) -> Values:
        start, end = self._service(job)
        if end is not None and end < date.max and chosen(self._settings, "leaving_date") == DAY_AFTER:
            end += DAY
        values: Values = {
            "start_date": start,
            "end_date": end,
            "employment_form": self._form(job),
            "percentage": job.percentage,
            "percentage_from": job.start if job.percentage is not None else None,
        }
        if job.percentage is None:
            self._findings.append(Finding("employment.percentage_missing", Severity.WARNING, "percentage"))
        else:
            self._findings += rounded(job.percentage, "percentage")
        # A person has room for one pay: the one in force, and a later one when its day has come.
        last = self._today if job.end is None else min(self._today, job.end)
        pay = self._employee.compensation_on(max(last, start))
        self._tell_what_is_to_come(job, end=self._service(job)[1])
        return values | (self._pay(pay, start) if pay is not None else {})

    def _tell_what_is_to_come(self, job: Employment, end: date | None) -> None:
        """Pay and employments that a file has no room for beside those in force: the payroll gets them on their day."""
        day = max(self._today, job.start)
        for pay in self._employee.compensations:
            if day < pay.effective <= (end or date.max):
                self._find("pay_to_come", "compensation", day=pay.effective)
        for later in ordered(self._employee.employments):
            if later.start > day:
                self._find("employment_to_come", "employment", day=later.start)

    def _service(self, job: Employment) -> tuple[date, date | None]:
        """First and last day of the employments around this one that follow each other without a gap.

        A last day between two of them would make the payroll office settle with somebody who stays.
        """
        run = next(run for run in runs(self._employee.employments) if job in run.employments)
        return run.start, run.end

    def _form(self, job: Employment) -> str | None:
        name = re.sub(r"[\s_\-]+", " ", job.type.name if job.type else "").strip().casefold()
        published = PUBLISHED_FORMS.get(name.removesuffix(" employment"))
        form = published or FORMS.get(chosen(self._settings, "other_form"))
        if form is None and chosen(self._settings, "other_form") == EXCLUDED:
            self._find("form_excluded", "employment_form", blocking=True, form=job.type.name if job.type else "")
        return form

    def _pay(self, pay: Compensation, start: date) -> Values:
        if pay.period not in PAY_FORMS:
            self._find("pay_excluded", "compensation", blocking=True)
            return {}
        if pay.currency.strip().upper() != CURRENCY:
            return {}  # the check of currencies has told it
        form, field = PAY_FORMS[pay.period]
        self._findings += rounded(pay.amount, field)
        return {"remuneration_type": form, field: pay.amount, "pay_from": max(pay.effective, start)}

    def _find(self, code: str, field: str, *, blocking: bool = False, **values: object) -> None:
        severity = Severity.BLOCKING if blocking else Severity.WARNING
        self._findings.append(Finding(f"paxml_{code}", severity, field, values))


def _phone(written: str | None) -> str | None:
    """A number as it is written, in international form where it holds something that a number does not."""
    phone = plain(written)
    if phone is None or ELEMENTS.fits("work_phone", phone):
        return phone
    try:
        parsed = phonenumbers.parse(phone, "SE")
    except phonenumbers.NumberParseException:
        return phone
    if not phonenumbers.is_possible_number(parsed) or parsed.extension:
        return phone  # which is told
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
