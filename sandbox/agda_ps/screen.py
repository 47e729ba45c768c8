"""The stand-in's own screen: the people of each environment, and the import log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sandbox.agda_ps.importer import Books, LogEntry, Person
from sandbox.standin import Screen, Table

_SHOWN = 500
_COLUMNS = [
    "FTG_NR",
    "ANST_NR",
    "Name",
    "PERSNR",
    "Employed",
    "Leaves",
    "Percent",
    "Position",
    "Monthly pay",
    "Account",
]


def tables(books: Mapping[str, Books], log: Sequence[LogEntry], waiting: Sequence[str]) -> Screen:
    people = sum(len(each.people) for each in books.values())
    return {
        "title": "Agda PS",
        "note": f"{people} people, {len(log)} files read, {len(waiting)} waiting",
        "tables": [*(_people(name, each) for name, each in sorted(books.items())), _log(log), _files(waiting)],
    }


def _people(name: str, books: Books) -> Table:
    shown = list(books.people.items())[-_SHOWN:]
    return {
        "title": f"{name}, people",
        "columns": _COLUMNS,
        "rows": [_person(key, person) for key, person in reversed(shown)],
    }


def _person(key: str, person: Person) -> list[str]:
    own, groups = person["own"], person["groups"]
    job = _last(groups, "Anstallningar")
    pay = [row for row in groups.get("FastaArter", ()) if "DATUM_UT" not in row]
    bank = _last(groups, "Bankkonton")
    account = [bank.get("CLEARINGNUMMER", ""), bank.get("CHECKSIFFRA", ""), bank.get("BANKKONTONUMMER", "")]
    company, _, number = key.partition("/")
    return [
        company,
        number,
        f"{own.get('FORNAMN', '')} {own.get('EFTERNAMN', '')}",
        own.get("PERSNR", ""),
        job.get("ANSTALLNINGSDATUM", ""),
        job.get("AVGANGSDATUM", ""),
        _last(groups, "Arbetstider").get("SYSSELSATTNINGSGRAD", ""),
        _last(groups, "Befattningar").get("BEFATTNING", ""),
        pay[-1].get("BELOPP", "") if pay else "",
        "-".join(filter(None, account)) or bank.get("IBAN", ""),
    ]


def _last(groups: Mapping[str, list[dict[str, str]]], name: str) -> dict[str, str]:
    return (groups.get(name) or [{}])[-1]


def _log(log: Sequence[LogEntry]) -> Table:
    return {
        "title": "Import log",
        "columns": ["Read", "User", "Environment", "File", "People", "Result"],
        "rows": [
            [one.at, one.username, one.environment, one.file, str(one.people), "; ".join(one.problems) or "taken in"]
            for one in reversed(log[-_SHOWN:])
        ],
    }


def _files(waiting: Sequence[str]) -> Table:
    return {"title": "Files that wait", "columns": ["File"], "rows": [[name] for name in waiting]}
