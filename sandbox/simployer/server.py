"""A stand-in for Simployer One's REST API (formerly AlexisHR), "v1-preview".

Behaves as its published OpenAPI description and help pages say. What they leave open is a switch
(`default_limit`, `max_limit`, `strict`, `total_of_everything`, and those of `Store`), because the product must cope
with both.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from aiohttp import web

from sandbox.companies.model import Company
from sandbox.faults import Body, Dialect, Fault, Handler, rewritten
from sandbox.pages import PATH, add_pages
from sandbox.simployer import bodies, leave_rows, query, screen, seed
from sandbox.simployer.admin import Administrator
from sandbox.simployer.leave_page import PATH as LEAVE_PATH
from sandbox.simployer.leave_page import LeavePage
from sandbox.simployer.resources import RESOURCES, Resource
from sandbox.simployer.store import Row, Store
from sandbox.standin import Clock, GuideLine, Screen, StandIn, utc_now

GOOD_TOKEN = "simployer-demo-owner-6f1c2a"
REVOKED_TOKEN = "simployer-demo-revoked-0d9e41"
PROVISIONING_TOKEN = "simployer-demo-provisioning-77ab30"

_REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    429: "Too Many Requests",
    500: "Internal server error",
}


class Simployer(StandIn):
    """One Simployer account with one company in it; `admin` is the person at its screen.

    `closed` names resources that the token may not read. With `total_of_everything`, the total of a filtered list
    counts what the filter leaves out.
    """

    key: ClassVar[str] = "simployer"
    title: ClassVar[str] = "Simployer"
    prefix: ClassVar[str] = "/v1"

    def __init__(self, company: Company | None = None, *, clock: Clock = utc_now) -> None:
        self.clock = clock
        self.store = Store(clock)
        self.admin = Administrator(self.store)
        super().__init__()
        self.default_limit = 50
        self.max_limit = 500
        self.strict = True
        self.total_of_everything = False
        self.closed: set[str] = set()
        self.good_tokens = {GOOD_TOKEN}
        if company is not None:
            seed.load(self.store, company)

    def revoke(self, token: str = GOOD_TOKEN) -> None:
        """Refuse the token from now on, as when its creator loses the Owner role."""
        self.good_tokens.discard(token)

    def total_shrinks(self, by: int = 1, **when: Any) -> Fault:
        """Fault: a list tells a smaller total than it has, as when rows go while it is read; `when` as in `Faults`."""

        async def act(_fault: Fault, request: web.Request, handler: Handler, _dialect: Dialect) -> web.Response:
            answer = await handler(request)
            return rewritten(answer, lambda body: {**body, "total": max(0, body["total"] - by)})

        return self.faults.add("total shrinks", act, **when)

    def row_hidden(self, instead: Sequence[int] = (), **when: Any) -> Fault:
        """Fault: the list never shows its last row but one, and in its place the ones at these places of a page."""
        hidden: list[str] = []

        def cut(body: Body) -> Body:
            rows = body["data"]
            if not hidden and len(rows) > 2:
                hidden.append(rows[-2]["id"])
            shown = []
            for row in rows:
                shown += [rows[place] for place in instead] if row["id"] in hidden else [row]
            return {**body, "data": shown}

        async def act(_fault: Fault, request: web.Request, handler: Handler, _dialect: Dialect) -> web.Response:
            return rewritten(await handler(request), cut)

        return self.faults.add("row hidden", act, **{"times": None, **when})

    def add_routes(self, app: web.Application) -> None:
        app.middlewares.append(self._authenticate)
        for resource in RESOURCES.values():
            if not resource.served:
                continue
            path = f"{self.prefix}/{resource.name}"
            handlers = _Handlers(self, resource)
            app.router.add_get(path, handlers.many, allow_head=False)
            app.router.add_get(f"{path}/{{id}}", handlers.one, allow_head=False)
            if resource.writable:
                app.router.add_post(path, handlers.create)
                app.router.add_patch(f"{path}/{{id}}", handlers.update)
                app.router.add_put(f"{path}/{{id}}", handlers.replace)
                app.router.add_delete(f"{path}/{{id}}", handlers.delete)
        add_pages(app, self.title, self._named)
        LeavePage(self.store, self.admin).add_to(app)
        app.router.add_route("*", "/{path:.*}", _not_found)

    @web.middleware
    async def _authenticate(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(self.prefix + "/"):
            return await handler(request)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token == PROVISIONING_TOKEN:
            return failure(403)  # made for the Provisioning API, not for this one
        if scheme.lower() != "bearer" or token not in self.good_tokens:
            return failure(401)
        return await handler(request)

    def operator_environment(self) -> dict[str, str]:
        """See `standin.System`."""
        pages = self.url.removesuffix(self.prefix) + PATH
        return {"SIMPLOYER_URL": self.url, "SIMPLOYER_PERSON_URL": pages}

    def _named(self, identifier: str) -> tuple[str, str] | None:
        row = self.store.rows["employee"].get(identifier)
        return (f"{row['firstName']} {row['lastName']}", str(row.get("employeeNumber") or "")) if row else None

    def tables(self) -> Screen:
        return screen.tables(self.store, f"{self.url.removesuffix(self.prefix)}{LEAVE_PATH}" if self._url else "")

    def guide_lines(self) -> list[GuideLine]:
        return [
            GuideLine("Access token", GOOD_TOKEN, note="Public API, made by the owner"),
            GuideLine("Revoked access token", REVOKED_TOKEN, works=False, note="its creator left"),
            GuideLine(
                "Provisioning token",
                PROVISIONING_TOKEN,
                works=False,
                note="made for the Provisioning API only",
            ),
        ]

    def snapshot(self) -> dict[str, Any]:
        """Every row, and the tokens that still work."""
        return {**self.store.snapshot(), "good_tokens": sorted(self.good_tokens)}

    def restore(self, state: dict[str, Any]) -> None:
        self.store.restore(state)
        self.good_tokens = set(state["good_tokens"])

    def unauthorized(self) -> web.Response:
        return failure(401)

    def too_many_requests(self, headers: dict[str, str]) -> web.Response:
        response = failure(429)
        response.headers.update(headers)
        return response

    def shorten(self, body: Body, keep: int) -> Body:
        """The rows are cut and `count` with them; `total` still tells how many there are."""
        if isinstance(body, dict) and isinstance(body.get("data"), list):
            rows = body["data"][:keep]
            return {**body, "data": rows, "count": len(rows)}
        return body

    def as_other_company(self, body: Body) -> Body:
        """Another company's id everywhere, and its name and number where a company is described."""
        text = json.dumps(body).replace(self.store.company_id, "f" * 24)
        other = json.loads(text)
        rows = other.get("data") if isinstance(other, dict) else None
        for row in [rows] if isinstance(rows, dict) else rows or []:
            if "legalName" in row:
                row |= {"name": "Another Company", "legalName": "Another Company AB", "orgNumber": "5560000001"}
        return other


class _Handlers:
    """The five operations on one resource."""

    def __init__(self, system: Simployer, resource: Resource) -> None:
        self.system = system
        self.resource = resource
        self.name = resource.name

    @property
    def store(self) -> Store:
        return self.system.store

    async def many(self, request: web.Request) -> web.Response:
        try:
            asked = query.parse(
                self.resource,
                request.query,
                strict=self.system.strict,
                default_limit=self.system.default_limit,
                max_limit=self.system.max_limit,
            )
        except query.BadQuery as bad:
            return failure(400, bad.messages)
        if self.name in self.system.closed:
            return failure(403)
        found = self.store.find(self.name, asked)
        total = len(self.store.rows[self.name]) if self.system.total_of_everything else len(found)
        page = found[asked.offset : asked.offset + asked.limit]
        return web.json_response(
            {
                "status": "ok",
                "data": [self.store.render(self.name, row, asked.select) for row in page],
                "total": total,
                "count": len(page),
                "offset": asked.offset,
                "relations": self._relations(page, asked.relations),
            }
        )

    async def one(self, request: web.Request) -> web.Response:
        try:
            asked = query.parse_one(self.resource, request.query, strict=self.system.strict)
        except query.BadQuery as bad:
            return failure(400, bad.messages)
        if self.name in self.system.closed:
            return failure(403)
        row = self._row(request)
        if row is None:
            return failure(404)
        relations: dict[str, Any] = self._relations([row], asked.relations)
        if "leaveTypeCode" in relations:  # the one relation that is a single object here
            relations["leaveTypeCode"] = next(iter(relations["leaveTypeCode"]), None)
        data = self.store.render(self.name, row, asked.select)
        return web.json_response({"status": "ok", "data": data, "relations": relations})

    async def create(self, request: web.Request) -> web.Response:
        try:
            values = bodies.read(self.resource, await _json(request), partial=False)
        except bodies.BadBody as bad:
            return failure(400, bad.messages)
        if self.name == "employee":
            values.setdefault("employeeNumber", "")
            values["userId"] = self.store.add("user", locale="en")["id"]
        if self.name == "compensation":
            values |= {"baseAmount": values["amount"], "exchangeRate": 1}
            values.setdefault("salarySchedule", "ADVANCE")
        if self.name in ("leave", "timesheet-entry"):
            values["status"] = "PENDING"
        row = self.store.add(self.name, **values)
        self._follow(row)
        return web.json_response({"status": "ok", "data": self.store.render(self.name, row)}, status=201)

    async def update(self, request: web.Request) -> web.Response:
        return await self._write(request, partial=True)

    async def replace(self, request: web.Request) -> web.Response:
        return await self._write(request, partial=False)

    async def delete(self, request: web.Request) -> web.Response:
        row = self._row(request)
        if row is None:
            return failure(404)
        self.store.remove(self.name, row["id"])
        self._follow(row)
        return web.Response(status=204)

    async def _write(self, request: web.Request, *, partial: bool) -> web.Response:
        row = self._row(request)
        if row is None:
            return failure(404)
        try:
            values = bodies.read(self.resource, await _json(request), partial=partial)
        except bodies.BadBody as bad:
            return failure(400, bad.messages)
        if not partial:
            for field in self.resource.fields.values():
                if not field.own:
                    row.pop(field.name, None)
        set_values(row, values)
        self.store.touch(self.name, row)
        self._follow(row)
        return web.json_response({"status": "ok", "data": self.store.render(self.name, row)})

    def _follow(self, row: Row) -> None:
        """Have what is made of a row follow its change."""
        if self.name == "leave":
            leave_rows.remake(self.store, row)

    def _row(self, request: web.Request) -> Row | None:
        return self.store.rows[self.name].get(request.match_info["id"])

    def _relations(self, rows: list[Row], names: Iterable[str]) -> dict[str, Any]:
        relations = self.resource.relations
        return {name: self.store.related(self.name, rows, relations[name]) for name in names}


def set_values(row: Row, values: dict[str, Any]) -> None:
    """Set values on a row; None takes the value away."""
    for name, value in values.items():
        if value is None:
            row.pop(name, None)
        else:
            row[name] = value


def failure(status: int, message: str | list[str] | None = None) -> web.Response:
    """An error in the shape that NestJS gives it: statusCode, message, error."""
    reason = _REASONS[status]
    return web.json_response(
        {"statusCode": status, "message": reason if message is None else message, "error": reason},
        status=status,
    )


async def _not_found(request: web.Request) -> web.Response:
    return failure(404, f"Cannot {request.method} {request.path}")


async def _json(request: web.Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        raise bodies.BadBody(["Unexpected token in JSON"]) from None
