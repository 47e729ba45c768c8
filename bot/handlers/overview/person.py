"""`/integration person`: who may manage gets what is stored of one person as a file, or erases it.

The file goes to the direct message of whoever asked and is kept nowhere here. Neither number nor name stands in a log,
in the audit or in what the channel reads.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from pydantic import Field
from slack_sdk.errors import SlackApiError

from bot import person_requests
from bot.core.text import Text, text
from bot.handlers.framework.draft import WizardState
from bot.handlers.framework.interaction import Entered, Interaction
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.wizard import Finish, Next, Stay, StepContext, Turn, Wizard, WizardStep, finish
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.runs.export_file import GONE
from bot.notify.file_delivery import direct_message, say_beside
from bot.person_requests import StoredPerson
from bot.providers.errors import NotPermitted
from bot.slack.client import NOT_DONE, code_of, word_of
from bot.slack.roles import Action
from bot.views import command as command_views
from bot.views.blocks import View
from bot.views.overview import person as views
from bot.views.runs import export_file as file_views
from bot.views.wizard import StepProblem
from storage import audit
from storage.errors import RunUnderWay, Unreadable, WrongOwner

KIND = "person"
SLACK = "slack"
NOBODY = text("person.nobody")

log = structlog.get_logger(__name__)


class PersonRequestDraft(WizardState):
    """Whose records, by the number in which they are asked for, and what is to be done.

    `same_number` are those who have had the number, where they are several: names, or "", by their ids in the source;
    `person_id` is the one that is meant.
    """

    person_number: str = ""
    person_deed: str = views.FILE
    same_number: dict[str, str] = Field(default_factory=dict)
    person_id: str | None = None


def register(listeners: AuthorizedListeners, runner: WizardRunner) -> None:
    """The conversation, and the button that deletes the file."""
    steps = (PersonStep(), WhichPersonStep(), ErasePersonStep())
    runner.add(Wizard(KIND, PersonRequestDraft, steps, _ended, Action.PERSON))
    # Whoever has the file may delete it, also when they may not manage any more.
    listeners.action(views.DELETE_PERSON_FILE, _delete, Action.DELETE_FILE)


async def begin(interaction: Interaction, runner: WizardRunner, number: str) -> None:
    """Open the form, with the number where one was typed."""
    await runner.begin(interaction, KIND, PersonRequestDraft(person_number=number[: views.LONGEST_NUMBER]))


class PersonStep(WizardStep[PersonRequestDraft]):
    """Whose, and what to do."""

    name = "person"

    async def view(self, context: StepContext[PersonRequestDraft]) -> View:
        """The form."""
        return views.ask_person(context.frame(self), context.answers.person_number, context.answers.person_deed)

    def take(self, context: StepContext[PersonRequestDraft], entered: Entered) -> Mapping[str, Text]:
        """A number, and one of the two deeds."""
        answers = context.answers
        number, deed = entered.get(views.NUMBER), entered.get(views.DEED)
        answers.person_number = number.strip() if isinstance(number, str) else ""
        if deed in (views.FILE, views.ERASE):
            answers.person_deed = str(deed)
        answers.same_number, answers.person_id = {}, None
        return {} if answers.person_number else {views.NUMBER: text("person.number.missing")}

    def checking(self, context: StepContext[PersonRequestDraft], verb: str = "") -> Text | None:  # noqa: ARG002 - one button
        """What is stored is looked through, and a file goes to Slack."""
        return text("person.checking")

    async def proceed(self, context: StepContext[PersonRequestDraft]) -> Turn:
        """On to which of several it is or to the erasure, or with the file to its reader."""
        interaction, answers = context.interaction, context.answers
        if answers.person_deed == views.FILE and not interaction.services.settings.files_by_message:
            await _record(interaction, "file.refused")
            return Stay(StepProblem(text=text("file.forbidden")))
        person = await _look(context)
        if not person.records.ids:
            return Stay(StepProblem(text=NOBODY, advice=text("person.nobody.advice"), field=views.NUMBER))
        if len(person.records.ids) > 1:
            answers.same_number = dict(person.names)
            return Next()
        (answers.person_id,) = person.records.ids
        return await _onward(context, person)


class WhichPersonStep(WizardStep[PersonRequestDraft]):
    """Which of those who have had the number in turn."""

    name = "which_person"
    question = True

    def applies(self, context: StepContext[PersonRequestDraft]) -> bool:
        """Where they are several."""
        return len(context.answers.same_number) > 1

    async def view(self, context: StepContext[PersonRequestDraft]) -> View:
        """The choice."""
        return views.ask_which(context.frame(self), context.answers.same_number)

    def take(self, context: StepContext[PersonRequestDraft], entered: Entered) -> Mapping[str, Text]:
        """One of those who were offered."""
        chosen = entered.get(views.WHICH)
        if not isinstance(chosen, str) or chosen not in context.answers.same_number:
            return {views.WHICH: text("person.which.missing")}
        context.answers.person_id = chosen
        return {}

    def checking(self, context: StepContext[PersonRequestDraft], verb: str = "") -> Text | None:  # noqa: ARG002 - one button
        """As before."""
        return text("person.checking")

    async def proceed(self, context: StepContext[PersonRequestDraft]) -> Turn:
        """To the erasure, or with the file to its reader."""
        person = await _look(context)
        return await _onward(context, person) if person.records.ids else await _nothing(context)


class ErasePersonStep(WizardStep[PersonRequestDraft]):
    """What stays and why, and the number as the proof that it is meant."""

    name = "erase_person"

    def applies(self, context: StepContext[PersonRequestDraft]) -> bool:
        """Where it is to be erased."""
        return context.answers.person_deed == views.ERASE

    async def view(self, context: StepContext[PersonRequestDraft]) -> View:
        """The question."""
        return views.ask_erase(context.frame(self), _stays(await _look(context)))

    def take(self, context: StepContext[PersonRequestDraft], entered: Entered) -> Mapping[str, Text]:
        """The number must be the one that was asked for."""
        typed = entered.get(views.AGAIN)
        same = isinstance(typed, str) and typed.strip() == context.answers.person_number
        return {} if same else {views.AGAIN: text("person.again.wrong")}

    def keep(self, context: StepContext[PersonRequestDraft], entered: Entered) -> None:
        """The number is typed anew each time."""

    def checking(self, context: StepContext[PersonRequestDraft], verb: str = "") -> Text | None:  # noqa: ARG002 - one button
        """It may be in many runs."""
        return text("person.erasing")

    async def proceed(self, context: StepContext[PersonRequestDraft]) -> Turn:
        """Erase; not under a run's feet."""
        interaction = context.interaction
        database = interaction.services.database
        person = await _look(context)
        if not person.records.ids:
            return await _nothing(context)
        try:
            async with database.session() as session:
                erased = await person_requests.erase(
                    session, database.vault, person, interaction.user_id, SLACK, context.draft.id
                )
                await finish(session, context, views.ERASE)
        except RunUnderWay as refused:
            about = text("person.running", name=refused.name)
            return Stay(StepProblem(text=about, advice=text("person.running.advice")))
        return Finish(views.erased(interaction.t, sum(erased.values()), _stays(person)))


async def _look(context: StepContext[PersonRequestDraft]) -> StoredPerson:
    interaction, answers = context.interaction, context.answers
    return await person_requests.look(
        interaction.services.database, interaction.team_id, answers.person_number, answers.person_id
    )


def _stays(person: StoredPerson) -> list[Text]:
    return views.staying(person.leave_entries, person.files, [name for name, _ in person.chosen])


async def _onward(context: StepContext[PersonRequestDraft], person: StoredPerson) -> Turn:
    return Next() if context.answers.person_deed == views.ERASE else await _hand_over(context, person)


async def _nothing(context: StepContext[PersonRequestDraft]) -> Turn:
    """Somebody else has erased it meanwhile."""
    async with context.interaction.services.database.session() as session:
        await finish(session, context, views.ERASE)
    return Finish(views.told(context.interaction.t, NOBODY))


async def _hand_over(context: StepContext[PersonRequestDraft], person: StoredPerson) -> Turn:
    """Give the records as a file to the person who asked, in their own direct message."""
    interaction, number = context.interaction, person.number
    t, client, database = interaction.t, interaction.client, interaction.services.database
    lines = person.lines()
    # Before it is sent, and once: an entry too many is nothing beside one that is missing.
    async with database.session() as session:
        await finish(session, context, views.FILE)
        await person_requests.note_export(session, database.vault, person, interaction.user_id, SLACK)
    name = f"{t('person.file.name')}-{interaction.services.clock():%Y-%m-%d-%H%M}.jsonl"
    try:
        channel = await direct_message(client, interaction.user_id)
        shared = await client.files_upload_v2(
            channel=channel,
            filename=name,
            title=name,
            content="".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace"),
            initial_comment=views.above_person_file(t, number, len(lines)),
        )
        sealed = database.vault.seal(_whose(interaction), str(shared["files"][0]["id"])).decode()
        await say_beside(client, channel, views.beside_person_file(t, sealed))
    except (*NOT_DONE, NotPermitted) as error:
        log.warning("person_file_not_given", team=interaction.team_id, error=word_of(error))
        return Finish(views.told(t, text("person.file.failed")))
    return Finish(views.told(t, text("person.file.given")))


def _whose(interaction: Interaction) -> str:
    """What the name of a file is sealed for: the person whom it was given to."""
    return f"person file:{interaction.team_id}:{interaction.user_id}"


async def _delete(interaction: Interaction) -> None:
    """Delete the file beside whose note the button stands, for the one person whom it was given to."""
    try:
        file_id = str(interaction.services.database.vault.open(_whose(interaction), interaction.value.encode()))
    except (Unreadable, WrongOwner) as error:
        log.warning("file_deletion_refused", team=interaction.team_id, user=interaction.user_id)
        if isinstance(error, WrongOwner):  # it is a file, and somebody else's
            await _record(interaction, "file.delete_refused")
        await interaction.reply(command_views.said(interaction.t, text("file.delete.not_yours")))
        return
    try:
        await interaction.client.files_delete(file=file_id)
    except SlackApiError as error:
        if code_of(error) not in GONE:
            log.warning("file_not_deleted", team=interaction.team_id, error=code_of(error))
            await interaction.reply(command_views.said(interaction.t, text("file.delete.failed")))
            return
    await _record(interaction, "file.deleted")
    where: Mapping[str, str] = interaction.body.get("container") or {}
    message = file_views.deleted(interaction.t)
    try:
        own = await direct_message(interaction.client, interaction.user_id)
        if where.get("channel_id") == own and where.get("message_ts"):
            await interaction.client.chat_update(
                channel=own, ts=where["message_ts"], text=message.text, blocks=message.blocks
            )
            return
    except (*NOT_DONE, NotPermitted) as error:
        log.info("note_stays", error=word_of(error))
    await interaction.reply(command_views.said(interaction.t, text("file.deleted")))


async def _record(interaction: Interaction, action: str) -> None:
    async with interaction.services.database.session() as session:
        await audit.write(session, interaction.team_id, interaction.user_id, action)


def _ended(context: StepContext[PersonRequestDraft]) -> View:
    """For a second press: it is done already."""
    given = context.answers.finished == views.FILE
    return views.told(context.interaction.t, text("person.file.given" if given else "person.erased.before"))
