"""A stand-in for Spiris Lön's API v2: several companies behind one address, as their description says.

Consent in the browser, tokens that are good once, 600 calls a minute for an application and an address, lists with
`Meta` and `Data` or bare, refusals as `ErrorCode`, `ErrorId` and `Errors`. What has never been observed is a switch
(`company.SpirisSwitches`).
"""

from __future__ import annotations

import json
import re
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from aiohttp import web

from sandbox.faults import Body
from sandbox.spiris_lon import rules, screen
from sandbox.spiris_lon.company import SpirisCompany
from sandbox.spiris_lon.rules import RefusedBySpiris
from sandbox.spiris_lon.sign_in import SpirisSignIn, TokenDenied
from sandbox.standin import Clock, Exchange, GuideLine, Journal, Screen, StandIn, utc_now

CLIENT_ID, CLIENT_SECRET = "demospirisapp", "demo-secret-of-spiris-app"
AUTH_PATH, TOKEN_PATH = "/connect/authorize", "/connect/token"
APPROVE_PATH, LANDING_PATH = "/oauth/approve", "/oauth/landing"
LIMIT, WINDOW = 600, timedelta(minutes=1)
PAGE, LARGEST_PAGE = 50, 1000
QUERIES = frozenset({"$filter", "$select", "$orderby", "$top", "$skip"})

Operation = Callable[[SpirisCompany, web.Request, Any], Any]


class _Journal(Journal):
    """Asking for a token changes nothing in the system."""

    def writes(self, path: str = "") -> list[Exchange]:
        return [exchange for exchange in super().writes(path) if exchange.path != TOKEN_PATH]


class SpirisLon(StandIn):
    """The whole of it: `open_company()`, then talk to it. `is_sandbox`: the application is of the sandbox type."""

    key: ClassVar[str] = "spiris_lon"
    title: ClassVar[str] = "Spiris Lön"

    def __init__(self, *, clock: Clock = utc_now) -> None:
        super().__init__()
        self.requests = _Journal()
        self.clock = clock
        self.sign_in = SpirisSignIn(clock, CLIENT_ID, CLIENT_SECRET)
        self.companies: dict[str, SpirisCompany] = {}
        self.guide: list[GuideLine] = []
        self.limit = LIMIT
        self.is_sandbox = False
        self._calls: dict[str, deque[datetime]] = defaultdict(deque)

    def open_company(self, number: str, name: str) -> SpirisCompany:
        """Make an empty company."""
        self.companies[number] = SpirisCompany(number, name, self.clock)
        return self.companies[number]

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get(AUTH_PATH, self._auth)
        app.router.add_get(APPROVE_PATH, self._approve)
        app.router.add_get(LANDING_PATH, self._landing)
        app.router.add_post(TOKEN_PATH, self._token)

        def add(method: str, path: str, operation: Operation) -> None:
            app.router.add_route(method, path, self._guarded(operation))

        add("GET", "/v2/payrollsettings", lambda c, _r, _b: c.settings())
        add("GET", "/v2/employees", lambda c, r, _b: _page(r, [c.shown(row) for row in c.employees.values()]))
        add("POST", "/v2/employees", lambda c, _r, b: c.create_employee(b))
        add("GET", "/v2/employees/{id}", lambda c, r, _b: c.shown(c.employee(r.match_info["id"])))
        for kind in rules.KINDS:
            self._add_kind(kind, f"/v2/shortcuts/{kind}", add)

    def _add_kind(self, kind: str, path: str, add: Callable[[str, str, Operation], None]) -> None:
        def listed(c: SpirisCompany, r: web.Request, _b: Any) -> Any:
            only = r.query.get("includeOnlySameClientShortcuts") == "true"
            days = [r.match_info[name] for name in ("first", "last")]
            if not all(re.fullmatch(r"\d{4}-\d{2}-\d{2}", one) and rules.is_day(one) for one in days):
                raise RefusedBySpiris("The dates are invalid.", "startDate")
            return c.listed(kind, rules.day(days[0]), rules.day(days[1]), CLIENT_ID if only else None)

        add("POST", path, lambda c, _r, b: c.shown_shortcut(c.create_shortcut(kind, b, CLIENT_ID)))
        one = f"{path}/{{id}}"
        add("GET", one, lambda c, r, _b: c.shown_shortcut(c.shortcut(kind, r.match_info["id"])))
        add(
            "PUT", one,
            lambda c, r, b: c.shown_shortcut(c.update_shortcut(kind, r.match_info["id"], b, CLIENT_ID)),
        )  # fmt: skip
        add("DELETE", one, lambda c, r, _b: c.delete_shortcut(kind, r.match_info["id"], CLIENT_ID))
        add("GET", f"{path}/{{first}}/{{last}}", listed)

    def _guarded(self, operation: Operation) -> Any:
        """Token, limit, sandbox, module and media type; then the operation, and its refusals in their envelope."""

        async def handle(request: web.Request) -> web.Response:
            grant = self.sign_in.bearer(request.headers.get("Authorization", ""))
            company = self.companies.get(grant.company) if grant else None
            if company is None:
                return self.unauthorized()
            if not self._admits(request.path):
                return self.too_many_requests({})
            try:
                if self.is_sandbox and company.is_production:
                    raise RefusedBySpiris("Not allowed with a sandbox client.", code=rules.SANDBOX)
                if not company.has_module:
                    raise RefusedBySpiris("No access to the module.", code=rules.NO_MODULE)
                body = None
                if request.method in ("POST", "PUT"):
                    if request.content_type != "application/json":
                        raise RefusedBySpiris("Unsupported media type.", status=415)
                    body = json.loads(await request.read())
                found = operation(company, request, body)
            except ValueError:
                found = RefusedBySpiris("The request body is invalid.")
                return web.json_response(rules.refusal(found), status=400)
            except RefusedBySpiris as refused:
                return web.json_response(rules.refusal(refused), status=refused.status)
            if found is None:
                return web.Response(status=200)
            return web.json_response(found, status=201 if request.method == "POST" else 200)

        return handle

    def _admits(self, path: str) -> bool:
        """Whether one more call of an address is within the limit; counts it."""
        calls, now = self._calls[path], self.clock()
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
        return web.Response(text=screen.consent_page(asked, self.companies.values()), content_type="text/html")

    async def _approve(self, request: web.Request) -> web.Response:
        asked = {name: value for name, value in request.query.items() if name != "company"}
        if (wrong := self.sign_in.wrong(asked)) is not None:
            return web.Response(status=400, text=wrong)
        company = request.query.get("company")
        address = self.sign_in.deny(asked) if company is None else self.sign_in.approve(asked, company)
        return web.Response(status=302, headers={"Location": address})

    async def _landing(self, request: web.Request) -> web.Response:
        return web.Response(text=screen.landing_page(str(request.url)), content_type="text/html")

    async def _token(self, request: web.Request) -> web.Response:
        if request.content_type != "application/x-www-form-urlencoded":
            return web.json_response({"error": "invalid_request"}, status=400)
        form = dict(parse_qsl(await request.text()))
        try:
            return web.json_response(self.sign_in.answer(request.headers.get("Authorization", ""), form))
        except TokenDenied as denied:
            return web.json_response({"error": denied.error}, status=400)

    def operator_environment(self) -> dict[str, str]:
        """See `standin.System`."""
        landing = f"{self.url}{LANDING_PATH}"
        self.sign_in.redirect_uris.add(landing)
        return {
            "SPIRIS_LON_URL": self.url,
            "SPIRIS_LON_AUTH_URL": self.url,
            "SPIRIS_LON_CLIENT_ID": CLIENT_ID,
            "SPIRIS_LON_CLIENT_SECRET": CLIENT_SECRET,
            "SPIRIS_LON_REDIRECT_URL": landing,
        }

    def tables(self) -> Screen:
        return screen.tables(list(self.companies.values()))

    def guide_lines(self) -> list[GuideLine]:
        return self.guide

    def snapshot(self) -> dict[str, Any]:
        """What every company holds, and the tokens that are out there: the bot's would be worthless else."""
        held = {number: company.snapshot() for number, company in self.companies.items()}
        return {"companies": held, "tokens": self.sign_in.snapshot()}

    def restore(self, state: dict[str, Any]) -> None:
        """Companies themselves are code: open them first, then restore what they held."""
        self.sign_in.restore(state["tokens"])
        for number, company in self.companies.items():
            if number in state["companies"]:
                company.restore(state["companies"][number])

    def unauthorized(self) -> web.Response:
        return web.Response(status=401)

    def too_many_requests(self, headers: dict[str, str]) -> web.Response:
        said = "API calls quota exceeded! maximum admitted 600 per Minute. Try again in 55 seconds."
        body = {"ErrorCode": 4010, "DeveloperErrorMessage": said, "ErrorId": "0" * 8}
        return web.json_response(body, status=429, headers=headers)

    def shorten(self, body: Body, keep: int) -> Body:
        if isinstance(body, dict) and isinstance(body.get("Data"), list):
            return {**body, "Data": body["Data"][:keep]}
        return body[:keep] if isinstance(body, list) else body

    def as_other_company(self, body: Body) -> Body:
        """The same answer about a company that is not ours."""
        if isinstance(body, dict) and "CompanyRegistrationNumber" in body:
            return {**body, "CompanyRegistrationNumber": "559000-9999"}
        return body


def _page(request: web.Request, rows: list[dict[str, Any]]) -> dict[str, Any]:
    if wrong := set(request.query) - QUERIES:
        raise RefusedBySpiris(f"Unknown query option {sorted(wrong)[0]}.")
    if (order := request.query.get("$orderby")) is not None:
        if order not in ("Id", "EmployeeNumber"):
            raise RefusedBySpiris("Unknown property in $orderby.")
        rows = sorted(rows, key=lambda row: str(row[order]))
    top, skip = min(int(request.query.get("$top", PAGE)), LARGEST_PAGE), int(request.query.get("$skip", 0))
    if top < 1 or skip < 0:
        raise RefusedBySpiris("$top and $skip are out of range.")
    meta = {
        "CurrentPage": skip // top + 1,
        "PageSize": top,
        "TotalNumberOfPages": -(-len(rows) // top),
        "TotalNumberOfResults": len(rows),
        "ServerTimeUtc": "2026-11-22T12:00:00Z",
    }
    return {"Meta": meta, "Data": rows[skip : skip + top]}
