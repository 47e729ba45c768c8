"""The token, the entity that it leads to, the schema, lists, limits, and what is told of tokens that are no good."""

from __future__ import annotations

import gc
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.providers.errors import (
    CredentialsRefused,
    NotPermitted,
    ProviderError,
    Unavailable,
    Unsupported,
    WrongAccount,
)
from bot.providers.xledger.client import XledgerClient
from sandbox.xledger import ACCOUNTING_TOKEN, COMPANY, EXPIRED_TOKEN, OTHER_TOKEN, TOKEN, Xledger
from sandbox.xledger.company import XledgerCompany
from sandbox.xledger.schema import RefusedByXledger
from sandbox.xledger.seed import DEPARTMENTS
from sandbox.xledger.server import ALL_RIGHTS, BURST, CONCURRENCY, CREDITS, XledgerToken
from tests.providers.xledger.connections import connection, employee, put, xledger_target

LIST = "/graphql/employees$"


async def test_the_check_names_the_entity_and_says_what_is_missing(xl: Xledger) -> None:
    async with xledger_target(xl) as target:
        account = await target.identify()
        assert await target.preflight() == []
    assert (account.id, account.name, account.environment) == ("demo-7301", COMPANY, "test")
    xl.schema.lacks |= {"Employee.subledger", "AddEmployeesInputNode.phone", "Employee.glObject4"}
    async with xledger_target(xl) as target:
        (found,) = await target.preflight()
    assert (found.code, found.values["names"]) == ("xledger_fields_lacking", "phone, bankAccount, glObject4")


async def test_without_the_right_to_objects_the_rest_goes_on(xl: Xledger) -> None:
    xl.tokens[TOKEN] = XledgerToken(COMPANY, ALL_RIGHTS - {"objectValues", "objectKinds"})
    async with xledger_target(xl) as target:
        assert [found.code for found in await target.preflight()] == ["xledger_no_objects"]
        assert (await put(target, employee())).target_id


@pytest.mark.parametrize("status", [200, 401])
@pytest.mark.parametrize("token", [EXPIRED_TOKEN, "", "to ord", "Bearer x", "a\r\nx: 1", "æ"])
async def test_a_token_that_is_none(xl: Xledger, token: str, status: int) -> None:
    xl.unknown_token = status
    async with xledger_target(xl, token) as target:
        with pytest.raises(CredentialsRefused) as refused:
            await target.identify()
    assert (refused.value.field, refused.value.text.key) == ("token", "xledger.token_refused")


async def test_a_token_without_human_resources_lacks_a_right(xl: Xledger) -> None:
    async with xledger_target(xl, ACCOUNTING_TOKEN) as target:
        with pytest.raises(NotPermitted) as refused:
            await target.identify()
    assert refused.value.verbatim == "You do not have permission for employees."
    xl.faults.status(200, {"data": None, "errors": [{"message": "Ingen tilgang"}]}, path=LIST, times=None)
    async with xledger_target(xl) as target:
        with pytest.raises(NotPermitted) as unknown:
            await target.identify()
    assert unknown.value.verbatim == "Ingen tilgang"


async def test_a_token_that_only_reads_changes_nothing(xl: Xledger, norway: XledgerCompany) -> None:
    xl.tokens[TOKEN] = XledgerToken(COMPANY, ALL_RIGHTS - {"write"})
    async with xledger_target(xl) as target:
        with pytest.raises(NotPermitted):
            await put(target, employee())
    assert len(norway.employees) == 7


async def test_another_entity_than_the_integrations_is_not_written_to(xl: Xledger) -> None:
    for expected in ("7301", "demo-7302"):
        async with xledger_target(xl, expected=expected) as target:
            with pytest.raises(WrongAccount):
                await target.read("1")
    async with xledger_target(xl, OTHER_TOKEN, expected="demo-7301") as target:
        with pytest.raises(WrongAccount):
            await put(target, employee())
    assert xl.requests.writes() == []


async def test_a_token_of_several_entities_is_of_none(xl: Xledger) -> None:
    def two(body: Any) -> Any:
        body["data"]["employees"]["edges"][0]["node"] |= {"ownerDbId": "8", "owner": {"description": "Morselskapet AS"}}
        return body

    xl.faults.changed(two, path=LIST, times=1)
    async with xledger_target(xl) as target:
        with pytest.raises(CredentialsRefused) as refused:
            await target.identify()
    assert refused.value.text.values["names"] == f"Morselskapet AS, {COMPANY}"
    # One who is shown later on, too.
    async with xledger_target(xl) as target:
        await target.identify()
        xl.faults.changed(two, path=LIST, times=1)
        with pytest.raises(WrongAccount):
            assert [page async for page in target.people()]


async def test_a_token_that_ends_in_the_middle_is_told(xl: Xledger) -> None:
    async with xledger_target(xl) as target:
        await put(target, employee())
        xl.revoke(TOKEN)
        with pytest.raises(CredentialsRefused) as refused:
            await put(target, employee(last_name="Berg"))
    assert refused.value.field == "token"


async def test_an_entity_without_a_name_goes_by_its_number(xl: Xledger) -> None:
    xl.schema.lacks.add("Entity.description")
    async with xledger_target(xl) as target:
        assert (await target.identify()).name == "Xledger 7301"


async def test_a_company_without_anybody_is_not_filled(xl: Xledger, norway: XledgerCompany) -> None:
    norway.employees.clear()
    async with xledger_target(xl) as target:
        with pytest.raises(NotPermitted) as refused:
            await target.identify()
    assert refused.value.text.key == "xledger.nobody_shown"


@pytest.mark.parametrize(
    "lacks",
    [
        {"employees"},
        {"addEmployees"},
        {"updateEmployees", "addEmployees"},
        {"Employee.code"},
        {"Contact.firstName"},
        {"AddEmployeesInputNode.employmentFrom"},
        {"Employee.ownerDbId"},
        {"EmployeeConnection.edges"},
    ],
    ids=lambda lacks: ", ".join(sorted(lacks)),
)
async def test_a_schema_without_what_nobody_can_do_without_is_refused(xl: Xledger, lacks: set[str]) -> None:
    xl.schema.lacks |= lacks
    async with xledger_target(xl) as target:
        with pytest.raises((Unsupported, NotPermitted)):
            await target.preflight()
        with pytest.raises((Unsupported, NotPermitted)):
            assert [page async for page in target.people()]
    assert xl.requests.writes() == []


@pytest.mark.parametrize("body", [{}, {"data": {}}, {"data": {"__schema": {"queryType": 7}}}, {"data": []}, [], "x"])
async def test_what_is_no_schema_is_no_schema(xl: Xledger, body: Any) -> None:
    xl.faults.status(200, body, path="/graphql/__schema$", times=None)
    async with xledger_target(xl) as target:
        with pytest.raises(Unavailable):
            await target.identify()


NO_LISTS: tuple[Any, ...] = (
    {},
    {"data": {}},
    {"data": {"employees": []}},
    {"data": {"employees": {"edges": []}}},
    {"data": {"employees": {"edges": [{"cursor": "1", "node": None}], "pageInfo": {"hasNextPage": False}}}},
    {"data": {"employees": {"edges": [{"node": {"ownerDbId": "7301"}}], "pageInfo": {"hasNextPage": False}}}},
    {"data": {"employees": {"edges": [], "pageInfo": {"hasNextPage": True}}}},
)


@pytest.mark.parametrize("body", NO_LISTS)
async def test_what_is_no_list_is_no_absence(xl: Xledger, body: Any) -> None:
    async with xledger_target(xl) as target:
        await target.identify()
        xl.faults.status(200, body, path=LIST, times=None)
        with pytest.raises(Unavailable):
            assert [page async for page in target.people()]


@pytest.mark.parametrize("largest", [1, 2, 50])
async def test_pages_are_as_long_as_the_server_has_them(xl: Xledger, largest: int) -> None:
    xl.largest_page = largest
    async with xledger_target(xl) as target:
        numbers = [person.number async for page in target.people() for person in page]
    assert sorted(numbers) == ["1001", "1002", "1003", "1004", "1007", "1009", "1010"]


async def test_a_server_that_does_not_go_on_is_no_endless_list(xl: Xledger) -> None:
    def more(body: Any) -> Any:
        body["data"]["employees"]["pageInfo"]["hasNextPage"] = True
        body["data"]["employees"]["edges"][-1]["cursor"] = "1.1"
        return body

    async with xledger_target(xl) as target:
        await target.identify()
        xl.faults.changed(more, path=LIST, times=None)
        with pytest.raises(Unavailable):
            assert [page async for page in target.people()]


async def test_one_who_is_listed_and_not_shown_is_not_gone(xl: Xledger, norway: XledgerCompany) -> None:
    async with xledger_target(xl) as target:
        assert await target.read("3999") is None
        assert await target.read("abc") is None
        xl.faults.empty_page(path=LIST, times=1)
        with pytest.raises(Unavailable):
            await target.read(str(min(norway.employees)))


@pytest.mark.parametrize("code", [BURST, CONCURRENCY, CREDITS])
async def test_calls_above_a_limit_wait_for_their_turn(xl: Xledger, norway: XledgerCompany, code: str) -> None:
    async with xledger_target(xl) as target:
        await target.identify()
        xl.limit(code, times=3, **({"resetAt": datetime.now(UTC).isoformat()} if code == CREDITS else {}))
        await put(target, employee())
    assert len(norway.employees) == 8


async def test_a_limit_on_a_write_means_that_it_was_not_made(xl: Xledger, norway: XledgerCompany) -> None:
    async with xledger_target(xl) as target:
        xl.faults.status(200, _limited(BURST), method="POST", path="/graphql/addEmployees$", times=2)
        await put(target, employee())
    assert [row["code"] for row in norway.employees.values()].count("3001") == 1


async def test_credits_that_are_spent_for_long_are_told_with_the_moment(xl: Xledger) -> None:
    async with xledger_target(xl, backoff_seconds="0.5") as target:
        await target.identify()
        back = (datetime.now(UTC) + timedelta(minutes=15)).isoformat()
        xl.limit(CREDITS, resetAt=back)
        with pytest.raises(Unavailable) as told:
            assert [page async for page in target.people()]
    assert told.value.sent is False
    assert told.value.retry_after is not None
    assert 800 < told.value.retry_after < 1000


def _limited(code: str) -> dict[str, Any]:
    return {"data": None, "errors": [RefusedByXledger("The limit is reached.", code).error]}


@pytest.mark.parametrize("words", ["Your query timed out.", "Internal server error"])
async def test_a_query_that_took_too_long_may_be_asked_again_and_a_mutation_may_be_made(
    xl: Xledger, words: str
) -> None:
    body = {"data": None, "errors": [{"message": words}]}
    async with xledger_target(xl) as target:
        await target.identify()
        fault = xl.faults.status(200, body, path=LIST)
        with pytest.raises(Unavailable) as read:
            assert [page async for page in target.people()]
        fault.times = 0
        xl.faults.status(200, body, method="POST", path="/graphql/addEmployees$")
        with pytest.raises(Unavailable) as written:
            await put(target, employee())
    assert (read.value.sent, written.value.sent) == (False, True)


ANSWERS: tuple[Any, ...] = (
    {"data": {}},
    {"data": {"addEmployees": {"edges": []}}},
    {"data": {"addEmployees": {"edges": [{"clientId": "2", "node": {"dbId": "1"}}]}}},
    {"data": {"addEmployees": {"edges": [{"clientId": "1", "node": None}]}}},
    {"data": {"addEmployees": {"edges": None}}, "errors": [{"message": "One failed"}]},
    {"data": {"addEmployees": {"edges": None}}, "errors": [{"message": "No permission for one"}]},
)


@pytest.mark.parametrize("body", ANSWERS)
async def test_an_answer_to_a_mutation_that_does_not_say_what_was_made_leaves_it_open(xl: Xledger, body: Any) -> None:
    xl.faults.status(200, body, method="POST", path="/graphql/addEmployees$")
    async with xledger_target(xl) as target:
        with pytest.raises(Unavailable) as failed:
            await put(target, employee())
    assert failed.value.sent is True


async def test_a_field_that_is_gone_from_the_schema_is_everybodys(xl: Xledger) -> None:
    async with xledger_target(xl) as target:
        await target.preflight()
        xl.schema.lacks.add("Contact.birthday")
        with pytest.raises(Unsupported) as refused:
            assert [page async for page in target.people()]
    assert refused.value.verbatim == "Cannot query field 'birthday' on type 'Contact'."


async def test_no_secret_is_in_any_repr_log_or_error(xl: Xledger) -> None:
    opened = connection(url=xl.url)
    client = XledgerClient(opened)
    said = f"{opened!r} {client!r} {client.http!r} {vars(client.http)!r}"
    del opened
    gc.collect()
    words = f"Debug: token {TOKEN} for employees"
    xl.faults.status(200, {"data": None, "errors": [{"message": words}]}, path=LIST, times=None)
    with capture_logs() as logs, pytest.raises(ProviderError) as refused:
        await client.account()
    await client.__aexit__(None, None, None)
    said += f"{logs} {refused.value!r} {refused.value} {refused.value.verbatim}"
    assert "Debug" in said
    assert TOKEN not in said


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
async def test_look_alikes_are_found_by_what_gives_them_away(xl: Xledger, different: dict[str, Any]) -> None:
    async with xledger_target(xl) as target:
        await put(target, employee())
        found = await target.find(employee(**different))
    assert [(one.number, one.name, one.birth_date) for one in found] == [
        ("3001", "Kari Nordlund", employee().birth_date)
    ]


async def test_groups_and_kinds_are_chosen_from(xl: Xledger) -> None:
    async with xledger_target(xl) as target:
        assert [one.label for one in await target.choices("employee_group")] == ["1 Fastlønn", "2 Timelønn"]
        kinds = await target.choices("department_kind")
        assert [one.label for one in kinds][:2] == ["Avdeling", "Kostnadssted"]
        assert kinds[0].value == str(DEPARTMENTS)
        assert await target.choices("title_kind") == kinds
        with pytest.raises(KeyError):
            await target.choices("department")


async def test_a_sync_of_everybody_is_a_handful_of_calls(xl: Xledger) -> None:
    async with xledger_target(xl) as target:
        await target.preflight()
        assert [page async for page in target.people()]
    assert len(xl.requests) <= 10
