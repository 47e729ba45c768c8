"""Simployer One's REST API as far as the source needs it: signing, errors, and lists that are complete.

Source of the facts: the published OpenAPI description "v1-preview" and help pages of docs.alexishr.com.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Sequence
from types import TracebackType
from typing import Any, Self

import structlog

from bot.core.text import Text, text
from bot.providers.errors import CredentialsRefused, NotPermitted, ProviderError, Unavailable, Unsupported
from bot.providers.kit.circuit_breaker import shared_breaker
from bot.providers.kit.http import Answer, HttpClient, Params, RetryPolicy
from bot.providers.kit.list_bound import ListBound
from bot.providers.kit.prefetch import ListPrefetch
from bot.providers.kit.rate_limit import RateLimiter, shared_limiter
from bot.providers.protocol import Connection
from bot.providers.simployer.cells import identified

log = structlog.get_logger(__name__)

DEFAULT_URL = "https://api.alexishr.com/v1"
PAGE = 500
"""Rows asked for at once. No maximum is published; clients in the field use 500, and the loop copes with fewer."""

IDS_PER_REQUEST = 50
"""Ids named in one filter, so that the address stays well under the 8 kB that servers commonly accept."""

NOBODY = "0" * 24
"""An id that no row has."""

Row = dict[str, Any]


class SimployerClient:
    """Reads of one Simployer account. Close it by leaving its `async with`."""

    def __init__(self, connection: Connection) -> None:
        options = connection.options
        url = options.get("url") or DEFAULT_URL
        token = connection.credentials.get("access_token", "").strip()
        self.account_key = hashlib.sha256(f"{url} {token}".encode()).hexdigest()
        # No limit is documented, so few calls at a time are the courtesy that stands in for one.
        patience = RetryPolicy.from_options(options)
        limiter = shared_limiter(
            f"simployer {self.account_key}",
            lambda: RateLimiter(concurrency=4, first_backoff=patience.unannounced_backoff),
        )
        self.http = HttpClient(
            "simployer", url, limiter, patience=patience, breaker=shared_breaker(f"simployer {self.account_key}")
        )
        self._headers = {"Authorization": f"Bearer {token}"}
        self._can_be_sent = token.isascii() and token.isprintable()

    async def __aenter__(self) -> Self:
        if not self._can_be_sent:
            raise _token_refused("access_token: not what a header can hold")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.__aexit__(kind, error, trace)

    async def get(self, path: str, params: Params = ()) -> Row:
        """One answer's JSON object. Raises the `ProviderError` that its status stands for."""
        answer = await self.http.read(path, params, headers=self._headers)
        if not answer.ok:
            raise _error(path, answer)
        if not isinstance(answer.body, dict):
            raise _unreadable(path, "no JSON object")
        return answer.body

    async def find(self, path: str) -> Row | None:
        """One answer's JSON object; None where there is nothing of that path, and for no other reason."""
        answer = await self.http.read(path, headers=self._headers)
        if answer.status == 404:
            return None
        if not answer.ok:
            raise _error(path, answer)
        if not isinstance(answer.body, dict):
            raise _unreadable(path, "no JSON object")
        return answer.body

    async def get_one(self, path: str) -> Row | None:
        """One row by its path, None when there is none."""
        answer = await self.http.read(path, headers=self._headers)
        if answer.status == 404:
            return None
        if not answer.ok:
            raise _error(path, answer)
        if not isinstance(answer.body, dict) or "data" not in answer.body:
            raise _unreadable(path, "no row")  # not that there is none
        data = answer.body["data"]
        return data if isinstance(data, dict) else None

    async def page(self, path: str, params: Params, limit: int, offset: int) -> tuple[list[Row], int]:
        """One page in the order of ids, and how many rows the server says there are."""
        asked = [*params, ("sort[id]", "asc"), ("limit", str(limit)), ("offset", str(offset))]
        body = await self.get(path, asked)
        data, total = body.get("data"), body.get("total")
        if not isinstance(data, list) or not isinstance(total, int):
            raise _unreadable(path, "no list")
        return [identified(row) for row in data], total

    async def page_with(self, path: str, relation: str, key: str, limit: int, offset: int) -> tuple[list[Row], int]:
        """As `page`, with the rows of a relation beside each row: under its name, those whose `key` is the row's id."""
        asked = [("relations", relation), ("sort[id]", "asc"), ("limit", str(limit)), ("offset", str(offset))]
        body = await self.get(path, asked)
        data, total = body.get("data"), body.get("total")
        relations = body.get("relations")
        beside = relations.get(relation) if isinstance(relations, dict) else None
        if not isinstance(data, list) or not isinstance(total, int) or not isinstance(beside, list):
            raise _unreadable(path, "no list")
        others = [other for other in beside if isinstance(other, dict)]
        rows = [identified(row) for row in data]
        return [{**row, relation: [other for other in others if other.get(key) == row["id"]]} for row in rows], total

    async def pages(self, path: str, params: Params = (), *, limit: int = PAGE) -> AsyncGenerator[list[Row], None]:
        """All rows of a list, page by page, each row once, in the order of ids.

        Offsets shift when rows are added or removed between two requests. So every page starts with the last row of
        the one before; if it does not, the loop steps back. At the end the rows are counted against the server's
        total. Raises `Unavailable` when a complete list cannot be had.

        Once the size of a page is seen, the following ones are read side by side. That changes nothing of the above:
        two pages that share a row leave out nothing between them, whichever was read first.
        """
        ahead = ListPrefetch(lambda start: self.page(path, params, limit, start))
        try:
            async for rows in self._pages(path, params, limit, ahead):
                yield rows
        finally:
            await ahead.drop()

    async def _pages(
        self, path: str, params: Params, limit: int, ahead: ListPrefetch[list[Row]]
    ) -> AsyncGenerator[list[Row], None]:
        filtered = any(name.startswith("filters") for name, _ in params)
        seen: set[str] = set()
        offset, overlap, stalls = 0, 0, 0
        bound = ListBound()
        while True:
            start = max(0, offset - overlap)
            rows, total = await ahead.page(start)
            if bound.is_over(len(rows)):
                raise _unreadable(path, "the list has no end")
            if overlap and start and (not rows or rows[0]["id"] not in seen):
                stalls = _stalled(path, stalls)
                offset = max(0, start - limit)
                continue
            new = [row for row in rows if row["id"] not in seen]
            if new:
                seen.update(row["id"] for row in new)
                stalls = 0
                ahead.expect(start, len(rows), total)
                yield new
            offset = start + len(rows)
            overlap = 1 if new else 0
            if offset >= total:
                if new and offset > total:
                    continue  # rows went meanwhile, or the total is wrong: what comes is looked at
                if len(seen) >= total:
                    return
                offset, overlap, stalls = 0, 0, _stalled(path, stalls)  # something slipped through: read again
            elif not new:
                if filtered and not rows and stalls and await self.counts_everything(path):
                    return
                stalls = _stalled(path, stalls)

    async def counts_everything(self, path: str) -> bool:
        """Whether the total of a filtered list counts rows outside the filter: the description leaves that open."""
        _, total = await self.page(path, [("filters[id][$eq]", NOBODY)], 1, 0)
        return total > 0

    async def all(self, path: str, params: Params = ()) -> list[Row]:
        """All rows of a list that is known to be short enough to hold."""
        return [row async for page in self.pages(path, params) for row in page]

    async def by_ids(self, path: str, field: str, ids: Sequence[str], params: Params = ()) -> list[Row]:
        """The rows whose `field` is one of `ids`."""
        rows: list[Row] = []
        for start in range(0, len(ids), IDS_PER_REQUEST):
            chosen = [(f"filters[{field}][$in][]", id_) for id_ in ids[start : start + IDS_PER_REQUEST]]
            rows += await self.all(path, [*chosen, *params])
        return rows


def _stalled(path: str, stalls: int) -> int:
    if stalls >= 4:
        raise _unreadable(path, "the list could not be read completely", key="simployer.incomplete")
    log.info("list_read_again", system="simployer", path=path, stalls=stalls + 1)
    return stalls + 1


def _unreadable(path: str, reason: str, key: str = "provider.unreadable") -> Unavailable:
    values = {"system": Text("simployer.name")}
    return Unavailable(f"simployer: GET {path}: {reason}", text=Text(key, values), advice=Text(f"{key}.advice", values))


def _token_refused(said: str) -> CredentialsRefused:
    return CredentialsRefused(
        said,
        field="access_token",
        text=text("simployer.token_refused"),
        advice=text("simployer.token_refused.advice"),
    )


def _error(path: str, answer: Answer) -> ProviderError:
    said = f"simployer: GET {path}: {answer.status}"
    if answer.status == 401:
        return _token_refused(said)
    if answer.status == 403:
        closed = "simployer.leave_not_permitted" if _is_leave(path) else "simployer.not_permitted"
        return NotPermitted(said, text=Text(closed), advice=Text(f"{closed}.advice"))
    if answer.status == 404:
        return Unsupported(said, text=text("simployer.not_found"), advice=text("simployer.not_found.advice"))
    return Unsupported(
        said, text=text("simployer.request_refused"), advice=text("simployer.request_refused.advice"),
        verbatim=_message(answer.body),
    )  # fmt: skip


def _is_leave(path: str) -> bool:
    return path.split("/")[1] in ("leave", "leave-type", "leave-transaction", "child")


def _message(body: object) -> str | None:
    said = body.get("message") if isinstance(body, dict) else None
    if isinstance(said, list):
        return "; ".join(str(line) for line in said)
    return said if isinstance(said, str) else None
