"""Visma.net Employee API v2 over HTTP: tokens, whole lists, writes followed to the end of their job.

It knows paths and envelopes, not employees. Source: Visma.net Employee API, changelog, FAQ and release notes of v2.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import structlog

from bot.providers.errors import NotPermitted, Rejected, Unavailable, WriteConflict
from bot.providers.kit.circuit_breaker import shared_breaker
from bot.providers.kit.http import Answer, HttpClient, Params, RetryPolicy
from bot.providers.kit.list_bound import ListBound
from bot.providers.kit.rate_limit import RateHeaders, RateLimiter, Sleep, shared_limiter
from bot.providers.kit.system_client import SystemClient
from bot.providers.kit.usual_errors import VersionConflict
from bot.providers.protocol import Connection
from bot.providers.visma_net.errors import ERRORS, error_of
from bot.providers.visma_net.jobs import Job, job_path
from bot.providers.visma_net.session import Application, VismaNetSession

log = structlog.get_logger(__name__)

URL = "https://api.employeecore.hrm.visma.net/v2"
CONNECT_URL = "https://connect.visma.com"
TOKEN_PATH = "/connect/token"  # noqa: S105 - a path
MEDIA_TYPE = "application/vnd.no.payroll.employee.V2.0+json"
PAGE = 50
"""Employees per page: the published default. The largest allowed is not published."""

CONCURRENCY = 4
JOB_POLLS = 40
JOB_PAUSE = 0.5
LONGEST_JOB_PAUSE = 5.0

Json = dict[str, Any]

BARREN_PAGES = 20
"""Pages one after the other without anybody new, each with another cursor, after which a list has no end."""

MOST_CURSORS = 200
"""Pages of a list that is short enough to hold."""

_HEADERS = RateHeaders(limit="X-RateLimit-Limit", remaining="X-RateLimit-Remaining", reset="X-RateLimit-Reset")
"""Those of Visma.net's ERP API; whether the Employee API sends any is not published. `Retry-After` is always heeded."""

_unfinished: dict[tuple[str, str], str] = {}


class VismaNetClient(SystemClient):
    """Calls of one connection. Tokens, limits, jobs and write locks are its business; close it by `async with`."""

    def __init__(self, connection: Connection, *, sleep: Sleep = asyncio.sleep) -> None:
        options = connection.options
        self.tenant = connection.credentials.get("tenant_id", "").strip().lower()
        self.environment = options.get("environment") or "production"
        self.may_be_empty = options.get("allow_empty", "").strip().lower() == "true"
        self._url = (options.get("url") or URL).rstrip("/")
        self._page = str(int(options.get("page_size") or PAGE))
        self._polls = int(options.get("job_polls") or JOB_POLLS)
        self._pause = float(options.get("job_poll_seconds") or JOB_PAUSE)
        self._sleep = sleep
        application = Application(
            options.get("client_id", "").strip(), options.get("client_secret", "").strip(), self.tenant
        )
        self._key = hashlib.sha256(f"{self._url} {application.client_id} {self.tenant}".encode()).hexdigest()
        patience = RetryPolicy.from_options(options)
        limiter = shared_limiter(
            f"visma_net {self._key}", lambda: RateLimiter(concurrency=CONCURRENCY, headers=_HEADERS)
        )
        self.http = HttpClient(
            "visma_net", self._url, limiter, patience=patience, breaker=shared_breaker(f"visma_net {self._key}")
        )
        connect = (options.get("connect_url") or CONNECT_URL).rstrip("/")
        self._connect = HttpClient(
            "visma_net",
            connect,
            RateLimiter(concurrency=1),
            patience=patience,
            breaker=shared_breaker(f"visma_net {connect} {self._key}"),
        )
        self._beside = (self._connect,)
        self._session = VismaNetSession(
            self._connect, TOKEN_PATH, application, expected_tenant=connection.expected_account
        )

    async def get(self, path: str, params: Params = ()) -> tuple[Json, str | None] | None:
        """One document and its ETag, as it came; None when Visma.net knows no such id."""
        answer = await self._signed("GET", path, None, params)
        if answer.status == 404:
            return None
        if not answer.ok:
            raise error_of(f"GET {path}", answer)
        if not isinstance(answer.body, dict):
            raise ERRORS.unreadable(f"GET {path}: no object", sent=False)
        self._ours(answer.body)
        return answer.body, answer.headers.get("etag")

    async def rows(self, path: str, params: Params = ()) -> list[Json]:
        """A list short enough to hold: bare, or in the envelope of a page, whose cursor is followed."""
        found: list[Json] = []
        cursors = [""]
        while True:
            asked = [*params, ("cursor", cursors[-1])] if cursors[-1] else params
            answer = await self._signed("GET", path, None, asked)
            if not answer.ok:
                raise error_of(f"GET {path}", answer)
            body = answer.body.get("data") if isinstance(answer.body, dict) else answer.body
            if not isinstance(body, list):
                raise ERRORS.unreadable(f"GET {path}: no list", sent=False)
            found += self._rows(body)
            cursor = _next_cursor(answer.body)
            if not cursor:
                return found
            if cursor in cursors or len(cursors) == MOST_CURSORS:
                raise ERRORS.unreadable(f"GET {path}: the list goes in circles", sent=False)
            cursors.append(cursor)

    async def pages(self, path: str, params: Params = ()) -> AsyncGenerator[list[Json], None]:
        """A list page by page, each object once. The next page is asked for with all parameters and the cursor."""
        seen: set[str] = set()
        asked = [*params, ("page-size", self._page)]
        cursor, cursors = "", set[str]()
        barren, bound = 0, ListBound()
        while True:
            answer = await self._signed("GET", path, None, [*asked, ("cursor", cursor)] if cursor else asked)
            if not answer.ok:
                raise error_of(f"GET {path}", answer)
            body = answer.body if isinstance(answer.body, dict) else {}
            if not isinstance(body.get("data"), list):
                raise ERRORS.unreadable(f"GET {path}: no page", sent=False)
            rows = self._rows(body["data"])
            if len(rows) != len(body["data"]) or not all(row.get("id") for row in rows):
                raise ERRORS.unreadable(f"GET {path}: a row without an id", sent=False)
            if bound.is_over(len(rows)):
                raise ERRORS.unreadable(f"GET {path}: the list has no end", sent=False)
            new = [row for row in rows if str(row["id"]) not in seen]
            seen.update(str(row["id"]) for row in new)
            if new:
                yield new
            cursor = _next_cursor(body)
            if not cursor:
                return
            barren = 0 if new else barren + 1
            if cursor in cursors or barren >= BARREN_PAGES:
                raise ERRORS.unreadable(f"GET {path}: the list goes in circles", sent=False)
            cursors.add(cursor)

    async def send(self, method: str, path: str, body: Json, *, etag: str | None = None, note: str = "") -> Job:
        """Write a document, and follow its job until it has succeeded.

        Raises `VersionConflict` when another has written in between, `Rejected` when the document or its
        job was refused, and `Unavailable(sent=True)` when the outcome is unknown. `note` names the write to
        `unfinished`.
        """
        call = f"{method} {path}"
        answer = await self._signed(method, path, body, (), {"If-Match": etag} if etag else {})
        if answer.status in (409, 412):
            raise VersionConflict(error_of(call, answer))
        if not answer.ok:
            raise error_of(call, answer)
        job = job_path(answer.headers.get("location"), self._url)
        if job is None:
            raise ERRORS.unreadable(f"{call}: {answer.status} without a job", sent=True)
        if note:
            _unfinished[self._key, note] = job
        ended = await self._followed(call, job)
        if ended is None:
            raise ERRORS.unreadable(f"{call}: the job is lost", sent=True)
        _unfinished.pop((self._key, note), None)
        if not ended.succeeded:
            raise ended.rejection(call)
        log.debug("job_succeeded", system="visma_net", call=method, warnings=len(ended.results))
        return ended

    async def finish(self, note: str) -> Job | None:
        """Follow the job of an earlier write of this process that was given up on; None when there is none.

        Raises `Unavailable(sent=True)` when it still has not ended.
        """
        path = _unfinished.get((self._key, note))
        if path is None:
            return None
        ended = await self._followed("an earlier write", path)
        # A job that is lost cannot be waited for: what is there says the rest.
        _unfinished.pop((self._key, note), None)
        return ended

    async def quiet(self, path: str) -> bool:
        """Wait until every job of a list that is under way now has ended; False when one still has not.

        A list that cannot be read, or whose rows are no jobs, keeps nobody waiting.
        """
        waited_for: set[str] | None = None
        for turn in range(self._polls):
            try:
                jobs = [Job.of(row) for row in await self.rows(path)]
            except (WriteConflict, NotPermitted, Rejected):
                return True
            under_way = {job.id for job in jobs if job.under_way}
            waited_for = under_way if waited_for is None else waited_for & under_way
            if not waited_for:
                return True
            await self._sleep(self._pause_of(turn))
        return False

    async def _followed(self, call: str, path: str) -> Job | None:
        """The job once it has ended; None when Visma.net knows no such job (any more)."""
        for turn in range(self._polls):
            try:
                answer = await self._signed("GET", path, None, ())
            except Unavailable as error:
                # The write was accepted; what cannot be had is news of it.
                error.sent = True
                raise
            if answer.status == 404:
                return None
            if not answer.ok:
                raise ERRORS.unreadable(f"{call}: the job is hidden ({answer.status})", sent=True)
            if not isinstance(answer.body, dict):
                raise ERRORS.unreadable(f"{call}: the job is no object", sent=True)
            self._ours(answer.body)
            job = Job.of(answer.body)
            if not job.under_way:
                return job
            await self._sleep(self._pause_of(turn))
        raise ERRORS.unreadable(f"{call}: the job has not ended", sent=True)

    def _pause_of(self, turn: int) -> float:
        return min(self._pause * 1.5**turn, LONGEST_JOB_PAUSE)

    async def _signed(
        self, method: str, path: str, body: Json | None, params: Params, more: Mapping[str, str] = {}
    ) -> Answer:
        token, headers = await self._session.headers()
        answer = await self._once(method, path, body, params, {**headers, **more})
        if answer.status == 401:
            # Refused before anything was done, so a write may be sent again too. Once: then the tenant is wrong.
            await self._session.renew(token)
            _, headers = await self._session.headers()
            answer = await self._once(method, path, body, params, {**headers, **more})
        return answer

    async def _once(
        self, method: str, path: str, body: Json | None, params: Params, headers: Mapping[str, str]
    ) -> Answer:
        if body is None:
            return await self.http.read(path, params, headers={**headers, "Accept": MEDIA_TYPE})
        kinds = {"Accept": MEDIA_TYPE, "Content-Type": MEDIA_TYPE}
        return await self.http.write(method, path, body, params=params, headers={**headers, **kinds})

    def _rows(self, values: list[Any]) -> list[Json]:
        rows = [row for row in values if isinstance(row, dict)]
        for row in rows:
            self._ours(row)
        return rows

    def _ours(self, row: Mapping[str, Any]) -> None:
        """Documents name their tenant: another's must never be taken for ours."""
        named = row.get("tenantId")
        if isinstance(named, str) and named.strip() and named.strip().lower() != self.tenant:
            raise ERRORS.wrong_account("an answer is about another tenant")


def _next_cursor(body: object) -> str:
    """Where the next page begins; nothing on the last one, and where a list comes bare."""
    envelope = body.get("cursor") if isinstance(body, Mapping) else None
    return str((envelope.get("nextToken") if isinstance(envelope, Mapping) else None) or "")
