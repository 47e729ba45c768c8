"""The leaves of absence of a client's employments: lines with a share, and with the id that is reported.

Published are the members, what is required, the kinds, and that Go gives the reported id where none is set. Refusals of
lines that overlap, and of changes once a leave is ended and reported, are stricter than what is published.
"""

from __future__ import annotations

import uuid
from typing import Any

from sandbox.poweroffice_go import rules
from sandbox.poweroffice_go.rules import Document, RefusedByGo
from sandbox.standin import Clock

LEAVE = (
    "StartDate", "EndDate", "LeavePercentage", "TypeOfLeave", "AdjustFixedWage", "ExcludeEmployeeFromPayroll",
    "ReportingId", "EndedAndReported",
)  # fmt: skip
NEEDED = ("LeavePercentage", "StartDate", "TypeOfLeave")
KINDS = {
    "EducationalNonStatutory", "EducationalStatutory", "Maternity", "Military", "OtherNonStatutory", "OtherStatutory",
}  # fmt: skip
YES_OR_NO = ("AdjustFixedWage", "ExcludeEmployeeFromPayroll", "EndedAndReported")


class GoLeaves:
    """Lines by their id. `keeps_reported_id` is False where Go would give an id of its own whatever is sent."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.rows: dict[str, Document] = {}
        self.keeps_reported_id = True
        self._made = 0

    def of(self, employment: int) -> list[Document]:
        """An employment's lines, as Go shows them: every other one with a time behind its days."""
        return [self.shown(row) for row in self.rows.values() if row["EmploymentId"] == employment]

    def one(self, employment: int, identifier: str) -> Document:
        """A line by its id. Raises `RefusedByGo`; so do all that follow."""
        row = self.rows.get(identifier)
        if row is None or row["EmploymentId"] != employment:
            raise RefusedByGo(404, "Leave was not found.")
        return row

    def create(self, owner: Document, body: Document) -> Document:
        """A new line of an employment."""
        made = dict.fromkeys(LEAVE) | rules.known(body, LEAVE)
        rules.require(made, NEEDED)
        self._made += 1
        if not made["ReportingId"] or not self.keeps_reported_id:
            made["ReportingId"] = f"POGO_{self._made}"
        made |= {name: bool(made[name]) for name in YES_OR_NO}
        identifier = str(uuid.UUID(int=0xF575B4B055BE4B56B01F44B200000000 + self._made))
        self._check(owner, made, own=None)
        made |= {"Id": identifier, "EmployeeId": owner["EmployeeId"], "EmploymentId": owner["Id"]}
        made["CreatedDateTimeOffset"] = made["LastChangedDateTimeOffset"] = self.clock().isoformat()
        self.rows[identifier] = made
        return self.shown(made)

    def change(self, owner: Document, identifier: str, made: Document) -> Document:
        """A line as it is after a patch."""
        row = self.one(owner["Id"], identifier)
        if row["EndedAndReported"]:
            raise RefusedByGo(400, "The leave is ended and reported.", "EndedAndReported")
        rules.require(made, NEEDED)
        self._check(owner, made, own=identifier)
        row.update(made)
        row["LastChangedDateTimeOffset"] = self.clock().isoformat()
        return self.shown(row)

    def delete(self, owner: Document, identifier: str) -> None:
        if self.one(owner["Id"], identifier)["EndedAndReported"]:
            raise RefusedByGo(409, "The leave is ended and reported.")
        del self.rows[identifier]

    def _check(self, owner: Document, made: Document, own: str | None) -> None:
        rules.check({name: value for name, value in made.items() if name in ("StartDate", "EndDate")})
        if made["TypeOfLeave"] not in KINDS:
            raise RefusedByGo(
                400, f"Enum 'typeofleave' with value = {made['TypeOfLeave']} is not valid.", "TypeOfLeave"
            )
        share = made["LeavePercentage"]
        if not isinstance(share, int | float) or isinstance(share, bool) or not 0 < share <= 100:
            raise RefusedByGo(400, "LeavePercentage must be between 0 and 100.", "LeavePercentage")
        if any(made.get(name) is not None and not isinstance(made[name], bool) for name in YES_OR_NO):
            raise RefusedByGo(400, "The value is invalid for target location.")
        if made["StartDate"][:10] < str(owner["StartDate"])[:10]:
            raise RefusedByGo(400, "StartDate is before the employment.", "StartDate")
        for row in self.rows.values():
            if row["Id"] == own or row["EmploymentId"] != owner["Id"]:
                continue
            if row["ReportingId"] == made["ReportingId"]:
                raise RefusedByGo(400, "ReportingId is already in use.", "ReportingId")
            apart = (row["EndDate"] or "9999") < made["StartDate"] or (made["EndDate"] or "9999") < row["StartDate"]
            if not apart and (row["TypeOfLeave"] == made["TypeOfLeave"] or row["LeavePercentage"] + share > 100):
                raise RefusedByGo(400, "The leave overlaps another.", "StartDate")

    @staticmethod
    def shown(row: Document) -> Document:
        days = ("StartDate", "EndDate") if int(row["Id"][-1], 16) % 2 else ()
        return {**row, **{name: f"{row[name]}T00:00:00" for name in days if row[name]}}

    def snapshot(self) -> Any:
        return {"rows": list(self.rows.values()), "made": self._made}

    def restore(self, state: Any) -> None:
        self.rows = {row["Id"]: row for row in state["rows"]}
        self._made = state["made"]
