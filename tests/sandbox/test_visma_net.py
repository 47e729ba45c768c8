"""Visma.net's stand-in behaves as its public documentation says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.companies.generator import Generator
from sandbox.visma_net import (
    CLIENT_ID,
    CLIENT_SECRET,
    CUSTOMER_TENANT,
    OTHER_TENANT,
    TENANT,
    UNAPPROVED_TENANT,
    VismaNet,
    demo,
    fill,
)
from sandbox.visma_net.connect import READ, WRITE
from sandbox.visma_net.server import MEDIA_TYPE
from tests.support.api_calls import HandClock, noon

CLOCK = (2026, 3, 2)
SALARY = [{"salaryType": "Period", "contractSalaryType": "monthly", "monthlySalary": "10000"}]


@pytest.fixture
def clock() -> HandClock:
    return noon(*CLOCK)


@pytest.fixture
async def visma(clock: HandClock) -> AsyncIterator[VismaNet]:
    async with demo(clock().date(), clock=clock) as system:
        yield system


@pytest.fixture
async def client(visma: VismaNet) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(visma) as opened:
        yield opened


async def token(visma: VismaNet, tenant: str = TENANT, **different: str) -> httpx.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "tenant_id": tenant,
        "scope": f"{READ} {WRITE}",
        **different,
    }
    async with httpx.AsyncClient(base_url=visma.connect_url) as client:
        return await client.post("/connect/token", data=form)


@asynccontextmanager
async def calling(visma: VismaNet, tenant: str = TENANT) -> AsyncIterator[httpx.AsyncClient]:
    bearer = (await token(visma, tenant)).json()["access_token"]
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": MEDIA_TYPE}
    async with httpx.AsyncClient(base_url=visma.url, headers=headers) as client:
        yield client


async def ended(client: httpx.AsyncClient, accepted: httpx.Response) -> dict[str, Any]:
    """The job of an accepted write once it has ended."""
    assert accepted.status_code == 202
    path = accepted.headers["Location"].removeprefix("/v2")
    while (job := (await client.get(path)).json())["status"] in ("NotStarted", "InProgress"):
        pass
    return dict(job)


def newcomer(visma: VismaNet, **different: Any) -> dict[str, Any]:
    """The vendor's minimal example, with ids that the tenant has."""
    lists = visma.tenants[TENANT].lists
    return {
        "number": "1230",
        "personNames": [{"firstName": "Robert", "lastName": "Trully"}],
        "personIds": [{"typeOfId": "DNumber", "id": "67024795818"}],
        "dateOfBirth": "1983-03-14",
        "address": {"countryCode": "NO"},
        "salaryPaymentMethod": {"paymentType": "cash"},
        "positions": [
            {
                "typeOfPosition": "Ordinary",
                "employmentForm": [{"value": "fast"}],
                "typeOfWork": [{"value": "1233101"}],
                "workTimeAgreement": [{"value": lists["workTimeAgreements"][0]["id"]}],
                "partTimeFactors": [{"value": 100}],
                "salaryInformation": SALARY,
                "taxUnitIds": [{"value": lists["taxUnits"][0]["id"]}],
                "activeStart": "2020-02-02",
            }
        ],
        **different,
    }


@pytest.mark.parametrize(
    ("different", "error"),
    [
        ({"client_secret": "another"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"scope": "something:else"}, "invalid_scope"),
        ({"tenant_id": UNAPPROVED_TENANT}, "invalid_tenant"),
        ({"tenant_id": ""}, "invalid_request"),
    ],
)
async def test_a_token_is_refused_in_the_words_of_oauth(visma: VismaNet, different: dict[str, str], error: str) -> None:
    answer = await token(visma, **different)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_a_token_lives_an_hour(visma: VismaNet, client: httpx.AsyncClient, clock: HandClock) -> None:
    assert (await token(visma)).json()["expires_in"] == 3600
    clock.forward(seconds=3599)
    assert (await client.get("/employees")).status_code == 200
    clock.forward(seconds=1)
    assert (await client.get("/employees")).status_code == 401


async def test_a_customers_tenant_gets_a_token_and_no_data(visma: VismaNet) -> None:
    async with calling(visma, CUSTOMER_TENANT) as client:
        assert (await client.get("/employees")).status_code == 401


async def test_tenants_do_not_see_each_other(visma: VismaNet, client: httpx.AsyncClient) -> None:
    ours = {one["id"] for one in (await client.get("/employees")).json()["data"]}
    async with calling(visma, OTHER_TENANT) as other:
        theirs = {one["id"] for one in (await other.get("/employees")).json()["data"]}
        assert (await other.get(f"/employees/{next(iter(ours))}")).status_code == 404
    assert ours.isdisjoint(theirs)


async def test_scopes_and_media_type_are_required(visma: VismaNet, client: httpx.AsyncClient) -> None:
    plain = {"Content-Type": "application/json"}
    assert (await client.post("/employees/withPosition", json={}, headers=plain)).status_code == 415
    visma.connect.approve(TENANT, frozenset({READ}))
    bearer = (await token(visma, scope=READ)).json()["access_token"]
    reading = {"Authorization": f"Bearer {bearer}"}
    assert (await client.get("/employees", headers=reading)).status_code == 200
    assert (await client.post("/employees/withPosition", json={}, headers=reading)).status_code == 403


async def test_pages_of_fifty_and_a_cursor_that_knows_its_parameters(clock: HandClock) -> None:
    async with VismaNet(clock=clock) as visma:
        visma.connect.approve(TENANT)
        fill(visma.open_tenant(TENANT, "Nordlys"), Generator(120))
        async with calling(visma) as client:
            first = (await client.get("/employees", params={"includeDrafts": "true"})).json()
            assert len(first["data"]) == 50
            cursor = first["cursor"]["nextToken"]
            lost = await client.get("/employees", params={"cursor": cursor})
            assert lost.status_code == 400
            second = (await client.get("/employees", params={"includeDrafts": "true", "cursor": cursor})).json()
            assert first["data"][-1]["number"] != second["data"][0]["number"]
            more = {"includeDrafts": "true", "cursor": second["cursor"]["nextToken"]}
            third = (await client.get("/employees", params=more)).json()
    assert (len(third["data"]), "cursor" in third) == (20, False)


async def test_drafts_are_shown_only_when_asked_for(visma: VismaNet, client: httpx.AsyncClient) -> None:
    everyone = (await client.get("/employees", params={"includeDrafts": "true"})).json()["data"]
    approved = (await client.get("/employees")).json()["data"]
    assert [one["number"] for one in everyone if one not in approved] == ["1009"]


async def test_only_what_changed_after_a_day(visma: VismaNet, clock: HandClock) -> None:
    clock.forward(days=3)
    (someone,) = visma.tenants[TENANT].by_number("1003")
    visma.tenants[TENANT].edit(someone["id"], lambda document: document.update(notes="new"))
    async with calling(visma) as client:
        found = (await client.get("/employees", params={"fromLastChangedDate": "2026-03-03"})).json()["data"]
    assert [one["number"] for one in found] == ["1003"]


async def test_a_create_is_a_job_that_takes_time(visma: VismaNet, client: httpx.AsyncClient) -> None:
    accepted = await client.post("/employees/withPosition", json=newcomer(visma))
    path = accepted.headers["Location"].removeprefix("/v2")
    statuses = []
    for _ in range(4):
        assert bool(visma.tenants[TENANT].by_number("1230")) is ("Succeeded" in statuses)
        job = (await client.get(path)).json()
        statuses.append(job["status"])
    assert statuses == ["InProgress", "InProgress", "Succeeded", "Succeeded"]
    made = (await client.get(f"/employees/{job['artifactId']}", params={"embed": "(positions)"})).json()
    (salary,) = made["_embedded"]["positions"][0]["salaryInformation"]
    assert (salary["hourlySalary"], salary["yearlySalary"]) == ("61.54", "120000")
    assert made["taxInformation"] == {"askForTaxInformation": True}


async def test_a_draft_may_lack_what_an_employee_may_not(visma: VismaNet, client: httpx.AsyncClient) -> None:
    nameless = newcomer(visma, personIds=[])
    failed = await ended(client, await client.post("/employees/withPosition", json=nameless))
    assert (failed["status"], failed["validationResults"][0]["jsonPath"]) == ("Failed", "$.personIds")
    draft = await ended(client, await client.post("/employees/withPosition", json={**nameless, "isDraft": True}))
    assert draft["status"] == "Succeeded"


async def test_a_number_is_given_where_none_is(visma: VismaNet, client: httpx.AsyncClient) -> None:
    body = newcomer(visma)
    del body["number"]
    job = await ended(client, await client.post("/employees/withPosition", json=body))
    assert visma.tenants[TENANT].employees[job["artifactId"]]["number"] == "1011"


async def test_a_put_takes_the_whole_documents_place(visma: VismaNet, client: httpx.AsyncClient) -> None:
    (held,) = visma.tenants[TENANT].by_number("1003")
    answer = await client.get(f"/employees/{held['id']}")
    body = {name: value for name, value in answer.json().items() if name != "notes"}
    accepted = await client.put(f"/employees/{held['id']}", json=body, headers={"If-Match": answer.headers["ETag"]})
    assert (await ended(client, accepted))["status"] == "Succeeded"
    assert "notes" not in visma.tenants[TENANT].employees[held["id"]]


@pytest.mark.parametrize("quoted", [True, False])
async def test_an_old_etag_is_refused_quoted_or_not(visma: VismaNet, client: httpx.AsyncClient, quoted: bool) -> None:
    tenant = visma.tenants[TENANT]
    (held,) = tenant.by_number("1003")
    answer = await client.get(f"/employees/{held['id']}")
    etag = answer.headers["ETag"] if quoted else answer.headers["ETag"].strip('"')
    tenant.approve(held["id"])
    tenant.edit(held["id"], lambda document: document.update(notes="meanwhile"))
    stale = await client.put(f"/employees/{held['id']}", json=answer.json(), headers={"If-Match": etag})
    assert stale.status_code == 412
    fresh = await client.get(f"/employees/{held['id']}")
    etag = fresh.headers["ETag"] if quoted else fresh.headers["ETag"].strip('"')
    again = await client.put(f"/employees/{held['id']}", json=fresh.json(), headers={"If-Match": etag})
    assert again.status_code == 202


@pytest.mark.parametrize(
    ("salaries", "code"),
    [
        ([*SALARY, {**SALARY[0], "activeStart": "2026-05-01"}], "TimelineOverlap"),
        ([{**SALARY[0], "activeEnd": "2026-03-31"}, {**SALARY[0], "activeStart": "2026-05-01"}], "TimelineGap"),
        ([{"contractSalaryType": "monthly", "monthlySalary": 10000}], "InvalidSalary"),
    ],
)
async def test_timelines_may_not_overlap_or_gape(
    visma: VismaNet, client: httpx.AsyncClient, salaries: list[dict[str, Any]], code: str
) -> None:
    body = newcomer(visma)
    body["positions"][0]["salaryInformation"] = salaries
    job = await ended(client, await client.post("/employees/withPosition", json=body))
    assert [result["messageCode"] for result in job["validationResults"]] == [code]


async def test_a_salary_that_does_not_say_its_kind_is_passed_over_with_a_warning(
    visma: VismaNet, client: httpx.AsyncClient
) -> None:
    body = newcomer(visma)
    hourly = [{"salaryType": "Period", "contractSalaryType": "hourly", "hourlySalary": "65"}]
    body["positions"][0]["salaryInformation"] = hourly
    job = await ended(client, await client.post("/employees/withPosition", json=body))
    (position,) = visma.tenants[TENANT].positions[job["artifactId"]].values()
    path = f"/employees/{job['artifactId']}/positions/{position['id']}"
    old_client = {**position, "salaryInformation": [{"salaryType": "Period", "monthlySalary": "12000"}]}
    warned = await ended(client, await client.put(path, json=old_client))
    assert warned["status"] == "Succeeded"
    assert warned["validationResults"][0]["severity"] == "Warning"
    assert "Salary update was not performed" in warned["validationResults"][0]["message"]
    (after,) = visma.tenants[TENANT].positions[job["artifactId"]].values()
    assert after["salaryInformation"][0]["hourlySalary"] == "65"


async def test_a_lost_job_is_not_to_be_found(visma: VismaNet, client: httpx.AsyncClient) -> None:
    visma.tenants[TENANT].jobs.lose_next = "late"
    accepted = await client.post("/employees/withPosition", json=newcomer(visma))
    assert (await client.get(accepted.headers["Location"].removeprefix("/v2"))).status_code == 404
    assert visma.tenants[TENANT].by_number("1230") == []
    visma.tenants[TENANT].jobs.run_all()
    assert len(visma.tenants[TENANT].by_number("1230")) == 1


async def test_tokens_are_no_writes_and_the_state_can_be_kept(
    visma: VismaNet, client: httpx.AsyncClient, clock: HandClock, tmp_path: Path
) -> None:
    assert visma.requests.writes() == []
    await ended(client, await client.post("/employees/withPosition", json=newcomer(visma)))
    assert len(visma.requests.writes()) == 1
    visma.connect.withdraw(OTHER_TENANT)
    visma.save(tmp_path / "visma.json")
    again = demo(clock().date(), clock=clock)
    assert again.load(tmp_path / "visma.json")
    assert len(again.tenants[TENANT].by_number("1230")) == 1
    assert OTHER_TENANT not in again.connect.approved


async def test_the_screen_shows_who_waits_for_approval(visma: VismaNet, client: httpx.AsyncClient) -> None:
    await ended(client, await client.post("/employees/withPosition", json=newcomer(visma, isDraft=True)))
    first = visma.tables()["tables"][0]
    latest = dict(zip(first["columns"], first["rows"][0], strict=True))
    assert (latest["Name"], latest["State"], latest["Salary"]) == ("Robert Trully", "Draft", "10000 monthly")
