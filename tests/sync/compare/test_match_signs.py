"""What tells people apart, or makes a doubt of them, where a system does not show all that another one does."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.change import ChangeKind
from bot.domain.employee import BankAccount
from bot.domain.record import Value
from bot.sync.compare.match import account_forms
from tests.support.employees import employee
from tests.support.fake_target import MemoryTarget
from tests.sync.compare.test_match import in_target, planned


@pytest.mark.parametrize(
    "held",
    [
        {"birth_date": date(1975, 2, 3), "identity_number": None},
        {"birth_date": None, "identity_number": "03027512345"},
    ],
    ids=["a system that hides identity numbers", "a system without birth dates"],
)
async def test_a_number_that_was_given_out_again_is_a_question_though_a_first_name_is_the_same(
    held: dict[str, Value],
) -> None:
    target = MemoryTarget()
    one = employee(1)
    in_target(target, one, last_name="Fremmedgård", **held)
    (change,) = await planned(target, one)
    assert (change.kind, change.findings[0].code) == (ChangeKind.CONFLICT, "number.other_person")


UNDATED: dict[str, Value] = {"birth_date": None, "identity_number": None, "email": None, "number": "77"}


@pytest.mark.parametrize(
    ("held", "ours", "by"),
    [
        ({}, {}, "name"),
        ({"first_name": "Gift", "last_name": "Seinere", "bank_account": "86011117947"}, {}, "bank_account"),
        ({"birth_date": date(1981, 1, 1)}, {"birth_date": None}, "name"),
    ],
)
async def test_where_a_birth_date_is_not_known_a_name_or_an_account_is_a_question(
    held: dict[str, Value], ours: dict[str, object], by: str
) -> None:
    target = MemoryTarget()
    bank = BankAccount(number="86011117947", country="NO")
    in_target(target, employee(1), **{**UNDATED, **held})
    (change,) = await planned(target, employee(1, bank=bank, **ours))
    assert (change.kind, [alike.by for alike in change.lookalikes]) == (ChangeKind.CONFLICT, [by])


async def test_two_of_one_name_whose_identity_numbers_differ_are_two_though_a_birth_date_is_not_known() -> None:
    target = MemoryTarget()
    in_target(target, employee(1), **{**UNDATED, "identity_number": "03027512345"})
    (change,) = await planned(target, employee(1))
    assert change.kind is ChangeKind.CREATE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (BankAccount(clearing="8327-9", number="0 123 456"), BankAccount(clearing="8327", number="123456")),
        (BankAccount(clearing="5839", number="8257466"), BankAccount(iban="SE45 5000 0000 0583 9825 7466")),
        (BankAccount(number="8601.11.17947"), BankAccount(iban="no93 8601 1117 947")),
        (BankAccount(clearing="6000", number="000123456"), BankAccount(number="6000 123456")),
    ],
)
def test_one_account_in_two_ways_is_one(one: BankAccount, other: BankAccount) -> None:
    assert account_forms(one) & account_forms(other)
    assert not account_forms(one) & account_forms(BankAccount(clearing="8327", number="123457"))
