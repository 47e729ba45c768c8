"""The schedule steps: by hand or at chosen times, and are you sure."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.handlers.answers import Answers
from bot.handlers.flow import At, Forward, Step, Turn
from bot.handlers.visit import Entered
from bot.jobs.schedule import Schedule, in_order, offset_seconds
from bot.text import Text, text
from bot.views import schedule as views
from bot.views.blocks import View
from bot.views.flow import confirmation
from bot.views.schedule import ScheduleChoice
from storage import schedules
from storage.codec import Json
from storage.database import Session

SKIPPED_HOUR = 2
"""In Europe the clocks change between 02:00 and 03:00: that hour is skipped once a year and repeated once."""


class ScheduleStep(Step):
    """When to sync."""

    name = "schedule"

    async def view(self, at: At) -> View:
        """Manual or scheduled, and the details."""
        return views.schedule(at.frame(self), at.answers.schedule)

    def take(self, at: At, entered: Entered) -> Mapping[str, Text]:
        """A change makes an earlier confirmation void."""
        answers = at.answers
        errors: dict[str, Text] = {}
        was_scheduled = answers.scheduled
        answers.scheduled = entered.get(views.MODE) == "scheduled"
        if answers.scheduled != was_scheduled and "untested" in answers.confirmed:
            answers.confirmed.remove("untested")
        if views.WEEKDAYS in entered:
            chosen = entered[views.WEEKDAYS]
            days = in_order([str(day) for day in chosen]) if isinstance(chosen, tuple) else ()
            if days:
                answers.weekdays = days
            else:
                errors[views.WEEKDAYS] = text("schedule.weekdays.empty")
        if views.TIME in entered:
            chosen_time = entered[views.TIME]
            if not isinstance(chosen_time, str):
                errors[views.TIME] = text("schedule.time.empty")
            elif int(chosen_time.split(":")[0]) == SKIPPED_HOUR:
                errors[views.TIME] = text("schedule.time.night")
            else:
                answers.time = chosen_time
        zone = entered.get(views.ZONE)
        if isinstance(zone, str) and _exists(zone):
            answers.timezone = zone
        return errors if answers.scheduled else {}


class Untested(Step):
    """A schedule before any clean sync: sure?"""

    name = "untested"
    question = True

    def applies(self, at: At) -> bool:
        """Only before the first clean sync."""
        return at.answers.scheduled and not at.answers.tested

    async def view(self, at: At) -> View:
        """The question."""
        t = at.visit.t
        return confirmation(
            at.frame(self),
            t("untested.title"),
            text("untested.question"),
            text("untested.advice"),
            yes=t("untested.yes"),
        )

    async def proceed(self, at: At) -> Turn:
        """Noted here, recorded with what it allows."""
        at.answers.confirmed.append(self.name)
        return Forward()


async def put_schedule(s: Session, at: At, integration_id: str) -> schedules.Schedule | None:
    """Store the chosen schedule with its next run, or remove it when syncs are started by hand."""
    answers = at.answers
    if not answers.scheduled:
        await schedules.delete(s, integration_id)
        return None
    offset = offset_seconds(integration_id)
    chosen = chosen_schedule(answers)
    return await schedules.put(
        s,
        schedules.Schedule(
            integration_id=integration_id,
            weekdays=chosen.weekdays,
            hour=chosen.hour,
            minute=chosen.minute,
            timezone=chosen.timezone,
            offset_seconds=offset,
            next_run_at=chosen.next_run(at.visit.services.clock(), offset),
        ),
    )


def chosen_schedule(answers: Answers) -> Schedule:
    """The answers as a schedule that can be calculated with."""
    hour, minute = (int(part) for part in answers.time.split(":"))
    return Schedule(answers.weekdays, hour, minute, answers.timezone)


def audited(chosen: ScheduleChoice) -> dict[str, Json]:
    """A schedule for the audit."""
    if not chosen.scheduled:
        return {"scheduled": False}
    return {
        "scheduled": True,
        "weekdays": list(chosen.weekdays),
        "time": chosen.time,
        "timezone": chosen.timezone,
    }


def _exists(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True
