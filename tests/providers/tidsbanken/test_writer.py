"""What arrives in Tidsbanken of a person, and that nothing else is touched."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from bot.domain.change import ChangeKind
from bot.domain.employee import BankAccount, EmploymentType, IdentityNumber, Unit
from bot.domain.record import Level
from bot.providers.errors import Rejected, Unavailable, WriteConflict
from bot.providers.protocol import WriteStatus
from bot.providers.tidsbanken.target import TidsbankenTarget
from sandbox.tidsbanken import Tidsbanken
from sandbox.tidsbanken.database import TidsbankenDatabase
from sandbox.tidsbanken.rules import STAMPS
from sandbox.tidsbanken.seed import FIXED_PAY, HOURLY_PAY
from tests.providers.tidsbanken.connections import (
    ACCOUNT,
    CHOSEN,
    IDENTITY,
    employee,
    put,
    row_of,
    tidsbanken_target,
)
from tests.support.fake_target import MemorySource
from tests.support.make_change import change_for
from tests.support.provider_people import TODAY, job
from tests.support.sync_runner import Integration

LEFT = employee(employments=(job(end=date(2026, 10, 31)),))
SEASON = EmploymentType(id="t2", name="season")


def _entered(norway: TidsbankenDatabase) -> None:
    """What somebody has typed in Tidsbanken, and no sync knows of."""
    row_of(norway).update(Notat="Nøkkel 7", Fastlonn=41000, TlfPrivat="22001122", AntallFerieDager=30, EksternId="x7")


async def test_a_person_arrives_whole(target: TidsbankenTarget, norway: TidsbankenDatabase) -> None:
    who = employee(employments=(job(percentage="62.5"),))
    made = await put(target, who)
    assert (made.target_id, made.findings) == ("3001", ())
    department = next(code for code, name in norway.departments.items() if name == "Roastery")
    row = row_of(norway)
    assert {name: row[name] for name in row if name not in STAMPS and row[name] not in ("", None, 0, False)} == {
        "Id": 3001, "Fornavn": "Kari", "Etternavn": "Nordlund", "Personnummer": IDENTITY, "Fodt": "1990-05-17",
        "Epost": "kari.nordlund@polarbonan.example", "Mobil": "40012345", "Adresse": "Kaffegata 1",
        "Postnummer": "0150", "Poststed": "Oslo", "Lonnskonto": ACCOUNT, "Tittel": "Barista", "AvdelingId": department,
        "MalId": FIXED_PAY, "AnsattDato": "2024-03-01", "Stillingsprosent": 62.5, "Aktiv": True,
        "AntallFerieDager": 25,
    }  # fmt: skip
    assert (await change_for(target, who, CHOSEN)).fields == ()


async def test_nobody_new_is_said_to_come_without_an_employment(target: TidsbankenTarget) -> None:
    """Tidsbanken has none: the days are the person's own."""
    who = employee()
    integration = Integration(
        MemorySource([who]), target, settings=dict(CHOSEN), environment="test", today=TODAY, countries=("NO",)
    )
    (change,) = (await integration.plan()).changes
    assert change.kind is ChangeKind.CREATE
    assert "employment.over" not in {found.code for found in change.findings}


async def test_what_is_made_says_no_salary_and_no_null(target: TidsbankenTarget, tids: Tidsbanken) -> None:
    await put(target, employee(identity=None, bank=None, address=None, department=None))
    (made,) = tids.requests.matching("POST")
    (body,) = made.body
    assert "Fastlonn" not in body
    assert None not in body.values()
    assert "" not in body.values()


CHANGES: Mapping[str, tuple[dict[str, Any], str, Any]] = {
    "name": ({"last_name": "Berg"}, "Etternavn", "Berg"),
    "phone": ({"private_phone": "+46 70 123 45 67"}, "Mobil", "+46701234567"),
    "percentage": ({"employments": (job(percentage="50"),)}, "Stillingsprosent", 50),
    "account": ({"bank": BankAccount(iban="NO93 8601 1117 947", country="NO")}, "Lonnskonto", "86011117947"),
    "born": ({"birth_date": date(1990, 5, 18)}, "Fodt", "1990-05-18"),
}


@pytest.mark.parametrize("blanks", [True, False])
@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_changes_nothing_else_whatever_an_update_leaves_out(
    target: TidsbankenTarget, norway: TidsbankenDatabase, name: str, blanks: bool
) -> None:
    different, member, value = CHANGES[name]
    await put(target, employee())
    _entered(norway)
    norway.switches.update_blanks = blanks
    before = row_of(norway)
    made = await put(target, employee(**different))
    assert (made.wrote, made.findings) == (True, ())
    after = row_of(norway)
    assert {key: after[key] for key in after if after[key] != before[key] and key not in STAMPS} == {member: value}


async def test_only_what_changes_is_sent_where_the_operator_says_so(
    tids: Tidsbanken, norway: TidsbankenDatabase
) -> None:
    async with tidsbanken_target(tids, updates="changed") as target:
        await put(target, employee())
        _entered(norway)
        assert (await put(target, employee(last_name="Berg"))).findings == ()
        assert tids.requests.matching("PUT")[-1].body == [{"Id": 3001, "Etternavn": "Berg"}]
        norway.switches.update_blanks = True
        made = await put(target, employee(last_name="Vik"))
    told = {found.code: found for found in made.findings}["tidsbanken_others_changed"]
    assert "Fastlonn" in str(told.values["names"])
    assert "41000" not in str(told.values)


async def test_somebody_who_is_there_keeps_group_and_identity(
    target: TidsbankenTarget, norway: TidsbankenDatabase
) -> None:
    await put(target, employee(), group=str(HOURLY_PAY))
    other = IdentityNumber(value=IDENTITY[::-1], country="NO")
    assert (await change_for(target, employee(identity=other), CHOSEN)).fields == ()
    assert row_of(norway)["MalId"] == HOURLY_PAY
    row_of(norway)["Personnummer"] = ""
    change = await change_for(target, employee(), CHOSEN)
    assert [one.field for one in change.fields] == ["identity_number"]


@pytest.mark.parametrize(
    ("kind", "settings", "group"),
    [
        (None, {}, FIXED_PAY),
        (SEASON, {}, FIXED_PAY),
        (SEASON, {"other_group": str(HOURLY_PAY)}, HOURLY_PAY),
        (None, {"other_group": str(HOURLY_PAY)}, FIXED_PAY),
    ],
)
async def test_the_group_of_somebody_new(
    target: TidsbankenTarget,
    norway: TidsbankenDatabase,
    kind: EmploymentType | None,
    settings: dict[str, str],
    group: int,
) -> None:
    await put(target, employee(employments=(job(type=kind),)), **settings)
    assert row_of(norway)["MalId"] == group


async def test_a_leaver_is_made_inactive_the_day_after_and_comes_back_under_the_same_number(
    target: TidsbankenTarget, norway: TidsbankenDatabase
) -> None:
    await put(target, employee())
    last_day = employee(employments=(job(end=TODAY),))
    assert (await change_for(target, last_day, CHOSEN)).fields == ()
    assert [one.field for one in (await change_for(target, LEFT, {**CHOSEN, "leavers": "by_hand"})).fields] == []
    await put(target, LEFT)
    assert (row_of(norway)["Aktiv"], row_of(norway)["AnsattDato"]) == (False, "2024-03-01")
    await put(target, employee(employments=(*LEFT.employments, job(date(2026, 11, 20), percentage="40"))))
    row = row_of(norway)
    assert (row["Aktiv"], row["AnsattDato"], row["Stillingsprosent"]) == (True, "2026-11-20", 40)


async def test_an_end_that_is_taken_back_makes_active_again(
    target: TidsbankenTarget, norway: TidsbankenDatabase
) -> None:
    await put(target, employee())
    await put(target, LEFT)
    await put(target, employee())
    assert row_of(norway)["Aktiv"] is True


FINDINGS: Mapping[str, tuple[dict[str, Any], dict[str, str], str, str]] = {
    "number": ({"number": "A7"}, {}, "tidsbanken_number_format", "blocking"),
    "zeros": ({"number": "007"}, {}, "tidsbanken_number_format", "blocking"),
    "long": ({"number": "1234567890"}, {}, "tidsbanken_number_format", "blocking"),
    "identity": (
        {"identity": IdentityNumber(value="900517-1234", country="SE")}, {}, "tidsbanken_foreign_identity", "warning",
    ),
    "account": (
        {"bank": BankAccount(iban="SE4550000000058398257466")}, {}, "tidsbanken_bank_account_unusable", "warning",
    ),
    "department": ({"department": Unit(id="d", name="Nowhere")}, {}, "tidsbanken_department_unknown", "warning"),
    "percentage": ({"employments": (job(percentage="120"),)}, {}, "tidsbanken_percentage_unusable", "warning"),
    "no employment": ({"employments": ()}, {}, "employment.missing", "blocking"),
    "two at once": ({"employments": (job(), job(date(2025, 1, 1)))}, {}, "employment.overlap", "blocking"),
    "to come": (
        {"employments": (job(end=date(2026, 11, 30)), job(date(2027, 1, 1)))}, {}, "tidsbanken_employment_to_come",
        "warning",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FINDINGS)
async def test_what_tidsbanken_cannot_take_is_told(target: TidsbankenTarget, name: str) -> None:
    different, settings, code, severity = FINDINGS[name]
    desired = await target.desired(employee(**different), {**CHOSEN, **settings}, TODAY)
    assert [(found.code, found.severity) for found in desired.findings] == [(code, severity)]


@pytest.mark.parametrize(
    ("who", "settings", "code"),
    [
        (LEFT, CHOSEN, "tidsbanken_employment_over"),
        (employee(), {}, "tidsbanken_group_missing"),
        (employee(), {"group": "1"}, "tidsbanken_group_missing"),
    ],
)
async def test_who_is_not_made(target: TidsbankenTarget, who: Any, settings: dict[str, str], code: str) -> None:
    desired = await target.desired(who, settings, TODAY)
    assert [(one.code, one.severity) for one in desired.when_new[Level.PERSON, ()]] == [(code, "blocking")]
    assert desired.findings == ()


async def test_a_department_that_is_kept_from_tidsbanken_is_told_as_such(target: TidsbankenTarget) -> None:
    desired = await target.desired(employee(), {**CHOSEN, "department": "none"}, TODAY)
    assert (desired.unspoken, "department" in desired.record[0].values) == (frozenset({"department"}), False)


async def test_departments_are_found_by_code_and_two_of_one_name_are_none(
    target: TidsbankenTarget, norway: TidsbankenDatabase
) -> None:
    norway.departments |= {"77": "Brenneri", "78": "Bar", "79": "Bar"}
    coded = await target.desired(employee(department=Unit(id="d", name="X", code="77")), CHOSEN, TODAY)
    assert coded.record[0].values["department"] == "Brenneri"
    twice = await target.desired(employee(department=Unit(id="d", name="Bar")), CHOSEN, TODAY)
    assert [one.code for one in twice.findings] == ["tidsbanken_department_unknown"]
    told = await target.desired(employee(department=Unit(id="d", name="X", code="79")), CHOSEN, TODAY)
    assert told.record[0].values["department"] == "Bar (79)"


@pytest.mark.parametrize("unchecked", [True, False])
async def test_a_number_that_is_taken_meanwhile_is_nobodys_second_person(
    target: TidsbankenTarget, norway: TidsbankenDatabase, unchecked: bool
) -> None:
    norway.switches.unchecked = unchecked
    change = await change_for(target, employee(), CHOSEN)
    await put(target, employee(first_name="Ola", identity=None))
    with pytest.raises(WriteConflict):
        await target.apply(change, CHOSEN)
    assert row_of(norway)["Fornavn"] == "Ola"


async def test_an_update_without_an_answer_is_read_and_not_made_twice(
    target: TidsbankenTarget, tids: Tidsbanken, norway: TidsbankenDatabase
) -> None:
    await put(target, employee())
    change = await change_for(target, employee(last_name="Berg"), CHOSEN)
    tids.faults.connection_cut(committed=True, method="PUT", path="/ansatt/ansatt$", times=1)
    with pytest.raises(Unavailable) as lost:
        await target.apply(change, CHOSEN)
    assert lost.value.sent is True
    assert await target.resolve_write(change) == (WriteStatus.DONE, "3001")
    assert (await target.apply(change, CHOSEN)).wrote is False
    assert row_of(norway)["Etternavn"] == "Berg"


async def test_what_somebody_else_has_changed_is_not_overwritten(
    target: TidsbankenTarget, norway: TidsbankenDatabase
) -> None:
    await put(target, employee())
    change = await change_for(target, employee(last_name="Berg"), CHOSEN)
    row_of(norway)["Etternavn"] = "Vik"
    with pytest.raises(WriteConflict):
        await target.apply(change, CHOSEN)
    assert row_of(norway)["Etternavn"] == "Vik"


async def test_a_value_that_is_taken_and_not_kept_is_told(
    target: TidsbankenTarget, tids: Tidsbanken, norway: TidsbankenDatabase
) -> None:
    await put(target, employee())
    tids.faults.status(200, {"value": []}, method="PUT", path="/ansatt/ansatt$", times=1)
    made = await put(target, employee(last_name="Berg"))
    assert [(one.code, one.field) for one in made.findings] == [("tidsbanken_not_stored", "last_name")]
    assert row_of(norway)["Etternavn"] == "Nordlund"


async def test_a_department_that_is_gone_is_a_conflict_and_a_refusal_is_told_in_its_words(
    target: TidsbankenTarget, tids: Tidsbanken, norway: TidsbankenDatabase
) -> None:
    change = await change_for(target, employee(), CHOSEN)
    code = next(code for code, name in norway.departments.items() if name == "Roastery")
    del norway.departments[code]
    with pytest.raises(Rejected) as refused:
        await target.apply(change, CHOSEN)
    assert refused.value.verbatim == "AvdelingId finnes ikke."
    async with tidsbanken_target(tids) as later:
        with pytest.raises(WriteConflict) as gone:
            await later.apply(change, CHOSEN)
    assert gone.value.text.key == "tidsbanken.list_changed"
    assert 3001 not in norway.employees
