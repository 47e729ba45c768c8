"""Every request that a whole reading, creating and updating makes is one that the published descriptions allow."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.domain.employee import Address, Unit
from sandbox.companies import polarbonan
from sandbox.simployer import Simployer
from sandbox.standin import Exchange
from sandbox.tripletex import Tripletex, demo
from tests.support.api_calls import published, resolved
from tests.support.make_change import change_for
from tests.support.provider_connections import simployer_source, tripletex_target
from tests.support.provider_people import TODAY, job, kari, pay

SIMPLOYER, TRIPLETEX = "simployer_openapi.json", "tripletex_openapi.json"


@pytest.fixture
async def asked_of_simployer() -> AsyncIterator[list[Exchange]]:
    async with Simployer(polarbonan.company(TODAY)) as system:
        system.max_limit = 20
        for row in list(system.store.rows["employment"].values())[:1]:
            row["rate"] = 0.8
        async with simployer_source(system) as source:
            await source.identify()
            people = [employee async for page in source.employees() for employee in page]
            some = [employee.source_id for employee in people[:2]]
            assert [page async for page in source.employees(frozenset(some))]
            await source.search("a b")
            await source.summaries(some)
            await source.departments()
            await source.offices()
            await source.custom_fields()
        yield list(system.requests)


@pytest.fixture
async def sent_to_tripletex() -> AsyncIterator[list[Exchange]]:
    async with demo(TODAY) as system:
        system.rate_limit.limit = 100_000
        await _whole_life(system)
        yield list(system.requests)


async def _whole_life(system: Tripletex) -> None:
    async with tripletex_target(system) as target:
        await target.identify()
        await target.preflight()
        assert [page async for page in target.people()]
        settings = {
            "division": (await target.choices("division"))[0].value,
            "occupation_code": (await target.choices("occupation_code"))[0].value,
            "working_hours_scheme": "OTHER_SHIFT",
            "shift_hours": "35,5",
            "end_reason": "EMPLOYMENT_END_EMPLOYEE",
        }
        await target.choices("default_department")
        await target.choices("employee_category")
        first = kari()
        moved = Address(street="Nygata 3", postal_code="5003", city="Bergen", country="NO")
        second = replace(first, last_name="Berg", address=moved, department=Unit(id="d", name="Sales"))
        raised = (*first.compensations, pay(date(2027, 1, 1), "60000"))
        third = replace(second, birth_date=date(1990, 5, 18), compensations=raised)
        rehired = replace(third, employments=(job(end=date(2026, 11, 30)), job(date(2026, 12, 1))))
        for employee in (first, second, third, rehired):
            change = await change_for(target, employee, settings)
            await target.apply(change, settings)
            await target.resolve_write(change)


def test_simployer_is_asked_only_what_it_describes(asked_of_simployer: list[Exchange]) -> None:
    assert [(e.path, e.query) for e in asked_of_simployer if (e.status or 500) >= 400] == []
    assert {e.method for e in asked_of_simployer} == {"GET"}


def test_tripletex_is_sent_only_what_it_describes(sent_to_tripletex: list[Exchange]) -> None:
    assert [(e.method, e.path, e.body) for e in sent_to_tripletex if (e.status or 500) >= 400] == []
    assert {"POST", "PUT", "GET"} == {e.method for e in sent_to_tripletex}


def test_simployers_description_knows_every_parameter(asked_of_simployer: list[Exchange]) -> None:
    for exchange in asked_of_simployer:
        operation = _operation(SIMPLOYER, exchange, "/v1")
        known = {parameter["name"]: parameter["schema"] for parameter in operation["parameters"]}
        for name, values in exchange.query.items():
            outer, *inner = re.findall(r"[^\[\]]+", name)
            assert outer in known, name
            schema = resolved(SIMPLOYER, known[outer])
            if inner:
                assert inner[0] in schema["properties"], name
            elif outer == "select":
                assert set(values[0].split(",")) <= set(schema["items"]["enum"]), values


def test_tripletex_description_knows_every_parameter_and_property(sent_to_tripletex: list[Exchange]) -> None:
    for exchange in sent_to_tripletex:
        operation = _operation(TRIPLETEX, exchange, "/v2")
        known = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert set(exchange.query) <= known, exchange
        if exchange.body is not None:
            content = operation["requestBody"]["content"]
            schema = next(iter(content.values()))["schema"]
            assert list(_unknown(schema, exchange.body)) == [], exchange


def _operation(description: str, exchange: Exchange, prefix: str) -> dict[str, Any]:
    path = exchange.path.removeprefix(prefix)
    # A path with fewer holes is the nearer one: /employee/employment/details is not /employee/employment/{id}.
    for template, operations in sorted(published(description)["paths"].items(), key=lambda item: item[0].count("{")):
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", r"[^/]+", re.escape(template)), path) and (
            exchange.method.lower() in operations
        ):
            found: dict[str, Any] = operations[exchange.method.lower()]
            return found
    raise AssertionError(f"{exchange.method} {path} is not described")


def _unknown(schema: dict[str, Any], body: Any, where: str = "") -> Iterable[str]:
    """Properties that the description lacks, shows only, or gives another set of values."""
    schema = resolved(TRIPLETEX, schema)
    if isinstance(body, list):
        for item in body:
            yield from _unknown(schema["items"], item, where)
    elif isinstance(body, dict):
        for name, value in body.items():
            inner = schema.get("properties", {}).get(name)
            if inner is None or inner.get("readOnly"):
                yield f"{where}{name}"
            else:
                yield from _unknown(inner, value, f"{where}{name}.")
    elif "enum" in schema and body not in schema["enum"]:
        yield f"{where} {body}"
