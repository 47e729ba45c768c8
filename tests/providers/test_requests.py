"""Every request that a whole reading, creating and updating makes is one that the published descriptions allow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.domain.employee import Address, PayPeriod, Unit
from bot.domain.leave import LeaveWindow
from sandbox import fortnox, kleer, poweroffice_go, spiris_lon, tidsbanken, twentyfour_seven_office, visma_net, xledger
from sandbox.companies import polarbonan
from sandbox.simployer import Simployer
from sandbox.standin import Exchange
from sandbox.tripletex import Tripletex, demo
from tests.contracts.contract import contract
from tests.contracts.document import document
from tests.contracts.flattened import selection_faults
from tests.providers.fortnox import connections as fx
from tests.providers.kleer import connections as kl
from tests.providers.poweroffice_go import connections as go
from tests.providers.poweroffice_go import test_leave_periods as go_leave
from tests.providers.spiris_lon import connections as sp
from tests.providers.tidsbanken import connections as tb
from tests.providers.twentyfour_seven_office import connections as so
from tests.providers.twentyfour_seven_office.test_leave_periods import leave_target_of, period
from tests.providers.visma_net.connections import put, visma_net_target, without_contact
from tests.providers.xledger import connections as xg
from tests.support.make_change import change_for
from tests.support.provider_connections import simployer_source, tripletex_target
from tests.support.provider_people import TODAY, job, kari, pay

PREFIXES = {
    "fortnox": "", "poweroffice_go": "/Demo/v2", "simployer": "/v1", "spiris_lon": "", "tidsbanken": "",
    "tripletex": "/v2",
    "twentyfour_seven_office": "/api", "visma_net": "/v2", "xledger": "/graphql",
}  # fmt: skip


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
            window = LeaveWindow(TODAY - timedelta(days=40), TODAY + timedelta(days=20))
            known = next(iter(system.store.rows["leave"]))
            for ids in (None, frozenset(some)):
                await source.leave_snapshot(window, ids, frozenset({known}))
            await source.leave_preflight()
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


@pytest.fixture
async def sent_to_visma_net() -> AsyncIterator[list[Exchange]]:
    async with visma_net.demo(TODAY) as system:
        tenant = system.tenants[visma_net.TENANT]
        async with visma_net_target(system) as target:
            await target.identify()
            await target.preflight()
            assert [page async for page in target.people()]
            first = without_contact()
            second = replace(first, last_name="Berg", compensations=(*first.compensations, pay(TODAY, "60000")))
            left = replace(second, employments=(job(end=TODAY),))
            for employee in (first, second, left):
                await put(target, tenant, employee)
        # Signing in is Visma Connect's, which has an address of its own.
        yield [exchange for exchange in system.requests if exchange.path.startswith(PREFIXES["visma_net"])]


@pytest.fixture
async def sent_to_poweroffice_go() -> AsyncIterator[list[Exchange]]:
    async with poweroffice_go.demo(TODAY) as system:
        system.sign_in.limit = 100_000
        client = next(iter(system.clients.values()))
        async with go.go_target(system, page_size="4") as target:
            await target.identify()
            await target.preflight()
            await target.choices("enterprise")
            assert [page async for page in target.people()]
            first = go.employee(identity=None, bank=None, address=None)
            whole = go.employee(title="Sjef")
            moved = replace(whole, address=Address(street="Nygata 3", postal_code="5003", city="Bergen", country="NO"))
            half = (job(percentage="50"),)
            raised = replace(moved, employments=half, compensations=(*first.compensations, pay(TODAY, "60000")))
            corrected = replace(raised, compensations=(pay(date(2024, 3, 1), "51000"), pay(TODAY, "61000")))
            rehired = replace(corrected, employments=(job(end=date(2026, 11, 30)), job(date(2026, 12, 1))))
            for employee in (first, whole, moved, raised, corrected, rehired):
                await go.put(target, client, employee)
            await target.find(go.employee(number="3999"))
            await target.find(go.employee(number="3999"))
        async with go_leave.leave_target_of(system) as leave:
            await leave.leave_preflight()
            person = go_leave.person_in(client)
            made = await leave.create_period(go_leave.period(person, percent="62.5"))
            shorter = go_leave.period(person, last=date(2026, 11, 30), percent="62.5")
            await leave.end_on_first_day(shorter, await leave.update_period(shorter, made))
        # Signing in has an address of its own.
        yield [exchange for exchange in system.requests if exchange.path.startswith(PREFIXES["poweroffice_go"])]


@pytest.fixture
async def sent_to_fortnox() -> AsyncIterator[list[Exchange]]:
    async with fortnox.demo(TODAY) as system:
        system.limit = 100_000
        fx.agree(system)
        async with fx.fortnox_target(system, page_size="4") as target:
            await target.identify()
            await target.preflight()
            assert [page async for page in target.people()]
            first = fx.employee(identity=None, bank=None, address=None)
            whole = fx.employee(title="Chef")
            raised = replace(whole, compensations=(*whole.compensations, pay(TODAY, "38000", "SEK")))
            left = replace(raised, employments=(job(end=date(2026, 10, 31)),))
            back = replace(raised, employments=(job(end=date(2026, 10, 31)), job(date(2026, 11, 20))))
            for employee in (first, whole, raised, left, back):
                await fx.put(target, employee, full_time_equivalent="percent")
            await target.find(fx.employee(number="3999"))
        # Signing in has an address of its own.
        yield [exchange for exchange in system.requests if exchange.path.startswith("/3/")]


@pytest.fixture
async def sent_to_24sevenoffice() -> AsyncIterator[list[Exchange]]:
    async with twentyfour_seven_office.demo(TODAY) as system:
        async with so.office_target(system) as target:
            await target.identify()
            await target.preflight()
            await target.choices("enterprise")
            assert [page async for page in target.people()]
            first = so.employee(identity=None, bank=None, address=None)
            whole = so.employee(employments=(job(percentage="50"),))
            raised = replace(whole, compensations=(*whole.compensations, pay(TODAY, "60000")))
            rehired = replace(raised, employments=(job(end=date(2026, 11, 20)), job(date(2026, 11, 21))))
            for employee in (first, whole, raised, rehired):
                await so.put(target, employee)
            await target.find(so.employee(number="3999"))
        async with leave_target_of(system) as leave:
            await leave.leave_preflight()
            made = await leave.create_period(period(code="10"))
            shorter = period(last=date(2026, 11, 30), code="10")
            await leave.end_on_first_day(shorter, await leave.update_period(shorter, made))
        yield list(system.requests)


def test_24sevenoffice_is_sent_only_what_it_describes(sent_to_24sevenoffice: list[Exchange]) -> None:
    assert [(e.method, e.path, e.body) for e in sent_to_24sevenoffice if (e.status or 500) >= 400] == []
    assert {"POST", "GET"} == {e.method for e in sent_to_24sevenoffice}
    assert faults("twentyfour_seven_office", sent_to_24sevenoffice) == []


@pytest.fixture
async def sent_to_tidsbanken() -> AsyncIterator[list[Exchange]]:
    async with tidsbanken.demo(TODAY) as system:
        async with tb.tidsbanken_target(system, page_size="3") as target:
            await target.identify()
            await target.preflight()
            assert [page async for page in target.people()]
            first = tb.employee(identity=None, bank=None, address=None)
            whole = tb.employee(employments=(job(percentage="50"),))
            left = replace(whole, employments=(job(end=date(2026, 10, 31)),))
            back = replace(whole, employments=(job(end=date(2026, 10, 31)), job(date(2026, 11, 20))))
            for employee in (first, whole, left, back):
                await tb.put(target, employee)
            await target.find(tb.employee(number="3999"))
        yield list(system.requests)


def test_tidsbanken_is_sent_only_what_was_seen_to_be_taken(sent_to_tidsbanken: list[Exchange]) -> None:
    assert [(e.method, e.path, e.body) for e in sent_to_tidsbanken if (e.status or 500) >= 400] == []
    assert {"POST", "PUT", "GET"} == {e.method for e in sent_to_tidsbanken}
    assert faults("tidsbanken", sent_to_tidsbanken) == []


@pytest.fixture
async def sent_to_xledger() -> AsyncIterator[list[Exchange]]:
    async with xledger.demo(TODAY) as system:
        async with xg.xledger_target(system, page_size="3") as target:
            await target.identify()
            await target.preflight()
            assert [page async for page in target.people()]
            left = xg.employee(employments=(job(end=date(2026, 10, 31)),))
            back = xg.employee(employments=(*left.employments, job(date(2026, 11, 20))), title="Barista")
            for employee in (xg.employee(identity=None, bank=None), xg.employee(last_name="Berg"), left, back):
                await xg.put(target, employee, employee_group=str(min(system.companies[xledger.COMPANY].groups)))
            assert await target.read("3999") is None
        yield list(system.requests)


def test_xledger_is_sent_only_what_is_known_to_be_taken(sent_to_xledger: list[Exchange]) -> None:
    assert [(e.method, e.path, e.body) for e in sent_to_xledger if e.status != 200] == []
    asked = {e.path.rpartition("/")[2] for e in sent_to_xledger}
    assert {"__schema", "__type", "employees", "objectValues", "addEmployees", "updateEmployees"} <= asked
    assert faults("xledger", sent_to_xledger) == []
    described = contract("xledger")
    assert [fault for e in sent_to_xledger for fault in selection_faults(described, e.body)] == []
    wrong = "{ employees { edges { cursor node { dbId salary contact glObject1 { amount } } } } }"
    assert selection_faults(described, {"query": wrong}) == [
        "employees.salary is unknown",
        "employees.contact is not asked for like this",
        "employees.glObject1.amount is unknown",
    ]


@pytest.fixture
async def sent_to_spiris_lon() -> AsyncIterator[list[Exchange]]:
    async with spiris_lon.demo(TODAY) as system:
        async with sp.spiris_target(system, page_size="4") as target:
            await target.identify()
            await target.preflight()
            assert [page async for page in target.people()]
            await sp.put(target, sp.employee())
            await target.find(sp.employee(number="3999"))
        company = system.companies[spiris_lon.COMPANY]
        async with sp.spiris_leave(system) as leave:
            await leave.leave_preflight()
            for code in await leave.leave_codes():
                made = await leave.create_day(sp.day_write(company, code=code.value))
                await leave.update_day(sp.day_write(company, code=code.value, hours="4.00"), made)
                wanted = sp.day_write(company, code=code.value)
                await leave.delete_day(wanted.person, wanted.key, made)
        # Signing in has an address of its own.
        yield [exchange for exchange in system.requests if exchange.path.startswith("/v2/")]


def test_spiris_lon_is_sent_only_what_it_describes(sent_to_spiris_lon: list[Exchange]) -> None:
    assert [(e.method, e.path, e.body) for e in sent_to_spiris_lon if (e.status or 500) >= 400] == []
    assert {"POST", "PUT", "DELETE", "GET"} == {e.method for e in sent_to_spiris_lon}
    assert faults("spiris_lon", sent_to_spiris_lon) == []


@pytest.fixture
async def sent_to_kleer() -> AsyncIterator[list[Exchange]]:
    async with kleer.demo(TODAY) as system:
        async with kl.kleer_target(system) as target:
            await target.identify()
            await target.preflight()
            assert [page async for page in target.people()]
            first = kl.employee(bank=None, address=None, cost_center=None)
            whole = kl.employee(last_name="Berg")
            raised = replace(whole, compensations=(*whole.compensations, pay(TODAY, "38000", "SEK")))
            hourly = replace(raised, compensations=(*whole.compensations, pay(TODAY, "185", "SEK", PayPeriod.HOUR)))
            left = replace(hourly, employments=(job(end=date(2026, 10, 31)),))
            back = replace(hourly, employments=(job(end=date(2026, 10, 31)), job(date(2026, 11, 20))))
            for employee in (first, whole, raised, hourly, left, back):
                await kl.put(target, employee)
            await target.find(kl.employee(number="3999"))
        yield list(system.requests)


def test_kleer_is_sent_only_what_its_schema_allows(sent_to_kleer: list[Exchange]) -> None:
    """Paths are not published; that the stand-in knows each of them is all that can be asked."""
    without = [e.path for e in sent_to_kleer if e.status == 404]
    assert {path.rpartition("/")[0].rpartition("/company/")[2].partition("/")[2] for path in without} == {
        "payroll/user"
    }
    assert [(e.method, e.path) for e in sent_to_kleer if (e.status or 500) >= 400 and e.path not in without] == []
    writes = [e for e in sent_to_kleer if e.method != "GET"]
    assert {"POST", "PUT"} == {e.method for e in writes}
    assert [
        document("kleer").faults(str(e.body).encode()) for e in writes if document("kleer").faults(str(e.body).encode())
    ] == []


def test_fortnox_is_sent_only_what_it_describes(sent_to_fortnox: list[Exchange]) -> None:
    asked_for_nobody = [e for e in sent_to_fortnox if e.status == 404]
    assert {e.method for e in asked_for_nobody} == {"GET"}
    others = [(e.method, e.path, e.body) for e in sent_to_fortnox if (e.status or 500) >= 400]
    assert len(others) == len(asked_for_nobody), others
    assert {"POST", "PUT", "GET"} == {e.method for e in sent_to_fortnox}
    # How a day is taken away is not described; what became of it is read back, and told.
    assert faults("fortnox", sent_to_fortnox) == ["PUT /3/employees/3001: Employee.EmployedTo: '' is not a 'date'"]


def test_poweroffice_go_is_sent_only_what_it_describes(sent_to_poweroffice_go: list[Exchange]) -> None:
    assert [(e.method, e.path, e.body) for e in sent_to_poweroffice_go if (e.status or 500) >= 400] == []
    assert {"POST", "PATCH", "GET"} == {e.method for e in sent_to_poweroffice_go}
    assert faults("poweroffice_go", sent_to_poweroffice_go) == []


def test_simployer_is_asked_only_what_it_describes(asked_of_simployer: list[Exchange]) -> None:
    assert [(e.path, e.query) for e in asked_of_simployer if (e.status or 500) >= 400] == []
    assert {e.method for e in asked_of_simployer} == {"GET"}


def test_tripletex_is_sent_only_what_it_describes(sent_to_tripletex: list[Exchange]) -> None:
    assert [(e.method, e.path, e.body) for e in sent_to_tripletex if (e.status or 500) >= 400] == []
    assert {"POST", "PUT", "GET"} == {e.method for e in sent_to_tripletex}


def test_visma_net_is_sent_only_what_is_known_of_it(sent_to_visma_net: list[Exchange]) -> None:
    assert [(e.method, e.path, e.body) for e in sent_to_visma_net if (e.status or 500) >= 400] == []
    assert {"POST", "PUT", "GET"} == {e.method for e in sent_to_visma_net}
    assert faults("visma_net", sent_to_visma_net) == []


def test_simployers_description_knows_every_parameter(asked_of_simployer: list[Exchange]) -> None:
    assert faults("simployer", asked_of_simployer) == []


def test_tripletex_description_knows_every_parameter_and_property(sent_to_tripletex: list[Exchange]) -> None:
    assert faults("tripletex", sent_to_tripletex) == []


def faults(system: str, exchanges: list[Exchange]) -> list[str]:
    """What the description of a system does not allow in these requests."""
    described, prefix = contract(system), PREFIXES[system]
    return [
        f"{exchange.method} {exchange.path}: {fault}"
        for exchange in exchanges
        for fault in described.faults(
            exchange.method, exchange.path.removeprefix(prefix), exchange.query, exchange.body
        )
    ]
