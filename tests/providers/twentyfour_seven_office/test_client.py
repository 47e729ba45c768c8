"""Tokens, the company they lead to, what is told of a token that is no good, and that no one sees it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from bot.providers.errors import CredentialsRefused, NotPermitted, ProviderError, Unavailable, Unsupported, WrongAccount
from bot.providers.twentyfour_seven_office.client import TwentyFourClient, life_until
from sandbox.twentyfour_seven_office import (
    COMPANY,
    OTHER_TOKEN,
    SWEDISH_TOKEN,
    TOKEN,
    UNKNOWN_TOKEN,
    TwentyfourSevenOffice,
)
from sandbox.twentyfour_seven_office.company import OfficeCompany
from tests.providers.twentyfour_seven_office.connections import connection, employee, office_target, put


async def test_the_check_names_the_company(so: TwentyfourSevenOffice) -> None:
    async with office_target(so) as target:
        account = await target.identify()
        assert await target.preflight() == []
    assert (account.id, account.name, account.environment) == (COMPANY, "Polarbønna Norge AS", "test")


async def test_a_company_of_another_country_is_told(so: TwentyfourSevenOffice) -> None:
    async with office_target(so, SWEDISH_TOKEN) as target:
        with pytest.raises(Unsupported) as refused:
            await target.identify()
    assert refused.value.text.values["country"] == "SE"


async def test_a_company_without_sites_makes_no_employments(so: TwentyfourSevenOffice, norway: OfficeCompany) -> None:
    norway.sites.clear()
    async with office_target(so) as target:
        (found,) = await target.preflight()
    assert found.code == "twentyfour_seven_office_no_sites"


async def test_an_empty_company_is_filled_only_if_the_operator_says_so(
    so: TwentyfourSevenOffice, norway: OfficeCompany
) -> None:
    norway.employees.clear()
    async with office_target(so) as target:
        with pytest.raises(NotPermitted):
            await target.preflight()
    async with office_target(so, allow_empty="true") as target:
        assert await target.preflight() == []
        await put(target, employee())
    assert list(norway.employees) == ["3001"]


@pytest.mark.parametrize("body", [{}, {"accessToken": ""}, [], None])
async def test_an_answer_that_says_nothing_of_the_token_is_no_refusal_of_it(
    so: TwentyfourSevenOffice, body: Any
) -> None:
    so.faults.status(200, body, path="/auth$", times=9)
    async with office_target(so) as target:
        with pytest.raises(Unavailable):
            await target.identify()


@pytest.mark.parametrize("body", [{"name": "A"}, {"orgno": ""}, []])
async def test_a_company_without_a_number_is_none(so: TwentyfourSevenOffice, body: Any) -> None:
    so.faults.status(200, body, path="/organization/v2$", times=9)
    async with office_target(so) as target:
        with pytest.raises(Unavailable):
            await target.identify()


@pytest.mark.parametrize("rows", [{"empId": "1"}, ["1"], [{"firstname": "Kari"}]])
async def test_a_list_that_says_not_who_it_is_of_is_no_absence(so: TwentyfourSevenOffice, rows: Any) -> None:
    so.faults.status(200, rows, path="/employee/v2$", times=9)
    async with office_target(so) as target:
        with pytest.raises(Unavailable):
            assert [page async for page in target.people()]


async def test_one_who_is_listed_and_not_shown_is_not_gone(so: TwentyfourSevenOffice) -> None:
    so.faults.status(401, {"message": "no"}, path="/employee/v2/1001$", times=None)
    async with office_target(so) as target:
        with pytest.raises(Unavailable):
            await target.read("1001")
        assert await target.read("3999") is None


async def test_a_token_that_has_died_early_is_made_anew_once(so: TwentyfourSevenOffice) -> None:
    async with office_target(so) as target:
        await target.identify()
        so.end_all()
        await put(target, employee())
        so.revoke(TOKEN)
        with pytest.raises(CredentialsRefused) as refused:
            await put(target, employee(last_name="Berg"))
    assert refused.value.field == "access_token"


@pytest.mark.parametrize("life", [timedelta(hours=1), timedelta(seconds=1), timedelta(days=30)])
async def test_a_token_is_not_asked_for_by_each_call(so: TwentyfourSevenOffice, life: timedelta) -> None:
    so.lifetime = life
    async with office_target(so) as target:
        await target.identify()
        await target.identify()
    assert so.issued == 1


@pytest.mark.parametrize(
    ("end", "seconds"),
    [
        ("2026-11-22T12:30:00+00:00", 1800),
        ("2026-11-22T14:30:00+02:00", 1800),
        ("2026-11-22T12:30:00", 1800),
        ("2027-01-01T00:00:00+00:00", 3600),
        ("2026-11-22T11:00:00+00:00", 60),
        ("soon", 60),
        (None, 60),
    ],
)
def test_how_long_a_token_is_used(end: Any, seconds: float) -> None:
    assert life_until(end, datetime(2026, 11, 22, 12, tzinfo=UTC)) == seconds


async def test_another_company_than_the_integrations_is_not_written_to(so: TwentyfourSevenOffice) -> None:
    async with office_target(so, OTHER_TOKEN, expected=COMPANY) as target:
        with pytest.raises(WrongAccount):
            await target.read("1011")
    assert so.requests.matching("GET", "/employee/v2/1011") == []


async def test_calls_above_a_limit_wait_for_their_turn(so: TwentyfourSevenOffice) -> None:
    so.faults.rate_limited(path="/employee/v2$", times=3)
    async with office_target(so) as target:
        assert [person async for page in target.people() for person in page]


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 500])
async def test_the_token_that_travels_in_an_address_is_seen_by_nobody(
    so: TwentyfourSevenOffice, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """Whatever goes wrong, and although the system quotes the whole address back."""
    quoted = f"Bad request: https://payroll.24sevenoffice.com/api/auth?token={UNKNOWN_TOKEN}"
    so.faults.status(status, {"message": quoted}, path="/auth$", times=None)
    with caplog.at_level(logging.DEBUG), capture_logs() as logs:
        async with TwentyFourClient(connection(UNKNOWN_TOKEN, url=so.url)) as client:
            with pytest.raises(ProviderError) as refused:
                await client.company()
            said = f"{client!r} {client.http!r} {client.http.stats!r} {vars(refused.value)!r}"
            said += repr(connection(UNKNOWN_TOKEN, url=so.url))
    error = refused.value
    said += f"{error!r} {error} {error.verbatim} {error.text!r} {error.advice!r} {error.__cause__!r} {logs!r}"
    said += caplog.text + generate_latest().decode()
    assert UNKNOWN_TOKEN not in said
    assert UNKNOWN_TOKEN[10:30] not in said
    assert [log for log in logs if log.get("path") == "/auth"]
