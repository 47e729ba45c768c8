"""The made-up companies: right where they should be, wrong where they say so, and nobody real."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from itertools import islice

import pytest
from personnummer import personnummer
from stdnum.no import fodselsnummer, kontonr, orgnr
from stdnum.se import personnummer as se_personnummer

from sandbox.companies import numbers, polarbonan
from sandbox.companies.generator import Generator
from sandbox.companies.model import Company, Person

TODAY = date(2026, 6, 15)


@pytest.fixture(scope="module")
def company() -> Company:
    return polarbonan.company(TODAY)


def with_note(company: Company, words: str) -> Person:
    found = [person for person in company.people if words in person.get("note", "")]
    assert len(found) == 1
    return found[0]


def ordinary(synthetic: str) -> str:
    """A synthetic Norwegian number as the real register would have made it, with its own check digits."""
    month = int(synthetic[2:4]) - 80
    assert 1 <= month <= 12
    stem = f"{synthetic[:2]}{month:02d}{synthetic[4:9]}"
    first = fodselsnummer.calc_check_digit1(stem)
    return f"{stem}{first}{fodselsnummer.calc_check_digit2(stem + first)}"


def check_digits_hold(number: str) -> bool:
    first = sum(int(d) * w for d, w in zip(number, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1), strict=False)) % 11
    second = sum(int(d) * w for d, w in zip(number, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1), strict=False)) % 11
    return (first, second) == (0, 0)


def test_about_forty_people_in_two_countries(company: Company) -> None:
    countries = Counter(employment["country"] for person in company.people for employment in person["employments"][:1])
    assert countries == {"NO": 28, "SE": 12}
    assert {office["timezone"] for office in company.offices} == {"Europe/Oslo", "Europe/Stockholm"}


def test_names_within_the_company_lead_somewhere(company: Company) -> None:
    offices = {office["name"] for office in company.offices}
    departments = [department["name"] for department in company.departments]
    people = {person["number"] for person in company.people}
    costs = {center["code"] for center in company.cost_centers}
    for person in company.people:
        assert person["office"] in offices
        assert person["department"] in departments
        assert person.get("manager", "1001") in people
    for i, department in enumerate(company.departments):
        assert department.get("parent") in [None, *departments[:i]]
        assert department.get("cost_center") in {None, *costs}


def test_identity_numbers_are_synthetic_and_right_unless_a_note_says_so(company: Company) -> None:
    for person in company.people:
        number = person.get("identity_number")
        if number is None:
            continue
        if person["identity_country"] == "SE":
            assert personnummer.valid(number)
            assert number.replace("-", "")[8:11] in ("238", "239")
            continue
        assert int(number[2:4]) > 80  # no real number has such a month
        assert check_digits_hold(number) is ("check digit" not in person.get("note", ""))
        if "birth date" not in person.get("note", ""):
            day = int(number[:2]) - (40 if "D-number" in person.get("note", "") else 0)
            assert (
                person["birth_date"] == f"{person['birth_date'][:2]}{number[4:6]}-{int(number[2:4]) - 80:02d}-{day:02d}"
            )


def test_bank_accounts_pass_the_check_digit(company: Company) -> None:
    accounts = [person["bank"] for person in company.people if "bank" in person]
    assert len(accounts) == 39
    assert len({(bank.get("clearing"), bank["number"]) for bank in accounts}) == 39
    for bank in accounts:
        if bank["country"] == "NO":
            assert kontonr.is_valid(bank["number"])
            assert bank["number"].startswith("9999")
        else:
            digits = bank["clearing"][1:] + bank["number"]
            assert sum(int(d) * w for d, w in zip(digits, range(10, 0, -1), strict=True)) % 11 == 0


def test_the_first_ten_are_good_test_employees(company: Company) -> None:
    for person in company.people[:10]:
        assert "note" not in person
        assert person["number"].isdecimal()
        assert person["birth_date"]
        assert person["bank"]["number"]
        assert person["work_email"].isascii()
        assert len(person["employments"]) == 1
        assert person["employments"][0]["start"] <= TODAY.isoformat()


@pytest.mark.parametrize(
    ("words", "holds"),
    [
        ("no bank account", lambda p: "bank" not in p),
        ("coordination number", lambda p: personnummer.parse(p["identity_number"]).is_coordination_number()),
        ("D-number", lambda p: p["identity_number"][0] in "4567"),
        ("two employments", lambda p: len(p["employments"]) == 2),
        ("starts in the future", lambda p: p["employments"][0]["start"] > TODAY.isoformat()),
        ("left last month", lambda p: p["employments"][0]["end"] < TODAY.isoformat()),
        ("no employee number", lambda p: p["number"] == ""),
        ("salary of 0", lambda p: p["compensations"][0]["amount"] == 0),
        ("year's salary", lambda p: p["compensations"][0]["amount"] > 300_000),
        ("unusable e-mail", lambda p: not p["work_email"].isascii()),
        ("raise is decided", lambda p: p["compensations"][-1]["start"] > TODAY.isoformat()),
        ("begins with zeros", lambda p: p["number"].startswith("0")),
        ("no identity number", lambda p: "identity_number" not in p),
        ("paid by the hour; identity", lambda p: p["compensations"][0]["period"] == "HOURLY"),
        ("another number", lambda p: p["number"] == "1025"),
    ],
)
def test_the_odd_ones_are_odd(company: Company, words: str, holds: Callable[[Person], bool]) -> None:
    assert holds(with_note(company, words))


def test_two_people_share_a_name_and_a_birth_date(company: Company) -> None:
    twins = Counter((p["first_name"], p["last_name"], p["birth_date"]) for p in company.people)
    assert [who for who, times in twins.items() if times > 1] == [("Anne", "Hansen", "1984-04-14")]


def test_dates_near_the_present_follow_the_day() -> None:
    later = polarbonan.company(date(2027, 1, 1))
    assert with_note(later, "starts in the future")["employments"][0]["start"] == "2027-02-15"


def test_generated_people_are_right_and_the_same_each_time() -> None:
    generator = Generator(300, seed=7, norwegian=0.6)
    people = list(generator)
    assert people == list(Generator(300, seed=7, norwegian=0.6))
    assert people != list(Generator(300, seed=8, norwegian=0.6))
    assert generator.person(299) == people[299]
    assert {person["identity_country"] for person in people} == {"NO", "SE"}
    for person in people:
        number = person["identity_number"]
        if person["identity_country"] == "NO":
            assert check_digits_hold(number)
            assert fodselsnummer.get_birth_date(ordinary(number)).isoformat() == person["birth_date"]
            assert kontonr.is_valid(person["bank"]["number"])
        else:
            assert se_personnummer.get_birth_date(number).isoformat() == person["birth_date"]
    for key in ("number", "work_email"):
        assert len({person[key] for person in people}) == 300
    with pytest.raises(IndexError):
        generator.person(300)


def test_a_huge_company_is_made_one_person_at_a_time() -> None:
    generator = Generator(100_000)
    assert len(generator) == 100_000
    assert [person["number"] for person in islice(generator, 3)] == ["10000", "10001", "10002"]
    last = generator.person(99_999)
    assert last["number"] == "109999"
    assert last["manager"] == "19999"
    assert generator.company().people == []


def test_company_numbers_and_the_numbers_that_do_not_exist() -> None:
    assert orgnr.is_valid(numbers.norwegian_company_number(1402211))
    with pytest.raises(ValueError, match="does not fit the year"):
        numbers.norwegian_identity_number(date(2001, 1, 1), 100)
    missing = 0
    for serial in range(100):
        try:
            assert kontonr.is_valid(numbers.norwegian_account(serial))
        except numbers.NoSuchNumber:
            missing += 1
    assert 0 < missing < 20


def test_tripletex_knows_some_of_them(company: Company) -> None:
    side = polarbonan.tripletex_side(TODAY)
    people = {person["number"] for person in company.people}
    numbers_known = [known["number"] for known in side["employees"]]
    assert len(numbers_known) == len(set(numbers_known)) == 17
    assert set(numbers_known) <= people
    assert [known.get("new_number") for known in side["employees"]].count("") == 2
    assert orgnr.is_valid(side["company"]["org_number"])
    assert all(orgnr.is_valid(division["org_number"]) for division in side["divisions"])
