"""A stand-in for Xledger's GraphQL: several entities behind one address, as the published facts say.

One path, POST alone, `Authorization: token ...`, errors with HTTP 200, lists by cursor, introspection, two mutations.
What has never been observed is a switch (`company.CompanySwitches`, `Schema.lacks`, and those of `Xledger`); words of
refusals are the stand-in's own where none are known.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from aiohttp import web

from sandbox.faults import Body
from sandbox.standin import Clock, GuideLine, Screen, StandIn, utc_now
from sandbox.xledger import screen
from sandbox.xledger.company import Row, XledgerCompany
from sandbox.xledger.document import NoDocument, Operation, Selected, Variable, read
from sandbox.xledger.schema import LISTS, MUTATIONS, RefusedByXledger, Schema

BURST = "BAD_REQUEST.BURST_RATE_LIMIT_REACHED"
CONCURRENCY = "BAD_REQUEST.CONCURRENCY_LIMIT_REACHED"
CREDITS = "BAD_REQUEST.INSUFFICIENT_CREDITS"
PATH = "/graphql"
LARGEST_PAGE = 10_000
_CURSOR = 109_349_000_000_000
ALL_RIGHTS = frozenset({"employees", "objectValues", "objectKinds", "employeeGroups", "write"})


@dataclass(frozen=True)
class XledgerToken:
    """What a token is of, and what it may: names of lists, and `write`."""

    company: str
    rights: frozenset[str] = ALL_RIGHTS


class Xledger(StandIn):
    """The whole of it: `open_company()`, then talk to it."""

    key: ClassVar[str] = "xledger"
    title: ClassVar[str] = "Xledger"

    def __init__(self, *, clock: Clock = utc_now) -> None:
        super().__init__()
        self.clock = clock
        self.schema = Schema()
        self.companies: dict[str, XledgerCompany] = {}
        self.tokens: dict[str, XledgerToken] = {}
        self.unknown_token = 200
        self.largest_page = LARGEST_PAGE
        self.limits: list[RefusedByXledger] = []
        self.credits = 0
        self.guide: list[GuideLine] = []
        self._at_work = 0

    def open_company(self, name: str, db_id: int, token: str) -> XledgerCompany:
        """Make an empty entity, and a token of it."""
        self.companies[name] = XledgerCompany(name, db_id, self.clock)
        self.tokens[token] = XledgerToken(name)
        return self.companies[name]

    def revoke(self, token: str) -> None:
        """The token runs out, or somebody deletes it."""
        del self.tokens[token]

    def limit(self, code: str, times: int = 1, **extensions: Any) -> None:
        """Refuse the next calls because of a limit."""
        self.limits += [RefusedByXledger("The limit is reached.", code, **extensions)] * times

    def known_as(self, request: web.Request, raw: bytes) -> tuple[str, str]:
        """A query is a GET of what it asks for, a mutation a POST: `GET /graphql/employees`."""
        try:
            operation = read(json.loads(raw)["query"])
        except (ValueError, KeyError, TypeError, NoDocument):
            return request.method, request.path
        return ("POST" if operation.kind == "mutation" else "GET"), f"{request.path}/{operation.selected[0].name}"

    def add_routes(self, app: web.Application) -> None:
        app.router.add_route("*", PATH, self._handle)

    async def _handle(self, request: web.Request) -> web.Response:
        if request.method != "POST" or request.content_type != "application/json":
            return web.json_response({"message": "POST with a body of JSON is needed."}, status=400)
        self._at_work += 1
        try:
            # Others that arrive at the same time are seen.
            await asyncio.sleep(0)
            return self._answered(request, await request.read())
        except RefusedByXledger as refusal:
            return _refused(refusal)
        finally:
            self._at_work -= 1

    def _answered(self, request: web.Request, raw: bytes) -> web.Response:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "token" or not re.fullmatch(r"[A-Za-z0-9_-]+={0,2}", token):
            words = 'Bad format for API Token. Expected header: "Authorization: token <your-token>"'
            raise RefusedByXledger(words)
        known = self.tokens.get(token)
        if known is None:
            return _refused(RefusedByXledger("The API token is not valid."), self.unknown_token)
        if self._at_work > 1:
            raise RefusedByXledger("Too many requests at once.", CONCURRENCY)
        if self.limits:
            raise self.limits.pop(0)
        self.credits += 1
        try:
            body = json.loads(raw)
            operation = read(body["query"])
        except (ValueError, KeyError, TypeError):
            raise RefusedByXledger("A query is needed.") from None
        except NoDocument as error:
            raise RefusedByXledger(str(error)) from None
        variables = self._variables(operation, body.get("variables") or {})
        return web.json_response({"data": self._data(operation, variables, known)})

    def _variables(self, operation: Operation, given: Mapping[str, Any]) -> dict[str, Any]:
        if unknown := [name for name in given if name not in operation.variables]:
            raise RefusedByXledger(f"Variable '${unknown[0]}' is not declared.")
        for name, kind in operation.variables.items():
            self.schema.check(kind, given.get(name), name)
        return {name: given.get(name) for name in operation.variables}

    def _data(self, operation: Operation, variables: Mapping[str, Any], token: XledgerToken) -> dict[str, Any]:
        root = "Mutation" if operation.kind == "mutation" else "Query"
        if root == "Mutation" and len(operation.selected) > 1:
            raise RefusedByXledger("One mutation at a time.")
        found: dict[str, Any] = {}
        for one in operation.selected:
            arguments = {name: _filled(value, variables) for name, value in one.arguments.items()}
            if one.name.startswith("__"):
                found[one.shown] = self._introspected(one, arguments)
                continue
            kind = self.schema.fields(root).get(one.name)
            if kind is None:
                raise _no_field(one.name, root)
            if (one.name if root == "Query" else "write") not in token.rights:
                raise RefusedByXledger(f"You do not have permission for {one.name}.")
            company = self.companies[token.company]
            made = (
                self._list(company, one.name, arguments)
                if root == "Query"
                else self._made(company, one.name, arguments)
            )
            found[one.shown] = self._picked(made, kind, one.inner)
        return found

    def _introspected(self, asked: Selected, arguments: Mapping[str, Any]) -> Any:
        if asked.name == "__typename":
            return "Query"
        if asked.name == "__type":
            return _cut(self.schema.described(str(arguments.get("name"))), asked.inner)
        roots = {"queryType": self.schema.described("Query"), "mutationType": self.schema.described("Mutation")}
        return _cut(roots, asked.inner)

    def _list(self, company: XledgerCompany, name: str, arguments: Mapping[str, Any]) -> Row:
        if unknown := [key for key in arguments if key not in ("first", "after", "filter")]:
            raise RefusedByXledger(f"Unknown argument '{unknown[0]}' on field '{name}'.")
        size = arguments.get("first")
        if not isinstance(size, int) or not 0 < size <= LARGEST_PAGE:
            raise RefusedByXledger("Argument 'first' is not valid.", "INVALID_VALUE")
        rows = [row for row in company.rows(name) if self._meets(name, row, arguments.get("filter") or {})]
        after = _place(arguments["after"]) if arguments.get("after") else 0
        left = [row for row in rows if int(row["dbId"]) > after]
        shown = left[: min(size, self.largest_page)]
        edges = [{"cursor": f"{_CURSOR + int(row['dbId'])}.{_CURSOR}", "node": row} for row in shown]
        return {"edges": edges, "pageInfo": {"hasNextPage": len(left) > len(shown), "hasPreviousPage": after > 0}}

    def _meets(self, name: str, row: Row, conditions: Mapping[str, Any]) -> bool:
        for key, wanted in conditions.items():
            field, _, how = key.partition("_")
            if field not in self.schema.fields(LISTS[name]):
                raise RefusedByXledger(f"Unknown filter '{key}'.", "INVALID_VALUE")
            held = row.get(field)
            if how == "in" and field == "dbId":
                if held not in [str(one) for one in wanted]:
                    return False
            elif how == "gte" and field == "modifiedAt":
                if str(held) < wanted:
                    return False
            elif how == "" and field in ("code", "objectKindDbId"):
                if str(held) != str(wanted):
                    return False
            else:
                raise RefusedByXledger(f"Unknown filter '{key}'.", "INVALID_VALUE")
        return True

    def _made(self, company: XledgerCompany, name: str, arguments: Mapping[str, Any]) -> Row:
        inputs = arguments.get("inputs")
        self.schema.check(f"[{MUTATIONS[name]}!]!", inputs, "inputs")
        assert isinstance(inputs, list)
        nodes = [one["node"] for one in inputs]
        rows = company.add(nodes) if name == "addEmployees" else company.update(nodes)
        edges = [{"clientId": one["clientId"], "node": row} for one, row in zip(inputs, rows, strict=True)]
        return {"edges": edges}

    def _picked(self, value: Any, kind: str, inner: Iterable[Selected]) -> Any:
        """What is selected of a value, held against the schema."""
        kind = kind.replace("!", "").replace("[", "").replace("]", "")
        fields, wanted = self.schema.fields(kind), tuple(inner)
        if bool(fields) != bool(wanted):
            raise RefusedByXledger(f"A selection of '{kind}' is {'needed' if fields else 'not possible'}.")
        for one in wanted:
            if one.name not in fields:
                raise _no_field(one.name, kind)
        if isinstance(value, list):
            return [self._picked(row, kind, wanted) for row in value]
        if not wanted or value is None:
            for one in wanted:
                self._picked(None, fields[one.name], one.inner)
            return value
        return {one.shown: self._picked(value.get(one.name), fields[one.name], one.inner) for one in wanted}

    def operator_environment(self) -> dict[str, str]:
        """See `standin.System`."""
        return {"XLEDGER_URL": self.url, "XLEDGER_DEMO_URL": self.url}

    def tables(self) -> Screen:
        return screen.tables(list(self.companies.values()), len(self.requests), self.credits)

    def guide_lines(self) -> list[GuideLine]:
        return self.guide

    def snapshot(self) -> dict[str, Any]:
        """What every entity holds."""
        return {name: company.snapshot() for name, company in self.companies.items()}

    def restore(self, state: dict[str, Any]) -> None:
        """Entities themselves are code: open them first, then restore what they held."""
        for name, company in self.companies.items():
            if name in state:
                company.restore(state[name])

    def unauthorized(self) -> web.Response:
        return _refused(RefusedByXledger("The API token is not valid."), self.unknown_token)

    def too_many_requests(self, headers: dict[str, str]) -> web.Response:
        """Xledger says it in its own way, and names no time for this limit."""
        answer = _refused(RefusedByXledger("The limit is reached.", BURST))
        answer.headers.update(headers)
        return answer

    def shorten(self, body: Body, keep: int) -> Body:
        data = body.get("data") if isinstance(body, dict) else None
        lists = {name: one for name, one in (data or {}).items() if isinstance(one, dict) and "edges" in one}
        return {"data": {**(data or {}), **{n: {**one, "edges": one["edges"][:keep]} for n, one in lists.items()}}}

    def as_other_company(self, body: Body) -> Body:
        return json.loads(re.sub(r'"ownerDbId": "\d+"', '"ownerDbId": "999"', json.dumps(body)))


def _cut(value: Any, inner: Iterable[Selected]) -> Any:
    """What is selected of what introspection shows."""
    if isinstance(value, list):
        return [_cut(one, inner) for one in value]
    if not isinstance(value, dict) or not inner:
        return value
    if unknown := [one.name for one in inner if one.name not in value]:
        raise _no_field(unknown[0], "__Type")
    return {one.shown: _cut(value[one.name], one.inner) for one in inner}


def _filled(value: Any, variables: Mapping[str, Any]) -> Any:
    if isinstance(value, Variable):
        if value.name not in variables:
            raise RefusedByXledger(f"Variable '${value.name}' is not declared.")
        return variables[value.name]
    if isinstance(value, dict):
        return {key: _filled(one, variables) for key, one in value.items()}
    return [_filled(one, variables) for one in value] if isinstance(value, list) else value


def _place(cursor: str) -> int:
    found = re.fullmatch(r"(\d+)\.\d+", cursor)
    if found is None:
        raise RefusedByXledger("Argument 'after' is not valid.", "INVALID_VALUE")
    return int(found[1]) - _CURSOR


def _no_field(name: str, kind: str) -> RefusedByXledger:
    return RefusedByXledger(f"Cannot query field '{name}' on type '{kind}'.", "ARGUMENTS_OF_CORRECT_TYPE")


def _refused(refusal: RefusedByXledger, status: int = 200) -> web.Response:
    return web.json_response({"errors": [refusal.error], "data": None}, status=status)
