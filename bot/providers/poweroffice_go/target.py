"""PowerOffice Go as a target: what the core may ask of it, put together from its parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from bot.domain.employee import Employee
from bot.domain.findings import Finding
from bot.domain.record import Level
from bot.providers.kit.norwegian_day import today_in_norway
from bot.providers.kit.people_target import PeopleTarget
from bot.providers.poweroffice_go.client import PowerofficeGoClient
from bot.providers.poweroffice_go.desired_employment import GoEmploymentBuilder
from bot.providers.poweroffice_go.desired_person import GoPersonBuilder
from bot.providers.poweroffice_go.field_table import FIELDS, SALARY
from bot.providers.poweroffice_go.preflight import account_of, preflight, says_rights
from bot.providers.poweroffice_go.reader import PowerofficeGoReader
from bot.providers.poweroffice_go.reference_data import LISTS, GoReferenceData
from bot.providers.poweroffice_go.settings import NOT_SENT, chosen
from bot.providers.poweroffice_go.writer import PowerofficeGoWriter
from bot.providers.protocol import (
    Account,
    Choice,
    Desired,
    FieldSpec,
    Settings,
)


class PowerofficeGoTarget(PeopleTarget):
    """The `Target` over one connection. Records show what holds on `today`."""

    fields: Sequence[FieldSpec] = FIELDS

    def __init__(self, client: PowerofficeGoClient, today: Callable[[], date] = today_in_norway) -> None:
        self._client = client
        self._registers = GoReferenceData(client)
        people = PowerofficeGoReader(client, self._registers, today)
        super().__init__(people, PowerofficeGoWriter(client, people, self._registers))

    async def identify(self) -> Account:
        """Sign in, and name the Go client that the keys lead to."""
        return await account_of(self._client)

    async def preflight(self) -> Sequence[Finding]:
        """See `preflight.py`."""
        return await preflight(self._client)

    async def may_write(self) -> bool:
        """Whether Go says that the integration may."""
        return await says_rights(self._client)

    async def choices(self, setting: str) -> Sequence[Choice]:
        """The enterprises, by name: the one live list. Raises `KeyError` for a setting that is not live."""
        register = {"enterprise": "Enterprises", "office_enterprise": "Enterprises"}[setting]
        await self._registers.load()
        return sorted(self._registers.choices(register), key=lambda choice: choice.label.casefold())

    async def reference_data_version(self) -> str:
        """Departments, enterprises, number series, and what new employments default to."""
        await self._registers.load()
        lists = [self._registers.entries(name) for name in LISTS]
        return repr((lists, self._registers.series, sorted(self._registers.defaults.items())))

    async def desired(self, employee: Employee, settings: Settings, today: date) -> Desired:
        """The record that the employee should have. Lists are read once."""
        await self._registers.load()
        about = GoPersonBuilder(employee, self._registers)
        person, findings = about.build()
        employments = GoEmploymentBuilder(employee, settings, self._registers, today)
        parts, more = employments.build()
        return Desired(
            record=(person, *parts),
            findings=(*findings, *more),
            when_new={(Level.PERSON, ()): about.when_new, **employments.when_new},
            when_other=employments.when_other,
            unspoken=SALARY if chosen(settings, "salary") == NOT_SENT else frozenset(),
        )
