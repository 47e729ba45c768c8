"""A target that cannot be read: what is delivered is what has changed, and nothing counts before it has arrived."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.core.text import text
from bot.domain.change import ChangeKind
from bot.domain.employee import Employee
from bot.domain.outcome import OutcomeKind
from bot.domain.record import Level
from bot.providers.errors import CredentialsRefused, Rejected, Unavailable
from bot.providers.protocol import takes_files
from bot.sync.codec import change_from_json, change_to_json
from bot.sync.compare.match import MatchDecision, Resolution
from bot.sync.plan.guard import History, Thresholds, judge
from tests.support.employees import TODAY, employee, ended, paid
from tests.support.fake_file_target import Deliveries, MemoryInbox
from tests.support.fake_target import MemorySource, MemoryTarget

HIRED = date(2020, 1, 1)
FIRST = employee(1)


def deliveries(*people: Employee) -> Deliveries:
    return Deliveries(MemorySource(people or [FIRST]))


def lost(*, sent: bool) -> Unavailable:
    return Unavailable("no answer", text=text("apply.unexpected"), sent=sent)


def test_an_inbox_is_told_from_a_target() -> None:
    assert takes_files(MemoryInbox())
    assert not takes_files(MemoryTarget())


async def test_everyone_is_delivered_once_and_then_nobody() -> None:
    office = deliveries(employee(1), employee(2), employee(3))
    first = await office.sync()
    assert {change.kind for change in first} == {ChangeKind.CREATE}
    assert len(office.inbox.deliveries) == 1
    assert sorted(office.inbox.held) == ["1001", "1002", "1003"]
    second = await office.plan()
    assert second.header.writes == 0
    assert second.header.target_people is None
    assert {change.kind for change in second.changes} == {ChangeKind.UNCHANGED}


async def test_only_what_changed_is_delivered() -> None:
    office = deliveries()
    await office.sync()
    office.source.put(replace(FIRST, work_phone="+4740000000"))
    (change,) = await office.sync()
    assert change.kind is ChangeKind.UPDATE
    assert office.inbox.sent() == ["phone"]
    assert office.inbox.held["1001"][Level.PERSON, (), "phone"] == "+4740000000"


async def test_a_value_that_is_gone_is_cleared_if_it_was_delivered_and_may_be() -> None:
    office = deliveries()
    await office.sync()
    office.source.put(replace(FIRST, work_email=None, work_phone=None))
    (change,) = await office.sync()
    assert [(one.field, one.new) for one in change.fields] == [("email", None)]
    assert (await office.plan()).header.writes == 0


async def test_what_was_never_delivered_is_never_cleared() -> None:
    office = deliveries(replace(FIRST, work_email=None))
    await office.sync()
    assert "email" not in office.inbox.sent()
    office.source.put(replace(FIRST, work_email=None, last_name="Olsen"))
    await office.sync()
    assert office.inbox.sent() == ["last_name"]


async def test_a_new_salary_is_a_part_of_its_own_and_the_former_stays() -> None:
    office = deliveries()
    await office.sync()
    later = date(2026, 4, 1)
    office.source.put(paid(FIRST, 55000, later))
    (change,) = await office.sync()
    assert change.new_parts == ((Level.TERMS, (HIRED, later)),)
    assert [(one.key, one.new) for one in change.fields] == [((HIRED, later), Decimal(55000))]


async def test_pay_of_the_past_is_not_delivered_to_begin_with() -> None:
    office = deliveries(paid(FIRST, 55000, date(2025, 1, 1)))
    await office.sync()
    pay = [key for level, key, name in office.inbox.held["1001"] if name == "salary"]
    assert pay == [(HIRED, date(2025, 1, 1))]
    # Corrected long afterwards: it is not the inbox's business any more.
    office.source.put(paid(replace(FIRST, compensations=()), 55000, date(2025, 1, 1)))
    assert (await office.plan()).header.writes == 0


async def test_a_leaver_gets_an_end_and_a_withdrawn_end_is_cleared() -> None:
    office = deliveries()
    await office.sync()
    office.source.put(ended(FIRST, date(2026, 3, 31)))
    plan = await office.plan()
    assert plan.header.leavers == 1
    await office.carry_out(list(plan.changes))
    office.source.put(FIRST)
    (change,) = await office.sync()
    assert [(one.field, one.new) for one in change.fields] == [("end_date", None)]


async def test_a_part_that_is_gone_from_the_source_is_told_once() -> None:
    office = deliveries(paid(FIRST, 55000, date(2026, 4, 1)))
    await office.sync()
    office.source.put(paid(FIRST, 55000, date(2026, 5, 1)))
    (change,) = await office.sync()
    assert [(one.code, dict(one.values)) for one in change.findings if one.code.startswith("delivery")] == [
        ("delivery.part_gone", {"count": 1})
    ]
    (again,) = (await office.plan()).changes
    assert [one.code for one in again.findings if one.code.startswith("delivery")] == []


async def test_another_number_is_a_question_and_never_a_second_person() -> None:
    office = deliveries()
    await office.sync()
    office.source.put(replace(FIRST, number="2001"))
    (change,) = (await office.plan()).changes
    assert change.kind is ChangeKind.CONFLICT
    assert change.findings[0].code == "target.moved"
    assert change.lookalikes[0].target_id == "1001"
    same = {"s1": Resolution(MatchDecision.SAME, "1001")}
    (kept,) = (await office.plan(resolutions=same)).changes
    assert (kept.kind, kept.person.target_id) == (ChangeKind.UNCHANGED, "1001")
    different = {"s1": Resolution(MatchDecision.DIFFERENT, "1001")}
    (new,) = (await office.plan(resolutions=different)).changes
    assert new.kind is ChangeKind.CREATE


async def test_a_number_that_was_delivered_for_somebody_else_is_a_question() -> None:
    office = deliveries()
    await office.sync()
    office.source.put(ended(FIRST, date(2026, 1, 31)), replace(employee(2), number="1001"))
    changes = {change.person.source_id: change for change in (await office.plan()).changes}
    assert changes["s2"].kind is ChangeKind.CONFLICT
    assert changes["s2"].findings[0].code == "target.claimed_twice"


async def test_no_number_no_delivery() -> None:
    office = deliveries(replace(FIRST, number=" "))
    (change,) = await office.sync()
    assert change.kind is ChangeKind.BLOCKED
    assert change.findings[0].code == "number.missing"
    assert office.inbox.deliveries == []


async def test_a_number_that_is_gone_may_be_said_to_be_the_one_that_was_delivered() -> None:
    office = deliveries()
    await office.sync()
    office.source.put(replace(FIRST, number=""))
    (change,) = (await office.plan()).changes
    assert change.kind is ChangeKind.CONFLICT
    assert (change.findings[0].code, change.lookalikes[0].number) == ("number.missing", "1001")


async def test_another_place_gets_everyone_anew() -> None:
    office = deliveries()
    office.settings["place"] = "test"
    await office.sync()
    office.settings["place"] = "production"
    (change,) = await office.sync()
    assert change.kind is ChangeKind.CREATE
    assert set(office.inbox.sent()) == {"number", "last_name", "email", "phone", "salary"}


async def test_everyone_whole_on_demand() -> None:
    office = deliveries()
    await office.sync()
    (change,) = await office.sync(redeliver=True)
    assert change.kind is ChangeKind.UPDATE
    assert set(office.inbox.sent()) == {"number", "last_name", "email", "phone", "salary"}
    assert (await office.plan()).header.writes == 0


async def test_nothing_is_remembered_as_delivered_before_it_has_arrived() -> None:
    office = deliveries()
    changes = list((await office.plan()).changes)
    office.inbox.trouble = lost(sent=False)
    with pytest.raises(Unavailable):
        await office.carry_out(changes)
    (again,) = (await office.plan()).changes
    assert {one.field for one in again.fields} == {one.field for one in changes[0].fields}
    (outcome,) = await office.carry_out(changes)
    assert outcome.kind is OutcomeKind.CREATED
    assert (await office.plan()).header.writes == 0


@pytest.mark.parametrize("arrives", [True, False])
async def test_an_update_of_unknown_fate_is_delivered_whole_even_when_it_was_taken_back(arrives: bool) -> None:
    office = deliveries()
    await office.sync()
    office.source.put(replace(FIRST, work_email=None, work_phone="+4740000000"))
    changes = list((await office.plan()).changes)
    office.inbox.trouble, office.inbox.arrives = lost(sent=True), arrives
    (outcome,) = await office.carry_out(changes)
    assert (outcome.kind, outcome.retryable) == (OutcomeKind.UNKNOWN, True)
    # Back to what was delivered at first: the inbox may hold either, so all of it is said again.
    office.source.put(replace(FIRST, work_email=None))
    (change,) = await office.sync()
    assert change.kind is ChangeKind.UPDATE
    assert office.inbox.held["1001"][Level.PERSON, (), "phone"] == FIRST.work_phone
    assert office.inbox.held["1001"][Level.PERSON, (), "email"] is None
    assert (await office.plan()).header.writes == 0


async def test_an_interrupted_delivery_is_known_to_be_in_doubt() -> None:
    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    office = deliveries()
    changes = list((await office.plan()).changes)
    office.inbox.before = die
    with pytest.raises(Killed):
        await office.carry_out(changes)
    assert office.memory["s1"].target_id == "1001"
    office.source.put(replace(FIRST, number="1009"))
    (change,) = (await office.plan()).changes
    assert change.kind is ChangeKind.CONFLICT  # 1001 may have been taken in


async def test_who_changed_since_the_plan_is_left_out_of_the_delivery() -> None:
    office = deliveries(employee(1), employee(2), employee(3))
    changes = list((await office.plan()).changes)
    office.source.put(replace(employee(2), last_name="Olsen"))
    del office.source.people["s3"]
    outcomes = await office.carry_out(changes)
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.CREATED, OutcomeKind.FAILED, OutcomeKind.CONFLICT]
    assert outcomes[1].retryable
    assert list(office.inbox.held) == ["1001"]
    assert set(office.memory) == {"s1"}


async def test_a_refusal_is_everybodys_outcome_and_bad_credentials_stop_the_run() -> None:
    office = deliveries(employee(1), employee(2))
    changes = list((await office.plan()).changes)
    office.inbox.trouble = Rejected("no", text=text("apply.unexpected"), verbatim="Nej.")
    outcomes = await office.carry_out(changes)
    assert [(one.kind, one.verbatim) for one in outcomes] == [(OutcomeKind.FAILED, "Nej.")] * 2
    office.inbox.trouble = CredentialsRefused("no", text=text("apply.unexpected"))
    with pytest.raises(CredentialsRefused):
        await office.carry_out(changes)


async def test_the_guard_counts_what_is_overwritten_unseen() -> None:
    office = deliveries(*map(employee, range(1, 13)))
    await office.sync()
    office.source.put(*(replace(employee(n), work_phone=f"+47400000{n:02}") for n in range(1, 13)))
    header = (await office.plan()).header
    assert header.overwrites == {"phone": 12}
    assert [reason.code for reason in judge(header, Thresholds(), History())] == ["updates"]


async def test_whole_on_demand_is_no_wave_of_changes() -> None:
    office = deliveries(*(ended(employee(n), date(2026, 3, 31)) for n in range(1, 13)))
    await office.sync()
    header = (await office.plan(redeliver=True)).header
    assert header.writes == 12
    assert judge(header, Thresholds(), History()) == ()


async def test_a_change_for_an_inbox_survives_storage_and_gives_nothing_away() -> None:
    office = deliveries()
    (change,) = (await office.plan()).changes
    assert change_from_json(change_to_json(change)) == change
    await office.sync()
    kept = repr(office.memory)
    assert all(secret not in kept for secret in ("50000", "Nordmann", "example.com", TODAY.isoformat()))
