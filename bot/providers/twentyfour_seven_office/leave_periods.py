"""Leaves of absence of a company: made, ended, and rejected where they never were. 24SevenOffice deletes none.

Source: 24SevenOffice's description of its Payroll API (absence), and the rules of the a-melding: a wrong end is
corrected, and another percentage is an end and a new leave. A period carries the leave's id, by which it is looked for
before one is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import Any

from bot.domain.leave import LeavePerson
from bot.domain.leave_delivery import PeriodKey, PeriodWrite, RowReference, TargetPeriod
from bot.providers.errors import ProviderError, Rejected
from bot.providers.kit.json_values import amount_of, day_of, text_of
from bot.providers.kit.leave_errors import LeaveErrors, kept_private
from bot.providers.twentyfour_seven_office.client import TwentyFourClient
from bot.providers.twentyfour_seven_office.errors import ERRORS
from bot.providers.twentyfour_seven_office.field_table import sent_text
from bot.providers.twentyfour_seven_office.leave_settings import PARENTAL, code_of

PATH, TYPES = "/absence/v2", "/absencetypes/v2"
APPROVED, REJECTED = "1", "2"
SENT_BACK = (
    "empId", "serialNo", "comment", "approved", "childId", "numberOfDays", "permisjonId", "startdateParental",
    "externalId",
)  # fmt: skip
"""What a change sends as it was read, beside type, days and percentage."""
ONE_BY_ONE = 10
"""People up to whom each one's periods are asked for; of more, everybody's at once."""

LEAVE_ERRORS = LeaveErrors("twentyfour_seven_office")
Json = Mapping[str, Any]


class TwentyFourLeavePeriods:
    """The leaves of absence of one company."""

    def __init__(self, client: TwentyFourClient) -> None:
        self._client = client
        self._types: dict[str, Json] | None = None

    async def types(self) -> dict[str, Json]:
        """The company's types by code, read once."""
        if self._types is None:
            rows = await self._client.rows(TYPES)
            self._types = {code: row for row in rows if (code := text_of(row.get("code")))}
        return self._types

    async def read(self, people: Sequence[LeavePerson]) -> list[TargetPeriod]:
        """All periods of these people that were not rejected, whoever made them."""
        known = {person.target_id: person.employee_id for person in people if person.target_id is not None}
        found: dict[str, Json] = {}
        for path in [f"{PATH}/{number}" for number in known] if len(known) <= ONE_BY_ONE else [PATH]:
            found |= {_serial(row): row for row in await self._rows(path)}
        return [_period(row, known[number]) for row in found.values() if (number := _employee(row)) in known]

    async def create(self, write: PeriodWrite) -> RowReference:
        """Make one, unless it is there by its id, or another one of its type at the same time."""
        wanted = write.wanted
        kind = await self._usable(wanted.code)
        with _private(write, kind):
            if not 0 < wanted.percent <= 100 or (wanted.last is not None and wanted.last < wanted.first):
                raise LEAVE_ERRORS.rejected("twentyfour_seven_office: no share, or no days", "no_period")
            if wanted.percent != 100 and text_of(kind.get("percentage")) != "1":
                raise LEAVE_ERRORS.rejected("twentyfour_seven_office: the type takes no share", "not_graded")
            number = _number(write.person)
            async with self._client.write_lock(number):
                there = await self._rows(f"{PATH}/{number}")
                if any(_same(row, wanted.key.reference) or _meets(row, write) for row in there):
                    raise LEAVE_ERRORS.row_exists(f"twentyfour_seven_office: POST {PATH}: there is one")
                body = {"empId": number, "approved": APPROVED, "externalId": wanted.key.reference}
                if text_of(kind.get("leave_of_absence_type")) == PARENTAL:
                    body["startdateParental"] = _parental_start(wanted.key, wanted.first, there)
                return await self._sent({**body, **_content(write)}, write)

    async def update(self, write: PeriodWrite, row: RowReference) -> RowReference:
        """Move the last day. Raises `Rejected` where anything else differs: that is an end and a new leave."""
        wanted = write.wanted
        with _private(write, (await self.types()).get(wanted.code, {})):
            async with self._client.write_lock(_number(write.person)):
                there = await self._rows(f"{PATH}/{_number(write.person)}")
                shown = _held(there, write, row)
                held = _period(shown, write.wanted.employee_id)
                if (held.first, held.code, held.percent) != (wanted.first, wanted.code, wanted.percent):
                    raise LEAVE_ERRORS.rejected("twentyfour_seven_office: more than the end differs", "fixed_period")
                if held.last == wanted.last:
                    return row
                if wanted.last is None:
                    raise LEAVE_ERRORS.rejected("twentyfour_seven_office: an end is to go", "open_period")
                if wanted.last < wanted.first:
                    raise LEAVE_ERRORS.rejected("twentyfour_seven_office: an end before the beginning", "no_period")
                if any(_meets(one, write) for one in there):
                    # Such as a later part of the leave that is still to be decided about: both would be paid.
                    raise LEAVE_ERRORS.rejected("twentyfour_seven_office: another in these days", "meets_another")
                return await self._sent({**_sent_back(shown), **_content(write)}, write)

    async def reject(self, write: PeriodWrite, row: RowReference) -> RowReference:
        """What a person has decided of one that never was: it ends on its first day, and is rejected."""
        with _private(write, (await self.types()).get(write.wanted.code, {})):
            async with self._client.write_lock(_number(write.person)):
                shown = _held(await self._rows(f"{PATH}/{_number(write.person)}"), write, row)
                body = {**_sent_back(shown), **_content(write), "approved": REJECTED}
                body["endDate"] = body["startDate"] = _day(shown, "startDate").isoformat()
                return await self._sent(body, write)

    async def _usable(self, code: str) -> Json:
        """The type of a code. Raises `CodeRefused` for one that nothing is sent to."""
        kind = (await self.types()).get(code)
        known = code_of(kind) if kind is not None else None
        if kind is None or known is None or known.problem is not None:
            why = "missing" if kind is None else "refused"
            raise LEAVE_ERRORS.code_refused(f"twentyfour_seven_office: a type is {why}", why)
        return kind

    async def _sent(self, body: dict[str, str], write: PeriodWrite) -> RowReference:
        """Write, and read it back: what is answered is not published."""
        call = f"POST {PATH}"
        try:
            await self._client.send(PATH, body, kind=self._client.absence_kind)
        except Rejected as error:
            raise LEAVE_ERRORS.rejected(
                f"twentyfour_seven_office: {call}", "rejected", verbatim=error.verbatim
            ) from None
        reference, number = write.wanted.key.reference, _number(write.person)
        try:
            rows = await self._client.rows(f"{PATH}/{number}")
        except ProviderError:
            raise ERRORS.unreadable(f"{call}: not read back", sent=True) from None
        mine = [row for row in rows if _same(row, reference) and _stands(row) == (body["approved"] != REJECTED)]
        named = [row for row in mine if body.get("serialNo") in (None, _serial(row))]
        if len(named) != 1:
            raise ERRORS.unreadable(f"{call}: {len(named)} read back", sent=True)
        return RowReference(_serial(named[0]), _version(named[0]))

    async def _rows(self, path: str) -> list[Json]:
        """The periods that stand. Twice: nothing tells a list that was cut short from a whole one."""
        first, second = await self._client.rows(path), await self._client.rows(path)
        rows = {_serial(row): row for row in (*first, *second)}
        return [row for row in rows.values() if _stands(row)]


def _held(there: Iterable[Json], write: PeriodWrite, row: RowReference) -> Json:
    """The period as it is now. Raises where it is gone, was changed, or is another one."""
    shown = next((one for one in there if _serial(one) == row.target_id), None)
    if shown is None:
        raise LEAVE_ERRORS.row_gone("twentyfour_seven_office: a period is gone, or was rejected")
    if _version(shown) != row.version or not _same(shown, write.wanted.key.reference):
        raise LEAVE_ERRORS.changed("twentyfour_seven_office: a period has been changed, or is another")
    return shown


def _content(write: PeriodWrite) -> dict[str, str]:
    wanted = write.wanted
    return {
        "absenceType": wanted.code,
        "startDate": wanted.first.isoformat(),
        "endDate": sent_text(wanted.last),
        "percent": sent_text(wanted.percent),
    }


def _sent_back(shown: Json) -> dict[str, str]:
    kept = {name: text_of(shown.get(name)) or "" for name in SENT_BACK}
    return {**kept, "startdateParental": kept["startdateParental"][:10]}


def _parental_start(key: PeriodKey, first: date, there: Iterable[Json]) -> str:
    """The first day of the whole leave: its first part's. Raises `Rejected` where that is not there."""
    if key.part == 1:
        return first.isoformat()
    begun = [row for row in there if _same(row, PeriodKey(key.leave_id).reference)]
    if len(begun) != 1:
        raise LEAVE_ERRORS.rejected("twentyfour_seven_office: no first part", "no_parental_start")
    return (text_of(begun[0].get("startdateParental")) or _day(begun[0], "startDate").isoformat())[:10]


def _meets(row: Json, write: PeriodWrite) -> bool:
    """Whether another period of the same type, or of the same leave, has a day in common with a wanted one."""
    period, wanted = _period(row, ""), write.wanted
    if period.reference == wanted.key.reference:
        return False
    alike = period.code == wanted.code or period.reference.partition(":")[0] == wanted.key.leave_id
    apart = (period.last or date.max) < wanted.first or (wanted.last or date.max) < period.first
    return alike and not apart


def _period(row: Json, employee: str) -> TargetPeriod:
    code, percent = text_of(row.get("absenceType")), amount_of(row.get("percent"))
    if code is None:
        raise ERRORS.unreadable(f"GET {PATH}: no type", sent=False)
    return TargetPeriod(
        employee_id=employee,
        reference=text_of(row.get("externalId")) or "",
        code=code,
        first=_day(row, "startDate"),
        last=_day(row, "endDate") if text_of(row.get("endDate")) else None,
        percent=percent if percent is not None else Decimal(100),
        row=RowReference(_serial(row), _version(row)),
    )


def _day(row: Json, name: str) -> date:
    if (day := day_of(row.get(name))) is None:
        raise ERRORS.unreadable(f"GET {PATH}: no day", sent=False)
    return day


def _serial(row: Json) -> str:
    if (serial := text_of(row.get("serialNo"))) is None:
        raise ERRORS.unreadable(f"GET {PATH}: no serial number", sent=False)
    return serial


def _version(row: Json) -> str:
    return text_of(row.get("lastChanged")) or ""


def _stands(row: Json) -> bool:
    return text_of(row.get("approved")) != REJECTED


def _same(row: Json, reference: str) -> bool:
    return text_of(row.get("externalId")) == reference


def _employee(row: Json) -> str:
    return text_of(row.get("empId")) or ""


def _number(person: LeavePerson) -> str:
    if person.target_id is None:
        raise LEAVE_ERRORS.rejected("twentyfour_seven_office: the person has no number there", "no_person")
    return person.target_id


def _private(write: PeriodWrite, kind: Json) -> AbstractContextManager[None]:
    return kept_private(write.wanted.code, text_of(kind.get("description")) or "", write.wanted.percent)
