"""`/integration mapping`: the settings of the payroll system, with the values that it has now, and what goes where."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import Field
from slack_sdk.models.blocks import Option as OptionModel

from bot.core.likeness import said_in, searchable
from bot.core.text import Text, text
from bot.domain.scope import Scope
from bot.handlers.edit import base
from bot.handlers.framework.integration_picker import Work
from bot.handlers.framework.interaction import Entered, Interaction
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.wizard import Finish, Stay, StepContext, Turn, Wizard, WizardStep, problem_of
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.shared.drafts import SettingsDraft
from bot.handlers.shared.office_choices import offices_of
from bot.locales import Translator
from bot.providers import registry
from bot.providers.errors import ProviderError
from bot.providers.protocol import Choice, SettingField, office_key, split_office_key
from bot.slack.roles import Action
from bot.views.blocks import View
from bot.views.edit import mappings as views
from bot.views.edit.mappings import Setting
from bot.views.setup.settings import block_id
from bot.views.wizard import StepProblem
from storage import audit, integrations
from storage.integrations import Integration

KIND = "mapping"

OFFERED_MOST = 100

OFFICES_IN_A_GROUP = 25
"""So many choices for offices stand in one form, and in one section of the overview."""

NUMBER = re.compile(r"[0-9]{1,6}([.,][0-9]{1,4})?")


class MappingsDraft(SettingsDraft):
    """The settings; `group` is the one being changed, `own_fields` are the customer's own in Simployer."""

    own_fields: list[str] = Field(default_factory=list)
    group: str = ""


def register(listeners: AuthorizedListeners, runner: WizardRunner) -> None:
    """The conversation, and the search of a setting with many choices."""
    runner.add(
        Wizard(
            KIND,
            MappingsDraft,
            (MappingOverviewStep(), MappingGroupStep(), MappingFieldsStep()),
            base.ended,
            Action.EDIT,
        )
    )

    async def search(interaction: Interaction) -> Sequence[OptionModel]:
        context = await runner.load_as(interaction, SettingsDraft)
        if context is None:
            return ()
        words = str(interaction.body.get("value") or "")
        key = str(interaction.body.get("block_id") or "").removeprefix(block_id(""))
        offered = context.answers.choices.get(split_office_key(key)[0], [])
        found = [choice for choice in offered if said_in(words, searchable(choice.label))]
        return [views.nothing(interaction.t), *(views.choice_option(choice) for choice in found[: OFFERED_MOST - 1])]

    listeners.options(views.SEARCH, search, runner.action_of)


def editor(runner: WizardRunner) -> Work:
    """Opens the overview; what can be chosen is read from both systems."""

    async def edit(interaction: Interaction, integration: Integration) -> None:
        async def prepare(answers: MappingsDraft) -> None:
            await _read_choices(interaction, integration, answers)

        answers = await base.answers_of(MappingsDraft, interaction, integration)
        what = text("mapping.reading", system=text(f"{integration.provider}.name"))
        await runner.begin_after(interaction, KIND, answers, integration.id, what, prepare)

    return edit


async def _read_choices(interaction: Interaction, integration: Integration, answers: MappingsDraft) -> None:
    """The values that live settings can take, and the customer's own fields. Raises `ProviderError`."""
    info = registry.target(integration.provider).info
    settings = info.settings
    live = [setting for setting in settings if setting.live]
    if live:
        async with interaction.services.connections.target(integration) as target:
            for setting in live:
                answers.choices[setting.key] = list(await target.choices(setting.key))
    own_fields, offices = (any(getattr(one, name) for one in settings) for name in ("own_field", "by_office"))
    if own_fields or offices:
        async with interaction.services.connections.source(interaction.team_id) as source:
            if own_fields:
                answers.own_fields = list(await source.custom_fields())
            if offices:
                kept = {office_id for key in answers.settings if (office_id := split_office_key(key)[1])}
                scope = Scope.from_json(integration.scope)
                answers.offices = await offices_of(source, info.countries, scope, kept)


class MappingOverviewStep(WizardStep[MappingsDraft]):
    """Every setting, by group."""

    name = "mapping"
    question = True

    async def view(self, context: StepContext[MappingsDraft]) -> View:
        """As they are now."""
        return views.overview(
            context.frame(self), context.answers.provider, shown(context), context.draft.integration_id or ""
        )

    def checking(self, context: StepContext[MappingsDraft], verb: str = "") -> Text | None:
        """Reading the choices once more, where that failed."""
        return text("mapping.reading", system=text(f"{context.answers.provider}.name")) if verb == "again" else None

    async def act(self, context: StepContext[MappingsDraft], verb: str) -> Turn:
        """To a group's form, to the field table, or read again."""
        if verb == "again":
            return await self._again(context)
        if verb == "change":
            context.answers.group = context.interaction.value
        context.answers.trail.append(self.name)
        return Stay(step=MappingGroupStep.name if verb == "change" else MappingFieldsStep.name)

    async def _again(self, context: StepContext[MappingsDraft]) -> Turn:
        assert context.draft.integration_id is not None
        async with context.interaction.services.database.reading() as session:
            integration = await integrations.get(
                session, context.draft.integration_id, team_id=context.interaction.team_id
            )
        if integration is None:
            return Finish(base.overtaken(context))
        try:
            await _read_choices(context.interaction, integration, context.answers)
        except ProviderError as error:
            return Stay(problem_of(error))
        return Stay()


class MappingGroupStep(WizardStep[MappingsDraft]):
    """The form of one group."""

    name = "settings"
    question = True

    async def view(self, context: StepContext[MappingsDraft]) -> View:
        """Its settings, as chosen."""
        return views.settings(context.frame(self), context.answers.provider, context.answers.group, _of_group(context))

    def take(self, context: StepContext[MappingsDraft], entered: Entered) -> Mapping[str, Text]:
        """Each value, if it may be one. What could not be read or asked stays as it is."""
        errors: dict[str, Text] = {}
        for setting in _of_group(context):
            name = block_id(setting.field.key)
            if name not in entered:
                continue
            raw = entered[name]
            value = raw.strip() if isinstance(raw, str) and raw != views.NOTHING else ""
            wrong = wrong_setting(setting, value)
            if wrong is not None:
                errors[name] = wrong
            elif not value:
                context.answers.settings.pop(setting.field.key, None)
            elif value != setting.field.default or setting.chosen:
                context.answers.settings[setting.field.key] = value.replace(",", ".") if setting.field.number else value
        return errors

    def keep(self, context: StepContext[MappingsDraft], entered: Entered) -> None:
        """Going back leaves the group as it is stored: nothing unsaved is shown in the overview."""

    async def proceed(self, context: StepContext[MappingsDraft]) -> Turn:
        """Keep the settings, unless somebody else has changed the integration meanwhile."""
        interaction, answers, integration_id = context.interaction, context.answers, context.draft.integration_id
        assert integration_id is not None
        assert answers.base_version is not None
        async with interaction.services.database.session() as session:
            before = await base.unchanged(session, context)
            if before is None:
                return Finish(base.overtaken(context))
            old, new = _differences(before.settings, answers.settings)
            if old == new:
                return Stay(step=MappingOverviewStep.name)
            after = await integrations.update(session, integration_id, answers.base_version, settings=answers.settings)
            await audit.write(
                session,
                interaction.team_id,
                interaction.user_id,
                "mapping.changed",
                integration_id,
                old={"settings": old, "labels": _labels(context, old)},
                new={"settings": new, "labels": _labels(context, new), **_offices_named(context, new)},
            )
        answers.base_version = after.version
        return Stay(StepProblem(text=text("mapping.saved"), level="success"), step=MappingOverviewStep.name)


class MappingFieldsStep(WizardStep[MappingsDraft]):
    """What goes where; only to read."""

    name = "fields"
    question = True

    async def view(self, context: StepContext[MappingsDraft]) -> View:
        """The provider's field table."""
        return views.fields(
            context.frame(self), context.answers.provider, registry.target(context.answers.provider).fields
        )


def shown(context: StepContext[MappingsDraft]) -> list[Setting]:
    """Every setting of the system, with what it can be for this integration."""
    answers = context.answers
    fields = registry.target(answers.provider).info.settings
    general = [_setting(context, field) for field in fields if not field.by_office]
    of_offices = [setting for field in fields if field.by_office for setting in _of_offices(context, field)]
    return general + [
        replace(setting, field=replace(setting.field, group=_group(place))) for place, setting in enumerate(of_offices)
    ]


def _group(place: int) -> str:
    page = place // OFFICES_IN_A_GROUP
    return f"offices.{page + 1}" if page else "offices"


def _setting(context: StepContext[MappingsDraft], field: SettingField, office: str = "") -> Setting:
    answers, (key, _) = context.answers, split_office_key(field.key)
    choices = _choices(context.interaction.t, answers, replace(field, key=key), answers.own_fields)
    return Setting(
        field=field,
        chosen=answers.settings.get(field.key, ""),
        choices=choices,
        unread=field.live and key not in answers.choices,
        office=office,
    )


def chosen_setting(context: StepContext[SettingsDraft], field: SettingField, chosen: str) -> Setting:
    """A setting for everybody with what it can be, and what is chosen of it ("" for nothing)."""
    answers = context.answers
    choices = _choices(context.interaction.t, answers, field, ())
    return Setting(field=field, chosen=chosen, choices=choices, unread=field.live and field.key not in answers.choices)


def _of_offices(context: StepContext[MappingsDraft], field: SettingField) -> Iterator[Setting]:
    """A by-office setting for each office there is, and for each that something is stored for and that is gone."""
    answers = context.answers
    names = {office.value: office.label for office in answers.offices}
    stored = (split_office_key(key) for key in sorted(answers.settings))
    gone = {office_id: office_id for key, office_id in stored if key == field.key and office_id}
    for office_id, name in {**gone, **names}.items():
        yield _setting(context, replace(field, key=office_key(field.key, office_id)), name)


def _of_group(context: StepContext[MappingsDraft]) -> list[Setting]:
    return [setting for setting in shown(context) if setting.field.group == context.answers.group]


def _choices(
    t: Translator, answers: SettingsDraft, setting_field: SettingField, own_fields: Sequence[str]
) -> Sequence[Choice] | None:
    if setting_field.live:
        return answers.choices.get(setting_field.key, [])
    if setting_field.own_field and own_fields:
        known = dict.fromkeys([*own_fields, answers.settings.get(setting_field.key, "")])
        return [Choice(value=key, label=key) for key in known if key]
    if not setting_field.choices:
        return None
    offered = [value for value in setting_field.choices if answers.tested or value not in setting_field.once_tested]
    offered += [value for value in setting_field.retired if value == answers.settings.get(setting_field.key)]
    return [
        Choice(value=value, label=t(f"{answers.provider}.setting.{setting_field.key}.{value}")) for value in offered
    ]


def wrong_setting(setting: Setting, value: str) -> Text | None:
    """Why a value does not do."""
    if not value:
        return text("flow.choose") if setting.field.required else None
    if setting.choices is not None:
        return None if value in {choice.value for choice in setting.choices} else text("flow.choose")
    if setting.field.number and not NUMBER.fullmatch(value):
        return text("mapping.not_a_number")
    return None


def _labels(context: StepContext[MappingsDraft], settings: Mapping[str, str | None]) -> dict[str, str]:
    """The names of values that only the payroll system can name, as they are now: it may forget them one day."""
    return {
        key: choice.label
        for key, value in settings.items()
        for choice in context.answers.choices.get(split_office_key(key)[0], [])
        if choice.value == value
    }


def _offices_named(context: StepContext[MappingsDraft], settings: Mapping[str, str | None]) -> dict[str, Any]:
    """The names of the offices that settings are for, as they are now."""
    changed = {office_id for key in settings if (office_id := split_office_key(key)[1])}
    named = {office.value: office.label for office in context.answers.offices if office.value in changed}
    return {"offices": named} if named else {}


def _differences(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[dict[str, str | None], dict[str, str | None]]:
    """What the changed settings were and are."""
    keys = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
    return {key: old.get(key) for key in keys}, {key: new.get(key) for key in keys}
