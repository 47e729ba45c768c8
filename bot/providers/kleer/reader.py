"""Reading people: everyone, one by id, or whoever may be an employee. The list has users; agreements are one by one."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree as ET

from bot.core import swedish_number
from bot.domain.employee import Employee
from bot.domain.record import Level
from bot.providers.errors import NotPermitted
from bot.providers.kit.concurrency import gather_bounded
from bot.providers.kit.likely_people import SWEDISH_DIGITS, likely_people
from bot.providers.kit.one_person import about_one_person
from bot.providers.kit.xml_body import text_at
from bot.providers.kleer.client import KleerClient
from bot.providers.kleer.errors import ERRORS
from bot.providers.kleer.field_table import HeldUser, record_of, unclear_of
from bot.providers.kleer.reference_data import KleerReferenceData
from bot.providers.protocol import TargetPerson

AT_ONCE = 20
"""People whose agreements are asked for side by side; the client's limit decides how many calls that are."""


class KleerReader:
    """The people of one company. A user has one agreement at most."""

    def __init__(self, client: KleerClient, registers: KleerReferenceData) -> None:
        self._client = client
        self._registers = registers
        self._known: dict[str, TargetPerson] = {}
        """Whom an agreement tells more of than the list does, without records."""

    async def everyone(self) -> AsyncGenerator[list[TargetPerson], None]:
        """Pages of all users, inactive ones too."""
        await self._registers.load()
        users = await self._users()
        for first in range(0, len(users), AT_ONCE):
            yield await self._whole(users[first : first + AT_ONCE])

    async def held(self, target_id: str) -> HeldUser | None:
        """One user as Kleer shows them, fresh; None when there is none."""
        await self._registers.load()
        with about_one_person("GET /user/#", target_id):
            user = await self._client.user(target_id)
        return None if user is None else HeldUser(user, await self._client.agreement(target_id))

    async def read(self, target_id: str) -> TargetPerson | None:
        """One person, fresh."""
        held = await self.held(target_id)
        return None if held is None else self.person(held)

    async def by_number(self, number: str) -> list[TargetPerson]:
        """Everyone with exactly this number, fresh: by the list, which says nobody only when it has been seen."""
        wanted = number.strip()
        return await self._whole([row for row in await self._users() if wanted and _number(row) == wanted])

    async def alike(self, employee: Employee) -> list[TargetPerson]:
        """Who may be the employee: by number, else whoever shares a name, an identity number or an e-mail.

        What it takes to be the same person is judged by whoever asked.
        """
        if hits := await self.by_number(employee.number):
            return hits
        return likely_people(employee, await self._everybody(), SWEDISH_DIGITS)

    def person(self, held: HeldUser) -> TargetPerson:
        """A person of what was read. A user has one name; the birth date is that of the identity number."""
        record = record_of(held, self._registers.label)
        own = record[0].values
        number = next((part.values["identity_number"] for part in record if part.level is Level.EMPLOYMENT), None)
        identity = str(number) if number else None
        known = swedish_number.parse(identity, date.today()) if identity else None  # noqa: DTZ011 - the century alone
        return TargetPerson(
            id=text_at(held.user, "id") or "",
            number=str(own["number"] or ""),
            first_name=str(own["name"] or ""),
            last_name="",
            birth_date=known.born if known else None,
            email=str(own["email"]) if own["email"] else None,
            identity=identity,
            record=record,
            unclear=unclear_of(held),
        )

    async def _everybody(self) -> list[TargetPerson]:
        """Everyone as the list has them now. An agreement is read once: only what it says of birth is looked at."""
        await self._registers.load()
        users = {text_at(row, "id") or "": row for row in await self._users()}
        new = [row for identifier, row in users.items() if identifier not in self._known]
        self._known |= {person.id: replace(person, record=()) for person in await self._whole(new)}
        listed = {identifier: self.person(HeldUser(row, None)) for identifier, row in users.items()}
        return [
            replace(person, birth_date=self._known[key].birth_date, identity=self._known[key].identity)
            for key, person in listed.items()
        ]

    async def _users(self) -> list[ET.Element]:
        """Everyone's users. A company has some: a list without any is one that the token may not see."""
        users = await self._client.rows("/user", "users", "user")
        if not users:
            raise ERRORS.unreadable("GET /user: nobody", sent=False)
        return users

    async def _whole(self, users: list[ET.Element]) -> list[TargetPerson]:
        await self._registers.load()
        return [self.person(held) for held in await gather_bounded(*(self._with_agreement(row) for row in users))]

    async def _with_agreement(self, user: ET.Element) -> HeldUser:
        """A user as the list has them. Some people's agreements take a right of their own: no others are kept out."""
        try:
            return HeldUser(user, await self._client.agreement(text_at(user, "id") or ""))
        except NotPermitted:
            return HeldUser(user, None, hidden=True)


def _number(row: ET.Element) -> str | None:
    return text_at(row, "foreign-id")
