"""A change in rounds, on a system that is a dictionary: what stops it, what is told and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from bot.core.text import Text
from bot.domain.change import Change, ChangeKind, FieldChange, Person
from bot.domain.findings import Finding, Severity
from bot.domain.record import Address, Level, Part, Value
from bot.providers.errors import ProviderError, Unavailable, WriteConflict
from bot.providers.kit.usual_errors import UsualErrors, VersionConflict
from bot.providers.kit.write_rounds import WriteRounds, settled_by_number
from bot.providers.protocol import TargetPerson, WriteStatus

ERRORS = UsualErrors("tripletex")
NAME = FieldChange(Level.PERSON, (), "last_name", "Berg", "Nordlund")
CITY = FieldChange(Level.PERSON, (), "city", "Oslo", "Bergen")
SECRET = FieldChange(Level.PERSON, (), "secret", "new", "old")

Held = dict[str, Value]


def change_of(*fields: FieldChange, kind: ChangeKind = ChangeKind.UPDATE) -> Change:
    return Change(kind, Person("s", "1", "N", target_id=None if kind is ChangeKind.CREATE else "7"), fields)


def shown(held: Held) -> TargetPerson:
    return TargetPerson(id="7", number="1", first_name="", last_name="", record=(Part(Level.PERSON, (), held),))


class Rounds(WriteRounds[Held]):
    """Keeps what is written but for `dropped`; `meets` is raised by the writes, one each, before they are made."""

    def __init__(
        self,
        change: Change,
        *meets: Exception,
        dropped: Sequence[str] = (),
        asked: Sequence[FieldChange] | None = None,
        on_read: Callable[[int], None] = lambda _turn: None,
    ) -> None:
        super().__init__(change, ERRORS, not_stored="tripletex_not_stored", asked=asked)
        self.held: Held = {"last_name": "Nordlund", "city": "Bergen", "secret": None}
        self.meets = list(meets)
        self.dropped = dropped
        self.on_read = on_read
        self.reads = self.writes = 0

    async def create(self) -> str:
        self.writes += 1
        self._meet()
        self.wrote = True
        return "7"

    async def read(self, target_id: str) -> tuple[Held, TargetPerson] | None:
        self.on_read(self.reads)
        self.reads += 1
        return self.held, shown(dict(self.held))

    async def write(self, held: Held, missing: Sequence[FieldChange], new_parts: Sequence[Address]) -> None:
        self.writes += 1
        self._meet()
        held |= {field.field: field.new for field in missing if field.field not in self.dropped}
        self.wrote = True
        self.told_last.append(Finding("tripletex_row_without_pay", Severity.WARNING, "salary"))

    def _meet(self) -> None:
        if self.meets:
            raise self.meets.pop(0)


def moved() -> VersionConflict:
    return VersionConflict(ERRORS.changed("PUT: 409", reference="r-1"))


async def test_a_version_that_moved_is_met_once_and_raised_as_the_systems_own_error_after_that() -> None:
    once = Rounds(change_of(NAME), moved())
    assert (await once.made()).wrote
    assert (once.writes, once.held["last_name"]) == (2, "Berg")
    twice = Rounds(change_of(NAME), moved(), moved())
    with pytest.raises(WriteConflict) as met:
        await twice.made()
    assert (twice.writes, met.value.reference) == (2, "r-1")


async def test_a_create_that_meets_another_is_not_tried_again() -> None:
    rounds = Rounds(change_of(NAME, kind=ChangeKind.CREATE), moved())
    with pytest.raises(WriteConflict):
        await rounds.made()
    assert (rounds.writes, rounds.reads) == (1, 0)


async def test_a_version_that_moved_under_a_field_of_ours_is_not_overwritten() -> None:
    rounds = Rounds(change_of(NAME), moved())
    rounds.on_read = lambda turn: rounds.held.update(last_name="Dahl") if turn else None
    with pytest.raises(WriteConflict):
        await rounds.made()
    assert (rounds.writes, rounds.held["last_name"]) == (1, "Dahl")


async def test_what_is_told_last_comes_after_what_was_not_kept_and_once() -> None:
    made = await Rounds(change_of(NAME, CITY), dropped=["city"]).made()
    told = [(finding.code, finding.field) for finding in made.findings]
    assert told == [("tripletex_not_stored", "city"), ("tripletex_row_without_pay", "salary")]


@pytest.mark.parametrize("after_a_write", [True, False])
async def test_what_cannot_be_read_after_a_write_is_of_unknown_outcome(after_a_write: bool) -> None:
    def fail(turn: int) -> None:
        if turn == after_a_write:
            raise Unavailable("down", text=Text("provider.unreadable"))

    with pytest.raises(Unavailable) as failed:
        await Rounds(change_of(NAME), on_read=fail).made()
    assert failed.value.sent is after_a_write


async def test_a_field_that_is_never_shown_is_no_reason_to_write_and_none_to_doubt() -> None:
    change = change_of(NAME, SECRET)
    asked = Rounds(change, asked=[NAME])
    assert [finding.code for finding in (await asked.made()).findings] == ["tripletex_row_without_pay"]
    doubted = Rounds(change, dropped=["secret"])
    doubted.held["secret"] = "old"
    assert "tripletex_not_stored" in {finding.code for finding in (await doubted.made()).findings}


@pytest.mark.parametrize(
    ("asked", "status"), [([NAME], WriteStatus.DONE), (None, WriteStatus.PARTLY), ([SECRET], WriteStatus.NOT_DONE)]
)
async def test_a_change_is_settled_by_the_fields_that_can_be_read(
    asked: Sequence[FieldChange] | None, status: WriteStatus
) -> None:
    async def read(_target_id: str) -> TargetPerson:
        return shown({"last_name": "Berg", "secret": "old"})

    async def nobody(_number: str) -> Sequence[TargetPerson]:
        return ()

    assert await settled_by_number(change_of(NAME, SECRET), nobody, read, ERRORS, asked) == (status, "7")


@pytest.mark.parametrize(
    ("error", "texts"),
    [
        (ERRORS.not_permitted("l"), ("tripletex.not_permitted", "tripletex.not_permitted.advice")),
        (ERRORS.rejected("l", None), ("tripletex.rejected", "tripletex.rejected.advice")),
        (ERRORS.rejected("l", "city", advice="advice.other"), ("tripletex.rejected_field", "tripletex.advice.other")),
        (ERRORS.changed("r"), ("tripletex.changed_meanwhile", "tripletex.changed_meanwhile.advice")),
    ],
)
def test_an_error_has_the_systems_texts(error: ProviderError, texts: tuple[str, str]) -> None:
    assert error.advice is not None
    assert (error.text.key, error.advice.key) == texts
    assert "what" not in error.text.values
