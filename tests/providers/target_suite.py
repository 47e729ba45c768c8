"""The suite that every target passes, against its stand-in.

A target's tests inherit `TargetStandard` and give a fixture `world` with a `TargetWorld`, as a source's have it in
`source_suite`. After every fault of the catalogue: nobody twice, nobody lost, and a truthful error or none.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest

from bot.core.ownership import ownership_check
from bot.core.rights_learnt import learning_rights
from bot.domain.change import Change, ChangeKind
from bot.domain.employee import Employee
from bot.domain.outcome import OutcomeKind
from bot.jobs.engine.steps import OwnershipLost
from bot.providers.errors import (
    CredentialsRefused,
    ErrorScope,
    NotPermitted,
    ProviderError,
    Rejected,
    Unavailable,
    WrongAccount,
)
from bot.providers.kit.private_writes import keeps_private
from bot.providers.protocol import Source, Target, WriteResult, WriteStatus
from bot.sync.apply.apply_change import apply_change
from bot.sync.compare.fingerprints import Fingerprinter
from sandbox.faults import Faults
from sandbox.standin import StandIn
from tests.providers.second_workspace import attack
from tests.providers.source_suite import PASSING, Inject
from tests.support.employees import fingerprint
from tests.support.make_change import change_for
from tests.support.provider_people import TODAY

RAISES = (date(2026, 12, 1), date(2027, 2, 1))

UNCERTAIN: Mapping[str, Callable[[Faults], Inject]] = {
    "time-out before": lambda faults: faults.timeout_before_commit,
    "time-out after": lambda faults: faults.timeout_after_commit,
    "cut before": lambda faults: faults.connection_cut,
    "cut after": lambda faults: lambda **when: faults.connection_cut(committed=True, **when),
    "malformed answer": lambda faults: faults.malformed_json,
    "503": lambda faults: lambda **when: faults.status(503, "down", **when),
    "429": lambda faults: faults.rate_limited,
}
"""Faults that leave it open whether a write was made."""


class TargetWorld(ABC):
    """A target and its stand-in.

    `people` and `person` are where the list and one person are read, `create` and `update` how they are written
    (method and regular expression of the path); `settings` are choices that work; `entered` is what an administrator
    enters in Slack.
    """

    standin: StandIn
    people: str
    person: str
    create: tuple[str, str]
    update: tuple[str, str]
    settings: dict[str, str]
    entered: Mapping[str, str]

    @abstractmethod
    def connect(self, *, expected: str | None = None) -> AbstractAsyncContextManager[Target]:
        """The target with good credentials, as a new connection."""

    @abstractmethod
    def connect_refused(self) -> AbstractAsyncContextManager[Target]:
        """The target with credentials that were revoked."""

    def agree(self, url: str) -> str:
        """An administrator of the company agrees on the vendor's page; gives where their browser is led to. For a
        provider whose control is a vendor's consent."""
        raise NotImplementedError

    @abstractmethod
    def newcomer(self) -> Employee:
        """A complete employee whom the target does not know."""

    @abstractmethod
    def changed(self) -> Employee:
        """The newcomer with another value that one `update` write takes over."""

    @abstractmethod
    def unacceptable(self) -> Employee:
        """The newcomer with a value that the target refuses."""

    @abstractmethod
    def held(self, number: str) -> int:
        """How many people with that number the stand-in really holds."""

    @abstractmethod
    def count(self) -> int:
        """How many people the stand-in really holds."""

    @abstractmethod
    def lose_the_first(self) -> None:
        """Have whoever is first in the list go, as if somebody had deleted them."""


async def _people(target: Target) -> list[str]:
    return [person.id async for page in target.people() for person in page]


async def settled_apply(target: Target, change: Change, settings: Mapping[str, str]) -> WriteResult:
    """Apply as a run does: what is uncertain is read before anything is repeated."""
    for _ in range(3):
        try:
            return await target.apply(change, settings)
        except Unavailable as error:
            if not error.sent:
                continue
            state, target_id = await target.resolve_write(change)
            if state is WriteStatus.DONE:
                assert target_id is not None
                return WriteResult(target_id=target_id)
            assert state is WriteStatus.NOT_DONE or change.kind is ChangeKind.UPDATE
    raise AssertionError("never settled")


class TargetStandard:
    """What any target does."""

    async def test_a_second_workspace_does_not_get_the_first_ones_account(
        self, world: TargetWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await attack(tmp_path, monkeypatch, world.standin, world.entered, world.agree)

    async def test_names_the_account_and_finds_nothing_amiss(self, world: TargetWorld) -> None:
        async with world.connect() as target:
            account = await target.identify()
            assert account.id
            assert account.name
            assert list(await target.preflight()) == []
        assert world.standin.requests.writes() == []

    async def test_lists_everyone_once(self, world: TargetWorld) -> None:
        async with world.connect() as target:
            ids = await _people(target)
        assert len(ids) == len(set(ids)) == world.count()

    async def test_creates_then_updates_then_rests(self, world: TargetWorld) -> None:
        newcomer, changed = world.newcomer(), world.changed()
        async with world.connect() as target:
            create = await change_for(target, newcomer, world.settings)
            assert create.kind is ChangeKind.CREATE
            applied = await target.apply(create, world.settings)
            update = await change_for(target, changed, world.settings)
            assert (update.kind, update.person.target_id) == (ChangeKind.UPDATE, applied.target_id)
            await target.apply(update, world.settings)
            assert (await change_for(target, changed, world.settings)).kind is ChangeKind.UNCHANGED
            before = len(world.standin.requests.writes())
            again = await target.apply(update, world.settings)
            assert again.wrote is False
            assert len(world.standin.requests.writes()) == before
        assert world.held(newcomer.number) == 1

    async def test_every_written_field_is_in_the_field_table(self, world: TargetWorld) -> None:
        async with world.connect() as target:
            table = {(rule.level, rule.key) for rule in target.fields}
            change = await change_for(target, world.newcomer(), world.settings)
        assert {(f.level, f.field) for f in change.fields} <= table

    @pytest.mark.parametrize("fault", PASSING)
    async def test_a_passing_fault_while_reading_loses_nobody(self, world: TargetWorld, fault: str) -> None:
        PASSING[fault](world.standin.faults)(method="GET", path=world.people, times=1)
        async with world.connect() as target:
            assert len(await _people(target)) == world.count()

    @pytest.mark.parametrize("keep", [1, 2])
    async def test_a_page_cut_short_loses_nobody(self, world: TargetWorld, keep: int) -> None:
        world.standin.faults.truncated_page(keep=keep, method="GET", path=world.people, times=1)
        async with world.connect() as target:
            assert len(await _people(target)) == world.count()

    async def test_whoever_goes_between_two_pages_takes_nobody_out_of_sight(self, world: TargetWorld) -> None:
        gone = 3
        async with world.connect() as target:
            seen: list[str] = []
            async for page in target.people():
                seen += [person.id for person in page]
                for _ in range(gone):
                    world.lose_the_first()
                gone = 0
            assert len(seen) == len(set(seen))
            left = await _people(target)
        assert len(left) == world.count()
        assert set(left) <= set(seen)

    async def test_a_right_that_is_missing_for_one_person_is_theirs_until_it_is_missing_for_the_next_one(
        self, world: TargetWorld
    ) -> None:
        async with world.connect() as target:
            made = await target.apply(await change_for(target, world.newcomer(), world.settings), world.settings)
            change = await change_for(target, world.changed(), world.settings)
            method, path = world.update
            fault = world.standin.faults.status(403, {"message": "no"}, method=method, path=path, times=None)
            scopes = []
            with learning_rights():
                for source_id in ("one", "one", "another"):
                    theirs = replace(change, person=replace(change.person, source_id=source_id))
                    with pytest.raises(NotPermitted) as refused:
                        await target.apply(theirs, world.settings)
                    scopes.append(refused.value.scope)
                assert refused.value.text.key != "provider.person_refused"
                fault.times = 0
                await target.apply(change, world.settings)
            world.standin.faults.status(403, {"message": "no"}, method="GET", path=world.person)
            with learning_rights(), pytest.raises(NotPermitted) as unread:
                await target.read(made.target_id)
        assert scopes == [ErrorScope.EMPLOYEE, ErrorScope.EMPLOYEE, ErrorScope.RUN]
        assert (unread.value.scope, unread.value.text.key) == (ErrorScope.EMPLOYEE, "provider.person_refused")

    async def test_a_list_that_is_silently_empty_is_an_error(self, world: TargetWorld) -> None:
        world.standin.faults.empty_page(method="GET", path=world.people, times=None)
        async with world.connect() as target:
            with pytest.raises((NotPermitted, Unavailable)):
                await _people(target)
            with pytest.raises((NotPermitted, Unavailable)):
                await target.find(world.newcomer())

    @pytest.mark.parametrize("fault", UNCERTAIN)
    async def test_an_uncertain_create_makes_one_person(self, world: TargetWorld, fault: str) -> None:
        newcomer = world.newcomer()
        async with world.connect() as target:
            change = await change_for(target, newcomer, world.settings)
            method, path = world.create
            UNCERTAIN[fault](world.standin.faults)(method=method, path=path, times=1)
            await settled_apply(target, change, world.settings)
            assert (await change_for(target, newcomer, world.settings)).kind is ChangeKind.UNCHANGED
        assert world.held(newcomer.number) == 1

    @pytest.mark.parametrize("fault", UNCERTAIN)
    async def test_an_uncertain_update_is_made_in_the_end(self, world: TargetWorld, fault: str) -> None:
        changed = world.changed()
        async with world.connect() as target:
            await target.apply(await change_for(target, world.newcomer(), world.settings), world.settings)
            change = await change_for(target, changed, world.settings)
            method, path = world.update
            UNCERTAIN[fault](world.standin.faults)(method=method, path=path, times=1)
            await settled_apply(target, change, world.settings)
            assert (await change_for(target, changed, world.settings)).kind is ChangeKind.UNCHANGED
        assert world.held(changed.number) == 1

    async def test_an_update_that_is_interrupted_after_each_write_is_finished(self, world: TargetWorld) -> None:
        newcomer = world.newcomer()
        job, pay = newcomer.employments[0], newcomer.compensations[0]
        raises = (
            replace(pay, amount=pay.amount + 1000),
            *(replace(pay, id=f"r{day}", effective=day, amount=pay.amount + 2000 + day.month) for day in RAISES),
        )
        jobs = (replace(job, percentage=Decimal(80)),)
        after = replace(world.changed(), employments=jobs, compensations=raises)
        written = world.standin.requests.writes
        begun = 0

        async def one_write() -> None:
            if len(written()) > begun:
                raise OwnershipLost

        async with world.connect() as target:
            made = await target.apply(await change_for(target, newcomer, world.settings), world.settings)
            held = await target.read(made.target_id)
            assert held is not None
            basis = Fingerprinter(fingerprint).base_version(held.record)
            change = replace(await change_for(target, after, world.settings), basis=basis)
            for _ in range(9):
                begun = len(written())
                with suppress(OwnershipLost), ownership_check(one_write):
                    source = cast(Source, None)  # nobody is asked for an update
                    done = await apply_change(change, source, target, world.settings, TODAY, fingerprint=fingerprint)
                    break
            assert (done.kind, done.reason) == (OutcomeKind.UPDATED, None)
            assert (await change_for(target, after, world.settings)).kind is ChangeKind.UNCHANGED

    async def test_a_write_is_never_repeated_blindly(self, world: TargetWorld) -> None:
        method, path = world.create
        async with world.connect() as target:
            change = await change_for(target, world.newcomer(), world.settings)
            fault = world.standin.faults.connection_cut(method=method, path=path, times=None)
            with pytest.raises(Unavailable) as failed:
                await target.apply(change, world.settings)
        assert failed.value.sent is True
        assert fault.hits == 1

    async def test_credentials_refused_in_the_middle(self, world: TargetWorld) -> None:
        newcomer = world.newcomer()
        async with world.connect() as target:
            change = await change_for(target, newcomer, world.settings)
            world.standin.faults.unauthorized(method=world.create[0], path=world.create[1], times=1)
            try:
                await target.apply(change, world.settings)
            except CredentialsRefused:
                assert world.held(newcomer.number) == 0
            else:
                assert world.held(newcomer.number) == 1

    @pytest.mark.parametrize("status", [400, 403, 409, 422])
    async def test_a_refusal_that_quotes_what_was_sent_gives_nothing_private_away(
        self, world: TargetWorld, status: int
    ) -> None:
        async with world.connect() as target:
            assert keeps_private(target)
            change = await change_for(target, world.newcomer(), world.settings)
            private = {re.sub(r"[^0-9A-Za-z]", "", str(one.new)) for one in change.fields if one.private and one.new}
            assert private
            method, path = world.create
            world.standin.faults.quoting(status, method=method, path=path, times=None)
            with pytest.raises(ProviderError) as refused:
                await target.apply(change, world.settings)
        error = refused.value
        assert "Not accepted" in (error.verbatim or "")
        said = f"{error.verbatim} {error!r} {error} {error.reference} {error.text} {error.advice}"
        plain = re.sub(r"[^0-9A-Za-z]", "", said)
        assert [one for one in private if one in plain] == []
        assert [one for one in world.entered.values() if len(one) > 20 and one in said] == []
        assert not re.search(r"(Bearer|Basic) (?!\[redacted\])\S", said)
        assert len(error.verbatim or "") <= 500
        assert "\n" not in (error.verbatim or "")

    async def test_revoked_credentials(self, world: TargetWorld) -> None:
        async with world.connect_refused() as target:
            with pytest.raises(CredentialsRefused) as refused:
                await target.identify()
        assert refused.value.field is not None
        assert refused.value.advice is not None

    async def test_another_company_is_not_written_to(self, world: TargetWorld) -> None:
        async with world.connect() as target:
            account = await target.identify()
            change = await change_for(target, world.newcomer(), world.settings)
        world.standin.faults.wrong_company(method="GET", times=None)
        async with world.connect(expected=account.id) as target:
            with pytest.raises(WrongAccount):
                await target.apply(change, world.settings)
        assert world.standin.requests.writes() == []

    async def test_a_refusal_is_this_employees_alone_and_in_the_targets_words(self, world: TargetWorld) -> None:
        async with world.connect() as target:
            bad = await change_for(target, world.unacceptable(), world.settings)
            with pytest.raises(Rejected) as refused:
                await target.apply(bad, world.settings)
            assert refused.value.verbatim
            assert refused.value.advice is not None
            good = await change_for(target, world.newcomer(), world.settings)
            await target.apply(good, world.settings)
        assert world.held(world.newcomer().number) == 1
