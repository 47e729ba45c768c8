"""Reading people: everyone, one by number, or whoever may be an employee.

One list has everybody whole, but for their employments, which cost a call for each. It has no pages and no count.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from bot.domain.employee import Employee
from bot.providers.kit.concurrency import gather_bounded
from bot.providers.kit.json_values import text_of
from bot.providers.kit.likely_people import likely_people
from bot.providers.kit.norwegian_day import today_in_norway
from bot.providers.kit.one_person import about_one_person
from bot.providers.kit.person_of_record import person_of_record
from bot.providers.protocol import TargetPerson
from bot.providers.twentyfour_seven_office.client import TwentyFourClient
from bot.providers.twentyfour_seven_office.errors import ERRORS
from bot.providers.twentyfour_seven_office.field_table import HeldStaff, record_of, unclear_of
from bot.providers.twentyfour_seven_office.reference_data import TwentyFourLists

Json = Mapping[str, Any]

PEOPLE = "/employee/v2"
AT_ONCE = 20
"""People whose employments are asked for side by side; the client's limit decides how many calls that are."""


class TwentyFourReader:
    """The people of one company, as records as of today. A person's id is their number, which nothing changes."""

    def __init__(
        self, client: TwentyFourClient, lists: TwentyFourLists, today: Callable[[], date] = today_in_norway
    ) -> None:
        self._client = client
        self._lists = lists
        self._today = today
        self._known: dict[str, TargetPerson] = {}

    @property
    def today(self) -> date:
        """The day as of which records are made."""
        return self._today()

    async def everyone(self) -> AsyncGenerator[list[TargetPerson], None]:
        """Everyone, hidden ones too, some at a time."""
        await self._lists.load()
        shown = list((await self._whole()).values())
        for first in range(0, len(shown), AT_ONCE):
            yield await gather_bounded(*(self._with_jobs(one) for one in shown[first : first + AT_ONCE]))

    async def held(self, number: str) -> HeldStaff | None:
        """One employee as 24SevenOffice shows them, fresh; None when there is none."""
        await self._lists.load()
        if not number.isdecimal():
            return None
        with about_one_person(f"GET {PEOPLE}/#", number):
            found = await self._client.maybe(f"{PEOPLE}/{number}")
        mine = [row for row in found or () if _number(row) == number]
        if not mine:
            # A call for nobody may be answered in any way: only the list says that they are not there.
            if number in await self._listed():
                raise ERRORS.unreadable(f"GET {PEOPLE}: one who is listed", sent=False)
            return None
        return HeldStaff(mine[0], await self._jobs(number))

    async def read(self, target_id: str) -> TargetPerson | None:
        """One person, fresh."""
        held = await self.held(target_id)
        return None if held is None else self.person(held)

    async def by_number(self, number: str) -> list[TargetPerson]:
        """Whoever has exactly this number, fresh."""
        found = await self.read(number.strip())
        return [] if found is None else [found]

    async def alike(self, employee: Employee) -> list[TargetPerson]:
        """Who may be the employee: by number, else whoever shares a name, an identity number or an e-mail.

        What it takes to be the same person is judged by whoever asked.
        """
        if hits := await self.by_number(employee.number):
            return hits
        await self._lists.load()
        rows = await (self._listed() if self._known else self._whole())
        self._known |= {number: replace(self.person(HeldStaff(row)), record=()) for number, row in rows.items()}
        return likely_people(employee, self._known.values())

    def person(self, held: HeldStaff) -> TargetPerson:
        """A person of what was read."""
        record = record_of(held, self.today, self._lists)
        return person_of_record(_number(held.employee), record, unclear_of(held, self.today))

    async def _with_jobs(self, employee: Json) -> TargetPerson:
        return self.person(HeldStaff(employee, await self._jobs(_number(employee))))

    async def _jobs(self, number: str) -> list[dict[str, Any]]:
        return await self._client.rows(f"/employment/v2/{number}")

    async def _listed(self) -> dict[str, Json]:
        """The list by number. Raises `Unavailable`, and `NotPermitted` for one without anybody: an empty company cannot
        be told from a hidden one."""
        rows = await self._client.rows(PEOPLE)
        if not rows and not self._client.may_be_empty:
            raise ERRORS.nobody_shown()
        if not all(map(_number, rows)):
            raise ERRORS.unreadable(f"GET {PEOPLE}: a row without a number", sent=False)
        return {_number(row): row for row in rows}

    async def _whole(self) -> dict[str, Json]:
        """The list, twice: nothing tells one that was cut short from a whole one."""
        return {**await self._listed(), **await self._listed()}


def _number(row: Json) -> str:
    return text_of(row.get("empId")) or ""
