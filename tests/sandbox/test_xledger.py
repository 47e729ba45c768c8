"""Xledger's stand-in: what it demands, what it answers and what it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from sandbox.xledger import ACCOUNTING_TOKEN, COMPANY, EXPIRED_TOKEN, OTHER_TOKEN, TOKEN, Xledger, demo
from sandbox.xledger.company import XledgerCompany
from sandbox.xledger.document import NoDocument, read
from sandbox.xledger.server import BURST, CONCURRENCY, CREDITS
from tests.contracts.contract import contract
from tests.support.provider_people import TODAY

Ask = Callable[..., Awaitable[Any]]
PERSON = {"code": "3001", "description": "Kari Nordlund", "firstName": "Kari", "lastName": "Nordlund"}
CODES = "{ employees(first: 10) { edges { node { code } } pageInfo { hasNextPage } } }"


@pytest.fixture
async def xl() -> AsyncIterator[Xledger]:
    async with demo(TODAY) as system:
        yield system


@pytest.fixture
def norway(xl: Xledger) -> XledgerCompany:
    return xl.companies[COMPANY]


@pytest.fixture
async def ask(xl: Xledger) -> AsyncIterator[Ask]:
    async with httpx.AsyncClient(base_url=xl.url) as client:

        async def asked(query: str, variables: Any = None, *, authorization: str = f"token {TOKEN}") -> Any:
            body = {"query": query, "variables": variables or {}}
            answer = await client.post("/graphql", json=body, headers={"Authorization": authorization})
            assert answer.status_code in (200, xl.unknown_token)
            return answer.json()

        yield asked


def _write(name: str) -> str:
    kind = f"{name[0].upper()}{name[1:]}Input"
    return f"mutation m($x: [{kind}!]!) {{ {name}(inputs: $x) {{ edges {{ clientId node {{ dbId code }} }} }} }}"


def _inputs(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"x": [{"clientId": str(place), "node": node} for place, node in enumerate(nodes)]}


async def test_a_token_is_in_the_header_and_of_this_scheme(ask: Ask, xl: Xledger) -> None:
    for header in ("", TOKEN, f"Bearer {TOKEN}", "token to ord"):
        told = await ask(CODES, authorization=header)
        assert told["data"] is None
        assert told["errors"][0]["message"].startswith("Bad format for API Token.")
    assert (await ask(CODES, authorization=f"token {EXPIRED_TOKEN}"))["errors"]
    xl.unknown_token = 401
    assert (await ask(CODES, authorization=f"token {EXPIRED_TOKEN}"))["errors"]
    async with httpx.AsyncClient(base_url=xl.url, headers={"Authorization": f"token {TOKEN}"}) as client:
        assert (await client.get("/graphql")).status_code == 400
        assert (await client.post("/graphql", content=b"{}")).status_code == 400


async def test_a_token_shows_its_own_entity(ask: Ask) -> None:
    def codes(told: Any) -> list[str]:
        return [edge["node"]["code"] for edge in told["data"]["employees"]["edges"]]

    assert codes(await ask(CODES, authorization=f"token {OTHER_TOKEN}")) == ["1011"]
    assert "1011" not in codes(await ask(CODES))


async def test_rights_are_a_tokens(ask: Ask) -> None:
    told = await ask(CODES, authorization=f"token {ACCOUNTING_TOKEN}")
    assert "permission" in told["errors"][0]["message"]
    groups = "{ employeeGroups(first: 5) { edges { node { code } } pageInfo { hasNextPage } } }"
    assert "errors" not in await ask(groups, authorization=f"token {ACCOUNTING_TOKEN}")


async def test_answers_are_as_they_were_seen(ask: Ask) -> None:
    described = contract("xledger")
    fields = (
        "dbId code description email employmentFrom createdAt ownerDbId socialSecurityMasked employeeGroup { dbId }"
        " contact { firstName lastName birthday } glObject1 { dbId } owner { description }"
    )
    await ask(_write("addEmployees"), _inputs({**PERSON, "employmentFrom": "2024-03-01", "birthday": "1990-05-17"}))
    query = f"{{ employees(first: 20) {{ edges {{ cursor node {{ {fields} }} }} pageInfo {{ hasNextPage }} }} }}"
    edges = (await ask(query))["data"]["employees"]["edges"]
    assert len(edges) == 8
    for edge in edges:
        # Ids are texts on reading, and whole numbers on writing.
        assert isinstance(edge["node"]["dbId"], str)
        described.hold("@Employee", {name: one for name, one in edge["node"].items() if one is not None})


async def test_lists_go_by_cursor(ask: Ask, xl: Xledger) -> None:
    query = (
        "query q($n: Int, $a: String) { employees(first: $n, after: $a)"
        " { edges { cursor node { dbId } } pageInfo { hasNextPage } } }"
    )
    seen: list[str] = []
    after = None
    for _ in range(4):
        page = (await ask(query, {"n": 2, "a": after}))["data"]["employees"]
        seen += [edge["node"]["dbId"] for edge in page["edges"]]
        after = page["edges"][-1]["cursor"]
    assert (len(seen), len(set(seen)), page["pageInfo"]["hasNextPage"]) == (7, 7, False)
    xl.largest_page = 3
    assert len((await ask(query, {"n": 100}))["data"]["employees"]["edges"]) == 3
    some = "query q($d: [Int!]) { employees(first: 9, filter: { dbId_in: $d }) { edges { node { dbId } } } }"
    assert len((await ask(some, {"d": [int(seen[0]), int(seen[5])]}))["data"]["employees"]["edges"]) == 2


REFUSED_QUERIES = (
    ("{ employees(first: 9) { edges { node { salary } } } }", "Cannot query field 'salary' on type 'Employee'."),
    ("{ salaries(first: 9) { edges { node { dbId } } } }", "Cannot query field 'salaries' on type 'Query'."),
    ("{ employees(first: 9) { edges { node { contact } } } }", "A selection of 'Contact' is needed."),
    ("{ employees(first: 9) { edges { node { code { dbId } } } } }", "A selection of 'String' is not possible."),
    ("{ employees(top: 9) { edges { node { dbId } } } }", "Unknown argument 'top' on field 'employees'."),
    ("{ employees { edges { node { dbId } } } }", "Argument 'first' is not valid."),
    ("{ employees(first: 20000) { edges { node { dbId } } } }", "Argument 'first' is not valid."),
    ('{ employees(first: 9, after: "x") { edges { node { dbId } } } }', "Argument 'after' is not valid."),
    ("{ employees(first: 9, filter: { name: 1 }) { edges { node { dbId } } } }", "Unknown filter 'name'."),
    ("{ employees(first: $n) { edges { node { dbId } } } }", "Variable '$n' is not declared."),
    ("query q($n: Int!) { employees(first: $n) { edges { node { dbId } } } }", "Argument 'inputs': n is required."),
    ("{ employees(first: 9) ", "Syntax error"),
)


async def test_a_query_that_is_refused(ask: Ask) -> None:
    for query, words in REFUSED_QUERIES:
        told = await ask(query)
        assert told["errors"][0]["message"].startswith(words), query
    unknown = (await ask(REFUSED_QUERIES[0][0]))["errors"][0]
    assert unknown["extensions"]["code"] == "ARGUMENTS_OF_CORRECT_TYPE"
    assert (await ask(CODES, {"n": 1}))["errors"]


REFUSED_NODES: tuple[dict[str, Any], ...] = (
    {name: value for name, value in PERSON.items() if name != "code"},
    {**PERSON, "description": None},
    {**PERSON, "code": "1001"},
    {**PERSON, "salary": "1"},
    {**PERSON, "code": 3001},
    {**PERSON, "employmentFrom": "01.03.2024"},
    {**PERSON, "employmentFrom": "2024-03-01T00:00:00"},
    {**PERSON, "employmentFrom": "2024-03-01", "employmentTo": "2024-02-01"},
    {**PERSON, "socialSec": "1234"},
    {**PERSON, "bankAccount": "NO93 8601 1117 947"},
    {**PERSON, "email": "ingen"},
    {**PERSON, "employeeGroup": "1"},
    {**PERSON, "employeeGroup": {"code": "99"}},
    {**PERSON, "employeeGroup": {}},
    {**PERSON, "glObject1": {"dbId": "7301001"}},
    {**PERSON, "glObject1": {"dbId": 1}},
    {**PERSON, "owner": {"dbId": 1}},
    {**PERSON, "timesheet": "true"},
)


async def test_a_new_employee_who_is_refused(ask: Ask, norway: XledgerCompany) -> None:
    for node in REFUSED_NODES:
        told = await ask(_write("addEmployees"), _inputs(node))
        assert (told["data"], told["errors"][0]["extensions"]["code"]) == (None, "INVALID_VALUE"), node
    assert len(norway.employees) == 7


async def test_a_batch_is_made_whole_or_not_at_all_and_tells_whose_is_whose(ask: Ask, norway: XledgerCompany) -> None:
    other = {**PERSON, "code": "3002"}
    assert (await ask(_write("addEmployees"), _inputs(other, {**PERSON, "employeeGroup": {"code": "99"}})))["errors"]
    assert (await ask(_write("addEmployees"), _inputs(PERSON, PERSON)))["errors"]
    assert len(norway.employees) == 7
    made = (await ask(_write("addEmployees"), _inputs(other, PERSON)))["data"]["addEmployees"]["edges"]
    assert [(edge["clientId"], edge["node"]["code"]) for edge in made] == [("0", "3002"), ("1", "3001")]


async def test_what_a_change_leaves_out_and_takes_away(ask: Ask, norway: XledgerCompany) -> None:
    own = min(norway.employees)
    for node in ({"email": "a@b.no"}, {"dbId": str(own)}, {"dbId": 1, "email": "a@b.no"}, {"dbId": own, "owner": {}}):
        assert (await ask(_write("updateEmployees"), _inputs(node)))["errors"], node
    before = dict(norway.employees[own])
    change = {"dbId": own, "email": "a@b.no", "employmentTo": "2027-01-01"}
    await ask(_write("updateEmployees"), _inputs(change))
    after = dict(norway.employees[own])
    assert (after["email"], after["lastName"]) == ("a@b.no", before["lastName"])
    await ask(_write("updateEmployees"), _inputs({"dbId": own, "employmentTo": None}))
    assert norway.employees[own]["employmentTo"] is None
    norway.switches.null_is_left_out = True
    await ask(_write("updateEmployees"), _inputs({"dbId": own, "email": None}))
    assert norway.employees[own]["email"] == "a@b.no"
    norway.switches.update_blanks = True
    await ask(_write("updateEmployees"), _inputs({"dbId": own, "email": "c@d.no"}))
    assert "lastName" not in norway.employees[own]


async def test_limits_come_with_their_codes(ask: Ask, xl: Xledger) -> None:
    xl.limit(BURST)
    xl.limit(CREDITS, resetAt="2026-11-30T12:00:00Z")
    assert (await ask(CODES))["errors"][0]["code"] == BURST
    spent = (await ask(CODES))["errors"][0]
    assert (spent["code"], spent["extensions"]["resetAt"]) == (CREDITS, "2026-11-30T12:00:00Z")
    assert "errors" not in await ask(CODES)
    told = await asyncio.gather(*(ask(CODES) for _ in range(6)))
    assert {one["errors"][0]["code"] for one in told if "errors" in one} <= {CONCURRENCY}
    assert f"{len(xl.requests)} requests, {xl.credits} credits spent" in xl.tables()["note"]


async def test_the_schema_shows_itself_and_what_it_lacks(ask: Ask, xl: Xledger) -> None:
    roots = "{ __schema { queryType { fields { name } } mutationType { fields { name args { name } } } } }"
    told = (await ask(roots))["data"]["__schema"]
    assert {one["name"] for one in told["queryType"]["fields"]} >= {"employees", "objectValues"}
    assert {one["name"] for one in told["mutationType"]["fields"]} == {"addEmployees", "updateEmployees"}
    kind = '{ t: __type(name: "UpdateEmployeesInputNode") { fields { name } inputFields { name type { kind } } } }'
    inputs = {one["name"]: one["type"]["kind"] for one in (await ask(kind))["data"]["t"]["inputFields"]}
    assert (inputs["dbId"], inputs["email"], "owner" in inputs) == ("NON_NULL", "SCALAR", False)
    xl.schema.lacks.add("UpdateEmployeesInputNode.email")
    assert "email" not in {one["name"] for one in (await ask(kind))["data"]["t"]["inputFields"]}
    assert (await ask('{ t: __type(name: "Nothing") { name } }'))["data"]["t"] is None


@pytest.mark.parametrize(
    "text", ["", "{", "{ }", "subscription { a }", "{ a } { b }", "{ a(b: ) }", "query q($a) { b }"]
)
def test_what_is_no_document(text: str) -> None:
    with pytest.raises(NoDocument):
        read(text)


async def test_calls_are_known_by_what_they_ask(ask: Ask, xl: Xledger) -> None:
    await ask(CODES)
    await ask(_write("addEmployees"), _inputs(PERSON))
    assert [(one.method, one.path) for one in xl.requests] == [
        ("GET", "/graphql/employees"),
        ("POST", "/graphql/addEmployees"),
    ]


async def test_what_it_holds_is_kept_and_shown(ask: Ask, xl: Xledger) -> None:
    await ask(_write("addEmployees"), _inputs(PERSON))
    assert xl.tables()["tables"][0]["rows"][0][:4] == ["3001", "Kari Nordlund", "Kari", "Nordlund"]
    other = demo(TODAY)
    other.restore(xl.snapshot())
    assert [row["code"] for row in other.companies[COMPANY].employees.values()][-1] == "3001"
