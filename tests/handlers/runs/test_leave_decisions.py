"""Open lines of leave: decided by who may manage, kept in the ledger, and asked about no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from bot.domain.leave_ledger import LedgerState
from bot.domain.leave_settings import LeaveSettings
from bot.jobs.leave.leave_outcomes import lines_of
from bot.jobs.leave.leave_steps import LeaveSteps
from bot.jobs.leave.ledger_journal import LedgerStore
from bot.jobs.policy import Policy
from bot.notify.composite import slack_notifier
from bot.sync.leave.day_applier import DayOutcomeKind
from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Message
from storage import leave_settings, outcomes, people, runs
from storage.integrations import Integration
from storage.people import PersonState
from storage.runs import NewRun, Run, RunKind, RunState, RunTrigger
from tests.jobs.leave.test_apply_leave import Office as Absence
from tests.jobs.leave.test_leave_steps import Monitor, Open
from tests.support.leave_office import YEAR, key
from tests.support.slack_office import Office, dump, metadata_of

NOW = datetime(2026, 11, 10, 7, tzinfo=UTC)
MONDAY, TUESDAY, WEDNESDAY = (date(2026, 11, day) for day in (2, 3, 4))


@dataclass
class Decided:
    """An office whose absence is sent from a book to a target in memory."""

    office: Office
    made: Integration
    absence: Absence
    previews: int = 0

    async def preview(self) -> Run:
        """A preview of absence that is over and told of."""
        self.previews += 1
        database, absence = self.office.app.database, self.absence
        steps: Any = LeaveSteps(
            database=database, connections=Open(absence.source, absence.target), monitor=Monitor(),  # type: ignore[arg-type]
            clock=lambda: NOW, policy=Policy(),
        )  # fmt: skip
        new = NewRun(
            id=f"absence:{self.previews}", integration_id=self.made.id, team_id=self.office.team_id,
            kind=RunKind.PREVIEW, trigger=RunTrigger.MANUAL, resource="absence", requested_by="U02HENRIK",
        )  # fmt: skip
        async with database.session() as s:
            await runs.create(s, new)
            run = await runs.advance(s, new.id, RunState.READING)
        await steps.plan(run, self.made)
        async with database.session() as s:
            await runs.update(s, new.id, finished_at=NOW)
            await runs.advance(s, new.id, RunState.REPORTING)
        await slack_notifier(database, self.office.app.services.client_of).finished(new.id)
        async with database.session() as s:
            return await runs.advance(s, new.id, RunState.DONE)

    async def kinds(self, run: Run) -> list[str]:
        """What becomes of each day of a run."""
        database = self.office.app.database
        async with database.reading() as s:
            rows = await outcomes.all(s, database.vault, run.id)
        return [line.kind.value for row in rows for line in lines_of(row.detail)]

    async def states(self) -> dict[date, LedgerState]:
        ledger = LedgerStore(self.office.app.database, self.made.id)
        return {entry.day: entry.state for entry in await ledger.days(YEAR)}


async def begun(office: Office) -> Decided:
    made = await office.make(language="nb", scope={"kind": "everyone"})
    database = office.app.database
    async with database.session() as s:
        await people.upsert(s, made.id, [PersonState(source_id="e1", seen_at=NOW, target_id="p1")])
        await leave_settings.put(s, made.id, LeaveSettings(enabled=True).to_json())
    decided = Decided(office, made, Absence(database, made))
    for at, day in enumerate((MONDAY, TUESDAY, WEDNESDAY)):
        decided.absence.source.book.put(f"l{at}", day)
    await decided.absence.run()
    return decided


def report(who: Person, run: Run) -> Message:
    return next(message for message in who.messages("payroll") if message.ts == run.message_ts)


def buttons(message: Message) -> set[str]:
    return {each["action_id"] for block in message.blocks if block["type"] == "actions" for each in block["elements"]}


async def test_a_conflict_is_answered_and_the_next_preview_shows_nothing(office: Office) -> None:
    henrik, maja = office.person("henrik"), office.person("maja")
    decided = await begun(office)
    target, book = decided.absence.target, decided.absence.source.book
    target.type_in(key(MONDAY), "5.00")
    target.type_in(key(TUESDAY), "6.00")
    target.locked.add(WEDNESDAY)
    book.put("l2", WEDNESDAY, percent="50")
    run = await decided.preview()
    message = report(henrik, run)
    assert "leave.decide" in buttons(message)

    await maja.click("leave.decide", message)
    assert maja.modal is None
    await henrik.click("leave.decide", message)
    await office.until_step(henrik, "lines")
    said = henrik.reads()
    assert "3 linjer er åpne" in said
    assert "kode 801" in said
    assert "5 timer i Tripletex, 7,5 timer i Simployer" in said
    assert set(metadata_of(henrik)) <= set("0123456789abcdef"), "the draft's id, and nothing else"
    fields = [str(block["block_id"]) for block in (henrik.modal.blocks if henrik.modal else [])]
    monday, tuesday, ticks = (each for each in fields if each.startswith(("leave.answer.", "leave.ticks.")))
    await henrik.choose(monday, "keep")
    await henrik.choose(tuesday, "use_source")
    await henrik.choose(ticks, ticks.rpartition(".")[2])
    await henrik.submit()
    await office.shows(henrik, "3 svar er lagret")
    assert await decided.states() == {
        MONDAY: LedgerState.PARKED, TUESDAY: LedgerState.DELIVERED, WEDNESDAY: LedgerState.PARKED,
    }  # fmt: skip
    deeds = [(each.actor_id, each.action) for each in await office.audited()]
    assert deeds == [
        ("U03MAJAOB", "access.refused"), ("U02HENRIK", "run.viewed"), *[("U02HENRIK", "leave.decided")] * 3,
    ]  # fmt: skip
    assert "801" not in dump([entry.new for entry in await office.audited()])

    following = await decided.preview()
    assert sorted(await decided.kinds(following)) == ["parked", "parked", "updated"]
    assert "2 dager står slik noen har bestemt" in henrik.reads(report(henrik, following))
    await decided.absence.run()
    assert target.hours()[key(TUESDAY)] == Decimal("7.50")
    assert target.hours()[key(MONDAY)] == Decimal("5.00")
    await henrik.close()

    # What was carried out cannot be taken back; what was kept can, until something else is known of the day.
    await henrik.click("leave.decide", report(henrik, following))
    await office.until_step(henrik, "lines")
    assert henrik.modal is not None
    (asked,) = [block for block in henrik.modal.blocks if block["type"] == "input"]
    given = [option["value"] for option in asked["element"]["options"]]
    assert len(given) == 2
    await henrik.choose(str(asked["block_id"]), given[0])
    await henrik.submit()
    await office.shows(henrik, "1 svar er trukket tilbake")
    assert (await decided.states())[MONDAY] is LedgerState.DELIVERED
    last = (await office.audited())[-1]
    assert (last.actor_id, last.action, last.new and last.new["decision"]) == ("U02HENRIK", "leave.taken_back", "keep")
    third = await decided.preview()
    assert sorted(await decided.kinds(third)) == ["conflict", "parked"]


async def test_answers_without_a_question_left_are_told_when_there_is_nothing_to_take_back(office: Office) -> None:
    henrik = office.person("henrik")
    decided = await begun(office)
    decided.absence.target.type_in(key(MONDAY), "5.00")
    message = report(henrik, await decided.preview())
    decided.absence.source.book.put("l0", MONDAY, hours="5.00")
    await decided.absence.run()
    await henrik.click("leave.decide", message)
    await office.told(henrik, "Ikke noe av denne kjøringen er åpent lenger")


async def test_an_answer_to_a_line_that_has_changed_is_refused(office: Office) -> None:
    henrik = office.person("henrik")
    decided = await begun(office)
    decided.absence.target.type_in(key(MONDAY), "5.00")
    message = report(henrik, await decided.preview())
    await henrik.click("leave.decide", message)
    await office.until_step(henrik, "lines")
    decided.absence.source.book.put("l0", MONDAY, hours="5.00")
    await decided.absence.run()
    await henrik.choose("leave.answer.0", "use_source")
    await henrik.submit()
    await office.shows(henrik, "1 svar ble ikke lagret", "Forhåndsvis fravær på nytt")
    assert (await decided.states())[MONDAY] is LedgerState.DELIVERED
    assert "leave.decided" not in [each.action for each in await office.audited()]
    assert DayOutcomeKind.CONFLICT.value not in await decided.kinds(await decided.preview())


async def test_nothing_is_kept_while_a_sync_writes(office: Office) -> None:
    henrik = office.person("henrik")
    decided = await begun(office)
    decided.absence.target.type_in(key(MONDAY), "5.00")
    message = report(henrik, await decided.preview())
    await henrik.click("leave.decide", message)
    await office.until_step(henrik, "lines")
    new = NewRun(
        id="absence:writes", integration_id=decided.made.id, team_id=office.team_id, kind=RunKind.SYNC,
        trigger=RunTrigger.MANUAL, resource="absence",
    )  # fmt: skip
    async with office.app.database.session() as s:
        await runs.create(s, new)
        for each in (RunState.READING, RunState.PLANNING, RunState.APPLYING):
            await runs.advance(s, new.id, each)
    await henrik.choose("leave.answer.0", "keep")
    await henrik.submit()
    await office.shows(henrik, "En synkronisering skriver fravær nå")
    assert (await decided.states())[MONDAY] is LedgerState.DELIVERED
