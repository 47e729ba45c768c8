"""What is known of integrations, gathered for the cards that an overview and the Home tab show.

However many there are, the same number of questions goes to the database: first how each stands, then, of those that
are shown, the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, datetime

from bot.domain.leave_settings import LeaveSettings
from bot.domain.resource import Resource
from bot.domain.safeguard_hold import policy_in_force
from bot.domain.scope import Scope
from bot.handlers.framework.interaction import Interaction
from bot.jobs.runs.problems import count_muted
from bot.jobs.scheduling.calendar import local_day
from bot.locales import Translator
from bot.providers import registry
from bot.providers.registry import main_resource, takes_absence, takes_people
from bot.sync.leave.waiting_file import AWAITS_IMPORT
from bot.sync.report.issues import PROBLEMS
from bot.views.edit import notifications as attention_view
from bot.views.overview.cards import OF_EMPLOYEES, AbsenceCard, Card, LastRun, Standing, in_order
from bot.views.overview.picture import MOST_DRAWN, picture
from bot.views.shared import schedule as schedule_view
from bot.views.shared import scope as scope_view
from bot.views.shared.schedule import ScheduleChoice
from storage import integrations, leave_settings, overview, runs, schedules
from storage.database import Session
from storage.expiries import SOURCE
from storage.integrations import Integration
from storage.leave_settings import StoredLeaveSettings
from storage.runs import RunKind, RunState


async def stored(interaction: Interaction) -> Sequence[Integration]:
    """All integrations of the workspace as they are stored: enough to find one by its name."""
    async with interaction.services.database.reading() as session:
        return await integrations.list_for(session, interaction.team_id)


async def standings(interaction: Interaction, shown: Sequence[Integration]) -> list[Standing]:
    """How these integrations of the workspace stand."""
    async with interaction.services.database.reading() as session:
        return await _standings(session, interaction, shown)


async def cards(interaction: Interaction, most: int) -> tuple[list[Card], int]:
    """The integrations of the workspace that need attention first, `most` of them, and how many there are."""
    async with interaction.services.database.reading() as session:
        known = await integrations.list_for(session, interaction.team_id)
        first = in_order(await _standings(session, interaction, known))[:most]
        by_id = {each.id: each for each in known}
        return await _cards(session, interaction, [by_id[each.id] for each in first], first), len(known)


async def card(session: Session, interaction: Interaction, integration: Integration) -> Card:
    """One integration at a glance."""
    standing = await _standings(session, interaction, [integration])
    (found,) = await _cards(session, interaction, [integration], standing)
    return found


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


async def _standings(session: Session, interaction: Interaction, shown: Sequence[Integration]) -> list[Standing]:
    """How each stands, in the order given: the same number of questions for one and for hundreds."""
    team_id, today = interaction.team_id, interaction.services.clock().date()
    active = await overview.active(session, team_id)
    ended = {each: await overview.last_ended(session, team_id, each) for each in Resource}
    until = await overview.credentials_until(session, team_id)
    waiting = await overview.files_in(session, team_id, AWAITS_IMPORT)
    mute = await overview.muted_people(session, team_id, today)
    chosen = await leave_settings.of(session, [each.id for each in shown])
    here = local_day(interaction.services.clock(), interaction.member.timezone)
    found: list[Standing] = []
    for one in shown:
        main, under_way = main_resource(one.provider), active.get(one.id, [])
        good_until = _until(until, one)
        last = ended[main].get(one.id)
        muted = await muted_of(interaction, one, [last]) if last and one.id in mute else {}
        absence = None
        if takes_people(one.provider) and takes_absence(one.provider):
            is_on = _leave_of(chosen.get(one.id)).enabled
            absence = AbsenceCard(on=is_on, last=_last(ended[Resource.ABSENCE].get(one.id)))
        found.append(
            Standing(
                id=one.id,
                name=one.name,
                provider=one.provider,
                company=one.target_account_name,
                state=one.state.value,
                last=_without(_last(last), muted.get(last.id, 0) if last else 0),
                active_run=under_way[0].id if under_way else None,
                active_kind=_active_kind(under_way[0]) if under_way else None,
                waiting=any(run.state is RunState.WAITING_APPROVAL for run in under_way),
                until=good_until,
                days_left=(good_until - here).days if good_until else None,
                absence=absence,
                absence_alone=main is Resource.ABSENCE,
                files_waiting=waiting.get(one.id, 0),
            )
        )
    return found


async def _cards(
    session: Session, interaction: Interaction, shown: Sequence[Integration], standing: Sequence[Standing]
) -> list[Card]:
    """The rest of what is told of those that are shown."""
    t, ids = interaction.t, [each.id for each in shown]
    plans = await overview.schedules_of(session, ids)
    syncs = await overview.latest_syncs(session, ids, Resource.EMPLOYEES, MOST_DRAWN)
    chosen = await leave_settings.of(session, ids)
    mute = await overview.muted_people(session, interaction.team_id, interaction.services.clock().date())
    found: list[Card] = []
    for one, stands in zip(shown, standing, strict=True):
        main = main_resource(one.provider)
        plan, own = plans.get((one.id, main.value)), plans.get((one.id, Resource.ABSENCE.value))
        provider = registry.targets().get(one.provider)
        synced = syncs.get(one.id, [])
        muted = await muted_of(interaction, one, synced) if one.id in mute else {}
        known = {each.name: getattr(stands, each.name) for each in fields(stands)}
        if stands.absence is not None:
            known["absence"] = _absence(interaction, stands.absence, _leave_of(chosen.get(one.id)), own)
        found.append(
            Card(
                **known,
                environment=one.environment,
                channel_id=one.channel_id,
                scope=described_scope(t, one),
                schedule=described_schedule(interaction, plan),
                reports=attention_view.described(t, policy_in_force(one.attention, interaction.services.clock())),
                owner_id=one.owner_user_id,
                next_run=plan.next_run_at if plan and plan.enabled else None,
                picture=picture(t, attention_of(synced, muted)),
                delivers=bool(provider and provider.info.delivers),
                hands_out=bool(provider and provider.info.hands_out and interaction.services.settings.files_by_message),
                menu=tuple(
                    action
                    for action in interaction.services.menu
                    if main is Resource.EMPLOYEES or action not in OF_EMPLOYEES
                ),
            )
        )
    return found


def _without(last: LastRun | None, muted: int) -> LastRun | None:
    """The last run without those of whom somebody said that their known problem need not be told each time."""
    if last is None or not muted:
        return last
    return replace(last, counts={**last.counts, "blocked": last.counts["blocked"] - muted}, muted=muted)


async def muted_of(interaction: Interaction, integration: Integration, told: Sequence[runs.Run]) -> dict[str, int]:
    """How many people of each of some runs have a problem that is muted today."""
    services = interaction.services
    return await count_muted(services.database, integration.id, told, services.clock().date())


def attention_of(latest: Sequence[runs.Run], muted: Mapping[str, int]) -> list[int]:
    """How many people needed somebody after each of the last syncs of employees, the oldest first."""
    done = [run for run in latest if run.kind is RunKind.SYNC and run.state is RunState.DONE]
    told = [run for run in done if run.resource == Resource.EMPLOYEES][:MOST_DRAWN]
    return [sum(run.counts.get(kind.value, 0) for kind in PROBLEMS) - muted.get(run.id, 0) for run in reversed(told)]


def _active_kind(run: runs.Run) -> str:
    """The last part of `card.active.<kind>`."""
    return Resource.ABSENCE.value if run.resource == Resource.ABSENCE else run.kind.value


def _absence(
    interaction: Interaction, standing: AbsenceCard, chosen: LeaveSettings, own: schedules.Schedule | None
) -> AbsenceCard:
    said = "" if chosen.with_employees else described_schedule(interaction, own)
    next_run = own.next_run_at if own is not None and own.enabled and not chosen.with_employees else None
    return replace(standing, schedule=said, next_run=next_run)


def _leave_of(stored: StoredLeaveSettings | None) -> LeaveSettings:
    return LeaveSettings.from_json(stored.settings) if stored is not None else LeaveSettings()


def described_schedule(interaction: Interaction, stored: schedules.Schedule | None) -> str:
    """A stored schedule, or that there is none, in one line of mrkdwn."""
    t = interaction.t
    return schedule_view.described(t, schedule_choice(stored, str(t.timezone), interaction.services.clock()))


def _until(known: Mapping[str, date], integration: Integration) -> date | None:
    """The last day on which both the target's and the source's credentials are good, as far as it is known."""
    return min((known[whose] for whose in (integration.id, SOURCE) if whose in known), default=None)


def _last(run: runs.Run | None) -> LastRun | None:
    if run is None or run.finished_at is None:
        return None
    return LastRun(kind=run.kind.value, state=run.state.value, finished_at=run.finished_at, counts=dict(run.counts))
