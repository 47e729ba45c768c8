"""From an employee in the source to a person in Agda PS, through a real SFTP server and its import job."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.domain.change import ChangeKind
from bot.domain.employee import BankAccount, PayPeriod
from bot.domain.outcome import OutcomeKind
from sandbox.agda_ps import GOOD, AgdaPs, demo
from tests.providers.agda_ps.customer import HIRED, Customer, employment, inbox, pay, swede


@pytest.fixture
async def agda() -> AsyncIterator[AgdaPs]:
    async with demo() as system:
        yield system


@pytest.fixture
def customer(agda: AgdaPs) -> Customer:
    return Customer(inbox(agda))


def held(agda: AgdaPs, number: str = "701", environment: str = "Test") -> dict[str, Any]:
    person: dict[str, Any] = agda.of(GOOD.username, environment).people[f"1/{number}"]
    return person


def rows(agda: AgdaPs, group: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = held(agda)["groups"][group]
    return found


def refusals(agda: AgdaPs) -> list[str]:
    return [problem for entry in agda.log for problem in entry.problems]


async def test_a_new_employee_arrives_whole(agda: AgdaPs, customer: Customer) -> None:
    customer.settings |= {"department_from": "cost_center", "permanent_form": "FAST"}
    (outcome,) = await customer.sync()
    assert outcome.kind is OutcomeKind.CREATED
    assert outcome.person.target_id == "701"
    assert refusals(agda) == []
    assert held(agda) == {
        "own": {
            "FTG_NR": "1",
            "ANST_NR": "701",
            "FODELSEDATUM": "1961-02-02",
            "PERSNR": "196102022388",
            "EFTERNAMN": "Öbergb",
            "FORNAMN": "Åsab",
            "MEDBORGARSKAP": "SE",
            "EMAILADRESS": "asa1@example.se",
        },
        "groups": {
            "Adresser": [
                {"ADRESSTYP": "Hemadress", "ADRESS": "Storgatan 1", "POSTNR": "11122", "ORT": "Malmö", "LAND": "SE"}
            ],
            "Bankkonton": [{"CLEARINGNUMMER": "5999", "BANKKONTONUMMER": swede().bank.number}],  # type: ignore[union-attr]
            "Anstallningar": [{"ANSTALLNINGSDATUM": "2020-01-01", "Anstallningsform 2020-01-01": "FAST"}],
            "Befattningar": [{"BEFATTNINGFOMDATUM": "2020-01-01", "BEFATTNING": "Barista", "BEFATTNINGSSTATUS": "H"}],
            "Arbetstider": [{"ARBETSTIDFRANTID": "2020-01-01", "SYSSELSATTNINGSGRAD": "100"}],
            "Organisationer": [{"ORGANISATIONSFRANTID": "2020-01-01", "AVDELNING": "400"}],
            "FastaArter": [
                {
                    "DATUM_IN": "2020-01-01",
                    "LONEART": "1000",
                    "PRIS": "0.00",
                    "BELOPP": "35000.00",
                    "FASTAARTER_TYP": "A",
                }
            ],
        },
    }
    assert (await customer.plan()).header.writes == 0


async def test_one_file_holds_everybody_under_the_documented_name(agda: AgdaPs, customer: Customer) -> None:
    await customer.sync(*map(swede, range(1, 41)))
    (entry,) = agda.log
    assert entry.file == "1-Acme_Corp-employees-20260302-143022.xml"  # the time of Stockholm
    assert (entry.people, entry.problems) == (40, ())
    assert agda.waiting() == []


async def test_a_delta_has_the_changed_groups_and_no_others(agda: AgdaPs, customer: Customer) -> None:
    await customer.sync()
    before = held(agda)["own"]["EFTERNAMN"]
    agda.of(GOOD.username).people["1/701"] = {"own": {"EFTERNAMN": before}, "groups": {}}
    moved = replace(swede().address, city="Lund")  # type: ignore[type-var]
    await customer.sync(replace(swede(), first_name="Eva", address=moved))
    own = {"EFTERNAMN": before, "FTG_NR": "1", "ANST_NR": "701", "FORNAMN": "Eva"}
    address = {"ADRESSTYP": "Hemadress", "ADRESS": "Storgatan 1", "POSTNR": "11122", "ORT": "Lund", "LAND": "SE"}
    assert held(agda) == {"own": own, "groups": {"Adresser": [address]}}


async def test_a_new_salary_ends_the_former_row(agda: AgdaPs, customer: Customer) -> None:
    await customer.sync()
    later = date(2026, 4, 1)
    await customer.sync(replace(swede(), compensations=(pay(35000), pay(37000, later))))
    assert [(row["DATUM_IN"], row["BELOPP"], row.get("DATUM_UT")) for row in rows(agda, "FastaArter")] == [
        ("2020-01-01", "35000.00", "2026-03-31"),
        ("2026-04-01", "37000.00", None),
    ]


@pytest.mark.parametrize(
    ("now", "left"),
    [
        pytest.param([], [("2020-01-01", 35000, "2026-03-31"), ("2026-04-01", 35000, None)], id="withdrawn"),
        pytest.param(
            [(37000, date(2026, 5, 1))],
            [("2020-01-01", 35000, "2026-03-31"), ("2026-04-01", 35000, "2026-04-30"), ("2026-05-01", 37000, None)],
            id="postponed",
        ),
        pytest.param(
            [(37000, date(2026, 3, 15))],
            [("2020-01-01", 35000, "2026-03-14"), ("2026-03-15", 37000, "2026-03-31"), ("2026-04-01", 37000, None)],
            id="brought forward",
        ),
        pytest.param(
            [(36000, date(2026, 3, 31)), (38000, date(2026, 7, 1))],
            [
                ("2020-01-01", 35000, "2026-03-30"), ("2026-03-31", 36000, "2026-03-31"),
                ("2026-04-01", 36000, "2026-06-30"), ("2026-07-01", 38000, None),
            ],
            id="corrected, with another to come",
        ),
    ],
)  # fmt: skip
async def test_a_raise_that_is_taken_back_never_leaves_two_open_rows(
    agda: AgdaPs, customer: Customer, now: list[tuple[int, date]], left: list[tuple[str, int, str | None]]
) -> None:
    await customer.sync()
    await customer.sync(replace(swede(), compensations=(pay(35000), pay(37000, date(2026, 4, 1)))))
    (outcome,) = await customer.sync(replace(swede(), compensations=(pay(35000), *(pay(*one) for one in now))))
    assert "delivery.part_gone" not in [finding.code for finding in outcome.findings]
    held_now = sorted((row["DATUM_IN"], row["BELOPP"], row.get("DATUM_UT")) for row in rows(agda, "FastaArter"))
    assert held_now == [(day, f"{amount}.00", end) for day, amount, end in left]
    assert refusals(agda) == []
    assert await customer.sync() == []
    assert await customer.sync(redeliver=True) != []
    held_again = sorted((row["DATUM_IN"], row["BELOPP"], row.get("DATUM_UT")) for row in rows(agda, "FastaArter"))
    assert held_again == held_now


@pytest.mark.parametrize(
    ("start", "left"),
    [
        pytest.param(
            date(2020, 2, 1), [("2020-01-01", "35000.00", "2020-01-31"), ("2020-02-01", "35000.00", None)], id="later"
        ),
        pytest.param(
            date(2019, 12, 1),
            [("2019-12-01", "35000.00", "2019-12-31"), ("2020-01-01", "35000.00", None)],
            id="earlier",
        ),
    ],
)
async def test_a_start_that_is_corrected_leaves_one_open_row(
    agda: AgdaPs, customer: Customer, start: date, left: list[tuple[str, str, str | None]]
) -> None:
    await customer.sync()
    moved = replace(swede(), employments=(employment(start),), compensations=(pay(35000, start),))
    (outcome,) = await customer.sync(moved)
    assert "delivery.part_gone" in [finding.code for finding in outcome.findings]
    held_now = sorted((row["DATUM_IN"], row["BELOPP"], row.get("DATUM_UT")) for row in rows(agda, "FastaArter"))
    assert held_now == left
    assert refusals(agda) == []
    assert await customer.sync() == []


async def test_a_raise_after_the_last_day_does_not_stay_open(agda: AgdaPs, customer: Customer) -> None:
    raised = (pay(35000), pay(37000, date(2026, 7, 1)))
    await customer.sync(replace(swede(), compensations=raised))
    leaving = (employment(HIRED, date(2026, 5, 31)),)
    await customer.sync(replace(swede(), employments=leaving, compensations=raised))
    held_now = sorted((row["DATUM_IN"], row["BELOPP"], row.get("DATUM_UT")) for row in rows(agda, "FastaArter"))
    assert held_now == [("2020-01-01", "35000.00", "2026-05-31"), ("2026-07-01", "37000.00", "2026-07-01")]
    assert refusals(agda) == []
    assert await customer.sync() == []


async def test_pay_of_the_past_is_not_sent_to_a_new_person(agda: AgdaPs, customer: Customer) -> None:
    await customer.sync(replace(swede(), compensations=(pay(30000), pay(35000, date(2024, 1, 1)))))
    assert [(row["DATUM_IN"], row["BELOPP"]) for row in rows(agda, "FastaArter")] == [("2024-01-01", "35000.00")]


async def test_only_monthly_pay_is_sent_and_the_others_are_told(agda: AgdaPs, customer: Customer) -> None:
    hourly = replace(swede(), compensations=(pay(35000), pay(210, date(2026, 4, 1), PayPeriod.HOUR)))
    (outcome,) = await customer.sync(hourly)
    assert "agda_ps_pay_not_monthly" in [finding.code for finding in outcome.findings]
    assert [(row["BELOPP"], row["DATUM_UT"]) for row in rows(agda, "FastaArter")] == [("35000.00", "2026-03-31")]


async def test_without_a_salary_code_no_salary_is_sent(agda: AgdaPs, customer: Customer) -> None:
    del customer.settings["salary_code"]
    (outcome,) = await customer.sync()
    assert "agda_ps_salary_code_missing" in [finding.code for finding in outcome.findings]
    assert "FastaArter" not in held(agda)["groups"]


async def test_the_fifth_digit_of_a_clearing_number(agda: AgdaPs, customer: Customer) -> None:
    await customer.sync(replace(swede(), bank=BankAccount(clearing="8327-9", number="123 456 789-0", country="SE")))
    assert rows(agda, "Bankkonton") == [{"CLEARINGNUMMER": "8327", "CHECKSIFFRA": "9", "BANKKONTONUMMER": "1234567890"}]
    # To a bank with four digits: what stood in the element of its own must go.
    await customer.sync(swede())
    assert "CHECKSIFFRA" not in rows(agda, "Bankkonton")[0]


async def test_an_account_that_is_gone_from_the_source_stays_in_agda(agda: AgdaPs, customer: Customer) -> None:
    await customer.sync()
    before = rows(agda, "Bankkonton")
    assert await customer.sync(replace(swede(), bank=None)) == []
    assert rows(agda, "Bankkonton") == before


async def test_an_iban_where_there_is_no_clearing_number(agda: AgdaPs, customer: Customer) -> None:
    abroad = BankAccount(iban="NO93 8601 1117 947", bic="DNBANOKK", country="NO")
    await customer.sync(replace(swede(), bank=abroad))
    assert rows(agda, "Bankkonton") == [{"IBAN": "NO9386011117947", "BIC": "DNBANOKK"}]


async def test_a_leaver_leaves_on_the_day_after_and_an_open_row_of_pay_ends(agda: AgdaPs, customer: Customer) -> None:
    await customer.sync()
    last = date(2026, 3, 31)
    await customer.sync(replace(swede(), employments=(employment(HIRED, last),)))
    assert rows(agda, "Anstallningar")[0]["AVGANGSDATUM"] == "2026-04-01"
    assert rows(agda, "FastaArter")[0]["DATUM_UT"] == "2026-03-31"
    await customer.sync(swede())
    assert "AVGANGSDATUM" not in rows(agda, "Anstallningar")[0]
    assert "DATUM_UT" not in rows(agda, "FastaArter")[0]


async def test_a_rehire_is_a_second_employment(agda: AgdaPs, customer: Customer) -> None:
    left = replace(swede(), employments=(employment(HIRED, date(2026, 3, 31)),))
    await customer.sync(left)
    back = date(2026, 9, 1)
    await customer.sync(replace(left, employments=(*left.employments, employment(back))))
    assert [(row["ANSTALLNINGSDATUM"], row.get("AVGANGSDATUM")) for row in rows(agda, "Anstallningar")] == [
        ("2020-01-01", "2026-04-01"),
        ("2026-09-01", None),
    ]
    assert [row["DATUM_IN"] for row in rows(agda, "FastaArter")] == ["2020-01-01", "2026-09-01"]


async def test_another_share_of_full_time_is_no_departure(agda: AgdaPs, customer: Customer) -> None:
    await customer.sync()
    half = (employment(HIRED, date(2026, 3, 31)), employment(date(2026, 4, 1), percentage=50))
    await customer.sync(replace(swede(), employments=half))
    (job,) = rows(agda, "Anstallningar")
    assert "AVGANGSDATUM" not in job
    assert [(row["ARBETSTIDFRANTID"], row["SYSSELSATTNINGSGRAD"]) for row in rows(agda, "Arbetstider")] == [
        ("2020-01-01", "100"),
        ("2026-04-01", "50"),
    ]
    assert refusals(agda) == []


async def test_from_test_to_production_everybody_is_delivered_anew(agda: AgdaPs, customer: Customer) -> None:
    await customer.sync()
    customer.settings["folder"] = "production"
    (change,) = (await customer.plan()).changes
    assert change.kind is ChangeKind.CREATE
    await customer.deliver([change])
    assert held(agda, environment="Prod") == held(agda, environment="Test")


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "windows-1252"])
async def test_every_encoding_arrives(agda: AgdaPs, customer: Customer, encoding: str) -> None:
    customer.settings["encoding"] = encoding
    await customer.sync(replace(swede(), last_name="Łuczak Öberg & Ström <x>"))
    assert held(agda)["own"]["EFTERNAMN"] == "Łuczak Öberg & Ström <x>"


@pytest.mark.parametrize("where", ["in_account", "in_person"])
async def test_how_pay_is_paid_out_may_be_said(agda: AgdaPs, customer: Customer, where: str) -> None:
    customer.settings["payment_elements"] = where
    await customer.sync()
    said = held(agda)["own"] if where == "in_person" else rows(agda, "Bankkonton")[0]
    assert (said["UTBETALNINGSTYP"], said["UTBETALNINGSSATT"]) == ("Löneutbetalning", "Bankkonto")
    assert refusals(agda) == []


async def test_everyone_whole_on_demand(agda: AgdaPs, customer: Customer) -> None:
    await customer.sync()
    whole = held(agda)
    agda.of(GOOD.username).people.clear()
    await customer.sync(redeliver=True)
    assert held(agda) == whole


async def test_a_second_organisation_on_the_same_server(agda: AgdaPs) -> None:
    first, second = Customer(inbox(agda)), Customer(inbox(agda, company_number="2", company_name="Acme Söder AB"))
    assert (await first.inbox.identify()).id != (await second.inbox.identify()).id
    await first.sync()
    await second.sync()
    assert sorted(agda.of(GOOD.username).people) == ["1/701", "2/701"]
    assert [entry.file.split("-employees-")[0] for entry in agda.log] == ["1-Acme_Corp", "2-Acme_Soder_AB"]
