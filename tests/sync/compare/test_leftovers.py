"""What is emptied in the source and stays in the target is told with the person, and never called equal."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.change import Change, ChangeKind
from bot.domain.employee import Address, Employee, EmploymentType, PayPeriod
from bot.providers.protocol import Target
from bot.sync.report.issues import foreseen, is_equal
from sandbox.fortnox import demo as fortnox_demo
from sandbox.poweroffice_go import demo as go_demo
from sandbox.tripletex import demo as tripletex_demo
from sandbox.visma_net import TENANT
from sandbox.visma_net import demo as visma_demo
from tests.providers.fortnox import connections as fortnox
from tests.providers.poweroffice_go import connections as go
from tests.providers.visma_net import connections as visma
from tests.support.fake_target import MemorySource
from tests.support.provider_connections import tripletex_target
from tests.support.provider_people import TODAY, job
from tests.support.sync_runner import Integration

HOME = Address(street="Kaffegata 1", postal_code="0150", city="Oslo", country="Norge")
OWN = {"yrkeskode": "2320102"}
SETTINGS = {"occupation_code_field": "yrkeskode"}
WHOLE = go.employee(address=HOME, custom=OWN)

_PREFIX = re.compile("^(tripletex|visma_net|poweroffice_go|fortnox)_")

ONLY, NO_FORM = "value.only_in_target", "employment_form_unknown"
FORMER = "pay.former_in_target"

EMPTIED: Mapping[str, tuple[Mapping[str, object], Mapping[str, str]]] = {
    "street": ({"address": {"street": None}}, {"street": ONLY}),
    "blank street": ({"address": {"street": " "}}, {"street": ONLY}),
    "country": ({"address": {"country": None}}, {"country": ONLY}),
    "address": ({"address": None}, {"street": ONLY}),
    "phones": ({"work_phone": None, "private_phone": None}, {"phone": ONLY}),
    "addresses": ({"work_email": None}, {"email": "email.missing"}),
    "account": ({"bank": None}, {"bank_account": "bank.missing"}),
    "identity": ({"identity": None}, {"identity_number": "identity.missing"}),
    "pay": ({"compensations": ()}, {"compensation": "compensation.missing"}),
    "own code": ({"custom": {}}, {"occupation_code": ONLY}),
    "type": ({"employments": (job(type=None),)}, {"employment_type": "employment.type_missing"}),
    "a type that is not mapped": (
        {"employments": (job(type=EmploymentType(id="t9", name="Vikar")),)},
        {"employment_form": NO_FORM},
    ),
    "a country that is none": ({"address": {"country": "Utopia"}}, {"country": "country_unknown"}),
}


class Payroll:
    """Somebody who has been synced, and what a plan says of them once something of theirs is gone."""

    def __init__(self, target: Target, settings: dict[str, str], whole: Employee = WHOLE, country: str = "NO") -> None:
        self.whole = whole
        self.source = MemorySource([whole])
        self.integration = Integration(
            self.source,
            target,
            settings={**settings, **SETTINGS},
            environment="test",
            today=TODAY,
            countries=(country,),
        )

    async def plan(self, **different: Any) -> Change:
        if isinstance(within := different.get("address"), dict):
            assert self.whole.address is not None
            different["address"] = replace(self.whole.address, **within)
        employee: Employee = replace(self.whole, **different)
        self.source.people = {employee.source_id: employee}
        (change,) = (await self.integration.plan()).changes
        return change


@pytest.fixture(params=["tripletex", "visma_net", "poweroffice_go", "fortnox"])
async def payroll(request: pytest.FixtureRequest) -> AsyncIterator[Payroll]:
    async with AsyncExitStack() as stack:
        target: Target
        whole, country = WHOLE, "NO"
        match request.param:
            case "tripletex":
                tripletex = await stack.enter_async_context(tripletex_demo(TODAY))
                target = await stack.enter_async_context(tripletex_target(tripletex, timeout_seconds="30"))
                settings = {"division": (await target.choices("division"))[0].value}
            case "visma_net":
                tenants = await stack.enter_async_context(visma_demo(TODAY))
                target = await stack.enter_async_context(visma.visma_net_target(tenants, timeout_seconds="30"))
                settings = visma.settings_of(tenants.tenants[TENANT], email_type="work", phone_type="work")
            case "fortnox":
                companies = await stack.enter_async_context(fortnox_demo(TODAY))
                companies.limit = 100_000
                fortnox.agree(companies)
                target = await stack.enter_async_context(fortnox.fortnox_target(companies, timeout_seconds="30"))
                settings = {**fortnox.SETTINGS, "full_time_equivalent": "percent"}
                whole, country = fortnox.employee(), "SE"
            case _:
                clients = await stack.enter_async_context(go_demo(TODAY))
                clients.sign_in.limit = 100_000
                target = await stack.enter_async_context(go.go_target(clients, timeout_seconds="30"))
                settings = go.settings_of(next(iter(clients.clients.values())))
        yield Payroll(target, settings, whole, country)


async def test_whatever_is_emptied_in_the_source_is_told_or_carried(payroll: Payroll) -> None:
    await payroll.integration.carry_out(await payroll.plan())
    whole = await payroll.plan()
    assert is_equal(foreseen(whole))
    whole_has_code = any(rule.key == "occupation_code" for rule in payroll.integration.target.fields)
    wrong = {}
    for case, (different, told) in EMPTIED.items():
        if case == "own code" and not whole_has_code:
            continue
        change = await payroll.plan(**different)
        found = {(one.field, _PREFIX.sub("", one.code)) for one in change.findings}
        if case == "phones":
            found |= {("phone", code) for field, code in found if field in ("work_phone", "mobile_phone")}
        equal = is_equal(foreseen(change))
        if case == "a type that is not mapped":
            found |= {(field, NO_FORM) for field, code in found if (field, code) == ("employment_form", ONLY)}
        if change.kind is not ChangeKind.UNCHANGED or not set(told.items()) <= found or equal:
            wrong[case] = (change.kind, found, change.kept)
    assert wrong == {}


async def test_what_the_settings_keep_from_the_target_is_its_own(payroll: Payroll) -> None:
    await payroll.integration.carry_out(await payroll.plan())
    kept = {"salary": "none", "email_type": "", "phone_type": "", "unit_from": "none", "full_time_equivalent": "none"}
    settings = {**payroll.integration.settings, **kept}
    payroll.integration.settings = settings
    change = await payroll.plan()
    assert ONLY not in {found.code for found in change.findings}
    assert is_equal(foreseen(change))


async def test_pay_in_force_that_is_gone_is_told_although_a_raise_is_still_ahead(payroll: Payroll) -> None:
    (now,) = payroll.whole.compensations
    ahead = replace(now, id="c2", effective=date(2027, 2, 16), amount=now.amount + 1000)
    await payroll.integration.carry_out(await payroll.plan(compensations=(now, ahead)))
    assert is_equal(foreseen(await payroll.plan(compensations=(now, ahead))))
    change = await payroll.plan(compensations=(ahead,))
    assert change.kind is ChangeKind.UNCHANGED
    assert "compensation.not_yet" in {found.code for found in change.findings}
    assert not is_equal(foreseen(change))


async def test_pay_by_the_hour_that_becomes_a_salary_is_taken_away_or_told(payroll: Payroll) -> None:
    (salary,) = payroll.whole.compensations
    hourly = replace(salary, amount=Decimal(250), period=PayPeriod.HOUR)
    await payroll.integration.carry_out(await payroll.plan(compensations=(hourly,)))
    change = await payroll.plan(compensations=(salary,))
    assert change.kind is ChangeKind.UPDATE
    outcome = await payroll.integration.carry_out(change)
    assert outcome.person.target_id is not None
    held = await payroll.integration.target.read(outcome.person.target_id)
    assert held is not None
    stays = any(part.values.get("hourly_wage") == Decimal(250) for part in held.record)
    # Told as long as it stands there, and never called equal.
    again = await payroll.integration.carry_out(await payroll.plan(compensations=(salary,)))
    later = await payroll.integration.carry_out(await payroll.plan(compensations=(salary,)))
    for found in (outcome, again, later):
        assert stays == (("hourly_wage", FORMER) in {(one.field, one.code) for one in found.findings})
        assert stays == ("hourly_wage" in found.kept)
