"""`/integration mapping`: the settings of the payroll system, with the values that it has now, and what goes where."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from slack_sdk.models.blocks import Option as OptionModel

from bot.core.text import Text, text
from bot.handlers.edit import base
from bot.handlers.framework.draft import Answers
from bot.handlers.framework.integration_picker import Work
from bot.handlers.framework.interaction import Entered, Visit
from bot.handlers.framework.listeners import Guarded
from bot.handlers.framework.wizard import At, End, Flow, Stay, Step, Turn
from bot.handlers.framework.wizard_runner import Flows, problem_of
from bot.locales import Translator
from bot.providers import registry
from bot.providers.errors import ProviderError
from bot.providers.protocol import Choice, SettingField
from bot.views.blocks import View
from bot.views.edit import mappings as views
from bot.views.edit.mappings import Setting
from bot.views.setup.settings import block_id
from bot.views.wizard import Problem
from storage import audit, integrations
from storage.integrations import Integration

KIND = "mapping"

OFFERED_MOST = 100

NUMBER = re.compile(r"\d{1,6}([.,]\d{1,4})?")


def register(guarded: Guarded, flows: Flows) -> None:
    """The conversation, and the search of a setting with many choices."""
    flows.add(Flow(KIND, (Overview(), Group(), Fields()), base.ended))

    async def search(visit: Visit) -> Sequence[OptionModel]:
        at = await flows.load(visit)
        if at is None:
            return ()
        words = str(visit.body.get("value") or "").casefold().split()
        key = str(visit.body.get("block_id") or "").removeprefix(block_id(""))
        offered = at.answers.choices.get(key, [])
        found = [choice for choice in offered if all(word in choice.label.casefold() for word in words)]
        return [views.nothing(visit.t), *(views.choice_option(choice) for choice in found[: OFFERED_MOST - 1])]

    guarded.options(views.SEARCH, search)


def editor(flows: Flows) -> Work:
    """Opens the overview; what can be chosen is read from both systems."""

    async def edit(visit: Visit, one: Integration) -> None:
        async def prepare(answers: Answers) -> None:
            await _read_choices(visit, one, answers)

        answers = await base.answers_of(visit, one)
        what = text("mapping.reading", system=text(f"{one.provider}.name"))
        await flows.begin_after(visit, KIND, answers, one.id, what, prepare)

    return edit


async def _read_choices(visit: Visit, one: Integration, answers: Answers) -> None:
    """The values that live settings can take, and the customer's own fields. Raises `ProviderError`."""
    settings = registry.target(one.provider).info.settings
    live = [setting for setting in settings if setting.live]
    if live:
        async with visit.services.connections.target(one) as target:
            for setting in live:
                answers.choices[setting.key] = list(await target.choices(setting.key))
    if any(setting.own_field for setting in settings):
        async with visit.services.connections.source(visit.team_id) as source:
            answers.own_fields = list(await source.custom_fields())


class Overview(Step):
    """Every setting, by group."""

    name = "mapping"
    question = True

    async def view(self, at: At) -> View:
        """As they are now."""
        return views.overview(at.frame(self), at.answers.provider, shown(at), at.draft.integration_id or "")

    def checking(self, at: At, verb: str = "") -> Text | None:
        """Reading the choices once more, where that failed."""
        return text("mapping.reading", system=text(f"{at.answers.provider}.name")) if verb == "again" else None

    async def act(self, at: At, verb: str) -> Turn:
        """To a group's form, to the field table, or read again."""
        if verb == "again":
            return await self._again(at)
        if verb == "change":
            at.answers.group = at.visit.value
        at.answers.trail.append(self.name)
        return Stay(step=Group.name if verb == "change" else Fields.name)

    async def _again(self, at: At) -> Turn:
        assert at.draft.integration_id is not None
        async with at.visit.services.database.reading() as s:
            one = await integrations.get(s, at.draft.integration_id, team_id=at.visit.team_id)
        if one is None:
            return End(base.overtaken(at))
        try:
            await _read_choices(at.visit, one, at.answers)
        except ProviderError as error:
            return Stay(problem_of(error))
        return Stay()


class Group(Step):
    """The form of one group."""

    name = "settings"
    question = True

    async def view(self, at: At) -> View:
        """Its settings, as chosen."""
        return views.settings(at.frame(self), at.answers.provider, at.answers.group, _of_group(at))

    def take(self, at: At, entered: Entered) -> Mapping[str, Text]:
        """Each value, if it may be one. What could not be read or asked stays as it is."""
        errors: dict[str, Text] = {}
        for one in _of_group(at):
            name = block_id(one.field.key)
            if name not in entered:
                continue
            raw = entered[name]
            value = raw.strip() if isinstance(raw, str) and raw != views.NOTHING else ""
            wrong = _wrong(one, value)
            if wrong is not None:
                errors[name] = wrong
            elif not value:
                at.answers.settings.pop(one.field.key, None)
            elif value != one.field.default or one.chosen:
                at.answers.settings[one.field.key] = value.replace(",", ".") if one.field.number else value
        return errors

    def keep(self, at: At, entered: Entered) -> None:
        """Going back leaves the group as it is stored: nothing unsaved is shown in the overview."""

    async def proceed(self, at: At) -> Turn:
        """Keep the settings, unless somebody else has changed the integration meanwhile."""
        visit, answers, integration_id = at.visit, at.answers, at.draft.integration_id
        assert integration_id is not None
        assert answers.base_version is not None
        async with visit.services.database.session() as s:
            before = await base.unchanged(s, at)
            if before is None:
                return End(base.overtaken(at))
            old, new = _differences(before.settings, answers.settings)
            if old == new:
                return Stay(step=Overview.name)
            after = await integrations.update(s, integration_id, answers.base_version, settings=answers.settings)
            await audit.write(
                s,
                visit.team_id,
                visit.user_id,
                "mapping.changed",
                integration_id,
                old={"settings": old, "labels": _labels(at, old)},
                new={"settings": new, "labels": _labels(at, new)},
            )
        answers.base_version = after.version
        return Stay(Problem(text=text("mapping.saved"), level="success"), step=Overview.name)


class Fields(Step):
    """What goes where; only to read."""

    name = "fields"
    question = True

    async def view(self, at: At) -> View:
        """The provider's field table."""
        return views.fields(at.frame(self), at.answers.provider, registry.target(at.answers.provider).fields)


def shown(at: At) -> list[Setting]:
    """Every setting of the system, with what it can be for this integration."""
    answers = at.answers
    return [
        Setting(
            field=one,
            chosen=answers.settings.get(one.key, ""),
            choices=_choices(at.visit.t, answers, one),
            unread=one.live and one.key not in answers.choices,
        )
        for one in registry.target(answers.provider).info.settings
    ]


def _of_group(at: At) -> list[Setting]:
    return [one for one in shown(at) if one.field.group == at.answers.group]


def _choices(t: Translator, answers: Answers, one: SettingField) -> Sequence[Choice] | None:
    if one.live:
        return answers.choices.get(one.key, [])
    if one.own_field and answers.own_fields:
        known = dict.fromkeys([*answers.own_fields, answers.settings.get(one.key, "")])
        return [Choice(value=key, label=key) for key in known if key]
    if not one.choices:
        return None
    offered = [value for value in one.choices if answers.tested or value not in one.once_tested]
    return [Choice(value=value, label=t(f"{answers.provider}.setting.{one.key}.{value}")) for value in offered]


def _wrong(one: Setting, value: str) -> Text | None:
    """Why a value does not do."""
    if not value:
        return text("flow.choose") if one.field.required else None
    if one.choices is not None:
        return None if value in {choice.value for choice in one.choices} else text("flow.choose")
    if one.field.number and not NUMBER.fullmatch(value):
        return text("mapping.not_a_number")
    return None


def _labels(at: At, settings: Mapping[str, str | None]) -> dict[str, str]:
    """The names of values that only the payroll system can name, as they are now: it may forget them one day."""
    return {
        key: choice.label
        for key, value in settings.items()
        for choice in at.answers.choices.get(key, [])
        if choice.value == value
    }


def _differences(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[dict[str, str | None], dict[str, str | None]]:
    """What the changed settings were and are."""
    keys = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
    return {key: old.get(key) for key in keys}, {key: new.get(key) for key in keys}
