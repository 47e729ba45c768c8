"""Another workspace's ids, put into every button, menu, search, form and workflow by somebody who may do anything at
home: nothing of that workspace is changed, and nothing of it is told."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.domain.leave_delivery import FileMode
from bot.domain.resource import Resource
from bot.domain.safeguard_hold import Safeguard, SafeguardHold, with_holds
from bot.handlers.command import COMMANDS
from bot.handlers.framework.listener_index import Constraint
from bot.sync.leave.period_files import FileState
from storage import drafts, integrations, leave_files, outcomes, runs
from storage.integrations import Integration
from storage.leave_files import StoredLeaveFile
from storage.models import Base
from storage.outcomes import StoredOutcome
from storage.run_states import RunState
from storage.runs import NewRun, RunKind, RunTrigger
from tests.slack.test_permissions import OF_THE_WORKSPACE
from tests.support.run_walk import walk
from tests.support.slack_office import Office

OTHER = "T02OTHER"
SECRET = "Zebrafabrikken"
RUN, LEAVE_RUN, FILE = "sync:other:1", "sync:other:absence:1", "F0OTHER"
UNTIL = datetime(2126, 1, 1, tzinfo=UTC)
KINDS = [
    *("setup", "scope", "schedule", "credentials", "channel", "reports", "mapping", "thresholds", "absence", "remove"),
    *("conflicts", "plan", "decisions", "leave_decisions", "access", "person", "run_request"),
]


@dataclass(frozen=True, slots=True)
class Foreign:
    """What the other workspace has, by the ids that its buttons carry."""

    integration: Integration
    draft_ids: Sequence[str]

    def values(self, action_id: str) -> Sequence[str]:
        of = self.integration.id
        if action_id == "integration.more":
            return [f"{one.action_id}:{of}" for one in COMMANDS if one.action_id]
        if action_id.startswith("integration."):
            return [of, RUN]
        return [of, RUN, f"{RUN}|1", LEAVE_RUN, f"{of}:hold", f"{of}:2026-01:1", f"{of}:9", f"{RUN}:{FILE}"]


@pytest.fixture
async def foreign(office: Office) -> Foreign:
    await office.make()
    made = await office.make(
        team_id=OTHER, name=SECRET, target_account_id="zebra", target_account_name=f"{SECRET} AS", synced=False
    )
    vault = office.app.database.vault
    async with office.app.database.session() as s:
        for run_id, resource in ((RUN, Resource.EMPLOYEES), (LEAVE_RUN, Resource.ABSENCE)):
            new = NewRun(
                id=run_id,
                integration_id=made.id,
                team_id=OTHER,
                kind=RunKind.SYNC,
                trigger=RunTrigger.MANUAL,
                resource=resource,
            )
            await runs.create(s, new)
            told = StoredOutcome(position=1, source_id="1", person_number="1", kind="conflict", person_name=SECRET)
            await outcomes.record(s, vault, run_id, [told])
            await walk(s, run_id, RunState.WAITING_APPROVAL, counts={"conflict": 1})
        await leave_files.add(
            s,
            vault,
            StoredLeaveFile(
                integration_id=made.id,
                period="2026-01",
                sequence=1,
                state=FileState.MADE,
                mode=FileMode.WHOLE,
                content_digest="0" * 64,
                run_id=LEAVE_RUN,
                held={"rows": [SECRET]},
            ),
        )
        hold = SafeguardHold(id="hold", by="U1", until=UNTIL, safeguard=Safeguard.FOUR_EYES)
        locked = await integrations.locked(s, made.id)
        attention = with_holds(locked.attention, {Safeguard.FOUR_EYES: hold})
        await integrations.update(s, made.id, locked.version, attention=attention)
        # Somebody of the same id: an id of a person is unique in a workspace alone.
        begun = [
            await drafts.open(
                s, vault, OTHER, "U01ASTRID", kind, {"name": SECRET}, timedelta(days=1), integration_id=made.id
            )
            for kind in KINDS
        ]
    return Foreign(await office.integration(made.id), [draft.id for draft in begun])


async def everything(office: Office) -> dict[str, list[Any]]:
    """All rows, but for what people at home leave behind by trying."""
    rows: dict[str, list[Any]] = {}
    async with office.app.database.reading() as s:
        for one in Base.metadata.sorted_tables:
            if one.name in ("slack_deliveries", "executors"):
                continue
            wanted = sa.select(one)
            if one.name in ("audit", "audit_anchors", "drafts"):
                wanted = wanted.where(one.c.team_id == OTHER)
            rows[one.name] = sorted(map(repr, (await s.execute(wanted)).all()))
    return rows


async def sent(office: Office, body: dict[str, Any]) -> str:
    """Have the bot act upon it to the end; what it acknowledged with."""
    before = asyncio.all_tasks()
    response = await office.app.slack.bolt.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))
    async with asyncio.timeout(30):
        while left := {task for task in asyncio.all_tasks() - before if not _serves(task)}:
            await asyncio.wait(left)
    return str(response.body)


def _serves(task: asyncio.Task[Any]) -> bool:
    """Whether it is a stand-in's, which waits for the next request on a connection that is kept."""
    return getattr(task.get_coro(), "__qualname__", "") == "RequestHandler.start"


def bodies(office: Office, foreign: Foreign, kind: str, constraint: Constraint) -> Iterator[dict[str, Any]]:
    said = constraint.pattern.strip("^").replace("\\", "") + "x" if isinstance(constraint, re.Pattern) else constraint
    world, user_id = office.slack.world, "U01ASTRID"
    body: dict[str, Any] = {
        "type": {"action": "block_actions", "options": "block_suggestion"}.get(kind, kind),
        "team": {"id": office.team_id},
        "user": {"id": user_id, "team_id": office.team_id},
        "team_id": office.team_id,
        "user_id": user_id,
        "response_url": world.response_urls.issue(world.url, user_id, "C02PAYROLL"),
        "container": {"channel_id": "C02PAYROLL", "message_ts": "1.1"},
    }
    views = [
        {
            "id": "V1",
            "type": "modal",
            "callback_id": f"flow:{draft_kind}:x",
            "private_metadata": draft_id,
            "state": {"values": {}},
            "hash": "1",
        }
        for draft_kind, draft_id in zip(KINDS, foreign.draft_ids, strict=True)
    ]
    if kind == "command":
        yield from ({**body, "command": said, "text": f"{one.word} {SECRET}"} for one in COMMANDS)
    elif kind == "view_submission":
        yield from ({**body, "view": view} for view in views)
    elif kind == "view_closed":
        yield {**body, "view": views[1]}
    elif kind == "options" or said.startswith("flow.") or said in ("schedule.zone", "schedule.holidays"):
        action = {"type": "button", "action_id": said, "block_id": "b", "value": "1", "action_ts": "1"}
        acted = {"action_id": said, "block_id": said, "value": SECRET[:4], "actions": [action]}
        yield from ({**body, **acted, "view": view} for view in views[1:3])
    elif kind == "action":
        for value in foreign.values(said):
            action = {"type": "button", "action_id": said, "block_id": "b", "value": value, "action_ts": "1"}
            yield {**body, "actions": [action]}


async def test_another_workspaces_ids_lead_nowhere(office: Office, foreign: Foreign) -> None:
    before = await everything(office)
    tried = 0
    for kind, constraint in office.app.listeners.registered:
        if kind in ("event", "step"):
            assert kind == "step" or constraint in OF_THE_WORKSPACE | {"app_home_opened"}
            continue
        for body in bodies(office, foreign, kind, constraint):
            tried += 1
            # Of each press a trigger of its own, as Slack gives one; by it a second delivery is told.
            body["trigger_id"] = office.slack.world.triggers.issue("U01ASTRID")
            assert SECRET not in (await sent(office, body)).replace(f"«{SECRET}»", ""), (kind, constraint)
    assert tried > 200
    after = await everything(office)
    for name, rows in before.items():
        assert after[name] == rows, name
    # A name that was typed is said again; nothing else is known of it.
    told = re.sub(rf"[«\"'“]{SECRET}[»\"'”]", "", office.sent())
    assert f"{SECRET} AS" not in told
    assert foreign.integration.target_account_id not in told
