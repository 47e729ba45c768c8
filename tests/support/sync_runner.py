"""A run as the jobs make it: plan, carry out, remember; stopped by whatever would hit everyone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Generic, TypeVar

from bot.core.rights_learnt import learning_rights
from bot.domain.change import Change, ChangeKind
from bot.domain.outcome import Outcome
from bot.domain.scope import Scope, ScopeKind
from bot.providers.errors import ProviderError
from bot.providers.protocol import Source, Target
from bot.sync.apply.apply_change import apply_change, cancelled
from bot.sync.compare.fingerprints import SyncedPerson, after, unsettles
from bot.sync.compare.match import Resolution
from bot.sync.plan.planner import Plan, make_plan
from bot.sync.plan.request import PlanRequest
from bot.sync.plan.verdicts import VerdictStore
from tests.support.employees import TODAY, fingerprint

EVERYONE = Scope(ScopeKind.EVERYONE)


S = TypeVar("S", bound=Source)
T = TypeVar("T", bound=Target)


@dataclass
class Integration(Generic[S, T]):
    """A source, a target, and what is remembered between runs."""

    source: S
    target: T
    scope: Scope = EVERYONE
    settings: Mapping[str, str] = field(default_factory=dict)
    environment: str = "production"
    memory: dict[str, SyncedPerson] = field(default_factory=dict)
    outside: dict[str, str] = field(default_factory=dict)
    resolutions: dict[str, Resolution] = field(default_factory=dict)
    today: date = TODAY
    countries: tuple[str, ...] = ("NO",)
    verdicts: VerdictStore | None = None

    async def plan(self, **options: Any) -> Plan:
        """A plan of what the integration knows now."""
        request = PlanRequest(
            scope=self.scope,
            settings=self.settings,
            environment=self.environment,
            today=self.today,
            fingerprint=fingerprint,
            memory=self.memory,
            outside=self.outside,
            resolutions=self.resolutions,
            countries=self.countries,
            **options,
        )
        return await make_plan(self.source, self.target, request, verdicts=self.verdicts)

    async def carry_out(self, change: Change, *, code_changed: bool = False) -> Outcome:
        """One change, remembered."""
        outcome = await apply_change(
            change,
            self.source,
            self.target,
            self.settings,
            self.today,
            fingerprint=fingerprint,
            code_changed=code_changed,
        )
        remembered = after(change, outcome)
        known = self.memory.get(change.person.source_id)
        if remembered is not None:
            self.memory[change.person.source_id] = remembered
        elif known is not None and unsettles(outcome.kind):
            self.memory[change.person.source_id] = replace(known, settled=False, trace="")
        return outcome

    def note_outside(self, plan: Plan) -> None:
        """Keep what a plan has to say of people outside the scope, as the jobs do."""
        for source_id, trace in plan.outside.items():
            if source_id in self.memory:
                self.memory[source_id] = replace(self.memory[source_id], trace=trace)
            else:
                self.outside[source_id] = trace

    async def sync(self, **options: Any) -> list[Outcome]:
        """A whole run. What would hit everyone stops it; whoever is left is cancelled."""
        outcomes: list[Outcome] = []
        stopped = False
        plan = await self.plan(**options)
        self.note_outside(plan)
        with learning_rights():
            for change in plan.changes:
                if stopped:
                    outcomes.append(cancelled(change))
                    continue
                try:
                    outcomes.append(await self.carry_out(change))
                except ProviderError:
                    stopped = True
                    outcomes.append(cancelled(change))
        return outcomes

    async def sync_until_quiet(self, limit: int = 12) -> Plan:
        """Runs until one has nothing to write; that plan."""
        for _ in range(limit):
            plan = await self.plan()
            if plan.header.writes == 0:
                return plan
            await self.sync()
        raise AssertionError("never quiet")


def kinds(plan: Plan) -> dict[str, ChangeKind]:
    """The kind of change for each person."""
    return {change.person.source_id: change.kind for change in plan.changes}
