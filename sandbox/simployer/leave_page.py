"""The page of leave in the stand-in's own screen: a person asks for leave, decides on it, changes and removes it."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable
from datetime import date

from aiohttp import web

from sandbox.faults import Handler
from sandbox.simployer.admin import Administrator
from sandbox.simployer.leave_rows import FAR, WEEK
from sandbox.simployer.store import Row, Store

PATH = "/leave"
_SHOWN = 200
_VERBS = ("approve", "confirm", "deny", "cancel", "delete")

_STYLE = (
    "body{font:16px/1.4 system-ui,sans-serif;margin:2rem;max-width:80rem}table{border-collapse:collapse;width:100%}"
    "th,td{border-bottom:1px solid #8888;padding:.3rem;text-align:left;vertical-align:top}"
    "form{display:inline}fieldset{margin:1rem 0}label{margin-right:1rem;white-space:nowrap}"
    "[role=alert]{border:2px solid #b00;padding:.5rem}"
)


class LeavePage:
    """Serves the page and does what its forms ask for. What cannot be done is told on the page, with 422."""

    def __init__(self, store: Store, admin: Administrator) -> None:
        self._store = store
        self._admin = admin

    def add_to(self, app: web.Application) -> None:
        """Add the page's routes."""
        app.router.add_get(PATH, self._show, allow_head=False)
        app.router.add_post(f"{PATH}/request", self._posted(self._request))
        app.router.add_post(f"{PATH}/work-week", self._posted(self._work_week))
        app.router.add_post(f"{PATH}/{{id}}/change", self._posted(self._change))
        for verb in _VERBS:
            app.router.add_post(f"{PATH}/{{id}}/{verb}", self._posted(self._decided(verb)))

    async def _show(self, _request: web.Request) -> web.Response:
        return self._page()

    def _posted(self, act: Callable[[str, dict[str, str]], object]) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            fields = {name: str(value).strip() for name, value in (await request.post()).items()}
            try:
                act(request.match_info.get("id", ""), fields)
            except (LookupError, ValueError) as wrong:
                return self._page(f"Not done: {wrong}")
            raise web.HTTPSeeOther(PATH)

        return handle

    def _request(self, _leave: str, fields: dict[str, str]) -> None:
        hours = (fields["from"], fields["to"]) if fields.get("from") and fields.get("to") else None
        start = _day(fields["start"])
        end = "open" if fields.get("open") else _day(fields.get("end") or start)
        if end != "open" and end < start:
            raise ValueError("the last day is before the first")
        self._admin.leave.request(
            fields["number"],
            fields["kind"],
            start,
            end,
            grade=_grade(fields),
            half=fields.get("half") or None,
            hours=hours,
            child=fields.get("child") or None,
        )

    def _change(self, leave: str, fields: dict[str, str]) -> None:
        start, end = _day(fields["start"]), _day(fields["end"])
        if end < start:
            raise ValueError("the last day is before the first")
        self._admin.leave.change(
            leave, kind=fields["kind"], startDate=start, endDate=end, gradePercentage=_grade(fields)
        )

    def _decided(self, verb: str) -> Callable[[str, dict[str, str]], object]:
        def act(leave: str, _fields: dict[str, str]) -> None:
            getattr(self._admin.leave, verb)(leave)

        return act

    def _work_week(self, _leave: str, fields: dict[str, str]) -> None:
        shifts = [
            (fields[f"from{place}"], fields[f"to{place}"])
            for place in (1, 2)
            if fields.get(f"from{place}") and fields.get(f"to{place}")
        ]
        days = int(fields["days"])
        if not 0 < days <= len(WEEK):
            raise ValueError("a week has one to seven days")
        self._admin.leave.work_week(fields["number"], _day(fields["since"]), days=days, shifts=shifts)
        self._admin.leave.recompute(fields["number"])

    def _page(self, fault: str = "") -> web.Response:
        told = f'<p role="alert">{html.escape(fault)}</p>' if fault else ""
        rows = list(self._store.rows["leave"].values())[-_SHOWN:]
        body = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Leave - Simployer</title>'
            f"<style>{_STYLE}</style><body><p>Simployer (sandbox)</p><h1>Leave</h1>{told}"
            f"{self._request_form()}{self._week_form()}<table><thead><tr><th>Who</th><th>Status</th>"
            f"<th>Leave</th><th>Rows</th><th>Do</th></tr></thead><tbody>"
            f"{''.join(map(self._row, reversed(rows)))}</tbody></table>"
        )
        return web.Response(text=body, content_type="text/html", status=422 if fault else 200)

    def _row(self, leave: Row) -> str:
        person = self._store.rows["employee"].get(leave["employeeId"], {})
        hours = [row["hours"] for row in self._admin.leave.rows(leave["id"])]
        fields = (
            _input("Type", f'<select name="kind">{self._types(leave["typeId"])}</select>')
            + _input("First day", _value("date", "start", leave["startDate"]))
            + _input("Last day", _value("date", "end", leave["endDate"]))
            + _input("Percent", _value("number", "grade", leave.get("gradePercentage", "")))
        )
        path = f"{PATH}/{leave['id']}"
        decide = "".join(
            f'<form method="post" action="{path}/{verb}"><button>{verb.title()}</button></form> ' for verb in _VERBS
        )
        name = html.escape(f"{person.get('firstName', '')} {person.get('lastName', '')}, {person['employeeNumber']}")
        part = leave["duration"] if leave["duration"] in ("half_day", "minutes") else ""
        return (
            f"<tr><td>{name}</td><td>{leave['status']} {part}</td>"
            f'<td><form method="post" action="{path}/change">{fields}<button>Save</button></form></td>'
            f"<td>{len(hours)} rows, {sum(hours):g} hours</td><td>{decide}</td></tr>"
        )

    def _request_form(self) -> str:
        children = "".join(
            f'<option value="{row["id"]}">{html.escape(row["name"])}</option>'
            for row in self._store.rows["child"].values()
        )
        halves = '<option value="">no</option><option>morning</option><option>afternoon</option>'
        fields = (
            self._person()
            + _input("Type", f'<select name="kind">{self._types()}</select>')
            + _input("First day", _value("date", "start"))
            + _input("Last day", _value("date", "end"))
            + _input("Until further notice", '<input type="checkbox" name="open">')
            + _input("Percent", _value("number", "grade"))
            + _input("Half day", f'<select name="half">{halves}</select>')
            + _input("From", _value("time", "from"))
            + _input("to", _value("time", "to"))
            + _input("Child", f'<select name="child"><option value="">none</option>{children}</select>')
        )
        return _form("request", "Ask for leave", fields)

    def _week_form(self) -> str:
        fields = (
            self._person()
            + _input("From", _value("date", "since"))
            + _input("Days a week", _value("number", "days", "5"))
            + "".join(
                _input("From", _value("time", f"from{place}", start)) + _input("to", _value("time", f"to{place}", end))
                for place, (start, end) in enumerate((("08:00", "12:00"), ("12:30", "16:00")), 1)
            )
        )
        return _form("work-week", "Work week of a person", fields)

    def _person(self) -> str:
        people = "".join(
            f'<option value="{html.escape(row["employeeNumber"])}">'
            f"{html.escape(row.get('firstName', ''))} {html.escape(row.get('lastName', ''))}</option>"
            for row in list(self._store.rows["employee"].values())[:_SHOWN]
            if row.get("employeeNumber")
        )
        return _input("Who", f'<select name="number">{people}</select>')

    def _types(self, chosen: str = "") -> str:
        return "".join(_options(self._store.rows["leave-type"].values(), chosen))


def _options(types: Iterable[Row], chosen: str) -> Iterable[str]:
    for row in types:
        yield f"<option{' selected' if row['id'] == chosen else ''}>{html.escape(row['name'])}</option>"


def _input(label: str, control: str) -> str:
    return f"<label>{label} {control}</label>"


def _value(kind: str, name: str, value: object = "") -> str:
    step = ' step="any"' if kind == "number" else ""
    return f'<input type="{kind}" name="{name}" value="{html.escape(str(value))}"{step}>'


def _form(action: str, title: str, fields: str) -> str:
    return (
        f'<form method="post" action="{PATH}/{action}"><fieldset><legend>{title}</legend>{fields}'
        f"<button>{title}</button></fieldset></form>"
    )


def _day(text: str) -> str:
    """The day as it is stored. Raises ValueError for what is none, or is further away than leave can last."""
    day = date.fromisoformat(text)
    if not date(2000, 1, 1) <= day <= FAR:
        raise ValueError(f"{text} is out of reach")
    return day.isoformat()


def _grade(fields: dict[str, str]) -> float | None:
    """Percent, None for all of it. Raises ValueError beyond 1 to 100."""
    if not fields.get("grade"):
        return None
    grade = float(fields["grade"])
    if not 1 <= grade <= 100:
        raise ValueError("percent goes from 1 to 100")
    return grade
