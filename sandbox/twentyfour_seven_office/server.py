"""A stand-in for 24SevenOffice's Payroll API 2.0: several companies behind one address, as their published facts say.

A token for a token, whole lists without pages, everything a text, POST for every write and nothing else. What has never
been observed is a switch (`company.OfficeSwitches`).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from aiohttp import web

from sandbox.faults import Body
from sandbox.standin import Clock, GuideLine, Screen, StandIn, utc_now
from sandbox.twentyfour_seven_office import screen
from sandbox.twentyfour_seven_office.company import OfficeCompany
from sandbox.twentyfour_seven_office.rules import RefusedByOffice

LIFETIME = timedelta(hours=1)
OSLO = ZoneInfo("Europe/Oslo")

Operation = Callable[[OfficeCompany, web.Request, Any], Any]


class TwentyfourSevenOffice(StandIn):
    """The whole of it: `open_company()`, then talk to it."""

    key: ClassVar[str] = "twentyfour_seven_office"
    title: ClassVar[str] = "24SevenOffice"
    prefix: ClassVar[str] = "/api"

    def __init__(self, *, clock: Clock = utc_now) -> None:
        super().__init__()
        self.clock = clock
        self.companies: dict[str, OfficeCompany] = {}
        self.tokens: dict[str, str] = {}
        self.lifetime = LIFETIME
        self.issued = 0
        self.guide: list[GuideLine] = []
        self._given: dict[str, tuple[str, datetime]] = {}

    def open_company(self, number: str, name: str, token: str, country: str = "NO") -> OfficeCompany:
        """Make an empty company, and a token that somebody made in it."""
        self.companies[number] = OfficeCompany(number, name, country)
        self.tokens[token] = number
        return self.companies[number]

    def revoke(self, token: str) -> None:
        """Somebody deletes the integration in the company; what it was given is worth nothing any more."""
        del self.tokens[token]
        self.end_all()

    def end_all(self) -> None:
        """Make every token that was given worthless."""
        self._given.clear()

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/api/auth", self._auth)
        add = self._add(app)
        add("GET", "/employee/v2", lambda c, _r, _b: [c.shown(number) for number in c.employees])
        add("POST", "/employee/v2", lambda c, _r, b: c.create(b))
        add("GET", "/employee/v2/{id}", lambda c, r, _b: c.one(r.match_info["id"]))
        add("POST", "/employee/v2/{id}", lambda c, r, b: c.update(r.match_info["id"], b))
        add("GET", "/employment/v2/{id}", lambda c, r, _b: c.jobs_of(r.match_info["id"]))
        add("POST", "/employment/v2/{id}", lambda c, r, b: c.write_jobs(r.match_info["id"], b))
        add("GET", "/organization/v2", lambda c, _r, _b: c.organization())
        add(
            "GET",
            "/dimension/v2",
            lambda c, _r, _b: [{"dimid": number, "name": one["name"]} for number, one in c.dimensions.items()],
        )
        add("GET", "/dimension/v2/{id}", lambda c, r, _b: c.dimension(r.match_info["id"]))
        add("GET", "/absencetypes/v2", lambda c, _r, _b: list(c.absences.types.values()))
        add("GET", "/absence/v2", lambda c, r, _b: c.absences.of(None, r.query))
        add("GET", "/absence/v2/{id}", lambda c, r, _b: c.absences.of(r.match_info["id"], r.query))
        add("POST", "/absence/v2", lambda c, _r, b: c.write_absence(b, f"{self.clock():%Y-%m-%d %H:%M:%S}"))
        add("GET", "/child/v2/{id}", lambda c, r, _b: c.absences.children.get(r.match_info["id"], []))
        add("POST", "/dimension/v2/{id}", lambda c, r, b: c.set_value(r.match_info["id"], b))

    def _add(self, app: web.Application) -> Callable[[str, str, Operation], None]:
        def add(method: str, path: str, operation: Operation) -> None:
            app.router.add_route(method, f"/api{path}", self._guarded(operation))

        return add

    def _guarded(self, operation: Operation) -> Any:
        """The token, then the operation, and its refusals with a message."""

        async def handle(request: web.Request) -> web.Response:
            company = self._company_of(request.headers.get("Authorization", ""))
            if company is None:
                return self.unauthorized()
            body = None
            if request.method == "POST":
                of_absence = request.path.startswith("/api/absence/")
                kinds = company.switches.absence_kinds if of_absence else ("application/json", "text/html")
                if request.content_type not in kinds:
                    return _refused("Invalid input, object invalid", 400)
                try:
                    body = json.loads(await request.read())
                except ValueError:
                    return _refused("Invalid input, object invalid", 400)
            try:
                found = operation(company, request, body)
            except RefusedByOffice as refusal:
                return _refused(refusal.message, refusal.status)
            if request.method == "POST" and not company.switches.speaks:
                return web.Response(status=200)
            return web.json_response(found)

        return handle

    async def _auth(self, request: web.Request) -> web.Response:
        number = self.tokens.get(request.query.get("token", ""))
        if number is None:
            return self.unauthorized()
        self.issued += 1
        given, ends = f"so-demo-{secrets.token_hex(12)}", self.clock() + self.lifetime
        self._given[given] = number, ends
        return web.json_response({"accessToken": given, "expiresOn": ends.astimezone(OSLO).isoformat()})

    def _company_of(self, authorization: str) -> OfficeCompany | None:
        scheme, _, value = authorization.partition(" ")
        number, ends = self._given.get(value, ("", self.clock()))
        return self.companies.get(number) if scheme == "Bearer" and self.clock() < ends else None

    def operator_environment(self) -> dict[str, str]:
        """See `standin.System`."""
        return {"TWENTYFOUR_SEVEN_OFFICE_URL": self.url}

    def tables(self) -> Screen:
        return screen.tables(list(self.companies.values()))

    def guide_lines(self) -> list[GuideLine]:
        return self.guide

    def snapshot(self) -> dict[str, Any]:
        """What every company holds; tokens that were given are not kept."""
        return {number: company.snapshot() for number, company in self.companies.items()}

    def restore(self, state: dict[str, Any]) -> None:
        """Companies themselves are code: open them first, then restore what they held."""
        for number, company in self.companies.items():
            if number in state:
                company.restore(state[number])

    def unauthorized(self) -> web.Response:
        return _refused("Unauthorized", 401)

    def too_many_requests(self, headers: dict[str, str]) -> web.Response:
        return web.json_response({"message": "Too many requests"}, status=429, headers=headers)

    def shorten(self, body: Body, keep: int) -> Body:
        return body[:keep] if isinstance(body, list) else body

    def as_other_company(self, body: Body) -> Body:
        """The same answer about a company that is not ours."""
        return {**body, "orgno": "999999999"} if isinstance(body, dict) and "orgno" in body else body


def _refused(message: str, status: int) -> web.Response:
    return web.json_response({"message": message}, status=status)
