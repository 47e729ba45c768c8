"""What a provider is. A source is read; a target is read, compared and written.

A provider declares itself with `ProviderInfo` and a factory; `bot/providers/registry.py` finds it. Nothing outside a
provider's folder knows its API, and no provider knows Slack, storage or another provider.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from bot.core.private_words import Secret
from bot.domain.change import Change
from bot.domain.employee import Employee, EmployeeState, PersonSummary, UnitCount
from bot.domain.findings import Finding
from bot.domain.record import Address, Level, Record
from bot.domain.resource import Capability
from bot.providers.declaration import EMPLOYEE_FILES as EMPLOYEE_FILES
from bot.providers.declaration import EMPLOYEES as EMPLOYEES
from bot.providers.declaration import NEW_EMPLOYEES as NEW_EMPLOYEES
from bot.providers.declaration import ControlProof as ControlProof
from bot.providers.declaration import CredentialField as CredentialField
from bot.providers.declaration import Credentials as Credentials
from bot.providers.declaration import ProviderInfo as ProviderInfo
from bot.providers.declaration import ResourceSpec as ResourceSpec
from bot.providers.declaration import SettingField as SettingField
from bot.providers.declaration import office_key as office_key
from bot.providers.declaration import split_office_key as split_office_key
from bot.providers.errors import Rejected
from bot.providers.field_spec import TYPED_IN as TYPED_IN
from bot.providers.field_spec import FieldSpec as FieldSpec
from bot.providers.field_spec import Write as Write
from bot.providers.token_keeper import TokenKeeper

if TYPE_CHECKING:
    from typing_extensions import TypeIs

NO_SECRETS = frozenset(
    {"delivery", "environment", "port", "folder", "remote_folder", "company_name", "company_number",
     "company_id", "organisation_number", "host_key", "access_until"}
)  # fmt: skip
"""Credentials that are shown to people anyway, or are choices: a system may quote them."""

SECRET_OPTION = re.compile("token|secret|password|key")

Settings = Mapping[str, str]
"""An integration's choices by the keys of `ProviderInfo.settings`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The account that credentials lead to. `id` is stable and names it for ever; `name` is shown to people."""

    id: str
    name: str
    organisation_number: str | None = None
    environment: str = "production"
    user: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A value of a setting and its name in the target."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetPerson:
    """A person as the target holds them. `record` has the fields of the provider's table that could be read.

    `identity` is the bare identity number (digits) where the target shows it. `waiting` has findings of that severity:
    what somebody has to do in the target before the person counts there. `unclear` has a blocking finding for each
    employment that cannot be compared, by its first day; None for one whose first day cannot be read.
    """

    id: str
    number: str
    first_name: str
    last_name: str
    birth_date: date | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    identity: str | None = field(default=None, repr=False)
    record: Record = field(default=(), repr=False)
    waiting: tuple[Finding, ...] = ()
    unclear: Mapping[date | None, Finding] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """First and last name, as shown to people."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """What the target should hold of an employee, and what stands in the way (the target's own checks).

    `place` names where an inbox would put it: what was delivered to another place does not count here. `when_new` are
    findings that hold only if a part has to be made, by its address: one that blocks there keeps the employee out.
    `when_empty` are findings that hold only while the target has nothing in a field: by level, start of the employment
    (of a person `date.min`) and field; `when_other` those that hold while it has another value there than the record,
    which is not written. `exclusive` names fields that it takes of one new person only, `unspoken` those withheld.
    `believed_days` is for how long it would be made the same where something was asked for that
    `reference_data_version` does not tell: 0 for this time alone, None where nothing was.
    """

    record: Record = field(default=(), repr=False)
    findings: tuple[Finding, ...] = ()
    when_new: Mapping[tuple[Level, tuple[date, ...]], tuple[Finding, ...]] = field(default_factory=dict)
    when_empty: Mapping[tuple[Level, date, str], Finding] = field(default_factory=dict)
    when_other: Mapping[tuple[Level, date, str], Finding] = field(default_factory=dict)
    exclusive: tuple[str, ...] = ()
    unspoken: frozenset[str] = frozenset()
    place: str = ""
    believed_days: int | None = None


class WriteStatus(StrEnum):
    """What a read says of a write whose answer never came."""

    DONE = "done"
    NOT_DONE = "not_done"
    PARTLY = "partly"


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteResult:
    """A change that was made. `target_id` names the person in the target; `wrote` is False if nothing had to be."""

    target_id: str
    wrote: bool = True
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryItem:
    """One employee's part of a delivery: the change, and the whole record, as a group of fields is delivered whole."""

    change: Change
    record: Record = field(repr=False)

    @property
    def number(self) -> str:
        """The number under which the system knows the employee, or will."""
        return self.change.person.target_id or self.change.person.number.strip()


AsBefore = Callable[[EmployeeState], Awaitable[bool]]
"""Asked of somebody's state: whether they need not be read whole."""


class Source(Protocol):
    """A system that people are read from. All methods raise `ProviderError`."""

    async def identify(self) -> Account:
        """Prove the credentials and name the account, with one cheap read."""
        ...

    def employees(self, source_ids: frozenset[str] | None = None) -> AsyncIterator[Sequence[Employee]]:
        """Pages of employees with their history, of everyone or of those named, inactive ones too."""
        ...

    def changes(
        self, source_ids: frozenset[str] | None, as_before: AsBefore
    ) -> AsyncIterator[Sequence[Employee | EmployeeState]]:
        """The same people as `employees` gives, but only the state of those whom `as_before` knows.

        A source that has no such state gives everyone whole.
        """
        ...

    async def search(self, words: str, limit: int = 100) -> Sequence[PersonSummary]:
        """Active people whose name or employee number contains all words, ordered by name."""
        ...

    async def summaries(self, source_ids: Sequence[str]) -> Sequence[PersonSummary]:
        """The named people; unknown ids are left out."""
        ...

    async def everyone(self) -> Sequence[PersonSummary]:
        """All active people, ordered by name; may be some minutes old, so it counts a scope and decides nothing."""
        ...

    async def departments(self, *, counted: bool = True) -> Sequence[UnitCount]:
        """All departments with how many active people each has, ordered by name; with 0 unless `counted`."""
        ...

    async def offices(self, *, counted: bool = True) -> Sequence[UnitCount]:
        """All offices with how many active people each has, ordered by name; with 0 unless `counted`."""
        ...

    async def custom_fields(self) -> Sequence[str]:
        """Keys of the customer's own fields, as far as they can be seen."""
        ...


class TargetBase(Protocol):
    """What all systems that people are written to have in common. All methods raise `ProviderError`.

    `employees` is what the provider declares of people (`ProviderInfo.spec`): by it, and not by its methods, a file
    target is told from one that is read.
    """

    fields: Sequence[FieldSpec]
    employees: ResourceSpec

    async def identify(self) -> Account:
        """Prove the credentials and name the account."""
        ...

    async def preflight(self) -> Sequence[Finding]:
        """Harmless reads that show missing rights or set-up, so that a filtered list is never taken for an empty one.

        Raises `NotPermitted` where a sync would be unsafe; returns findings where it would only be poorer.
        """
        ...

    async def choices(self, setting: str) -> Sequence[Choice]:
        """The values that a live setting can take in this account."""
        ...

    async def reference_data_version(self) -> str:
        """The account's lists that `desired` looks things up in, as a text to compare; "" if it looks nothing up. A
        `Desired.place` that the settings do not name is in it too.

        While it stays the same, `desired` says the same of an employee who stays the same.
        """
        ...

    async def desired(self, employee: Employee, settings: Settings, today: date) -> Desired:
        """The record that the employee should have, by the field table; no request beyond cached lists."""
        ...


class Target(TargetBase, Protocol):
    """A system that people are read from and written to, one by one. All methods raise `ProviderError`."""

    def people(self) -> AsyncIterator[Sequence[TargetPerson]]:
        """Pages of everyone in the account, with their records."""
        ...

    async def find(self, employee: Employee) -> Sequence[TargetPerson]:
        """A fresh search before a create: by number, then by name, e-mail and birth date where the target can."""
        ...

    async def read(self, target_id: str) -> TargetPerson | None:
        """One person, fresh; None when the target no longer knows the id."""
        ...

    async def apply(self, change: Change, settings: Settings) -> WriteResult:
        """Make exactly this change: a CREATE or UPDATE of a plan.

        Raises `WriteConflict` when the target has changed underneath, `Rejected` for this employee's data,
        `Unavailable(sent=True)` when the outcome is unknown.
        """
        ...

    async def resolve_write(self, change: Change) -> tuple[WriteStatus, str | None]:
        """Read whether a change of unknown outcome was made, and the person's id if they exist."""
        ...


@runtime_checkable
class Carries(Protocol):
    """A file target that keeps a dated row until another one follows; none can be taken away."""

    def carry(self, record: Record, rows: Sequence[Address]) -> Record:
        """The record with a part for each of these delivered rows that it lacks: what holds on that day, if any."""
        ...


@runtime_checkable
class Refuses(Protocol):
    """A file target that can tell which parcels would spoil a file for all: they are left out, and told."""

    def refused(self, parcels: Sequence[DeliveryItem]) -> Mapping[int, Rejected]:
        """Why some of the parcels cannot be in one file, by their position."""
        ...


@runtime_checkable
class LeavesUnsaid(Protocol):
    """A file target whose files cannot say everything: a plan tells it before anything is delivered."""

    def unsaid(self, change: Change) -> Sequence[Finding]:
        """What a delivery of this change does not say, and a person must do instead."""
        ...


class FileTarget(TargetBase, Protocol):
    """A system that takes deliveries of many people and cannot be read. All methods raise `ProviderError`.

    What it holds is what was delivered: the core keeps fingerprints of it, compares with them, and delivers what
    has changed. A delivery may be repeated, since it sets values and never adds to them.
    """

    async def deliver(self, parcels: Sequence[DeliveryItem], settings: Settings) -> Sequence[WriteResult]:
        """Deliver all of the parcels or none, and give what became of each, in their order.

        Asks `bot.core.ownership` just before the system can see them. `Unavailable(sent=True)`: it may have arrived.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedFile:
    """A file as a file target would be given it, and the name that it would have. It holds what is most private."""

    name: str
    content: bytes = field(repr=False)


class FileExporter(FileTarget, Protocol):
    """A file target whose files can also be given to a person, who imports them by hand. Raises `ProviderError`."""

    async def pack(self, parcels: Sequence[DeliveryItem], settings: Settings) -> PackedFile:
        """The file that `deliver` would deliver; nothing is sent anywhere."""
        ...


def takes_files(target: Target | FileTarget) -> TypeIs[FileTarget]:
    """Whether people go there as files that cannot be read back."""
    return target.employees.capability is Capability.FILE_SNAPSHOT


def makes_files(target: Target | FileTarget) -> TypeIs[FileExporter]:
    """Whether its files can be given to a person."""
    return target.employees.exports_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How to reach a provider: credentials, and addresses or limits that an operator may set.

    `tokens` keeps what the system puts in the place of the credentials; None while nothing is stored of them yet.
    """

    credentials: Credentials = field(repr=False)
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    expected_account: str | None = None
    tokens: TokenKeeper | None = field(default=None, repr=False, compare=False)
    secret: Secret = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # While the connection lives, no error of a system can quote what it is opened with.
        words = [value for key, value in self.credentials.items() if key not in NO_SECRETS]
        words += [value for key, value in self.options.items() if SECRET_OPTION.search(key)]
        object.__setattr__(self, "secret", Secret(words))


class SourceProvider(Protocol):
    """A source as the registry holds it."""

    info: ProviderInfo

    def connect(self, connection: Connection) -> AbstractAsyncContextManager[Source]:
        """Open the source; nothing is sent before the first call."""
        ...


class TargetProvider(Protocol):
    """A target as the registry holds it."""

    info: ProviderInfo
    fields: Sequence[FieldSpec]

    def connect(self, connection: Connection) -> AbstractAsyncContextManager[Target | FileTarget]:
        """Open the target; nothing is sent before the first call. `expected_account` pins it."""
        ...
