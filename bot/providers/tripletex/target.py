"""Tripletex as a target: what the core may ask of it, put together from its parts."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import date

from bot.domain.employee import Employee
from bot.domain.findings import Finding, Severity
from bot.domain.record import Level
from bot.providers.kit.people_target import PeopleTarget
from bot.providers.protocol import (
    Account,
    Choice,
    Desired,
    FieldSpec,
    Settings,
    TargetPerson,
)
from bot.providers.shown_people import ShownPerson
from bot.providers.tripletex.account import identify
from bot.providers.tripletex.client import TripletexClient
from bot.providers.tripletex.desired_employment import PAY, EmploymentBuilder, Occupation, wanted_occupation
from bot.providers.tripletex.desired_person import TripletexPersonBuilder
from bot.providers.tripletex.field_table import FIELDS
from bot.providers.tripletex.preflight import RIGHTS, preflight, says_rights
from bot.providers.tripletex.reader import TripletexReader
from bot.providers.tripletex.reference_data import TripletexReferenceData
from bot.providers.tripletex.settings import LIVE, NOT_SENT, chosen
from bot.providers.tripletex.writer import TripletexWriter

REGISTERS = ("departments", "divisions", "categories", "countries")
"""The lists that a record refers to."""

CODE_BELIEVED_DAYS = 7
"""So long is an occupation code taken to be in the nation's list, which `reference_data_version` does not tell."""


class TripletexTarget(PeopleTarget):
    """The `Target` over one connection."""

    fields: Sequence[FieldSpec] = FIELDS

    def __init__(self, client: TripletexClient) -> None:
        self._client = client
        self._registers = TripletexReferenceData(client)
        self._reader = TripletexReader(client, self._registers)
        super().__init__(self._reader, TripletexWriter(client, self._reader, self._registers))

    async def identify(self) -> Account:
        """Sign in, and read the company that the token belongs to."""
        return await identify(self._client)

    async def preflight(self) -> Sequence[Finding]:
        """See `preflight.py`."""
        return await preflight(self._client, self._reader, self._registers)

    async def may_write(self) -> bool:
        """Whether the token's owner is shown to have the entitlements for people and pay."""
        return await says_rights(self._client, RIGHTS)

    def shown(self) -> AsyncGenerator[list[ShownPerson], None]:
        """Pages of everyone in the account, each to be understood by whoever needs to."""
        return self._reader.shown()

    def understood(self, content: bytes) -> TargetPerson:
        """The person that a content shows."""
        return self._reader.understood(content)

    async def choices(self, setting: str) -> Sequence[Choice]:
        """The values of a live setting in this account, by label."""
        return sorted(await self._registers.choices(LIVE[setting]), key=lambda choice: choice.label.casefold())

    async def reference_data_version(self) -> str:
        """Departments, units, categories and countries. Occupation codes are the nation's, and not among them."""
        await self._registers.load(*REGISTERS)
        return repr([self._registers.loaded(name) for name in REGISTERS])

    async def desired(self, employee: Employee, settings: Settings, today: date) -> Desired:
        """The record that the employee should have. Lists are read once; a new occupation code costs one request."""
        await self._registers.load(*REGISTERS)
        occupation, finding = await self._occupation(employee, settings)
        about = TripletexPersonBuilder(employee, settings, self._registers)
        person, findings = about.build()
        employments = EmploymentBuilder(employee, settings, self._registers, today)
        parts, more = employments.build(occupation)
        return Desired(
            record=(person, *parts),
            findings=(*findings, *more, *([finding] if finding else [])),
            when_empty=employments.when_empty,
            when_other={**about.when_other, **employments.when_other},
            when_new={(Level.PERSON, ()): about.when_new, **employments.when_new},
            # Two users of Tripletex never share an address; people without access may.
            exclusive=() if chosen(settings, "user_type") == "NO_ACCESS" else ("email",),
            unspoken=PAY if chosen(settings, "salary") == NOT_SENT else frozenset(),
            believed_days=_believed_days(occupation, finding),
        )

    async def _occupation(self, employee: Employee, settings: Settings) -> tuple[Occupation, Finding | None]:
        wanted, finding = wanted_occupation(employee, settings)
        if wanted.code is None or await self._registers.occupation(wanted.code) is not None:
            return replace(wanted, told=finding is not None), finding
        unknown = {"code": wanted.code}
        return Occupation(None, told=True), Finding(
            "tripletex_occupation_code_unknown", Severity.WARNING, "occupation_code", unknown
        )


def _believed_days(occupation: Occupation, finding: Finding | None) -> int | None:
    """A code that Tripletex does not know today may be known the next time: it is asked for by each comparison."""
    if finding is not None and finding.code == "tripletex_occupation_code_unknown":
        return 0
    return None if occupation.code is None else CODE_BELIEVED_DAYS
