"""A stand-in for the Visma.net Employee API v2 and for Visma Connect: several tenants behind one address.

Behaves as Visma's public documentation says: media type, cursor paging, jobs, ETags, timelines, drafts. What has never
been observed is a switch (`tenant.Switches`, `jobs.Jobs`, `connect.Connect.narrow`).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from aiohttp import web

from sandbox.faults import Body
from sandbox.standin import Clock, Exchange, GuideLine, Journal, Screen, StandIn, utc_now
from sandbox.visma_net import screen
from sandbox.visma_net.connect import READ, WRITE, Connect, Denied
from sandbox.visma_net.jobs import Job
from sandbox.visma_net.tenant import Conflict, Document, Tenant

MEDIA_TYPE = "application/vnd.no.payroll.employee.V2.0+json"
CLIENT_ID = "visma-demo-application"
CLIENT_SECRET = "visma-demo-secret-77c1"
TOKEN_PATH = "/connect/token"
PAGE = 50

Operation = Callable[[web.Request, Tenant], Awaitable[web.Response]]


class _Journal(Journal):
    """Asking for a token changes nothing in the system."""

    def writes(self, path: str = "") -> list[Exchange]:
        return [exchange for exchange in super().writes(path) if exchange.path != TOKEN_PATH]


class VismaNet(StandIn):
    """The whole of it: `open_tenant()`, then talk to it. `guide` says which tenant ids work, and why others do not."""

    key: ClassVar[str] = "visma_net"
    title: ClassVar[str] = "Visma.net Payroll"
    prefix: ClassVar[str] = "/v2"

    def __init__(self, *, clock: Clock = utc_now) -> None:
        super().__init__()
        self.requests = _Journal()
        self.clock = clock
        self.connect = Connect(clock, clients={CLIENT_ID: CLIENT_SECRET})
        self.tenants: dict[str, Tenant] = {}
        self.guide: list[GuideLine] = []

    @property
    def connect_url(self) -> str:
        """Where Visma Connect is."""
        return self.url.removesuffix(self.prefix)

    def open_tenant(self, identifier: str, name: str, *, company: bool = True, approved: bool = True) -> Tenant:
        """Make an empty tenant. One that is no company has a token and no data: a customer's tenant."""
        self.tenants[identifier] = Tenant(identifier, name, self.clock, company=company)
        if approved:
            self.connect.approve(identifier)
        return self.tenants[identifier]

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post(TOKEN_PATH, self._token)
        one, positions = "/employees/{employee}", "/employees/{employee}/positions"
        routes: list[tuple[str, str, Operation]] = [
            ("GET", "/employees", self._employees),
            ("GET", "/employees/jobs", self._jobs),
            ("GET", "/employees/jobs/{job}", self._job),
            ("POST", "/employees/withPosition", self._create),
            ("GET", one, self._employee),
            ("PUT", one, self._update),
            ("GET", positions, self._positions),
            ("POST", positions, self._create_position),
            ("GET", positions + "/jobs", self._jobs),
            ("GET", positions + "/jobs/{job}", self._job),
            ("GET", positions + "/{position}", self._position),
            ("PUT", positions + "/{position}", self._update_position),
            ("GET", "/{list:taxUnits|workTimeAgreements}", self._list),
            ("GET", "/{list:taxUnits|workTimeAgreements}/{row}", self._row),
        ]
        for method, path, operation in routes:
            app.router.add_route(method, self.prefix + path, self._signed_in(operation))

    async def _token(self, request: web.Request) -> web.Response:
        form = dict(parse_qsl(await request.text()))
        try:
            if request.content_type != "application/x-www-form-urlencoded":
                raise Denied("invalid_request", "The body must be a form")
            token = self.connect.issue(form)
        except Denied as denied:
            return web.json_response({"error": denied.error, "error_description": denied.description}, status=400)
        return web.json_response(
            {
                "access_token": token.value,
                "expires_in": self.connect.lifetime,
                "token_type": "Bearer",
                "scope": " ".join(sorted(token.scopes)),
            }
        )

    def _signed_in(self, operation: Operation) -> Any:
        async def handle(request: web.Request) -> web.Response:
            token = self.connect.bearer(request.headers.get("Authorization", ""))
            tenant = self.tenants.get(token.tenant) if token else None
            if token is None or tenant is None or not tenant.is_company:
                return self.unauthorized()
            if (READ if request.method == "GET" else WRITE) not in token.scopes:
                return _answer({"message": "Insufficient scope"}, 403)
            if request.method != "GET" and request.headers.get("Content-Type", "").lower() != MEDIA_TYPE.lower():
                return _answer({"message": "Unsupported media type"}, 415)
            return await operation(request, tenant)

        return handle

    async def _employees(self, request: web.Request, tenant: Tenant) -> web.Response:
        query = request.query
        asked = {name: value for name, value in query.items() if name != "cursor"}
        try:
            start = _start(query.get("cursor"), asked)
            size = int(query.get("page-size", PAGE))
        except ValueError:
            return _answer({"message": "The cursor does not belong to these parameters"}, 400)
        rows = [one for one in tenant.employees.values() if _wanted(one, query)]
        page = rows[start : start + size]
        body: dict[str, Any] = {"data": [_shown(tenant, one, query) for one in page]}
        if start + size < len(rows):
            body["cursor"] = {"nextToken": _cursor(start + size, asked)}
        return _answer(body)

    async def _employee(self, request: web.Request, tenant: Tenant) -> web.Response:
        employee = tenant.employees.get(request.match_info["employee"])
        if employee is None:
            return _nothing()
        return _answer(_shown(tenant, employee, request.query), etag=tenant.etag(employee))

    async def _create(self, request: web.Request, tenant: Tenant) -> web.Response:
        body = await _body(request)
        return _nonsense() if body is None else self._accepted(tenant.ask_create(body))

    async def _update(self, request: web.Request, tenant: Tenant) -> web.Response:
        identifier, body = request.match_info["employee"], await _body(request)
        employee = tenant.employees.get(identifier)
        if employee is None:
            return _nothing()
        if body is None:
            return _nonsense()
        try:
            tenant.require(employee, request.headers.get("If-Match"))
        except Conflict:
            return _stale()
        return self._accepted(tenant.ask_update(identifier, body))

    async def _positions(self, request: web.Request, tenant: Tenant) -> web.Response:
        positions = tenant.positions.get(request.match_info["employee"])
        return _nothing() if positions is None else _answer(list(positions.values()))

    async def _position(self, request: web.Request, tenant: Tenant) -> web.Response:
        position = _held_position(request, tenant)
        return _nothing() if position is None else _answer(position, etag=tenant.etag(position))

    async def _create_position(self, request: web.Request, tenant: Tenant) -> web.Response:
        body = await _body(request)
        if request.match_info["employee"] not in tenant.employees:
            return _nothing()
        return (
            _nonsense() if body is None else self._accepted(tenant.ask_position(request.match_info["employee"], body))
        )

    async def _update_position(self, request: web.Request, tenant: Tenant) -> web.Response:
        position, body = _held_position(request, tenant), await _body(request)
        if position is None:
            return _nothing()
        if body is None:
            return _nonsense()
        try:
            tenant.require(position, request.headers.get("If-Match"))
        except Conflict:
            return _stale()
        return self._accepted(tenant.ask_position(position["employeeId"], body, position["id"]))

    async def _jobs(self, request: web.Request, tenant: Tenant) -> web.Response:
        jobs = tenant.jobs.listed(request.match_info.get("employee"))
        return _answer({"data": [tenant.jobs.shown(job) for job in jobs]})

    async def _job(self, request: web.Request, tenant: Tenant) -> web.Response:
        job = tenant.jobs.look(request.match_info["job"], request.match_info.get("employee"))
        return _nothing() if job is None else _answer(tenant.jobs.shown(job))

    async def _list(self, request: web.Request, tenant: Tenant) -> web.Response:
        return _answer(tenant.lists[request.match_info["list"]])

    async def _row(self, request: web.Request, tenant: Tenant) -> web.Response:
        rows = tenant.lists[request.match_info["list"]]
        row = next((row for row in rows if row["id"] == request.match_info["row"]), None)
        return _nothing() if row is None else _answer(row)

    def _accepted(self, job: Job) -> web.Response:
        under = "/employees" if job.employee is None else f"/employees/{job.employee}/positions"
        return web.Response(status=202, headers={"Location": f"{self.prefix}{under}/jobs/{job.id}"})

    def operator_environment(self) -> dict[str, str]:
        """See `standin.System`."""
        return {
            "VISMA_NET_URL": self.url,
            "VISMA_NET_CONNECT_URL": self.connect_url,
            "VISMA_NET_CLIENT_ID": CLIENT_ID,
            "VISMA_NET_CLIENT_SECRET": CLIENT_SECRET,
            "VISMA_NET_ENVIRONMENT": "test",
        }

    def public_accounts(self) -> list[str]:
        """See `standin.System`."""
        return list(self.tenants)

    def tables(self) -> Screen:
        return screen.tables([tenant for tenant in self.tenants.values() if tenant.is_company])

    def guide_lines(self) -> list[GuideLine]:
        return self.guide

    def snapshot(self) -> dict[str, Any]:
        """What every tenant holds and which have approved; tokens and jobs are not kept."""
        return {
            "tenants": {key: tenant.snapshot() for key, tenant in self.tenants.items()},
            "approved": {key: sorted(scopes) for key, scopes in self.connect.approved.items()},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Tenants themselves are code: open them first, then restore what they held."""
        for key, tenant in self.tenants.items():
            if key in state["tenants"]:
                tenant.restore(state["tenants"][key])
        self.connect.approved = {key: frozenset(scopes) for key, scopes in state["approved"].items()}

    def unauthorized(self) -> web.Response:
        return _answer({"message": "Unauthorized"}, 401)

    def too_many_requests(self, headers: dict[str, str]) -> web.Response:
        return web.Response(status=429, headers=headers)

    def shorten(self, body: Body, keep: int) -> Body:
        if isinstance(body, dict) and isinstance(body.get("data"), list):
            return {**body, "data": body["data"][:keep]}
        return body[:keep] if isinstance(body, list) else body

    def as_other_company(self, body: Body) -> Body:
        """The same answer about a tenant that is not ours."""
        text = json.dumps(body)
        for identifier in self.tenants:
            text = text.replace(identifier, "0" * 8 + identifier[8:])
        return json.loads(text)


def _wanted(employee: Document, query: Any) -> bool:
    if employee.get("isDraft") and query.get("includeDrafts", "").lower() != "true":
        return False
    since = query.get("fromLastChangedDate")
    return since is None or str(employee["lastChange"])[:10] > since


def _shown(tenant: Tenant, employee: Document, query: Any) -> Document:
    if query.get("fields") == "(id,lastChange)":
        return {"id": employee["id"], "lastChange": employee["lastChange"]}
    if query.get("embed") == "(positions)":
        return {**employee, "_embedded": {"positions": list(tenant.positions[employee["id"]].values())}}
    return employee


def _cursor(start: int, asked: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps([start, sorted(asked.items())]).encode()).decode()


def _start(cursor: str | None, asked: dict[str, str]) -> int:
    """Where a cursor leads. Raises ValueError when the other parameters are not those it was made with."""
    if cursor is None:
        return 0
    start, made_with = json.loads(base64.urlsafe_b64decode(cursor))
    if made_with != [list(pair) for pair in sorted(asked.items())]:
        raise ValueError("other parameters")
    return int(start)


def _held_position(request: web.Request, tenant: Tenant) -> Document | None:
    return tenant.positions.get(request.match_info["employee"], {}).get(request.match_info["position"])


async def _body(request: web.Request) -> Document | None:
    try:
        body = json.loads(await request.read())
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _answer(body: Any, status: int = 200, *, etag: str | None = None) -> web.Response:
    headers = {"ETag": etag} if etag else {}
    return web.Response(status=status, text=json.dumps(body), content_type=MEDIA_TYPE, headers=headers)


def _nothing() -> web.Response:
    return _answer({"message": "Not found"}, 404)


def _nonsense() -> web.Response:
    return _answer({"message": "The body is not JSON"}, 400)


def _stale() -> web.Response:
    return _answer({"message": "The document has been changed"}, 412)
