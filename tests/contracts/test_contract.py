"""What a description does not allow is seen: fields, lengths, choices, types, what is missing or only shown."""

from __future__ import annotations

import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from tests.contracts.contract import NotDescribed, contract, kind
from tests.contracts.distil import HERE, MADE, Shapes
from tests.contracts.document import document, reads

EMPLOYEE = {
    "firstName": "Kari",
    "lastName": "Nordmann",
    "userType": "NO_ACCESS",
    "department": {"id": 7},
    "address": {"addressLine1": "Nygata 3", "postalCode": "5003"},
}
FILE = (
    "<paxml><header><version>2.0</version></header><personal>"
    '<person anstid="7" persnr="196102022388"><lonform>TIM</lonform><timlon datum="2026-01-01">185.00</timlon>'
    '<resenheter><resenhet dim="1" id="4"/></resenheter></person><person anstid="8"/></personal></paxml>'
)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"nickname": "K"}, "nickname is unknown"),
        ({"displayName": "K"}, "displayName is only shown"),
        ({"address": {"street": "Nygata 3"}}, "address.street is unknown"),
        ({"userType": "ADMIN"}, "userType: 'ADMIN' is not one of"),
        ({"firstName": "K" * 101}, "firstName is too long"),
        ({"address": {"postalCode": "5" * 101}}, "address.postalCode is too long"),
        ({"firstName": 7}, "firstName: 7 is not of type 'string'"),
        ({"department": 7}, "department: 7 is not of type 'object'"),
        ({"department": [{"id": 7}]}, "department: [{'id': 7}] is not of type 'object'"),
        ({"department": {"id": "7"}}, "department.id: '7' is not of type 'integer'"),
        ({"lastName": ""}, "lastName is missing"),
        ({"lastName": None}, "lastName is missing"),
        ({"employments": [{"isMainEmployer": True}]}, "employments.startDate is missing"),
    ],
)
def test_a_wrong_body_is_seen(change: dict[str, Any], fault: str) -> None:
    described = contract("tripletex")
    assert described.faults("POST", "/employee", {}, EMPLOYEE) == []
    (found,) = described.faults("POST", "/employee", {}, EMPLOYEE | change)
    assert found.startswith(fault)


def test_what_is_new_needs_more_also_inside() -> None:
    position = {"typeOfPosition": "Ordinary", "employmentForm": [], "typeOfWork": [], "workTimeAgreement": [],
                "partTimeFactors": [], "salaryInformation": [], "taxUnitIds": [],
                "activeStart": "2026-01-01"}  # fmt: skip
    person = {"personNames": [], "personIds": [], "dateOfBirth": "1990-05-17", "address": {"countryCode": "NO"},
              "salaryPaymentMethod": {}, "positions": [position]}  # fmt: skip
    described = contract("visma_net")
    assert described.faults("POST", "/employees/withPosition", {}, person) == []
    wrong = person | {"address": {"cityName": "Oslo"}, "positions": [position | {"typeOfPosition": None}]}
    assert described.faults("POST", "/employees/withPosition", {}, wrong) == [
        "address.countryCode is missing",
        "positions.typeOfPosition is missing",
    ]


def test_what_is_there_already_needs_no_more_than_what_changes() -> None:
    assert contract("tripletex").faults("PUT", "/employee/7", {}, {"id": 7, "version": 1, "firstName": "Kari"}) == []


@pytest.mark.parametrize(
    ("system", "method", "path", "query", "fault"),
    [
        ("tripletex", "GET", "/employee", {"number": ["1"]}, "number is unknown"),
        ("tripletex", "GET", "/employee", {"count": ["all"]}, "count may not be 'all'"),
        ("tripletex", "GET", "/employee/employment/details", {"employee": ["1"]}, "employee is unknown"),
        ("tripletex", "DELETE", "/employee/7", {}, "DELETE /employee/7 is not described"),
        ("tripletex", "POST", "/employee", {}, "a body is missing"),
        ("simployer", "GET", "/employee", {"select": ["id,salary"]}, "select may not be 'salary'"),
        ("simployer", "GET", "/employee", {"filters[salary]": ["1"]}, "filters[salary] is unknown"),
        ("simployer", "GET", "/employee", {"filters[id][$like]": ["1"]}, "filters[id][$like] is unknown"),
        ("simployer", "GET", "/employee", {"sort[id]": ["up"]}, "sort[id] may not be 'up'"),
    ],
)
def test_a_wrong_request_is_seen(system: str, method: str, path: str, query: dict[str, list[str]], fault: str) -> None:
    assert contract(system).faults(method, path, query) == [fault]


def test_what_a_query_must_have_is_missed() -> None:
    given = {"consumerToken": ["a"], "expirationDate": ["2026-01-01"]}
    assert contract("tripletex").faults("PUT", "/token/session/:create", given) == ["employeeToken is missing"]


@pytest.mark.parametrize(
    "row",
    [{"active": "yes"}, {"hireDate": "2026-01-01"}, {"age": "7"}, {"bankAccount": []}, {"id": None}],
)
def test_a_wrong_answer_is_seen(row: dict[str, Any]) -> None:
    described = contract("simployer")
    moment = "2026-01-01T00:00:00.000Z"
    good = {"active": True, "companyId": "c", "created": moment, "employeeNumber": "1", "id": "i", "updated": moment,
            "userId": "u", "hireDate": moment}  # fmt: skip
    described.hold("@EmployeeResponse", good)
    with pytest.raises(jsonschema.ValidationError):
        described.hold("@EmployeeResponse", good | row)


def test_a_call_that_is_not_published_has_no_answer() -> None:
    with pytest.raises(NotDescribed):
        contract("simployer").hold_answer("GET", "/salary", {})


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("<version>2.0<", "<version>2.1<", "version may not be '2.1'"),
        ("<version>2.0</version>", "", "header must have version"),
        ("<version>2.0</version>", "<version>2.0</version>" * 2, "version in header is there 2 times"),
        (">TIM<", ">DAG<", "lonform may not be 'DAG'"),
        (">185.00<", ">185,00<", "timlon may not be '185,00'"),
        ("2026-01-01", "2026-02-30", "datum of timlon may not be '2026-02-30'"),
        ('persnr="1961', 'persnr="61', "persnr of person may not be '6102022388'"),
        ('id="4"', 'id="12345678901"', "id of resenhet may not be '12345678901'"),
        ('dim="1"', 'dim="100"', "dim of resenhet may not be '100'"),
        (' id="4"', "", "resenhet must have @id"),
        ("lonform>", "loneform>", "loneform in person is unknown"),
        ('anstid="8"', 'number="8"', "person may not have number"),
        ("<header>", "<header>2", "header may not be '2'"),
    ],
)
def test_a_wrong_file_is_seen(before: str, after: str, fault: str) -> None:
    assert document("paxml").faults(FILE.encode()) == []
    wrong = FILE.replace(before, after)
    assert wrong != FILE
    assert document("paxml").faults(wrong.encode()) == [fault]


SAID = (
    "<payroll-user-writable><ssn>199005172389</ssn><employment-start-date>2026-01-01</employment-start-date>"
    "<employment-end-date/><monthly-salary>3600000</monthly-salary><dimension-entries><dimension-entry><id>1</id>"
    "</dimension-entry><dimension-entry><id>2</id></dimension-entry></dimension-entries></payroll-user-writable>"
)


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("ssn>", "pnr>", "pnr in payroll-user-writable is unknown"),
        ("<ssn>199005172389</ssn>", "<phone/><ssn/>", "the elements of payroll-user-writable are not in their order"),
        (">3600000<", ">36000.50<", "monthly-salary may not be '36000.50'"),
        (">2026-01-01<", ">2026-01-01Z<", "employment-start-date may not be '2026-01-01Z'"),
        ("<id>1</id>", "", "dimension-entry must have id"),
        ("<id>1</id>", "<id>1</id><id>3</id>", "id in dimension-entry is there 2 times"),
        (
            "<employment-end-date/>",
            "<employment-end-date>2026</employment-end-date>",
            "employment-end-date may not be '2026'",
        ),
        ("payroll-user-writable>", "payroll-user>", "payroll-user is no "),
    ],
)
def test_wrong_xml_of_a_schema_of_sequences_is_seen(before: str, after: str, fault: str) -> None:
    described = document("kleer")
    assert described.faults(SAID.encode()) == []
    (found,) = described.faults(SAID.replace(before, after).encode())
    assert found.startswith(fault)


@pytest.mark.parametrize(
    ("fact", "text", "right"),
    [
        ("integer", "2147483648", False),
        ("integer", "-7", True),
        ("long", "2147483648", True),
        ("decimal", "1e3", False),
        ("date", "20260302", False),
        ("date-time", "2026-03-02", False),
        ("date-time", "2026-03-02T14:30:23", True),
        ("string>=2<=3", "a", False),
        ("string", "", True),
    ],
)
def test_texts_are_read_as_the_schema_reads_them(fact: str, text: str, right: bool) -> None:
    assert reads(fact, text) is right


def test_nothing_of_a_description_is_left_out_in_silence() -> None:
    assert Shapes({}).fact({"type": "string", "maxLength": 3, "nullable": True, "description": "a"}) == "string<=3?"
    with pytest.raises(ValueError, match="multipleOf"):
        Shapes({}).fact({"type": "number", "multipleOf": 2})
    with pytest.raises(ValueError, match="oneOf"):
        Shapes({}).fact({"oneOf": [{"type": "string"}]})


@pytest.mark.parametrize(("fact", "word"), [(["A"], "string"), ({"each": "any"}, "array"), ("date?", "string")])
def test_a_fact_has_a_kind(fact: Any, word: str) -> None:
    assert kind(fact) == word


@pytest.mark.parametrize("name", MADE)
def test_only_facts_are_kept(name: str) -> None:
    """No sentence of a description: whatever has a blank is a call, the source, or a choice."""
    facts = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    sources = [facts.pop("source"), facts.get("stated_before", {}).pop("source", "none")]
    for call in facts.get("operations", ()):
        assert len(call.split(" ")) == 2
    facts["operations"] = list(facts.get("operations", {}).values())
    assert all(sources)
    assert [text for text in _texts(facts) if " " in text] == []


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for key, inner in value.items() for text in (key, *_texts(inner))]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) else []
