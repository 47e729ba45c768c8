"""The operations of the Tripletex API that an HR integration uses, each a function of one signed-in call.

Source: API v2 description 2.75.00 for paths and parameters; recordings for what they really answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.tripletex import errors, fields, list_query, texts, timesheet_api, write_api
from sandbox.tripletex.company_state import Books, Row
from sandbox.tripletex.errors import Refusal
from sandbox.tripletex.fields import stub
from sandbox.tripletex.models import MODELS
from sandbox.tripletex.registers import EMPLOYMENT_FORMS, END_REASONS, REGISTERS
from sandbox.tripletex.sessions import Caller


@dataclass(frozen=True)
class Call:
    """A request by a signed-in caller in one company. `accountant_of` are the companies it may act for."""

    request: web.Request
    caller: Caller
    books: Books
    clients: tuple[Books, ...] = ()

    @property
    def row_id(self) -> int:
        return int(self.request.match_info["id"])

    async def body(self) -> Any:
        try:
            return await self.request.json()
        except ValueError:
            raise Refusal(422, errors.INVALID_JSON, texts.INVALID_JSON) from None


Answer = tuple[int, Any]
Operation = Callable[[Call], Any]


async def who_am_i(call: Call) -> Answer:
    owner = call.caller.owner
    value = {
        "employeeId": owner,
        "actualEmployeeId": owner,
        "employee": stub(MODELS["Employee"], owner),
        "companyId": call.books.id,
        "company": stub(MODELS["Company"], call.books.id),
        "language": "no" if call.caller.language == "nb" else "en",
        "loggedInWithConnect": False,
        "employeeIsProxy": call.caller.as_client,
    }
    return 200, {"value": value}


async def clients(call: Call) -> Answer:
    """`/company/>withLoginAccess`: the companies an accountant may act for."""
    values = [
        {
            "id": books.id,
            "version": 0,
            "url": stub(MODELS["Company"], books.id)["url"],
            "name": books.name,
            "displayName": books.name,
            "organizationNumber": books.organization_number,
            "customerCompanyId": books.id,
        }
        for books in call.clients
    ]
    return 200, {
        "fullResultSize": len(values),
        "from": 0,
        "count": len(values),
        "versionDigest": None,
        "values": values,
    }


async def company(call: Call) -> Answer:
    row = call.books.rows["Company"].get(call.row_id)
    return 200, list_query.one(call.request, call.books, MODELS["Company"], row)


async def employees(call: Call) -> Answer:
    query = call.request.query
    rows = list(call.books.rows["Employee"].values())
    number = query.get("employeeNumber")
    if number:  # "Equals", where the names and the e-mail are "Containing"
        rows = [row for row in rows if row.get("employeeNumber") == number]
    rows = list_query.containing(call.request, rows, "firstName", "lastName", "email")
    for parameter, key in (("id", "id"), ("departmentId", "department")):
        wanted = list_query.ids(call.request, parameter)
        if wanted is not None:
            rows = [row for row in rows if row.get(key) in wanted]
    only_contacts = query.get("onlyContacts") == "true"
    if only_contacts or query.get("includeContacts") != "true":
        rows = [row for row in rows if row["isContact"] is only_contacts]
    return 200, list_query.page(call.request, call.books, MODELS["Employee"], rows)


async def create_employees(call: Call) -> Answer:
    """`POST /employee/list`. Whether the real one is all or nothing is unknown; here the first fault ends it."""
    body = await call.body()
    if not isinstance(body, list):
        raise Refusal(422, errors.MAPPING, texts.MAPPING_FAILED, problems=[])
    made = [write_api.create(call.books, MODELS["Employee"], one, call.caller.owner) for one in body]
    return 201, list_query.page(call.request, call.books, MODELS["Employee"], made)


async def employments(call: Call) -> Answer:
    """Without employeeId the real API answers one row, whatever there is."""
    wanted = list_query.ids(call.request, "employeeId")
    rows = list(call.books.rows["Employment"].values())
    if wanted is None:
        rows = rows[:1]
    else:
        rows = [row for one in sorted(wanted) for row in call.books.children("Employment", one)]
    return 200, list_query.page(call.request, call.books, MODELS["Employment"], rows)


async def details(call: Call) -> Answer:
    wanted = list_query.ids(call.request, "employmentId")
    rows = list(call.books.rows["EmploymentDetails"].values())
    if wanted is not None:
        rows = [row for one in sorted(wanted) for row in call.books.children("EmploymentDetails", one)]
    return 200, list_query.page(call.request, call.books, MODELS["EmploymentDetails"], rows)


async def leaves(call: Call) -> Answer:
    """`date` is described as defaulting to today; measured, all are given where it is left out."""
    wanted = list_query.ids(call.request, "employmentIds")
    rows = [row for row in call.books.rows["LeaveOfAbsence"].values() if wanted is None or row["employment"] in wanted]
    least, most = (list_query.whole(call.request, f"{name}Percentage", end) for name, end in (("min", 0), ("max", 100)))
    rows = [row for row in rows if least <= row["percentage"] <= most]
    day = call.request.query.get("date") or (call.books.switches.leaves_of_today and call.books.today.isoformat())
    if day:
        rows = [row for row in rows if row["startDate"] <= day <= (row.get("endDate") or "9999")]
    return 200, list_query.page(call.request, call.books, MODELS["LeaveOfAbsence"], rows)


async def standard_times(call: Call) -> Answer:
    return 200, list_query.page(call.request, call.books, MODELS["StandardTime"], _of_employee(call, "StandardTime"))


async def entitlements(call: Call) -> Answer:
    return 200, list_query.page(call.request, call.books, MODELS["Entitlement"], _of_employee(call, "Entitlement"))


def _of_employee(call: Call, model: str) -> list[Row]:
    """These lists are the token owner's own unless employeeId says otherwise."""
    wanted = list_query.ids(call.request, "employeeId") or {call.caller.owner}
    return [row for row in call.books.rows[model].values() if row["employee"] in wanted]


async def departments(call: Call) -> Answer:
    rows = list_query.containing(call.request, call.books.rows["Department"].values(), "name", "departmentNumber")
    wanted = list_query.ids(call.request, "id")
    inactive = call.request.query.get("isInactive")
    rows = [
        row
        for row in rows
        if (wanted is None or row["id"] in wanted)
        and (not inactive or bool(row.get("isInactive")) is (inactive == "true"))
    ]
    return 200, list_query.page(call.request, call.books, MODELS["Department"], rows)


async def divisions(call: Call) -> Answer:
    wanted = call.request.query.get("query", "").lower()
    rows = [row for row in call.books.rows["Division"].values() if wanted in row["name"].lower()]
    return 200, list_query.page(call.request, call.books, MODELS["Division"], rows)


async def categories(call: Call) -> Answer:
    rows = list_query.containing(call.request, call.books.rows["EmployeeCategory"].values(), "name", "number")
    return 200, list_query.page(call.request, call.books, MODELS["EmployeeCategory"], rows)


async def occupation_codes(call: Call) -> Answer:
    """`code` and `nameNO` are "Containing": a search for 111 finds 0113115 too."""
    rows = list_query.containing(call.request, REGISTERS["OccupationCode"].values(), "code", "nameNO")
    wanted = list_query.ids(call.request, "id")
    rows = [row for row in rows if wanted is None or row["id"] in wanted]
    return 200, list_query.page(call.request, call.books, MODELS["OccupationCode"], rows)


def register(model: str, rows: dict[int, Row] | None = None) -> Operation:
    """A list that is the same for all companies."""

    async def answer(call: Call) -> Answer:
        found = (REGISTERS[model] if rows is None else rows).values()
        return 200, list_query.page(call.request, call.books, MODELS[model], found)

    return answer


def read(model: str) -> Operation:
    async def answer(call: Call) -> Answer:
        row = call.books.table(model).get(call.row_id)
        return 200, list_query.one(call.request, call.books, MODELS[model], row)

    return answer


def create(model: str) -> Operation:
    async def answer(call: Call) -> Answer:
        row = write_api.create(call.books, MODELS[model], await call.body(), call.caller.owner)
        return 201, _written(call, model, row)

    return answer


def update(model: str) -> Operation:
    async def answer(call: Call) -> Answer:
        row = write_api.update(call.books, MODELS[model], call.row_id, await call.body(), call.caller.owner)
        return 200, _written(call, model, row)

    return answer


def _written(call: Call, model: str, row: Row) -> dict[str, Any]:
    tree = fields.parse(call.request.query.get("fields"), MODELS[model])
    return {"value": call.books.show(MODELS[model], row, tree)}


async def refused(_call: Call) -> Answer:
    """What the API lists nowhere and answers 403 to, such as DELETE /employee/{id}."""
    raise errors.forbidden()


OPERATIONS: list[tuple[str, str, Operation]] = [
    ("GET", "/token/session/>whoAmI", who_am_i),
    ("GET", "/company/>withLoginAccess", clients),
    ("GET", r"/company/{id:\d+}", company),
    ("GET", "/employee", employees),
    ("POST", "/employee", create("Employee")),
    ("POST", "/employee/list", create_employees),
    ("GET", r"/employee/{id:\d+}", read("Employee")),
    ("PUT", r"/employee/{id:\d+}", update("Employee")),
    ("DELETE", r"/employee/{id:\d+}", refused),
    ("GET", "/employee/employment", employments),
    ("POST", "/employee/employment", create("Employment")),
    ("GET", r"/employee/employment/{id:\d+}", read("Employment")),
    ("PUT", r"/employee/employment/{id:\d+}", update("Employment")),
    ("GET", "/employee/employment/details", details),
    ("POST", "/employee/employment/details", create("EmploymentDetails")),
    ("GET", r"/employee/employment/details/{id:\d+}", read("EmploymentDetails")),
    ("PUT", r"/employee/employment/details/{id:\d+}", update("EmploymentDetails")),
    ("GET", "/employee/employment/leaveOfAbsence", leaves),
    ("POST", "/employee/employment/leaveOfAbsence", create("LeaveOfAbsence")),
    ("GET", r"/employee/employment/leaveOfAbsence/{id:\d+}", read("LeaveOfAbsence")),
    ("PUT", r"/employee/employment/leaveOfAbsence/{id:\d+}", update("LeaveOfAbsence")),
    ("GET", "/employee/employment/leaveOfAbsenceType", register("LeaveOfAbsenceType")),
    ("GET", "/employee/employment/occupationCode", occupation_codes),
    ("GET", r"/employee/employment/occupationCode/{id:\d+}", read("OccupationCode")),
    ("GET", "/employee/employment/employmentType", register("EmploymentType")),
    (
        "GET",
        "/employee/employment/employmentType/employmentFormType",
        register("EmploymentType", EMPLOYMENT_FORMS),
    ),
    (
        "GET",
        "/employee/employment/employmentType/employmentEndReasonType",
        register("EmploymentType", END_REASONS),
    ),
    ("GET", "/employee/employment/remunerationType", register("RemunerationType")),
    ("GET", "/employee/employment/workingHoursScheme", register("WorkingHoursScheme")),
    ("GET", "/employee/standardTime", standard_times),
    ("POST", "/employee/standardTime", create("StandardTime")),
    ("GET", r"/employee/standardTime/{id:\d+}", read("StandardTime")),
    ("PUT", r"/employee/standardTime/{id:\d+}", update("StandardTime")),
    ("GET", "/employee/entitlement", entitlements),
    ("GET", "/employee/category", categories),
    ("GET", "/department", departments),
    ("GET", r"/department/{id:\d+}", read("Department")),
    ("GET", "/division", divisions),
    ("GET", "/municipality", register("Municipality")),
    ("GET", "/country", register("Country")),
    *timesheet_api.OPERATIONS,
]
