"""What Xledger should hold of an employee, and what stands in the way.

An employee there is one row with one first and one last day, so employments that follow each other without a gap are
one. Neither pay nor percentage is sent: no mutation for them is known.
"""

from __future__ import annotations

from datetime import date

from bot.domain.employee import Employee, Unit
from bot.domain.findings import Finding, Severity
from bot.domain.record import Address, Level, Part, Value
from bot.providers.kit.elements import plain
from bot.providers.kit.norwegian_account import norwegian_account
from bot.providers.kit.norwegian_identity import norwegian_identity
from bot.providers.kit.norwegian_phone import norwegian_phone
from bot.providers.kit.one_employment import employment_in_force
from bot.providers.kit.record_builder import RecordBuilder
from bot.providers.protocol import Desired, Settings
from bot.providers.xledger.field_table import BY_KEY, able, kind_of
from bot.providers.xledger.reference_data import GROUPS, XledgerReferenceData
from bot.providers.xledger.schema import XledgerSchema
from bot.providers.xledger.settings import BY_HAND, CLEAR, NOT_SENT, POSTINGS, chosen

PERSON: Address = (Level.PERSON, ())

Values = dict[str, Value]


class XledgerBuilder(RecordBuilder):
    """Collects one employee's values and findings. The lists must have been loaded."""

    system = "xledger"

    def __init__(
        self,
        employee: Employee,
        settings: Settings,
        schema: XledgerSchema,
        lists: XledgerReferenceData,
        today: date,
    ) -> None:
        super().__init__(employee, settings, today)
        self._schema = schema
        self._lists = lists
        self._able = able(schema)
        self._when_other: dict[tuple[Level, date, str], Finding] = {}
        self._defaults: set[str] = set()

    def build(self) -> Desired:
        """The record, and everything that is to be told."""
        values = {**self._person(), **self._units(), **self._employment()}
        kept = {
            key: value
            for key, value in values.items()
            if key in self._able and (value not in (None, "") or key == "end_date")
        }
        self._required(kept)
        return Desired(
            record=(Part(*PERSON, kept, defaults=frozenset(self._defaults & kept.keys())),),
            findings=self._told,
            when_new=self.when_new,
            when_other=self._when_other,
            unspoken=frozenset(self._kept_back()),
        )

    def _chosen(self, key: str) -> str:
        return chosen(self._settings, key)

    def _kept_back(self) -> set[str]:
        """What the settings, or the schema, keep from Xledger."""
        units = {self._chosen("department"), self._chosen("cost_center")}
        kept = {posting for posting in POSTINGS if posting not in units}
        kept |= {key for key in ("phone", "bank_account") if self._chosen(key) == NOT_SENT}
        kept |= set() if self._chosen("title_kind") else {"title"}
        kept |= {"end_date"} if self._chosen("leavers") == BY_HAND else set()
        return kept | (BY_KEY.keys() - self._able)

    def _required(self, values: Values) -> None:
        """What the schema demands of somebody new and is not there: without it, nobody is made."""
        sent = {BY_KEY[key].rule.target for key, value in values.items() if value is not None}
        if lacking := sorted(name for name, needed in self._schema.adds.items() if needed and name not in sent):
            names = ", ".join(lacking)
            self._tell_when_new(
                PERSON, Finding("xledger_input_required", Severity.BLOCKING, "employment", {"names": names})
            )

    def _person(self) -> Values:
        employee = self._employee
        values: Values = {
            "number": employee.number.strip(),
            "first_name": plain(employee.first_name),
            "last_name": plain(employee.last_name),
            "full_name": plain(employee.name),
            "birth_date": employee.birth_date,
            "email": self._email(),
        }
        if employee.identity is not None:
            values["identity_number"] = norwegian_identity(employee.identity)
            if values["identity_number"] is None:
                self._find("foreign_identity", Severity.WARNING, "identity_number")
        if self._chosen("phone") != NOT_SENT:
            phones = (norwegian_phone(phone) for phone in (employee.private_phone, employee.work_phone) if phone)
            values["phone"] = next((phone for phone in phones if phone), None)
        if employee.bank is not None and self._chosen("bank_account") != NOT_SENT:
            values["bank_account"] = norwegian_account(employee.bank)
            if values["bank_account"] is None:
                self._find("bank_account_unusable", Severity.WARNING, "bank_account")
        group = self._lists.objects.with_id(GROUPS, self._chosen("employee_group"))
        if group is None and (gone := self._chosen("employee_group")):
            self._tell_when_new(
                PERSON, Finding("xledger_object_unknown", Severity.WARNING, "employee_group", {"unit": gone})
            )
        return values | {"employee_group": group.label if group else None}

    def _units(self) -> Values:
        """Department, cost centre and job title, each of the kind of object that somebody has chosen for it."""
        values: Values = {}
        employee = self._employee
        wanted: list[tuple[str, Unit | None]] = [
            (self._chosen("department"), employee.department),
            (self._chosen("cost_center"), employee.cost_center),
        ]
        if wanted[0][0] == wanted[1][0] != NOT_SENT:
            self._find("posting_twice", Severity.BLOCKING, wanted[0][0])
            return {}
        title = plain(employee.title)
        wanted.append(("title", Unit(id="", name=title) if title else None))
        for key, unit in wanted:
            kind = kind_of(key, self._settings) if key in BY_KEY else ""
            if unit is None or key not in self._able or (not kind and key == "title"):
                continue
            found = self._lists.objects.find(kind, unit.code, unit.name)
            if not kind:
                self._find("kind_missing", Severity.WARNING, key, unit=unit.name)
            elif found is None:
                self._find("object_unknown", Severity.WARNING, key, unit=unit.name)
            values[key] = found.label if found else None
        return values

    def _employment(self) -> Values:
        found = employment_in_force(self._employee.employments, self._today)
        self._findings += found.findings
        run = found.run
        if run is None:
            self._findings.append(Finding("employment.missing", Severity.BLOCKING, "employment"))
            return {}
        for later in found.later:
            self._find("employment_to_come", Severity.WARNING, "employment", day=later.start)
        values: Values = {"start_date": run.start}
        sends, clears = self._chosen("leavers") != BY_HAND, self._chosen("ends") == CLEAR
        if sends and (run.end is not None or clears):
            values["end_date"] = run.end
        elif sends:
            self._tell_other("end_stays", "end_date")
        came_back = any(job.end is not None and job.end < run.start for job in self._employee.employments)
        if came_back and not (sends and clears):
            # Without the old last day taken away, a new first day would stand behind it.
            self._defaults |= {"start_date", "end_date"}
            self._tell_other("comes_back", "start_date", day=run.start)
        if run.end is not None and run.end < self._today:
            self._tell_when_new(PERSON, Finding("xledger_employment_over", Severity.BLOCKING, "employment"))
        return values

    def _tell_other(self, code: str, field: str, /, **values: object) -> None:
        """What is told where Xledger has another value than is sent."""
        self._when_other[Level.PERSON, date.min, field] = Finding(f"xledger_{code}", Severity.WARNING, field, values)
