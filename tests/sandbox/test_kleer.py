"""Kleer's stand-in behaves as what is published of it says."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date
from xml.etree import ElementTree as ET

import httpx
import pytest

from sandbox.companies.numbers import swedish_identity_number
from sandbox.kleer import COMPANY, NO_PAYROLL_TOKEN, OTHER_COMPANY, OTHER_TOKEN, READ_ONLY_COMPANY, TOKEN, Kleer, demo
from sandbox.kleer.company import KleerCompany
from sandbox.kleer.server import HOSTS
from tests.contracts.document import document
from tests.support.api_calls import HandClock, noon

XML = {"Content-Type": "application/xml"}
JSON = {"Accept": "application/json", "Content-Type": "application/json"}
NEW = "<user><id>0</id><foreign-id>3001</foreign-id><name>Kari Ek</name><email>k@e.example</email>{}</user>"
ACTIVE = "<active>true</active>"
SSN = swedish_identity_number(date(1990, 5, 17), woman=True, separator="")


@pytest.fixture
def clock() -> HandClock:
    return noon(2026, 3, 2)


@pytest.fixture
async def kleer(clock: HandClock) -> AsyncIterator[Kleer]:
    async with demo(clock().date(), clock=clock) as system:
        yield system


@pytest.fixture
def sweden(kleer: Kleer) -> KleerCompany:
    return kleer.companies["test", COMPANY]


def client(system: Kleer, token: str = TOKEN, company: int = COMPANY, host: str = "test") -> httpx.AsyncClient:
    base = f"{system.url}{HOSTS[host]}/company/{company}"
    return httpx.AsyncClient(base_url=base, headers={"X-Token": token})


@pytest.fixture
async def api(kleer: Kleer) -> AsyncIterator[httpx.AsyncClient]:
    async with client(kleer) as opened:
        yield opened


async def send(api: httpx.AsyncClient, method: str, path: str, body: str) -> httpx.Response:
    return await api.request(method, path, content=body.encode(), headers=XML)


def agreement(*elements: str) -> str:
    return f"<payroll-user-writable>{''.join(elements)}</payroll-user-writable>"


def words(answer: httpx.Response) -> str:
    """The sentence of a refusal."""
    assert answer.status_code >= 400
    assert document("kleer").faults(answer.content) == []
    return ET.fromstring(answer.content).findtext("message") or ""


def a_user(company: KleerCompany, number: str = "2001") -> int:
    return company.by_number(number)[0]


async def test_answers_are_as_described(api: httpx.AsyncClient, kleer: Kleer, sweden: KleerCompany) -> None:
    user, dimension = a_user(sweden), next(iter(sweden.dimensions))
    sweden.users[user]["dimensions"] = {"dimension-entry": [{"id": str(next(iter(sweden.entries))), "percentage": "1"}]}
    paths = ("/info", "/user", "/user/me", f"/user/{user}", "/user/foreign-id/2001", f"/payroll/user/{user}",
             "/dimension", f"/dimension/{dimension}/entry",
             f"/payroll/user/{user}/event/from/2026-01-01/to/2026-12-31")  # fmt: skip
    for path in paths:
        answer = await api.get(path)
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "application/xml"), path
        assert document("kleer").faults(answer.content) == [], path
    for method, path, body, root in (
        ("PUT", "/user", NEW.format(ACTIVE), "created"),
        ("POST", f"/user/{user}", NEW.format(ACTIVE).replace(">0<", f">{user}<").replace("3001", "3002"), "saved"),
        ("POST", f"/payroll/user/{user}", agreement("<phone>1</phone>"), "saved"),
    ):
        answer = await send(api, method, path, body)
        assert (answer.status_code, ET.fromstring(answer.content).tag) == (200, root)
        assert document("kleer").faults(answer.content) == []
    said = b"<user-authentication><email>bot@polarbonan.example</email><password>{}</password></user-authentication>"
    async with httpx.AsyncClient(base_url=f"{kleer.url}{HOSTS['test']}") as anybody:
        right = said.replace(b"{}", b"made-up-password-of-the-bot")
        told = await anybody.post("/access/authenticate", content=right)
        assert document("kleer").faults(told.content) == []
        assert [one.text for one in ET.fromstring(told.content).iter("token")] == [TOKEN, OTHER_TOKEN]
        assert (await anybody.post("/access/authenticate", content=said)).status_code == 401


async def test_a_company_sees_its_own(kleer: Kleer, api: httpx.AsyncClient) -> None:
    async with client(kleer, OTHER_TOKEN, OTHER_COMPANY) as other:
        assert (await other.get("/info")).text.count("Kaffebarer") == 1
        assert "Loke" in (await other.get("/user")).text
    assert "Loke" not in (await api.get("/user")).text
    async with client(kleer, OTHER_TOKEN, COMPANY) as stranger:
        assert words(await stranger.get("/user")) == "Behörighet saknas."
    async with client(kleer, "none") as nobody:
        assert (await nobody.get("/info")).status_code == 401
    async with client(kleer, NO_PAYROLL_TOKEN, READ_ONLY_COMPANY) as lacking:
        assert (await lacking.get("/payroll/user/101")).status_code == 403


async def test_the_test_address_keeps_its_own(kleer: Kleer, api: httpx.AsyncClient) -> None:
    await send(api, "PUT", "/user", NEW.format(ACTIVE))
    async with client(kleer, host="production") as production:
        assert "Kari" not in (await production.get("/user")).text
    assert "Kari" in (await api.get("/user")).text


async def test_json_takes_both_headers_and_leaves_empty_lists_out(api: httpx.AsyncClient, sweden: KleerCompany) -> None:
    for headers in ({"Accept": "application/json"}, {"Content-Type": "application/json"}):
        assert (await api.get("/user", headers=headers)).headers["content-type"].startswith("application/xml")
    rows = (await api.get("/user", headers=JSON)).json()["users"]
    assert {row["foreign-id"] for row in rows if "foreign-id" in row} >= {"2001", "2002"}
    sweden.dimensions.clear()
    assert (await api.get("/dimension", headers=JSON)).json() == {}


async def test_put_makes_and_post_changes(api: httpx.AsyncClient, sweden: KleerCompany) -> None:
    user = a_user(sweden)
    for method, path in (("POST", "/user"), ("PUT", f"/user/{user}")):
        assert (await send(api, method, path, NEW.format(ACTIVE))).status_code == 405
    assert words(await send(api, "PUT", f"/payroll/user/{user}", agreement())) == "Löneavtalet finns redan."
    alone = sweden.add_user(name="Ny", email="ny@e.example")
    assert words(await send(api, "POST", f"/payroll/user/{alone}", agreement())) == "Användaren har inget löneavtal."
    assert (await api.get(f"/payroll/user/{alone}")).status_code == 404


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (NEW.format(""), "Elementet active saknas."),
        (NEW.format(ACTIVE).replace("<name>Kari Ek</name>", ""), "Elementet name saknas."),
        (NEW.format(ACTIVE).replace("k@e.example", ""), "Elementet email saknas."),
        (NEW.format("<active>yes</active>"), "Ogiltigt värde i active."),
        (NEW.replace("{}", "").replace("<id>0</id>", ACTIVE + "<id>0</id>"), "Elementen i user är i fel ordning."),
        (NEW.format(ACTIVE + "<nick>K</nick>"), "Oväntat element: nick."),
        (NEW.format(ACTIVE + ACTIVE), "Elementet active förekommer två gånger."),
        (NEW.format(ACTIVE)[:-3], "Felaktig XML."),
        (NEW.format(ACTIVE).replace("3001", "2001"), "Användaren finns redan."),
        ("<users/>", "Oväntat element: users."),
    ],
)
async def test_a_user_that_is_not_as_described_is_refused(api: httpx.AsyncClient, body: str, said: str) -> None:
    assert words(await send(api, "PUT", "/user", body)) == said


async def test_a_number_that_is_not_there_once_is_nobody(api: httpx.AsyncClient, sweden: KleerCompany) -> None:
    assert (await api.get("/user/foreign-id/9999")).status_code == 404
    for _ in range(2):
        sweden.add_user(foreign_id="9999", name="A", email="a@e.example")
    assert (await api.get("/user/foreign-id/9999")).status_code == 404


async def test_an_agreement_needs_two_things_and_has_defaults(api: httpx.AsyncClient, sweden: KleerCompany) -> None:
    user = sweden.add_user(name="Ny", email="ny@e.example")
    path, start = f"/payroll/user/{user}", "<employment-start-date>2026-03-01</employment-start-date>"
    for body in (agreement(start), agreement(f"<ssn>{SSN}</ssn>")):
        assert "saknas" in words(await send(api, "PUT", path, body))
    assert (await send(api, "PUT", path, agreement(f"<ssn>{SSN}</ssn>", start))).status_code == 200
    assert (await send(api, "POST", path, agreement("<phone>1</phone>"))).status_code == 200
    row = sweden.agreements[user]
    assert (row["ssn"], row["employment-start-date"], row["phone"], row["tax-percentage"]) == (
        SSN, "2026-03-01", "1", "30",
    )  # fmt: skip


async def test_a_wrapper_clears_the_last_day_and_what_is_left_out_stays(
    api: httpx.AsyncClient, sweden: KleerCompany
) -> None:
    user = a_user(sweden)
    path, inner = f"/payroll/user/{user}", "<employment-end-date>2026-12-31</employment-end-date>"
    await send(api, "POST", path, agreement(f"<employment-end-date>{inner}</employment-end-date>"))
    await send(api, "POST", path, agreement("<phone>1</phone>"))
    assert sweden.agreements[user]["employment-end-date"] == "2026-12-31"
    await send(api, "POST", path, agreement("<employment-end-date/>"))
    assert "employment-end-date" not in sweden.agreements[user]


async def test_a_salary_without_a_day_is_of_this_month(api: httpx.AsyncClient, sweden: KleerCompany) -> None:
    user = a_user(sweden)
    await send(api, "POST", f"/payroll/user/{user}", agreement("<monthly-salary>8000000</monthly-salary>"))
    shown = ET.fromstring((await api.get(f"/payroll/user/{user}")).content)
    lines = {
        one.findtext("monthly-salary-start-date"): one.findtext("monthly-salary")
        for one in shown.iter("full-history-monthly-salary")
    }
    assert lines["2026-03-01"] == "8000000"
    assert len(lines) == 2


@pytest.mark.parametrize(("switch", "status", "left"), [("replace", 200, 1), ("refuse", 400, 1)])
async def test_what_a_salary_of_the_same_day_does_is_a_switch(
    api: httpx.AsyncClient, sweden: KleerCompany, switch: str, status: int, left: int
) -> None:
    sweden.switches.past_line = switch
    user = a_user(sweden)
    (day,) = sweden.salaries[user]
    body = f"<monthly-salary>1</monthly-salary><monthly-salary-start-date>{day}</monthly-salary-start-date>"
    assert (await send(api, "POST", f"/payroll/user/{user}", agreement(body))).status_code == status
    assert len(sweden.salaries[user]) == left


async def test_schedules_are_replaced_whole_and_what_is_unknown_is_refused(
    api: httpx.AsyncClient, sweden: KleerCompany
) -> None:
    user = a_user(sweden)
    path, one = f"/payroll/user/{user}", "<schedule><schedule><id>{}</id></schedule><comment/></schedule>"
    wanted = one.replace("<comment/>", "<comment>a</comment>")
    for schedules, left in ((wanted.format(1) + wanted.format(2), 2), (wanted.format(2), 1), ("", 0)):
        answer = await send(api, "POST", path, agreement(f"<schedules>{schedules}</schedules>"))
        assert answer.status_code == 200
        assert len(sweden.agreements[user]["schedules"].get("schedule", ())) == left
    unknown = agreement(f"<schedules>{wanted.format(9)}</schedules>")
    assert words(await send(api, "POST", path, unknown)) == "Schemat finns inte."
    entry = "<dimension-entries><dimension-entry><id>9999</id></dimension-entry></dimension-entries>"
    assert words(await send(api, "POST", path, agreement(entry))) == "Dimensionsvärdet finns inte."


async def test_absence_on_a_certified_day_is_refused(api: httpx.AsyncClient, sweden: KleerCompany) -> None:
    user = a_user(sweden)
    said = "<date>2026-02-0{}</date><hours>8</hours><type>Vacation</type><comment>a</comment>"
    row = f"<payroll-event>{said}</payroll-event>"
    sweden.switches.closed_through = "2026-02-03"
    path = f"/payroll/user/{user}/event"
    assert words(await send(api, "PUT", path, row.format(3))) == "Dagen är attesterad."
    assert (await send(api, "PUT", path, row.format(4))).status_code == 200
    assert "2026-02-04" in (await api.get(f"{path}/from/2026-02-01/to/2026-02-28")).text


async def test_a_time_entry_without_a_number_is_a_technical_fault(api: httpx.AsyncClient) -> None:
    answer = await send(api, "PUT", "/event", "<event-writable/>")
    assert (answer.status_code, words(answer)) == (500, "Tekniskt fel")


@pytest.mark.parametrize(
    ("number", "right"),
    [
        (swedish_identity_number(date(1990, 5, 17), woman=True), True),
        (SSN, True),
        (SSN[2:], True),
        (SSN[:-1] + str((int(SSN[-1]) + 1) % 10), False),
        ("x", False),
    ],
)
async def test_identity_numbers_are_checked(
    api: httpx.AsyncClient, sweden: KleerCompany, number: str, right: bool
) -> None:
    answer = await send(api, "POST", f"/payroll/user/{a_user(sweden)}", agreement(f"<ssn>{number}</ssn>"))
    assert (answer.status_code == 200) is right


async def test_what_is_held_is_taken_up_again(kleer: Kleer, sweden: KleerCompany) -> None:
    state = json.loads(json.dumps(kleer.snapshot()))
    user = a_user(sweden)
    sweden.users.clear()
    kleer.restore(state)
    assert (sweden.users[user]["foreign-id"], len(sweden.salaries[user])) == ("2001", 1)
    assert kleer.tables()["tables"][0]["rows"]
