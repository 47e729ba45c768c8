"""What a provider declares of itself: what it is, what it asks for, and how control of an account is proven."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import product
from typing import Self

from bot.domain.resource import Capability, LeaveWay, Resource

Credentials = Mapping[str, str]
"""Credential values by the keys of `ProviderInfo.credentials`. Never logged, shown or put into an exception."""


_OFFICE = ".office."


def office_key(setting: str, office_id: str) -> str:
    """The key under which the choice of a `by_office` setting for one office of the source is stored."""
    return f"{setting}{_OFFICE}{office_id}"


def split_office_key(key: str) -> tuple[str, str]:
    """A stored key's setting, and the office that it is for; "" for a setting that is for everybody."""
    setting, _, office_id = key.partition(_OFFICE)
    return setting, office_id


class Undeclared(ValueError):
    """A provider cannot be declared like this; the message says why."""


class ControlProof(StrEnum):
    """How it is proven that an account is the workspace's. What is public (a tenant's id, a folder's name, an
    organisation's number) proves nothing."""

    CUSTOMER_SECRET = "customer_secret"  # noqa: S105 - a word
    VENDOR_CONSENT = "vendor_consent"
    OPERATOR_ASSIGNMENT = "operator_assignment"


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialField:
    """One credential to ask for. Texts: `<provider>.credential.<key>` with `.hint` and `.placeholder`.

    `choices` makes it a menu (texts `<provider>.credential.<key>.<choice>`); the first is the default. `when` is
    (key, choice) of an earlier one with choices: this one is asked for only while that is chosen. `assigned` is what
    names something public, or that can be guessed: it counts only where the operator has assigned it to the workspace.
    `any_case` is one in which small and capital letters are the same. `registered` names, by choice, what the operator
    must have set for it to work: where some are set, the others are offered only once those were refused.
    """

    key: str
    secret: bool = True
    optional: bool = False
    choices: tuple[str, ...] = ()
    max_length: int = 3000
    multiline: bool = False
    when: tuple[str, str] | None = None
    assigned: bool = False
    any_case: bool = False
    registered: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingField:
    """One choice an integration makes. Texts: `<provider>.setting.<key>` with `.hint`.

    `choices` lists fixed values (texts `<provider>.setting.<key>.<choice>`); `live` means they are read from the
    target with `Target.choices`; with neither, the value is typed. `ask` puts the question into the set-up; others
    have a default and wait in the mapping dialog. Choices in `once_tested` are offered when a sync has succeeded.
    Choices in `retired` are heeded and named where one is stored, and offered nowhere else.
    A typed value may be the key of one of the customer's own fields in the source (`own_field`) or a `number`.
    `group` gathers what belongs together (texts `mapping.group.<group>`): people, employment, pay or delivery.
    `by_office` is one that is chosen for each office of the source, and never for everybody: its values are stored by
    `office_key`.
    """

    key: str
    choices: tuple[str, ...] = ()
    live: bool = False
    default: str | None = None
    required: bool = False
    ask: bool = False
    once_tested: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    own_field: bool = False
    number: bool = False
    group: str = "employment"
    by_office: bool = False


class LockSignal(StrEnum):
    """How a target tells that a day is closed: it can be read, it is seen when a write is refused, or not at all."""

    READ = "read"
    ERROR = "error"
    NONE = "none"


class LateChange(StrEnum):
    """What becomes of a change on a closed day.

    HOLD: it waits until somebody opens the day. TRY: it is sent once a person has approved it. OPEN_PERIOD: minus and
    plus in the open period, with the day in the text, once approved. LIST: a person types it in.
    """

    HOLD = "hold"
    TRY = "try"
    OPEN_PERIOD = "open_period"
    LIST = "list"

    @property
    def writes(self) -> bool:
        """Whether something is written on a closed day, once a person has approved."""
        return self in (LateChange.TRY, LateChange.OPEN_PERIOD)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveLimits:
    """What a target can do with leave.

    `ways` are those that its codes may have. `children`: its rows tell children apart, so a key has a child.
    `deletes` and `updates` say whether rows can be changed so; where they cannot, minus and plus if `negates`.
    `period_deletes`: whether a leave of absence can be taken back without a person. `horizon_months` is how far ahead
    it takes days. `percent_places` are the decimals of a percentage. `open_codes`: there is no list of codes that could
    be known, so the code of a leave type, or one that somebody has typed, is taken as it stands. `number_shape` is a
    regular expression of the employee numbers that its files can hold, None for any. `list_alone`: there is no known
    way to hand it anything, so that a person types a list in.
    """

    ways: frozenset[LeaveWay] = frozenset({LeaveWay.DAY})
    reads: bool = True
    updates: bool = True
    deletes: bool = True
    negates: bool = False
    period_deletes: bool = False
    children: bool = False
    lock_signal: LockSignal = LockSignal.NONE
    late_change: LateChange = LateChange.HOLD
    needs_schedule: bool = False
    horizon_months: int = 12
    percent_places: int = 2
    open_codes: bool = False
    number_shape: str | None = None
    list_alone: bool = False

    def takes_number(self, number: str) -> bool:
        """Whether an employee number, without blanks around it, can stand in its files."""
        return self.number_shape is None or re.fullmatch(self.number_shape, number) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveFieldSpec:
    """One row of a provider's table for absence, for documentation: what of a leave goes where (`leave.field.<key>`).

    `transformation` is a text key that says what happens on the way, None when it is copied as it is.
    """

    key: str
    source: str
    target: str
    private: bool = False
    transformation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceSpec:
    """What a provider says of one resource: how it takes it, and what an integration chooses for it.

    `exports_file` says that a person may have it as a file. `settings` are those of this resource alone; the
    employees' are `ProviderInfo.settings`. `leave` and `fields` are given for absence, and for nothing else: the
    employees' table is the provider's `fields`. `max_batch` is how many rows go into one request or file, 0 for no
    limit. `changes` says whether somebody who is there can be changed: where not, whoever is missing is made, and what
    differs of the others is a list for a person to type in. A source declares what it can be read for, with RECONCILE.
    """

    resource: Resource
    capability: Capability
    exports_file: bool = False
    settings: tuple[SettingField, ...] = ()
    max_batch: int = 1
    fields: tuple[LeaveFieldSpec, ...] = ()
    leave: LeaveLimits | None = None
    changes: bool = True

    def __post_init__(self) -> None:
        if self.leave is not None and self.resource is not Resource.ABSENCE:
            raise Undeclared(f"{self.resource}: only absence has limits of leave")


EMPLOYEES = ResourceSpec(resource=Resource.EMPLOYEES, capability=Capability.RECONCILE)
"""A provider that people are read from, or compared and written one by one."""

NEW_EMPLOYEES = ResourceSpec(resource=Resource.EMPLOYEES, capability=Capability.RECONCILE, changes=False)
"""A provider that people are read from and created in, and never changed."""

EMPLOYEE_FILES = ResourceSpec(resource=Resource.EMPLOYEES, capability=Capability.FILE_SNAPSHOT)
"""A file target for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderInfo:
    """What a provider is. `key` is its folder's name; texts: `<key>.name`, `<key>.summary`, `<key>.needs`.

    `countries` are ISO 3166-1 alpha-2. `syncs` are text keys `syncs.<word>` (personal, employment, salary, ...).
    `resources` says what it takes, and how. `control` is how it is proven that an account is the workspace's; while a
    credential is asked for that is `assigned`, the operator's assignment is needed whatever `control` is. `key_page` is
    the system's own page on which a key is made, where it has one and it is known. Raises `Undeclared` where a customer
    could be connected without a proof, or a resource is declared twice.
    """

    key: str
    countries: tuple[str, ...]
    control: ControlProof
    syncs: tuple[str, ...] = ()
    credentials: tuple[CredentialField, ...] = ()
    settings: tuple[SettingField, ...] = ()
    resources: tuple[ResourceSpec, ...] = (EMPLOYEES,)
    key_page: str = ""

    def __post_init__(self) -> None:
        if len({spec.resource for spec in self.resources}) != len(self.resources):
            raise Undeclared(f"{self.key}: a resource is declared once")
        if any(field.assigned and field.secret for field in self.credentials):
            raise Undeclared(f"{self.key}: what the operator assigns is no secret")
        if self.control is ControlProof.VENDOR_CONSENT and [field.key for field in self.credentials] != ["consent"]:
            raise Undeclared(f"{self.key}: what a vendor's consent leads to is all that is asked for")
        for values in self._ways():
            asked = self.asked(values)
            assigned = [field for field in asked if field.assigned]
            if len(assigned) > 1:
                raise Undeclared(f"{self.key}: one credential names what is assigned, not several")
            if not assigned and self.control is ControlProof.OPERATOR_ASSIGNMENT:
                raise Undeclared(f"{self.key}: no credential names what the operator assigns")
            if not assigned and not any(field.secret for field in asked):
                raise Undeclared(f"{self.key}: what is asked for is public, and that proves nothing")

    def spec(self, resource: Resource) -> ResourceSpec | None:
        """What it says of a resource; None where it does not take it."""
        return next((spec for spec in self.resources if spec.resource is resource), None)

    @property
    def takes_people(self) -> bool:
        """Whether it can be connected for employees; one that cannot takes absence alone."""
        return self.spec(Resource.EMPLOYEES) is not None

    @property
    def delivers(self) -> bool:
        """Whether people go there as files: reports then say "delivered" (texts `delivered.<key of the usual>`)."""
        spec = self.spec(Resource.EMPLOYEES)
        return spec is not None and spec.capability is Capability.FILE_SNAPSHOT

    @property
    def hands_out(self) -> bool:
        """Whether who may manage can ask for everyone as a file in a direct message."""
        spec = self.spec(Resource.EMPLOYEES)
        return spec is not None and spec.exports_file

    def _ways(self) -> Iterator[Credentials]:
        """All that can be chosen, one after the other."""
        menus = [[(field.key, choice) for choice in field.choices] for field in self.credentials if field.choices]
        return (dict(chosen) for chosen in product(*menus))

    def assignment(self, values: Credentials) -> tuple[str, str] | None:
        """The credential that names what the operator must have assigned, and its value; None where a secret proves."""
        for one in self.asked(values):
            if one.assigned:
                value = values.get(one.key, "").strip()
                return one.key, value.lower() if one.any_case else value
        return None

    def offered(self, options: Mapping[str, str], *, every: bool = False) -> Self:
        """The same with the choices that the operator has registered, or, with `every`, with those first."""

        def narrowed(one: CredentialField) -> CredentialField:
            able = [choice for choice, needed in one.registered.items() if all(options.get(name) for name in needed)]
            first = [choice for choice in one.choices if choice in able or choice not in one.registered]
            rest = [choice for choice in one.choices if choice not in first]
            return replace(one, choices=tuple([*first, *rest] if every or not first else first))

        return replace(self, credentials=tuple(narrowed(one) if one.registered else one for one in self.credentials))

    def asked(self, values: Credentials) -> tuple[CredentialField, ...]:
        """The credentials that are asked for, as long as these choices stand."""
        chosen = {one.key: values.get(one.key) or one.choices[0] for one in self.credentials if one.choices}
        return tuple(one for one in self.credentials if one.when is None or chosen[one.when[0]] == one.when[1])
