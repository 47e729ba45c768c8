"""What the bot writes down while it works: caught on its way into the two databases, and in what Slack is sent."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from slack_sdk.oauth.installation_store import Installation
from sqlalchemy import event

from bot.domain.notification_policy import NotificationPolicy, Verbosity
from bot.handlers.setup.draft import SetupDraft
from bot.jobs.runs.service import RunRequest
from bot.jobs.scheduling.digests import digests_of
from bot.slack.oauth.installation_store import Installations
from bot.sync.plan.guard import Thresholds
from storage import digests, drafts, expiries, integrations, json_codec, runs
from storage.digests import Period
from storage.expiries import Expiry
from storage.run_options import RunOptions
from storage.runs import Run, RunKind, RunState
from storage.seals import COLUMNS
from tests.architecture.persisted import form_of, paths
from tests.support.slack_office import SIMPLOYER_TOKEN, TRIPLETEX_TOKEN, Office

ASKS = Thresholds(creates_share=0, creates_people=1).to_json()
"""Every plan that creates somebody must be approved."""

SECTIONS = ("keys of what is written down", "owners of what was sealed", "engine", "metadata of messages")

_INTO = re.compile(r"^\s*(?:INSERT INTO|UPDATE)\s+(?:main\.)?\"?(\w+)", re.I)
_SEALED = "gAAAA"


class Written:
    """The keys of all JSON, and the owners of all that was sealed, by table."""

    def __init__(self, office: Office) -> None:
        self._key = Fernet(office.key)
        self.keys: set[str] = set()
        self.owners: set[str] = set()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Both databases, for as long as this lasts."""
        event.listen(sa.Engine, "before_cursor_execute", self._see)
        try:
            yield
        finally:
            event.remove(sa.Engine, "before_cursor_execute", self._see)

    def _see(self, _connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        into = _INTO.match(statement)
        if into is None:
            return
        rows = parameters if isinstance(parameters, list) else [parameters]
        for row in rows:
            for value in row.values() if isinstance(row, dict) else row:
                self._note(into[1], value)

    def _note(self, table: str, value: Any) -> None:
        text = bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else value
        if not isinstance(text, str):
            return
        if text.startswith(_SEALED):
            try:
                owner, inner = json_codec.loads(self._key.decrypt(text.encode()))
            except InvalidToken:
                return
            self.owners |= {f"{table}: {form}" for form in _owners(owner)}
            # A draft and a change are in sections of their own, whatever these ones happen to hold.
            if table not in ("drafts", "plan_changes"):
                self.keys |= {f"{table}, sealed: {path}" for path in paths(inner)}
        elif text.startswith(("{", "[{")):
            self.keys |= {f"{table}: {path}" for path in paths(json_codec.loads(text))}


def _owners(owner: str) -> Iterator[str]:
    """The column that a value is sealed for, and the owner that the version before named, which is still read."""
    if not owner.startswith("["):
        yield form_of(owner)
        return
    table, name, _, key, bound = json.loads(owner)
    yield f"{table}.{name}"
    column = next((each for each in COLUMNS if (each.rows.name, each.name) == (table, name)), None)
    if column and (before := column.former(dict(zip((*column.key, *column.bound), (*key, *bound), strict=True)))):
        yield form_of(before)


async def at_work(office: Office) -> dict[str, set[str]]:
    """Runs that are refused, approved in time, approved too late and broken; a summary, and a warning of an expiry."""
    written = Written(office)
    with written.watched():
        given = Installation(
            user_id="U02HENRIK", team_id="T09OTHER1", bot_token="xoxb-1", bot_id="B1", bot_user_id="W1"
        )
        await Installations(office.app.database).async_save(given)
        new, newer_still = await _ids(office, "Haugland"), await _ids(office, "1007")
        one = await office.make(thresholds=ASKS, scope={"kind": "people", "ids": new})
        async with office.app.database.session() as s:
            rules = NotificationPolicy(noise=Verbosity.ALWAYS, calls="U03ASTRID", weekly="mon", time="06:00")
            one = await integrations.update(s, one.id, one.version, attention=rules.to_json())
            await digests.replace(s, one.id, digests_of(one.id, rules, office.clock()))
            vault, answers = office.app.database.vault, SetupDraft().to_draft()
            await drafts.open(s, vault, one.team_id, "U02HENRIK", "setup", answers, timedelta(hours=1), step="start")
            day, now = office.clock().date() + timedelta(days=7), office.clock()
            await expiries.replace(
                s, one.team_id, one.id, Expiry(team_id=one.team_id, integration_id=one.id, until=day, warn_at=now)
            )
        jobs = office.app.jobs
        unwanted = await jobs.runs.start(RunRequest(one.id, RunKind.SYNC, "U02HENRIK", "unwanted"))
        await _asked(office, unwanted)
        await jobs.runs.reject(unwanted.id, "U03ASTRID", "not now")
        await _state(office, unwanted, RunState.CANCELLED)
        first = await jobs.runs.start(
            RunRequest(
                one.id, RunKind.SYNC, "U02HENRIK", "first", RunOptions(only=frozenset(new), full=True, redeliver=True)
            )
        )
        await _asked(office, first)
        await jobs.runs.approve(first.id, "U02HENRIK")
        await _state(office, first, RunState.DONE)
        await _widen(office, one.id, {"kind": "everyone", "excluded": newer_still})
        second = await jobs.runs.start(RunRequest(one.id, RunKind.SYNC, "U02HENRIK", "second"))
        await _asked(office, second)
        # Approved too late, and by then the plan is another one.
        await _widen(office, one.id, {"kind": "everyone"})
        office.clock.forward(hours=13)
        newer = await jobs.runs.approve(second.id, "U02HENRIK")
        await _asked(office, newer)
        await jobs.runs.approve(newer.id, "U02HENRIK")
        await _state(office, newer, RunState.DONE)
        preview = await jobs.runs.start(
            RunRequest(one.id, RunKind.PREVIEW, "U02HENRIK", "preview", RunOptions(everyone=True))
        )
        await _state(office, preview, RunState.DONE)
        shown = await jobs.runs.start(RunRequest(one.id, RunKind.PREVIEW, "U02HENRIK", "shown"))
        await _state(office, shown, RunState.DONE)
        applied = await jobs.runs.start(
            RunRequest(one.id, RunKind.SYNC, "U02HENRIK", "applied", RunOptions(preview_run=shown.id))
        )
        await _state(office, applied, RunState.DONE)
        office.clock.forward(days=7)
        await jobs.digests.tick()
        await jobs.expiries.tick()
        await office.until(lambda: _told(office, one.id))
        office.tripletex.revoke(TRIPLETEX_TOKEN)
        broken = await jobs.runs.start(RunRequest(one.id, RunKind.SYNC, "U03ASTRID", "broken", RunOptions(full=True)))
        await _state(office, broken, RunState.FAILED)
        await office.until(lambda: _in_thread(office, broken, "trouble.owner"))
    seen = (written.keys, written.owners, set(_engine(office)), set(_metadata(office)))
    return dict(zip(SECTIONS, seen, strict=True))


async def _ids(office: Office, words: str) -> list[str]:
    async with office.app.services.connections.try_source({"access_token": SIMPLOYER_TOKEN}) as source:
        return [person.source_id for person in await source.search(words)]


async def _widen(office: Office, integration_id: str, scope: dict[str, Any]) -> None:
    async with office.app.database.session() as s:
        found = await integrations.get(s, integration_id)
        assert found is not None
        await integrations.update(s, integration_id, found.version, scope=scope)


async def _asked(office: Office, run: Run) -> None:
    """Wait until people have been asked, with all that belongs to it."""
    await office.until(lambda: _in_thread(office, run, "plan"))


async def _in_thread(office: Office, run: Run, part: str) -> bool:
    async with office.app.database.reading() as s:
        found = await runs.get(s, run.id)
    return bool(found and part in found.thread.to_json())


async def _told(office: Office, integration_id: str) -> bool:
    """Whether the summary and the warning have reached Slack."""
    async with office.app.database.reading() as s:
        summed = await digests.get(s, integration_id, Period.WEEK)
        warned = await expiries.get(s, office.team_id, integration_id)
    told = [one.told if one else None for one in (summed, warned)]
    return bool(told[0] and told[0].ts and told[1] and told[1].reached)


async def _state(office: Office, run: Run, state: RunState) -> None:
    async def there() -> bool:
        async with office.app.database.reading() as s:
            found = await runs.get(s, run.id)
        assert found is not None
        if found.ended and found.state is not state:
            raise AssertionError(found)
        return found.state is state

    await office.until(there)


def _engine(office: Office) -> Iterator[str]:
    """The engine's own tables: names of the workflow, the queues and the steps, its version, how values are written."""
    file = sqlite3.connect(office.folder / "bot.engine.sqlite3")
    try:
        for column in ("name", "queue_name", "application_version", "serialization"):
            found = file.execute(f"SELECT DISTINCT {column} FROM workflow_status")
            yield from (f"{column}: {value}" for (value,) in found)
        yield from (f"step: {name}" for (name,) in file.execute("SELECT DISTINCT function_name FROM operation_outputs"))
    finally:
        file.close()


def _metadata(office: Office) -> Iterator[str]:
    for call in office.calls("chat.postMessage"):
        if metadata := call.arguments.get("metadata"):
            said = json.loads(metadata) if isinstance(metadata, str) else metadata
            payload = {key: re.sub(r":\d+$", ":N", form_of(value)) for key, value in said["event_payload"].items()}
            yield f"{said['event_type']}: {json.dumps(payload, sort_keys=True)}"
