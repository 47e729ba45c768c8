"""A stand-in for Tidsbanken's API v3: several databases behind one address, as the published facts say.

Three headers on every call, OData lists, people made at one path and changed at another, both as lists. What has never
been observed is a switch (`database.DatabaseSwitches`), and what refusals say is the stand-in's own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ClassVar

from aiohttp import web

from sandbox.faults import Body
from sandbox.standin import Clock, GuideLine, Screen, StandIn, utc_now
from sandbox.tidsbanken import rules, screen
from sandbox.tidsbanken.database import TidsbankenDatabase
from sandbox.tidsbanken.rules import Document, RefusedByTidsbanken

SUBSCRIPTION_KEY = "5d0e7c1ba94f4f6c8e2b3a9d17c6f048"
CONTEXT = "https://api-ansatte.tidsbanken.net/$metadata#"
LARGEST_PAGE = 50

Operation = Callable[[TidsbankenDatabase, web.Request, Any], Any]


class Tidsbanken(StandIn):
    """The whole of it: `open_database()`, then talk to it."""

    key: ClassVar[str] = "tidsbanken"
    title: ClassVar[str] = "Tidsbanken"

    def __init__(self, *, clock: Clock = utc_now) -> None:
        super().__init__()
        self.clock = clock
        self.databases: dict[str, TidsbankenDatabase] = {}
        self.keys: dict[str, str] = {}
        self.unknown_key = 401
        self.largest_page = LARGEST_PAGE
        self.guide: list[GuideLine] = []

    def open_database(self, name: str, tb_key: str) -> TidsbankenDatabase:
        """Make an empty database, and the key of it."""
        self.databases[name] = TidsbankenDatabase(name, self.clock)
        self.keys[tb_key] = name
        return self.databases[name]

    def revoke(self, tb_key: str) -> None:
        """Support makes a new key in the place of this one."""
        del self.keys[tb_key]

    def add_routes(self, app: web.Application) -> None:
        add = self._add(app)
        add("GET", "/ansatt/ansatt", lambda d, r, _b: self._list("Ansatt", r, list(d.employees.values())))
        add("POST", "/ansatt/Ansatte", lambda d, _r, b: d.create(b))
        add("PUT", "/ansatt/ansatt", lambda d, _r, b: d.update(b))
        add("GET", "/ansatt/ansattgruppe", lambda d, r, _b: self._list("AnsattGruppe", r, _named(d.groups)))
        add("GET", "/ansatt/avdeling", lambda d, r, _b: self._list("Avdeling", r, _named(d.departments)))
        add("POST", "/ansatt/Avdeling", lambda d, _r, b: d.add_department(b))
        add("PATCH", "/ansatt/Avdeling/{id}", lambda d, r, b: d.update_department(r.match_info["id"], b))

    def _add(self, app: web.Application) -> Callable[[str, str, Operation], None]:
        def add(method: str, path: str, operation: Operation) -> None:
            app.router.add_route(method, path, self._guarded(operation))

        return add

    def _guarded(self, operation: Operation) -> Any:
        """The three headers, then the operation, and its refusals."""

        async def handle(request: web.Request) -> web.Response:
            if request.headers.get("Ocp-Apim-Subscription-Key") != SUBSCRIPTION_KEY:
                words = "Access denied due to missing or invalid subscription key."
                return web.json_response({"statusCode": 401, "message": words}, status=401)
            if request.headers.get("x-api-version") != "3.0":
                return _refused("An API version is required.", 400)
            database = self.databases.get(self.keys.get(request.headers.get("tb-key", ""), ""))
            if database is None:
                return _refused("Unknown tb-key.", self.unknown_key)
            body = None
            if request.method != "GET":
                if request.content_type != "application/json":
                    return _refused("Unsupported media type.", 415)
                try:
                    body = json.loads(await request.read())
                except ValueError:
                    return _refused("The body is not JSON.", 400)
            try:
                found = operation(database, request, body)
            except RefusedByTidsbanken as refusal:
                return _refused(refusal.message, refusal.status)
            return web.json_response(found, status=201 if request.method == "POST" else 200)

        return handle

    def _list(self, entity: str, request: web.Request, rows: list[Document]) -> Document:
        reduced = rules.REDUCED if entity == "Ansatt" else ("Id", "Navn")
        told = rules.asked(request.query, rows, reduced, self.largest_page)
        return {"@odata.context": f"{CONTEXT}{entity}(*)", **told}

    def operator_environment(self) -> dict[str, str]:
        """See `standin.System`."""
        return {"TIDSBANKEN_URL": self.url, "TIDSBANKEN_SUBSCRIPTION_KEY": SUBSCRIPTION_KEY}

    def tables(self) -> Screen:
        return screen.tables(list(self.databases.values()))

    def guide_lines(self) -> list[GuideLine]:
        return self.guide

    def snapshot(self) -> dict[str, Any]:
        """What every database holds."""
        return {name: database.snapshot() for name, database in self.databases.items()}

    def restore(self, state: dict[str, Any]) -> None:
        """Databases themselves are code: open them first, then restore what they held."""
        for name, database in self.databases.items():
            if name in state:
                database.restore(state[name])

    def unauthorized(self) -> web.Response:
        return _refused("Unknown tb-key.", 401)

    def too_many_requests(self, headers: dict[str, str]) -> web.Response:
        words = "Rate limit is exceeded. Try again in 1 seconds."
        return web.json_response({"statusCode": 429, "message": words}, status=429, headers=headers)

    def shorten(self, body: Body, keep: int) -> Body:
        return {**body, "value": body["value"][:keep]} if isinstance(body, dict) and "value" in body else body

    def as_other_company(self, body: Body) -> Body:
        """No answer names a company."""
        return body


def _named(rows: dict[Any, str]) -> list[Document]:
    return [{"Id": key, "Navn": name} for key, name in rows.items()]


def _refused(message: str, status: int) -> web.Response:
    return web.json_response({"error": {"code": str(status), "message": message}}, status=status)
