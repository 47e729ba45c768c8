"""A stand-in for Fortnox' API v3: several companies behind one address, as their published facts say.

Consent in the browser, tokens by tenant, 25 calls in five seconds for a company, everything wrapped in its name, lists
by page with `MetaInformation`, refusals as `ErrorInformation`. What has never been observed is a switch
(`company.FortnoxSwitches`).
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from aiohttp import web

from sandbox.faults import Body
from sandbox.fortnox import screen
from sandbox.fortnox.company import FortnoxCompany
from sandbox.fortnox.rules import Document, RefusedByFortnox
from sandbox.fortnox.sign_in import FortnoxSignIn, TokenDenied
from sandbox.standin import Clock, Exchange, GuideLine, Journal, Screen, StandIn, utc_now

CLIENT_ID, CLIENT_SECRET = "demoFortnoxApp", "demo-secret-of-fortnox-app"
AUTH_PATH, APPROVE_PATH, TOKEN_PATH, LANDING_PATH = (
    f"/oauth-v1/{name}" for name in ("auth", "approve", "token", "landing")
)
LIMIT, WINDOW = 25, timedelta(seconds=5)
PAGE, LARGEST_PAGE = 100, 500
FILTERS: dict[str, frozenset[str]] = {
    "Employees": frozenset({"filter"}),
    "AbsenceTransactions": frozenset({"employeeid", "date"}),
}

Operation = Callable[[FortnoxCompany, web.Request, Any], Any]


class _Journal(Journal):
    """Asking for a token changes nothing in the system."""

    def writes(self, path: str = "") -> list[Exchange]:
        return [exchange for exchange in super().writes(path) if exchange.path != TOKEN_PATH]


class Fortnox(StandIn):
    """The whole of it: `open_company()`, then talk to it."""

    key: ClassVar[str] = "fortnox"
    title: ClassVar[str] = "Fortnox"

    def __init__(self, *, clock: Clock = utc_now) -> None:
        super().__init__()
        self.requests = _Journal()
        self.clock = clock
        self.sign_in = FortnoxSignIn(clock, CLIENT_ID, CLIENT_SECRET)
        self.companies: dict[int, FortnoxCompany] = {}
        self.guide: list[GuideLine] = []
        self.limit = LIMIT
        self._calls: dict[int, deque[datetime]] = defaultdict(deque)

    def open_company(self, tenant: int, name: str, organisation_number: str) -> FortnoxCompany:
        """Make an empty company."""
        self.companies[tenant] = FortnoxCompany(tenant, name, organisation_number, self.clock)
        return self.companies[tenant]

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get(AUTH_PATH, self._auth)
        app.router.add_get(APPROVE_PATH, self._approve)
        app.router.add_get(LANDING_PATH, self._landing)
        app.router.add_post(TOKEN_PATH, self._token)
        employees, absences = "/3/employees", "/3/absencetransactions"
        add = self._add(app)
        add(
            "GET",
            "/3/companyinformation",
            "companyinformation",
            "CompanyInformation",
            lambda c, _r, _b: c.information(),
        )
        add("GET", "/3/costcenters", "costcenter", "CostCenters", lambda c, _r, _b: list(c.cost_centers.values()))
        add("GET", employees, "salary", "Employees", _employees)
        add("POST", employees, "salary", "Employee", lambda c, _r, b: c.shown(c.create_employee(b)))
        one = employees + "/{id}"
        add("GET", one, "salary", "Employee", lambda c, r, _b: c.shown(c.employee(r.match_info["id"])))
        add("PUT", one, "salary", "Employee", lambda c, r, b: c.shown(c.update_employee(r.match_info["id"], b)))
        add("GET", absences, "salary", "AbsenceTransactions", _absences)
        add("POST", absences, "salary", "AbsenceTransaction", lambda c, _r, b: c.create_absence(b))
        row = absences + "/{id}"
        add("GET", row, "salary", "AbsenceTransaction", lambda c, r, _b: c.absence(r.match_info["id"]))
        add("PUT", row, "salary", "AbsenceTransaction", lambda c, r, b: c.update_absence(r.match_info["id"], b))
        add("DELETE", row, "salary", "AbsenceTransaction", lambda c, r, _b: c.delete_absence(r.match_info["id"]))

    def _add(self, app: web.Application) -> Callable[[str, str, str, str, Operation], None]:
        def add(method: str, path: str, scope: str, name: str, operation: Operation) -> None:
            app.router.add_route(method, path, self._guarded(scope, name, operation))

        return add

    def _guarded(self, scope: str, name: str, operation: Operation) -> Any:
        """Token, limit, scope, licence and media type; then the operation, and its refusals in their envelope."""

        async def handle(request: web.Request) -> web.Response:
            grant = self.sign_in.bearer(request.headers.get("Authorization", ""))
            company = self.companies.get(grant.tenant) if grant else None
            if grant is None or company is None:
                return self.unauthorized()
            if not self._admits(company.tenant):
                return self.too_many_requests({})
            if request.headers.get("Accept", "*/*") not in ("application/json", "*/*"):
                return _refused("Ogiltig svarstyp.", 1000030)
            if scope not in grant.scopes:
                return _refused("Saknar behörighet för scope.", 2000663)
            if scope == "salary" and not company.has_licence:
                return _refused("Det finns ingen aktiv licens för önskat scope.", 2001101)
            body = None
            if request.method in ("POST", "PUT"):
                if request.content_type != "application/json":
                    return _refused("Ogiltig innehållstyp.", 1000031)
                try:
                    body = json.loads(await request.read())
                except ValueError:
                    return _refused("Felaktig JSON.", 2002115)
            try:
                found = operation(company, request, body)
                if isinstance(found, list):
                    return _page(request, name, found)
            except RefusedByFortnox as refusal:
                return _refused(refusal.message, refusal.code, refusal.status)
            return web.json_response({name: found}, status=201 if request.method == "POST" else 200)

        return handle

    def _admits(self, tenant: int) -> bool:
        """Whether one more call is within the limit; counts it."""
        calls, now = self._calls[tenant], self.clock()
        while calls and now - calls[0] >= WINDOW:
            calls.popleft()
        if len(calls) >= self.limit:
            return False
        calls.append(now)
        return True

    async def _auth(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        if (wrong := self.sign_in.wrong(asked)) is not None:
            return web.Response(status=400, text=wrong)
        page = screen.consent_page(asked, self.companies.values())
        return web.Response(text=page, content_type="text/html")

    async def _approve(self, request: web.Request) -> web.Response:
        asked = {name: value for name, value in request.query.items() if name not in ("tenant", "role")}
        if (wrong := self.sign_in.wrong(asked)) is not None:
            return web.Response(status=400, text=wrong)
        tenant = request.query.get("tenant")
        if tenant is None:
            address = self.sign_in.deny(asked)
        else:
            administrator = request.query.get("role") == "administrator"
            address = self.sign_in.approve(asked, int(tenant), administrator=administrator)
        return web.Response(status=302, headers={"Location": address})

    async def _landing(self, request: web.Request) -> web.Response:
        return web.Response(text=screen.landing_page(str(request.url)), content_type="text/html")

    async def _token(self, request: web.Request) -> web.Response:
        form = dict(parse_qsl(await request.text()))
        if request.content_type != "application/x-www-form-urlencoded":
            return web.json_response({"error": "invalid_request", "error_description": "A form is wanted"}, status=400)
        try:
            authorization = request.headers.get("Authorization", "")
            return web.json_response(self.sign_in.answer(authorization, form, request.headers.get("TenantId")))
        except TokenDenied as denied:
            status = 401 if denied.error == "invalid_client" else 400
            return web.json_response({"error": denied.error, "error_description": denied.description}, status=status)

    def operator_environment(self) -> dict[str, str]:
        """See `standin.System`."""
        landing = f"{self.url}{LANDING_PATH}"
        self.sign_in.redirect_uris.add(landing)
        return {
            "FORTNOX_URL": self.url,
            "FORTNOX_AUTH_URL": self.url,
            "FORTNOX_CLIENT_ID": CLIENT_ID,
            "FORTNOX_CLIENT_SECRET": CLIENT_SECRET,
            "FORTNOX_REDIRECT_URL": landing,
        }

    def tables(self) -> Screen:
        return screen.tables(list(self.companies.values()))

    def guide_lines(self) -> list[GuideLine]:
        return self.guide

    def snapshot(self) -> dict[str, Any]:
        """What every company holds, and who has agreed; tokens are not kept."""
        held = {str(tenant): company.snapshot() for tenant, company in self.companies.items()}
        consents = {str(tenant): list(scopes) for tenant, scopes in self.sign_in.consents.items()}
        return {"companies": held, "consents": consents}

    def restore(self, state: dict[str, Any]) -> None:
        """Companies themselves are code: open them first, then restore what they held."""
        self.sign_in.consents = {int(tenant): tuple(scopes) for tenant, scopes in state["consents"].items()}
        for tenant, company in self.companies.items():
            if str(tenant) in state["companies"]:
                company.restore(state["companies"][str(tenant)])

    def unauthorized(self) -> web.Response:
        return _refused("Ogiltig inloggning.", 2000310, 401)

    def too_many_requests(self, headers: dict[str, str]) -> web.Response:
        return web.json_response({"message": "Too Many Requests"}, status=429, headers=headers)

    def shorten(self, body: Body, keep: int) -> Body:
        if not isinstance(body, dict):
            return body
        return {name: rows[:keep] if isinstance(rows, list) else rows for name, rows in body.items()}

    def as_other_company(self, body: Body) -> Body:
        """The same answer about a company that is not ours."""
        if isinstance(body, dict) and isinstance(body.get("CompanyInformation"), dict):
            return {"CompanyInformation": {**body["CompanyInformation"], "DatabaseNumber": 999999}}
        return body


def _employees(company: FortnoxCompany, request: web.Request, _body: Any) -> list[Document]:
    _check_query(request, "Employees")
    rows = [company.shown(row) for row in company.employees.values()]
    wanted = request.query.get("filter")
    return [row for row in rows if wanted is None or row["Inactive"] is (wanted == "inactive")]


def _absences(company: FortnoxCompany, request: web.Request, _body: Any) -> list[Document]:
    _check_query(request, "AbsenceTransactions")
    rows = list(company.absences.values())
    for parameter, name in (("employeeid", "EmployeeId"), ("date", "Date")):
        if (wanted := request.query.get(parameter)) is not None:
            rows = [row for row in rows if row[name] == wanted]
    return rows


def _check_query(request: web.Request, name: str) -> None:
    """Names in lower case; others are passed over if they have capitals, and refused if they do not exist."""
    for parameter in request.query:
        if parameter.islower() and parameter not in FILTERS[name] | {"page", "limit"}:
            raise RefusedByFortnox(f"Parametern {parameter} accepteras inte av servern.", 2000588)


def _page(request: web.Request, name: str, rows: list[Document]) -> web.Response:
    page, limit = int(request.query.get("page", 1)), min(int(request.query.get("limit", PAGE)), LARGEST_PAGE)
    if page < 1 or limit < 1:
        raise RefusedByFortnox("Ogiltig sida.", 2000588)
    path = request.path
    shown = [{"@url": f"https://api.fortnox.se{path}", **row} for row in rows[(page - 1) * limit : page * limit]]
    pages = max(1, -(-len(rows) // limit))
    told = {"@TotalResources": len(rows), "@TotalPages": pages, "@CurrentPage": page}
    return web.json_response({"MetaInformation": told, name: shown})


def _refused(message: str, code: int, status: int = 400) -> web.Response:
    body = {"ErrorInformation": {"error": 1, "message": message, "code": code}}
    return web.json_response(body, status=status)
