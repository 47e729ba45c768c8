"""Signing in to Tripletex: when, how often, and as whom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.providers.errors import CredentialsRefused, NotPermitted, ProviderError, Unavailable, WrongAccount
from bot.providers.tripletex.client import TripletexClient
from bot.providers.tripletex.provider import TripletexProvider
from sandbox.tripletex import (
    ACCOUNTANT_TOKEN,
    CONSUMER_TOKEN,
    GOOD_TOKEN,
    NEWER_TOKEN,
    OTHER_COMPANY_TOKEN,
    PRODUCTION_CONSUMER_TOKEN,
    REVOKED_TOKEN,
    Tripletex,
    demo,
)
from tests.support.api_calls import HandClock
from tests.support.provider_connections import to_tripletex, tripletex_target
from tests.support.provider_people import TODAY

COMPANY = "40917001"


@pytest.fixture
def clock() -> HandClock:
    return HandClock(datetime(2026, 11, 22, 12, tzinfo=UTC))


@pytest.fixture
async def tripletex(clock: HandClock) -> AsyncIterator[Tripletex]:
    async with demo(TODAY, clock=clock) as system:
        yield system


def sessions(system: Tripletex) -> list[object]:
    return [e.body for e in system.requests.matching("POST", "/token/session/:create")]


async def test_the_tokens_travel_in_the_body_and_name_the_company(tripletex: Tripletex) -> None:
    async with tripletex_target(tripletex) as target:
        account = await target.identify()
    assert (account.id, account.name) == (COMPANY, "Polarbønna Norge AS")
    assert account.organisation_number == "314022114"
    assert account.environment == "test"
    assert account.user == "Lars Øyehaug"
    told = repr([(e.path, e.query) for e in tripletex.requests])
    assert GOOD_TOKEN not in told
    assert CONSUMER_TOKEN not in told


@pytest.mark.parametrize(
    ("token", "consumer", "field", "key"),
    [
        (REVOKED_TOKEN, CONSUMER_TOKEN, "employee_token", "tripletex.token_refused"),
        ("no such token", CONSUMER_TOKEN, "employee_token", "tripletex.token_refused"),
        (GOOD_TOKEN, PRODUCTION_CONSUMER_TOKEN, "environment", "tripletex.consumer_refused"),
        (GOOD_TOKEN, "", "environment", "tripletex.no_consumer_token"),
    ],
)
async def test_refused_tokens_name_the_field_at_fault(
    tripletex: Tripletex, token: str, consumer: str, field: str, key: str
) -> None:
    async with tripletex_target(tripletex, token, consumer=consumer) as target:
        with pytest.raises(CredentialsRefused) as refused:
            await target.identify()
    assert (refused.value.field, refused.value.text.key) == (field, key)
    assert token not in str(refused.value)
    assert CONSUMER_TOKEN not in f"{refused.value} {refused.value.text} {refused.value.advice}"


async def test_an_accountants_token_is_no_token_of_the_company(tripletex: Tripletex) -> None:
    async with tripletex_target(tripletex, ACCOUNTANT_TOKEN) as target:
        with pytest.raises(NotPermitted):
            await target.preflight()


async def test_a_token_of_another_company_reads_and_writes_nothing(tripletex: Tripletex) -> None:
    async with tripletex_target(tripletex, OTHER_COMPANY_TOKEN, expected=COMPANY) as target:
        with pytest.raises(WrongAccount):
            _ = [page async for page in target.people()]
    assert {e.path for e in tripletex.requests} == {"/v2/token/session/:create", "/v2/token/session/>whoAmI"}


async def test_a_token_that_comes_to_mean_another_company_stops_at_the_next_session(tripletex: Tripletex) -> None:
    async with tripletex_target(tripletex, expected=COMPANY) as target:
        await target.identify()
        tripletex.sessions.end_all()
        tripletex.faults.wrong_company(path="whoAmI$", times=None)
        with pytest.raises(WrongAccount):
            _ = [page async for page in target.people()]


async def test_a_session_that_is_gone_is_made_anew_once(tripletex: Tripletex) -> None:
    async with tripletex_target(tripletex) as target:
        await target.identify()
        tripletex.sessions.end_all()
        assert [page async for page in target.people()]
        assert len(sessions(tripletex)) == 2
        tripletex.revoke(GOOD_TOKEN)
        with pytest.raises(CredentialsRefused):
            _ = [page async for page in target.people()]
        assert len(sessions(tripletex)) == 3


async def test_many_calls_at_once_sign_in_once(tripletex: Tripletex) -> None:
    async with tripletex_target(tripletex) as target:
        await asyncio.gather(*(target.choices(name) for name in ("division", "default_department", "occupation_code")))
        assert len(sessions(tripletex)) == 1
        tripletex.sessions.end_all()
        await asyncio.gather(*(target.read("10000012") for _ in range(4)))
        assert len(sessions(tripletex)) == 2


@pytest.mark.parametrize(
    "start",
    [
        datetime(2026, 11, 22, 22, 59, tzinfo=UTC),  # a minute to midnight in Oslo
        datetime(2026, 11, 22, 23, 1, tzinfo=UTC),  # it is tomorrow in Oslo
        datetime(2026, 6, 30, 21, 59, tzinfo=UTC),
        datetime(2026, 6, 30, 22, 1, tzinfo=UTC),
        datetime(2026, 10, 24, 12, 0, tzinfo=UTC),  # the clocks go back within the session
        datetime(2026, 3, 28, 12, 0, tzinfo=UTC),
    ],
)
async def test_a_session_is_renewed_before_its_midnight(
    tripletex: Tripletex, clock: HandClock, start: datetime
) -> None:
    clock.now = start
    async with TripletexClient(to_tripletex(tripletex), now=clock) as client:
        for _ in range(5 * 24):
            await client.who()
            assert await client.probe("/department")
            clock.forward(hours=1)
    assert 2 <= len(sessions(tripletex)) <= 6
    assert [e for e in tripletex.requests if e.status == 401] == []


@pytest.mark.parametrize(("environment", "prefix"), [("production", ""), ("test", "test_"), (None, "")])
async def test_each_environment_has_its_own_address_and_consumer(
    tripletex: Tripletex, environment: str | None, prefix: str
) -> None:
    given = to_tripletex(tripletex)
    credentials = {"employee_token": GOOD_TOKEN, **({"environment": environment} if environment else {})}
    options = {
        f"{prefix}url": tripletex.url,
        f"{prefix}consumer_token": CONSUMER_TOKEN,
        "timeout_seconds": "0.5",
        "attempts": "1",
    }
    async with TripletexProvider().connect(type(given)(credentials=credentials, options=options)) as target:
        assert (await target.identify()).environment == (environment or "production")


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("consumer", ["", CONSUMER_TOKEN])
async def test_a_key_of_the_newer_kind_is_used_without_a_consumer_token(
    tripletex: Tripletex, bare: bool, consumer: str
) -> None:
    tripletex.bare_sessions = bare
    async with tripletex_target(tripletex, f" {NEWER_TOKEN}\n", consumer=consumer) as target:
        assert (await target.identify()).id == COMPANY
        assert list(await target.preflight()) == []
    assert sessions(tripletex) == []
    (asked,) = tripletex.requests.matching("POST", "/token/session/:createFromRefreshToken")
    assert asked.body == {"refreshToken": NEWER_TOKEN, "ttlSeconds": 28800}
    assert NEWER_TOKEN not in repr([(e.path, e.query) for e in tripletex.requests])


async def test_a_session_of_eight_hours_is_renewed_before_it_ends(tripletex: Tripletex, clock: HandClock) -> None:
    given = to_tripletex(tripletex)
    connection = type(given)(credentials={**given.credentials, "employee_token": NEWER_TOKEN}, options=given.options)
    async with TripletexClient(connection, now=clock) as client:
        for _ in range(24):
            assert await client.probe("/department")
            clock.forward(hours=1)
    assert 3 <= len(tripletex.requests.matching("POST", "/token/session/:createFromRefreshToken")) <= 5
    assert [e for e in tripletex.requests if e.status == 401] == []


async def test_a_bad_key_of_the_newer_kind_is_told_as_what_it_is(tripletex: Tripletex) -> None:
    tripletex.revoke(NEWER_TOKEN)
    for token in (NEWER_TOKEN, "tlxr_mistyped"):
        async with tripletex_target(tripletex, token) as target:
            with pytest.raises(CredentialsRefused) as refused:
                await target.identify()
        assert (refused.value.field, refused.value.text.key) == ("employee_token", "tripletex.newer_key_refused")
        assert token not in str(refused.value)


@pytest.mark.parametrize("path", [":create$", "whoAmI$", ":createFromRefreshToken$"])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"status": 500, "code": 1000, "message": None}),
        (200, {"value": {}}),
        (200, []),
        (201, "<html>"),
        (204, None),
        (403, "<html>"),
        (404, "<html>"),
    ],
)
async def test_an_answer_that_says_nothing_of_the_key_is_no_refusal_of_it(
    tripletex: Tripletex, path: str, status: int, body: object
) -> None:
    token = NEWER_TOKEN if "Refresh" in path else GOOD_TOKEN
    tripletex.faults.status(status, body, path=path, times=9)
    async with tripletex_target(tripletex, token, backoff_seconds="0", attempts="2") as target:
        with pytest.raises(Unavailable) as failed:
            await target.identify()
    assert failed.value.text.key == "provider.unreadable"


async def test_no_token_is_in_any_repr(tripletex: Tripletex) -> None:
    connection = to_tripletex(tripletex)
    async with TripletexProvider().connect(connection) as target:
        try:
            await target.identify()
        except ProviderError as error:
            pytest.fail(str(error))
        client = target._client
        shown = f"{connection!r} {target!r} {client!r} {client.http!r} {client._session._tokens!r}"
    assert GOOD_TOKEN not in shown
    assert CONSUMER_TOKEN not in shown.replace(repr(connection), "")
