"""The schedule steps: by hand or at chosen times, and are you sure."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from slack_sdk.models.blocks import Option as OptionModel

from bot.core.text import Text, text
from bot.domain.resource import Resource
from bot.handlers.framework.interaction import Entered, Interaction
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.services import Services
from bot.handlers.framework.wizard import Next, StepContext, Turn, WizardStep
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.shared.drafts import ScheduleDraft
from bot.jobs.scheduling import calendar
from bot.jobs.scheduling.schedule import SlotSchedule, in_order, offset_seconds
from bot.views.blocks import View
from bot.views.shared import schedule as views
from bot.views.shared import time_zones
from bot.views.shared.schedule import ScheduleChoice
from bot.views.wizard import StepProblem, confirmation
from storage import schedules
from storage.database import Session
from storage.json_codec import Json

SHOWN_RUNS = 3
A_WEEK = timedelta(days=6)


def register(listeners: AuthorizedListeners, runner: WizardRunner) -> None:
    """The two searches of the schedule step; a choice in them shows the next runs anew."""

    async def zone_search(interaction: Interaction) -> Sequence[OptionModel]:
        return time_zones.zone_options(interaction.t, interaction.query, calendar.zones(), interaction.services.clock())

    async def country_search(interaction: Interaction) -> Sequence[OptionModel]:
        return time_zones.country_options(interaction.t, interaction.query, calendar.countries())

    listeners.options(views.ZONE, zone_search, runner.action_of)
    listeners.action(views.ZONE, runner.refresh, runner.action_of)
    listeners.options(views.HOLIDAYS, country_search, runner.action_of)
    listeners.action(views.HOLIDAYS, runner.refresh, runner.action_of)


class ScheduleStep(WizardStep[ScheduleDraft]):
    """When to sync."""

    name = "schedule"

    async def view(self, context: StepContext[ScheduleDraft]) -> View:
        """Manual or scheduled, the details, and the runs that follow from them."""
        chosen, now = context.answers.schedule, context.interaction.services.clock()
        wrong = _wrong(chosen, _today(context)) if chosen.scheduled else {}
        for field, said in wrong.items():
            context.problem = context.problem or StepProblem(text=said, field=field, level="warning")
        runs: Sequence[datetime] = ()
        if chosen.scheduled and not wrong:
            runs = chosen_schedule(context.answers).next_runs(now, 0, SHOWN_RUNS)
        usual = context.interaction.services.settings.catch_up_hours
        return views.schedule(context.frame(self), chosen, now, runs, usual, context.interaction.t(self.submit_key))

    @property
    def submit_key(self) -> str:
        """The label of the button that goes on."""
        return "flow.next"

    def take(self, context: StepContext[ScheduleDraft], entered: Entered) -> Mapping[str, Text]:
        """A change makes an earlier confirmation void."""
        answers, interaction = context.answers, context.interaction
        chosen = _entered(entered, answers.schedule, interaction.services)
        if chosen.scheduled != answers.scheduled and "untested" in answers.confirmed:
            answers.confirmed.remove("untested")
        answers.choose(chosen)
        return _wrong(chosen, _today(context)) if chosen.scheduled else {}


class UntestedStep(WizardStep[ScheduleDraft]):
    """A schedule before any clean sync: sure?"""

    name = "untested"
    question = True

    def applies(self, context: StepContext[ScheduleDraft]) -> bool:
        """Only before the first clean sync."""
        return context.answers.scheduled and not context.answers.tested

    async def view(self, context: StepContext[ScheduleDraft]) -> View:
        """The question."""
        t = context.interaction.t
        return confirmation(
            context.frame(self),
            t("untested.title"),
            text("untested.question"),
            text("untested.advice"),
            yes=t("untested.yes"),
        )

    async def proceed(self, context: StepContext[ScheduleDraft]) -> Turn:
        """Noted here, recorded with what it allows."""
        context.answers.confirmed.append(self.name)
        return Next()


async def put_schedule(
    session: Session,
    context: StepContext[ScheduleDraft],
    integration_id: str,
    resource: Resource = Resource.EMPLOYEES,
) -> schedules.Schedule | None:
    """Store the chosen schedule with its next run, or remove it when syncs are started by hand."""
    answers = context.answers
    if not answers.scheduled:
        await schedules.delete(session, integration_id, resource=resource)
        return None
    offset = offset_seconds(integration_id)
    chosen = chosen_schedule(answers)
    return await schedules.put(
        session,
        schedules.Schedule(
            integration_id=integration_id,
            weekdays=chosen.weekdays,
            hour=chosen.hour,
            minute=chosen.minute,
            timezone=chosen.timezone,
            offset_seconds=offset,
            next_run_at=chosen.next_run(context.interaction.services.clock(), offset),
            holidays=chosen.holidays,
            paused=chosen.paused,
            late_hours=answers.late_hours,
            changed_by=context.interaction.user_id,
            resource=resource,
        ),
    )


def chosen_schedule(answers: ScheduleDraft) -> SlotSchedule:
    """The answers as a schedule that can be calculated with."""
    hour, minute = (int(part) for part in answers.time.split(":"))
    return SlotSchedule(answers.weekdays, hour, minute, answers.timezone, answers.holidays, answers.paused)


def audited(chosen: ScheduleChoice) -> dict[str, Json]:
    """A schedule for the audit."""
    if not chosen.scheduled:
        return {"scheduled": False}
    return {
        "scheduled": True,
        "weekdays": list(chosen.weekdays),
        "time": chosen.time,
        "timezone": chosen.timezone,
        "holidays": chosen.holidays,
        "paused": [day.isoformat() for day in chosen.paused] if chosen.paused else None,
        "late_hours": chosen.late_hours,
    }


def _wrong(chosen: ScheduleChoice, today: date) -> dict[str, Text]:
    """What a schedule cannot be, by field."""
    wrong: dict[str, Text] = {}
    if not chosen.weekdays:
        wrong[views.WEEKDAYS] = text("schedule.weekdays.empty")
    at_time = time.fromisoformat(chosen.time)
    change = calendar.clock_change(chosen.timezone, at_time, today)
    if change is not None:
        key = "schedule.time.repeated" if change.repeated else "schedule.time.skipped"
        wrong[views.TIME] = text(
            key, time=at_time, day=change.day, zone=chosen.timezone, start=change.start, end=change.end
        )
    if chosen.paused is not None:
        first, last = chosen.paused
        if last < first:
            wrong[views.PAUSE_UNTIL] = text("schedule.pause.backwards")
        elif last < today:
            wrong[views.PAUSE_UNTIL] = text("schedule.pause.over")
    return wrong


def _entered(entered: Entered, before: ScheduleChoice, services: Services) -> ScheduleChoice:
    """The schedule as the form has it; what the form does not show, or has empty where it must not be, stays."""
    timezone = _of(calendar.zones(), entered.get(views.ZONE)) or before.timezone
    days, at_time, country = (entered.get(field) for field in (views.WEEKDAYS, views.TIME, views.HOLIDAYS))
    return ScheduleChoice(
        scheduled=entered.get(views.MODE) == "scheduled",
        weekdays=in_order([str(day) for day in days]) if isinstance(days, tuple) else before.weekdays,
        time=at_time if isinstance(at_time, str) else before.time,
        timezone=timezone,
        holidays=_of(calendar.countries(), country) if isinstance(country, str) else before.holidays,
        paused=_pause(entered, before.paused, calendar.local_day(services.clock(), timezone)),
        late_hours=_late_hours(entered.get(views.LATE), before.late_hours, services.settings.catch_up_hours),
    )


def _of(known: Container[str], value: object) -> str | None:
    return value if isinstance(value, str) and value in known else None


def _late_hours(late: object, before: int | None, usual: int) -> int | None:
    """The hours that were chosen; as long as nobody has chosen others than the usual, whatever is usual."""
    if not isinstance(late, str) or (before is None and late == str(usual)):
        return before
    return int(late)


def _pause(entered: Entered, before: tuple[date, date] | None, today: date) -> tuple[date, date] | None:
    """The days of the pause; a week from today until others are chosen."""
    if views.PAUSE not in entered:
        return before
    if not entered[views.PAUSE]:
        return None
    first, last = (_day(entered.get(field)) for field in (views.PAUSE_FROM, views.PAUSE_UNTIL))
    first = first or today
    return first, last or first + A_WEEK


def _day(entered: object) -> date | None:
    return date.fromisoformat(entered) if isinstance(entered, str) else None


def _today(context: StepContext[ScheduleDraft]) -> date:
    return calendar.local_day(context.interaction.services.clock(), context.answers.timezone)
