"""The office decides: which unit, department or cost centre somebody gets, and who has none is named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.change import Change, ChangeKind
from bot.domain.employee import Unit
from bot.domain.findings import Finding, Severity
from bot.domain.record import Level, Value
from bot.providers.agda_ps.desired_employment import ServiceBuilder
from bot.providers.kit.office_units import offices_decide, unit_of_office
from bot.providers.paxml.desired_person import PaxmlPersonBuilder
from bot.providers.protocol import office_key
from bot.providers.tripletex.target import TripletexTarget
from sandbox.tripletex import Tripletex, demo
from sandbox.visma_net import TENANT
from sandbox.visma_net import demo as visma_net_demo
from tests.providers.agda_ps.customer import swede
from tests.providers.visma_net.connections import settings_of, visma_net_target, without_contact
from tests.support.fake_target import MemorySource
from tests.support.provider_connections import tripletex_target
from tests.support.provider_people import TODAY, kari
from tests.support.sync_runner import Integration

OSLO, BERGEN = Unit(id="o1", name="Oslo"), Unit(id="o2", name="Bergen")


def of_level(change: Change, level: Level) -> dict[str, Value]:
    return {field.field: field.new for field in change.fields if field.level is level}


def named(findings: tuple[Finding, ...]) -> dict[str, tuple[str, Severity, object]]:
    """The findings about offices: by code, the field, how severe it is, and the office that it names."""
    return {
        found.code: (found.field, found.severity, found.values.get("office"))
        for found in findings
        if found.code.startswith("office.")
    }


def test_a_choice_for_one_office_is_no_choice_for_another() -> None:
    settings = {office_key("unit", "o1"): "A", office_key("unit", "o3"): " ", "unit": "Z", "other.office.o2": "B"}
    assert offices_decide(settings, "unit")
    assert not offices_decide({"unit": "Z", office_key("unit", "o3"): ""}, "unit")
    assert unit_of_office(settings, "unit", "division", OSLO).value == "A"
    bergen, nowhere = (unit_of_office(settings, "unit", "division", office) for office in (BERGEN, None))
    assert bergen.gap == Finding("office.unmapped", Severity.WARNING, "division", {"office": "Bergen"})
    assert nowhere.gap == Finding("office.missing", Severity.WARNING, "division")


@pytest.fixture
async def tripletex() -> AsyncIterator[Tripletex]:
    async with demo(TODAY) as system:
        system.rate_limit.limit = 100_000
        yield system


@pytest.fixture
async def target(tripletex: Tripletex) -> AsyncIterator[TripletexTarget]:
    async with tripletex_target(tripletex) as target:
        yield target


@pytest.fixture
async def settings(target: TripletexTarget) -> dict[str, str]:
    units, departments = await target.choices("office_division"), await target.choices("office_department")
    return {
        "division": units[0].value,
        "occupation_code": "5223102",
        office_key("office_division", "o1"): units[1].value,
        office_key("office_department", "o1"): departments[1].value,
    }


def somebody(**different: Any) -> Any:
    return kari(**{"identity": None, "bank": None, "office": OSLO, **different})


async def test_tripletex_gets_unit_and_department_of_the_office(
    target: TripletexTarget, settings: dict[str, str]
) -> None:
    integration = Integration(MemorySource([somebody()]), target, settings=settings, today=TODAY)
    (change,) = (await integration.plan()).changes
    assert change.kind is ChangeKind.CREATE
    assert of_level(change, Level.EMPLOYMENT)["division"] == (await target.choices("division"))[1].label
    assert of_level(change, Level.PERSON)["department"] == (await target.choices("office_department"))[1].label
    assert named(change.findings) == {}


@pytest.mark.parametrize(("office", "code"), [(BERGEN, "office.unmapped"), (None, "office.missing")])
async def test_nobody_is_created_in_a_unit_that_nobody_chose_and_whoever_is_there_keeps_theirs(
    target: TripletexTarget, settings: dict[str, str], office: Unit | None, code: str
) -> None:
    integration = Integration(MemorySource([somebody(office=office)]), target, settings=settings, today=TODAY)
    (change,) = (await integration.plan()).changes
    place = office.name if office else None
    assert change.kind is ChangeKind.BLOCKED
    assert [found.field for found in change.findings if found.code == code] == ["department", "division"]
    assert named(change.findings) == {code: ("division", Severity.BLOCKING, place)}
    # Once somebody is there, what nobody has chosen is left as it is, and told at every run.
    integration.settings = {"division": settings["division"], "occupation_code": "5223102"}
    await integration.sync()
    integration.settings = settings
    for full in (True, False):
        (change,) = (await integration.plan(full=full)).changes
        assert change.kind is ChangeKind.UNCHANGED
        assert named(change.findings) == {code: ("division", Severity.WARNING, place)}


async def test_whoever_moves_to_another_office_gets_its_department_and_the_unit_is_told_until_it_is_right(
    target: TripletexTarget, settings: dict[str, str]
) -> None:
    source = MemorySource([somebody()])
    integration = Integration(source, target, settings=settings, today=TODAY)
    await integration.sync()
    units, departments = await target.choices("office_division"), await target.choices("office_department")
    integration.settings = settings | {
        office_key("office_division", "o2"): units[0].value,
        office_key("office_department", "o2"): departments[0].value,
    }
    source.put(somebody(office=BERGEN))
    (change,) = (await integration.plan()).changes
    assert of_level(change, Level.PERSON) == {"department": departments[0].label}
    (told,) = [found for found in change.findings if found.code == "office.other_unit"]
    assert (told.field, dict(told.values)) == (
        "division",
        {"office": "Bergen", "unit": units[0].label, "held": units[1].label},
    )
    await integration.sync()
    (quick,) = (await integration.plan(full=False)).changes
    assert (quick.kind, "office.other_unit" in named(quick.findings)) == (ChangeKind.UNCHANGED, True)
    source.put(somebody())
    await integration.sync()
    assert named(next(iter((await integration.plan()).changes)).findings) == {}


async def test_an_offices_unit_that_is_gone_stops_whom_it_concerns(
    target: TripletexTarget, settings: dict[str, str]
) -> None:
    gone = settings | {office_key("office_division", "o1"): "999", office_key("office_department", "o1"): "999"}
    desired = await target.desired(somebody(), gone, TODAY)
    codes = {found.code: found.severity for found in desired.findings}
    assert codes["tripletex_division_gone"] is Severity.BLOCKING
    assert codes["tripletex_choice_gone"] is Severity.WARNING
    assert {"department", "division"}.isdisjoint(name for part in desired.record for name in part.values)


async def test_visma_net_gets_the_tax_unit_of_the_office() -> None:
    async with visma_net_demo(TODAY) as system, visma_net_target(system) as target:
        tenant = system.tenants[TENANT]
        tenant.lists["taxUnits"].append({**tenant.lists["taxUnits"][0], "id": "u2", "name": "Bergen AS"})
        chosen = settings_of(tenant) | {office_key("office_tax_unit", "o1"): "u2"}
        assert [choice.value for choice in await target.choices("office_tax_unit")] == ["u2", chosen["tax_unit"]]
        mapped = await target.desired(without_contact(office=OSLO), chosen, TODAY)
        unmapped = await target.desired(without_contact(office=BERGEN), chosen, TODAY)
        ((address, (found,)),) = unmapped.when_new.items()
    assert [part.values["tax_unit"] for part in mapped.record if "tax_unit" in part.values] == ["Bergen AS"]
    assert [found.code for found in mapped.when_other.values()] == ["office.other_unit"]
    assert all("tax_unit" not in part.values for part in unmapped.record)
    assert named(unmapped.findings) == {"office.unmapped": ("tax_unit", Severity.WARNING, "Bergen")}
    assert (address[0], found.code, found.severity) == (Level.EMPLOYMENT, "office.unmapped", Severity.BLOCKING)


@pytest.mark.parametrize(
    ("office", "code", "told"),
    [(OSLO, "410", []), (BERGEN, None, ["office.unmapped"]), (None, None, ["office.missing"])],
)
@pytest.mark.parametrize("system", ["agda_ps", "paxml"])
def test_files_get_the_code_of_the_office(system: str, office: Unit | None, code: str | None, told: list[str]) -> None:
    person = replace(swede(), office=office)
    chosen = {"department_from": "office", "unit_from": "office", office_key("office_code", "o1"): "410"}
    if system == "agda_ps":
        parts, findings = ServiceBuilder(person, chosen, TODAY).build()
    else:
        part, findings = PaxmlPersonBuilder(person, chosen, TODAY).build()
        assert part is not None
        parts = [part]
    assert next((part.values["department"] for part in parts if "department" in part.values), None) == code
    assert list(named(tuple(findings))) == told


@pytest.mark.parametrize(("system", "code"), [("agda_ps", "4 10"), ("paxml", "41041041041")])
def test_a_code_that_does_not_fit_is_told(system: str, code: str) -> None:
    person = replace(swede(), office=OSLO)
    chosen = {"department_from": "office", "unit_from": "office", office_key("office_code", "o1"): code}
    builder: Any = {"agda_ps": ServiceBuilder, "paxml": PaxmlPersonBuilder}[system]
    _, findings = builder(person, chosen, TODAY).build()
    assert "department" in {found.field for found in findings}
