"""What a system said word for word is for whoever may manage: nobody else in the channel reads a letter of it."""

from __future__ import annotations

import json

import pytest

from bot.core.text import text
from bot.domain.change import Person
from bot.domain.outcome import Outcome, OutcomeKind
from bot.locales.translator import translator
from bot.sync.report.run_summary import summed
from bot.views.report import run_message
from bot.views.report.details import tables
from bot.views.report.values import ShownValues
from sandbox.slack.user_actions import Person as Somebody
from sandbox.slack.workspace import Message
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


@pytest.mark.parametrize("language", ["en", "nb", "sv"])
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
