"""An integration at a glance: its state, last result, next run, and what can be done with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from slack_sdk.models.blocks import Block, ButtonElement, ConfirmObject
from slack_sdk.models.blocks.block_elements import InteractiveElement

from bot.core.text import Markup
from bot.domain.resource import LeaveForm
from bot.locales import Translator
from bot.providers.registry import leave_form
from bot.views import blocks as b
from bot.views.shared.next_steps import ABSENCE, PREVIEW, SYNC, next_steps, preview_step

SETUP = "integration.setup"
STATUS = "integration.status"
HELP = "integration.help"
SCOPE = "integration.scope"
SCHEDULE = "integration.schedule"
CHANNEL = "integration.channel"
REPORTS = "integration.reports"
OWNER = "integration.owner"
CHECK = "integration.check"
COPY = "integration.copy"
CREDENTIALS = "integration.credentials"
PAUSE = "integration.pause"
RESUME = "integration.resume"
REMOVE = "integration.remove"
MAPPING = "integration.mapping"
THRESHOLDS = "integration.thresholds"
CONFLICTS = "integration.conflicts"
HISTORY = "integration.history"
AUDIT = "integration.audit"
FULL = "integration.full"
FILE = "integration.file"
PREVIEW_ABSENCE = "integration.preview_absence"
SYNC_ABSENCE = "integration.sync_absence"
PERSON = "integration.person"
ACCESS = "integration.access"
MORE = "integration.more"
SETTINGS = "integration.settings"
RESOLVE = "run.resolve"
LEAVE_OUT = "run.leave_out"
CANCEL_RUN = "run.cancel"
APPROVE_RUN = "run.approve"
REFUSE_RUN = "run.refuse"
PLAN = "run.plan"
UNDO = "run.undo"
WORDS = "run.words"
APPLY_PREVIEW = "run.apply"
PREVIEW_EVERYONE = "integration.preview_everyone"

COUNTED = {
    kind: f"card.count.{kind}"
    for kind in (
        *("created", "updated", "unchanged", "skipped"),
        *("blocked", "conflict", "failed", "unknown", "cancelled"),
    )
}
"""The outcomes that are told, in this order, and their texts."""

TO_COME = {"created": "card.count.create", "updated": "card.count.update"}
"""Those that a preview only predicts: it writes nothing."""

URGENT = (
    *("needs_reconnect", "waiting", "failed", "conflict", "unknown", "expired", "blocked", "import", "expiring"),
    None,
)
"""Reasons why an integration needs a person, the most urgent first."""

SOON_DAYS = 30
"""From how many days before their end on the credentials need attention."""


OF_EMPLOYEES = (MAPPING, THRESHOLDS, CONFLICTS)
"""What there is for employees alone."""

WAYS_OUT = {"paused": ("card.resume", RESUME), "needs_reconnect": ("card.reconnect", CREDENTIALS)}
"""States in which nothing is synced, with the button that mends it: its text and its action."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """The latest ended run of an integration: its kind, end state, and how many people came out how; `muted` are
    those in none of the counts whose known problem need not be told."""

    kind: str
    state: str
    finished_at: datetime
    counts: dict[str, int]
    muted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceCard:
    """What an overview tells of absence where the target takes it. `schedule` is a mrkdwn line, "" where it goes with
    the employees; `last` is the latest ended run of it."""

    on: bool = False
    schedule: str = ""
    next_run: datetime | None = None
    last: LastRun | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an integration stands: enough to name it, and to put what needs somebody first.

    `last` is the latest ended run; `until` is the last day on which its credentials, or the source's, are good, as far
    as somebody has told; `days_left` how many days there are until then, negative once it is over. `absence` is None
    where the target takes none; all else, but for the run that is under way, is of the employees. Where absence is all
    that is sent (`absence_alone`), it is what all is of. `files_waiting` are files and lists of absence of which nobody
    has said that they are in payroll.
    """

    id: str
    name: str
    provider: str
    company: str
    state: str
    last: LastRun | None = None
    active_run: str | None = None
    active_kind: str | None = None
    waiting: bool = False
    until: date | None = None
    days_left: int | None = None
    absence: AbsenceCard | None = None
    absence_alone: bool = False
    files_waiting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Card(Standing):
    """What an overview tells of one integration. `scope`, `schedule`, `reports` and `picture` are mrkdwn lines.

    `delivers` offers to deliver everyone once more, `hands_out` to have them as a file.
    `menu` is what waits behind the three dots: action ids whose last part names the text `card.more.<word>`.
    """

    environment: str
    channel_id: str
    scope: str
    schedule: str
    reports: str = ""
    owner_id: str = ""
    next_run: datetime | None = None
    picture: str = ""
    delivers: bool = False
    hands_out: bool = False
    menu: tuple[str, ...] = ()


Shown = TypeVar("Shown", bound=Standing)


def card(
    t: Translator,
    card: Card,
    *,
    may_manage: bool,
    more: Sequence[Block] = (),
    detailed: bool = False,
    called: bool = False,
) -> list[Block]:
    """The integration's lines, what else is told of it, and, for those who may, its buttons: what is next, a sync, its
    settings, and the rest behind three dots.

    Where `more` is all there is to tell (`detailed`), the details are not offered; where attention was `called` to it
    already, why is not said again.
    """
    blocks: list[Block] = [b.section(_lines(t, card, called=called)), *more]
    if may_manage:
        blocks.append(b.actions(*_buttons(t, card, detailed=detailed), block_id=f"card.{card.id}"))
    return blocks


def in_order(cards: Sequence[Shown]) -> list[Shown]:
    """What needs attention first, the most urgent of it at the top, then by name."""
    return sorted(cards, key=lambda one: (URGENT.index(urgency(one)), one.name.casefold()))


def urgency(card: Standing) -> str | None:
    """Why an integration needs a person, the last part of `card.attention.<reason>`; None when it does not."""
    if card.state == "needs_reconnect":
        return "needs_reconnect"
    if card.waiting:
        return "waiting"
    reasons = set(_end_of_credentials(card)) | ({"import"} if card.files_waiting else set())
    if card.absence is not None and card.absence.on and card.absence.last and not card.active_run:
        reasons |= {"failed"} if card.absence.last.state == "failed" and card.state != "paused" else set()
    if card.last is not None and not card.active_run and card.state != "paused":
        failed = card.last.state == "failed"
        reasons |= {"failed"} if failed else {"conflict", "unknown", "blocked"} & set(+Counter(card.last.counts))
    return next((reason for reason in URGENT if reason in reasons), None)


def _end_of_credentials(card: Standing) -> tuple[str, ...]:
    if card.days_left is None or card.days_left > SOON_DAYS:
        return ()
    return ("expiring",) if card.days_left >= 0 else ("expired",)


def attention(t: Translator, card: Card, *, may_manage: bool) -> Block:
    """Why an integration needs a person, in one line, with the button that leads there."""
    reason = urgency(card)
    reconnects = reason in ("needs_reconnect", "expired", "expiring")
    label = t("card.reconnect" if reconnects else "card.more.history")
    action_id = CREDENTIALS if reconnects else HISTORY
    button = b.button(label, action_id, value=card.id, spoken=f"{label}: {card.name}") if may_manage else None
    said = t.md("home.attention.line", name=card.name, reason=Markup(_reason(t, card, str(reason))))
    return b.section(said, accessory=button, block_id=f"attention.{card.id}")


def _reason(t: Translator, card: Card, reason: str) -> str:
    n = card.last.counts.get(reason, 0) if card.last else 0
    n = card.files_waiting if reason == "import" else n
    blocked = card.last.counts.get("blocked", 0) if card.last else 0
    key = "conflict.and" if reason == "conflict" and blocked else reason
    channel = Markup(f"<#{card.channel_id}>")
    return t.md(f"card.attention.{key}", n=n, channel=channel, day=card.until, blocked=blocked)


def _lines(t: Translator, card: Card, *, called: bool) -> str:
    name = t.md("card.name", name=card.name, system=t(f"{card.provider}.name"), company=card.company)
    if card.environment != "production":
        name += f"  ·  {t.md('setup.company.test')}"
    lines = [
        name,
        t.md("card.state", state=Markup(t.md(f"card.state.{card.state}"))),
        t.md("card.scope", scope=Markup(card.scope)),
    ]
    if card.absence_alone:
        lines.insert(2, t.md("card.absence.only"))
    reason = urgency(card)
    if reason and not called:
        lines.insert(1, _reason(t, card, reason))
    if card.active_run and card.active_kind:
        key = "card.waiting" if card.waiting else f"card.active.{card.active_kind}"
        lines.append(t.md(key, channel=Markup(f"<#{card.channel_id}>")))
    form = leave_form(card.provider)
    lines.append(_last_of_absence(t, card.last, form) if card.absence_alone else _last(t, card.last))
    lines += [card.picture] if card.picture else []
    if card.next_run and card.state != "paused":
        lines.append(t.md("card.next", when=b.moment(t, card.next_run), schedule=Markup(card.schedule)))
    else:
        lines.append(t.md("card.schedule", schedule=Markup(card.schedule)))
    if card.absence is not None:
        lines.append(_absence(t, card.absence, form, by_hand=card.next_run is None, paused=card.state == "paused"))
    lines.append(t.md("card.channel", channel=Markup(f"<#{card.channel_id}>")))
    if card.reports:
        lines.append(t.md("card.reports", reports=Markup(card.reports)))
    if card.until and reason not in ("expiring", "expired"):
        lines.append(t.md("card.until", day=card.until))
    return "\n".join(lines)


def _last(t: Translator, last: LastRun | None) -> str:
    if last is None:
        return t.md("card.last.never")
    when = b.moment(t, last.finished_at)
    if last.state != "done":
        return t.md(f"card.last.{last.kind}.{last.state}", when=when)
    return t.md(f"card.last.{last.kind}", when=when, counts=Markup(counted(t, last)))


def _absence(t: Translator, absence: AbsenceCard, form: LeaveForm, *, by_hand: bool, paused: bool) -> str:
    if not absence.on:
        return t.md("card.absence.off")
    said = t.md("card.absence.by_hand" if by_hand and not paused else "card.absence.on")
    if absence.schedule:
        said = t.md("card.absence.own", schedule=Markup(absence.schedule))
    if absence.next_run and not paused:
        said = t.md("card.absence.next", when=b.moment(t, absence.next_run), schedule=Markup(absence.schedule))
    if absence.last is None:
        return said
    return f"{said}\n{_last_of_absence(t, absence.last, form)}"


def _last_of_absence(t: Translator, last: LastRun | None, form: LeaveForm) -> str:
    if last is None:
        return t.md("card.last.never")
    counts = counted(t, last, form) if last.state == "done" else ""
    when = b.moment(t, last.finished_at)
    made = form.suffix if (last.kind, last.state) == ("sync", "done") and last.counts.get("updated") else ""
    return t.md(f"card.absence.last.{last.kind}.{last.state}{made}", when=when, counts=Markup(counts))


def counted(t: Translator, last: LastRun, form: LeaveForm | None = None) -> str:
    """How many people came out how, as one line of mrkdwn; `form` is that of a run of absence, which tells of nobody
    where nothing differs."""
    keys = COUNTED | TO_COME if last.kind == "preview" else dict(COUNTED)
    if form is not None:
        keys["updated"] += form.suffix
    parts = tuple(t.md(key, n=n) for kind, key in keys.items() if (n := last.counts.get(kind, 0)))
    parts += (t.md("card.count.muted", n=last.muted),) if last.muted else ()
    none = "card.count.none" if form is None else "card.absence.count.none"
    return t.value(parts) if parts else t.md(none)


def _buttons(t: Translator, card: Card, *, detailed: bool) -> list[InteractiveElement]:
    def labelled(
        key: str, action_id: str, style: str | None = None, confirm: ConfirmObject | None = None
    ) -> ButtonElement:
        label = t(key)
        spoken = f"{label}: {card.name}"
        return b.button(label, action_id, value=card.id, style=style, confirm=confirm, spoken=spoken)

    buttons: list[InteractiveElement] = []
    if card.active_run:
        buttons.append(b.button(t("card.cancel_run"), CANCEL_RUN, value=card.active_run, style="danger"))
    elif card.state == "needs_reconnect":
        buttons.append(labelled("card.reconnect", CREDENTIALS, "primary"))
    elif card.state == "paused":
        buttons.append(labelled("card.resume", RESUME, "primary"))
    elif _end_of_credentials(card):
        buttons += [preview_step(t, card.id), labelled("card.reconnect", CREDENTIALS)]
    else:
        buttons += next_steps(t, card.id)
    buttons.append(labelled("card.settings", SETTINGS))
    return [*buttons, *_menu(t, card, detailed=detailed)]


def _menu(t: Translator, card: Card, *, detailed: bool) -> list[InteractiveElement]:
    """What is done more rarely; a choice's value is `<action id>:<integration id>`."""
    idle = card.state in ("paused", "needs_reconnect")
    without = {PAUSE} if idle else set()
    without |= {STATUS} if detailed else set()
    shown = [action for action in card.menu if action not in without]
    offered = [b.option(f"{action}:{card.id}", t(f"card.more.{action.rpartition('.')[2]}")) for action in shown]
    return [b.overflow(MORE, offered)] if offered else []


__all__ = [
    "ABSENCE",
    "APPROVE_RUN",
    "CANCEL_RUN",
    "CHANNEL",
    "CREDENTIALS",
    "PAUSE",
    "PREVIEW",
    "REMOVE",
    "REPORTS",
    "RESUME",
    "SCHEDULE",
    "SCOPE",
    "SETUP",
    "SYNC",
    "Card",
    "LastRun",
    "Standing",
    "card",
    "in_order",
]
