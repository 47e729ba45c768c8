"""Tripletex' stand-in: tokens, sessions, companies, and the rate limit."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

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
from sandbox.tripletex.seed import ACCOUNTANT_COMPANY, OTHER_COMPANY
from tests.contracts.contract import contract
from tests.support.api_calls import HandClock, create_session, noon, tripletex_client, without_nulls

DESCRIBED = contract("tripletex")
NORWAY = 40917001
WHO_AM_I = "/token/session/>whoAmI"


@pytest.fixture
def clock() -> HandClock:
    return noon(2026, 6, 15)


@pytest.fixture
async def tripletex(clock: HandClock) -> AsyncIterator[Tripletex]:
    async with demo(clock().date(), clock=clock) as system:
        yield system


@pytest.fixture
async def anyone(tripletex: Tripletex) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=tripletex.url) as client:
        yield client


async def test_two_tokens_make_a_session(anyone: httpx.AsyncClient) -> None:
    answer = await create_session(anyone, expires="2026-06-16")
    assert answer.status_code == 201
    assert answer.json()["value"]["expirationDate"] == "2026-06-16"
    DESCRIBED.hold_answer("POST", "/token/session/:create", answer.json(), 201)


async def test_the_legacy_form_takes_them_in_the_query(anyone: httpx.AsyncClient) -> None:
    query = {"consumerToken": CONSUMER_TOKEN, "employeeToken": GOOD_TOKEN, "expirationDate": "2026-06-16"}
    answer = await anyone.put("/token/session/:create", params=query)
    assert answer.status_code == 200
    anyone.auth = httpx.BasicAuth("", answer.json()["value"]["token"])
    assert (await anyone.get(WHO_AM_I)).status_code == 200


@pytest.mark.parametrize("path", [WHO_AM_I, "/token/session/%3EwhoAmI"])
async def test_who_am_i_names_the_company(tripletex: Tripletex, path: str) -> None:
    async with tripletex_client(tripletex) as client:
        answer = await client.get(path)
    value = answer.json()["value"]
    assert value["companyId"] == NORWAY
    assert value["company"] == {"id": NORWAY, "url": f"tripletex.no/v2/company/{NORWAY}"}
    assert value["language"] == "no"
    DESCRIBED.hold_answer("GET", WHO_AM_I, answer.json())


@pytest.mark.parametrize(
    ("employee", "consumer", "status", "code", "field"),
    [
        (GOOD_TOKEN, PRODUCTION_CONSUMER_TOKEN, 422, 18000, "arg:consumerToken"),
        ("gibberish", CONSUMER_TOKEN, 422, 18000, "arg:employeeToken"),
        (NEWER_TOKEN, CONSUMER_TOKEN, 422, 18000, "arg:employeeToken"),
        (REVOKED_TOKEN, CONSUMER_TOKEN, 404, 6000, None),
    ],
)
async def test_bad_tokens_are_never_a_401(
    anyone: httpx.AsyncClient, employee: str, consumer: str, status: int, code: int, field: str | None
) -> None:
    answer = await create_session(anyone, employee=employee, consumer=consumer, expires="2026-06-16")
    body = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert [one["field"] for one in body["validationMessages"] or []] == ([field] if field else [])
    assert answer.headers["x-tlx-request-id"] == body["requestId"]


async def test_the_wrong_environment_says_so_verbatim(anyone: httpx.AsyncClient) -> None:
    answer = await create_session(anyone, consumer=PRODUCTION_CONSUMER_TOKEN, expires="2026-06-16")
    message = answer.json()["validationMessages"][0]["message"]
    assert message == "The consumer token is invalid or does not exist."


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 18000),
        ({"consumerToken": CONSUMER_TOKEN, "employeeToken": GOOD_TOKEN, "expirationDate": "soon"}, 16000),
        ({"consumerToken": CONSUMER_TOKEN, "employeeToken": GOOD_TOKEN, "expirationDate": "2026-06-14"}, 18000),
        ({"token": "x"}, 16000),
    ],
)
async def test_a_session_needs_good_values(anyone: httpx.AsyncClient, body: dict[str, str], code: int) -> None:
    answer = await anyone.post("/token/session/:create", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_session_ends_at_midnight_in_norway(clock: HandClock, anyone: httpx.AsyncClient) -> None:
    session = (await create_session(anyone, expires="2026-06-16")).json()["value"]["token"]
    anyone.auth = httpx.BasicAuth("0", session)
    clock.forward(hours=9, minutes=59)  # 21:59 UTC is 23:59 in Oslo
    assert (await anyone.get(WHO_AM_I)).status_code == 200
    clock.forward(minutes=1)
    answer = await anyone.get(WHO_AM_I)
    assert answer.status_code == 401
    assert without_nulls(answer.json()) == {
        "status": 401,
        "code": 3000,
        "message": "Unauthorized",
        "link": "https://tripletex.no/v2-docs/",
        "developerMessage": "Could not log in. Check login info in Authorization header.",
        "requestId": answer.headers["x-tlx-request-id"],
    }


async def test_todays_date_makes_a_session_dead_at_birth(anyone: httpx.AsyncClient) -> None:
    answer = await create_session(anyone, expires="2026-06-15")
    anyone.auth = httpx.BasicAuth("0", answer.json()["value"]["token"])
    assert (await anyone.get(WHO_AM_I)).status_code == 401


async def test_an_ended_session_and_a_revoked_token_stop_working(tripletex: Tripletex) -> None:
    async with tripletex_client(tripletex) as first, tripletex_client(tripletex) as second:
        session = (await create_session(first, expires="2026-06-20")).json()["value"]["token"]
        assert (await first.delete(f"/token/session/{session}")).status_code == 204
        dead = await first.get("/division", auth=httpx.BasicAuth("0", session))
        assert dead.status_code == 401
        assert (await second.get("/division")).status_code == 200
        tripletex.revoke(GOOD_TOKEN)
        assert (await second.get("/division")).status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer abc", "Basic ???", "Basic MDpub3RoaW5n"])
async def test_a_bad_header_is_unauthorized(anyone: httpx.AsyncClient, header: str) -> None:
    answer = await anyone.get("/employee", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, 3000)


async def test_each_token_leads_to_its_own_company(tripletex: Tripletex) -> None:
    async with tripletex_client(tripletex) as ours, tripletex_client(tripletex, OTHER_COMPANY_TOKEN) as theirs:
        value = (await theirs.get(WHO_AM_I)).json()["value"]
        assert (value["companyId"], value["language"]) == (OTHER_COMPANY, "en")
        assert (await theirs.get(f"/company/{OTHER_COMPANY}")).json()["value"]["name"] == "Polarbønna Kaffebarer AS"
        row = (await ours.get("/employee?count=1")).json()["values"][0]
        stranger = await theirs.get(f"/employee/{row['id']}")
        assert (stranger.status_code, stranger.json()["code"]) == (404, 6000)


async def test_an_accountants_token_may_only_look_at_itself(tripletex: Tripletex) -> None:
    async with tripletex_client(tripletex, ACCOUNTANT_TOKEN) as client:
        assert (await client.get(WHO_AM_I)).json()["value"]["companyId"] == ACCOUNTANT_COMPANY
        clients = (await client.get("/company/>withLoginAccess")).json()["values"]
        assert [one["id"] for one in clients] == [NORWAY, OTHER_COMPANY]
        refused = await client.get("/employee")
        assert (refused.status_code, refused.json()["code"]) == (403, 9000)
        assert refused.json()["message"].startswith("Company owned users(employeeToken) can only access")


async def test_an_accountant_reaches_a_client_by_its_id_and_no_other(tripletex: Tripletex) -> None:
    async with tripletex_client(tripletex, ACCOUNTANT_TOKEN, company=NORWAY) as client:
        assert (await client.get("/employee?count=1")).json()["count"] == 1
    async with tripletex_client(tripletex, GOOD_TOKEN, company=OTHER_COMPANY) as client:
        assert (await client.get("/employee")).status_code == 401


async def test_the_rate_limit_counts_down_and_the_429_does_not_say_when(clock: HandClock, tripletex: Tripletex) -> None:
    tripletex.rate_limit.limit = 3
    clock.forward(seconds=3, microseconds=500_000)  # windows end on the clock's tens, and what is left is rounded down
    async with tripletex_client(tripletex) as client, tripletex_client(tripletex, OTHER_COMPANY_TOKEN) as other:
        first = await client.get("/division")
        clock.forward(seconds=4)
        second = await client.get("/division")
        for answer, remaining, reset in ((first, "2", "6"), (second, "1", "2")):
            assert answer.headers["X-Rate-Limit-Limit"] == "3"
            assert answer.headers["X-Rate-Limit-Remaining"] == remaining
            assert answer.headers["X-Rate-Limit-Reset"] == reset
        await client.get("/division")
        above = await client.get("/division")
        assert above.status_code == 429
        assert "X-Rate-Limit-Reset" not in above.headers
        assert "Retry-After" not in above.headers
        assert (await other.get("/division")).status_code == 200  # another token owner
        clock.forward(seconds=2)
        assert (await client.get("/division")).status_code == 429
        clock.forward(microseconds=500_000)
        assert (await client.get("/division")).status_code == 200


async def test_the_same_owner_shares_one_limit_over_sessions(tripletex: Tripletex) -> None:
    tripletex.rate_limit.limit = 2
    async with tripletex_client(tripletex) as one, tripletex_client(tripletex) as two:
        assert [(await client.get("/division")).status_code for client in (one, two, one)] == [200, 200, 429]


async def test_a_key_of_the_newer_kind_needs_no_consumer_token(clock: HandClock, anyone: httpx.AsyncClient) -> None:
    async def exchanged(key: str, seconds: object) -> httpx.Response:
        body = {"refreshToken": key, "ttlSeconds": seconds}
        return await anyone.post("/token/session/:createFromRefreshToken", json=body)

    for seconds, message in ((299, "Must be at least 300"), (28801, "Cannot be over 28800")):
        refused = await exchanged(NEWER_TOKEN, seconds)
        assert (refused.status_code, refused.json()["validationMessages"][0]["message"]) == (422, message)
    assert (await exchanged(GOOD_TOKEN, 300)).status_code == 401
    assert (await exchanged("tlxr_unknown", 300)).status_code == 401
    anyone.auth = httpx.BasicAuth("0", (await exchanged(NEWER_TOKEN, 300)).json()["value"]["token"])
    assert (await anyone.get(WHO_AM_I)).json()["value"]["companyId"] == NORWAY
    clock.forward(seconds=300)
    assert (await anyone.get(WHO_AM_I)).status_code == 401


async def test_the_guide_tells_which_tokens_work(tripletex: Tripletex) -> None:
    lines = [line for line in tripletex.guide_lines() if "mployee token" in line.label]
    assert len(lines) == 4
    for line in lines:
        async with httpx.AsyncClient(base_url=tripletex.url) as client:
            made = await create_session(client, employee=line.value, expires="2026-06-16")
            if made.status_code == 201:
                client.auth = httpx.BasicAuth("0", made.json()["value"]["token"])
            assert ((await client.get("/employee")).status_code == 200) is line.works
