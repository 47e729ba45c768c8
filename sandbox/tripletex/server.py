"""A stand-in for the Tripletex API v2: several companies behind one address, as the real one.

Behaves as the published description 2.75.00 and recordings of real traffic say; what differs between
customers or has never been observed is a switch (`books.Switches`). Calls that an integration must never make
(booking a payroll, granting rights, approving hours or opening them again) are answered, and kept in `forbidden_calls`.
"""

from __future__ import annotations

import json
import uuid
from typing import Any, ClassVar

from aiohttp import web

from sandbox.faults import Body
from sandbox.pages import PATH, add_pages
from sandbox.standin import EXCHANGE, Clock, Exchange, GuideLine, Screen, StandIn, utc_now
from sandbox.tripletex import api, errors, screen, texts
from sandbox.tripletex.api import Call, Operation
from sandbox.tripletex.company_state import Books
from sandbox.tripletex.errors import Refusal
from sandbox.tripletex.limits import LIMIT, REMAINING, RateLimit
from sandbox.tripletex.sessions import NEWER_KEY, Caller, EmployeeToken, Session, Sessions
from sandbox.tripletex.texts import Language
from sandbox.tripletex.timesheet_page import PATH as HOURS
from sandbox.tripletex.timesheet_page import add_timesheet_page

CONSUMER_TOKEN = "tripletex-demo-consumer-5a7e10"
PRODUCTION_CONSUMER_TOKEN = "tripletex-demo-consumer-of-production-e2b9"

_FORBIDDEN = (
    ("POST", "/salary/transaction"),
    ("PUT", "/employee/entitlement/:grantEntitlementsByTemplate"),
    ("PUT", "/employee/entitlement/:grantClientEntitlementsByTemplate"),
    *(
        ("PUT", f"/timesheet/{span}/:{word}")
        for span in ("month", "week")
        for word in ("approve", "unapprove", "complete", "reopen")
    ),
)
_REFRESH_FIELDS = ("refreshToken", "ttlSeconds")
_WITHOUT_A_COMPANY = ("/token/session/>whoAmI", "/company/>withLoginAccess")


class Tripletex(StandIn):
    """The whole of Tripletex: `open_company()`, `issue_token()`, then talk to it."""

    key: ClassVar[str] = "tripletex"
    title: ClassVar[str] = "Tripletex"
    prefix: ClassVar[str] = "/v2"

    def __init__(self, *, clock: Clock = utc_now) -> None:
        super().__init__()
        self.clock = clock
        self.companies: dict[int, Books] = {}
        self.sessions = Sessions(clock)
        self.sessions.consumers.add(CONSUMER_TOKEN)
        self.rate_limit = RateLimit(clock)
        self.forbidden_calls: list[Exchange] = []
        self.bare_sessions = False

    def open_company(self, identifier: int, name: str, organization_number: str) -> Books:
        """Make an empty company."""
        self.companies[identifier] = Books(identifier, name, organization_number, self.clock)
        return self.companies[identifier]

    def issue_token(
        self,
        value: str,
        company: Books,
        owner: int,
        *,
        language: Language = "nb",
        revoked: bool = False,
        clients: tuple[int, ...] = (),
    ) -> EmployeeToken:
        """Give an employee of a company an API key; one that begins with `tlxr_` is of the newer kind. `clients` makes
        it an accountant's."""
        token = EmployeeToken(5000 + len(self.sessions.tokens), value, company.id, owner, language, revoked, clients)
        self.sessions.tokens[value] = token
        return token

    def revoke(self, value: str) -> None:
        """Refuse the token, and the sessions made from it, from now on."""
        self.sessions.tokens[value].revoked = True

    def add_routes(self, app: web.Application) -> None:
        create = f"{self.prefix}/token/session/:create"
        app.router.add_post(create, self._create_session)
        app.router.add_put(create, self._create_session_legacy)
        app.router.add_post(f"{self.prefix}/token/session/:createFromRefreshToken", self._create_from_refresh_token)
        app.router.add_delete(f"{self.prefix}/token/session/{{token}}", self._end_session)
        for method, path, operation in api.OPERATIONS:
            app.router.add_route(method, self.prefix + path, self._signed_in(path, operation))
        for method, path in _FORBIDDEN:
            app.router.add_route(method, self.prefix + path, self._signed_in(path, self._forbidden))
        add_pages(app, self.title, self._named)
        add_timesheet_page(app, lambda: self.companies.values())
        app.router.add_route("*", "/{path:.*}", self._signed_in("", _nothing_there))

    def _signed_in(self, path: str, operation: Operation) -> Any:
        async def handle(request: web.Request) -> web.Response:
            language: Language = "en"
            headers: dict[str, str] = {}
            try:
                caller = self.sessions.caller(request.headers.get("Authorization", ""))
                language = caller.language
                taken = self.rate_limit.take((caller.owner, caller.session.consumer))
                if taken is None:
                    # Observed: above the limit the answer carries no Reset, and need not be JSON.
                    return self.too_many_requests({LIMIT: str(self.rate_limit.limit), REMAINING: "0"})
                headers = taken
                status, body = await operation(self._call(request, caller, path))
            except Refusal as refusal:
                return _refused(refusal, language, headers)
            return _answer(body, status, headers)

        return handle

    def _call(self, request: web.Request, caller: Caller, path: str) -> Call:
        clients = caller.session.token.clients
        if clients and not caller.as_client and path not in _WITHOUT_A_COMPANY:
            raise errors.forbidden(texts.COMPANY_OWNED)
        return Call(request, caller, self.companies[caller.company], tuple(self.companies[c] for c in clients))

    async def _create_session(self, request: web.Request) -> web.Response:
        """The preferred form: the tokens in the body, 201."""
        try:
            body = await request.json()
        except ValueError:
            return _refused(Refusal(422, errors.INVALID_JSON, texts.INVALID_JSON), "en", {})
        names = ("consumerToken", "employeeToken", "expirationDate")
        given = body if isinstance(body, dict) else {}
        unknown = [errors.Problem(name, texts.NO_SUCH_FIELD) for name in given if name not in names]
        if unknown:
            return _refused(Refusal(422, errors.MAPPING, texts.MAPPING_FAILED, problems=unknown), "en", {})
        return self._new_session([given.get(name) for name in names], 201)

    async def _create_from_refresh_token(self, request: web.Request) -> web.Response:
        """What a key of the newer kind is exchanged by, without a consumer token."""
        try:
            body = await request.json()
            given = body if isinstance(body, dict) else {}
            unknown = [errors.Problem(name, texts.NO_SUCH_FIELD) for name in given if name not in _REFRESH_FIELDS]
            if unknown:
                raise Refusal(422, errors.MAPPING, texts.MAPPING_FAILED, problems=unknown[:1])
            session = self.sessions.create_from_refresh_token(*(given.get(name) for name in _REFRESH_FIELDS))
        except ValueError:
            return _refused(Refusal(422, errors.INVALID_JSON, texts.INVALID_JSON), "en", {})
        except Refusal as refusal:
            return _refused(refusal, "en", {})
        # The shape of the answer is not published: the token with the envelope of everything else, or without.
        token = {"token": session.value}
        return _answer(token if self.bare_sessions else {"value": token}, 200, {})

    async def _create_session_legacy(self, request: web.Request) -> web.Response:
        """The old form: the tokens in the query, 200."""
        names = ("consumerToken", "employeeToken", "expirationDate")
        return self._new_session([request.query.get(name) for name in names], 200)

    def _new_session(self, given: list[Any], status: int) -> web.Response:
        try:
            session = self.sessions.create(*given)
        except Refusal as refusal:
            return _refused(refusal, "en", {})
        return _answer({"value": _session_value(session)}, status, {})

    async def _end_session(self, request: web.Request) -> web.Response:
        self.sessions.end(request.match_info["token"])
        return web.Response(status=204)

    async def _forbidden(self, call: Call) -> tuple[int, Any]:
        self.forbidden_calls.append(call.request[EXCHANGE])
        return (201, {"value": {"id": 1, "version": 0}}) if call.request.method == "POST" else (200, None)

    def operator_environment(self) -> dict[str, str]:
        """See `standin.System`: it stands in for Tripletex's test environment alone."""
        pages = self.url.removesuffix(self.prefix) + PATH
        return {
            "TRIPLETEX_TEST_URL": self.url,
            "TRIPLETEX_TEST_CONSUMER_TOKEN": CONSUMER_TOKEN,
            "TRIPLETEX_PERSON_URL": pages,
        }

    def _named(self, identifier: str) -> tuple[str, str] | None:
        rows = (books.rows["Employee"].get(int(identifier)) for books in self.companies.values())
        row = next((row for row in rows if row), None) if identifier.isdecimal() else None
        return (f"{row['firstName']} {row['lastName']}", str(row.get("employeeNumber") or "")) if row else None

    def tables(self) -> Screen:
        shown = screen.tables(list(self.companies.values()))
        if self._url is not None:
            page = self.url.removesuffix(self.prefix) + HOURS
            shown["note"] += f". Hours are approved, changed and removed on {page}"
        return shown

    def guide_lines(self) -> list[GuideLine]:
        lines = [GuideLine("Consumer token", CONSUMER_TOKEN, note="the integration's own")]
        for token in self.sessions.tokens.values():
            name = self.companies[token.company].name
            kind = "Accountant's employee token" if token.clients else "Employee token"
            kind = "Key of the newer kind, needs no consumer token" if token.value.startswith(NEWER_KEY) else kind
            kind = f"Revoked {kind[0].lower()}{kind[1:]}" if token.revoked else kind
            lines.append(GuideLine(f"{kind}, {name}", token.value, works=not token.revoked and not token.clients))
        return lines

    def snapshot(self) -> dict[str, Any]:
        """Rows of every company and which tokens are revoked; sessions are not kept."""
        return {
            "companies": {str(key): books.snapshot() for key, books in self.companies.items()},
            "revoked": [token.value for token in self.sessions.tokens.values() if token.revoked],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Companies and tokens themselves are code: open them first, then restore what they held."""
        for key, books in self.companies.items():
            if str(key) in state["companies"]:
                books.restore(state["companies"][str(key)])
        for token in self.sessions.tokens.values():
            token.revoked = token.value in state["revoked"]

    def unauthorized(self) -> web.Response:
        return _refused(errors.unauthorized(), "en", {})

    def too_many_requests(self, headers: dict[str, str]) -> web.Response:
        return web.Response(status=429, text="Too many requests", headers=headers)

    def shorten(self, body: Body, keep: int) -> Body:
        if isinstance(body, dict) and isinstance(body.get("values"), list):
            rows = body["values"][:keep]
            return {**body, "values": rows, "count": len(rows), "fullResultSize": len(rows)}
        return body

    def as_other_company(self, body: Body) -> Body:
        """Company ids that are one higher, so that whoAmI and company lead to a company that is not ours."""
        text = json.dumps(body)
        for identifier in self.companies:
            text = text.replace(str(identifier), str(identifier + 900_000_000))
        return json.loads(text)


async def _nothing_there(_call: Call) -> tuple[int, Any]:
    raise errors.not_found()


def _session_value(session: Session) -> dict[str, Any]:
    token = session.token
    return {
        "id": session.id,
        "version": 0,
        "url": f"tripletex.no/v2/token/session/{session.id}",
        "consumerToken": {"id": 1, "url": "tripletex.no/v2/token/consumer/1"},
        "employeeToken": {"id": token.id, "url": f"tripletex.no/v2/token/employee/{token.id}"},
        "expirationDate": session.ends.date().isoformat(),
        "token": session.value,
    }


def _answer(body: Any, status: int, headers: dict[str, str]) -> web.Response:
    headers = {**headers, "x-tlx-request-id": str(uuid.uuid4())}
    if body is None:
        return web.Response(status=status, headers=headers)
    return web.json_response(body, status=status, headers=headers)


def _refused(refusal: Refusal, language: Language, headers: dict[str, str]) -> web.Response:
    request_id = str(uuid.uuid4())
    body = refusal.body(language, request_id)
    return web.json_response(body, status=refusal.status, headers={**headers, "x-tlx-request-id": request_id})
