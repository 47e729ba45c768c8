"""Reading Visma.net: pages, records as of today, and the live check."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web

from bot.domain.record import Level, Part
from bot.providers.errors import NotPermitted, Unavailable
from bot.providers.visma_net.field_table import key_of, record_of
from bot.providers.visma_net.target import VismaNetTarget
from sandbox.visma_net import TENANT, VismaNet
from sandbox.visma_net.server import MEDIA_TYPE
from sandbox.visma_net.tenant import Tenant
from tests.providers.visma_net.connections import visma_net_target
from tests.support.provider_people import TODAY, kari

START = date(2024, 3, 1)


def parts(employee: dict[str, Any], *positions: dict[str, Any]) -> dict[tuple[Level, tuple[date, ...]], Part]:
    record = record_of(employee, list(positions), TODAY, lambda name, identifier: f"{name} {identifier}")
    return {(part.level, part.key): part for part in record}


async def ids(target: VismaNetTarget) -> list[str]:
    return [person.id async for page in target.people() for person in page]


async def test_every_page_repeats_the_other_parameters(visma: VismaNet, tenant: Tenant) -> None:
    async with visma_net_target(visma, page_size="2") as target:
        assert len(await ids(target)) == len(tenant.employees)
    whole = [e.query for e in visma.requests.matching("GET", "/employees") if "embed" in e.query]
    assert len(whole) == 4
    assert {"cursor" in query for query in whole[1:]} == {True}
    assert [{k: v for k, v in query.items() if k != "cursor"} for query in whole] == [
        {"embed": ["(positions)"], "includeDrafts": ["true"], "page-size": ["2"]}
    ] * 4


async def test_a_cursor_that_leads_back_is_an_error_and_not_for_ever(visma: VismaNet, tenant: Tenant) -> None:
    someone = next(iter(tenant.employees.values()))
    visma.faults.status(200, {"data": [someone], "cursor": {"nextToken": "same"}}, path="/employees$", times=None)
    async with visma_net_target(visma) as target:
        with pytest.raises(Unavailable):
            await ids(target)


@pytest.mark.parametrize("nameless", [{"id": None}, {"id": ""}, None, "no row"])
async def test_a_row_that_says_not_whose_it_is_is_no_absence(visma: VismaNet, tenant: Tenant, nameless: Any) -> None:
    """Left out in silence, the person would be made a second time."""
    someone = next(iter(tenant.employees.values()))
    row = {**someone, **nameless} if isinstance(nameless, dict) else nameless
    visma.faults.status(200, {"data": [someone, row]}, path="/employees$", times=None)
    async with visma_net_target(visma) as target:
        with pytest.raises(Unavailable):
            await ids(target)


@pytest.mark.parametrize("again", [True, False])
async def test_cursors_that_are_always_new_and_bring_nobody_are_an_error_and_not_for_ever(
    visma: VismaNet, tenant: Tenant, again: bool
) -> None:
    someone = next(iter(tenant.employees.values()))
    cursors = itertools.count()

    async def endless(_fault: Any, _request: Any, _handler: Any, _dialect: Any) -> Any:
        return web.json_response(
            {"data": [someone] if again else [], "cursor": {"nextToken": f"c{next(cursors)}"}},
            content_type="application/json",
        )

    visma.faults.add("endless", endless, path="/employees$", times=None)
    async with visma_net_target(visma) as target:
        with pytest.raises(Unavailable):
            await ids(target)
    assert next(cursors) < 30


async def test_the_media_type_is_asked_for(visma: VismaNet) -> None:
    seen: set[str] = set()

    async def watch(_fault: Any, request: Any, handler: Any, _dialect: Any) -> Any:
        seen.add(request.headers["Accept"])
        return await handler(request)

    visma.faults.add("watch", watch, path="/v2/", times=None)
    async with visma_net_target(visma) as target:
        await ids(target)
    assert seen == {MEDIA_TYPE}


async def test_drafts_and_leavers_are_people_too(visma: VismaNet, tenant: Tenant) -> None:
    gone = next(iter(tenant.employees))
    for position in tenant.positions[gone].values():
        position["activeEnd"] = "2025-01-31"
    async with visma_net_target(visma) as target:
        found = await ids(target)
    assert gone in found
    assert {one["id"] for one in tenant.employees.values() if one["isDraft"]} <= set(found)


async def test_a_person_is_found_although_there_is_no_search(visma: VismaNet, tenant: Tenant) -> None:
    async with visma_net_target(visma) as target:
        assert await target.find(kari()) == []
        before = len(visma.requests.matching("GET", "/employees"))
        identifier = tenant.add_employee({"number": "3001", "personNames": [{"firstName": "K", "lastName": "N"}]}, [])
        found = await target.find(kari())
    assert [person.id for person in found] == [identifier]
    (asked,) = visma.requests.matching("GET", "/employees")[before:]
    assert asked.query["fromLastChangedDate"] == ["2026-11-20"]
    assert asked.query["includeDrafts"] == ["true"]


async def test_a_list_that_is_short_enough_to_hold_is_followed_to_its_end(visma: VismaNet) -> None:
    pages: list[dict[str, Any]] = [{"data": [{"id": str(at)}], "cursor": {"nextToken": f"c{at}"}} for at in (1, 2)]
    for body in [*pages, {"data": [{"id": "3"}]}]:
        visma.faults.status(200, body, path="/taxUnits$", times=1)
    async with visma_net_target(visma) as target:
        assert sorted(one.value for one in await target.choices("tax_unit")) == ["1", "2", "3"]
    asked = [e.query.get("cursor") for e in visma.requests.matching("GET", "/taxUnits")]
    assert asked == [None, ["c1"], ["c2"]]


async def test_someone_alike_under_another_number_is_found(visma: VismaNet, tenant: Tenant) -> None:
    tenant.add_employee({"number": "77", "personIds": [{"typeOfId": "NationalID", "id": "17059012345"}]}, [])
    async with visma_net_target(visma) as target:
        assert [person.number for person in await target.find(kari())] == ["77"]


def test_what_holds_today_stands_on_the_employment_and_what_comes_in_rows() -> None:
    salary = [
        {"contractSalaryType": "monthly", "monthlySalary": "40000", "activeEnd": "2025-12-31"},
        {
            "contractSalaryType": "Hourly",
            "hourlySalary": "300.5",
            "activeStart": "2026-01-01",
            "activeEnd": "2026-12-31",
        },
        {
            "contractSalaryType": "yearly",
            "yearlySalary": "700000",
            "monthlySalary": "58333.33",
            "activeStart": "2027-01-01",
        },
    ]
    position = {
        "activeStart": "2024-03-01",
        "typeOfPosition": "Ordinary",
        "partTimeFactors": [{"value": 80, "activeEnd": "2026-11-30"}, {"value": 100, "activeStart": "2026-12-01"}],
        "taxUnitIds": [{"value": "u1"}],
        "salaryInformation": salary,
    }
    held = parts({}, position)
    employment = held[Level.EMPLOYMENT, (START,)].values
    assert employment["percentage"] == Decimal(80)
    assert employment["tax_unit"] == "taxUnits u1"
    assert employment["hourly_wage"] == Decimal("300.5")
    assert (employment["monthly_salary"], employment["annual_salary"]) == (None, None)
    coming = {key[1]: part.values for (level, key), part in held.items() if level is Level.TERMS}
    assert coming[START] == {}
    assert coming[date(2027, 1, 1)]["annual_salary"] == Decimal(700000)
    assert set(coming) == {START, date(2027, 1, 1)}


def test_a_position_ahead_is_looked_at_on_its_first_day_and_one_that_is_over_on_its_last() -> None:
    salary = [
        {"monthlySalary": "1", "activeEnd": "2025-06-30"},
        {"monthlySalary": "2", "activeStart": "2025-07-01", "activeEnd": "2027-06-30"},
        {"monthlySalary": "3", "activeStart": "2027-07-01"},
    ]
    over = {"activeStart": "2024-03-01", "activeEnd": "2025-05-31", "salaryInformation": salary}
    later = {"activeStart": "2027-08-01", "salaryInformation": salary}
    held = parts({}, over, later)
    assert held[Level.EMPLOYMENT, (START,)].values["monthly_salary"] == Decimal(1)
    assert held[Level.EMPLOYMENT, (date(2027, 8, 1),)].values["monthly_salary"] == Decimal(3)


@pytest.mark.parametrize("odd", [None, [], {}, "text", 7, [None, "text", {}]])
def test_a_document_may_hold_anything(odd: Any) -> None:
    names = ("personNames", "personIds", "address", "salaryPaymentMethod", "emails", "externalIds", "number")
    inside = ("typeOfWork", "salaryInformation", "positionEndReason", "partTimeFactors", "taxUnitIds", "externalIds")
    position = {"activeStart": "2024-03-01T00:00:00", **dict.fromkeys(inside, odd)}
    held = parts(dict.fromkeys(names, odd), position, {"activeStart": odd})
    assert held[Level.EMPLOYMENT, (START,)].values["percentage"] is None


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("$.personNames[0].firstName", "first_name"),
        ("positions[0].salaryInformation[1].activeStart", "salary"),
        ("$.positions[0].activeEnd", "end_date"),
        ("$.taxUnitIds[0].value", "tax_unit"),
        ("$.salaryPaymentMethod.localBankAccount", "bank_account"),
        ("$.somethingNew", None),
        ("", None),
    ],
)
def test_the_field_that_visma_names(path: str, key: str | None) -> None:
    assert key_of(path) == key


async def test_the_live_check_tells_what_the_payroll_lacks(visma: VismaNet, tenant: Tenant) -> None:
    tenant.lists = {"taxUnits": [], "workTimeAgreements": []}
    async with visma_net_target(visma) as target:
        assert [finding.code for finding in await target.preflight()] == [
            "visma_net_no_tax_units",
            "visma_net_no_work_time_agreements",
        ]
        assert (await target.identify()).name == f"Visma.net {TENANT}"


async def test_an_empty_company_is_believed_only_on_the_operators_word(visma: VismaNet, tenant: Tenant) -> None:
    tenant.employees.clear()
    async with visma_net_target(visma) as target:
        with pytest.raises(NotPermitted) as refused:
            await target.preflight()
        assert refused.value.text.key == "visma_net.nobody_shown"
    async with visma_net_target(visma, allow_empty="true") as target:
        assert list(await target.preflight()) == []
        assert await ids(target) == []


async def test_choices_are_what_the_tenant_has(visma: VismaNet, tenant: Tenant) -> None:
    codes = {p["typeOfWork"][0]["value"] for held in tenant.positions.values() for p in held.values()}
    async with visma_net_target(visma) as target:
        agreements = await target.choices("work_time_agreement")
        occupations = await target.choices("occupation_code")
        forms = await target.choices("other_employment_form")
    assert [choice.label for choice in agreements] == ["35.5 hours, shift", "37.5 hours"]
    assert {choice.value for choice in occupations} == codes
    assert forms[0].value == "fast"
    assert "midlertidigAnsattSomTilkallingsvikar" in {choice.value for choice in forms}


async def test_two_units_of_one_name_can_be_told_apart(visma: VismaNet, tenant: Tenant) -> None:
    tenant.add_row("taxUnits", name="Polarbønna Norge AS", organizationNumber="314022181")
    async with visma_net_target(visma) as target:
        labels = [choice.label for choice in await target.choices("tax_unit")]
    assert len(set(labels)) == 2
    assert "Polarbønna Norge AS (314022181)" in labels
