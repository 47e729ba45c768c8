"""A Swedish customer of Agda PS: people, an account at the stand-in, and runs as the jobs make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from bot.domain.change import Change
from bot.domain.employee import (
    Address,
    BankAccount,
    Compensation,
    Employee,
    Employment,
    EmploymentType,
    IdentityNumber,
    PayPeriod,
    Unit,
)
from bot.domain.outcome import Outcome
from bot.providers.agda_ps.file_target import AgdaFileTarget
from bot.providers.protocol import Connection, FileTarget
from bot.sync.apply.deliver import deliver_changes
from bot.sync.compare.fingerprints import SyncedPerson, after
from bot.sync.plan.planner import Plan, make_plan
from bot.sync.plan.request import PlanRequest
from sandbox.agda_ps import GOOD, AgdaPs, Login
from sandbox.companies.numbers import swedish_account, swedish_identity_number
from tests.support.employees import TODAY, fingerprint, letters
from tests.support.fake_target import MemorySource
from tests.support.sync_runner import EVERYONE

HIRED = date(2020, 1, 1)
SETTINGS = {"folder": "test", "salary_code": "1000"}
HERE = {"allowed_networks": "127.0.0.0/8"}
HASTE = {"connect_seconds": "5", "transfer_seconds": "5"} | HERE
MOMENT = datetime(2026, 3, 2, 13, 30, 22, tzinfo=UTC)
COMPANY = {"company_number": "1", "company_name": "Acme Corp"}


def swede(n: int = 1, **changes: Any) -> Employee:
    """A complete employee, the nth."""
    born = date(1960 + n % 39, 1 + n % 12, 1 + n % 28)
    clearing, account = _account(n)
    person = Employee(
        source_id=f"s{n}",
        number=str(700 + n),
        first_name=f"Åsa{letters(n)}",
        last_name=f"Öberg{letters(n)}",
        birth_date=born,
        identity=IdentityNumber(value=swedish_identity_number(born, woman=True), country="SE"),
        nationality="SE",
        title="Barista",
        work_email=f"asa{n}@example.se",
        bank=BankAccount(clearing=clearing, number=account, country="SE"),
        address=Address(street="Storgatan 1", postal_code="111 22", city="Malmö", country="SE"),
        cost_center=Unit(id="c1", name="Bars", code="400"),
        hire_date=HIRED,
        employments=(employment(HIRED),),
        compensations=(pay(35000),),
    )
    return replace(person, **changes)


def employment(start: date, end: date | None = None, percentage: int = 100) -> Employment:
    kind = EmploymentType(id="t1", name="permanent_employment")
    return Employment(id=f"e{start}", start=start, end=end, percentage=Decimal(percentage), type=kind, country="SE")


def pay(amount: int, effective: date = HIRED, period: PayPeriod = PayPeriod.MONTH) -> Compensation:
    return Compensation(id=f"c{effective}", effective=effective, amount=Decimal(amount), currency="SEK", period=period)


def credentials(system: AgdaPs, login: Login = GOOD, **more: str) -> dict[str, str]:
    """What the customer enters, the server's key confirmed."""
    server = {"host": system.host, "port": str(system.port), "host_key": system.fingerprint}
    return server | {"username": login.username, "password": login.password} | COMPANY | more


def inbox(system: AgdaPs, login: Login = GOOD, expected: str | None = None, **more: str) -> AgdaFileTarget:
    entered = credentials(system, login, **more)
    return AgdaFileTarget(Connection(credentials=entered, options=HASTE, expected_account=expected), now=lambda: MOMENT)


@dataclass
class Customer:
    """People, an inbox, and what is remembered between runs."""

    inbox: AgdaFileTarget
    source: MemorySource = field(default_factory=lambda: MemorySource([swede()]))
    settings: dict[str, str] = field(default_factory=lambda: dict(SETTINGS))
    memory: dict[str, SyncedPerson] = field(default_factory=dict)
    today: date = TODAY

    async def plan(self, **options: Any) -> Plan:
        request = PlanRequest(
            scope=EVERYONE,
            settings=self.settings,
            environment="production",
            today=self.today,
            fingerprint=fingerprint,
            memory=self.memory,
            countries=("SE",),
            **options,
        )
        target: FileTarget = self.inbox
        return await make_plan(self.source, target, request)

    async def deliver(self, changes: Sequence[Change]) -> list[Outcome]:
        async def note(doubted: Mapping[str, SyncedPerson]) -> None:
            self.memory |= doubted

        outcomes = await deliver_changes(
            changes, self.source, self.inbox, self.settings, self.today, fingerprint=fingerprint, note=note
        )
        for change, outcome in zip(changes, outcomes, strict=True):
            known = after(change, outcome)
            if known is not None:
                self.memory[change.person.source_id] = known
        return outcomes

    async def sync(self, *people: Employee, **options: Any) -> list[Outcome]:
        """A whole run, after some people have changed."""
        self.source.put(*people)
        plan = await self.plan(**options)
        writes = [change for change in plan.changes if change.fields or change.new_parts]
        return await self.deliver(writes) if writes else []


def _account(n: int) -> tuple[str, str]:
    for serial in range(n * 12, n * 12 + 12):
        try:
            return swedish_account(serial)
        except ValueError:
            continue
    raise AssertionError("no account left")
