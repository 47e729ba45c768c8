"""What an integration makes of the data: its settings by group, a form for each group, and what goes where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import Block, Option

from bot.core.text import Markup
from bot.domain.record import Level
from bot.locales import Translator
from bot.providers.protocol import Choice, FieldSpec, SettingField, Write, split_office_key
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.report.values import is_personal
from bot.views.setup.settings import block_id
from bot.views.shared.next_steps import next_steps
from bot.views.wizard import ACT, Frame, form

SEARCH = "mapping.search"
CHANGE, FIELDS, AGAIN = f"{ACT}:change", f"{ACT}:fields", f"{ACT}:again"

GROUPS = ("people", "employment", "pay", "offices", "delivery")

NOTHING = "-"
"""The choice of none: a menu in which something is chosen cannot be emptied on every client."""

IN_A_MENU = 100
"""More choices are searched for: a view with thousands of them is one that Slack refuses."""

IN_A_MENU_OF_OFFICE = 30
"""Of many menus in one form."""

RULES_PER_SECTION = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting with what it can be. `choices` is None for one that is typed; `unread` that they could not be read.

    `chosen` is what is stored, "" for nothing. `office` names the office that it is for, "" for everybody's.
    Settings of many offices come in several groups, `offices.2` after `offices`.
    """

    field: SettingField
    chosen: str = ""
    choices: Sequence[Choice] | None = None
    unread: bool = False
    office: str = ""

    def label(self) -> str | None:
        """The chosen value by its name, the default's if nothing is chosen; None where there is no such choice."""
        value = self.chosen or self.field.default or ""
        if self.choices is None:
            return value or None
        return next((choice.label for choice in self.choices if choice.value == value), None)


def overview(frame: Frame, provider: str, settings: Sequence[Setting], integration_id: str) -> View:
    """Every setting with its value, by group, and the ways to change them."""
    t = frame.t
    shown: list[Block] = [b.section(t.md("mapping.intro", system=t(f"{provider}.name")))]
    for group in groups(settings):
        name = group_name(t, group)
        lines = [_line(t, provider, one) for one in settings if one.field.group == group]
        label = t("mapping.change")
        button = b.button(label, CHANGE, value=group, spoken=f"{label}: {name}")
        shown.append(b.section("\n".join([f"*{group_name(t, group)}*", *lines]), accessory=button))
    buttons = [b.button(t("mapping.fields"), FIELDS)]
    if any(one.unread for one in settings):
        buttons.append(b.button(t("mapping.again"), AGAIN))
    shown.append(b.actions(*buttons, block_id="mapping.more"))
    shown.append(b.context(t.md("mapping.note")))
    shown.append(b.actions(*next_steps(t, integration_id), block_id="mapping.next"))
    return form(frame, t("mapping.title"), shown)


def settings(frame: Frame, provider: str, group: str, asked: Sequence[Setting]) -> View:
    """The form of one group."""
    t = frame.t
    shown: list[Block] = [b.section(f"*{group_name(t, group)}*")]
    if group.startswith("offices"):
        hinted = dict.fromkeys(split_office_key(setting.field.key)[0] for setting in asked)
        about = [
            t.md("mapping.hint", setting=t(f"{provider}.setting.{key}"), hint=_hint(t, provider, key)) for key in hinted
        ]
        shown.append(b.context("\n".join([t.md("mapping.offices.note"), *about])))
    shown += [setting_input(t, provider, one) for one in asked]
    return form(frame, t("mapping.title"), shown, submit=t("flow.save"))


def fields(frame: Frame, provider: str, rules: Sequence[FieldSpec]) -> View:
    """The provider's field table: from where, to where, and by which rule."""
    t = frame.t
    shown: list[Block] = [b.section(t.md("mapping.fields.intro", system=t(f"{provider}.name")))]
    for level in Level:
        lines = [_rule(t, rule) for rule in rules if rule.level is level]
        if not lines:
            continue
        shown.append(b.header(t(f"mapping.level.{level}")))
        pages = [lines[at : at + RULES_PER_SECTION] for at in range(0, len(lines), RULES_PER_SECTION)]
        shown += [b.section("\n".join(page)) for page in pages]
    shown.append(b.context(t.md("mapping.fields.note")))
    return form(frame, t("mapping.fields"), shown)


def groups(settings: Sequence[Setting]) -> list[str]:
    """The groups there are, in their order; one that we do not know comes last."""
    found = list(dict.fromkeys(one.field.group for one in settings))
    return sorted(found, key=lambda group: _place(group.partition(".")[0]))


def group_name(t: Translator, group: str) -> str:
    """A group's heading; the second and further ones of many offices are counted."""
    name, _, place = group.partition(".")
    return f"{t(f'mapping.group.{name}')} ({place})" if place else t(f"mapping.group.{name}")


def _place(group: str) -> int:
    return GROUPS.index(group) if group in GROUPS else len(GROUPS)


def nothing(t: Translator) -> Option:
    """The choice of none."""
    return b.option(NOTHING, t("mapping.none"))


def choice_option(choice: Choice) -> Option:
    """A value of a setting, to choose."""
    return b.option(choice.value, choice.label)


def _line(t: Translator, provider: str, setting: Setting) -> str:
    name = _name(t, provider, setting)
    label = setting.label()
    if label:
        return t.md("mapping.line" if setting.chosen else "mapping.line.default", setting=name, value=label)
    if setting.chosen:
        key = "mapping.line.unread" if setting.unread else "mapping.line.gone"
        return t.md(key, setting=name, value=setting.chosen)
    return t.md("mapping.line.none", setting=name)


def _name(t: Translator, provider: str, setting: Setting) -> str:
    name = t(f"{provider}.setting.{split_office_key(setting.field.key)[0]}")
    return t("mapping.office", setting=name, office=setting.office) if setting.office else name


def _hint(t: Translator, provider: str, key: str) -> str:
    hint = f"{provider}.setting.{key}.hint"
    return t(hint) if t.has(hint) else ""


def setting_input(t: Translator, provider: str, setting: Setting) -> Block:
    """The input of a setting; what could not be read is said instead."""
    name, label = block_id(setting.field.key), _name(t, provider, setting)
    hint = None if setting.office else _hint(t, provider, setting.field.key) or None
    optional, placeholder = not setting.field.required, t("setup.settings.placeholder")
    if setting.unread:
        return b.section(t.md("mapping.unread", setting=label))
    if setting.choices is None:
        return b.text_input(name, label, hint=hint, initial=setting.chosen or None, optional=optional, max_length=200)
    if not setting.choices:
        return b.section(t.md("mapping.no_choices", setting=label))
    none = [nothing(t)] if optional and setting.field.default is None else []
    chosen = setting.chosen or setting.field.default
    if len(none) + len(setting.choices) <= (IN_A_MENU_OF_OFFICE if setting.office else IN_A_MENU):
        offered = [*none, *map(choice_option, setting.choices)]
        return b.menu(name, label, offered, chosen=chosen, hint=hint, placeholder=placeholder, optional=optional)
    # A list may have thousands, of which only the chosen one is shown.
    shown = next((choice for choice in setting.choices if choice.value == chosen), None)
    initial = choice_option(shown) if shown else next((one for one in none if one.value == chosen), None)
    search = t("mapping.search")
    return b.search_one(name, label, SEARCH, chosen=initial, hint=hint, placeholder=search, optional=optional)


def _rule(t: Translator, rule: FieldSpec) -> str:
    source = t.md("mapping.code", name=rule.source) if rule.source else t.md("mapping.from_settings")
    notes = [t.md(f"mapping.write.{rule.write}")] if rule.write is not Write.ALWAYS else []
    if rule.transformation:
        notes.append(t.md(rule.transformation))
    if rule.required:
        notes.append(t.md("mapping.required"))
    if is_personal(rule):
        notes.append(t.md("mapping.private"))
    line = t.md(
        "mapping.rule",
        field=t(f"field.{rule.key}"),
        source=Markup(source),
        target=Markup(t.md("mapping.code", name=rule.target)),
    )
    return f"• {line}{'  ' + ' '.join(notes) if notes else ''}"
