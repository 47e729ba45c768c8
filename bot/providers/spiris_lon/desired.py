"""What Spiris Lön should hold of an employee, and what stands in the way of making them.

There is one contract, so employments that follow each other without a gap are one.
"""

from __future__ import annotations

from datetime import date

from bot.core.mailbox import read_mailbox
from bot.domain.employee import Compensation, Employee, PayPeriod
from bot.domain.findings import Finding, Severity
from bot.domain.record import Address, Level, Part, Value
from bot.providers.kit.elements import plain
from bot.providers.kit.one_employment import employment_in_force
from bot.providers.kit.swedish_identity import swedish_identity
from bot.providers.kit.swedish_phone import swedish_phone
from bot.providers.protocol import Desired, Settings
from bot.providers.spiris_lon.field_table import CATEGORIES, FORMS_OF_PAY
from bot.providers.spiris_lon.settings import BLUE_COLLAR, FROM_PAY, HOURLY, chosen

PERSON: Address = (Level.PERSON, ())

Values = dict[str, Value]


class SpirisBuilder:
    """Collects one employee's values and findings."""

    def __init__(self, employee: Employee, settings: Settings, today: date) -> None:
        self._employee, self._settings, self._today = employee, settings, today
        self._findings: list[Finding] = []
        self._when_new: list[Finding] = []

    def build(self) -> Desired:
        """The record, and everything that is to be told."""
        values = {**self._person(), **self._employment()}
        # A last day that is missing is one that payroll must take away: it would stop paying.
        kept = {key: value for key, value in values.items() if value not in (None, "") or key == "end_date"}
        return Desired(
            record=(Part(*PERSON, kept),),
            findings=tuple(_once(self._findings)),
            when_new={PERSON: tuple(self._when_new)} if self._when_new else {},
        )

    def _needed(self, code: str, field: str, /, **values: object) -> None:
        """What nobody is made without; somebody who is there keeps their own."""
        self._when_new.append(Finding(f"spiris_lon_{code}", Severity.BLOCKING, field, values))

    def _person(self) -> Values:
        employee, address = self._employee, self._employee.address
        mails = (employee.work_email, employee.private_email)
        phones = (swedish_phone(phone) for phone in (employee.private_phone, employee.work_phone) if phone)
        values: Values = {
            "number": employee.number.strip(),
            "first_name": plain(employee.first_name),
            "last_name": plain(employee.last_name),
            "email": next((mailbox for mail in mails if mail and (mailbox := read_mailbox(mail))), None),
            "phone": next((phone for phone in phones if phone), None),
            "identity_number": swedish_identity(employee.identity, self._today) if employee.identity else None,
        }
        if values["identity_number"] is None:
            self._needed("identity_needed", "identity_number")
        if address is not None:
            values |= {"street": plain(address.street), "city": plain(address.city)}
            values["postal_code"] = (plain(address.postal_code) or "").replace(" ", "")
        if (bank := employee.bank) is not None:
            values["bank_account"] = f"{bank.clearing or ''} {bank.number or bank.iban or ''}".strip()
        return values

    def _employment(self) -> Values:
        found = employment_in_force(self._employee.employments, self._today)
        self._findings += found.findings
        for later in found.later:
            values = {"day": later.start}
            self._findings.append(Finding("spiris_lon_employment_to_come", Severity.WARNING, "employment", values))
        run = found.run
        if run is None:
            self._findings.append(Finding("employment.missing", Severity.BLOCKING, "employment"))
            return {}
        if run.end is not None and run.end < self._today:
            self._needed("employment_over", "employment")
        category = chosen(self._settings, "employee_category")
        if not category:
            self._needed("category_missing", "personnel_type")
        pay = self._pay()
        return {
            "start_date": run.start,
            "end_date": run.end,
            "personnel_type": CATEGORIES[int(category == BLUE_COLLAR)] if category else None,
            "remuneration_type": self._form_of_pay(pay),
            "salary": f"{pay.amount.normalize():f} {pay.currency} {pay.period}" if pay else None,
        }

    def _pay(self) -> Compensation | None:
        """The pay of today, else the first that is to come."""
        dated = sorted(self._employee.compensations, key=lambda pay: pay.effective)
        begun = [pay for pay in dated if pay.effective <= self._today]
        return begun[-1] if begun else dated[0] if dated else None

    def _form_of_pay(self, pay: Compensation | None) -> str | None:
        form = chosen(self._settings, "form_of_pay")
        if form != FROM_PAY:
            return FORMS_OF_PAY[2 if form == HOURLY else 1]
        if pay is None:
            self._needed("pay_missing", "remuneration_type")
            return None
        return FORMS_OF_PAY[2 if pay.period is PayPeriod.HOUR else 1]


def _once(findings: list[Finding]) -> list[Finding]:
    return [found for place, found in enumerate(findings) if found not in findings[:place]]
