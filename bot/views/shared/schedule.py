"""By hand or at chosen times: weekdays, time of day, time zone, and the days without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from slack_sdk.models.blocks import Block

from bot.core.text import Markup
from bot.locales import Translator
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.shared import time_zones
from bot.views.wizard import Frame, form

MODE = "schedule.mode"
WEEKDAYS = "schedule.weekdays"
TIME = "schedule.time"
ZONE = "schedule.zone"
HOLIDAYS = "schedule.holidays"
PAUSE = "schedule.pause"
PAUSE_FROM = "schedule.pause.from"
PAUSE_UNTIL = "schedule.pause.until"

LATE = "schedule.late"

LATE_HOURS = (1, 6, 12, 24, 48, 72, 168)
"""Hours to choose from."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleChoice:
    """What was chosen. `time` is HH:MM in `timezone` (IANA); `weekdays` are of `DAYS`.

    `holidays` is the country (ISO 3166-1 alpha-2) on whose public holidays nothing is synced; `paused` are the first
    and the last day of a pause. A missed sync begins by itself up to `late_hours` after its time, None for as long as
    the operator has set.
    """

    scheduled: bool
    weekdays: tuple[str, ...]
    time: str
    timezone: str
    holidays: str | None = None
    paused: tuple[date, date] | None = None
    late_hours: int | None = None


def schedule(
    frame: Frame, chosen: ScheduleChoice, now: datetime, next_runs: Sequence[datetime], usual_late: int, submit: str
) -> View:
    """Manual or scheduled; the details only where they matter. Every choice is shown with what follows from it.

    `usual_late` are the operator's hours of lateness.
    """
    t = frame.t
    modes = [
        b.option("manual", t("schedule.mode.manual"), t("schedule.mode.manual.about")),
        b.option("scheduled", t("schedule.mode.scheduled"), t("schedule.mode.scheduled.about")),
    ]
    mode = "scheduled" if chosen.scheduled else "manual"
    shown: list[Block] = [
        b.section(t.md("schedule.intro")),
        b.radio(MODE, t("schedule.mode"), modes, chosen=mode, refresh=True),
    ]
    if chosen.scheduled:
        shown.append(b.section(t.md("schedule.guarded")))
        shown += _details(t, chosen, now, usual_late)
        if next_runs:
            shown.append(b.section(t.md("schedule.next", when=tuple(b.moment(t, each) for each in next_runs))))
    return form(frame, t("schedule.title"), shown, submit=submit)


def _details(t: Translator, chosen: ScheduleChoice, now: datetime, usual_late: int) -> list[Block]:
    late = usual_late if chosen.late_hours is None else chosen.late_hours
    shown = [
        b.check_boxes(
            WEEKDAYS,
            t("schedule.weekdays"),
            [b.option(day, day_name(t, day)) for day in DAYS],
            chosen=chosen.weekdays,
            refresh=True,
        ),
        b.time_input(TIME, t("schedule.time"), chosen.time, hint=t("schedule.time.hint"), refresh=True),
        b.search_one(
            ZONE,
            t("schedule.zone"),
            ZONE,
            chosen=time_zones.zone_option(chosen.timezone, now),
            placeholder=t("schedule.zone.placeholder"),
            hint=t("schedule.zone.hint"),
            min_query_length=0,
            refresh=True,
        ),
        b.search_one(
            HOLIDAYS,
            t("schedule.holidays"),
            HOLIDAYS,
            chosen=time_zones.country_option(t, chosen.holidays),
            placeholder=t("schedule.holidays.placeholder"),
            hint=t("schedule.holidays.hint"),
            min_query_length=0,
            refresh=True,
        ),
        b.menu(
            LATE,
            t("schedule.late"),
            [b.option(str(n), t("schedule.late.hours", hours=n)) for n in sorted({*LATE_HOURS, late})],
            chosen=str(late),
            hint=t("schedule.late.hint"),
        ),
        b.check_boxes(
            PAUSE,
            t("schedule.pause"),
            [b.option("yes", t("schedule.pause.yes"), t("schedule.pause.about"))],
            chosen=("yes",) if chosen.paused else (),
            optional=True,
            refresh=True,
        ),
    ]
    if chosen.paused:
        first, last = chosen.paused
        shown += [
            b.date_input(PAUSE_FROM, t("schedule.pause.from"), initial=first, refresh=True),
            b.date_input(
                PAUSE_UNTIL, t("schedule.pause.until"), initial=last, hint=t("schedule.pause.until.hint"), refresh=True
            ),
        ]
    return shown


def described(t: Translator, chosen: ScheduleChoice) -> str:
    """A schedule in one line: "monday and friday, shortly after 06:00 (Europe/Oslo), not on public holidays"."""
    if not chosen.scheduled:
        return t.md("schedule.described.manual")
    hour, minute = (int(part) for part in chosen.time.split(":"))
    at = t.value(time(hour, minute))
    if set(chosen.weekdays) == set(DAYS):
        said = t.md("schedule.described.daily", time=at, zone=chosen.timezone)
    else:
        days: Sequence[str] = [day_name(t, day) for day in DAYS if day in chosen.weekdays]
        said = t.md("schedule.described", days=tuple(days), time=at, zone=chosen.timezone)
    if chosen.holidays:
        country = time_zones.country_name(t, chosen.holidays)
        said = t.md("schedule.described.holidays", schedule=Markup(said), country=country)
    if chosen.paused:
        first, last = chosen.paused
        said = t.md("schedule.described.paused", schedule=Markup(said), first=first, last=last)
    return said


def day_name(t: Translator, day: str) -> str:
    """A weekday's name, in the reader's language."""
    return str(t.locale.days["stand-alone"]["wide"][DAYS.index(day)])
