"""What arrives in Xledger of a person, and that nothing else is touched."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from bot.domain.employee import BankAccount, IdentityNumber, Unit
from bot.domain.record import Level
from bot.providers.errors import Rejected, Unavailable, WriteConflict
from bot.providers.protocol import WriteStatus
from bot.providers.xledger.target import XledgerTarget
from sandbox.xledger import Xledger
from sandbox.xledger.company import XledgerCompany
from sandbox.xledger.seed import DEPARTMENTS
from tests.providers.xledger.connections import ACCOUNT, EVERYTHING, IDENTITY, employee, put, row_of, xledger_target
from tests.support.make_change import change_for
from tests.support.provider_people import TODAY, job

LEFT = employee(employments=(job(end=date(2026, 10, 31)),))
STAMPS = ("dbId", "createdAt", "modifiedAt")


def _entered(norway: XledgerCompany) -> None:
    """What somebody has typed in Xledger, and no sync knows of."""
    row_of(norway).update(
        info="Nøkkel 7", managerPhone="22001122", timesheet=True, noticeDate="2026-12-01", glObject5=min(norway.objects)
    )


def _object(norway: XledgerCompany, name: str) -> int:
    return next(own for own, row in norway.objects.items() if row["description"] == name)


async def test_a_person_arrives_whole(target: XledgerTarget, norway: XledgerCompany) -> None:
    who = employee(title="Barista")
    group = min(norway.groups)
    made = await put(target, who, employee_group=str(group))
    assert made.findings == ()
    row = row_of(norway)
    assert {name: row[name] for name in row if name not in STAMPS} == {
        "code": "3001", "firstName": "Kari", "lastName": "Nordlund", "description": "Kari Nordlund",
        "socialSec": IDENTITY, "birthday": "1990-05-17", "email": "kari.nordlund@polarbonan.example",
        "phone": "40012345", "bankAccount": ACCOUNT, "employmentFrom": "2024-03-01", "employeeGroup": group,
        "glObject1": _object(norway, "Roastery"), "glObject2": _object(norway, "Drift"),
        "positionValue": _object(norway, "Barista"),
    }  # fmt: skip
    assert (await change_for(target, who, EVERYTHING)).fields == ()


async def test_what_stands_on_an_inference_is_off(target: XledgerTarget, xl: Xledger) -> None:
    change = await change_for(target, employee(), {})
    await target.apply(change, {})
    ((body,),) = [one.body["variables"]["inputs"] for one in xl.requests.writes()]
    assert set(body["node"]) == {
        "code", "firstName", "lastName", "description", "socialSec", "birthday", "email", "employmentFrom",
    }  # fmt: skip
    assert body["clientId"]


CHANGES: Mapping[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "name": ({"last_name": "Berg"}, {"lastName": "Berg", "description": "Kari Berg"}),
    "phone": ({"private_phone": "+46 70 123 45 67"}, {"phone": "+46701234567"}),
    "e-mail": ({"work_email": "kb@polarbonan.example"}, {"email": "kb@polarbonan.example"}),
    "account": ({"bank": BankAccount(iban="NO93 8601 1117 947", country="NO")}, {"bankAccount": "86011117947"}),
    "born": ({"birth_date": date(1990, 5, 18)}, {"birthday": "1990-05-18"}),
    "first day": ({"employments": (job(date(2024, 4, 1)),)}, {"employmentFrom": "2024-04-01"}),
    "last day": ({"employments": (job(end=date(2026, 12, 31)),)}, {"employmentTo": "2026-12-31"}),
}


@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_changes_nothing_else(target: XledgerTarget, norway: XledgerCompany, name: str) -> None:
    different, wanted = CHANGES[name]
    await put(target, employee())
    _entered(norway)
    before = row_of(norway)
    made = await put(target, employee(**different))
    assert (made.wrote, made.findings) == (True, ())
    after = row_of(norway)
    assert {key: after[key] for key in after if after[key] != before.get(key) and key not in STAMPS} == wanted


async def test_only_what_changes_is_sent_and_what_else_is_another_afterwards_is_told(
    target: XledgerTarget, xl: Xledger, norway: XledgerCompany
) -> None:
    await put(target, employee())
    own = row_of(norway)["dbId"]
    await put(target, employee(work_email="kb@polarbonan.example"))
    (sent,) = xl.requests.matching("POST", "updateEmployees")[-1].body["variables"]["inputs"]
    assert sent["node"] == {"dbId": own, "email": "kb@polarbonan.example"}
    norway.switches.update_blanks = True
    made = await put(target, employee(work_email="kn@polarbonan.example"))
    told = {found.code: found for found in made.findings}["xledger_others_changed"]
    assert "bankAccount" in str(told.values["names"])
    assert ACCOUNT not in str(told.values)


async def test_somebody_who_is_there_keeps_group_and_identity(target: XledgerTarget, norway: XledgerCompany) -> None:
    first, second = sorted(norway.groups)
    await put(target, employee(), employee_group=str(second))
    other = IdentityNumber(value=IDENTITY[::-1], country="NO")
    settings = {**EVERYTHING, "employee_group": str(first)}
    assert (await change_for(target, employee(identity=other), settings)).fields == ()
    row_of(norway)["socialSec"] = None
    change = await change_for(target, employee(), settings)
    assert [one.field for one in change.fields] == ["identity_number"]


async def test_an_identity_number_that_is_masked_is_neither_compared_nor_told(
    target: XledgerTarget, norway: XledgerCompany
) -> None:
    norway.switches.masks = True
    made = await put(target, employee())
    assert made.findings == ()
    person = await target.read(made.target_id)
    assert person is not None
    assert person.identity is None
    assert (await change_for(target, employee(), EVERYTHING)).fields == ()


async def test_a_leaver_gets_the_last_day_and_comes_back_under_the_same_number(
    target: XledgerTarget, norway: XledgerCompany
) -> None:
    await put(target, employee())
    assert (await change_for(target, LEFT, {**EVERYTHING, "leavers": "by_hand"})).fields == ()
    await put(target, LEFT)
    assert (row_of(norway)["employmentFrom"], row_of(norway)["employmentTo"]) == ("2024-03-01", "2026-10-31")
    back = employee(employments=(*LEFT.employments, job(date(2026, 11, 20))))
    made = await put(target, back)
    assert (row_of(norway)["employmentFrom"], row_of(norway)["employmentTo"]) == ("2026-11-20", None)
    assert made.findings == ()
    assert (await change_for(target, back, EVERYTHING)).fields == ()


async def test_who_comes_back_is_left_to_people_unless_it_is_chosen(
    target: XledgerTarget, norway: XledgerCompany
) -> None:
    await put(target, employee())
    await put(target, LEFT)
    back = employee(employments=(*LEFT.employments, job(date(2026, 11, 20))))
    settings = {**EVERYTHING, "ends": "by_hand"}
    assert (await change_for(target, back, settings)).fields == ()
    told = (await target.desired(back, settings, TODAY)).when_other
    assert {found.code for found in told.values()} == {"xledger_end_stays", "xledger_comes_back"}
    row_of(norway).update(employmentFrom="2026-11-20", employmentTo=None)
    assert (await change_for(target, back, settings)).fields == ()
    row_of(norway).update(employmentTo="2026-12-31")
    by_hand = {**EVERYTHING, "leavers": "by_hand"}
    assert (await change_for(target, employee(), by_hand)).fields[0].field == "start_date"
    assert "end_date" not in (await target.desired(employee(), by_hand, TODAY)).record[0].values
    # Somebody whom Xledger does not have is made with the days of today.
    made = await put(target, employee(number="3002", employments=back.employments), ends="by_hand")
    assert made.findings == ()
    assert row_of(norway, "3002")["employmentFrom"] == "2026-11-20"


async def test_an_end_that_is_taken_back_is_removed_if_chosen(target: XledgerTarget, norway: XledgerCompany) -> None:
    await put(target, employee())
    await put(target, LEFT)
    assert (await change_for(target, employee(), {**EVERYTHING, "ends": "by_hand"})).fields == ()
    await put(target, employee())
    assert row_of(norway)["employmentTo"] is None


async def test_a_day_that_xledger_does_not_take_away_is_told(target: XledgerTarget, norway: XledgerCompany) -> None:
    await put(target, LEFT_NEW)
    norway.switches.null_is_left_out = True
    made = await put(target, employee())
    assert [(one.code, one.field) for one in made.findings] == [("xledger_not_stored", "end_date")]


LEFT_NEW = employee(employments=(job(end=date(2026, 12, 31)),))

FINDINGS: Mapping[str, tuple[dict[str, Any], dict[str, str], str, str]] = {
    "identity": (
        {"identity": IdentityNumber(value="900517-1234", country="SE")}, {}, "xledger_foreign_identity", "warning",
    ),
    "account": (
        {"bank": BankAccount(iban="SE4550000000058398257466")}, {}, "xledger_bank_account_unusable", "warning",
    ),
    "department": ({"department": Unit(id="d", name="Nowhere")}, {}, "xledger_object_unknown", "warning"),
    "cost centre": ({"cost_center": Unit(id="c", name="X", code="9")}, {}, "xledger_object_unknown", "warning"),
    "title": ({"title": "Keiser"}, {}, "xledger_object_unknown", "warning"),
    "another kind": ({}, {"department_kind": "999"}, "xledger_object_unknown", "warning"),
    "no kind": ({}, {"department_kind": ""}, "xledger_kind_missing", "warning"),
    "one posting": ({}, {"cost_center": "posting_1"}, "xledger_posting_twice", "blocking"),
    "no employment": ({"employments": ()}, {}, "employment.missing", "blocking"),
    "two at once": ({"employments": (job(), job(date(2025, 1, 1)))}, {}, "employment.overlap", "blocking"),
    "to come": (
        {"employments": (job(end=date(2026, 11, 30)), job(date(2027, 1, 1)))}, {}, "xledger_employment_to_come",
        "warning",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FINDINGS)
async def test_what_xledger_cannot_take_is_told(target: XledgerTarget, name: str) -> None:
    different, settings, code, severity = FINDINGS[name]
    desired = await target.desired(employee(**different), {**EVERYTHING, **settings}, TODAY)
    assert [(found.code, found.severity) for found in desired.findings] == [(code, severity)]


async def test_who_is_not_made(target: XledgerTarget, xl: Xledger) -> None:
    desired = await target.desired(LEFT, EVERYTHING, TODAY)
    assert [one.code for one in desired.when_new[Level.PERSON, ()]] == ["xledger_employment_over"]
    gone = (await target.desired(employee(), {**EVERYTHING, "employee_group": "9"}, TODAY)).when_new[Level.PERSON, ()]
    assert [(one.code, one.field, one.severity) for one in gone] == [
        ("xledger_object_unknown", "employee_group", "warning")
    ]
    xl.schema.needs |= {"email", "employeeGroup", "positionValue"}
    async with xledger_target(xl) as later:
        desired = await later.desired(employee(work_email=None, private_email=None), EVERYTHING, TODAY)
    (found,) = desired.when_new[Level.PERSON, ()]
    assert (found.code, found.severity, found.values["names"]) == (
        "xledger_input_required",
        "blocking",
        "email, employeeGroup, positionValue",
    )


@pytest.mark.parametrize("lacks", ["Employee.email", "AddEmployeesInputNode.email", "UpdateEmployeesInputNode.email"])
async def test_what_the_schema_lacks_is_not_sent(xl: Xledger, norway: XledgerCompany, lacks: str) -> None:
    async with xledger_target(xl) as target:
        version = await target.reference_data_version()
    xl.schema.lacks.add(lacks)
    async with xledger_target(xl) as target:
        assert await target.reference_data_version() != version
        await put(target, employee())
        desired = await target.desired(employee(), EVERYTHING, TODAY)
    assert "email" not in row_of(norway)
    assert "email" in desired.unspoken


async def test_what_is_not_chosen_is_told_as_such(target: XledgerTarget) -> None:
    desired = await target.desired(employee(), {}, TODAY)
    assert desired.unspoken == {
        "phone", "bank_account", "title", "posting_1", "posting_2", "posting_3", "posting_4", "posting_5",
    }  # fmt: skip


async def test_objects_are_found_by_code_and_two_of_one_name_are_none(
    target: XledgerTarget, norway: XledgerCompany
) -> None:
    for code, name in (("77", "Brenneri"), ("78", "Bar"), ("79", "Bar")):
        norway.add_object(DEPARTMENTS, code, name)
    coded = await target.desired(employee(department=Unit(id="d", name="X", code="77")), EVERYTHING, TODAY)
    assert coded.record[0].values["posting_1"] == "77 Brenneri"
    twice = await target.desired(employee(department=Unit(id="d", name="Bar")), EVERYTHING, TODAY)
    assert [one.code for one in twice.findings] == ["xledger_object_unknown"]


@pytest.mark.parametrize("unchecked", [True, False])
async def test_a_number_that_is_taken_meanwhile_is_nobodys_second_person(
    target: XledgerTarget, norway: XledgerCompany, unchecked: bool
) -> None:
    norway.switches.unchecked = unchecked
    change = await change_for(target, employee(), EVERYTHING)
    await put(target, employee(first_name="Ola", identity=None))
    with pytest.raises(WriteConflict):
        await target.apply(change, EVERYTHING)
    assert [row["firstName"] for row in norway.employees.values() if row["code"] == "3001"] == ["Ola"]


async def test_an_update_without_an_answer_is_read_and_not_made_twice(
    target: XledgerTarget, xl: Xledger, norway: XledgerCompany
) -> None:
    made = await put(target, employee())
    change = await change_for(target, employee(last_name="Berg"), EVERYTHING)
    xl.faults.connection_cut(committed=True, method="POST", path="/graphql/updateEmployees$", times=1)
    with pytest.raises(Unavailable) as lost:
        await target.apply(change, EVERYTHING)
    assert lost.value.sent is True
    assert await target.resolve_write(change) == (WriteStatus.DONE, made.target_id)
    assert (await target.apply(change, EVERYTHING)).wrote is False
    assert row_of(norway)["lastName"] == "Berg"


async def test_what_somebody_else_has_changed_is_not_overwritten(target: XledgerTarget, norway: XledgerCompany) -> None:
    await put(target, employee())
    change = await change_for(target, employee(last_name="Berg"), EVERYTHING)
    row_of(norway)["lastName"] = "Vik"
    with pytest.raises(WriteConflict):
        await target.apply(change, EVERYTHING)
    assert row_of(norway)["lastName"] == "Vik"


async def test_an_object_that_is_gone_is_a_conflict_and_a_refusal_is_told_in_its_words(
    target: XledgerTarget, xl: Xledger, norway: XledgerCompany
) -> None:
    change = await change_for(target, employee(), EVERYTHING)
    del norway.objects[_object(norway, "Roastery")]
    with pytest.raises(Rejected) as refused:
        await target.apply(change, EVERYTHING)
    assert refused.value.verbatim == "Argument 'inputs': glObject1 does not exist."
    async with xledger_target(xl) as later:
        with pytest.raises(WriteConflict) as gone:
            await later.apply(change, EVERYTHING)
    assert gone.value.text.key == "xledger.list_changed"
    assert [row["code"] for row in norway.employees.values()].count("3001") == 0
