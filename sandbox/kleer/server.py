"""A stand-in for Kleer's API v1: several companies behind one address, as their published facts say.

A token in `X-Token`, companies by id in the path, XML in the schema's order, PUT makes and POST changes, one sentence
as a refusal. The test address keeps data of its own. What has never been observed is a switch
(`company.KleerSwitches`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ClassVar

from aiohttp import web

from sandbox.faults import Body
from sandbox.kleer import rules, screen
from sandbox.kleer.company import RIGHTS, KleerCompany
from sandbox.kleer.rules import Document, Kind, RefusedByKleer
from sandbox.kleer.speech import speak
from sandbox.standin import Clock, Exchange, GuideLine, Journal, Screen, StandIn, utc_now

HOSTS = {"production": "/v1", "test": "/test/v1"}
SIGN_IN = "/access/authenticate"

Operation = Callable[[KleerCompany, "_Asked"], Any]


class _Asked:
    """A request's path and what its body says."""

    def __init__(self, request: web.Request, body: Document) -> None:
        self._path, self.body = request.match_info, body

    def __getitem__(self, name: str) -> str:
        return self._path[name]


class _Journal(Journal):
    """Asking for a token changes nothing in the system."""

    def writes(self, path: str = "") -> list[Exchange]:
        return [exchange for exchange in super().writes(path) if not exchange.path.endswith(SIGN_IN)]


class Kleer(StandIn):
    """The whole of it: `open_company()`, then talk to it with one of `tokens`."""

    key: ClassVar[str] = "kleer"
    title: ClassVar[str] = "Kleer"

    def __init__(self, *, clock: Clock = utc_now) -> None:
        super().__init__()
        self.requests = _Journal()
        self.clock = clock
        self.companies: dict[tuple[str, int], KleerCompany] = {}
        self.tokens: dict[str, tuple[int, frozenset[str]]] = {}
        self.people: dict[str, tuple[str, list[str]]] = {}
        self.guide: list[GuideLine] = []

    def open_company(
        self, identifier: int, name: str, organisation_number: str, token: str, rights: frozenset[str] = RIGHTS
    ) -> KleerCompany:
        """Make a company, empty at both addresses; gives the one at the test address."""
        for host in HOSTS:
            self.companies[host, identifier] = KleerCompany(identifier, name, organisation_number, self.clock)
        self.tokens[token] = identifier, rights
        return self.companies["test", identifier]

    def revoke(self, token: str) -> None:
        self.tokens.pop(token, None)

    def _new_app(self) -> web.Application:
        app = super()._new_app()
        # What is said, faults and all, is said in XML.
        app.middlewares.insert(0, speak)
        return app

    def add_routes(self, app: web.Application) -> None:
        for host, prefix in HOSTS.items():
            app.router.add_post(f"{prefix}{SIGN_IN}", self._sign_in(host))
            self._add_routes(app, host, prefix + "/company/{company:\\d+}")

    def _add_routes(self, app: web.Application, host: str, prefix: str) -> None:
        def add(method: str, path: str, right: str, operation: Operation, kind: Kind | None = None) -> None:
            app.router.add_route(method, prefix + path, self._guarded(host, right, operation, kind))

        one, agreement = "/user/{user:\\d+}", "/payroll/user/{user:\\d+}"
        add("GET", "/info", "", lambda c, _: {"company-information": c.information()})
        add("GET", "/user", "", lambda c, _: {"users": {"user": [c.user(str(key)) for key in c.users]}})
        add("PUT", "/user", "Administrator", lambda c, a: _made("created", c.create_user(a.body)), rules.USER)
        add("GET", "/user/me", "", lambda c, _: {"user": c.user(str(next(iter(c.users))))})
        add("GET", "/user/foreign-id/{number}", "", lambda c, a: {"user": c.user_by_number(a["number"])})
        add("GET", one, "", lambda c, a: {"user": c.user(a["user"])})
        changed = lambda c, a: _made("saved", c.update_user(a["user"], a.body))  # noqa: E731
        add("POST", one, "Administrator", changed, rules.USER)
        add("GET", agreement, "PayrollRead", lambda c, a: {"payroll-user-readable": c.agreement(a["user"])})
        new = lambda c, a: _made("created", c.create_agreement(a["user"], a.body))  # noqa: E731
        add("PUT", agreement, "Payroll", new, rules.AGREEMENT)
        saved = lambda c, a: _made("saved", c.update_agreement(a["user"], a.body))  # noqa: E731
        add("POST", agreement, "Payroll", saved, rules.AGREEMENT)
        row = lambda c, a: _made("created", c.add_event(a["user"], a.body))  # noqa: E731
        add("PUT", f"{agreement}/event", "Payroll", row, rules.EVENT)
        days = "/event/from/{first}/to/{last}"
        add("GET", agreement + days, "PayrollRead", lambda c, a: _events(c, a["user"], a["first"], a["last"]))
        add("PUT", "/event", "", _time_entry, rules.TIME)
        add("GET", "/dimension", "Dimensions", lambda c, _: {"dimensions": {"dimension": c.dimensions_shown()}})
        entries = "/dimension/{dimension:\\d+}/entry"
        add("GET", entries, "Dimensions", lambda c, a: _entries(c, a["dimension"]))

    def _guarded(self, host: str, right: str, operation: Operation, kind: Kind | None) -> Any:
        """The token, its company, the right, the schema; then the operation, and its refusals as a sentence."""

        async def handle(request: web.Request) -> web.Response:
            known = self.tokens.get(request.headers.get("X-Token", ""))
            if known is None:
                return self.unauthorized()
            identifier, rights = known
            if int(request.match_info["company"]) != identifier:
                return _refused("Behörighet saknas.", 403)
            if right and not rights & {right, right.removesuffix("Read")}:
                return _refused("Behörighet saknas.", 403)
            try:
                body = rules.read(await request.read(), kind) if kind is not None else {}
                if kind is not None and request.content_type not in ("application/xml", "text/xml"):
                    raise RefusedByKleer("Felaktig Content-Type.", 415)
                return web.json_response(operation(self.companies[host, identifier], _Asked(request, body)))
            except RefusedByKleer as refusal:
                return _refused(refusal.message, refusal.status)

        return handle

    def _sign_in(self, host: str) -> Any:
        async def handle(request: web.Request) -> web.Response:
            try:
                asked = rules.read(await request.read(), rules.SIGN_IN)
            except RefusedByKleer as refusal:
                return _refused(refusal.message, refusal.status)
            password, tokens = self.people.get(asked["email"], ("", []))
            if not password or asked["password"] != password:
                return self.unauthorized()
            companies = [self._accessible(host, token) for token in tokens if token in self.tokens]
            return web.json_response({"accessible-companies": {"accessible-company": companies}})

        return handle

    def _accessible(self, host: str, token: str) -> Document:
        identifier, rights = self.tokens[token]
        return {
            "id": str(identifier),
            "name": self.companies[host, identifier].name,
            "active": "true",
            "main": "true",
            "token": token,
            "accounting-currency-type": "SEK",
            "accesses": {"type": sorted(rights)},
            "access-roles": {},
        }

    def operator_environment(self) -> dict[str, str]:
        """See `standin.System`."""
        return {"KLEER_URL": f"{self.url}{HOSTS['production']}", "KLEER_TEST_URL": f"{self.url}{HOSTS['test']}"}

    def tables(self) -> Screen:
        return screen.tables(self.companies)

    def guide_lines(self) -> list[GuideLine]:
        return self.guide

    def snapshot(self) -> dict[str, Any]:
        """What every company holds at either address; tokens are code."""
        return {f"{host} {key}": company.snapshot() for (host, key), company in self.companies.items()}

    def restore(self, state: dict[str, Any]) -> None:
        """Companies themselves are code: open them first, then restore what they held."""
        for (host, key), company in self.companies.items():
            if f"{host} {key}" in state:
                company.restore(state[f"{host} {key}"])

    def unauthorized(self) -> web.Response:
        return _refused("Ogiltig token.", 401)

    def too_many_requests(self, headers: dict[str, str]) -> web.Response:
        return web.json_response({"error": {"message": "För många anrop."}}, status=429, headers=headers)

    def shorten(self, body: Body, keep: int) -> Body:
        ((root, inner),) = body.items()
        return {root: {name: rows[:keep] if isinstance(rows, list) else rows for name, rows in inner.items()}}

    def as_other_company(self, body: Body) -> Body:
        """The same answer about a company that is not ours."""
        said = json.dumps(body)
        for company in self.companies.values():
            said = said.replace(company.organisation_number, "559999-0009")
        return json.loads(said)


def _made(root: str, identifier: int) -> Document:
    return {root: {"id": str(identifier)}}


def _entries(company: KleerCompany, dimension: str) -> Document:
    return {"dimension-entries": {"dimension-entry": company.entries_of(dimension)}}


def _events(company: KleerCompany, user: str, first: str, last: str) -> Document:
    return {"payroll-events": {"payroll-event": company.events_of(user, first, last)}}


def _time_entry(_company: KleerCompany, asked: _Asked) -> Document:
    if "foreign-id" not in asked.body:
        raise RefusedByKleer("Tekniskt fel", 500)
    return _made("created", 1)


def _refused(message: str, status: int) -> web.Response:
    return web.json_response({"error": {"message": message}}, status=status)
