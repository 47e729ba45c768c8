"""The activities that hours go to: a code is the number of exactly one general activity that is in use.

Source: API v2 description 2.75.00 (Activity) and Simployer's help page on its own export: the code of a leave type is
an activity's number, capitals and leading zeros included. Nothing shows which activities are for absence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.domain.resource import LeaveWay
from bot.providers.leave_protocol import LeaveCode
from bot.providers.tripletex.client import TripletexClient
from bot.providers.tripletex.errors import unreadable
from bot.providers.tripletex.leave_errors import code_refused, hours_hidden
from bot.providers.tripletex.leave_settings import LEAVES_OF_ABSENCE

GENERAL = "GENERAL_ACTIVITY"
_PATH = "/activity"


@dataclass(frozen=True, slots=True)
class TimesheetActivity:
    """An activity for hours without a project."""

    id: int
    number: str = field(repr=False)
    name: str = field(repr=False)
    disabled: bool = False


class TripletexActivities:
    """The activities of one account, read once. `numbered` tells then whether any of them has a number."""

    def __init__(self, client: TripletexClient) -> None:
        self._client = client
        self._lock = asyncio.Lock()
        self._by_number: dict[str, list[TimesheetActivity]] | None = None
        self._by_id: dict[int, TimesheetActivity] = {}
        self.numbered = False

    async def codes(self) -> list[LeaveCode]:
        """Every number, by label, with what is wrong with it; and the reserved codes of leaves of absence."""
        found = [_code(number, those) for number, those in (await self._numbers()).items()]
        found += [LeaveCode(value=value, label=name, way=LeaveWay.PERIOD) for value, name in LEAVES_OF_ABSENCE.items()]
        return sorted(found, key=lambda code: (code.label.casefold(), code.value))

    async def ids(self, codes: Iterable[str]) -> dict[int, str]:
        """Codes by the activities that carry them, those that nothing more is sent to as well."""
        numbers = await self._numbers()
        return {activity.id: code for code in codes for activity in numbers.get(code.strip(), ())}

    async def number(self, activity: object) -> str | None:
        """The number of an activity by its id."""
        await self._numbers()
        known = self._by_id.get(activity) if isinstance(activity, int) else None
        return known.number if known is not None else None

    async def names(self, code: str) -> list[str]:
        """What Tripletex calls a code."""
        return [activity.name for activity in (await self._numbers()).get(code.strip(), ())]

    async def usable(self, code: str) -> int:
        """The activity to send hours to. Raises `CodeRefused` where there is none, more than one, or it is off."""
        carriers = (await self._numbers()).get(code.strip(), [])
        why = _problem(carriers) if carriers else "missing"
        if why is not None:
            raise code_refused(f"tripletex: an activity's number is {why}", why)
        return next(activity.id for activity in carriers if not activity.disabled)

    async def _numbers(self) -> dict[str, list[TimesheetActivity]]:
        async with self._lock:
            if self._by_number is None:
                self._by_number = await self._read()
        return self._by_number

    async def _read(self) -> dict[str, list[TimesheetActivity]]:
        rows = await self._client.all(_PATH, [("isGeneral", "true")], fields="id,name,number,activityType,isDisabled")
        if not rows:
            # Every company has the activities that are built in; a token without the right is shown none.
            raise hours_hidden("tripletex: no activities are shown")
        found: dict[str, list[TimesheetActivity]] = {}
        for row in rows:
            if row.get("activityType") != GENERAL:
                continue
            if not isinstance(row.get("id"), int) or not isinstance(row.get("isDisabled", False), bool):
                raise unreadable(f"GET {_PATH}", sent=False)
            number, name = (str(row.get(name) or "").strip() for name in ("number", "name"))
            activity = TimesheetActivity(row["id"], number, name, disabled=bool(row.get("isDisabled")))
            self._by_id[activity.id] = activity
            if number and number not in LEAVES_OF_ABSENCE:  # the reserved words mean a leave of absence, and no hours
                found.setdefault(number, []).append(activity)
        self.numbered = bool(found)
        return found


def _code(number: str, carriers: list[TimesheetActivity]) -> LeaveCode:
    why = _problem(carriers)
    names = " / ".join(activity.name for activity in carriers if activity.name)
    problem = None if why is None else f"code_{why}"
    return LeaveCode(value=number, label=f"{number} {names}".strip(), problem=problem)


def _problem(carriers: list[TimesheetActivity]) -> str | None:
    used = [activity for activity in carriers if not activity.disabled]
    if len(used) == 1:
        return None
    return "twice" if used else "disabled"
