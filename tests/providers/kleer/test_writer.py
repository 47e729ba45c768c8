"""What arrives in Kleer of a person, and that nothing else is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from bot.domain.change import FieldChange
from bot.domain.employee import PayPeriod, Unit
from bot.domain.record import Level
from bot.providers.errors import Rejected, Unavailable, WriteConflict
from bot.providers.kleer.target import KleerTarget
from bot.providers.protocol import WriteStatus
from sandbox.kleer import Kleer
from sandbox.kleer.company import KleerCompany
from tests.providers.kleer.connections import (
    ACCOUNT,
    CLEARING,
    IDENTITY,
    SETTINGS,
    START,
    agreement_of,
    employee,
    kleer_target,
    put,
    salaries_of,
    user_of,
)
from tests.support.make_change import change_for
from tests.support.provider_people import TODAY, job, pay

RAISED = (pay(START, "36000", "SEK"), pay(date(2026, 12, 1), "38000", "SEK"))
RATE = (pay(START, "185.50", "SEK", PayPeriod.HOUR),)


def centers_of(company: KleerCompany) -> list[str]:
    """The names of what the agreement is booked on."""
    rows = agreement_of(company)["dimension-entries"]["dimension-entry"]
    return [company.entries[int(row["id"])]["name"] for row in rows]


def sent(kleer: Kleer) -> list[tuple[str, str, dict[str, str | None]]]:
    """Every write: method, last word of the path before the id, and its elements."""
    return [
        (one.method, one.path.split("/company/")[1].partition("/")[2], {e.tag: e.text for e in ET.fromstring(one.body)})
        for one in kleer.requests.writes()
    ]


async def test_a_person_arrives_whole(target: KleerTarget, sweden: KleerCompany) -> None:
    who = employee(compensations=RAISED)
    made = await put(target, who)
    assert made.findings == ()
    user, row = sweden.users[user_of(sweden)], agreement_of(sweden)
    assert user == {
        "foreign-id": "3001", "name": "Kari Nordlund", "email": "kari.nordlund@polarbonan.example", "active": "true",
    }  # fmt: skip
    assert (row["ssn"], row["employment-start-date"], row["phone"]) == (IDENTITY, "2024-03-01", "+46701234567")
    assert (row["address2"], row["zip-code"], row["state"], row["country-code"]) == (
        "Rostargatan 1", "41105", "Göteborg", "SE",
    )  # fmt: skip
    assert (row["clearing-nr"], row["account-nr"]) == (CLEARING, ACCOUNT)
    assert "employment-end-date" not in row
    assert centers_of(sweden) == ["Rosteri"]
    assert salaries_of(sweden) == {"2024-03-01": 3_600_000, "2026-12-01": 3_800_000}
    assert (await change_for(target, who, SETTINGS)).fields == ()


CHANGES: Mapping[str, tuple[dict[str, Any], str, dict[str, str]]] = {
    "phone": ({"private_phone": "+46 70 999 99 99"}, "payroll/user", {"phone": "+46709999999"}),
    "salary": (
        {"compensations": RAISED},
        "payroll/user",
        {"monthly-salary": "3800000", "monthly-salary-start-date": "2026-12-01"},
    ),
    "last day": ({"employments": (job(end=date(2026, 12, 31)),)}, "payroll/user", {"employment-end-date": ""}),
}


@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_sends_what_changed_and_nothing_else(target: KleerTarget, kleer: Kleer, name: str) -> None:
    await put(target, employee())
    kleer.requests.clear()
    different, path, elements = CHANGES[name]
    await put(target, employee(**different))
    (first,) = sent(kleer)
    assert (first[0], first[1].rpartition("/")[0]) == ("POST", path)
    assert {tag: text or "" for tag, text in first[2].items()} == elements


async def test_a_user_is_sent_back_whole(target: KleerTarget, sweden: KleerCompany, kleer: Kleer) -> None:
    await put(target, employee())
    row = sweden.users[user_of(sweden)]
    shares = {"dimension-entry": [{"id": str(one), "percentage": "0.5"} for one in list(sweden.entries)[:2]]}
    row |= {"internal-id": "7", "dimensions": shares, "dimension-user-percentage": "1"}
    row["email"] = "somebody@else.example"
    kleer.requests.clear()
    await put(target, employee(last_name="Berg"))
    assert sweden.users[user_of(sweden)] == {**row, "name": "Kari Berg"}
    assert [one[:2] for one in sent(kleer)] == [("POST", f"user/{user_of(sweden)}")]


async def test_a_user_without_an_agreement_gets_one(target: KleerTarget, sweden: KleerCompany, kleer: Kleer) -> None:
    sweden.add_user(foreign_id="3001", name="Kari Nordlund", email="k@e.example")
    await put(target, employee(), new_people="entered")
    assert agreement_of(sweden)["ssn"] == IDENTITY
    assert [one[0] for one in sent(kleer)] == ["PUT", "POST"]


async def test_a_user_without_an_agreement_is_left_as_they_are_once_they_have_left(
    target: KleerTarget, sweden: KleerCompany, kleer: Kleer
) -> None:
    sweden.add_user(foreign_id="3001", name="Kari Nordlund", email="k@e.example")
    await put(target, employee(employments=(job(end=date(2026, 10, 31)),)))
    assert sent(kleer) == []


async def test_other_dimensions_stay_and_the_cost_centre_is_replaced(target: KleerTarget, sweden: KleerCompany) -> None:
    await put(target, employee())
    project = next(key for key, entry in sweden.entries.items() if entry["name"] == "Ny rostare")
    agreement_of(sweden)["dimension-entries"]["dimension-entry"].insert(0, {"id": str(project)})
    await put(target, employee(cost_center=Unit(id="c2", name="Kaffebarer")))
    assert centers_of(sweden) == ["Ny rostare", "Kaffebarer"]


async def test_an_identity_number_is_not_replaced(target: KleerTarget, sweden: KleerCompany, kleer: Kleer) -> None:
    await put(target, employee(), identity_format="ten")
    assert agreement_of(sweden)["ssn"] == IDENTITY[2:]
    kleer.requests.clear()
    await put(target, employee())
    assert sent(kleer) == []


async def test_a_raise_is_a_line_of_its_own_and_a_correction_is_put_right(
    target: KleerTarget, sweden: KleerCompany
) -> None:
    await put(target, employee())
    await put(target, employee(compensations=RAISED))
    corrected = (RAISED[0], pay(date(2026, 12, 1), "38500", "SEK"))
    made = await put(target, employee(compensations=corrected))
    assert made.findings == ()
    assert salaries_of(sweden) == {"2024-03-01": 3_600_000, "2026-12-01": 3_850_000}


async def test_a_line_that_kleer_does_not_correct_is_told_or_refused(target: KleerTarget, sweden: KleerCompany) -> None:
    await put(target, employee())
    sweden.switches.past_line = "refuse"
    with pytest.raises(Rejected) as refused:
        await put(target, employee(compensations=(pay(START, "37000", "SEK"),)))
    assert refused.value.verbatim == "Lönen finns redan."
    assert salaries_of(sweden) == {"2024-03-01": 3_600_000}


async def test_salaries_that_go_with_a_new_one_are_told_and_ours_are_sent_again(
    target: KleerTarget, sweden: KleerCompany
) -> None:
    sweden.switches.drops_later = True
    await put(target, employee(compensations=RAISED))
    sweden.salaries[user_of(sweden)]["2027-06-01"] = 4_000_000
    made = await put(target, employee(compensations=(pay(START, "37000", "SEK"), RAISED[1])))
    assert [found.code for found in made.findings] == ["kleer_salaries_gone"]
    await put(target, employee(compensations=(pay(START, "37000", "SEK"), RAISED[1])))
    assert salaries_of(sweden) == {"2024-03-01": 3_700_000, "2026-12-01": 3_800_000}


@pytest.mark.parametrize(("unit", "amount"), [("ore", 3_600_050), ("kronor", 36_001)])
async def test_an_amount_is_in_the_unit_that_was_confirmed(
    target: KleerTarget, sweden: KleerCompany, unit: str, amount: int
) -> None:
    sweden.salaries = {user: {} for user in sweden.salaries}
    await put(target, employee(compensations=(pay(START, "36000.50", "SEK"),)), salary_unit=unit)
    assert salaries_of(sweden) == {"2024-03-01": amount}


async def test_until_the_unit_is_confirmed_no_pay_is_sent(target: KleerTarget, sweden: KleerCompany) -> None:
    for who in (employee(), employee(compensations=RATE)):
        await put(target, who, salary_unit="not_seen")
        assert salaries_of(sweden) == {}
        assert agreement_of(sweden)["hourly-salary"] == "0"
    desired = await target.desired(employee(), {}, TODAY)
    assert {part.level for part in desired.record} == {"person", "employment"}


@pytest.mark.parametrize("basis", ["as_is", "to_full_time", "to_actual", "none"])
async def test_what_a_salary_is_for_can_be_chosen(target: KleerTarget, sweden: KleerCompany, basis: str) -> None:
    await put(target, employee(employments=(job(percentage="50"),)), salary=basis)
    amounts = {"as_is": 3_600_000, "to_full_time": 7_200_000, "to_actual": 1_800_000}
    assert salaries_of(sweden) == ({"2024-03-01": amounts[basis]} if basis in amounts else {})


async def test_a_rate_in_the_place_of_a_salary_ends_it(target: KleerTarget, sweden: KleerCompany) -> None:
    await put(target, employee())
    who = employee(compensations=(RAISED[0], pay(date(2026, 11, 1), "185.50", "SEK", PayPeriod.HOUR)))
    await put(target, who)
    row = agreement_of(sweden)
    assert (row["hourly-salary"], row["hourly-salary-start-date"]) == ("18550", "2026-11-01")
    assert salaries_of(sweden) == {"2024-03-01": 3_600_000, "2026-11-01": 0}
    assert (await change_for(target, who, SETTINGS)).fields == ()


async def test_somebody_paid_by_the_hour_has_no_salary_and_their_rate_is_changed_from_its_day(
    target: KleerTarget, sweden: KleerCompany
) -> None:
    await put(target, employee(compensations=RATE))
    who = employee(compensations=(*RATE, pay(date(2026, 11, 1), "190", "SEK", PayPeriod.HOUR)))
    await put(target, who)
    row = agreement_of(sweden)
    assert (row["hourly-salary"], row["hourly-salary-start-date"]) == ("19000", "2026-11-01")
    assert salaries_of(sweden) == {}
    assert (await change_for(target, who, SETTINGS)).fields == ()


async def test_a_salary_in_the_place_of_a_rate_ends_it_on_its_day(target: KleerTarget, sweden: KleerCompany) -> None:
    await put(target, employee(compensations=RATE))
    ahead = employee(compensations=(*RATE, pay(date(2026, 12, 1), "36000", "SEK")))
    made = await put(target, ahead)
    row = agreement_of(sweden)
    assert (made.findings, row["hourly-salary"], salaries_of(sweden)) == ((), "18550", {"2026-12-01": 3_600_000})
    who = employee(compensations=(*RATE, pay(date(2026, 11, 1), "36000", "SEK")))
    await put(target, who)
    assert (row["hourly-salary"], row["hourly-salary-start-date"]) == ("0", "2026-11-01")
    row.update({"hourly-salary": "40000", "hourly-salary-start-date": "2026-11-15"})
    assert (await change_for(target, who, SETTINGS)).fields == ()


async def test_a_rate_beside_a_salary_is_kept_and_told(target: KleerTarget, sweden: KleerCompany) -> None:
    await put(target, employee())
    agreement_of(sweden).update({"hourly-salary": "40000", "hourly-salary-start-date": "2024-03-01"})
    made = await put(target, employee(compensations=RAISED))
    assert [found.code for found in made.findings] == ["pay.rate_kept"]
    assert agreement_of(sweden)["hourly-salary"] == "40000"


async def test_a_leaver_gets_an_end_that_may_be_taken_back(target: KleerTarget, sweden: KleerCompany) -> None:
    await put(target, employee())
    await put(target, employee(employments=(job(end=date(2026, 12, 31)),)))
    assert agreement_of(sweden)["employment-end-date"] == "2026-12-31"
    assert sweden.users[user_of(sweden)]["active"] == "true"
    # As the planner says it, of a day that an earlier sync has written.
    change = await change_for(target, employee(), SETTINGS)
    cleared = replace(change, fields=(_cleared(date(2026, 12, 31)),))
    await target.apply(cleared, SETTINGS)
    assert "employment-end-date" not in agreement_of(sweden)


def _cleared(day: date) -> FieldChange:
    return FieldChange(Level.EMPLOYMENT, (START,), "end_date", None, day, private=False)


async def test_somebody_comes_back_under_the_same_number(target: KleerTarget, sweden: KleerCompany) -> None:
    left = job(end=date(2026, 10, 31))
    await put(target, employee())
    await put(target, employee(employments=(left,)))
    sweden.users[user_of(sweden)]["active"] = "false"
    back = employee(employments=(left, job(date(2026, 11, 20))))
    await put(target, back)
    row = agreement_of(sweden)
    assert (row["employment-start-date"], "employment-end-date" in row) == ("2026-11-20", False)
    assert sweden.users[user_of(sweden)]["active"] == "true"
    assert (await change_for(target, back, SETTINGS)).fields == ()


async def test_a_leavers_account_is_still_corrected(target: KleerTarget, sweden: KleerCompany) -> None:
    left = employee(employments=(job(end=date(2026, 10, 31)),))
    await put(target, employee())
    await put(target, left)
    assert left.bank is not None
    await put(target, replace(left, bank=replace(left.bank, number="1234567")))
    assert agreement_of(sweden)["account-nr"] == "1234567"


async def test_an_agreement_without_an_answer_is_read_and_not_made_twice(
    target: KleerTarget, kleer: Kleer, sweden: KleerCompany
) -> None:
    change = await change_for(target, employee(), SETTINGS)
    kleer.faults.connection_cut(committed=True, method="PUT", path=r"/payroll/user/\d+$", times=1)
    with pytest.raises(Unavailable) as lost:
        await target.apply(change, SETTINGS)
    assert lost.value.sent is True
    assert (await target.resolve_write(change))[0] is WriteStatus.PARTLY
    await target.apply(await change_for(target, employee(), SETTINGS), SETTINGS)
    assert (await target.resolve_write(change))[0] is WriteStatus.DONE
    assert salaries_of(sweden) == {"2024-03-01": 3_600_000}


async def test_a_user_made_without_an_answer_is_found_by_the_number(
    target: KleerTarget, kleer: Kleer, sweden: KleerCompany
) -> None:
    kleer.faults.connection_cut(committed=True, method="PUT", path=r"/company/\d+/user$", times=1)
    made = await put(target, employee())
    assert made.target_id == str(user_of(sweden))
    assert len(kleer.requests.matching("PUT", "/user")) == 1


async def test_a_technical_fault_may_have_been_done(target: KleerTarget, kleer: Kleer) -> None:
    change = await change_for(target, employee(), SETTINGS)
    body = {"error": {"message": "Tekniskt fel"}}
    kleer.faults.status(500, body, method="PUT", path=r"/company/\d+/user$", times=1)
    with pytest.raises(Unavailable) as lost:
        await target.apply(change, SETTINGS)
    assert lost.value.sent is True


async def test_what_somebody_else_has_changed_is_not_overwritten(
    target: KleerTarget, kleer: Kleer, sweden: KleerCompany
) -> None:
    await put(target, employee())
    change = await change_for(target, employee(last_name="Berg"), SETTINGS)
    sweden.users[user_of(sweden)]["name"] = "Kari Dahl"
    kleer.requests.clear()
    with pytest.raises(WriteConflict):
        await target.apply(change, SETTINGS)
    assert sent(kleer) == []


async def test_what_kleer_takes_and_does_not_keep_is_told(target: KleerTarget, kleer: Kleer) -> None:
    await put(target, employee())
    kleer.faults.status(200, {"saved": {}}, method="POST", path=r"/payroll/user/\d+$", times=None)
    made = await put(target, employee(private_phone="+46 70 999 99 99"))
    assert [(found.code, found.field) for found in made.findings] == [("kleer_not_stored", "phone")]


async def test_a_cost_centre_that_is_gone_by_now_is_no_other(
    target: KleerTarget, kleer: Kleer, sweden: KleerCompany
) -> None:
    await put(target, employee())
    change = await change_for(target, employee(cost_center=Unit(id="c2", name="Kaffebarer")), SETTINGS)
    for key in [key for key, entry in sweden.entries.items() if entry["name"] == "Kaffebarer"]:
        del sweden.entries[key]
    async with kleer_target(kleer) as later:
        with pytest.raises(WriteConflict):
            await later.apply(change, SETTINGS)
