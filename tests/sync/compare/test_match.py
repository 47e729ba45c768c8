"""Who is who: the employee number decides, everything else only raises a question."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.domain.change import Change, ChangeKind
from bot.domain.employee import Employee
from bot.domain.outcome import OutcomeKind
from bot.domain.record import Value
from bot.sync.compare.fingerprints import SyncedPerson
from bot.sync.compare.match import MatchDecision, Resolution
from tests.support.employees import TODAY, employee, ended
from tests.support.fake_target import MemorySource, MemoryTarget, mapped
from tests.support.sync_runner import Integration

ANYBODY: dict[str, Value] = {"first_name": "Ola", "last_name": "Hansen", "birth_date": date(1950, 1, 1)}


async def planned(target: MemoryTarget, *people: Employee, **known: object) -> list[Change]:
    integration = Integration(MemorySource(people), target)
    for name, value in known.items():
        setattr(integration, name, value)
    return list((await integration.plan()).changes)


def in_target(target: MemoryTarget, person: Employee, **changes: Value) -> str:
    return target.add(**(dict(mapped(person)[0].values) | changes))


async def test_one_hit_by_number_is_the_person() -> None:
    target = MemoryTarget()
    ident = in_target(target, employee(1))
    (change,) = await planned(target, employee(1))
    assert (change.kind, change.person.target_id) == (ChangeKind.UPDATE, ident)


async def test_no_hit_and_nobody_alike_is_a_create() -> None:
    target = MemoryTarget()
    target.add(number="7", **ANYBODY)
    (change,) = await planned(target, employee(1))
    assert change.kind is ChangeKind.CREATE


@pytest.mark.parametrize("number", ["", "  "])
async def test_a_missing_number_is_a_question_only_where_somebody_in_the_target_may_be_the_person(number: str) -> None:
    target = MemoryTarget()
    target.add(number="", **ANYBODY)
    (change,) = await planned(target, employee(1, number=number))
    assert change.kind is ChangeKind.BLOCKED, "no answer could say who the person is"
    assert [finding.code for finding in change.findings] == ["number.missing"]
    in_target(target, employee(1))
    (change,) = await planned(target, employee(1, number=number))
    assert change.kind is ChangeKind.CONFLICT
    assert [finding.code for finding in change.findings] == ["number.missing"]
    assert len(change.lookalikes) == 1


async def test_a_number_that_the_target_has_twice_is_a_question() -> None:
    target = MemoryTarget()
    in_target(target, employee(1))
    target.add(number="1001", **ANYBODY)
    (change,) = await planned(target, employee(1))
    assert change.kind is ChangeKind.CONFLICT
    assert change.findings[0].code == "number.twice_in_target"
    assert {alike.by for alike in change.lookalikes} == {"number"}


@pytest.mark.parametrize(
    ("changes", "by"),
    [
        ({"first_name": "K", "last_name": "N", "birth_date": None, "email": None}, "identity_number"),
        ({"identity_number": None, "first_name": "O", "last_name": "H", "email": None}, "bank_birth_date"),
        ({"identity_number": None, "bank_account": None, "email": None}, "name_birth_date"),
        ({"identity_number": None, "bank_account": None, "first_name": "KARIB"}, "name_birth_date"),
        ({"identity_number": None, "birth_date": None, "first_name": "K", "email": "KARI1@example.com"}, "email"),
    ],
)
async def test_a_look_alike_with_another_number_is_never_created(changes: dict[str, Value], by: str) -> None:
    target = MemoryTarget()
    in_target(target, employee(1), number="77", **changes)
    (change,) = await planned(target, employee(1))
    assert change.kind is ChangeKind.CONFLICT
    assert [(alike.number, alike.by) for alike in change.lookalikes] == [("77", by)]


@pytest.mark.parametrize("number", ["01001", "1001 B", "10-01"])
async def test_a_number_that_is_written_otherwise_is_not_taken_for_a_hit(number: str) -> None:
    target = MemoryTarget()
    target.add(number=number, **ANYBODY)
    (change,) = await planned(target, employee(1))
    assert change.kind is not ChangeKind.UPDATE
    if number != "1001 B":
        assert (change.kind, change.lookalikes[0].by) == (ChangeKind.CONFLICT, "number")


async def test_a_number_that_belongs_to_somebody_else_is_a_question() -> None:
    target = MemoryTarget()
    target.add(number="1001", **ANYBODY)
    (change,) = await planned(target, employee(1))
    assert change.kind is ChangeKind.CONFLICT
    assert change.findings[0].code == "number.other_person"


async def test_a_person_who_married_is_still_the_person() -> None:
    target = MemoryTarget()
    in_target(target, employee(1), last_name="Olsen", first_name="Mari")
    (change,) = await planned(target, employee(1))
    assert change.kind is ChangeKind.UPDATE


async def test_a_person_of_an_earlier_sync_whom_the_target_does_not_show_is_never_made_again() -> None:
    """A token that lost a right sees fewer people: that must not look like an empty target."""
    target = MemoryTarget()
    integration = Integration(MemorySource([employee(1), employee(2)]), target)
    await integration.sync()
    target.unseen = set(target.stored)
    plan = await integration.plan()
    assert {change.kind for change in plan.changes} == {ChangeKind.CONFLICT}
    assert {change.findings[0].code for change in plan.changes} == {"target.gone"}


async def test_a_number_that_was_changed_in_the_source_finds_its_person_as_a_question() -> None:
    target = MemoryTarget()
    source = MemorySource([employee(1)])
    integration = Integration(source, target)
    await integration.sync()
    (ident,) = target.stored
    target.stored[ident].person.update(identity_number=None, birth_date=None, email=None, first_name="K")
    source.put(replace(employee(1), number="2001"))
    (change,) = (await integration.plan()).changes
    assert change.kind is ChangeKind.CONFLICT
    assert [alike.by for alike in change.lookalikes] == ["earlier_sync"]


async def test_a_number_that_moved_to_somebody_else_in_the_target_is_a_question() -> None:
    target = MemoryTarget()
    first = in_target(target, employee(1), number="77")
    in_target(target, employee(1))
    (change,) = await planned(target, employee(1), memory={"s1": SyncedPerson("77", first)})
    assert change.findings[0].code == "target.moved"
    assert {alike.by for alike in change.lookalikes} == {"earlier_sync", "number"}


async def test_same_person_links_to_them_and_keeps_the_targets_number() -> None:
    target = MemoryTarget()
    ident = in_target(target, employee(1), number="77")
    integration = Integration(MemorySource([employee(1)]), target)
    integration.resolutions["s1"] = Resolution(MatchDecision.SAME, ident)
    plan = await integration.sync_until_quiet()
    assert [change.kind for change in plan.changes] == [ChangeKind.UNCHANGED]
    assert target.numbers() == ["77"]


async def test_same_person_also_answers_a_missing_number() -> None:
    target = MemoryTarget()
    ident = in_target(target, employee(1), number="77")
    integration = Integration(MemorySource([employee(1, number="")]), target)
    integration.resolutions["s1"] = Resolution(MatchDecision.SAME, ident)
    await integration.sync_until_quiet()
    assert target.numbers() == ["77"]


async def test_different_person_creates_beside_the_one_that_was_asked_about_and_no_other() -> None:
    target = MemoryTarget()
    person = employee(1, identity=None, bank=None)
    ident = in_target(target, person, number="77")
    integration = Integration(MemorySource([person]), target)
    integration.resolutions["s1"] = Resolution(MatchDecision.DIFFERENT, ident)
    in_target(target, person, number="78")
    (asked,) = (await integration.plan()).changes
    assert asked.kind is ChangeKind.CONFLICT
    assert [alike.number for alike in asked.lookalikes] == ["78"]
    del target.stored["t2"]
    await integration.sync_until_quiet()
    assert target.numbers() == ["1001", "77"]


@pytest.mark.parametrize("unknown", ["identity_number", "bank_account"])
async def test_who_has_what_only_one_person_has_is_nobody_else_whatever_was_answered(unknown: str) -> None:
    target = MemoryTarget()
    ident = in_target(target, employee(1), number="77", first_name="Ola", last_name="Hansen", **{unknown: None})
    answered = {"s1": Resolution(MatchDecision.DIFFERENT, ident)}
    (change,) = await planned(target, employee(1), resolutions=answered)
    assert (change.kind, change.findings[0].code) == (ChangeKind.CONFLICT, "target.looks_like")


async def test_who_turns_up_while_writing_is_not_made_again_though_told_apart_before() -> None:
    target = MemoryTarget()
    ident = in_target(target, employee(1), number="77", identity_number=None, bank_account=None)
    integration = Integration(MemorySource([employee(1)]), target)
    integration.resolutions["s1"] = Resolution(MatchDecision.DIFFERENT, ident)
    (change,) = (await integration.plan()).changes
    assert change.kind is ChangeKind.CREATE
    target.stored[ident].person["identity_number"] = mapped(employee(1))[0].values["identity_number"]
    outcome = await integration.carry_out(change)
    assert outcome.kind is OutcomeKind.CONFLICT
    assert target.numbers() == ["77"]


async def test_a_number_whose_holder_is_another_by_identity_and_birth_date_is_a_question() -> None:
    """One word of a name in common does not make two people one."""
    target = MemoryTarget()
    in_target(target, employee(2), number="1001", first_name="Kari Lise", last_name="Nordmannb")
    (change,) = await planned(target, employee(1, first_name="Ola"))
    assert (change.kind, change.findings[0].code) == (ChangeKind.CONFLICT, "number.other_person")


ONE_NAME = [
    ("Øystein Berg", "Oystein Berg"), ("Øystein Berg", "Oeystein Berg"), ("Åse Dahl", "Ase Dahl"),
    ("Åse Dahl", "Aase Dahl"), ("Kjærsti Moe", "Kjaersti Moe"), ("Kjærsti Moe", "Kjarsti Moe"),
    ("Łukasz Wałęsa", "Lukasz Walesa"), ("Đorđe Ilić", "Djordje Ilic"), ("Guðrún Þórsdóttir", "Gudrun Thorsdottir"),
    ("Işıl Ak", "Isil Ak"), ("İsmail Ak", "Ismail Ak"), ("Karl Weiß", "Karl Weiss"), ("Jürgen Groß", "Juergen GROSS"),
    ("Rene\u0301 Moe", "René Moe"), ("Ha\u030akon Moe", "Håkon Moe"), ("José Moe", "Jose Moe"),
    ("Kate O\u02bcBrien", "Kate O'Brien"), ("Kate O\u02bbBrien", "Kate OBrien"),
    ("Kate O\u2018Brien", "Kate O\ua78cBrien"),
    ("Carl Ericsson", "Karl Eriksson"), ("Christian Wik", "Kristian Vik"), ("Biret Eŋŋel", "Biret Enngel"),
    ("Kari O'Brien", "Kari OBrien"), ("Kari O’Brien", "Kari O Brien"), ("Jan van der Berg", "Jan Vanderberg"),
    ("Anne-Marie Berg", "Annemarie Berg"), ("Anne Marie Berg", "Anne-Marie Berg"), ("Anne Marie Berg", "Anne Berg"),
    ("Anne Marie Berg", "Marie Berg"), ("Kari Berg Hansen", "Kari Berg"), ("Kari Berg-Hansen", "Kari Hansen"),
    ("Kari A. Berg", "Kari Anne Berg"), ("K. Berg", "Kari Berg"), ("BERG KARI", "Kari Berg"),
    ("Kari\u200b Berg", "Kari Berg"), ("Kari\u202e Berg", "Kari Berg"), ("Ka\u00adri Berg", "Kari Berg"),
    ("К\u0430ri Berg", "Kari Berg"), ("ΝΙΝΑ Berg", "Nina Berg"), ("Ｋａｒｉ Berg", "Kari Berg"),
    ("Kari\u00a0Lise Berg", "Kari Lise Berg"), ("Jan Ĳzer", "Jan IJzer"), ("Æsa Bø", "Aesa Boe"),
    ("Kari Berg jr.", "Kari Berg"),
]  # fmt: skip
"""One person's name in two systems."""


@pytest.mark.parametrize("ways", [*ONE_NAME, *((there, here) for here, there in ONE_NAME)])
async def test_a_name_that_is_written_otherwise_is_a_question_and_never_a_second_person(ways: tuple[str, str]) -> None:
    here, there = (way.rsplit(" ", 1) for way in ways)
    target = MemoryTarget()
    person = employee(1, first_name=here[0], last_name=here[1], identity=None, bank=None, work_email=None)
    in_target(target, person, number="77", first_name=there[0], last_name=there[1])
    (change,) = await planned(target, person)
    assert (change.kind, [alike.by for alike in change.lookalikes]) == (ChangeKind.CONFLICT, ["name_birth_date"])
    by_number = MemoryTarget()
    in_target(by_number, person, first_name=there[0], last_name=there[1], birth_date=date(1950, 1, 1))
    (change,) = await planned(by_number, person)
    assert change.kind is ChangeKind.UPDATE, "the same name is no contradiction"


@pytest.mark.parametrize("ways", [pair for pair in ONE_NAME if "K. " not in pair[0]])
async def test_one_name_twice_in_the_source_is_never_created_twice(ways: tuple[str, str]) -> None:
    here, there = (way.rsplit(" ", 1) for way in ways)
    one = employee(1, first_name=here[0], last_name=here[1], identity=None, bank=None, work_email=None)
    other = replace(one, source_id="s9", number="2001", first_name=there[0], last_name=there[1])
    changes = await planned(MemoryTarget(), one, other)
    assert [change.kind for change in changes] == [ChangeKind.CONFLICT] * 2


@pytest.mark.parametrize("other", ["Ola Berg", "Kari Hansen", "Kristin Berg"])
async def test_another_name_of_one_birth_date_is_another_person(other: str) -> None:
    target = MemoryTarget()
    person = employee(1, first_name="Kari", last_name="Berg", identity=None, bank=None, work_email=None)
    first, last = other.split()
    in_target(target, person, number="77", first_name=first, last_name=last)
    (change,) = await planned(target, person)
    assert change.kind is ChangeKind.CREATE


@pytest.mark.parametrize(
    "number", ["1001\u200b", "\ufeff1001", "１００１", "01001", "10-01", "10 01", "١٠٠١", "1001\u00a0"]
)
async def test_one_number_in_two_ways_is_told_for_both_and_neither_is_made_beside_the_other(number: str) -> None:
    other = employee(2, number=number)
    changes = await planned(MemoryTarget(), employee(1), other)
    assert {change.kind for change in changes} <= {ChangeKind.CONFLICT, ChangeKind.BLOCKED}
    assert all(
        {finding.code for finding in change.findings} & {"duplicate.number", "duplicate.number_alike"}
        for change in changes
    )
    target = MemoryTarget()
    target.add(number="1001", **ANYBODY)
    (change,) = await planned(target, other)
    assert change.kind in (ChangeKind.CONFLICT, ChangeKind.BLOCKED)


async def test_two_people_may_have_numbers_that_differ_in_a_zero_once_somebody_says_so() -> None:
    answered = {"s1": Resolution(MatchDecision.DIFFERENT), "s2": Resolution(MatchDecision.DIFFERENT)}
    changes = await planned(MemoryTarget(), employee(1), employee(2, number="01001"), resolutions=answered)
    assert [change.kind for change in changes] == [ChangeKind.CREATE] * 2


async def test_skip_leaves_the_person_out() -> None:
    target = MemoryTarget()
    (change,) = await planned(target, employee(1), resolutions={"s1": Resolution(MatchDecision.SKIP)})
    assert change.kind is ChangeKind.SKIP
    assert change.findings[0].code == "number.skipped_by_choice"


async def test_a_chosen_person_who_is_gone_is_a_question_again() -> None:
    (change,) = await planned(MemoryTarget(), employee(1), resolutions={"s1": Resolution(MatchDecision.SAME, "nobody")})
    assert change.findings[0].code == "target.chosen_gone"


async def test_two_employees_who_lead_to_one_person_are_both_a_question() -> None:
    target = MemoryTarget()
    ident = in_target(target, employee(1))
    changes = await planned(target, employee(1), employee(2), resolutions={"s2": Resolution(MatchDecision.SAME, ident)})
    assert [change.kind for change in changes] == [ChangeKind.CONFLICT] * 2
    assert {change.findings[0].code for change in changes} == {"target.claimed_twice"}


async def test_one_number_twice_in_the_source_is_a_question_for_both() -> None:
    changes = await planned(MemoryTarget(), employee(1), employee(2, number="1001"))
    assert [change.kind for change in changes] == [ChangeKind.CONFLICT] * 2


async def test_one_identity_number_twice_in_the_source_blocks_both() -> None:
    other = replace(employee(2), identity=employee(1).identity, birth_date=employee(1).birth_date)
    changes = await planned(MemoryTarget(), employee(1), other)
    assert [change.kind for change in changes] == [ChangeKind.BLOCKED] * 2


async def test_one_person_twice_in_the_source_is_never_created_twice() -> None:
    again = replace(employee(1), source_id="s9", number="2001", identity=None, work_email=None, bank=None)
    changes = await planned(MemoryTarget(), employee(1), again)
    assert [change.kind for change in changes] == [ChangeKind.CONFLICT] * 2
    answered = {"s1": Resolution(MatchDecision.DIFFERENT), "s9": Resolution(MatchDecision.DIFFERENT)}
    changes = await planned(MemoryTarget(), employee(1), again, resolutions=answered)
    assert [change.kind for change in changes] == [ChangeKind.CREATE] * 2


async def test_somebody_who_came_back_under_a_new_record_is_synced_and_the_old_record_left_alone() -> None:
    target = MemoryTarget()
    former = ended(employee(1), date(2024, 12, 31))
    again = replace(employee(1), source_id="s9")
    integration = Integration(MemorySource([former, again]), target)
    plan = await integration.sync_until_quiet()
    assert [change.kind for change in plan.changes] == [ChangeKind.SKIP, ChangeKind.UNCHANGED]
    assert target.numbers() == ["1001"]


async def test_somebody_who_left_before_the_first_sync_is_not_created() -> None:
    (change,) = await planned(MemoryTarget(), ended(employee(1), date(2024, 12, 31)))
    assert (change.kind, change.findings[0].code) == (ChangeKind.SKIP, "person.left")


async def test_somebody_who_leaves_gets_an_end_date_and_is_never_deleted() -> None:
    target = MemoryTarget()
    source = MemorySource([employee(1)])
    integration = Integration(source, target)
    await integration.sync()
    source.put(ended(employee(1), TODAY))
    (change,) = (await integration.plan()).changes
    assert [(field.field, field.new) for field in change.fields] == [("end_date", TODAY)]
    await integration.sync_until_quiet()
    assert len(target.stored) == 1
