"""The last step: everything on one page, then saved as a whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog

from bot.connections import AccountRefused
from bot.core.text import Markup, Text, text
from bot.handlers.edit.absence import absence_notes, absence_rows
from bot.handlers.framework.interaction import Entered
from bot.handlers.framework.wizard import (
    Finish,
    Show,
    Stay,
    StepContext,
    Turn,
    WizardStep,
    finish,
    problem_of,
    save,
)
from bot.handlers.setup import channel as channel_proof
from bot.handlers.setup.absence import absence_audited, keep_absence
from bot.handlers.setup.credentials import keep_until
from bot.handlers.setup.draft import SetupDraft
from bot.handlers.setup.limit import LimitReached, require_room
from bot.handlers.setup.target import already_connected, asked, asked_of_offices, chosen_settings
from bot.handlers.shared import schedule_step
from bot.handlers.shared.account_control import claim, note_refusal
from bot.locales import Translator
from bot.locales.translator import single_line, translator
from bot.providers.registry import main_resource, takes_absence, takes_lists_alone
from bot.slack.client import NOT_DONE, word_of
from bot.views.blocks import View
from bot.views.setup import summary as views
from bot.views.shared import schedule as schedule_view
from bot.views.shared import scope as scope_view
from bot.views.wizard import StepProblem
from storage import audit, integrations, removed_integrations, workspaces
from storage.database import Session
from storage.errors import AlreadyConnected
from storage.expiries import SOURCE
from storage.integrations import Integration, NewIntegration
from storage.json_codec import Json

log = structlog.get_logger(__name__)


class NameTaken(Exception):
    """Another integration of the workspace has the name."""


class SummaryStep(WizardStep[SetupDraft]):
    """All choices, the channel, the name, and Save."""

    name = "summary"

    async def view(self, context: StepContext[SetupDraft]) -> View:
        """All choices on one page."""
        t, answers = context.interaction.t, context.answers
        assert answers.source_company is not None
        assert answers.target_company is not None
        company = answers.target_company.name
        system = t(f"{answers.provider}.name")
        return views.summary(
            context.frame(self),
            views.SetupSummary(
                name=answers.name or t("setup.name.default", system=system, company=company),
                system=t.md(f"{answers.provider}.name"),
                source=t.md("setup.company.value", value=answers.source_company.name),
                target=t.md("setup.company.value", value=company),
                settings=chosen_settings(context),
                scope=_scope(t, answers, answers.scope_labels),
                ready=answers.ready if answers.all_ready else 0,
                schedule=schedule_view.described(t, answers.schedule) if _scheduled(answers) else "",
                channel_id=answers.channel_id,
                language=answers.language,
                absence=answers.with_absence if _may_follow(answers) else None,
                typed_in=takes_lists_alone(answers.provider),
                of_absence=_absence_rows(context) if answers.absence_alone else (),
                notes=absence_notes(context) if answers.absence_alone else (),
            ),
        )

    def take(self, context: StepContext[SetupDraft], entered: Entered) -> Mapping[str, Text]:
        """Where to report, the name, and whether absence is to be chosen next."""
        errors = channel_proof.take(context.answers, entered)
        name = entered.get(views.NAME)
        if views.WITH_ABSENCE in entered:
            context.answers.with_absence = bool(entered[views.WITH_ABSENCE])
        context.answers.name = " ".join(single_line(name).split()) if isinstance(name, str) else ""
        return errors if context.answers.name else errors | {views.NAME: text("setup.summary.name.empty")}

    def checking(self, context: StepContext[SetupDraft], verb: str = "") -> Text | None:  # noqa: ARG002 - as the engine calls it
        """A message is posted."""
        return text("channel.checking", channel=Markup(f"<#{context.answers.channel_id}>"))

    async def proceed(self, context: StepContext[SetupDraft]) -> Turn:
        """Prove the channel, save all of it in one transaction, and say so there. Nothing is sent to payroll.

        The post that proves the channel becomes the first message there, or is taken back.
        """
        services = context.interaction.services
        problem = await channel_proof.prove(context)
        if problem is not None:
            return Stay(problem)
        created: Integration | None = None
        try:
            async with services.database.session() as session:
                kept = await save(session, context)  # of two presses, one goes on
                made = await _create(session, kept)
                await finish(session, kept, made.id)
            created = made
        except NameTaken:
            return Stay(StepProblem(text=text("setup.summary.name.taken"), field=views.NAME))
        except LimitReached as reached:
            return Stay(StepProblem(text=reached.text, advice=reached.advice))
        except AlreadyConnected as taken:
            return await _taken(context, taken.existing_id)
        except AccountRefused as refused:
            # Another workspace was faster.
            await note_refusal(context.interaction, refused)
            return Stay(problem_of(refused))
        finally:
            if created is None:
                await channel_proof.take_back(context)
        services.background.spawn(_welcome(context, created), f"welcome:{created.id}")
        services.background.spawn(channel_proof.join(context, created.channel_id), f"join:{created.id}")
        return Finish(_done(context, created.name, created.channel_id, created.id))


def ended(context: StepContext[SetupDraft]) -> View:
    """Once saved: what comes next. Also for a second press of Save."""
    answers = context.answers
    channel_id, finished = answers.channel_id or "", answers.finished or ""
    return _done(context, answers.name, channel_id, finished)


def _done(context: StepContext[SetupDraft], name: str, channel_id: str, integration_id: str) -> View:
    t, answers = context.interaction.t, context.answers
    more, alone = _leads_on(answers), answers.absence_alone
    return views.done(t, name, channel_id, integration_id, absence=more, alone=alone)


def _leads_on(answers: SetupDraft) -> bool:
    return answers.with_absence and _may_follow(answers)


def _may_follow(answers: SetupDraft) -> bool:
    """Whether absence is a choice of its own, beside the employees."""
    return not answers.absence_alone and takes_absence(answers.provider)


def _absence_rows(context: StepContext[SetupDraft]) -> Sequence[tuple[str, str]]:
    """What was chosen for absence where there is nothing else, but for its times, as mrkdwn."""
    (_, first), types, _, status = absence_rows(context)
    return (context.interaction.t.md("setup.summary.first_day"), first), types, status


async def _create(session: Session, context: StepContext[SetupDraft]) -> Integration:
    """Everything that was answered, made true in this transaction, with a record of each deed."""
    interaction, answers, company = context.interaction, context.answers, context.answers.target_company
    assert company is not None
    assert answers.channel_id is not None
    vault = interaction.services.database.vault
    await workspaces.ensure(session, interaction.team_id)
    await workspaces.lock_for_update(session, interaction.team_id)
    await require_room(session, interaction)
    others = await integrations.list_for(session, interaction.team_id)
    same = [each for each in others if (each.provider, each.target_account_id) == (answers.provider, company.id)]
    if not same and any(other.name.casefold() == answers.name.casefold() for other in others):
        raise NameTaken  # of two that connect one company, the second is told that it is connected
    await _connect_source(session, context)
    await claim(session, interaction, answers.provider, company)
    attention, thresholds = await removed_integrations.safeguards_of(
        session, interaction.team_id, answers.provider, company.environment, company.id
    )
    created = await integrations.create(
        session,
        vault,
        NewIntegration(
            team_id=interaction.team_id,
            provider=answers.provider,
            target_account_id=company.id,
            target_account_name=company.name,
            environment=company.environment,
            name=answers.name,
            owner_user_id=interaction.user_id,
            channel_id=answers.channel_id,
            language=answers.language,
            credentials=answers.target_credentials,
            scope=answers.scope.to_json(),
            settings=dict(answers.settings),
            attention=attention,
            thresholds=thresholds,
        ),
    )
    await keep_until(session, context, created.id, answers.target_until)
    await keep_absence(session, context, created.id)
    if _scheduled(answers):
        await schedule_step.put_schedule(session, context, created.id, main_resource(answers.provider))
    await _record(session, context, created)
    return created


async def _connect_source(session: Session, context: StepContext[SetupDraft]) -> None:
    """Keep Simployer's token for the workspace, where one was entered."""
    interaction, answers, source = context.interaction, context.answers, context.answers.source_company
    assert source is not None
    if not answers.source_credentials:
        return
    vault = interaction.services.database.vault
    await workspaces.set_source(session, vault, interaction.team_id, answers.source_credentials, source.id, source.name)
    await keep_until(session, context, SOURCE, answers.source_until)
    account = {"account": source.id, "until": answers.source_until}
    await audit.write(session, interaction.team_id, interaction.user_id, "source.connected", new=account)


async def _record(session: Session, context: StepContext[SetupDraft], created: Integration) -> None:
    """What was set up, and the questions that were answered with yes, for the audit."""
    interaction, answers = context.interaction, context.answers
    chosen = answers.schedule if _scheduled(answers) else replace(answers.schedule, scheduled=False)
    scope, schedule = answers.scope.to_json(), schedule_step.audited(chosen)
    deeds: dict[str, Mapping[str, Any]] = {
        "integration.created": {
            "provider": created.provider,
            "account": created.target_account_id,
            "scope": scope,
            "settings": dict(answers.settings),
            **_named(context),
            "channel": created.channel_id,
            "language": created.language,
            "schedule": schedule,
            "until": answers.target_until,
            **absence_audited(context),
        }
    }
    if "widen" in answers.confirmed:
        deeds["scope.widened_untested"] = scope
    if _scheduled(answers):
        deeds["schedule.enabled_untested"] = schedule
    for action, new in deeds.items():
        await audit.write(session, interaction.team_id, interaction.user_id, action, created.id, new=new)


def _named(context: StepContext[SetupDraft]) -> dict[str, Json]:
    """What the values of the settings are called, as the account called them, and the offices that have one each."""
    chosen, of_offices = context.answers.settings, asked_of_offices(context)
    questions = [(setting.key, choices) for setting, choices in asked(context) if setting.live]
    questions += [(question.key, question.choices) for question in of_offices]
    labels: dict[str, Json] = {
        key: choice.label for key, choices in questions for choice in choices if choice.value == chosen.get(key)
    }
    offices: dict[str, Json] = {office.value: office.label for office in context.answers.offices}
    return {"labels": labels, "offices": offices} if of_offices else {"labels": labels}


async def _taken(context: StepContext[SetupDraft], existing_id: str) -> Turn:
    """Somebody connected the same company while this set-up was going on."""
    async with context.interaction.services.database.reading() as session:
        existing = await integrations.get(session, existing_id, team_id=context.interaction.team_id)
    assert context.answers.target_company is not None
    name = existing.name if existing else ""
    return Show(already_connected(context, name, context.answers.target_company, existing_id))


async def _welcome(context: StepContext[SetupDraft], created: Integration) -> None:
    """Tell the channel, in place of the test post, with the next step one press away."""
    t = translator(created.language, context.answers.timezone)
    lines = _lines(t, context)
    if created.attention.get("four_eyes"):
        lines.append(t.md("setup.welcome.four_eyes"))
    said = views.welcome(t, created.name, context.interaction.user_id, created.id, lines)
    client, answers = context.interaction.client, context.answers
    in_place = answers.test_post_ts if answers.test_post_channel == created.channel_id else None
    try:
        if in_place:
            await client.chat_update(channel=created.channel_id, ts=in_place, **said)
            return
    except NOT_DONE as error:
        # Somebody has deleted the test post, or the workspace lets nothing be edited.
        log.info("test_post_not_replaced", integration=created.id, error=word_of(error))
    try:
        await client.chat_postMessage(channel=created.channel_id, **said)
    except NOT_DONE as error:
        log.warning("welcome_failed", integration=created.id, error=word_of(error))


def _scheduled(answers: SetupDraft) -> bool:
    """Whether the version before had asked for a schedule, and for it to be confirmed: none is asked for now."""
    return answers.scheduled and "untested" in answers.confirmed


def _scope(t: Translator, answers: SetupDraft, labels: Sequence[str]) -> str:
    scope = answers.scope
    return scope_view.described(t, scope, labels)


def _lines(t: Translator, context: StepContext[SetupDraft]) -> list[str]:
    answers = context.answers
    company = answers.target_company.name if answers.target_company else ""
    # In a channel the scope is told by numbers: who is tested first is not everybody's affair.
    scope = _scope(t, answers, ())
    return [
        t.md("setup.welcome.to", system=t(f"{answers.provider}.name"), company=company),
        t.md("card.scope", scope=Markup(scope)),
    ]
