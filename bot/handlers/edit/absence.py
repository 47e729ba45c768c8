"""`/integration absence`: whether absence is sent, what goes where, from which day on, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from slack_sdk.models.blocks import Option as OptionModel

from bot.core.likeness import said_in, searchable
from bot.core.text import Markup, Text, text
from bot.domain.leave_settings import LeaveSettings
from bot.domain.resource import Resource
from bot.domain.run_remark import RunRemark
from bot.handlers.edit import base
from bot.handlers.edit.absence_draft import (
    AbsenceAnswers,
    AbsenceDraft,
    SeenCode,
    audited,
    begun,
    by_files,
    codes_of,
    lines_of,
    period_start,
    picked_number,
    settings_of,
    terms_of,
    unsent,
    wrong_days,
)
from bot.handlers.edit.absence_look import LookedAt, file_of_other_days, look, of_integration
from bot.handlers.edit.mappings import chosen_setting, wrong_setting
from bot.handlers.framework.draft import as_finding
from bot.handlers.framework.integration_picker import Work
from bot.handlers.framework.interaction import Entered, Interaction
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.wizard import Finish, Next, Stay, StepContext, Turn, Wizard, WizardStep, finish
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.overview.cards import schedule_choice
from bot.handlers.runs.start import no_absence
from bot.handlers.shared import schedule_step
from bot.handlers.shared.drafts import ScheduleDraft
from bot.handlers.shared.schedule_step import ScheduleStep
from bot.jobs.scheduling.calendar import local_day
from bot.providers import registry
from bot.providers.leave_protocol import OWN_CODE, LeaveCode
from bot.providers.registry import takes_absence, takes_lists_alone
from bot.slack.roles import Action
from bot.views import command as command_view
from bot.views.blocks import View
from bot.views.edit import absence as views
from bot.views.edit import saved as saved_view
from bot.views.edit.mappings import NOTHING, Setting
from bot.views.setup.settings import block_id
from bot.views.shared import schedule as schedule_view
from storage import audit, integrations, leave_settings, schedules
from storage.integrations import Integration

KIND = "absence"
MOST_OPTIONS = 100
"""Of one answer to a search."""


def register(listeners: AuthorizedListeners, runner: WizardRunner) -> None:
    """The conversation, and the search where a target has many codes."""
    steps = (AbsenceStep(), AbsenceTypesStep(), AbsenceSettingsStep(), AbsenceTimesStep(), AbsenceSummaryStep())
    runner.add(Wizard(KIND, AbsenceDraft, steps, base.ended, Action.EDIT))

    async def search(interaction: Interaction) -> Sequence[OptionModel]:
        context = await runner.load_as(interaction, AbsenceDraft)
        if context is None:
            return ()
        words = str(interaction.body.get("value") or "")
        type_id = str(interaction.body.get("block_id") or "").removeprefix(views.TYPE)
        line = next((line for line in lines_of(context.answers.absence) if line.id == type_id), None)
        codes = codes_of(context.answers.absence)
        found = [views.code_option(interaction.t, code) for code in codes if said_in(words, searchable(code.label))]
        always = views.fixed_options(interaction.t, line) if line is not None else []
        if _open_codes(context) and _is_new(words.strip(), codes):
            always.append(views.typed_option(interaction.t, words.strip()))
        return [*always, *found[: MOST_OPTIONS - len(always)]]

    listeners.options(views.SEARCH, search, runner.action_of)


def editor(runner: WizardRunner) -> Work:
    """Opens the form with the choices as they are; says so plainly where the target takes no absence."""

    async def edit(interaction: Interaction, integration: Integration) -> None:
        if not takes_absence(integration.provider):
            await interaction.reply(command_view.said(interaction.t, no_absence(integration)))
            return
        answers = await base.answers_of(AbsenceDraft, interaction, integration)
        async with interaction.services.database.reading() as session:
            stored = await leave_settings.get(session, integration.id)
            own = await schedules.get(session, integration.id, resource=Resource.ABSENCE)
        answers.absence = begun(_settings(stored), stored.version if stored is not None else 0)
        if answers.absence_alone:
            answers.absence.on, answers.absence.together = True, False
        answers.choose(schedule_choice(own, interaction.member.timezone, interaction.services.clock()))
        await runner.begin(interaction, KIND, answers, integration.id)

    return edit


class AbsenceStep(WizardStep[AbsenceDraft]):
    """On or off, from when, what is closed, and when it goes."""

    name = "absence"

    async def view(self, context: StepContext[AbsenceDraft]) -> View:
        """As chosen."""
        answers = context.answers
        chosen = terms_of(answers.absence, today(context.interaction), await _zone(context))
        typed_in = takes_lists_alone(answers.provider)
        return views.terms(
            context.frame(self), answers.name, answers.provider, chosen,
            alone=answers.absence_alone, files=by_files(answers.provider), typed_in=typed_in,
        )  # fmt: skip

    def take(self, context: StepContext[AbsenceDraft], entered: Entered) -> Mapping[str, Text]:
        """What the form does not show stays."""
        answers = context.answers.absence
        answers.on = _picked(entered, views.ON, "on", answers.on)
        answers.own_day = _picked(entered, views.FROM, "day", answers.own_day)
        answers.confirmed_only = _picked(entered, views.STATUS, "confirmed", answers.confirmed_only)
        answers.together = _picked(entered, views.WHEN, "together", answers.together)
        answers.period_from = picked_number(entered, views.PERIOD_FROM, views.PERIOD_DAYS, answers.period_from)
        if entered.get(views.CUT_OFF) == views.NO_CUT_OFF:
            answers.cut_off = None
        else:
            answers.cut_off = picked_number(entered, views.CUT_OFF, views.CUT_OFFS, answers.cut_off)
        answers.cut_off_hour = picked_number(entered, views.CUT_OFF_HOUR, range(24), answers.cut_off_hour)
        if views.CLOSED in entered:
            answers.closed = _day(entered[views.CLOSED])
        if views.FIRST_DAY in entered:
            answers.first_day = _day(entered[views.FIRST_DAY])
        return wrong_days(answers, entered)

    def checking(self, context: StepContext[AbsenceDraft], verb: str = "") -> Text | None:
        """Both systems are read where absence is on."""
        if not context.answers.absence.on or verb:
            return None
        return text("absence.reading", system=text(f"{context.answers.provider}.name"))

    async def proceed(self, context: StepContext[AbsenceDraft]) -> Turn:
        """Off is saved at once; on, only where both systems can be read and what they say can be trusted."""
        if not context.answers.absence.on:
            return await _save(context)
        if (waits := await file_of_other_days(context)) is not None:
            return Stay(waits)
        at = await self.looked_at(context)
        if at is None:
            return Finish(base.overtaken(context))
        problem = await look(context, at, today(context.interaction))
        return Next() if problem is None else Stay(replace(problem, field=views.ON))

    async def looked_at(self, context: StepContext[AbsenceDraft]) -> LookedAt | None:
        """Both ends of the integration; None where it was removed meanwhile."""
        integration = await _integration(context)
        return None if integration is None else await of_integration(context.interaction, integration)


class AbsenceTypesStep(WizardStep[AbsenceDraft]):
    """Which leave type goes where, a page at a time."""

    name = "absence_types"

    async def view(self, context: StepContext[AbsenceDraft]) -> View:
        """A page of types."""
        answers = context.answers.absence
        lines = lines_of(answers)
        codes = codes_of(answers)
        return views.types(
            context.frame(self), context.answers.provider, lines, codes, answers.page, unsent(lines),
            typed=_open_codes(context),
        )  # fmt: skip

    def take(self, context: StepContext[AbsenceDraft], entered: Entered) -> Mapping[str, Text]:
        """Each choice, if it may be one. At least one type has to go somewhere."""
        answers = context.answers.absence
        if _open_codes(context):
            _take_typed(answers, entered)
        problems = {f"{views.CODE}{code.value}": code.problem for code in codes_of(answers)}
        errors: dict[str, Text] = {}
        for field, value in entered.items():
            if not field.startswith(views.TYPE):
                continue
            picked = str(value or views.AUTOMATIC)
            if picked == views.AUTOMATIC:
                answers.picked.pop(field.removeprefix(views.TYPE), None)
                continue
            if picked != NOTHING and (picked not in problems or problems[picked] is not None):
                problem = problems.get(picked)
                errors[field] = text(f"leave.{problem}") if problem else text("flow.choose")
            answers.picked[field.removeprefix(views.TYPE)] = picked
        lines = lines_of(answers)
        if not errors and lines and not any(line.sent for line in lines):
            at = answers.page * views.TYPES_PER_PAGE
            errors[f"{views.TYPE}{lines[at].id}"] = text("absence.types.none_sent")
        return errors

    async def act(self, context: StepContext[AbsenceDraft], verb: str) -> Turn:
        """Turn the page; what was chosen on this one is kept."""
        answers = context.answers.absence
        last = max(0, (len(answers.types) - 1) // views.TYPES_PER_PAGE)
        answers.page = min(last, answers.page + 1) if verb == "next" else max(0, answers.page - 1)
        return Stay()


class AbsenceSettingsStep(WizardStep[AbsenceDraft]):
    """What the payroll system asks of absence besides, where it does."""

    name = "absence_settings"

    def applies(self, context: StepContext[AbsenceDraft]) -> bool:
        """Only where there is something to ask."""
        return bool(_asked(context))

    async def view(self, context: StepContext[AbsenceDraft]) -> View:
        """Its settings, as chosen."""
        return views.settings(context.frame(self), context.answers.provider, _asked(context))

    def take(self, context: StepContext[AbsenceDraft], entered: Entered) -> Mapping[str, Text]:
        """Each value, if it may be one."""
        errors: dict[str, Text] = {}
        values = context.answers.absence.values
        for setting in _asked(context):
            name = block_id(setting.field.key)
            if name not in entered:
                continue
            raw = entered[name]
            value = raw.strip() if isinstance(raw, str) and raw != NOTHING else ""
            wrong = wrong_setting(setting, value)
            if wrong is not None:
                errors[name] = wrong
            elif not value or value == setting.field.default:
                values.pop(setting.field.key, None)
            else:
                values[setting.field.key] = value.replace(",", ".") if setting.field.number else value
        return errors


class AbsenceTimesStep(ScheduleStep):
    """When absence is synced, where that is not with the employees."""

    def applies(self, context: StepContext[ScheduleDraft]) -> bool:
        """Only with times of its own."""
        return isinstance(context.answers, AbsenceDraft) and not context.answers.absence.together


class AbsenceSummaryStep(WizardStep[AbsenceDraft]):
    """All of it, with what follows, and Save."""

    name = "absence_summary"

    async def view(self, context: StepContext[AbsenceDraft]) -> View:
        """With how much there is to be sent, and how much of it is before the open period."""
        t, answers = context.interaction.t, context.answers.absence
        rows = absence_rows(context)
        files, zone = by_files(context.answers.provider), await _zone(context)
        said = views.cut_off_said(t, answers.cut_off, answers.cut_off_hour, zone, files=files)
        rows.insert(-1, (t.md("absence.cut_off"), said))
        looked = [RunRemark.of_check(as_finding(one)) for one in answers.looked]
        notes = [*absence_notes(context), t.md("absence.summary.next")]
        return views.summary(context.frame(self), rows, notes, looked)

    async def proceed(self, context: StepContext[AbsenceDraft]) -> Turn:
        """Keep it, unless somebody else was first."""
        return await _save(context)


def absence_rows(context: StepContext[AbsenceDraft]) -> list[tuple[str, str]]:
    """First day, types, times and status as they are chosen, each as mrkdwn."""
    t, answers = context.interaction.t, context.answers.absence
    day = today(context.interaction)
    lines = lines_of(answers)
    said = t.md("absence.summary.together")
    if not answers.together:
        said = schedule_view.described(t, context.answers.schedule)
    first = settings_of(answers, LeaveSettings(), day, "").first_day or period_start(answers, day)
    sent = sum(line.sent for line in lines)
    return [
        (t.md("absence.summary.from"), t.value(first)),
        (t.md("absence.summary.types"), t.md("absence.summary.types.value", n=sent, all=len(lines))),
        (t.md("absence.summary.when"), said),
        (t.md("absence.summary.status"), t.md(f"absence.summary.status.{_status(answers.confirmed_only)}")),
    ]


def absence_notes(context: StepContext[AbsenceDraft]) -> list[str]:
    """What follows from it, as mrkdwn: how much there is, how much of it is older, and what is left out."""
    t, answers = context.interaction.t, context.answers.absence
    lines = {line.id: line for line in lines_of(answers)}
    sent = [seen for seen in answers.types if lines[seen.id].sent]
    notes = [t.md("absence.summary.days", n=sum(seen.days for seen in sent), people=answers.people)]
    if earlier := sum(seen.earlier for seen in sent):
        start = period_start(answers, today(context.interaction))
        notes.append(t.md("absence.summary.backfill", n=earlier, day=start))
    left = [t.md("absence.types.unsent.one", type=each.name, n=each.people) for each in unsent([*lines.values()])]
    if left:
        notes.append(t.md("absence.types.unsent", types=tuple(Markup(one) for one in left)))
    return notes


async def _save(context: StepContext[AbsenceDraft]) -> Turn:
    interaction, answers = context.interaction, context.answers
    integration_id, day = context.draft.integration_id, today(context.interaction)
    assert integration_id is not None
    async with interaction.services.database.session() as session:
        integration = await integrations.get(session, integration_id, team_id=interaction.team_id)
        stored = await leave_settings.get(session, integration_id)
        before = _settings(stored)
        lost = stored is not None and stored.is_lost
        if integration is None or lost or (stored.version if stored is not None else 0) != answers.absence.version:
            return Finish(base.overtaken(context))
        after = settings_of(answers.absence, before, day, interaction.services.settings.timezone)
        if not after.enabled:
            after = replace(before, enabled=False)
        if after != before or stored is None:
            kept = await leave_settings.put(session, integration_id, after.to_json(), expected=answers.absence.version)
            if kept is None:
                return Finish(base.overtaken(context))
        if after.enabled and not after.with_employees:
            await schedule_step.put_schedule(session, context, integration_id, Resource.ABSENCE)
        else:
            await schedules.delete(session, integration_id, resource=Resource.ABSENCE)
        await audit.write(
            session, interaction.team_id, interaction.user_id, "absence.changed", integration_id,
            old=audited(before), new=audited(after),
        )  # fmt: skip
        await finish(session, context, integration_id)
    said = text("absence.saved.on" if after.enabled else "absence.saved.off", name=answers.name)
    if not after.enabled:
        return Finish(saved_view.saved(interaction.t, said, integration_id=integration_id))
    return Finish(views.saved(interaction.t, said, integration_id))


def today(interaction: Interaction) -> date:
    """The day that a run of absence would take for today."""
    return local_day(interaction.services.clock(), interaction.services.settings.timezone)


def _settings(stored: leave_settings.StoredLeaveSettings | None) -> LeaveSettings:
    return LeaveSettings.from_json(stored.settings) if stored is not None else LeaveSettings()


async def _zone(context: StepContext[AbsenceDraft]) -> str:
    """The zone of the integration's cut-off: the one it has, else the one it gets when it is saved."""
    integration_id, stored = context.draft.integration_id, None
    if integration_id is not None:
        async with context.interaction.services.database.reading() as session:
            stored = await leave_settings.get(session, integration_id)
    return _settings(stored).zone or context.interaction.services.settings.timezone


async def _integration(context: StepContext[AbsenceDraft]) -> Integration | None:
    integration_id, team_id = context.draft.integration_id, context.interaction.team_id
    assert integration_id is not None
    async with context.interaction.services.database.reading() as session:
        return await integrations.get(session, integration_id, team_id=team_id)


def _open_codes(context: StepContext[AbsenceDraft]) -> bool:
    """Whether a code may be typed: nobody knows which ones the payroll system has."""
    spec = registry.target(context.answers.provider).info.spec(Resource.ABSENCE)
    return spec is not None and spec.leave is not None and spec.leave.open_codes


def _is_new(code: str, known: Sequence[LeaveCode]) -> bool:
    return bool(OWN_CODE.fullmatch(code)) and all(one.value != code for one in known)


def _take_typed(answers: AbsenceAnswers, entered: Entered) -> None:
    """Codes that were typed become known as those that were read are."""
    for field, value in entered.items():
        code = str(value or "").removeprefix(views.CODE)
        if field.startswith(views.TYPE) and str(value).startswith(views.CODE) and _is_new(code, codes_of(answers)):
            answers.codes.append(SeenCode(value=code, label=code))


def _asked(context: StepContext[AbsenceDraft]) -> list[Setting]:
    answers = context.answers
    spec = registry.target(answers.provider).info.spec(Resource.ABSENCE)
    fields = spec.settings if spec is not None else ()
    return [chosen_setting(context, one, answers.absence.values.get(one.key, "")) for one in fields]


def _picked(entered: Entered, field: str, value: str, before: bool) -> bool:
    return entered[field] == value if entered.get(field) else before


def _day(entered: object) -> date | None:
    return date.fromisoformat(entered) if isinstance(entered, str) and entered else None


def _status(confirmed_only: bool) -> str:
    return "confirmed" if confirmed_only else "decided"
