"""The operations on hours: entries, months, weeks, activities, the company's own days off.

Source: API v2 description 2.75.00 for paths and parameters; recordings and integrators' logs for the refusals. What is
answered on a day that is closed has not been published: a switch says which of the answers that clients provide for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from sandbox.tripletex import errors, fields, list_query, object_mapper, texts
from sandbox.tripletex.company_state import Books, Row
from sandbox.tripletex.errors import Problem, Refusal
from sandbox.tripletex.models import MODELS, Kind
from sandbox.tripletex.object_mapper import Draft
from sandbox.tripletex.rules import id_of
from sandbox.tripletex.timesheets import VACATION, key_of

Call = Any
Operation = Callable[[Call], Any]

ENTRY = MODELS["TimesheetEntry"]
ON_PROJECTS = ("PROJECT_GENERAL_ACTIVITY", "PROJECT_SPECIFIC_ACTIVITY")
CLOSED = {"403": (403, 9000), "400": (400, 4000), "409": (409, 10000), "422": (422, 18000)}


async def entries(call: Call) -> tuple[int, Any]:
    """`dateFrom` is included and `dateTo` is not; both are needed, and equal ones are refused."""
    query, books = call.request.query, call.books
    first, after = (_day(query.get(name), name) for name in ("dateFrom", "dateTo"))
    if first >= after:
        raise Refusal(422, errors.VALUE, texts.empty_range(first.isoformat(), after.isoformat()))
    rows: Iterable[Row] = books.timesheets.of(list_query.ids(call.request, "employeeId"))
    rows = [row for row in rows if first.isoformat() <= row["date"] < after.isoformat()]
    for parameter, name in (("id", "id"), ("activityId", "activity"), ("projectId", "project")):
        wanted = list_query.ids(call.request, parameter)
        if wanted is not None:
            rows = [row for row in rows if row.get(name) in wanted]
    rows = list_query.containing(call.request, rows, "comment")
    page = list_query.page(call.request, books, ENTRY, rows)
    return 200, {**page, "sumAllHours": sum(row["hours"] for row in rows) if page["values"] else 0}


async def entry(call: Call) -> tuple[int, Any]:
    row = call.books.rows["TimesheetEntry"].get(call.row_id)
    return 200, list_query.one(call.request, call.books, ENTRY, row)


async def create_entry(call: Call) -> tuple[int, Any]:
    books = call.books
    draft = object_mapper.read(ENTRY, await call.body(), partial=False)
    problems = _problems(books, draft)
    if problems:
        raise errors.invalid(problems)
    values = _values(draft)
    if books.timesheets.closed(values["employee"], date.fromisoformat(values["date"])):
        raise _closed(books)
    if books.timesheets.taken(key_of(values)) is not None:
        raise Refusal(409, errors.EXISTS, texts.HOURS_EXIST)
    row = books.add("TimesheetEntry", by=call.caller.owner, **values)
    books.timesheets.keep(row)
    return 201, {"value": _shown(call, row)}


async def update_entry(call: Call) -> tuple[int, Any]:
    """The whole object. What is left out, or 0, is nulled; a change that changes nothing leaves the version."""
    books = call.books
    row = books.rows["TimesheetEntry"].get(call.row_id)
    if row is None:
        raise errors.not_found()
    draft = object_mapper.read(ENTRY, await call.body(), partial=False)
    if draft.get("version") not in (None, row["version"]):
        raise Refusal(409, errors.REVISION, texts.REVISION)
    problems = _problems(books, draft)
    if problems:
        raise errors.invalid(problems)
    values = {**dict.fromkeys(("project", "invoice", "comment")), **_values(draft)}
    if books.timesheets.locked(row) or books.timesheets.closed(values["employee"], date.fromisoformat(values["date"])):
        raise _closed(books)
    other = books.timesheets.taken(key_of(values))
    if other not in (None, row["id"]):
        raise Refusal(409, errors.EXISTS, texts.HOURS_EXIST)
    if any((row.get(name) or None) != (value or None) for name, value in values.items()):
        books.timesheets.drop(row)
        row.update(values)
        books.timesheets.keep(row)
        row["version"] += 1
        books.record(row, "UPDATE", call.caller.owner)
    return 200, {"value": _shown(call, row)}


async def delete_entry(call: Call) -> tuple[int, Any]:
    books = call.books
    row = books.rows["TimesheetEntry"].get(call.row_id)
    if row is None:
        raise errors.not_found()
    version = call.request.query.get("version")
    if version is not None and list_query.whole(call.request, "version", 0) != row["version"]:
        raise Refusal(409, errors.REVISION, texts.REVISION)
    if books.timesheets.locked(row):
        raise _closed(books)
    books.timesheets.drop(row)
    del books.rows["TimesheetEntry"][row["id"]]
    return 204, None


def _shown(call: Call, row: Row) -> Row:
    return call.books.show(ENTRY, row, fields.parse(call.request.query.get("fields"), ENTRY))  # type: ignore[no-any-return]


def _values(draft: Draft) -> Row:
    """A draft as it is stored: references by their ids, hours to the hundredth."""
    values: Row = {}
    for name, value in draft.items():
        if name not in ("id", "version"):
            values[name] = value.get("id") if ENTRY.fields[name].kind is Kind.REF and value is not None else value
    return {**values, "hours": round(float(values["hours"]), 2)}


def _problems(books: Books, draft: Draft) -> list[Problem]:
    problems = []
    for name in ("activity", "employee", "project"):
        named = id_of(draft, name)
        if draft.get(name) is not None and named not in books.table(ENTRY.fields[name].model):
            problems.append(Problem(f"{name}.id", texts.NO_SUCH_OBJECT))
    activity = books.rows["Activity"].get(id_of(draft, "activity") or 0)
    if activity is not None and not _may_be_used(activity, on_project=id_of(draft, "project") is not None):
        problems.append(Problem("activity.id", texts.ACTIVITY_REFUSED))
    if draft["hours"] < 0:
        problems.append(Problem("hours", texts.INVALID_PARAMETER))
    if books.comments_required and not (draft.get("comment") or "").strip():
        problems.append(Problem("comment", texts.MUST_BE_FILLED))
    employee = id_of(draft, "employee") or 0
    if books.switches.hours_in_employment and employee in books.rows["Employee"]:
        jobs = books.children("Employment", employee)
        if not any(job["startDate"] <= draft["date"] <= (job.get("endDate") or "9999") for job in jobs):
            problems.append(Problem("date", texts.NOT_EMPLOYED))
    return problems


def _may_be_used(activity: Row, *, on_project: bool) -> bool:
    if activity.get("isDisabled"):
        return False
    if activity["activityType"] in ON_PROJECTS:
        return on_project
    return not (on_project and activity.get("name") == VACATION)


def _closed(books: Books) -> Refusal:
    status, code = CLOSED[books.switches.closed_answer]
    return Refusal(status, code, texts.CLOSED, problems=[] if status == 422 else None)


async def months(call: Call) -> tuple[int, Any]:
    return 200, _statuses(call, "MonthlyStatus", _months(call, "monthYear")[:1])


async def month_list(call: Call) -> tuple[int, Any]:
    return 200, _statuses(call, "MonthlyStatus", _months(call, "monthYearList"))


async def weeks(call: Call) -> tuple[int, Any]:
    text = call.request.query.get("weekYear", "")
    read = re.fullmatch(r"(\d{4})-(\d{1,2})", text)
    try:
        named = (int(read[1]), date.fromisocalendar(int(read[1]), int(read[2]), 1).isocalendar()[1]) if read else None
    except ValueError:
        named = None
    if named is None:
        raise _parameter("weekYear")
    return 200, _statuses(call, "Week", [named])


def _months(call: Call, name: str) -> list[str]:
    found = [one.strip() for one in call.request.query.get(name, "").split(",")]
    if not all(re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", one) for one in found):
        raise _parameter(name)
    return found


def _statuses(call: Call, model: str, named: list[Any]) -> dict[str, Any]:
    """Recorded: the envelope counts nothing, and a page is all there is, wherever it is asked to begin."""
    books = call.books
    people = list_query.ids(call.request, "employeeIds")
    if people is None:
        raise _parameter("employeeIds")
    known = [one for one in sorted(people) if one in books.rows["Employee"]]
    sheets = books.timesheets
    rows = [
        sheets.month(one, each) if model == "MonthlyStatus" else sheets.week(one, *each)
        for each in named
        for one in known
    ]
    if model in books.switches.filtered:
        rows = []
    tree = fields.parse(call.request.query.get("fields"), MODELS[model])
    values = [books.show(MODELS[model], row, tree) for row in rows]
    return {"fullResultSize": 0, "from": 0, "count": 0, "versionDigest": None, "values": values}


async def activities(call: Call) -> tuple[int, Any]:
    """`number` is "Equals", `name` is "Containing"."""
    query = call.request.query
    rows = list_query.containing(call.request, call.books.rows["Activity"].values(), "name", "description")
    wanted = list_query.ids(call.request, "id")
    kinds: dict[str, Callable[[Row], bool]] = {
        "isProjectActivity": lambda row: row["activityType"] in ON_PROJECTS,
        "isGeneral": lambda row: row["activityType"] == "GENERAL_ACTIVITY",
        "isTask": lambda row: row["activityType"] == "TASK",
        "isChargeable": lambda row: bool(row.get("isChargeable")),
        "isInactive": lambda row: bool(row.get("isDisabled")),
    }
    for name, told in kinds.items():
        if query.get(name):
            rows = [row for row in rows if told(row) is (query[name] == "true")]
    if query.get("number"):
        rows = [row for row in rows if row.get("number") == query["number"]]
    rows = [row for row in rows if wanted is None or row["id"] in wanted]
    return 200, list_query.page(call.request, call.books, MODELS["Activity"], rows)


async def activity(call: Call) -> tuple[int, Any]:
    row = call.books.rows["Activity"].get(call.row_id)
    return 200, list_query.one(call.request, call.books, MODELS["Activity"], row)


async def settings(call: Call) -> tuple[int, Any]:
    row = {
        "id": call.books.id,
        "version": 0,
        "changes": [],
        "timeClock": False,
        "timesheetCompleted": True,
        "flexBalance": True,
        "vacationBalance": True,
        "showDetailedTimeSheet": False,
        "requireCommentsOnRegisteredHoursAllProjects": call.books.comments_required,
    }
    return 200, list_query.one(call.request, call.books, MODELS["TimesheetSettings"], row)


async def holidays(call: Call) -> tuple[int, Any]:
    """`years` names a year; without it the one that runs."""
    years = call.request.query.get("years") or str(call.books.today.year)
    if not all(re.fullmatch(r"\d{4}", one.strip()) for one in years.split(",")):
        raise _parameter("years")
    wanted = {one.strip() for one in years.split(",")}
    rows = [row for row in call.books.rows["CompanyHolidays"].values() if row["date"][:4] in wanted]
    return 200, list_query.page(call.request, call.books, MODELS["CompanyHolidays"], rows)


def _day(text: str | None, name: str) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        raise _parameter(name) from None


def _parameter(name: str) -> Refusal:
    problems = [Problem(name, texts.INVALID_PARAMETER)]
    return Refusal(422, errors.PARAMETER, texts.VALIDATION_FAILED, problems=problems)


OPERATIONS: list[tuple[str, str, Operation]] = [
    ("GET", "/activity", activities),
    ("GET", r"/activity/{id:\d+}", activity),
    ("GET", "/timesheet/entry", entries),
    ("POST", "/timesheet/entry", create_entry),
    ("GET", r"/timesheet/entry/{id:\d+}", entry),
    ("PUT", r"/timesheet/entry/{id:\d+}", update_entry),
    ("DELETE", r"/timesheet/entry/{id:\d+}", delete_entry),
    ("GET", "/timesheet/month/byMonthNumber", months),
    ("GET", "/timesheet/month/byMonthNumberList", month_list),
    ("GET", "/timesheet/week", weeks),
    ("GET", "/timesheet/settings", settings),
    ("GET", "/timesheet/companyHoliday", holidays),
]
