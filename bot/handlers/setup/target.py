"""Steps four to six: the payroll system's credentials, the two companies, and the settings it asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from bot.connections import AccountRefused
from bot.core.text import Text, text
from bot.domain.findings import Finding
from bot.handlers.framework.draft import FoundInPerson, as_finding, keep_findings
from bot.handlers.framework.interaction import Entered
from bot.handlers.framework.wizard import Next, Show, Stay, StepContext, Turn, WizardStep
from bot.handlers.setup import credentials
from bot.handlers.setup.draft import SetupDraft
from bot.handlers.setup.source import other_company
from bot.handlers.shared.account_control import note_refusal
from bot.handlers.shared.drafts import CredentialsDraft, IntegrationDraft
from bot.handlers.shared.office_choices import offices_of
from bot.providers import registry
from bot.providers.errors import CredentialsRefused, ProviderError, WrongAccount
from bot.providers.protocol import Account, Choice, ControlProof, ProviderInfo, SettingField, Source, office_key
from bot.views.blocks import View
from bot.views.overview.cards import CREDENTIALS, SCHEDULE, SCOPE
from bot.views.setup import credentials as views
from bot.views.setup import settings as settings_view
from bot.views.setup.settings import OfficeQuestion
from bot.views.wizard import CANCEL_CHECK
from storage import integrations
from storage.database import Session
from storage.integrations import Integration


def provider_info(context: StepContext[IntegrationDraft]) -> ProviderInfo:
    """The chosen payroll system."""
    return registry.target(context.answers.provider).info


def offered_info(context: StepContext[CredentialsDraft], entered: Entered | None = None) -> ProviderInfo:
    """The same with the environments that the operator has registered; with all once one of them was refused, or
    another was chosen: a key of Tripletex' newer kind needs none to be registered."""
    info = provider_info(context)
    options = context.interaction.services.settings.provider_options(info.key)
    narrow, every = info.offered(options), info.offered(options, every=True)
    if context.problem is not None and context.problem.field is not None:
        return every
    chosen = {**context.answers.target_credentials}
    for one in info.credentials:
        given = (entered or {}).get(views.block_id(info.key, one.key))
        if isinstance(given, str) and one.registered:
            chosen[one.key] = given
    fits = all(chosen.get(one.key) in (None, *one.choices) for one in narrow.credentials if one.registered)
    return narrow if fits else every


def open_source(context: StepContext[CredentialsDraft]) -> AbstractAsyncContextManager[Source]:
    """Simployer, with the token of this conversation or the workspace's."""
    connections = context.interaction.services.connections
    if context.answers.source_credentials:
        return connections.try_source(context.answers.source_credentials)
    return connections.source(context.interaction.team_id)


class TargetStep(WizardStep[SetupDraft]):
    """The payroll system's credentials, and the live check of both sides."""

    name = "target"

    async def view(self, context: StepContext[SetupDraft]) -> View:
        """The system's own fields."""
        info = offered_info(context)
        frame, consent = await credentials.consent_page(context, context.frame(self))
        return views.credentials(
            frame,
            info,
            context.answers.target_credentials,
            title=context.interaction.t("setup.target.title"),
            intro=Text(_intro(info), {"system": text(f"{info.key}.name")}),
            until=context.answers.target_until,
            retry=context.problem is not None and credentials.complete(info, context.answers.target_credentials),
            consent=consent,
        )

    def take(self, context: StepContext[SetupDraft], entered: Entered) -> Mapping[str, Text]:
        """The credentials as typed."""
        info = offered_info(context, entered)
        context.answers.target_credentials, errors = credentials.take(info, entered, context.answers.target_credentials)
        context.answers.target_until, over = credentials.take_until(context, info, entered)
        context.answers.forget_target()
        theirs, system = set(context.answers.source_credentials.values()), text(f"{info.key}.name")
        for one in info.asked(context.answers.target_credentials):
            if one.secret and context.answers.target_credentials.get(one.key) in theirs:
                del context.answers.target_credentials[one.key]
                errors[views.block_id(info.key, one.key)] = text("setup.credentials.source_token", system=system)
        return errors | over

    def keep(self, context: StepContext[SetupDraft], entered: Entered) -> None:
        """Choices are put back into the form, secrets never."""
        info = provider_info(context)
        context.answers.target_credentials = credentials.keep_typed(info, entered, context.answers.target_credentials)
        context.answers.target_until, _ = credentials.take_until(context, info, entered)

    def checking(self, context: StepContext[SetupDraft], verb: str = "") -> Text | None:  # noqa: ARG002 - as the engine calls it
        """Both sides are asked."""
        return text("setup.target.checking", system=text(f"{context.answers.provider}.name"))

    async def act(self, context: StepContext[SetupDraft], verb: str) -> Turn:
        """The same check once more, or with the fingerprint that was shown."""
        credentials.confirm_shown(context.answers, verb, context.interaction.value)
        return await self.proceed(context)

    async def proceed(self, context: StepContext[SetupDraft]) -> Turn:
        """Prove both sides, name both companies, and refuse one that is connected already or is not the workspace's."""
        source, target = await asyncio.gather(self._source(context), self._target(context))
        if isinstance(source, ProviderError):
            return _source_trouble(context, source)
        if isinstance(target, AccountRefused):
            await note_refusal(context.interaction, target)
        if isinstance(target, ProviderError):
            kept = credentials.without_fault(provider_info(context), context.answers.target_credentials, target)
            context.answers.target_credentials = kept
            return Stay(credentials.problem_of(target, provider_info(context)))
        problem = await other_company(context.interaction, source)
        if problem is not None:
            context.answers.source_credentials, context.answers.replace_source = {}, True
            return Stay(problem, step="source")
        context.answers.source_company = source
        async with context.interaction.services.database.reading() as session:
            existing = await integrations.find_account(
                session, context.interaction.team_id, context.answers.provider, target.id
            )
            if existing is None and context.answers.absence_alone:
                existing = await _same_company(session, context, target)
        if existing is not None:
            return Show(already_connected(context, existing.name, target, existing.id))
        context.answers.target_company = target
        _begin_settings(context)
        return Next()

    async def _source(self, context: StepContext[SetupDraft]) -> Account | ProviderError:
        info = provider_info(context)
        by_office = any(setting.by_office and setting.ask for setting in info.settings)
        try:
            async with open_source(context) as source:
                account = await source.identify()
                if by_office:
                    context.answers.offices = await offices_of(source, info.countries)
                return account
        except ProviderError as error:
            return error

    async def _target(self, context: StepContext[SetupDraft]) -> Account | ProviderError:
        live = [setting for setting in provider_info(context).settings if setting.ask and setting.live]
        connections = context.interaction.services.connections
        try:
            team_id, provider = context.interaction.team_id, context.answers.provider
            await credentials.redeem(context)
            async with connections.try_account(team_id, provider, context.answers.target_credentials) as target:
                account = await target.identify()
                await connections.require_account(team_id, provider, account)
                context.answers.warnings = keep_findings(await target.preflight())
                context.answers.choices = {setting.key: list(await target.choices(setting.key)) for setting in live}
                return account
        except ProviderError as error:
            return error


async def _same_company(session: Session, context: StepContext[SetupDraft], target: Account) -> Integration | None:
    """The workspace's integration of the same company whose files go another way: its absence would be sent twice."""
    number = target.organisation_number
    for other in await integrations.list_for(session, context.interaction.team_id):
        if other.provider == context.answers.provider and other.target_account_id.rpartition("/")[2] == number:
            return other
    return None


def _intro(info: ProviderInfo) -> str:
    return "consent.intro" if info.control is ControlProof.VENDOR_CONSENT else "setup.target.intro"


def already_connected(context: StepContext[SetupDraft], name: str, company: Account, integration_id: str) -> View:
    """The company has an integration: edit that one."""
    t = context.interaction.t
    edits = (
        (SCOPE, t("card.edit.scope")),
        (SCHEDULE, t("card.edit.schedule")),
        (CREDENTIALS, t("card.edit.credentials")),
    )
    return views.already_connected(context.frame(back=CANCEL_CHECK), name, company, integration_id, edits)


class AccountsStep(WizardStep[SetupDraft]):
    """Are these the right companies?"""

    name = "accounts"

    async def view(self, context: StepContext[SetupDraft]) -> View:
        """Both, by name and number."""
        t, answers = context.interaction.t, context.answers
        assert answers.source_company is not None
        assert answers.target_company is not None
        return views.accounts(
            context.frame(self),
            t.md(f"{answers.provider}.name"),
            answers.source_company,
            answers.target_company,
            [_said(found) for found in answers.warnings],
            absence_alone=answers.absence_alone,
        )


class SettingsStep(WizardStep[SetupDraft]):
    """What the system lets a customer choose."""

    name = "settings"

    def applies(self, context: StepContext[SetupDraft]) -> bool:
        """Only for a system that asks; before one is chosen, the count of steps takes in what any of them asks.

        Once the account is known, only where there is something to choose.
        """
        if context.answers.target_company is not None:
            return bool(in_sight(context)[0] or asked_of_offices(context))
        chosen = (
            [provider_info(context)]
            if context.answers.provider
            else [provider.info for provider in registry.targets().values()]
        )
        return any(setting.ask for info in chosen for setting in info.settings)

    async def view(self, context: StepContext[SetupDraft]) -> View:
        """One menu or field per question."""
        shown, folded = in_sight(context)
        return settings_view.settings(
            context.frame(self),
            context.answers.provider,
            shown,
            context.answers.settings,
            asked_of_offices(context),
            folded=folded,
        )

    def take(self, context: StepContext[SetupDraft], entered: Entered) -> Mapping[str, Text]:
        """The values, chosen from among the choices or typed."""
        errors: dict[str, Text] = {}
        for setting, choices in asked(context):
            if settled(setting, choices):
                continue
            if not setting.required and settings_view.block_id(setting.key) not in entered:
                continue  # folded
            given = entered.get(settings_view.block_id(setting.key))
            value = given.strip() if isinstance(given, str) else ""
            if value and (settings_view.typed(setting) or value in {choice.value for choice in choices}):
                context.answers.settings[setting.key] = value
            else:
                context.answers.settings.pop(setting.key, None)
                if setting.required and (choices or settings_view.typed(setting)):
                    errors[settings_view.block_id(setting.key)] = text("flow.choose")
        for question in asked_of_offices(context):
            given = entered.get(settings_view.block_id(question.key))
            if given in {choice.value for choice in question.choices}:
                context.answers.settings[question.key] = str(given)
            else:
                context.answers.settings.pop(question.key, None)
        return errors

    async def act(self, context: StepContext[SetupDraft], verb: str) -> Turn:  # noqa: ARG002 - as the engine calls it
        """All settings in sight."""
        context.answers.all_settings = True
        return Stay()

    async def proceed(self, context: StepContext[SetupDraft]) -> Turn:
        """Not without a choice that the system cannot do without."""
        if any(
            setting.required and not choices and not settings_view.typed(setting) for setting, choices in asked(context)
        ):
            return Stay()
        return Next()


def asked(context: StepContext[SetupDraft]) -> list[tuple[SettingField, Sequence[Choice]]]:
    """The questions of the system with their choices, fixed or read from the account."""
    t, provider = context.interaction.t, context.answers.provider
    questions: list[tuple[SettingField, Sequence[Choice]]] = []
    for setting in provider_info(context).settings:
        if not setting.ask or setting.by_office:
            continue
        offered = [value for value in setting.choices if value not in setting.once_tested]
        fixed = [Choice(value=value, label=t(f"{provider}.setting.{setting.key}.{value}")) for value in offered]
        questions.append((setting, context.answers.choices.get(setting.key, []) if setting.live else fixed))
    return questions


Asked = tuple[SettingField, Sequence[Choice]]
"""A setting, and what can be chosen for it."""


def settled(setting: SettingField, choices: Sequence[Choice]) -> bool:
    """Whether there is nothing to choose: what is needed can be one thing only."""
    return setting.required and len(choices) == 1


def in_sight(context: StepContext[SetupDraft]) -> tuple[list[Asked], int]:
    """What is asked at first, and how many more there are for whoever wants other than the default."""
    questions = asked(context)
    every = [one for one in questions if not settled(*one)]
    if context.answers.all_settings or not any(setting.required for setting, _ in questions):
        return every, 0
    first = [one for one in every if one[0].required or one[0].default is None]
    return first, len(every) - len(first)


def _begin_settings(context: StepContext[SetupDraft]) -> None:
    """What is chosen as long as nobody chooses otherwise, also where nobody is asked."""
    for setting, choices in asked(context):
        if settled(setting, choices):
            context.answers.settings[setting.key] = choices[0].value
        elif setting.default is not None:
            context.answers.settings.setdefault(setting.key, setting.default)


MOST_OFFICES_ASKED, MOST_UNITS_OFFERED = 40, 1000
"""With more offices, or units in all their menus, than a form has room for, units are chosen with `/integration
mapping` later."""


def asked_of_offices(context: StepContext[SetupDraft]) -> list[OfficeQuestion]:
    """What is asked for each office: only where there are several, and several units to choose from."""
    answers = context.answers
    if not 1 < len(answers.offices) <= MOST_OFFICES_ASKED:
        return []
    return [
        OfficeQuestion(setting.key, office_key(setting.key, office.value), office.label, choices)
        for setting in provider_info(context).settings
        if setting.by_office and setting.ask
        for choices in [answers.choices.get(setting.key, [])]
        if 1 < len(choices) <= MOST_UNITS_OFFERED // len(answers.offices)
        for office in answers.offices
    ]


def chosen_settings(context: StepContext[SetupDraft]) -> tuple[tuple[str, str], ...]:
    """The settings by their names, as mrkdwn, for the summary; without those that are as they would be anyway."""
    t = context.interaction.t
    rows = []
    for setting, choices in asked(context):
        if not setting.required and context.answers.settings.get(setting.key) == setting.default:
            continue
        value = context.answers.settings.get(setting.key)
        label = next((choice.label for choice in choices if choice.value == value), None)
        label = value if settings_view.typed(setting) else label
        if label:
            rows.append(
                (t.md(f"{context.answers.provider}.setting.{setting.key}"), t.md("setup.company.value", value=label))
            )
    for question in asked_of_offices(context):
        value = context.answers.settings.get(question.key)
        unit = next((choice.label for choice in question.choices if choice.value == value), None)
        if unit:
            name = t(f"{context.answers.provider}.setting.{question.setting}")
            rows.append(
                (t.md("mapping.office", setting=name, office=question.office), t.md("setup.company.value", value=unit))
            )
    return tuple(rows)


def _source_trouble(context: StepContext[SetupDraft], error: ProviderError) -> Stay:
    """Simployer's side failed: a token that is no good is asked for anew."""
    if isinstance(error, CredentialsRefused | WrongAccount):
        context.answers.source_credentials, context.answers.replace_source = {}, True
        return Stay(credentials.problem_of(error, registry.source().info), step="source")
    return Stay(credentials.problem_of(error, registry.source().info))


def _said(kept: FoundInPerson) -> Text:
    finding: Finding = as_finding(kept)
    return Text(f"check.{finding.code}", finding.values)
