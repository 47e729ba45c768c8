"""The absence of one company: periods with a percentage, that are made, changed and rejected, and never deleted.

Published are the members, what is mandatory for which category of type, and that a serial number makes an update.
"""

from __future__ import annotations

import re
from typing import Any

from sandbox.twentyfour_seven_office.rules import Document, RefusedByOffice, is_day, known

WRITABLE = (
    "empId", "serialNo", "startDate", "endDate", "comment", "approved", "percent", "absenceType", "childId",
    "numberOfDays", "permisjonId", "startdateParental", "externalId",
)  # fmt: skip
SHOWN = (*WRITABLE, "requestDate", "requestMotivation", "description", "lastChanged")
REJECTED = "2"
PARENTAL = "permisjonMedForeldrepenger"


def absence_type(code: str, name: str, category: str, *, graded: bool = True, kind: str = "", **more: str) -> Document:
    """A row of GET /absencetypes/v2."""
    return {
        "description": name, "code": code, "inntektsmelding_type": "", "permisjonId": "1" if kind else "0",
        "leave_of_absence_type": kind, "percentage": "1" if graded else "0", "comment_mandatory": "0",
        "category": category, **more,
    }  # fmt: skip


class OfficeAbsences:
    """Types, periods and children. `rows` by serial number; days are shown with a time behind them."""

    def __init__(self) -> None:
        self.types: dict[str, Document] = {}
        self.rows: dict[str, Document] = {}
        self.children: dict[str, list[Document]] = {}

    def add_types(self, *types: Document) -> None:
        self.types |= {one["code"]: one for one in types}

    def of(self, number: str | None, query: Any) -> list[Document]:
        """The periods of somebody, or of everybody (None), that meet the filters."""
        rows = [row for row in self.rows.values() if number in (None, row["empId"])]
        if serial := query.get("serialNo"):
            rows = [row for row in rows if row["serialNo"] == serial]
        first, last = query.get("datefrom") or "0000", query.get("dateto") or "9999"
        rows = [row for row in rows if row["startDate"] <= last and (row["endDate"] or "9999") >= first]
        return [self._shown(row) for row in rows]

    def write(self, body: Any, people: Any, moment: str) -> Document:
        """See POST /absence/v2. Raises `RefusedByOffice`."""
        made = dict.fromkeys(SHOWN, "") | known(body, WRITABLE)
        if made["empId"] not in people:
            raise RefusedByOffice("empId is mandatory")
        kind = self.types.get(made["absenceType"])
        if kind is None:
            raise RefusedByOffice("absenceType is mandatory")
        self._check(made, kind)
        serial = made["serialNo"]
        if serial and (serial not in self.rows or self.rows[serial]["empId"] != made["empId"]):
            raise RefusedByOffice("No such serialNo")
        made["serialNo"] = serial or str(len(self.rows) + 101)
        made["description"] = kind["description"]
        made["lastChanged"] = moment if serial else ""
        made["requestDate"] = self.rows[serial]["requestDate"] if serial else moment
        if kind["permisjonId"] == "1" and not made["permisjonId"]:
            made["permisjonId"] = made["serialNo"]
        self.rows[made["serialNo"]] = made
        return self._shown(made)

    def _check(self, made: Document, kind: Document) -> None:
        if not is_day(made["startDate"]) or (made["endDate"] and not is_day(made["endDate"])):
            raise RefusedByOffice("startDate and endDate must be YYYY-MM-DD")
        if not made["endDate"] and kind["category"] != "leave_of_absence":
            raise RefusedByOffice("endDate is mandatory")
        if made["endDate"] and made["endDate"] < made["startDate"]:
            raise RefusedByOffice("endDate is before startDate")
        if not re.fullmatch(r"\d{1,3}(\.\d{1,2})?", made["percent"]) or not 0 < float(made["percent"]) <= 100:
            raise RefusedByOffice("percent must be between 0 and 100")
        if kind["percentage"] == "0" and float(made["percent"]) != 100:
            raise RefusedByOffice("percent is not allowed for this absenceType")
        if kind["comment_mandatory"] == "1" and not made["comment"]:
            raise RefusedByOffice("comment is mandatory")
        if kind["category"] == "sick_child" and not self._has_child(made):
            raise RefusedByOffice("childId is mandatory")
        if kind["leave_of_absence_type"] == PARENTAL and not is_day(made["startdateParental"]):
            raise RefusedByOffice("startdateParental is mandatory")
        if made["approved"] not in ("", "1", REJECTED):
            raise RefusedByOffice("Invalid value for approved")
        if made["numberOfDays"] and kind["category"] != "vacation":
            raise RefusedByOffice("numberOfDays is only used with vacation")

    def _has_child(self, made: Document) -> bool:
        return any(one["childId"] == made["childId"] for one in self.children.get(made["empId"], []))

    @staticmethod
    def _shown(row: Document) -> Document:
        days = {name: f"{row[name]} 00:00:00" if row[name] else "" for name in ("startDate", "endDate")}
        return {**row, **days}
