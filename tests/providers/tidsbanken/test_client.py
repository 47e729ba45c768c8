"""The keys, the database that they lead to, lists, and what is told of keys that are no good."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.providers.errors import CredentialsRefused, NotPermitted, ProviderError, Unavailable, WrongAccount
from bot.providers.tidsbanken.client import TidsbankenClient, account_id
from sandbox.tidsbanken import DATABASE, OTHER_KEY, SUBSCRIPTION_KEY, TB_KEY, UNKNOWN_KEY, Tidsbanken
from sandbox.tidsbanken.database import TidsbankenDatabase
from tests.providers.tidsbanken.connections import connection, employee, put, tidsbanken_target

LIST = "/ansatt/ansatt$"


async def test_the_check_names_the_database_as_it_was_entered_and_says_what_is_missing(
    tids: Tidsbanken, norway: TidsbankenDatabase
) -> None:
    async with tidsbanken_target(tids) as target:
        account = await target.identify()
        assert await target.preflight() == []
    assert (account.id, account.name, account.environment) == (account_id(TB_KEY), DATABASE, "test")
    norway.groups.clear()
    async with tidsbanken_target(tids) as target:
        (found,) = await target.preflight()
    assert found.code == "tidsbanken_no_groups"


def test_a_key_stands_for_one_account_and_cannot_be_read_from_it() -> None:
    assert len({account_id(key) for key in (TB_KEY, OTHER_KEY, UNKNOWN_KEY)}) == 3
    assert account_id(TB_KEY) == account_id(TB_KEY)
    assert not set(TB_KEY.split("-")) & {account_id(TB_KEY)}
    assert len(account_id(TB_KEY)) == 16


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("tb_key", [UNKNOWN_KEY, "", "to ord", "a\r\nx-api-version: 1"])
async def test_a_key_that_is_none(tids: Tidsbanken, tb_key: str, status: int) -> None:
    tids.unknown_key = status
    async with tidsbanken_target(tids, tb_key) as target:
        with pytest.raises(CredentialsRefused) as refused:
            await target.identify()
    assert (refused.value.field, refused.value.text.key) == ("tb_key", "tidsbanken.key_refused")


@pytest.mark.parametrize("key", ["", "another"])
async def test_the_operators_key_is_not_the_customers_fault(tids: Tidsbanken, key: str) -> None:
    async with tidsbanken_target(tids, subscription_key=key) as target:
        with pytest.raises(CredentialsRefused) as refused:
            await target.identify()
    assert refused.value.text.key == "tidsbanken.operator_key"


async def test_another_database_than_the_integrations_is_not_written_to(tids: Tidsbanken) -> None:
    async with tidsbanken_target(tids, OTHER_KEY, expected=account_id(TB_KEY)) as target:
        with pytest.raises(WrongAccount):
            await target.read("1011")
    assert list(tids.requests) == []


async def test_a_key_that_is_replaced_in_the_middle_is_told(tids: Tidsbanken) -> None:
    async with tidsbanken_target(tids) as target:
        await put(target, employee())
        tids.revoke(TB_KEY)
        with pytest.raises(CredentialsRefused) as refused:
            await put(target, employee(last_name="Berg"))
    assert refused.value.field == "tb_key"


async def test_an_empty_database_is_filled_only_if_the_operator_says_so(
    tids: Tidsbanken, norway: TidsbankenDatabase
) -> None:
    norway.employees.clear()
    async with tidsbanken_target(tids) as target:
        with pytest.raises(NotPermitted):
            await target.preflight()
    async with tidsbanken_target(tids, allow_empty="true") as target:
        assert await target.preflight() == []
        await put(target, employee())
    assert list(norway.employees) == [3001]


@pytest.mark.parametrize("body", [[], {}, {"value": {}}, {"value": [{"Fornavn": "Kari"}]}, {"value": ["1"]}, "", None])
async def test_what_is_no_list_is_no_absence(tids: Tidsbanken, body: Any) -> None:
    tids.faults.status(200, body, path=LIST, times=None)
    async with tidsbanken_target(tids) as target:
        with pytest.raises(Unavailable):
            assert [page async for page in target.people()]


@pytest.mark.parametrize("largest", [1, 2, 50])
async def test_pages_are_as_long_as_the_server_has_them(tids: Tidsbanken, largest: int) -> None:
    tids.largest_page = largest
    async with tidsbanken_target(tids) as target:
        numbers = [person.number async for page in target.people() for person in page]
    assert sorted(numbers) == ["1001", "1002", "1003", "1004", "1007", "1009", "1010"]


async def test_a_server_that_does_not_skip_is_no_endless_list(tids: Tidsbanken, norway: TidsbankenDatabase) -> None:
    body = {"value": [dict(row) for row in norway.employees.values()]}
    tids.faults.status(200, body, path=LIST, times=None)
    async with tidsbanken_target(tids) as target:
        with pytest.raises(Unavailable):
            assert [page async for page in target.people()]


async def test_one_who_is_listed_and_not_shown_is_not_gone(tids: Tidsbanken) -> None:
    async with tidsbanken_target(tids) as target:
        assert await target.read("3999") is None
        assert await target.read("abc") is None
        tids.faults.empty_page(path=LIST, times=1)
        with pytest.raises(Unavailable):
            await target.read("1001")


async def test_calls_above_a_limit_wait_for_their_turn(tids: Tidsbanken) -> None:
    tids.faults.rate_limited(path=LIST, times=3)
    async with tidsbanken_target(tids) as target:
        assert [person async for page in target.people() for person in page]


async def test_no_secret_is_in_any_repr_log_or_error(tids: Tidsbanken) -> None:
    opened = connection(url=tids.url)
    client = TidsbankenClient(opened)
    said = f"{opened!r} {client!r} {client.http!r} {vars(client.http)!r}"
    del opened
    gc.collect()
    words = f"Debug: tb-key {TB_KEY} with {SUBSCRIPTION_KEY} for Ansatt"
    tids.faults.status(400, {"error": {"message": words}}, path=LIST, times=None)
    with capture_logs() as logs, pytest.raises(ProviderError) as refused:
        await client.rows("/ansatt/ansatt")
    await client.__aexit__(None, None, None)
    said += f"{logs} {refused.value!r} {refused.value} {refused.value.verbatim}"
    assert "Debug" in said
    assert TB_KEY not in said
    assert SUBSCRIPTION_KEY not in said


@pytest.mark.parametrize(
    "different",
    [
        {"number": "3999"},
        {"number": "3999", "first_name": "X", "last_name": "Y", "identity": None},
        {"number": "3999", "first_name": "X", "last_name": "Y", "work_email": None},
        {"number": "03001", "first_name": "X", "last_name": "Y", "work_email": None, "identity": None},
    ],
    ids=["name", "e-mail", "identity", "number"],
)
async def test_look_alikes_are_found_by_what_gives_them_away(tids: Tidsbanken, different: dict[str, Any]) -> None:
    async with tidsbanken_target(tids) as target:
        await put(target, employee())
        found = await target.find(employee(**different))
    assert [(one.id, one.name, one.birth_date) for one in found] == [("3001", "Kari Nordlund", employee().birth_date)]


async def test_only_groups_are_chosen_from(tids: Tidsbanken) -> None:
    async with tidsbanken_target(tids) as target:
        assert [one.label for one in await target.choices("group")] == ["10 Fastlønn m/tidskonto", "20 Timelønn"]
        assert await target.choices("other_group") == await target.choices("group")
        with pytest.raises(KeyError):
            await target.choices("department")
