"""Asks a real test account what the published facts leave open. Harmless: reads, and one write that changes nothing.

Never on production: only the test environment's address is used, and an address of the production one is refused. What
is asked is what `bot/providers/tripletex/README.md` lists as unverified and can be seen without changing anything.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.core.diagnosis import Diagnosis
from bot.locales import Translator, translator
from bot.providers.errors import ProviderError
from bot.providers.kit.http import Answer, HttpClient, Params, RetryPolicy
from bot.providers.kit.rate_limit import RateLimiter, Sleep
from bot.providers.protocol import Connection
from bot.providers.tripletex.client import URLS
from bot.providers.tripletex.errors import REVISION, Refusal
from bot.providers.tripletex.leave_live_check import LeaveQuestions
from bot.providers.tripletex.preflight import RIGHTS
from bot.providers.tripletex.provider import PROVIDER
from bot.providers.tripletex.session import OSLO, Tokens, TripletexSession, utc_now

LONGEST_WAIT = 120.0
"""Seconds to wait, at most, for the rate limit's next period."""

_LISTS: Mapping[str, bool] = {
    "/employee": True,
    "/employee/employment/details": True,
    "/division": True,
    "/department": False,
    "/employee/category": False,
    "/employee/standardTime": False,
    "/employee/employment/leaveOfAbsence": False,
    "/employee/employment/occupationCode": False,
    "/country": False,
}
"""What a sync reads, and whether it cannot do without."""

_OWNER = "/employee/{}"
_PAGE = 1000


async def examine(options: Mapping[str, str], employee_token: str, *, sleep: Sleep = asyncio.sleep) -> list[Diagnosis]:
    """Ask Tripletex' test environment. `options` are the operator's for Tripletex (`Settings.provider_options`)."""
    url = options.get("test_url") or URLS["test"]
    if _is_production(url):
        says = "This is the production environment. Only the test environment is asked: correct TRIPLETEX_TEST_URL."
        return [Diagnosis("TRIPLETEX_TEST_URL", False, says)]
    account = await _account(options, employee_token)
    if not account[0].ok:
        return account
    tokens = Tokens(employee_token.strip(), options.get("test_consumer_token", "").strip(), "test")
    async with HttpClient("tripletex", url, RateLimiter(), patience=RetryPolicy.from_options(options)) as http:
        asked = _Questions(http, TripletexSession(http, tokens), sleep)
        return [*account, *[found async for found in asked.answers()]]


def _is_production(url: str) -> bool:
    host, production = urlsplit(url).hostname or "", urlsplit(URLS["production"]).hostname or ""
    return host == production or host.endswith(f".{production}")


async def _account(options: Mapping[str, str], employee_token: str) -> list[Diagnosis]:
    """Whose account it is, and what the check before every run finds in it."""
    t = translator("en")
    connection = Connection(credentials={"employee_token": employee_token, "environment": "test"}, options=options)
    try:
        async with PROVIDER.connect(connection) as target:
            account = await target.identify()
            findings = await target.preflight()
    except ProviderError as error:
        return [Diagnosis("account", False, _said(t, error))]
    return [
        Diagnosis("account", True, f"{account.name}, as {account.user or 'somebody who may not be read'}"),
        *(Diagnosis("before a run", False, t(f"check.{item.code}", **item.values)) for item in findings),
    ]


class _Questions:
    """The open questions, each on its own: one that cannot be answered does not hide the next."""

    def __init__(self, http: HttpClient, session: TripletexSession, sleep: Sleep) -> None:
        self._http = http
        self._session = session
        self._sleep = sleep

    async def answers(self) -> AsyncIterator[Diagnosis]:
        """Ask them all."""
        t = translator("en")
        questions: tuple[tuple[str, Callable[[], Awaitable[Diagnosis]]], ...] = (
            ("lists", self._lists),
            ("entitlements", self._entitlements),
            ("sorting and paging", self._paging),
            ("employee numbers", self._numbers),
            ("employments", self._employments),
            ("occupation codes", self._occupation_codes),
            ("old version", self._old_version),
            *LeaveQuestions(self._get, self._owner, utc_now().astimezone(OSLO).date()).all(),
            ("rate limit", self._rate_limit),
        )
        for what, ask in questions:
            try:
                yield await ask()
            except ProviderError as error:
                yield Diagnosis(what, False, _said(t, error))

    async def _owner(self) -> int:
        return (await self._session.who()).employee_id

    async def _lists(self) -> Diagnosis:
        refused = {path: (await self._get(path, [("count", "1")])).status for path in _LISTS}
        refused = {path: status for path, status in refused.items() if status != 200}
        if not refused:
            return Diagnosis("lists", True, f"all {len(_LISTS)} that a sync reads are open to this token")
        told = ", ".join(f"{path} ({status})" for path, status in refused.items())
        return Diagnosis("lists", not any(_LISTS[path] for path in refused), f"not open to this token: {told}")

    async def _entitlements(self) -> Diagnosis:
        owner = str((await self._session.who()).employee_id)
        rows = await self._rows("/employee/entitlement", [("employeeId", owner), ("fields", "id,name")])
        names = {str(row.get("name")) for row in rows}
        missing = [right for right in RIGHTS if right not in names]
        if missing:
            return Diagnosis("entitlements", False, f"{len(names)} held; missing: {', '.join(missing)}")
        return Diagnosis("entitlements", True, f"{len(names)} held, {', '.join(RIGHTS)} among them")

    async def _paging(self) -> Diagnosis:
        def asked(start: int, count: int) -> Params:
            return [("from", str(start)), ("count", str(count)), ("sorting", "id"), ("fields", "id")]

        both = await self._get("/employee", asked(0, 2))
        first, second = _values(both), _values(await self._get("/employee", asked(1, 1)))
        told = both.body.get("fullResultSize") if isinstance(both.body, dict) else None
        if len(first) < 2:
            return Diagnosis("sorting and paging", True, "not seen: the account needs two employees")
        right = [row["id"] for row in first] == sorted(row["id"] for row in first) and second == first[1:]
        says = "ids come in order and pages fit together" if right else "pages do not fit together: a sync is not safe"
        return Diagnosis("sorting and paging", right, f"{says}; fullResultSize said {told} for a page of two")

    async def _numbers(self) -> Diagnosis:
        rows = await self._rows("/employee", [("fields", "id,employeeNumber"), ("sorting", "id")])
        numbers = Counter(str(row.get("employeeNumber") or "").strip() for row in rows)
        empty = numbers.pop("", 0)
        double = sum(count > 1 for count in numbers.values())
        says = f"{len(rows)} employees read, {empty} without a number, {double} numbers carried by several"
        return Diagnosis("employee numbers", True, f"{says}: {'they are not unique' if double else 'none seen twice'}")

    async def _employments(self) -> Diagnosis:
        rows = await self._rows("/employee/employment", [("fields", "id")])
        return Diagnosis("employments", True, f"without an employee, the list gives {len(rows)} of them")

    async def _occupation_codes(self) -> Diagnosis:
        rows = await self._rows("/employee/employment/occupationCode", [("code", "11"), ("fields", "id,code")])
        codes = [str(row.get("code") or "") for row in rows]
        inside = sum(not code.startswith("11") for code in codes)
        seven = all(len(code) == 7 and code.isdecimal() for code in codes)
        says = f"a search for 11 gives {len(codes)}, of which {inside} have it in the middle"
        return Diagnosis("occupation codes", seven, f"{says}; {'all' if seven else 'not all'} have seven digits")

    async def _old_version(self) -> Diagnosis:
        """The one write: the token's owner keeps the first name they have, sent with an outdated version."""
        path = _OWNER.format((await self._session.who()).employee_id)
        answer = await self._get(path, [("fields", "id,version,firstName")])
        owner = answer.body.get("value") if answer.ok and isinstance(answer.body, dict) else None
        if not isinstance(owner, dict) or not owner.get("version") or not owner.get("firstName"):
            return Diagnosis("old version", True, "not seen: the token's owner was never changed, or may not be read")
        body = {"id": owner["id"], "version": owner["version"] - 1, "firstName": owner["firstName"]}
        _, headers = await self._session.headers()
        answer = await self._http.write("PUT", path, body, headers=headers)
        refusal = Refusal.of(answer)
        if answer.status == 409 and refusal.code == REVISION:
            return Diagnosis("old version", True, f"refused with 409/{REVISION}, as expected; nothing was changed")
        if answer.ok:
            return Diagnosis(
                "old version",
                False,
                "accepted: the last to write wins, so that another's change between reading and writing can be lost",
            )
        return Diagnosis("old version", False, f"refused with {answer.status}/{refusal.code}: {refusal.verbatim}")

    async def _rate_limit(self) -> Diagnosis:
        """How long a period is: the whole seconds left, rounded down, told just after one has begun."""
        before = _limit_of(await self._get("/token/session/>whoAmI"))
        if before is None:
            return Diagnosis("rate limit", False, "the answers carry no X-Rate-Limit headers")
        limit, _, left = before
        if left > LONGEST_WAIT:
            return Diagnosis("rate limit", True, f"{limit} calls in a period of more than {left} s")
        await self._sleep(left + 1)
        after = _limit_of(await self._get("/token/session/>whoAmI"))
        if after is None:
            return Diagnosis("rate limit", False, "the headers are not on every answer")
        limit, remaining, left = after
        return Diagnosis(
            "rate limit",
            True,
            f"{limit} calls in a period of about {left + 1} s ({remaining} left after its first call)",
        )

    async def _get(self, path: str, params: Params = ()) -> Answer:
        _, headers = await self._session.headers()
        return await self._http.read(path, params, headers=headers)

    async def _rows(self, path: str, params: Params) -> list[dict[str, Any]]:
        """The first page of a list, at most a thousand rows; a refused list is an empty one, told as such elsewhere."""
        return _values(await self._get(path, [*params, ("count", str(_PAGE))]))


def _values(answer: Answer) -> list[dict[str, Any]]:
    values = answer.body.get("values") if answer.ok and isinstance(answer.body, dict) else None
    return [row for row in values if isinstance(row, dict)] if isinstance(values, list) else []


def _limit_of(answer: Answer) -> tuple[int, int, int] | None:
    """Calls of a period, calls left, and seconds left, as the headers tell."""
    try:
        limit, remaining, left = (
            int(answer.headers[f"X-Rate-Limit-{name}"]) for name in ("Limit", "Remaining", "Reset")
        )
    except (KeyError, ValueError):
        return None
    return limit, remaining, left


def _said(t: Translator, error: ProviderError) -> str:
    return " ".join(t.render(text) for text in (error.text, error.advice) if text is not None)
