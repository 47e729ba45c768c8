"""The peer: what somebody writes in an afternoon instead of the bot: `python -m benchmarks.script`.

One request after another with httpx: it reads Simployer, asks Tripletex for each person by number, compares
dictionaries and writes what differs. It checks nothing, knows nobody who has another number, asks nobody, keeps nothing
of what it did, and stops where it is refused. Pay is sent to new people alone.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

import httpx

from benchmarks.bare import signed_in
from benchmarks.children import Served, serve
from benchmarks.measures import Stopwatch
from sandbox.simployer import GOOD_TOKEN

Row = dict[str, Any]

_FIELDS = "id,version,firstName,lastName,dateOfBirth,phoneNumberWork,department(id)"
_PAGE = 500


class Script(Served):
    """The script, with everything that it has read in memory."""

    async def sync(self, *, options: dict[str, Any], token: str) -> dict[str, float]:
        """Bring everybody over; says how long it took, with how many requests, and how many were written."""
        async with httpx.AsyncClient(timeout=60) as http:
            ours, theirs = options["simployer"]["url"], options["tripletex"]["url"]
            tripletex = await signed_in(http, theirs, token)
            watch = Stopwatch()
            run = _Run(http, ours, {"Authorization": f"Bearer {GOOD_TOKEN}"}, theirs, tripletex)
            await run.everybody()
            done = {"requests": run.requests, "created": run.created, "updated": run.updated}
            return {"seconds": watch.wall, "cpu": watch.cpu, **done}


class _Run:
    def __init__(
        self, http: httpx.AsyncClient, ours: str, source: dict[str, str], theirs: str, target: dict[str, str]
    ) -> None:
        self._http, self._ours, self._source, self._theirs, self._target = http, ours, source, theirs, target
        self.requests = self.created = self.updated = 0

    async def everybody(self) -> None:
        departments = {row["id"]: row["name"] for row in await self._list("/department")}
        jobs, pay = await self._by_employee("/employment"), await self._by_employee("/compensation")
        known = {row["name"]: row["id"] for row in await self._values("/department", {"fields": "id,name"})}
        (division, *_) = await self._values("/division", {"fields": "id"})
        for row in await self._list("/employee"):
            wanted = {
                "firstName": row.get("firstName"),
                "lastName": row.get("lastName"),
                "dateOfBirth": _day(row.get("birthDate")),
                "phoneNumberWork": (row.get("workPhone") or "").removeprefix("+47"),
                "department": {"id": known.get(departments.get(row.get("departmentId")))},
            }
            asked = {"employeeNumber": row["employeeNumber"], "fields": _FIELDS}
            found = await self._values("/employee", asked)
            if not found:
                terms = _terms(jobs[row["id"]], pay[row["id"]], division["id"])
                body = {
                    **wanted,
                    "employeeNumber": row["employeeNumber"],
                    "userType": "NO_ACCESS",
                    "employments": terms,
                }
                await self._write("POST", "/employee", body)
                self.created += 1
                continue
            held = {name: found[0].get(name) for name in wanted}
            held["department"] = {"id": (held["department"] or {}).get("id")}
            if held != wanted:
                body = {**wanted, "id": found[0]["id"], "version": found[0]["version"]}
                await self._write("PUT", f"/employee/{found[0]['id']}", body)
                self.updated += 1

    async def _list(self, path: str) -> list[Row]:
        rows: list[Row] = []
        while True:
            query: dict[str, str | int] = {"limit": _PAGE, "offset": len(rows), "sort[id]": "asc"}
            answer = await self._http.get(self._ours + path, params=query, headers=self._source)
            self.requests += 1
            body = answer.raise_for_status().json()
            rows += body["data"]
            if not body["data"] or len(rows) >= body["total"]:
                return rows

    async def _by_employee(self, path: str) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in await self._list(path):
            found[row["employeeId"]].append(row)
        return found

    async def _values(self, path: str, query: dict[str, str]) -> list[Row]:
        answer = await self._http.get(self._theirs + path, params=query, headers=self._target)
        self.requests += 1
        values: list[Row] = answer.raise_for_status().json()["values"]
        return values

    async def _write(self, method: str, path: str, body: Row) -> None:
        answer = await self._http.request(method, self._theirs + path, json=body, headers=self._target)
        self.requests += 1
        answer.raise_for_status()


def _terms(jobs: list[Row], pay: list[Row], division: int) -> list[Row]:
    if not jobs:
        return []
    start = _day(max(jobs, key=lambda job: job["startDate"])["startDate"])
    amount = max(pay, key=lambda one: one["effectiveDate"])["amount"] * 12 if pay else None
    terms = {
        "date": start, "annualSalary": amount, "percentageOfFullTimeEquivalent": jobs[-1].get("rate"),
        "remunerationType": "MONTHLY_WAGE", "employmentType": "ORDINARY", "employmentForm": "PERMANENT",
        "workingHoursScheme": "NOT_SHIFT",
    }  # fmt: skip
    return [{"division": {"id": division}, "startDate": start, "employmentDetails": [terms]}]


def _day(value: str | None) -> str | None:
    return value[:10] if value else None


if __name__ == "__main__":
    asyncio.run(serve(Script()))
