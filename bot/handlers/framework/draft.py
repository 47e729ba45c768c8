"""What a person has answered so far in a guided conversation; it lives in the encrypted draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from bot.core.text import Text
from bot.domain.findings import Finding, Severity
from bot.domain.scope import Scope, ScopeKind
from bot.providers.protocol import Account, Choice
from bot.views.runs.decisions import RememberedAnswer
from bot.views.shared.schedule import ScheduleChoice
from bot.views.shared.scope import PersonReadiness, Picked, ReadinessSummary, ScopeDiff

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")


class FoundInPerson(BaseModel):
    """One finding, as the draft keeps it."""

    code: str
    severity: Severity
    field: str
    values: dict[str, Any] = Field(default_factory=dict)
    verbatim: str | None = None


class ExaminedPerson(BaseModel):
    """One person whose readiness was examined."""

    name: str
    number: str
    findings: list[FoundInPerson] = Field(default_factory=list)


class WizardDraft(BaseModel):
    """Everything a guided conversation asks for. Credentials are in it, so it has no repr.

    `trail` are the steps that Back leads through; `pending` names the check that is running; `confirmed` the questions
    that were answered with yes; `tested` tells that a sync of the integration has succeeded; `finished` that
    everything is saved. `base_version` is the integration's version when its editing began; `refreshed_at` is when
    the latest choice was made that changes the form. `conflicts` are the outcomes asked about, as `outcome_to_json`
    wrote them; `decided` holds the choice by source id. `stored_choices` are the integration's credentials that are
    no secret.
    """

    model_config = ConfigDict(extra="ignore")

    trail: list[str] = Field(default_factory=list)
    pending: str | None = None
    pending_since: float = 0
    confirmed: list[str] = Field(default_factory=list)
    tested: bool = False
    finished: str | None = None
    base_version: int | None = None
    refreshed_at: float = 0

    provider: str = ""
    replace_source: bool = False
    source_credentials: dict[str, str] = Field(default_factory=dict)
    source_until: date | None = None
    source_company: Account | None = None
    target_credentials: dict[str, str] = Field(default_factory=dict)
    target_until: date | None = None
    stored_choices: dict[str, str] = Field(default_factory=dict)
    target_company: Account | None = None
    choices: dict[str, list[Choice]] = Field(default_factory=dict)
    settings: dict[str, str] = Field(default_factory=dict)
    warnings: list[FoundInPerson] = Field(default_factory=list)

    scope_kind: ScopeKind = ScopeKind.PEOPLE
    picked: dict[ScopeKind, list[Picked]] = Field(default_factory=dict)
    excluded: list[Picked] = Field(default_factory=list)
    base_scope: dict[str, Any] | None = None
    reach: ScopeDiff | None = None
    examined: int = 0
    ready: int = 0
    more: bool = False
    people: list[ExaminedPerson] = Field(default_factory=list)

    scheduled: bool = False
    weekdays: tuple[str, ...] = WORKDAYS
    time: str = "06:00"
    timezone: str = "Europe/Stockholm"
    holidays: str | None = None
    paused: tuple[date, date] | None = None
    late_hours: int | None = None

    conflicts: list[dict[str, Any]] = Field(default_factory=list)
    conflict_at: int = 0
    decided: dict[str, str] = Field(default_factory=dict)
    remembered: list[RememberedAnswer] = Field(default_factory=list)
    page: int = 0
    group: str = ""
    own_fields: list[str] = Field(default_factory=list)
    thresholds: dict[str, Any] = Field(default_factory=dict)

    attention: dict[str, Any] = Field(default_factory=dict)
    kept_days: int | None = None
    owner: str = ""

    run_id: str = ""
    plan_kind: str = ""
    plan_query: str = ""
    plan_pages: list[int] = Field(default_factory=list)
    reason: str = ""

    channel_id: str | None = None
    test_post_channel: str | None = None
    test_post_ts: str | None = None
    language: str = "en"
    name: str = ""

    def __repr__(self) -> str:
        return f"<Answers {self.provider or '-'} at {len(self.trail)}>"

    __str__ = __repr__

    def to_draft(self) -> dict[str, Any]:
        """As the vault keeps it."""
        return self.model_dump()

    @classmethod
    def from_draft(cls, data: Mapping[str, Any]) -> Self:
        """The answers that `to_draft` wrote."""
        return cls.model_validate(dict(data))

    @property
    def scope(self) -> Scope:
        """The scope that was chosen."""
        ids = frozenset(each.id for each in self.picked.get(self.scope_kind, ()))
        # Nobody is left out of a test group: there one simply does not choose them.
        left_out = () if self.scope_kind is ScopeKind.PEOPLE else self.excluded
        return Scope(self.scope_kind, ids, frozenset(each.id for each in left_out))

    @property
    def scope_labels(self) -> list[str]:
        """The chosen people, departments or offices, by the words they were chosen by."""
        return [each.label for each in self.picked.get(self.scope_kind, ())]

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

    @property
    def readiness(self) -> ReadinessSummary:
        """The scope's people, examined."""
        people = tuple(
            PersonReadiness(name=one.name, number=one.number, findings=tuple(as_finding(each) for each in one.findings))
            for one in self.people
        )
        return ReadinessSummary(examined=self.examined, ready=self.ready, people=people, more=self.more)

    def forget_target(self) -> None:
        """Another system or other credentials: what was read with the former ones does not hold."""
        self.target_company = None
        self.choices = {}
        self.warnings = []


def as_finding(kept: FoundInPerson) -> Finding:
    """A finding from the draft."""
    values = {key: _from_kept(value) for key, value in kept.values.items()}
    return Finding(kept.code, kept.severity, kept.field, values, kept.verbatim)


def keep_findings(findings: Sequence[Finding]) -> list[FoundInPerson]:
    """Findings for the draft."""
    return [
        FoundInPerson(
            code=one.code,
            severity=one.severity,
            field=one.field,
            values={key: _to_keep(value) for key, value in one.values.items()},
            verbatim=one.verbatim,
        )
        for one in findings
    ]


def _to_keep(value: object) -> Any:
    """A value as the vault takes it, so that it still reads in the reader's language afterwards."""
    if isinstance(value, Text):
        return {"text": value.key, "values": {key: _to_keep(each) for key, each in value.values.items()}}
    if isinstance(value, list | tuple | set | frozenset):
        return [_to_keep(each) for each in value]
    return value if value is None or isinstance(value, str | int | bool | Decimal | date) else str(value)


def _from_kept(value: Any) -> object:
    if isinstance(value, dict):
        return Text(value["text"], {key: _from_kept(each) for key, each in value["values"].items()})
    return tuple(_from_kept(each) for each in value) if isinstance(value, list) else value
