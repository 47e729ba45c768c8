"""Whatever one person's rows hold, everybody else is planned and synced, and the person is named."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import ChangeKind
from bot.domain.employee import Address, BankAccount, Employee, EmploymentType, IdentityNumber
from bot.domain.outcome import OutcomeKind
from bot.providers.protocol import Target
from bot.providers.simployer.cells import identified
from bot.providers.simployer.convert import Lookups, Related
from bot.providers.simployer.state import employee as read_employee
from sandbox.fortnox import demo as fortnox_demo
from sandbox.poweroffice_go import demo as go_demo
from sandbox.tripletex import demo as tripletex_demo
from sandbox.visma_net import TENANT
from sandbox.visma_net import demo as visma_demo
from tests.providers.fortnox import connections as fortnox
from tests.providers.poweroffice_go import connections as go
from tests.providers.visma_net import connections as visma
from tests.support.employees import employee, letters
from tests.support.fake_target import MemorySource, MemoryTarget
from tests.support.properties import TIMES, examples
from tests.support.provider_connections import tripletex_target
from tests.support.provider_people import TODAY as PAID_TODAY
from tests.support.provider_people import job, pay
from tests.support.sync_runner import Integration

LOOKUPS = Lookups(
    departments={},
    offices={},
    cost_centers={},
    employment_types={"t": EmploymentType(id="t", name="permanent_employment")},
    office_zones={},
    default_zone=ZoneInfo("Europe/Oslo"),
)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ODD_ID = "66" * 12

ROW: dict[str, Any] = {
    "id": ODD_ID, "employeeNumber": "9001", "firstName": "Odd", "lastName": "Rar", "active": True,
    "birthDate": "1980-02-29T00:00:00.000Z", "ssn": "29028010042", "ssnCountry": "NO", "nationality": "NO",
    "gender": "male", "title": "Baker", "workEmail": "odd@example.com", "privateEmail": "odd@example.org",
    "workPhone": "+4790000001", "privatePhone": "+4790000002", "departmentId": "d", "officeId": "o",
    "costCenterId": "c", "managerEmployeeId": "m", "hireDate": "2020-01-01", "endDate": None, "offboardDate": None,
    "bankAccount": {"number": "86011117947", "country": "NO"}, "custom": {"own": 1, "field": "x"},
    "homeAddress": {"street": "Storgata 1", "postalCode": "0155", "city": "Oslo", "country": "NO"},
    "updated": "2026-01-01T00:00:00.000Z", "employmentId": "e1", "compensationId": "c1",
}  # fmt: skip
EMPLOYMENT: dict[str, Any] = {
    "id": "e1", "employeeId": ODD_ID, "startDate": "2020-01-01", "endDate": None, "effectiveEndDate": None,
    "rate": 100, "typeId": "t", "country": "NO", "terminated": False,
}  # fmt: skip
PAY: dict[str, Any] = {
    "id": "c1", "employeeId": ODD_ID, "effectiveDate": "2020-01-01", "amount": 50000, "currency": "NOK",
    "payoutPeriod": "MONTHLY",
}  # fmt: skip
WEEK: dict[str, Any] = {"id": "w1", "employeeId": ODD_ID, "effectiveFrom": "2020-01-01", "monday": {"duration": 450}}

DATES = [
    "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:30:00+01:00", "0001-01-01", "9999-12-31",
    "0000-00-00", "2026-02-30", "2026-03-02T24:00:00Z", "-0001-01-01", "20260302", "2026-W10", "1969-12-31T23:59:60Z",
]  # fmt: skip
TEXTS = st.text(st.characters(codec=None, exclude_categories=()), max_size=20)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([*DATES, "\ud83d", "\x00", "\u202e", "x" * 5_000, "", " ", "NaN", 10**4_000, -(10**400), 1e308])
    | TEXTS
)  # fmt: skip
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)
MISSING = object()


def spoiled(row: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The row with some of its fields replaced by anything, or missing."""
    changes = st.dictionaries(st.sampled_from(sorted(row)), ANYTHING | st.just(MISSING), max_size=4)
    return changes.map(lambda odd: {key: value for key, value in (row | odd).items() if value is not MISSING})


def travelled(value: Any) -> Any:
    """As it comes out of an answer."""
    return json.loads(
        json.dumps(value), parse_float=Decimal, parse_int=lambda text: int(text) if len(text) < 100 else Decimal(text)
    )


@st.composite
def odd_people(draw: st.DrawFn) -> Employee:
    """Somebody read from rows that may hold anything."""
    row = travelled(draw(spoiled(ROW)))
    lists = [
        [identified(travelled(one)) for one in draw(st.lists(spoiled(kind), max_size=3))]
        for kind in (EMPLOYMENT, PAY, WEEK)
    ]
    return read_employee(
        identified(row),
        Related(lists[0], lists[1], lists[2]),
        replace(LOOKUPS, rates_are_fractions=draw(st.booleans())),
        now=NOW,
    )


async def synced_beside(odd: Employee, others: int) -> None:
    people = [employee(n) for n in range(1, others + 1)]
    # Of many, two pages and more.
    source = MemorySource([*people[: others // 2], odd, *people[others // 2 :]], page=max(20, others // 2))
    target = MemoryTarget()
    outcomes = {one.person.source_id: one for one in await Integration(source, target).sync()}
    assert len(outcomes) == others + 1
    assert {outcomes[person.source_id].kind for person in people} == {OutcomeKind.CREATED}
    mine = outcomes[odd.source_id]
    assert (mine.person.number, mine.person.name) == (odd.number, odd.name)
    if mine.kind is not OutcomeKind.CREATED:
        assert mine.findings or mine.reason
    again = await Integration(source, target).plan()
    assert sum(change.kind is ChangeKind.CREATE for change in again.changes) == 0


@given(odd=odd_people())
@examples(60)
async def test_anything_in_one_of_ten(odd: Employee) -> None:
    await synced_beside(odd, 9)


@given(odd=odd_people())
@examples(2)
async def test_anything_in_one_of_very_many(odd: Employee) -> None:
    await synced_beside(odd, 999 if TIMES > 1 else 99)


@pytest.mark.parametrize("day", DATES)
@pytest.mark.parametrize("key", ["birthDate", "hireDate", "endDate", "offboardDate", "updated"])
async def test_every_end_of_time_in_every_date(key: str, day: str) -> None:
    odd = read_employee(ROW | {key: day}, Related([EMPLOYMENT], [PAY], [WEEK]), LOOKUPS, now=NOW)
    await synced_beside(odd, 2)


HALVES = Address(street="\ud83dgata 1", postal_code="\u0661\u0665", city="<b>&\x00", country="\u202eNO")
ODDITIES: dict[str, dict[str, Any]] = {
    "half characters": {"first_name": "Kari\ud83d", "title": "\ud83d", "address": HALVES},
    "nothing but signs": {"title": '"|{}[]~<>', "work_email": "a@[1.2.3.4]", "work_phone": "+++"},
    "very long": {"last_name": "x" * 5000, "title": "y" * 5000},
    "the first day there is": {"birth_date": date.min, "hire_date": date.min, "employments": (job(date.min),)},
    "the last day there is": {"birth_date": date.max, "employments": (job(date.max),)},
    "an end at the end of time": {"employments": (job(end=date.max),)},
    "a share of nothing": {"employments": (job(percentage="0"),)},
    "a share that is none": {"employments": (job(percentage="1E-9"),)},
    "a share beyond reason": {"employments": (job(percentage="1E+30"),)},
    "no pay to speak of": {"compensations": (pay(date(2024, 3, 1), "1E-10", "{}"),)},
    "pay beyond reason": {"compensations": (pay(date(2024, 3, 1), "1E+30", "{}"),)},
    "no number": {"compensations": (pay(date(2024, 3, 1), "NaN", "{}"),)},
    "pay at both ends of time": {
        "compensations": (pay(date.min, "40000", "{}"), pay(date.max, "50000", "{}")),
    },
    "pay that is only ahead": {"compensations": (pay(date(2027, 1, 1), "40000", "{}"),)},
    "an employment that is over": {"employments": (job(end=date(2026, 11, 1)),)},
    "an account of no country": {"bank": BankAccount(number="\uff11\uff12", clearing="x", iban="NO00", country="ZZ")},
    "a number of no country": {"identity": IdentityNumber(value="\u0661\ud83d", country="ZZ")},
    "a number that is none": {"number": "\uff11\uff17"},
}


@pytest.fixture(params=["tripletex", "visma_net", "poweroffice_go", "fortnox"])
async def payroll(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Target, dict[str, str], Employee, str]]:
    async with AsyncExitStack() as stack:
        target: Target
        match request.param:
            case "tripletex":
                tripletex = await stack.enter_async_context(tripletex_demo(PAID_TODAY))
                target = await stack.enter_async_context(tripletex_target(tripletex, timeout_seconds="30"))
                yield target, {"division": (await target.choices("division"))[0].value}, go.employee(), "NOK"
            case "visma_net":
                tenants = await stack.enter_async_context(visma_demo(PAID_TODAY))
                target = await stack.enter_async_context(visma.visma_net_target(tenants, timeout_seconds="30"))
                yield target, visma.settings_of(tenants.tenants[TENANT]), go.employee(), "NOK"
            case "poweroffice_go":
                clients = await stack.enter_async_context(go_demo(PAID_TODAY))
                clients.sign_in.limit = 100_000
                target = await stack.enter_async_context(go.go_target(clients, timeout_seconds="30"))
                yield target, go.settings_of(next(iter(clients.clients.values()))), go.employee(), "NOK"
            case _:
                companies = await stack.enter_async_context(fortnox_demo(PAID_TODAY))
                companies.limit = 100_000
                fortnox.agree(companies)
                target = await stack.enter_async_context(fortnox.fortnox_target(companies, timeout_seconds="30"))
                yield target, fortnox.SETTINGS, fortnox.employee(), "SEK"


async def test_odd_people_stop_nobody_else_in_any_system(
    payroll: tuple[Target, dict[str, str], Employee, str],
) -> None:
    target, settings, whole, currency = payroll
    people = []
    for n, (_, different) in enumerate(ODDITIES.items()):
        own: dict[str, Any] = {"source_id": f"{n + 1:024x}", "number": str(3100 + n), "last_name": f"Nr{letters(n)}"}
        own |= {"birth_date": date(1970, 1, 1 + n), "work_email": f"n{n}@example.no", "identity": None, "bank": None}
        pays = tuple(replace(one, currency=currency) for one in different.get("compensations", whole.compensations))
        people.append(replace(whole, **(own | different | {"compensations": pays})))
    source = MemorySource([whole, *people])
    integration = Integration(
        source,
        target,
        settings=settings,
        environment="test",
        today=PAID_TODAY,
        countries=("SE" if currency == "SEK" else "NO",),
    )
    outcomes = {one.person.source_id: one for one in await integration.sync()}
    assert outcomes.pop(whole.source_id).kind is OutcomeKind.CREATED
    for name, person in zip(ODDITIES, people, strict=True):
        outcome = outcomes[person.source_id]
        assert outcome.kind in (OutcomeKind.CREATED, OutcomeKind.BLOCKED, OutcomeKind.CONFLICT), (name, outcome)
        assert outcome.findings, name
