"""The token, the company that it leads to, and what is told of those that are no good."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.domain.findings import Severity
from bot.domain.record import Level
from bot.providers.errors import CredentialsRefused, NotPermitted, ProviderError, Rejected, Unavailable, WrongAccount
from bot.providers.kleer.client import KleerClient
from bot.providers.kleer.preflight import TRIED
from bot.providers.kleer.target import KleerTarget
from sandbox.kleer import COMPANY, NO_PAYROLL_TOKEN, OTHER_COMPANY, OTHER_TOKEN, READ_ONLY_COMPANY, TOKEN, UNKNOWN_TOKEN
from sandbox.kleer.company import KleerCompany
from sandbox.kleer.server import Kleer
from tests.providers.kleer.connections import START, connection, employee, kleer_target, put, user_of

LIST = r"/company/\d+/user$"


async def test_the_check_names_the_company_and_says_what_is_missing(kleer: Kleer, sweden: KleerCompany) -> None:
    sweden.add_user(name="A", email="a@e.example")
    async with kleer_target(kleer) as target:
        account = await target.identify()
    assert (account.id, account.name, account.environment) == (f"{COMPANY}-5590000001", "Polarbönan Sverige AB", "test")
    opened = connection(url=kleer.url, token=NO_PAYROLL_TOKEN, company=str(READ_ONLY_COMPANY))
    async with KleerClient(opened) as client:
        target = KleerTarget(client)
        assert (await target.identify()).name == "Polarbönan Drift AB"
        with pytest.raises(NotPermitted):
            await target.preflight()


async def test_payroll_that_may_be_hidden_is_told_before_the_first_sync(kleer: Kleer, sweden: KleerCompany) -> None:
    kleer.faults.status(404, {"error": {"message": "Finns inte."}}, path=r"/payroll/user/\d+$", times=None)
    async with kleer_target(kleer) as target:
        (found,) = await target.preflight()
    assert (found.code, found.severity) == ("kleer_no_agreement_seen", Severity.WARNING)
    assert found.values["n"] == min(len(sweden.users), TRIED)
    kleer.faults.clear()
    kleer.faults.status(200, {"users": {}}, path=LIST, times=None)
    async with kleer_target(kleer) as target:
        with pytest.raises(NotPermitted):
            await target.preflight()


async def test_what_is_useful_and_missing_stops_nothing(kleer: Kleer) -> None:
    kleer.tokens[TOKEN] = COMPANY, frozenset({"Payroll"})
    async with kleer_target(kleer) as target:
        (found,) = await target.preflight()
        assert found.code == "kleer_dimensions_hidden"
        assert [person async for page in target.people() for person in page]


@pytest.mark.parametrize(
    ("token", "company", "field", "text"),
    [
        (UNKNOWN_TOKEN, str(COMPANY), "token", "token_refused"),
        ("", str(COMPANY), "token", "token_refused"),
        ("två ord", str(COMPANY), "token", "token_refused"),
        ("a\r\nX-Token: b", str(COMPANY), "token", "token_refused"),
        (TOKEN, str(OTHER_COMPANY), "company_id", "company_refused"),
        (TOKEN, "", "company_id", "company_refused"),
        (TOKEN, "1/../../company/2", "company_id", "company_refused"),
        (TOKEN, "٤٨٧٥٠", "company_id", "company_refused"),
    ],
)
async def test_whose_fault_it_is(kleer: Kleer, token: str, company: str, field: str, text: str) -> None:
    async with KleerClient(connection(url=kleer.url, token=token, company=company)) as client:
        with pytest.raises(CredentialsRefused) as refused:
            await client.account()
    assert (refused.value.field, refused.value.text.key) == (field, f"kleer.{text}")
    assert TOKEN not in f"{refused.value!r} {refused.value} {refused.value.verbatim}"


async def test_another_company_than_the_integrations_is_not_written_to(kleer: Kleer) -> None:
    expected = f"{OTHER_COMPANY}-5590000019"
    async with kleer_target(kleer, expected=expected) as target:
        with pytest.raises(WrongAccount):
            await target.read("101")
    assert [one.path for one in kleer.requests] == [f"/test/v1/company/{COMPANY}/info"]
    async with KleerClient(
        connection(url=kleer.url, token=OTHER_TOKEN, company=str(OTHER_COMPANY), expected=expected)
    ) as c:
        assert (await c.account()).name == "Polarbönan Kaffebarer AB"


async def test_a_token_that_is_revoked_in_the_middle_is_told(kleer: Kleer) -> None:
    async with kleer_target(kleer) as target:
        await put(target, employee())
        kleer.revoke(TOKEN)
        with pytest.raises(CredentialsRefused) as refused:
            await put(target, employee(last_name="Berg"))
    assert refused.value.field == "token"


async def test_the_company_is_asked_for_once(kleer: Kleer) -> None:
    async with kleer_target(kleer) as target:
        await put(target, employee())
    assert len(kleer.requests.matching("GET", "/info")) == 1


@pytest.mark.parametrize(
    "body",
    [
        "<users><user><name>A</name></user></users>",
        "<users><user><id>1</id></user><user><id>1</id></user></users>",
        "<payroll-users/>",
        "<html><body>Logga in</body></html>",
        '<!DOCTYPE a [<!ENTITY a "b">]><users><user><id>&a;</id></user></users>',
        "",
        "users",
    ],
)
async def test_what_is_no_list_of_users_is_no_absence(kleer: Kleer, body: str) -> None:
    kleer.faults.status(200, body, path=LIST, times=None)
    async with KleerClient(connection(url=kleer.url)) as client:
        with pytest.raises(Unavailable):
            await client.rows("/user", "users", "user")


async def test_a_list_that_changes_with_each_reading_is_no_list(kleer: Kleer, sweden: KleerCompany) -> None:
    def hire() -> None:
        sweden.add_user(name="A", email="a@e.example")

    kleer.faults.meanwhile(hire, path=LIST, times=None)
    async with KleerClient(connection(url=kleer.url)) as client:
        with pytest.raises(Unavailable):
            await client.rows("/user", "users", "user")


@pytest.mark.parametrize(("told", "taken"), [("", None), ("400", 400), ("404, 400", 400)])
async def test_only_a_status_that_is_set_says_that_there_is_no_agreement(
    kleer: Kleer, sweden: KleerCompany, told: str, taken: int | None
) -> None:
    sweden.switches.no_agreement = 400
    options = {"no_agreement_status": told} if told else {}
    async with kleer_target(kleer, **options) as target:
        if taken is None:
            with pytest.raises(Rejected):
                await anext(target.people())
        else:
            people = await anext(target.people())
            assert [len(one.record) for one in people if not one.number] == [1]


async def test_an_agreement_that_is_hidden_keeps_that_person_out_and_nobody_else(
    kleer: Kleer, sweden: KleerCompany
) -> None:
    hidden = user_of(sweden, "2001")
    kleer.faults.status(403, {"error": {"message": "Behörighet saknas."}}, path=f"/payroll/user/{hidden}$", times=None)
    async with kleer_target(kleer) as target:
        assert await target.preflight() == []
        people = {one.number: one async for page in target.people() for one in page}
    assert [found.code for found in people["2001"].unclear.values()] == ["kleer_agreement_hidden"]
    assert [one.number for one in people.values() if one.unclear] == ["2001"]


async def test_a_refusal_in_an_answer_that_says_all_is_well_is_one(kleer: Kleer) -> None:
    async with kleer_target(kleer) as target:
        body = {"error": {"message": "Går inte"}}
        kleer.faults.status(200, body, method="PUT", path=LIST, times=1)
        with pytest.raises(Rejected) as refused:
            await put(target, employee())
    assert refused.value.verbatim == "Går inte"


async def test_an_answer_that_does_not_say_what_was_made_is_no_outcome(kleer: Kleer) -> None:
    async with kleer_target(kleer) as target:
        answers: tuple[Any, ...] = ({"created": {}}, {"users": {}}, "")
        for body in answers:
            kleer.faults.status(200, body, method="PUT", path=LIST, times=1)
            with pytest.raises(Unavailable) as lost:
                await put(target, employee())
            assert lost.value.sent is True


async def test_calls_above_the_limit_wait_for_their_turn(kleer: Kleer) -> None:
    kleer.faults.rate_limited(path=LIST, times=3)
    async with kleer_target(kleer) as target:
        assert [person async for page in target.people() for person in page]


async def test_no_secret_is_in_any_repr_log_or_error(kleer: Kleer) -> None:
    opened = connection(url=kleer.url)
    client = KleerClient(opened)
    said = f"{opened!r} {client!r} {client.http!r} {vars(client.http)!r}"
    del opened
    gc.collect()
    words = f"Debug: X-Token {TOKEN} för användaren"
    kleer.faults.status(400, {"error": {"message": words}}, path=LIST, times=None)
    with capture_logs() as logs, pytest.raises(ProviderError) as refused:
        await client.rows("/user", "users", "user")
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
async def test_look_alikes_are_found_by_what_gives_them_away(
    kleer: Kleer, sweden: KleerCompany, different: dict[str, Any]
) -> None:
    async with kleer_target(kleer) as target:
        await put(target, employee())
        found = await target.find(employee(**different))
    assert [one.id for one in found] == [str(user_of(sweden))]
    assert found[0].name == "Kari Nordlund"
    assert (found[0].birth_date, found[0].identity) == (employee().birth_date, employee().identity.value)  # type: ignore[union-attr]


async def test_an_agreement_is_read_once_to_find_who_looks_alike_and_who_is_new_is_seen(
    kleer: Kleer, sweden: KleerCompany
) -> None:
    async with kleer_target(kleer) as target:
        await target.find(employee(number="3999"))
        kleer.requests.clear()
        sweden.add_user(name="Kari Nordlund", email="new@e.example")
        (found,) = await target.find(employee(number="3999"))
    assert found.email == "new@e.example"
    assert [one.path.rpartition("/company/")[2] for one in kleer.requests if "payroll" in one.path] == [
        f"{COMPANY}/payroll/user/{found.id}"
    ]


@pytest.mark.parametrize(
    ("element", "value"), [("employment-start-date", "2024-13-01"), ("employment-end-date", "strax")]
)
async def test_an_agreement_that_cannot_be_read_keeps_the_person_out(
    kleer: Kleer, sweden: KleerCompany, element: str, value: str
) -> None:
    async with kleer_target(kleer) as target:
        made = await put(target, employee())
        sweden.agreements[user_of(sweden)][element] = value
        read = await target.read(made.target_id)
    assert read is not None
    assert read.unclear


async def test_a_salary_without_its_history_is_of_its_own_day(kleer: Kleer, sweden: KleerCompany) -> None:
    def without(body: Any) -> Any:
        body["payroll-user-readable"]["full-history-monthly-salaries"] = {}
        return body

    async with kleer_target(kleer) as target:
        made = await put(target, employee())
        kleer.faults.changed(without, path=r"/payroll/user/\d+$", times=None)
        read = await target.read(made.target_id)
    assert read is not None
    assert [(part.key, part.values["salary"]) for part in read.record if part.level is Level.TERMS] == [
        ((START, START), 3_600_000)
    ]
