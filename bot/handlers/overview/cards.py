"""What is known of integrations, gathered for the cards that an overview and the Home tab show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from bot.domain.leave_settings import LeaveSettings
from bot.domain.resource import Resource
from bot.domain.safeguard_hold import policy_in_force
from bot.domain.scope import Scope
from bot.handlers.framework.interaction import Interaction
from bot.jobs.scheduling.calendar import local_day
from bot.locales import Translator
from bot.providers import registry
from bot.providers.registry import main_resource, takes_absence, takes_people
from bot.sync.leave.waiting_file import AWAITS_IMPORT
from bot.sync.report.issues import PROBLEMS
from bot.views.edit import notifications as attention_view
from bot.views.overview.cards import OF_EMPLOYEES, AbsenceCard, Card, LastRun
from bot.views.overview.picture import MOST_DRAWN, picture
from bot.views.shared import schedule as schedule_view
from bot.views.shared import scope as scope_view
from bot.views.shared.schedule import ScheduleChoice
from storage import expiries, integrations, leave_files, leave_settings, problems, runs, schedules
from storage.database import Session
from storage.expiries import SOURCE
from storage.integrations import Integration
from storage.runs import RunKind, RunState

LOOK_BACK = 5
"""Runs to look through for the last one that ended."""


async def stored(interaction: Interaction) -> Sequence[Integration]:
    """All integrations of the workspace as they are stored: enough to find one by its name."""
    async with interaction.services.database.reading() as session:
        return await integrations.list_for(session, interaction.team_id)


async def cards(interaction: Interaction, shown: Sequence[Integration] | None = None) -> list[Card]:
    """All integrations of the workspace, or these."""
    async with interaction.services.database.reading() as session:
        if shown is None:
            shown = await integrations.list_for(session, interaction.team_id)
        return [await card(session, interaction, integration) for integration in shown]


async def integration(interaction: Interaction, integration_id: str) -> Integration | None:
    """One integration of the person's own workspace; None when it was removed."""
    async with interaction.services.database.reading() as session:
        return await integrations.get(session, integration_id, team_id=interaction.team_id)


def schedule_choice(stored: schedules.Schedule | None, timezone: str, now: datetime) -> ScheduleChoice:
    """A stored schedule as the form and the sentence about it take it; without one, what the form begins with.

    A pause that is over is told no more.
    """
    if stored is None:
        return ScheduleChoice(
            scheduled=False, weekdays=("mon", "tue", "wed", "thu", "fri"), time="06:00", timezone=timezone
        )
    return ScheduleChoice(
        scheduled=stored.enabled,
        weekdays=stored.weekdays,
        time=f"{stored.hour:02}:{stored.minute:02}",
        timezone=stored.timezone,
        holidays=stored.holidays,
        late_hours=stored.late_hours,
        paused=stored.paused if stored.paused and stored.paused[1] >= local_day(now, stored.timezone) else None,
    )


def described_scope(t: Translator, integration: Integration) -> str:
    """An integration's scope in one line, by numbers: whose names they are is not kept."""
    scope = Scope.from_json(integration.scope)
    return scope_view.described(t, scope)


async def card(session: Session, interaction: Interaction, integration: Integration) -> Card:
    """One integration at a glance."""
    t = interaction.t
    main = main_resource(integration.provider)
    stored = await schedules.get(session, integration.id, resource=main)
    active = await runs.active(session, integration.id)
    syncs = await runs.latest(session, integration.id, RunKind.SYNC, MOST_DRAWN, resource=Resource.EMPLOYEES)
    ended = await _last_ended(session, integration.id, main)
    until = await _until(session, integration)
    provider = registry.targets().get(integration.provider)
    return Card(
        id=integration.id,
        name=integration.name,
        provider=integration.provider,
        company=integration.target_account_name,
        state=integration.state.value,
        environment=integration.environment,
        channel_id=integration.channel_id,
        scope=described_scope(t, integration),
        schedule=described_schedule(interaction, stored),
        reports=attention_view.described(t, policy_in_force(integration.attention, interaction.services.clock())),
        owner_id=integration.owner_user_id,
        next_run=stored.next_run_at if stored and stored.enabled else None,
        last=await _without_muted(session, interaction, integration, _last(ended)),
        picture=picture(t, attention_of(syncs)),
        active_run=active[0].id if active else None,
        active_kind=_active_kind(active[0]) if active else None,
        waiting=any(run.state is RunState.WAITING_APPROVAL for run in active),
        until=until,
        days_left=(until - local_day(interaction.services.clock(), interaction.member.timezone)).days
        if until
        else None,
        delivers=bool(provider and provider.info.delivers),
        hands_out=bool(provider and provider.info.hands_out and interaction.services.settings.files_by_message),
        absence=await _absence(session, interaction, integration) if _beside_employees(integration) else None,
        absence_alone=main is Resource.ABSENCE,
        files_waiting=await leave_files.count_in(session, integration.id, AWAITS_IMPORT),
        menu=tuple(
            action for action in interaction.services.menu if main is Resource.EMPLOYEES or action not in OF_EMPLOYEES
        ),
    )


async def _without_muted(
    session: Session, interaction: Interaction, integration: Integration, last: LastRun | None
) -> LastRun | None:
    """The last sync without those of whom somebody said that their known problem need not be told each time."""
    if last is None or last.kind != RunKind.SYNC or not last.counts.get("blocked"):
        return last
    muted = await problems.count_muted(session, integration.id, interaction.services.clock().date())
    return replace(last, counts={**last.counts, "blocked": max(last.counts["blocked"] - muted, 0)})


def _beside_employees(integration: Integration) -> bool:
    return takes_people(integration.provider) and takes_absence(integration.provider)


def attention_of(latest: Sequence[runs.Run]) -> list[int]:
    """How many people needed somebody after each of the last syncs of employees, the oldest first."""
    done = [run for run in latest if run.kind is RunKind.SYNC and run.state is RunState.DONE]
    told = [run for run in done if run.resource == Resource.EMPLOYEES][:MOST_DRAWN]
    return [sum(run.counts.get(kind.value, 0) for kind in PROBLEMS) for run in reversed(told)]


async def _last_ended(session: Session, integration_id: str, resource: Resource) -> runs.Run | None:
    latest = await runs.latest(session, integration_id, limit=LOOK_BACK, resource=resource)
    told = [run for run in latest if run.kind is not RunKind.FILE]
    return next((run for run in told if run.ended and run.finished_at is not None), None)


def _active_kind(run: runs.Run) -> str:
    """The last part of `card.active.<kind>`."""
    return Resource.ABSENCE.value if run.resource == Resource.ABSENCE else run.kind.value


async def _absence(session: Session, interaction: Interaction, integration: Integration) -> AbsenceCard:
    stored = await leave_settings.get(session, integration.id)
    chosen = LeaveSettings.from_json(stored.settings) if stored is not None else LeaveSettings()
    own = await schedules.get(session, integration.id, resource=Resource.ABSENCE)
    said = "" if chosen.with_employees else described_schedule(interaction, own)
    next_run = own.next_run_at if own is not None and own.enabled and not chosen.with_employees else None
    last = _last(await _last_ended(session, integration.id, Resource.ABSENCE))
    return AbsenceCard(on=chosen.enabled, schedule=said, next_run=next_run, last=last)


def described_schedule(interaction: Interaction, stored: schedules.Schedule | None) -> str:
    """A stored schedule, or that there is none, in one line of mrkdwn."""
    t = interaction.t
    return schedule_view.described(t, schedule_choice(stored, str(t.timezone), interaction.services.clock()))


async def _until(session: Session, integration: Integration) -> date | None:
    """The last day on which both the target's and the source's credentials are good, as far as it is known."""
    known = [await expiries.get(session, integration.team_id, whose) for whose in (integration.id, SOURCE)]
    return min((expiry.until for expiry in known if expiry), default=None)


def _last(run: runs.Run | None) -> LastRun | None:
    if run is None or run.finished_at is None:
        return None
    return LastRun(kind=run.kind.value, state=run.state.value, finished_at=run.finished_at, counts=dict(run.counts))
