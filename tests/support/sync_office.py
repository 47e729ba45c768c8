"""Simployer and Tripletex as stand-ins with five people who need different things, and runs between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.domain.change import Change
from bot.domain.outcome import Outcome
from bot.providers.errors import ProviderError
from bot.sync.compare.fingerprints import SyncedPerson
from bot.sync.plan.planner import Plan
from sandbox.companies.generator import Generator
from sandbox.simployer import Simployer
from sandbox.tripletex import Tripletex
from sandbox.tripletex.company_state import Books
from sandbox.tripletex.seed import add_department, add_division, add_person
from tests.support.provider_connections import simployer_source, tripletex_target
from tests.support.sync_runner import Integration

TOKEN = "token-of-the-whole-sync"
COMPANY = 40917031

NEW, SAME, MOVED, RAISED, LEAVING = (str(10_000 + place) for place in range(5))


@dataclass
class Office:
    """Both systems, and what is remembered from run to run."""

    simployer: Simployer
    tripletex: Tripletex
    books: Books
    memory: dict[str, SyncedPerson] = field(default_factory=dict)

    @asynccontextmanager
    async def integration(self) -> AsyncIterator[Integration]:  # type: ignore[type-arg]
        """Connections for one run, as the jobs open them."""
        division = next(iter(self.books.rows["Division"]))
        async with (
            simployer_source(self.simployer) as source,
            tripletex_target(self.tripletex, TOKEN, expected=str(COMPANY)) as target,
        ):
            yield Integration(
                source,
                target,
                settings={"division": str(division)},
                environment="test",
                memory=self.memory,
                today=datetime.now(UTC).date(),
            )

    async def sync(self) -> list[Outcome] | ProviderError:
        """A whole run: its outcomes, or why it could not even plan."""
        async with self.integration() as integration:
            try:
                await integration.target.preflight()
                return await integration.sync()
            except ProviderError as error:
                return error

    async def plan(self) -> Plan:
        """What a run would do now."""
        async with self.integration() as integration:
            return await integration.plan()

    async def plan_changes(self) -> dict[str, Change]:
        """What a run would do now, by employee number."""
        return {change.person.number: change for change in (await self.plan()).changes}

    def numbers(self) -> Counter[str]:
        """The employee numbers in the target's books and how often, the token's owner left out."""
        held = Counter(str(row["employeeNumber"]) for row in self.books.rows["Employee"].values())
        del held["1"]
        return held

    def row(self, number: str) -> dict[str, object]:
        """The one employee with that number in the books."""
        (row,) = [row for row in self.books.rows["Employee"].values() if row["employeeNumber"] == number]
        return row

    def jobs(self, number: str) -> list[dict[str, object]]:
        """The employments of that employee in the books."""
        owner = self.row(number)["id"]
        return [row for row in self.books.rows["Employment"].values() if row["employee"] == owner]

    def salaries(self, number: str) -> dict[str, object]:
        """Yearly salary by the day from which it counts."""
        (job,) = self.jobs(number)
        rows = self.books.rows["EmploymentDetails"].values()
        return {str(row["date"]): row["annualSalary"] for row in rows if row["employment"] == job["id"]}


@asynccontextmanager
async def office() -> AsyncIterator[Office]:
    """Five people: one to create, one in step, one whose phone changed, one with a raise, one who leaves."""
    generator = Generator(5)
    company = generator.with_people()
    simployer, tripletex = Simployer(company), Tripletex()
    tripletex.rate_limit.period = 1.0  # what is waited for here is waited for in truth
    books = tripletex.open_company(COMPANY, "Nordlys Norge AS", "314022602")
    departments = {
        one["name"]: add_department(books, one["name"], str(10 + i)) for i, one in enumerate(company.departments)
    }
    unit = add_division(books, "Nordlys", "314022653", "0301")
    owner = _owner(books, next(iter(departments.values())))
    tripletex.issue_token(TOKEN, books, owner)
    for person in company.people[1:]:
        add_person(books, person, departments, {place["name"]: unit for place in company.offices})
    _change(simployer)
    async with simployer, tripletex:
        yield Office(simployer, tripletex, books)


def _change(simployer: Simployer) -> None:
    today = datetime.now(UTC).date()
    simployer.admin.change(MOVED, workPhone="+47 41111111", lastName="Flytting")
    simployer.admin.add_compensation(RAISED, 70_000, start=(today + timedelta(days=30)).isoformat())
    simployer.admin.terminate(LEAVING, end=(today + timedelta(days=20)).isoformat())


def _owner(books: Books, department: int) -> int:
    owner = books.add(
        "Employee", version=1, firstName="Gunn", lastName="Reitan", employeeNumber="1", dateOfBirth="1980-01-01",
        email="gunn@nordlys.example", userType="EXTENDED", isContact=False, usesAbroadPayment=False,
        creditorBankCountryId=0, department=department,
    )  # fmt: skip
    for place, name in enumerate(("AUTH_COMPANY_EMPLOYEE_ADMIN", "AUTH_COMPANY_WAGE_ADMIN", "AUTH_EMPLOYEE_INFO",
                                  "AUTH_WAGE_INFORMATION", "AUTH_WAGE_ADMIN_SETTINGS"), 1):  # fmt: skip
        books.add("Entitlement", employee=owner["id"], name=name, entitlementId=place)
    return int(owner["id"])
