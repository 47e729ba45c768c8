"""What a system said word for word is for whoever may manage: nobody else in the channel reads a letter of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.core.text import text
from bot.domain.change import Person
from bot.domain.outcome import Outcome, OutcomeKind
from bot.locales import LANGUAGES, translator
from bot.notify.composite import slack_notifier
from bot.sync.checks.findings import finding
from bot.sync.codec import change_from_json, change_to_json
from bot.sync.report.run_summary import summed
from bot.views.report import run_message
from bot.views.report.details import tables
from bot.views.report.values import ShownValues
from sandbox.slack.user_actions import Person as Somebody
from sandbox.slack.workspace import Message
from storage import plans, runs
from storage.runs import RunKind
from tests.handlers.runs.test_approve_replan import ASKING, asked
from tests.handlers.runs.test_start import ended
from tests.notify.test_run_reporter import synced, top
from tests.support.slack_office import Office
from tests.views.test_report import facts

CANARY = "Canarylla has a second job"


def in_slack(office: Office) -> str:
    """All that was sent to Slack, and all files in it."""
    files = [(file.content or b"").decode(errors="replace") for file in office.slack.world.files.values()]
    return office.sent() + "".join(files)


async def words_of(office: Office, message: Message, who: Somebody) -> str:
    await who.click("run.words", message)
    return await office.shows(who, "Hva systemet svarte")


async def test_whoever_manages_reads_what_was_said_of_a_person_and_nobody_else(office: Office) -> None:
    refusal = {"message": "Refused", "validationMessages": [{"field": "firstName", "message": CANARY}]}
    office.tripletex.faults.status(422, refusal, method="POST", path="/employee$", times=1)
    made = await office.make(**ASKING)
    henrik, maja = office.person("henrik"), office.person("maja")
    await henrik.type("/integration sync now")
    await henrik.click("run.approve", await asked(office, henrik))
    await ended(office, made.id)
    message = top(henrik)[-1]
    assert "Hva systemet svarte" in henrik.reads(message)
    assert office.slack.world.files
    assert "Canarylla" not in in_slack(office)

    await maja.click("run.words", message)
    await office.told(maja, "<@U01ASTRID>")
    assert maja.modal is None
    assert "run.words_viewed" not in [entry.action for entry in await office.audited()]

    assert CANARY in await words_of(office, message, henrik)
    looked = [entry for entry in await office.audited() if entry.action == "run.words_viewed"]
    assert [entry.actor_id for entry in looked] == [henrik.user.id]


@pytest.mark.parametrize("kind", [RunKind.SYNC, RunKind.PREVIEW])
async def test_what_was_said_of_a_whole_run_is_not_in_the_channel(office: Office, kind: RunKind) -> None:
    refusal = {"message": CANARY, "code": 9000}
    office.tripletex.faults.status(403, refusal, method="GET", path="/employee$", times=None)
    await synced(office, kind)
    henrik = office.person("henrik")
    message = next(one for one in top(henrik) if "Hva systemet svarte" in henrik.reads(one))
    assert "Canarylla" not in in_slack(office)
    said = await words_of(office, message, henrik)
    assert CANARY in said
    assert "Hele kjøringen" in said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [OutcomeKind.FAILED, OutcomeKind.UPDATED, OutcomeKind.BLOCKED])
def test_no_message_of_the_channel_has_a_systems_words(language: str, kind: OutcomeKind) -> None:
    t = translator(language)
    one = Outcome(kind, Person("s", "1", "Ola", "t"), (), reason=text("apply.target_changed"), verbatim=CANARY)
    summary = summed([one])
    told = facts([one])
    shown = [run_message.result(told, summary, t), *tables(summary, ShownValues(t), preview=False)]
    assert all("Canarylla" not in json.dumps([message.text, message.blocks]) for message in shown)
    assert "run.words" in json.dumps(shown[0].blocks)
    assert "run.words" not in json.dumps(run_message.result(told, summed([]), t).blocks)


async def test_who_is_asked_to_approve_can_read_what_was_said_of_a_person_who_is_left_out(office: Office) -> None:
    made = await office.make(**ASKING)
    henrik, database = office.person("henrik"), office.app.database
    await henrik.type("/integration sync now")
    assert "Hva systemet svarte" not in henrik.reads(await asked(office, henrik))
    rejected = finding("target.rejected", verbatim=CANARY)
    async with database.session() as s:
        (run,) = await runs.active(s, made.id)
        planned = await plans.following(s, database.vault, run.id, plans.START)
        kept = await plans.header(s, database.vault, run.id)
        first = replace(change_from_json(planned[0].change), findings=(rejected,))
        changes = [change_to_json(first), *(row.change for row in planned[1:])]
        rows = [(row.person_key, row.kind, change) for row, change in zip(planned, changes, strict=True)]
        await plans.erase(s, run.id)
        await plans.store(s, database.vault, run.id, kept, rows)
    await slack_notifier(database, office.app.slack.client_of).needs_approval(run.id)
    message = await asked(office, henrik)
    assert "Canarylla" not in in_slack(office)
    assert CANARY in await words_of(office, message, henrik)


@pytest.mark.parametrize("said", [True, False])
def test_an_approval_has_the_button_where_something_was_said(said: bool) -> None:
    shown = run_message.approval(replace(facts([]), words=said), translator("en"))
    assert ("run.words" in json.dumps(shown.blocks)) is said
