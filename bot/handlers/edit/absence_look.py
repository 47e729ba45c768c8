"""What both systems say of absence before it is switched on."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import cast

from bot.core.text import text
from bot.domain.findings import Severity
from bot.domain.leave_settings import LeaveSettings
from bot.domain.resource import Resource
from bot.domain.scope import Scope
from bot.handlers.edit.absence_draft import (
    AbsenceDraft,
    SeenCode,
    SeenType,
    by_files,
    period_start,
    routes_in,
    settings_of,
)
from bot.handlers.framework.draft import keep_findings
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.wizard import StepContext
from bot.jobs.leave.leave_file_store import LeaveFileStore
from bot.jobs.leave.plan_leave import PeopleAndLeave
from bot.providers import registry
from bot.providers.leave_protocol import LeaveLimits, LeaveTarget
from bot.providers.protocol import Source
from bot.sync.leave.first_look import first_look
from bot.sync.leave.leave_roster import leave_people
from bot.sync.leave.normal_days import NormalRules
from bot.sync.leave.payroll_calendar import window
from bot.sync.leave.probes import ExtentScale
from bot.sync.leave.routes import with_own
from bot.views.edit.absence import PERIOD_FROM
from bot.views.wizard import StepProblem
from storage import leave_settings, people
from storage.integrations import Integration
from storage.leave_settings import StoredLeaveSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """Both ends, to be opened, and who takes part. `stored` are the choices so far, `placed` ids in the target."""

    provider: str
    scope: Scope = field(repr=False)
    source: AbstractAsyncContextManager[Source]
    target: AbstractAsyncContextManager[LeaveTarget]
    stored: StoredLeaveSettings | None = None
    placed: Mapping[str, str] = field(default_factory=dict, repr=False)


async def of_integration(interaction: Interaction, integration: Integration) -> LookedAt:
    """An integration as it is stored."""
    services = interaction.services
    async with services.database.reading() as session:
        stored = await leave_settings.get(session, integration.id)
        known = await people.load(session, integration.id)
    return LookedAt(
        provider=integration.provider,
        scope=Scope.from_json(integration.scope),
        source=services.connections.source(integration.team_id),
        target=services.connections.leave_target(integration),
        stored=stored,
        placed={each: one.target_id for each, one in known.items() if one.target_id is not None},
    )


async def look(context: StepContext[AbsenceDraft], at: LookedAt, day: date) -> StepProblem | None:
    """Read types, codes, choices and the window into the answers; why absence cannot be switched on, if it cannot.

    Raises the `ProviderError`s of either system, a missing right among them.
    """
    services, answers, stored = context.interaction.services, context.answers.absence, at.stored
    before = LeaveSettings.from_json(stored.settings) if stored is not None else LeaveSettings()
    settings = settings_of(answers, before, day, services.settings.timezone)
    between = window(settings, day)
    spec = registry.target(at.provider).info.spec(Resource.ABSENCE)
    assert spec is not None
    async with at.source as opened, at.target as target:
        source = cast(PeopleAndLeave, opened)  # it declares absence
        hidden = [one for one in await source.leave_preflight() if one.severity is Severity.BLOCKING]
        if hidden:
            return StepProblem(text=text(f"check.{hidden[0].code}", **dict(hidden[0].values)))
        answers.looked = keep_findings(await target.leave_preflight())
        codes = await target.leave_codes()
        for setting in spec.settings:
            if setting.live:
                context.answers.choices[setting.key] = list(await target.leave_choices(setting.key))
        snapshot = await source.leave_snapshot(between)
        members = await leave_people(source, {row.employee_id for row in snapshot.days}, at.scope, at.placed)
    if spec.leave is not None and spec.leave.open_codes:
        codes = with_own(codes, snapshot.types.values(), settings.routes)
    answers.codes = [
        SeenCode(
            value=code.value,
            label=code.label,
            way=code.way.value,
            problem=code.problem,
            default_for=code.default_for.value if code.default_for is not None else None,
            paid=code.paid,
        )
        for code in codes
    ]
    answers.types = [
        SeenType(id=one.id, name=one.name, codes=one.codes, kind=one.kind.value, paid=one.paid)
        for one in snapshot.types.values()
    ]
    rules = NormalRules(
        first_day=between.first,
        confirmed_only=settings.confirmed_only,
        places=False,
        takes_number=(spec.leave or LeaveLimits()).takes_number,
        extent=ExtentScale(stored.extent) if stored is not None and stored.extent else ExtentScale.UNDECIDED,
    )
    found = first_look(snapshot, members, routes_in(answers), rules, period_start(answers, day))
    if found.stop is not None:
        values = dict(found.stop.values)
        return StepProblem(
            text=text(f"leave.{found.stop.code}", **values), advice=text(f"leave.{found.stop.code}.advice", **values)
        )
    seen = {one.type.id: one for one in found.types}
    kinds = {one.id: one for one in answers.types}
    answers.types = [
        kinds[one].model_copy(update={"people": each.people, "days": each.days, "earlier": each.earlier})
        for one, each in seen.items()
    ]
    answers.people = found.people
    answers.page = 0
    return None


async def file_of_other_days(context: StepContext[AbsenceDraft]) -> StepProblem | None:
    """That a file waits for somebody to say that it was imported, where periods would have other days
    from now on: one with the new days would hold days of the waiting one too, and payroll could have both."""
    integration_id, services = context.draft.integration_id, context.interaction.services
    if integration_id is None or not by_files(context.answers.provider):
        return None
    async with services.database.reading() as session:
        stored = await leave_settings.get(session, integration_id)
    before = LeaveSettings.from_json(stored.settings if stored is not None else {})
    if before.period_from == context.answers.absence.period_from:
        return None
    waiting = await LeaveFileStore(database=services.database, integration_id=integration_id).waiting()
    if not waiting:
        return None
    said = text("absence.period_from.waits", period=waiting[0].period)
    return StepProblem(text=said, field=PERIOD_FROM)
