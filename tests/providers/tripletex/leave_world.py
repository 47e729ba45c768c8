"""People of the stand-in for Tripletex with absence: what the tests of it write, and what payroll sees."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from bot.domain.leave import LeavePerson
from bot.domain.leave_delivery import DayKey, DayWrite, PeriodKey, PeriodWrite, TargetDay, WantedPeriod
from bot.providers.tripletex.leave_target import TripletexLeaveTarget
from sandbox.tripletex import Tripletex
from sandbox.tripletex.company_state import Books
from sandbox.tripletex.payroll_officer import PayrollOfficer

MARKER = "3f9a1c2e"


class LeaveWorld:
    """The demo's company, and somebody who runs its payroll."""

    def __init__(self, system: Tripletex) -> None:
        self.system = system
        self.books: Books = system.companies[40917001]
        self.officer = PayrollOfficer(self.books)

    def person(self, number: str = "1001") -> LeavePerson:
        target_id = str(self.officer.employee(number))
        return LeavePerson(employee_id=f"hr{number}", number=number, target_id=target_id, name="Ola Nordmann")

    def write(self, day: date, code: str = "801", hours: str = "7.50", number: str = "1001") -> DayWrite:
        return DayWrite(
            person=self.person(number),
            key=DayKey(f"hr{number}", day, code),
            hours=Decimal(hours),
            marker=MARKER,
            reference="r:1",
        )

    def period(
        self, first: date, last: date | None = None, percent: str = "100", *, part: int = 1, number: str = "1001",
        code: str = "PARENTAL_BENEFITS", settings: Mapping[str, str] | None = None,
    ) -> PeriodWrite:  # fmt: skip
        wanted = WantedPeriod(
            key=PeriodKey("65f0c0ffee0000000000aa01", part=part), employee_id=f"hr{number}", code=code, first=first,
            last=last, percent=Decimal(percent),
        )  # fmt: skip
        return PeriodWrite(person=self.person(number), wanted=wanted, settings=settings or {})

    def writes(self) -> list[tuple[str, str]]:
        """Methods and paths of what was sent to be written."""
        return [(sent.method, sent.path.removeprefix("/v2")) for sent in self.system.requests.writes()]

    def sent(self) -> list[Any]:
        """The bodies of what was sent to be written."""
        return [sent.body for sent in self.system.requests.writes()]


async def the_row(target: TripletexLeaveTarget, write: DayWrite) -> TargetDay:
    """The one row under a key."""
    (row,) = await target.read_day(write.person, write.key)
    return row
