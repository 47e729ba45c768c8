"""Runs of an integration with an inbox, as the jobs make them: plan, deliver, remember."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot.providers.protocol import Inbox
from bot.sync.change import Change, Outcome
from bot.sync.deliver import deliver_changes
from bot.sync.employee import Employee
from bot.sync.memory import Remembered, after
from bot.sync.plan import Plan, PlanRequest, make_plan
from tests.sync.memory_systems import MemorySource
from tests.sync.people import TODAY, fingerprint
from tests.sync.running import EVERYONE


@dataclass
class Runs:
    """People, an inbox, and what is remembered between runs."""

    inbox: Inbox
    settings: dict[str, str]
    source: MemorySource = field(default_factory=MemorySource)
    memory: dict[str, Remembered] = field(default_factory=dict)
    countries: tuple[str, ...] = ("SE",)
    today: date = TODAY

    async def plan(self, *people: Employee, **options: Any) -> Plan:
        """What there is to deliver, after some people have changed."""
        self.source.put(*people)
        request = PlanRequest(
            scope=EVERYONE,
            settings=self.settings,
            environment="production",
            today=self.today,
            fingerprint=fingerprint,
            memory=self.memory,
            countries=self.countries,
            **options,
        )
        return await make_plan(self.source, self.inbox, request)

    async def deliver(self, changes: Sequence[Change]) -> list[Outcome]:
        """Deliver what was planned."""

        async def note(doubted: Mapping[str, Remembered]) -> None:
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
        plan = await self.plan(*people, **options)
        writes = [change for change in plan.changes if change.fields or change.new_parts]
        return await self.deliver(writes) if writes else []
