"""By hand or at chosen times: weekdays, time of day and time zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from slack_sdk.models.blocks import Block

from bot.locales import Translator
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.flow import Frame, form

MODE = "schedule.mode"
WEEKDAYS = "schedule.weekdays"
TIME = "schedule.time"
ZONE = "schedule.zone"

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONES = (
    "Europe/Stockholm",
    "Europe/Oslo",
    "Europe/Copenhagen",
    "Europe/Helsinki",
    "Atlantic/Reykjavik",
    "Europe/London",
    "Europe/Amsterdam",
    "Europe/Berlin",
    "UTC",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleChoice:
    """What was chosen. `time` is HH:MM in `timezone` (IANA); `weekdays` are of `DAYS`."""

    scheduled: bool
    weekdays: tuple[str, ...]
    time: str
    timezone: str


def schedule(frame: Frame, chosen: ScheduleChoice, *, next_run: datetime | None = None) -> View:
    """Manual or scheduled; the details only where they matter."""
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
        zones = sorted({*ZONES, chosen.timezone}, key=lambda zone: (zone not in ZONES[:2], zone))
        shown += [
            b.check_boxes(
                WEEKDAYS,
                t("schedule.weekdays"),
                [b.option(day, day_name(t, day)) for day in DAYS],
                chosen=chosen.weekdays,
            ),
            b.time_input(TIME, t("schedule.time"), chosen.time, hint=t("schedule.time.hint")),
            b.menu(ZONE, t("schedule.zone"), [b.option(zone, zone) for zone in zones], chosen=chosen.timezone),
        ]
        if next_run:
            shown.append(b.context(t.md("schedule.next", when=b.moment(t, next_run))))
    return form(frame, t("schedule.title"), shown, submit=t("flow.next"))


def described(t: Translator, chosen: ScheduleChoice) -> str:
    """A schedule in one line: "monday and friday, shortly after 06:00 (Europe/Oslo)"."""
    if not chosen.scheduled:
        return t.md("schedule.described.manual")
    hour, minute = (int(part) for part in chosen.time.split(":"))
    at = t.value(time(hour, minute))
    if set(chosen.weekdays) == set(DAYS):
        return t.md("schedule.described.daily", time=at, zone=chosen.timezone)
    days: Sequence[str] = [day_name(t, day) for day in DAYS if day in chosen.weekdays]
    return t.md("schedule.described", days=tuple(days), time=at, zone=chosen.timezone)


def day_name(t: Translator, day: str) -> str:
    """A weekday's name, in the reader's language."""
    return str(t.locale.days["stand-alone"]["wide"][DAYS.index(day)])
