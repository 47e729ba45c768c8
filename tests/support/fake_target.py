"""A source and a target in memory that keep the provider protocol, and can fail in every way that it allows.

The target is the protocol's reference: parts by date, fields that cannot be read, partial PUT, a create that is
atomic or, by a fault, half done.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import partial

from bot.core.text import text
from bot.domain.change import Change, ChangeKind
from bot.domain.employee import Employee, EmployeeState, PersonSummary, UnitCount
from bot.domain.equality import remaining
from bot.domain.findings import Finding, Severity
from bot.domain.record import Level, Part, Record, Value
from bot.providers.errors import Rejected, Unavailable, WriteConflict
from bot.providers.protocol import (
    EMPLOYEES,
    Account,
    AsBefore,
    Choice,
    Desired,
    FieldSpec,
    ResourceSpec,
    Settings,
    TargetPerson,
    Write,
    WriteResult,
    WriteStatus,
)
from bot.providers.shown_people import ShownEmployee

_P, _E, _T = Level.PERSON, Level.EMPLOYMENT, Level.TERMS

DRAFT = Finding("memory_draft", Severity.WAITING, "number")

FIELDS: tuple[FieldSpec, ...] = (
    FieldSpec(key="number", level=_P, source="employeeNumber", target="no", write=Write.CREATE_ONLY, required=True),
    FieldSpec(key="first_name", level=_P, source="firstName", target="first", required=True),
    FieldSpec(key="last_name", level=_P, source="lastName", target="last", required=True),
    FieldSpec(key="birth_date", level=_P, source="birthDate", target="born"),
    FieldSpec(key="identity_number", level=_P, source="ssn", target="id", write=Write.WHEN_EMPTY, private=True),
    FieldSpec(key="email", level=_P, source="workEmail", target="mail", write=Write.CREATE_ONLY),
    FieldSpec(key="phone", level=_P, source="workPhone", target="phone", clears=True),
    FieldSpec(key="bank_account", level=_P, source="bankAccount", target="bank", private=True),
    FieldSpec(key="user_type", level=_P, source="", target="type", write=Write.CREATE_ONLY),
    FieldSpec(key="end_date", level=_E, source="endDate", target="end"),
    FieldSpec(key="percentage", level=_T, source="rate", target="share"),
    FieldSpec(key="salary", level=_T, source="amount", target="pay", private=True),
)


class Fault(StrEnum):
    """How the next write goes wrong."""

    NONE = "none"
    BUSY = "busy"  # refused before anything was sent
    LOST_BEFORE = "lost_before"  # cut off; nothing was written
    LOST_AFTER = "lost_after"  # cut off; everything was written
    HALF = "half"  # cut off; some of it was written
    BLIND = "blind"  # everything was written, and the read that should settle it fails too
    BLIND_NOTHING = "blind_nothing"  # nothing was written, and the read that should settle it fails too
    CHANGED = "changed"  # the target says that somebody else was quicker
    REFUSED = "refused"  # the target does not like the data


def unavailable(*, sent: bool) -> Unavailable:
    return Unavailable("no answer", text=text("check.target.gone", number="0"), sent=sent)


class MemorySource:
    """Employees in a list; `page` says how many come at a time.

    `states` tells whether it can show the states of people, and `whole` who had to be shown whole all the same.
    """

    def __init__(self, employees: Sequence[Employee] = (), page: int = 2, units: Sequence[UnitCount] = ()) -> None:
        self.people = {employee.source_id: employee for employee in employees}
        self._page = page
        self._units = units
        self.reads = 0
        self.states = True
        self.whole: list[str] = []

    def put(self, *employees: Employee) -> None:
        self.people |= {employee.source_id: employee for employee in employees}

    async def identify(self) -> Account:
        return Account(id="source", name="Source")

    async def employees(self, source_ids: frozenset[str] | None = None) -> AsyncIterator[Sequence[Employee]]:
        chosen = [
            replace(e, state=state_of(e) if self.states else "")
            for e in self.people.values()
            if source_ids is None or e.source_id in source_ids
        ]
        for at in range(0, len(chosen), self._page):
            self.reads += 1
            yield chosen[at : at + self._page]

    async def shown(self, source_ids: frozenset[str] | None) -> AsyncIterator[Sequence[ShownEmployee]]:
        async for page in self.employees(source_ids):
            yield [ShownEmployee(in_passing(person), partial(self._understood, person)) for person in page]

    def _understood(self, person: Employee) -> Employee:
        self.whole.append(person.source_id)
        return person

    async def changes(
        self, source_ids: frozenset[str] | None, as_before: AsBefore
    ) -> AsyncIterator[Sequence[Employee | EmployeeState]]:
        async for page in self.employees(source_ids):
            seen: list[Employee | EmployeeState] = []
            for person in page:
                sighting = in_passing(person)
                if await as_before(sighting):
                    seen.append(sighting)
                else:
                    self.whole.append(person.source_id)
                    seen.append(person)
            yield seen

    async def employed(self, source_ids: frozenset[str] | None = None) -> AsyncIterator[Sequence[EmployeeState]]:
        async for page in self.employees(source_ids):
            yield [in_passing(person) for person in page]

    async def search(self, words: str, limit: int = 100) -> Sequence[PersonSummary]:
        return []

    async def summaries(self, source_ids: Sequence[str]) -> Sequence[PersonSummary]:
        return []

    async def everyone(self) -> Sequence[PersonSummary]:
        return []

    async def departments(self, *, counted: bool = True) -> Sequence[UnitCount]:
        return self._units

    async def offices(self, *, counted: bool = True) -> Sequence[UnitCount]:
        return []

    async def custom_fields(self) -> Sequence[str]:
        return []


def state_of(person: Employee) -> str:
    """Another text as soon as anything of the employee is another."""
    return hashlib.sha256(str(asdict(replace(person, state=""))).encode()).hexdigest()


def in_passing(person: Employee) -> EmployeeState:
    """What a source shows of an employee without the private fields; the state is the employee's own."""
    summary = PersonSummary(
        source_id=person.source_id,
        number=person.number,
        name=person.name,
        department_id=person.department.id if person.department else None,
        office_id=person.office.id if person.office else None,
        active=person.active,
    )
    return EmployeeState(summary=summary, employments=person.employments, state=person.state)


@dataclass
class Stored:
    """A person as the target keeps them: values by part."""

    id: str
    parts: dict[tuple[Level, tuple[date, ...]], dict[str, Value]] = field(default_factory=dict)
    draft: bool = False

    @property
    def person(self) -> dict[str, Value]:
        return self.parts[(_P, ())]


class MemoryTarget:
    """People in a dictionary. `faults` are taken one per write; `unseen` hides people from every read.

    Where it `drafts`, whoever is new waits for an approval.
    """

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self.fields: Sequence[FieldSpec] = FIELDS
        self.employees: ResourceSpec = EMPLOYEES
        self.stored: dict[str, Stored] = {}
        self.faults = list(faults)
        self.unseen: set[str] = set()
        self.findings: Callable[[Employee], tuple[Finding, ...]] = lambda _: ()
        self.before_write: Callable[[Change], None] = lambda _: None
        self.settles_blind = False
        self.listed = ""
        self.writes: list[Change] = []
        self.bulk_reads = self.single_reads = 0
        self.drafts = False

    def add(self, **values: Value) -> str:
        """Somebody who is there before the sync, without employments."""
        person = Stored(f"t{len(self.stored) + 1}")
        person.parts[(_P, ())] = {rule.key: None for rule in FIELDS if rule.level is _P} | values
        self.stored[person.id] = person
        return person.id

    def numbers(self) -> list[str]:
        return sorted(str(stored.person["number"] or "") for stored in self.stored.values())

    async def identify(self) -> Account:
        return Account(id="target", name="Target")

    async def preflight(self) -> Sequence[Finding]:
        return []

    async def choices(self, setting: str) -> Sequence[Choice]:
        return []

    async def people(self) -> AsyncIterator[Sequence[TargetPerson]]:
        self.bulk_reads += 1
        for stored in list(self.stored.values()):
            if stored.id not in self.unseen:
                yield [_shown(stored)]

    async def reference_data_version(self) -> str:
        return self.listed

    async def desired(self, employee: Employee, settings: Settings, today: date) -> Desired:
        return Desired(record=mapped(employee), findings=self.findings(employee))

    async def find(self, employee: Employee) -> Sequence[TargetPerson]:
        people = [_shown(stored) for stored in self.stored.values() if stored.id not in self.unseen]
        return [
            person
            for person in people
            if person.number == employee.number
            or person.name.casefold() == employee.name.casefold()
            or (person.email and person.email == employee.work_email)
        ]

    async def read(self, target_id: str) -> TargetPerson | None:
        self.single_reads += 1
        stored = self.stored.get(target_id)
        return _shown(stored) if stored is not None and target_id not in self.unseen else None

    async def apply(self, change: Change, settings: Settings) -> WriteResult:
        self.before_write(change)
        fault = self.faults.pop(0) if self.faults else Fault.NONE
        self.settles_blind = fault in (Fault.BLIND, Fault.BLIND_NOTHING)
        match fault:
            case Fault.BUSY:
                raise unavailable(sent=False)
            case Fault.LOST_BEFORE | Fault.BLIND_NOTHING:
                raise unavailable(sent=True)
            case Fault.LOST_AFTER | Fault.BLIND:
                self._write(change)
                raise unavailable(sent=True)
            case Fault.HALF:
                self._write(_half(change))
                raise unavailable(sent=True)
            case Fault.CHANGED:
                raise WriteConflict("revision", text=text("check.target.gone", number="0"))
            case Fault.REFUSED:
                raise Rejected("refused", text=text("check.target.rejected"), field="phone", verbatim="Ugyldig format.")
        target_id = self._write(change)
        return WriteResult(target_id=target_id, findings=_shown(self.stored[target_id]).waiting)

    async def resolve_write(self, change: Change) -> tuple[WriteStatus, str | None]:
        if self.settles_blind:
            raise unavailable(sent=False)
        stored = self._known(change)
        if stored is None:
            return WriteStatus.NOT_DONE, None
        record = _shown(stored).record
        fields, parts = remaining(record, change.fields, change.new_parts)
        if not fields and not parts:
            return WriteStatus.DONE, stored.id
        untouched = len(fields) == len(change.fields) and change.kind is ChangeKind.UPDATE
        return (WriteStatus.NOT_DONE if untouched else WriteStatus.PARTLY), stored.id

    def _known(self, change: Change) -> Stored | None:
        if change.kind is ChangeKind.UPDATE:
            return self.stored.get(change.person.target_id or "")
        number = change.person.number
        return next((stored for stored in self.stored.values() if stored.person["number"] == number), None)

    def _write(self, change: Change) -> str:
        self.writes.append(change)
        if change.kind is ChangeKind.CREATE:
            # An honest target does not stop a second person with the same number: that is the sync's duty.
            stored = self.stored[self.add()]
            stored.draft = self.drafts
        else:
            stored = self.stored[change.person.target_id or ""]
        for address in change.new_parts:
            stored.parts.setdefault(address, {rule.key: None for rule in FIELDS if rule.level is address[0]})
        for one in change.fields:
            stored.parts[(one.level, one.key)][one.field] = one.new
        return stored.id


def mapped(employee: Employee) -> Record:
    """The target's record of an employee: one employment per start, one row of terms per effective day."""
    values: dict[str, Value] = {
        "number": employee.number.strip(),
        "first_name": employee.first_name,
        "last_name": employee.last_name,
        "birth_date": employee.birth_date,
        "identity_number": employee.identity.value if employee.identity else None,
        "email": employee.work_email,
        "phone": employee.work_phone,
        "bank_account": employee.bank.number if employee.bank else None,
        "user_type": "NO_ACCESS",
    }
    parts = [Part(_P, (), values)]
    for job in employee.employments:
        parts.append(Part(_E, (job.start,), {"end_date": job.end}))
        days = {max(job.start, pay.effective): pay for pay in employee.compensations}
        for day, pay in days.items():
            if job.end is None or day <= job.end:
                terms = {"percentage": job.percentage or Decimal(0), "salary": pay.amount}
                parts.append(Part(_T, (job.start, day), terms))
    return tuple(parts)


def _half(change: Change) -> Change:
    """The person without the rest, or the first of several fields."""
    if change.kind is ChangeKind.CREATE:
        return replace(
            change,
            fields=tuple(one for one in change.fields if one.level is _P),
            new_parts=tuple(address for address in change.new_parts if address[0] is _P),
        )
    first = change.fields[:1]
    parts = tuple(address for address in change.new_parts if any((one.level, one.key) == address for one in first))
    return replace(change, fields=first, new_parts=parts)


def _shown(stored: Stored) -> TargetPerson:
    person = stored.person
    record = tuple(
        Part(level, key, {name: value for name, value in values.items() if name != "user_type"})
        for (level, key), values in stored.parts.items()
    )
    born, email, identity = person["birth_date"], person["email"], person["identity_number"]
    return TargetPerson(
        id=stored.id,
        number=str(person["number"] or ""),
        first_name=str(person["first_name"] or ""),
        last_name=str(person["last_name"] or ""),
        birth_date=born if isinstance(born, date) else None,
        email=str(email) if email else None,
        identity=str(identity) if identity else None,
        record=record,
        waiting=(DRAFT,) if stored.draft else (),
    )
