"""GraphQL over HTTP: documents to one address, refusals that come with 200, and lists by cursor, as Relay has them."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.core.text import Text, text
from bot.providers.errors import ProviderError, Unavailable
from bot.providers.kit.http import Answer, HttpClient, RetryPolicy
from bot.providers.kit.list_bound import ListBound
from bot.providers.kit.rate_limit import RateLimiter
from bot.providers.kit.usual_errors import UsualErrors

Json = dict[str, Any]


def errors_in(answer: Answer) -> list[Json]:
    """The errors that an answer lists, whatever its status."""
    found = answer.body.get("errors") if isinstance(answer.body, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def extension_of(error: Mapping[str, Any], name: str) -> Any:
    """What a listed error has among its `extensions`."""
    extensions = error.get("extensions")
    return extensions.get(name) if isinstance(extensions, Mapping) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphqlDialect:
    """How one system speaks it. `headers` sign a call. `pause_of` gives the seconds to wait where an answer says that a
    limit is reached, which means that nothing was done; `refused` the error that a refusal of a named call stands for,
    told whether it was a write, and whether the credentials had been proven before."""

    path: str
    errors: UsualErrors
    headers: Callable[[], Mapping[str, str]]
    pause_of: Callable[[Answer], float | None]
    refused: Callable[[str, Answer, bool, bool], ProviderError]


class GraphqlCalls:
    """Calls over one client. `limiter` is the client's own."""

    def __init__(self, http: HttpClient, dialect: GraphqlDialect, limiter: RateLimiter, patience: RetryPolicy) -> None:
        self._http, self._dialect = http, dialect
        self._limiter, self._patience = limiter, patience

    async def ask(self, name: str, document: str, variables: Json | None = None, *, proven: bool = True) -> Json:
        """The data of a query, which may be repeated freely. `name` stands for it in errors."""
        return await self._call(name, document, variables or {}, write=False, proven=proven)

    async def send(self, name: str, document: str, variables: Json) -> Json:
        """The data of a mutation, which is sent once. Raises `Unavailable(sent=True)` when the outcome is unknown."""
        return await self._call(name, document, variables, write=True, proven=True)

    async def pages(self, name: str, fields: str, size: int) -> AsyncGenerator[list[Json], None]:
        """The rows of a list, page by page, each with its `dbId`, `id` or whatever the fields ask for."""
        document = list_document(name, fields, "$first: Int, $after: String", "first: $first, after: $after")
        after: str | None = None
        met: set[str] = set()
        bound = ListBound()
        while True:
            rows, after, more = self.page(name, await self.ask(name, document, {"first": size, "after": after}))
            if rows:
                yield rows
            if not more:
                return
            if after is None or after in met or bound.is_over(len(rows)):
                raise self._dialect.errors.unreadable(f"{name}: the list goes in circles", sent=False)
            met.add(after)

    def page(self, name: str, data: Json) -> tuple[list[Json], str | None, bool]:
        """The rows of a page, the cursor of the last one, and whether others follow."""
        found = data.get(name)
        edges = found.get("edges") if isinstance(found, dict) else None
        info = found.get("pageInfo") if isinstance(found, dict) else None
        more = info.get("hasNextPage") if isinstance(info, dict) else None
        if not isinstance(edges, list) or not isinstance(more, bool):
            raise self._dialect.errors.unreadable(f"{name}: no list", sent=False)
        rows = [edge["node"] for edge in edges if isinstance(edge, dict) and isinstance(edge.get("node"), dict)]
        if len(rows) != len(edges):
            raise self._dialect.errors.unreadable(f"{name}: a row that is none", sent=False)
        cursor = edges[-1].get("cursor") if edges else None
        return rows, cursor if isinstance(cursor, str) and cursor else None, more

    async def _call(self, name: str, document: str, variables: Json, *, write: bool, proven: bool) -> Json:
        body = {"query": document, "variables": variables}
        path, headers, refusals = self._dialect.path, self._dialect.headers(), 0
        while True:
            if write:
                answer = await self._http.write("POST", path, body, headers=headers)
            else:
                answer = await self._http.read(path, method="POST", body=body, headers=headers)
            if (pause := self._dialect.pause_of(answer)) is None:
                break
            pause, refusals = self._limiter.on_rejected({"Retry-After": str(pause)}), refusals + 1
            if refusals > self._patience.refusals or pause > self._patience.longest_pause:
                raise not_now(self._dialect.errors.system, name, "provider.busy", pause)
        if not answer.ok or errors_in(answer):
            raise self._dialect.refused(name, answer, write, proven)
        data = answer.body.get("data") if isinstance(answer.body, dict) else None
        if not isinstance(data, dict):
            raise self._dialect.errors.unreadable(f"{name}: no data", sent=write)
        return data


def not_now(system: str, name: str, key: str, seconds: float | None = None) -> Unavailable:
    """Nothing was done, for the reason of a text, such as `provider.busy`; `seconds` says when to try again."""
    values = {"system": text(f"{system}.name"), "seconds": math.ceil(seconds or 0)}
    return Unavailable(
        f"{system}: {name}: {key}",
        text=Text(key, values),
        advice=Text(f"{key}.advice", values),
        retry_after=seconds,
    )


def words_of(answer: Answer) -> str | None:
    """What a refusal says: all listed errors, or what a proxy says beside such a list."""
    words = "; ".join(str(one.get("message") or "").strip() for one in errors_in(answer))
    said = answer.body.get("message") if isinstance(answer.body, Mapping) else answer.body
    return words or (said.strip() if isinstance(said, str) else None) or None


def selection_of(paths: Iterable[str]) -> str:
    """The fields of a selection by their paths, such as `contact.firstName`."""
    tree: dict[str, list[str]] = {}
    for path in paths:
        name, _, inner = path.partition(".")
        tree.setdefault(name, []).extend([inner] if inner else [])
    return " ".join(name + (f" {{ {selection_of(inner)} }}" if inner else "") for name, inner in tree.items())


def value_at(row: Any, path: str) -> Any:
    """What a row shows at a path; None where it is not."""
    for name in path.split("."):
        row = row.get(name) if isinstance(row, Mapping) else None
    return row


def list_document(name: str, fields: str, variables: str, arguments: str) -> str:
    """The query of one page of a list."""
    return (
        f"query {name}({variables}) {{ {name}({arguments})"
        f" {{ edges {{ cursor node {{ {fields} }} }} pageInfo {{ hasNextPage }} }} }}"
    )
