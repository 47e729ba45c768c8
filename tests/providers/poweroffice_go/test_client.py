"""Tokens, the account they lead to, and what is told of keys that are no good."""

from __future__ import annotations

from typing import Any

import pytest

from bot.providers.errors import CredentialsRefused, NotPermitted, Unavailable, WrongAccount
from bot.providers.poweroffice_go.client import PowerofficeGoClient
from bot.providers.protocol import Connection
from sandbox.poweroffice_go import (
    APPLICATION_KEY,
    CLIENT_KEY,
    MISSING_RIGHTS_KEY,
    OTHER_CLIENT_KEY,
    SUBSCRIPTION_KEY,
    UNKNOWN_KEY,
    PowerofficeGo,
)
from sandbox.poweroffice_go.company import GoClient
from sandbox.poweroffice_go.server import TOKEN_PATH
from tests.providers.poweroffice_go.connections import connection, employee, go_target, put


class Clock:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("status", "body"), [(200, {"error": None}), (200, []), (204, None), (404, "<html>")])
async def test_an_answer_that_says_nothing_of_the_keys_is_no_refusal_of_them(
    go: PowerofficeGo, status: int, body: Any
) -> None:
    go.faults.status(status, body, path=f"{TOKEN_PATH}$", times=9)
    async with go_target(go) as target:
        with pytest.raises(Unavailable) as failed:
            await target.identify()
    assert failed.value.text.key == "provider.unreadable"


async def test_a_row_that_says_not_whose_it_is_is_no_absence(go: PowerofficeGo) -> None:
    rows = [{"Id": 1}, {"Id": None}, {}]
    go.faults.status(200, rows, path="/Employees$", times=9)
    async with PowerofficeGoClient(connection(url=go.url)) as client:
        with pytest.raises(Unavailable):
            await client.rows("/Employees")


async def test_a_token_is_renewed_before_it_ends_and_not_asked_for_by_each_call(go: PowerofficeGo) -> None:
    clock = Clock()
    async with PowerofficeGoClient(connection(url=go.url), clock=clock) as client:
        for seconds in (0, 1000, 1079):
            clock.now = seconds
            await client.rows("/Departments")
        assert go.sign_in.issued == 1
        clock.now = 1081
        await client.rows("/Departments")
        assert go.sign_in.issued == 2


async def test_a_token_that_has_died_early_is_made_anew_once(go: PowerofficeGo, norway: GoClient) -> None:
    async with go_target(go) as target:
        await target.identify()
        go.sign_in.end_all()
        await put(target, norway, employee())
        go.revoke(CLIENT_KEY)
        with pytest.raises(CredentialsRefused) as refused:
            await put(target, norway, employee(last_name="Berg"))
    assert refused.value.field == "client_key"


async def test_another_client_than_the_integrations_is_not_written_to(go: PowerofficeGo, norway: GoClient) -> None:
    async with go_target(go, OTHER_CLIENT_KEY, expected=norway.id) as target:
        with pytest.raises(WrongAccount):
            await target.read("1")
    assert go.requests.matching("GET", "/Employees/1") == []


async def test_the_check_names_the_client_and_all_that_is_missing(go: PowerofficeGo) -> None:
    async with go_target(go, MISSING_RIGHTS_KEY) as target:
        assert (await target.identify()).name == "Polarbønna Drift AS"
        with pytest.raises(NotPermitted) as lacking:
            await target.preflight()
    said = lacking.value.text.values["what"]
    assert said == "EmploymentSalary_Full, EmployeeBankAccounts_Full"


async def test_what_is_useful_and_missing_stops_nothing(go: PowerofficeGo, norway: GoClient) -> None:
    norway.privileges -= {"EmployeeBankAccounts_Full", "Department"}
    async with go_target(go) as target:
        (found,) = await target.preflight()
    assert found.values["privileges"] == ("EmployeeBankAccounts_Full", "Department")


@pytest.mark.parametrize(
    ("options", "key", "field", "text"),
    [
        ({}, UNKNOWN_KEY, "client_key", "poweroffice_go.client_key_refused"),
        ({"test_subscription_key": "wrong"}, CLIENT_KEY, "environment", "poweroffice_go.operator_keys"),
        ({"test_application_key": ""}, CLIENT_KEY, "environment", "poweroffice_go.operator_keys"),
    ],
)
async def test_whose_key_is_at_fault(
    go: PowerofficeGo, options: dict[str, str], key: str, field: str, text: str
) -> None:
    opened = connection(key, url=go.url, **options)
    async with PowerofficeGoClient(opened) as client:
        with pytest.raises(CredentialsRefused) as refused:
            await client.information()
    assert (refused.value.field, refused.value.text.key) == (field, text)
    said = f"{refused.value!r} {refused.value} {refused.value.verbatim}"
    assert [secret for secret in (key, APPLICATION_KEY, SUBSCRIPTION_KEY) if secret in said] == []


async def test_production_and_demo_have_addresses_of_their_own(go: PowerofficeGo) -> None:
    production = Connection(
        credentials={"client_key": CLIENT_KEY, "environment": "production"},
        options={"url": go.url, "application_key": APPLICATION_KEY, "subscription_key": SUBSCRIPTION_KEY},
    )
    async with PowerofficeGoClient(production) as client:
        assert client.environment == "production"
        assert (await client.information())["ClientName"] == "Polarbønna Norge AS"
    assert next(exchange.path for exchange in go.requests) == TOKEN_PATH


async def test_no_secret_is_in_any_repr() -> None:
    opened = connection(url="http://127.0.0.1:1")
    client = PowerofficeGoClient(opened)
    said = f"{opened!r} {client!r} {client.http!r}"
    assert [secret for secret in (CLIENT_KEY, APPLICATION_KEY, SUBSCRIPTION_KEY) if secret in said] == []
    await client.__aexit__(None, None, None)


async def test_calls_above_the_limit_wait_for_their_turn(go: PowerofficeGo) -> None:
    go.faults.rate_limited(path="/Employees$", times=3)
    async with go_target(go) as target:
        assert [person async for page in target.people() for person in page]


async def test_an_account_is_not_hidden_by_one_that_goes_between_two_pages(go: PowerofficeGo, norway: GoClient) -> None:
    async with go_target(go) as target:
        await put(target, norway, employee())
    account = next(iter(norway.rows["accounts"].values()))
    for place in range(8):
        norway.rows["accounts"][90_000 + place] = {**account, "Id": 90_000 + place}
    seen: set[int] = set()
    async with PowerofficeGoClient(connection(url=go.url, page_size="4")) as client:
        async for page in client.pages("/ContactBankAccounts"):
            if not seen:
                del norway.rows["accounts"][account["Id"]]
            seen.update(row["Id"] for row in page)
    assert seen == {account["Id"], *norway.rows["accounts"]}
