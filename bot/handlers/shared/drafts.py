"""The answers that steps of several wizards share. A wizard's draft is one of these, or is composed of them.

Steps name the piece they need as their type: `WizardStep[ScheduleDraft]` goes into every wizard whose draft is one.
Fields keep their names: drafts are stored under them, all on one level (see `bot.handlers.framework.draft`).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import Field

from bot.domain.scope import Scope, ScopeKind
from bot.handlers.framework.draft import ExaminedPerson, WizardState, as_finding
from bot.providers.protocol import Account, Choice
from bot.providers.registry import takes_people
from bot.views.shared.schedule import ScheduleChoice
from bot.views.shared.scope import PersonReadiness, Picked, ReadinessSummary, ScopeDiff

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")


class IntegrationDraft(WizardState):
    """Which integration it is about: its name, and the key of its payroll system."""

    provider: str = ""
    name: str = ""

    @property
    def absence_alone(self) -> bool:
        """Whether absence is all that the payroll system takes."""
        return bool(self.provider) and not takes_people(self.provider)


class CompaniesDraft(IntegrationDraft):
    """The accounts on both sides, as the systems themselves named them."""

    source_company: Account | None = None
    target_company: Account | None = None


class CredentialsDraft(IntegrationDraft):
    """Credentials that were entered, by their keys; `…_until` is the last day on which they are good, where told."""

    source_credentials: dict[str, str] = Field(default_factory=dict)
    source_until: date | None = None
    target_credentials: dict[str, str] = Field(default_factory=dict)
    target_until: date | None = None


class SettingsDraft(IntegrationDraft):
    """The payroll system's settings: value by key, and what the account offers for those that are read from it.

    `offices` are those of the source, by id and name, where the system has settings for each of them.
    """

    settings: dict[str, str] = Field(default_factory=dict)
    choices: dict[str, list[Choice]] = Field(default_factory=dict)
    offices: list[Choice] = Field(default_factory=list)


class ScopeDraft(CompaniesDraft, CredentialsDraft, SettingsDraft):
    """Who takes part, and how ready they are; examining them asks both sides, hence the other pieces.

    `picked` holds what was chosen of each kind; `without_offices` are left out of everyone or of departments,
    which `in_offices` narrow.
    `base_scope` is the stored scope that is being edited, as `Scope.to_json` wrote it. `examined` and `ready` count
    people, of whom `people` are those shown; `more` tells that not everyone was examined.
    """

    scope_kind: ScopeKind = ScopeKind.PEOPLE
    picked: dict[ScopeKind, list[Picked]] = Field(default_factory=dict)
    excluded: list[Picked] = Field(default_factory=list)
    without_offices: list[Picked] = Field(default_factory=list)
    in_offices: list[Picked] = Field(default_factory=list)
    base_scope: dict[str, Any] | None = None
    reach: ScopeDiff | None = None
    examined: int = 0
    ready: int = 0
    more: bool = False
    people: list[ExaminedPerson] = Field(default_factory=list)

    @property
    def scope(self) -> Scope:
        """The scope that was chosen."""
        ids = frozenset(choice.id for choice in self.picked.get(self.scope_kind, ()))
        # Nobody is left out of a test group: there one simply does not choose them.
        left_out = () if self.scope_kind is ScopeKind.PEOPLE else self.excluded
        offices = self.without_offices if self.scope_kind in (ScopeKind.EVERYONE, ScopeKind.DEPARTMENTS) else ()
        narrowed = self.in_offices if self.scope_kind is ScopeKind.DEPARTMENTS else ()
        return Scope(
            self.scope_kind,
            ids,
            frozenset(choice.id for choice in left_out),
            frozenset(choice.id for choice in offices),
            frozenset(choice.id for choice in narrowed),
        )

    @property
    def scope_labels(self) -> list[str]:
        """The chosen people, departments or offices, by the words they were chosen by."""
        return [choice.label for choice in self.picked.get(self.scope_kind, ())]

    @property
    def all_ready(self) -> bool:
        """Whether a test group was examined, and there is nothing to say of anybody in it."""
        return (
            self.scope_kind is ScopeKind.PEOPLE
            and 0 < self.examined == self.ready
            and not self.more
            and not any(person.findings for person in self.people)
        )

    @property
    def readiness(self) -> ReadinessSummary:
        """The scope's people, examined."""
        people = tuple(
            PersonReadiness(
                name=person.name, number=person.number, findings=tuple(as_finding(found) for found in person.findings)
            )
            for person in self.people
        )
        return ReadinessSummary(examined=self.examined, ready=self.ready, people=people, more=self.more)


class ScheduleDraft(IntegrationDraft):
    """When to sync: at `time` ("06:00") in `timezone`, but for the days of `paused` (both included).

    `late_hours` is how late a sync may still start; None for what the operator has set.
    """

    scheduled: bool = False
    weekdays: tuple[str, ...] = WORKDAYS
    time: str = "06:00"
    timezone: str = "Europe/Stockholm"
    holidays: str | None = None
    paused: tuple[date, date] | None = None
    late_hours: int | None = None

    @property
    def schedule(self) -> ScheduleChoice:
        """The schedule that was chosen."""
        return ScheduleChoice(
            scheduled=self.scheduled,
            weekdays=self.weekdays,
            time=self.time,
            timezone=self.timezone,
            holidays=self.holidays,
            paused=self.paused,
            late_hours=self.late_hours,
        )

    def choose(self, chosen: ScheduleChoice) -> None:
        """The schedule that is stored, for the form to begin with, or that was entered."""
        self.scheduled, self.weekdays = chosen.scheduled, chosen.weekdays
        self.time, self.timezone = chosen.time, chosen.timezone
        self.holidays, self.paused = chosen.holidays, chosen.paused
        self.late_hours = chosen.late_hours


class ChannelDraft(IntegrationDraft):
    """Where to report and in which language, and the test post that proves the channel."""

    channel_id: str | None = None
    test_post_channel: str | None = None
    test_post_ts: str | None = None
    language: str = "en"


class RunDraft(IntegrationDraft):
    """A run of the integration."""

    run_id: str = ""
