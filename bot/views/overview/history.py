"""The last runs of an integration, and what was done with it and by whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from slack_sdk.models.blocks import Block, StaticSelectElement
from slack_sdk.models.blocks.block_elements import InteractiveElement

from bot.core.text import Markup
from bot.domain.notification_policy import NOBODY, OWNER, NotificationPolicy
from bot.domain.resource import LeaveForm, Resource
from bot.domain.scope import Scope
from bot.locales import LANGUAGES, Translator
from bot.providers.protocol import split_office_key
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.edit.notifications import described
from bot.views.mrkdwn import cut_md
from bot.views.overview.cards import LastRun, counted
from bot.views.shared import scope as scope_view
from bot.views.shared.channel import language_name
from bot.views.shared.schedule import DAYS, day_name

AUDIT_PAGE = "audit.page"
AUDIT_FILTER, AUDIT_EXPORT = "audit.filter", "audit.export"
HISTORY_FILTER, HISTORY_EXPORT = "history.filter", "history.export"

EVERYTHING = "all"

AUDIT_GROUPS: Mapping[str, tuple[str, ...]] = {
    EVERYTHING: (),
    "runs": ("run", "leave", "leave_file"),
    "settings": (
        *("integration", "scope", "schedule", "channel", "mapping", "thresholds", "reports", "absence", "loosening"),
    ),
    "people": ("conflict", "problem", "person", "file"),
    "access": ("credentials", "source", "account", "access", "app", "workspace", "audit", "history"),
}
"""What the audit can be narrowed to: the first parts of the actions of each group."""

HISTORY_GROUPS = (EVERYTHING, "sync", "preview", "attention", "failed")
"""What the history can be narrowed to."""

ROWS_PER_SECTION = 5

LONG_ID, SHOWN_OF_ID = 8, 4
"""Characters of an account's id: with more than the one, the other is what is shown, from its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """A run for the list. `started_by` is a Slack user id, None for the schedule; `link` leads to its report;
    `resource` is what it is about; `form` what of absence is made."""

    kind: str
    state: str
    began: datetime
    counts: Mapping[str, int]
    started_by: str | None = None
    link: str | None = None
    resource: str = Resource.EMPLOYEES
    form: LeaveForm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """An entry of the audit. `integration` names it where a list has several; `provider` is its system's key.
    `company` is whose account it is about, where an integration says."""

    at: datetime
    actor: str
    action: str
    integration: str = ""
    provider: str = ""
    company: str = ""
    old: Mapping[str, Any] = field(default_factory=dict)
    new: Mapping[str, Any] = field(default_factory=dict)


def history(
    t: Translator, name: str, runs: Sequence[PastRun], integration_id: str, chosen: str = EVERYTHING, picture: str = ""
) -> View:
    """One line per run, the newest first; `picture` tells of the last syncs in one line."""
    narrow = _narrow(t, HISTORY_FILTER, "history.filter", HISTORY_GROUPS, chosen, integration_id)
    said = t.md("history.intro", name=name, n=len(runs))
    if not runs:
        said = t.md("history.none" if chosen == EVERYTHING else "history.none.filtered", name=name)
    shown: list[Block] = [b.section(said)]
    if runs or chosen != EVERYTHING:
        shown.append(b.actions(narrow, _export(t, HISTORY_EXPORT, integration_id, chosen), block_id="history.narrow"))
    if picture:
        shown.append(b.context(picture))
    shown += _sections([_run(t, run) for run in runs])
    return b.modal(t("history.title"), shown, close=t("flow.close"))


def audit(
    t: Translator,
    about: str,
    deeds: Sequence[Deed],
    older: str | None,
    newest: str | None,
    *,
    which: str = EVERYTHING,
    chosen: str = EVERYTHING,
) -> View:
    """A page of the audit; `older` and `newest` are the values of the buttons that turn it, `which` the integration."""
    narrow = _narrow(t, AUDIT_FILTER, "audit.filter", tuple(AUDIT_GROUPS), chosen, which)
    shown: list[Block] = [
        b.section(t.md("audit.intro", name=about) if about else t.md("audit.intro.all")),
        b.actions(narrow, _export(t, AUDIT_EXPORT, which, chosen), block_id="audit.narrow"),
    ]
    if not deeds:
        shown.append(b.section(t.md("audit.none")))
    shown += _sections([_deed(t, deed) for deed in deeds])
    turns = []
    if newest is not None:
        turns.append(b.button(t("audit.newest"), f"{AUDIT_PAGE}.newest", value=newest))
    if older is not None:
        turns.append(b.button(t("audit.older"), f"{AUDIT_PAGE}.older", value=older))
    if turns:
        shown.append(b.actions(*turns, block_id="audit.pages"))
    return b.modal(t("audit.title"), shown, close=t("flow.close"))


def _narrow(
    t: Translator, action_id: str, words: str, groups: Sequence[str], chosen: str, which: str
) -> InteractiveElement:
    """A menu of groups; a choice's value is `<group>:<integration id>`."""
    offered = [b.option(f"{group}:{which}", t(f"{words}.{group}")) for group in groups]
    return StaticSelectElement(
        action_id=action_id,
        options=offered,
        initial_option=next((one for one in offered if one.value == f"{chosen}:{which}"), offered[0]),
        placeholder=b.plain(t(words), 150),
    )


def _export(t: Translator, action_id: str, which: str, chosen: str) -> InteractiveElement:
    """The button that gives all of it as a file."""
    return b.button(t("history.export"), action_id, value=f"{chosen}:{which}")


def _sections(lines: Sequence[str]) -> list[Block]:
    pages = [lines[at : at + ROWS_PER_SECTION] for at in range(0, len(lines), ROWS_PER_SECTION)]
    length = 3000 // ROWS_PER_SECTION - 2
    return [b.section("\n\n".join(cut_md(line, length) for line in page)) for page in pages]


def _run(t: Translator, run: PastRun) -> str:
    by = Markup(f"<@{run.started_by}>") if run.started_by else t("history.by_schedule")
    about = "absence." if run.resource == Resource.ABSENCE else ""
    first = t.md(f"{about}history.run.{run.kind}", when=b.moment(t, run.began), who=by)
    last = LastRun(kind=run.kind, state=run.state, finished_at=run.began, counts=dict(run.counts))
    result = counted(t, last, run.form) if run.state == "done" else t.md(f"history.state.{run.state}")
    link = f" · <{run.link}|{t.md('history.link')}>" if run.link else ""
    return f"*{first}*\n{result}{link}"


def deed_title(t: Translator, deed: Deed) -> str:
    """What was done, as mrkdwn."""
    key = f"audit.action.{deed.action}"
    return t.md(key) if t.has(key) else f"`{deed.action}`"


def deed_details(t: Translator, deed: Deed) -> list[str]:
    """What each setting was and is, as mrkdwn."""
    if deed.action.startswith("account."):
        return _account(t, {**deed.old, **deed.new}, deed.company)
    return [line for key in {**deed.old, **deed.new} for line in _detail(t, deed, key)]


def _deed(t: Translator, deed: Deed) -> str:
    what = deed_title(t, deed)
    who = t.md("audit.by_schedule") if deed.actor == "schedule" else Markup(f"<@{deed.actor}>")
    if not deed.actor.startswith(("U", "W")) and deed.actor != "schedule":
        who = t.md("audit.by_system")
    named = f" · {t.md('audit.integration', name=deed.integration)}" if deed.integration else ""
    lines = [f"{b.moment(t, deed.at)} · {who}{named}", f"*{what}*"]
    return "\n".join([*lines, *deed_details(t, deed)])


def _detail(t: Translator, deed: Deed, key: str) -> list[str]:
    """What a setting was and is; nothing for what only machines read."""
    old, new = deed.old.get(key), deed.new.get(key)
    if deed.action == "reports.changed" and key != "kept_days":
        # All of them stand in one sentence, which is told once.
        return _reports(t, deed) if key == "noise" else []
    if key in ("settings", "thresholds"):
        both = {**(old or {}), **(new or {})}
        return [
            _change(t, _label(t, deed, inner), *(_setting(t, deed, key, inner, side) for side in (deed.old, deed.new)))
            for inner in both
            if (old or {}).get(inner) != (new or {}).get(inner)
        ]
    if not t.has(f"audit.value.{key}") or old == new:
        return []
    return [_change(t, t.md(f"audit.value.{key}"), _shown(t, key, old), _shown(t, key, new))]


def _account(t: Translator, about: Mapping[str, Any], company: str) -> list[str]:
    """Which system's account it is, and whose; a long id by its end."""
    provider, kind, value = str(about.get("provider", "")), *_parts(str(about.get("key", "")))
    lines = [_change(t, t.md("audit.value.system"), "", t.md(f"{provider}.name"))] if t.has(f"{provider}.name") else []
    named = f"{provider}.credential.{kind}"
    label = t.md(named) if t.has(named) else t.md("audit.value.account")
    shown = company or (f"…{value[-SHOWN_OF_ID:]}" if len(value) > LONG_ID else value)
    return [*lines, _change(t, label, "", t.md("audit.plain", value=shown))] if shown else lines


def _parts(key: str) -> tuple[str, str]:
    """What kind of key it is, and the id in it."""
    kind, _, rest = key.partition(":")
    return kind, rest.rpartition(":")[2]


def _reports(t: Translator, deed: Deed) -> list[str]:
    sides = (NotificationPolicy.from_json(deed.old), NotificationPolicy.from_json(deed.new))
    old, new = (described(t, side) for side in sides)
    lines = [_change(t, t.md("audit.value.reports"), old, new)] if old != new else []
    before, after = (side.calls for side in sides)
    if before != after:
        lines.append(_change(t, t.md("audit.value.calls"), *(_called(t, calls) for calls in (before, after))))
    return lines


def _called(t: Translator, calls: str) -> str:
    return t.md(f"attention.calls.{calls}") if calls in (OWNER, NOBODY) else f"<@{calls}>"


def _change(t: Translator, label: str, old: str, new: str) -> str:
    if not old:
        return f"{label}: {new or t.md('audit.nothing')}"
    return f"{label}: {old} → {new or t.md('audit.nothing')}"


def _label(t: Translator, deed: Deed, key: str) -> str:
    setting, office = split_office_key(key)
    named = f"{deed.provider}.setting.{setting}"
    if office:
        return t.md("mapping.office", setting=t(named), office=(deed.new.get("offices") or {}).get(office, office))
    return t.md(named) if t.has(named) else t.md(f"thresholds.{key}")


def _setting(t: Translator, deed: Deed, among: str, key: str, side: Mapping[str, Any]) -> str:
    """A value by its name: as its system called it when it was chosen (`labels`), or as the texts do."""
    value = (side.get(among) or {}).get(key)
    if value is None:
        return ""
    named = f"{deed.provider}.setting.{key}.{value}"
    if t.has(named):
        return t.md(named)
    if (label := (side.get("labels") or {}).get(key)) is not None:
        return t.md("audit.plain", value=label)
    if key.endswith("_share"):
        return t.md("thresholds.percent", n=round(float(value) * 100))
    return t.md(f"thresholds.drift.{value}") if key == "drift" else t.md("audit.plain", value=str(value))


def _shown(t: Translator, key: str, value: Any) -> str:
    if value is None:
        return ""
    if key == "scope":
        scope = Scope.from_json(value)
        return scope_view.described(t, scope)
    if key == "channel":
        return f"<#{value}>"
    if key == "owner":
        return f"<@{value}>"
    if key == "managers":
        return ", ".join(f"<@{user}>" for user in value)
    if key == "weekdays":
        return t.value(tuple(day_name(t, day) for day in DAYS if day in value))
    if isinstance(value, date):
        return t.value(value)
    if key == "language" and value in LANGUAGES:
        return language_name(value)
    if key in ("state", "decision") and t.has(f"audit.{key}.{value}"):
        return t.md(f"audit.{key}.{value}")
    return t.md("audit.plain", value=value if isinstance(value, bool | int) else str(value))
