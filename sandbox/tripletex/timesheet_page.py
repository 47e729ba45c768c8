"""A page beside the API on which a person approves months and weeks, and changes or removes hours."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable
from datetime import date

from aiohttp import web

from sandbox.tripletex.company_state import Books, Row
from sandbox.tripletex.payroll_officer import PayrollOfficer

PATH = "/timesheets"
_SHOWN = 200


def add_timesheet_page(app: web.Application, companies: Callable[[], Iterable[Books]]) -> None:
    """Serve the page, and take its forms."""

    async def page(_request: web.Request) -> web.Response:
        body = "".join(_company(books) for books in companies() if books.rows["TimesheetEntry"])
        head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Hours - Tripletex</title><h1>Hours</h1>'
        return web.Response(text=head + (body or "<p>No hours yet.</p>"), content_type="text/html")

    async def act(request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        books = next((one for one in companies() if str(one.id) == form.get("company")), None)
        if books is None:
            raise web.HTTPNotFound
        try:
            _act(PayrollOfficer(books), form)
        except (KeyError, LookupError, ValueError) as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        raise web.HTTPSeeOther(PATH)

    app.router.add_get(PATH, page, allow_head=False)
    app.router.add_post(PATH, act)


def _act(officer: PayrollOfficer, form: dict[str, str]) -> None:
    match form["do"]:
        case "approve":
            until = date.fromisoformat(form["until"]) if form.get("until") else None
            officer.approve_month(form["number"], form["month"], until)
        case "complete":
            officer.complete_month(form["number"], form["month"])
        case "reopen":
            officer.reopen_month(form["number"], form["month"])
        case "approve week":
            officer.approve_week(form["number"], *_week(form["week"]))
        case "reopen week":
            officer.reopen_week(form["number"], *_week(form["week"]))
        case "change":
            officer.edit(int(form["entry"]), float(form["hours"]))
        case "remove":
            officer.remove(int(form["entry"]))
        case "pay":
            officer.pay(int(form["entry"]))
        case unknown:
            raise ValueError(f"nobody can do {unknown!r} here")


def _week(text: str) -> tuple[int, int]:
    year, week = text.split("-")
    return int(year), int(week)


def _company(books: Books) -> str:
    rows = sorted(books.rows["TimesheetEntry"].values(), key=lambda row: (row["employee"], row["date"]))[-_SHOWN:]
    people = books.rows["Employee"]
    months = sorted({(row["employee"], row["date"][:7]) for row in rows})
    weeks = sorted({(row["employee"], *date.fromisoformat(row["date"]).isocalendar()[:2]) for row in rows})
    lines = [_month(books, people[one], month) for one, month in months]
    lines += [_one_week(books, people[one], year, week) for one, year, week in weeks]
    entries = "".join(_entry(books, people[row["employee"]], row) for row in rows)
    title = html.escape(books.name)
    return f"<h2>{title}</h2><table>{''.join(lines)}</table><h3>Rows</h3><table>{entries}</table>"


def _month(books: Books, person: Row, month: str) -> str:
    status = books.timesheets.month(person["id"], month)
    until = status.get("approvedUntilDate") or ""
    said = f"approved {until}" if status["approved"] else "complete" if status["completed"] else "open"
    fields = _hidden(books, number=_number(person), month=month)
    buttons = f'{fields}<input type="date" name="until">{_buttons("approve", "complete", "reopen")}'
    return _line([_number(person), month, said], buttons)


def _one_week(books: Books, person: Row, year: int, week: int) -> str:
    said = "approved" if books.timesheets.week(person["id"], year, week)["approved"] else "open"
    fields = _hidden(books, number=_number(person), week=f"{year}-{week}")
    return _line([_number(person), f"week {week} {year}", said], fields + _buttons("approve week", "reopen week"))


def _entry(books: Books, person: Row, row: Row) -> str:
    activity = books.rows["Activity"][row["activity"]]
    said = [
        _number(person), row["date"], f"{activity.get('number') or ''} {activity.get('name') or ''}".strip(),
        row.get("comment") or "", "locked" if books.timesheets.locked(row) else "",
    ]  # fmt: skip
    fields = _hidden(books, entry=str(row["id"]))
    return _line(said, f'{fields}<input name="hours" value="{row["hours"]}">{_buttons("change", "remove", "pay")}')


def _number(person: Row) -> str:
    return str(person.get("employeeNumber") or "")


def _hidden(books: Books, **fields: str) -> str:
    named = {"company": str(books.id), **fields}
    return "".join(f'<input type="hidden" name="{name}" value="{html.escape(value)}">' for name, value in named.items())


def _buttons(*names: str) -> str:
    return "".join(f'<button name="do" value="{name}">{name.capitalize()}</button>' for name in names)


def _line(cells: list[str], form: str) -> str:
    shown = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
    return f'<tr>{shown}<td><form method="post">{form}</form></td></tr>'
