"""The suite that every inbox passes, against its stand-in: a provider whose system takes deliveries and shows nothing.

A provider's tests inherit `FileTargetStandard` and give a fixture `world` with an `FileTargetWorld`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.ownership import ownership_check
from bot.domain.change import Change, ChangeKind
from bot.domain.employee import Employee
from bot.domain.outcome import Outcome, OutcomeKind
from bot.jobs.engine.engine import OwnershipLost
from bot.providers.errors import CredentialsRefused, Rejected, Unavailable, WrongAccount
from bot.providers.kit.private_writes import keeps_private
from bot.providers.protocol import DeliveryItem, FileTarget
from bot.sync.apply.deliver import deliver_changes
from bot.sync.compare.fingerprints import SyncedPerson, after
from bot.sync.compare.match import MatchDecision, Resolution
from bot.sync.plan.planner import Plan, make_plan
from bot.sync.plan.request import PlanRequest
from sandbox.standin import System
from tests.providers.second_workspace import attack
from tests.support.employees import TODAY, fingerprint
from tests.support.fake_target import MemorySource
from tests.support.sync_runner import EVERYONE


class FileTargetWorld(ABC):
    """An inbox and its stand-in. `employees` are complete, `changed` is the first of them with another last name;
    `entered` is what an administrator enters in Slack."""

    system: System
    employees: Sequence[Employee]
    changed: Employee
    settings: Mapping[str, str]
    countries: tuple[str, ...]
    entered: Mapping[str, str]

    @abstractmethod
    def connect(self, *, expected: str | None = None) -> AbstractAsyncContextManager[FileTarget]:
        """The inbox with good credentials, as a new connection."""

    @abstractmethod
    def connect_refused(self) -> AbstractAsyncContextManager[FileTarget]:
        """The inbox with credentials that were revoked."""

    @abstractmethod
    def held(self) -> dict[str, str]:
        """Last names by employee number, as the system has taken them in."""

    @abstractmethod
    def refused_files(self) -> int:
        """How many deliveries the system has found not whole, or not right."""

    @abstractmethod
    def lying(self) -> list[str]:
        """What lies there and has not been taken in, drafts included."""

    @abstractmethod
    def lose(self, *, arrived: bool) -> None:
        """Let the next delivery be cut off, before or after it has arrived."""

    @abstractmethod
    def revoke(self) -> None:
        """Let the credentials be good no longer."""


@dataclass
class Runs:
    """Runs as the jobs make them; `quick` ones look whole only at whoever is not recognised, as a schedule's do."""

    world: FileTargetWorld
    source: MemorySource
    memory: dict[str, SyncedPerson] = field(default_factory=dict)
    today: date = TODAY
    quick: bool = False
    resolutions: dict[str, Resolution] = field(default_factory=dict)

    async def plan(self, inbox: FileTarget, *, redeliver: bool = False) -> Plan:
        """What is to be delivered now."""
        request = PlanRequest(
            scope=EVERYONE,
            settings=self.world.settings,
            environment="production",
            today=self.today,
            fingerprint=fingerprint,
            memory=self.memory,
            countries=self.world.countries,
            full=not self.quick,
            resolutions=self.resolutions,
            redeliver=redeliver,
        )
        return await make_plan(self.source, inbox, request)

    async def change(self, inbox: FileTarget, employee: Employee) -> Change:
        """What the plan says of somebody."""
        changes = (await self.plan(inbox)).changes
        return next(change for change in changes if change.person.source_id == employee.source_id)

    async def sync(self, inbox: FileTarget) -> list[Outcome]:
        """A whole run."""
        changes = [change for change in (await self.plan(inbox)).changes if change.fields or change.new_parts]
        if not changes:
            return []

        async def note(doubted: Mapping[str, SyncedPerson]) -> None:
            self.memory |= doubted

        outcomes = await deliver_changes(
            changes, self.source, inbox, self.world.settings, self.today, fingerprint=fingerprint, note=note
        )
        for change, outcome in zip(changes, outcomes, strict=True):
            if (known := after(change, outcome)) is not None:
                self.memory[change.person.source_id] = known
        return outcomes


def _left_and_back(employee: Employee, **different: Any) -> tuple[Employee, Employee]:
    """Somebody who has left, and the new record with which they came back some weeks later."""
    (job,) = employee.employments
    last, first = TODAY - timedelta(days=40), TODAY - timedelta(days=3)
    again = replace(employee, source_id="back", hire_date=first, employments=(replace(job, id="again", start=first),))
    return (
        replace(employee, active=False, employments=(replace(job, end=last),)),
        replace(again, **different),
    )


class FileTargetStandard:
    """What any inbox does."""

    @pytest.fixture
    def runs(self, world: FileTargetWorld) -> Runs:
        return Runs(world, MemorySource(world.employees))

    async def test_a_second_workspace_does_not_get_the_first_ones_account(
        self, world: FileTargetWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await attack(tmp_path, monkeypatch, world.system, world.entered)

    async def test_names_the_account_and_finds_nothing_amiss(self, world: FileTargetWorld) -> None:
        async with world.connect() as inbox:
            account = await inbox.identify()
            assert account.id
            assert account.name
            assert await inbox.preflight() == []

    async def test_every_desired_field_is_in_the_field_table(self, world: FileTargetWorld) -> None:
        async with world.connect() as inbox:
            table = {(rule.level, rule.key) for rule in inbox.fields}
            for employee in world.employees:
                desired = await inbox.desired(employee, world.settings, TODAY)
                assert {(part.level, name) for part in desired.record for name in part.values} <= table
                assert desired.record

    async def test_delivers_everyone_then_what_changed_then_nothing(self, world: FileTargetWorld, runs: Runs) -> None:
        async with world.connect() as inbox:
            outcomes = await runs.sync(inbox)
            assert {outcome.kind for outcome in outcomes} == {OutcomeKind.CREATED}
            assert world.held() == {employee.number: employee.last_name for employee in world.employees}
            runs.source.put(world.changed)
            (outcome,) = await runs.sync(inbox)
            assert outcome.kind is OutcomeKind.UPDATED
            assert world.held()[world.changed.number] == world.changed.last_name
            assert {change.kind for change in (await runs.plan(inbox)).changes} == {ChangeKind.UNCHANGED}
        assert world.refused_files() == 0

    async def test_whoever_comes_back_under_another_number_is_a_question(
        self, world: FileTargetWorld, runs: Runs
    ) -> None:
        async with world.connect() as inbox:
            await runs.sync(inbox)
            former, back = _left_and_back(world.employees[0], number="9901")
            runs.source.put(former, back)
            runs.resolutions["back"] = Resolution(MatchDecision.DIFFERENT, former.number)  # nobody can say so
            for quick in (False, True):
                runs.quick = quick
                change = await runs.change(inbox, back)
                assert (change.kind, change.findings[0].code) == (ChangeKind.CONFLICT, "target.looks_like")
                assert [(other.number, other.by) for other in change.lookalikes] == [(former.number, "identity_number")]
                await runs.sync(inbox)  # of the former record alone
            assert "9901" not in world.held()
            assert world.refused_files() == 0

    async def test_a_number_that_an_answer_gave_to_somebody_else_is_in_no_file_twice(
        self, world: FileTargetWorld, runs: Runs
    ) -> None:
        new, linked, third = world.employees[:3]
        runs.source = MemorySource([new, linked, third])
        runs.resolutions[linked.source_id] = Resolution(MatchDecision.SAME, new.number)
        async with world.connect() as inbox:
            for employee in (new, linked):
                change = await runs.change(inbox, employee)
                assert (change.kind, change.findings[0].code) == (ChangeKind.CONFLICT, "target.claimed_twice")
            await runs.sync(inbox)
        assert set(world.held()) == {third.number}

    @pytest.mark.parametrize("key", ["identity_number", "number"])
    async def test_two_with_one_key_are_in_no_file_and_keep_nobody_else_out(
        self, world: FileTargetWorld, key: str
    ) -> None:
        first, second, third = world.employees[:3]
        born = {"identity": first.identity, "birth_date": first.birth_date}
        same: dict[str, Any] = {"number": first.number} if key == "number" else born
        people = [first, replace(second, **same), third]
        noted: dict[str, SyncedPerson] = {}

        async def note(doubted: Mapping[str, SyncedPerson]) -> None:
            noted.update(doubted)

        async with world.connect() as inbox:
            # Each planned as if alone: together, the plan would ask.
            changes = [await Runs(world, MemorySource([one])).change(inbox, one) for one in people]
            outcomes = await deliver_changes(
                changes, MemorySource(people), inbox, world.settings, TODAY, fingerprint=fingerprint, note=note
            )
            kinds = [outcome.kind for outcome in outcomes]
            assert kinds == [OutcomeKind.FAILED, OutcomeKind.FAILED, OutcomeKind.CREATED]
            reasons = [outcome.reason for outcome in outcomes[:2]]
            assert [why is not None and why.key.partition(".")[2] for why in reasons] == ["one_key_for_two"] * 2
            parcels = [DeliveryItem(change=one, record=(await inbox.desired(who, world.settings, TODAY)).record)
                       for one, who in zip(changes, people, strict=True)]  # fmt: skip
            with pytest.raises(Rejected):
                await inbox.deliver(parcels, world.settings)
        assert set(world.held()) == {third.number}
        assert set(noted) == {third.source_id}
        assert world.refused_files() == 0

    @pytest.mark.parametrize("last_day_delivered", [True, False])
    async def test_whoever_comes_back_goes_on_under_the_number_of_before_once_somebody_says_so(
        self, world: FileTargetWorld, runs: Runs, last_day_delivered: bool
    ) -> None:
        async with world.connect() as inbox:
            await runs.sync(inbox)
            former, back = _left_and_back(world.employees[0], number="9901", last_name="Olsson")
            runs.source.put(former)
            if last_day_delivered:
                await runs.sync(inbox)
            runs.source.put(back)
            runs.resolutions["back"] = Resolution(MatchDecision.SAME, former.number)
            (outcome,) = await runs.sync(inbox)
            assert outcome.kind is OutcomeKind.UPDATED
            assert world.held()[former.number] == "Olsson"
            for quick in (False, True):
                runs.quick = quick
                change = await runs.change(inbox, former)
                assert [found.code for found in change.findings] == ["duplicate.former_joined"]
                assert (await runs.change(inbox, back)).kind is ChangeKind.UNCHANGED
            assert (len(world.held()), world.refused_files()) == (len(world.employees), 0)

    @pytest.mark.parametrize("gone", [True, False])
    async def test_whoever_comes_back_with_a_new_record_and_the_same_number_goes_on(
        self, world: FileTargetWorld, runs: Runs, gone: bool
    ) -> None:
        async with world.connect() as inbox:
            await runs.sync(inbox)
            former, back = _left_and_back(world.employees[0], last_name="Olsson")
            runs.source.put(former, back)
            if gone:
                del runs.source.people[former.source_id]
            for quick in (False, True):
                runs.quick = quick
                await runs.sync(inbox)
                assert world.held()[former.number] == "Olsson"
                assert (await runs.change(inbox, back)).kind is ChangeKind.UNCHANGED
            assert world.refused_files() == 0

    @pytest.mark.parametrize("in_doubt", [False, True])
    async def test_whoever_gets_a_last_day_is_counted_also_where_everybody_is_given_whole_again(
        self, world: FileTargetWorld, runs: Runs, in_doubt: bool
    ) -> None:
        async with world.connect() as inbox:
            first, *others = world.employees
            (job,) = first.employments
            gone = replace(first, employments=(replace(job, end=TODAY + timedelta(days=20)),))
            runs.source.put(gone)
            await runs.sync(inbox)
            assert (await runs.plan(inbox, redeliver=True)).header.leavers == 0
            if in_doubt:
                changes = (await runs.plan(inbox, redeliver=True)).changes
                runs.memory |= {
                    one.person.source_id: SyncedPerson(one.person.number, one.person.number, one.delivery)
                    for one in changes
                }
            for other in others:
                (job,) = other.employments
                runs.source.put(replace(other, employments=(replace(job, end=TODAY + timedelta(days=20)),)))
            for redeliver in (False, True):
                assert (await runs.plan(inbox, redeliver=redeliver)).header.leavers == len(others)

    async def test_what_is_overwritten_is_counted_also_where_everybody_is_given_whole_again(
        self, world: FileTargetWorld, runs: Runs
    ) -> None:
        async with world.connect() as inbox:
            await runs.sync(inbox)
            runs.source.put(*(replace(one, first_name="Kim") for one in world.employees))
            for redeliver in (False, True):
                header = (await runs.plan(inbox, redeliver=redeliver)).header
                assert (header.overwrites, header.leavers) == ({"first_name": len(world.employees)}, 0)

    @pytest.mark.parametrize("arrived", [False, True])
    async def test_a_delivery_cut_off_is_made_in_the_end_and_never_half(
        self, world: FileTargetWorld, runs: Runs, arrived: bool
    ) -> None:
        world.lose(arrived=arrived)
        async with world.connect() as inbox:
            if arrived:
                outcomes = await runs.sync(inbox)
                assert {outcome.kind for outcome in outcomes} <= {OutcomeKind.CREATED, OutcomeKind.UNKNOWN}
            else:
                with pytest.raises(Unavailable) as failed:
                    await runs.sync(inbox)
                assert failed.value.sent is False
                assert world.held() == {}
            await runs.sync(inbox)
            assert world.held() == {employee.number: employee.last_name for employee in world.employees}
            assert (await runs.plan(inbox)).header.writes == 0
        assert world.refused_files() == 0

    async def test_a_process_that_has_lost_its_run_delivers_nothing_and_leaves_nothing(
        self, world: FileTargetWorld, runs: Runs
    ) -> None:
        async def lost() -> None:
            raise OwnershipLost

        async with world.connect() as inbox:
            with ownership_check(lost), pytest.raises(OwnershipLost):
                await runs.sync(inbox)
            assert world.lying() == []
            assert world.held() == {}
            await runs.sync(inbox)
        assert world.held() == {one.number: one.last_name for one in world.employees}

    async def test_a_delivery_keeps_what_is_private_out_of_every_error(self, world: FileTargetWorld) -> None:
        async with world.connect() as inbox:
            assert keeps_private(inbox)

    async def test_revoked_credentials(self, world: FileTargetWorld) -> None:
        async with world.connect_refused() as inbox:
            with pytest.raises(CredentialsRefused) as refused:
                await inbox.identify()
        assert refused.value.field is not None

    async def test_credentials_refused_in_the_middle(self, world: FileTargetWorld, runs: Runs) -> None:
        async with world.connect() as inbox:
            await inbox.identify()
            world.revoke()
            with pytest.raises(CredentialsRefused):
                await runs.sync(inbox)
        assert world.held() == {}

    async def test_another_account_is_not_delivered_to(self, world: FileTargetWorld, runs: Runs) -> None:
        async with world.connect(expected="somebody else's") as inbox:
            with pytest.raises(WrongAccount):
                await runs.sync(inbox)
        assert world.held() == {}
