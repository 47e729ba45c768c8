"""The report of an absence run in the channel, and the private file of who may manage."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from slack_bolt.request.async_request import AsyncBoltRequest

from bot.domain.change import Person as Employee
from bot.domain.outcome import Outcome, OutcomeKind
from bot.notify.composite import slack_notifier
from bot.notify.file_delivery import direct_message
from bot.sync.codec import outcome_to_json
from bot.sync.leave.day_applier import DayOutcomeKind
from bot.sync.leave.leave_line import LEAVE, LeaveLine
from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Message
from storage import outcomes, runs
from storage.integrations import Integration
from storage.outcomes import StoredOutcome
from storage.runs import NewRun, Run, RunKind, RunState, RunTrigger
from tests.e2e.report_reader import bot_messages
from tests.support.slack_office import Office

CODE = "801-CANARY"
TYPE = "Sick-CANARY"
ENDED = datetime(2026, 11, 10, tzinfo=UTC)
MONDAY, TUESDAY = date(2026, 11, 2), date(2026, 11, 3)


def line(day: date, kind: DayOutcomeKind, old: str, new: str, reason: str | None = None) -> LeaveLine:
    return LeaveLine(
        kind=kind, first=day, last=day, code=CODE, old=Decimal(old), new=Decimal(new), reason=reason,
        key=f"k{day}", types=(TYPE,),
    )  # fmt: skip


async def told(office: Office, made: Integration, kind: RunKind = RunKind.SYNC) -> Run:
    """A run of leave that is over and told of: one is corrected, one waits."""
    lines = {
        "Kari": [
            line(MONDAY, DayOutcomeKind.UPDATED, "7.5", "3.75"),
            line(TUESDAY, DayOutcomeKind.CREATED, "0", "7.5"),
        ],
        "Ola": [line(MONDAY, DayOutcomeKind.HELD, "7.5", "0", "month")],
    }
    rows = []
    for at, (name, days) in enumerate(lines.items()):
        found = OutcomeKind.BLOCKED if name == "Ola" else OutcomeKind.UPDATED
        outcome = Outcome(found, Employee(f"s{at}", f"{at + 1}", name, None), reason=None)
        rows.append(
            StoredOutcome(
                position=at, source_id=f"s{at}", person_number=f"{at + 1}", kind=found.value, person_name=name,
                detail=outcome_to_json(outcome) | {LEAVE: [each.to_json() for each in days]},
            )
        )  # fmt: skip
    new = NewRun(
        id=f"absence:{kind.value}", integration_id=made.id, team_id=office.team_id, kind=kind,
        trigger=RunTrigger.MANUAL, resource="absence", requested_by="U02HENRIK",
    )  # fmt: skip
    database = office.app.database
    async with database.session() as s:
        await runs.create(s, new)
        await runs.advance(s, new.id, RunState.READING)
        await outcomes.record(s, database.vault, new.id, rows)
        await runs.update(
            s, new.id, counts={"updated": 1, "blocked": 1}, finished_at=datetime(2026, 11, 10, tzinfo=UTC)
        )
        await runs.advance(s, new.id, RunState.REPORTING)
    await slack_notifier(database, office.app.services.client_of).finished(new.id)
    async with database.reading() as s:
        run = await runs.get(s, new.id)
    assert run is not None
    return run


def report(henrik: Person, run: Run) -> Message:
    return next(message for message in henrik.messages("payroll") if message.ts == run.message_ts)


def files(office: Office) -> list[Message]:
    channels = office.slack.world.workspace.channels.values()
    return [message for channel in channels for message in channel.messages if message.files]


async def forged(office: Office, who: Person, value: str) -> None:
    """The button that deletes, with whatever value, as if it stood in the person's own direct message."""
    world, seen = office.slack.world, len(who.ephemeral())
    own = await direct_message(await office.app.services.client_of(office.team_id), who.user.id)
    body = {
        "type": "block_actions",
        "team": {"id": office.team_id},
        "user": {"id": who.user.id},
        "trigger_id": world.triggers.issue(who.user.id),
        "response_url": world.response_urls.issue(world.url, who.user.id, "C02PAYROLL"),
        "container": {"type": "message", "channel_id": own, "message_ts": "1.0"},
        "actions": [{"type": "button", "action_id": "leave.file.delete", "block_id": "b", "value": value}],
    }
    await office.app.slack.bolt.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))
    await world.changes.until(lambda: len(who.ephemeral()) > seen, 10)


async def test_the_channel_reads_days_and_hours_and_who_may_manage_gets_the_rest(office: Office) -> None:
    henrik, maja = office.person("henrik"), office.person("maja")
    run = await told(office, await office.make(language="en"))
    message = report(henrik, run)
    said = henrik.reads(message)
    assert "1 person, 2 days, 11.25 hours" in said
    assert "7.5 hours become 3.75" in said
    assert "The month is approved in the payroll system" in said
    shown = [*bot_messages(henrik), *henrik.thread("payroll", str(run.message_ts))]
    assert not any("CANARY" in str(each.blocks) + each.text for each in shown)
    assert any("Absence of 1 person" in str(each.blocks) for each in shown)
    assert files(office) == []

    await maja.click("leave.file", message)
    assert files(office) == []
    await henrik.click("leave.file", message)
    note = await office.reads(henrik.direct_messages, henrik, "hvorfor folk er borte")
    (given,) = files(office)
    assert given in henrik.direct_messages()
    file_id = str(given.files[0]["id"])
    content = (office.slack.world.files[file_id].content or b"").decode("utf-8-sig").splitlines()
    assert content[1].startswith(f"1;Kari;2026-11-02;2026-11-02;{CODE};{TYPE};timer;7,5;3,75;Rettet")
    assert len(content) == 4
    assert "Kari" not in str(given.files[0]["name"])
    deeds = [(entry.actor_id, entry.action) for entry in await office.audited()]
    assert deeds == [("U03MAJAOB", "access.refused"), ("U02HENRIK", "file.sent")]

    # Of another's file, and by another value, nothing is deleted.
    await maja.click("leave.file.delete", note)
    (button,) = (block["elements"][0] for block in note.blocks if block["type"] == "actions")
    for value in (str(button["value"]), f"{run.id}:{file_id}"):
        await forged(office, maja, value)
        assert file_id in office.slack.world.files
    await henrik.click("leave.file.delete", note)
    await office.reads(henrik.direct_messages, henrik, "Filen er slettet fra Slack")
    assert office.slack.world.files == {}
    assert CODE not in str([entry.new for entry in await office.audited()])
