"""A stand-in for PowerOffice Go's API v2: several clients behind one address, as their published facts say.

Two headers on every call, ten calls a second for a subscription, 204 for an empty list, pages by number with the next
one named in `X-Pagination`, changes as JSON Patch that pass over what they do not know. What has never been observed is
a switch (`company.Switches`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from aiohttp import web

from sandbox.faults import Body
from sandbox.poweroffice_go import screen
from sandbox.poweroffice_go.company import GoClient
from sandbox.poweroffice_go.rules import Document, RefusedByGo
from sandbox.poweroffice_go.sign_in import SignIn
from sandbox.standin import Clock, Exchange, GuideLine, Journal, Screen, StandIn, utc_now

APPLICATION_KEY = "a9f1c0de-0000-4000-8000-00000000aaaa"
SUBSCRIPTION_KEY = "0c9a1b2c3d4e5f60718293a4b5c6d7e8"
TOKEN_PATH = "/Demo/OAuth/Token"
NO_CLIENT = "Client integration not found. Please ensure the provided keys are matching the desired environment."
PAGE, LARGEST_PAGE = 5000, 20_000

Operation = Callable[["_Asked", GoClient], Any]


class _Journal(Journal):
    """Asking for a token changes nothing in the system."""

    def writes(self, path: str = "") -> list[Exchange]:
        return [exchange for exchange in super().writes(path) if exchange.path != TOKEN_PATH]


class PowerofficeGo(StandIn):
    """The whole of it, as the demo environment: `open_client()`, then talk to it."""

    key: ClassVar[str] = "poweroffice_go"
    title: ClassVar[str] = "PowerOffice Go"
    prefix: ClassVar[str] = "/Demo"

    def __init__(self, *, clock: Clock = utc_now) -> None:
        super().__init__()
        self.requests = _Journal()
        self.clock = clock
        self.sign_in = SignIn(clock, APPLICATION_KEY, SUBSCRIPTION_KEY)
        self.clients: dict[str, GoClient] = {}
        self.guide: list[GuideLine] = []

    def open_client(self, identifier: str, name: str, client_key: str) -> GoClient:
        """Make an empty Go client that has added the integration."""
        self.clients[identifier] = GoClient(identifier, name, self.clock)
        self.sign_in.clients[client_key] = identifier
        return self.clients[identifier]

    def revoke(self, client_key: str) -> None:
        """Remove the extension in Go: the key and its tokens are dead."""
        self.sign_in.clients.pop(client_key, None)

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post(TOKEN_PATH, self._token)
        employee, jobs = "/Employees/{employee:\\d+}", "/Employees/{employee:\\d+}/Employments"
        one_job, lines = jobs + "/{job:\\d+}", "/Employees/Employments/{job:\\d+}"
        add = self._add(app)
        add("GET", "/ClientIntegrationInformation", (), self._information)
        add("GET", "/Employees", ("Employee",), self._employees)
        add("POST", "/Employees", ("Employee_Full",), lambda a, c: c.create_employee(a.body))
        add("GET", "/Employees/Employments", ("Employment",), self._light)
        add("GET", employee, ("Employee",), lambda a, c: c.one("employees", a["employee"]))
        add("PATCH", employee, ("Employee_Full",), lambda a, c: c.patch_employee(a["employee"], a.body))
        add("DELETE", employee, ("Employee_Full",), lambda a, c: c.delete_employee(a["employee"]))
        add("GET", jobs, ("Employment",), lambda a, c: _of_employee(c, a["employee"]))
        add("POST", jobs, ("Employment_Full",), lambda a, c: c.create_employment(a["employee"], a.body))
        add("GET", one_job, ("Employment",), lambda a, c: c.one("employments", a["job"]))
        add("PATCH", one_job, ("Employment_Full",), lambda a, c: c.patch_employment(a["employee"], a["job"], a.body))
        add("DELETE", one_job, ("Employment_Full",), lambda a, c: c.delete_employment(a["employee"], a["job"]))
        for path, kind, role in (
            ("Salaries", "salaries", "EmploymentSalary"),
            ("FtePercentages", "ftes", "EmploymentFtePercentage"),
        ):
            self._add_lines(add, f"{lines}/{path}", kind, role)
        self._add_leaves(add, f"{lines}/Leaves")
        accounts = ("ContactBankAccount_Full", "Employee_Full")
        add("GET", "/ContactBankAccounts", ("ContactBankAccount", "Employee"), self._accounts)
        add("POST", "/ContactBankAccounts/{c:\\d+}", accounts, lambda a, c: c.create_account(a["c"], a.body))
        chosen = ("EmployeeBankAccounts_Full",)
        add("PATCH", f"{employee}/BankAccounts", chosen, lambda a, c: c.choose_account(a["employee"], a.body))
        for path, kind, role in (
            ("Departments", "departments", "Department"),
            ("Enterprises", "enterprises", "Enterprises"),
            ("SubLedgerNumberSeries", "series", "CommonServices"),
        ):
            add("GET", f"/{path}", (role,), _all(kind))
        add("GET", "/PayrollSettings", ("PayrollSettings",), lambda _, c: c.payroll)

    def _add_lines(self, add: Any, path: str, kind: str, role: str) -> None:
        one, full = path + "/{line:\\d+}", (f"{role}_Full",)
        add("GET", path, (role,), lambda a, c: c.of(kind, EmploymentId=int(a["job"])))
        add("POST", path, full, lambda a, c: c.create_line(kind, a["job"], a.body))
        add("PATCH", one, full, lambda a, c: c.patch_line(kind, a["job"], a["line"], a.body))
        add("DELETE", one, full, lambda a, c: c.delete_line(kind, a["job"], a["line"]))

    def _add_leaves(self, add: Any, path: str) -> None:
        one, read, full = path + "/{line}", ("EmploymentLeave",), ("EmploymentLeave_Full",)
        job: Callable[[_Asked, GoClient], Document] = lambda a, c: c.one("employments", a["job"])  # noqa: E731
        add("GET", path, read, lambda a, c: c.leaves.of(job(a, c)["Id"]))
        add("POST", path, full, lambda a, c: c.leaves.create(job(a, c), a.body))
        add("GET", one, read, lambda a, c: c.leaves.shown(c.leaves.one(job(a, c)["Id"], a["line"])))
        add("PATCH", one, full, lambda a, c: c.patch_leave(a["job"], a["line"], a.body))
        add("DELETE", one, full, lambda a, c: c.leaves.delete(job(a, c), a["line"]))

    def _add(self, app: web.Application) -> Callable[[str, str, tuple[str, ...], Operation], None]:
        def add(method: str, path: str, roles: tuple[str, ...], operation: Operation) -> None:
            app.router.add_route(method, f"{self.prefix}/v2{path}", self._guarded(roles, operation))

        return add

    def _guarded(self, roles: tuple[str, ...], operation: Operation) -> Any:
        """Both headers, the limit, the privilege, the media type; then the operation, and its refusals as problems."""

        async def handle(request: web.Request) -> web.Response:
            if (refused := self._subscription(request)) is not None:
                return refused
            client = self.clients.get(self.sign_in.bearer(request.headers.get("Authorization", "")) or "")
            if client is None:
                return self.unauthorized()
            if roles and not client.privileges & {*roles, *(f"{role}_Full" for role in roles)}:
                return web.Response(status=403)
            if request.method == "PATCH" and request.content_type != "application/json-patch+json":
                return _problem(415, "Unsupported media type.")
            body = None
            if request.method in ("POST", "PATCH"):
                try:
                    body = json.loads(await request.read())
                except ValueError:
                    return _problem(400, "The body is not JSON.")
            try:
                found = operation(_Asked(request, body), client)
            except RefusedByGo as refusal:
                return _problem(refusal.status, refusal.detail, refusal.field)
            if request.method == "DELETE":
                return web.Response(status=204)
            if isinstance(found, list):
                return self._page(request, client, found)
            return _answer(_whole(client, found), 201 if request.method == "POST" else 200)

        return handle

    def _subscription(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Ocp-Apim-Subscription-Key") != self.sign_in.subscription_key:
            words = "Access denied due to missing or invalid subscription key."
            return _answer({"statusCode": 401, "message": words}, 401)
        return None if self.sign_in.admits() else self.too_many_requests({})

    async def _token(self, request: web.Request) -> web.Response:
        if (refused := self._subscription(request)) is not None:
            return refused
        form = dict(parse_qsl(await request.text()))
        right = request.content_type == "application/x-www-form-urlencoded"
        if not right or form.get("grant_type") != "client_credentials":
            return _answer({"error": "unsupported_grant_type", "error_description": "Use client_credentials."}, 400)
        token = self.sign_in.issue(request.headers.get("Authorization", ""))
        if token is None:
            words = (
                "Client integration not found. Please ensure the provided keys are matching the desired environment."
            )
            return _answer({"error": "invalid_client", "error_description": words}, 400)
        return _answer({"access_token": token, "token_type": "bearer", "expires_in": self.sign_in.lifetime})

    def _page(self, request: web.Request, client: GoClient, rows: list[Document]) -> web.Response:
        query = request.query
        if any(name.startswith("$") for name in query):
            return _problem(400, "OData parameters are not supported.")
        size, page = int(query.get("PageSize", PAGE)), int(query.get("PageNumber", 1))
        if not 1 <= size <= LARGEST_PAGE or page < 1:
            return _problem(400, "PageSize is not valid.")
        shown = [_whole(client, row) for row in rows[(page - 1) * size : page * size]]
        if wanted := [name for name in query.get("Fields", "").split(",") if name]:
            shown = [{name: row[name] for name in wanted if name in row} for row in shown]
        if not shown:
            return web.Response(status=204)
        following = request.url.update_query(PageNumber=page + 1) if page * size < len(rows) else None
        pagination = {"nextPageLink": str(following) if following else None, "totalCount": len(rows)}
        return _answer(shown, headers={"X-Pagination": json.dumps(pagination)})

    def _information(self, _asked: _Asked, client: GoClient) -> Document:
        return {
            "ClientId": client.id,
            "ClientName": client.name,
            "ActiveClientSubscriptions": ["Accounting", "Payroll"],
            "ValidPrivileges": sorted(client.privileges),
            "InvalidPrivileges": sorted(client.unlicensed),
        }

    def _employees(self, asked: _Asked, client: GoClient) -> list[Document]:
        rows = list(client.rows["employees"].values())
        if numbers := asked.query.get("employeeNos"):
            rows = [row for row in rows if _in_ranges(row["Number"], numbers)]
        if reference := asked.query.get("externalImportReference"):
            rows = [row for row in rows if row.get("ExternalImportReference") == reference]
        if since := asked.query.get("lastChangedDateTimeOffsetGreaterThan"):
            rows = [row for row in rows if row["LastChangedDateTimeOffset"] > since]
        return rows

    def _light(self, _asked: _Asked, client: GoClient) -> list[Document]:
        names = ("Id", "EmployeeId", "EmploymentForm", "EnterpriseId", "StartDate", "EndDate")
        return [{name: row.get(name) for name in names} for row in client.rows["employments"].values()]

    def _accounts(self, asked: _Asked, client: GoClient) -> list[Document]:
        rows = list(client.rows["accounts"].values())
        wanted = [int(one) for one in asked.query.get("contactIds", "").split(",") if one]
        return [row for row in rows if row["ContactId"] in wanted] if wanted else rows

    def operator_environment(self) -> dict[str, str]:
        """See `standin.System`."""
        return {
            "POWEROFFICE_GO_TEST_URL": self.url,
            "POWEROFFICE_GO_TEST_APPLICATION_KEY": APPLICATION_KEY,
            "POWEROFFICE_GO_TEST_SUBSCRIPTION_KEY": SUBSCRIPTION_KEY,
        }

    def tables(self) -> Screen:
        return screen.tables(list(self.clients.values()))

    def guide_lines(self) -> list[GuideLine]:
        return self.guide

    def snapshot(self) -> dict[str, Any]:
        """What every client holds; tokens are not kept."""
        return {key: client.snapshot() for key, client in self.clients.items()}

    def restore(self, state: dict[str, Any]) -> None:
        """Clients themselves are code: open them first, then restore what they held."""
        for key, client in self.clients.items():
            if key in state:
                client.restore(state[key])

    def unauthorized(self) -> web.Response:
        return web.Response(status=401)

    def too_many_requests(self, headers: dict[str, str]) -> web.Response:
        words = "Rate limit is exceeded. Try again in 1 seconds."
        return web.json_response({"statusCode": "429", "message": words}, status=429, headers=headers)

    def shorten(self, body: Body, keep: int) -> Body:
        return body[:keep] if isinstance(body, list) else body

    def as_other_company(self, body: Body) -> Body:
        """The same answer about a client that is not ours."""
        text = json.dumps(body)
        for identifier in self.clients:
            text = text.replace(identifier, "0" * 8 + identifier[8:])
        return json.loads(text)


class _Asked:
    """A request's path, query and body."""

    def __init__(self, request: web.Request, body: Any) -> None:
        self._path, self.query, self.body = request.match_info, request.query, body

    def __getitem__(self, name: str) -> str:
        return self._path[name]


def _all(kind: str) -> Operation:
    return lambda _, client: list(client.rows[kind].values())


def _of_employee(client: GoClient, employee: str) -> list[Document]:
    return client.of("employments", EmployeeId=client.one("employees", employee)["Id"])


def _whole(client: GoClient, row: Document) -> Document:
    for kind in ("employees", "employments", "salaries", "ftes"):
        if row.get("Id") in client.rows[kind]:
            return client.shown(kind, row)
    return row


def _in_ranges(number: int, ranges: str) -> bool:
    """Whether a number is in "1, 100-200, 500-"."""
    for piece in ranges.split(","):
        first, dash, last = piece.strip().partition("-")
        if int(first) <= number <= (int(last) if last else number if dash else int(first)):
            return True
    return False


def _answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(body, status=status, headers=headers)


def _problem(status: int, detail: str, field: str | None = None) -> web.Response:
    problem: Document = {"Type": None, "Title": "Request refused", "Status": status, "Detail": detail}
    if field:
        problem["errors"] = {field: [detail]}
    return web.json_response(problem, status=status, content_type="application/problem+json")
