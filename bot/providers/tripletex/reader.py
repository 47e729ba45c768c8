"""Reading people: everyone, one by id, or whoever may be an employee."""

from __future__ import annotations

import asyncio
import pickle
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

from bot.core.text import text
from bot.domain.employee import Employee
from bot.providers.errors import NotPermitted
from bot.providers.kit.one_person import about_one_person
from bot.providers.kit.person_of_record import person_of_record
from bot.providers.protocol import TargetPerson
from bot.providers.shown_people import ShownPerson
from bot.providers.tripletex.client import TripletexClient
from bot.providers.tripletex.errors import unreadable
from bot.providers.tripletex.field_table import PERSON_FIELDS, number_of, record_of, unclear_of
from bot.providers.tripletex.reference_data import TripletexReferenceData

Json = Mapping[str, Any]

SIGHT_SECONDS = 60.0
"""How long the sight of one person proves that people may be seen at all."""


BREATH = 50
"""People of a page between two pauses: a page of a thousand takes a tenth of a second to understand."""


_PICKLE = 5
"""Named, so that equal contents are equal bytes from one release of Python to the next."""


class TripletexReader:
    """The people of one account, as records.

    Tripletex leaves out what a token may not see and answers 200, so an empty answer is proof of nothing by itself.
    """

    def __init__(
        self, client: TripletexClient, registers: TripletexReferenceData, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._registers = registers
        self._clock = clock
        self._seen_at: float | None = None

    async def everyone(self) -> AsyncGenerator[list[TargetPerson], None]:
        """Pages of everyone. Raises `NotPermitted` when not even the token's owner is shown."""
        await self._registers.load("departments", "divisions", "categories", "countries")
        anyone = False
        async for page in self._client.pages("/employee", fields=PERSON_FIELDS):
            anyone = True
            self.saw_somebody()
            people: list[TargetPerson] = []
            for shown in page:
                if len(people) % BREATH == 0:
                    await asyncio.sleep(0)
                people.append(self.person(shown))
            yield people
        if not anyone:
            raise _nobody_shown()

    async def shown(self) -> AsyncGenerator[list[ShownPerson], None]:
        """The same pages, each person to be understood by whoever needs to. Raises as `everyone`."""
        await self._registers.load("departments", "divisions", "categories", "countries")
        anyone = False
        async for page in self._client.pages("/employee", fields=PERSON_FIELDS):
            anyone = True
            self.saw_somebody()
            people: list[ShownPerson] = []
            for shown in page:
                if len(people) % BREATH == 0:
                    await asyncio.sleep(0)
                _require_rows(shown)
                people.append(ShownPerson(str(shown["id"]), number_of(shown), pickle.dumps(shown, _PICKLE)))
            yield people
        if not anyone:
            raise _nobody_shown()

    def understood(self, content: bytes) -> TargetPerson:
        """The person of what `shown` gave."""
        return self.person(pickle.loads(content))  # noqa: S301 - written by this process a moment ago, and never kept

    async def raw(self, target_id: str) -> Json | None:
        """One person as Tripletex shows them, fresh; None when there is none."""
        await self._registers.load("departments", "divisions", "categories", "countries")
        with about_one_person("GET /employee/#", target_id):
            return await self._client.get(f"/employee/{target_id}", [("fields", PERSON_FIELDS)])

    async def read(self, target_id: str) -> TargetPerson | None:
        """One person, fresh."""
        shown = await self.raw(target_id)
        return None if shown is None else self.person(shown)

    async def by_number(self, number: str) -> list[TargetPerson]:
        """Everyone with exactly this employee number. Nobody is an answer only once somebody has been seen."""
        if not number.strip():
            return []
        found = await self._matching([("employeeNumber", number)])
        found = [person for person in found if person.number.strip() == number.strip()]
        if not found:
            await self.prove_sight()
        return found

    async def alike(self, employee: Employee) -> list[TargetPerson]:
        """Who may be the employee: by number, else by name, each then compared by whoever asked.

        The e-mail address is not searched for: everyone's has been compared when the plan was made, and Tripletex
        itself refuses a second user with the same one.
        """
        hits = await self.by_number(employee.number)
        if hits:
            return hits
        return await self._matching([("firstName", employee.first_name), ("lastName", employee.last_name)])

    def saw_somebody(self) -> None:
        """Somebody was just shown."""
        self._seen_at = self._clock()

    async def prove_sight(self) -> None:
        """Make sure that people may be seen: the token's owner is one of them. Raises `NotPermitted`."""
        if self._seen_at is not None and self._clock() - self._seen_at < SIGHT_SECONDS:
            return
        who = await self._client.who()
        shown = await self._client.some("/employee", [("id", str(who.employee_id))], fields="id", count=1)
        if not shown:
            raise _nobody_shown()
        self.saw_somebody()

    def person(self, shown: Json) -> TargetPerson:
        """A person of one answer. Raises `Unavailable` where their rows are no rows: to leave one out would be to say
        that it is not there."""
        _require_rows(shown)
        record = record_of(shown, self._registers.label)
        return person_of_record(str(shown["id"]), record, unclear_of(shown))

    async def _matching(self, params: list[tuple[str, str]]) -> list[TargetPerson]:
        await self._registers.load("departments", "divisions", "categories", "countries")
        found = await self._client.all("/employee", params, fields=PERSON_FIELDS)
        if found:
            self.saw_somebody()
        return [self.person(shown) for shown in found]


def _require_rows(shown: Json) -> None:
    if not _has_rows(shown):
        raise unreadable("GET /employee", sent=False)


def _has_rows(shown: Json) -> bool:
    if not isinstance(shown.get("id"), int):
        return False
    employments = shown.get("employments") or []
    return _are_rows(employments) and all(_are_rows(each.get("employmentDetails") or []) for each in employments)


def _are_rows(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, Mapping) for each in value)


def _nobody_shown() -> NotPermitted:
    return NotPermitted(
        "tripletex: not even the token's owner is shown",
        text=text("tripletex.people_hidden"),
        advice=text("tripletex.not_permitted.advice"),
    )
