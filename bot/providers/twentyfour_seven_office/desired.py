"""What 24SevenOffice should hold of an employee, and what stands in the way.

Pay and the employee's percentage are single values there, so only what holds now is sent: a raise on its day, and the
pay of somebody who comes back on their first day, as the one before may still have to be paid by what stands there.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

from bot.domain.employee import BankAccount, Employee, Employment, PayPeriod
from bot.domain.employments import ordered, overlaps
from bot.domain.findings import Finding, Severity
from bot.domain.record import Level, Part, Value
from bot.providers.kit.amounts import rounded, to_cents
from bot.providers.kit.elements import plain
from bot.providers.kit.norwegian_account import norwegian_account
from bot.providers.kit.norwegian_identity import norwegian_identity
from bot.providers.kit.norwegian_phone import norwegian_phone
from bot.providers.kit.occupation_codes import is_code, only_in_target, own_code
from bot.providers.kit.office_units import differs_in_target, offices_decide, unit_of_office
from bot.providers.kit.record_builder import RecordBuilder
from bot.providers.protocol import Desired, Settings
from bot.providers.twentyfour_seven_office.field_table import AMOUNTS, HOURLY, MONTHLY, PAY
from bot.providers.twentyfour_seven_office.reference_data import UNITS, TwentyFourLists
from bot.providers.twentyfour_seven_office.settings import AS_IS, CHOICES, NO_UNITS, NOT_SENT, TO_FULL_TIME, chosen

HUNDRED = Decimal(100)
CURRENCY = "NOK"
_P, _E = Level.PERSON, Level.EMPLOYMENT

_NOT_FOUND = {
    "department": ("department_unknown", "department_ambiguous"),
    "cost_center": ("cost_center_unknown", "cost_center_ambiguous"),
}

Values = dict[str, Value]


class TwentyFourBuilder(RecordBuilder):
    """Collects one employee's values and findings. The lists must have been loaded."""

    system = "twentyfour_seven_office"

    def __init__(self, employee: Employee, settings: Settings, lists: TwentyFourLists, today: date) -> None:
        super().__init__(employee, settings, today)
        self._lists = lists
        self._when_other: dict[tuple[Level, date, str], Finding] = {}

    def build(self) -> Desired:
        """The record, and everything that is to be told."""
        parts = [self._person(), *self._employments()]
        return Desired(
            record=tuple(parts),
            findings=self._told,
            when_new=self.when_new,
            when_other=self._when_other,
            unspoken=frozenset(PAY) if chosen(self._settings, "salary") == NOT_SENT else frozenset(),
        )

    def _person(self) -> Part:
        employee = self._employee
        phones = (norwegian_phone(phone) for phone in (employee.private_phone, employee.work_phone) if phone)
        starts = [one.start for one in ordered(employee.employments)]
        values: Values = {
            "number": self._number(),
            "first_name": plain(employee.first_name),
            "last_name": plain(employee.last_name),
            "email": self._email(),
            "phone": next((phone for phone in phones if phone), None),
            "start_date": min(starts, default=None),
            **self._home(),
        }
        if employee.identity is not None:
            values["identity_number"] = norwegian_identity(employee.identity)
            if values["identity_number"] is None:
                self._find("foreign_identity", Severity.WARNING, "identity_number")
        if employee.bank is not None:
            values |= self._account(employee.bank)
        if chosen(self._settings, "units") != NO_UNITS:
            values |= self._units()
        return Part(_P, (), {key: value for key, value in values.items() if value not in (None, "")})

    def _number(self) -> str:
        """Numbers are whole numbers: one that is written otherwise never matches."""
        number = self._employee.number.strip()
        if number and not re.fullmatch(r"[1-9][0-9]{0,17}", number):
            self._find("number_format", Severity.BLOCKING, "number", number=number)
        return number

    def _account(self, bank: BankAccount) -> Values:
        """Eleven digits of a Norwegian account, else an IBAN with its BIC."""
        if (number := norwegian_account(bank)) is not None:
            return {"bank_account": number}
        iban = re.sub(r"\s", "", bank.iban or "").upper()
        if re.fullmatch(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{8,30}", iban):
            return {"bank_account": iban, "bic": re.sub(r"\s", "", bank.bic or "").upper()}
        self._find("bank_account_unusable", Severity.WARNING, "bank_account")
        return {}

    def _units(self) -> Values:
        values: Values = {}
        for key, unit in zip(UNITS, (self._employee.department, self._employee.cost_center), strict=True):
            if unit is None or not self._lists.has(key):
                continue
            found = self._lists.find(key, unit)
            if len(found) == 1:
                values[key] = found[0].label
            else:
                self._find(_NOT_FOUND[key][bool(found)], Severity.WARNING, key, unit=unit.name)
        return values

    def _employments(self) -> list[Part]:
        employments = ordered(self._employee.employments)
        if not employments:
            self._findings.append(Finding("employment.missing", Severity.BLOCKING, "employment"))
        lasting = [one for one in employments if one.end is None or one.end >= self._today]
        for first, second in overlaps(employments):
            values = {"first": first.start, "second": second.start}
            overlap = Finding("employment.overlap", Severity.BLOCKING, "employment", values)
            if first in lasting and second in lasting:
                # Pay is not tied to an employment in the source; with two at once it might be paid twice.
                self._findings.append(overlap)
            elif second in lasting:
                self._findings.append(replace(overlap, severity=Severity.WARNING))
        # One that is over gets its end where it is there, and is not invented where it is not.
        return [
            self._lasting(one, first=one is employments[0])
            if one in lasting
            else Part(_E, (one.start,), self._end(one), existing_only=True)
            for one in employments
        ]

    def _end(self, employment: Employment) -> Values:
        if employment.end is None:
            return {}
        reason = CHOICES.get(chosen(self._settings, "end_reason"))
        if reason is None:
            self._find("end_reason_missing", Severity.BLOCKING, "end_reason")
        return {"end_date": employment.end, "end_reason": reason}

    def _lasting(self, employment: Employment, *, first: bool) -> Part:
        start = employment.start
        values = self._end(employment)
        for key in ("employment_type", "working_hours_scheme"):
            values[key] = CHOICES[chosen(self._settings, key)]
        self._division(values, start)
        self._form(values, employment)
        self._occupation(values, start)
        share = employment.percentage
        if share is None or not 0 <= share <= HUNDRED:
            self._find("percentage_missing", Severity.BLOCKING, "percentage")
        else:
            values["percentage"] = to_cents(share)
            self._findings += rounded(share, "percentage")
            if start <= self._today or first:
                values["employee_percentage"] = values["percentage"]
        if start <= self._today or first:
            values["primary_employment"] = True
        # What nobody has said of this person fills what is empty, and is no difference to what is there.
        own = own_code(self._employee, chosen(self._settings, "occupation_code_field"))
        unsaid = {"employment_form": employment.type is None, "occupation_code": not is_code(own)}
        kept = {key for key, is_so in unsaid.items() if is_so}
        self._pay(values, employment, first=first)
        return Part(_E, (start,), values, defaults=frozenset(kept & values.keys()))

    def _division(self, values: Values, start: date) -> None:
        """The site of the person's office, where offices are chosen for; else the one of everybody."""
        office = self._employee.office
        decide = offices_decide(self._settings, "office_enterprise")
        of_office = unit_of_office(self._settings, "office_enterprise", "division", office)
        wanted = of_office.value if decide else chosen(self._settings, "enterprise")
        site = self._lists.site(wanted) if wanted else None
        if site is not None:
            values["division"] = site.label
            if decide:
                # It is written to new employments only: what stands in others is payroll's, and told.
                self._when_other[_E, start, "division"] = differs_in_target("division", office, site.label)
        elif decide and of_office.gap is not None:
            self._findings.append(of_office.gap)
            self._tell_when_new((_E, (start,)), *of_office.gap_of_new)
        else:
            self._needed((_E, (start,)), "enterprise_missing", "division")

    def _form(self, values: Values, employment: Employment) -> None:
        # The one built-in type whose name is published; customers name the others as they like.
        permanent = employment.type is not None and employment.type.name == "permanent_employment"
        form = "fast" if permanent else CHOICES.get(chosen(self._settings, "other_employment_form"))
        if form is not None:
            values["employment_form"] = form
            return
        name = employment.type.name if employment.type else ""
        self._find("employment_form_unknown", Severity.WARNING, "employment_form", type=name)
        self._needed((_E, (employment.start,)), "employment_form_unknown", "employment_form", type=name)

    def _occupation(self, values: Values, start: date) -> None:
        """The employee's own code, else the default. It is reported, so one that is there is told and not replaced."""
        own = own_code(self._employee, chosen(self._settings, "occupation_code_field"))
        default = chosen(self._settings, "occupation_code")
        for wrong in (own, default):
            if wrong and not is_code(wrong):
                self._find("occupation_code_invalid", Severity.WARNING, "occupation_code", code=wrong)
        if unsaid := only_in_target(self._employee, chosen(self._settings, "occupation_code_field")):
            self._when_other[_E, start, "occupation_code"] = unsaid
        code = next((one for one in (own, default) if is_code(one)), None)
        if code is None:
            self._needed((_E, (start,)), "occupation_code_missing", "occupation_code")
            return
        values["occupation_code"] = code
        if code == own:
            differs = Finding(
                "twentyfour_seven_office_occupation_differs", Severity.WARNING, "occupation_code", {"code": code}
            )
            self._when_other[_E, start, "occupation_code"] = differs

    def _pay(self, values: Values, employment: Employment, *, first: bool) -> None:
        """The pay that holds today, or on the first day of somebody's first employment."""
        basis = chosen(self._settings, "salary")
        start = employment.start
        pay = self._employee.compensation_on(max(self._today, start))
        if pay is None or basis == NOT_SENT:
            self._tell_when_new(
                (_E, (start,)), Finding("terms.without_pay", Severity.WARNING, "salary", {"start": start})
            )
            return
        if start > self._today and not first:
            later = Finding("twentyfour_seven_office_pay_later", Severity.WARNING, "salary", {"start": start})
            self._tell_when_new((_E, (start,)), later)
            return
        share, found = employment.percentage, list[Finding]()
        if pay.currency.strip().upper() != CURRENCY:
            currency = {"currency": pay.currency, "expected": (CURRENCY,)}
            found = [Finding("compensation.currency", Severity.BLOCKING, "currency", currency)]
        elif pay.period is PayPeriod.HOUR:
            kind, amount = HOURLY, pay.amount
        elif pay.period not in (PayPeriod.MONTH, PayPeriod.YEAR):
            found = [Finding("twentyfour_seven_office_pay_period", Severity.BLOCKING, "compensation")]
        elif basis != AS_IS and not share:
            found = [Finding("twentyfour_seven_office_pay_of_nothing", Severity.BLOCKING, "percentage")]
        else:
            kind, amount = MONTHLY, pay.amount / 12 if pay.period is PayPeriod.YEAR else pay.amount
            if basis != AS_IS and share is not None:
                amount = amount * HUNDRED / share if basis == TO_FULL_TIME else amount * share / HUNDRED
        if found:
            self._findings += found
            return
        values |= {"remuneration_type": kind, AMOUNTS[kind]: to_cents(amount)}
        values["effective_from"] = max(pay.effective, start)
        self._findings += rounded(amount, AMOUNTS[kind])
