"""An inbox in memory: what it was given, delivery by delivery, and what a payroll office would hold after reading it.

It can fail before anything has arrived, after all of it has, or so that nobody can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.domain.change import Change
from bot.domain.employee import Employee
from bot.domain.findings import Finding
from bot.domain.outcome import Outcome
from bot.domain.record import Level, Part, Record, Value
from bot.providers.errors import ProviderError
from bot.providers.protocol import (
    EMPLOYEE_FILES,
    Account,
    Choice,
    DeliveryItem,
    Desired,
    FieldSpec,
    FileTarget,
    Settings,
    Write,
    WriteResult,
)
from bot.sync.apply.deliver import deliver_changes
from bot.sync.compare.fingerprints import SyncedPerson, after
from bot.sync.plan.planner import Plan, make_plan
from bot.sync.plan.request import PlanRequest
from tests.support.employees import TODAY, fingerprint
from tests.support.fake_target import MemorySource
from tests.support.sync_runner import EVERYONE

_P, _E, _T = Level.PERSON, Level.EMPLOYMENT, Level.TERMS

RULES = (
    FieldSpec(key="number", level=_P, source="employeeNumber", target="NO", write=Write.CREATE_ONLY, required=True),
    FieldSpec(key="last_name", level=_P, source="lastName", target="NAME", required=True),
    FieldSpec(key="email", level=_P, source="workEmail", target="MAIL", clears=True),
    FieldSpec(key="phone", level=_P, source="workPhone", target="PHONE"),
    FieldSpec(key="end_date", level=_E, source="endDate", target="END", clears=True),
    FieldSpec(key="salary", level=_T, source="amount", target="PAY", private=True),
)

Values = dict[tuple[Level, tuple[date, ...], str], Value]


class MemoryInbox:
    """Takes deliveries. `trouble` is raised by the next one, after it was taken in if `arrives`."""

    def __init__(self) -> None:
        self.fields: Sequence[FieldSpec] = RULES
        self.employees = EMPLOYEE_FILES
        self.deliveries: list[list[Change]] = []
        self.held: dict[str, Values] = {}
        self.trouble: ProviderError | None = None
        self.arrives = False
        self.before: Callable[[], None] = lambda: None

    async def identify(self) -> Account:
        return Account(id="inbox", name="Inbox")

    async def preflight(self) -> Sequence[Finding]:
        return []

    async def choices(self, setting: str) -> Sequence[Choice]:
        return []

    async def reference_data_version(self) -> str:
        return ""

    async def desired(self, employee: Employee, settings: Settings, today: date) -> Desired:
        return Desired(record=_record(employee, today), place=settings.get("place", ""))

    async def deliver(self, parcels: Sequence[DeliveryItem], settings: Settings) -> Sequence[WriteResult]:
        self.before()
        trouble, self.trouble = self.trouble, None
        if trouble is None or self.arrives:
            self.deliveries.append([parcel.change for parcel in parcels])
            for parcel in parcels:
                values = self.held.setdefault(parcel.number, {})
                for change in parcel.change.fields:
                    values[change.level, change.key, change.field] = change.new
        if trouble is not None:
            raise trouble
        return [WriteResult(target_id=parcel.number) for parcel in parcels]

    def sent(self) -> list[str]:
        """The fields of the latest delivery, in order."""
        return [change.field for parcel in self.deliveries[-1] for change in parcel.fields]


def _record(employee: Employee, today: date) -> Record:
    person: dict[str, Value] = {
        "number": employee.number.strip(),
        "last_name": employee.last_name,
        "email": employee.work_email,
        "phone": employee.work_phone,
    }
    parts = [Part(_P, (), person)]
    for job in employee.employments:
        parts.append(Part(_E, (job.start,), {"end_date": job.end}))
        in_force = max((pay.effective for pay in employee.compensations if pay.effective <= today), default=job.start)
        for pay in employee.compensations:
            past = pay.effective < in_force
            parts.append(Part(_T, (job.start, pay.effective), {"salary": pay.amount}, existing_only=past))
    return tuple(parts)


@dataclass
class Deliveries:
    """A source, an inbox, and what is remembered between runs."""

    source: MemorySource
    inbox: MemoryInbox = field(default_factory=MemoryInbox)
    settings: dict[str, str] = field(default_factory=dict)
    memory: dict[str, SyncedPerson] = field(default_factory=dict)
    today: date = TODAY

    async def plan(self, **options: object) -> Plan:
        request = PlanRequest(
            scope=EVERYONE,
            settings=self.settings,
            environment="production",
            today=self.today,
            fingerprint=fingerprint,
            memory=self.memory,
            countries=("NO",),
            **options,  # type: ignore[arg-type]
        )
        target: FileTarget = self.inbox
        return await make_plan(self.source, target, request)

    async def carry_out(self, changes: Sequence[Change]) -> list[Outcome]:
        """Deliver, and remember as the jobs do."""

        async def note(doubted: Mapping[str, SyncedPerson]) -> None:
            self.memory |= doubted

        outcomes = await deliver_changes(
            changes, self.source, self.inbox, self.settings, self.today, fingerprint=fingerprint, note=note
        )
        self._remember(changes, outcomes)
        return outcomes

    async def sync(self, **options: object) -> list[Change]:
        """A whole run; gives its plan's changes."""
        changes = list((await self.plan(**options)).changes)
        writes = [change for change in changes if change.fields or change.new_parts]
        if writes:
            await self.carry_out(writes)
        return changes

    def _remember(self, changes: Sequence[Change], outcomes: Sequence[Outcome]) -> None:
        for change, outcome in zip(changes, outcomes, strict=True):
            known = after(change, outcome)
            if known is not None:
                self.memory[change.person.source_id] = known
