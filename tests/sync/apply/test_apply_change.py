"""What becomes of one change when things go wrong: never twice, never silently, never against a moved ground."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.core.text import text
from bot.domain.change import Change, ChangeKind
from bot.domain.employee import Employee
from bot.domain.outcome import Outcome, OutcomeKind
from bot.providers.errors import (
    CredentialsRefused,
    NotPermitted,
    ProviderError,
    Rejected,
    Unavailable,
    Unsupported,
    WriteConflict,
    WrongAccount,
)
from bot.sync.apply.apply_change import apply_change, cancelled, employees_for
from tests.support.employees import TODAY, employee, fingerprint, paid
from tests.support.fake_target import Fault, MemorySource, MemoryTarget
from tests.support.sync_runner import Integration

CHANGED = replace(employee(1), work_phone="+4740000000", last_name="Olsen")


async def creating(*faults: Fault) -> tuple[Integration[MemorySource, MemoryTarget], Change]:
    integration = Integration(MemorySource([employee(1)]), MemoryTarget(faults))
    (change,) = (await integration.plan()).changes
    return integration, change


async def updating(*faults: Fault, to: Employee = CHANGED) -> tuple[Integration[MemorySource, MemoryTarget], Change]:
    integration = Integration(MemorySource([employee(1)]), MemoryTarget())
    await integration.sync()
    integration.source.put(to)
    (change,) = (await integration.plan()).changes
    integration.target.faults = list(faults)
    return integration, change


def stored(integration: Integration[MemorySource, MemoryTarget]) -> dict[str, object]:
    (one,) = integration.target.stored.values()
    return dict(one.person)


@pytest.mark.parametrize("fault", [Fault.NONE, Fault.LOST_AFTER, Fault.HALF])
async def test_a_create_whose_answer_is_lost_is_found_and_finished(fault: Fault) -> None:
    integration, change = await creating(fault)
    outcome = await integration.carry_out(change)
    assert outcome.kind is OutcomeKind.CREATED
    assert outcome.person.target_id in integration.target.stored
    assert integration.memory["s1"].fingerprint == change.source_fingerprint
    (again,) = (await integration.plan()).changes
    assert again.kind is ChangeKind.UNCHANGED


@pytest.mark.parametrize("fault", [Fault.LOST_BEFORE, Fault.BLIND, Fault.BLIND_NOTHING])
async def test_a_create_that_cannot_be_settled_is_unknown_and_never_sent_twice(fault: Fault) -> None:
    integration, change = await creating(fault)
    outcome = await integration.carry_out(change)
    assert (outcome.kind, outcome.retryable) == (OutcomeKind.UNKNOWN, True)
    assert outcome.advice is not None
    assert "s1" not in integration.memory
    assert len(integration.target.writes) <= 1
    await integration.sync_until_quiet()
    assert integration.target.numbers() == ["1001"]


@pytest.mark.parametrize(
    "fault", [Fault.NONE, Fault.LOST_AFTER, Fault.LOST_BEFORE, Fault.HALF, Fault.CHANGED, Fault.BLIND_NOTHING]
)
async def test_an_update_is_finished_or_left_for_the_next_run(fault: Fault) -> None:
    integration, change = await updating(fault)
    outcome = await integration.carry_out(change)
    assert outcome.kind is (OutcomeKind.UNKNOWN if fault is Fault.BLIND_NOTHING else OutcomeKind.UPDATED)
    await integration.sync_until_quiet()
    assert (stored(integration)["phone"], stored(integration)["last_name"]) == ("+4740000000", "Olsen")


async def test_an_update_is_retried_once_only() -> None:
    integration, change = await updating(Fault.LOST_BEFORE, Fault.LOST_BEFORE, Fault.NONE)
    outcome = await integration.carry_out(change)
    assert (outcome.kind, outcome.retryable) == (OutcomeKind.UNKNOWN, True)
    assert integration.target.faults == [Fault.NONE]


async def test_a_refusal_is_shown_in_the_targets_own_words_with_our_advice() -> None:
    integration, change = await updating(Fault.REFUSED)
    outcome = await integration.carry_out(change)
    assert (outcome.kind, outcome.retryable, outcome.verbatim) == (OutcomeKind.FAILED, False, "Ugyldig format.")
    assert [(finding.code, finding.field) for finding in outcome.findings] == [("target.rejected", "phone")]


async def test_a_target_that_changed_since_the_plan_is_left_alone() -> None:
    integration, change = await updating()
    (one,) = integration.target.stored.values()
    one.person["first_name"] = "Somebody"
    outcome = await integration.carry_out(change)
    assert (outcome.kind, outcome.retryable) == (OutcomeKind.FAILED, True)
    assert outcome.reason == text("apply.target_changed")
    assert stored(integration)["phone"] == "+4790000000"


async def test_what_differs_under_other_code_is_laid_at_nobodys_door() -> None:
    integration, change = await updating()
    (one,) = integration.target.stored.values()
    one.person["first_name"] = "Read differently"
    outcome = await integration.carry_out(change, code_changed=True)
    assert (outcome.kind, outcome.retryable) == (OutcomeKind.FAILED, True)
    assert outcome.reason == text("apply.bot_updated")
    assert outcome.advice == text("apply.bot_updated.advice")
    assert stored(integration)["phone"] == "+4790000000"
    (again,) = (await integration.plan()).changes
    assert (await integration.carry_out(again)).kind is OutcomeKind.UPDATED


async def test_what_is_the_same_under_other_code_is_written_as_planned() -> None:
    integration, change = await updating()
    assert (await integration.carry_out(change, code_changed=True)).kind is OutcomeKind.UPDATED
    integration, change = await creating()
    assert (await integration.carry_out(change, code_changed=True)).kind is OutcomeKind.CREATED


async def test_a_person_whom_other_code_would_make_differently_is_not_said_to_have_changed() -> None:
    integration, change = await creating()
    integration.source.put(CHANGED)
    outcome = await integration.carry_out(change, code_changed=True)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.FAILED, text("apply.bot_updated"))
    assert integration.target.stored == {}


async def test_a_salary_row_that_somebody_else_made_meanwhile_is_not_overwritten() -> None:
    raised = date(2026, 7, 1)
    integration, change = await updating(to=paid(employee(1), 55000, raised))
    (one,) = integration.target.stored.values()
    ((level, key),) = change.new_parts
    one.parts[(level, key)] = {"percentage": None, "salary": 61000}  # type: ignore[dict-item]
    outcome = await integration.carry_out(change)
    assert outcome.reason == text("apply.target_changed")
    assert one.parts[(level, key)]["salary"] == 61000


async def test_a_person_who_is_gone_from_the_target_is_not_made_anew_by_an_update() -> None:
    integration, change = await updating()
    integration.target.unseen = set(integration.target.stored)
    outcome = await integration.carry_out(change)
    assert outcome.reason == text("apply.target_changed")
    assert len(integration.target.stored) == 1


async def test_a_change_that_is_done_again_finds_it_done() -> None:
    integration, change = await updating()
    first = await integration.carry_out(change)
    integration.target.writes.clear()
    assert await integration.carry_out(change) == first
    assert integration.target.writes == []


async def test_an_update_that_was_interrupted_in_the_middle_is_finished() -> None:
    integration, change = await updating()
    (one,) = integration.target.stored.values()
    done, *_ = change.fields
    one.person[done.field] = done.new
    outcome = await integration.carry_out(change)
    assert outcome.kind is OutcomeKind.UPDATED
    assert [field.field for field in integration.target.writes[-1].fields] == [f.field for f in change.fields[1:]]


async def test_somebody_who_was_made_by_hand_after_the_plan_is_not_made_twice() -> None:
    integration, change = await creating()
    integration.target.add(number="1001", first_name="Karib", last_name="Nordmannb", phone="22222222")
    outcome = await integration.carry_out(change)
    assert (outcome.kind, outcome.retryable, outcome.reason) == (
        OutcomeKind.FAILED, True, text("apply.exists_by_now"),
    )  # fmt: skip
    await integration.sync_until_quiet()
    assert integration.target.numbers() == ["1001"]


async def test_a_look_alike_who_turned_up_after_the_plan_is_a_question() -> None:
    integration, change = await creating()
    integration.target.add(number="77", first_name="Karib", last_name="Nordmannb", birth_date=employee(1).birth_date)
    outcome = await integration.carry_out(change)
    assert outcome.kind is OutcomeKind.CONFLICT
    assert outcome.findings[0].values["number"] == text("number.said", number="77")
    assert integration.target.numbers() == ["77"]


async def test_an_employee_who_changed_since_the_plan_is_not_created_as_planned() -> None:
    integration, change = await creating()
    integration.source.put(replace(employee(1), last_name="Olsen"))
    outcome = await integration.carry_out(change)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.FAILED, text("apply.source_changed"))
    assert integration.target.stored == {}


@pytest.mark.parametrize("now", [replace(CHANGED, last_name="Berg"), None])
async def test_an_update_that_has_waited_is_not_written_over_a_source_that_moved_on(now: Employee | None) -> None:
    integration, change = await updating()
    before = stored(integration)
    integration.source.people.clear()
    if now is not None:
        integration.source.put(now)
    outcome = await apply_change(
        change, integration.source, integration.target, {}, TODAY, fingerprint=fingerprint, source_too=True
    )
    kind, reason = (OutcomeKind.FAILED, "source_changed") if now else (OutcomeKind.CONFLICT, "gone_from_source")
    assert (outcome.kind, outcome.reason) == (kind, text(f"apply.{reason}"))
    assert stored(integration) == before


async def test_an_update_that_has_waited_is_written_where_the_source_stands_still() -> None:
    integration, change = await updating()
    fresh = await employees_for(integration.source, [change], updates=True)
    outcome = await apply_change(
        change, integration.source, integration.target, {}, TODAY, fingerprint=fingerprint, source_too=True,
        employee=fresh["s1"],
    )  # fmt: skip
    assert outcome.kind is OutcomeKind.UPDATED
    assert stored(integration)["last_name"] == CHANGED.last_name


async def test_an_employee_who_is_gone_from_the_source_is_not_created() -> None:
    integration, change = await creating()
    integration.source.people.clear()
    outcome = await integration.carry_out(change)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.CONFLICT, text("apply.gone_from_source"))


@pytest.mark.parametrize("kind", [CredentialsRefused, NotPermitted, WrongAccount, Unsupported, ProviderError])
async def test_what_would_hit_everyone_stops_the_run(kind: type[ProviderError]) -> None:
    integration, change = await updating()

    def refuse(_: Change) -> None:
        raise kind("refused", text=text("check.target.rejected"))

    integration.target.before_write = refuse
    with pytest.raises(kind):
        await integration.carry_out(change)


@pytest.mark.parametrize("kind", [Rejected, WriteConflict])
async def test_what_is_about_one_employee_stops_them_alone(kind: type[ProviderError]) -> None:
    integration, change = await updating()

    def refuse(_: Change) -> None:
        raise kind("refused", text=text("check.target.rejected"))

    integration.target.before_write = refuse
    assert (await integration.carry_out(change)).kind is OutcomeKind.FAILED


async def test_a_write_without_an_answer_is_its_employees_own() -> None:
    integration, change = await updating(Fault.BLIND)
    assert (await integration.carry_out(change)).kind is OutcomeKind.UNKNOWN


async def test_a_busy_target_stops_the_run_and_the_change_can_be_tried_again() -> None:
    integration, change = await updating(Fault.BUSY)
    with pytest.raises(Unavailable):
        await integration.carry_out(change)
    assert (await integration.carry_out(change)).kind is OutcomeKind.UPDATED


async def test_a_fault_of_our_own_is_one_employees_and_does_not_give_data_away(
    capsys: pytest.CaptureFixture[str],
) -> None:
    integration, change = await updating()

    def burst(_: Change) -> None:
        raise KeyError("15108695088")

    integration.target.before_write = burst
    outcome = await integration.carry_out(change)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNKNOWN, text("apply.unexpected"))
    printed = capsys.readouterr()
    assert "KeyError" in printed.out + printed.err
    assert "15108695088" not in printed.out + printed.err + repr(outcome)


@pytest.mark.parametrize("kind", [ChangeKind.UNCHANGED, ChangeKind.SKIP, ChangeKind.BLOCKED, ChangeKind.CONFLICT])
async def test_what_is_not_to_be_written_is_not_written(kind: ChangeKind) -> None:
    integration, change = await creating()
    outcome = await integration.carry_out(replace(change, kind=kind))
    assert outcome.kind not in (OutcomeKind.CREATED, OutcomeKind.UPDATED)
    assert integration.target.stored == {}


async def test_the_employees_of_a_batch_are_read_together() -> None:
    source, target = MemorySource([employee(n) for n in range(1, 5)], page=10), MemoryTarget()
    changes = list((await Integration(source, target).plan()).changes)
    source.reads = 0
    fresh = await employees_for(source, changes)
    assert source.reads == 1
    outcomes: list[Outcome] = [
        await apply_change(
            change, source, target, {}, TODAY, fingerprint=fingerprint, employee=fresh[change.person.source_id]
        )
        for change in changes
    ]
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.CREATED}
    assert source.reads == 1
    assert await employees_for(source, []) == {}


async def test_a_change_that_never_had_its_turn_can_be_run_again() -> None:
    _, change = await creating()
    assert (cancelled(change).kind, cancelled(change).retryable) == (OutcomeKind.CANCELLED, True)
