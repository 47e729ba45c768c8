"""Round three of Tripletex' validation: the business rules, none of which the published description states.

Source: recorded answers of the real API. Rules whose existence is only inferred are switches of the books.
Each check returns the problems of a draft that would become (or change) a row; `current` is the row
before a PUT. A reference in a draft is `{"id": n}`.
"""

from __future__ import annotations

from typing import Any

from sandbox.tripletex import texts
from sandbox.tripletex.company_state import Books, Row
from sandbox.tripletex.errors import Problem
from sandbox.tripletex.models import MODELS, Kind, Model
from sandbox.tripletex.object_mapper import Draft


def id_of(draft: Draft | None, name: str) -> int | None:
    """The id a draft's reference names."""
    reference = (draft or {}).get(name)
    return reference.get("id") if isinstance(reference, dict) else None


def check(books: Books, model: Model, draft: Draft, current: Row | None = None) -> list[Problem]:
    """Every rule of a model; nested new rows are checked with their outer object's fields in front."""
    problems = _references(books, model, draft)
    match model.name:
        case "Employee":
            problems += _employee(books, draft, current)
        case "Employment":
            problems += _employment(books, draft, current, None)
        case "EmploymentDetails":
            problems += _details(books, draft, current)
        case "StandardTime" | "LeaveOfAbsence":
            owner = "employee" if model.name == "StandardTime" else "employment"
            if current is None and id_of(draft, owner) is None:
                problems.append(Problem(owner, texts.NOT_NULL))
            problems += _period(draft, current)
            if model.name == "LeaveOfAbsence":
                problems += _leave(books, draft, current)
    return problems


def _leave(books: Books, draft: Draft, current: Row | None) -> list[Problem]:
    """None of this is published: a leave takes a share, has an end for good, and may have to lie in its employment."""
    merged = {**(current or {}), **draft}
    problems = []
    if not 0 < (merged.get("percentage") or 0) <= 100:
        problems.append(Problem("percentage", texts.INVALID_PARAMETER))
    reopened = current is not None and current.get("endDate") and "endDate" in draft and draft["endDate"] is None
    if reopened and not books.switches.leave_reopens:
        problems.append(Problem("endDate", texts.NOT_NULL))
    if merged.get("endDate") and merged["endDate"] == merged.get("startDate") and not books.switches.leave_of_a_day:
        problems.append(Problem("endDate", texts.END_BEFORE_START))
    owner = id_of(draft, "employment") if current is None else current["employment"]
    job = books.rows["Employment"].get(owner or 0)
    if books.switches.leave_in_employment and job is not None and merged.get("startDate"):
        ends = merged.get("endDate") or merged["startDate"]
        if merged["startDate"] < job["startDate"] or ends > (job.get("endDate") or "9999"):
            problems.append(Problem("startDate", texts.NOT_IN_EMPLOYMENT))
    return problems


def _references(books: Books, model: Model, draft: Draft) -> list[Problem]:
    problems = []
    for one in model.fields.values():
        target = id_of(draft, one.name) if one.kind is Kind.REF else None
        if target is not None and target not in books.table(one.model):
            problems.append(Problem(f"{one.name}.id", texts.NO_SUCH_OBJECT))
    return problems


def _employee(books: Books, draft: Draft, current: Row | None) -> list[Problem]:
    problems = []
    merged = {**(current or {}), **draft}
    if not merged.get("userType"):
        problems.append(Problem(None, texts.USER_TYPE))
    problems += _email(books, draft, current, merged)
    problems += _number(books, draft, current, merged)
    has_department = id_of(draft, "department") is not None if "department" in draft else bool(merged.get("department"))
    if books.switches.department_required and not has_department:
        problems.append(Problem("department.id", texts.MUST_BE_FILLED))
    if current is not None and current["id"] in books.reported and _changed(draft, current, "dateOfBirth"):
        problems.append(Problem("dateOfBirth", texts.BIRTH_DATE_LOCKED))
    if current is None:
        for i, employment in enumerate(draft.get("employments") or []):
            inner = _references(books, MODELS["Employment"], employment)
            inner += _employment(books, employment, None, merged)
            before = (draft.get("employments") or [])[:i]
            dated = [one for one in [employment, *before] if one.get("startDate")]
            if books.switches.refuse_overlap and len(dated) > 1 and any(_overlap(employment, one) for one in dated[1:]):
                inner.append(Problem("startDate", texts.OVERLAP))
            problems += [problem.under("employments", f"employments[{i}]") for problem in inner]
    return problems


def _number(books: Books, draft: Draft, current: Row | None, merged: dict[str, Any]) -> list[Problem]:
    """Two employees never share a number; contacts may."""
    number = merged.get("employeeNumber")
    if (
        not number
        or merged.get("isContact")
        or (current is not None and not _changed(draft, current, "employeeNumber"))
    ):
        return []
    others = (row for row in books.rows["Employee"].values() if current is None or row["id"] != current["id"])
    taken = any(row.get("employeeNumber") == number and not row.get("isContact") for row in others)
    return [Problem("employeeNumber", texts.NOT_UNIQUE)] if taken else []


def _email(books: Books, draft: Draft, current: Row | None, merged: dict[str, Any]) -> list[Problem]:
    email = merged.get("email") or ""
    is_user = merged.get("userType") in ("STANDARD", "EXTENDED")
    if is_user and not email:
        return [Problem("email", texts.EMAIL_REQUIRED)]
    if not email:
        return []
    name, at, domain = email.partition("@")
    if not email.isascii() or " " in email or not name or not at or "." not in domain:
        return [Problem("email", texts.EMAIL_FORMAT)]
    if current is not None and _changed(draft, current, "email") and current.get("email"):
        if books.switches.email_change == "refuse":
            return [Problem("email", texts.EMAIL_LOCKED)]
        if books.switches.email_change == "ignore":
            draft["email"] = current["email"]
            return []
    if is_user and _email_taken(books, email, current):
        return [Problem("email", texts.EMAIL_TAKEN)]
    return []


def _email_taken(books: Books, email: str, current: Row | None) -> bool:
    return any(
        str(other.get("email") or "").lower() == email.lower()
        and other.get("userType") in ("STANDARD", "EXTENDED")
        and (current is None or other["id"] != current["id"])
        for other in books.rows["Employee"].values()
    )


def _employment(books: Books, draft: Draft, current: Row | None, employee: dict[str, Any] | None) -> list[Problem]:
    """`employee` is the draft it is nested in, whose own id does not exist yet."""
    problems = []
    owner = id_of(draft, "employee") if current is None else current["employee"]
    if employee is None:
        if owner is None:
            return [Problem("employee", texts.NOT_NULL)]
        employee = books.rows["Employee"].get(owner)
        if employee is None:
            return []  # reported as a missing reference already
    if current is None and not employee.get("dateOfBirth"):
        problems.append(Problem("employee.dateOfBirth", texts.MUST_BE_FILLED))
    if current is None and books.switches.division_required and id_of(draft, "division") is None:
        problems.append(Problem("division.id", texts.DIVISION_REQUIRED))
    if current is not None and "division" in draft and books.switches.division_locked:
        before = current.get("division")
        if before is not None and id_of(draft, "division") != before:
            problems.append(Problem("division.id", texts.DIVISION_LOCKED))
    problems += _period(draft, current)
    merged = {**(current or {}), **draft}
    others = books.children("Employment", owner) if owner is not None else []
    others = [other for other in others if current is None or other["id"] != current["id"]]
    if books.switches.refuse_overlap and any(_overlap(merged, other) for other in others):
        problems.append(Problem("startDate", texts.OVERLAP))
    if current is not None and _changed(draft, current, "startDate"):
        later = books.children("EmploymentDetails", current["id"])[1:]
        if later and draft["startDate"] > later[0]["date"]:
            problems.append(Problem("startDate", texts.START_AFTER_ROWS))
    for i, details in enumerate(draft.get("employmentDetails") or [] if current is None else []):
        inner = _references(books, MODELS["EmploymentDetails"], details)
        inner += _row_date(details, merged["startDate"], _dates_before(draft, i))
        problems += [p.under("employmentDetails", f"employmentDetails[{i}]") for p in inner]
    return problems


def _details(books: Books, draft: Draft, current: Row | None) -> list[Problem]:
    owner = id_of(draft, "employment") if current is None else current["employment"]
    if owner is None:
        return [Problem("employment", texts.NOT_NULL)]
    employment = books.rows["Employment"].get(owner)
    if employment is None:
        return []
    if current is not None and not _changed(draft, current, "date"):
        return []
    others = books.children("EmploymentDetails", owner)
    taken = {row["date"] for row in others if current is None or row["id"] != current["id"]}
    return _row_date(draft, employment["startDate"], taken)


def _row_date(draft: Draft, start: str, taken: set[str]) -> list[Problem]:
    day = draft.get("date")
    if day is None:
        return [Problem("date", texts.NOT_NULL)]
    if day in taken:
        return [Problem("date", texts.ALREADY_EXISTS)]
    if day < start:
        return [Problem("date", texts.BEFORE_START)]
    return []


def _dates_before(draft: Draft, index: int) -> set[str]:
    return {row["date"] for row in draft["employmentDetails"][:index] if row.get("date")}


def _period(draft: Draft, current: Row | None) -> list[Problem]:
    merged = {**(current or {}), **draft}
    start, end = merged.get("startDate"), merged.get("endDate")
    return [Problem("endDate", texts.END_BEFORE_START)] if start and end and end < start else []


def _overlap(one: dict[str, Any], other: Row) -> bool:
    ends = str(one.get("endDate") or "9999"), str(other.get("endDate") or "9999")
    return bool(one["startDate"] <= ends[1] and other["startDate"] <= ends[0])


def _changed(draft: Draft, current: Row, name: str) -> bool:
    return name in draft and draft[name] != current.get(name)
