"""How much an integration says: which runs are reported, who is called, summaries, and approval by a second person."""

from __future__ import annotations

from datetime import time

from slack_sdk.models.blocks import Block

from bot.core.text import Markup
from bot.domain.notification_policy import NOBODY, OWNER, NotificationPolicy, Verbosity
from bot.locales import Translator
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.shared.schedule import DAYS, day_name
from bot.views.wizard import Frame, form

NOISE = "attention.noise"
CALLS = "attention.calls"
PERSON = "attention.person"
WEEKLY = "attention.weekly"
TIME = "attention.time"
APPROVAL = "attention.approval"
KEPT = "attention.kept"

CHOSEN = "person"
"""The choice of somebody by name."""

NEVER = "never"
LONGEST = "longest"
KEPT_DAYS = (7, 14, 30, 60, 90, 180, 365)
"""For how many days details of people can be kept, where the installation keeps them longer."""

FOUR_EYES = "four_eyes"


def attention(frame: Frame, rules: NotificationPolicy, owner: str, kept: int | None, longest: int) -> View:
    """The form; a person is asked for only where one is to be chosen. `calls` is "" before that is done.

    `kept` is for how many days details of people are kept, None for as long as the installation does: `longest`.
    """
    t = frame.t
    calls = rules.calls if rules.calls in (OWNER, NOBODY) else CHOSEN
    shown: list[Block] = [
        b.section(t.md("attention.intro")),
        b.radio(
            NOISE,
            t("attention.noise"),
            [b.option(each, t(f"attention.noise.{each}"), t(f"attention.noise.{each}.about")) for each in Verbosity],
            chosen=rules.noise,
        ),
        b.radio(
            CALLS,
            t("attention.calls"),
            [b.option(each, t(f"attention.calls.{each}")) for each in (OWNER, CHOSEN, NOBODY)],
            chosen=calls,
            refresh=True,
        ),
        b.context(t.md("attention.calls.about", owner=Markup(f"<@{owner}>"))),
    ]
    if calls == CHOSEN:
        shown.append(b.user_input(PERSON, t("attention.person"), initial=rules.calls, hint=t("attention.person.hint")))
    days = [b.option(NEVER, t("attention.weekly.never")), *(b.option(day, day_name(t, day)) for day in DAYS)]
    shown += [
        b.menu(WEEKLY, t("attention.weekly"), days, chosen=rules.weekly or NEVER, hint=t("attention.weekly.hint")),
        b.time_input(TIME, t("attention.time"), rules.time, hint=t("attention.time.hint", zone=rules.timezone)),
        b.check_boxes(
            APPROVAL,
            t("attention.approval"),
            [b.option(FOUR_EYES, t("attention.four_eyes"))],
            chosen=[FOUR_EYES] if rules.four_eyes else [],
            hint=t("attention.four_eyes.hint"),
            optional=True,
        ),
        _kept(t, kept, longest),
    ]
    return form(frame, t("attention.title"), shown, submit=t("attention.save"))


def _kept(t: Translator, kept: int | None, longest: int) -> Block:
    shorter = [b.option(str(days), t("attention.kept.days", n=days)) for days in KEPT_DAYS if days < longest]
    options = [*shorter, b.option(LONGEST, t("attention.kept.longest", n=longest))]
    chosen = str(kept) if kept is not None and kept < longest else LONGEST
    return b.menu(KEPT, t("attention.kept"), options, chosen=chosen, hint=t("attention.kept.hint"))


def described(t: Translator, rules: NotificationPolicy) -> str:
    """The rules in one line of mrkdwn: "only changes; weekly summary on monday, 08:00; approval by a second person"."""
    parts = [t.md(f"attention.described.{rules.noise}", time=_clock(t, rules))]
    if rules.weekly:
        parts.append(t.md("attention.described.weekly", day=day_name(t, rules.weekly), time=_clock(t, rules)))
    if rules.four_eyes:
        parts.append(t.md("attention.described.four_eyes"))
    return "; ".join(parts)


def _clock(t: Translator, rules: NotificationPolicy) -> str:
    hour, minute = (int(part) for part in rules.time.split(":"))
    return t.value(time(hour, minute))
